"""Groups of households: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Equation, Parameter
from engels.model.blocks.groups import group_propensity
from engels.model.economy.households import base_lump_sum


def group_licence(b: Benchmark) -> dict[str, float]:
    """Share of each group in licence rents: its region's, by capital owned in the region."""
    g = b.technology.household_groups
    if g is None:
        return {}
    found = {}
    for k, name in enumerate(g.names):
        same = [i for i, r in enumerate(g.region) if r == g.region[k]]
        mine = float(g.capital_owner[k] / g.capital_owner[same].sum())
        found[name] = b.quota_rent_owner.get(g.region[k], 0.0) * mine
    return found


PARAMETERS = (
    Parameter(
        "region",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    b.technology.household_groups.region,
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "region of a group",
        "群体所在地区",
        "h",
        "groups",
    ),
    Parameter(
        "group_propensity",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    group_propensity(b, base_lump_sum(b)).tolist(),
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "base-year propensity to consume of a group",
        "群体基年消费倾向",
        r"\mathit{apc}^{g}",
        "household_groups.saving_slope",
    ),
    Parameter(
        "group_capital",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    b.technology.household_groups.capital_owner.tolist(),
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "share of a group in property income",
        "群体在财产收入中的份额",
        r"\theta^{K,g}",
        "groups",
    ),
    Parameter(
        "group_ai",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    b.technology.household_groups.ai_owner.tolist(),
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "share of a group in income of AI and compute",
        "群体在人工智能收入中的份额",
        r"\theta^{M,g}",
        "groups",
    ),
    Parameter(
        "group_tax",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    b.technology.household_groups.transfer_owner.tolist(),
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "share of a group in the lump-sum tax",
        "群体在总额税中的份额",
        r"\theta^{T,g}",
        "groups",
    ),
    Parameter(
        "group_persons",
        ("groups",),
        lambda m, b: (
            dict(
                zip(
                    b.technology.household_groups.names,
                    b.technology.household_groups.persons.tolist(),
                    strict=True,
                )
            )
            if b.technology.household_groups
            else {}
        ),
        "million persons of a group",
        "群体人数（百万）",
        r"\mathit{pop}^{g}",
        "groups",
    ),
    Parameter(
        "group_labour",
        ("skills", "groups"),
        lambda m, b: (
            {
                (s, n): float(b.technology.household_groups.labour_owner[k, i])
                for k, s in enumerate(b.skills)
                for i, n in enumerate(b.technology.household_groups.names)
            }
            if b.technology.household_groups
            else {}
        ),
        "share of a group in the wages of a skill",
        "群体在某技能工资中的份额",
        r"\theta^{L,g}",
        "groups",
    ),
    Parameter(
        "group_licence",
        ("groups",),
        lambda m, b: group_licence(b),
        "share of a group in licence rents",
        "群体在许可证租金中的份额",
        r"\theta^{U,g}",
        "quota_rents",
    ),
)
DEFINITIONS = ()
EQUATIONS = (
    Equation(
        "ai_property_income_definition",
        ("t in years",),
        "ai_property_income[t] == ai_property[t]",
        "income of owners of AI and compute",
        "人工智能与算力所有者的收入",
        scale="gdp0",
    ),
    Equation(
        "group_income_definition",
        ("g in groups", "t in years"),
        "group_income[g, t] == group_capital[g] * (property_income[t] - "
        "ai_property_income[t] + coupons[t]) + group_ai[g] * ai_property_income[t] + "
        "group_licence[g] * quota_rents[t] + sum(group_labour[s, g] * (wage_bill[s, "
        "t] - training_fee[s, t]) for s in skills) - group_tax[g] * lump_sum_tax[t] + "
        "income_given[group_persons[g], t]",
        "income of {0}",
        "{0}的收入",
        scale="group_income0[g]",
    ),
    Equation(
        "group_spending_definition",
        ("g in groups", "t in years"),
        "group_spending[g, t] == group_propensity[g] * propensity_now[region[g], t] * "
        "group_income[g, t]",
        "spending of {0}",
        "{0}的支出",
        scale="group_income0[g]",
    ),
)
