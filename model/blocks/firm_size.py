"""Large and small firms in the sectors that adopt AI.

    adoption    d = c (s L(o) + (1 - s) L(o - gap))        L(x) = 1 / (1 + e^-x), o: log odds of large firms
    gap         gap0 + log(cost of adoption) - aid
    saving      sigma = 1 - (1 - sigma0) p / Z                of the cost of a task that AI takes over
    advantage   v = sigma e cap g c (L(o) - L(o - gap))    unit cost of small firms over that of large, log
    share       log(s / (1 - s)) = log(s0 / (1 - s0)) + (eps - 1)(v - v_ref - log mu)
    markup      log mu = response (s - s0)                 of large firms; small firms have none
                mu_j = 1 / (s / mu + 1 - s)
    labour      (s + (1 - s) r) / (s0 + (1 - s0) r)        on labour's share of tasks; small firms use r > 1

Data, talent and computing are fixed costs of adoption that weigh more on the small: with log-logistic
sizes the share that finds adoption worth its cost is logistic in the log of cost over size, which makes
the gap in log odds a log cost. Large firms adopt first, gain on cost, take share and raise their markup;
they use less labour per unit of output, so labour's share falls by reallocation and by markup (Autor, Dorn,
Katz, Patterson & Van Reenen 2020). e is exposed pay over output, g what is feasible, p the price of AI
services in consumer prices and Z their quality, eps the elasticity between goods of large and small firms.
v_ref is the advantage in the baseline, where the price of AI is not quite constant: the forecast closure
finds it, so that shares of firms stay as they are without a shock.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, FirmSize
from engels.model.algebra.declaration import Variable
from engels.model.algebra.functions import exp, log
from engels.model.algebra.point import Point
from engels.model.blocks import diffusion
from engels.model.economy import slots
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.driver import Driver
from engels.model.economy.trees import exposed_pay


def firms_of(b: Benchmark) -> FirmSize:
    """The block's parameters; it must be on."""
    assert b.technology.firm_size is not None
    return b.technology.firm_size


def logistic(x: Any) -> Any:
    """1 / (1 + e^-x)."""
    return 1 / (1 + exp(-x))


@slot("plus")
def adoption_gap(m: Economy, b: Benchmark, t: int) -> Any:
    """Log odds of adoption, large firms less small."""
    return firms_of(b).gap + log(m.adoption_cost[t])


@slot("times")
def collusion(m: Economy, b: Benchmark, t: int) -> Any:
    """Factor on the extra markup of large firms and on the access wedge."""
    return 1.0


def start_odds(b: Benchmark, j: str) -> float:
    """Base-year log odds of adoption among large firms that give the sector its base-year adoption."""
    d, f, n = diffusion.parameters_of(b), firms_of(b), b.index(j)
    wanted, s = float(d.start[n] / d.ceiling[n]), float(f.large_share[n])

    def short(o: float) -> float:
        mixed = s / (1 + math.exp(-o)) + (1 - s) / (1 + math.exp(f.gap - o))
        return mixed - wanted

    # loaded here: it takes longer than all else that a calibration loads
    from scipy.optimize import brentq

    return float(brentq(short, -60.0, 60.0, xtol=1e-14))


def mixed_adoption(m: Any, b: Benchmark, j: str, t: int, of: int) -> Any:
    """Share of the ceiling that a sector reaches with the log odds of year ``of``."""
    s, o = m.large_share[j, t], m.adoption_odds[j, of]
    return s * logistic(o) + (1 - s) * logistic(o - adoption_gap(m, b, t))


def replaceable_cost(b: Benchmark, j: str) -> float:
    """Cost of the work that AI could ever do, over output."""
    d, n = diffusion.parameters_of(b), b.index(j)
    return exposed_pay(b)[j] / float(b.output[n]) * float(d.cap[n])


