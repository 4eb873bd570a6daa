"""Nested CES and CET functions, written once, in calibrated-share form.

A nest turns inputs c with benchmark values v_c into a composite of value v = sum_c v_c. At benchmark
prices of 1 and with a_c = v_c / v (Rutherford's calibrated share form):

    price     P^(1-s) = sum_c a_c (p_c / e_c)^(1-s)             s = sigma, not 1
              log P   = sum_c a_c log(p_c / e_c)                s = 1
    demand    e_c x_c = a_c X (P e_c / p_c)^s

``e_c`` is an efficiency (1 at benchmark) and ``a_c`` may be shifted by an expression. s = 0 is Leontief,
s = 1 Cobb-Douglas, s < 0 a transformation function (CET) with elasticity -s, whose inputs are outputs.
Quantities are in benchmark values (trillion yuan at base-year prices); each equation is written
relative to its benchmark, so that one residual means the same in a large and a small sector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numvalue import NumericValue

TimeFunction = Callable[[int], Any]

ONE_YEAR = (0,)
"""The years of a static economy."""


def at(x: Any, t: int) -> Any:
    """``x`` itself where it is a number or an expression, its value at ``t`` where it is a function."""
    # variables are callable, so that callable(x) cannot tell a function
    return x if isinstance(x, (float, int, NumericValue)) else x(t)


@dataclass(frozen=True)
class Leaf:
    """A good or factor at the bottom of a tree.

    ``value`` is its benchmark value. ``price`` and ``quantity`` are expressions, or functions of the
    year where they depend on it. ``benchmark_price`` is the price at which the benchmark value was
    paid, where it is not 1 (a tax included, say): the benchmark quantity is value / benchmark price.
    ``may_vanish``: the quantity can fall towards zero (an import under a closed quota), so its demand
    is written in logarithms, where a residual is relative to the quantity itself.
    """

    name: str
    value: float
    price: Any | TimeFunction
    quantity: Any | TimeFunction
    benchmark_price: float = 1.0
    may_vanish: bool = False

    def price_index(self, t: int) -> Any:
        """Price relative to the benchmark's."""
        p = at(self.price, t)
        return p if self.benchmark_price == 1 else p / self.benchmark_price

    def volume(self, t: int) -> Any:
        """Quantity at the benchmark price."""
        x = at(self.quantity, t)
        return x if self.benchmark_price == 1 else x * self.benchmark_price


@dataclass(frozen=True)
class Input:
    """A child of a nest, with its efficiency and (where it moves) its share.

    Both are numbers, expressions or functions of the year.
    """

    node: Leaf | Nest
    efficiency: Any | TimeFunction = 1.0
    share: Any | TimeFunction | None = None


@dataclass(frozen=True)
class Nest:
    """A CES node: a name, an elasticity and inputs with positive benchmark value."""

    name: str
    sigma: float
    inputs: tuple[Input, ...]

    @property
    def value(self) -> float:
        """Benchmark value, trillion yuan."""
        return sum(i.node.value for i in self.inputs)


def nest(
    name: str, sigma: float, inputs: Sequence[Input], keep: bool = False
) -> Nest | Leaf | None:
    """A nest of the inputs that have benchmark value.

    Returns None where nothing is left and, unless ``keep``, the only child where one is left.

    Raises ``ValueError`` for a benchmark value that is negative or no number, and for two inputs of one
    name.
    """
    for i in inputs:
        if isinstance(i.node, Leaf):
            _require_value(name, i.node)
    used = tuple(i for i in inputs if i.node is not None and i.node.value > 0)
    if not used:
        return None
    # an only child that has an efficiency of its own keeps its nest, or the efficiency would be lost
    plain = len(used) == 1 and isinstance(used[0].efficiency, float) and used[0].efficiency == 1
    if plain and not keep:
        return used[0].node
    _require_names(f"nest {name}", used)
    return Nest(name, sigma, used)


def _require_value(where: str, leaf: Leaf) -> None:
    # what is no number compares as neither positive nor negative, and would be left out in silence
    found: Any = leaf.value
    if not isinstance(found, (int, float, np.floating, np.integer)) or not 0 <= found < math.inf:
        raise ValueError(
            f"nest {where}: the benchmark value of {leaf.name!r} is {found}; it must be a number, zero "
            "(left out) or positive"
        )


def _require_names(where: str, inputs: Sequence[Input]) -> None:
    # demand is written for each name: a second input of one name would have no equation
    names = [i.node.name for i in inputs]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise ValueError(f"{where}: two inputs are called {twice!r}; each needs a name of its own")


def ces(name: str, sigma: float, *children: Leaf | Nest | Input) -> Nest:
    """A nest written as the tree it is; children without benchmark value are left out.

    Raises ``ValueError`` where no child has a value, one has a value that is negative or no number, or
    two have one name.
    """
    inputs = [c if isinstance(c, Input) else Input(c) for c in children]
    found = nest(name, sigma, inputs, keep=True)
    if not isinstance(found, Nest):
        raise ValueError(f"nest {name}: no input has a benchmark value")
    return found


