"""Groups of households inside each region: families of workers by skill, owners of capital and of AI.

    income     Y_g = wages + capital income + income of AI and compute + rents + transfers - taxes
    spending   E_g = apc_g kappa Y_g
    region     Y_h = sum_g Y_g,    E_h = sum_g E_g

Every group of a region has the region's budget shares and its share of the region's commitments, so that
demands of the region follow from its spending as before (Gorman 1953). The propensity to consume falls with
income relative to the region's mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from engels.calibration.benchmark import Array, Benchmark, HouseholdGroups
from engels.model.algebra.declaration import Variable, declare
from engels.model.algebra.grid import along
from engels.model.algebra.point import Point
from engels.model.economy import households, slots
from engels.model.economy.block import Block, Economy, Rows, national, slot
from engels.model.economy.driver import Driver
from engels.model.economy.households import Ownership, ai_property_income, base_lump_sum, earned
from engels.model.economy.trade import quota_rent


def groups_of(b: Benchmark) -> HouseholdGroups:
    """The block's parameters; it must be on."""
    assert b.technology.household_groups is not None
    return b.technology.household_groups


def base_group_income(b: Benchmark, lump_sum: float) -> Array:
    """G: base-year disposable income, trillion yuan; ``lump_sum`` is the whole lump-sum tax."""
    g = groups_of(b)
    wages = b.labour.sum(axis=0) @ g.labour_owner
    property_ = g.capital_owner * float(b.capital.sum()) + g.ai_owner * b.compute.rent
    return np.asarray(wages + property_ - g.transfer_owner * lump_sum)


def base_region_income(b: Benchmark, lump_sum: float) -> dict[str, float]:
    """Base-year disposable income by region: that of its groups."""
    income, region = base_group_income(b, lump_sum), groups_of(b).region
    return {
        h: float(sum(x for x, r in zip(income, region, strict=True) if r == h))
        for h in b.households
    }


def group_propensity(b: Benchmark, lump_sum: float) -> Array:
    """G: base-year consumption over disposable income; regions consume what the table says."""
    g = groups_of(b)
    income = base_group_income(b, lump_sum)
    found = np.zeros(len(income))
    for k, h in enumerate(b.households):
        mine = np.array([r == h for r in g.region])
        head = income[mine] / g.persons[mine]
        mean = income[mine].sum() / g.persons[mine].sum()
        shape = (head / mean) ** (-g.saving_slope)
        consumed = float(b.consumption[:, k].sum())
        found[mine] = shape * consumed / float((shape * income[mine]).sum())
    return found


