"""``engels diagnose``: what the closure of a scenario determines, and what it does not.

The swaps are applied as the scenario asks for them, also where ``engels run`` refuses them, on the
economy of the run and at the solution that the run would depart from. Under foresight that is one
economy; recursively each year is one, and a year is judged for each set of swaps that is at work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import Values, restore
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.closures import POLICY, forecast
from engels.model.solving.diagnose import Diagnosis, diagnose
from engels.model.solving.dynamics import solved_years
from engels.runs.scenarios.paths import announced_year, first_change
from engels.runs.scenarios.scenario import check_scenario, load_scenario, with_settings
from engels.runs.scenarios.schema import (
    BASELINE,
    Scenario,
    Swap,
    baseline,
    library,
    read_scenario,
    reference_of,
)
from engels.runs.scenarios.source import InputErrors
from engels.runs.simulation.simulate import Progress, simulate

_CLOSURE_ERROR = re.compile(
    r": swaps\[\d+\][.\w]*: (impossible closure|no swap has the target|unknown driver)"
)
"""The errors of a scenario that say its closure is wrong; all others say its file is."""


@dataclass(frozen=True)
class ScenarioDiagnosis:
    """What was found for a scenario.

    Attributes
    ----------
    parts: the diagnosis of each economy that was judged, under its years (and swaps at work).
    refused: why ``engels run`` would not begin with it, one line for each reason.
    unsolved: why the run it departs from could not be solved, so that numbers are the base year's.
    """

    scenario: str
    parts: tuple[tuple[str, Diagnosis], ...]
    refused: tuple[str, ...] = ()
    unsolved: str = ""

    @property
    def usable(self) -> bool:
        """Whether ``engels run`` can work with the closure."""
        return not self.refused and all(d.sound for _, d in self.parts)

    def lines(self) -> list[str]:
        """The diagnosis as text."""
        text = []
        for title, found in self.parts:
            text += [f"{self.scenario}, {title}", *(f"  {line}" for line in found.lines())]
        if self.unsolved:
            text.append(
                f"judged at base-year values, since the reference has none: {self.unsolved}"
            )
        return text + [f"refused by engels run: {line}" for line in self.refused]


def diagnose_scenario(
    which: str | Path,
    *,
    expectations: str | None = None,
    ai_mode: str | None = None,
    aggregation: str | None = None,
    progress: Progress | None = None,
) -> ScenarioDiagnosis:
    """Judge the closure of a scenario, by name or file; nothing of the scenario itself is solved.

    Raises
    ------
    EngelsInputError: the scenario is wrong in something other than its closure, or a swap names
        what is no variable of the economy.
    engels.model.algebra.errors.ModelError: the solver that the reference needs is missing.
    """
    scenario, refused = _read(which, expectations, ai_mode, aggregation)
    b = calibrate(scenario.aggregation, scenario.all_parameters() or None, scenario.last_year, None)
    values: Values = {}
    growth, unsolved = 1.0, ""
    try:
        origin = simulate(reference_of(scenario), progress)
        values, growth = origin.solution or {}, float(origin.manifest["horizon_growth"])
    except SolveError as error:
        unsolved = str(error).splitlines()[0]
    parts = [
        (title, diagnose(m, b))
        for title, m in economies(scenario, b, values, growth, refused=refused)
    ]
    return ScenarioDiagnosis(scenario.name, tuple(parts), tuple(refused), unsolved)


def _read(
    which: str | Path, expectations: str | None, ai_mode: str | None, aggregation: str | None
) -> tuple[Scenario, Sequence[str]]:
    """The scenario with its settings, and the errors that are its closure's."""
    asked = {"expectations": expectations, "ai_mode": ai_mode, "aggregation": aggregation}
    with_settings(baseline(), **asked)
    try:
        scenario = load_scenario(which)
    except InputErrors as error:
        _refuse_others(error)
        scenario = read_scenario(library().get(str(which), Path(which)))
    changes = {key: value for key, value in asked.items() if value is not None}
    scenario = scenario.model_copy(update=changes)
    try:
        check_scenario(scenario)
    except InputErrors as error:
        _refuse_others(error)
        return scenario, error.lines
    return scenario, ()


def _refuse_others(error: InputErrors) -> None:
    others = [line for line in error.lines if not _CLOSURE_ERROR.search(line)]
    if others:
        raise InputErrors(others)


def economies(
    scenario: Scenario,
    b: Benchmark,
    values: Values,
    growth: float,
    every_year: bool = False,
    refused: Sequence[str] = (),
) -> Iterator[tuple[str, pyo.ConcreteModel]]:
    """The economies of a run, each with its closure and at ``values``, and what to call it.

    Parameters
    ----------
    values: a solved path; the benchmark's where it is empty.
    growth: ``horizon_growth`` of that path.
    every_year: recursively, every year, and not one for each set of swaps.
    refused: what to say where a swap names no variable.
    """
    foresight = scenario.expectations == "foresight"
    static = scenario.expectations == "static"
    last = b.base_year if static else scenario.last_year
    is_baseline = scenario.name == BASELINE
    start = b.base_year if static or is_baseline else announced_year(scenario) or b.base_year
    years = [t for t in solved_years(b, last, foresight) if t >= start]
    work = {t: _at_work(scenario.all_swaps(), scenario.last_year if static else t) for t in years}
    # recursively the first year of each set of swaps stands for all that have it
    first = {swaps: t for t, swaps in reversed(work.items())}
    single = years if every_year else sorted(first.values())
    for span in [years] if foresight else [[t] for t in single]:
        m = build_economy(b, span, foresight, scenario.ai_mode, growth, blocks_of(b))
        restore(m, values)
        if is_baseline:
            forecast(
                span,
                foresight,
                b.ai,
                b.elasticities.labour_supply > 0 or b.technology.labour_market is not None,
                b.technology.blocks,
            ).apply(m, foresight)
        else:
            _apply(m, scenario, work, foresight, refused)
        yield f"{span[0]}-{span[-1]}" if len(span) > 1 else f"{span[0]}", m


def _at_work(swaps: Sequence[Swap], year: int) -> tuple[int, ...]:
    """Numbers of the swaps that hold their targets in ``year``."""
    first = [first_change(s, None) for s in swaps]
    return tuple(n for n, begins in enumerate(first) if begins is not None and begins <= year)


def _apply(
    m: pyo.ConcreteModel,
    scenario: Scenario,
    work: Mapping[int, tuple[int, ...]],
    foresight: bool,
    refused: Sequence[str],
) -> None:
    """The policy closure with the scenario's swaps, whatever comes of it."""
    POLICY.apply(m, foresight)
    for number, swap in enumerate(scenario.all_swaps()):
        for name, given in ((swap.target, True), (swap.instrument, False)):
            component = m.component(name)
            if not isinstance(component, pyo.Var):
                unknown = [line for line in refused if repr(name) in line]
                raise InputErrors(
                    unknown or [f"{scenario.name}: {name!r} is no variable of the economy"]
                )
            for index, v in component.items():
                if number in work.get(_year(index), ()):
                    v.fixed = given


def _year(index: Any) -> int:
    return int(index[-1] if isinstance(index, tuple) else index)
