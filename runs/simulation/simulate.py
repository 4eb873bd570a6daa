"""From a scenario to a solved run: baseline, reference, policy run, reported figures.

Solved paths are kept in the process as long as settings do not change, so that a batch solves each
baseline and each reference once.
"""

from __future__ import annotations

import atexit
import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyomo.common.gc_manager import PauseGC

from engels.calibration.benchmark import Array, Benchmark
from engels.model.blocks.library import DRIVERS, blocks_of
from engels.model.economy.block import Rows
from engels.model.economy.driver import USES, Driver
from engels.model.economy.drivers import drivers_of
from engels.model.economy.trade import chips_benchmark
from engels.model.reporting.measures import (
    adjusted_residual,
    equivalent_variation,
    solow_residual,
    variables,
)
from engels.model.solving.certificate import TOLERANCES
from engels.model.solving.closures import Swap
from engels.model.solving.deadline import Deadline
from engels.model.solving.dynamics import Solution, Target, Workshop, solve_baseline, solve_policy
from engels.model.solving.solve import engine
from engels.runs.indicators.deviations import engels_pause, labour_share_parts
from engels.runs.indicators.inequality import gini, theil
from engels.runs.scenarios.paths import (
    announced_year,
    driver_paths,
    imports_key,
    runs_needed,
    swap_paths,
)
from engels.runs.scenarios.scenario import prepare
from engels.runs.scenarios.schema import BASELINE, Scenario, reference_of
from engels.runs.store.inputs import RunResult, describe_inputs

Progress = Callable[[str, int, int], None]
Key = tuple[str, str, str, int]
"""Variable, sector, group and year of a reported figure."""


@dataclass
class Session:
    """Solved paths and built models of one setting (economy, parameters, expectations, solver).

    Paths are kept under the content of their scenarios: two scenarios of one name may differ.
    """

    key: str
    workshop: Workshop
    solved: dict[str, Solution] = field(default_factory=dict)


_session: Session | None = None
atexit.register(gc.unfreeze)


@dataclass(frozen=True)
class Departure:
    """What sets a run apart from the run it departs from, as ``solve_policy`` takes it.

    ``drivers`` holds the entries that differ, name -> {index: value}; ``announced`` is the first year
    in which agents know of them.
    """

    origin: Solution
    drivers: Mapping[str, Mapping[object, float]]
    targets: tuple[Target, ...]
    announced: int


@dataclass(frozen=True)
class SolvedScenario:
    """A scenario and its reference, solved, with the session that did it.

    ``seconds`` is the time that each stage took.
    """

    scenario: Scenario
    benchmark: Benchmark
    reference: Solution
    run: Solution
    session: Session
    seconds: dict[str, float]

    def departure(self) -> Departure:
        """What sets the run apart from its reference; the baseline has none."""
        return _departure(self.scenario, self.benchmark, self.session, None)

    def origins(self) -> dict[str, Solution]:
        """The solved paths that the run departs from, one from the other, the baseline first."""
        found: dict[str, Solution] = {}
        scenario = self.scenario
        while scenario.name != BASELINE:
            scenario = reference_of(scenario)
            found[scenario.name] = _solution(scenario, self.benchmark, self.session, None)
        return dict(reversed(found.items()))


def solve_scenario(
    scenario: Scenario,
    progress: Progress | None = None,
    solver: str = "ipopt",
    table: Path | None = None,
    limit: float | None = None,
) -> SolvedScenario:
    """Solve a scenario and the runs it is measured from; see :func:`simulate`."""
    seconds: dict[str, float] = {}

    def timed(what: str, f: Callable[..., Any], *args: Any) -> Any:
        begin = time.perf_counter()
        out = f(*args)
        seconds[what] = time.perf_counter() - begin
        return out

    benchmark = timed("calibration", prepare, scenario, table)
    session = _open_session(scenario, solver, table)
    session.workshop.deadline = None if limit is None else Deadline(limit)
    # recursive runs leave a model behind every year, which has to be found while they go on
    builds = not session.solved and scenario.expectations == "foresight"
    with _models_stay() if builds else nullcontext():
        origin = reference_of(scenario)
        reference = timed("reference", _solution, origin, benchmark, session, progress)
        if builds:
            gc.collect()  # the model of the baseline is done with
        run = timed("solve", _solution, scenario, benchmark, session, progress)
    return SolvedScenario(scenario, benchmark, reference, run, session, seconds)


