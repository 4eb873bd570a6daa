"""Large and small firms: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.firm_size import replaceable_cost

PARAMETERS = (
    Parameter(
        "gap0",
        (),
        lambda m, b: b.technology.firm_size.gap if b.technology.firm_size else 0.0,
        "base-year log odds of adoption, large firms less small",
        "基年大小企业采用的对数几率之差",
        r"\Delta o_{0}",
        "firm_size.gap",
    ),
    Parameter(
        "task_saving0",
        (),
        lambda m, b: b.technology.firm_size.saving if b.technology.firm_size else 0.0,
        "base-year saving on a task that AI takes over",
        "基年人工智能承担任务的成本节约",
        r"\bar\sigma",
        "firm_size.saving",
    ),
    Parameter(
        "replaceable_cost",
        ("adopters",),
        lambda m, b: (
            {j: replaceable_cost(b, j) for j in m.adopters} if b.technology.firm_size else {}
        ),
        "cost of work that AI could ever do, over output",
        "人工智能可承担劳动的成本占产出之比",
        r"\bar e",
        "exposure",
    ),
    Parameter(
        "size_elasticity",
        (),
        lambda m, b: b.technology.firm_size.elasticity if b.technology.firm_size else 0.0,
        "elasticity between goods of large and small firms",
        "大小企业产品的替代弹性",
        r"\epsilon^{z}",
        "firm_size.elasticity",
    ),
    Parameter(
        "small_labour",
        (),
        lambda m, b: b.technology.firm_size.small_labour if b.technology.firm_size else 0.0,
        "labour of small firms relative to large ones",
        "小企业相对大企业的用工",
        "r^{z}",
        "firm_size.small_labour",
    ),
)
DEFINITIONS = (
    Definition(
        "task_saving",
        ("t",),
        "1 - (1 - task_saving0) * relative_ai_price[t] / ai_quality[t]",
        "saving on a task that AI takes over",
        "人工智能承担任务的成本节约",
        r"\sigma^{z}",
    ),
    Definition(
        "advantage",
        ("j", "t"),
        "task_saving[t] * replaceable_cost[j] * feasible[t] * adoption_ceiling[j, t] "
        "* (large_adoption[j, t, t] - small_adoption[j, t, t])",
        "log unit cost of small firms over that of large ones",
        "小企业与大企业单位成本的对数差",
        r"\hat v",
    ),
    Definition(
        "log_markup",
        ("j", "t"),
        "markup_response[t] * (large_share[j, t] - large_share0[j]) * "
        "(exp(-gain_competition * log(1 + programme_competition[t] / "
        "programme_unit[t])) if public_finance else 1)",
        "log markup of large firms over the sector's",
        "大企业加成率的对数",
        r"\log\mu^{l}",
    ),
)
EQUATIONS = (
    Equation(
        "advantage_definition",
        ("j in adopters", "t in years"),
        "advantage[j, t] == advantage_reference[j, t] + advantage_gap[j, t]",
        "cost advantage of large firms in sector {0}",
        "{0}部门大企业的成本优势",
    ),
    Equation(
        "large_share_definition",
        ("j in adopters", "t in years"),
        "log(large_share[j, t] / (1 - large_share[j, t])) == log(large_share0[j] / (1 "
        "- large_share0[j])) + (size_elasticity - 1) * (advantage_gap[j, t] - "
        "log_markup[j, t])",
        "share of large firms in sector {0}",
        "{0}部门大企业份额",
    ),
    Equation(
        "size_markup_definition",
        ("j in adopters", "t in years"),
        "size_markup[j, t] * (large_share[j, t] * exp(-log_markup[j, t]) + 1 - "
        "large_share[j, t]) == 1",
        "markup of the mix of firms in sector {0}",
        "{0}部门企业构成的加成率",
    ),
    Equation(
        "size_labour_definition",
        ("j in adopters", "t in years"),
        "size_labour[j, t] == (large_share[j, t] + (1 - large_share[j, t]) * "
        "small_labour) / (large_share0[j] + (1 - large_share0[j]) * small_labour)",
        "labour of the mix of firms in sector {0}",
        "{0}部门企业构成的劳动",
    ),
)
