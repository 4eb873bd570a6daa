"""Diffusion of AI: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.diffusion import base_adoption
from engels.model.economy.trees import exposed_pay


def exposed_weight(m: Any, b: Benchmark) -> dict[str, float]:
    """Weight of each adopting sector in mean adoption: its share of exposed pay."""
    pay = exposed_pay(b)
    total = sum(pay[j] for j in m.adopters)
    return {j: pay[j] / total for j in m.adopters}


PARAMETERS = (
    Parameter(
        "feasible_base",
        (),
        lambda m, b: b.technology.diffusion.feasible if b.technology.diffusion else 0.0,
        "share of tasks that AI could do in the base year",
        "基年人工智能可完成的任务份额",
        "f_{0}",
        "diffusion.feasible",
    ),
    Parameter(
        "quality_elasticity",
        (),
        lambda m, b: b.technology.diffusion.quality if b.technology.diffusion else 0.0,
        "elasticity of what is feasible to quality",
        "可行任务对质量的弹性",
        r"\zeta",
        "diffusion.quality",
    ),
    Parameter(
        "cap",
        ("adopters",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.diffusion.cap, strict=True))
            if b.technology.diffusion
            else {}
        ),
        "largest share of exposed tasks",
        "可自动化任务上限",
        r"\overline{cap}",
        "sector_map",
    ),
    Parameter(
        "steepness",
        (),
        lambda m, b: b.technology.diffusion.steepness if b.technology.diffusion else 0.0,
        "steepness of the threshold",
        "门槛的陡度",
        "s^{q}",
        "diffusion.steepness",
    ),
    Parameter(
        "price_elasticity",
        (),
        lambda m, b: b.technology.diffusion.price if b.technology.diffusion else 0.0,
        "elasticity of diffusion to the price of AI",
        "扩散对价格的弹性",
        r"\eta^{d}",
        "diffusion.price",
    ),
    Parameter(
        "exposed_weight",
        ("adopters",),
        lambda m, b: exposed_weight(m, b),
        "weight of a sector in mean adoption",
        "部门在平均采用率中的权重",
        r"\theta^{e}",
        "exposure",
    ),
    Parameter(
        "mean_adoption_base",
        (),
        lambda m, b: base_adoption(b) if b.technology.diffusion else 0.0,
        "base-year mean adoption",
        "基年平均采用率",
        r"\bar d_{0}",
        "diffusion.start",
    ),
)
DEFINITIONS = (
    Definition(
        "large_small_gap",
        ("t",),
        "gap0 + log(adoption_cost[t]) - (gain_small_firms * log(1 + "
        "programme_small_firms[t] / programme_unit[t]) if public_finance else 0)",
        "log odds of adoption, large firms less small",
        "大小企业采用的对数几率之差",
        r"\Delta o",
    ),
    Definition(
        "small_adoption",
        ("j", "t", "k"),
        "1 / (1 + exp(large_small_gap[t] - adoption_odds[j, k]))",
        "adoption of small firms below the ceiling",
        "小企业采用率（上限之下）",
        r"\ell^{s}",
    ),
    Definition(
        "large_adoption",
        ("j", "t", "k"),
        "1 / (1 + exp(-adoption_odds[j, k]))",
        "adoption (of large firms) below the ceiling",
        "（大企业）采用率（上限之下）",
        r"\ell^{l}",
    ),
    Definition(
        "adopted",
        ("j", "t", "k"),
        "adoption_ceiling[j, t] * (large_share[j, t] * large_adoption[j, t, k] + (1 - "
        "large_share[j, t]) * small_adoption[j, t, k] if firm_size else "
        "large_adoption[j, t, k])",
        "adoption that the odds of year k mean in year t",
        "k年几率在t年对应的采用率",
        r"\hat d",
    ),
    Definition(
        "failure",
        ("t",),
        "coordination_failure[t] * (exp(-gain_standards * log(1 + "
        "programme_standards[t] / programme_unit[t])) if public_finance else 1)",
        "share of speed lost",
        "损失的速度份额",
        r"\hat\chi",
    ),
    Definition(
        "relative_ai_price",
        ("t",),
        "price_composite[ai, t] * (1 + ai_charge[t]) / price_consumption[t]",
        "price of AI services in consumer prices",
        "按消费价格计的人工智能价格",
        "p^{M}",
    ),
    Definition(
        "mean_adoption",
        ("t",),
        "sum(exposed_weight[j] * adoption[j, t] for j in adopters)",
        "mean adoption",
        "平均采用率",
        r"\bar d^{\Sigma}",
    ),
)
EQUATIONS = (
    Equation(
        "adoption_definition",
        ("j in adopters", "t in years"),
        "adoption[j, t] == adopted[j, t, t]",
        "adoption of AI in sector {0}",
        "{0}部门的人工智能采用率",
    ),
    Equation(
        "feasible_definition",
        ("t in years",),
        "feasible[t] * (1 + (1 / feasible_base - 1) * ai_quality[t]**(-quality_elasticity)) == 1",
        "tasks that AI's quality allows",
        "人工智能质量所允许的任务",
    ),
    Equation(
        "automated_definition",
        ("j in adopters", "t in years"),
        "automated[j, t] == cap[j] * (feasible[t] * adoption[j, t] - feasible_base * adoption0[j])",
        "tasks automated in sector {0}",
        "{0}部门已自动化的任务",
    ),
    Equation(
        "diffusion_law",
        ("j in adopters", "t in years"),
        "adoption_odds[j, t + 1] == adoption_odds[j, t] + (diffusion_speed[j, t] + (adoption_pace * "
        "(adoption_odds0[j] + adoption_response * worth_gap[j, t] - adoption_odds[j, t]) if "
        "adoption_choice else 0)) * (1 - failure[t]) / (1 + (infrastructure_threshold[t] / "
        "(compute_utilisation[t] * compute_capacity[t] / compute_capacity0))**steepness) * "
        "(relative_ai_price[t] / ai_quality[t])**(-price_elasticity)",
        "diffusion of AI in sector {0}",
        "{0}部门的人工智能扩散",
    ),
)
