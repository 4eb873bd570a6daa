"""Compute: the services the AI sector runs on, their capacity, and the chips that build it.

    services    CS at price pc = (rent0 rho + sum_i op_i PQ_i) / CS0          fixed proportions
    bottleneck  CS / CS0 <= u Q / Q0   ⊥   rho >= 0
    chips       CH = CES(domestic, imported) with elasticity sigma_chips; domestic chips carry a
                quality index, imported chips a tariff and, under a quota, a premium (``trade.py``)
    investment  B = I_Q + a/2 (I_Q/Q - i0)^2 Q goods at PIQ = a PCH + sum_i o_i PQ_i   fixed proportions
    capacity    Q' = (1 - delta) Q + h I_Q

rho is the shadow price of capacity, 1 in the base year; u is utilisation, h the capacity installed per
unit of investment. The choice of I_Q is in ``capital.py``, with that of ordinary capital.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.complementarity import define_complementarity
from engels.model.algebra.declaration import Variable, declare, nested_values
from engels.model.algebra.grid import Time
from engels.model.algebra.nests import Family, Input, Leaf, Nest, define_family
from engels.model.algebra.point import Point
from engels.model.algebra.power_mean import log_power_mean
from engels.model.economy.slots import chip_quality, energy, link_rents
from engels.model.economy.trade import (
    CLOSED_QUOTA,
    price_chips_imported,
    price_chips_landed,
    price_home,
)


def investment_benchmark(b: Benchmark) -> float:
    """Base-year compute investment, trillion yuan."""
    c = b.compute
    return float(c.chips_domestic + c.chips_imported + c.other.sum())


def service_benchmark(b: Benchmark) -> float:
    """Base-year cost of compute services, trillion yuan."""
    return float(b.compute.rent + b.compute.operation.sum())


def least_chips(b: Benchmark, capacity: float) -> float:
    """Chips that a year's compute investment takes at least, trillion yuan at base-year prices.

    The cost of adjustment, a/2 (I/Q - i0)^2 Q, is paid in the goods of which investment consists. For a
    capacity Q, purchases are least at I/Q = i0 - 1/a or, where that is negative, at I = 0: with nothing
    installed, stopping still takes a/2 i0^2 Q.
    """
    usual = investment_benchmark(b) / b.compute.stock
    a = b.elasticities.adjustment_compute
    chips = b.compute.chips_domestic + b.compute.chips_imported
    bought = usual - 1 / (2 * a) if a * usual > 1 else a / 2 * usual**2
    return chips / investment_benchmark(b) * bought * capacity


def most_chips(b: Benchmark, quota: float) -> float:
    """Effective chips that a quota (multiple of base-year imports) allows, however many are made at home.

    With an elasticity sigma below 1 imported chips are essential: as domestic ones grow without end the
    composite goes to a^(1 / (sigma - 1)) times the imports, a being their base-year share. Infinite
    where chips of the two kinds can replace each other, or none are imported.
    """
    c, sigma = b.compute, b.elasticities.chips
    if sigma >= 1 or c.chips_imported <= 0:
        return math.inf
    share = c.chips_imported / (c.chips_domestic + c.chips_imported)
    # in logarithms: next to sigma = 1 the power exceeds what a number can be
    size = math.log(share) / (sigma - 1) + math.log((quota + CLOSED_QUOTA) * c.chips_imported)
    return math.exp(size) if size < 700 else math.inf


def compute_income(m: Any, b: Benchmark, t: int) -> Any:
    """Income of capacity and, in the compute chain, of the links that limit it.

    The price of services contains the rents; they are earned on what is used.
    """
    earned = b.compute.rent / service_benchmark(b) * m.compute_rent[t]
    return (earned + link_rents(m, b, t)) * m.compute_service[t]


def running_goods(m: Any, b: Benchmark, n: int, t: int) -> Any:
    """Good ``n`` (electricity) bought to run compute."""
    share = float(b.compute.operation[n]) / service_benchmark(b)
    return share * energy(m, b, t) * m.compute_service[t]


def price_without_premium(m: Point, b: Benchmark, t: Time) -> Any:
    """Price of compute investment with imported chips at their landed price."""
    c, sigma = b.compute, b.elasticities.chips
    chips = c.chips_domestic + c.chips_imported
    home = price_home(m, b.chip_sector, t) / chip_quality(m, b, t)
    terms = [(c.chips_domestic / chips, home)]
    if c.chips_imported > 0:
        terms.append((c.chips_imported / chips, price_chips_landed(m, "compute", t)))
    shares, prices = zip(*terms, strict=True)
    composite = np.exp(log_power_mean(1 - sigma, np.array(shares), np.log(np.array(prices)).T))
    other = sum(float(v) * m.price_composite[i, t] for i, v in zip(b.sectors, c.other, strict=True))
    return (chips * composite + other) / (chips + float(c.other.sum()))


def define_compute_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Services, capacity, chips and their prices, at benchmark values."""
    declare(m, b, *VARIABLES)


