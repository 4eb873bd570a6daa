"""Families of workers and owners inside regions: incomes, spending, welfare and inequality."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.model.algebra.point import Point
from engels.model.blocks.groups import base_group_income, group_propensity, groups_of
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.economy.households import base_income, base_lump_sum, population
from engels.model.reporting.measures import equivalent_variation
from engels.model.solving.solution import Solution
from engels.runs.indicators.inequality import gini
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.simulation.simulate import Session

from ..block_runs import LAST, START, YEARS, Drivers, baseline, constant, economy, of_year, run
from ..reported import rows_of

SESSION = Session("newton")
"""Of all tests of this file in a process: runs of one baseline solve it once."""

GROUPS = ("labour_market", "household_groups", "public_finance")
DEPTH = constant("automation_depth", 0.1)
FEW = settings(max_examples=4, deadline=None)


@cache
def automated() -> Solution:
    """Tasks handed to AI, a quota on chips whose licences households own, and debt."""
    origin = baseline(GROUPS)
    licences = {("compute", t): 0.8 for t in YEARS}
    return run(origin, DEPTH, {"chip_quota": licences}, saving(-0.5))


def saving(x: float) -> Drivers:
    """Government saving up to 2030."""
    return {"government_saving": dict.fromkeys(range(START, 2031), x)}


def need(sector: str, x: float) -> Drivers:
    return {"need": {(sector, t): x for t in YEARS}}


@cache
def frame(name: str) -> pd.DataFrame:
    """The table of a scenario at five sectors."""
    return SESSION.run(with_settings(load_scenario(name), aggregation="5")).frame


def figures(table: pd.DataFrame, scenario: str, variable: str) -> pd.Series:
    """Values of a variable by (group, year)."""
    own = table[(table["scenario"] == scenario) & (table["variable"] == variable)]
    assert len(own)
    return own.set_index(["group", "year"])["value"]


# ------------------------------------------------------------------ who owns what


def test_shares_of_owners_sum_to_one() -> None:
    """Every skill's wages, property, AI property and taxes; everyone is in one group."""
    b = economy(GROUPS)
    g = groups_of(b)
    assert g.labour_owner.sum(axis=1) == pytest.approx(np.ones(len(b.skills)), abs=1e-12)
    for shares in (g.capital_owner, g.ai_owner, g.transfer_owner):
        assert shares.sum() == pytest.approx(1.0, abs=1e-12)
        assert (shares >= 0).all()
    assert g.persons.sum() == pytest.approx(1411.8)
    m = build_economy(b, [2020], False, "labour", blocks=blocks_of(b))
    assert sum(population(m, b, h) for h in b.households) == pytest.approx(1411.8)
    assert (g.persons > 0).all()
    by_region = np.array(
        [g.labour_owner[:, [r == h for r in g.region]].sum(axis=1) for h in b.households]
    )
    assert pytest.approx(b.labour_owner, abs=1e-12) == by_region.T


def test_base_incomes_are_the_regions() -> None:
    b = economy(GROUPS)
    g = groups_of(b)
    tax = base_lump_sum(b)
    income, apc = base_group_income(b, tax), group_propensity(b, tax)
    for k, h in enumerate(b.households):
        mine = np.array([r == h for r in g.region])
        assert (income[mine] * apc[mine]).sum() == pytest.approx(
            b.consumption[:, k].sum(), rel=1e-12
        )
        # the richer save more
        head = income[mine] / g.persons[mine]
        assert (np.diff(apc[mine][np.argsort(head)]) <= 0).all()
    assert income.sum() == pytest.approx(base_income(b).sum() - tax, rel=1e-12)


@pytest.mark.parametrize("what", ["income", "spending"])
def test_groups_add_up_to_regions(what: str) -> None:
    s = automated()
    g = groups_of(s.benchmark)
    for h in s.benchmark.households:
        for t in s.years:
            inside = sum(
                s.values[f"group_{what}"][n, t]
                for n, r in zip(g.names, g.region, strict=True)
                if r == h
            )
            assert inside == pytest.approx(s.values[what][h, t], rel=1e-10), (h, t)


def test_incomes_are_what_is_earned_and_given() -> None:
    """Regions together receive wages, property, coupons and licences, and pay taxes and fees."""
    s = automated()
    b, v = s.benchmark, s.values
    given = 1 - b.quota_rent_owner.get("foreign", 0.0) - b.quota_rent_owner.get("government", 0.0)
    for t in (START, 2030, LAST):
        wages = sum(v["wage_bill"][q, t] for q in b.skills)
        landed = v["exchange_rate"][t] * v["chip_world_price"]["compute", t]
        landed *= v["chips_imported"]["compute", t]
        licences = landed * float(np.expm1(v["chip_premium"]["compute", t]))
        received = wages + v["property_income"][t] + of_year(s, "public_interest", t)
        received += given * licences - v["lump_sum_tax"][t] - of_year(s, "training_fees", t)
        assert sum(v["income"][h, t] for h in b.households) == pytest.approx(received, rel=1e-9)


