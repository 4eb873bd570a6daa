"""Manne's optimal growth in the GAMS model library (ramsey, 63): eleven years, a ceiling on investment.

    maximise sum_t b_t log C_t        b_t = beta^t, in the last year beta^t / (1 - beta)
    Y_t = a (1 + g)^((1 - s)(t - 1)) K_t^s = C_t + I_t,   K_t+1 = K_t + I_t,   I_T >= g K_T
    I_t <= i0 (1 + ac)^(t - 1)        what the economy can absorb

The market economy whose prices are the optimum's multipliers: capacity to absorb investment has a rent,
the weight of the last year is a wedge in the Euler equation, and capital that is left at the horizon
obliges its owner to invest g of it, which is its value then.
"""

from __future__ import annotations

from math import log

import pyomo.environ as pyo
import pytest

from engels.model.algebra.accumulation import (
    Capital,
    define_accumulation,
    define_arbitrage,
    define_horizon,
    define_investment_choice,
)
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Input, Leaf, ces, define_nests, technology
from engels.model.algebra.saving import define_euler
from engels.model.solving.solve import solve

LAST, BETA, SHARE, G, ABSORB = 11, 0.95, 0.25, 0.03, 0.15
K0, I0, C0 = 3.0, 0.05, 0.95


def economy(relaxed: float = 0.0) -> pyo.ConcreteModel:
    """``relaxed``: by how much the inequalities of the optimum are relaxed."""
    T = range(1, LAST + 1)
    m = pyo.ConcreteModel()
    m.K = pyo.Var(T, initialize=3.2)
    m.Y, m.C, m.w = (pyo.Var(T, initialize=x) for x in (1.1, 1.0, 0.8))
    m.I, m.R = pyo.Var(T, initialize=0.06), pyo.Var(T, initialize=0.08)
    m.q, m.rent = pyo.Var(T[:-1], initialize=1.1), pyo.Var(T[:-1], initialize=0.1)
    m.r = pyo.Var(T[:-1], initialize=0.08)
    m.K[1].fix(K0)

    share, efficiency = technology(1, (C0 + I0) / K0**SHARE, {"K": SHARE, "L": 1 - SHARE})
    firm = ces(
        "output",
        1,
        Input(Leaf("capital", share["K"], lambda t: m.R[t], lambda t: m.K[t]), efficiency),
        Input(
            Leaf("labour", share["L"], lambda t: m.w[t], lambda t: (1 + G) ** (t - 1)), efficiency
        ),
    )
    capital = Capital(
        stock=lambda t: m.K[t],
        investment=lambda t: m.I[t],
        value=lambda t: m.q[t] if t < LAST else -G,
        price=lambda t: 1 + m.rent[t],
        income=lambda t: m.R[t],
        usual_rate=I0 / K0,
        benchmark=K0,
    )
    define_nests(m, "firm", {"Y": firm}, T, price=lambda *_: 1.0, quantity=lambda _, t: m.Y[t])
    define_market(m, "goods", T, supply=lambda t: m.Y[t], demand=lambda t: m.C[t] + m.I[t])
    define_market(
        m,
        "absorption",
        T[:-1],
        supply=lambda t: I0 * (1 + ABSORB) ** (t - 1) + (relaxed if t > 1 else 0.0),
        demand=lambda t: m.I[t],
        scale=I0,
        price=lambda t: m.rent[t],
    )
    define_accumulation(m, "accumulation", years=T[:-1], capital=capital)
    define_investment_choice(m, "choice", years=T[:-1], capital=capital)
    define_arbitrage(m, "arbitrage", years=T[:-1], capital=capital, interest=lambda t: m.r[t])
    define_euler(
        m,
        "euler",
        T[:-1],
        consumption=lambda t: m.C[t],
        interest=lambda t: m.r[t],
        discount=BETA,
        elasticity=1.0,
        wedge=lambda t: 1.0 if t + 1 < LAST else 1 / (1 - BETA),
    )
    define_horizon(m, "horizon", last=LAST, condition=lambda t: m.I[t] == G * m.K[t] - relaxed)
    return m


def utility(m: pyo.ConcreteModel) -> float:
    weight = {t: BETA**t / (1 - BETA if t == LAST else 1) for t in m.C}
    return sum(weight[t] * log(m.C[t].value) for t in m.C)


def test_optimum() -> None:
    m = economy()
    solve(m)
    binding = [t for t in m.rent if m.rent[t].value > 1e-6]
    assert binding == [1, 2, 3, 4, 5, 6, 7]
    assert utility(m) == pytest.approx(2.487468638961580, rel=1e-13)
    assert utility(m) == pytest.approx(2.4875, abs=5e-5)  # as the library prints it


def test_optimum_of_a_solver_that_relaxes_bounds() -> None:
    """2.4874687339 is what Ipopt finds, which relaxes every inequality by 1e-8 unless told not to."""
    m = economy(relaxed=1e-8)
    solve(m)
    assert utility(m) == pytest.approx(2.4874687339, abs=5.1e-11)
