"""Shoven & Whalley's two consumers, two goods and two factors (1984, Journal of Economic Literature 22).

production   X_j = phi_j (delta_j L^((s-1)/s) + (1 - delta_j) K^((s-1)/s))^(s/(s-1))
utility      U_h = (sum_j alpha_jh^(1/s) x_jh^((s-1)/s))^(s/(s-1))
"""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from engels.model.algebra.demand import define_utility
from engels.model.algebra.equilibrium import define_market
from engels.model.algebra.nests import Input, Leaf, Nest, ces, define_nests, technology
from engels.model.solving.solve import solve

GOODS, FACTORS = ("manufacturing", "other"), ("L", "K")
FIRMS = {"manufacturing": (1.5, 0.6, 2.0), "other": (2.0, 0.7, 0.5)}  # phi, delta, sigma
CONSUMERS = {"rich": ((0.5, 0.5), 1.5), "poor": ((0.3, 0.7), 0.75)}  # alpha, sigma
OWNED = {("rich", "K"): 25.0, ("poor", "L"): 60.0}


def economy() -> pyo.ConcreteModel:
    """Labour is the numeraire; nothing is calibrated, so that starting values are plain guesses."""
    m = pyo.ConcreteModel()
    m.factor_price = pyo.Var(FACTORS, initialize=1.0)
    m.price = pyo.Var(GOODS, initialize=1.0)
    m.output = pyo.Var(GOODS, initialize=40.0)
    m.use = pyo.Var(FACTORS, GOODS, initialize=20.0)
    m.buy = pyo.Var(GOODS, CONSUMERS, initialize=20.0)
    m.factor_price["L"].fix()

    def firm(j: str) -> Nest:
        phi, delta, sigma = FIRMS[j]
        share, efficiency = technology(sigma, phi, {"L": delta, "K": 1 - delta})
        leaves = [Leaf(f, share[f], m.factor_price[f], m.use[f, j]) for f in FACTORS]
        return ces(j, sigma, *(Input(leaf, efficiency) for leaf in leaves))

    def wants(h: str) -> Nest:
        alpha, sigma = CONSUMERS[h]
        return ces(
            h,
            sigma,
            *(Leaf(j, a, m.price[j], m.buy[j, h]) for j, a in zip(GOODS, alpha, strict=True)),
        )

    def income(h: str) -> object:
        return sum(v * m.factor_price[f] for (owner, f), v in OWNED.items() if owner == h)

    firms = {j: firm(j) for j in GOODS}
    define_nests(
        m, "firms", firms, price=lambda j, _: m.price[j], quantity=lambda j, _: m.output[j]
    )
    define_utility(m, "utility", {h: wants(h) for h in CONSUMERS}, spending=lambda h, _: income(h))
    define_market(
        m,
        "goods",
        GOODS,
        supply=lambda j: m.output[j],
        demand=lambda j: sum(m.buy[j, h] for h in CONSUMERS),
    )
    define_market(
        m, "capital", supply=lambda: 25.0, demand=lambda: sum(m.use["K", j] for j in GOODS)
    )
    return m


def test_equilibrium_without_taxes() -> None:
    m = economy()
    solve(m)
    assert m.factor_price["K"].value == pytest.approx(1.373471147, abs=5e-10)
    assert [p.value for p in m.price.values()] == pytest.approx(
        [1.3991106622, 1.0930764800], abs=5.1e-11
    )
    assert [q.value for q in m.output.values()] == pytest.approx(
        [24.9424728662, 54.3781702672], abs=5.1e-11
    )
    assert sum(m.use["L", j].value for j in GOODS) == pytest.approx(60, rel=1e-13)  # Walras' law
