"""Signs: quantities and prices that no economy has below zero.

Equations of growth know ratios only. A path on which households' consumption is negative in every year grows
at the same rates as one on which it is positive, and can hold every equation; it is no equilibrium.
"""

from __future__ import annotations

import numpy as np

from engels.model.algebra.point import IndexedValues
from engels.model.blocks.declarations import NONNEGATIVE


def wrong_signs(values: IndexedValues) -> list[tuple[float, str, object]]:
    """What is negative: how far below zero, relative to the variable's largest value, name and index.

    The lowest entry of each variable, the worst first.
    """
    found: list[tuple[float, str, object]] = []
    for name in NONNEGATIVE:
        own = values.x[values.index.span.get(name, slice(0))]
        if not len(own):
            continue
        at = int(np.argmin(own))
        if own[at] < 0:
            size = float(np.max(np.abs(own)))
            found.append((float(-own[at]) / size, name, values.index.keys[name][at]))
    return sorted(found, key=lambda item: -item[0])
