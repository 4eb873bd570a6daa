"""From the shocks of a scenario to paths of drivers.

Years outside what a shock gives: before its first year nothing changes, after its last year its
last value holds. Several shocks on one driver apply one after the other, those of included
scenarios first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Benchmark, Composition
from engels.data import EngelsInputError
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import NO_QUOTA, USES, Driver
from engels.model.solving.closures import NOT_IN_LAST_YEAR
from engels.runs.scenarios.schema import BASELINE, PathSpec, Scenario, Shock, reference_of
from engels.runs.scenarios.source import InputErrors, nearest, shown

Array = NDArray[np.float64]

CHIPS_IMPORTED = "chips_imported"
"""Key under which ``driver_paths`` wants the chip imports of the scenario's reference run."""


def imports_key(run: str) -> str:
    """Key under which ``driver_paths`` wants the chip imports of the run named ``run``."""
    return f"{CHIPS_IMPORTED}@{run}"


@dataclass(frozen=True)
class SwapPath:
    """One swap as numbers: ``target`` is held on ``values`` where they are not NaN."""

    target: str
    instrument: str
    values: Array  # T, level of the target


def interpolate(path: Mapping[int, float], years: Sequence[int], kind: str = "linear") -> Array:
    """Values of a path in each of ``years``; NaN before its first year, the last value held after.

    ``kind``: ``linear`` (straight lines), ``log`` (constant growth rates; positive values only) or
    ``step`` (the last given value).
    """
    given = np.array(sorted(path), dtype=float)
    values = np.array([path[int(y)] for y in given], dtype=float)
    at = np.asarray(years, dtype=float)
    if kind == "linear":
        result = np.interp(at, given, values)
    elif kind == "log":
        result = np.exp(np.interp(at, given, np.log(values)))
    elif kind == "step":
        result = values[np.clip(np.searchsorted(given, at, side="right") - 1, 0, None)]
    else:
        raise ValueError(f"unknown interpolation {kind!r}; known: linear, log, step")
    # a log path, too, meets the given values to the last digit
    exact = np.isin(at, given)
    result[exact] = [path[int(y)] for y in at[exact]]
    result[at > given[-1]] = values[-1]
    result[at < given[0]] = np.nan
    return result


def change_path(item: PathSpec, years: Sequence[int]) -> Array:
    """The number that a shock or swap applies in each year (T); NaN in years it leaves alone."""
    if item.path is not None:
        return interpolate(item.path, years, item.interpolate or "linear")
    growth = item.growth
    assert growth is not None  # one of the two is there: PathSpec checks it
    at = np.asarray(years)
    number = np.clip(at - growth.from_ + 1, 0, growth.to - growth.from_ + 1)
    if item.change == "multiply":
        # a rate below -1 is refused earlier; a path that overflows is refused by its driver's range
        with np.errstate(over="ignore"):
            result = np.power(1.0 + growth.rate, number.astype(float))
    else:
        result = growth.rate * number.astype(float)
    result[at < growth.from_] = np.nan
    return result


def apply_change(current: Array, change: str, values: Array) -> Array:
    """``current`` (… x T) after a change by ``values`` (T); NaN leaves the year as it is."""
    active = ~np.isnan(values)
    result = current.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        if change == "multiply":
            result[..., active] *= values[active]
        elif change == "add":
            result[..., active] += values[active]
        else:
            result[..., active] = values[active]
    return result


def first_change(item: PathSpec, neutral: float | None) -> int | None:
    """First year in which a shock or swap changes anything; None when it never does.

    ``neutral`` is the value of ``set`` that changes nothing (None: every value does).
    """
    if item.growth is not None:
        return item.growth.from_ if item.growth.rate else None
    path = item.path or {}
    still = {"multiply": 1.0, "add": 0.0, "set": neutral}.get(item.change)
    previous: int | None = None
    for year in sorted(path):
        if still is None or path[year] != still:
            return year if previous is None or item.interpolate == "step" else previous + 1
        previous = year
    return None


def first_held(swap: PathSpec) -> int:
    """First year in which a swap holds its target.

    It is the first that differs from the reference, or, where none does, the first that is written
    down: a target that is held where the reference has it is a target too.
    """
    first = first_change(swap, None)
    return swap.years[0] if first is None else first


def announced_year(scenario: Scenario) -> int | None:
    """First year in which agents know the shocks; None for a scenario without any.

    Where ``announced`` is not given, it is the first year in which the scenario differs from its
    reference. Before that year the economy is the reference's.
    """
    if scenario.announced is not None:
        return scenario.announced
    shared = reference_parts(scenario)
    seen: set[str] = set()
    found: list[int] = []
    for part, _, shock in scenario.located("shocks"):
        driver = DRIVERS.get(shock.driver)
        neutral = driver.number if driver and shock.driver not in seen else None
        seen.add(shock.driver)
        year = first_change(shock, neutral)
        if year is not None and part.name not in shared:
            found.append(year)
    for part, _, swap in scenario.located("swaps"):
        if part.name not in shared:
            found.append(first_held(swap))
    return min(found, default=None)


