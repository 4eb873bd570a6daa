"""Mode tasks in the economy: what AI may do bounds what it does, and what that can be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.calibration.parameters import load_parameters
from engels.model.economy import tasks
from engels.model.economy.trees import ai_users, exposed_pay
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import engine

from ..reported import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.conftest import Drivers, Runs

LAST, MOORE = 2035, 1.587401
ONE_BY_ONE = sorted(
    key
    for key, entry in load_parameters().frame().iterrows()
    if str(key).startswith(("tasks.", "elasticities.")) and entry["low"] < entry["high"]
)
"""Every elasticity, and what the tasks are calibrated with."""


def pairs(b: Benchmark) -> dict[tuple[str, str], tasks.Pair]:
    return {k: tasks.pair(b, *k) for k in ai_users(b, "tasks")}


@pytest.mark.parametrize("aggregation", ["5", "12", "43", "154"])
def test_the_base_year_is_that_of_the_accounts(runs: Runs, aggregation: str) -> None:
    b = runs.benchmark(aggregation)
    found = pairs(b)
    spent = work = 0.0
    for (j, s), p in found.items():
        i, k = b.index(j), b.skills.index(s)
        ai, pay = float(b.ai_purchases[i, k]), float(b.labour[i, k])
        assert p.kept + p.contested == pytest.approx(pay, rel=1e-12)
        assert p.kept > 0 < p.contested
        assert p.contested * p.done / (1 - p.done) == pytest.approx(ai, rel=1e-10)
        assert 0 < p.contestable <= p.exposed
        spent, work = spent + ai + p.contested, work + float(b.exposure[i, k]) * (ai + pay)
    # as calibrated, less what sectors that do nearly all of it cannot hold
    assert spent / work == pytest.approx(b.tasks.contestable, rel=0.05)
    assert spent / work <= b.tasks.contestable * (1 + 1e-9)
    usual = {round(p.done, 12) for p in found.values()}
    assert len(usual) == 1 or aggregation in ("43", "154")


def test_too_little_contestable_work_for_what_ai_costs_is_refused() -> None:
    b = calibrate("5")
    more = b.with_(ai_purchases=6 * b.ai_purchases)
    with pytest.raises(Exception, match=r"larger tasks\.contestable"):
        pairs(more)


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.floats(0.0, 6.0), st.floats(0.0, 0.9))
def test_ai_does_no_more_than_it_may(
    runs: Runs, level: Callable[..., Drivers], log_z: float, opened: float
) -> None:
    origin = runs.baseline("5", "tasks", False, 2027)
    drivers = level(origin, "ai_productivity", 10**log_z)
    s = runs.policy(origin, drivers | level(origin, "automation_depth", opened))
    rows = rows_of(s)
    for (j, skill), p in pairs(s.benchmark).items():
        may, does = (rows[name, j, skill, 2027] for name in ("contestable_job", "automated_job"))
        line = p.contestable + (p.exposed - p.contestable) * opened
        assert line - 0.011 * p.contestable <= may <= line * (1 + 1e-12)
        assert 0 < does <= may * (1 + 1e-12) <= p.exposed * (1 + 1e-9)


def test_ai_without_end_does_all_that_it_may(runs: Runs, level: Callable[..., Drivers]) -> None:
    """And the high skill, most exposed, responds with the others."""
    origin = runs.baseline("5", "tasks", False, 2027)
    s = runs.policy(origin, level(origin, "ai_productivity", 1e6))
    rows = rows_of(s)
    assert rows["automated_share", "", "", 2027] == pytest.approx(
        rows["contestable_share", "", "", 2027], rel=1e-9
    )
    assert rows["automation_saving", "", "", 2027] == pytest.approx(1.0, abs=1e-3)
    gained = gain(s, 2027)
    assert 0 < gained <= largest_gain(s.benchmark, 0.0)


def test_a_little_better_ai_gains_its_cost_share(runs: Runs, level: Callable[..., Drivers]) -> None:
    """Hulten: GDP gains AI's cost over GDP times the improvement; what it displaces adds nothing to that."""
    origin = runs.baseline("5", "tasks", False, 2026)
    x = 1e-3
    s = runs.policy(origin, level(origin, "ai_productivity", 1 + x))
    b, before, after = s.benchmark, rows_of(origin), rows_of(s)
    spent = sum(
        before["ai_cost_share", j, "", 2026]
        * before["price_output", j, "", 2026]
        * before["output", j, "", 2026]
        for j in b.sectors
    )
    hulten = x * spent / before["gdp_nominal", "", "", 2026]
    # taxes, labour supply and the terms of trade are what may set it apart
    assert gain(s, 2026) == pytest.approx(hulten, rel=0.35)
    # capacity is given in the year, so that AI becomes dearer and is cheaper by less than it is better
    cheaper = -np.log(
        after["ai_price_effective", "", "", 2026] / before["ai_price_effective", "", "", 2026]
    )
    assert 0 < cheaper < x
    done = [rows["automated_share", "", "", 2026] for rows in (before, after)]
    displaced = b.tasks.shape * (1 - tasks_done(origin)) * cheaper
    assert np.log(done[1] / done[0]) == pytest.approx(displaced, rel=0.05)
    # many times what the gain of GDP is
    assert displaced > 10 * gain(s, 2026)


