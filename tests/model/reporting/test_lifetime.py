"""Lifetime welfare: closed forms, laws of the equivalent variation, and what a solved run reports."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engels.calibration import calibrate
from engels.model.algebra.point import Point
from engels.model.reporting.lifetime import (
    Calendar,
    calendar,
    lifetime_gain,
    lifetime_welfare,
    present_value,
    series_beyond,
)
from engels.model.reporting.measures import equivalent_variation
from engels.model.solving.solution import Solution
from engels.runs.indicators.report import Reporter
from engels.runs.scenarios.scenario import load_scenario
from engels.runs.simulation.simulate import Session

YEARS = 6
BETA = 0.96

paths = arrays(float, YEARS, elements=st.floats(0.2, 5.0))
elasticities = st.sampled_from([0.2, 0.5, 1.0, 1.0 + 1e-13, 2.0])


def years(price: np.ndarray, beyond: float = 0.0, growth: float = 1.0) -> Calendar:
    """Consecutive years with these prices of money."""
    at = np.arange(2026.0, 2026.0 + len(price))
    return Calendar(at, at, price, beyond, growth)


@given(paths, paths, paths, st.floats(-0.5, 2.0), elasticities, st.floats(0.0, 40.0))
def test_so_much_more_in_every_year_is_worth_so_much(
    price: np.ndarray, spent: np.ndarray, real: np.ndarray, x: float, s: float, beyond: float
) -> None:
    """Whatever tastes, prices and interest are, if nothing is committed."""
    when = years(price, beyond, 1.02)
    wealth, _ = present_value(when, spent)
    gains = lifetime_gain(when, spent, real, (1 + x) * real, BETA, s)
    assert gains == pytest.approx((x * wealth, x * wealth), rel=1e-9, abs=1e-12)


@given(paths, paths, paths, paths, elasticities)
def test_moving_consumption_through_time_gains_nothing(
    price: np.ndarray, spent: np.ndarray, real: np.ndarray, other: np.ndarray, s: float
) -> None:
    """Of the same wealth, at the prices of the reference, nothing is better than the reference."""
    when = years(price)
    wealth, _ = present_value(when, spent)
    ratio = other * wealth / present_value(when, spent * other)[0]
    gain, _ = lifetime_gain(when, spent, real, ratio * real, BETA, s)
    assert gain <= 1e-9 * wealth
    if np.ptp(ratio) > 0.1:
        assert gain < 0


def test_logarithmic_utility_of_one_good() -> None:
    """U = sum d log c: the gain is the geometric mean of c, by the shares of wealth spent in each year."""
    price, spent = np.array([1.0, 0.9]), np.array([2.0, 3.0])
    gain, _ = lifetime_gain(years(price), spent, spent, spent * [1.1, 0.8], BETA, 1.0)
    share = 2.0 / 4.7
    assert gain == pytest.approx(4.7 * (1.1**share * 0.8 ** (1 - share) - 1), rel=1e-12)


@given(paths, paths, paths, st.sampled_from([0.3, 0.5, 2.0]))
def test_the_expenditure_function_of_constant_elasticity(
    price: np.ndarray, real: np.ndarray, other: np.ndarray, s: float
) -> None:
    """One good: the least wealth for the run's utility, from the first-order conditions, less that spent."""
    power = 1 - 1 / s
    taste = price * real ** (1 / s)  # by which the reference is what its household chooses
    utility = float(taste @ other**power)
    wish = (taste / price) ** s
    scale = (utility / float(taste @ wish**power)) ** (1 / power)
    least = scale * float(price @ wish)
    gain, _ = lifetime_gain(years(price), real, real, other, BETA, s)
    assert gain == pytest.approx(least - float(price @ real), rel=1e-8, abs=1e-9)


@given(paths, paths, paths, elasticities)
def test_with_beta_alone_the_gain_is_a_rise_in_every_year(
    price: np.ndarray, real: np.ndarray, other: np.ndarray, s: float
) -> None:
    """Lucas (1987): with it the reference has the utility of the run."""
    power = 1 - 1 / s
    when = years(price)
    wealth, _ = present_value(when, real)
    _, gain = lifetime_gain(when, real, real, other, BETA, s)
    patience = BETA ** np.arange(YEARS)
    raised = (1 + gain / wealth) * real
    if s == 1.0:
        assert patience @ np.log(raised) == pytest.approx(patience @ np.log(other), abs=1e-9)
    elif abs(power) > 1e-3:
        assert patience @ raised**power == pytest.approx(patience @ other**power, rel=1e-9)


