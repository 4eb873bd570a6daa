"""What the tables of the paper are made from: runs by scenario, and figures taken from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.runs.indicators import deviations
from engels.runs.indicators.labels import scenario_name
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.schema import Scenario, Shock, Text
from engels.runs.store.inputs import RunResult

Series = pd.Series

FIRST = 2026
"""First year that the scenarios of the tables change."""

HEADLINE = "ai_central"
"""The scenario of which tables show what it depends on."""

NAN = float("nan")

Further = tuple[str, str, tuple[tuple[int, float], ...]]
"""A further shock: driver, change, path."""


@dataclass(frozen=True)
class Need:
    """A run that a table needs: a scenario of the library, its AI nest, other parameters.

    A run with other parameters, further shocks (driver, change, path), or ``without`` some of the
    scenario's blocks is stored under its own ``name``. ``ai_mode``, ``aggregation`` and ``expectations`` are
    those of the scenario and the table where they are empty.
    """

    scenario: str
    ai_mode: str = ""
    name: str = ""
    parameters: tuple[tuple[str, float | str], ...] = ()
    shocks: tuple[Further, ...] = ()
    without: tuple[str, ...] = ()
    aggregation: str = ""
    expectations: str = ""

    def load(self, aggregation: str) -> Scenario:
        """The scenario with its settings. Raises EngelsInputError where the library has none."""
        scenario = with_settings(
            load_scenario(self.scenario),
            ai_mode=self.ai_mode or None,
            aggregation=self.aggregation or aggregation,
            expectations=self.expectations or None,
        )
        if self.shocks:
            more = [
                Shock(driver=driver, change=change, path=dict(path))  # type: ignore[arg-type]
                for driver, change, path in self.shocks
            ]
            scenario = scenario.model_copy(
                update={"name": self.name, "shocks": [*scenario.shocks, *more]}
            )
        if self.without:
            blocks = [b for b in scenario.blocks if b not in self.without]
            scenario = scenario.model_copy(update={"name": self.name, "blocks": blocks})
        if not self.parameters:
            return scenario
        values = ", ".join(
            f"{key} = {value if isinstance(value, str) else f'{value:g}'}"
            for key, value in self.parameters
        )
        title = Text(en=f"{scenario.title.en} ({values})", zh=f"{scenario.title.zh}（{values}）")
        parameters = {**scenario.parameters, **dict(self.parameters)}
        return scenario.model_copy(
            update={"name": self.name, "title": title, "parameters": parameters}
        )


@dataclass(frozen=True)
class Solved:
    """What a table is made from: the runs it needs, the calibrated economy of each, stores of batches."""

    runs: Mapping[Need, RunResult]
    benchmarks: Mapping[Need | None, Benchmark]  # None: the library's own parameters
    stores: Mapping[str, Path] = field(default_factory=dict)  # of batches, by what they are for


def level(run: RunResult, variable: str, group: str = "", reference: bool = False) -> Series:
    """A variable by year, of the run or of what it is measured from.

    Raises EngelsInputError where the run does not report it.
    """
    name = run.reference if reference else run.scenario
    path = deviations.series(run.frame, name, variable, group=group)
    if path.empty:
        what = f"{variable} of {group}" if group else variable
        raise EngelsInputError(f"run {name}: reports no {what}, which a table needs")
    return path


def percent(run: Series, other: Series) -> Series:
    """Deviation of one path from another in per cent."""
    return 100 * (run / other - 1)


def deviation(run: RunResult, variable: str, group: str = "") -> Series:
    """Deviation of a variable from the run's reference, per cent; points for shares and rates."""
    path, base = (level(run, variable, group, reference) for reference in (False, True))
    units = run.frame.loc[run.frame["variable"] == variable, "unit"]
    if deviations.in_points(str(units.iloc[0])):
        return 100 * (path - base)
    return percent(path, base)


def points(run: RunResult, variable: str) -> Series:
    """Change of an index from 0 to 1 against the reference, in points of 100."""
    return 100 * (level(run, variable) - level(run, variable, reference=True))


def shocked(need: Need, driver: str) -> float:
    """What a scenario sets a driver to in the last year that it writes down.

    Raises EngelsInputError where it sets no such driver.
    """
    paths = [s.path for s in load_scenario(need.scenario).all_shocks() if s.driver == driver]
    written = [path for path in paths if path]
    if not written:
        raise EngelsInputError(
            f"scenario {need.scenario}: sets no {driver}, which a table is about; give it a shock to it"
        )
    return float(written[-1][max(written[-1])])


def pause_of(run: RunResult) -> deviations.Pause:
    """Engels' pause of a run."""
    return deviations.pause_of(run.frame, run.scenario, run.reference)


def lifetime_welfare(run: RunResult, household: str = "") -> float:
    """Lifetime welfare of a run, per cent of the present value of the reference's spending.

    Of a household or a group inside it; of all by default.
    """
    return 100 * float(level(run, "welfare_lifetime_share", household).iloc[0])


LIFETIME_NOTE = (
    "Lifetime EV is the lump sum of wealth that at the prices and interest rates of the reference gives the "
    "run's utility, in per cent of the present value of the reference's spending, with all years to come"
)


def pause_in_words(run: RunResult) -> str:
    """What counts as a pause in a run, for notes of tables."""
    return (
        "a pause is a year in which output per worker is above its reference and the real wage more than "
        f"{100 * run.pause_threshold:g}% below"
    )


def at(series: Series, year: int) -> float:
    """The value of a year; NaN where the run ends before."""
    return float(series.get(year, NAN))


def run_labels(solved: Solved, needs: Iterable[Need]) -> dict[str, str]:
    """What is printed for the scenarios of some runs and for what they are measured from."""
    runs = [solved.runs[need] for need in needs]
    return {
        name: scenario_name(name, "en", run.manifest)
        for run in runs
        for name in (run.scenario, run.reference)
    }


def source(solved: Solved, needs: Iterable[Need], name: str = "") -> str:
    """Where the numbers come from: runs, aggregation, solver and the worst certificate.

    ``name`` stands for the names of runs where there are too many to name.
    """
    chosen = [solved.runs[n] for n in needs]
    first = chosen[0].manifest
    names = list(dict.fromkeys(r.scenario for r in chosen))
    solvers = sorted({str(r.manifest["solver"]["name"]) for r in chosen})
    worst = max(abs(float(x["value"])) for r in chosen for x in r.manifest["residuals"].values())
    limit = max(float(x["tolerance"]) for r in chosen for x in r.manifest["residuals"].values())
    return (
        f"Source: Runs {name or ', '.join(names)}; {len(first['sectors'])} sectors, {first['expectations']}; "
        f"solver {', '.join(solvers)}; certified, worst residual {worst:.0e} (at most {limit:.0e})."
    )


def since(series: Series) -> Series:
    """The path from the year before the first change on."""
    return series[series.index >= FIRST - 1].dropna()