def task_saving(m: Any, b: Benchmark, t: int) -> Any:
    """sigma: what doing a task by AI saves, as a share of what it costs to have it done."""
    price = m.price_composite[b.ai, t] * (1 + slots.ai_charge(m, b, t)) / m.price_consumption[t]
    return 1 - (1 - firms_of(b).saving) * price / slots.ai_quality(m, b, t)


def advantage(m: Any, b: Benchmark, j: str, t: int) -> Any:
    """v: log unit cost of small firms over that of large ones."""
    o = m.adoption_odds[j, t]
    lead = logistic(o) - logistic(o - adoption_gap(m, b, t))
    saved = task_saving(m, b, t) * replaceable_cost(b, j)
    return saved * m.feasible[t] * m.adoption_ceiling[j, t] * lead


def base_advantage(b: Benchmark, j: str) -> float:
    """v of the base year."""
    d, n = diffusion.parameters_of(b), b.index(j)
    o, gap = start_odds(b, j), firms_of(b).gap
    lead = 1 / (1 + math.exp(-o)) - 1 / (1 + math.exp(gap - o))
    saved = firms_of(b).saving * replaceable_cost(b, j)
    return saved * d.feasible * float(d.ceiling[n]) * lead


def log_markup(m: Any, b: Benchmark, j: str, t: int) -> Any:
    """log mu: markup of large firms over the sector's."""
    more = m.large_share[j, t] - float(firms_of(b).large_share[b.index(j)])
    return m.markup_response[t] * more * collusion(m, b, t)


VARIABLES = (
    Variable(
        "advantage_gap",
        ("adopters", "years"),
        0.0,
        "log points",
        "log",
        "cost advantage of large firms in sector {0} against the baseline",
        "{0}部门大企业成本优势与基准之差",
        r"\Delta v",
        reference="advantage_reference",
        sign="any",
    ),
    Variable(
        "advantage_reference",
        ("adopters", "years"),
        lambda m, b: {j: base_advantage(b, j) for j in m.adopters},
        "log points",
        "log",
        "baseline cost advantage of large firms in sector {0}",
        "{0}部门大企业的基准成本优势",
        r"v^{*}",
    ),
    Variable(
        "large_share",
        ("adopters", "years"),
        lambda m, b: {j: firms_of(b).large_share[b.index(j)] for j in m.adopters},
        "share of output",
        "share",
        "share of large firms in sector {0}",
        "{0}部门大企业份额",
        r"\varsigma",
    ),
    Variable(
        "size_markup",
        ("adopters", "years"),
        1.0,
        "factor",
        "index",
        "markup of the mix of firms in sector {0}",
        "{0}部门企业构成的加成率",
        r"\mu^{z}",
    ),
    Variable(
        "size_labour",
        ("adopters", "years"),
        1.0,
        "factor",
        "index",
        "labour of the mix of firms in sector {0}",
        "{0}部门企业构成的劳动份额因子",
        r"\lambda^{z}",
    ),
)


