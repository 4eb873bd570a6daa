"""Compute: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.economy.compute import investment_benchmark, service_benchmark

PARAMETERS = (
    Parameter(
        "rent_share",
        (),
        lambda m, b: b.compute.rent / service_benchmark(b),
        "base-year share of rent in compute services",
        "租金在算力服务中的基年份额",
        r"\theta^{R}",
        "compute account",
    ),
    Parameter(
        "operation_share",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.compute.operation / service_benchmark(b), strict=True)),
        "base-year share of running goods in compute services",
        "运行品在算力服务中的基年份额",
        r"\theta^{O}",
        "compute account",
    ),
    Parameter(
        "chips_in_investment",
        (),
        lambda m, b: (
            (b.compute.chips_domestic + b.compute.chips_imported) / investment_benchmark(b)
        ),
        "base-year share of chips in compute investment",
        "芯片在算力投资中的基年份额",
        r"\theta^{C}",
        "compute account",
    ),
    Parameter(
        "other_share",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.compute.other / investment_benchmark(b), strict=True)),
        "base-year share of other goods in compute investment",
        "其他产品在算力投资中的基年份额",
        r"\theta^{B}",
        "compute account",
    ),
    Parameter(
        "adjustment_compute",
        (),
        lambda m, b: b.elasticities.adjustment_compute,
        "adjustment cost of compute",
        "算力调整成本",
        "a^{Q}",
        "elasticities.adjustment_compute",
    ),
    Parameter(
        "usual_rate_compute",
        (),
        lambda m, b: investment_benchmark(b) / b.compute.stock,
        "base-year rate of compute investment",
        "基年算力投资率",
        r"\bar\imath^{Q}",
        "compute account",
    ),
)
DEFINITIONS = (
    Definition(
        "energy",
        ("t",),
        "energy_intensity[t] * pue[t] if compute_chain else 1",
        "electricity per unit of compute services",
        "单位算力服务的电力",
        r"\mathit{en}",
    ),
    Definition(
        "link_rents",
        ("t",),
        'link_rent["storage", t] + sum(operation_share[i] for i in sectors) * '
        'energy[t] * link_rent["power", t] if compute_chain else 0',
        "rents of links beside chips and capacity",
        "芯片与算力之外环节的租金",
        r"\varrho^{\Sigma}",
    ),
    Definition(
        "running_goods",
        ("i", "t"),
        "operation_share[i] * energy[t] * compute_service[t]",
        "goods bought to run compute",
        "运行算力购买的产品",
        "O",
    ),
    Definition(
        "compute_income",
        ("t",),
        "(rent_share * compute_rent[t] + link_rents[t]) * compute_service[t]",
        "income of compute capacity and of links",
        "算力及其环节的收入",
        r"\Pi^{Q}",
    ),
)
EQUATIONS = (
    Equation(
        "compute_service_price",
        ("t in years",),
        "price_compute[t] == rent_share * compute_rent[t] + energy[t] * "
        "sum(operation_share[i] * price_composite[i, t] for i in sectors) + "
        "link_rents[t]",
        "price of compute services",
        "算力服务的价格",
    ),
    Equation(
        "compute_bottleneck",
        ("t in years",),
        "complementary(compute_rent[t] / numeraire[t], compute_utilisation[t] * "
        "compute_capacity[t] / compute_capacity0 - compute_service[t] / "
        "compute_service0)",
        "compute used against capacity and its scarcity rent",
        "算力使用、存量与稀缺租金",
    ),
    Equation(
        "compute_investment_price",
        ("t in years",),
        "price_compute_investment[t] == chips_in_investment * price_chips[t] + "
        "sum(other_share[i] * price_composite[i, t] for i in sectors)",
        "price of compute investment",
        "算力投资品的价格",
    ),
    Equation(
        "compute_investment_goods",
        ("t in years",),
        "compute_purchases[t] == compute_investment[t] + adjustment_compute / 2 * "
        "(compute_investment[t] / compute_capacity[t] - usual_rate_compute)**2 * "
        "compute_capacity[t]",
        "goods bought for compute investment",
        "算力投资购买的产品",
        scale="compute_investment0",
    ),
    Equation(
        "compute_chip_use",
        ("t in years",),
        "chips[t] / chips0 == compute_purchases[t] / compute_purchases0",
        "chips in compute investment",
        "算力投资中的芯片",
    ),
)
