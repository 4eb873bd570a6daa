"""Kehoe's production economy with three equilibria (1985, Journal of Economic Theory 36: 314-343).

Four consumers own one good each and have Cobb-Douglas utility; goods 3 and 4 make goods 1 and 2 by two
activities, which run only where they do not lose:

    y_j >= 0  ⊥  -sum_i p_i A_ij >= 0          sum_h x_ih = e_i + sum_j A_ij y_j
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.algebra.demand import define_cobb_douglas
from engels.model.algebra.equilibrium import define_market, define_zero_profit
from engels.model.solving.multistart import differences, multistart
from engels.model.solving.solve import solve

GOODS, ACTIVITIES = range(1, 5), range(1, 3)
A = {1: (6, -1), 2: (-1, 3), 3: (-4, -1), 4: (-1, -1)}
SHARE = {  # of good i (row) in the budget of consumer h (column)
    1: (0.52, 0.86, 0.5, 0.06),
    2: (0.4, 0.1, 0.2, 0.25),
    3: (0.04, 0.02, 0.2975, 0.0025),
    4: (0.04, 0.02, 0.0025, 0.6875),
}
OWNED = {1: 5.0, 2: 5.0, 3: 40.0, 4: 40.0}  # good h by consumer h
EQUILIBRIA = (
    (0.1594221, 0.25, 0.0386515, 0.5519265),
    (0.25, 0.25, 0.25, 0.25),
    (0.2751362, 0.25, 0.3086511, 0.1662126),
)


def economy(prices: tuple[float, ...] = EQUILIBRIA[1]) -> pyo.ConcreteModel:
    """Prices add up to one; ``prices`` are where the search starts."""
    m = pyo.ConcreteModel()
    m.p = pyo.Var(GOODS, initialize=lambda _, i: prices[i - 1])
    m.x = pyo.Var(GOODS, GOODS, initialize=lambda _, i, h: SHARE[i][h - 1] * OWNED[h])
    m.y = pyo.Var(ACTIVITIES, initialize=5.0)
    budget = {(i, h): SHARE[i][h - 1] for i in GOODS for h in GOODS}
    define_cobb_douglas(
        m,
        "consumers",
        budget,
        spending=lambda h, _: m.p[h] * OWNED[h],
        price=lambda i, _: m.p[i],
        consumption=lambda i, h, _: m.x[i, h],
    )
    define_zero_profit(
        m,
        "activity",
        ACTIVITIES,
        revenue=lambda j: sum(A[i][j - 1] * m.p[i] for i in GOODS if A[i][j - 1] > 0),
        cost=lambda j: -sum(A[i][j - 1] * m.p[i] for i in GOODS if A[i][j - 1] < 0),
        activity=lambda j: m.y[j],
    )
    define_market(  # that of good 4 follows from the others
        m,
        "market",
        GOODS[:-1],
        supply=lambda i: OWNED[i] + sum(A[i][j - 1] * m.y[j] for j in ACTIVITIES),
        demand=lambda i: sum(m.x[i, h] for h in GOODS),
        scale=10.0,
    )
    m.unit = pyo.Constraint(expr=sum(m.p[i] for i in GOODS) == 1)
    return m


@pytest.mark.parametrize("printed", EQUILIBRIA)
def test_each_equilibrium(printed: tuple[float, ...]) -> None:
    m = economy(printed)
    solve(m)
    assert [m.p[i].value for i in GOODS] == pytest.approx(printed, abs=5.1e-8)
    made = OWNED[4] + sum(A[4][j - 1] * m.y[j].value for j in ACTIVITIES)
    assert sum(m.x[4, h].value for h in GOODS) == pytest.approx(made, rel=1e-10)  # Walras' law


def test_multistart_finds_all_three() -> None:
    m = economy()
    found = multistart(m, starts=30, seed=1)
    prices = [tuple(s.values["p"][i] for i in GOODS) for s in found.solutions]
    assert len(prices) == 3
    for ours, printed in zip(sorted(prices), EQUILIBRIA, strict=True):
        assert ours == pytest.approx(printed, abs=5.1e-8)
    # it says which one it had and what the others are, and leaves the model where it was
    assert 0 in found.solutions[0].starts
    assert [m.p[i].value for i in GOODS] == pytest.approx(EQUILIBRIA[1], abs=5.1e-8)
    assert sum(s.count for s in found.solutions) + len(found.failed) == 31
    assert found.summary().startswith("3 solutions (")
    name, ours, other = differences(*found.solutions[:2])[0]
    assert name.startswith("x[")
    assert ours != pytest.approx(other, rel=0.1)
