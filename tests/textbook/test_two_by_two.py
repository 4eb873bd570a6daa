"""The two-by-two economy of MPSGE's introductions (Rutherford 1999), with three counterfactuals.

       X     Y     W   consumer
PX   100        -100
PY          50   -50
PW               150       -150
PL   -50   -20              70
PK   -50   -30              80
"""

from __future__ import annotations

from math import sqrt

import pyomo.environ as pyo
import pytest

from engels.model.algebra.equilibrium import define_budget, define_market
from engels.model.algebra.nests import Leaf, ces, define_nests
from engels.model.solving.solve import solve

MADE = {"X": 100.0, "Y": 50.0}
USED = {("L", "X"): 50.0, ("K", "X"): 50.0, ("L", "Y"): 20.0, ("K", "Y"): 30.0}
OWNED = {"L": 70.0, "K": 80.0}


def economy(numeraire: str) -> pyo.ConcreteModel:
    """All elasticities 1; activity levels X, Y are multiples of the benchmark's."""
    m = pyo.ConcreteModel()
    m.activity = pyo.Var(MADE, initialize=1.0)
    m.use = pyo.Var(USED, initialize=USED)
    m.buy = pyo.Var(MADE, initialize=MADE)
    m.utility = pyo.Var(initialize=sum(MADE.values()))
    m.price = pyo.Var([*MADE, *OWNED, "W"], initialize=1.0)
    m.income = pyo.Var(initialize=sum(OWNED.values()))
    m.endowment = pyo.Var(OWNED, initialize=OWNED)
    m.tax = pyo.Var(MADE, initialize=0.0)  # on output, as a share of the price
    for given in (m.endowment, m.tax, m.price[numeraire]):
        given.fix()

    firms = {
        j: ces(j, 1, *(Leaf(f, USED[f, j], m.price[f], m.use[f, j]) for f in OWNED)) for j in MADE
    }
    wants = {"W": ces("W", 1, *(Leaf(j, MADE[j], m.price[j], m.buy[j]) for j in MADE))}
    define_nests(
        m,
        "firms",
        firms,
        price=lambda j, _: m.price[j] * (1 - m.tax[j]),
        quantity=lambda j, _: MADE[j] * m.activity[j],
    )
    define_nests(m, "wants", wants, price=lambda j, _: m.price[j], quantity=lambda *_: m.utility)
    define_market(
        m, "goods", MADE, supply=lambda j: MADE[j] * m.activity[j], demand=lambda j: m.buy[j]
    )
    define_market(  # that of capital follows from the others
        m,
        "labour",
        supply=lambda: m.endowment["L"],
        demand=lambda: sum(m.use["L", j] for j in MADE),
    )
    factors = sum(m.price[f] * m.endowment[f] for f in OWNED)
    revenue = sum(m.tax[j] * m.price[j] * MADE[j] * m.activity[j] for j in MADE)
    define_budget(m, "earning", income=lambda: factors + revenue, outlay=lambda: m.income)
    define_budget(m, "spending", income=lambda: m.income, outlay=lambda: m.price["W"] * m.utility)
    return m


def test_benchmark() -> None:
    m = economy("X")
    solve(m)
    assert [x.value for x in m.price.values()] == pytest.approx([1.0] * 5, abs=1e-14)


def test_more_labour() -> None:
    m = economy("X")
    m.endowment["L"].fix(77.0)
    solve(m)
    assert m.activity["X"].value == pytest.approx(sqrt(1.1), rel=1e-14)
    assert m.activity["Y"].value == pytest.approx(1.0388601182540846, rel=1e-14)
    prices = {"Y": 1.009576582776887, "L": 0.953462589245592, "K": 1.0488088481701519}
    assert {k: m.price[k].value for k in prices} == pytest.approx(prices, rel=1e-14)


@pytest.mark.parametrize(
    ("rate", "printed"),
    [
        (0.1, (1.0116855689, 1.1123672179, 1.1709323695, 1.1105769136, 177.6923068929)),
        (0.5, (0.7888106377, 1.5521999427, 2.1692292538, 1.1763888889, 256.6666667)),
    ],
)
def test_output_tax(rate: float, printed: tuple[float, ...]) -> None:
    m = economy("L")
    m.endowment["L"].fix(77.0)  # the taxes come on top of more labour
    m.tax["X"].fix(rate)
    solve(m)
    found = [m.activity["X"], m.activity["Y"], m.price["X"], m.price["K"], m.income]
    # With budget shares 2/3, 1/3 and labour shares 1/2, 2/5, wages are 77 = ((1 - t)/3 + 2/15) income.
    income = 77 / ((1 - rate) / 3 + 2 / 15)
    assert m.income.value == pytest.approx(income, rel=1e-14)
    assert m.price["K"].value == pytest.approx(income * ((1 - rate) / 3 + 1 / 5) / 80, rel=1e-14)
    # The printed numbers for 10% stopped at a solver's tolerance, 1e-8 from this exact solution.
    closest = 1e-8 if rate == 0.1 else 2e-10
    assert [x.value for x in found] == pytest.approx(list(printed), rel=closest)
