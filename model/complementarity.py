"""Complementarity conditions 0 <= a ⊥ b >= 0 as one smooth equation.

Fischer (1992), Optimization 24: phi(a, b) = a + b - sqrt(a^2 + b^2) is zero exactly where
a >= 0, b >= 0 and a*b = 0. ``SMOOTHING`` rounds the corner so that the derivative exists there;
at a solution a*b = SMOOTHING, far below the tolerance to which complementarity is asked for.
Arguments must be free of units (shares, indices, ratios of prices): only then is a residual of 1e-8
the same demand everywhere, and only then does doubling the numeraire move no quantity.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

SMOOTHING = 1.0e-14


def complementary(a: Any, b: Any) -> Any:
    """Left-hand side of phi(a, b) = 0 for unit-free expressions ``a`` and ``b``."""
    return a + b - pyo.sqrt(a**2 + b**2 + 2 * SMOOTHING)


def gap(a: float, b: float) -> float:
    """Distance from complementarity of two numbers: max of negative parts and min(a, b)."""
    return max(-a, -b, min(abs(a), abs(b)))
