"""The compute chain: time to build, electricity, storage, data and the learning of chip makers.

    building     W' = (1 - c)(W + h I)        Q' = (1 - delta) Q + c (W + h I)        c = 1 / build time
    value        v = c q + (1 - c) v' / (1 + r + xi)              of a unit of capacity under construction
    power        e S <= limit  ⊥  rent >= 0                       e: electricity per unit of service S
    storage        S <= limit  ⊥  rent >= 0
    chips        log k' = log k + lambda max(0, log(CH / CH*)) (1 - log k / log(1 / gap))

Each year a share c of what is under construction comes into service, so that a data centre takes 1/c
years on average; c = 1 is the economy without the block. Where the grid or storage limits compute, the
user of compute pays a rent on top of cost, which is property income. Domestic chip makers learn from sales
CH above their baseline path CH*, the less the nearer their quality k comes to that of imported chips. In the
AI sector compute, algorithms (its work) and data are the three elements of one nest (``firms.py``); data are
bought with the sector's mix of goods, ``data_cost`` of them a unit.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark, ComputeChain
from engels.model.algebra.complementarity import define_complementarity, positive_part
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.functions import exp
from engels.model.algebra.nests import Leaf
from engels.model.algebra.point import Point
from engels.model.economy import slots
from engels.model.economy.block import Block, Economy, Rows, national
from engels.model.economy.capital import compute_premium, net_return
from engels.model.economy.compute import price_without_premium, service_benchmark
from engels.model.economy.driver import NO_QUOTA, Driver

LINKS = ("power", "storage")
"""Limits beside chips and capacity, with a rent each."""


def chain_of(b: Benchmark) -> ComputeChain:
    """The block's parameters; it must be on."""
    assert b.technology.compute_chain is not None
    return b.technology.compute_chain


def completed(b: Benchmark) -> float:
    """c: share of what is under construction that a year completes."""
    return 1 / chain_of(b).build_time


def construction_factor(b: Benchmark, required: Any) -> Any:
    """Value of capacity in service over that of capacity just begun, at a required return."""
    c = completed(b)
    return (1 - (1 - c) / (1 + required)) / c


def required_return(b: Benchmark) -> float:
    """r0 + xi: the return at which base-year rent pays for capacity and the wait for it."""
    c = b.compute
    earned = c.rent / c.stock

    def gap(z: float) -> float:
        return float(construction_factor(b, z)) * (z + c.depreciation) - earned

    # below, capacity or the wait for it is worth nothing
    # loaded here: it takes longer than all else that a calibration loads
    from scipy.optimize import brentq

    return float(brentq(gap, -min(completed(b), c.depreciation), 10.0, xtol=1e-14))


def define_chain_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Construction, its value, rents of links, data, and the quality of chips, at base-year values.

    As much is completed in the base year as is begun.
    """
    m.links = pyo.Set(initialize=list(LINKS))
    declare(m, b, *VARIABLES)


def invested(b: Benchmark) -> float:
    """Base-year compute investment, trillion yuan."""
    return b.compute.chips_domestic + b.compute.chips_imported + float(b.compute.other.sum())


VARIABLES = (
    Variable(
        "construction",
        ("stock_years",),
        lambda m, b: (1 - completed(b)) / completed(b) * invested(b),
        "trillion yuan at base-year prices",
        "quantity",
        "compute capacity under construction",
        "在建算力",
        "W^{Q}",
        growth="gdp",
    ),
    Variable(
        "construction_value",
        ("years",),
        1.0,
        "index",
        "price",
        "value of compute capacity begun",
        "开工算力的价值",
        "v",
    ),
    Variable(
        "link_rent",
        ("links", "years"),
        0.0,
        "index",
        "price",
        "rent of {0} in compute",
        "算力环节{0}的租金",
        r"\varrho",
    ),
    Variable(
        "data_use",
        ("years",),
        lambda m, b: chain_of(b).data,
        "trillion yuan at base-year prices",
        "quantity",
        "data bought by the AI sector",
        "人工智能部门购买的数据",
        r"\mathit{DA}",
        growth="gdp",
    ),
    Variable(
        "chip_learned",
        ("stock_years",),
        0.0,
        "log points",
        "log",
        "learned quality of domestic chips",
        "国产芯片习得的质量",
        r"\ell^{k}",
    ),
    Variable(
        "chip_gap",
        ("years",),
        0.0,
        "log points",
        "log",
        "sales of domestic chips over their baseline",
        "国产芯片销量与基准之差",
        r"g^{CH}",
        reference="chip_reference",
        sign="any",
    ),
    Variable(
        "chip_reference",
        ("years",),
        lambda m, b: b.compute.chips_domestic,
        "trillion yuan at base-year prices",
        "quantity",
        "baseline sales of domestic chips",
        "国产芯片的基准销量",
        r"\mathit{CH}^{*}",
        growth="gdp",
    ),
)


def link_cost(m: Any, b: Benchmark, link: str, t: int) -> Any:
    """What a link's rent adds to the price of a unit of compute service."""
    if link == "storage":
        return m.link_rent[link, t]
    c = b.compute
    served = c.rent + float(c.operation.sum())
    electricity = float(c.operation.sum()) / served
    return electricity * m.energy_intensity[t] * m.pue[t] * m.link_rent[link, t]


