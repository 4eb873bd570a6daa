"""What a scenario may mean: checks beyond the spelling of its keys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engels.calibration.benchmark import Benchmark
from engels.calibration.technology import BLOCKS, NEEDS
from engels.data import EngelsInputError
from engels.model.closures import SWAPPABLE
from engels.model.drivers import DRIVERS, USES
from engels.runs import paths
from engels.runs.schema import PathSpec, Scenario, Shock, Swap
from engels.runs.source import InputErrors, Key, nearest


def check_scenario(scenario: Scenario) -> None:
    """Check drivers, ranges, years and closures of a scenario without a benchmark.

    Raises InputErrors (an EngelsInputError) with one line for every error.
    """
    found = [
        *_check_blocks(scenario),
        *_check_shocks(scenario),
        *_check_years(scenario),
        *_check_swaps(scenario),
    ]
    if found:
        raise InputErrors(found)


def check_against(scenario: Scenario, benchmark: Benchmark) -> None:
    """Check sectors, skills, first year and the size of every driver against a benchmark.

    Raises EngelsInputError (one line for every error).
    """
    found = []
    first = benchmark.base_year + 1
    for part, key, item in _items(scenario):
        for year, at in _written_years(item, key):
            if year < first:
                found.append(
                    f"{part.source.where(at)}: {year} is before the first year that can change; "
                    f"years run from {first} (the year after the base year) to {scenario.last_year}"
                )
    if scenario.announced is not None and scenario.announced < first:
        found.append(
            f"{scenario.source.where(('announced',))}: {scenario.announced} is out of "
            f"range; agents can learn from {first} on"
        )
    for part, key, shock in scenario.located("shocks"):
        for dim in ("sector", "skill"):
            for number, name in enumerate(shock.selection(dim) or ()):
                try:
                    paths.members(benchmark, dim, [name])
                except EngelsInputError as error:
                    at = (*key, f"{dim}s", number)
                    found.append(f"{part.source.where(at)}: {error} ({benchmark.name})")
    if found:
        raise InputErrors(found)
    years = range(benchmark.base_year, scenario.last_year + 1)
    # the size of reference imports is not known yet; one unit checks the share itself
    imports = np.ones((len(USES), len(years)))
    reference = {paths.imports_key(name): imports for name in paths.runs_needed(scenario)}
    paths.driver_paths(scenario, benchmark, years, reference)
    base_share = float(benchmark.labour.sum() / (benchmark.gdp - benchmark.production_tax.sum()))
    levels = {target: np.ones(len(years)) for target in SWAPPABLE}
    paths.swap_paths(scenario, years, levels | {"labour_share": levels["gdp_real"] * base_share})


def _items(scenario: Scenario) -> Iterator[tuple[Scenario, Key, PathSpec]]:
    yield from scenario.located("shocks")
    yield from scenario.located("swaps")


def _written_years(item: PathSpec, key: Key) -> Iterator[tuple[int, Key]]:
    """Years that the file gives, with the key of each."""
    if item.growth is not None:
        yield item.growth.from_, (*key, "growth", "from")
        yield item.growth.to, (*key, "growth", "to")
    for year in sorted(item.path or {}):
        yield year, (*key, "path", str(year))


def _check_blocks(scenario: Scenario) -> Iterator[str]:
    on = {name for name in BLOCKS if scenario.all_parameters().get(f"{name}.active")}
    for part in scenario.parts():
        for number, name in enumerate(part.blocks):
            where = part.source.where(("blocks", number))
            if name not in BLOCKS:
                yield f"{where}: unknown block {name!r}; {nearest(name, BLOCKS)}"
            elif name in NEEDS and NEEDS[name] not in on:
                yield f"{where}: {name} needs the block {NEEDS[name]}; add it to blocks"
    for part, key, shock in scenario.located("shocks"):
        driver = DRIVERS.get(shock.driver)
        if driver is None:
            continue
        where = part.source.where((*key, "driver"))
        if driver.block and driver.block not in on:
            yield (
                f"{where}: {driver.name} belongs to the block {driver.block}, which is off; write "
                f"blocks: [{driver.block}]"
            )
        elif driver.through and driver.through not in on:
            yield (
                f"{where}: {driver.name} works through the block {driver.through}, which is off; "
                f"write blocks: [{driver.through}]"
            )
        if driver.name == "internalisation" and scenario.expectations != "foresight":
            yield (
                f"{where}: internalisation pays the present value of learning, which takes "
                "foresight; write expectations: foresight"
            )

    for part, key, swap in scenario.located("swaps"):
        for end in ("instrument", "target"):
            name = getattr(swap, end)
            blocks = {"policy_cost": "public_finance", "lump_sum_real": "public_finance"}
            if name in DRIVERS:
                blocks = {name: DRIVERS[name].block, f"{name} ": DRIVERS[name].through}
            for block in [b for n, b in blocks.items() if n.strip() == name and b and b not in on]:
                yield (
                    f"{part.source.where((*key, end))}: {name} needs the block {block}, which is off; "
                    f"write blocks: [{block}]"
                )


def _check_shocks(scenario: Scenario) -> Iterator[str]:
    for part, key, shock in scenario.located("shocks"):
        driver = DRIVERS.get(shock.driver)
        where = part.source.where
        if driver is None:
            at = (*key, "driver")
            yield f"{where(at)}: unknown driver {shock.driver!r}; {nearest(shock.driver, DRIVERS)}"
            continue
        for dim in ("sector", "skill", "use"):
            names = shock.selection(dim)
            if names is None:
                continue
            at = (*key, f"{dim}s")
            if dim not in driver.dims:
                having = sorted(d.name for d in DRIVERS.values() if dim in d.dims)
                yield (
                    f"{where(at)}: {driver.name} does not differ by {dim}; leave it out (drivers "
                    f"by {dim}: {', '.join(having)})"
                )
            elif not names:
                yield f"{where(at)}: is empty; name at least one {dim} or leave it out for all"
        if "use" in driver.dims:
            for number, use in enumerate(shock.uses or ()):
                if use not in USES:
                    at = (*key, "uses", number)
                    yield f"{where(at)}: unknown use {use!r}; {nearest(use, USES)}"
        yield from _check_change(part, key, shock)


def _check_change(part: Scenario, key: Key, shock: Shock) -> Iterator[str]:
    driver, where = DRIVERS[shock.driver], part.source.where
    path = sorted((shock.path or {}).items())
    if shock.change == "share_of_reference":
        if driver.name != "chip_quota":
            yield (
                f"{where((*key, 'change'))}: share_of_reference is for chip_quota alone; write "
                f"set, multiply or add for {driver.name}"
            )
        for year, value in path:
            if value < 0:
                at = (*key, "path", str(year))
                yield f"{where(at)}: the share {value:g} is negative; it must be 0 or more"
        return
    if driver.name == "chip_quota" and shock.change in ("multiply", "add"):
        yield (
            f"{where((*key, 'change'))}: without a shock chip imports have no quota to "
            f"{shock.change}; write set (multiples of base-year imports) or share_of_reference"
        )
        return
    if shock.change == "set":
        for year, value in path:
            if not driver.low <= value <= driver.high:
                at = (*key, "path", str(year))
                negative = " is a negative share" if value < 0 and driver.low == 0 else ""
                yield (
                    f"{where(at)}: {driver.name} {value:g}{negative or ' is out of range'}; it "
                    f"must lie from {driver.low:g} to {driver.high:g} ({driver.unit})"
                )


def _check_years(scenario: Scenario) -> Iterator[str]:
    last = scenario.last_year
    written_to = max(last, scenario._written_to or last)
    for part, key, item in _items(scenario):
        for year, at in _written_years(item, key):
            if year > written_to:
                yield (
                    f"{part.source.where(at)}: {year} is after the last year; write a year up to "
                    f"{written_to} or raise last_year"
                )
    if scenario.announced is None:
        return
    announced = scenario.announced
    where = scenario.source.where(("announced",))
    if announced > last:
        yield f"{where}: {announced} is after the last year {last}; agents must learn before"
    late: list[tuple[Scenario, Key, int]] = []
    for part, key, item in _items(scenario):
        driver = DRIVERS.get(item.driver) if isinstance(item, Shock) else None
        first = paths.first_change(item, driver.default if driver else None)
        if first is not None and first < announced:
            late.append((part, key, first))
    # what the reference has too may come earlier: before the announcement the two are the same
    shared = paths.reference_parts(scenario) if late else set()
    for part, key, first in late:
        if part.name not in shared:
            yield (
                f"{part.source.where(key)}: changes {first}, before agents learn of it in "
                f"{announced}; begin in {announced} or write announced: {first}"
            )


def _check_swaps(scenario: Scenario) -> Iterator[str]:
    shocked = {s.driver: (part, key) for part, key, s in scenario.located("shocks")}
    used: dict[str, str] = {}
    for part, key, swap in scenario.located("swaps"):
        where = part.source.where
        yield from _check_pair(part, key, swap)
        if swap.instrument in shocked:
            other, at = shocked[swap.instrument]
            yield (
                f"{where((*key, 'instrument'))}: impossible closure: {swap.instrument} is found by "
                f"the swap and given by a shock ({other.source.where(at)}); drop one of the two"
            )
        for word in (swap.instrument, swap.target):
            if word in used:
                yield (
                    f"{where(key)}: impossible closure: {word} is already in another swap "
                    f"({used[word]}); use each target and each instrument once"
                )
            used[word] = where(key)
        if scenario.expectations == "static" and len(set(swap.years)) > 1:
            yield (
                f"{where(key)}: impossible closure: a static run has one year, the swap gives "
                f"{swap.years[0]} to {swap.years[-1]}; give one year, or use expectations: "
                "foresight or recursive"
            )


def _check_pair(part: Scenario, key: Key, swap: Swap) -> Iterator[str]:
    where = part.source.where
    if swap.change == "share_of_reference":
        yield (
            f"{where((*key, 'change'))}: share_of_reference is for quotas; write add, "
            "multiply or set"
        )
    if swap.target not in SWAPPABLE:
        at = (*key, "target")
        hint = nearest(swap.target, SWAPPABLE)
        yield f"{where(at)}: no swap has the target {swap.target!r}; {hint}"
        return
    if swap.instrument not in SWAPPABLE[swap.target]:
        at = (*key, "instrument")
        instruments = {name for names in SWAPPABLE.values() for name in names}
        if swap.instrument not in {*DRIVERS, *instruments}:
            hint = nearest(swap.instrument, SWAPPABLE[swap.target])
            yield f"{where(at)}: unknown driver {swap.instrument!r}; {hint}"
        else:
            yield (
                f"{where(at)}: impossible closure: {swap.instrument} does not steer {swap.target}; "
                f"use {' or '.join(SWAPPABLE[swap.target])}"
            )
    if swap.target == "labour_share":
        for year, value in sorted((swap.path or {}).items()):
            bad = not 0 < value < 1 if swap.change == "set" else abs(value) >= 1
            if bad and swap.change in ("set", "add"):
                at = (*key, "path", str(year))
                yield (
                    f"{where(at)}: impossible closure: a labour share "
                    f"{'of' if swap.change == 'set' else 'changed by'} {value:g}; shares lie "
                    "between 0 and 1, write 2 points as 0.02"
                )
