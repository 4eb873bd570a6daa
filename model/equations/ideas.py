"""Ideas: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks.ideas import idea_scale

PARAMETERS = (
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
