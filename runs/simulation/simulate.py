"""From a scenario to a solved run: baseline, reference, policy run, reported figures."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from pyomo.common.gc_manager import PauseGC

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.errors import ModelError
from engels.model.algebra.point import Index, IndexedValues, indexed
from engels.model.reporting.broken import broken_indicator
from engels.model.reporting.measures import Keep
from engels.model.solving.certificate import TOLERANCES
from engels.model.solving.deadline import Deadline
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.repeated import Make, Parts
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine
from engels.runs.indicators.report import Reporter, tidy
from engels.runs.scenarios.scenario import Economies
from engels.runs.scenarios.schema import BASELINE, Scenario, reference_of
from engels.runs.simulation.departure import Departure, departure_of, related
from engels.runs.store.cache import Cache, program
from engels.runs.store.inputs import (
    RunResult,
    describe_inputs,
    mapping_inputs,
    table_inputs,
)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SolvedScenario:
    """A scenario and its reference, solved.

    ``departure`` is what sets the run apart from its reference, None for the baseline; ``origins`` are
    the paths that it departs from, one from the other, the baseline first; ``workshop`` holds the built
    models; ``seconds`` is the time that each stage took.
    """

    scenario: Scenario
    benchmark: Benchmark
    reference: Solution
    run: Solution
    departure: Departure | None
    origins: Mapping[str, Solution]
    workshop: Workshop
    seconds: Mapping[str, float]


class ReportError(ModelError):
    """A run was solved and an indicator could not be computed.

    Attributes
    ----------
    indicator: the reported variable, or the function that failed.
    run: the run without figures: its manifest with the certificate, its solution and origins.
    """

    def __init__(self, indicator: str, error: Exception, run: RunResult) -> None:
        super().__init__(
            f"{run.scenario} is solved, and its indicator {indicator} could not be computed "
            f"({type(error).__name__}: {error})"
        )
        self.indicator, self.run = indicator, run


@dataclass(eq=False)
class Session:
    """Solves scenarios one after the other, and keeps what the next may need.

    That is calibrated economies and, as long as settings do not change (economy, parameters, last year,
    expectations), built models and solved paths, so that runs of one baseline solve it once. What a run
    finds does not depend on what was solved before.

    Parameters
    ----------
    solver: ``newton`` (the fast path, with Ipopt behind it for steps that it cannot solve) or ``ipopt`` (the
        reference).
    economies: calibrated economies, with the base-year table of the user where there is one.
    cache: where compiled economies and baselines are kept for later processes; nowhere where None. The
        reference solver takes nothing from it.
    """

    solver: str = "newton"
    economies: Economies = field(default_factory=Economies)
    cache: Cache | None = None
    _setting: str = field(default="", init=False)
    _workshop: Workshop | None = field(default=None, init=False)
    # under the content of their scenarios: two of one name may differ
    _solved: dict[str, tuple[Solution, Departure | None]] = field(default_factory=dict, init=False)
    _reporter: tuple[Solution, Reporter] | None = field(default=None, init=False)

    @property
    def table(self) -> Path | None:
        """The base-year table of the user."""
        return self.economies.table

    def run(
        self,
        scenario: Scenario,
        progress: Progress | None = None,
        keep: Keep | None = None,
        limit: float | None = None,
    ) -> RunResult:
        """Solve a scenario and the runs it is measured from, and report it.

        ``progress`` is called with (stage, done, total). ``keep`` chooses what is reported;
        everything by default. ``limit`` is in seconds of solving, the runs it is
        measured from included; none by default.

        Raises
        ------
        EngelsInputError: the scenario asks for something impossible.
        engels.model.algebra.errors.TookTooLong: solving took longer than the limit.
        engels.model.algebra.errors.SolveError: a path could not be solved; nothing is returned.
        ReportError: the run is solved, and an indicator of it could not be computed.
        """
        solved = self.solve(scenario, progress, limit)
        manifest = run_manifest(solved, self.table)
        origins = {name: path.values for name, path in solved.origins.items()}
        begin = time.perf_counter()
        try:
            if self._reporter is None or self._reporter[0] is not solved.reference:
                self._reporter = (solved.reference, Reporter(solved.reference))
            report = self._reporter[1]
            since = solved.run.announced
            rows = {scenario.reference: report(solved.reference, since, keep)}
            if scenario.name != scenario.reference:
                rows[scenario.name] = report(solved.run, keep=keep)
            frame = tidy(rows)
        except Exception as error:  # whatever it is, the solution is not lost
            unreported = RunResult(pd.DataFrame(), manifest, solved.run.values, origins)
            raise ReportError(broken_indicator(error), error, unreported) from error
        manifest["seconds"]["report"] = time.perf_counter() - begin
        return RunResult(frame, manifest, solved.run.values, origins)

    def solve(
        self, scenario: Scenario, progress: Progress | None = None, limit: float | None = None
    ) -> SolvedScenario:
        """Solve a scenario and the runs it is measured from; see :meth:`run`."""
        seconds: dict[str, float] = {}

        def timed(what: str, f: Callable[..., Any], *args: Any) -> Any:
            begin = time.perf_counter()
            out = f(*args)
            seconds[what] = time.perf_counter() - begin
            return out

        b: Benchmark = timed("calibration", self.economies.of, scenario)
        workshop = self._open(scenario)
        workshop.deadline = None if limit is None else Deadline(limit)
        # what is built stays: Python need not look for garbage among it, over and over, for a third of
        # the time. Recursive runs leave a model behind every year, which has to be found
        builds = not self._solved and scenario.expectations == "foresight"
        with PauseGC() if builds else nullcontext():
            origin = reference_of(scenario)
            reference = timed("reference", self._path, origin, b, workshop, progress)
            if builds:
                gc.collect()  # the model of the baseline is done with
            run = timed("solve", self._path, scenario, b, workshop, progress)

        _, departure = self._solved[scenario.content()]
        origins = {s.name: self._solved[s.content()][0] for s in _chain(scenario)}
        return SolvedScenario(scenario, b, reference, run, departure, origins, workshop, seconds)

    def forget(self, scenario: Scenario) -> None:
        """Give up all solved paths but those that ``scenario`` departs from.

        A batch does after each of its runs, so that memory does not grow with their number.
        """
        needed = {s.content() for s in (*related(scenario), *_chain(scenario))}
        self._solved = {k: x for k, x in self._solved.items() if k in needed}

    def _open(self, scenario: Scenario) -> Workshop:
        """The models of the scenario's settings; those of other settings are given up with their paths."""
        setting = json.dumps(
            [
                scenario.settings,
                scenario.all_parameters(),
                scenario.last_year,
                mapping_inputs(scenario.aggregation),
            ],
            default=str,
            sort_keys=True,
        )
        if self._workshop is None or self._setting != setting:
            if self._workshop is not None:
                # models are circles of references: two of them would be in memory for a while
                self._workshop, self._solved, self._reporter = None, {}, None
                gc.collect()
            self._setting, self._workshop = setting, Workshop(engine(self.solver), self._parts)
        return self._workshop

    @property
    def _store(self) -> Cache | None:
        """The cache, where what it holds may be used."""
        return self.cache if engine(self.solver).in_memory else None

    def _parts(self, what: str, make: Make) -> Parts | None:
        """The parts of a compiled economy of these settings, from the cache where they are there."""
        if self._store is None:
            return make()
        key = f"{self._key} economy {what}"
        found: Parts | None = self._store.get(key)
        if found is None:
            found = make()
            if found is not None:
                self._store.put(key, found)
        return found

    @cached_property
    def _own_inputs(self) -> dict[str, str]:
        return table_inputs(self.table)

    @property
    def _key(self) -> str:
        """All that a baseline rests on: the program, the settings, and the files of the user."""
        return f"{program()} {self._setting} {self._own_inputs}"

    def _baseline(
        self, scenario: Scenario, b: Benchmark, workshop: Workshop, progress: Progress | None
    ) -> Solution:
        """The solved baseline; with foresight its search begins at the one in the cache."""
        foresight = scenario.expectations == "foresight"
        static = scenario.expectations == "static"
        store = self._store if foresight else None
        kept = None if store is None else store.get(f"{self._key} baseline")
        found = solve_baseline(
            b,
            scenario.ai_mode,
            foresight,
            b.base_year if static else scenario.last_year,
            progress=progress,
            workshop=workshop,
            near=None if kept is None else IndexedValues(Index(kept[0]), kept[1]),
        )
        if store is not None and kept is None:
            held = indexed(found.values)
            store.put(f"{self._key} baseline", (held.index.keys, held.x))
        return found

    def _path(
        self, scenario: Scenario, b: Benchmark, workshop: Workshop, progress: Progress | None
    ) -> Solution:
        """The solved path of a scenario, solving first what it departs from."""
        key = scenario.content()
        if key in self._solved:
            return self._solved[key][0]
        departure: Departure | None = None
        if scenario.name == BASELINE:
            found = self._baseline(scenario, b, workshop, progress)
        else:
            departure = departure_of(scenario, b, lambda s: self._path(s, b, workshop, progress))
            found = solve_policy(
                departure.origin,
                departure.drivers,
                departure.announced,
                departure.targets,
                progress=progress,
                workshop=workshop,
            )
        self._solved[key] = found, departure
        return found