def define_group_variables(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Income and spending by group and property income of AI and compute, at benchmark values."""
    m.groups = pyo.Set(initialize=list(groups_of(b).names))
    declare(m, b, *VARIABLES)


def base_incomes(b: Benchmark) -> dict[str, float]:
    """Base-year disposable income by group, trillion yuan."""
    income = base_group_income(b, base_lump_sum(b))
    return dict(zip(groups_of(b).names, income.tolist(), strict=True))


def base_spending(b: Benchmark) -> dict[str, float]:
    """Base-year consumption by group, trillion yuan."""
    apc = group_propensity(b, base_lump_sum(b)).tolist()
    return {n: a * y for a, (n, y) in zip(apc, base_incomes(b).items(), strict=True)}


VARIABLES = (
    Variable(
        "group_income",
        ("groups", "years"),
        lambda m, b: base_incomes(b),
        "trillion yuan",
        "money",
        "income of {0}",
        "{0}的收入",
        "Y^{g}",
        growth="gdp",
    ),
    Variable(
        "group_spending",
        ("groups", "years"),
        lambda m, b: base_spending(b),
        "trillion yuan",
        "money",
        "spending of {0}",
        "{0}的支出",
        "E^{g}",
        growth="gdp",
    ),
    Variable(
        "ai_property_income",
        ("years",),
        lambda m, b: b.compute.rent,
        "trillion yuan",
        "money",
        "income of owners of AI and compute",
        "人工智能与算力所有者的收入",
        r"\Pi^{ai}",
        growth="gdp",
    ),
)


def members(b: Benchmark, household: str) -> list[int]:
    """Positions of the groups of a region."""
    return [k for k, r in enumerate(groups_of(b).region) if r == household]


def region_ownership(m: Economy, b: Benchmark, household: str) -> Ownership:
    """What the groups of a region own and owe together."""
    g, mine = groups_of(b), members(b, household)
    return Ownership(
        float(g.capital_owner[mine].sum()),
        float(g.ai_owner[mine].sum()),
        float(g.transfer_owner[mine].sum()),
    )


def inside(b: Benchmark, entries: Any, household: str, t: int) -> Any:
    """Sum over the groups of a region."""
    return sum(entries[groups_of(b).names[k], t] for k in members(b, household))


def define_groups(m: pyo.ConcreteModel, b: Benchmark) -> None:
    """Income and spending of groups; those of regions are their sums (``households.py``)."""
    g, T, income0 = groups_of(b), m.years, base_incomes(b)
    apc = dict(zip(g.names, group_propensity(b, base_lump_sum(b)).tolist(), strict=True))
    place = {n: k for k, n in enumerate(g.names)}
    m.ai_property_income_definition = pyo.Constraint(
        T,
        rule=lambda _, t: m.ai_property_income[t] / b.gdp == ai_property_income(m, b, t) / b.gdp,
    )

    def income_rule(_: Any, n: str, t: int) -> Any:
        k = place[n]
        other = m.property_income[t] - m.ai_property_income[t]
        owned = float(g.capital_owner[k]) * (other + slots.coupons(m, b, t))
        owned = owned + float(g.ai_owner[k]) * m.ai_property_income[t]
        # licences to import belong to the owners of a region's capital
        same = [i for i, r in enumerate(g.region) if r == g.region[k]]
        licences = b.quota_rent_owner.get(g.region[k], 0.0)
        if licences:
            share = licences * float(g.capital_owner[k] / g.capital_owner[same].sum())
            owned = owned + share * sum(quota_rent(m, u, t) for u in m.chip_uses)
        by_skill = dict(zip(b.skills, g.labour_owner[:, k].tolist(), strict=True))
        tax, persons = float(g.transfer_owner[k]), float(g.persons[k])
        total = owned + earned(m, b, t, by_skill, tax, persons)
        return m.group_income[n, t] / income0[n] == total / income0[n]

    m.group_income_definition = pyo.Constraint(m.groups, T, rule=income_rule)
    m.group_spending_definition = pyo.Constraint(
        m.groups,
        T,
        rule=lambda _, n, t: (
            m.group_spending[n, t] / income0[n]
            == apc[n]
            * households.propensity(m, b, g.region[place[n]], t)
            * m.group_income[n, t]
            / income0[n]
        ),
    )


@slot("instead")
def force_growth(m: Point, b: Benchmark, s: str, t: int) -> Any:
    """Labour force of a skill in persons, base year = 1."""
    return along(b.path.labour_by_skill[:, b.skills.index(s)], b.path.years[0], t)


def group_persons(m: Point, b: Benchmark, t: int) -> Array:
    """Million persons by group: families follow the labour force of their skill, all grow with employment."""
    g = groups_of(b)
    families = len(b.households) * len(b.skills)
    moved = np.array([force_growth(m, b, s, t) for s in b.skills])
    found = np.ones((len(g.persons), *moved.shape[1:])).T * g.persons
    found[..., :families] *= np.tile(moved.T, len(b.households))
    scale = g.persons[:families].sum() / found[..., :families].sum(axis=-1)
    found[..., :families] *= scale[..., None]
    grown = along(b.path.employment, b.path.years[0], t)
    return np.asarray(found.T * grown / b.path.employment[0])


def report(m: Point, b: Benchmark, t: int) -> Rows:
    """Persons, income and consumption by group."""
    rows, grown = Rows(), group_persons(m, b, t)
    for n, name in enumerate(groups_of(b).names):
        rows["persons_group", "", name, t] = grown[n]
        rows["income_group", "", name, t] = m.group_income[name, t]
        rows["consumption_group", "", name, t] = m.group_spending[name, t]
    return rows | national(t, ai_property_income=m.ai_property_income[t])


BLOCK = Block(
    name="household_groups",
    drivers=(
        Driver(
            "need",
            ("sector", "year"),
            "factor",
            1.0,
            0.0,
            10.0,
            "multiplies what households are committed to buy of a good: care in an ageing society",
            base="consumption",
            label="need of good {0}",
            symbol=r"\nu^{C}",
        ),
    ),
    define_variables=define_group_variables,
    variables=VARIABLES,
    define=define_groups,
    contributions={
        slots.need: lambda m, b, i, t: m.need[i, t],
        households.base_disposable: lambda m, b, h: base_region_income(b, base_lump_sum(b))[h],
        households.ownership: region_ownership,
        households.population: lambda m, b, h: float(
            sum(groups_of(b).persons[k] for k in members(b, h))
        ),
        households.household_income: lambda m, b, h, t: inside(b, m.group_income, h, t),
        households.household_spending: lambda m, b, h, t: inside(b, m.group_spending, h, t),
    },
    report=report,
)
