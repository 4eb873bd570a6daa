"""An economy that its equations do not determine: ``solve`` says what is loose, and names it."""

from __future__ import annotations

import math

import pyomo.environ as pyo
import pytest

from engels.model.algebra.equilibrium import define_budget, define_market
from engels.model.algebra.errors import ClosureError
from engels.model.algebra.nests import Input, Leaf, Nest, ces, define_nests
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, solve

ENGINES = pytest.mark.parametrize("by", [IpoptEngine(), NewtonEngine()], ids=["ipopt", "newton"])
FACTORS = ("labour", "capital")


def exchange(markets: tuple[str, ...], numeraire: bool) -> pyo.ConcreteModel:
    """Two factors, one good, one consumer; all markets are those of the good and of the factors."""
    m = pyo.ConcreteModel()
    m.output = pyo.Var(initialize=10.0)
    m.price = pyo.Var(initialize=1.0)
    m.factor = pyo.Var(FACTORS, initialize={"labour": 6.0, "capital": 4.0})
    m.wage = pyo.Var(FACTORS, initialize=1.0)
    m.consumption = pyo.Var(initialize=10.0)
    m.endowment = pyo.Var(FACTORS, initialize={"labour": 6.0, "capital": 4.0})
    m.endowment.fix()
    hired = [Leaf(f, m.factor[f].value, m.wage[f], m.factor[f]) for f in FACTORS]
    define_nests(
        m,
        "firm",
        {"good": ces("output", 0.8, *hired)},
        price=lambda *_: m.price,
        quantity=lambda *_: m.output,
    )
    define_budget(
        m,
        "budget",
        income=lambda: sum(m.wage[f] * m.endowment[f] for f in FACTORS),
        outlay=lambda: m.price * m.consumption,
        scale=10.0,
    )
    if "good" in markets:
        define_market(
            m, "good_market", supply=lambda: m.output, demand=lambda: m.consumption, scale=10.0
        )
    for f in FACTORS:
        if f in markets:
            define_market(
                m,
                f"{f}_market",
                supply=lambda f=f: m.endowment[f],
                demand=lambda f=f: m.factor[f],
                scale=6.0,
            )
    if numeraire:
        m.price.fix()
    return m


@ENGINES
def test_one_market_left_out_and_a_numeraire_is_an_economy(by: Engine) -> None:
    m = exchange(FACTORS, numeraire=True)
    assert solve(m, by).residual < 1e-9
    m.endowment["labour"].fix(8.0)
    assert solve(m, by).residual < 1e-9
    assert m.consumption.value == pytest.approx(m.output.value)


@ENGINES
def test_all_markets_and_no_numeraire(by: Engine) -> None:
    """As many unknowns as equations, and a price level that nothing holds."""
    m = exchange((*FACTORS, "good"), numeraire=False)
    with pytest.raises(ClosureError) as caught:
        solve(m, by)
    said = str(caught.value)
    for name in ("price", "wage[labour]", "wage[capital]"):
        assert name in said
    assert "all of them can be multiplied by one factor" in said
    assert "numeraire" in said and "Walras" in said
    assert "factor" not in said.split("undetermined")[0]


@ENGINES
def test_all_markets_and_no_numeraire_after_a_shock(by: Engine) -> None:
    m = exchange((*FACTORS, "good"), numeraire=False)
    m.endowment["labour"].fix(8.0)
    with pytest.raises(ClosureError, match=r"undetermined.*numeraire"):
        solve(m, by)


@ENGINES
def test_no_numeraire_and_a_market_left_out_names_the_prices(by: Engine) -> None:
    m = exchange(FACTORS, numeraire=False)
    with pytest.raises(ClosureError, match=r"1 more unknowns than equations.*wage\[labour\]"):
        solve(m, by)


def test_a_market_and_a_numeraire_too_many_are_counted() -> None:
    m = exchange((*FACTORS, "good"), numeraire=True)
    with pytest.raises(ClosureError, match=r"1 more equations than unknowns.*1 equation too many"):
        solve(m)


@ENGINES
def test_a_variable_that_no_nest_holds_is_named(by: Engine) -> None:
    """A leaf without benchmark value is left out of its nest, with the demand for it."""
    m = exchange(FACTORS, numeraire=True)
    m.energy = pyo.Var(initialize=0.0)
    with pytest.raises(ClosureError, match="no equation contains energy"):
        solve(m, by)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -1.0, "3"])
def test_a_leaf_with_a_value_that_is_none(value: float) -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(["a", "b"], initialize=1.0)
    leaves = [Leaf("a", 1.0, 1.0, m.x["a"]), Leaf("b", value, 1.0, m.x["b"])]
    with pytest.raises(ValueError, match="nest work: the benchmark value of 'b' is"):
        ces("work", 0.5, *leaves)


def test_two_leaves_of_one_name() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(["a", "b"], initialize=1.0)
    leaves = [Leaf("a", 1.0, 1.0, m.x["a"]), Leaf("a", 1.0, 1.0, m.x["b"])]
    with pytest.raises(ValueError, match="nest work: two inputs are called 'a'"):
        ces("work", 0.5, *leaves)
    tree = Nest("work", 0.5, tuple(map(Input, leaves)))
    with pytest.raises(ValueError, match="nest work of steel: two inputs are called 'a'"):
        define_nests(m, "t", {"steel": tree}, price=lambda *_: 1.0, quantity=lambda *_: 1.0)


def test_a_nest_called_like_the_tree_it_stands_in() -> None:
    m = pyo.ConcreteModel()
    inner = ces("work", 0.5, Leaf("a", 1.0, 1.0, 1.0), Leaf("b", 1.0, 1.0, 1.0))
    tree = ces("work", 0.5, inner, Leaf("c", 1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="work of steel stands twice"):
        define_nests(m, "t", {"steel": tree}, price=lambda *_: 1.0, quantity=lambda *_: 1.0)
