"""Adoption of AI as a choice: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.adoption_choice import (
    base_odds,
    base_return,
    choice_of,
    exposed_weight,
    response,
)

PARAMETERS = (
    Parameter(
        "task_shape",
        (),
        lambda m, b: b.tasks.shape,
        "shape of efficiencies over tasks",
        "任务效率分布的形状参数",
        r"\theta",
        "tasks.saving",
    ),
    Parameter(
        "adoption_pace",
        (),
        lambda m, b: choice_of(b).pace if b.technology.adoption_choice else 0.0,
        "pace at which firms follow",
        "企业跟随的速度",
        r"\lambda^{d}",
        "adoption_choice.pace",
    ),
    Parameter(
        "adoption_response",
        (),
        lambda m, b: response(b) if b.technology.adoption_choice else 0.0,
        "log odds of wanting to adopt per log point of worth",
        "采用意愿对价值的反应",
        r"\nu^{d}",
        "adoption_choice.spread",
    ),
    Parameter(
        "adoption_lifetime",
        (),
        lambda m, b: choice_of(b).lifetime if b.technology.adoption_choice else 0.0,
        "years that what is put in serves",
        "采用投入的使用年限",
        "n^{d}",
        "adoption_choice.lifetime",
    ),
    Parameter(
        "adopter_return",
        ("adopters",),
        lambda m, b: {j: base_return(b, j) for j in m.adopters},
        "base-year net return on a sector's capital",
        "基年部门资本净回报",
        r"\bar r^{k}",
        "table: capital income",
    ),
    Parameter(
        "task_odds",
        ("jobs",),
        lambda m, b: dict.fromkeys(m.jobs, 0.0) | {k: base_odds(b, *k) for k in exposed_weight(b)},
        "AI's part of contestable tasks over labour's, base year",
        "基年可竞争任务中人工智能与劳动之比",
        r"\bar\tau^{a}",
        "tasks.contestable",
    ),
    Parameter(
        "exposed_part",
        ("jobs",),
        lambda m, b: dict.fromkeys(m.jobs, 0.0) | exposed_weight(b),
        "share of a skill in the exposed pay of a sector",
        "某技能占部门可暴露工资的份额",
        r"\omega^{d}",
        "exposure",
    ),
)
DEFINITIONS = (
    Definition(
        "effective_ai_price",
        ("t",),
        "price_composite[ai, t] * (1 + ai_charge[t]) / ai_quality[t]",
        "price of an effective unit of AI",
        "有效单位人工智能的价格",
        "q^{M}",
    ),
    Definition(
        "adoption_saving",
        ("j", "t"),
        "feasible[t] * sum(exposed_part[j, s] * (1 - (1 + task_odds[j, s] * (sector_wage[j, s, t] / "
        "effective_labour[t] / effective_ai_price[t])**task_shape)**(-1 / task_shape)) for i, s in jobs "
        "if i == j)",
        "saving of a firm that adopts",
        "采用企业的成本节约",
        "S^{d}",
    ),
)
EQUATIONS = (
    Equation(
        "worth_definition",
        ("j in adopters", "t in years"),
        "log(adoption_saving[j, t] * (-power(exp(-adoption_lifetime), adopter_return[j] + "
        "risk_premium[j, t])) / cost_of_adopting[t]) == worth_reference[j, t] + worth_gap[j, t]",
        "worth of adopting AI in sector {0}",
        "{0}部门采用人工智能的价值",
    ),
)
