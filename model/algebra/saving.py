"""Saving over time: the Euler equation of a household with constant elasticity of substitution.

    (C'/C)^(1/ies) = beta omega (1 + r) p / p'

C is consumption, p its price, r the interest rate from this year to the next, beta the discount factor
and ies the elasticity of intertemporal substitution (1: logarithmic utility). omega is a wedge, 1 unless
something beside impatience and the return moves saving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyomo.environ as pyo

Series = Callable[[int], Any]


def define_euler(
    m: pyo.Block,
    name: str,
    years: Iterable[int],
    *,
    consumption: Series,
    interest: Series,
    discount: float,
    elasticity: float,
    price: Series | None = None,
    wedge: Series | None = None,
) -> None:
    """The Euler equation between each of ``years`` and the year after it.

    ``price`` None means that consumption is the numeraire in every year.
    """

    def rule(_: Any, t: int) -> Any:
        reward = discount * (1 + interest(t))
        if wedge is not None:
            reward = reward * wedge(t)
        if price is not None:
            reward = reward * (price(t) / price(t + 1))
        return consumption(t + 1) / consumption(t) == reward**elasticity

    m.add_component(name, pyo.Constraint(years, rule=rule))