def cost_of_ai(s: Solution, t: int) -> float:
    """What users spend on AI over GDP."""
    rows = rows_of(s)
    spent = sum(
        rows["ai_cost_share", j, "", t] * rows["price_output", j, "", t] * rows["output", j, "", t]
        for j in s.benchmark.sectors
    )
    return float(spent / rows["gdp_nominal", "", "", t])


@pytest.mark.parametrize("aggregation", ["5", "12"])
def test_what_better_ai_gains_is_explained_to_the_second_order(
    runs: Runs, level: Callable[..., Drivers], aggregation: str
) -> None:
    """Hulten with the mean of AI's cost share before and after (Törnqvist; Baqaee & Farhi 2019).

    Taxes, labour supply and the terms of trade set the gain apart by a part that is the same for a small
    improvement and a large one; the rise of the share is all that a small one does not have.
    """
    origin = runs.baseline(aggregation, "tasks", False, 2026)
    first, second = [], []
    for x in (0.001, 0.01, 0.1):
        s = runs.policy(origin, level(origin, "ai_productivity", 1 + x))
        before, after = (cost_of_ai(run, 2026) for run in (origin, s))
        gained = np.log1p(gain(s, 2026)) / np.log1p(x)
        first.append(gained / before)
        second.append(gained / ((before + after) / 2))
    assert second == pytest.approx([second[0]] * 3, rel=2e-3)
    assert first[2] / first[0] > 1.04


def tasks_done(s: Solution) -> float:
    """AI's part of the contestable tasks, in the first year of the run."""
    rows = rows_of(s)
    return rows["automated_share", "", "", 2026] / rows["contestable_share", "", "", 2026]


def gain(s: Solution, year: int) -> float:
    assert s.origin is not None
    return s.values["gdp_real"][year] / s.origin.values["gdp_real"][year] - 1


def largest_gain(b: Benchmark, price: float) -> float:
    """Bound on the gain of GDP where an effective unit of AI costs ``price`` of one of labour.

    Cheaper AI makes labour of a pair 1/P as effective, P the unit cost of its work with labour's at one. GDP
    is concave in the factors, so with capital given it gains at most the pay of all work times (1/P - 1);
    over GDP, that is at most the share of labour, below one; with capital that follows, at most the mean
    of 1/P - 1 itself.
    """
    t, total, found = b.tasks, 0.0, 0.0
    for (j, s), p in pairs(b).items():
        i, k = b.index(j), b.skills.index(s)
        pay = float(b.ai_purchases[i, k] + b.labour[i, k])
        odds = p.done / (1 - p.done)
        contest = 0.0 if price == 0 else (1 + odds * price**-t.shape) ** (-1 / t.shape)
        r = 1 - t.elasticity
        cost = ((1 - p.contestable + p.contestable * contest**r) / p.scale**r) ** (1 / r)
        total, found = total + pay, found + pay * (1 / cost - 1)
    return found / total


@pytest.mark.slow
@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("key", ONE_BY_ONE)
def test_moore_stays_in_the_band_of_contestable_work(key: str, end: str) -> None:
    """A hundredfold of quality, over the whole range of every elasticity: no number decides it alone."""
    ends = load_parameters().frame().loc[key]
    b = calibrate("5", {key: float(ends[end])})
    origin = solve_baseline(b, "tasks", False, LAST, workshop=Workshop(engine("newton")))
    path = {t: MOORE ** (t - 2025) for t in range(2026, LAST + 1)}
    s = solve_policy(origin, {"ai_productivity": path}, 2026, workshop=Workshop(engine("newton")))
    q = rows_of(s)["ai_price_effective", "", "", LAST]
    wages = [
        s.values["wage"][k, LAST]
        / s.values["price_consumption"][LAST]
        / s.values["labour_efficiency"][LAST]
        for k in b.skills
    ]
    assert 0 < gain(s, LAST) <= largest_gain(b, q / max(wages))


def test_the_contestable_share_is_the_base_years_and_never_below_zero() -> None:
    for p in pairs(calibrate("5")).values():
        share = [float(tasks.open_to_ai(p, h)) for h in np.linspace(-0.5, 0.999, 200)]
        assert tasks.open_to_ai(p, 0.0) == pytest.approx(p.contestable, rel=1e-14)
        assert min(share) > 0
        assert max(share) <= p.exposed
        assert np.all(np.diff(share) > 0)


def test_new_tasks_take_places_of_contestable_ones() -> None:
    """Weights of skills in what AI takes over add up to exposed pay."""
    b = calibrate("5")
    for j in exposed_pay(b):
        i = b.index(j)
        assert float(np.dot(b.exposure[i], b.labour[i])) == pytest.approx(exposed_pay(b)[j])
