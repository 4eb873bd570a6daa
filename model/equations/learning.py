"""Learning: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.complementarity import CORNER
from engels.model.algebra.declaration import Definition, Equation, Parameter

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
        "learning_subsidy",
        ("t",),
        "learning_use * learning_rate[t] / learning_yield[t]",
        "subsidy that internalises learning",
        "使学习内部化的补贴",
        r"\hat s",
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
        "learning_yield_definition",
        ("t in years",),
        "(learning_yield[t + 1] * (1 + interest_rate[t]) == learning_yield[t] * "
        "(1 + learning_yield[t + 1]) * ai_sales[t + 1] / ai_sales[t]) if t < last else "
        "(1 + learning_yield[t] == (1 + interest_rate[t - 1]) * ai_sales[t - 1] / ai_sales[t])",
        "yield of learning",
        "学习的收益率",
    ),
)
