"""Lau, Pahlke & Rutherford (2002, JEDC 26: 577-609): a Ramsey economy off a balanced growth path.

           firm  consumption  investment   household
output      10         -7.5        -2.5
labour      -7                                     7
capital     -3                                     3        income of a stock of 25
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.algebra.accumulation import (
    Capital,
    closing_growth,
    define_accumulation,
    define_arbitrage,
    define_horizon,
    define_investment_choice,
    steady_investment,
)
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Leaf, ces, define_nests
from engels.model.algebra.saving import define_euler
from engels.model.solving.solve import solve

GROWTH, INTEREST, DELTA, K0 = 0.02, 0.04, 0.08, 25.0
OUTPUT, CONSUMPTION, INVESTMENT, WAGES, RENTALS = 10.0, 7.5, 2.5, 7.0, 3.0


def economy(years: int, rule: str = "steady investment") -> pyo.ConcreteModel:
    """Cobb-Douglas output, logarithmic utility; the good is the numeraire of each year."""
    T = range(years)
    trend = {t: (1 + GROWTH) ** t for t in range(years + 1)}
    m = pyo.ConcreteModel()
    m.K = pyo.Var(trend, initialize=lambda _, t: K0 * trend[t])
    m.Y, m.C, m.I = (
        pyo.Var(T, initialize=lambda _, t, x=x: x * trend[t])
        for x in (OUTPUT, CONSUMPTION, INVESTMENT)
    )
    m.R = pyo.Var(T, initialize=RENTALS / K0)
    m.q, m.w = pyo.Var(T, initialize=1.0), pyo.Var(T, initialize=1.0)
    m.r = pyo.Var(T[:-1], initialize=INTEREST)
    m.subsidy = pyo.Var(T, initialize=0.0)  # share of the rental that the government pays
    m.K[0].fix()
    m.subsidy.fix()

    def cost(t: int) -> object:
        return m.R[t] * (1 - m.subsidy[t])

    firm = ces(
        "output",
        1,
        Leaf("capital", RENTALS, cost, lambda t: m.K[t], benchmark_price=RENTALS / K0),
        Leaf("labour", WAGES, lambda t: m.w[t], lambda t: WAGES * trend[t]),
    )
    capital = Capital(
        stock=lambda t: m.K[t],
        investment=lambda t: m.I[t],
        value=lambda t: m.q[t],
        income=lambda t: m.R[t],
        depreciation=DELTA,
        usual_rate=INVESTMENT / K0,
        benchmark=K0,
    )
    define_nests(m, "firm", {"Y": firm}, T, price=lambda *_: 1.0, quantity=lambda _, t: m.Y[t])
    define_market(
        m, "goods", T, supply=lambda t: m.Y[t], demand=lambda t: m.C[t] + m.I[t], scale=OUTPUT
    )
    define_accumulation(m, "accumulation", years=T, capital=capital)
    define_investment_choice(m, "choice", years=T, capital=capital)
    define_arbitrage(m, "arbitrage", years=T[:-1], capital=capital, interest=lambda t: m.r[t])
    define_euler(
        m,
        "euler",
        T[:-1],
        consumption=lambda t: m.C[t],
        interest=lambda t: m.r[t],
        discount=(1 + GROWTH) / (1 + INTEREST),
        elasticity=1.0,
    )
    condition = {
        "steady investment": steady_investment(lambda t: m.I[t], lambda t: m.Y[t]),
        "closing growth": closing_growth(lambda t: m.K[t], 1 + GROWTH, root=0.89),
    }[rule]
    define_horizon(m, "horizon", last=T[-1], condition=condition)
    return m


def test_balanced_growth() -> None:
    m = economy(11)
    solve(m)
    for variable, base in ((m.Y, OUTPUT), (m.C, CONSUMPTION), (m.I, INVESTMENT), (m.K, K0)):
        for t, x in variable.items():
            assert x.value == pytest.approx(base * 1.02**t, rel=1e-13)


def test_subsidy_on_rentals() -> None:
    m = economy(11)
    m.subsidy.fix(0.1)
    solve(m)
    found = [m.C[t].value for t in (0, 5, 10)]
    assert found == pytest.approx([6.951483, 7.991729, 8.973592], abs=5.1e-7)


def test_a_short_horizon_bends_the_path() -> None:
    """Both rules find the endless path where the horizon is far; closing gaps bends a near one less."""
    first: dict[tuple[str, int], float] = {}
    for rule in ("steady investment", "closing growth"):
        for years in (11, 120):
            m = economy(years, rule)
            m.subsidy.fix(0.1)
            solve(m)
            first[rule, years] = m.C[0].value
    endless = first["closing growth", 120]
    assert first["steady investment", 120] == pytest.approx(endless, rel=1e-12)
    assert abs(first["steady investment", 11] / endless - 1) == pytest.approx(0.0027, abs=1e-4)
    assert abs(first["closing growth", 11] / endless - 1) == pytest.approx(0.0009, abs=1e-4)
