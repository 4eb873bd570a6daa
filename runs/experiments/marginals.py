"""The values that one varied thing takes: a list, or a distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy import stats

Value = float | int | str
"""A varied value: a number, or a name where a parameter or setting is one."""


@dataclass(frozen=True)
class Marginal:
    """``values`` of a list (equally likely when drawn from), or a frozen SciPy ``distribution``."""

    values: tuple[Value, ...] = ()
    distribution: Any = None

    def at(self, share: float) -> Value:
        """The quantile of ``share`` (from 0 to 1)."""
        if self.distribution is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        return float(self.distribution.ppf(share))

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


def listed(values: tuple[Value, ...]) -> Marginal:
    """Values of a list or a grid."""
    return Marginal(values=values)


def uniform(low: float, high: float) -> Marginal:
    """Equal density from ``low`` to ``high``."""
    return Marginal(distribution=stats.uniform(low, high - low))


def triangular(low: float, mode: float, high: float) -> Marginal:
    """Density that rises to ``mode`` and falls after it, both in straight lines."""
    return Marginal(distribution=stats.triang((mode - low) / (high - low), low, high - low))


def normal(mean: float, sd: float, low: float | None, high: float | None) -> Marginal:
    """Normal density, cut off outside ``low`` and ``high``; ``mean`` and ``sd`` are those before the cut."""
    a = -math.inf if low is None else (low - mean) / sd
    b = math.inf if high is None else (high - mean) / sd
    return Marginal(distribution=stats.truncnorm(a, b, mean, sd))
