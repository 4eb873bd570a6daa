"""Innovation: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.complementarity import CORNER
from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.ideas import idea_scale

PARAMETERS = (
    Parameter(
        "learning_use",
        (),
        lambda m, b: b.technology.learning.use if b.technology.learning else 0.0,
        "learning from use",
        "使用中学习",
        r"\lambda^{M}",
        "learning.use",
    ),
    Parameter(
        "learning_feedback",
        (),
        lambda m, b: b.technology.learning.feedback if b.technology.learning else 0.0,
        "learning from adoption",
        "采用中学习",
        r"\phi^{d}",
        "learning.feedback",
    ),
    Parameter(
        "learning_spillover",
        (),
        lambda m, b: b.technology.learning.spillover if b.technology.learning else 0.0,
        "spillover from the frontier",
        "前沿溢出",
        "s^{f}",
        "learning.spillover",
    ),
    Parameter(
        "ai_size",
        (),
        lambda m, b: float(b.output[b.index(b.ai)]),
        "base-year output of AI",
        "人工智能基年产出",
        r"\bar Y^{M}",
        "AI account",
    ),
    Parameter(
        "corner",
        (),
        lambda m, b: CORNER,
        "width of the corner of max(0, x)",
        "max(0, x)拐角的宽度",
        r"\epsilon^{c}",
        "model",
    ),
    Parameter(
        "spawning_gain",
        ("adopters",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.spawning.gain, strict=True))
            if b.technology.spawning
            else {}
        ),
        "gain of a sector from quality",
        "部门从质量获得的增益",
        r"\gamma^{A}",
        "spawning.gain",
    ),
    Parameter(
        "spawning_pace",
        (),
        lambda m, b: b.technology.spawning.pace if b.technology.spawning else 0.0,
        "pace of gains",
        "增益的速度",
        r"\pi^{A}",
        "spawning.pace",
    ),
    Parameter(
        "variety_gain",
        ("adopters",),
        lambda m, b: (
            dict(zip(b.sectors, b.technology.new_formats.gain, strict=True))
            if b.technology.new_formats
            else {}
        ),
        "gain of variety from quality",
        "种类从质量获得的增益",
        r"\gamma^{V}",
        "new_formats.gain",
    ),
    Parameter(
        "idea_scale",
        (),
        lambda m, b: idea_scale(b.technology.ideas) if b.technology.ideas else 0.0,
        "scale of ideas",
        "思想产出的规模",
        "a^{i}",
        "ideas.growth",
    ),
    Parameter(
        "congestion",
        (),
        lambda m, b: b.technology.ideas.congestion if b.technology.ideas else 0.0,
        "elasticity of ideas to research labour",
        "思想对研发劳动的弹性",
        "l^{K}",
        "ideas.congestion",
    ),
    Parameter(
        "time_freed",
        (),
        lambda m, b: b.technology.ideas.time_freed if b.technology.ideas else 0.0,
        "research time that adoption frees",
        "采用所节省的研发时间",
        r"\tau^{K}",
        "ideas.time_freed",
    ),
    Parameter(
        "knowledge_elasticity",
        (),
        lambda m, b: b.technology.ideas.elasticity if b.technology.ideas else 0.0,
        "elasticity of labour's efficiency to knowledge",
        "劳动效率对知识的弹性",
        r"\psi",
        "ideas.elasticity",
    ),
)
DEFINITIONS = (
    Definition(
        "positive_part",
        ("x",),
        "(x + sqrt(x**2 + corner**2) - corner) / 2",
        "smooth max(0, x)",
        "平滑的max(0, x)",
        r"\max\nolimits_{+}",
    ),
    Definition(
        "shared",
        ("t",),
        "open_source[t] * (1 + gain_open_source * log(1 + programme_open_source[t] / "
        "programme_unit[t]) if public_finance else 1)",
        "factor on spillovers",
        "溢出的因子",
        r"\hat s^{f}",
    ),
    Definition(
        "ai_sales",
        ("t",),
        "price_composite[ai, t] / numeraire[t] * composite[ai, t]",
        "sales of AI services",
        "人工智能服务的销售",
        "B^{M}",
    ),
    Definition(
        "idea_reach",
        ("t",),
        "log(2) * knowledge[t]**idea_access[t]",
        "log of the combinations of knowledge",
        "知识组合数的对数",
        r"\mathit{kr}",
    ),
    Definition(
        "idea_yield",
        ("t",),
        "(exp(idea_search[t] * idea_reach[t]) - 1) / idea_search[t]",
        "combinations found",
        "发现的组合",
        r"\mathit{iy}",
    ),
)
EQUATIONS = (
    Equation(
        "ai_quality_definition",
        ("t in years",),
        "ai_quality[t] == ai_productivity[t] * exp(learned[t])",
        "quality of AI",
        "人工智能质量",
    ),
    Equation(
        "learning_gap_definition",
        ("t in years",),
        "composite[ai, t] == ai_reference[t] * exp(learning_gap[t])",
        "use of AI against its baseline",
        "人工智能使用与基准之差",
        scale="ai_size",
    ),
    Equation(
        "learning_law",
        ("t in years",),
        "learned[t + 1] == learned[t] + learning_use * learning_rate[t] * "
        "positive_part[learning_gap[t]] + (learning_feedback * (mean_adoption[t] - "
        "mean_adoption_base) if diffusion else 0) + learning_spillover * shared[t] * "
        "positive_part[log(frontier_ai[t] / ai_quality[t])]",
        "learning of AI",
        "人工智能的学习",
    ),
    Equation(
        "learning_value_definition",
        ("t in years",),
        "(learning_value[t] * (1 + interest_rate[t]) == learning_value[t + 1] + "
        "ai_sales[t + 1]) if t < last else (learning_value[t] * ai_sales[t - 1] == "
        "learning_value[t - 1] * ai_sales[t])",
        "value of learning",
        "学习的价值",
        scale="ai_size if t < last else ai_size**2",
    ),
    Equation(
        "learning_subsidy_definition",
        ("t in years",),
        "learning_subsidy[t] * ai_sales[t] == learning_use * learning_rate[t] * learning_value[t]",
        "subsidy that internalises learning",
        "使学习内部化的补贴",
        scale="ai_size",
    ),
    Equation(
        "spawning_law",
        ("j in adopters", "t in years"),
        "application[j, t + 1] == (1 - spawning_pace) * application[j, t] + "
        "spawning_pace * spawning_gain[j] * adoption[j, t] * log(ai_quality[t])",
        "productivity that sector {0} gains from AI",
        "{0}部门从人工智能获得的生产率",
    ),
    Equation(
        "variety_definition",
        ("j in adopters", "t in years"),
        "log(variety[j, t]) == variety_gain[j] * adoption[j, t] * log(ai_quality[t])",
        "variety of home good {0}",
        "国产品{0}的种类",
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
    Equation(
        "knowledge_law",
        ("t in years",),
        "knowledge[t + 1] == knowledge[t] + idea_scale * research_efficiency[t] * "
        "(research_time[t] * (1 + time_freed * (mean_adoption[t] - "
        "mean_adoption_base) if diffusion else 1))**congestion * idea_yield[t]",
        "growth of knowledge",
        "知识的增长",
    ),
    Equation(
        "knowledge_gap_definition",
        ("t in years",),
        "knowledge_reference[t] * exp(knowledge_gap[t]) == knowledge[t]",
        "knowledge against its baseline",
        "知识与基准之差",
    ),
    Equation(
        "effective_labour_definition",
        ("t in years",),
        "effective_labour[t] == labour_efficiency[t] * exp(knowledge_elasticity * "
        "knowledge_gap[t])",
        "efficiency of labour with knowledge",
        "含知识的劳动效率",
    ),
)
