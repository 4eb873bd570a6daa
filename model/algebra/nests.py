"""Nested CES and CET functions, written once, in calibrated-share form.

A nest turns inputs c with benchmark values v_c into a composite of value v = sum_c v_c. At benchmark
prices of 1 and with a_c = v_c / v (Rutherford's calibrated share form):

    price     P^(1-s) = sum_c a_c (p_c / e_c)^(1-s)             s = sigma, not 1
              log P   = sum_c a_c log(p_c / e_c)                s = 1
    demand    e_c x_c = a_c X (P e_c / p_c)^s

The price equation is written in a form that goes through s = 1 without a jump and without a loss of
digits: see :func:`unit_price`.

``e_c`` is an efficiency (1 at benchmark) and ``a_c`` may be shifted by an expression. Shares that add up to
S scale P by S^(1/(1-s)), which has no limit at s = 1: near one what is added to a share must be taken from
another. (What makes inputs more or less productive is an efficiency, and has a limit.)
s = 0 is Leontief, s = 1 Cobb-Douglas, s < 0 a transformation function (CET) with elasticity -s, whose
inputs are outputs. Quantities are in benchmark values (trillion yuan at base-year prices); each equation
is written relative to its benchmark, so that one residual means the same in a large and
a small sector.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numvalue import NumericValue
from pyomo.core.expr.visitor import identify_variables

from engels.model.algebra.grid import Time

TimeFunction = Callable[[Time], Any]

ONE_YEAR = (0,)
"""The years of a static economy."""

PLAIN = 0.1
"""Elasticities further from one than this take the price equation as it stands: dividing by 1 - sigma then
costs one digit."""
SUM = 1.0e-9
"""Shares add up to one within this where they must."""


def at(x: Any, t: Time) -> Any:
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
    """A CES node: a name, an elasticity and inputs with positive benchmark value.

    ``sigma`` is a number, or a variable of the model that its closure fixes (not at one itself, see
    :func:`relative_power`). ``far``: its price can move by orders of magnitude, so its price equation is
    written relative to the price, whatever the elasticity, and the demand for it in logarithms; its shares
    must add up to one.
    """

    name: str
    sigma: Any
    inputs: tuple[Input, ...]
    far: bool = False

    @cached_property
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
    s = 1 the function is X = scale prod_c x_c^w_c. Only weights that add up to one have this limit:
    ``ValueError`` for others where s is 1, or so near that the efficiency is out of range. s = 0 stands
    for x_c = w_c X / scale (as s falls to zero the function forgets its weights).
    """
    if sigma == 0:
        total = sum(weights.values())
        return {c: w / total for c, w in weights.items()}, scale / total
    power = {c: w**sigma for c, w in weights.items()}
    total = sum(power.values())
    share = {c: w / total for c, w in power.items()}
    distance, sum_of = sigma - 1, sum(weights.values())
    # decimal fractions add up to one but for rounding, which must not be divided by the distance
    if abs(sum_of - 1) <= 1e-12:
        logs = {c: distance * math.log(w) for c, w in weights.items()}
        if distance == 0:
            mean = sum(w * math.log(w) for w in weights.values())
        else:
            mean = math.log1p(sum(weights[c] * math.expm1(x) for c, x in logs.items())) / distance
    else:
        mean = math.log(total) / distance if distance else math.inf
    if not abs(mean) < 700:
        raise ValueError(
            f"a CES function with elasticity {sigma!r} needs weights that add up to one; "
            f"{dict(weights)} add up to {sum_of:g}"
        )
    return share, scale * math.exp(mean)


def relative_power(q: Any, r: Any) -> Any:
    """(q^r - 1) / r, and log q at r = 0: exact to rounding for every r.

    ``r`` is a number, or an expression (of a fixed variable, say) of any value but zero. For an elasticity
    of one that is a variable take its neighbour, 1 + 2.2e-16: no digit of a figure differs.

    Written as it stands the difference loses -log10(r) digits. With h = r log(q) / 2 it is

        2 e^h sinh(h) / r

    which is an identity and no series: there is no truncation error, and nothing jumps where one form
    takes over from the other. Its terms are products, and sinh is exact to rounding near zero, so that the
    value and its derivatives by q have full accuracy however small r is. (AMPL's library has neither expm1
    nor log1p, and its atanh and asinh, which would serve for log1p, lose their digits near zero.) A
    derivative by an ``r`` that is a variable loses -log10(r) digits.
    """
    if isinstance(r, (float, int)):
        if r == 0:
            return pyo.log(q)
        if abs(r) >= PLAIN:
            return (q**r - 1) / r
    half = r / 2 * pyo.log(q)
    return pyo.exp(half) * pyo.sinh(half) / (r / 2)


