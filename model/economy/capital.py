"""Capital over time: ordinary capital by sector, and compute.

Both obey the conditions of ``accumulation.py``: accumulation, investment that is not negative, adjustment
cost, arbitrage between years, and growth gaps that close at the horizon. Here is what they have in this
economy:

                     capital of sector j                       compute capacity
    price PI         investment good (the table's GFCF mix)    chips and the rest, less the subsidy
    income R         base-year income x rental rate            base-year rent x shadow price x utilisation
    premium xi       phi (R0/K0 - delta - r0) + risk_premium   R0/K0 - delta - r0 + risk_premium
    usual rate i0    delta + g0 + investment_trend             base-year investment / stock

so that q = 1 in the base year: the adjustment cost is zero at the base-year rate of investment (as
GATE's a_K, Erdil et al. 2025, equation 29, with its origin moved there). For ordinary capital the origin
moves on with the rate to which the baseline's investment leads: what costs is to depart from that. Were it
held at the rate of a base year in which capital grows by eight per cent, q would stay below one for ever,
and who sees one year ahead would expect to gain the difference again each year. r0 and g0 are the net
return on and the growth of the base-year stock; xi is the return premium that the base year shows, of
which the share phi is left in a year (1 for ever, or closing: ``BaselinePath.premia``). Premia are relative
to the average, so that they close to equal net returns and not to a higher or lower one.

Recursive investors see one year ahead (``TrendExpectations``) and take last year's growth of the economy's
capital for the trend. Without their knowledge that capacity which grows faster earns less, every sector
would answer a high rental as if it were alone, and the path would swing in a cobweb that grows where
returns are high and sigma is low.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.accumulation import (
    Capital,
    TrendExpectations,
    closing_growth,
    define_accumulation,
    define_arbitrage,
    define_horizon,
    define_investment_choice,
)
from engels.model.algebra.declaration import Variable, declare
from engels.model.economy import slots
from engels.model.economy.block import Economy
from engels.model.economy.compute import investment_benchmark

HORIZON_ROOT = 0.9
"""Rate at which growth gaps close beyond the horizon; the stable roots of adjustment-cost models of this
calibration lie between about 0.85 and 0.95."""


def net_return(b: Benchmark) -> float:
    """r0: base-year income of ordinary capital over its stock, less average depreciation."""
    stock = b.capital_stock.sum()
    return float((b.capital.sum() - (b.depreciation * b.capital_stock).sum()) / stock)


def net_growth(b: Benchmark) -> float:
    """g0: base-year growth of the capital stock, sum(I)/K less average depreciation."""
    stock = b.capital_stock.sum()
    return float((b.investment.sum() - (b.depreciation * b.capital_stock).sum()) / stock)


def base_premium(b: Benchmark, j: str) -> float:
    """xi0: base-year net return of a sector's capital over the average; zero on average over the stock."""
    n = b.index(j)
    return float(b.capital[n] / b.capital_stock[n] - b.depreciation[n]) - net_return(b)


def premia_left(b: Benchmark, t: int) -> float:
    """phi: what is left in a year of the base year's premia, share."""
    return float(b.path.premia[b.path.years.index(t)])


def premium(m: Economy, b: Benchmark, j: str, t: int) -> Any:
    """xi: what capital of a sector must return from this year to the next beyond the interest rate."""
    return base_premium(b, j) * premia_left(b, t) + m.risk_premium[j, t]


