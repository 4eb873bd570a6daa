"""CES functions: what economics says of them for any parameters, and Cobb-Douglas as their limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from engels.model.algebra.nests import Input, Leaf, Nest, define_nests, demand, nest, unit_price
from engels.model.algebra.point import Values, restore, snapshot
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.trees import AI_MODES
from engels.model.solving.closures import POLICY
from engels.model.solving.dynamics import solve_baseline
from engels.model.solving.solve import NewtonThenIpopt, solve

if TYPE_CHECKING:
    from tests.model.conftest import Runs

SIGMAS = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.05, 0.95), st.floats(1.05, 6.0))
PRICES = st.lists(st.floats(0.2, 5.0), min_size=3, max_size=3)
WEIGHTS = st.lists(st.floats(0.02, 1.0), min_size=3, max_size=3)


def price_of(sigma: float, shares: Sequence[float], prices: Sequence[float]) -> float:
    """The root of ``unit_price``; it lies between the cheapest and the dearest input."""
    terms = list(zip(shares, prices, strict=True))
    low, high = min(prices), max(prices)
    if high - low < 1e-12 * high:
        return low
    wide = (low * 0.999, high * 1.001)
    return float(brentq(lambda p: pyo.value(unit_price(sigma, p, terms)), *wide, xtol=1e-15))


def shares_of(weights: Sequence[float]) -> list[float]:
    return [w / sum(weights) for w in weights]


def demands(
    sigma: float, quantity: float, price: float, shares: Sequence[float], prices: Sequence[float]
) -> list[float]:
    return [
        float(demand(sigma, quantity, price, a, p, 1.0))
        for a, p in zip(shares, prices, strict=True)
    ]


@given(SIGMAS, WEIGHTS)
def test_benchmark_is_reproduced(sigma: float, weights: list[float]) -> None:
    shares = shares_of(weights)
    ones = [1.0] * len(shares)
    assert unit_price(sigma, 1.0, list(zip(shares, ones, strict=True))) == pytest.approx(
        0, abs=1e-13
    )
    assert demands(sigma, sum(weights), 1.0, shares, ones) == pytest.approx(weights, rel=1e-14)


@given(SIGMAS, WEIGHTS, PRICES, st.floats(0.1, 10.0))
def test_price_is_homogeneous_and_demand_is_not_moved(
    sigma: float, weights: list[float], prices: list[float], factor: float
) -> None:
    shares = shares_of(weights)
    scaled = [factor * p for p in prices]
    price, dearer = price_of(sigma, shares, prices), price_of(sigma, shares, scaled)
    assert dearer == pytest.approx(factor * price, rel=1e-9)
    bought = demands(sigma, 7.0, price, shares, prices)
    assert demands(sigma, 7.0, dearer, shares, scaled) == pytest.approx(bought, rel=1e-7)
    assert demands(sigma, 14.0, price, shares, prices) == pytest.approx([2 * x for x in bought])


@given(SIGMAS, WEIGHTS, PRICES)
@example(1.0, [0.5, 0.3, 0.2], [0.2, 1.0, 5.0])
def test_cost_adds_up(sigma: float, weights: list[float], prices: list[float]) -> None:
    """What is spent on the inputs is the cost of the composite (Euler's theorem)."""
    shares = shares_of(weights)
    price = price_of(sigma, shares, prices)
    spent = sum(
        p * x for p, x in zip(prices, demands(sigma, 3.0, price, shares, prices), strict=True)
    )
    assert spent == pytest.approx(3.0 * price, rel=1e-9)


@given(SIGMAS, WEIGHTS, PRICES, st.integers(0, 2))
def test_demand_is_the_slope_of_cost(
    sigma: float, weights: list[float], prices: list[float], which: int
) -> None:
    """Shephard's lemma, by a central difference."""
    shares = shares_of(weights)
    step = 1e-5 * prices[which]

    def cost(change: float) -> float:
        moved = [p + (change if n == which else 0.0) for n, p in enumerate(prices)]
        return price_of(sigma, shares, moved)

    slope = (cost(step) - cost(-step)) / (2 * step)
    bought = demands(sigma, 1.0, cost(0.0), shares, prices)[which]
    assert bought == pytest.approx(slope, rel=1e-5, abs=1e-7)


@given(SIGMAS, WEIGHTS, PRICES, st.floats(0.5, 2.0))
def test_efficiency_is_a_lower_price_and_a_smaller_need(
    sigma: float, weights: list[float], prices: list[float], efficiency: float
) -> None:
    """One unit of efficiency e does the work of e units at 1/e of the price."""
    shares = shares_of(weights)
    effective = [prices[0] / efficiency, *prices[1:]]
    price = price_of(sigma, shares, effective)
    direct = float(demand(sigma, 2.0, price, shares[0], prices[0], efficiency))
    in_effect = demands(sigma, 2.0, price, shares, effective)[0]
    assert direct * efficiency == pytest.approx(in_effect, rel=1e-9)


@given(WEIGHTS, PRICES, st.sampled_from([-1e-6, 1e-6]))
def test_cobb_douglas_is_the_limit(
    weights: list[float], prices: list[float], distance: float
) -> None:
    shares = shares_of(weights)
    limit, near = (price_of(s, shares, prices) for s in (1.0, 1.0 + distance))
    assert near == pytest.approx(limit, rel=1e-5)
    exact = demands(1.0, 1.0, limit, shares, prices)
    assert demands(1.0 + distance, 1.0, near, shares, prices) == pytest.approx(exact, rel=1e-5)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.floats(0.1, 4.0), min_size=2, max_size=2),
    st.floats(-4.0, -0.2),
    WEIGHTS,
    PRICES,
)
@example([2.0, 2.0], -1.0, [1.0, 1.0, 1.0], [2.0, 0.5, 0.5625])
@example([2.0625, 0.1], -4.0, [0.0625, 0.25, 0.5], [0.25, 0.203125, 0.5])
@example([2.0625, 0.125], -4.0, [0.0625, 1.0, 0.25], [0.25, 0.203125, 1.0])
def test_a_solved_tree_is_its_own_formula(
    sigmas: list[float], transformation: float, weights: list[float], prices: list[float]
) -> None:
    """A nest in a nest, and a transformation function, against the formulas written out."""
    inner, outer = sigmas
    a, b, c = weights
    m = pyo.ConcreteModel()
    m.p = pyo.Var(range(3), initialize=dict(enumerate(prices)))
    m.p.fix()
    m.x = pyo.Var(range(3), initialize=1.0)
    # an even power has a mirror root at a negative price, which the bound keeps out
    m.cost = pyo.Var(initialize=1.0, bounds=(0.01, None))
    leaf = [Leaf(f"input {n}", weights[n], m.p[n], m.x[n]) for n in range(3)]
    tree = Nest(
        "top", outer, (Input(leaf[0]), Input(Nest("inner", inner, tuple(map(Input, leaf[1:])))))
    )
    define_nests(m, "tree", {"k": tree}, price=lambda *_: m.cost, quantity=lambda *_: a + b + c)
    m.tree_price.setlb(0.01)  # that of the nest inside too
    m.revenue = pyo.Var(initialize=1.0, bounds=(0.01, None))
    m.sold = pyo.Var(range(2), initialize=1.0)
    split = Nest(
        "split",
        transformation,
        tuple(Input(Leaf(f"{n}", weights[n], m.p[n], m.sold[n])) for n in range(2)),
    )
    define_nests(m, "split", {"k": split}, price=lambda *_: m.revenue, quantity=lambda *_: a + b)
    # Ipopt alone does not find some corners of these ranges from so plain a start
    solve(m, NewtonThenIpopt())

    def mean(s: float, values: Sequence[float], at: Sequence[float]) -> float:
        v, p = np.array(values) / sum(values), np.array(at)
        return float(np.exp(v @ np.log(p)) if s == 1 else (v @ p ** (1 - s)) ** (1 / (1 - s)))

    below = mean(inner, [b, c], prices[1:])
    top = mean(outer, [a, b + c], [prices[0], below])
    assert m.cost.value == pytest.approx(top, rel=1e-9)
    assert m.x[0].value == pytest.approx(a * (top / prices[0]) ** outer, rel=1e-8)
    for n, v in ((1, b), (2, c)):
        expected = v * (top / below) ** outer * (below / prices[n]) ** inner
        assert m.x[n].value == pytest.approx(expected, rel=1e-8)
    earned = mean(transformation, [a, b], prices[:2])
    assert m.revenue.value == pytest.approx(earned, rel=1e-9)
    assert m.sold[0].value == pytest.approx(a * (earned / prices[0]) ** transformation, rel=1e-8)
    # the sale whose price rose most grew most
    order = np.argsort([m.sold[n].value / weights[n] for n in range(2)])
    assert prices[order[0]] <= prices[order[1]]