def unit_price(sigma: Any, price: Any, terms: Sequence[tuple[Any, Any]], far: bool = False) -> Any:
    """Residual of the price equation; ``terms`` holds (share, effective price) of each input.

    It is the gap between the price and the index of the inputs' prices, in one of two forms. With
    r = 1 - sigma (at sigma = 0 the first is linear)

        (P^r - sum_c a_c p_c^r) / r                         ``PLAIN`` and more from one
        - sum_c a_c ((p_c / P)^r - 1) / r                   nearer, at one, and where ``far`` is asked for

    For shares that add up to one, which the second takes, it is the first over P^r: both have the same
    root, and the same slopes at benchmark prices. ``sigma`` may be an expression (:func:`relative_power`
    says of which values); the second form is right for all.
    """
    if _away_from_one(sigma) and not far:
        if sigma == 0:
            return price - sum(a * p for a, p in terms)
        r = 1.0 - sigma
        return (price**r - sum(a * p**r for a, p in terms)) / r
    return -sum(a * relative_power(p / price, 1.0 - sigma) for a, p in terms)


def _away_from_one(sigma: Any) -> bool:
    """Whether an elasticity is a number that is not next to one."""
    return isinstance(sigma, (float, int)) and abs(1.0 - sigma) >= PLAIN


def demand(
    sigma: Any, quantity: Any, price: Any, share: Any, input_price: Any, efficiency: Any
) -> Any:
    """Input bought at ``input_price`` for ``quantity`` of a composite of price ``price``."""
    if isinstance(sigma, (float, int)):
        # the general form, without a power of zero or one
        if sigma == 0:
            return share * quantity / efficiency
        if sigma == 1:
            return share * quantity * price / input_price
    return share * quantity * (price * efficiency / input_price) ** sigma / efficiency


def in_logs(node: Leaf | Nest) -> bool:
    """Whether the demand for a node is written in logarithms: its quantity moves by orders of magnitude."""
    return node.may_vanish if isinstance(node, Leaf) else node.far


def walk(root: Nest) -> Iterator[Nest]:
    """All nests of a tree, the root first."""
    yield root
    for i in root.inputs:
        if isinstance(i.node, Nest):
            yield from walk(i.node)


@dataclass(frozen=True)
class Family:
    """Trees of one kind, such as those of all sectors, by key.

    ``price`` and ``quantity`` of (key, year) are those of the composite at the root. With the variables
    of a model they are expressions, with a solved point in its place numbers.
    """

    name: str
    roots: Mapping[Any, Nest]
    price: Callable[[Any, int], Any]
    quantity: Callable[[Any, int], Any]

    def nests(self) -> dict[tuple[str, Any], Nest]:
        """Every nest of every tree by (its name, key).

        Raises ``ValueError`` for a nest that stands twice in a tree, or has an input without value or two
        inputs of one name.
        """
        found: dict[tuple[str, Any], Nest] = {}
        for key, root in self.roots.items():
            for node in walk(root):
                poor = next((i.node for i in node.inputs if not i.node.value > 0), None)
                if poor is not None:
                    raise ValueError(
                        f"nest {node.name} of {key}: the benchmark value of {poor.name!r} is "
                        f"{poor.value}; every input needs a positive value"
                    )
                _require_names(f"nest {node.name} of {key}", node.inputs)
                if (node.name, key) in found:
                    raise ValueError(f"nest {node.name} of {key} stands twice in one tree")
                found[node.name, key] = node
        return found

    def price_of(self, economy: Any, node: Leaf | Nest, key: Any, t: Time) -> Any:
        """Price index of a node; ``economy`` has the variables that :func:`define_nests` made."""
        if isinstance(node, Leaf):
            return node.price_index(t)
        if node is self.roots[key]:
            return self.price(key, t)
        return getattr(economy, f"{self.name}_price")[node.name, key, t]

    def quantity_of(self, economy: Any, node: Leaf | Nest, key: Any, t: Time) -> Any:
        """Quantity of a node, as :meth:`price_of`."""
        if isinstance(node, Leaf):
            return node.volume(t)
        if node is self.roots[key]:
            return self.quantity(key, t)
        return getattr(economy, f"{self.name}_quantity")[node.name, key, t]


