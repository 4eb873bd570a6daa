"""Capital over time: accumulation, adjustment cost, the return that investors expect, the horizon.

For sector j with stock K, investment I, benchmark rate of investment i0 = delta + g0, adjustment cost
a/2 (I/K - i0)^2 K in units of the investment good (price PI, composition of the table's GFCF column):

    accumulation   K' = (1 - delta) K + I
    investment     I >= 0   ⊥   PI (1 + a (I/K - i0)) - q >= 0
    arbitrage      q (1 + r + xi) = R^e + PI^e a/2 ((I/K)^2 - i0^2)^e + (1 - delta) q^e
    horizon        K'/K - G = lambda (K/K_-1 - G) in the last year

q is the shadow price of installed capital, r the interest rate from this year to the next, xi the
return premium that the base year shows (R0/K0 - delta - r0), G one plus the growth to which the horizon
tends and lambda a stable root: growth gaps that are still open at the horizon go on closing at the
rate at which they close in such models, so that the date of the horizon does not matter.

Expectations. ``foresight``: R^e, q^e are next year's. ``recursive``: the path is solved year by year,
and investors know no prices but this year's. They expect demand for capacity to grow at the trend Gk at
which the economy's capital grew last year, know that capacity which grows faster earns less, and value
capital after next year at replacement cost:

    R^e = R (K'/(Gk K))^(-1/sigma)      q^e = PI      sigma: capital-labour elasticity of the sector

Without the middle term every sector answers a high rental as if it were alone, and the path swings in
a cobweb that grows where returns are high and sigma is low.

Compute capacity has the same four conditions, with its own good, price and depreciation.

The adjustment cost is zero at the base-year rate of investment (as GATE's a_K, Erdil et al. 2025,
equation 29, with its origin moved there), so that q = 1 in the base year.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.complementarity import define_complementarity
from engels.model.compute import investment_benchmark

HORIZON_ROOT = 0.9
"""lambda above; between the stable roots of adjustment-cost models of this calibration (about 0.85-0.95)."""


def net_return(b: Benchmark) -> float:
    """r0: base-year income of ordinary capital over its stock, less average depreciation."""
    stock = b.capital_stock.sum()
    return float((b.capital.sum() - (b.depreciation * b.capital_stock).sum()) / stock)


def net_growth(b: Benchmark) -> float:
    """g0: base-year growth of the capital stock, sum(I)/K less average depreciation."""
    stock = b.capital_stock.sum()
    return float((b.investment.sum() - (b.depreciation * b.capital_stock).sum()) / stock)


def define_capital_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Stocks (one year longer than flows), investment, shadow prices, interest rate."""
    T, g0 = m.years, net_growth(b)
    stock = dict(zip(b.sectors, b.capital_stock, strict=True))
    rate = {j: float(b.depreciation[b.index(j)]) + g0 for j in m.capital_sectors}
    m.capital = pyo.Var(m.capital_sectors, m.stock_years, initialize=lambda _, j, t: stock[j])
    m.investment = pyo.Var(
        m.capital_sectors, T, initialize=lambda _, j, t: rate[j] * stock[j]
    )
    m.tobin_q = pyo.Var(m.capital_sectors, T, initialize=1.0)
    m.compute_q = pyo.Var(T, initialize=1.0)
    m.investment_total = pyo.Var(T, initialize=float(b.investment.sum()))
    m.price_investment = pyo.Var(T, initialize=1.0)
    m.interest_rate = pyo.Var(m.interest_years, initialize=net_return(b))


