"""What a run reports of the blocks of AI as a general-purpose technology, where they are on."""

from __future__ import annotations

import math
from typing import Any

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.point import Point
from engels.model.blocks.chain import link_cost
from engels.model.blocks.intangibles import reaped
from engels.model.economy.accounts import sector_value_added
from engels.model.economy.capital import net_return
from engels.model.economy.compute import service_benchmark
from engels.model.economy.technology import (
    ai_quality,
    chip_quality,
    energy,
    mean_adoption,
    sector_wage,
)

Rows = dict[tuple[str, str, str, int], float]


def measure_blocks(rows: Rows, m: Point, b: Benchmark, t: int, plain_price: float) -> None:
    """Add the rows of one year.

    ``plain_price`` is the price of compute investment if chips were bought without a licence premium.
    """
    tech = b.technology
    if tech.diffusion:
        put(rows, t, adoption_mean=mean_adoption(m, b, t), feasible_share=m.feasible[t])
        for j in m.adopters:
            rows["adoption", j, "", t] = float(m.adoption[j, t])
            rows["automated_tasks", j, "", t] = float(m.automated[j, t])
    if tech.sow_reap:
        _intangibles(rows, m, b, t)
    if tech.learning:
        learned = math.exp(m.learned[t])
        put(rows, t, ai_quality=ai_quality(m, t), learned_quality=learned)
        if hasattr(m, "learning_subsidy"):
            put(rows, t, learning_subsidy=m.internalisation[t] * m.learning_subsidy[t])
    if tech.spawning:
        for j in m.adopters:
            rows["application_tfp", j, "", t] = math.exp(m.application[j, t])
    if tech.new_formats:
        for j in m.adopters:
            rows["variety", j, "", t] = float(m.variety[j, t])
    if tech.ideas:
        put(
            rows,
            t,
            knowledge=m.knowledge[t],
            knowledge_effect=math.exp(tech.ideas.elasticity * m.knowledge_gap[t]),
        )
    if tech.compute_chain:
        _chain(rows, m, b, t, plain_price)


def put(rows: Rows, t: int, **entries: Any) -> None:
    """Add rows of the economy of a year."""
    for name, x in entries.items():
        rows[name, "", "", t] = float(x)


def _intangibles(rows: Rows, m: Point, b: Benchmark, t: int) -> None:
    """Investment and stock at current prices, and what both do to measured productivity."""
    invested = stock = effect = total = 0.0
    for j in b.sectors:
        added = float(sector_value_added(m, b, j, t))
        total += added
        if j not in m.adopters:
            continue
        # the accounts see what is left of value added once intangibles are made
        potential = added / (1 - m.sown[j, t])
        invested += m.sown[j, t] * potential
        stock += m.intangible[j, t] * potential
        effect += added * math.log((1 - m.sown[j, t]) * reaped(m, b, j, t))
    put(
        rows,
        t,
        intangible_investment=invested,
        intangible_stock=stock,
        intangible_effect=math.exp(effect / total),
    )


def _chain(rows: Rows, m: Point, b: Benchmark, t: int, plain_price: float) -> None:
    c, price = b.compute, float(m.price_compute[t])
    # a yuan a year and unit of capacity, as a share of the price of the service it gives
    per_service = c.stock / service_benchmark(b) / price
    rent = float(m.compute_rent[t]) * c.rent / c.stock
    user_cost = net_return(b) + c.depreciation
    factor = float(m.construction_value[t])
    bought = float(m.price_compute_investment[t] * (1 - m.compute_subsidy[t]))
    shares = {
        "chips": user_cost * (bought - plain_price) * per_service,
        "data_centres": (rent - user_cost * bought / float(m.compute_build[t])) * per_service,
        **{k: float(link_cost(m, b, k, t)) / price for k in m.links},
    }
    for link, x in shares.items():
        rows["link_share", "", link, t] = x
    work = sum(
        float(sector_wage(m, j, s, t) * m.labour[b.ai, s, t]) for j, s in m.jobs if j == b.ai
    )
    data = float(m.price_intermediate[b.ai, t] * m.data_cost[t] * m.data_use[t])
    elements = {
        "compute": price * float(m.compute_service[t]),
        "algorithms": work,
        "data": data,
    }
    total = sum(elements.values())
    for element, x in elements.items():
        rows["element_share", "", element, t] = x / total
    electricity = float(c.operation.sum()) / service_benchmark(b) * float(m.compute_service[t])
    put(
        rows,
        t,
        construction=m.construction[t],
        construction_value=factor,
        compute_electricity=electricity * float(energy(m, t)),
        chip_quality=chip_quality(m, t),
        data_use=m.data_use[t],
    )
