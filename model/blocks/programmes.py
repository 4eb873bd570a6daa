"""Public programmes: what a yuan of each is taken to do.

    units      beta = spending / (scale GDP)          GDP of the baseline, at base-year prices
    effect     gain log(1 + beta)                     on what the programme is for, see the functions below

Spending buys goods with the composition of government purchases. Gains are assumptions of
``parameters.yaml`` (section ``public_finance``) with their ranges, not findings: compare programmes for
what follows from them, and levers that act through prices (subsidies, taxes, transfers) for their effect.

Every function returns what holds without the block where it is off.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, PublicFinance
from engels.model.algebra.declaration import Variable, declare

PROGRAMMES = (
    "programme_small_firms",
    "programme_chips",
    "programme_open_source",
    "programme_standards",
    "programme_talent",
    "programme_loans",
    "programme_flexible_work",
    "programme_competition",
    "programme_data_law",
)
"""Drivers that are spending, trillion yuan a year in consumer prices."""

Enrolment = tuple[Any, Any, Any]
"""Million persons in training, million who reach the next skill, teaching that trainees pay for."""


def finance_of(b: Benchmark) -> PublicFinance:
    """The block's parameters; it must be on."""
    assert b.technology.public_finance is not None
    return b.technology.public_finance


def path_gdp(b: Benchmark, t: int) -> float:
    """GDP of the baseline, trillion yuan at base-year prices (the last known one beyond it)."""
    n = min(t - b.path.years[0], len(b.path.years) - 1)
    return b.gdp * float(b.path.gdp[n])


def path_employment(b: Benchmark, t: int) -> float:
    """Employment of the baseline, base year = 1 (the last known one beyond it)."""
    n = min(t - b.path.years[0], len(b.path.years) - 1)
    return float(b.path.employment[n] / b.path.employment[0])


def log_units(m: Any, b: Benchmark, programme: str, t: int) -> Any:
    """log(1 + beta); None where there is no such programme."""
    if b.technology.public_finance is None:
        return None
    unit = finance_of(b).scale * path_gdp(b, t)
    return pyo.log(1 + getattr(m, programme)[t] / unit)


def _damped(m: Any, b: Benchmark, programme: str, gain: str, t: int) -> Any:
    units = log_units(m, b, programme, t)
    return 1.0 if units is None else pyo.exp(-getattr(finance_of(b), gain) * units)


def aid(m: Any, b: Benchmark, t: int) -> Any:
    """What aid takes off the log adoption cost of small firms."""
    units = log_units(m, b, "programme_small_firms", t)
    return 0.0 if units is None else finance_of(b).small_firms * units


def open_source(m: Any, b: Benchmark, t: int) -> Any:
    """Factor on what spills over from the frontier."""
    units = log_units(m, b, "programme_open_source", t)
    return 1.0 if units is None else 1 + finance_of(b).open_source * units


def discord(m: Any, b: Benchmark, t: int) -> Any:
    """Factor on coordination failure."""
    return _damped(m, b, "programme_standards", "standards", t)


def collusion(m: Any, b: Benchmark, t: int) -> Any:
    """Factor on the extra markup of large firms and on the access wedge."""
    return _damped(m, b, "programme_competition", "competition", t)


def harm(m: Any, b: Benchmark, t: int) -> Any:
    """Share of AI's use that harms."""
    p = finance_of(b)
    return p.bad_tasks * _damped(m, b, "programme_data_law", "data_law", t)


def flexible_work(m: Any, b: Benchmark, t: int) -> Any:
    """Share of the unemployed in flexible work, below one; None without the block."""
    units = log_units(m, b, "programme_flexible_work", t)
    return None if units is None else 1 - pyo.exp(-finance_of(b).flexible_work * units)


def volume(m: Any, programme: str, t: int) -> Any:
    """A programme's purchases in base-year prices of government goods."""
    return getattr(m, programme)[t] * m.price_consumption[t] / m.price_government[t]


