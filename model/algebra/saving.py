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

from engels.model.algebra.grid import ANNUAL, Annual

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
    grid: Annual = ANNUAL,
) -> None:
    """The Euler equation between each of ``years`` and the year after it.

    ``price`` None means that consumption is the numeraire in every year.
    """

    def rule(_: Any, t: int) -> Any:
        then = grid.after(t)

        def kept(t: int) -> Any:
            reward = discount * (1 + interest(t))
            return reward if wedge is None else reward * wedge(t)

        growth = consumption(then) / consumption(t)
        dearer = None if price is None else price(t) / price(then)
        if grid.span(t) == 1:
            reward = kept(t) if dearer is None else kept(t) * dearer
            return growth == reward**elasticity
        reward = grid.over(t, lambda t: pyo.log(kept(t)))
        if dearer is not None:
            reward = reward + pyo.log(dearer)
        return pyo.log(growth) == elasticity * reward

    m.add_component(name, pyo.Constraint(years, rule=rule))
