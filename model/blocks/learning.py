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

What is solved for is the yield y = B/V, about r less the growth of sales: unlike the value it is finite and
moves smoothly where a search passes by interest rates below growth.

It corrects learning by use alone, in the economy with foresight.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, Learning
from engels.model.algebra.complementarity import positive_part
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.functions import exp
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


def base_use(b: Benchmark) -> float:
    """Base-year use of AI services, trillion yuan."""
    n = b.index(b.ai)
    return float(b.output[n] - b.exports[n] + b.imports[n])


QUALITY = (
    Variable(
        "learned",
        ("stock_years",),
        0.0,
        "log points",
        "log",
        "learned quality of AI",
        "人工智能习得的质量",
        r"\ell^{z}",
    ),
    Variable(
        "ai_quality",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "quality of AI",
        "人工智能质量",
        "Z",
    ),
    Variable(
        "learning_gap",
        ("years",),
        0.0,
        "log points",
        "log",
        "use of AI over its baseline",
        "人工智能使用与基准之差",
        "g^{M}",
        reference="ai_reference",
        sign="any",
    ),
    Variable(
        "ai_reference",
        ("years",),
        lambda m, b: base_use(b),
        "trillion yuan at base-year prices",
        "quantity",
        "baseline use of AI",
        "人工智能的基准使用",
        "M^{*}",
        growth="gdp",
    ),
)
VALUE_OF_LEARNING = (
    Variable(
        "learning_yield",
        ("years",),
        1 / 15,
        "sales of AI services over the value of learning",
        "rate",
        "yield of learning",
        "学习的收益率",
        "y^{M}",
    ),
)
VARIABLES = (*QUALITY, *VALUE_OF_LEARNING)


def define_learning_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """What has been learned, quality, and with foresight the value of learning."""
    declare(m, b, *(VARIABLES if m.foresight else QUALITY))


def define_learning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    define_quality(m, b)
    if m.foresight:
        define_value_of_learning(m, b)


def define_quality(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """How quality learns."""
    T, p = m.years, learning_of(b)
    size = float(b.output[b.index(b.ai)])

    def learns(t: int) -> Any:
        more = p.use * m.learning_rate[t] * positive_part(m.learning_gap[t])
        more += p.feedback * adoption_gained(m, b, t)
        behind = pyo.log(m.frontier_ai[t] / m.ai_quality[t])
        return more + p.spillover * spillover(m, b, t) * positive_part(behind)

    def law(_: Any, t: int) -> Any:
        return m.learned[m.grid.after(t)] == m.learned[t] + m.grid.over(t, learns)

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
    T = m.years

    def sales(t: int) -> Any:
        return m.price_composite[b.ai, t] / m.numeraire[t] * m.composite[b.ai, t]

    def equation(_: Any, t: int) -> Any:
        y = m.learning_yield
        if t == T.last():
            # beyond the horizon sales and interest are as in its last year
            before = m.grid.before(t)
            return 1 + y[t] == (1 + m.interest_rate[before]) * sales(before) / sales(t)
        n, back = m.grid.after(t), 1 + m.interest_rate[t]
        grown = m.grid.next_year(t, sales(t), sales(n)) / sales(t)
        ahead = m.grid.next_level(t, y[t], y[n])
        return ahead * back == y[t] * (1 + ahead) * grown

    m.learning_yield_definition = pyo.Constraint(T, rule=equation)


def subsidy(m: Economy, b: Benchmark, t: int) -> Any:
    """Rate at which users of AI are paid for what others learn; known with foresight alone."""
    return m.internalisation[t] * learning_of(b).use * m.learning_rate[t] / m.learning_yield[t]


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Quality of AI and what of it has been learned."""
    rows = national(t, ai_quality=ai_quality(m, b, t), learned_quality=exp(m.learned[t]))
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
            label="rate of learning from use",
            symbol="l^{M}",
        ),
        Driver(
            "frontier_ai",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "quality of AI at the world's frontier, relative to the base year's gap",
            label="quality of AI at the frontier",
            symbol="Z^{f}",
        ),
        Driver(
            "open_source",
            ("year",),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what spills over from the frontier; 0 is decoupling",
            label="spillover from open sources",
            symbol="o^{f}",
        ),
        Driver(
            "internalisation",
            ("year",),
            "share",
            0.0,
            0.0,
            1.0,
            "share of the value of learning that a subsidy pays to users of AI (foresight)",
            label="share of learning that is internalised",
            symbol=r"\iota",
        ),
    ),
    define_variables=define_learning_variables,
    variables=VARIABLES,
    define=define_learning,
    contributions={
        ai_quality: lambda m, b, t: m.ai_quality[t],
        ai_tax: lambda m, b, t: -subsidy(m, b, t) if m.foresight else None,
    },
    report=report,
)
