"""Signs: quantities and prices that no economy has below zero.

Equations of growth know ratios only. A path on which households' consumption is negative in every year grows
at the same rates as one on which it is positive, and can hold every equation; it is no equilibrium.
"""

from __future__ import annotations

import pyomo.environ as pyo

from engels.model.algebra.point import Values
from engels.model.blocks.declarations import NONNEGATIVE


def wrong_signs(values: Values) -> list[tuple[float, str, object]]:
    """What is negative: how far below zero, relative to the variable's largest value, name and index.

    The lowest entry of each variable, the worst first.
    """
    found: list[tuple[float, str, object]] = []
    for name in NONNEGATIVE:
        entries = values.get(name)
        if not entries:
            continue
        index, lowest = min(entries.items(), key=lambda item: item[1])
        if lowest < 0:
            found.append((-lowest / max(abs(x) for x in entries.values()), name, index))
    return sorted(found, key=lambda item: -item[0])


def signed_values(m: pyo.ConcreteModel) -> Values:
    """Values of the variables whose sign is known."""
    found: Values = {}
    for name in NONNEGATIVE:
        component = m.component(name)
        if component is not None and component.ctype is pyo.Var:
            found[name] = {k: v.value for k, v in component.items()}
    return found
