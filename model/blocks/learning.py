"""Learning: the quality of AI grows with use, with applications and from open sources.

    learning      log z' = log z + lambda max(0, log(M / M*)) + phi (D - D0) + s max(0, log(Zf / Z))
                  Z = driver z

M is the use of AI services in units bought, M* its baseline path (fewer units teach nothing, and make
nothing forgotten), D mean adoption, Zf the frontier that open sources show. Sectors' productivity and the
variety of their goods follow quality where it is adopted (``spawning.py``, ``new_formats.py``); D and M feed
back into quality: the two-way externality of Bresnahan & Trajtenberg (1995, Journal of Econometrics 65:
83-108).

Nobody who buys AI counts what others learn from it. The value of that is the present value of AI sales,
since a per cent of quality is worth a per cent of what is spent on it (envelope theorem):

    value       V (1 + r) = V' + B'                       B: sales of AI services
    subsidy     s B = lambda V                            paid at the share ``internalisation``

It corrects learning by use alone, in the economy with foresight.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, Learning
from engels.model.algebra.complementarity import positive_part
from engels.model.algebra.point import Point
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.driver import Driver
from engels.model.economy.slots import adoption_gained, ai_quality, ai_tax


def learning_of(b: Benchmark) -> Learning:
    """The block's parameters; it must be on."""
    assert b.technology.learning is not None
    return b.technology.learning


@slot("times")
def spillover(m: Economy, b: Benchmark, t: int) -> Any:
    """Factor on what spills over from the frontier."""
    return m.open_source[t]


def define_learning_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """What has been learned, quality, and with foresight the value of learning, at base-year values."""
    T, n = m.years, b.index(b.ai)
    m.learned = pyo.Var(m.stock_years, initialize=0.0)
    m.ai_quality = pyo.Var(T, initialize=1.0)
    m.learning_gap = pyo.Var(T, initialize=0.0)
    used = float(b.output[n] - b.exports[n] + b.imports[n])
    m.ai_reference = pyo.Var(T, initialize=used)
    if m.foresight:
        m.learning_value = pyo.Var(T, initialize=float(b.output[n]) * 15)
        m.learning_subsidy = pyo.Var(T, initialize=15 * learning_of(b).use)


def define_learning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    define_quality(m, b)
    if m.foresight:
        define_value_of_learning(m, b)


def define_quality(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """How quality learns."""
    T, p = m.years, learning_of(b)
    size = float(b.output[b.index(b.ai)])

    def law(_: Any, t: int) -> Any:
        more = p.use * m.learning_rate[t] * positive_part(m.learning_gap[t])
        more += p.feedback * adoption_gained(m, b, t)
        behind = pyo.log(m.frontier_ai[t] / m.ai_quality[t])
        more += p.spillover * spillover(m, b, t) * positive_part(behind)
        return m.learned[t + 1] == m.learned[t] + more

    m.ai_quality_definition = pyo.Constraint(
        T, rule=lambda _, t: m.ai_quality[t] == m.ai_productivity[t] * pyo.exp(m.learned[t])
    )
    m.learning_gap_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.ai_reference[t] / size * pyo.exp(m.learning_gap[t]) == m.composite[b.ai, t] / size
        ),
    )
    m.learning_law = pyo.Constraint(T, rule=law)


def define_value_of_learning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """What others learn from a user of AI, and the subsidy that pays for it."""
    T, p = m.years, learning_of(b)
    size = float(b.output[b.index(b.ai)])

    def sales(t: int) -> Any:
        return m.price_composite[b.ai, t] / m.numeraire[t] * m.composite[b.ai, t]

    def value(_: Any, t: int) -> Any:
        if t == T.last():
            # beyond the horizon sales grow as in its last year
            return m.learning_value[t] * sales(t - 1) / size**2 == (
                m.learning_value[t - 1] * sales(t) / size**2
            )
        ahead = m.learning_value[t + 1] + sales(t + 1)
        return m.learning_value[t] * (1 + m.interest_rate[t]) / size == ahead / size

    m.learning_value_definition = pyo.Constraint(T, rule=value)
    m.learning_subsidy_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.learning_subsidy[t] * sales(t) / size
            == p.use * m.learning_rate[t] * m.learning_value[t] / size
        ),
    )


def subsidy(m: Economy, b: Benchmark, t: int) -> Any:
    """Rate at which users of AI are paid for what others learn; known with foresight alone."""
    return m.internalisation[t] * m.learning_subsidy[t]


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Quality of AI and what of it has been learned."""
    rows = national(t, ai_quality=ai_quality(m, b, t), learned_quality=math.exp(m.learned[t]))
    return rows | national(t, learning_subsidy=subsidy(m, b, t)) if m.foresight else rows


BLOCK = Block(
    name="learning",
    drivers=(
        Driver(
            "learning_rate",
            ("year",),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what quality learns from use",
        ),
        Driver(
            "frontier_ai",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "quality of AI at the world's frontier, relative to the base year's gap",
        ),
        Driver(
            "open_source",
            ("year",),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what spills over from the frontier; 0 is decoupling",
        ),
        Driver(
            "internalisation",
            ("year",),
            "share",
            0.0,
            0.0,
            1.0,
            "share of the value of learning that a subsidy pays to users of AI (foresight)",
        ),
    ),
    define_variables=define_learning_variables,
    define=define_learning,
    contributions={
        ai_quality: lambda m, b, t: m.ai_quality[t],
        ai_tax: lambda m, b, t: -subsidy(m, b, t) if m.foresight else None,
    },
    report=report,
)
