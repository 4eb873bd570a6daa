"""Innovation: quality that learns, sectors that gain, new formats, and knowledge that recombines.

    learning      log z' = log z + lambda max(0, log(M / M*)) + phi (D - D0) + s max(0, log(Zf / Z))
                  Z = driver z
    spawning      log A' = log A + pace (gain d log Z - log A)
    new formats   V = e^(gain d log Z)
    ideas         K' = K + a eta (time L)^l (2^(theta K^phi) - 1) / theta

M is the use of AI services in units bought, M* its baseline path (fewer units teach nothing, and make
nothing forgotten), D mean adoption, Zf the frontier that open sources show.
Sectors' productivity A and the variety V of their home goods follow quality where it is adopted; D and M
feed back into quality: the two-way externality of Bresnahan & Trajtenberg (1995, Journal of Econometrics
65: 83-108). Knowledge recombines as in Agrawal, McHale & Oettl (2019, in The Economics of Artificial
Intelligence, NBER); towards theta = 0 it follows K' - K = a ln2 K^phi L^l, the law of Jones (1995).

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

from engels.calibration.benchmark import Benchmark, Ideas
from engels.model.algebra.declaration import Variable, declare
from engels.model.blocks import programmes
from engels.model.blocks.intangibles import reaped
from engels.model.economy.technology import (
    adopters,
    ai_quality,
    base_adoption,
    mean_adoption,
    positive_part,
)


def idea_yield(knowledge: Any, access: Any, search: Any) -> Any:
    """(2^(theta K^phi) - 1) / theta, written so that theta may be as small as one likes.

    With u = theta ln2 K^phi it is ln2 K^phi (e^u - 1) / u, and (e^u - 1) / u = e^(u/2) sinh(u/2) / (u/2).
    """
    reach = math.log(2) * knowledge**access
    half = search * reach / 2
    return reach * pyo.exp(half) * pyo.sinh(half) / half


def idea_scale(p: Ideas) -> float:
    """a: what makes knowledge grow at its base-year rate."""
    return p.growth / float(idea_yield(1.0, p.access, p.search))


def define_innovation_variables(m: pyo.ConcreteModel, b: Benchmark, foresight: bool) -> None:
    """States and what follows from them, at base-year values."""
    tech = b.technology
    if not hasattr(m, "adopters"):
        m.adopters = pyo.Set(initialize=adopters(b))
    if tech.learning:
        declare(m, b, *LEARNING)
        if foresight:
            declare(m, b, *VALUE_OF_LEARNING)
    if tech.spawning:
        declare(m, b, *SPAWNING)
    if tech.new_formats:
        declare(m, b, *NEW_FORMATS)
    if tech.sow_reap or tech.spawning:
        declare(m, b, *EFFICIENCY)
    if tech.ideas:
        declare(m, b, *IDEAS)


def base_use(b: Benchmark) -> float:
    """Base-year use of AI services, trillion yuan."""
    n = b.index(b.ai)
    return float(b.output[n] - b.exports[n] + b.imports[n])


LEARNING = (
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
        "learning_value",
        ("years",),
        lambda m, b: float(b.output[b.index(b.ai)]) * 15,
        "trillion yuan, in units of the numeraire",
        "quantity",
        "value of learning",
        "学习的价值",
        "V^{M}",
        growth="gdp",
    ),
    Variable(
        "learning_subsidy",
        ("years",),
        lambda m, b: 15 * b.technology.learning.use,
        "ad valorem rate",
        "rate",
        "subsidy that internalises learning",
        "使学习内部化的补贴",
        "s",
    ),
)
SPAWNING = (
    Variable(
        "application",
        ("adopters", "stock_years"),
        0.0,
        "log points",
        "log",
        "productivity that sector {0} gained from AI",
        "{0}部门从人工智能获得的生产率",
        r"\ell^{A}",
    ),
)
NEW_FORMATS = (
    Variable(
        "variety",
        ("adopters", "years"),
        1.0,
        "index, base year = 1",
        "index",
        "variety of home good {0}",
        "国产品{0}的种类",
        "V",
    ),
)
EFFICIENCY = (
    Variable(
        "sector_efficiency",
        ("adopters", "years"),
        1.0,
        "index, base year = 1",
        "index",
        "efficiency of sector {0}",
        "{0}部门的效率",
        "A",
    ),
)
IDEAS = (
    Variable(
        "knowledge",
        ("stock_years",),
        1.0,
        "index, base year = 1",
        "index",
        "knowledge",
        "知识",
        "K^{i}",
    ),
    Variable(
        "knowledge_reference",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "baseline knowledge",
        "基准知识",
        "K^{i*}",
    ),
    Variable(
        "knowledge_gap",
        ("years",),
        0.0,
        "log points",
        "log",
        "knowledge over its baseline",
        "知识与基准之差",
        "g^{K}",
        reference="knowledge_reference",
        sign="any",
    ),
    Variable(
        "effective_labour",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "efficiency of labour with knowledge",
        "含知识的劳动效率",
        r"\Lambda^{e}",
    ),
)
VARIABLES = (*LEARNING, *VALUE_OF_LEARNING, *SPAWNING, *NEW_FORMATS, *EFFICIENCY, *IDEAS)


def define_innovation(m: pyo.ConcreteModel, b: Benchmark, foresight: bool) -> None:
    """Equations of the module docstring, and the efficiency of sectors."""
    T, tech = m.years, b.technology
    if tech.learning:
        _define_learning(m, b)
        if foresight:
            _define_value_of_learning(m, b)
    if tech.spawning:
        gain = {j: float(tech.spawning.gain[b.index(j)]) for j in m.adopters}
        pace = tech.spawning.pace

        def spawned(_: Any, j: str, t: int) -> Any:
            goal = gain[j] * m.adoption[j, t] * pyo.log(ai_quality(m, t))
            return m.application[j, t + 1] == (1 - pace) * m.application[j, t] + pace * goal

        m.spawning_law = pyo.Constraint(m.adopters, T, rule=spawned)
    if tech.new_formats:
        more = {j: float(tech.new_formats.gain[b.index(j)]) for j in m.adopters}
        m.variety_definition = pyo.Constraint(
            m.adopters,
            T,
            rule=lambda _, j, t: (
                pyo.log(m.variety[j, t]) == more[j] * m.adoption[j, t] * pyo.log(ai_quality(m, t))
            ),
        )
    if hasattr(m, "sector_efficiency"):

        def efficiency(_: Any, j: str, t: int) -> Any:
            found = m.tfp_sector[j, t]
            if tech.sow_reap:
                found = found * (1 - m.sown[j, t]) * reaped(m, b, j, t)
            if tech.spawning:
                found = found * pyo.exp(m.application[j, t])
            return m.sector_efficiency[j, t] == found

        m.sector_efficiency_definition = pyo.Constraint(m.adopters, T, rule=efficiency)
    if tech.ideas:
        _define_ideas(m, b)


def _define_learning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    T, p = m.years, b.technology.learning
    assert p is not None
    diffusing = b.technology.diffusion is not None
    size = float(b.output[b.index(b.ai)])

    def law(_: Any, t: int) -> Any:
        more = p.use * m.learning_rate[t] * positive_part(m.learning_gap[t])
        if diffusing:
            more += p.feedback * (mean_adoption(m, b, t) - base_adoption(b))
        shared = m.open_source[t]
        if b.technology.public_finance:
            shared = shared * programmes.open_source(m, b, t)
        behind = pyo.log(m.frontier_ai[t] / m.ai_quality[t])
        more += p.spillover * shared * positive_part(behind)
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


def _define_value_of_learning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    T, p = m.years, b.technology.learning
    assert p is not None
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


def _define_ideas(m: pyo.ConcreteModel, b: Benchmark) -> None:
    T, p = m.years, b.technology.ideas
    assert p is not None
    scale = idea_scale(p)
    diffusing = b.technology.diffusion is not None

    def law(_: Any, t: int) -> Any:
        labour = m.research_time[t]
        if diffusing:
            labour = labour * (1 + p.time_freed * (mean_adoption(m, b, t) - base_adoption(b)))
        found = idea_yield(m.knowledge[t], m.idea_access[t], m.idea_search[t])
        new = scale * m.research_efficiency[t] * labour**p.congestion * found
        return m.knowledge[t + 1] == m.knowledge[t] + new

    m.knowledge_law = pyo.Constraint(T, rule=law)
    m.knowledge_gap_definition = pyo.Constraint(
        T,
        rule=lambda _, t: m.knowledge_reference[t] * pyo.exp(m.knowledge_gap[t]) == m.knowledge[t],
    )
    m.effective_labour_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.effective_labour[t]
            == m.labour_efficiency[t] * pyo.exp(p.elasticity * m.knowledge_gap[t])
        ),
    )
