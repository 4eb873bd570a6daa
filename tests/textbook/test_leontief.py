"""Leontief's open model, in the example of Miller & Blair (2009, Input-Output Analysis, chapter 2).

           1      2   final   output
1        150    500     350     1000
2        200    100    1700     2000
value    650   1400
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Leaf, Nest, ces, define_nests
from engels.model.solving.solve import solve

Z = {(1, 1): 150.0, (1, 2): 500.0, (2, 1): 200.0, (2, 2): 100.0}
VALUE_ADDED = {1: 650.0, 2: 1400.0}
FINAL = {1: 350.0, 2: 1700.0}
OUTPUT = {1: 1000.0, 2: 2000.0}


def economy() -> pyo.ConcreteModel:
    """Fixed inputs; final demand and the price of value added are given."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(OUTPUT, initialize=OUTPUT)
    m.z = pyo.Var(Z, initialize=Z)
    m.v = pyo.Var(OUTPUT, initialize=VALUE_ADDED)
    m.p = pyo.Var(OUTPUT, initialize=1.0)
    m.w = pyo.Var(OUTPUT, initialize=1.0)
    m.f = pyo.Var(OUTPUT, initialize=FINAL)
    m.f.fix()
    m.w.fix()

    def sector(j: int) -> Nest:
        inputs = (Leaf(f"good {i}", Z[i, j], m.p[i], m.z[i, j]) for i in OUTPUT)
        return ces("output", 0, *inputs, Leaf("value added", VALUE_ADDED[j], m.w[j], m.v[j]))

    define_nests(
        m,
        "sector",
        {j: sector(j) for j in OUTPUT},
        price=lambda j, _: m.p[j],
        quantity=lambda j, _: m.x[j],
    )
    define_market(
        m,
        "market",
        OUTPUT,
        supply=lambda i: m.x[i],
        demand=lambda i: sum(m.z[i, j] for j in OUTPUT) + m.f[i],
        scale=lambda i: OUTPUT[i],
    )
    return m


def test_new_final_demand() -> None:
    m = economy()
    m.f[1].fix(600.0)
    m.f[2].fix(1500.0)
    solve(m)
    assert [x.value for x in m.x.values()] == pytest.approx(
        [1247.5247524752, 1841.5841584158], abs=5.1e-11
    )
    assert [p.value for p in m.p.values()] == pytest.approx([1, 1], abs=1e-14)


def test_cost_push() -> None:
    """The same economy read as prices: wages in sector 1 up by a tenth, p = (I - A')^-1 v."""
    m = economy()
    m.w[1].fix(1.1)
    solve(m)
    determinant = 0.85 * 0.95 - 0.25 * 0.2
    expected = [1 + 0.065 * 0.95 / determinant, 1 + 0.065 * 0.25 / determinant]
    assert [p.value for p in m.p.values()] == pytest.approx(expected, rel=1e-14)
