"""Adoption of AI as a choice: firms adopt where what AI saves them covers what adopting costs.

    saving      S = g sum_s omega_s (1 - (1 + tau_s (w_s / q)^theta)^(-1/theta))     q = p (1 + charge) / Z
    worth       x = log(S (1 - e^(-n r)) / r / c) - x*                r: required return, n: lifetime
    wanted      o* = o0 + (1.702 / spread) x                          log odds below the ceiling
    diffusion   o' = o + (kappa + pace (o* - o)) (1 - chi) H          chi, H: ``diffusion.py``

A firm that adopts has the tasks of its exposed work that are feasible (g) done by whoever is cheaper, AI or
labour. S is what that saves of the pay of such work, by the technology of ``economy/tasks.py`` (tau is AI's
part of such tasks over labour's in the base year), discounted at the sector's required return over the life
of what was put in. Costs of adopting are in wages, and lognormal over firms with standard deviation
``spread`` in logs: those adopt whose cost is below the worth. The distribution function is the logistic one
that is nearest to the normal (at most 0.01 apart), so that the share that wants to adopt is logistic in
the log of worth. Its mean is that of the base year's adoption. c, the driver ``cost_of_adopting``, multiplies
all costs. Firms follow at a pace that is given, as what others do is seen (Mansfield 1961); they take
today's saving for lasting. x* is the worth in the baseline, which the forecast closure finds, so that
without a shock adoption stays.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import AdoptionChoice, Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp
from engels.model.algebra.nests import relative_power
from engels.model.algebra.point import Point
from engels.model.blocks import diffusion
from engels.model.economy import slots, tasks
from engels.model.economy.block import Block, Economy, Rows
from engels.model.economy.driver import Driver

NEAREST = 1.702
"""Slope of the logistic distribution function that is nearest to the standard normal one."""


def choice_of(b: Benchmark) -> AdoptionChoice:
    """The block's parameters; it must be on."""
    assert b.technology.adoption_choice is not None
    return b.technology.adoption_choice


def response(b: Benchmark) -> float:
    """Log odds of wanting to adopt per log point of worth."""
    return NEAREST / choice_of(b).spread


def base_return(b: Benchmark, j: str) -> float:
    """Net return that a sector's capital earns in the base year, which its owners require."""
    n = b.index(j)
    return float(b.capital[n] / b.capital_stock[n] - b.depreciation[n])


def exposed_weight(b: Benchmark) -> dict[tuple[str, str], float]:
    """Share of each skill in the exposed pay of a sector, where AI is bought, by (sector, skill)."""
    found: dict[tuple[str, str], float] = {}
    for i, j in enumerate(b.sectors):
        pay = b.exposure[i] * b.labour[i] * (b.ai_purchases[i] > 0)
        total = float(pay.sum())
        found |= {(j, s): float(x) / total for s, x in zip(b.skills, pay, strict=True) if x > 0}
    return found


def base_odds(b: Benchmark, j: str, s: str) -> float:
    """tau: AI's part of contestable tasks over labour's in the base year."""
    done = tasks.pair(b, j, s).done
    return done / (1 - done)


def annuity(years: float, rate: Any) -> Any:
    """Present value of one a year for so many years, paid all along."""
    return -relative_power(math.exp(-years), rate)


def saving(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """S: share of the pay of a sector's exposed work that a firm saves which adopts."""
    theta = b.tasks.shape
    price = m.price_composite[b.ai, t] * (1 + slots.ai_charge(m, b, t)) / slots.ai_quality(m, b, t)
    saved: Any = 0.0
    for (k, s), weight in exposed_weight(b).items():
        if k == j:
            wage = slots.sector_wage(m, b, j, s, t) / slots.work_efficiency(m, b, j, t)
            odds = base_odds(b, j, s) * (wage / price) ** theta
            saved = saved + weight * (1 - (1 + odds) ** (-1 / theta))
    return m.feasible[t] * saved


def worth(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Log of the discounted saving over the cost of adopting."""
    rate = base_return(b, j) + m.risk_premium[j, t]
    value = saving(m, b, j, t) * annuity(choice_of(b).lifetime, rate)
    return pyo.log(value / m.cost_of_adopting[t])


def base_worth(b: Benchmark, j: str) -> float:
    """:func:`worth` in the base year."""
    theta, d = b.tasks.shape, diffusion.parameters_of(b)
    saved = sum(
        weight * (1 - (1 + base_odds(b, k, s)) ** (-1 / theta))
        for (k, s), weight in exposed_weight(b).items()
        if k == j
    )
    years = choice_of(b).lifetime
    return math.log(d.feasible * saved * float(annuity(years, base_return(b, j))))


def wanted(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """o*: log odds of adoption below the ceiling, of firms that would gain."""
    return diffusion.start_odds(m, b, j) + response(b) * m.worth_gap[j, t]


VARIABLES = (
    Variable(
        "worth_gap",
        ("adopters", "years"),
        0.0,
        "log points",
        "log",
        "worth of adopting AI in sector {0} against the baseline",
        "{0}部门采用人工智能的价值与基准之差",
        "x^{d}",
        reference="worth_reference",
        sign="any",
    ),
    Variable(
        "worth_reference",
        ("adopters", "years"),
        lambda m, b: {j: base_worth(b, j) for j in m.adopters},
        "log points",
        "log",
        "baseline worth of adopting AI in sector {0}",
        "{0}部门采用人工智能的基准价值",
        "x^{d*}",
        sign="any",
    ),
)


def define_choice(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equation of the module docstring (adoption itself is in ``diffusion.py``)."""
    m.worth_definition = pyo.Constraint(
        m.adopters,
        m.years,
        rule=lambda _, j, t: worth(m, b, j, t) == m.worth_reference[j, t] + m.worth_gap[j, t],
    )


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Adoption that firms want."""
    return {
        ("adoption_wanted", j, "", t): m.adoption_ceiling[j, t] / (1 + exp(-wanted(m, b, j, t)))
        for j in m.adopters
    }


BLOCK = Block(
    name="adoption_choice",
    drivers=(
        Driver(
            "cost_of_adopting",
            ("year",),
            "index, base year = 1",
            1.0,
            0.01,
            100.0,
            "cost of adopting AI relative to wages, in all firms",
            label="cost of adopting AI",
            symbol="c^{a}",
        ),
    ),
    variables=VARIABLES,
    define=define_choice,
    contributions={
        diffusion.speed_chosen: lambda m, b, j, t: (
            choice_of(b).pace * (wanted(m, b, j, t) - m.adoption_odds[j, t])
        ),
    },
    report=report,
)
