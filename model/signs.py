"""Signs: quantities and prices that no economy has below zero.

Equations of growth know ratios only. A path on which households' consumption is negative in every year grows
at the same rates as one on which it is positive, and can hold every equation; it is no equilibrium.
"""

from __future__ import annotations

import pyomo.environ as pyo

from engels.model.point import Values

NEVER_NEGATIVE = (
    "supernumerary",
    "consumption",
    "government_consumption",
    "output",
    "composite",
    "home_sales",
    "imports",
    "exports",
    "labour",
    "capital",
    "compute_capacity",
    "price_output",
    "price_composite",
    "wage",
    "rental",
)
"""Variables of the economy that are positive or zero. Others may have either sign (transfers, premiums), or
are functions of these."""


def most_negative(values: Values) -> tuple[float, str, object]:
    """The worst sign: how far below zero, relative to the variable's largest value, and which entry.

    Zero, with an empty name, where no sign is wrong.
    """
    worst: tuple[float, str, object] = (0.0, "", None)
    for name in NEVER_NEGATIVE:
        entries = values.get(name)
        if not entries:
            continue
        index, lowest = min(entries.items(), key=lambda item: item[1])
        if lowest < 0:
            gap = -lowest / max(abs(x) for x in entries.values())
            if gap > worst[0]:
                worst = (gap, name, index)
    return worst


def signed_values(m: pyo.ConcreteModel) -> Values:
    """Values of the variables whose sign is known."""
    found: Values = {}
    for name in NEVER_NEGATIVE:
        component = m.component(name)
        if component is not None:
            found[name] = {k: v.value for k, v in component.items()}
    return found
