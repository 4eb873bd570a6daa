"""Government: taxes, purchases and the lump-sum tax that balances the budget.

    PG G + S_g cpi + subsidies + transfers + interest = taxes + lump-sum tax + fees

Purchases have the base-year composition; S_g (``government_saving``) is zero unless a scenario says
otherwise. The base-year lump-sum tax stands for direct taxes and social contributions less transfers,
which an input-output table does not show.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.economy.households import base_lump_sum, population
from engels.model.economy.slots import (
    ai_tax,
    basic_income,
    coupons,
    government_volume,
    production_tax,
    training_fees,
)
from engels.model.economy.trade import quota_rent


def production_taxes(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Net taxes on production, trillion yuan."""
    return sum(
        production_tax(m, b, j, t) * m.price_output[j, t] * m.output[j, t] for j in b.sectors
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
    ai = (
        ai_tax(m, b, t) * m.price_composite[b.ai, t] * sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    )
    return tariffs + chips + ai


def compute_subsidies(m: pyo.ConcreteModel, t: int) -> Any:
    """Paid to investors in compute."""
    return m.compute_subsidy[t] * m.price_compute_investment[t] * m.compute_purchases[t]


def transfers(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Basic income paid to all, trillion yuan."""
    return sum(basic_income(m, b, t, population(m, b, h)) for h in b.households)


def public_receipts(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Taxes, licence rents and fees, trillion yuan."""
    licences = b.quota_rent_owner.get("government", 0.0)
    rents = licences * sum(quota_rent(m, u, t) for u in m.chip_uses) if licences else 0.0
    revenue = production_taxes(m, b, t) + product_taxes(m, b, t) + rents + m.lump_sum_tax[t]
    return revenue + training_fees(m, b, t, dict.fromkeys(b.skills, 1.0))


def public_outlays(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Purchases, subsidies, transfers, interest and what is saved, trillion yuan."""
    return (
        m.price_government[t] * government_volume(m, b, t)
        + m.government_saving[t] * m.price_consumption[t]
        + compute_subsidies(m, t)
        + coupons(m, b, t)
        + transfers(m, b, t)
    )


def define_government_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """The lump-sum tax and the price of purchases, at benchmark values."""
    declare(m, b, *VARIABLES)


VARIABLES = (
    Variable(
        "lump_sum_tax",
        ("years",),
        lambda m, b: base_lump_sum(b),
        "trillion yuan",
        "money",
        "lump-sum tax",
        "总额税",
        r"\mathit{LS}",
        growth="gdp",
        sign="any",
    ),
    Variable(
        "price_government",
        ("years",),
        1.0,
        "index",
        "price",
        "price of government purchases",
        "政府购买的价格",
        "P^{G}",
    ),
)


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
        return public_receipts(m, b, t) / b.gdp == public_outlays(m, b, t) / b.gdp

    m.government_budget = pyo.Constraint(T, rule=budget_rule)
