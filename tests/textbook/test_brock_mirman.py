"""Brock & Mirman's growth model with logarithmic utility and full depreciation: K' = a b A K^a.

The saving rate is constant, so that investment grows with output in every year, the last one too.
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.algebra.accumulation import (
    Capital,
    define_accumulation,
    define_arbitrage,
    define_horizon,
    define_investment_choice,
    steady_investment,
)
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Input, Leaf, ces, define_nests, technology
from engels.model.algebra.saving import define_euler
from engels.model.solving.solve import solve

ALPHA, BETA, A, K0 = 0.33, 0.96, 1.0, 0.1


def economy(years: int) -> pyo.ConcreteModel:
    """One good, which is the numeraire of each year; a worker."""
    T = range(years)
    m = pyo.ConcreteModel()
    m.K = pyo.Var(range(years + 1), initialize=0.17)
    m.Y, m.C, m.I, m.w = (pyo.Var(T, initialize=x) for x in (0.5, 0.35, 0.15, 0.3))
    m.R, m.q = pyo.Var(T, initialize=1.0), pyo.Var(T, initialize=1.0)
    m.r = pyo.Var(T[:-1], initialize=0.04)
    m.K[0].fix(K0)

    share, efficiency = technology(1, A, {"K": ALPHA, "L": 1 - ALPHA})
    firm = ces(
        "output",
        1,
        Input(Leaf("capital", share["K"], lambda t: m.R[t], lambda t: m.K[t]), efficiency),
        Input(Leaf("labour", share["L"], lambda t: m.w[t], lambda _: 1.0), efficiency),
    )
    capital = Capital(
        stock=lambda t: m.K[t],
        investment=lambda t: m.I[t],
        value=lambda t: m.q[t],
        income=lambda t: m.R[t],
        depreciation=1.0,
    )
    define_nests(m, "firm", {"Y": firm}, T, price=lambda *_: 1.0, quantity=lambda _, t: m.Y[t])
    define_market(m, "goods", T, supply=lambda t: m.Y[t], demand=lambda t: m.C[t] + m.I[t])
    define_accumulation(m, "accumulation", years=T, capital=capital)
    define_investment_choice(m, "choice", years=T, capital=capital)
    define_arbitrage(m, "arbitrage", years=T[:-1], capital=capital, interest=lambda t: m.r[t])
    define_euler(
        m,
        "euler",
        T[:-1],
        consumption=lambda t: m.C[t],
        interest=lambda t: m.r[t],
        discount=BETA,
        elasticity=1.0,
    )
    rule = steady_investment(lambda t: m.I[t], lambda t: m.Y[t])
    define_horizon(m, "horizon", last=T[-1], condition=rule)
    return m


@pytest.mark.parametrize("years", [3, 10, 40])
def test_path_at_any_horizon(years: int) -> None:
    m = economy(years)
    solve(m)
    printed = [0.148178492760, 0.168711341994, 0.176093280972]
    assert [m.K[t].value for t in (1, 2, 3)] == pytest.approx(printed, abs=5.1e-13)
    for t in range(years):
        assert m.K[t + 1].value == pytest.approx(
            ALPHA * BETA * A * m.K[t].value ** ALPHA, rel=1e-12
        )
