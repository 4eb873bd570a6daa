"""What sets a run apart from the run it departs from: a scenario's shocks and swaps as paths of drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from engels.calibration.benchmark import Array, Benchmark
from engels.model.blocks.library import DRIVERS, blocks_of
from engels.model.economy.driver import USES, Driver
from engels.model.economy.drivers import drivers_of
from engels.model.economy.trade import chips_benchmark
from engels.model.solving.closures import Swap
from engels.model.solving.dynamics import Target
from engels.model.solving.solution import Solution
from engels.runs.scenarios.paths import (
    announced_year,
    driver_paths,
    imports_key,
    runs_needed,
    swap_paths,
)
from engels.runs.scenarios.schema import BASELINE, Scenario, reference_of


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


def departure_of(
    scenario: Scenario, b: Benchmark, solved: Callable[[Scenario], Solution]
) -> Departure:
    """What sets a scenario's run apart from its reference's; ``solved`` gives the paths that it takes."""
    origin = solved(reference_of(scenario))
    baseline = solved(_baseline_of(scenario))
    known = _known_paths(baseline)
    for name in runs_needed(scenario):
        needed = next(p for p in related(scenario) if p.name == name)
        known[imports_key(name)] = _chips_imported(solved(needed))
    static = scenario.expectations == "static"
    # the static economy is the base year's, hit by the shock as large as it gets
    at = [scenario.last_year] if static else list(baseline.years)
    if static:
        known = {k: np.repeat(v[..., -1:], 1, axis=-1) for k, v in known.items()}
    paths = driver_paths(scenario, b, at, known)
    origins = {s.target: origin.series(s.target) for _, _, s in scenario.located("swaps")}
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


def related(scenario: Scenario) -> list[Scenario]:
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