def trainees(m: Any, b: Benchmark, a: str, z: str, t: int) -> Enrolment:
    """Training of skill ``a`` for skill ``z`` that the talent and the loan programmes pay for.

    The talent programme pays for the last step in full. A loan is signed for by an employer and repaid from
    the later wage; the government pays part of it, so that its yuan goes further.
    """
    p, work = b.technology.public_finance, b.technology.labour_market
    if p is None or work is None:
        return 0.0, 0.0, 0.0
    cost = work.training_cost * 1e-3
    talent = volume(m, "programme_talent", t) / cost if z == b.skills[-1] else 0.0
    part = p.loan_step if a == b.skills[0] else 1 - p.loan_step
    lent = part * volume(m, "programme_loans", t) / (p.loan_subsidy * cost)
    graduates = work.training_success * talent + p.contract_success * lent
    return talent + lent, graduates, (1 - p.loan_subsidy) * cost * lent


def base_lump_sum(b: Benchmark) -> float:
    """Base-year lump-sum tax: government purchases less taxes, with a balanced budget."""
    return float(b.government.sum() - b.production_tax.sum())


def define_programme_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Debt, what research has done for chips, the cost of policy and the real lump-sum tax."""
    declare(m, b, *VARIABLES)


LEVERS = ("compute_subsidy", "ai_subsidy", "service_subsidy", "basic_income", *PROGRAMMES)
"""Levers of policy: each may be found from what policy is to cost."""

VARIABLES = (
    Variable(
        "public_debt",
        ("stock_years",),
        0.0,
        "trillion yuan, in consumer prices",
        "quantity",
        "public debt",
        "公共债务",
        "B",
        sign="any",
    ),
    Variable(
        "chip_research",
        ("stock_years",),
        0.0,
        "log points",
        "log",
        "what public research has done for chips",
        "公共研发对芯片的成效",
        r"\kappa^{c}",
    ),
    Variable(
        "policy_cost",
        ("years",),
        0.0,
        "trillion yuan, in consumer prices",
        "quantity",
        "cost of policy",
        "政策成本",
        r"\mathit{PC}",
        instruments=LEVERS,
    ),
    Variable(
        "lump_sum_real",
        ("years",),
        lambda m, b: base_lump_sum(b),
        "trillion yuan, in consumer prices",
        "quantity",
        "lump-sum tax in consumer prices",
        "按消费价格计的总额税",
        r"\mathit{LS}^{r}",
        growth="gdp",
        instruments=("ai_tax", "output_tax", "basic_income", "government_saving"),
        sign="any",
    ),
)


def define_programmes(m: pyo.ConcreteModel, b: Benchmark, transfers_and_subsidies: Any) -> None:
    """Debt, chip research and the cost of policy.

    ``transfers_and_subsidies`` is a function of the year: what is spent beside programmes, at current
    prices.
    """
    p, T, gdp = finance_of(b), m.years, b.gdp
    m.debt_law = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.public_debt[t + 1] / gdp == (m.public_debt[t] - m.government_saving[t]) / gdp
        ),
    )

    def research_rule(_: Any, t: int) -> Any:
        left = 1 - m.chip_research[t] / p.chip_frontier
        found = p.chip_success * p.chips * log_units(m, b, "programme_chips", t) * left
        return m.chip_research[t + 1] == m.chip_research[t] + found

    m.chip_research_law = pyo.Constraint(T, rule=research_rule)

    def cost_rule(_: Any, t: int) -> Any:
        spent = sum(getattr(m, name)[t] for name in PROGRAMMES)
        paid = transfers_and_subsidies(t) / m.price_consumption[t]
        return m.policy_cost[t] / gdp == (spent + paid) / gdp

    m.policy_cost_definition = pyo.Constraint(T, rule=cost_rule)
    m.lump_sum_real_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.lump_sum_real[t] / gdp == m.lump_sum_tax[t] / m.price_consumption[t] / gdp
        ),
    )
