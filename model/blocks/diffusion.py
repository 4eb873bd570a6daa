"""Diffusion of AI over sectors, and the tasks that it takes over.

    adoption     d = c / (1 + e^-o)                             o: log odds of adoption below the ceiling c
    diffusion    o' = o + kappa (1 - chi) H (p / Z)^-eta
    waiting      H = 1 / (1 + (Q* / Q)^s)                       Q: usable compute, multiple of the base year's
    feasible     g(Z) = 1 / (1 + (1/f0 - 1) Z^-zeta)            share of what AI could ever do
    automated    a = cap (g(Z) d - f0 d0)                       beyond the base year's; cap by sector

With a constant speed kappa adoption is logistic in time (Griliches 1957; Mansfield 1961): the law in
log odds is its exact solution from year to year. chi is the share of speed lost to coordination failure
(missing standards, refused interconnection), Q* a threshold of infrastructure around which diffusion
starts (0: none), p the price of AI services in consumer prices; eta is 0 unless asked for. Nothing
diffuses until a scenario gives ``diffusion_speed``.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.blocks import firm_size, programmes
from engels.model.economy.technology import adopters, ai_charge, ai_quality


def define_diffusion_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Log odds (one year longer than flows), adoption and automated tasks, at base-year values."""
    m.adopters = pyo.Set(initialize=adopters(b))
    declare(m, b, *VARIABLES)


def base_odds(b: Benchmark) -> dict[str, float]:
    """Base-year log odds of adoption by sector (of large firms, where sizes are told apart)."""
    d = b.technology.diffusion
    assert d is not None
    if b.technology.firm_size:
        return {j: firm_size.start_odds(b, j) for j in adopters(b)}
    start = {j: float(d.start[b.index(j)]) for j in adopters(b)}
    return {j: math.log(x / (float(d.ceiling[b.index(j)]) - x)) for j, x in start.items()}


VARIABLES = (
    Variable(
        "adoption_odds",
        ("adopters", "stock_years"),
        lambda m, b: base_odds(b),
        "log odds",
        "log",
        "log odds of adoption in sector {0}",
        "{0}部门采用的对数几率",
        "o",
        sign="any",
    ),
    Variable(
        "adoption",
        ("adopters", "years"),
        lambda m, b: {j: b.technology.diffusion.start[b.index(j)] for j in m.adopters},
        "share",
        "share",
        "adoption of AI in sector {0}",
        "{0}部门的人工智能采用率",
        "d",
    ),
    Variable(
        "feasible",
        ("years",),
        lambda m, b: b.technology.diffusion.feasible,
        "share",
        "share",
        "share of tasks that AI's quality allows",
        "人工智能质量所允许的任务份额",
        "g",
    ),
    Variable(
        "automated",
        ("adopters", "years"),
        0.0,
        "share of exposed tasks",
        "share",
        "tasks automated in sector {0}",
        "{0}部门已自动化的任务",
        "a^{d}",
    ),
)


def share_adopted(m: Any, b: Benchmark, j: str, t: int, of: int) -> Any:
    """Adoption that the log odds of year ``of`` mean under the ceiling of year ``t``."""
    if b.technology.firm_size:
        return m.adoption_ceiling[j, t] * firm_size.mixed_adoption(m, b, j, t, of)
    return m.adoption_ceiling[j, t] / (1 + pyo.exp(-m.adoption_odds[j, of]))


def failure(m: Any, b: Benchmark, t: int) -> Any:
    """Share of the speed of diffusion lost, after what common standards mend."""
    given = m.coordination_failure[t]
    return given * programmes.discord(m, b, t) if b.technology.public_finance else given


def define_diffusion(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    d, c = b.technology.diffusion, b.compute
    assert d is not None
    T = m.years

    def feasible_rule(_: Any, t: int) -> Any:
        gap = (1 / d.feasible - 1) * ai_quality(m, t) ** (-d.quality)
        return m.feasible[t] * (1 + gap) == 1

    def automated_rule(_: Any, j: str, t: int) -> Any:
        n = b.index(j)
        base = d.feasible * float(d.start[n])
        return m.automated[j, t] == float(d.cap[n]) * (m.feasible[t] * m.adoption[j, t] - base)

    def law(_: Any, j: str, t: int) -> Any:
        capacity = m.compute_utilisation[t] * m.compute_capacity[t] / c.stock
        waiting = 1 + (m.infrastructure_threshold[t] / capacity) ** d.steepness
        speed = m.diffusion_speed[j, t] * (1 - failure(m, b, t)) / waiting
        if d.price:
            price = m.price_composite[b.ai, t] * (1 + ai_charge(m, b, t)) / m.price_consumption[t]
            speed = speed * (price / ai_quality(m, t)) ** (-d.price)
        return m.adoption_odds[j, t + 1] == m.adoption_odds[j, t] + speed

    m.adoption_definition = pyo.Constraint(
        m.adopters, T, rule=lambda _, j, t: m.adoption[j, t] == share_adopted(m, b, j, t, t)
    )
    m.feasible_definition = pyo.Constraint(T, rule=feasible_rule)
    m.automated_definition = pyo.Constraint(m.adopters, T, rule=automated_rule)
    m.diffusion_law = pyo.Constraint(m.adopters, T, rule=law)