def define_capital(m: pyo.ConcreteModel, b: Benchmark, foresight: bool) -> None:
    """Equations of the module docstring."""
    T, e, g0, r0 = m.years, b.elasticities, net_growth(b), net_return(b)
    last = T.last()
    a_k, a_q = e.adjustment_capital, e.adjustment_compute
    delta = {j: float(b.depreciation[b.index(j)]) for j in m.capital_sectors}
    stock0 = {j: float(b.capital_stock[b.index(j)]) for j in m.capital_sectors}
    income0 = {j: float(b.capital[b.index(j)]) for j in m.capital_sectors}
    total0 = float(b.investment.sum())
    mix = {i: float(v) / total0 for i, v in zip(b.sectors, b.investment, strict=True) if v != 0}
    c = b.compute
    invest_q0 = investment_benchmark(b)
    rate_q0 = invest_q0 / c.stock

    def rate(j: str, t: int) -> Any:
        return m.investment[j, t] / m.capital[j, t]

    def rate_q(t: int) -> Any:
        return m.compute_investment[t] / m.compute_capacity[t]

    def price_q(t: int) -> Any:
        """What the investor pays for a unit of compute investment."""
        return m.price_compute_investment[t] * (1 - m.compute_subsidy[t])

    m.capital_accumulation = pyo.Constraint(
        m.capital_sectors,
        T,
        rule=lambda _, j, t: m.capital[j, t + 1] / stock0[j]
        == ((1 - delta[j]) * m.capital[j, t] + m.investment[j, t]) / stock0[j],
    )

    def price_rule(_: Any, t: int) -> Any:
        return m.price_investment[t] == sum(s * m.price_composite[i, t] for i, s in mix.items())

    def total_rule(_: Any, t: int) -> Any:
        """Investment goods bought: investment and the cost of adjusting to it."""
        bought = sum(
            m.investment[j, t] + a_k / 2 * (rate(j, t) - delta[j] - g0) ** 2 * m.capital[j, t]
            for j in m.capital_sectors
        )
        return m.investment_total[t] / total0 == bought / total0

    m.investment_price = pyo.Constraint(T, rule=price_rule)
    m.investment_demand = pyo.Constraint(T, rule=total_rule)

    def choice(j: str, t: int) -> tuple[Any, Any]:
        cost = 1 + a_k * (rate(j, t) - delta[j] - g0) - m.tobin_q[j, t] / m.price_investment[t]
        scaled = m.investment[j, t] / ((delta[j] + g0) * stock0[j])
        return scaled, cost

    def compute_choice(t: int) -> tuple[Any, Any]:
        # one unit of investment installs h units of capacity
        gain = m.compute_q[t] * m.compute_build[t] / price_q(t)
        cost = 1 + a_q * (rate_q(t) - rate_q0) - gain
        return m.compute_investment[t] / invest_q0, cost

    sectors_by_year = [(j, t) for j in m.capital_sectors for t in T]
    define_complementarity(m, "investment_choice", sectors_by_year, choice)
    define_complementarity(m, "compute_investment_choice", list(T), compute_choice)

    def arbitrage_rule(_: Any, j: str, t: int) -> Any:
        xi = income0[j] / stock0[j] - delta[j] - r0 + m.risk_premium[j, t]
        income = income0[j] / stock0[j]
        if foresight:
            x = rate(j, t + 1)
            saved = m.price_investment[t + 1] * a_k / 2 * (x**2 - (delta[j] + g0) ** 2)
            payoff = income * m.rental[j, t + 1] + saved + (1 - delta[j]) * m.tobin_q[j, t + 1]
        else:
            sigma = float(e.capital_labour[b.index(j)])
            grown = m.capital[j, t + 1] / (m.capital[j, t] * m.trend_growth)
            expected = m.rental[j, t] * grown ** (-1 / sigma)
            payoff = income * expected + (1 - delta[j]) * m.price_investment[t]
        return (m.tobin_q[j, t] * (1 + m.interest_rate[t] + xi) - payoff) / m.numeraire[t] == 0

    def arbitrage_q_rule(_: Any, t: int) -> Any:
        income = c.rent / c.stock
        xi = income - c.depreciation - r0
        if foresight:
            s = t + 1
            x = rate_q(s)
            saved = price_q(s) * a_q / 2 * (x**2 - rate_q0**2)
            payoff = (
                income * m.compute_rent[s] * m.compute_utilisation[s]
                + saved
                + (1 - c.depreciation) * m.compute_q[s]
            )
        else:
            grown = m.compute_capacity[t + 1] / (m.compute_capacity[t] * m.trend_growth)
            expected = m.compute_rent[t] * grown ** (-1 / e.ai_inputs)
            payoff = (
                income * expected * m.compute_utilisation[t]
                + (1 - c.depreciation) * price_q(t) / m.compute_build[t]
            )
        return (m.compute_q[t] * (1 + m.interest_rate[t] + xi) - payoff) / m.numeraire[t] == 0

    expecting = m.interest_years
    m.arbitrage = pyo.Constraint(m.capital_sectors, expecting, rule=arbitrage_rule)
    m.compute_arbitrage = pyo.Constraint(expecting, rule=arbitrage_q_rule)

    if foresight:

        def closing(stock: Any, t: int) -> Any:
            gap = stock(t + 1) / stock(t) - m.horizon_growth
            before = stock(t) / stock(t - 1) - m.horizon_growth
            return gap == HORIZON_ROOT * before

        m.horizon = pyo.Constraint(
            m.capital_sectors, rule=lambda _, j: closing(lambda t: m.capital[j, t], last)
        )
        m.compute_horizon = pyo.Constraint(
            rule=lambda _: closing(lambda t: m.compute_capacity[t], last)
        )
