"""Sowing and reaping: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Equation, Parameter
from engels.model.blocks.intangibles import gross_return, path_growth
from engels.model.economy.trees import exposed_pay


def intangible_need(m: Any, b: Benchmark) -> dict[str, float]:
    """Intangible capital that handing over all exposed work takes, share of value added, by sector."""
    s, d, pay = b.technology.sow_reap, b.technology.diffusion, exposed_pay(b)
    if s is None or d is None:
        return {}
    added = {j: float(b.labour[b.index(j)].sum() + b.capital[b.index(j)]) for j in m.adopters}
    return {j: s.multiplier * pay[j] / x * float(d.cap[b.index(j)]) for j, x in added.items()}


PARAMETERS = (
    Parameter(
        "intangible_need",
        ("adopters",),
        lambda m, b: intangible_need(m, b),
        "intangible capital that full automation needs",
        "完全自动化所需的无形资本",
        r"\bar n",
        "sow_reap.multiplier",
    ),
    Parameter(
        "intangible_depreciation",
        (),
        lambda m, b: b.technology.sow_reap.depreciation if b.technology.sow_reap else 0.0,
        "depreciation of intangible capital",
        "无形资本折旧率",
        r"\delta^{N}",
        "sow_reap.depreciation",
    ),
    Parameter(
        "path_growth",
        ("years",),
        lambda m, b: {t: path_growth(b, t) for t in m.years},
        "growth of the economy in the baseline",
        "基准经济增长",
        "G^{Y}",
        "baseline path",
    ),
    Parameter(
        "gross_return",
        (),
        lambda m, b: gross_return(b) if b.technology.sow_reap else 0.0,
        "gross return of intangible capital",
        "无形资本总回报",
        r"\rho^{N}",
        "sow_reap.premium",
    ),
)
DEFINITIONS = ()
EQUATIONS = (
    Equation(
        "sown_definition",
        ("j in adopters", "t in years"),
        "sown[j, t] == path_growth[t] * intangible_need[j] * (feasible[t] * "
        "adopted[j, t, t + 1] - feasible_base * adoption0[j]) - (1 - "
        "intangible_depreciation) * intangible[j, t]",
        "intangible investment of sector {0}",
        "{0}部门的无形投资",
    ),
    Equation(
        "intangible_accumulation",
        ("j in adopters", "t in years"),
        "intangible[j, t + 1] * path_growth[t] == (1 - intangible_depreciation) * "
        "intangible[j, t] + sown[j, t]",
        "accumulation of intangible capital in sector {0}",
        "{0}部门无形资本的积累",
    ),
)