def simulate(
    scenario: Scenario,
    progress: Progress | None = None,
    solver: str = "ipopt",
    table: Path | None = None,
    keep: Callable[[Key], bool] | None = None,
    limit: float | None = None,
) -> RunResult:
    """Solve a scenario and the runs it is measured from.

    ``progress`` is called with (stage, done, total); ``solver`` is ``ipopt`` (the reference) or
    ``newton`` (the fast path, with Ipopt behind it for steps that it cannot solve). ``table``
    replaces the base-year table (the project's tidy layout). ``keep`` chooses what is reported by
    (variable, sector, group, year); everything by default. ``limit`` is in seconds of solving, the
    runs it is measured from included; none by default.

    Raises
    ------
    EngelsInputError: the scenario asks for something impossible.
    engels.model.algebra.errors.TookTooLong: solving took longer than the limit.
    engels.model.algebra.errors.SolveError: a path could not be solved; nothing is returned.
    """
    solved = solve_scenario(scenario, progress, solver, table, limit)
    begin = time.perf_counter()
    frame = _frame(scenario, solved.run, solved.reference, keep)
    seconds = {**solved.seconds, "report": time.perf_counter() - begin}
    origins = solved.origins()
    manifest = run_manifest(scenario, solved.benchmark, solved.run, seconds, table, origins)
    return RunResult(
        frame, manifest, solved.run.values, {name: x.values for name, x in origins.items()}
    )


@contextmanager
def _models_stay() -> Iterator[None]:
    """What is made here stays as long as its session: Python need not look for garbage among it.

    It would, over and over, for a third of the time that a new economy takes. :func:`_open_session`
    takes it back, and so does the end of the process, at which libraries count what they left behind.
    """
    with PauseGC():
        yield
        gc.freeze()


def _open_session(scenario: Scenario, solver: str, table: Path | None) -> Session:
    """The session of the scenario's settings; another setting's is given up, with its memory."""
    global _session
    key = json.dumps(
        [scenario.settings, scenario.all_parameters(), scenario.last_year, solver, table],
        default=str,
        sort_keys=True,
    )
    if _session is None or _session.key != key:
        if _session is not None:
            # models are circles of references: without this two of them would be in memory for a while
            _session = None
            gc.unfreeze()
            gc.collect()
        _session = Session(key, Workshop(engine(solver)))
    return _session


def forget_runs(scenario: Scenario) -> None:
    """Give up all solved paths but those that ``scenario`` departs from.

    A batch calls it after each of its runs, so that memory does not grow with their number.
    """
    if _session is None:
        return
    needed = {s.content() for s in _related(scenario)}
    found = scenario
    while found.name != BASELINE:
        found = reference_of(found)
        needed.add(found.content())
    _session.solved = {k: x for k, x in _session.solved.items() if k in needed}


def _solution(
    scenario: Scenario, b: Benchmark, session: Session, progress: Progress | None
) -> Solution:
    """The solved path of a scenario, solving first what it departs from."""
    key = scenario.content()
    if key in session.solved:
        return session.solved[key]
    if scenario.name == BASELINE:
        static = scenario.expectations == "static"
        last = b.base_year if static else scenario.last_year
        session.solved[key] = solve_baseline(
            b,
            scenario.ai_mode,
            scenario.expectations == "foresight",
            last,
            progress=progress,
            workshop=session.workshop,
        )
        return session.solved[key]
    found = _departure(scenario, b, session, progress)
    session.solved[key] = solve_policy(
        found.origin,
        found.drivers,
        found.announced,
        found.targets,
        progress=progress,
        workshop=session.workshop,
    )
    return session.solved[key]