def define_capital_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Stocks (one year longer than flows), investment, shadow prices, interest rate."""
    declare(m, b, *VARIABLES)


def usual_rate(b: Benchmark, j: str) -> float:
    """i0: base-year investment of a sector over its capital."""
    return float(b.depreciation[b.index(j)]) + net_growth(b)


TREND = (
    Variable(
        "trend_growth",
        ("years",),
        lambda m, b: 1 + net_growth(b),
        "factor",
        "index",
        "growth that investors expect",
        "投资者预期的增长",
        "G",
    ),
)
VARIABLES = (
    Variable(
        "capital",
        (
            "capital_sectors",
            "stock_years",
        ),
        lambda m, b: dict(zip(b.sectors, b.capital_stock, strict=True)),
        "trillion yuan at base-year prices",
        "quantity",
        "capital of sector {0}",
        "{0}部门的资本",
        "K",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "investment",
        (
            "capital_sectors",
            "years",
        ),
        lambda m, b: {j: usual_rate(b, j) * b.capital_stock[b.index(j)] for j in m.capital_sectors},
        "trillion yuan at base-year prices",
        "quantity",
        "investment of sector {0}",
        "{0}部门的投资",
        "I",
        growth="gdp",
    ),
    Variable(
        "tobin_q",
        (
            "capital_sectors",
            "years",
        ),
        1.0,
        "index",
        "price",
        "value of capital (Tobin's q) of sector {0}",
        "{0}部门资本的价值（托宾q）",
        "q",
    ),
    Variable(
        "compute_q",
        ("years",),
        lambda m, b: slots.waiting_factor(m, b),
        "index",
        "price",
        "value of compute capacity (Tobin's q)",
        "算力的价值（托宾q）",
        "q^{Q}",
    ),
    Variable(
        "investment_total",
        ("years",),
        lambda m, b: float(b.investment.sum()),
        "trillion yuan at base-year prices",
        "quantity",
        "investment goods bought",
        "购买的投资品",
        r"I^{\Sigma}",
        growth="gdp",
    ),
    Variable(
        "price_investment",
        ("years",),
        1.0,
        "index",
        "price",
        "price of the investment good",
        "投资品的价格",
        "P^{I}",
    ),
    Variable(
        "interest_rate",
        ("interest_years",),
        lambda m, b: net_return(b),
        "rate",
        "rate",
        "interest rate",
        "利率",
        "r",
        sign="any",
    ),
)


def ordinary_capital(m: pyo.ConcreteModel, b: Benchmark) -> Capital:
    """Capital of each sector, as functions of (sector, year)."""
    delta = {j: float(b.depreciation[b.index(j)]) for j in m.capital_sectors}
    stock0 = {j: float(b.capital_stock[b.index(j)]) for j in m.capital_sectors}
    income0 = {j: float(b.capital[b.index(j)]) for j in m.capital_sectors}
    g0 = net_growth(b)
    return Capital(
        stock=lambda j, t: m.capital[j, t],
        investment=lambda j, t: m.investment[j, t],
        value=lambda j, t: m.tobin_q[j, t],
        price=lambda j, t: m.price_investment[t],
        income=lambda j, t: income0[j] / stock0[j] * m.rental[j, t],
        depreciation=lambda j: delta[j],
        usual_rate=lambda j, t: delta[j] + g0 + m.investment_trend[t],
        benchmark=lambda j: stock0[j],
        adjustment=b.elasticities.adjustment_capital,
    )


def compute_capital(m: pyo.ConcreteModel, b: Benchmark) -> Capital:
    """Compute capacity, as functions of the year."""
    c = b.compute
    rent = c.rent / c.stock
    return Capital(
        stock=lambda t: m.compute_capacity[t],
        investment=lambda t: m.compute_investment[t],
        value=lambda t: m.compute_q[t],
        price=lambda t: m.price_compute_investment[t] * (1 - m.compute_subsidy[t]),
        income=lambda t: rent * m.compute_rent[t] * m.compute_utilisation[t],
        depreciation=c.depreciation,
        usual_rate=investment_benchmark(b) / c.stock,
        benchmark=c.stock,
        adjustment=b.elasticities.adjustment_compute,
        installed=lambda t: m.compute_build[t],
    )


def compute_premium(m: Economy, b: Benchmark, t: int) -> Any:
    """xi of compute: what it returns beyond the interest rate."""
    return slots.required_return(m, b) - net_return(b) + m.risk_premium[b.ai, t]


def define_capital(m: pyo.ConcreteModel, b: Benchmark, foresight: bool) -> None:
    """Equations of the module docstring."""
    T = m.years
    sectors = m.capital_sectors
    total0 = float(b.investment.sum())
    mix = {i: float(v) / total0 for i, v in zip(b.sectors, b.investment, strict=True) if v != 0}
    ordinary, compute = ordinary_capital(m, b), compute_capital(m, b)

    def price_rule(_: Any, t: int) -> Any:
        return m.price_investment[t] == sum(s * m.price_composite[i, t] for i, s in mix.items())

    def total_rule(_: Any, t: int) -> Any:
        """Investment goods bought: investment and the cost of adjusting to it."""
        bought = sum(m.investment[j, t] + ordinary.adjustment_cost(j, t) for j in sectors)
        return m.investment_total[t] / total0 == bought / total0

    m.investment_price = pyo.Constraint(T, rule=price_rule)
    m.investment_demand = pyo.Constraint(T, rule=total_rule)
    define_accumulation(m, "capital_accumulation", sectors, years=T, capital=ordinary, grid=m.grid)
    define_investment_choice(m, "investment_choice", sectors, years=T, capital=ordinary)

    sigma = {j: float(b.elasticities.capital_labour[b.index(j)]) for j in sectors}

    def expected(elasticity: Any) -> TrendExpectations | None:
        return None if foresight else TrendExpectations(lambda t: m.trend_growth[t], elasticity)

    define_arbitrage(
        m,
        "arbitrage",
        sectors,
        years=m.interest_years,
        capital=ordinary,
        interest=lambda t: m.interest_rate[t],
        premium=lambda j, t: premium(m, b, j, t),
        numeraire=lambda t: m.numeraire[t],
        expectations=expected(lambda j: sigma[j]),
        grid=m.grid,
    )
    in_service = replace(
        compute, investment=lambda t: slots.capacity_completed(m, b, t), installed=None
    )
    begun = replace(compute, value=lambda t: slots.value_of_capacity_begun(m, b, t))
    if not foresight:
        factor, price = slots.waiting_factor(m, b), compute.price
        compute = replace(compute, price=lambda t: factor * price(t))
    define_accumulation(m, "compute_accumulation", years=T, capital=in_service, grid=m.grid)
    define_investment_choice(m, "compute_investment_choice", years=T, capital=begun)
    define_arbitrage(
        m,
        "compute_arbitrage",
        years=m.interest_years,
        capital=compute,
        interest=lambda t: m.interest_rate[t],
        premium=lambda t: compute_premium(m, b, t),
        numeraire=lambda t: m.numeraire[t],
        expectations=expected(b.elasticities.ai_inputs),
        grid=m.grid,
    )
    if foresight:
        for name, index, capital in (
            ("horizon", (sectors,), ordinary),
            ("compute_horizon", (), compute),
        ):
            condition = closing_growth(capital.stock, m.horizon_growth, HORIZON_ROOT, m.grid)
            define_horizon(m, name, *index, last=T.last(), condition=condition)
