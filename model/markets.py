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
from engels.model.compute import investment_benchmark, service_benchmark


def define_markets(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    T, c = m.years, b.compute
    invested, served = investment_benchmark(b), service_benchmark(b)
    total_i = float(b.investment.sum())

    def goods_rule(_: Any, i: str, t: int) -> Any:
        n = b.index(i)
        scale = pyo.value(m.composite[i, T.first()])
        if i == b.ai:
            use = sum(m.ai_use[j, u, t] for j, u in m.ai_users)
            return m.composite[i, t] / scale == use / scale
        use = m.intermediate_demand[i, t] if i in m.inputs else 0.0
        use += sum(m.consumption[i, h, t] for h in b.households if (i, h) in m.wants)
        use += float(b.government[n]) * m.government_consumption[t]
        use += float(b.investment[n]) / total_i * m.investment_total[t]
        use += float(b.inventory[n]) * m.inventory[t]
        if c.other[n] > 0:
            use += float(c.other[n]) / invested * m.compute_purchases[t]
        if c.operation[n] > 0:
            use += float(c.operation[n]) / served * m.compute_service[t]
        return m.composite[i, t] / scale == use / scale

    def labour_rule(_: Any, s: str, t: int) -> Any:
        scale = float(b.labour[:, b.skills.index(s)].sum())
        employed = sum(m.labour[j, k, t] for j, k in m.jobs if k == s)
        return m.labour_supply[s, t] / scale == employed / scale

    m.goods_market = pyo.Constraint(b.sectors, T, rule=goods_rule)
    m.labour_market = pyo.Constraint(b.skills, T, rule=labour_rule)
    m.numeraire_definition = pyo.Constraint(
        T, rule=lambda _, t: m.price_consumption[t] == m.numeraire[t]
    )
