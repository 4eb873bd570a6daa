"""Operations that equations are made of: their values, and their derivatives by each argument.

What is not here is left to Pyomo (``declared.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Slope = Callable[[Vector, Vector, Vector], Vector]


def _of_base(f: Vector, a: Vector, b: Vector) -> Vector:
    # at zero f / a has no value where the derivative may have one
    at_zero = np.where(b == 0, 0.0, b * np.power(a, b - 1)) if np.any(a == 0) else 0.0
    return np.where(a == 0, at_zero, b * f / a)


def _of_exponent(f: Vector, a: Vector, b: Vector) -> Vector:
    return np.where((a == 0) & (b > 0), 0.0, f * np.log(a))


@dataclass(frozen=True)
class Unary:
    """A function: its value by its argument, its derivative by both; None where that is zero everywhere."""

    value: Callable[[Vector], Vector]
    slope: Callable[[Vector, Vector], Vector] | None = None


@dataclass(frozen=True)
class Binary:
    """An operation on two arguments: its value, and its derivative by each, of its value and both arguments.

    ``slopes`` is None where derivatives are zero everywhere.
    """

    value: Callable[[Vector, Vector], Vector]
    slopes: tuple[Slope, Slope] | None = None


UNARY = {
    "exp": Unary(np.exp, lambda f, a: f),
    "log": Unary(np.log, lambda f, a: 1 / a),
    "log10": Unary(np.log10, lambda f, a: 1 / (math.log(10) * a)),
    "sqrt": Unary(np.sqrt, lambda f, a: 0.5 / f),
    "sin": Unary(np.sin, lambda f, a: np.cos(a)),
    "cos": Unary(np.cos, lambda f, a: -np.sin(a)),
    "tan": Unary(np.tan, lambda f, a: 1 + f**2),
    "asin": Unary(np.arcsin, lambda f, a: 1 / np.sqrt(1 - a**2)),
    "acos": Unary(np.arccos, lambda f, a: -1 / np.sqrt(1 - a**2)),
    "atan": Unary(np.arctan, lambda f, a: 1 / (1 + a**2)),
    "sinh": Unary(np.sinh, lambda f, a: np.cosh(a)),
    "cosh": Unary(np.cosh, lambda f, a: np.sinh(a)),
    "tanh": Unary(np.tanh, lambda f, a: 1 - f**2),
    "asinh": Unary(np.arcsinh, lambda f, a: 1 / np.sqrt(a**2 + 1)),
    "acosh": Unary(np.arccosh, lambda f, a: 1 / np.sqrt(a**2 - 1)),
    "atanh": Unary(np.arctanh, lambda f, a: 1 / (1 - a**2)),
    "ceil": Unary(np.ceil),
    "floor": Unary(np.floor),
    "abs": Unary(np.abs, lambda f, a: np.sign(a)),
}
BINARY = {
    "*": Binary(np.multiply, (lambda f, a, b: b, lambda f, a, b: a)),
    "/": Binary(np.divide, (lambda f, a, b: 1 / b, lambda f, a, b: -f / b)),
    "**": Binary(np.power, (_of_base, _of_exponent)),
    "<=": Binary(np.less_equal),
    "<": Binary(np.less),
    "==": Binary(np.equal),
}