def define_firm_size(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring (adoption itself is in ``diffusion.py``)."""
    f, T = firms_of(b), m.years

    def share_rule(_: Any, j: str, t: int) -> Any:
        s0, s = float(f.large_share[b.index(j)]), m.large_share[j, t]
        gained = m.advantage_gap[j, t] - log_markup(m, b, j, t)
        return pyo.log(s / (1 - s)) == math.log(s0 / (1 - s0)) + (f.elasticity - 1) * gained

    def markup_rule(_: Any, j: str, t: int) -> Any:
        s = m.large_share[j, t]
        return m.size_markup[j, t] * (s * pyo.exp(-log_markup(m, b, j, t)) + 1 - s) == 1

    def labour_rule(_: Any, j: str, t: int) -> Any:
        s0, r = float(f.large_share[b.index(j)]), f.small_labour
        slope = (r - 1) / (s0 + (1 - s0) * r)
        # firms that hire alike leave labour's weight at one, whatever their shares
        less = slope * (m.large_share[j, t] - s0) if slope else 0.0
        return m.size_labour[j, t] == 1 - less

    m.advantage_definition = pyo.Constraint(
        m.adopters,
        T,
        rule=lambda _, j, t: (
            advantage(m, b, j, t) == m.advantage_reference[j, t] + m.advantage_gap[j, t]
        ),
    )
    m.large_share_definition = pyo.Constraint(m.adopters, T, rule=share_rule)
    m.size_markup_definition = pyo.Constraint(m.adopters, T, rule=markup_rule)
    m.size_labour_definition = pyo.Constraint(m.adopters, T, rule=labour_rule)


def access_wedge(m: Economy, b: Benchmark, t: int) -> Any:
    """What those who control access add to the price of AI services, as a rate."""
    return m.access_wedge[t] * collusion(m, b, t)


def access_income(m: Economy, b: Benchmark, t: int) -> Any:
    """What the wedge earns, trillion yuan."""
    used = sum(m.ai_use[j, u, t] for j, u in m.ai_users)
    return access_wedge(m, b, t) * m.price_composite[b.ai, t] * used


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Large and small firms: shares, adoption, markups and employment; the wedge of access."""
    f, rows = firms_of(b), Rows()
    total = large = small_work = work = concentration = left = 0.0
    mean = {"adoption_large": 0.0, "adoption_small": 0.0, "markup_large": 0.0}
    for j in m.adopters:
        s, s0 = m.large_share[j, t], float(f.large_share[b.index(j)])
        y = m.price_output[j, t] * m.output[j, t]
        hired = sum(m.labour[k, q, t] for k, q in m.jobs if k == j)
        by_small = (1 - s) * f.small_labour / (s + (1 - s) * f.small_labour)
        o, ceiling = m.adoption_odds[j, t], m.adoption_ceiling[j, t]
        gap = adoption_gap(m, b, t)
        total, large, work = total + y, large + s * y, work + hired
        small_work += by_small * hired
        concentration += y * s**2 / f.leaders
        left += y * (1 - (1 - s) / (1 - s0))
        mean["adoption_large"] += y * ceiling * logistic(o)
        mean["adoption_small"] += y * ceiling * logistic(o - gap)
        mean["markup_large"] += y * log_markup(m, b, j, t)
        rows["large_firm_share", j, "", t] = s
    return rows | national(
        t,
        large_firms=large / total,
        small_firm_employment=small_work / work,
        concentration=concentration / total,
        small_firm_exit=left / total,
        access_wedge=access_wedge(m, b, t),
        access_income=access_income(m, b, t),
        **{name: x / total for name, x in mean.items()},
    )


BLOCK = Block(
    name="firm_size",
    drivers=(
        Driver(
            "adoption_cost",
            ("year",),
            "index, base year = 1",
            1.0,
            0.01,
            100.0,
            "fixed cost of adoption over size, small firms against large",
            label="adoption cost of small firms",
            symbol="c^{d}",
        ),
        Driver(
            "markup_response",
            ("year",),
            "log markup per unit of share",
            lambda b, _: firms_of(b).markup_response,
            0.0,
            5.0,
            "of large firms' markup to their share of the sector",
            label="response of large firms' markup",
            symbol=r"\rho^{\mu}",
        ),
        Driver(
            "access_wedge",
            ("year",),
            "ad valorem rate",
            0.0,
            -0.5,
            5.0,
            "what those who control access add to the price of AI services",
            label="access wedge",
            symbol=r"\phi^{0}",
        ),
    ),
    variables=VARIABLES,
    define=define_firm_size,
    contributions={
        diffusion.start_odds: lambda m, b, j: start_odds(b, j),
        diffusion.share_adopted: lambda m, b, j, t, of: (
            m.adoption_ceiling[j, t] * mixed_adoption(m, b, j, t, of)
        ),
        slots.access_wedge: access_wedge,
        slots.access_income: access_income,
        slots.markup: lambda m, b, j, t: m.size_markup[j, t] if j in m.adopters else None,
        slots.task_share: lambda m, b, j, t: m.size_labour[j, t] if j in m.adopters else None,
    },
    report=report,
)
