"""Spawning: sectors that adopt AI gain productivity as its quality grows.

spawning      log A' = log A + pace (gain d log Z - log A)          d: adoption, Z: quality of AI
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp
from engels.model.algebra.point import Point
from engels.model.economy.block import Block, Rows
from engels.model.economy.slots import ai_quality, sector_progress

VARIABLES = (
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


def define_spawning(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equation of the module docstring."""
    p = b.technology.spawning
    assert p is not None
    gain = {j: float(p.gain[b.index(j)]) for j in m.adopters}

    def spawned(_: Any, j: str, t: int) -> Any:
        def moves(t: int) -> Any:
            goal = gain[j] * m.adoption[j, t] * pyo.log(ai_quality(m, b, t))
            return p.pace * (goal - m.application[j, t])

        then = m.application[j, m.grid.after(t)]
        return then == m.application[j, t] + m.grid.over(t, moves)

    m.spawning_law = pyo.Constraint(m.adopters, m.years, rule=spawned)


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """A by sector."""
    return {("application_tfp", j, "", t): exp(m.application[j, t]) for j in m.adopters}


BLOCK = Block(
    name="spawning",
    variables=VARIABLES,
    define=define_spawning,
    contributions={sector_progress: lambda m, b, j, t: exp(m.application[j, t])},
    report=report,
)
