"""Households that spend out of income: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.hand_to_mouth import income_share

PARAMETERS = (
    Parameter(
        "rule_share",
        ("households",),
        lambda m, b: {
            h: income_share(b, h) if b.technology.hand_to_mouth else 0.0 for h in b.households
        },
        "share of income that is spent by the rule",
        "按规则消费的收入份额",
        r"\lambda",
        "hand_to_mouth.share",
    ),
)

DEFINITIONS = (
    Definition(
        "propensity_now",
        ("h", "t"),
        "(1 - rule_share[h]) * consumption_propensity[t] + rule_share[h] * "
        "rule_propensity[t] if hand_to_mouth else consumption_propensity[t]",
        "propensity to consume of a household",
        "居民的消费倾向",
        r"\hat\kappa",
    ),
    Definition(
        "far_sighted",
        ("h", "t"),
        "(1 - rule_share[h]) * consumption_propensity[t] / propensity_now[h, t] if "
        "hand_to_mouth else 1",
        "share of spending by those who look ahead",
        "前瞻者的支出份额",
        r"\phi^{E}",
    ),
)

EQUATIONS = (
    Equation(
        "propensity_gap_definition",
        ("t in years",),
        "rule_propensity[t] * exp(propensity_gap[t]) == consumption_propensity[t]",
        "propensity of those who look ahead against the rule",
        "前瞻者消费倾向与规则之差",
    ),
)
