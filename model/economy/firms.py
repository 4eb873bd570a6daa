"""Firms: the production tree of every sector, under each of the three AI nests.

Output is a nest of value added and intermediates. Economy-wide progress is labour-augmenting
(``labour_efficiency``): with elasticities other than one it is the only kind that lets factor shares
settle (Uzawa 1961), so that a share that moves in a run moves for a reason in the run. A sector's own
progress relative to the rest raises its value added (``tfp_sector``). Where AI
enters depends on ``ai_mode`` (economy of tasks, of machines, or of Guo 2019):

    labour    output( value added( capital, work( task bundles by skill( labour, AI ))), intermediates)
    capital   output( value added( machines( capital, AI ), work( labour by skill )), intermediates)
    guo       output( AI, traditional( value added( capital, work( labour by skill )), intermediates))

AI services enter with efficiency Z (``ai_productivity``), so one unit bought does Z units of work.
Automation moves distribution parameters: with e the share of tasks that AI could do and d the depth
(``automation_depth``), labour loses and the AI-using bundle gains e*d of its cost share at benchmark
prices. The AI sector itself uses compute services where others use capital, and no AI.

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
from engels.model.algebra.nests import (
    Family,
    Input,
    Leaf,
    Nest,
    define_family,
    nest,
    relative_power,
)
from engels.model.economy import technology
from engels.model.economy.technology import Economy

AI_MODES = ("labour", "capital", "guo")
BUNDLE = "all"
"""Label of AI bought for the sector as a whole (modes capital and guo), not beside one skill."""


def ai_users(b: Benchmark, ai_mode: str) -> list[tuple[str, str]]:
    """Pairs (sector, skill or ``BUNDLE``) that buy AI services in the benchmark."""
    users = []
    for i, j in enumerate(b.sectors):
        if ai_mode == "labour":
            users += [
                (j, s)
                for k, s in enumerate(b.skills)
                if b.ai_purchases[i, k] > 0 and b.labour[i, k] > 0
            ]
        elif b.ai_purchases[i].sum() > 0:
            users.append((j, BUNDLE))
    return users


def ai_benchmark(b: Benchmark, ai_mode: str, sector: str, user: str) -> float:
    """Base-year AI purchases of one entry of :func:`ai_users`, trillion yuan."""
    i = b.index(sector)
    if ai_mode == "labour":
        return float(b.ai_purchases[i, b.skills.index(user)])
    return float(b.ai_purchases[i].sum())


def define_firm_variables(m: pyo.ConcreteModel, b: Benchmark, ai_mode: str) -> None:
    """Output, prices, factor use and intermediate composites, at their benchmark values."""
    bundle = intermediate_benchmark(b)
    m.using = pyo.Set(initialize=[j for j in b.sectors if bundle[j] > 0])
    m.jobs = pyo.Set(initialize=list(labour_benchmark(b)), dimen=2)
    m.ai_users = pyo.Set(initialize=ai_users(b, ai_mode), dimen=2)
    m.capital_sectors = pyo.Set(
        initialize=[j for i, j in enumerate(b.sectors) if b.capital[i] > 0 and j != b.ai]
    )
    declare(m, b, *VARIABLES)


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


def production_tree(m: pyo.ConcreteModel, b: Benchmark, ai_mode: str, sector: str) -> Nest:
    """The tree of one sector; leaves are the variables of :func:`define_firm_variables`."""
    if ai_mode not in AI_MODES:
        raise ValueError(f"ai_mode {ai_mode!r} is unknown; it is one of {', '.join(AI_MODES)}")
    i, e = b.index(sector), b.elasticities
    is_ai = sector == b.ai
    labour_total = float(b.labour[i].sum())

    def depth(t: int) -> Any:
        return technology.depth(m, sector, t)

    def ai_price(t: int) -> Any:
        return m.price_composite[b.ai, t] * (1 + technology.ai_charge(m, b, t))

    def ai_leaf(user: str) -> Leaf:
        value = ai_benchmark(b, ai_mode, sector, user) if (sector, user) in m.ai_users else 0.0
        return Leaf("ai", value, ai_price, lambda t: m.ai_use[sector, user, t])

    def ai_quality(t: int) -> Any:
        return technology.ai_quality(m, t)

    chain = b.technology.compute_chain if is_ai else None

    def labour_efficiency(t: int) -> Any:
        found = technology.labour_efficiency(m, t)
        return found * m.algorithm_efficiency[t] if chain else found

    def labour_leaf(k: int, s: str) -> Leaf:
        return Leaf(
            f"labour {s}",
            float(b.labour[i, k]),
            lambda t: technology.sector_wage(m, sector, s, t),
            lambda t: m.labour[sector, s, t],
        )

    # share of the sector's work that AI could do, pay-weighted over skills
    exposed = float((b.exposure[i] * b.labour[i]).sum() / labour_total) if labour_total else 0.0

    def work_bundle() -> Nest | Leaf | None:
        parts = []
        for k, s in enumerate(b.skills):
            leaf = labour_leaf(k, s)
            if ai_mode != "labour" or (sector, s) not in m.ai_users:
                parts.append(Input(leaf, labour_efficiency))
                continue
            ai = ai_leaf(s)
            share0 = ai.value / (ai.value + leaf.value)
            reach = float(b.exposure[i, k])

            def automated(t: int, a: float = share0, r: float = reach) -> Any:
                return a + r * depth(t)

            def manned(t: int, a: float = share0, r: float = reach) -> Any:
                return 1 - a - r * depth(t)

            parts.append(
                Input(
                    Nest(
                        f"tasks {s}",
                        float(e.ai_labour[k]),
                        (
                            Input(leaf, labour_efficiency, manned),
                            Input(ai, ai_quality, automated),
                        ),
                    )
                )
            )
        return nest("work", e.skills, parts)

    def capital_leaf() -> Leaf:
        if is_ai:
            value = b.compute.rent + float(b.compute.operation.sum())
            return Leaf(
                "compute", value, lambda t: m.price_compute[t], lambda t: m.compute_service[t]
            )
        value = float(b.capital[i]) if sector in m.capital_sectors else 0.0
        # capital services in benchmark income: the stock times the benchmark rental
        rate = value / float(b.capital_stock[i]) if value else 0.0
        return Leaf(
            "capital", value, lambda t: m.rental[sector, t], lambda t: rate * m.capital[sector, t]
        )

    # data are made of the goods that the AI sector buys, and stand beside compute and algorithms
    d0 = chain.data if chain else 0.0
    bundle = float(b.intermediate[:, i].sum()) - d0
    bought = Leaf(
        "intermediates",
        bundle,
        lambda t: m.price_intermediate[sector, t],
        lambda t: (
            m.intermediate[sector, t] - m.data_cost[t] * m.data_use[t]
            if chain
            else m.intermediate[sector, t]
        ),
    )
    data = Leaf(
        "data",
        d0,
        lambda t: m.price_intermediate[sector, t] * m.data_cost[t],
        lambda t: m.data_use[t],
    )
    work = work_bundle()
    capital: Nest | Leaf | None = capital_leaf()
    whole = ai_leaf(BUNDLE)
    if ai_mode == "capital" and not is_ai:
        capital = nest("machines", e.ai_capital, [Input(capital_leaf()), Input(whole, ai_quality)])
    k0 = capital.value if capital else 0.0
    w0 = work.value if work else 0.0

    def manned_work(t: int) -> Any:
        """Cost of work at benchmark prices once tasks have left it for an AI bundle above it."""
        return w0 if ai_mode == "labour" or is_ai else w0 * (1 - exposed * depth(t))

    def work_share(t: int) -> Any:
        # in mode capital the tasks go to machines, inside value added; in mode guo they leave it
        cost = w0 + k0 + d0 if ai_mode == "capital" else manned_work(t) + k0 + d0
        return manned_work(t) / cost * technology.task_share(m, sector, t)

    inputs_elasticity = e.ai_inputs if is_ai else float(e.capital_labour[i])
    if chain:
        inputs_elasticity = chain.elements
    value_added = nest(
        "value added",
        inputs_elasticity,
        [
            Input(n, share=f)
            for n, f in (
                (capital, lambda t: 1 - work_share(t) - d0 / (w0 + k0 + d0)),
                (work, work_share),
                (data, d0 / (w0 + k0 + d0)),
            )
            if n and n.value > 0
        ]
        if k0 > 0 and w0 > 0
        else [Input(n) for n in (capital, work) if n],
        keep=True,
    )

    def productivity(t: int) -> Any:
        return technology.sector_efficiency(m, sector, t)

    if ai_mode != "guo" or (sector, BUNDLE) not in m.ai_users:
        inputs = [Input(value_added, productivity)] if value_added else []
        tree = nest("output", float(e.top[i]), [*inputs, Input(bought)], keep=True)
        assert isinstance(tree, Nest)
        return tree

    assert value_added is not None
    total = whole.value + w0 + k0 + bundle

    def traditional_cost(t: int) -> Any:
        return manned_work(t) + k0 + bundle

    traditional = nest(
        "traditional",
        float(e.top[i]),
        [
            Input(value_added, productivity, lambda t: (manned_work(t) + k0) / traditional_cost(t)),
            Input(bought, share=lambda t: bundle / traditional_cost(t)),
        ],
        keep=True,
    )
    assert traditional is not None
    tree = nest(
        "output",
        float(e.ai_traditional[i]),
        [
            Input(whole, ai_quality, lambda t: 1 - traditional_cost(t) / total),
            Input(traditional, share=lambda t: traditional_cost(t) / total),
        ],
        keep=True,
    )
    assert isinstance(tree, Nest)
    return tree


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
    net = net_of_tax(b, family.roots)

    # P (1 - tau) / (1 - tau0) = mu c
    define_zero_profit(
        m,
        "zero_profit",
        b.sectors,
        m.years,
        revenue=lambda j, t: (
            m.price_output[j, t] * (1 - technology.production_tax(m, b, j, t)) / net[j]
        ),
        cost=lambda j, t: technology.markup(m, j, t) * m.unit_cost[j, t],
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