def test_years_beyond_the_last_are_balanced_growth_for_ever() -> None:
    """As if thousands of years were solved: spending grows, interest stays, and the gap is the last one."""
    growth, interest, s = 1.02, 0.05, 0.5
    t = np.arange(4.0)
    price, spent = (1 + interest) ** -t, np.array([1.0, 1.1, 1.3, 1.2])
    ratio = np.array([1.0, 0.98, 1.05, 1.1])
    short = years(price, series_beyond(growth / (1 + interest)), growth)
    more = np.arange(1.0, 3000.0)
    long = years(np.append(price, price[-1] * (1 + interest) ** -more))
    far = np.append(spent, spent[-1] * growth**more)
    far_ratio = np.append(ratio, np.full(len(more), ratio[-1]))
    assert present_value(short, spent)[0] == pytest.approx(present_value(long, far)[0])
    gains = lifetime_gain(short, spent, spent, ratio * spent, BETA, s)
    assert gains == pytest.approx(lifetime_gain(long, far, far, far_ratio * far, BETA, s))


def test_growth_above_interest_has_no_tail() -> None:
    assert series_beyond(1.0) == series_beyond(1.1) == 0.0
    assert series_beyond(0.5) == 1.0


def solution(solved: list[int], interest: float, growth: float) -> Solution:
    """A path of one rate of interest."""
    b = calibrate("5")
    rates = {"interest_rate": dict.fromkeys(solved[:-1], interest)}
    return Solution(b, "labour", True, tuple(solved), solved[0], "", growth, solved[-1], rates)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.03, 0.1), st.floats(1.0, 1.025))
def test_long_periods_count_all_their_years(interest: float, growth: float) -> None:
    """On a path of constant growth a grid of long periods has the present value of single years."""
    values = []
    for solved in ([*range(2026, 2032), 2033, 2037, 2045, 2046], list(range(2026, 2047))):
        when = calendar(solution(solved, interest, growth), 2028)
        spent = when.every_year(growth ** np.array([t - 2028.0 for t in solved if t >= 2028]))
        assert len(spent) == 19
        values.append(present_value(when, spent))
    whole = (1 + interest) / (1 + interest - growth)
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    assert values[0][0] == pytest.approx(whole, rel=1e-9)


@pytest.fixture(scope="module", params=["foresight", "recursive"])
def solved(request: pytest.FixtureRequest) -> tuple[Solution, Solution]:
    """Reference and run of the central path with household groups, to 2032; years beyond with foresight."""
    beyond = {"path.years_beyond": 20} if request.param == "foresight" else {}
    blocks = {"household_groups.active": 1, "labour_market.active": 1}
    settings = {"aggregation": "5", "expectations": request.param, "last_year": 2032}
    scenario = load_scenario("ai_central").model_copy(
        update={**settings, "parameters": {**blocks, **beyond}}
    )
    found = Session("newton").solve(scenario)
    return found.reference, found.run


def test_lifetimes_of_a_solved_run(solved: tuple[Solution, Solution]) -> None:
    reference, run = solved
    b, since = run.benchmark, run.announced
    found = lifetime_welfare(b, reference, run, since)
    groups = b.technology.household_groups
    assert groups is not None
    assert set(found) == {"", *b.households, *groups.names}
    assert found[""].gain == pytest.approx(sum(found[h].gain for h in b.households))
    when = calendar(reference, since)
    assert (found[""].tail > 0) == (when.beyond > 0)
    for h in b.households:
        # of the yearly measure every year may be taken at its own utility, which cannot be worse
        yearly = [
            reference.values["supernumerary"][h, t]
            + equivalent_variation(b, Point(reference.values, {}), Point(run.values, {}), h, t)
            for t in (int(t) for t in when.solved)
        ]
        beyond = [reference.values["supernumerary"][h, int(t)] for t in when.solved]
        most = present_value(when, when.every_year(np.array(yearly)))[0]
        most -= present_value(when, when.every_year(np.array(beyond)))[0]
        assert found[h].gain <= most + 1e-9
        assert found[h].gain == pytest.approx(most, rel=0.1)


def test_the_reference_gains_nothing_and_has_the_rows_of_the_run(
    solved: tuple[Solution, Solution],
) -> None:
    reference, run = solved
    report = Reporter(reference)
    own, other = report(run), report(reference, run.announced)
    rows = {k for k in own if k[0].startswith("welfare_") and k[0] != "welfare_ev"}
    assert rows <= set(other)
    lifetimes = [k for k in rows if "lifetime" in k[0]]
    assert len(lifetimes) == 3 * (1 + 2 + len(run.benchmark.technology.household_groups.names))  # type: ignore[union-attr]
    assert all(other[k] == 0 for k in lifetimes)
    assert {k[3] for k in lifetimes} == {run.announced}