def begun(m: Economy, t: int) -> Any:
    """Capacity under construction, what is begun in the year included."""
    return m.construction[t] + m.compute_build[t] * m.compute_investment[t]


def data_input(m: Economy, b: Benchmark, j: str) -> tuple[Leaf, ...] | None:
    """Data, beside compute and algorithms in the AI sector."""
    if j != b.ai:
        return None
    return (
        Leaf(
            "data",
            chain_of(b).data,
            lambda t: m.price_intermediate[j, t] * m.data_cost[t],
            lambda t: m.data_use[t],
        ),
    )


def define_chain(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring; accumulation of capacity itself is in ``capital.py``."""
    T, p, c = m.years, chain_of(b), completed(b)
    stock, chips = b.compute.stock, b.compute.chips_domestic
    served = b.compute.rent + float(b.compute.operation.sum())

    frontier = -math.log(p.chip_gap)

    def learning(_: Any, t: int) -> Any:
        def learns(t: int) -> Any:
            left = 1 - m.chip_learned[t] / frontier
            return p.chip_learning * positive_part(m.chip_gap[t]) * left

        then = m.chip_learned[m.grid.after(t)]
        return then == m.chip_learned[t] + m.grid.over(t, learns)

    def value(_: Any, t: int) -> Any:
        ahead = [s for s in m.interest_years if s <= t]
        interest = m.interest_rate[t if t in m.interest_years else ahead[-1]]
        # beyond the horizon, and for those who know only today's prices, values stay as they are
        n = m.grid.after(t)
        later, money = m.construction_value[t], 1.0
        if n in T:
            later = m.grid.next_year(t, m.construction_value[t], m.construction_value[n])
            money = m.numeraire[t] / m.grid.next_year(t, m.numeraire[t], m.numeraire[n])
        waiting = (1 - c) * later * money / (1 + interest + compute_premium(m, b, t))
        unit = m.numeraire[t]
        return m.construction_value[t] / unit == (c * m.compute_q[t] + waiting) / unit

    def room(link: str, t: int) -> tuple[Any, Any]:
        use = m.compute_service[t] / served
        if link == "power":
            use = use * m.energy_intensity[t] * m.pue[t]
        limit = m.power_limit[t] if link == "power" else m.storage_limit[t]
        return m.link_rent[link, t] / m.numeraire[t], pyo.log(limit / use)

    def construction_rule(_: Any, t: int) -> Any:
        then = m.construction[m.grid.after(t)]
        if m.grid.span(t) == 1:
            return then / stock == (1 - c) * begun(m, t) / stock
        growth = m.grid.over(t, lambda t: pyo.log((1 - c) * begun(m, t) / m.construction[t]))
        return pyo.log(then / m.construction[t]) == growth

    m.construction_law = pyo.Constraint(T, rule=construction_rule)
    m.construction_value_definition = pyo.Constraint(T, rule=value)
    define_complementarity(m, "link_limit", [(k, t) for k in m.links for t in T], room)
    m.chip_gap_definition = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.chip_reference[t] / chips * pyo.exp(m.chip_gap[t]) == m.chips_domestic[t] / chips
        ),
    )
    m.chip_learning_law = pyo.Constraint(T, rule=learning)


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """What limits compute, the elements of AI, construction, electricity and chips."""
    c, price, rows = b.compute, m.price_compute[t], Rows()
    # a yuan a year and unit of capacity, as a share of the price of the service it gives
    per_service = c.stock / service_benchmark(b) / price
    rent = m.compute_rent[t] * c.rent / c.stock
    user_cost = net_return(b) + c.depreciation
    bought = m.price_compute_investment[t] * (1 - m.compute_subsidy[t])
    plain = price_without_premium(m, b, t)
    shares = {
        "chips": user_cost * (bought - plain) * per_service,
        "data_centres": (rent - user_cost * bought / m.compute_build[t]) * per_service,
        **{k: link_cost(m, b, k, t) / price for k in m.links},
    }
    for link, x in shares.items():
        rows["link_share", "", link, t] = x
    work = sum(
        slots.sector_wage(m, b, j, s, t) * m.labour[b.ai, s, t] for j, s in m.jobs if j == b.ai
    )
    data = m.price_intermediate[b.ai, t] * m.data_cost[t] * m.data_use[t]
    elements = {
        "compute": price * m.compute_service[t],
        "algorithms": work,
        "data": data,
    }
    total = sum(elements.values())
    for element, x in elements.items():
        rows["element_share", "", element, t] = x / total
    electricity = float(c.operation.sum()) / service_benchmark(b) * m.compute_service[t]
    return rows | national(
        t,
        construction=m.construction[t],
        construction_value=m.construction_value[t],
        compute_electricity=electricity * slots.energy(m, b, t),
        chip_quality=slots.chip_quality(m, b, t),
        data_use=m.data_use[t],
    )


BLOCK = Block(
    name="compute_chain",
    drivers=(
        Driver(
            "energy_intensity",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e2,
            "electricity per unit of compute service before cooling",
            label="electricity per unit of compute",
            symbol="e^{S}",
        ),
        Driver(
            "pue",
            ("year",),
            "index, base year = 1",
            1.0,
            0.5,
            3.0,
            "power usage effectiveness: electricity of the data centre over that of its machines",
            label="power usage effectiveness",
            symbol=r"\mathit{pue}",
        ),
        Driver(
            "power_limit",
            ("year",),
            "multiple of base-year electricity of compute",
            NO_QUOTA,
            1e-3,
            NO_QUOTA,
            "largest electricity use that the grid connects",
            label="limit of the grid",
            symbol=r"\bar S^{P}",
        ),
        Driver(
            "storage_limit",
            ("year",),
            "multiple of base-year compute service",
            NO_QUOTA,
            1e-3,
            NO_QUOTA,
            "largest compute service that storage can feed",
            label="limit of storage",
            symbol=r"\bar S^{S}",
        ),
        Driver(
            "data_cost",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-4,
            1e2,
            "goods needed for a unit of data",
            label="goods needed for a unit of data",
            symbol="c^{A}",
        ),
        Driver(
            "algorithm_efficiency",
            ("year",),
            "index, base year = 1",
            1.0,
            1e-3,
            1e7,
            "algorithms per unit of the AI sector's work",
            label="efficiency of algorithms",
            symbol="e^{A}",
        ),
    ),
    define_variables=define_chain_variables,
    variables=VARIABLES,
    define=define_chain,
    contributions={
        slots.energy: lambda m, b, t: m.energy_intensity[t] * m.pue[t],
        slots.link_rents: lambda m, b, t: sum(link_cost(m, b, link, t) for link in m.links),
        slots.chip_quality: lambda m, b, t: exp(m.chip_learned[t]),
        slots.work_efficiency: lambda m, b, j, t: m.algorithm_efficiency[t] if j == b.ai else None,
        slots.further_inputs: data_input,
        slots.goods_for_inputs: lambda m, b, j, t: (
            m.data_cost[t] * m.data_use[t] if j == b.ai else None
        ),
        slots.value_added_elasticity: lambda m, b, j: chain_of(b).elements if j == b.ai else None,
        slots.capacity_completed: lambda m, b, t: completed(b) * begun(m, t),
        slots.value_of_capacity_begun: lambda m, b, t: m.construction_value[t],
        slots.waiting_factor: lambda m, b: float(construction_factor(b, required_return(b))),
        slots.required_return: lambda m, b: required_return(b),
    },
    report=report,
)