VARIABLES = (
    Variable(
        "compute_service",
        ("years",),
        lambda m, b: service_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "compute services",
        "算力服务",
        "S",
        growth="gdp",
    ),
    Variable(
        "price_compute",
        ("years",),
        1.0,
        "index",
        "price",
        "price of compute services",
        "算力服务的价格",
        "P^{S}",
    ),
    Variable(
        "compute_rent",
        ("years",),
        1.0,
        "index",
        "price",
        "rent of compute capacity",
        "算力的租金",
        r"\rho",
    ),
    Variable(
        "compute_investment",
        ("years",),
        lambda m, b: investment_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "compute investment",
        "算力投资",
        "I^{Q}",
        growth="gdp",
        instruments=("risk_premium",),
    ),
    Variable(
        "compute_purchases",
        ("years",),
        lambda m, b: investment_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "purchases for compute investment",
        "算力投资的购买",
        "B^{Q}",
        growth="gdp",
    ),
    Variable(
        "price_compute_investment",
        ("years",),
        1.0,
        "index",
        "price",
        "price of compute investment",
        "算力投资品的价格",
        "P^{IQ}",
    ),
    Variable(
        "chips",
        ("years",),
        lambda m, b: b.compute.chips_domestic + b.compute.chips_imported,
        "trillion yuan at base-year prices",
        "quantity",
        "chips in compute investment",
        "算力投资中的芯片",
        r"\mathit{CH}",
        growth="gdp",
    ),
    Variable(
        "price_chips",
        ("years",),
        1.0,
        "index",
        "price",
        "price of chips",
        "芯片的价格",
        r"P^{\mathit{CH}}",
    ),
    Variable(
        "chips_domestic",
        ("years",),
        lambda m, b: b.compute.chips_domestic,
        "trillion yuan at base-year prices",
        "quantity",
        "domestic chips in compute investment",
        "算力投资中的国产芯片",
        r"\mathit{CD}",
        growth="gdp",
    ),
    Variable(
        "compute_capacity",
        ("stock_years",),
        lambda m, b: b.compute.stock,
        "trillion yuan at base-year prices",
        "quantity",
        "compute capacity",
        "算力存量",
        r"\mathit{QC}",
        sign="nonnegative",
        growth="gdp",
    ),
)
NESTS = (
    Variable(
        "chip_price",
        (
            "chip_nests",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of {0} in chips, {2}",
        "芯片中{0}的价格，{2}",
        "P^{c}",
    ),
    Variable(
        "chip_quantity",
        (
            "chip_nests",
            "years",
        ),
        nested_values,
        "trillion yuan at base-year prices",
        "quantity",
        "quantity of {0} in chips, {2}",
        "芯片中{0}的数量，{2}",
        "X^{c}",
    ),
)


def define_compute(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Equations of the module docstring."""
    T, c = m.years, b.compute
    service0, investment0 = service_benchmark(b), investment_benchmark(b)
    chips0 = c.chips_domestic + c.chips_imported

    def service_price(_: Any, t: int) -> Any:
        running = sum(
            float(v) / service0 * m.price_composite[i, t]
            for i, v in zip(b.sectors, c.operation, strict=True)
            if v > 0
        )
        running = running * energy(m, b, t)
        rents = c.rent / service0 * m.compute_rent[t] + link_rents(m, b, t)
        return m.price_compute[t] == rents + running

    def bottleneck(t: int) -> tuple[Any, Any]:
        slack = (
            m.compute_utilisation[t] * m.compute_capacity[t] / c.stock
            - m.compute_service[t] / service0
        )
        return m.compute_rent[t] / m.numeraire[t], slack

    def investment_price(_: Any, t: int) -> Any:
        other = sum(
            float(v) / investment0 * m.price_composite[i, t]
            for i, v in zip(b.sectors, c.other, strict=True)
            if v > 0
        )
        return m.price_compute_investment[t] == chips0 / investment0 * m.price_chips[t] + other

    def purchases(_: Any, t: int) -> Any:
        capacity = m.compute_capacity[t]
        excess = m.compute_investment[t] / capacity - investment0 / c.stock
        bought = (
            m.compute_investment[t] + b.elasticities.adjustment_compute / 2 * excess**2 * capacity
        )
        return m.compute_purchases[t] / investment0 == bought / investment0

    def chip_use(_: Any, t: int) -> Any:
        return m.chips[t] / chips0 == m.compute_purchases[t] / investment0

    m.compute_service_price = pyo.Constraint(T, rule=service_price)
    define_complementarity(m, "compute_bottleneck", list(T), bottleneck)
    m.compute_investment_price = pyo.Constraint(T, rule=investment_price)
    m.compute_investment_goods = pyo.Constraint(T, rule=purchases)
    m.compute_chip_use = pyo.Constraint(T, rule=chip_use)

    define_family(m, chip_family(m, b), list(T))


def chip_family(m: Any, b: Benchmark) -> Family:
    """Chips for compute investment, of domestic and imported ones; ``m`` a model or a solved point."""
    c = b.compute
    inputs = [
        Input(
            Leaf(
                "domestic chips",
                c.chips_domestic,
                lambda t: price_home(m, b.chip_sector, t),
                lambda t: m.chips_domestic[t],
            ),
            efficiency=lambda t: chip_quality(m, b, t),
        )
    ]
    if c.chips_imported > 0:
        inputs.append(
            Input(
                Leaf(
                    "imported chips",
                    c.chips_imported,
                    lambda t: price_chips_imported(m, "compute", t),
                    lambda t: m.chips_imported["compute", t],
                    may_vanish=True,
                )
            )
        )
    return Family(
        "chip",
        {b.chip_sector: Nest("chips", b.elasticities.chips, tuple(inputs))},
        price=lambda _, t: m.price_chips[t],
        quantity=lambda _, t: m.chips[t],
    )
