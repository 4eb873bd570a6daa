"""The values that one varied thing takes: a list, or a distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy import stats

Value = float | int | str
"""A varied value: a number, or a name where a parameter or setting is one."""

TAIL = 0.05
"""The ends of a normal distribution are its quantiles of this share and of one less it, cut off or not."""


@dataclass(frozen=True)
class Marginal:
    """``values`` of a list (equally likely when drawn from), or a frozen SciPy ``distribution``.

    ``middle`` is the value in the middle: the mode of a distribution (of a uniform one its mean), the middle
    value of an odd list of numbers, none of other lists. ``tail`` is the share that lies beyond each of the
    ``ends``. ``limits`` are the lowest and highest value as they were given, which a quantile may miss by a
    digit. ``name`` is the label of the entry, ``centre`` its central value where a design needs one.
    """

    values: tuple[Value, ...] = ()
    distribution: Any = None
    middle: float | None = None
    tail: float = 0.0
    limits: tuple[float, float] = (-math.inf, math.inf)
    name: str = ""
    centre: Value | None = None

    def at(self, share: float) -> Value:
        """The quantile of ``share`` (from 0 to 1)."""
        if self.distribution is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = self.limits
        return min(max(float(self.distribution.ppf(share)), low), high)

    @property
    def mean(self) -> float:
        """Expected value of a distribution."""
        return float(self.distribution.mean())

    @property
    def sd(self) -> float:
        """Standard deviation of a distribution."""
        return float(self.distribution.std())

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value of a distribution."""
        low, high = self.distribution.support()
        return float(low), float(high)

    @property
    def ends(self) -> tuple[Value, Value]:
        """Low and high end: first and last value, the support, of a normal distribution two quantiles."""
        return self.at(self.tail), self.at(1.0 - self.tail)

    @property
    def symmetric(self) -> bool:
        """Whether a distribution (of one peak) is the same on both sides of its middle."""
        low, high = self.support
        assert self.middle is not None  # every distribution has one
        if math.isinf(low) or math.isinf(high):
            return math.isinf(low) and math.isinf(high)
        return math.isclose(self.middle - low, high - self.middle, rel_tol=1e-9)


def listed(values: tuple[Value, ...]) -> Marginal:
    """Values of a list or a grid."""
    numbers = [v for v in values if not isinstance(v, str)]
    odd = len(numbers) == len(values) and len(values) % 2 == 1
    return Marginal(values=values, middle=float(numbers[len(values) // 2]) if odd else None)


def uniform(low: float, high: float) -> Marginal:
    """Equal density from ``low`` to ``high``."""
    middle = low + (high - low) / 2
    return Marginal(distribution=stats.uniform(low, high - low), middle=middle, limits=(low, high))


def triangular(low: float, mode: float, high: float) -> Marginal:
    """Density that rises to ``mode`` and falls after it, both in straight lines."""
    shape = (mode - low) / (high - low)
    return Marginal(
        distribution=stats.triang(shape, low, high - low), middle=mode, limits=(low, high)
    )


def normal(mean: float, sd: float, low: float | None, high: float | None) -> Marginal:
    """Normal density, cut off outside ``low`` and ``high``; ``mean`` and ``sd`` are those before the cut."""
    a = -math.inf if low is None else (low - mean) / sd
    b = math.inf if high is None else (high - mean) / sd
    limits = (-math.inf if low is None else low, math.inf if high is None else high)
    return Marginal(
        distribution=stats.truncnorm(a, b, mean, sd), middle=mean, tail=TAIL, limits=limits
    )
