"""Households: income, saving and demand.

    income       Y_h = wages + capital, compute and profit income + licence rents - lump-sum tax
    spending     E_h = apc_h kappa Y_h                 apc_h: base-year propensity to consume
    demand       PQ_i C_ih = PQ_i gamma_ih + beta_ih (E_h - sum_k PQ_k gamma_kh)          LES
    saving path  (C'/C)^(1/ies) = beta omega (1 + r) cpi / cpi'         foresight (Euler)
    labour       L_s = N_s (w_s / (cpi wref_s))^nu

C is aggregate consumption spending over the consumer price index cpi. Saving over time is decided once
for the nation (a dynasty with CRRA utility); kappa, common to all households, spreads it in proportion
to base-year propensities. omega is the Euler wedge: what, beside impatience and the return, made China
save as it did; the forecast closure finds it, the policy closure holds it. In ``recursive`` kappa itself
is held. A block can let a share of every household spend out of income, and leave the Euler equation to
the rest (``propensity``, ``far_sighted``). Labour supply answers to the real wage relative to a reference
wage (preferences without an income effect, Greenwood, Hercowitz & Huffman 1988); the forecast closure
finds the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.demand import define_linear_expenditure, linear_expenditure_parameters
from engels.model.algebra.saving import define_euler
from engels.model.economy import slots
from engels.model.economy.block import Economy, slot
from engels.model.economy.compute import compute_income
from engels.model.economy.trade import quota_rent


def les_parameters(b: Benchmark) -> tuple[Array, Array]:
    """(gamma, beta) of the benchmark's households, each N x H; see ``demand.py``."""
    e = b.elasticities
    return linear_expenditure_parameters(b.consumption, e.income, e.frisch)


def base_income(b: Benchmark) -> Array:
    """H: base-year household income before the lump-sum tax, trillion yuan."""
    wages = b.labour.sum(axis=0) @ b.labour_owner
    return np.asarray(wages + b.capital_owner * (b.capital.sum() + b.compute.rent))


def base_lump_sum(b: Benchmark) -> float:
    """Base-year lump-sum tax: government purchases less taxes, with a balanced budget."""
    return float(b.government.sum() - b.production_tax.sum())


@slot("instead")
def population(m: Economy, b: Benchmark, household: str) -> float:
    """Million persons of a household: its workers where no more is known."""
    assert b.workers is not None
    return float(b.workers[:, b.households.index(household)].sum())


def base_propensity(b: Benchmark) -> Array:
    """H: base-year consumption over income after the lump-sum tax."""
    disposable = base_income(b) - b.transfer_owner * base_lump_sum(b)
    return np.asarray(b.consumption.sum(axis=0) / disposable)


@slot("instead")
def base_disposable(m: Economy, b: Benchmark, household: str) -> float:
    """Base-year income of a household after the lump-sum tax, trillion yuan."""
    disposable = base_income(b) - b.transfer_owner * base_lump_sum(b)
    return float(disposable[b.households.index(household)])


@dataclass(frozen=True)
class Ownership:
    """What a household owns and owes: shares of property income, of that in AI, and of the lump-sum tax."""

    capital: float
    ai: float
    tax: float


@slot("instead")
def ownership(m: Economy, b: Benchmark, household: str) -> Ownership:
    """Property and taxes of a household."""
    k = b.households.index(household)
    share = float(b.capital_owner[k])
    return Ownership(share, share, float(b.transfer_owner[k]))


def earned(
    m: Economy, b: Benchmark, t: int, labour: Mapping[str, float], tax: float, persons: float
) -> Any:
    """Wages and transfers less taxes and fees of an owner of labour, trillion yuan.

    ``labour`` is the share of each skill's wages, ``tax`` that of the lump-sum tax, ``persons`` million.
    """
    wages = sum(x * slots.wage_bill(m, b, s, t) for s, x in labour.items() if x > 0)
    fees = slots.training_fees(m, b, t, labour)
    given = slots.basic_income(m, b, t, persons)
    return wages - tax * m.lump_sum_tax[t] - fees + given


