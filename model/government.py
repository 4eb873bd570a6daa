"""Government: taxes, purchases and the lump-sum tax that balances the budget.

    PG G + S_g cpi + transfers to compute investment = taxes + lump-sum tax

Purchases have the base-year composition; S_g (``government_saving``) is zero unless a scenario says
otherwise. The base-year lump-sum tax stands for direct taxes and social contributions less transfers,
which an input-output table does not show.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.households import base_lump_sum
from engels.model.technology import ai_tax
from engels.model.trade import quota_rent


def production_taxes(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Net taxes on production, trillion yuan."""
    return sum(
        m.production_tax_rate[j, t] * m.price_output[j, t] * m.output[j, t] for j in b.sectors
    )


def product_taxes(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Tariffs on goods and chips and the tax on AI purchases, trillion yuan."""
    er = m.exchange_rate[t]
    tariffs = sum(
        m.import_tariff[i, t] * er * m.world_price_imports[i, t] * m.imports[i, t]
        for i in m.importers
    )
    chips = sum(
        m.chip_tariff[u, t] * er * m.chip_world_price[u, t] * m.chips_imported[u, t]
        for u in m.chip_uses
    )
    ai = ai_tax(m, t) * m.price_composite[b.ai, t] * sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    return tariffs + chips + ai


def compute_subsidies(m: pyo.ConcreteModel, t: int) -> Any:
    """Paid to investors in compute."""
    return m.compute_subsidy[t] * m.price_compute_investment[t] * m.compute_purchases[t]


def define_government_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """The lump-sum tax and the price of purchases, at benchmark values."""
    m.lump_sum_tax = pyo.Var(m.years, initialize=base_lump_sum(b))
    m.price_government = pyo.Var(m.years, initialize=1.0)


def define_government(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Price of purchases and the balanced budget."""
    T = m.years
    total = float(b.government.sum())
    mix = {i: float(v) / total for i, v in zip(b.sectors, b.government, strict=True) if v != 0}
    m.government_price = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.price_government[t] == sum(s * m.price_composite[i, t] for i, s in mix.items())
        ),
    )

    def budget_rule(_: Any, t: int) -> Any:
        licences = b.quota_rent_owner.get("government", 0.0)
        rents = licences * sum(quota_rent(m, u, t) for u in m.chip_uses) if licences else 0.0
        revenue = production_taxes(m, b, t) + product_taxes(m, b, t) + rents + m.lump_sum_tax[t]
        outlay = (
            m.price_government[t] * m.government_consumption[t] * total
            + m.government_saving[t] * m.price_consumption[t]
            + compute_subsidies(m, t)
        )
        return revenue / b.gdp == outlay / b.gdp

    m.government_budget = pyo.Constraint(T, rule=budget_rule)