def test_nests_leave_out_what_has_no_value() -> None:
    one, none = Leaf("one", 1.0, 1.0, 1.0), Leaf("none", 0.0, 1.0, 1.0)
    assert nest("n", 0.5, [Input(none)]) is None
    assert nest("n", 0.5, [Input(one), Input(none)]) is one
    kept = nest("n", 0.5, [Input(one), Input(none)], keep=True)
    assert isinstance(kept, Nest)
    assert [i.node.name for i in kept.inputs] == ["one"]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_nest_without_a_positive_value_is_refused_by_name(value: float) -> None:
    m = pyo.ConcreteModel()
    bad = Nest("machines", 0.5, (Input(Leaf("robot", value, 1.0, 1.0)),))
    with pytest.raises(ValueError, match="machines of steel"):
        define_nests(m, "t", {"steel": bad}, price=lambda *_: 1.0, quantity=lambda *_: 1.0)


def test_the_same_nest_twice_in_a_tree_is_refused_by_name() -> None:
    m = pyo.ConcreteModel()

    def leaf(name: str) -> Leaf:
        return Leaf(name, 1.0, 1.0, 1.0)

    twice = [Nest("work", 0.5, (Input(leaf(a)), Input(leaf(b)))) for a, b in ("xy", "zw")]
    tree = Nest("top", 0.5, tuple(map(Input, twice)))
    with pytest.raises(ValueError, match="nest top of steel: two inputs are called 'work'"):
        define_nests(m, "t", {"steel": tree}, price=lambda *_: 1.0, quantity=lambda *_: 1.0)


