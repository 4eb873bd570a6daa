"""Trade: Armington composites, imported chips under a quota, exports, the balance of payments.

    composite   Q_i = CES(D_i, M_i, C_i)     home sales, imports and (chip sector) imported components
    import      pm_i = er pwm_i (1 + t_i)
    exports     E_i = E0_i W (pe_i / er)^(-eta_i)        eta = inf: pe_i = er (price taker)
    home/export Y_i = CET(D_i, E_i) with elasticity psi; psi = inf: one price for both
    chips       C_u <= quota_u  ⊥  premium_u >= 0        for each use u of imported chips

World prices are 1 in the base year and in foreign currency; er is the price of foreign currency.
The premium is what the licence to import one unit is worth: the user pays er pw (1 + t) exp(u), the
rent er pw (1 + t) (exp(u) - 1) C goes to the owners the benchmark names. u, the logarithm, keeps the
condition well scaled from a slack quota to one that is nearly closed. A closed quota is solved as
``CLOSED_QUOTA`` times base-year imports, which is zero to the tolerance of a solution.
"""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.complementarity import define_complementarity
from engels.model.algebra.declaration import Variable, declare, nested_values
from engels.model.algebra.equilibrium import define_budget
from engels.model.algebra.functions import exp
from engels.model.algebra.nests import Family, Input, Leaf, Nest, define_family
from engels.model.economy.driver import USES
from engels.model.economy.slots import variety

CLOSED_QUOTA = 1.0e-8

Economy = Any
"""A model (the functions return expressions) or a solved point of one (they return numbers)."""


def chips_benchmark(b: Benchmark) -> dict[str, float]:
    """Base-year imports of chips by use, trillion yuan, where positive."""
    value = dict(zip(USES, (b.compute.chips_imported, b.compute.components_imported), strict=True))
    return {u: v for u, v in value.items() if v > 0}


def home_benchmark(b: Benchmark) -> dict[str, float]:
    """Base-year sales at home, chips for compute investment left out, trillion yuan."""
    return {
        i: float(b.output[n] - b.exports[n])
        - (b.compute.chips_domestic if i == b.chip_sector else 0.0)
        for n, i in enumerate(b.sectors)
    }


