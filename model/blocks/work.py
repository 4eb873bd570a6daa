"""The labour market: unemployment, mobility between sectors, training, and new tasks.

    labour force   N_s = (endowment_s + trained) real_s^nu ((1 - u_s) / (1 - u0_s))^kappa
    supply         L_s = N_s (1 - u_s (1 - flexible omega)) / (1 - u0_s)
    real wage      x_s = log real_s = log(W_s / (L_s cpi wref_s))    W_s: wages of the skill in all sectors
    wage curve     x_s = rho x_s(-1) - ((1 - rho) epsilon + alpha) log(u_s / u0_s)
    mobility       w_js = w_s e^((g_js - a_js) / eta)        g_js: log share of sector j in the skill's work,
    attachment     a' = a + pace (g - a)                             from its baseline
    trainees       R_s = rate P_s endowment_s (e^(theta (x_next - x_s)) - 1)
    trained        T' = (1 - loss) T + success R
    new tasks      n' = n + (ratio depth - n) / lag

With rho = alpha = 0 wages follow a wage curve (Blanchflower & Oswald 1994); rho delays them, and the wage
curve is where they end. With rho = 1 wages rise by alpha for each log point of unemployment below its
base rate until it is back there, the rule of MONASH and its descendants. Workers move between sectors for
higher wages, at once with elasticity eta and further the longer the gap lasts; a_js is the share they
have come to take for normal. Those who train leave work for part of a year; taught, they do the work of
the next skill. New tasks take back a share of those handed to AI, with a lag (Acemoglu & Restrepo 2018,
2019); they lower the depth of automation that firms see (``slots.depth``).

In the baseline unemployment is at its base rate, wages are equal across sectors, and nobody trains
beyond what the endowments contain: the forecast closure finds reference wages and shares for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, LabourMarket
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.functions import exp
from engels.model.algebra.point import Point
from engels.model.blocks import groups
from engels.model.economy import slots, trees
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.driver import Driver

Enrolment = tuple[Any, Any, Any]
"""Million persons in training, million who reach the next skill, teaching that trainees pay for."""


def market_of(b: Benchmark) -> LabourMarket:
    """The block's parameters; it must be on."""
    assert b.technology.labour_market is not None
    return b.technology.labour_market


def steps(b: Benchmark) -> list[tuple[str, str]]:
    """Pairs of neighbouring skills (from, to)."""
    return list(pairwise(b.skills))


def skill_persons(b: Benchmark) -> dict[str, float]:
    """Base-year workers by skill, million."""
    return dict(zip(b.skills, b.persons.sum(axis=0).tolist(), strict=True))


