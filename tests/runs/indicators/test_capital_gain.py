"""What capital adds to GDP, and what of it is due to premia that differ between sectors."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engels.calibration.benchmark import Array
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import premium_shares, tornqvist
from engels.runs.indicators.report import Reporter
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.scenarios.variant import read_overrides, with_changes
from engels.runs.simulation.simulate import Session, SolvedScenario

LAST = 2035
values = arrays(float, (3, 4), elements=st.floats(0.1, 10.0))
premia = arrays(float, (3, 4), elements=st.floats(-0.1, 0.5))


BY_DEPRECIATION = "capital.income_weight=0"


@cache
def solved(closing: float = 0.0, expectations: str = "foresight", *settings: str) -> SolvedScenario:
    """Deep automation at five sectors, stocks by depreciation unless told, premia closing at a rate."""
    scenario = with_settings(
        load_scenario("deep_automation"), aggregation="5", expectations=expectations
    )
    changes = read_overrides(
        [f"capital.premium_closing={closing}", *(settings or (BY_DEPRECIATION,))]
    )
    changed = with_changes(scenario, changes)
    return Session("newton").solve(changed.model_copy(update={"last_year": LAST}))


def gains(found: SolvedScenario) -> tuple[Array, Array]:
    """(capital gain, of premia) by year, per cent of GDP."""
    rows = Reporter(found.reference)(found.run)
    own, premium = (
        np.array([100 * rows[name, "", "", t] for t in found.run.reported])
        for name in ("capital_gain", "premium_gain")
    )
    return own, premium


@given(values, premia)
def test_premium_shares_add_up_to_zero(value: Array, premium: Array) -> None:
    assert np.allclose(premium_shares(value, premium, np.ones(3)).sum(axis=1), 0, atol=1e-12)


@given(values, values, premia, st.floats(0.5, 2.0))
def test_equal_premia_or_equal_growth_gain_nothing(
    stock: Array, stock0: Array, premium: Array, factor: float
) -> None:
    alike = np.broadcast_to(premium[:, :1], premium.shape)
    share, share0 = (premium_shares(k, alike, np.ones(3)) for k in (stock, stock0))
    assert np.allclose(tornqvist(share, stock, share0, stock0), 0, atol=1e-12)
    share, share0 = (premium_shares(k, premium, np.ones(3)) for k in (factor * stock, stock))
    assert np.allclose(tornqvist(share, factor * stock, share0, stock), 0, atol=1e-12)


def test_moving_a_unit_to_a_better_sector_gains_the_difference_of_premia() -> None:
    stock0, moved = np.array([[100.0, 100.0]]), 1e-3
    stock = stock0 + np.array([[-moved, moved]])
    premium, gdp = np.array([[0.02, 0.12]]), np.array([50.0])
    shares = (premium_shares(k, premium, gdp) for k in (stock, stock0))
    found = tornqvist(next(shares), stock, next(shares), stock0)
    assert found[0] == pytest.approx(0.10 * moved / 50.0, rel=1e-4)


def returns_alike(path: Solution) -> tuple[Array, Array]:
    """Stocks, and income shares of GDP had all capital to return the mean: from the arbitrage condition.

    Interest and the mean premium on what capital was worth, and what it lost in value, T x N.
    """
    b, v = path.benchmark, path.values
    sectors = [n for n, j in enumerate(b.sectors) if j != b.ai]
    stock, left = b.capital_stock[sectors], b.path.premia
    premium = b.capital[sectors] / stock - b.depreciation[sectors]
    premium -= (premium * stock).sum() / stock.sum()
    g0 = float((b.investment.sum() - (b.depreciation * b.capital_stock).sum()) / stock.sum())
    a = b.elasticities.adjustment_capital
    shares, stocks = [], []
    for t in path.reported[1:]:
        q, then, k = (
            np.array([v[name][b.sectors[n], year] for n in sectors])
            for name, year in (("tobin_q", t - 1), ("tobin_q", t), ("capital", t))
        )
        rate = np.array([v["investment"][b.sectors[n], t] for n in sectors]) / k
        xi = premium * left[t - 1 - b.base_year]
        mean = (xi * q * k).sum() / (q * k).sum()
        delta = b.depreciation[sectors]
        saved = (
            v["price_investment"][t]
            * a
            / 2
            * (rate**2 - (delta + g0 + v["investment_trend"][t]) ** 2)
        )
        income = q * (1 + v["interest_rate"][t - 1] + mean) - (1 - delta) * then - saved
        shares.append(income * k / v["gdp_nominal"][t])
        stocks.append(k)
    return np.array(stocks), np.array(shares)


@pytest.mark.parametrize("closing", [0.0, 0.14])
def test_capital_gain_is_the_gain_at_equal_returns_and_that_of_premia(closing: float) -> None:
    found = solved(closing)
    own, premium = gains(found)
    run, reference = (returns_alike(path) for path in (found.run, found.reference))
    rest = 100 * tornqvist(run[1], run[0], reference[1], reference[0])
    assert own[1:] == pytest.approx(rest + premium[1:], abs=1e-7)
    assert own[0] == premium[0] == 0
    assert np.abs(premium).max() > 1e-4


@pytest.mark.parametrize("expectations", ["foresight", "recursive"])
def test_premia_that_close_account_for_less_and_less(expectations: str) -> None:
    held, closing = (gains(solved(rate, expectations))[1] for rate in (0.0, 0.3))
    assert abs(closing[-1]) < 0.1 * abs(held[-1])


def net_returns(path: Solution, t: int) -> Array:
    b, v = path.benchmark, path.values
    return np.array(
        [
            b.capital[n] / b.capital_stock[n] * v["rental"][j, t] / v["price_investment"][t]
            - b.depreciation[n]
            for n, j in enumerate(b.sectors)
            if j != b.ai
        ]
    )


def test_premia_that_close_move_capital_of_the_baseline_until_returns_are_alike() -> None:
    held, closing = (solved(rate).reference for rate in (0.0, 0.3))
    first, last = net_returns(held, held.years[0]), net_returns(closing, LAST)
    assert np.ptp(last) < 0.2 * np.ptp(first)
    assert np.ptp(net_returns(held, LAST)) > 0.6 * np.ptp(first)
    best = int(np.argmax(first))
    j = [j for j in held.benchmark.sectors if j != held.benchmark.ai][best]
    assert closing.values["capital"][j, LAST] > 1.05 * held.values["capital"][j, LAST]


def test_premia_are_held_where_they_are_not_closed() -> None:
    assert (solved(0.0).reference.benchmark.path.premia == 1).all()


PURCHASING_POWERS = "capital.output_ratio=4.84"
NATIONAL_PRICES = "capital.output_ratio=3.17"
ALIKE = "capital.income_weight=1"


@pytest.mark.parametrize(
    ("settings", "above"),
    [
        ((PURCHASING_POWERS, BY_DEPRECIATION), False),
        ((NATIONAL_PRICES, BY_DEPRECIATION), True),
        ((NATIONAL_PRICES, ALIKE), True),
    ],
)
def test_the_interest_rate_and_growth(settings: tuple[str, ...], above: bool) -> None:
    """Capital at national prices lets it exceed growth in every year after the rebound of 2021."""
    path = solved(0.0, "foresight", *settings).reference
    gdp = path.values["gdp_real"]
    years = [t for t in path.reported[:-1] if t > path.benchmark.base_year]
    gaps = [path.values["interest_rate"][t] - (gdp[t + 1] / gdp[t] - 1) for t in years]
    assert (min(gaps) > 0) is above


def test_where_all_capital_earns_the_same_premia_gain_nothing() -> None:
    _, premium = gains(solved(0.0, "foresight", NATIONAL_PRICES, ALIKE))
    assert np.abs(premium).max() < 1e-8
