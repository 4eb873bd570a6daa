"""Nests: the price and demand equations of every family of trees, in text.

A family has the two equations of ``nests.py`` for each of its nests; their numbers (elasticities, shares,
prices of what is bought) are read off the trees themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from engels.model.algebra.declaration import Equation
from engels.model.algebra.nests import PLAIN, Family, at, in_logs, share_of


def _price(f: str, label: str, label_zh: str) -> Equation:
    return Equation(
        f"{f}_unit_price",
        (f"n, k in {f}_nests", "t in years"),
        f"power({f}_composite_price[n, k, t], 1 - {f}_sigma[n, k]) == sum({f}_share[n, k, c, t] * "
        f"power({f}_input_price[n, k, c, t] / {f}_efficiency[n, k, c, t], 1 - {f}_sigma[n, k]) "
        f"for c in {f}_inputs[n, k])",
        label,
        label_zh,
        scale=f"{f}_composite_price[n, k, t]**(1 - {f}_sigma[n, k]) "
        f"if {f}_far[n, k] or abs(1 - {f}_sigma[n, k]) < {PLAIN} else 1",
    )


def _demand(f: str, label: str, label_zh: str) -> Equation:
    wanted = (
        f"{f}_share[n, k, c, t] * {f}_composite[n, k, t] / {f}_efficiency[n, k, c, t] * "
        f"({f}_composite_price[n, k, t] * {f}_efficiency[n, k, c, t] / {f}_input_price[n, k, c, t])"
        f"**{f}_sigma[n, k]"
    )
    bought = f"{f}_bought[n, k, c, t]"
    return Equation(
        f"{f}_demand",
        (f"n, k in {f}_nests", f"c in {f}_inputs[n, k]", "t in years"),
        f"(log({bought}) == log({wanted})) if {f}_may_vanish[n, k, c] else ({bought} == {wanted})",
        label,
        label_zh,
        scale=f"1 if {f}_may_vanish[n, k, c] else {f}_value[n, k, c]",
    )


EQUATIONS = {
    "production": (
        _price("production", "cost of {0} in sector {1}", "{1}部门中{0}的成本"),
        _demand("production", "demand for {2} in {0} of sector {1}", "{1}部门{0}对{2}的需求"),
    ),
    "armington": (
        _price(
            "armington",
            "price of {0} (home and imported) of good {1}",
            "{1}产品{0}的价格（国产与进口）",
        ),
        _demand("armington", "demand for {2} of good {1}", "{1}产品对{2}的需求"),
    ),
    "transformation": (
        _price(
            "transformation",
            "price of output of sector {1} from home sales and exports",
            "{1}部门由国内销售与出口构成的产出价格",
        ),
        _demand("transformation", "supply of {2} of sector {1}", "{1}部门对{2}的供给"),
    ),
    "chip": (
        _price("chip", "price of chips, {2}", "芯片的价格，{2}"),
        _demand("chip", "demand for {2}, {3}", "对{2}的需求，{3}"),
    ),
}
SYMBOLS = {
    "sigma": r"\sigma^{n}",
    "inputs": r"\mathcal{C}",
    "share": "a^{n}",
    "efficiency": "e^{n}",
    "input_price": "p^{n}",
    "bought": "x^{n}",
    "composite_price": r"\mathcal{P}",
    "composite": r"\mathcal{X}",
    "may_vanish": r"\text{may vanish}",
}
"""Symbols of the nests of every family; n is the nest, k its tree and c an input."""


class _Read:
    """Numbers by index, from a function of it."""

    def __init__(self, value: Callable[..., Any]) -> None:
        self._value = value

    def __getitem__(self, k: Any) -> Any:
        found = self._value(*k)
        return found if isinstance(found, (bool, list)) else float(pyo.value(found))


def names(m: Any, family: Family) -> dict[str, Any]:
    """What the equations of a family need to be evaluated, by name."""
    nests, f = family.nests(), family.name

    def of(n: str, k: Any, c: str) -> Any:
        return next(i for i in nests[n, k].inputs if i.node.name == c)

    def vanishes(n: str, k: Any, c: str) -> bool:
        return in_logs(of(n, k, c).node)

    found: dict[str, Callable[..., Any]] = {
        "sigma": lambda n, k: nests[n, k].sigma,
        "far": lambda n, k: nests[n, k].far,
        "inputs": lambda n, k: [i.node.name for i in nests[n, k].inputs],
        "value": lambda n, k, c: of(n, k, c).node.value,
        "may_vanish": vanishes,
        "share": lambda n, k, c, t: share_of(nests[n, k], of(n, k, c), t),
        "efficiency": lambda n, k, c, t: at(of(n, k, c).efficiency, t),
        "input_price": lambda n, k, c, t: family.price_of(m, of(n, k, c).node, k, t),
        "bought": lambda n, k, c, t: family.quantity_of(m, of(n, k, c).node, k, t),
        "composite_price": lambda n, k, t: family.price_of(m, nests[n, k], k, t),
        "composite": lambda n, k, t: family.quantity_of(m, nests[n, k], k, t),
    }
    return {f"{f}_{name}": _Read(value) for name, value in found.items()} | {
        f"{f}_nests": list(nests)
    }
