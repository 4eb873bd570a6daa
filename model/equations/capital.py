"""Capital over time: the equations in text; ``declaration.py`` says how to read it."""

from __future__ import annotations

from engels.model.algebra.declaration import Definition, Equation, Parameter
from engels.model.blocks import chain
from engels.model.economy.capital import (
    HORIZON_ROOT,
    base_premium,
    net_return,
    premia_left,
    usual_rate,
)

PARAMETERS = (
    Parameter(
        "depreciation",
        ("capital_sectors",),
        lambda m, b: dict(zip(b.sectors, b.depreciation, strict=True)),
        "depreciation",
        "折旧率",
        r"\delta",
        "table: depreciation",
    ),
    Parameter(
        "usual_rate",
        ("capital_sectors",),
        lambda m, b: {j: usual_rate(b, j) for j in m.capital_sectors},
        "base-year rate of investment",
        "基年投资率",
        r"\bar\imath",
        "stocks",
    ),
    Parameter(
        "adjustment_capital",
        (),
        lambda m, b: b.elasticities.adjustment_capital,
        "adjustment cost of capital",
        "资本调整成本",
        "a^{K}",
        "elasticities.adjustment_capital",
    ),
    Parameter(
        "base_return",
        ("capital_sectors",),
        lambda m, b: {
            j: float(b.capital[b.index(j)] / b.capital_stock[b.index(j)]) for j in m.capital_sectors
        },
        "base-year income of capital over its stock",
        "基年资本收入与存量之比",
        r"\bar R",
        "table: capital income",
    ),
    Parameter(
        "premium",
        ("capital_sectors",),
        lambda m, b: {j: base_premium(b, j) for j in m.capital_sectors},
        "base-year return premium",
        "基年回报溢价",
        r"\bar\xi",
        "table: capital income",
    ),
    Parameter(
        "premia_left",
        ("years",),
        lambda m, b: {t: premia_left(b, t) for t in m.years},
        "share of the base-year return premia that is left",
        "基年回报溢价的剩余份额",
        r"\phi^{\xi}",
        "capital.premium_closing",
    ),
    Parameter(
        "sigma_capital",
        ("capital_sectors",),
        lambda m, b: dict(zip(b.sectors, b.elasticities.capital_labour, strict=True)),
        "elasticity of capital and work",
        "资本与劳动的替代弹性",
        r"\sigma^{K}",
        "elasticities.capital_labour",
    ),
    Parameter(
        "investment_share",
        ("sectors",),
        lambda m, b: dict(zip(b.sectors, b.investment / b.investment.sum(), strict=True)),
        "share of a good in investment",
        "产品在投资中的份额",
        r"\theta^{I}",
        "table: investment",
    ),
    Parameter(
        "horizon_growth",
        (),
        lambda m, b: m.horizon_growth.value,
        "growth beyond the horizon",
        "期末之后的增长",
        r"\bar G",
        "baseline path",
    ),
    Parameter(
        "horizon_root",
        (),
        lambda m, b: HORIZON_ROOT,
        "root at which growth gaps close",
        "增长差距收敛的根",
        r"\lambda^{H}",
        "model",
    ),
    Parameter(
        "depreciation_compute",
        (),
        lambda m, b: b.compute.depreciation,
        "depreciation of compute",
        "算力折旧率",
        r"\delta^{Q}",
        "compute.depreciation",
    ),
    Parameter(
        "base_return_compute",
        (),
        lambda m, b: b.compute.rent / b.compute.stock,
        "base-year rent over compute capacity",
        "基年租金与算力存量之比",
        r"\bar R^{Q}",
        "compute account",
    ),
    Parameter(
        "required_compute",
        (),
        lambda m, b: (
            chain.required_return(b)
            if b.technology.compute_chain
            else b.compute.rent / b.compute.stock - b.compute.depreciation
        ),
        "base-year net return of compute",
        "算力基年净回报",
        r"\bar\xi^{Q}",
        "compute account",
    ),
    Parameter(
        "net_return",
        (),
        lambda m, b: net_return(b),
        "base-year net return of capital",
        "资本基年净回报",
        r"\bar r",
        "table: capital income",
    ),
    Parameter(
        "sigma_ai_inputs",
        (),
        lambda m, b: b.elasticities.ai_inputs,
        "elasticity of compute and work in the AI sector",
        "人工智能部门算力与劳动的替代弹性",
        r"\sigma^{Q}",
        "elasticities.ai_inputs",
    ),
    Parameter(
        "completion",
        (),
        lambda m, b: (
            1 / b.technology.compute_chain.build_time if b.technology.compute_chain else 1.0
        ),
        "share of construction completed in a year",
        "一年内完工的份额",
        "c^{Q}",
        "compute_chain.build_time",
    ),
)
DEFINITIONS = (
    Definition(
        "adjustment_cost",
        ("j", "t"),
        "adjustment_capital / 2 * (investment[j, t] / capital[j, t] - "
        "usual_rate[j] - investment_trend[t])**2 * capital[j, t]",
        "goods that adjusting capital takes",
        "资本调整所耗产品",
        r"\mathit{AC}",
    ),
    Definition(
        "compute_price",
        ("t",),
        "price_compute_investment[t] * (1 - compute_subsidy[t])",
        "price of compute investment to the investor",
        "投资者支付的算力投资价格",
        r"\hat P^{IQ}",
    ),
    Definition(
        "begun",
        ("t",),
        "construction[t] + compute_build[t] * compute_investment[t]",
        "capacity under construction in the year",
        "当年在建算力",
        "W^{+}",
    ),
    Definition(
        "begun_value",
        ("t",),
        "construction_value[t] if compute_chain else compute_q[t]",
        "value of the capacity that investment begins",
        "投资所开工算力的价值",
        r"\hat q^{Q}",
    ),
)
EQUATIONS = (
    Equation(
        "investment_price",
        ("t in years",),
        "price_investment[t] == sum(investment_share[i] * price_composite[i, t] for i in sectors)",
        "price of the investment good",
        "投资品的价格",
    ),
    Equation(
        "investment_demand",
        ("t in years",),
        "investment_total[t] == sum(investment[j, t] + adjustment_cost[j, t] for j in "
        "capital_sectors)",
        "demand for investment goods",
        "投资品需求",
        scale="investment_total0",
    ),
    Equation(
        "capital_accumulation",
        ("j in capital_sectors", "t in years"),
        "capital[j, t + 1] == (1 - depreciation[j]) * capital[j, t] + investment[j, t]",
        "accumulation of capital in sector {0}",
        "{0}部门的资本积累",
        scale="capital0[j]",
    ),
    Equation(
        "investment_choice",
        ("j in capital_sectors", "t in years"),
        "complementary(investment[j, t] / ((usual_rate[j] + investment_trend[t]) * capital0[j]), 1 + "
        "adjustment_capital * (investment[j, t] / capital[j, t] - usual_rate[j] - investment_trend[t]) - "
        "tobin_q[j, t] / price_investment[t])",
        "investment of sector {0} (not negative) against Tobin's q",
        "{0}部门的投资与托宾q",
    ),
    Equation(
        "arbitrage",
        ("j in capital_sectors", "t in interest_years"),
        "tobin_q[j, t] / numeraire[t] * (1 + interest_rate[t] + premium[j] * "
        "premia_left[t] + risk_premium[j, t]) == ((base_return[j] * rental[j, t + 1] + (1 - "
        "depreciation[j]) * tobin_q[j, t + 1] + price_investment[t + 1] * "
        "adjustment_capital / 2 * ((investment[j, t + 1] / capital[j, t + 1])**2 - "
        "(usual_rate[j] + investment_trend[t + 1])**2)) / numeraire[t + 1] if foresight else "
        "(base_return[j] * rental[j, t] * (capital[j, t + 1] / (capital[j, t] * trend_growth[t]))**(-1 "
        "/ sigma_capital[j]) + (1 - depreciation[j]) * price_investment[t]) / "
        "numeraire[t])",
        "return on capital of sector {0} against the interest rate",
        "{0}部门资本回报与利率",
    ),
    Equation(
        "horizon",
        ("j in capital_sectors",),
        "capital[j, last + 1] / capital[j, last] - horizon_growth == horizon_root * "
        "(capital[j, last] / capital[j, last - 1] - horizon_growth)",
        "capital growth of sector {0} at the horizon",
        "{0}部门期末的资本增长",
    ),
    Equation(
        "compute_accumulation",
        ("t in years",),
        "compute_capacity[t + 1] == (1 - depreciation_compute) * compute_capacity[t] "
        "+ (completion * begun[t] if compute_chain else compute_build[t] * "
        "compute_investment[t])",
        "accumulation of compute capacity",
        "算力存量的积累",
        scale="compute_capacity0",
    ),
    Equation(
        "compute_investment_choice",
        ("t in years",),
        "complementary(compute_investment[t] / (usual_rate_compute * "
        "compute_capacity0), 1 + adjustment_compute * (compute_investment[t] / "
        "compute_capacity[t] - usual_rate_compute) - begun_value[t] / "
        "compute_price[t] * compute_build[t])",
        "compute investment (not negative) against Tobin's q",
        "算力投资与托宾q",
    ),
    Equation(
        "compute_arbitrage",
        ("t in interest_years",),
        "compute_q[t] / numeraire[t] * (1 + interest_rate[t] + required_compute - "
        "net_return + risk_premium[ai, t]) == ((base_return_compute * compute_rent[t "
        "+ 1] * compute_utilisation[t + 1] + (1 - depreciation_compute) * compute_q[t "
        "+ 1] + compute_price[t + 1] * adjustment_compute / 2 * "
        "((compute_investment[t + 1] / compute_capacity[t + 1])**2 - "
        "usual_rate_compute**2)) / numeraire[t + 1] if foresight else "
        "(base_return_compute * compute_rent[t] * compute_utilisation[t] * "
        "(compute_capacity[t + 1] / (compute_capacity[t] * trend_growth[t]))**(-1 / "
        "sigma_ai_inputs) + (1 - depreciation_compute) * compute_q0 * "
        "compute_price[t] / compute_build[t]) / numeraire[t])",
        "return on compute capacity against the interest rate",
        "算力回报与利率",
    ),
    Equation(
        "compute_horizon",
        (),
        "compute_capacity[last + 1] / compute_capacity[last] - horizon_growth == "
        "horizon_root * (compute_capacity[last] / compute_capacity[last - 1] - "
        "horizon_growth)",
        "growth of compute capacity at the horizon",
        "期末的算力增长",
    ),
)
