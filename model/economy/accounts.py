"""National accounts: GDP three ways, real GDP, rates and shares.

``define_accounts`` holds what a closure may target, as equations. The three nominal measures of GDP are
computed here independently of each other, from different flows of the solution, so that their
agreement is a test and not a definition.

Real GDP is expenditure at base-year prices (constant-price volumes, as the official series).
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.economy.compute import compute_income, running_goods
from engels.model.economy.government import product_taxes, production_taxes
from engels.model.economy.households import profit
from engels.model.economy.slots import access_income, ai_charge, government_volume, sector_wage
from engels.model.economy.trade import (
    export_receipts,
    payments_abroad,
    price_chips_landed,
    quota_rent,
)

Economy = Any
"""A model (the functions return expressions) or a solved point of one (they return numbers)."""


def inventory_value(m: Economy, b: Benchmark, t: int) -> Any:
    """Inventory change at current prices."""
    return m.inventory[t] * sum(
        float(v) * m.price_composite[i, t]
        for i, v in zip(b.sectors, b.inventory, strict=True)
        if v != 0
    )


def gdp_expenditure(m: Economy, b: Benchmark, t: int) -> Any:
    """C + G + I + inventory change + X - M at current prices."""
    return (
        sum(m.spending[h, t] for h in b.households)
        + m.price_government[t] * government_volume(m, b, t)
        + m.price_investment[t] * m.investment_total[t]
        + m.price_compute_investment[t] * m.compute_purchases[t]
        + inventory_value(m, b, t)
        + export_receipts(m, t)
        - payments_abroad(m, b, t)
    )


def labour_income(m: Economy, b: Benchmark, t: int) -> Any:
    """Wages paid, from each sector's employment."""
    return sum(sector_wage(m, b, j, s, t) * m.labour[j, s, t] for j, s in m.jobs)


def domestic_quota_rents(m: Economy, b: Benchmark, t: int) -> Any:
    """Licence rents that stay in the country."""
    home = 1 - b.quota_rent_owner.get("foreign", 0.0)
    return home * sum(quota_rent(m, u, t) for u in m.chip_uses)


def gdp_income(m: Economy, b: Benchmark, t: int) -> Any:
    """Wages + capital and compute income + profits + licence rents + taxes less subsidies."""
    capital = sum(
        float(b.capital[b.index(j)] / b.capital_stock[b.index(j)])
        * m.rental[j, t]
        * m.capital[j, t]
        for j in m.capital_sectors
    )
    compute = compute_income(m, b, t)
    profits = sum(profit(m, b, j, t) for j in b.sectors) + access_income(m, b, t)
    taxes = production_taxes(m, b, t) + product_taxes(m, b, t)
    return (
        labour_income(m, b, t) + capital + compute + profits + domestic_quota_rents(m, b, t) + taxes
    )


