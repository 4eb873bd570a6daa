"""Complementarity conditions 0 <= a ⊥ b >= 0 as one smooth equation.

Fischer (1992), Optimization 24: phi(a, b) = a + b - sqrt(a^2 + b^2) is zero exactly where
a >= 0, b >= 0 and a*b = 0. ``SMOOTHING`` rounds the corner so that the derivative exists there;
at a solution a*b = SMOOTHING, far below the tolerance to which complementarity is asked for.
Arguments must be free of units (shares, indices, ratios of prices): only then is a residual of 1e-8
the same demand everywhere, and only then does doubling the numeraire move no quantity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

SMOOTHING = 1.0e-17


def complementary(a: Any, b: Any) -> Any:
    """Left-hand side of phi(a, b) = 0 for unit-free expressions ``a`` and ``b``."""
    return a + b - pyo.sqrt(a**2 + b**2 + 2 * SMOOTHING)


def define_complementarity(
    m: pyo.Block, name: str, index: Sequence[Any], pair: Callable[..., tuple[Any, Any]]
) -> None:
    """Equation ``name`` over ``index``: the two sides that ``pair(*index)`` returns are complementary.

    The two sides are kept with the model, so that a solution can be judged by the condition itself
    (:func:`sides_of`).
    """
    sides: dict[Any, tuple[Any, Any]] = {}

    def rule(_: Any, *k: Any) -> Any:
        sides[k] = pair(*k)
        return complementary(*sides[k]) == 0

    m.add_component(name, pyo.Constraint(index, rule=rule))
    m.private_data()[name] = sides


def rename_sides(m: pyo.Block, moved: Callable[[Any], Any]) -> None:
    """Follow a model whose equations have other indices: ``moved`` gives the new one."""
    pairs: dict[str, dict[Any, tuple[Any, Any]]] = m.private_data()
    for name, entries in pairs.items():
        pairs[name] = {moved(k): both for k, both in entries.items()}


def indexed_sides(m: pyo.Block) -> dict[str, dict[Any, tuple[Any, Any]]]:
    """Both sides of every condition of a model, by name and index, in the order of their definition."""
    return dict(m.private_data())


def sides_of(m: pyo.Block) -> dict[str, list[tuple[Any, Any]]]:
    """Both sides of every condition of a model, by name, in the order in which they were defined."""
    return {name: list(sides.values()) for name, sides in indexed_sides(m).items()}


def gap(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of numbers from 0 <= a ⊥ b >= 0: the larger of min(|a|, |b|) and any negative part."""
    return np.maximum(np.maximum(-a, -b), np.minimum(np.abs(a), np.abs(b)))


CORNER = 1.0e-3
"""Width of the corner of max(0, x), in log points."""


def positive_part(x: Any) -> Any:
    """Smooth max(0, x), exactly zero at zero."""
    return (x + pyo.sqrt(x**2 + CORNER**2) - CORNER) / 2
