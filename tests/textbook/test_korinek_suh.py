"""Korinek & Suh (2024, NBER 32255): artificial general intelligence within twenty years, baseline.

A planner maximises the utility of consumption. Output is made of tasks, by capital or labour:

    Y = A (theta (K/theta)^((s-1)/s) + (1 - theta) (L/(1 - theta))^((s-1)/s))^(s/(s-1))
    theta <= Phi  ⊥  w >= R         of the share Phi of tasks that can be automated, theta are
    dK/dt = Y - delta K - C,        dC/dt / C = (R - delta - rho) / eta

Phi rises in a straight line to 1 in twenty years. From then on Y = A (K + L), which gives the policy at
the horizon in closed form. Time is continuous: flows over a step are the mean of its two ends.
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.accumulation import Capital, define_accumulation, define_horizon
from engels.model.complementarity import define_complementarity
from engels.model.nests import Input, Leaf, ces, define_nests
from engels.model.saving import define_euler
from engels.model.solve import solve

RHO, ETA, DELTA, SIGMA, A = 0.04, 2.0, 0.1, 0.5, 0.5
PHI0, K0, YEARS, STEP = 0.608, 4.6, 20, 0.025
GROWTH = (A - RHO - DELTA) / ETA  # once every task is automated


def economy() -> pyo.ConcreteModel:
    """Variables at the points in time n * STEP; consumption is the numeraire, L = 1."""
    N = round(YEARS / STEP)
    T = range(N + 1)
    phi = {n: PHI0 + (1 - PHI0) * n / N for n in T}
    m = pyo.ConcreteModel()
    m.K = pyo.Var(T, initialize=lambda _, n: K0 * (10 ** (n / N)))
    m.C = pyo.Var(T, initialize=lambda _, n: 1.6 * (6 ** (n / N)))
    m.Y = pyo.Var(T, initialize=lambda _, n: 2.1 * (10 ** (n / N)))
    m.R = pyo.Var(T, initialize=0.3)
    m.w = pyo.Var(T, initialize=1.5)
    m.theta = pyo.Var(T, initialize=lambda _, n: min(phi[n], 0.97))
    m.K[0].fix()

    output = ces(
        "output",
        SIGMA,
        Input(Leaf("capital", PHI0, lambda n: m.R[n], lambda n: m.K[n]), A, lambda n: m.theta[n]),
        Input(
            Leaf("labour", 1 - PHI0, lambda n: m.w[n], lambda _: 1.0), A, lambda n: 1 - m.theta[n]
        ),
    )
    define_nests(m, "firm", {"Y": output}, T, price=lambda *_: 1.0, quantity=lambda _, n: m.Y[n])
    define_complementarity(m, "tasks", T, lambda n: (phi[n] - m.theta[n], m.w[n] / m.R[n] - 1))

    def over_step(flow: object) -> object:
        return lambda n: STEP / 2 * (flow(n) + flow(n + 1))

    net_saving = over_step(lambda n: m.Y[n] - DELTA * m.K[n] - m.C[n])
    net_return = over_step(lambda n: m.R[n] - DELTA)
    stock = Capital(stock=lambda n: m.K[n], investment=net_saving, benchmark=K0)
    define_accumulation(m, "accumulation", years=T[:-1], capital=stock)
    define_euler(
        m,
        "euler",
        T[:-1],
        consumption=lambda n: m.C[n],
        interest=lambda n: pyo.exp(net_return(n)) - 1,
        discount=pyo.exp(-RHO * STEP),
        elasticity=1 / ETA,
    )
    capital_share = A - DELTA - GROWTH  # C = (A - delta - g) (K + A L / (A - delta))
    define_horizon(
        m,
        "horizon",
        last=N,
        condition=lambda n: m.C[n] == capital_share * (m.K[n] + A / (A - DELTA)),
    )
    return m


def test_golden_path() -> None:
    m = economy()
    solve(m)
    for year, *golden in (
        (0, 4.6, 1.6012, 2.1365, 1.4029, 0.1595),
        (5, 5.9204, 1.8823, 2.9304, 1.4845, 0.2442),
        (10, 9.5840, 2.6622, 4.7231, 1.7139, 0.3140),
        (15, 18.9430, 4.5931, 9.5140, 1.7386, 0.4105),
        (20, 46.2890, 10.4586, 23.6445, 0.5, 0.5),
    ):
        n = round(year / STEP)
        found = [x[n].value for x in (m.K, m.C, m.Y, m.w, m.R)]
        assert found == pytest.approx(golden, abs=5.1e-5)


def test_wages_rise_and_collapse_before_full_automation() -> None:
    m = economy()
    solve(m)
    wage = {n * STEP: w.value for n, w in m.w.items()}
    peak = max(wage, key=lambda year: wage[year])
    assert peak == pytest.approx(13.20, abs=STEP)
    assert wage[peak] == pytest.approx(1.8237, abs=5e-5)
    abundant = next(year for year in wage if wage[year] < A * (1 + 1e-6))
    assert abundant == pytest.approx(18.61, abs=STEP)
