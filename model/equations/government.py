"""Government: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.economy.households import population

PARAMETERS = (
    Parameter(
        "government_share",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.government / b.government.sum(), strict=True)),
        "share of a good in government purchases",
        "产品在政府购买中的份额",
        r"\theta^{G}",
        "table: government",
    ),
    Parameter(
        "government_total",
        (),
        lambda m, b: float(b.government.sum()),
        "base-year government purchases",
        "基年政府购买",
        r"\bar G^{V}",
        "table: government",
    ),
    Parameter(
        "licence_public",
        (),
        lambda m, b: b.quota_rent_owner.get("government", 0.0),
        "share of licence rents owned by the government",
        "政府拥有的许可证租金份额",
        r"\theta^{P}",
        "quota_rents",
    ),
    Parameter(
        "all_persons",
        (),
        lambda m, b: (
            sum(population(m, b, h) for h in b.households) if b.technology.public_finance else 0.0
        ),
        "million persons, all households",
        "全部家庭的人数（百万）",
        r"\mathit{pop}^{\Sigma}",
        "households",
    ),
)
DEFINITIONS = (
    Definition(
        "production_taxes",
        ("t",),
        "sum(production_tax[j, t] * price_output[j, t] * output[j, t] for j in sectors)",
        "taxes on production",
        "生产税",
        r"\mathit{PT}",
    ),
    Definition(
        "product_taxes",
        ("t",),
        "sum(import_tariff[i, t] * exchange_rate[t] * world_price_imports[i, t] * "
        "imports[i, t] for i in importers) + sum(chip_tariff[u, t] * exchange_rate[t] "
        "* chip_world_price[u, t] * chips_imported[u, t] for u in chip_uses) + "
        "ai_tax_net[t] * price_composite[ai, t] * ai_total[t]",
        "tariffs and tax on AI services",
        "关税与人工智能服务税",
        r"\mathit{TX}",
    ),
    Definition(
        "government_volume",
        ("t",),
        "government_consumption[t] * government_total + (sum(teaching[a, z, t] for a, "
        "z in training_steps) if labour_market else 0) + (programmes[t] * "
        "price_consumption[t] / price_government[t] if public_finance else 0)",
        "volume of government purchases",
        "政府购买量",
        "G^{V}",
    ),
    Definition(
        "compute_subsidies",
        ("t",),
        "compute_subsidy[t] * price_compute_investment[t] * compute_purchases[t]",
        "subsidies to compute investment",
        "算力投资补贴",
        r"\mathit{CS}",
    ),
    Definition(
        "fees",
        ("t",),
        "sum(training_fee[s, t] for s in skills) if labour_market else 0",
        "fees for teaching",
        "培训费",
        r"\mathit{TF}^{\Sigma}",
    ),
)
EQUATIONS = (
    Equation(
        "government_price",
        ("t in years",),
        "price_government[t] == sum(government_share[i] * price_composite[i, t] for i in sectors)",
        "price of government purchases",
        "政府购买的价格",
    ),
    Equation(
        "government_budget",
        ("t in years",),
        "production_taxes[t] + product_taxes[t] + licence_public * quota_rents[t] + "
        "lump_sum_tax[t] + fees[t] == price_government[t] * government_volume[t] + "
        "government_saving[t] * price_consumption[t] + compute_subsidies[t] + "
        "coupons[t] + income_given[all_persons, t]",
        "government budget",
        "政府预算",
        scale="gdp0",
    ),
)
