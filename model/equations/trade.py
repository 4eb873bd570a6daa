"""Trade: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.economy.trade import CLOSED_QUOTA

PARAMETERS = (
    Parameter(
        "eta",
        ("exporters",),
        lambda m, b: dict(zip(b.sectors, b.elasticities.export_demand, strict=True)),
        "elasticity of foreign demand",
        "国外需求弹性",
        r"\eta",
        "elasticities.export_demand",
    ),
    Parameter(
        "closed_quota",
        (),
        lambda m, b: CLOSED_QUOTA,
        "imports under a closed quota, multiple of the base year's",
        "配额关闭时的进口（基年倍数）",
        r"\epsilon",
        "model",
    ),
    Parameter(
        "licence_abroad",
        (),
        lambda m, b: b.quota_rent_owner.get("foreign", 0.0),
        "share of licence rents owned abroad",
        "国外拥有的许可证租金份额",
        r"\theta^{F}",
        "quota_rents",
    ),
)
DEFINITIONS = (
    Definition(
        "home_price",
        ("i", "t"),
        "price_home[i, t] if i in transforming else price_output[i, t]",
        "price of home sales",
        "国内销售价格",
        r"\hat P^{D}",
    ),
    Definition(
        "export_price",
        ("i", "t"),
        "price_export[i, t] if i in transforming else price_output[i, t]",
        "price received for exports",
        "出口收到的价格",
        r"\hat P^{E}",
    ),
    Definition(
        "home_total",
        ("i", "t"),
        "home_sales[i, t] + (chips_domestic[t] if i == chip_sector else 0)",
        "home sales with chips for compute investment",
        "含算力投资芯片的国内销售",
        r"\hat D",
    ),
    Definition(
        "chips_landed",
        ("u", "t"),
        "exchange_rate[t] * chip_world_price[u, t] * (1 + chip_tariff[u, t])",
        "price of imported chips before the premium",
        "溢价前的进口芯片价格",
        "P^{L}",
    ),
    Definition(
        "quota_rent",
        ("u", "t"),
        "chips_landed[u, t] * (exp(chip_premium[u, t]) - 1) * chips_imported[u, t]",
        "rent of import licences",
        "进口许可证租金",
        r"\mathit{QR}",
    ),
    Definition(
        "quota_rents",
        ("t",),
        "sum(quota_rent[u, t] for u in chip_uses)",
        "all licence rents",
        "许可证租金总额",
        r"\mathit{QR}^{\Sigma}",
    ),
    Definition(
        "export_receipts",
        ("t",),
        "sum(export_price[i, t] * exports[i, t] for i in exporters)",
        "export receipts",
        "出口收入",
        r"\mathit{EX}",
    ),
    Definition(
        "payments_abroad",
        ("t",),
        "exchange_rate[t] * (sum(world_price_imports[i, t] * imports[i, t] for i in "
        "importers) + sum(chip_world_price[u, t] * chips_imported[u, t] for u in "
        "chip_uses)) + licence_abroad * quota_rents[t]",
        "payments for imports and to owners of licences abroad",
        "对外支付",
        r"\mathit{IM}",
    ),
)
EQUATIONS = (
    Equation(
        "export_demand",
        ("i in exporters", "t in years"),
        "exports[i, t] / exports0[i] == world_demand[t] * (export_price[i, t] / "
        "exchange_rate[t])**(-eta[i])",
        "foreign demand for good {0}",
        "{0}产品的国外需求",
    ),
    Equation(
        "output_supply",
        ("i in sectors if i not in transforming", "t in years"),
        "output[i, t] == home_total[i, t] + (exports[i, t] if i in exporters else 0)",
        "output of sector {0} against home sales and exports",
        "{0}部门产出等于国内销售与出口",
        scale="output0[i]",
    ),
    Equation(
        "quota",
        ("u in chip_uses", "t in years"),
        "complementary(chip_premium[u, t], log((chip_quota[u, t] + closed_quota) / "
        "(chips_imported[u, t] / chips_imported0[u])))",
        "import quota on chips for {0} against its premium",
        "用于{0}的芯片进口配额与溢价",
    ),
    Equation(
        "balance_of_payments",
        ("t in years",),
        "export_receipts[t] + exchange_rate[t] * foreign_saving[t] == payments_abroad[t]",
        "balance of payments",
        "国际收支",
        scale="gdp0",
    ),
)
