"""What the generic blocks promise, one by one."""

from __future__ import annotations

from io import StringIO
from math import prod

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.calibration.sam_table import read_sam
from engels.data import EngelsInputError
from engels.model.algebra.accumulation import Capital, define_accumulation, define_investment_choice
from engels.model.algebra.demand import define_linear_expenditure, linear_expenditure_parameters
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.errors import ClosureError
from engels.model.algebra.nests import Input, Leaf, at, ces, define_nests, technology
from engels.model.algebra.saving import define_euler
from engels.model.solving.compiled import Compiled
from engels.model.solving.multistart import multistart
from engels.model.solving.solve import solve

quantity = st.floats(0.2, 5.0)


@settings(max_examples=30, deadline=None)
@given(
    sigma=st.sampled_from([0.0, 0.3, 1.0, 1.7]),
    scale=quantity,
    weight=st.floats(0.1, 0.9),
    prices=st.tuples(quantity, quantity),
)
def test_technology_is_the_textbook_function(
    sigma: float, scale: float, weight: float, prices: tuple[float, float]
) -> None:
    """The nest's demands produce one unit, at the unit cost that it says, by the function given."""
    weights = {"a": weight, "b": 1 - weight}
    share, e = technology(sigma, scale, weights)
    m = pyo.ConcreteModel()
    m.x, m.p = pyo.Var("ab", initialize=1.0), pyo.Var(initialize=1.0)
    price = dict(zip("ab", prices, strict=True))
    tree = ces("y", sigma, *(Input(Leaf(c, share[c], price[c], m.x[c]), e) for c in "ab"))
    define_nests(m, "firm", {"y": tree}, price=lambda *_: m.p, quantity=lambda *_: 1.0)
    solve(m)
    x = {c: m.x[c].value for c in "ab"}
    if sigma == 0:
        made = scale * min(x[c] / weights[c] for c in "ab")
    elif sigma == 1:
        made = scale * prod(x[c] ** weights[c] for c in "ab")
    else:
        r = (sigma - 1) / sigma
        made = scale * sum(weights[c] * x[c] ** r for c in "ab") ** (1 / r)
    assert made == pytest.approx(1, rel=1e-8)
    assert m.p.value == pytest.approx(sum(price[c] * x[c] for c in "ab"), rel=1e-8)


def test_leaf_at_a_benchmark_price_other_than_one() -> None:
    m = pyo.ConcreteModel()
    m.x, m.p = pyo.Var(initialize=1.0), pyo.Var(initialize=1.0)
    tree = ces("y", 0.5, Leaf("taxed", 12.0, 1.2, m.x, benchmark_price=1.2))
    define_nests(m, "firm", {"y": tree}, price=lambda *_: m.p, quantity=lambda *_: 12.0)
    solve(m)
    assert m.x.value == pytest.approx(10)
    assert m.p.value == pytest.approx(1)


def test_values_functions_and_expressions_of_a_year() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var([1, 2], initialize=3.0)
    assert at(2.0, 1) == 2.0
    assert at(m.x[1], 2) is m.x[1]
    assert at(lambda t: m.x[t], 2) is m.x[2]


def test_nest_without_value() -> None:
    with pytest.raises(ValueError, match="nest empty: no input has a benchmark value"):
        ces("empty", 1.0, Leaf("nothing", 0.0, 1.0, 1.0))


def test_linear_expenditure_meets_its_elasticities() -> None:
    """Spending more by a thousandth moves each demand by its expenditure elasticity."""
    base = {("food", "h"): 40.0, ("rest", "h"): 60.0}
    gamma, beta = linear_expenditure_parameters(
        np.array([[40.0], [60.0]]), np.array([[0.5], [4 / 3]]), np.array([-2.0])
    )
    m = pyo.ConcreteModel()
    m.x, m.z = pyo.Var(list(base), initialize=base), pyo.Var(initialize=50.0)
    m.spending = pyo.Var(initialize=100.1)
    m.spending.fix()
    define_linear_expenditure(
        m,
        "household",
        base,
        spending=lambda h, t: m.spending,
        supernumerary=lambda h, t: m.z,
        price=lambda i, t: 1.0,
        consumption=lambda i, h, t: m.x[i, h],
        committed={("food", "h"): float(gamma[0, 0]), ("rest", "h"): float(gamma[1, 0])},
        marginal={("food", "h"): float(beta[0, 0]), ("rest", "h"): float(beta[1, 0])},
    )
    solve(m)
    assert m.z.value == pytest.approx(50.1)
    assert m.x["food", "h"].value == pytest.approx(40 * (1 + 0.5e-3))
    assert m.x["rest", "h"].value == pytest.approx(60 * (1 + 4 / 3 * 1e-3))


