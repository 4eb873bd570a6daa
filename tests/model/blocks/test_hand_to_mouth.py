"""Households that spend out of income beside those who look ahead."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from engels.calibration.benchmark import HandToMouth
from engels.model.algebra.point import Point
from engels.model.blocks.hand_to_mouth import income_share
from engels.model.economy.households import base_propensity, far_sighted, household_spending
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

from ..block_runs import SAME, START, baseline, economy, run
from ..reported import rows_of

LAST = 2029
"""Reported; forty years more are solved, so that the horizon does not decide who saves."""
BLOCK = ("hand_to_mouth",)


def settings(rural: float, urban: float) -> tuple[tuple[str, float], ...]:
    return (
        ("hand_to_mouth.share.rural", rural),
        ("hand_to_mouth.share.urban", urban),
        ("path.years_beyond", 40),
    )


@cache
def origin(share: float | None, foresight: bool = True) -> Solution:
    """The baseline with a share of hand-to-mouth households; None: without the block."""
    if share is None:
        return baseline((), (("path.years_beyond", 40),), foresight, last=LAST)
    return baseline(BLOCK, settings(share, share), foresight, last=LAST)


def better_ai(path: Solution) -> dict[str, dict[object, float]]:
    """Announced in 2026: AI that becomes better for ten years."""
    years = [t for t in path.years if t >= START]
    return {"ai_productivity": {t: 1.25 ** min(t - START, 10) for t in years}}


@cache
def news(share: float | None, foresight: bool = True) -> Solution:
    found = origin(share, foresight)
    return run(found, better_ai(found))


def change(path: Solution, variable: str, year: int, *keys: str) -> float:
    """Deviation from the baseline, relative: of money in consumer prices, which are the numeraire."""
    assert path.origin is not None
    now, before = (sum(s.values[variable][k, year] for k in keys) for s in (path, path.origin))
    return now / before - 1


def same(a: Solution, b: Solution) -> None:
    for name, entries in a.values.items():
        for k, x in entries.items():
            assert b.values[name][k] == pytest.approx(x, rel=1e-8, abs=1e-8), (name, k)


def test_a_share_of_none_changes_nothing() -> None:
    same(origin(None), origin(0.0))
    same(news(None), news(0.0))


def test_the_baseline_is_the_same_with_any_share() -> None:
    """The path of investment is given: equal shares move neither it nor the wedge that explains it."""
    same(origin(None), origin(0.6))
    kappa = origin(0.6).values
    for t in origin(0.6).years:
        assert kappa["rule_propensity"][t] == pytest.approx(kappa["consumption_propensity"][t])


def test_without_foresight_both_kinds_do_the_same() -> None:
    same(news(None, False), news(0.6, False))


def test_spending_of_each_kind() -> None:
    """By the rule a given share of income; both together what the household spends."""
    path, b = news(0.6), news(0.6).benchmark
    assert path.origin is not None
    rows = rows_of(path)
    for k, h in enumerate(b.households):
        apc = float(base_propensity(b)[k])
        for t in path.reported:
            v = path.values
            kept = path.origin.values["consumption_propensity"][t]
            rule = 0.6 * apc * kept * v["income"][h, t]
            ahead = 0.4 * apc * v["consumption_propensity"][t] * v["income"][h, t]
            assert v["spending"][h, t] == pytest.approx(rule + ahead, rel=SAME)
            share = rule / (rule + ahead)
            consumed = rows["consumption_household", "", h, t]
            assert rows["consumption_rule", "", h, t] == pytest.approx(share * consumed, rel=1e-8)
            both = rows["consumption_rule", "", h, t] + rows["consumption_ahead", "", h, t]
            assert both == pytest.approx(consumed, rel=1e-12)


def test_with_all_income_in_the_first_kind_spending_is_income_less_the_saving_rule() -> None:
    path, b = news(0.6), news(0.6).benchmark
    all_of_it = b.with_(
        technology=type(b.technology)(hand_to_mouth=HandToMouth(np.ones(len(b.households))))
    )
    point = Point(path.values, path.systems[0])
    for k, h in enumerate(b.households):
        for t in path.reported[-3:]:
            saved = 1 - float(base_propensity(b)[k]) * point.rule_propensity[t]
            found = household_spending(point, all_of_it, h, t)
            assert found == pytest.approx((1 - saved) * point.income[h, t], rel=1e-12)
            assert far_sighted(point, all_of_it, h, t) == 0


def test_the_euler_equation_holds_for_those_who_look_ahead() -> None:
    """Urban and rural shares differ, so that it does not hold for the nation."""
    path = baseline(BLOCK, settings(0.8, 0.3), last=LAST)
    found = run(path, better_ai(path))
    b, v, e = found.benchmark, found.values, found.benchmark.elasticities
    assert [income_share(b, h) for h in b.households] == [0.8, 0.3]

    def gap(weight: dict[str, float], t: int) -> float:
        spent = [
            sum(
                w * float(base_propensity(b)[b.households.index(h)]) * v["income"][h, year]
                for h, w in weight.items()
            )
            * v["consumption_propensity"][year]
            / v["price_consumption"][year]
            for year in (t, t + 1)
        ]
        reward = e.discount * v["euler_wedge"][t] * (1 + v["interest_rate"][t])
        dearer = v["price_consumption"][t] / v["price_consumption"][t + 1]
        return abs(spent[1] / spent[0] - (reward * dearer) ** e.intertemporal)

    for t in range(START, LAST):
        assert gap({"rural": 0.2, "urban": 0.7}, t) < 1e-8
    assert max(gap({"rural": 1.0, "urban": 1.0}, t) for t in range(START, LAST)) > 1e-6


def test_news_moves_consumption_less_the_more_live_on_their_income() -> None:
    """What is to come moves those who look ahead; the others wait for their income."""
    households = economy(BLOCK).households
    jumps = [change(news(x), "spending", START, *households) for x in (None, 0.6, 0.9)]
    assert jumps[0] > 1.2 * jumps[1] > 1.2 * jumps[2] > 0


@pytest.mark.parametrize("foresight", [True, False])
def test_markets_clear_and_budgets_hold(foresight: bool) -> None:
    rows = rows_of(news(0.6, foresight))
    for (name, *_, t), x in rows.items():
        if name in ("walras", "budget_gap"):
            assert abs(x) < 1e-8, (name, t)
        if name in ("gdp_income", "gdp_production"):
            assert x == pytest.approx(rows["gdp_nominal", "", "", t], rel=1e-8)


@pytest.mark.slow
def test_groups_of_a_region_live_on_their_income_alike() -> None:
    """With groups inside regions the block reaches every group, and regions are still their sums."""
    path = baseline(("household_groups", *BLOCK), settings(0.6, 0.6), last=LAST)
    found = run(path, better_ai(path))
    plain = baseline(("household_groups",), (("path.years_beyond", 40),), last=LAST)
    without = run(plain, better_ai(plain))
    households = found.benchmark.households
    small, large = (change(x, "spending", START, *households) for x in (found, without))
    assert 0 < small < large
    b = found.benchmark
    g = b.technology.household_groups
    assert g is not None
    for t in range(START, LAST):
        total = sum(found.values["group_spending"][n, t] for n in g.names)
        assert total == pytest.approx(sum(found.values["spending"][h, t] for h in households))


@pytest.mark.slow
def test_both_solvers_find_the_same() -> None:
    b = economy(BLOCK, settings(0.5, 0.5))
    found = []
    for solver in ("newton", "ipopt"):
        shop = Workshop(engine(solver))
        path = solve_baseline(b, "labour", True, LAST, workshop=shop)
        found.append(solve_policy(path, better_ai(path), START, workshop=shop))
    same(*found)