def reference_parts(scenario: Scenario) -> set[str]:
    """Names of the scenarios whose shocks the reference has too."""
    return {part.name for part in reference_of(scenario).parts()}


def members(benchmark: Benchmark, dim: str, names: Sequence[str] | None) -> list[int]:
    """Positions of the sectors, skills or uses that names reach, in part or whole (all for None).

    Raises EngelsInputError naming the closest known word.
    """
    return [int(n) for n in np.flatnonzero(reach(benchmark, dim, names, "value_added"))]


def reach(benchmark: Benchmark, dim: str, names: Sequence[str] | None, base: str) -> Array:
    """The part of each sector, skill or use that names reach, from 0 to 1 (all for None).

    Groups of sectors are names too: a stage (``primary`` …), ``capital_intensive``,
    ``labour_intensive``, ``ai_intensive``, ``care``. They are groups of official sectors; of an aggregate
    they reach the part that its members in the group have in its ``base``.

    Raises EngelsInputError naming the closest known word.
    """
    known = {"sector": benchmark.sectors, "skill": benchmark.skills, "use": USES}[dim]
    if names is None:
        return np.ones(len(known))
    composition = composition_of(benchmark) if dim == "sector" else None
    groups = composition.groups if composition else {}
    whole: list[int] = []
    official: set[str] = set()
    for name in names:
        if name in known:
            whole.append(known.index(name))
        elif name in groups:
            official.update(groups[name])
        else:
            raise EngelsInputError(f"unknown {dim} {shown(name)}; {_suggest(benchmark, dim, name)}")
    part = composition.share(official, base) if composition else np.zeros(len(known))
    part[whole] = 1.0
    return part


def composition_of(benchmark: Benchmark) -> Composition:
    """The official sectors of a calibrated economy."""
    assert benchmark.composition is not None  # calibrate() has made it
    return benchmark.composition


def sector_groups(benchmark: Benchmark) -> dict[str, dict[str, float]]:
    """Groups of sectors that a scenario may name: the share of each sector's value added in them.

    Sectors without any part in a group are left out.
    """
    composition = composition_of(benchmark)
    return {
        name: {
            code: float(part)
            for code, part in zip(
                benchmark.sectors, composition.share(codes, "value_added"), strict=True
            )
            if part > 0
        }
        for name, codes in composition.groups.items()
    }


def _suggest(benchmark: Benchmark, dim: str, name: str) -> str:
    if dim == "skill":
        return nearest(name, benchmark.skills)
    if dim == "use":
        return nearest(name, USES)
    by_label = {
        label: code
        for code in benchmark.sectors
        for label in benchmark.labels.get(code, {}).values()
    }
    if name in by_label:
        return f"write its code {by_label[name]!r}"
    words = [*benchmark.sectors, *composition_of(benchmark).groups, *by_label]
    said = nearest(name, words, limit=len(benchmark.sectors))
    for label, code in by_label.items():
        said = said.replace(repr(label), f"{code!r} ({label})")
    return said


def driver_paths(
    scenario: Scenario,
    benchmark: Benchmark,
    years: Sequence[int],
    reference: Mapping[str, Array],
) -> dict[str, Array]:
    """Paths of the drivers that the scenario shocks, each shaped by the driver's dims.

    ``years`` are the T years of the run. ``reference`` may hold, under a driver's name, its
    *baseline* path where that comes from a solved run (otherwise the driver's default or the
    benchmark's path is taken). When a quota is a share of a reference run, it must hold that
    run's chip imports (use x year, multiples of the base year's imports) under
    ``imports_key(name)`` for every name in ``runs_needed(scenario)``; ``chips_imported`` alone
    stands for the run of ``scenario.reference``.

    Raises EngelsInputError for an unknown sector or skill, a missing reference, or values outside
    a driver's range (one line for each shock that leaves it).
    """
    result: dict[str, Array] = {}
    problems: list[str] = []
    for part, key, shock in scenario.located("shocks"):
        place = part.source.where
        driver = DRIVERS[shock.driver]
        current = result.get(driver.name)
        if current is None:
            given = reference.get(driver.name)
            current = driver.path(benchmark, years) if given is None else given.copy()
        part_of = selected(current, benchmark, driver, shock, place(key))
        values = change_path(shock, years)
        if shock.change == "share_of_reference":
            imports = reference.get(imports_key(part.reference))
            if imports is None and part.reference == scenario.reference:
                imports = reference.get(CHIPS_IMPORTED)
            if imports is None:
                raise EngelsInputError(
                    f"{place(key)}: a share of the reference needs the solved run of "
                    f"{part.reference!r}; solve that first"
                )
            changed = apply_change(current, "set", values)
            active = ~np.isnan(values)
            changed[:, active] *= imports[:, active]
            changed = np.minimum(changed, NO_QUOTA)
        else:
            changed = apply_change(current, shock.change, values)
        # where all of it changes, the given value stands to the last digit
        changed = np.where(part_of == 1, changed, current + part_of * (changed - current))
        if outside := _outside(changed, driver, years):
            problems.append(f"{place(key)}: {outside}")
        else:
            result[driver.name] = changed
    if problems:
        raise InputErrors(problems)
    return result