def _departure(
    scenario: Scenario, b: Benchmark, session: Session, progress: Progress | None
) -> Departure:
    """What sets a scenario's run apart from its reference's, solving first what that takes."""
    origin = _solution(reference_of(scenario), b, session, progress)
    baseline = _solution(_baseline_of(scenario), b, session, progress)
    known = _known_paths(baseline)
    for name in runs_needed(scenario):
        needed = next(p for p in _related(scenario) if p.name == name)
        known[imports_key(name)] = _chips_imported(_solution(needed, b, session, progress))
    static = scenario.expectations == "static"
    # the static economy is the base year's, hit by the shock as large as it gets
    at = [scenario.last_year] if static else list(baseline.years)
    if static:
        known = {k: np.repeat(v[..., -1:], 1, axis=-1) for k, v in known.items()}
    paths = driver_paths(scenario, b, at, known)
    origins = {s.target: origin.series(s.target) for s in scenario.all_swaps()}
    swaps = swap_paths(scenario, at, origins)
    years = list(baseline.years)
    start = years[0] if static else announced_year(scenario)
    if start is None:
        start = years[0]
    drivers = {n: _changed(DRIVERS[n], b, years, p, origin, start) for n, p in paths.items()}
    # what the reference holds before the announcement is in its solution already
    held = [
        (
            s,
            {
                t: float(x)
                for t, x in zip(years, s.values, strict=True)
                if t >= start and not np.isnan(x)
            },
        )
        for s in swaps
    ]
    targets = tuple(
        Target(
            Swap(
                s.target,
                s.instrument,
                tuple(levels),
                b.ai if s.instrument == "risk_premium" else None,
            ),
            levels,
        )
        for s, levels in held
    )
    return Departure(origin, {n: d for n, d in drivers.items() if d}, targets, start)


def _baseline_of(scenario: Scenario) -> Scenario:
    """The baseline under the scenario's settings."""
    found = reference_of(scenario)
    while found.name != BASELINE:
        found = reference_of(found)
    return found


def _related(scenario: Scenario) -> list[Scenario]:
    """The scenario's references, and those of what it includes."""
    shared = {**scenario.settings, "last_year": scenario.last_year}
    found = [reference_of(scenario)]
    for part in scenario.parts():
        found.append(reference_of(part).model_copy(update=shared))
    return found


def _known_paths(baseline: Solution) -> dict[str, Array]:
    """Driver paths of the solved baseline, shaped by their dims."""
    b, years = baseline.benchmark, list(baseline.years)
    found = {}
    for d in drivers_of(blocks_of(b)):
        flat = [baseline.values[d.name][k if len(k) > 1 else k[0]] for k in d.index(b, years)]
        found[d.name] = np.array(flat, dtype=float).reshape(d.path(b, years).shape)
    return found


def _chips_imported(run: Solution) -> Array:
    """Imported chips of a run, use x year, in multiples of the base year's (zero where none)."""
    base = chips_benchmark(run.benchmark)
    rows = [
        run.series("chips_imported", u) / base[u] if u in base else np.zeros(len(run.years))
        for u in USES
    ]
    return np.array(rows)


def _changed(
    driver: Driver, b: Benchmark, years: list[int], path: Array, origin: Solution, start: int
) -> dict[object, float]:
    """Entries of a driver's path, from ``start`` on, that differ from the origin's."""
    changed: dict[object, float] = {}
    for key, x in zip(driver.index(b, years), path.ravel(), strict=True):
        index = key if len(key) > 1 else key[0]
        if key[-1] >= start and x != origin.values[driver.name][index]:
            changed[index] = float(x)
    return changed


def _frame(
    scenario: Scenario,
    run: Solution,
    reference: Solution,
    keep: Callable[[Key], bool] | None = None,
) -> pd.DataFrame:
    """The tidy table of a run and its reference."""
    parts = [_rows(scenario.reference, reference, reference, keep)]
    if scenario.name != scenario.reference:
        parts.append(_rows(scenario.name, run, reference, keep))
    return pd.concat(parts, ignore_index=True)


def _rows(
    name: str,
    run: Solution,
    reference: Solution,
    keep: Callable[[Key], bool] | None = None,
) -> pd.DataFrame:
    rows = report_rows(run, reference)
    units = variables()
    order = {v: n for n, v in enumerate(units)}
    chosen = rows if keep is None else filter(keep, rows)
    keys = sorted(chosen, key=lambda k: (order[k[0]], k[1:]))
    return pd.DataFrame(
        {
            "scenario": name,
            "variable": [k[0] for k in keys],
            "sector": [k[1] for k in keys],
            "group": [k[2] for k in keys],
            "year": [k[3] for k in keys],
            "value": [rows[k] for k in keys],
            "unit": [units[k[0]].unit for k in keys],
        }
    )