def define_work_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Unemployment, labour force, memory of wages, attachment, training and new tasks, at rest."""
    m.training_steps = pyo.Set(initialize=steps(b), dimen=2)
    declare(m, b, *VARIABLES)


def skill_pay(b: Benchmark) -> dict[str, float]:
    """Base-year pay by skill, trillion yuan."""
    return dict(zip(b.skills, b.labour.sum(axis=0).tolist(), strict=True))


def base_shares(m: Any, b: Benchmark) -> dict[tuple[str, str], float]:
    """Share of each sector in the base-year pay of a skill, by (sector, skill)."""
    total = skill_pay(b)
    return {(j, s): float(b.labour[b.index(j), b.skills.index(s)]) / total[s] for j, s in m.jobs}


VARIABLES = (
    Variable(
        "unemployment",
        ("skills", "years"),
        lambda m, b: dict(zip(b.skills, market_of(b).unemployment.tolist(), strict=True)),
        "share of the labour force",
        "rate",
        "unemployment of skill {0}",
        "{0}技能的失业率",
        "u",
    ),
    Variable(
        "labour_force",
        ("skills", "years"),
        1.0,
        "index, base year = 1",
        "index",
        "labour force of skill {0}",
        "{0}技能的劳动力",
        r"\mathit{LF}",
        growth="labour",
    ),
    Variable(
        "wage_memory",
        ("skills", "stock_years"),
        0.0,
        "log points",
        "log",
        "real wage of skill {0} against its reference in the year before {1}",
        "{1}年前一年{0}技能实际工资与参照之差",
        "x",
        sign="any",
    ),
    Variable(
        "wage_bill",
        ("skills", "years"),
        lambda m, b: skill_pay(b),
        "trillion yuan",
        "money",
        "wages of skill {0}",
        "{0}技能的工资总额",
        "W",
        growth="gdp",
    ),
    Variable(
        "mobility_gap",
        ("jobs", "years"),
        0.0,
        "log points",
        "log",
        "workers of skill {1} in sector {0} against the baseline",
        "{0}部门{1}技能劳动者与基准之差",
        "g^{L}",
        reference="mobility_reference",
        sign="any",
    ),
    Variable(
        "mobility_reference",
        ("jobs", "years"),
        base_shares,
        "share of the skill's work",
        "share",
        "baseline share of sector {0} in the work of skill {1}",
        "{0}部门在{1}技能劳动中的基准份额",
        r"\ell^{*}",
    ),
    Variable(
        "attached",
        ("jobs", "stock_years"),
        0.0,
        "log points",
        "log",
        "attachment of skill {1} to sector {0}",
        "{1}技能对{0}部门的依附",
        "a^{L}",
        sign="any",
    ),
    Variable(
        "trainees",
        ("training_steps", "years"),
        0.0,
        "million persons",
        "persons",
        "persons of skill {0} in training for skill {1}",
        "由{0}技能向{1}技能受训的人数",
        "R^{T}",
    ),
    Variable(
        "trained",
        ("training_steps", "stock_years"),
        0.0,
        "million persons",
        "persons",
        "persons trained from skill {0} to skill {1}",
        "由{0}技能培训至{1}技能的人数",
        "T",
    ),
    Variable(
        "reinstated",
        ("sectors", "stock_years"),
        0.0,
        "share of exposed tasks",
        "share",
        "new tasks of labour in sector {0}",
        "{0}部门劳动的新任务",
        "n",
    ),
)


@slot("plus")
def flexible_work(m: Economy, b: Benchmark, t: int) -> Any:
    """Share of the unemployed in flexible work, below one."""
    return 0.0


@slot("instead")
def sponsored(m: Economy, b: Benchmark, a: str, z: str, t: int) -> Enrolment:
    """Training of skill ``a`` for skill ``z`` that somebody else pays for."""
    return 0.0, 0.0, 0.0


def out_of_work(m: Economy, b: Benchmark, s: str, t: int) -> Any:
    """Share of the labour force of a skill whose work is lost: the unemployed less flexible work."""
    return m.unemployment[s, t] * (1 - flexible_work(m, b, t) * market_of(b).flexible_wage)


def trained_work(m: Any, b: Benchmark, s: str, t: int) -> Any:
    """What training has added to a skill's work, in base-year workers of that skill (a ratio)."""
    p, persons = market_of(b), skill_persons(b)[s]
    gained: Any = 0.0
    for a, z in m.training_steps:
        if z == s:
            gained = gained + p.training_quality * m.trained[a, z, t]
        if a == s:
            away = m.trained[a, z, t] + p.training_time * enrolled(m, b, a, z, t)
            gained = gained - away
    return gained / persons


def enrolled(m: Any, b: Benchmark, a: str, z: str, t: int) -> Any:
    """Million persons in training beyond the baseline's, on their own account or a programme's."""
    return m.trainees[a, z, t] + sponsored(m, b, a, z, t)[0]


def at_work(m: Economy, b: Benchmark, s: str, t: int) -> Any:
    """L_s relative to the base year's."""
    rest = float(market_of(b).unemployment[b.skills.index(s)])
    return m.labour_force[s, t] * ((1 - out_of_work(m, b, s, t)) / (1 - rest))


def premium(m: Economy, b: Benchmark, j: str, s: str, t: int) -> Any:
    """Wage of a skill in a sector over that of the skill."""
    return exp((m.mobility_gap[j, s, t] - m.attached[j, s, t]) / m.mobility[t])


def teaching(m: Economy, b: Benchmark, a: str, z: str, t: int) -> Any:
    """Teaching that trainees from skill ``a`` pay for, in base-year prices, trillion yuan."""
    # a million persons times a thousand yuan is a thousandth of a trillion
    own = market_of(b).training_cost * 1e-3 * m.trainees[a, z, t]
    return own + sponsored(m, b, a, z, t)[2]


