"""Firms: production, prices and use of factors in every sector.

Output is a nest of value added and intermediates; ``trees.py`` has the tree of each mode. Economy-wide
progress is labour-augmenting (``labour_efficiency``): with elasticities other than one it is the only kind
that lets factor shares settle (Uzawa 1961), so that a share that moves in a run moves for a reason in the
run. A sector's own progress relative to the rest raises its value added (``tfp_sector``).

    zero profit   P (1 - tau) / (1 - tau0) = mu c        c: unit cost, mu: markup, tau: production tax
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.numeric_expr import LinearExpression

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable, declare, nested_values
from engels.model.algebra.equilibrium import define_zero_profit
from engels.model.algebra.nests import Family, Nest, define_family, relative_power
from engels.model.economy import slots, tasks
from engels.model.economy.block import Economy
from engels.model.economy.trees import (
    adopters,
    ai_benchmark,
    ai_users,
    mode_of,
    production_tree,
)


def define_firm_variables(m: pyo.ConcreteModel, b: Benchmark, ai_mode: str) -> None:
    """Output, prices, factor use and intermediate composites, at their benchmark values."""
    bundle = intermediate_benchmark(b)
    m.using = pyo.Set(initialize=[j for j in b.sectors if bundle[j] > 0])
    m.jobs = pyo.Set(initialize=list(labour_benchmark(b)), dimen=2)
    m.ai_users = pyo.Set(initialize=ai_users(b, ai_mode), dimen=2)
    m.capital_sectors = pyo.Set(
        initialize=[j for i, j in enumerate(b.sectors) if b.capital[i] > 0 and j != b.ai]
    )
    m.adopters = pyo.Set(initialize=adopters(b))
    declare(m, b, *VARIABLES)
    if mode_of(ai_mode).by_choice:
        declare(m, b, *CHOICE)
    if slots.sector_progress.moved(m):
        declare(m, b, *EFFICIENCY)


def intermediate_benchmark(b: Benchmark) -> dict[str, float]:
    """Base-year purchases of intermediates by sector, trillion yuan."""
    return {j: float(b.intermediate[:, i].sum()) for i, j in enumerate(b.sectors)}


def intermediate_total(m: Any, b: Benchmark) -> dict[str, float]:
    """Base-year use of each good as an intermediate, trillion yuan."""
    used = {i: b.intermediate[b.index(i)] for i in m.inputs}
    return {i: sum(float(x) for x in row if x > 0) for i, row in used.items()}


def labour_benchmark(b: Benchmark) -> dict[tuple[str, str], float]:
    """Base-year pay by (sector, skill), trillion yuan, where positive."""
    return {
        (j, s): float(b.labour[i, k])
        for i, j in enumerate(b.sectors)
        for k, s in enumerate(b.skills)
        if b.labour[i, k] > 0
    }


VARIABLES = (
    Variable(
        "output",
        (
            "sectors",
            "years",
        ),
        lambda m, b: dict(zip(b.sectors, b.output, strict=True)),
        "trillion yuan at base-year prices",
        "quantity",
        "output of sector {0}",
        "{0}部门的产出",
        "Y",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "price_output",
        (
            "sectors",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of output of sector {0}",
        "{0}部门的产出价格",
        "P",
        sign="nonnegative",
    ),
    Variable(
        "unit_cost",
        (
            "sectors",
            "years",
        ),
        1.0,
        "index",
        "price",
        "unit cost of sector {0}",
        "{0}部门的单位成本",
        "c",
    ),
    Variable(
        "intermediate",
        (
            "using",
            "years",
        ),
        lambda m, b: intermediate_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "intermediates bought by sector {0}",
        "{0}部门购买的中间品",
        "N",
        growth="gdp",
    ),
    Variable(
        "price_intermediate",
        (
            "using",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of intermediates bought by sector {0}",
        "{0}部门中间品的价格",
        "P^{N}",
    ),
    Variable(
        "labour",
        (
            "jobs",
            "years",
        ),
        lambda m, b: labour_benchmark(b),
        "trillion yuan of base-year pay",
        "quantity",
        "labour of skill {1} in sector {0}",
        "{0}部门{1}技能的劳动",
        "L",
        sign="nonnegative",
        growth="labour",
    ),
    Variable(
        "wage",
        (
            "skills",
            "years",
        ),
        1.0,
        "index",
        "price",
        "wage of skill {0}",
        "{0}技能的工资",
        "w",
        sign="nonnegative",
        growth="gdp per worker",
    ),
    Variable(
        "ai_use",
        (
            "ai_users",
            "years",
        ),
        lambda m, b: {k: ai_benchmark(b, m.ai_mode, *k) for k in m.ai_users},
        "trillion yuan at base-year prices",
        "quantity",
        "AI services beside labour of skill {1} in sector {0}",
        "{0}部门与{1}技能劳动并用的人工智能服务",
        "M^{a}",
        growth="gdp",
    ),
    Variable(
        "rental",
        (
            "capital_sectors",
            "years",
        ),
        1.0,
        "index",
        "price",
        "rental of capital in sector {0}",
        "{0}部门资本的租金",
        "R",
        sign="nonnegative",
    ),
)
CHOICE = (
    Variable(
        "contested",
        ("ai_users", "years"),
        lambda m, b: {(j, s): tasks.pair(b, j, s).contested for j, s in m.ai_users},
        "trillion yuan of base-year pay",
        "quantity",
        "labour of skill {1} in contestable tasks of sector {0}",
        "{0}部门可竞争任务中{1}技能的劳动",
        "L^{c}",
        sign="nonnegative",
        growth="labour",
    ),
)
EFFICIENCY = (
    Variable(
        "sector_efficiency",
        ("adopters", "years"),
        1.0,
        "index, base year = 1",
        "index",
        "efficiency of sector {0}",
        "{0}部门的效率",
        "A",
    ),
)
INTERMEDIATES = (
    Variable(
        "intermediate_demand",
        (
            "inputs",
            "years",
        ),
        intermediate_total,
        "trillion yuan at base-year prices",
        "quantity",
        "use of good {0} as an intermediate",
        "{0}产品的中间使用",
        "X",
        growth="gdp",
    ),
)
POWERS = (
    Variable(
        "price_power",
        (
            "inputs",
            "years",
        ),
        0.0,
        "power of an index",
        "power",
        "relative power of the price of good {0}",
        "{0}产品价格的相对幂",
        r"\tilde P^{Q}",
        sign="any",
    ),
    Variable(
        "intermediate_weight",
        (
            "using",
            "years",
        ),
        lambda m, b: intermediate_benchmark(b),
        "trillion yuan at base-year prices times a power of an index",
        "power",
        "weight of sector {0} in intermediate demand",
        "{0}部门在中间需求中的权重",
        r"\tilde N",
        growth="gdp",
    ),
)
NESTS = (
    Variable(
        "production_price",
        (
            "production_nests",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of {0} in sector {1}",
        "{1}部门中{0}的价格",
        "P^{n}",
    ),
    Variable(
        "production_quantity",
        (
            "production_nests",
            "years",
        ),
        nested_values,
        "trillion yuan at base-year prices",
        "quantity",
        "quantity of {0} in sector {1}",
        "{1}部门中{0}的数量",
        "X^{n}",
        growth="gdp",
    ),
)


def production_family(m: Economy, b: Benchmark, ai_mode: str) -> Family:
    """The tree of every sector; at its root, unit cost and output."""
    trees = {j: production_tree(m, b, ai_mode, j) for j in b.sectors}
    net = net_of_tax(b, trees)
    return Family(
        "production",
        trees,
        price=lambda j, t: m.unit_cost[j, t],
        quantity=lambda j, t: net[j] * m.output[j, t],
    )


def net_of_tax(b: Benchmark, trees: Mapping[str, Nest]) -> dict[str, float]:
    """Base-year cost over the value of output: the base-year tax is not part of unit cost."""
    return {j: float(tree.value / b.output[b.index(j)]) for j, tree in trees.items()}


def define_production(m: pyo.ConcreteModel, b: Benchmark, ai_mode: str) -> None:
    """Unit cost and factor demands of every sector; see the module docstring."""
    family = production_family(m, b, ai_mode)
    define_family(m, family, list(m.years))
    if slots.sector_progress.moved(m):
        m.sector_efficiency_definition = pyo.Constraint(
            m.adopters,
            m.years,
            rule=lambda _, j, t: m.sector_efficiency[j, t] == slots.sector_progress(m, b, j, t),
        )
    net = net_of_tax(b, family.roots)

    # P (1 - tau) / (1 - tau0) = mu c
    define_zero_profit(
        m,
        "zero_profit",
        b.sectors,
        m.years,
        revenue=lambda j, t: m.price_output[j, t] * (1 - slots.production_tax(m, b, j, t)) / net[j],
        cost=lambda j, t: slots.markup(m, b, j, t) * m.unit_cost[j, t],
    )


def define_intermediates(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Price of the intermediate composite and demand for each good as an input.

    With elasticity s among intermediates and benchmark use a_ij (calibrated share form):

        price    (PN_j^r - 1) / r = sum_i (a_ij / n_j) (PQ_i^r - 1) / r        r = 1 - s; logs at r = 0
        demand   X_i = PQ_i^(-s) sum_j (a_ij / n_j) N_j PN_j^s

    The N x N matrix enters linearly, in powers that are variables of their own where s > 0: this is
    what keeps the model sparse and fast. The power is relative (:func:`nests.relative_power`), and so
    one variable for every elasticity, a logarithm at s = 1.
    """
    s = b.elasticities.intermediates
    T = m.years
    share = {
        (i, j): float(b.intermediate[r, c] / b.intermediate[:, c].sum())
        for c, j in enumerate(b.sectors)
        for r, i in enumerate(b.sectors)
        if b.intermediate[r, c] > 0
    }
    inputs_of: dict[str, list[str]] = {j: [] for j in b.sectors}
    users_of: dict[str, list[str]] = {i: [] for i in b.sectors}
    for i, j in share:
        inputs_of[j].append(i)
        users_of[i].append(j)
    m.inputs = pyo.Set(initialize=[i for i in b.sectors if users_of[i]])
    declare(m, b, *INTERMEDIATES)
    total = intermediate_total(m, b)

    if s == 0:
        power, weight, factor = m.price_composite, m.intermediate, None
    else:
        declare(m, b, *POWERS)
        m.price_power_definition = pyo.Constraint(
            m.inputs,
            T,
            rule=lambda _, i, t: (
                m.price_power[i, t] == relative_power(m.price_composite[i, t], 1.0 - s)
            ),
        )
        m.intermediate_weight_definition = pyo.Constraint(
            m.using,
            T,
            rule=lambda _, j, t: (
                m.intermediate_weight[j, t]
                == m.intermediate[j, t] * m.price_intermediate[j, t] ** s
            ),
        )
        power, weight, factor = m.price_power, m.intermediate_weight, s

    def price_rule(_: Any, j: str, t: int) -> Any:
        total_price = LinearExpression(
            linear_coefs=[share[i, j] for i in inputs_of[j]],
            linear_vars=[power[i, t] for i in inputs_of[j]],
        )
        own = m.price_intermediate[j, t]
        if s == 0:
            return own == total_price
        return relative_power(own, 1.0 - s) == total_price

    def demand_rule(_: Any, i: str, t: int) -> Any:
        wanted = LinearExpression(
            linear_coefs=[share[i, j] / total[i] for j in users_of[i]],
            linear_vars=[weight[j, t] for j in users_of[i]],
        )
        scaled = m.intermediate_demand[i, t] / total[i]
        if factor is None:
            return scaled == wanted
        return scaled == wanted * m.price_composite[i, t] ** (-factor)

    m.intermediate_price = pyo.Constraint(m.using, T, rule=price_rule)
    m.intermediate_use = pyo.Constraint(m.inputs, T, rule=demand_rule)