def define_trade_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Composites, home sales, imports, exports, their prices, and chips, at benchmark values."""
    e = b.elasticities
    home = home_benchmark(b)
    if min(home.values()) <= 0:
        worst = min(home, key=lambda i: home[i])
        raise ValueError(f"sector {worst}: exports exceed output, so nothing is sold at home")
    m.chip_uses = pyo.Set(initialize=list(chips_benchmark(b)))
    m.importers = pyo.Set(initialize=list(positive(b, b.imports)))
    exports = list(positive(b, b.exports))
    m.exporters = pyo.Set(initialize=exports)
    transforming = [i for i in exports if math.isfinite(e.transformation[b.index(i)])]
    m.transforming = pyo.Set(initialize=transforming)
    declare(m, b, *VARIABLES)


def positive(b: Benchmark, values: Array) -> dict[str, float]:
    """The sectors whose value is positive, with it."""
    return {i: float(x) for i, x in zip(b.sectors, values, strict=True) if x > 0}


def composite_benchmark(b: Benchmark) -> dict[str, float]:
    """Base-year supply of goods at home: home sales, imports and imported components, trillion yuan."""
    imports, components = positive(b, b.imports), chips_benchmark(b).get("components", 0.0)
    return {
        i: x + imports.get(i, 0.0) + (components if i == b.chip_sector else 0.0)
        for i, x in home_benchmark(b).items()
    }


VARIABLES = (
    Variable(
        "composite",
        (
            "sectors",
            "years",
        ),
        lambda m, b: composite_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "supply of good {0} (home and imported)",
        "{0}产品的供给（国产与进口）",
        "Q",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "price_composite",
        (
            "sectors",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of good {0} (home and imported)",
        "{0}产品的价格（国产与进口）",
        "P^{Q}",
        sign="nonnegative",
    ),
    Variable(
        "home_sales",
        (
            "sectors",
            "years",
        ),
        lambda m, b: home_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "home sales of sector {0}",
        "{0}部门的国内销售",
        "D",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "imports",
        (
            "importers",
            "years",
        ),
        lambda m, b: positive(b, b.imports),
        "trillion yuan at base-year prices",
        "quantity",
        "imports of good {0}",
        "{0}产品的进口",
        "M",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "exports",
        (
            "exporters",
            "years",
        ),
        lambda m, b: positive(b, b.exports),
        "trillion yuan at base-year prices",
        "quantity",
        "exports of good {0}",
        "{0}产品的出口",
        "E",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "price_home",
        (
            "transforming",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of home sales of sector {0}",
        "{0}部门国内销售的价格",
        "P^{D}",
    ),
    Variable(
        "price_export",
        (
            "transforming",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of exports of good {0}",
        "{0}产品的出口价格",
        "P^{E}",
    ),
    Variable(
        "exchange_rate",
        ("years",),
        1.0,
        "index",
        "price",
        "exchange rate",
        "汇率",
        "e",
    ),
    Variable(
        "chips_imported",
        (
            "chip_uses",
            "years",
        ),
        lambda m, b: chips_benchmark(b),
        "trillion yuan at base-year prices",
        "quantity",
        "imported chips for {0}",
        "用于{0}的进口芯片",
        "C^{M}",
        growth="gdp",
    ),
    Variable(
        "chip_premium",
        (
            "chip_uses",
            "years",
        ),
        0.0,
        "log of a factor",
        "log",
        "premium of the quota on chips for {0}",
        "用于{0}的芯片配额溢价",
        r"\upsilon",
    ),
)
NESTS = (
    Variable(
        "armington_price",
        (
            "armington_nests",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of {0} of good {1}",
        "{1}产品{0}的价格",
        "P^{a}",
    ),
    Variable(
        "armington_quantity",
        (
            "armington_nests",
            "years",
        ),
        nested_values,
        "trillion yuan at base-year prices",
        "quantity",
        "quantity of {0} of good {1}",
        "{1}产品{0}的数量",
        "X^{a}",
    ),
    Variable(
        "transformation_price",
        (
            "transformation_nests",
            "years",
        ),
        1.0,
        "index",
        "price",
        "price of {0} in sales of sector {1}",
        "{1}部门销售中{0}的价格",
        "P^{y}",
    ),
    Variable(
        "transformation_quantity",
        (
            "transformation_nests",
            "years",
        ),
        nested_values,
        "trillion yuan at base-year prices",
        "quantity",
        "quantity of {0} in sales of sector {1}",
        "{1}部门销售中{0}的数量",
        "X^{y}",
    ),
)


def price_home(m: pyo.ConcreteModel, i: str, t: int) -> Any:
    """Price of home sales: of output where home and export sales are the same good."""
    return m.price_home[i, t] if i in m.transforming else m.price_output[i, t]


def price_export(m: pyo.ConcreteModel, i: str, t: int) -> Any:
    """Price received for exports."""
    return m.price_export[i, t] if i in m.transforming else m.price_output[i, t]


def price_import(m: pyo.ConcreteModel, i: str, t: int) -> Any:
    """er pwm (1 + t)"""
    return m.exchange_rate[t] * m.world_price_imports[i, t] * (1 + m.import_tariff[i, t])


def price_chips_landed(m: pyo.ConcreteModel, u: str, t: int) -> Any:
    """er pw (1 + t): imported chips before the quota premium."""
    return m.exchange_rate[t] * m.chip_world_price[u, t] * (1 + m.chip_tariff[u, t])


def price_chips_imported(m: pyo.ConcreteModel, u: str, t: int) -> Any:
    """What a user pays for imported chips, quota premium included."""
    return price_chips_landed(m, u, t) * exp(m.chip_premium[u, t])


def quota_rent(m: pyo.ConcreteModel, u: str, t: int) -> Any:
    """Income of the owners of import licences."""
    return price_chips_landed(m, u, t) * (exp(m.chip_premium[u, t]) - 1) * m.chips_imported[u, t]


def armington_family(m: Economy, b: Benchmark) -> Family:
    """Composite of home sales, imports and imported components; see the module docstring."""
    home = home_benchmark(b)

    def tree(n: int, i: str) -> Nest:
        inputs = [
            Input(
                Leaf(
                    "home sales",
                    home[i],
                    lambda t: price_home(m, i, t),
                    lambda t: m.home_sales[i, t],
                ),
                lambda t: variety(m, b, i, t),
            )
        ]
        if i in m.importers:
            inputs.append(
                Input(
                    Leaf(
                        "imports",
                        float(b.imports[n]),
                        lambda t: price_import(m, i, t),
                        lambda t: m.imports[i, t],
                    )
                )
            )
        if i == b.chip_sector and "components" in m.chip_uses:
            inputs.append(
                Input(
                    Leaf(
                        "components",
                        b.compute.components_imported,
                        lambda t: price_chips_imported(m, "components", t),
                        lambda t: m.chips_imported["components", t],
                        may_vanish=True,
                    )
                )
            )
        return Nest("composite", float(b.elasticities.armington[n]), tuple(inputs))

    return Family(
        "armington",
        {i: tree(n, i) for n, i in enumerate(b.sectors)},
        price=lambda i, t: m.price_composite[i, t],
        quantity=lambda i, t: m.composite[i, t],
    )


def define_armington(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Prices and demands of :func:`armington_family`."""
    define_family(m, armington_family(m, b), list(m.years))


