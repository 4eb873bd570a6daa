"""Two kinds of households: some spend out of this year's income, the others look ahead.

    spending of a household   apc ((1 - lambda) kappa + lambda kappa*) Y
    of those who look ahead   apc (1 - lambda) kappa Y           these obey the Euler equation
    distance                  kappa = kappa* e^g

A share lambda of income goes to households that spend it by a rule, after Campbell & Mankiw (1989, NBER
Macroeconomics Annual 4: 185-216): a given share apc kappa*. kappa* is what kappa is in the baseline, so
that both kinds save alike there; in a policy run it is held. The spending of the first kind then moves
with its income alone: news of what is to come moves it only as far as it moves income. Without foresight
kappa itself is held and the two kinds do the same.

Their propensity is that of the household, not one: saving in the table contains retained earnings, which
owners do not decide about year by year.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.point import Point
from engels.model.economy import households
from engels.model.economy.block import Block, Economy, Rows


def income_share(b: Benchmark, household: str) -> float:
    """lambda: share of a household's income that is spent by the rule; the block must be on."""
    assert b.technology.hand_to_mouth is not None
    return float(b.technology.hand_to_mouth.share[b.households.index(household)])


def propensity(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """Mean propensity of both kinds relative to the base year's."""
    x = income_share(b, h)
    return (1 - x) * m.consumption_propensity[t] + x * m.rule_propensity[t]


def far_sighted(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """Share of a household's spending by those who look ahead."""
    ahead = (1 - income_share(b, h)) * m.consumption_propensity[t]
    return ahead / propensity(m, b, h, t)


VARIABLES = (
    Variable(
        "rule_propensity",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "propensity to consume of those who spend out of income",
        "按当期收入消费者的消费倾向",
        r"\kappa^{*}",
    ),
    Variable(
        "propensity_gap",
        ("years",),
        0.0,
        "log points",
        "log",
        "propensity of those who look ahead over its baseline",
        "前瞻者消费倾向与基准之差",
        r"g^{\kappa}",
        reference="rule_propensity",
        sign="any",
    ),
)


def define_hand_to_mouth(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Distance of the propensity of those who look ahead from the rule."""
    m.propensity_gap_definition = pyo.Constraint(
        m.years,
        rule=lambda _, t: (
            m.rule_propensity[t] * pyo.exp(m.propensity_gap[t]) == m.consumption_propensity[t]
        ),
    )


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Consumption of each kind, at base-year prices."""
    rows = Rows()
    for h in b.households:
        consumed = sum(m.consumption[i, k, t] for i, k in m.wants if k == h)
        ahead = far_sighted(m, b, h, t)
        rows["consumption_ahead", "", h, t] = ahead * consumed
        rows["consumption_rule", "", h, t] = (1 - ahead) * consumed
    return rows


BLOCK = Block(
    name="hand_to_mouth",
    variables=VARIABLES,
    define=define_hand_to_mouth,
    contributions={
        households.propensity: propensity,
        households.far_sighted: far_sighted,
    },
    report=report,
)