def economy_near_one(runs: Runs, ai_mode: str, sigma: float) -> Values:
    """A shocked base year in which every nest has elasticity ``sigma``."""
    b = runs.benchmark("5")
    e = b.elasticities
    same = {
        name: np.full_like(np.asarray(getattr(e, name), dtype=float), sigma)
        if isinstance(getattr(e, name), np.ndarray)
        else sigma
        for name in (
            "top", "intermediates", "capital_labour", "skills", "ai_labour", "ai_capital",
            "ai_traditional", "ai_inputs", "armington", "chips",
        )
    }  # fmt: skip
    b = b.with_(elasticities=replace(e, **same))
    origin = solve_baseline(b, ai_mode, False, 2020)
    m = build_economy(b, [2020], False, ai_mode, blocks=blocks_of(b))
    restore(m, origin.values)
    POLICY.apply(m, False)
    m.ai_productivity[2020].set_value(3.0)
    m.chip_quota["compute", 2020].set_value(0.5)
    m.automation_depth[2020].set_value(0.02)
    m.world_demand[2020].set_value(1.1)
    m.tfp_sector["IND", 2020].set_value(1.05)
    m.import_tariff["SRV", 2020].set_value(0.2)
    solve(m)
    return snapshot(m)


@pytest.mark.parametrize("ai_mode", AI_MODES)
def test_the_economy_near_cobb_douglas(runs: Runs, ai_mode: str) -> None:
    """Every nest at once at 1 + 1e-6 and 1 - 1e-6 against Cobb-Douglas, in a shocked economy."""
    exact, below, above = (economy_near_one(runs, ai_mode, s) for s in (1.0, 1 - 1e-6, 1 + 1e-6))
    assert abs(exact["gdp_real"][2020] / runs.benchmark("5").gdp - 1) > 1e-3  # something happened
    for near in (below, above):
        for name, entries in exact.items():
            for k, x in entries.items():
                assert near[name][k] == pytest.approx(x, rel=1e-5, abs=1e-9), (name, k)
