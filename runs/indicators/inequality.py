"""Inequality of incomes or consumption: Gini and Theil, weighted by persons.

``values`` are amounts per person, ``weights`` the persons who have them, both of one length; groups of
people with one amount each (households, skills) are what a run gives. Inequality inside such a group is
unknown, so that all measures here are lower bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TheilParts:
    """Theil index inside groups and between their means; both add up to the index of all."""

    within: float
    between: float
    by_group: dict[str, float]  # a group's contribution to ``within``

    @property
    def total(self) -> float:
        """Theil index of all."""
        return self.within + self.between


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient, 0 where all have the same: mean absolute difference over twice the mean.

    Raises ValueError for values below zero, weights that are not positive or a mean of zero.
    """
    x, w = _checked(values, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    # Lorenz curve through the origin, area by trapezia: exact for groups of equal amounts
    income = np.concatenate([[0.0], np.cumsum(w * x)])
    area = float((w * (income[1:] + income[:-1])).sum() / 2)
    return max(0.0, 1 - 2 * area / float(income[-1] * w.sum()))


def theil(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil index T: mean of (x / mean) ln(x / mean), with 0 ln 0 = 0.

    Raises ValueError as :func:`gini`.
    """
    x, w = _checked(values, weights)
    ratio = x / float(np.average(x, weights=w))
    terms = np.where(ratio > 0, ratio * np.log(np.where(ratio > 0, ratio, 1.0)), 0.0)
    return max(0.0, float(np.average(terms, weights=w)))


def theil_parts(
    values: ArrayLike, groups: Sequence[str], weights: ArrayLike | None = None
) -> TheilParts:
    """The Theil index within and between ``groups`` (one name a value).

    T = sum_g y_g T_g + sum_g y_g ln(m_g / m) with y_g the group's share of the total, m_g its mean:
    the parts add up without a cross term. Raises ValueError as :func:`gini`, or where a group has
    another length.
    """
    x, w = _checked(values, weights)
    names = np.asarray(groups)
    if names.shape != x.shape:
        raise ValueError(f"{names.size} groups for {x.size} values; name one for each value")
    total, mean = float((w * x).sum()), float(np.average(x, weights=w))
    by_group: dict[str, float] = {}
    between = 0.0
    for name in dict.fromkeys(groups):
        own, of = x[names == name], w[names == name]
        share = float((of * own).sum()) / total
        if share == 0:
            by_group[name] = 0.0
            continue
        by_group[name] = share * theil(own, of)
        between += share * float(np.log(np.average(own, weights=of) / mean))
    return TheilParts(sum(by_group.values()), between, by_group)


def _checked(values: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array]:
    x = np.asarray(values, dtype=np.float64)
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=np.float64)
    if x.ndim != 1 or x.shape != w.shape or x.size == 0:
        raise ValueError(
            f"values {x.shape} and weights {w.shape}: give as many of each, at least one"
        )
    if not (np.isfinite(x).all() and (x >= 0).all() and x.sum() > 0):
        raise ValueError("values: must be finite, none below zero and not all zero")
    if not (np.isfinite(w).all() and (w > 0).all()):
        raise ValueError("weights: must be finite and above zero")
    return x, w
