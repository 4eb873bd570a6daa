"""Households: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from typing import Any

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.economy.households import base_propensity, les_parameters, population


def by_want(m: Any, b: Benchmark, values: Array) -> dict[tuple[str, str], float]:
    """``values`` (N x H) by (good, household) that is wanted."""
    return {(i, h): float(values[b.index(i), b.households.index(h)]) for i, h in m.wants}


PARAMETERS = (
    Parameter(
        "propensity",
        ("households",),
        lambda m, b: dict(zip(b.households, base_propensity(b).tolist(), strict=True)),
        "base-year propensity to consume",
        "基年消费倾向",
        r"\mathit{apc}",
        "table: consumption",
    ),
    Parameter(
        "committed",
        ("wants",),
        lambda m, b: by_want(m, b, les_parameters(b)[0]),
        "committed consumption",
        "基本需要消费",
        r"\gamma",
        "households: income elasticities; elasticities.frisch",
    ),
    Parameter(
        "marginal",
        ("wants",),
        lambda m, b: by_want(m, b, les_parameters(b)[1]),
        "marginal budget share",
        "边际预算份额",
        r"\beta",
        "households: income elasticities",
    ),
    Parameter(
        "labour_owner",
        ("skills", "households"),
        lambda m, b: {
            (s, h): float(b.labour_owner[k, n])
            for k, s in enumerate(b.skills)
            for n, h in enumerate(b.households)
        },
        "share of a household in the wages of a skill",
        "家庭在某技能工资中的份额",
        r"\theta^{L}",
        "households",
    ),
    Parameter(
        "capital_owner",
        ("households",),
        lambda m, b: dict(zip(b.households, b.capital_owner.tolist(), strict=True)),
        "share of a household in property income",
        "家庭在财产收入中的份额",
        r"\theta^{K}",
        "households",
    ),
    Parameter(
        "transfer_owner",
        ("households",),
        lambda m, b: dict(zip(b.households, b.transfer_owner.tolist(), strict=True)),
        "share of a household in the lump-sum tax",
        "家庭在总额税中的份额",
        r"\theta^{T}",
        "households",
    ),
    Parameter(
        "licence_owner",
        ("households",),
        lambda m, b: {h: b.quota_rent_owner.get(h, 0.0) for h in b.households},
        "share of a household in licence rents",
        "家庭在许可证租金中的份额",
        r"\theta^{U}",
        "quota_rents",
    ),
    Parameter(
        "persons",
        ("households",),
        lambda m, b: {
            h: population(m, b, h) if b.technology.public_finance else 0.0 for h in b.households
        },
        "million persons",
        "百万人",
        r"\mathit{pop}",
        "households",
    ),
    Parameter(
        "labour_elasticity",
        (),
        lambda m, b: b.elasticities.labour_supply,
        "elasticity of labour supply",
        "劳动供给弹性",
        r"\nu",
        "elasticities.labour_supply",
    ),
    Parameter(
        "consumption_weight",
        ("sectors",),
        lambda m, b: dict(
            zip(b.sectors, b.consumption.sum(axis=1) / b.consumption.sum(), strict=True)
        ),
        "weight of a good in the consumer price index",
        "产品在消费价格指数中的权重",
        r"\theta^{C}_{0}",
        "table: consumption",
    ),
    Parameter(
        "discount",
        (),
        lambda m, b: b.elasticities.discount,
        "discount factor",
        "贴现因子",
        r"\beta^{T}",
        "elasticities.discount",
    ),
    Parameter(
        "intertemporal",
        (),
        lambda m, b: b.elasticities.intertemporal,
        "elasticity of intertemporal substitution",
        "跨期替代弹性",
        r"\sigma^{T}",
        "elasticities.intertemporal",
    ),
)
DEFINITIONS = (
    Definition(
        "profit",
        ("j", "t"),
        "price_output[j, t] * (1 - production_tax[j, t]) * output[j, t] * (1 - 1 / "
        "total_markup[j, t])",
        "pure profit of a sector",
        "部门纯利润",
        r"\pi",
    ),
    Definition(
        "access_income",
        ("t",),
        "access_rate[t] * price_composite[ai, t] * ai_total[t]",
        "income of access to AI",
        "接入收入",
        r"\Pi^{A}",
    ),
    Definition(
        "ai_property",
        ("t",),
        "compute_income[t] + profit[ai, t] + access_income[t]",
        "property income of AI and compute",
        "人工智能与算力的财产收入",
        r"\hat\Pi^{M}",
    ),
    Definition(
        "wage_bill",
        ("s", "t"),
        "wage[s, t] * labour_supply[s, t]",
        "wages of a skill",
        "某技能的工资总额",
        "W",
    ),
    Definition(
        "coupons",
        ("t",),
        "bond_rate * public_debt[t] * price_consumption[t] if public_finance else 0",
        "interest on public debt",
        "公债利息",
        r"\mathit{CO}",
    ),
    Definition(
        "income_given",
        ("n", "t"),
        "n * 1e-3 * path_employment[t] * basic_income[t] * price_consumption[t] if "
        "public_finance else 0",
        "basic income of n million persons",
        "n百万人的基本收入",
        r"\mathit{BI}",
    ),
    Definition(
        "training_fee",
        ("a", "t"),
        "price_government[t] * sum(teaching[k, z, t] for k, z in training_steps if k "
        "== a) if labour_market else 0",
        "fees for teaching that a skill pays",
        "某技能支付的培训费",
        r"\mathit{TF}",
    ),
    Definition(
        "real_consumption",
        ("t",),
        "sum(far_sighted[h, t] * spending[h, t] for h in households) / "
        "price_consumption[t] / sum(spending0[h] for h in households)",
        "consumption decided over time, in consumer prices, over the base year's",
        "按消费价格计的跨期消费",
        "c^{r}",
    ),
)
EQUATIONS = (
    Equation(
        "property_income_definition",
        ("t in years",),
        "property_income[t] == sum(base_return[j] * rental[j, t] * capital[j, t] for "
        "j in capital_sectors) + sum(profit[j, t] for j in sectors if j != ai) + "
        "ai_property[t]",
        "income from capital, compute and markups",
        "资本、算力与加成的收入",
        scale="gdp0",
    ),
    Equation(
        "household_income",
        ("h in households", "t in years"),
        "income[h, t] == (sum(group_income[g, t] for g in groups if region[g] == h) "
        "if household_groups else sum(labour_owner[s, h] * wage_bill[s, t] for s in "
        "skills) + capital_owner[h] * (property_income[t] + coupons[t]) + "
        "licence_owner[h] * quota_rents[t] - transfer_owner[h] * lump_sum_tax[t] - "
        "sum(labour_owner[s, h] * training_fee[s, t] for s in skills) + "
        "income_given[persons[h], t])",
        "income of {0} households",
        "{0}居民的收入",
        scale="spending0[h]",
    ),
    Equation(
        "household_spending",
        ("h in households", "t in years"),
        "spending[h, t] == (sum(group_spending[g, t] for g in groups if region[g] == "
        "h) if household_groups else propensity[h] * propensity_now[h, t] * "
        "income[h, t])",
        "spending of {0} households",
        "{0}居民的支出",
        scale="spending0[h]",
    ),
    Equation(
        "household_supernumerary",
        ("h in households", "t in years"),
        "supernumerary[h, t] == spending[h, t] - sum(committed[i, k] * (need[i, t] if "
        "household_groups else 1) * price_composite[i, t] for i, k in wants if k == "
        "h)",
        "spending of {0} households beyond commitments",
        "{0}居民超出基本需要的支出",
        scale="spending0[h]",
    ),
    Equation(
        "household_demand",
        ("i, h in wants", "t in years"),
        "consumption[i, h, t] == committed[i, h] * (need[i, t] if household_groups "
        "else 1) + marginal[i, h] * supernumerary[h, t] / price_composite[i, t]",
        "demand for good {0} by {1} households",
        "{1}居民对{0}产品的需求",
        scale="consumption0[i, h]",
    ),
    Equation(
        "consumer_prices",
        ("t in years",),
        "price_consumption[t] == sum(consumption_weight[i] * price_composite[i, t] "
        "for i in sectors)",
        "consumer price index",
        "居民消费价格指数",
    ),
    Equation(
        "labour_supply_curve",
        ("s in skills", "t in years"),
        "labour_supply[s, t] / labour_supply0[s] == (labour_force[s, t] * (1 - "
        "out_of_work[s, t]) / (1 - unemployment0[s]) if labour_market else "
        "labour_endowment[s, t] * (wage[s, t] / price_consumption[t] / "
        "reference_wage[s, t])**labour_elasticity)",
        "labour supply of skill {0}",
        "{0}技能的劳动供给",
    ),
    Equation(
        "euler",
        ("t in interest_years",),
        "real_consumption[t + 1] / real_consumption[t] == (discount * (1 + "
        "interest_rate[t]) * euler_wedge[t])**intertemporal",
        "saving over time (Euler equation)",
        "跨期储蓄（欧拉方程）",
    ),
)
