"""Public programmes: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.programmes import path_employment, path_gdp

PARAMETERS = (
    Parameter(
        "programme_unit",
        ("years",),
        lambda m, b: (
            {t: b.technology.public_finance.scale * path_gdp(b, t) for t in m.years}
            if b.technology.public_finance
            else {}
        ),
        "spending that counts as one unit of a programme",
        "计划支出的单位",
        r"\bar\beta",
        "public_finance.scale",
    ),
    Parameter(
        "path_employment",
        ("years",),
        lambda m, b: {t: path_employment(b, t) for t in m.years},
        "employment of the baseline",
        "基准就业",
        "L^{*}",
        "baseline path",
    ),
    Parameter(
        "bond_rate",
        (),
        lambda m, b: b.technology.public_finance.bond_rate if b.technology.public_finance else 0.0,
        "interest on public debt",
        "公债利率",
        "r^{B}",
        "public_finance.bond_rate",
    ),
    Parameter(
        "person_services",
        ("sectors",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.public_finance.person_services.tolist(), strict=True))
            if b.technology.public_finance
            else {}
        ),
        "share of a sector that serves persons",
        "部门中面向个人服务的份额",
        r"\theta^{S}",
        "public_finance",
    ),
    Parameter(
        "gain_small_firms",
        (),
        lambda m, b: (
            b.technology.public_finance.small_firms if b.technology.public_finance else 0.0
        ),
        "gain of aid for small firms",
        "中小企业扶持的成效",
        r"\gamma^{sf}",
        "public_finance.small_firms",
    ),
    Parameter(
        "gain_standards",
        (),
        lambda m, b: b.technology.public_finance.standards if b.technology.public_finance else 0.0,
        "gain of standards",
        "标准的成效",
        r"\gamma^{st}",
        "public_finance.standards",
    ),
    Parameter(
        "gain_open_source",
        (),
        lambda m, b: (
            b.technology.public_finance.open_source if b.technology.public_finance else 0.0
        ),
        "gain of open source",
        "开源计划的成效",
        r"\gamma^{os}",
        "public_finance.open_source",
    ),
    Parameter(
        "gain_competition",
        (),
        lambda m, b: (
            b.technology.public_finance.competition if b.technology.public_finance else 0.0
        ),
        "gain of competition policy",
        "竞争政策的成效",
        r"\gamma^{co}",
        "public_finance.competition",
    ),
    Parameter(
        "gain_flexible_work",
        (),
        lambda m, b: (
            b.technology.public_finance.flexible_work if b.technology.public_finance else 0.0
        ),
        "gain of flexible work",
        "灵活就业计划的成效",
        r"\gamma^{fw}",
        "public_finance.flexible_work",
    ),
    Parameter(
        "loan_part",
        ("skills",),
        lambda m, b: (
            {
                s: b.technology.public_finance.loan_step
                if s == b.skills[0]
                else 1 - b.technology.public_finance.loan_step
                for s in b.skills
            }
            if b.technology.public_finance
            else {}
        ),
        "share of a skill in training loans",
        "某技能在培训贷款中的份额",
        r"\theta^{B}_{s}",
        "public_finance.loan_step",
    ),
    Parameter(
        "loan_subsidy",
        (),
        lambda m, b: (
            b.technology.public_finance.loan_subsidy if b.technology.public_finance else 1.0
        ),
        "part of a loan that the government pays",
        "政府承担的贷款部分",
        r"\theta^{LS}",
        "public_finance.loan_subsidy",
    ),
    Parameter(
        "contract_success",
        (),
        lambda m, b: (
            b.technology.public_finance.contract_success if b.technology.public_finance else 0.0
        ),
        "share of contract trainees who succeed",
        "合同培训成功率",
        "s^{C}",
        "public_finance.contract_success",
    ),
    Parameter(
        "chip_research_limit",
        (),
        lambda m, b: (
            b.technology.public_finance.chip_frontier if b.technology.public_finance else 1.0
        ),
        "limit of what research can do for chips",
        "研发对芯片成效的上限",
        r"\bar\kappa",
        "public_finance.chip_frontier",
    ),
    Parameter(
        "chip_research_gain",
        (),
        lambda m, b: (
            b.technology.public_finance.chip_success * b.technology.public_finance.chips
            if b.technology.public_finance
            else 0.0
        ),
        "gain of research on chips",
        "芯片研发的成效",
        r"\gamma^{ch}",
        "public_finance.chip_success, public_finance.chips",
    ),
)
DEFINITIONS = (
    Definition(
        "programmes",
        ("t",),
        "programme_small_firms[t] + programme_chips[t] + programme_open_source[t] + "
        "programme_standards[t] + programme_talent[t] + programme_loans[t] + "
        "programme_flexible_work[t] + programme_competition[t] + "
        "programme_data_law[t]",
        "spending on programmes",
        "各项计划支出",
        r"\mathit{PR}",
    ),
    Definition(
        "levers",
        ("t",),
        "compute_subsidies[t] + ai_subsidy[t] * price_composite[ai, t] * ai_total[t] "
        "+ sum(person_services[j] * service_subsidy[t] * price_output[j, t] * "
        "output[j, t] for j in sectors) + income_given[all_persons, t]",
        "cost of subsidies and transfers",
        "补贴与转移支付的成本",
        r"\mathit{LV}",
    ),
)
EQUATIONS = (
    Equation(
        "debt_law",
        ("t in years",),
        "public_debt[t + 1] == public_debt[t] - government_saving[t]",
        "public debt",
        "公共债务",
        scale="gdp0",
    ),
    Equation(
        "chip_research_law",
        ("t in years",),
        "chip_research[t + 1] == chip_research[t] + chip_research_gain * log(1 + "
        "programme_chips[t] / programme_unit[t]) * (1 - chip_research[t] / "
        "chip_research_limit)",
        "public research on chips",
        "芯片的公共研发",
    ),
    Equation(
        "policy_cost_definition",
        ("t in years",),
        "policy_cost[t] == programmes[t] + levers[t] / price_consumption[t]",
        "cost of policy",
        "政策成本",
        scale="gdp0",
    ),
    Equation(
        "lump_sum_real_definition",
        ("t in years",),
        "lump_sum_real[t] == lump_sum_tax[t] / price_consumption[t]",
        "lump-sum tax in consumer prices",
        "按消费价格计的总额税",
        scale="gdp0",
    ),
)