@pytest.mark.parametrize(("supply", "price"), [(1.0, 1.0), (3.0, 0.0)])
def test_good_that_may_be_free(supply: float, price: float) -> None:
    """Demand 2 - p against a supply that may exceed what is wanted at no price."""
    m = pyo.ConcreteModel()
    m.p = pyo.Var(initialize=0.5)
    define_market(m, "market", supply=lambda: supply, demand=lambda: 2 - m.p, price=lambda: m.p)
    solve(m)
    assert m.p.value == pytest.approx(price, abs=1e-6)
    assert Compiled(m).complementarity()["market"] < 1e-6


def test_investment_stops_before_it_turns_negative() -> None:
    """Installed capital that is worth less than new capital is left to wear out."""
    m = pyo.ConcreteModel()
    m.K, m.I = pyo.Var([0, 1], initialize=10.0), pyo.Var([0], initialize=1.0)
    m.K[0].fix()
    capital = Capital(
        stock=lambda t: m.K[t],
        investment=lambda t: m.I[t],
        depreciation=0.1,
        benchmark=10.0,
        value=lambda t: 0.6,
        usual_rate=0.1,
        adjustment=2.0,
    )
    define_accumulation(m, "accumulation", years=[0], capital=capital)
    define_investment_choice(m, "choice", years=[0], capital=capital)
    solve(m)
    assert m.I[0].value == pytest.approx(0, abs=1e-6)
    assert m.K[1].value == pytest.approx(9, abs=1e-6)


def test_euler_with_prices_and_wedge() -> None:
    """(C'/C)^2 = 0.96 omega (1 + r) p / p' with ies 1/2."""
    m = pyo.ConcreteModel()
    m.C = pyo.Var([0, 1], initialize=1.0)
    m.C[0].fix()
    p = {0: 1.0, 1: 1.02}
    define_euler(
        m,
        "euler",
        [0],
        consumption=lambda t: m.C[t],
        interest=lambda t: 0.05,
        discount=0.96,
        elasticity=0.5,
        price=lambda t: p[t],
        wedge=lambda t: 1.01,
    )
    solve(m)
    assert m.C[1].value == pytest.approx((0.96 * 1.01 * 1.05 / 1.02) ** 0.5)


def test_multistart_keeps_negative_quantities_apart() -> None:
    """x^2 - x = 2: two solutions, one of which is a quantity."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.e = pyo.Constraint(expr=m.x**2 - m.x == 2)
    m.x.set_value(3.0)
    found = multistart(m, starts=12, seed=3, spread=3.0)
    assert [s.values["x"][None] for s in found.solutions] == pytest.approx([2])
    assert [s.values["x"][None] for s in found.no_economy] == pytest.approx([-1])
    m.x.set_value(3.0)
    again = multistart(m, starts=12, seed=3, spread=3.0)
    assert again.summary() == found.summary()


def test_multistart_refuses_what_makes_no_sense() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    with pytest.raises(ClosureError, match="1 more unknowns than equations"):
        multistart(m, starts=1)
    with pytest.raises(ValueError, match="spread is positive"):
        multistart(m, starts=1, spread=0.0)


GOOD = ",a,b\na,1,2\nb,2,\n"


def test_sam_is_read_square_and_balanced() -> None:
    sam = read_sam(StringIO(GOOD))
    assert sam.loc["a", "b"] == 2
    assert sam.loc["b", "b"] == 0
    one_sided = read_sam(StringIO(" , a, b\n b, 1, \n a, , 1\n"))
    assert list(one_sided.index) == list(one_sided.columns)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (",a,b\na,1,3\nb,2,\n", "account a: receives 4, pays 3"),
        (",a,b\na,1,x\nb,2,\n", "row a, column b: 'x' is no number"),
        (",a,b\na,1,nan\nb,2,\n", "row a, column b: 'nan' is no number"),
        (",a,b\na,1,2\na,2,\n", "row a stands twice"),
        (",a,a\na,1,2\nb,2,\n", "column a stands twice"),
    ],
)
def test_sam_that_is_wrong(table: str, message: str) -> None:
    with pytest.raises(EngelsInputError, match=message):
        read_sam(StringIO(table))
