"""One exogenous variable of the economy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.declaration import Growth, Kind, Sign

USES = ("compute", "components")
"""Uses of imported chips: in compute investment, and as components inside the chip sector's good."""

NO_QUOTA = 1.0e6
"""Quota (multiple of base-year imports) that no run reaches: the import is unrestricted."""

FromBenchmark = Callable[[Benchmark, NDArray[np.intp]], "float | Array"]
"""The baseline's path from a benchmark and positions in ``benchmark.path.years``.

The result broadcasts to the driver's dims: one column, and no more, where the years are alike.
"""


@dataclass(frozen=True)
class Driver:
    """One exogenous variable. ``dims`` is an ordered subset of sector, skill, use, year.

    ``default`` is its value in the baseline: a number, or the path that a benchmark gives it.
    ``block`` is the block that declares it, and is filled in by :class:`~engels.model.economy.block.Block`;
    where that is off, the economy does not have the driver. ``through`` is another block, without which
    the driver does nothing. ``base`` weighs the members of a group of sectors inside an aggregate, one of
    those of :class:`~engels.calibration.benchmark.Composition`. ``kind``, ``sign``, ``growth``, ``label``
    and ``symbol`` are as those of a :class:`~engels.model.algebra.declaration.Variable`.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    default: float | FromBenchmark
    low: float
    high: float
    description: str
    block: str = ""
    through: str = ""
    base: str = "value_added"
    kind: Kind = "index"
    sign: Sign = "implied"
    growth: Growth = "none"
    label: str = ""
    symbol: str = ""

    @property
    def number(self) -> float | None:
        """The default where it is a number; None where it comes from the benchmark."""
        return None if callable(self.default) else self.default

    def index(self, b: Benchmark, years: Sequence[int]) -> list[tuple[Any, ...]]:
        """Keys of the driver's variable, in the order of :meth:`path`."""
        members: dict[str, Sequence[Any]] = {
            "sector": b.sectors,
            "skill": b.skills,
            "use": USES,
            "year": tuple(years),
        }
        keys: list[tuple[Any, ...]] = [()]
        for d in self.dims:
            keys = [(*k, x) for k in keys for x in members[d]]
        return keys

    def path(self, b: Benchmark, years: Sequence[int]) -> Array:
        """Values in the baseline, shaped by ``dims``, as far as they need no solved run.

        Beyond the horizon of the benchmark its last year holds.
        """
        size = {"sector": len(b.sectors), "skill": len(b.skills), "use": len(USES)}
        shape = tuple(size.get(d, len(years)) for d in self.dims)
        if not callable(self.default):
            return np.full(shape, float(self.default))
        at = np.clip(np.asarray(years) - b.path.years[0], 0, len(b.path.years) - 1)
        return np.broadcast_to(self.default(b, at), shape).astype(float)
