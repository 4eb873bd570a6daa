"""Firms: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.economy import tasks
from engels.model.economy.trees import exposed_pay, mode_of


def intermediate_shares(b: Benchmark) -> dict[tuple[str, str], float]:
    """Share of good i in the intermediates that sector j buys, by (i, j)."""
    total = b.intermediate.sum(axis=0)
    return {
        (i, j): float(b.intermediate[n, k] / total[k]) if total[k] > 0 else 0.0
        for n, i in enumerate(b.sectors)
        for k, j in enumerate(b.sectors)
    }


def choosing(m: Any) -> list[tuple[str, str]]:
    """Pairs of sector and skill in which firms choose what AI does."""
    return list(m.ai_users) if mode_of(m.ai_mode).by_choice else []


PARAMETERS = (
    Parameter(
        "sigma_intermediates",
        (),
        lambda m, b: b.elasticities.intermediates,
        "elasticity among intermediates",
        "中间品之间的替代弹性",
        r"\sigma^{N}",
        "elasticities.intermediates",
    ),
    Parameter(
        "intermediate_share",
        ("sectors", "sectors"),
        lambda m, b: intermediate_shares(b),
        "share of good i in the intermediates of sector j",
        "产品i在部门j中间品中的份额",
        "a^{N}",
        "table: intermediate use",
    ),
    Parameter(
        "exposure",
        ("ai_users",),
        lambda m, b: {
            (j, s): float(b.exposure[b.index(j), b.skills.index(s)]) for j, s in choosing(m)
        },
        "share of tasks that AI could do (mode tasks)",
        "人工智能可完成的任务份额（tasks模式）",
        r"\varepsilon^{a}",
        "exposure",
    ),
    Parameter(
        "contestable0",
        ("ai_users",),
        lambda m, b: {k: tasks.pair(b, *k).contestable for k in choosing(m)},
        "share of tasks that AI may do in the base year (mode tasks)",
        "基年人工智能可做的任务份额（tasks模式）",
        r"\bar c",
        "tasks.contestable",
    ),
    Parameter(
        "open_bend",
        (),
        lambda m, b: tasks.BEND,
        "where the contestable share leaves the line (mode tasks)",
        "可竞争任务份额偏离直线之处（tasks模式）",
        r"\epsilon^{o}",
        "own",
    ),
    Parameter(
        "done0",
        ("ai_users",),
        lambda m, b: {k: tasks.pair(b, *k).done for k in choosing(m)},
        "AI's part of contestable tasks in the base year (mode tasks)",
        "基年可竞争任务中人工智能完成的部分（tasks模式）",
        r"\bar s^{a}",
        "tasks.contestable",
    ),
    Parameter(
        "exposed_weight_skill",
        ("ai_users",),
        lambda m, b: {
            (j, s): float(b.labour[b.index(j), b.skills.index(s)]) / exposed_pay(b)[j]
            for j, s in choosing(m)
        },
        "base-year pay of a skill over the pay of exposed tasks (mode tasks)",
        "基年某技能工资与可暴露任务工资之比（tasks模式）",
        r"\omega^{e}",
        "exposure",
    ),
    Parameter(
        "production_tax_rate0",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.production_tax / b.output, strict=True)),
        "base-year tax on production",
        "基年生产税率",
        r"\bar\tau",
        "table: production tax",
    ),
)
DEFINITIONS = (
    Definition(
        "ai_quality",
        ("t",),
        "ai_productivity[t]",
        "quality of AI (where nothing is learned)",
        "人工智能质量（无学习时）",
        "Z",
    ),
    Definition(
        "effective_labour",
        ("t",),
        "labour_efficiency[t]",
        "efficiency of labour (without ideas)",
        "劳动效率（无知识积累时）",
        r"\Lambda^{e}",
    ),
    Definition(
        "handed_over",
        ("j", "t"),
        "automation_depth[t] + automation_depth_sector[j, t] + (automated[j, t] if "
        "diffusion and j in adopters else 0)",
        "tasks handed to AI beyond the base year's",
        "基年之外交给人工智能的任务",
        "d^{+}",
    ),
    Definition(
        "part_done",
        ("j", "s", "t"),
        "price_composite[ai, t] * (1 + ai_charge[t]) * ai_use[j, s, t] / (price_composite[ai, t] * "
        "(1 + ai_charge[t]) * ai_use[j, s, t] + sector_wage[j, s, t] * contested[j, s, t])",
        "AI's part of contestable tasks (mode tasks)",
        "可竞争任务中人工智能完成的部分（tasks模式）",
        "s^{a}",
    ),
    Definition(
        "open_line",
        ("j", "s", "t"),
        "contestable0[j, s] * (1 - open_bend**2) + (exposure[j, s] - contestable0[j, s]) * handed_over[j, t]",
        "tasks that AI may do, straight line (mode tasks)",
        "人工智能可做任务的直线（tasks模式）",
        r"\ell^{c}",
    ),
    Definition(
        "taken_over",
        ("j", "s", "t"),
        "(open_line[j, s, t] + sqrt(open_line[j, s, t]**2 + (2 * open_bend * contestable0[j, s])**2)) / 2 * "
        "part_done[j, s, t] - contestable0[j, s] * done0[j, s]",
        "tasks that AI has taken over beyond the base year's (mode tasks)",
        "基年之外由人工智能接管的任务（tasks模式）",
        "a^{a}",
    ),
    Definition(
        "displaced",
        ("j", "t"),
        "sum(exposed_weight_skill[j, s] * taken_over[j, s, t] for i, s in ai_users if i == j) if "
        "by_choice else handed_over[j, t]",
        "exposed tasks that AI has taken over",
        "人工智能接管的可暴露任务",
        "a^{+}",
    ),
    Definition(
        "production_tax",
        ("j", "t"),
        "production_tax_rate[j, t] + (output_tax[t] - person_services[j] * "
        "service_subsidy[t] if public_finance else 0)",
        "net tax on production",
        "净生产税率",
        r"\hat\tau",
    ),
    Definition(
        "total_markup",
        ("j", "t"),
        "markup[j, t] * markup_common[t] * (size_markup[j, t] if firm_size and j in "
        "adopters else 1)",
        "price net of tax over unit cost",
        "税后价格与单位成本之比",
        r"\hat\mu",
    ),
    Definition(
        "sector_wage",
        ("j", "s", "t"),
        "wage[s, t] * (exp((mobility_gap[j, s, t] - attached[j, s, t]) / mobility[t]) "
        "if labour_market else 1)",
        "wage of a skill in a sector",
        "部门内某技能的工资",
        r"\hat w",
    ),
    Definition(
        "ai_tax_net",
        ("t",),
        "ai_tax[t] - (internalisation[t] * learning_subsidy[t] if learning and "
        "foresight else 0) - (ai_subsidy[t] if public_finance else 0)",
        "tax on AI services less subsidies",
        "人工智能服务净税率",
        r"\tau^{M}",
    ),
    Definition(
        "access_rate",
        ("t",),
        "access_wedge[t] * (exp(-gain_competition * log(1 + programme_competition[t] "
        "/ programme_unit[t])) if public_finance else 1) if firm_size else 0",
        "charge for access to AI",
        "接入加价率",
        r"\phi^{M}",
    ),
    Definition(
        "ai_charge",
        ("t",),
        "ai_tax_net[t] + access_rate[t]",
        "what users pay for AI beyond its price",
        "使用者在价格之外的支付",
        r"\hat\tau^{M}",
    ),
    Definition(
        "ai_total",
        ("t",),
        "sum(ai_use[j, u, t] for j, u in ai_users)",
        "AI services bought",
        "购买的人工智能服务",
        r"M^{\Sigma}",
    ),
    Definition(
        "price_power",
        ("i", "t"),
        "power(price_composite[i, t], 1 - sigma_intermediates)",
        "relative power of the price of a good",
        "产品价格的相对幂",
        r"\tilde P^{Q}",
    ),
    Definition(
        "intermediate_weight",
        ("j", "t"),
        "intermediate[j, t] * price_intermediate[j, t]**sigma_intermediates",
        "weight of a sector in intermediate demand",
        "部门在中间需求中的权重",
        r"\tilde N",
    ),
)
EQUATIONS = (
    Equation(
        "zero_profit",
        ("j in sectors", "t in years"),
        "price_output[j, t] * (1 - production_tax[j, t]) / (1 - "
        "production_tax_rate0[j]) == total_markup[j, t] * unit_cost[j, t]",
        "zero profit (price against cost, tax and markup) of sector {0}",
        "{0}部门的零利润条件",
    ),
    Equation(
        "price_power_definition",
        ("i in inputs", "t in years"),
        "price_power[i, t] == power(price_composite[i, t], 1 - sigma_intermediates)",
        "relative power of the price of good {0}",
        "{0}产品价格的相对幂",
    ),
    Equation(
        "intermediate_weight_definition",
        ("j in using", "t in years"),
        "intermediate_weight[j, t] == intermediate[j, t] * price_intermediate[j, "
        "t]**sigma_intermediates",
        "weight of sector {0} in intermediate demand",
        "{0}部门在中间需求中的权重",
    ),
    Equation(
        "intermediate_price",
        ("j in using", "t in years"),
        "power(price_intermediate[j, t], 1 - sigma_intermediates) == "
        "sum(intermediate_share[i, j] * price_power[i, t] for i in inputs)",
        "price of intermediates bought by sector {0}",
        "{0}部门中间品的价格",
    ),
    Equation(
        "intermediate_use",
        ("i in inputs", "t in years"),
        "intermediate_demand[i, t] == price_composite[i, t]**(-sigma_intermediates) * "
        "sum(intermediate_share[i, j] * intermediate_weight[j, t] for j in using)",
        "use of good {0} as an intermediate",
        "{0}产品的中间使用",
        scale="intermediate_demand0[i]",
    ),
    Equation(
        "sector_efficiency_definition",
        ("j in adopters", "t in years"),
        "sector_efficiency[j, t] == tfp_sector[j, t] * ((1 - sown[j, t]) * (1 + "
        "gross_return * intangible[j, t]) if sow_reap else 1) * (exp(application[j, "
        "t]) if spawning else 1)",
        "efficiency of sector {0}",
        "{0}部门的效率",
    ),
)
