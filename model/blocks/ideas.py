"""Ideas: knowledge that recombines.

    ideas         K' = K + a eta (time L)^l (2^(theta K^phi) - 1) / theta

Knowledge recombines as in Agrawal, McHale & Oettl (2019, in The Economics of Artificial Intelligence,
NBER); towards theta = 0 it follows K' - K = a ln2 K^phi L^l, the law of Jones (1995). Labour gains from it
as far as it is beyond the baseline's.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, Ideas
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp
from engels.model.algebra.point import Point
from engels.model.economy.block import Block, Rows, national
from engels.model.economy.driver import Driver
from engels.model.economy.slots import adoption_gained, labour_efficiency


def ideas_of(b: Benchmark) -> Ideas:
    """The block's parameters; it must be on."""
    assert b.technology.ideas is not None
    return b.technology.ideas


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


VARIABLES = (
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


def define_ideas(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    T, p = m.years, ideas_of(b)
    scale = idea_scale(p)

    def found_in(t: int) -> Any:
        labour = m.research_time[t] * (1 + p.time_freed * adoption_gained(m, b, t))
        found = idea_yield(m.knowledge[t], m.idea_access[t], m.idea_search[t])
        return scale * m.research_efficiency[t] * labour**p.congestion * found

    def law(_: Any, t: int) -> Any:
        then = m.knowledge[m.grid.after(t)]
        if m.grid.span(t) == 1:
            return then == m.knowledge[t] + found_in(t)
        growth = m.grid.over(t, lambda t: pyo.log(1 + found_in(t) / m.knowledge[t]))
        return pyo.log(then / m.knowledge[t]) == growth

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


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Knowledge and what it does for labour."""
    effect = exp(ideas_of(b).elasticity * m.knowledge_gap[t])
    return national(t, knowledge=m.knowledge[t], knowledge_effect=effect)


BLOCK = Block(
    name="ideas",
    drivers=(
        Driver(
            "idea_search",
            ("year",),
            "theta",
            lambda b, _: ideas_of(b).search,
            1e-6,
            2.0,
            "success in finding useful combinations of knowledge",
            label="success in finding ideas (theta)",
            symbol=r"\theta^{i}",
        ),
        Driver(
            "idea_access",
            ("year",),
            "phi",
            lambda b, _: ideas_of(b).access,
            0.01,
            1.5,
            "exponent of knowledge in what can be combined",
            label="access to knowledge (phi)",
            symbol=r"\phi^{i}",
        ),
        Driver(
            "research_efficiency",
            ("year",),
            "factor",
            1.0,
            0.0,
            100.0,
            "ideas in use per idea found",
            label="efficiency of research",
            symbol=r"\eta^{i}",
        ),
        Driver(
            "research_time",
            ("year",),
            "factor",
            1.0,
            0.0,
            100.0,
            "effective research labour relative to the baseline's",
            label="effective research labour",
            symbol="L^{i}",
        ),
    ),
    variables=VARIABLES,
    define=define_ideas,
    contributions={labour_efficiency: lambda m, b, t: m.effective_labour[t]},
    report=report,
)
