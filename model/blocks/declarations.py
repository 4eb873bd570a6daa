"""Every declaration of the economy, and what follows from them."""

from __future__ import annotations

from engels.model.algebra.declaration import Variable
from engels.model.blocks.library import BLOCKS, DRIVERS
from engels.model.economy import (
    accounts,
    capital,
    compute,
    drivers,
    firms,
    government,
    households,
    trade,
)

DECLARED: dict[str, tuple[Variable, ...]] = {
    "firms": (
        *drivers.VARIABLES,
        *firms.VARIABLES,
        *firms.CHOICE,
        *firms.EFFICIENCY,
        *firms.INTERMEDIATES,
        *firms.POWERS,
        *firms.NESTS,
    ),
    "trade": (*trade.VARIABLES, *trade.NESTS),
    "compute": (*compute.VARIABLES, *compute.NESTS),
    "capital": (*capital.VARIABLES, *capital.TREND),
    "households": (*households.VARIABLES, *households.DEMAND),
    "government": government.VARIABLES,
    "accounts": accounts.VARIABLES,
    **{block.name: block.variables for block in BLOCKS},
}
"""Variables by the part of the economy that makes them: the core, then its blocks."""

VARIABLES: dict[str, Variable] = {v.name: v for part in DECLARED.values() for v in part}
"""Every variable that is no driver, by name."""

STATES = tuple(v.name for v in VARIABLES.values() if v.state)
"""Given in the first year, and carried from year to year where years are solved one by one."""

REFERENCES = {v.name: v.reference for v in VARIABLES.values() if v.reference}
"""Distance from the baseline -> the variable that holds the baseline's own path."""

INSTRUMENTS = {v.name: v.instruments for v in VARIABLES.values() if v.instruments}
"""Targets that a closure may fix, and the instruments that move each of them."""

NOMINAL = frozenset(
    [name for name, v in VARIABLES.items() if v.nominal]
    + [name for name, d in DRIVERS.items() if d.kind == "price"]
)
"""Variables in money, which double when the numeraire does; foreign money is another."""

SIGNED = (
    *(name for name, v in VARIABLES.items() if v.sign == "any"),
    *(name for name, d in DRIVERS.items() if d.low < 0),
)
"""Variables that may change sign."""

POWERS = frozenset(name for name, v in VARIABLES.items() if v.kind == "power")
"""Powers of prices: they are neither money nor without units."""

NONNEGATIVE = tuple(
    [name for name, v in VARIABLES.items() if v.sign == "nonnegative"]
    + [name for name, d in DRIVERS.items() if d.sign == "nonnegative"]
)
"""Variables below zero in no equilibrium."""


def growing(growth: str) -> tuple[str, ...]:
    """Variables that the first guess of a baseline lets grow with ``growth``."""
    of_drivers = [name for name, d in DRIVERS.items() if d.growth == growth]
    return (*(name for name, v in VARIABLES.items() if v.growth == growth), *of_drivers)


def unit_of(name: str) -> str:
    """Unit of a variable or driver."""
    return VARIABLES[name].unit if name in VARIABLES else DRIVERS[name].unit