def technology(
    sigma: float, scale: float, weights: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """A CES function as textbooks write it, X = scale (sum_c w_c x_c^((s-1)/s))^(s/(s-1)).

    Returns the shares a_c of its inputs and their common efficiency, for leaves of value a_c; with
    s = 1 the function is X = scale prod_c x_c^w_c, with s = 0 x_c = w_c X / scale.
    """
    power = {c: w**sigma if sigma > 0 else w for c, w in weights.items()}
    total = sum(power.values())
    share = {c: w / total for c, w in power.items()}
    if sigma == 1:
        return share, scale * math.prod(w**w for w in weights.values())
    return share, scale * total ** (1 / (sigma - 1))


def unit_price(sigma: float, price: Any, terms: Sequence[tuple[Any, Any]]) -> Any:
    """Residual of the price equation; ``terms`` holds (share, effective price) of each input."""
    if sigma == 1:
        return pyo.log(price) - sum(a * pyo.log(p) for a, p in terms)
    if sigma == 0:
        return price - sum(a * p for a, p in terms)
    r = 1.0 - sigma
    # divided by 1 - sigma: the gradient stays of order one as sigma approaches 1
    return (price**r - sum(a * p**r for a, p in terms)) / r


def demand(
    sigma: float, quantity: Any, price: Any, share: Any, input_price: Any, efficiency: Any
) -> Any:
    """Input bought at ``input_price`` for ``quantity`` of a composite of price ``price``."""
    if sigma == 0:
        return share * quantity / efficiency
    if sigma == 1:
        return share * quantity * price / input_price
    return share * quantity * (price * efficiency / input_price) ** sigma / efficiency


def walk(root: Nest) -> Iterator[Nest]:
    """All nests of a tree, the root first."""
    yield root
    for i in root.inputs:
        if isinstance(i.node, Nest):
            yield from walk(i.node)


def define_nests(
    m: pyo.Block,
    name: str,
    roots: Mapping[Any, Nest],
    years: Sequence[int] = ONE_YEAR,
    *,
    price: Callable[[Any, int], Any],
    quantity: Callable[[Any, int], Any],
) -> None:
    """Variables and equations of a family of trees.

    Parameters
    ----------
    m: the block that receives ``<name>_price``, ``<name>_quantity`` (inner composites, indexed by
        nest, key, year), ``<name>_unit_price`` and ``<name>_demand`` (equations).
    roots: tree of each key (say, of each sector).
    price, quantity: expressions of (key, year) for the composite at the root.

    Raises ``ValueError`` for a nest whose benchmark values are not positive, and where two inputs of a
    nest, or two nests of a tree, have one name.
    """
    inner: dict[tuple[str, Any], Nest] = {}
    for key, root in roots.items():
        for node in walk(root):
            poor = next((i.node for i in node.inputs if not i.node.value > 0), None)
            if poor is not None:
                raise ValueError(
                    f"nest {node.name} of {key}: the benchmark value of {poor.name!r} is {poor.value}; "
                    "every input needs a positive value"
                )
            if node is not root:
                if (node.name, key) in inner or node.name == root.name:
                    raise ValueError(f"nest {node.name} of {key} stands twice in one tree")
                inner[node.name, key] = node
        for node in walk(root):
            _require_names(f"nest {node.name} of {key}", node.inputs)
    inner_index = [(n, k, t) for (n, k) in inner for t in years]
    prices = pyo.Var(inner_index, initialize=1.0)
    quantities = pyo.Var(
        inner_index, initialize={(n, k, t): inner[n, k].value for n, k, t in inner_index}
    )
    m.add_component(f"{name}_price", prices)
    m.add_component(f"{name}_quantity", quantities)

    def composite(node: Leaf | Nest, key: Any, t: int, what: str) -> Any:
        if isinstance(node, Leaf):
            return node.price_index(t) if what == "price" else node.volume(t)
        if node is roots[key]:
            return price(key, t) if what == "price" else quantity(key, t)
        return (prices if what == "price" else quantities)[node.name, key, t]

    everything = {(node.name, key): node for key, root in roots.items() for node in walk(root)}

    def share(node: Nest, i: Input, t: int) -> Any:
        return i.node.value / node.value if i.share is None else at(i.share, t)

    def price_rule(_: Any, n: str, k: Any, t: int) -> Any:
        node = everything[n, k]
        terms = [
            (share(node, i, t), composite(i.node, k, t, "price") / at(i.efficiency, t))
            for i in node.inputs
        ]
        return unit_price(node.sigma, composite(node, k, t, "price"), terms) == 0

    def demand_rule(_: Any, n: str, k: Any, c: str, t: int) -> Any:
        node = everything[n, k]
        i = next(i for i in node.inputs if i.node.name == c)
        wanted = demand(
            node.sigma,
            composite(node, k, t, "quantity"),
            composite(node, k, t, "price"),
            share(node, i, t),
            composite(i.node, k, t, "price"),
            at(i.efficiency, t),
        )
        bought = composite(i.node, k, t, "quantity")
        if isinstance(i.node, Leaf) and i.node.may_vanish:
            return pyo.log(bought / i.node.value) - pyo.log(wanted / i.node.value) == 0
        return bought / i.node.value - wanted / i.node.value == 0

    m.add_component(
        f"{name}_unit_price",
        pyo.Constraint([(n, k, t) for (n, k) in everything for t in years], rule=price_rule),
    )
    m.add_component(
        f"{name}_demand",
        pyo.Constraint(
            [
                (n, k, i.node.name, t)
                for (n, k), node in everything.items()
                for i in node.inputs
                for t in years
            ],
            rule=demand_rule,
        ),
    )
