"""Entries of ``vary`` that vary the same thing: an economy has one value of it, the store would tell two."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from engels.model.blocks.library import DRIVERS
from engels.runs.experiments.entries import Vary
from engels.runs.scenarios.schema import PathSpec, Scenario, Shock
from engels.runs.scenarios.source import Source

Members = Callable[[str, Sequence[str]], set[object]]
"""A dimension (sector, skill, use) and names of its elements or groups -> elements."""


def as_named(dim: str, names: Sequence[str]) -> set[object]:
    """The elements as far as that needs no benchmark: groups of sectors count as elements."""
    return set(names)


def overlaps(
    vary: Sequence[Vary],
    source: Source,
    scenarios: Sequence[Scenario],
    members: Members = as_named,
) -> list[str]:
    """One line for every pair of entries that vary the same parameter, setting, shock or driver."""
    found = []
    for (n, first), (m, second) in itertools.combinations(enumerate(vary), 2):
        shared = _shared(first, second, scenarios, members)
        if shared:
            found.append(
                f"{source.where(('vary', m, second.kind))}: {shared} is varied twice, first in vary[{n}] as "
                f"{first.label}, here as {second.label}; a run has one value of it, leave one of them out"
            )
    return found


def _shared(first: Vary, second: Vary, scenarios: Sequence[Scenario], members: Members) -> str:
    """What both entries vary; empty where that is nothing."""
    kinds = (first.kind, second.kind)
    one, other = first.target, second.target
    if kinds == ("parameter", "parameter"):
        if one == other or one.startswith(f"{other}.") or other.startswith(f"{one}."):
            return max(one, other, key=len)
        return ""
    if one != other:
        return ""
    if kinds == ("setting", "setting"):
        return one
    if kinds in (("shock", "shock"), ("swap", "swap")):
        same_file = first.within is None or second.within is None or first.within == second.within
        same_year = first.year is None or second.year is None or first.year == second.year
        return one if same_file and same_year else ""
    if {*kinds} <= {"shock", "driver"}:
        pairs = itertools.product(_shocks(first, scenarios), _shocks(second, scenarios))
        return one if any(_meet(a, b, members) for a, b in pairs) else ""
    return ""


def _shocks(entry: Vary, scenarios: Sequence[Scenario]) -> list[Vary | Shock]:
    """The shocks that an entry sizes or adds."""
    if entry.kind == "driver":
        return [entry]
    found: list[Vary | Shock] = []
    for scenario in scenarios:
        for part, _, item in scenario.located("shocks"):
            if item.driver == entry.target and entry.within in (None, part.name):
                found.append(item)
    return found


def _meet(first: Vary | Shock, second: Vary | Shock, members: Members) -> bool:
    """Whether two shocks of a driver touch an element of it in a year that both write down."""
    driver = DRIVERS.get(first.driver or "")
    for dim in driver.dims if driver else ():
        one, other = (_selection(s, dim) for s in (first, second))
        if one is not None and other is not None and not members(dim, one) & members(dim, other):
            return False
    a, b = _years(first), _years(second)
    return a[0] <= b[1] and b[0] <= a[1]


def _selection(shock: Vary | Shock, dim: str) -> list[str] | None:
    return {"sector": shock.sectors, "skill": shock.skills, "use": shock.uses}.get(dim)


def _years(shock: Vary | Shock) -> tuple[int, int]:
    """First and last year that are written down."""
    if isinstance(shock, PathSpec):
        return shock.years[0], shock.years[-1]
    years = sorted(shock.path or {})
    return years[0], years[-1]
