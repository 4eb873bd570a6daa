"""Ramsey's model of saving: steady state and stable root.

K* = (alpha / (1/beta - 1 + delta))^(1/(1 - alpha)),  and near it  K' - K* = root (K - K*)
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from engels.model.algebra.accumulation import (
    Capital,
    closing_growth,
    define_accumulation,
    define_arbitrage,
    define_horizon,
    define_investment_choice,
)
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Input, Leaf, ces, define_nests, technology
from engels.model.algebra.saving import define_euler
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.solve import solve

ALPHA, BETA, DELTA = 0.36, 0.96, 0.08


def economy(years: int, root: float = 0.9) -> pyo.ConcreteModel:
    """One good, which is the numeraire of each year; a worker; logarithmic utility."""
    T = range(years)
    m = pyo.ConcreteModel()
    m.K = pyo.Var(range(years + 1), initialize=5.0)
    m.Y, m.C, m.I, m.w = (pyo.Var(T, initialize=x) for x in (1.8, 1.4, 0.4, 1.2))
    m.R, m.q = pyo.Var(T, initialize=0.12), pyo.Var(T, initialize=1.0)
    m.r = pyo.Var(T[:-1], initialize=0.04)

    share, efficiency = technology(1, 1.0, {"K": ALPHA, "L": 1 - ALPHA})
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
        depreciation=DELTA,
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
    rule = closing_growth(lambda t: m.K[t], growth=1.0, root=root)
    define_horizon(m, "horizon", last=T[-1], condition=rule)
    return m


def steady(years: int) -> pyo.ConcreteModel:
    """The steady state: the first stock is found so that it does not change."""
    m = economy(years)
    m.stationary = pyo.Constraint(expr=m.K[1] == m.K[0])
    solve(m)
    m.del_component("stationary")
    m.K[0].fix()
    return m


def test_steady_state() -> None:
    m = steady(3)
    for t in range(3):
        found = [m.K[t].value, m.Y[t].value, m.C[t].value]
        printed = [5.446807380113, 1.840819160872, 1.405074570463]
        assert found == pytest.approx(printed, abs=5.1e-13)


def test_stable_root() -> None:
    """dK'/dK at the steady state, from the derivatives of the solved economy over 150 years."""
    m = steady(150)
    system = NewtonSystem(m)
    x, unknown = system.values(), system.unknowns()
    first, second = (system.position[id(m.K[t])] for t in (0, 1))
    jacobian = system.jacobian(x, unknown).toarray()
    swapped = unknown.copy()
    swapped[first], swapped[second] = True, False
    by_first = system.jacobian(x, swapped).toarray()[:, int(swapped[:first].sum())]
    change = np.linalg.solve(jacobian, -by_first)
    root = float(change[int(unknown[:second].sum())])
    assert root == pytest.approx(0.888306147470, abs=5.1e-13)


def test_path_hardly_depends_on_the_horizon() -> None:
    """Growth gaps that close at the economy's own root put the end where an endless path would."""
    paths = []
    for years in (15, 30, 120):
        m = economy(years, root=0.888306147470)
        m.K[0].fix(4.0)
        solve(m)
        paths.append([m.K[t].value for t in range(10)])
    assert paths[0] == pytest.approx(paths[2], rel=3e-4)
    assert paths[1] == pytest.approx(paths[2], rel=1e-6)