def share_of(node: Nest, i: Input, t: Time) -> Any:
    """Share a_c of an input in the cost of its nest, at benchmark prices."""
    return i.node.value / node.value if i.share is None else at(i.share, t)


def define_nests(
    m: pyo.Block,
    name: str,
    roots: Mapping[Any, Nest],
    years: Sequence[int] = ONE_YEAR,
    *,
    price: Callable[[Any, int], Any],
    quantity: Callable[[Any, int], Any],
) -> None:
    """:func:`define_family` of the trees ``roots``, by key (say, by sector)."""
    define_family(m, Family(name, roots, price, quantity), years)


def define_family(m: pyo.Block, family: Family, years: Sequence[int] = ONE_YEAR) -> None:
    """Variables and equations of a family of trees.

    ``m`` receives ``<name>_price``, ``<name>_quantity`` (inner composites, indexed by nest, key, year),
    ``<name>_unit_price`` and ``<name>_demand`` (equations).

    Raises ``ValueError`` for a nest whose benchmark values are not positive, or whose elasticity lies
    within 0.1 of one and whose shares do not add up to one whatever the values of variables in them; and
    where two inputs of a nest, or two nests of a tree, have one name.
    """
    name, nests = family.name, family.nests()
    inner = {at: node for at, node in nests.items() if node is not family.roots[at[1]]}
    inner_index = [(n, k, t) for (n, k) in inner for t in years]
    m.add_component(f"{name}_price", pyo.Var(inner_index, initialize=1.0))
    m.add_component(
        f"{name}_quantity",
        pyo.Var(inner_index, initialize={(n, k, t): inner[n, k].value for n, k, t in inner_index}),
    )
    for (n, k), node in nests.items():
        if node.far or not _away_from_one(node.sigma):
            _require_shares(f"nest {n} of {k}", [share_of(node, i, years[0]) for i in node.inputs])

    def price_rule(_: Any, n: str, k: Any, t: int) -> Any:
        node = nests[n, k]
        terms = [
            (share_of(node, i, t), family.price_of(m, i.node, k, t) / at(i.efficiency, t))
            for i in node.inputs
        ]
        return unit_price(node.sigma, family.price_of(m, node, k, t), terms, node.far) == 0

    def demand_rule(_: Any, n: str, k: Any, c: str, t: int) -> Any:
        node = nests[n, k]
        i = next(i for i in node.inputs if i.node.name == c)
        wanted = demand(
            node.sigma,
            family.quantity_of(m, node, k, t),
            family.price_of(m, node, k, t),
            share_of(node, i, t),
            family.price_of(m, i.node, k, t),
            at(i.efficiency, t),
        )
        bought = family.quantity_of(m, i.node, k, t)
        if in_logs(i.node):
            return pyo.log(bought / i.node.value) - pyo.log(wanted / i.node.value) == 0
        return bought / i.node.value - wanted / i.node.value == 0

    m.add_component(
        f"{name}_unit_price",
        pyo.Constraint([(n, k, t) for (n, k) in nests for t in years], rule=price_rule),
    )
    m.add_component(
        f"{name}_demand",
        pyo.Constraint(
            [
                (n, k, i.node.name, t)
                for (n, k), node in nests.items()
                for i in node.inputs
                for t in years
            ],
            rule=demand_rule,
        ),
    )


def _require_shares(where: str, shares: Sequence[Any]) -> None:
    """Raise ``ValueError`` where shares do not add up to one, now and when what moves them moves."""
    variables = (v for x in shares if isinstance(x, NumericValue) for v in identify_variables(x))
    moving = list({id(v): v for v in variables}.values())
    before = [v.value for v in moving]
    if any(x is None for x in before):
        return
    try:
        for step in (0.0, 1.0e-3):
            for n, (v, x) in enumerate(zip(moving, before, strict=True)):
                # each by its own step, or two that are off would make up for each other
                v.set_value(x + step * (1 + n), skip_validation=True)
            total = float(pyo.value(sum(shares)))
            if not abs(total - 1) <= SUM:
                moved = " once what moves them does" if step else ""
                raise ValueError(
                    f"{where}: its shares add up to {total:.9g}{moved}; with an elasticity next to one "
                    "they must add up to one: write the last as one less the others"
                )
    finally:
        for v, x in zip(moving, before, strict=True):
            v.set_value(x, skip_validation=True)