def runs_needed(scenario: Scenario) -> list[str]:
    """Names of the runs whose chip imports a ``share_of_reference`` of this scenario refers to.

    The reference meant is that of the file in which the shock stands, so that a scenario which
    includes an embargo keeps that embargo's quota whatever its own deviations are measured from.
    """
    return list(
        dict.fromkeys(
            part.reference
            for part, _, shock in scenario.located("shocks")
            if shock.change == "share_of_reference"
        )
    )


def runs_behind(scenario: Scenario) -> list[Scenario]:
    """The scenario and all runs that solving it takes, but the baseline, with its settings."""
    found: dict[str, Scenario] = {}
    waiting = [scenario]
    while waiting:
        run = waiting.pop(0)
        if run.name == BASELINE or run.name in found:
            continue
        found[run.name] = run
        needed = runs_needed(run)
        shared = {**scenario.settings, "last_year": scenario.last_year}
        waiting.append(reference_of(run))
        waiting += [
            reference_of(part).model_copy(update=shared)
            for part in run.parts()
            if part.reference in needed
        ]
    return list(found.values())


def selected(
    current: Array, benchmark: Benchmark, driver: Driver, shock: Shock, place: str
) -> Array:
    """The part of each entry of a driver that a shock moves, from 0 to 1 (same shape as the driver)."""
    part = np.ones(current.shape)
    for axis, dim in enumerate(driver.dims):
        names = None if dim == "year" else shock.selection(dim)
        if names is None:
            continue
        try:
            chosen = reach(benchmark, dim, names, driver.base)
        except EngelsInputError as error:
            raise EngelsInputError(f"{place}.{dim}s: {error}") from None
        part *= chosen.reshape([-1 if a == axis else 1 for a in range(current.ndim)])
    return part


def _outside(current: Array, driver: Driver, years: Sequence[int]) -> str:
    """The first value that is out of a driver's range, told; nothing where none is."""
    outside = ~((current >= driver.low) & (current <= driver.high))
    if not outside.any():
        return ""
    first = int(np.argmax(outside.reshape(-1, len(years)).any(axis=0)))
    column = current.reshape(-1, len(years))[:, first]
    value = column[outside.reshape(-1, len(years))[:, first]][0]
    return (
        f"{driver.name} becomes {value:g} in {years[first]}; it must stay from {driver.low:g} to "
        f"{driver.high:g} ({driver.unit})"
    )


def swap_paths(
    scenario: Scenario, years: Sequence[int], reference: Mapping[str, Array]
) -> list[SwapPath]:
    """The swaps as levels of their targets, year by year.

    ``reference`` holds each target's path (T) in the run of ``scenario.reference``. Years before
    the first that differs from the reference are NaN: there the instrument keeps its own path. So is
    the last year of foresight for an instrument that has no hold on it (``NOT_IN_LAST_YEAR``).

    Raises EngelsInputError when the reference is missing or a labour share leaves (0, 1).
    """
    result = []
    for part, key, swap in scenario.located("swaps"):
        place = part.source.where(key)
        values = change_path(swap, years)
        if swap.target not in reference and swap.change != "set":
            raise EngelsInputError(
                f"{place}: needs {swap.target} of {scenario.reference!r}; solve that run first"
            )
        if swap.change == "multiply":
            values = values * reference[swap.target]
        elif swap.change == "add":
            values = values + reference[swap.target]
        values[np.asarray(years) < first_held(swap)] = np.nan
        if scenario.expectations == "foresight" and swap.instrument in NOT_IN_LAST_YEAR:
            values[-1] = np.nan
        bad = (values <= 0) | (values >= 1)
        if swap.target == "labour_share" and bad.any():
            at = int(np.argmax(bad))
            raise EngelsInputError(
                f"{place}: labour_share would have to be {values[at]:.3g} in {years[at]}; a share "
                "of income lies between 0 and 1"
            )
        result.append(SwapPath(swap.target, swap.instrument, values))
    return result
