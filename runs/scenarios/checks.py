"""What a scenario may mean: checks beyond the spelling of its keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from engels.calibration.benchmark import Benchmark
from engels.calibration.blocks import BLOCKS, NEEDS
from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.model.blocks.declarations import INSTRUMENTS
from engels.model.blocks.library import DRIVERS
from engels.model.economy.driver import USES
from engels.model.economy.trees import MODES
from engels.model.solving.closures import NOT_IN_LAST_YEAR, TAKES_FORESIGHT
from engels.runs.scenarios import paths
from engels.runs.scenarios.schema import LAST_YEAR, PathSpec, Scenario, Shock, Swap
from engels.runs.scenarios.source import InputErrors, Key, nearest, shown

BY_SKILL = ("labour_supply",)
"""Targets of closures that have more than one value a year, which no swap of a scenario can hold."""

FORESIGHT_YEARS = 3
"""Fewest years that are solved with foresight (:func:`engels.model.economy.build.build_economy`)."""


def check_scenario(scenario: Scenario) -> None:
    """Check drivers, ranges, years, closures and parameters of a scenario without a benchmark.

    What it is measured from, and what its quotas are shares of, is checked as it will be solved: with the
    settings of ``scenario``. Raises InputErrors (an EngelsInputError) with one line for every error.
    """
    found = _errors(scenario)
    if found:
        raise InputErrors(found)


def errors_of_files(scenario: Scenario) -> list[str]:
    """What :func:`check_scenario` finds, and what is wrong in the other files that the scenario leads to.

    Those are what includes are measured from. Nothing of them is solved; they are judged as they stand.
    """
    found = _errors(scenario)
    seen = {part.name for run in paths.runs_behind(scenario) for part in run.parts()}
    for other in scenario.files():
        if other.name not in seen:
            found += _errors(other)
    return found


def _errors(scenario: Scenario) -> list[str]:
    """One line for every error of a scenario and the runs that it takes."""
    on = {name for name in BLOCKS if scenario.all_parameters().get(f"{name}.active")}
    found = [*_check_horizon(scenario), *_check_parameters(scenario, on)]
    for run in paths.runs_behind(scenario):
        found += _check_blocks(run, on)
        found += _check_shocks(run)
        found += _check_years(run, scenario)
        found += _check_swaps(run)
    return list(dict.fromkeys(found))


def check_against(scenario: Scenario, benchmark: Benchmark) -> None:
    """Check sectors, skills, first year and the size of every driver against a benchmark.

    So are the runs that it is measured from. Raises EngelsInputError (one line for every error).
    """
    first = benchmark.base_year + 1
    least = benchmark.base_year + FORESIGHT_YEARS - 1
    if scenario.expectations == "foresight" and scenario.last_year < least:
        where = scenario.source.where(("last_year",))
        raise EngelsInputError(
            f"{where}: {scenario.last_year} leaves too few years for foresight; write {least} or later, "
            "or expectations: recursive"
        )
    found = []
    for run in paths.runs_behind(scenario):
        found += [*_check_first_year(run, first), *_check_members(run, benchmark)]
    if not found:
        for run in paths.runs_behind(scenario):
            found += _check_sizes(run, benchmark)
    if found:
        raise InputErrors(list(dict.fromkeys(found)))


def idle_shocks(scenario: Scenario, benchmark: Benchmark) -> Iterator[str]:
    """One line for each shock that multiplies a driver which is zero wherever and whenever it acts."""
    years = range(benchmark.base_year, scenario.last_year + 1)
    moved: set[str] = set()
    for part, key, shock in scenario.located("shocks"):
        driver = DRIVERS[shock.driver]
        if shock.change != "multiply":
            moved.add(driver.name)
        if driver.name in moved or paths.first_change(shock, None) is None:
            continue
        place = part.source.where(key)
        before = driver.path(benchmark, years)
        chosen = paths.selected(before, benchmark, driver, shock, place)
        active = ~np.isnan(paths.change_path(shock, years))
        if not before[(chosen > 0) & active].any():
            yield f"{place}: {driver.name} is 0 there, and any multiple of it too; write set or add"


def idle_parameters(scenario: Scenario, keys: Iterable[str] | None = None) -> dict[str, str]:
    """Parameters that nothing of a scenario reads, and why; of ``keys``, or of those that it sets.

    They belong to another ``ai_mode``, or to a block that is off.
    """
    given = scenario.all_parameters()
    parameters = load_parameters(given)
    found = {}
    for key in given if keys is None else keys:
        section = key.split(".")[0]
        if section in BLOCKS and key != f"{section}.active":
            if not parameters.number(f"{section}.active"):
                found[key] = f"the block {section} is off"
            continue
        for ai_mode, mode in MODES.items():
            mine = key == mode.parameters or key.startswith(f"{mode.parameters}.")
            # the choice of adopting weighs what adopters save in tasks, whatever the nest
            read = mode.by_choice and parameters.number("adoption_choice.active")
            if mine and scenario.ai_mode != ai_mode and not read:
                found[key] = f"it belongs to ai_mode {ai_mode}, and this is {scenario.ai_mode}"
    return found


def cautions(scenario: Scenario, benchmark: Benchmark) -> Iterator[str]:
    """What is said before a scenario is solved: shocks and parameters that change nothing."""
    yield from idle_shocks(scenario, benchmark)
    for key, why in idle_parameters(scenario).items():
        yield f"{scenario.name}: {key} changes nothing: {why}"


def _check_first_year(scenario: Scenario, first: int) -> Iterator[str]:
    for part, key, item in _items(scenario):
        for year, at in _written_years(item, key):
            if year < first:
                yield (
                    f"{part.source.where(at)}: {year} is before the first year that can change; "
                    f"years run from {first} (the year after the base year) to {scenario.last_year}"
                )
    if scenario.announced is not None and scenario.announced < first:
        yield (
            f"{scenario.source.where(('announced',))}: {scenario.announced} is out of "
            f"range; agents can learn from {first} on"
        )


def _check_members(scenario: Scenario, benchmark: Benchmark) -> Iterator[str]:
    for part, key, shock in scenario.located("shocks"):
        for dim in ("sector", "skill"):
            for number, name in enumerate(shock.selection(dim) or ()):
                try:
                    paths.members(benchmark, dim, [name])
                except EngelsInputError as error:
                    at = (*key, f"{dim}s", number)
                    yield f"{part.source.where(at)}: {error} ({benchmark.name})"


def _check_sizes(scenario: Scenario, benchmark: Benchmark) -> list[str]:
    """Drivers and shares out of their ranges, as far as they are known before anything is solved."""
    years = range(benchmark.base_year, scenario.last_year + 1)
    # the size of reference imports is not known yet; one unit checks the share itself
    imports = np.ones((len(USES), len(years)))
    reference = {paths.imports_key(name): imports for name in paths.runs_needed(scenario)}
    base_share = float(benchmark.labour.sum() / (benchmark.gdp - benchmark.production_tax.sum()))
    levels = {target: np.ones(len(years)) for target in INSTRUMENTS}
    levels |= {"labour_share": levels["gdp_real"] * base_share}
    found: list[str] = []
    try:
        paths.driver_paths(scenario, benchmark, years, reference)
    except EngelsInputError as error:
        found += str(error).splitlines()
    try:
        paths.swap_paths(scenario, years, levels)
    except EngelsInputError as error:
        found += str(error).splitlines()
    return found


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


def _check_horizon(scenario: Scenario) -> Iterator[str]:
    """The years of all runs, which a scenario gives them."""
    if scenario.last_year > LAST_YEAR:
        where = scenario.source.where(("last_year",))
        yield f"{where}: {scenario.last_year} is too far; write a year up to {LAST_YEAR}"


def _check_parameters(scenario: Scenario, on: set[str]) -> Iterator[str]:
    for part in scenario.files():
        for name, value in part.parameters.items():
            try:
                load_parameters({name: value})
            except EngelsInputError as error:
                yield f"{part.source.where(('parameters', name))}: {error}"
    for part in scenario.parts():
        for name, needed in NEEDS.items():
            if part.parameters.get(f"{name}.active") and needed not in on:
                where = part.source.where(("parameters", f"{name}.active"))
                yield f"{where}: {name} needs the block {needed}; add it to blocks"


def _check_blocks(scenario: Scenario, on: set[str]) -> Iterator[str]:
    """``on`` are the blocks of the economy, which is that of the run that was asked for."""
    for part in scenario.parts():
        for number, name in enumerate(part.blocks):
            where = part.source.where(("blocks", number))
            if name not in BLOCKS:
                yield f"{where}: unknown block {shown(name)}; {nearest(name, BLOCKS)}"
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
            yield f"{where(at)}: unknown driver {shown(shock.driver)}; {nearest(shock.driver, DRIVERS)}"
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
                    yield f"{where(at)}: unknown use {shown(use)}; {nearest(use, USES)}"
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


def _check_years(scenario: Scenario, asked: Scenario) -> Iterator[str]:
    """``asked`` is the run that was asked for, whose horizon all have."""
    last = scenario.last_year
    written_to = max(last, scenario._written_to or last)
    mine = "" if asked.source.path == scenario.source.path else f" of {asked.name}"
    for part, key, item in _items(scenario):
        for year, at in _written_years(item, key):
            if year > written_to:
                yield (
                    f"{part.source.where(at)}: {year} is after the last year; write a year up to "
                    f"{written_to} or raise last_year{mine}"
                )
    begin = paths.announced_year(scenario)
    if scenario.expectations == "foresight" and begin is not None:
        least = begin + FORESIGHT_YEARS - 1
        if last < least and begin <= last:
            what, earlier, place = "the first change", "", scenario.source.where()
            if scenario.announced is not None:
                what, place = "announced", scenario.source.where(("announced",))
                earlier = f"announced: {last - FORESIGHT_YEARS + 1} or earlier, "
            yield (
                f"{place}: {what}, {begin}, leaves too few years to {last} for foresight; write last_year: "
                f"{least}{mine} or later, {earlier}or expectations: recursive"
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
        first = paths.first_change(item, driver.number if driver else None)
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
        yield from _check_expectations(scenario, part, key, swap)
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


def _check_expectations(scenario: Scenario, part: Scenario, key: Key, swap: Swap) -> Iterator[str]:
    """Saving answers to other instruments with foresight than without."""
    foresight = scenario.expectations == "foresight"
    instruments = INSTRUMENTS.get(swap.target, ())
    takes = TAKES_FORESIGHT.get(swap.instrument, foresight)
    if swap.instrument in instruments and takes != foresight:
        others = [x for x in instruments if TAKES_FORESIGHT.get(x, foresight) == foresight]
        wanted = "foresight" if takes else "recursive or static"
        yield (
            f"{part.source.where((*key, 'instrument'))}: impossible closure: {swap.instrument} is no part "
            f"of a {scenario.expectations} run; write {' or '.join(others)}, or expectations: {wanted}"
        )
        return
    late = paths.first_held(swap) >= scenario.last_year
    if foresight and late and swap.instrument in NOT_IN_LAST_YEAR:
        yield (
            f"{part.source.where(key)}: impossible closure: {swap.instrument} steers {swap.target} before "
            f"the last year, {scenario.last_year}, alone; begin earlier or raise last_year"
        )


def _check_pair(part: Scenario, key: Key, swap: Swap) -> Iterator[str]:
    where = part.source.where
    if swap.change == "share_of_reference":
        yield (
            f"{where((*key, 'change'))}: share_of_reference is for quotas; write add, "
            "multiply or set"
        )
    if swap.target in BY_SKILL:
        yield (
            f"{where((*key, 'target'))}: impossible closure: {swap.target} has a value for each skill, and "
            "a swap holds one; shock labour_endowment by skill instead"
        )
        return
    if swap.target not in INSTRUMENTS:
        at = (*key, "target")
        hint = nearest(swap.target, [x for x in INSTRUMENTS if x not in BY_SKILL])
        yield f"{where(at)}: no swap has the target {shown(swap.target)}; {hint}"
        return
    if swap.instrument not in INSTRUMENTS[swap.target]:
        at = (*key, "instrument")
        instruments = {name for names in INSTRUMENTS.values() for name in names}
        if swap.instrument not in {*DRIVERS, *instruments}:
            hint = nearest(swap.instrument, INSTRUMENTS[swap.target])
            yield f"{where(at)}: unknown driver {shown(swap.instrument)}; {hint}"
        else:
            yield (
                f"{where(at)}: impossible closure: {swap.instrument} does not steer {swap.target}; "
                f"use {' or '.join(INSTRUMENTS[swap.target])}"
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
