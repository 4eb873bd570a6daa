"""New formats: where AI is adopted, better quality adds variety to home goods.

new formats   V = e^(gain d log Z)                                  d: adoption, Z: quality of AI
"""

from __future__ import annotations

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.point import Point
from engels.model.economy.block import Block, Rows
from engels.model.economy.slots import ai_quality, variety

VARIABLES = (
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


def define_variety(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equation of the module docstring."""
    p = b.technology.new_formats
    assert p is not None
    gain = {j: float(p.gain[b.index(j)]) for j in m.adopters}
    m.variety_definition = pyo.Constraint(
        m.adopters,
        m.years,
        rule=lambda _, j, t: (
            pyo.log(m.variety[j, t]) == gain[j] * m.adoption[j, t] * pyo.log(ai_quality(m, b, t))
        ),
    )


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """V by sector."""
    return {("variety", j, "", t): m.variety[j, t] for j in m.adopters}


BLOCK = Block(
    name="new_formats",
    variables=VARIABLES,
    define=define_variety,
    contributions={variety: lambda m, b, j, t: m.variety[j, t] if j in m.adopters else None},
    report=report,
)
