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
diffuses until a scenario gives ``diffusion_speed``, or firms choose (``adoption_choice.py``).
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, Diffusion
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp
from engels.model.algebra.point import Point
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.driver import Driver
from engels.model.economy.slots import adoption_gained, ai_charge, ai_quality, handed_over
from engels.model.economy.trees import adopters, exposed_pay


def parameters_of(b: Benchmark) -> Diffusion:
    """The block's parameters; it must be on."""
    assert b.technology.diffusion is not None
    return b.technology.diffusion


@slot("instead")
def start_odds(m: Economy, b: Benchmark, j: str) -> float:
    """Base-year log odds of adoption."""
    d, n = parameters_of(b), b.index(j)
    start = float(d.start[n])
    return math.log(start / (float(d.ceiling[n]) - start))


@slot("instead")
def share_adopted(m: Economy, b: Benchmark, j: str, t: int, of: int) -> Any:
    """Adoption that the log odds of year ``of`` mean under the ceiling of year ``t``."""
    return m.adoption_ceiling[j, t] / (1 + exp(-m.adoption_odds[j, of]))


@slot("plus")
def speed_chosen(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Growth of the odds of adoption that firms choose, beyond the speed that is given."""
    return 0.0


@slot("times")
def failure(m: Economy, b: Benchmark, t: int) -> Any:
    """Share of the speed of diffusion lost, after what common standards mend."""
    return m.coordination_failure[t]


def mean_adoption(m: Economy, b: Benchmark, t: int) -> Any:
    """Adoption weighted by exposed pay."""
    weight = exposed_pay(b)
    total = sum(weight[j] for j in m.adopters)
    return sum(weight[j] / total * m.adoption[j, t] for j in m.adopters)


def base_adoption(b: Benchmark) -> float:
    """Base-year :func:`mean_adoption`."""
    d, weight, users = parameters_of(b), exposed_pay(b), adopters(b)
    total = sum(weight[j] for j in users)
    return float(sum(weight[j] / total * d.start[b.index(j)] for j in users))


VARIABLES = (
    Variable(
        "adoption_odds",
        ("adopters", "stock_years"),
        lambda m, b: {j: start_odds(m, b, j) for j in m.adopters},
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


def define_diffusion(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    d, c, T = parameters_of(b), b.compute, m.years

    def feasible_rule(_: Any, t: int) -> Any:
        gap = (1 / d.feasible - 1) * ai_quality(m, b, t) ** (-d.quality)
        return m.feasible[t] * (1 + gap) == 1

    def automated_rule(_: Any, j: str, t: int) -> Any:
        n = b.index(j)
        base = d.feasible * float(d.start[n])
        return m.automated[j, t] == float(d.cap[n]) * (m.feasible[t] * m.adoption[j, t] - base)

    def speed_of(j: str, t: int) -> Any:
        capacity = m.compute_utilisation[t] * m.compute_capacity[t] / c.stock
        waiting = 1 + (m.infrastructure_threshold[t] / capacity) ** d.steepness
        moved = m.diffusion_speed[j, t] + speed_chosen(m, b, j, t)
        speed = moved * (1 - failure(m, b, t)) / waiting
        if d.price:
            price = m.price_composite[b.ai, t] * (1 + ai_charge(m, b, t)) / m.price_consumption[t]
            speed = speed * (price / ai_quality(m, b, t)) ** (-d.price)
        return speed

    def law(_: Any, j: str, t: int) -> Any:
        moved = m.grid.over(t, lambda t: speed_of(j, t))
        return m.adoption_odds[j, m.grid.after(t)] == m.adoption_odds[j, t] + moved

    m.adoption_definition = pyo.Constraint(
        m.adopters, T, rule=lambda _, j, t: m.adoption[j, t] == share_adopted(m, b, j, t, t)
    )
    m.feasible_definition = pyo.Constraint(T, rule=feasible_rule)
    m.automated_definition = pyo.Constraint(m.adopters, T, rule=automated_rule)
    m.diffusion_law = pyo.Constraint(m.adopters, T, rule=law)


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Adoption and the tasks handed over."""
    rows = national(t, adoption_mean=mean_adoption(m, b, t), feasible_share=m.feasible[t])
    for j in m.adopters:
        rows["adoption", j, "", t] = m.adoption[j, t]
        rows["automated_tasks", j, "", t] = m.automated[j, t]
    return rows


BLOCK = Block(
    name="diffusion",
    drivers=(
        Driver(
            "diffusion_speed",
            ("sector", "year"),
            "per year",
            0.0,
            0.0,
            5.0,
            "growth of the odds of adoption in a sector",
            base="labour",
            label="speed of diffusion in sector {0}",
            symbol=r"\kappa^{d}",
        ),
        Driver(
            "adoption_ceiling",
            ("sector", "year"),
            "share",
            lambda b, _: parameters_of(b).ceiling[:, None],
            0.01,
            1.0,
            "adoption that a sector approaches; a change moves adoption in proportion at once",
            base="labour",
            label="ceiling of adoption in sector {0}",
            symbol=r"\bar c^{d}",
        ),
        Driver(
            "coordination_failure",
            ("year",),
            "share",
            0.0,
            0.0,
            1.0,
            "share of the speed of diffusion lost to missing standards and refused interconnection",
            label="coordination failure",
            symbol=r"\chi",
        ),
        Driver(
            "infrastructure_threshold",
            ("year",),
            "multiple of base-year compute capacity",
            0.0,
            0.0,
            1e4,
            "capacity around which diffusion starts; 0 waits for nothing",
            label="threshold of infrastructure",
            symbol="Q^{*}",
        ),
    ),
    variables=VARIABLES,
    define=define_diffusion,
    contributions={
        handed_over: lambda m, b, j, t: m.automated[j, t] if j in m.adopters else None,
        adoption_gained: lambda m, b, t: mean_adoption(m, b, t) - base_adoption(b),
    },
    report=report,
)