# ------------------------------------------------------------------ welfare


def test_welfare_of_groups_adds_up_to_the_regions() -> None:
    origin, s = baseline(GROUPS), automated()
    b = s.benchmark
    g = groups_of(b)
    for h in b.households:
        for t in (START, 2035, LAST):
            whole = equivalent_variation(b, Point(origin.values, {}), Point(s.values, {}), h, t)
            parts = [
                equivalent_variation(b, Point(origin.values, {}), Point(s.values, {}), h, t, n)
                for n, r in zip(g.names, g.region, strict=True)
                if r == h
            ]
            assert sum(parts) == pytest.approx(whole, abs=1e-10)
            assert abs(whole) > 1e-5


def test_reported_welfare_adds_up() -> None:
    """Groups to regions, and lower prices and a larger share to the whole."""
    table = frame("work_genai")
    b = economy(GROUPS)
    g = groups_of(b)
    ev = figures(table, "work_genai", "welfare_ev")
    price = figures(table, "work_genai", "welfare_price")
    share = figures(table, "work_genai", "welfare_income")
    for h in b.households:
        inside = [n for n, r in zip(g.names, g.region, strict=True) if r == h]
        for t in YEARS:
            assert sum(ev[n, t] for n in inside) == pytest.approx(ev[h, t], abs=1e-10)
            assert price[h, t] + share[h, t] == pytest.approx(ev[h, t], abs=1e-10)
    # shares of national income are won from each other, but for what saving and the state take
    assert abs(share["rural", LAST]) > 1e-6
    head = figures(table, "work_genai", "welfare_ev_head")
    persons = figures(table, load_scenario("work_genai").reference, "persons_group")
    for n in g.names:
        assert 1e-3 * head[n, LAST] * persons[n, LAST] == pytest.approx(ev[n, LAST], abs=1e-10)


# ------------------------------------------------------------------ inequality


def inequality(s: Solution, what: str, t: int) -> float:
    """Gini of income or consumption per head between groups."""
    names = groups_of(s.benchmark).names
    persons = np.array([rows_of(s)["persons_group", "", n, t] for n in names])
    amounts = np.array([rows_of(s)[f"{what}_group", "", n, t] for n in names])
    return gini(amounts / persons, persons)


@FEW
@given(st.floats(0.05, 1.5), st.floats(0.1, 1.5))
def test_basic_income_levels_incomes(amount: float, more: float) -> None:
    """Paid to everyone alike, by a tax on incomes: the more is paid, the less unequal incomes are."""
    origin = baseline(GROUPS, (), True, "labour", 2030)
    little, much = (run(origin, constant("basic_income", x)) for x in (amount, amount + more))
    for t in (START, 2030):
        for what in ("income", "consumption"):
            found = [inequality(s, what, t) for s in (origin, little, much)]
            assert found[0] > found[1] > found[2], (what, t, found)


@pytest.mark.slow
def test_the_gini_of_a_run_is_that_of_its_groups() -> None:
    table = frame("policy_basic_income")
    paid = figures(table, "policy_basic_income", "gini_income")
    unpaid = figures(table, "policy_genai", "gini_income")
    assert (paid.loc["", START:] < unpaid.loc["", START:]).all()
    names = groups_of(economy(GROUPS)).names
    income = figures(table, "policy_basic_income", "income_group")
    persons = figures(table, "policy_basic_income", "persons_group")
    heads = np.array([persons[n, LAST] for n in names])
    own = np.array([income[n, LAST] for n in names]) / heads
    assert paid["", LAST] == pytest.approx(gini(own, heads), abs=1e-12)


# ------------------------------------------------------------------ needs


@FEW
@given(st.sampled_from(["AGR", "SRV"]), st.floats(1.05, 1.5))
def test_a_need_raises_consumption_and_price_of_its_good(sector: str, factor: float) -> None:
    origin = baseline(GROUPS, (), True, "labour", 2030)
    s = run(origin, need(sector, factor))
    for t in (START, 2030):
        for h in s.benchmark.households:
            bought = [p.values["consumption"][sector, h, t] for p in (origin, s)]
            assert bought[1] > bought[0]
        price = [p.values["price_composite"][sector, t] for p in (origin, s)]
        assert price[1] > price[0], (sector, factor, t)
