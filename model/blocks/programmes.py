"""Public programmes: what a yuan of each is taken to do.

    units      beta = spending / (scale GDP)          GDP of the baseline, at base-year prices
    effect     gain log(1 + beta)                     on what the programme is for, see the functions below

Spending buys goods with the composition of government purchases. Gains are assumptions of
``parameters.yaml`` (section ``public_finance``) with their ranges, not findings: compare programmes for
what follows from them, and levers that act through prices (subsidies, taxes, transfers) for their effect.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, PublicFinance
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp, log
from engels.model.algebra.grid import along
from engels.model.algebra.point import Point
from engels.model.blocks import diffusion, firm_size, learning, work
from engels.model.blocks.work import Enrolment
from engels.model.economy import slots
from engels.model.economy.block import Block, Economy, Rows, national
from engels.model.economy.driver import Driver
from engels.model.economy.government import compute_subsidies, transfers
from engels.model.economy.households import base_lump_sum

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


def finance_of(b: Benchmark) -> PublicFinance:
    """The block's parameters; it must be on."""
    assert b.technology.public_finance is not None
    return b.technology.public_finance


def path_gdp(b: Benchmark, t: int) -> Any:
    """GDP of the baseline, trillion yuan at base-year prices (the last known one beyond it)."""
    return b.gdp * along(b.path.gdp, b.path.years[0], t)


def path_employment(b: Benchmark, t: int) -> Any:
    """Employment of the baseline, base year = 1 (the last known one beyond it)."""
    return along(b.path.employment / b.path.employment[0], b.path.years[0], t)


def log_units(m: Any, b: Benchmark, programme: str, t: int) -> Any:
    """log(1 + beta)"""
    unit = finance_of(b).scale * path_gdp(b, t)
    return log(1 + getattr(m, programme)[t] / unit)


def _damped(m: Any, b: Benchmark, programme: str, gain: str, t: int) -> Any:
    return exp(-getattr(finance_of(b), gain) * log_units(m, b, programme, t))


def aid(m: Any, b: Benchmark, t: int) -> Any:
    """What aid takes off the log adoption cost of small firms."""
    return finance_of(b).small_firms * log_units(m, b, "programme_small_firms", t)


def open_source(m: Any, b: Benchmark, t: int) -> Any:
    """Factor on what spills over from the frontier."""
    return 1 + finance_of(b).open_source * log_units(m, b, "programme_open_source", t)


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
    """Share of the unemployed in flexible work, below one."""
    return 1 - _damped(m, b, "programme_flexible_work", "flexible_work", t)


def volume(m: Any, programme: str, t: int) -> Any:
    """A programme's purchases in base-year prices of government goods."""
    return getattr(m, programme)[t] * m.price_consumption[t] / m.price_government[t]


def trainees(m: Any, b: Benchmark, a: str, z: str, t: int) -> Enrolment:
    """Training of skill ``a`` for skill ``z`` that the talent and the loan programmes pay for.

    The talent programme pays for the last step in full. A loan is signed for by an employer and repaid from
    the later wage; the government pays part of it, so that its yuan goes further.
    """
    p, market = finance_of(b), work.market_of(b)
    cost = market.training_cost * 1e-3
    talent = volume(m, "programme_talent", t) / cost if z == b.skills[-1] else 0.0
    part = p.loan_step if a == b.skills[0] else 1 - p.loan_step
    lent = part * volume(m, "programme_loans", t) / (p.loan_subsidy * cost)
    graduates = market.training_success * talent + p.contract_success * lent
    return talent + lent, graduates, (1 - p.loan_subsidy) * cost * lent


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


def levers(m: Economy, b: Benchmark, t: int) -> Any:
    """What subsidies and transfers of policy cost, programmes left out, trillion yuan."""
    ai = m.price_composite[b.ai, t] * sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    served = finance_of(b).person_services
    services = sum(
        float(w) * m.service_subsidy[t] * m.price_output[j, t] * m.output[j, t]
        for j, w in zip(b.sectors, served, strict=True)
        if w > 0
    )
    return compute_subsidies(m, t) + m.ai_subsidy[t] * ai + services + transfers(m, b, t)