@slot("instead")
def household_income(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """Y_h: disposable income of a household, trillion yuan."""
    k = b.households.index(h)
    licences = b.quota_rent_owner.get(h, 0.0)
    rents = licences * sum(quota_rent(m, u, t) for u in m.chip_uses) if licences else 0.0
    owned = m.property_income[t] + slots.coupons(m, b, t)
    by_skill = dict(zip(b.skills, b.labour_owner[:, k].tolist(), strict=True))
    own = earned(m, b, t, by_skill, float(b.transfer_owner[k]), population(m, b, h))
    return float(b.capital_owner[k]) * owned + rents + own


@slot("instead")
def propensity(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """Propensity to consume of a household relative to the base year's."""
    return m.consumption_propensity[t]


@slot("instead")
def far_sighted(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """Share of a household's spending that is decided over time."""
    return 1.0


@slot("instead")
def household_spending(m: Economy, b: Benchmark, h: str, t: int) -> Any:
    """E_h: consumption spending of a household, trillion yuan."""
    apc = float(base_propensity(b)[b.households.index(h)])
    return apc * propensity(m, b, h, t) * m.income[h, t]


def define_household_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Income, spending, demands, saving behaviour and labour supply, at benchmark values."""
    m.wants = pyo.Set(initialize=list(wanted(b)), dimen=2)
    declare(m, b, *VARIABLES)


def wanted(b: Benchmark) -> dict[tuple[str, str], float]:
    """Base-year consumption by (good, household), trillion yuan, where positive."""
    return {
        (i, h): float(b.consumption[n, k])
        for n, i in enumerate(b.sectors)
        for k, h in enumerate(b.households)
        if b.consumption[n, k] > 0
    }


def base_spending(b: Benchmark) -> dict[str, float]:
    """Base-year consumption by household, trillion yuan."""
    return dict(zip(b.households, b.consumption.sum(axis=0).tolist(), strict=True))


def base_supernumerary(b: Benchmark) -> dict[str, float]:
    """Base-year spending beyond commitments, by household, trillion yuan."""
    gamma, _ = les_parameters(b)
    return {
        h: float(b.consumption[:, k].sum()) - float(gamma[:, k].sum())
        for k, h in enumerate(b.households)
    }


def labour_by_skill(b: Benchmark) -> dict[str, float]:
    """Base-year pay by skill, trillion yuan."""
    return dict(zip(b.skills, b.labour.sum(axis=0).tolist(), strict=True))


VARIABLES = (
    Variable(
        "income",
        (
            "households",
            "years",
        ),
        lambda m, b: {h: base_disposable(m, b, h) for h in b.households},
        "trillion yuan",
        "money",
        "income of {0} households",
        "{0}居民的收入",
        "Y^{h}",
        growth="gdp",
    ),
    Variable(
        "spending",
        (
            "households",
            "years",
        ),
        lambda m, b: base_spending(b),
        "trillion yuan",
        "money",
        "spending of {0} households",
        "{0}居民的支出",
        "E^{h}",
        growth="gdp",
    ),
    Variable(
        "consumption",
        (
            "wants",
            "years",
        ),
        lambda m, b: wanted(b),
        "trillion yuan at base-year prices",
        "quantity",
        "consumption of good {0} by {1} households",
        "{1}居民对{0}产品的消费",
        "C",
        sign="nonnegative",
        growth="gdp",
    ),
    Variable(
        "consumption_propensity",
        ("years",),
        1.0,
        "index, base year = 1",
        "index",
        "propensity to consume",
        "消费倾向",
        r"\kappa",
    ),
    Variable(
        "euler_wedge",
        ("years",),
        1.0,
        "factor",
        "index",
        "saving wedge (Euler equation)",
        "储蓄楔子（欧拉方程）",
        r"\omega",
    ),
    Variable(
        "labour_supply",
        (
            "skills",
            "years",
        ),
        lambda m, b: labour_by_skill(b),
        "trillion yuan of base-year pay",
        "quantity",
        "labour supply of skill {0}",
        "{0}技能的劳动供给",
        "L^{s}",
        instruments=("reference_wage",),
    ),
    Variable(
        "reference_wage",
        (
            "skills",
            "years",
        ),
        1.0,
        "index, base year = 1",
        "index",
        "reference wage of skill {0}",
        "{0}技能的参照工资",
        "w^{*}",
        growth="gdp per worker",
    ),
    Variable(
        "property_income",
        ("years",),
        lambda m, b: float(b.capital.sum() + b.compute.rent),
        "trillion yuan",
        "money",
        "income from capital, compute and markups",
        "资本、算力与加成的收入",
        r"\Pi",
        growth="gdp",
    ),
    Variable(
        "price_consumption",
        ("years",),
        1.0,
        "index",
        "price",
        "consumer price index",
        "居民消费价格指数",
        r"\mathit{cpi}",
    ),
)
DEMAND = (
    Variable(
        "supernumerary",
        (
            "households",
            "years",
        ),
        lambda m, b: base_supernumerary(b),
        "trillion yuan",
        "money",
        "spending of {0} households beyond commitments",
        "{0}居民超出基本需要的支出",
        "z",
        sign="nonnegative",
        growth="gdp",
    ),
)


def property_income(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Income of capital, compute capacity and of markups."""
    capital = sum(
        float(b.capital[b.index(j)] / b.capital_stock[b.index(j)])
        * m.rental[j, t]
        * m.capital[j, t]
        for j in m.capital_sectors
    )
    others = sum(profit(m, b, j, t) for j in b.sectors if j != b.ai)
    return capital + others + ai_property_income(m, b, t)


def ai_property_income(m: pyo.ConcreteModel, b: Benchmark, t: int) -> Any:
    """Of it, income of compute capacity, of AI's markup and of access to AI."""
    own = compute_income(m, b, t) + profit(m, b, b.ai, t)
    return own + slots.access_income(m, b, t)


def profit(m: pyo.ConcreteModel, b: Benchmark, j: str, t: int) -> Any:
    """Pure profit of a sector: what the markup adds to unit cost."""
    net = m.price_output[j, t] * (1 - slots.production_tax(m, b, j, t)) * m.output[j, t]
    return net * (1 - 1 / slots.markup(m, b, j, t))


def define_households(m: pyo.ConcreteModel, b: Benchmark, foresight: bool) -> None:
    """Equations of the module docstring."""
    T, e = m.years, b.elasticities
    gamma, beta = les_parameters(b)
    scale = {h: float(b.consumption[:, k].sum()) for k, h in enumerate(b.households)}
    m.property_income_definition = pyo.Constraint(
        T, rule=lambda _, t: m.property_income[t] / b.gdp == property_income(m, b, t) / b.gdp
    )

    m.household_income = pyo.Constraint(
        b.households,
        T,
        rule=lambda _, h, t: m.income[h, t] / scale[h] == household_income(m, b, h, t) / scale[h],
    )
    m.household_spending = pyo.Constraint(
        b.households,
        T,
        rule=lambda _, h, t: (
            m.spending[h, t] / scale[h] == household_spending(m, b, h, t) / scale[h]
        ),
    )

    def by_want(values: Array) -> dict[tuple[str, str], float]:
        return {(i, h): float(values[b.index(i), b.households.index(h)]) for i, h in m.wants}

    declare(m, b, *DEMAND)
    define_linear_expenditure(
        m,
        "household",
        by_want(b.consumption),
        T,
        spending=lambda h, t: m.spending[h, t],
        supernumerary=lambda h, t: m.supernumerary[h, t],
        price=lambda i, t: m.price_composite[i, t],
        consumption=lambda i, h, t: m.consumption[i, h, t],
        committed=by_want(gamma),
        marginal=by_want(beta),
        need=lambda i, t: slots.need(m, b, i, t),
    )

    total = dict(zip(b.skills, b.labour.sum(axis=0), strict=True))

    m.labour_supply_curve = pyo.Constraint(
        b.skills,
        T,
        rule=lambda _, s, t: m.labour_supply[s, t] / total[s] == slots.labour_at_work(m, b, s, t),
    )

    weight = b.consumption.sum(axis=1) / b.consumption.sum()
    m.consumer_prices = pyo.Constraint(
        T,
        rule=lambda _, t: (
            m.price_consumption[t]
            == sum(
                float(w) * m.price_composite[i, t]
                for i, w in zip(b.sectors, weight, strict=True)
                if w > 0
            )
        ),
    )

    if foresight:
        spent0 = float(b.consumption.sum())

        def real_consumption(t: int) -> Any:
            spent = sum(far_sighted(m, b, h, t) * m.spending[h, t] for h in b.households)
            return spent / m.price_consumption[t] / spent0

        define_euler(
            m,
            "euler",
            m.interest_years,
            consumption=real_consumption,
            interest=lambda t: m.interest_rate[t],
            discount=e.discount,
            elasticity=e.intertemporal,
            wedge=lambda t: m.euler_wedge[t],
            grid=m.grid,
        )