def report_rows(run: Solution, reference: Solution) -> Rows:
    """All that is reported of a run, for the years of ``run``; some of it is against the reference.

    ``run.rows`` must begin in the base year, from which productivity is measured.
    """
    b, years = run.benchmark, list(run.years)
    rows = dict(run.rows)

    def series(solution: Solution, variable: str) -> Array:
        return np.array([solution.rows[variable, "", "", t] for t in years])

    def matrix(solution: Solution, variable: str) -> Array:
        return np.array([[solution.rows[variable, j, "", t] for j in b.sectors] for t in years])

    for t, x in solow_residual(run.rows, b).items():
        rows["tfp", "", "", t] = x
    for t, x in adjusted_residual(run.rows, solow_residual(run.rows, b)).items():
        rows["tfp_adjusted", "", "", t] = x
    within, between = labour_share_parts(
        matrix(run, "labour_income"),
        matrix(run, "value_added"),
        matrix(reference, "labour_income"),
        matrix(reference, "value_added"),
    )
    pause = engels_pause(
        series(run, "real_wage"),
        series(run, "output_per_worker"),
        series(reference, "real_wage"),
        series(reference, "output_per_worker"),
    )
    for n, t in enumerate(years):
        rows["labour_share_within", "", "", t] = float(within[n])
        rows["labour_share_between", "", "", t] = float(between[n])
        rows["engels_pause", "", "", t] = float(pause[n])
        for h in b.households:
            ev = equivalent_variation(b, reference.values, run.values, h, t)
            rows["welfare_ev", "", h, t] = ev
            if b.technology.household_groups:
                _split_welfare(rows, run, reference, h, t, ev)
        if b.technology.household_groups:
            _inequality(rows, run, reference, t)
    return rows


def _split_welfare(
    rows: Rows, run: Solution, reference: Solution, h: str, t: int, ev: float
) -> None:
    """Equivalent variation by lower prices and by a larger share of national money income.

    With E spending and k the growth of nominal GDP over the reference's, E'/k - E is what the household
    gains by its share; the rest of its gain is that its share buys more.
    """
    more = run.rows["gdp_nominal", "", "", t] / reference.rows["gdp_nominal", "", "", t]
    share = run.values["spending"][h, t] / more - reference.values["spending"][h, t]
    rows["welfare_income", "", h, t] = share
    rows["welfare_price", "", h, t] = ev - share


def _inequality(rows: Rows, run: Solution, reference: Solution, t: int) -> None:
    """Welfare of the groups, and inequality of income and consumption per head between them."""
    b = run.benchmark
    g = b.technology.household_groups
    assert g is not None
    for n, h in zip(g.names, g.region, strict=True):
        ev = equivalent_variation(b, reference.values, run.values, h, t, n)
        rows["welfare_ev", "", n, t] = ev
        # by the persons that the reference has in the group
        rows["welfare_ev_head", "", n, t] = 1e3 * ev / reference.rows["persons_group", "", n, t]
    persons = np.array([rows["persons_group", "", n, t] for n in g.names])
    for what in ("income", "consumption"):
        head = np.array([rows[f"{what}_group", "", n, t] for n in g.names]) / persons
        rows[f"gini_{what}", "", "", t] = gini(head, persons)
        rows[f"theil_{what}", "", "", t] = theil(head, persons)


def run_manifest(
    scenario: Scenario,
    b: Benchmark,
    run: Solution,
    seconds: Mapping[str, float],
    table: Path | None,
    origins: Mapping[str, Solution],
) -> dict[str, Any]:
    """What ``manifest.json`` says of a solved run: inputs, solver, certificate, seconds.

    ``origins`` are the paths that it departs from, the baseline first.
    """
    first = run.reports[0]
    hardest = max(run.reports, key=lambda r: len(r.steps))
    return {
        **describe_inputs(scenario, b, table),
        "closure": run.closure,
        "announced": run.announced,
        "horizon_growth": run.horizon_growth,
        "cautions": list(run.cautions),
        "paths": [
            {"scenario": name, "announced": x.announced, "closure": x.closure}
            for name, x in {**origins, scenario.name: run}.items()
        ],
        "solver": {
            "name": first.solver,
            "version": first.version,
            "linear_solver": first.linear_solver,
            "status": run.certificate.status,
            "iterations": sum(r.iterations for r in run.reports),
            "solves": len(run.reports),
            "unknowns": max(r.unknowns for r in run.reports),
        },
        "residuals": {
            kind: {
                "value": run.certificate.gaps[kind],
                "tolerance": limit,
                "where": run.certificate.where[kind],
            }
            for kind, limit in TOLERANCES.items()
        },
        "certificate": {
            "equations": dict(run.certificate.equations),
            "complementarity": dict(run.certificate.conditions),
        },
        "homotopy_steps": list(hardest.steps),
        "seconds": dict(seconds),
        "numeraire": "consumer price index",
    }
