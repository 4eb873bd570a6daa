"""One exogenous variable of the economy."""

from __future__ import annotations

from dataclasses import dataclass

from engels.model.algebra.declaration import Growth, Kind, Sign

NO_QUOTA = 1.0e6
"""Quota (multiple of base-year imports) that no run reaches: the import is unrestricted."""


@dataclass(frozen=True)
class Driver:
    """One exogenous variable. ``dims`` is an ordered subset of sector, skill, use, year.

    ``block`` is the block of ``calibration/blocks.py`` it belongs to; where that is off, the
    economy does not have the driver. ``through`` is another block, without which the driver does nothing.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    default: float | None
    low: float
    high: float
    description: str
    block: str = ""
    through: str = ""
    kind: Kind = "index"
    sign: Sign = "implied"
    growth: Growth = "none"