def output_tax(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """Tax on output less the subsidy to services from person to person."""
    served = float(finance_of(b).person_services[b.index(j)])
    return m.output_tax[t] - served * m.service_subsidy[t] if served else m.output_tax[t]


def basic_income(m: Economy, b: Benchmark, t: int, persons: float) -> Any:
    """Transfer to so many million persons of the base year, who grow with employment; trillion yuan."""
    alive = persons * path_employment(b, t)
    return m.basic_income[t] * 1e-3 * alive * m.price_consumption[t]


def coupons(m: Economy, b: Benchmark, t: int) -> Any:
    """Interest on public debt, trillion yuan."""
    return finance_of(b).bond_rate * m.public_debt[t] * m.price_consumption[t]


def define_programmes(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Debt, chip research and the cost of policy."""
    p, T, gdp = finance_of(b), m.years, b.gdp
    m.debt_law = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.public_debt[m.grid.after(t)] / gdp
            == (m.public_debt[t] - m.grid.over(t, lambda t: m.government_saving[t])) / gdp
        ),
    )

    def research_rule(_: Any, t: int) -> Any:
        def found(t: int) -> Any:
            left = 1 - m.chip_research[t] / p.chip_frontier
            return p.chip_success * p.chips * log_units(m, b, "programme_chips", t) * left

        then = m.chip_research[m.grid.after(t)]
        return then == m.chip_research[t] + m.grid.over(t, found)

    m.chip_research_law = pyo.Constraint(T, rule=research_rule)

    def cost_rule(_: Any, t: int) -> Any:
        spent = sum(getattr(m, name)[t] for name in PROGRAMMES)
        paid = levers(m, b, t) / m.price_consumption[t]
        return m.policy_cost[t] / gdp == (spent + paid) / gdp

    m.policy_cost_definition = pyo.Constraint(T, rule=cost_rule)
    m.lump_sum_real_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.lump_sum_real[t] / gdp == m.lump_sum_tax[t] / m.price_consumption[t] / gdp
        ),
    )


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Debt, levers and programmes, and the harm that AI does."""
    ai = m.price_composite[b.ai, t] * sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    return national(
        t,
        policy_cost=m.policy_cost[t],
        public_debt=m.public_debt[t],
        public_interest=coupons(m, b, t),
        lump_sum_real=m.lump_sum_real[t],
        output_tax=m.output_tax[t],
        ai_subsidy=m.ai_subsidy[t],
        service_subsidy=m.service_subsidy[t],
        basic_income=m.basic_income[t],
        programmes=sum(getattr(m, name)[t] for name in PROGRAMMES),
        chip_research=exp(m.chip_research[t]),
        harm=finance_of(b).harm * harm(m, b, t) * ai,
    )


BLOCK = Block(
    name="public_finance",
    drivers=(
        Driver(
            "output_tax",
            ("year",),
            "share of output value",
            0.0,
            -0.3,
            0.5,
            "on the output of every sector",
            label="output tax",
            symbol="t^{Y}",
        ),
        Driver(
            "ai_subsidy",
            ("year",),
            "ad valorem rate",
            0.0,
            0.0,
            0.95,
            "share of the price of AI services that the government pays to users",
            label="subsidy to users of AI",
            symbol="s^{M}",
        ),
        Driver(
            "service_subsidy",
            ("year",),
            "share of output value",
            0.0,
            -0.3,
            0.6,
            "to services from person to person",
            label="subsidy to personal services",
            symbol="s^{S}",
        ),
        Driver(
            "basic_income",
            ("year",),
            "thousand yuan per head and year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "paid to everyone",
            label="basic income",
            symbol="b^{I}",
        ),
        Driver(
            "programme_small_firms",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "aid for small firms that adopt AI",
            through="firm_size",
            label="aid for small firms",
            symbol=r"\beta^{sf}",
        ),
        Driver(
            "programme_chips",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "research on domestic chips",
            label="public research on chips",
            symbol=r"\beta^{ch}",
        ),
        Driver(
            "programme_open_source",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "open-source platforms: more spills over from the frontier",
            through="learning",
            label="open-source programme",
            symbol=r"\beta^{os}",
        ),
        Driver(
            "programme_standards",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "common standards and interconnection: less coordination failure",
            through="diffusion",
            label="standards programme",
            symbol=r"\beta^{st}",
        ),
        Driver(
            "programme_talent",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "training for the highest skill",
            through="labour_market",
            label="talent programme",
            symbol=r"\beta^{ta}",
        ),
        Driver(
            "programme_loans",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "training loans with a signed contract",
            through="labour_market",
            label="training loans",
            symbol=r"\beta^{lo}",
        ),
        Driver(
            "programme_flexible_work",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "platforms for flexible work",
            through="labour_market",
            label="flexible-work programme",
            symbol=r"\beta^{fw}",
        ),
        Driver(
            "programme_competition",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "merger control and access rules: lower markups and wedges",
            through="firm_size",
            label="competition policy",
            symbol=r"\beta^{co}",
        ),
        Driver(
            "programme_data_law",
            ("year",),
            "trillion yuan a year, in consumer prices",
            0.0,
            0.0,
            100.0,
            "rules on data and harmful use",
            label="data law",
            symbol=r"\beta^{dl}",
        ),
    ),
    variables=VARIABLES,
    define=define_programmes,
    contributions={
        slots.ai_tax: lambda m, b, t: -m.ai_subsidy[t],
        slots.production_tax: output_tax,
        slots.basic_income: basic_income,
        slots.coupons: coupons,
        slots.government_volume: lambda m, b, t: sum(volume(m, name, t) for name in PROGRAMMES),
        slots.chip_quality: lambda m, b, t: exp(m.chip_research[t]),
        diffusion.failure: discord,
        learning.spillover: open_source,
        firm_size.adoption_gap: lambda m, b, t: -aid(m, b, t),
        firm_size.collusion: collusion,
        work.flexible_work: flexible_work,
        work.sponsored: trainees,
    },
    report=report,
)
