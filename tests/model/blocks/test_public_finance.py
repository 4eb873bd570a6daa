"""Programmes, subsidies, transfers and debt: equal budgets, and who pays for them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from engels.model.blocks.library import DRIVERS
from engels.model.blocks.programmes import LEVERS, PROGRAMMES, finance_of, path_employment, path_gdp
from engels.model.economy.government import public_outlays, public_receipts
from engels.model.economy.slots import ai_tax, basic_income, government_volume
from engels.model.solving.closures import Swap
from engels.model.solving.dynamics import Target, Workshop, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine
from engels.runs.scenarios.scenario import library, load_scenario, with_settings
from engels.runs.simulation.simulate import Session
from engels.runs.store.inputs import RunResult

from ..block_runs import (
    START,
    STEADY,
    Drivers,
    baseline,
    constant,
    of_year,
    point,
    quality,
    run,
    speed,
    year_of,
)

SESSION = Session("newton")
"""Of all tests of this file in a process: runs of one baseline solve it once."""

PUBLIC = (
    *("diffusion", "learning", "compute_chain"),
    *("labour_market", "household_groups", "firm_size", "public_finance"),
)
LAST = 2030
YEARS = range(START, LAST + 1)
RATES = ("output_tax", "ai_subsidy", "service_subsidy", "basic_income")


@cache
def before_policy(settings: tuple[tuple[str, float], ...] = ()) -> Solution:
    """AI that diffuses where standards are missing and access costs extra: all programmes have a task."""
    return run(
        baseline(PUBLIC, settings, True, "labour", LAST),
        quality(),
        speed(0.35),
        constant("coordination_failure", 0.2),
        constant("access_wedge", 0.1),
        constant("adoption_cost", 2.0),
        {"frontier_ai": {t: 1.2 ** (t - START + 1) for t in YEARS}},
    )


@cache
def shop() -> Workshop:
    """Models that the policies share."""
    return Workshop(engine("newton"))


def policy(drivers: Mapping[str, Mapping[object, float]], *targets: Target) -> Solution:
    return solve_policy(before_policy(), drivers, START, targets, workshop=shop())


def level(name: str, x: float) -> Drivers:
    return {name: dict.fromkeys(YEARS, x)}


def held(target: str, instrument: str, levels: Mapping[int, float]) -> Target:
    return Target(Swap(target, instrument, tuple(levels)), dict(levels))


def differs(s: Solution, origin: Solution) -> tuple[float, str]:
    return max(
        (abs(s.values[name][k] - x) / max(abs(x), 1.0), f"{name}[{k}]")
        for name, entries in origin.values.items()
        for k, x in entries.items()
    )


@cache
def result(name: str) -> RunResult:
    """A scenario of the library at five sectors."""
    return SESSION.run(with_settings(load_scenario(name), aggregation="5"))


def reported(name: str, variable: str, scenario: str = "") -> dict[int, float]:
    """A variable of year alone."""
    f = result(name).frame
    own = f[(f["scenario"] == (scenario or name)) & (f["variable"] == variable)]
    assert (own["group"] == "").all()
    return dict(zip(own["year"].tolist(), own["value"].tolist(), strict=True))


# ------------------------------------------------------------------ at zero


@pytest.mark.parametrize("name", [*PROGRAMMES, *RATES])
def test_a_lever_at_zero_changes_nothing(name: str) -> None:
    gap, place = differs(policy(level(name, 0.0)), before_policy())
    assert gap < 1e-10, place


@pytest.mark.parametrize("name", LEVERS)
def test_a_budget_of_zero_buys_nothing(name: str) -> None:
    """A lever that is found from a cost of zero stays at zero."""
    s = policy({}, held("policy_cost", name, dict.fromkeys(YEARS, 0.0)))
    assert max(abs(x) for x in s.values[name].values()) < 1e-10
    gap, place = differs(s, before_policy())
    assert gap < 1e-10, place


# ------------------------------------------------------------------ what a yuan does


@pytest.mark.parametrize(
    ("programme", "variable", "group", "rises"),
    [
        ("small_firms", "adoption_small", "", True),
        ("chips", "chip_quality", "", True),
        ("open_source", "ai_quality", "", True),
        ("standards", "adoption_mean", "", True),
        ("talent", "trained", "high", True),
        ("loans", "trained", "middle", True),
        ("flexible_work", "unemployed", "middle", False),
        ("competition", "access_wedge", "", False),
        ("data_law", "harm", "", False),
    ],
)
def test_a_programme_does_what_it_is_for(
    programme: str, variable: str, group: str, rises: bool
) -> None:
    """The more is spent the more of it, each yuan with less effect than the last."""
    name = f"programme_{programme}"
    reached = [
        of_year(s, variable, LAST, group)
        for s in (before_policy(), policy(level(name, 0.1)), policy(level(name, 0.2)))
    ]
    first, second = np.diff(reached) * (1 if rises else -1)
    assert first > 0
    assert second > 0
    if programme not in ("talent", "loans"):  # teaching costs the same for all
        assert second < first


def test_programmes_are_spent() -> None:
    """They are government purchases: what they cost is bought, at the price of what is bought."""
    s = policy(level("programme_data_law", 0.3))
    origin = before_policy()
    p = s.values
    for t in YEARS:
        assert of_year(s, "policy_cost", t) == pytest.approx(0.3, abs=1e-10)
        more = public_outlays(point(s), s.benchmark, t) / p["price_consumption"][t]
        less = public_outlays(point(origin), s.benchmark, t)
        less /= origin.values["price_consumption"][t]
        # besides, the basket that the government has always bought has become a little dearer
        dearer = p["price_government"][t] - origin.values["price_government"][t]
        usual = dearer * government_volume(point(origin), s.benchmark, t)
        # and a few more or fewer are taught
        assert more - less == pytest.approx(0.3 + usual, abs=5e-4)
    units = 0.3 / (finance_of(s.benchmark).scale * path_gdp(s.benchmark, LAST))
    gain = finance_of(s.benchmark).data_law * np.log1p(units)
    ai = of_year(s, "harm", LAST) / np.exp(-gain)
    # what is left is the little by which AI output has changed
    assert ai == pytest.approx(of_year(origin, "harm", LAST), rel=5e-4)


# ------------------------------------------------------------------ who pays


def test_the_budget_balances_whoever_pays() -> None:
    """A lump-sum tax, an output tax, a tax on AI, and debt with its interest."""
    origin = before_policy()
    tax = {t: origin.values["lump_sum_real"][t] for t in YEARS}
    paid = level("basic_income", 0.1)
    ways = {
        "lump sum": policy(paid),
        "output tax": policy(paid, held("lump_sum_real", "output_tax", tax)),
        "AI tax": policy(paid, held("lump_sum_real", "ai_tax", tax)),
        "debt": policy(paid, held("lump_sum_real", "government_saving", tax)),
    }
    for name, s in ways.items():
        seen = point(s)
        for t in s.years:
            assert abs(of_year(s, "budget_gap", t)) < 1e-9, (name, t)
            gap = public_receipts(seen, s.benchmark, t) - public_outlays(seen, s.benchmark, t)
            assert abs(gap) < 1e-9 * of_year(s, "gdp_nominal", t), (name, t)
            if name != "lump sum" and t >= START:
                assert s.values["lump_sum_real"][t] == pytest.approx(tax[t], abs=1e-9), (name, t)
        persons = sum(s.benchmark.technology.household_groups.persons)  # type: ignore[union-attr]
        for t in YEARS:
            cost = 0.1 * 1e-3 * persons * path_employment(s.benchmark, t)
            assert of_year(s, "policy_cost", t) == pytest.approx(cost, rel=1e-9), (name, t)
            assert basic_income(seen, s.benchmark, t, persons) == pytest.approx(
                cost * s.values["price_consumption"][t]
            )
    # each instrument is a source of revenue
    assert all(x > 0 for x in ways["lump sum"].values["lump_sum_real"].values())
    for t in YEARS:
        assert ways["lump sum"].values["lump_sum_real"][t] > tax[t]
        assert ways["output tax"].values["output_tax"][t] > 0
        assert ways["AI tax"].values["ai_tax"][t] > 0
        assert ways["debt"].values["government_saving"][t] < 0


def test_a_tax_on_ai_pays_for_policy_and_for_what_it_costs_others() -> None:
    """Its revenue is what policy costs, and what other taxes bring less and purchases cost more by: the tax
    shrinks what is taxed besides, so that it has to raise more than the cost alone."""
    origin = before_policy(STEADY)
    tax = {t: origin.values["lump_sum_real"][t] for t in YEARS}
    target = held("lump_sum_real", "ai_tax", tax)
    s = solve_policy(
        origin, level("basic_income", 0.1), START, [target], workshop=Workshop(engine("newton"))
    )
    b, before, after = s.benchmark, point(origin), point(s)
    for t in YEARS:
        sold = sum(after.ai_use[j, u, t] for j, u in after.ai_users)
        revenue = float(ai_tax(after, b, t) * after.price_composite[b.ai, t] * sold)
        cpi0, cpi = before.price_consumption[t], after.price_consumption[t]
        cost = of_year(s, "policy_cost", t)
        other = (float(public_receipts(after, b, t)) - revenue) / cpi
        other -= float(public_receipts(before, b, t)) / cpi0
        outlays = float(public_outlays(after, b, t)) / cpi - cost
        outlays -= float(public_outlays(before, b, t)) / cpi0
        assert revenue / cpi == pytest.approx(cost + outlays - other, abs=1e-9)
        # both losses are there, and of one order: some twentieths of the cost in purchases, more in taxes
        assert 0.03 * cost < outlays < 0.06 * cost
        assert 0.07 * cost < -other < 0.15 * cost


def test_the_law_of_debt() -> None:
    """Debt grows by what is not saved; interest is a coupon on it, which the lump-sum tax pays."""
    saving = {t: -0.2 - 0.05 * (t - START) for t in YEARS}
    s = policy({"government_saving": saving})
    rate = finance_of(s.benchmark).bond_rate
    owed = 0.0
    for t in YEARS:
        assert of_year(s, "public_debt", t) == pytest.approx(owed, abs=1e-9)
        coupon = rate * owed * s.values["price_consumption"][t]
        assert of_year(s, "public_interest", t) == pytest.approx(coupon, abs=1e-9)
        owed -= saving[t]
    assert s.values["public_debt"][LAST + 1] == pytest.approx(owed, abs=1e-9)
    assert all(x == 0 for k, x in s.values["public_debt"].items() if year_of(k) <= START)
    # debt of the first year is a smaller tax then
    gain = s.values["lump_sum_real"][START] - before_policy().values["lump_sum_real"][START]
    assert gain == pytest.approx(saving[START], abs=1e-4)


def test_a_subsidy_to_services_is_paid_to_those_who_serve_persons() -> None:
    """They become cheaper than the rest, and with them labour earns more of income."""
    s, origin = policy(level("service_subsidy", 0.05)), before_policy()
    served = finance_of(s.benchmark).person_services
    assert served.argmax() == s.benchmark.index("SRV")
    for t in YEARS:
        price = {
            j: s.values["price_output"][j, t] / origin.values["price_output"][j, t]
            for j in ("SRV", "IND", "ELC", "AGR")
        }
        assert price["SRV"] == min(price.values())
        sales = s.values["price_output"]["SRV", t] * s.values["output"]["SRV", t]
        cost = 0.05 * served.max() * sales / s.values["price_consumption"][t]
        assert of_year(s, "policy_cost", t) == pytest.approx(cost, rel=1e-9)
    assert of_year(s, "labour_share", LAST) > of_year(origin, "labour_share", LAST)


# ------------------------------------------------------------------ the library's policies

POLICIES = [n for n in library() if n.startswith("policy_") and n != "policy_genai"]
QUICK = ("policy_adopters", "policy_loans", "policy_chips")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in POLICIES]
)
@pytest.mark.sampled(1)
def test_policies_cost_the_same(name: str) -> None:
    """So many trillion yuan in consumer prices, from 2026 to 2050: 0.04, 0.06, 0.09."""
    cost = reported(name, "policy_cost")
    years = [t for t in sorted(cost) if t >= START]
    wanted = np.interp(years, [2026, 2035, 2050], [0.04, 0.06, 0.09])
    assert [cost[t] for t in years] == pytest.approx(wanted.tolist(), abs=1e-8)
    assert all(cost[t] == 0 for t in cost if t < START)
    assert max(abs(x) for x in reported(name, "budget_gap").values()) < 1e-9
    assert max(abs(x) for x in reported(name, "public_debt").values()) < 1e-9


@pytest.mark.parametrize("way", ["output_tax", "ai_tax", "debt"])
def test_basic_income_is_paid_in_other_ways(way: str) -> None:
    """The same budget; the lump-sum tax stays where it was, but for the interest on debt."""
    name = f"finance_{way}"
    assert reported(name, "policy_cost") == pytest.approx(
        reported("policy_basic_income", "policy_cost"), abs=1e-8
    )
    assert max(abs(x) for x in reported(name, "budget_gap").values()) < 1e-9
    tax, before = reported(name, "lump_sum_real"), reported(name, "lump_sum_real", "policy_genai")
    if way != "debt":
        assert tax == pytest.approx(before, abs=1e-8)
        return
    debt, cost = reported(name, "public_debt"), reported(name, "policy_cost")
    borrowed = sum(cost[t] for t in range(START, 2036))
    assert debt[2036] == pytest.approx(borrowed, abs=1e-8)
    assert debt[2050] == pytest.approx(borrowed, abs=1e-8)


def test_levers_are_drivers() -> None:
    """Every lever can be given, and belongs to the block or to compute."""
    for name in LEVERS:
        assert DRIVERS[name].block in ("public_finance", "")
        assert DRIVERS[name].dims == ("year",)
