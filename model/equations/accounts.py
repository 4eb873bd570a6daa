"""Markets and national accounts: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter

PARAMETERS = (
    Parameter(
        "gdp0",
        (),
        lambda m, b: b.gdp,
        "base-year GDP",
        "基年国内生产总值",
        r"\overline{\mathit{GDP}}",
        "table",
    ),
    Parameter(
        "inventory0",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.inventory, strict=True)),
        "base-year inventory change",
        "基年存货变动",
        r"\bar V",
        "table: inventory",
    ),
)
DEFINITIONS = (
    Definition(
        "inventory_value",
        ("t",),
        "inventory[t] * sum(inventory0[i] * price_composite[i, t] for i in sectors)",
        "inventory change at current prices",
        "按现价计的存货变动",
        r"\mathit{IV}",
    ),
)
EQUATIONS = (
    Equation(
        "goods_market",
        ("i in sectors", "t in years"),
        "composite[i, t] == (ai_total[t] if i == ai else (intermediate_demand[i, t] "
        "if i in inputs else 0) + sum(consumption[i, h, t] for k, h in wants if k == "
        "i) + government_share[i] * government_volume[t] + investment_share[i] * "
        "investment_total[t] + inventory0[i] * inventory[t] + other_share[i] * "
        "compute_purchases[t] + running_goods[i, t])",
        "market for good {0}",
        "{0}产品的市场",
        scale="composite0[i]",
    ),
    Equation(
        "labour_market",
        ("s in skills", "t in years"),
        "labour_supply[s, t] == sum(labour[j, k, t] for j, k in jobs if k == s)",
        "labour market of skill {0}",
        "{0}技能的劳动市场",
        scale="labour_supply0[s]",
    ),
    Equation(
        "numeraire_definition",
        ("t in years",),
        "price_consumption[t] == numeraire[t]",
        "numeraire",
        "计价物",
    ),
    Equation(
        "real_gdp_definition",
        ("t in years",),
        "gdp_real[t] == sum(consumption[i, h, t] for i, h in wants) + "
        "government_volume[t] + investment_total[t] + compute_purchases[t] + "
        "inventory[t] * sum(inventory0[i] for i in sectors) + sum(exports[i, t] for i "
        "in exporters) - sum(imports[i, t] for i in importers) - "
        "sum(chips_imported[u, t] for u in chip_uses)",
        "real GDP",
        "实际国内生产总值",
        scale="gdp0",
    ),
    Equation(
        "nominal_gdp_definition",
        ("t in years",),
        "gdp_nominal[t] == sum(spending[h, t] for h in households) + "
        "price_government[t] * government_volume[t] + price_investment[t] * "
        "investment_total[t] + price_compute_investment[t] * compute_purchases[t] + "
        "inventory_value[t] + export_receipts[t] - payments_abroad[t]",
        "nominal GDP",
        "名义国内生产总值",
        scale="gdp0",
    ),
    Equation(
        "labour_share_definition",
        ("t in years",),
        "labour_share[t] * gdp_nominal[t] == sum(sector_wage[j, s, t] * labour[j, s, "
        "t] for j, s in jobs)",
        "labour share",
        "劳动收入份额",
        scale="gdp0",
    ),
    Equation(
        "investment_rate_definition",
        ("t in years",),
        "investment_rate[t] * gdp_nominal[t] == price_investment[t] * "
        "investment_total[t] + price_compute_investment[t] * compute_purchases[t]",
        "investment rate",
        "投资率",
        scale="gdp0",
    ),
    Equation(
        "government_rate_definition",
        ("t in years",),
        "government_rate[t] * gdp_nominal[t] == price_government[t] * government_volume[t]",
        "government consumption rate",
        "政府消费率",
        scale="gdp0",
    ),
)