def sector_value_added(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Output less purchases of goods and AI services, at current prices and purchasers' cost."""
    cost: Any = 0.0
    if j in m.using:
        cost += m.price_intermediate[j, t] * m.intermediate[j, t]
    ai = sum(m.ai_use[k, u, t] for k, u in m.ai_users if k == j)
    cost += m.price_composite[b.ai, t] * (1 + ai_charge(m, b, t)) * ai
    if j == b.ai:
        # who controls access to AI belongs to its sector
        cost -= access_income(m, b, t)
        cost += sum(
            m.price_composite[i, t] * running_goods(m, b, n, t)
            for n, i in enumerate(b.sectors)
            if b.compute.operation[n] > 0
        )
    return m.price_output[j, t] * m.output[j, t] - cost


def gdp_production(m: Economy, b: Benchmark, t: int) -> Any:
    """Value added of sectors, taxes on products and licence rents of importers."""
    total = sum(sector_value_added(m, b, j, t) for j in b.sectors)
    return total + product_taxes(m, b, t) + domestic_quota_rents(m, b, t)


def saving_gap(m: Economy, b: Benchmark, t: int) -> Any:
    """Saving less investment: the market that Walras' law leaves out; zero in equilibrium."""
    households = sum(m.income[h, t] - m.spending[h, t] for h in b.households)
    government = m.government_saving[t] * m.price_consumption[t]
    foreign = m.exchange_rate[t] * m.foreign_saving[t]
    bought = (
        m.price_investment[t] * m.investment_total[t]
        + m.price_compute_investment[t] * (1 - m.compute_subsidy[t]) * m.compute_purchases[t]
        + inventory_value(m, b, t)
    )
    return households + government + foreign - bought


def real_gdp(m: Economy, b: Benchmark, t: int) -> Any:
    """Expenditure volumes at base-year prices."""
    return (
        sum(m.consumption[i, h, t] for i, h in m.wants)
        + government_volume(m, b, t)
        + m.investment_total[t]
        + m.compute_purchases[t]
        + m.inventory[t] * float(b.inventory.sum())
        + sum(m.exports[i, t] for i in m.exporters)
        - sum(m.imports[i, t] for i in m.importers)
        - sum(m.chips_imported[u, t] for u in m.chip_uses)
    )


def chip_import_bill(m: Economy, u: str, t: int) -> Any:
    """Imported chips at landed price, before the licence premium."""
    return price_chips_landed(m, u, t) * m.chips_imported[u, t]


def base_investment_rate(m: Any, b: Benchmark) -> float:
    """Base-year investment over GDP, compute included."""
    bought = pyo.value(m.compute_purchases[m.years.first()])
    return float((float(b.investment.sum()) + bought) / b.gdp)


VARIABLES = (
    Variable(
        "gdp_real",
        ("years",),
        lambda m, b: b.gdp,
        "trillion yuan at base-year prices",
        "quantity",
        "real GDP",
        "实际国内生产总值",
        r"\mathit{GDP}^{r}",
        instruments=("labour_efficiency",),
    ),
    Variable(
        "gdp_nominal",
        ("years",),
        lambda m, b: b.gdp,
        "trillion yuan",
        "money",
        "nominal GDP",
        "名义国内生产总值",
        r"\mathit{GDP}",
        growth="gdp",
    ),
    Variable(
        "labour_share",
        ("years",),
        lambda m, b: float(b.labour.sum()) / b.gdp,
        "share of GDP",
        "share",
        "labour share",
        "劳动收入份额",
        "s^{L}",
        instruments=(
            "automation_depth",
            "labour_task_share",
            "markup_common",
            "ai_tax",
            "service_subsidy",
        ),
    ),
    Variable(
        "investment_rate",
        ("years",),
        base_investment_rate,
        "share of GDP",
        "share",
        "investment rate",
        "投资率",
        "s^{I}",
        instruments=("euler_wedge", "consumption_propensity"),
    ),
    Variable(
        "government_rate",
        ("years",),
        lambda m, b: float(b.government.sum()) / b.gdp,
        "share of GDP",
        "share",
        "government consumption rate",
        "政府消费率",
        "s^{G}",
        instruments=("government_consumption",),
    ),
)


def define_accounts(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Variables that closures can target, with their definitions."""
    T, gdp = m.years, b.gdp
    declare(m, b, *VARIABLES)
    m.real_gdp_definition = pyo.Constraint(
        T, rule=lambda _, t: m.gdp_real[t] / gdp == real_gdp(m, b, t) / gdp
    )
    m.nominal_gdp_definition = pyo.Constraint(
        T, rule=lambda _, t: m.gdp_nominal[t] / gdp == gdp_expenditure(m, b, t) / gdp
    )
    m.labour_share_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.labour_share[t] * m.gdp_nominal[t] / gdp == labour_income(m, b, t) / gdp
        ),
    )

    def investment_rule(_: Any, t: int) -> Any:
        value = (
            m.price_investment[t] * m.investment_total[t]
            + m.price_compute_investment[t] * m.compute_purchases[t]
        )
        return m.investment_rate[t] * m.gdp_nominal[t] / gdp == value / gdp

    def government_rule(_: Any, t: int) -> Any:
        value = m.price_government[t] * government_volume(m, b, t)
        return m.government_rate[t] * m.gdp_nominal[t] / gdp == value / gdp

    m.investment_rate_definition = pyo.Constraint(T, rule=investment_rule)
    m.government_rate_definition = pyo.Constraint(T, rule=government_rule)