def training_fees(m: Economy, b: Benchmark, t: int, share: Mapping[str, float]) -> Any:
    """What trainees pay for teaching, trillion yuan; ``share`` of each skill's fees."""
    paid = sum(share[a] * teaching(m, b, a, z, t) for a, z in m.training_steps if share[a])
    return m.price_government[t] * paid


def define_work(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    T, p = m.years, market_of(b)
    total = dict(zip(b.skills, b.labour.sum(axis=0).tolist(), strict=True))
    rest = dict(zip(b.skills, p.unemployment.tolist(), strict=True))
    persons = skill_persons(b)

    def force_rule(_: Any, s: str, t: int) -> Any:
        found = m.labour_endowment[s, t] + trained_work(m, b, s, t)
        found = found * pyo.exp(b.elasticities.labour_supply * m.wage_memory[s, m.grid.after(t)])
        employed = (1 - m.unemployment[s, t]) / (1 - rest[s])
        return m.labour_force[s, t] == found * employed**p.discouragement

    def real_wage_rule(_: Any, s: str, t: int) -> Any:
        pay = m.wage_bill[s, t] / m.labour_supply[s, t]
        real = pay / m.price_consumption[t] / m.reference_wage[s, t]
        return m.wage_memory[s, m.grid.after(t)] == pyo.log(real)

    def wage_curve_rule(_: Any, s: str, t: int) -> Any:
        answer = (1 - p.persistence) * p.wage_curve + p.adjustment
        slack = pyo.log(m.unemployment[s, t] / rest[s])
        # what is remembered is the last wage of the grid, several years ago after a longer period
        rho, h = p.persistence, m.grid.since(t)
        times = h if rho == 1 else (1 - rho**h) / (1 - rho)
        remembered = rho**h * m.wage_memory[s, t]
        return m.wage_memory[s, m.grid.after(t)] == remembered - times * answer * slack

    m.labour_force_definition = pyo.Constraint(b.skills, T, rule=force_rule)
    m.real_wage_definition = pyo.Constraint(b.skills, T, rule=real_wage_rule)
    m.wage_curve = pyo.Constraint(b.skills, T, rule=wage_curve_rule)

    def share_rule(_: Any, j: str, s: str, t: int) -> Any:
        here = m.mobility_reference[j, s, t] * pyo.exp(m.mobility_gap[j, s, t])
        return m.labour[j, s, t] / total[s] == here * m.labour_supply[s, t] / total[s]

    def attachment_rule(_: Any, j: str, s: str, t: int) -> Any:
        gap = m.grid.over(t, lambda t: m.mobility_gap[j, s, t] - m.attached[j, s, t])
        return m.attached[j, s, m.grid.after(t)] == m.attached[j, s, t] + p.attachment * gap

    m.mobility_gap_definition = pyo.Constraint(m.jobs, T, rule=share_rule)
    m.attachment_law = pyo.Constraint(m.jobs, T, rule=attachment_rule)
    m.wage_bill_definition = pyo.Constraint(
        b.skills,
        T,
        rule=lambda _, s, t: (
            m.wage_bill[s, t] / total[s]
            == sum(
                slots.sector_wage(m, b, j, s, t) * m.labour[j, s, t] for j, k in m.jobs if k == s
            )
            / total[s]
        ),
    )

    def trainee_rule(_: Any, a: str, z: str, t: int) -> Any:
        pull = p.training_elasticity * (
            m.wage_memory[z, m.grid.after(t)] - m.wage_memory[a, m.grid.after(t)]
        )
        usual = p.training_rate * persons[a] * m.labour_endowment[a, t]
        return m.trainees[a, z, t] == usual * (pyo.exp(pull) - 1)

    def trained_rule(_: Any, a: str, z: str, t: int) -> Any:
        def more(t: int) -> Any:
            taught = p.training_success * m.trainees[a, z, t] + sponsored(m, b, a, z, t)[1]
            return taught - p.training_loss * m.trained[a, z, t]

        return m.trained[a, z, m.grid.after(t)] == m.trained[a, z, t] + m.grid.over(t, more)

    m.trainee_choice = pyo.Constraint(m.training_steps, T, rule=trainee_rule)
    m.training_law = pyo.Constraint(m.training_steps, T, rule=trained_rule)
    m.reinstatement_law = pyo.Constraint(
        b.sectors,
        T,
        rule=lambda _, j, t: (
            m.reinstated[j, m.grid.after(t)]
            == m.reinstated[j, t]
            + m.grid.over(
                t,
                lambda t: m.reinstatement[t] * trees.displaced(m, b, j, t) - m.reinstated[j, t],
            )
            / p.reinstatement_lag
        ),
    )


def heads(m: Any, b: Benchmark, s: str, t: int) -> dict[str, Any]:
    """Million persons of a skill: ``employed`` (flexible workers too), ``unemployed``, ``trained``.

    Labour is counted in base-year pay; a trained person does part of the work of the skill's mean, and a
    flexible worker too, but each is a person. Those in training are outside the labour force.
    """
    p = market_of(b)
    rest = float(p.unemployment[b.skills.index(s)])
    worked = m.labour_endowment[s, t] + trained_work(m, b, s, t)
    short = sum(
        (1 - p.training_quality) * m.trained[a, z, t] for a, z in m.training_steps if z == s
    )
    persons = skill_persons(b)[s]
    force = m.labour_force[s, t] * (persons + short / worked) / (1 - rest)
    idle = m.unemployment[s, t] * (1 - flexible_work(m, b, t))
    into = sum(m.trained[a, z, t] for a, z in m.training_steps if z == s)
    return {"employed": force * (1 - idle), "unemployed": force * idle, "trained": into}


def force_growth(m: Point, b: Benchmark, s: str, t: int) -> Any:
    """Labour force of a skill in persons, base year = 1."""
    found = heads(m, b, s, t)
    rest = float(market_of(b).unemployment[b.skills.index(s)])
    return (found["employed"] + found["unemployed"]) / (skill_persons(b)[s] / (1 - rest))


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Unemployment, training, new tasks and premia of wages."""
    rows, idle, force = Rows(), 0.0, 0.0
    employed = {}
    for s in b.skills:
        found = heads(m, b, s, t)
        idle, force = idle + found["unemployed"], force + found["unemployed"] + found["employed"]
        employed[s] = found["employed"]
        rows["unemployment_rate", "", s, t] = m.unemployment[s, t]
        rows["unemployed", "", s, t] = found["unemployed"]
        rows["trained", "", s, t] = found["trained"]
    rows |= national(
        t,
        unemployment=idle / force,
        labour_force=force,
        polarisation=(employed[b.skills[0]] + employed[b.skills[-1]]) / employed[b.skills[1]],
        training_fees=training_fees(m, b, t, dict.fromkeys(b.skills, 1.0)),
    )
    for j in b.sectors:
        rows["new_tasks", j, "", t] = m.reinstated[j, t]
    for j, s in m.jobs:
        mean = m.wage_bill[s, t] / m.labour_supply[s, t]
        rows["wage_premium", j, s, t] = slots.sector_wage(m, b, j, s, t) / mean
    return rows


BLOCK = Block(
    name="labour_market",
    drivers=(
        Driver(
            "mobility",
            ("year",),
            "elasticity",
            lambda b, _: market_of(b).mobility,
            0.02,
            1000.0,
            "of a sector's labour supply to its relative wage, in the year",
            label="mobility of labour between sectors",
            symbol=r"\eta^{L}",
        ),
        Driver(
            "reinstatement",
            ("year",),
            "ratio",
            lambda b, _: market_of(b).reinstatement,
            0.0,
            1.5,
            "new tasks of labour per task handed to AI, in the long run",
            label="new tasks per automated task",
            symbol=r"\rho^{n}",
        ),
    ),
    define_variables=define_work_variables,
    variables=VARIABLES,
    define=define_work,
    contributions={
        slots.new_tasks: lambda m, b, j, t: m.reinstated[j, t],
        slots.sector_wage: premium,
        slots.wage_bill: lambda m, b, s, t: m.wage_bill[s, t],
        slots.labour_at_work: at_work,
        slots.persons_employed: lambda m, b, s, t: heads(m, b, s, t)["employed"],
        slots.training_fees: training_fees,
        slots.government_volume: lambda m, b, t: sum(
            teaching(m, b, a, z, t) for a, z in m.training_steps
        ),
        groups.force_growth: force_growth,
    },
    report=report,
)