def home_total(m: Economy, b: Benchmark, i: str, t: int) -> Any:
    """Home sales, chips sold to compute investment included."""
    if i == b.chip_sector and b.compute.chips_domestic > 0:
        return m.home_sales[i, t] + m.chips_domestic[t]
    return m.home_sales[i, t]


def transformation_family(m: Economy, b: Benchmark) -> Family:
    """Output of each sector that sells two goods, split between home and foreign buyers."""

    def tree(i: str) -> Nest:
        n = b.index(i)
        home = Leaf(
            "home sales",
            float(b.output[n] - b.exports[n]),
            lambda t: m.price_home[i, t],
            lambda t: home_total(m, b, i, t),
        )
        abroad = Leaf(
            "exports",
            float(b.exports[n]),
            lambda t: m.price_export[i, t],
            lambda t: m.exports[i, t],
        )
        elasticity = -float(b.elasticities.transformation[n])
        return Nest("transformation", elasticity, (Input(home), Input(abroad)))

    return Family(
        "transformation",
        {i: tree(i) for i in m.transforming},
        price=lambda i, t: m.price_output[i, t],
        quantity=lambda i, t: m.output[i, t],
    )


def define_exports(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Foreign demand and the split of output between home and foreign buyers."""
    T, e = m.years, b.elasticities

    def export_rule(_: Any, i: str, t: int) -> Any:
        """E = E0 W (pe / er)^(-eta)"""
        n = b.index(i)
        eta = float(e.export_demand[n])
        relative = price_export(m, i, t) / m.exchange_rate[t]
        if math.isinf(eta):
            if i not in m.transforming:
                raise ValueError(
                    f"sector {i}: export demand and transformation are both infinitely elastic, so "
                    "exports are not determined; make one of them finite"
                )
            return relative == 1
        return m.exports[i, t] / b.exports[n] == m.world_demand[t] * relative ** (-eta)

    m.export_demand = pyo.Constraint(m.exporters, T, rule=export_rule)

    def supply_rule(_: Any, i: str, t: int) -> Any:
        """Y = D + E"""
        scale = float(b.output[b.index(i)])
        sold = home_total(m, b, i, t) + (m.exports[i, t] if i in m.exporters else 0.0)
        return m.output[i, t] / scale == sold / scale

    m.output_supply = pyo.Constraint(
        [i for i in b.sectors if i not in m.transforming], T, rule=supply_rule
    )

    family = transformation_family(m, b)
    if family.roots:
        define_family(m, family, list(T))


def define_quotas(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """log(quota / C) ⊥ premium, both without units."""
    base = chips_benchmark(b)

    def pair(u: str, t: int) -> tuple[Any, Any]:
        # + CLOSED_QUOTA: the logarithm of a closed quota must exist
        room = pyo.log((m.chip_quota[u, t] + CLOSED_QUOTA) / (m.chips_imported[u, t] / base[u]))
        return m.chip_premium[u, t], room

    define_complementarity(m, "quota", [(u, t) for u in m.chip_uses for t in m.years], pair)


def payments_abroad(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Imports at border prices and licence rents owned abroad, domestic currency."""
    er = m.exchange_rate[t]
    goods = sum(m.world_price_imports[i, t] * m.imports[i, t] for i in m.importers)
    chips = sum(m.chip_world_price[u, t] * m.chips_imported[u, t] for u in m.chip_uses)
    foreign = b.quota_rent_owner.get("foreign", 0.0)
    rents = sum(quota_rent(m, u, t) for u in m.chip_uses) if foreign else 0.0
    return er * (goods + chips) + foreign * rents


def export_receipts(m: pyo.ConcreteModel, t: int) -> Any:
    """Exports at the price received."""
    return sum(price_export(m, i, t) * m.exports[i, t] for i in m.exporters)


def define_balance_of_payments(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Export receipts + foreign saving = payments abroad; it determines the exchange rate."""
    define_budget(
        m,
        "balance_of_payments",
        m.years,
        income=lambda t: export_receipts(m, t) + m.exchange_rate[t] * m.foreign_saving[t],
        outlay=lambda t: payments_abroad(m, b, t),
        scale=b.gdp,
    )