def simulate(
    scenario: Scenario,
    progress: Progress | None = None,
    solver: str = "newton",
    table: Path | None = None,
    keep: Keep | None = None,
    limit: float | None = None,
) -> RunResult:
    """One run in a session of its own; see :meth:`Session.run`."""
    return Session(solver, Economies(table)).run(scenario, progress, keep, limit)


def _chain(scenario: Scenario) -> list[Scenario]:
    """The scenarios that a scenario departs from, one from the other, the baseline first."""
    found: list[Scenario] = []
    while scenario.name != BASELINE:
        scenario = reference_of(scenario)
        found.append(scenario)
    return found[::-1]


def run_manifest(solved: SolvedScenario, table: Path | None) -> dict[str, Any]:
    """What ``manifest.json`` says of a solved run: inputs, solver, certificate, seconds."""
    scenario, run = solved.scenario, solved.run
    first = run.reports[0]
    hardest = max(run.reports, key=lambda r: len(r.steps))
    return {
        **describe_inputs(scenario, solved.benchmark, table),
        "closure": run.closure,
        "announced": run.announced,
        "horizon_growth": run.horizon_growth,
        "cautions": list(run.cautions),
        "paths": [
            {"scenario": name, "announced": x.announced, "closure": x.closure}
            for name, x in {**solved.origins, scenario.name: run}.items()
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
        "seconds": dict(solved.seconds),
        "numeraire": "consumer price index",
    }
