"""The three kinds of condition of an Arrow-Debreu economy: markets, zero profit, budgets.

    market        supply = demand      or, where the good may be free,  price >= 0  ⊥  supply - demand >= 0
    zero profit   revenue = cost       or, where it may be idle,     activity >= 0  ⊥  cost - revenue >= 0
    budget        income = outlay

The complementary forms are Mathiesen's (1985, Mathematical Programming Study 23: 144-162). Every
condition is written relative to a benchmark value (``scale``), so that one residual means the same in a
large and a small market. One market follows from the others (Walras' law): leave it out, and fix the
price that is the numeraire.

``index`` are the sets of a Pyomo component, none for a single condition; what stands in the condition is
a function of an index entry, and ``scale`` a number or such a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import pyomo.environ as pyo

from engels.model.algebra.complementarity import define_complementarity

Term = Callable[..., Any]


def define_market(
    m: pyo.Block,
    name: str,
    *index: Iterable[Any],
    supply: Term,
    demand: Term,
    scale: float | Term = 1.0,
    price: Term | None = None,
) -> None:
    """Supply meets demand; with ``price`` the good may be free and left over.

    ``price`` must be free of units: divide it by the numeraire.
    """
    if price is None:
        _define_equality(m, name, index, supply, demand, scale)
    else:
        _define_inequality(m, name, index, price, 1.0, supply, demand, scale)


def define_zero_profit(
    m: pyo.Block,
    name: str,
    *index: Iterable[Any],
    revenue: Term,
    cost: Term,
    scale: float | Term = 1.0,
    activity: Term | None = None,
    activity_scale: float | Term = 1.0,
) -> None:
    """Revenue covers cost; with ``activity`` it may fall short of it where the activity is idle."""
    if activity is None:
        _define_equality(m, name, index, revenue, cost, scale)
    else:
        _define_inequality(m, name, index, activity, activity_scale, cost, revenue, scale)


def define_budget(
    m: pyo.Block,
    name: str,
    *index: Iterable[Any],
    income: Term,
    outlay: Term,
    scale: float | Term = 1.0,
) -> None:
    """Income equals outlay: of a household, a government, or the nation in its trade with others."""
    _define_equality(m, name, index, income, outlay, scale)


def of(x: Any, *key: Any) -> Any:
    """``x`` where it is a number, its value at ``key`` where it is a function."""
    return x(*key) if callable(x) else x


def define_equation(m: pyo.Block, name: str, index: tuple[Any, ...], rule: Term) -> None:
    """The equations ``rule(*entry)`` over the sets ``index``; a single equation where there are none."""
    if index:
        m.add_component(name, pyo.Constraint(*index, rule=lambda _, *k: rule(*k)))
    else:
        m.add_component(name, pyo.Constraint(expr=rule()))


def _define_equality(
    m: pyo.Block, name: str, index: tuple[Any, ...], left: Term, right: Term, scale: float | Term
) -> None:
    def rule(*k: Any) -> Any:
        size = of(scale, *k)
        return left(*k) / size == right(*k) / size

    define_equation(m, name, index, rule)


def _define_inequality(
    m: pyo.Block,
    name: str,
    index: tuple[Any, ...],
    variable: Term,
    variable_scale: float | Term,
    more: Term,
    less: Term,
    scale: float | Term,
) -> None:
    def pair(*k: Any) -> tuple[Any, Any]:
        return variable(*k) / of(variable_scale, *k), (more(*k) - less(*k)) / of(scale, *k)

    define_complementarity(m, name, list(product(*index)), pair)
