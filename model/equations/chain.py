"""The compute chain: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

import math

from engels.model.algebra.declaration import Equation, Parameter

PARAMETERS = (
    Parameter(
        "chip_frontier",
        (),
        lambda m, b: (
            -math.log(b.technology.compute_chain.chip_gap) if b.technology.compute_chain else 1.0
        ),
        "log gap to the quality of imported chips",
        "与进口芯片质量的对数差距",
        r"\bar\ell^{k}",
        "compute_chain.chip_gap",
    ),
    Parameter(
        "chip_learning",
        (),
        lambda m, b: (
            b.technology.compute_chain.chip_learning if b.technology.compute_chain else 0.0
        ),
        "learning of chip makers",
        "芯片制造的学习",
        r"\lambda^{k}",
        "compute_chain.chip_learning",
    ),
)
DEFINITIONS = ()
EQUATIONS = (
    Equation(
        "construction_law",
        ("t in years",),
        "construction[t + 1] == (1 - completion) * begun[t]",
        "compute capacity under construction",
        "在建算力",
        scale="compute_capacity0",
    ),
    Equation(
        "construction_value_definition",
        ("t in years",),
        "construction_value[t] == completion * compute_q[t] + (1 - completion) * "
        "(construction_value[t + 1] * numeraire[t] / numeraire[t + 1] if t < last "
        "else construction_value[t]) / (1 + interest_rate[min(t, last_interest)] + "
        "required_compute - net_return + risk_premium[ai, t])",
        "value of compute capacity begun",
        "开工算力的价值",
        scale="numeraire[t]",
    ),
    Equation(
        "link_limit",
        ("k in links", "t in years"),
        "complementary(link_rent[k, t] / numeraire[t], log((power_limit[t] if k == "
        '"power" else storage_limit[t]) / (compute_service[t] / compute_service0 * '
        '(energy[t] if k == "power" else 1))))',
        "limit of {0} on compute against its rent",
        "{0}对算力的限制与租金",
    ),
    Equation(
        "chip_gap_definition",
        ("t in years",),
        "chips_domestic[t] == chip_reference[t] * exp(chip_gap[t])",
        "sales of domestic chips against their baseline",
        "国产芯片销量与基准之差",
        scale="chips_domestic0",
    ),
    Equation(
        "chip_learning_law",
        ("t in years",),
        "chip_learned[t + 1] == chip_learned[t] + chip_learning * "
        "positive_part[chip_gap[t]] * (1 - chip_learned[t] / chip_frontier)",
        "learning of domestic chip makers",
        "国产芯片制造的学习",
    ),
)
