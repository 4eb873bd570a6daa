"""Functions of expressions and of numbers, single ones or arrays of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo


def exp(x: Any) -> Any:
    """e^x; Pyomo's own knows no arrays."""
    return np.exp(x) if isinstance(x, np.ndarray) else pyo.exp(x)


def log(x: Any) -> Any:
    """Natural logarithm, as :func:`exp`."""
    return np.log(x) if isinstance(x, np.ndarray) else pyo.log(x)


def sqrt(x: Any) -> Any:
    """Square root, as :func:`exp`."""
    return np.sqrt(x) if isinstance(x, np.ndarray) else pyo.sqrt(x)


def where(condition: Any, x: Any) -> Any:
    """``x``, NaN where the condition does not hold."""
    return (
        np.where(condition, x, np.nan) if isinstance(x, np.ndarray) else x if condition else np.nan
    )
