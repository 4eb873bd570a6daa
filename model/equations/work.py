"""The labour market: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.work import skill_persons

PARAMETERS = (
    Parameter(
        "training_cost",
        (),
        lambda m, b: (
            b.technology.labour_market.training_cost if b.technology.labour_market else 0.0
        ),
        "cost of training, thousand yuan a person",
        "培训成本（千元/人）",
        "c^{T}",
        "labour_market.training_cost",
    ),
    Parameter(
        "training_success",
        (),
        lambda m, b: (
            b.technology.labour_market.training_success if b.technology.labour_market else 0.0
        ),
        "share of trainees who succeed",
        "培训成功率",
        "s^{T}",
        "labour_market.training_success",
    ),
    Parameter(
        "training_quality",
        (),
        lambda m, b: (
            b.technology.labour_market.training_quality if b.technology.labour_market else 0.0
        ),
        "work of the trained relative to the skill's mean",
        "受训者的工作质量",
        "q^{T}",
        "labour_market.training_quality",
    ),
    Parameter(
        "training_time",
        (),
        lambda m, b: (
            b.technology.labour_market.training_time if b.technology.labour_market else 0.0
        ),
        "part of a year that training takes",
        "培训时间",
        r"\tau^{T}_{0}",
        "labour_market.training_time",
    ),
    Parameter(
        "training_loss",
        (),
        lambda m, b: (
            b.technology.labour_market.training_loss if b.technology.labour_market else 0.0
        ),
        "loss of training",
        "培训折损",
        r"\delta^{T}",
        "labour_market.training_loss",
    ),
    Parameter(
        "training_rate",
        (),
        lambda m, b: (
            b.technology.labour_market.training_rate if b.technology.labour_market else 0.0
        ),
        "usual rate of training",
        "培训率",
        r"\bar r^{T}",
        "labour_market.training_rate",
    ),
    Parameter(
        "training_elasticity",
        (),
        lambda m, b: (
            b.technology.labour_market.training_elasticity if b.technology.labour_market else 0.0
        ),
        "elasticity of training to wages",
        "培训弹性",
        r"\theta^{W}",
        "labour_market.training_elasticity",
    ),
    Parameter(
        "persistence",
        (),
        lambda m, b: b.technology.labour_market.persistence if b.technology.labour_market else 0.0,
        "persistence of real wages",
        "工资惯性",
        r"\rho^{W}",
        "labour_market.persistence",
    ),
    Parameter(
        "wage_curve_elasticity",
        (),
        lambda m, b: b.technology.labour_market.wage_curve if b.technology.labour_market else 0.0,
        "elasticity of the wage curve",
        "工资曲线弹性",
        r"\epsilon^{W}",
        "labour_market.wage_curve",
    ),
    Parameter(
        "adjustment",
        (),
        lambda m, b: b.technology.labour_market.adjustment if b.technology.labour_market else 0.0,
        "adjustment of real wages",
        "工资调整",
        r"\alpha^{W}",
        "labour_market.adjustment",
    ),
    Parameter(
        "discouragement",
        (),
        lambda m, b: (
            b.technology.labour_market.discouragement if b.technology.labour_market else 0.0
        ),
        "elasticity of the labour force to employment",
        "劳动参与弹性",
        r"\kappa^{W}",
        "labour_market.discouragement",
    ),
    Parameter(
        "attachment",
        (),
        lambda m, b: b.technology.labour_market.attachment if b.technology.labour_market else 0.0,
        "pace of attachment",
        "依附速度",
        r"\pi^{a}",
        "labour_market.attachment",
    ),
    Parameter(
        "reinstatement_lag",
        (),
        lambda m, b: (
            b.technology.labour_market.reinstatement_lag if b.technology.labour_market else 0.0
        ),
        "lag of new tasks",
        "新任务滞后",
        r"\tau^{n}",
        "labour_market.reinstatement_lag",
    ),
    Parameter(
        "flexible_wage",
        (),
        lambda m, b: (
            b.technology.labour_market.flexible_wage if b.technology.labour_market else 0.0
        ),
        "wage of flexible work",
        "灵活就业的工资",
        r"\omega^{F}",
        "labour_market.flexible_wage",
    ),
    Parameter(
        "skill_persons",
        ("skills",),
        lambda m, b: skill_persons(b) if b.technology.labour_market else {},
        "base-year workers of a skill, million",
        "某技能的基年劳动者（百万）",
        r"\bar{\mathit{pop}}^{s}",
        "people",
    ),
)
DEFINITIONS = (
    Definition(
        "flexible",
        ("t",),
        "1 - exp(-gain_flexible_work * log(1 + programme_flexible_work[t] / "
        "programme_unit[t])) if public_finance else 0",
        "share of the unemployed in flexible work",
        "失业者中灵活就业的份额",
        r"\mathit{fl}",
    ),
    Definition(
        "out_of_work",
        ("s", "t"),
        "unemployment[s, t] * (1 - flexible[t] * flexible_wage)",
        "share of the labour force whose work is lost",
        "失去工作的劳动力份额",
        r"\hat u",
    ),
    Definition(
        "in_government_goods",
        ("x", "t"),
        "x * price_consumption[t] / price_government[t]",
        "spending x in prices of government goods",
        "按政府购买价格计的支出x",
        r"\mathit{vg}",
    ),
    Definition(
        "talent",
        ("z", "t"),
        "in_government_goods[programme_talent[t], t] / (training_cost * 1e-3) if "
        "public_finance and z == last_skill else 0",
        "million persons whom the talent programme trains",
        "人才计划培训的人数",
        r"\mathit{tal}",
    ),
    Definition(
        "lent",
        ("a", "t"),
        "loan_part[a] * in_government_goods[programme_loans[t], t] / (loan_subsidy * "
        "training_cost * 1e-3) if public_finance else 0",
        "million persons trained on a loan",
        "贷款培训的人数",
        r"\mathit{len}",
    ),
    Definition(
        "teaching",
        ("a", "z", "t"),
        "training_cost * 1e-3 * trainees[a, z, t] + (1 - loan_subsidy) * "
        "training_cost * 1e-3 * lent[a, t]",
        "teaching that trainees pay for",
        "受训者付费的教学",
        r"\mathit{te}",
    ),
    Definition(
        "enrolled",
        ("a", "z", "t"),
        "trainees[a, z, t] + talent[z, t] + lent[a, t]",
        "million persons in training",
        "受训人数",
        "R^{+}",
    ),
    Definition(
        "trained_work",
        ("s", "t"),
        "(sum(training_quality * trained[a, z, t] for a, z in training_steps if z == "
        "s) - sum(trained[a, z, t] + training_time * enrolled[a, z, t] for a, z in "
        "training_steps if a == s)) / skill_persons[s]",
        "work that training has added to a skill",
        "培训为某技能增加的劳动",
        "T^{W}",
    ),
)
EQUATIONS = (
    Equation(
        "labour_force_definition",
        ("s in skills", "t in years"),
        "labour_force[s, t] == (labour_endowment[s, t] + trained_work[s, t]) * "
        "exp(labour_elasticity * wage_memory[s, t + 1]) * ((1 - unemployment[s, t]) / "
        "(1 - unemployment0[s]))**discouragement",
        "labour force of skill {0}",
        "{0}技能的劳动力",
    ),
    Equation(
        "real_wage_definition",
        ("s in skills", "t in years"),
        "wage_memory[s, t + 1] == log(wage_bill[s, t] / labour_supply[s, t] / "
        "price_consumption[t] / reference_wage[s, t])",
        "real wage of skill {0} against its reference",
        "{0}技能的实际工资与参照之差",
    ),
    Equation(
        "wage_curve",
        ("s in skills", "t in years"),
        "wage_memory[s, t + 1] == persistence * wage_memory[s, t] - ((1 - "
        "persistence) * wage_curve_elasticity + adjustment) * log(unemployment[s, t] "
        "/ unemployment0[s])",
        "wage curve of skill {0}",
        "{0}技能的工资曲线",
    ),
    Equation(
        "mobility_gap_definition",
        ("j, s in jobs", "t in years"),
        "labour[j, s, t] == mobility_reference[j, s, t] * exp(mobility_gap[j, s, t]) "
        "* labour_supply[s, t]",
        "workers of skill {1} in sector {0} against the baseline",
        "{0}部门{1}技能劳动者与基准之差",
        scale="wage_bill0[s]",
    ),
    Equation(
        "attachment_law",
        ("j, s in jobs", "t in years"),
        "attached[j, s, t + 1] == attached[j, s, t] + attachment * (mobility_gap[j, "
        "s, t] - attached[j, s, t])",
        "attachment of skill {1} to sector {0}",
        "{1}技能对{0}部门的依附",
    ),
    Equation(
        "wage_bill_definition",
        ("s in skills", "t in years"),
        "wage_bill[s, t] == sum(sector_wage[j, s, t] * labour[j, s, t] for j, k in jobs if k == s)",
        "wages of skill {0}",
        "{0}技能的工资总额",
        scale="wage_bill0[s]",
    ),
    Equation(
        "trainee_choice",
        ("a, z in training_steps", "t in years"),
        "trainees[a, z, t] == training_rate * skill_persons[a] * labour_endowment[a, "
        "t] * (exp(training_elasticity * (wage_memory[z, t + 1] - wage_memory[a, t + "
        "1])) - 1)",
        "training of skill {0} for skill {1}",
        "由{0}技能向{1}技能的培训",
    ),
    Equation(
        "training_law",
        ("a, z in training_steps", "t in years"),
        "trained[a, z, t + 1] == (1 - training_loss) * trained[a, z, t] + "
        "training_success * (trainees[a, z, t] + talent[z, t]) + contract_success * "
        "lent[a, t]",
        "persons trained from skill {0} to skill {1}",
        "由{0}技能培训至{1}技能的人数",
    ),
    Equation(
        "reinstatement_law",
        ("j in sectors", "t in years"),
        "reinstated[j, t + 1] == reinstated[j, t] + (reinstatement[t] * "
        "displaced[j, t] - reinstated[j, t]) / reinstatement_lag",
        "new tasks of labour in sector {0}",
        "{0}部门劳动的新任务",
    ),
)
