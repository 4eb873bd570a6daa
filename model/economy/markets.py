"""Markets: goods, AI services, labour, and the numeraire.

    goods    Q_i = intermediate + C_i + G_i + I_i + inventory_i + compute's investment and running goods
    AI       Q_ai = sum of purchases
    labour   sum_j L_js = L_s                              one wage per skill
    units    consumer price index = numeraire

Every market is cleared but one: that saving equals investment follows from the others (Walras' law) and
is checked after each solve instead of imposed.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.equilibrium import define_market
from engels.model.economy.compute import investment_benchmark, running_goods
from engels.model.economy.slots import government_volume


def define_markets(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    T, c = m.years, b.compute
    invested = investment_benchmark(b)
    total_i, bought = float(b.investment.sum()), float(b.government.sum())

    def goods_demand(i: str, t: int) -> Any:
        n = b.index(i)
        if i == b.ai:
            return sum(m.ai_use[j, u, t] for j, u in m.ai_users)
        use = m.intermediate_demand[i, t] if i in m.inputs else 0.0
        use += sum(m.consumption[i, h, t] for h in b.households if (i, h) in m.wants)
        if b.government[n] != 0:
            use += float(b.government[n]) / bought * government_volume(m, b, t)
        use += float(b.investment[n]) / total_i * m.investment_total[t]
        use += float(b.inventory[n]) * m.inventory[t]
        if c.other[n] > 0:
            use += float(c.other[n]) / invested * m.compute_purchases[t]
        if c.operation[n] > 0:
            use += running_goods(m, b, n, t)
        return use

    define_market(
        m,
        "goods_market",
        b.sectors,
        T,
        supply=lambda i, t: m.composite[i, t],
        demand=goods_demand,
        scale=lambda i, t: pyo.value(m.composite[i, T.first()]),
    )
    define_market(
        m,
        "labour_market",
        b.skills,
        T,
        supply=lambda s, t: m.labour_supply[s, t],
        demand=lambda s, t: sum(m.labour[j, k, t] for j, k in m.jobs if k == s),
        scale=lambda s, t: float(b.labour[:, b.skills.index(s)].sum()),
    )
    m.numeraire_definition = pyo.Constraint(
        T, rule=lambda _, t: m.price_consumption[t] == m.numeraire[t]
    )
