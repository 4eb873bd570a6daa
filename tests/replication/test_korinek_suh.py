"""Korinek & Suh 2024: laws of the economy, and what is printed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.replication import korinek_suh_2024 as study
from engels.replication.korinek_suh_economy import (
    Setting,
    bounded,
    continued,
    mixed,
    moment,
    pareto,
    solved,
)
from engels.replication.sheet import load_sheet

SHARES = st.floats(0.01, 1.0)
CAPITAL = st.floats(0.05, 50.0)
SIGMA = st.sampled_from([0.2, 0.5, 0.8])


@pytest.fixture(scope="module")
def setting() -> Setting:
    return study.setting()


@pytest.fixture(scope="module")
def usual(setting: Setting) -> pd.DataFrame:
    return solved(setting, pareto(setting.automated, 0.01), 200, 400)


@settings(deadline=None)
@given(SHARES, CAPITAL, SIGMA)
def test_factors_earn_all_output_and_labour_never_less_than_capital(
    phi: float, capital: float, sigma: float
) -> None:
    now = moment(phi, capital, sigma, 0.5)
    assert now.wage + now.rent * capital == pytest.approx(now.output, rel=1e-9)
    assert now.wage >= now.rent * (1 - 1e-9)
    assert now.automated <= phi + 1e-12


@settings(deadline=None)
@given(SHARES, CAPITAL, SIGMA)
def test_more_automation_never_lowers_output_or_the_return(
    phi: float, capital: float, sigma: float
) -> None:
    before, after = (moment(x, capital, sigma, 0.5) for x in (0.9 * phi, phi))
    assert after.output >= before.output * (1 - 1e-9)
    assert after.rent >= before.rent * (1 - 1e-9)


@settings(deadline=None)
@given(st.floats(0, 60))
def test_frontiers_stay_shares_and_mix(t: float) -> None:
    fast, tail = bounded(0.6, 20), pareto(0.6, 0.01)
    both = mixed(0.5, fast, tail)(t)
    assert 0.6 <= tail(t) < 1
    assert fast(t) == (1.0 if t >= 20 else pytest.approx(0.6 + 0.02 * t))
    assert min(fast(t), tail(t)) <= both <= max(fast(t), tail(t))


def test_blocks_and_closed_form_agree_at_every_moment(
    setting: Setting, usual: pd.DataFrame
) -> None:
    for row in usual.iloc[::40].itertuples():
        now = moment(row.phi, row.K, setting.elasticity, setting.productivity)
        assert (now.output, now.wage, now.rent) == pytest.approx((row.Y, row.w, row.R), rel=1e-7)


def test_business_as_usual_does_not_hang_on_its_horizon(
    setting: Setting, usual: pd.DataFrame
) -> None:
    shorter = solved(setting, pareto(setting.automated, 0.01), 150, 300)
    pd.testing.assert_frame_equal(shorter.loc[:60.0], usual.loc[:60.0], rtol=1e-3)


def test_business_as_usual_as_printed(setting: Setting, usual: pd.DataFrame) -> None:
    figures = study.of_usual(load_sheet(study.KEY), setting, usual, 0.01)
    assert [f.passed for f in figures] == [True] * 4


@pytest.mark.parametrize(("rate", "case"), [(0.2, "case 1"), (0.1, "case 2"), (0.05, "case 3")])
def test_race_between_automation_and_capital(setting: Setting, rate: float, case: str) -> None:
    assert study.case_of_tail(setting, rate) == case


def test_static_panels_as_printed(setting: Setting) -> None:
    figures = study.of_static(load_sheet(study.KEY), setting)
    assert [f.label for f in figures if not f.passed] == []
    even = study.static_figures(load_sheet(study.KEY), "even", setting.productivity)
    assert even["peak"] == pytest.approx(1 - math.sqrt(0.5), abs=1e-4)


def test_later_agi_lets_wages_rise_longer(setting: Setting) -> None:
    """Any year of full automation, from the scenarios' own sheet."""
    paths = {
        T: solved(setting, bounded(setting.automated, T), T, 200)
        for T in load_sheet(study.KEY).numbers("other_horizons")
    }
    table = study.horizons_table(paths)
    assert table["peak_wage_over_first"].is_monotonic_increasing
    assert table["region_2_year"].is_monotonic_increasing
    assert (table["region_2_year"] < table.index).all()
    assert table["first_consumption"].is_monotonic_increasing


def test_baseline_as_printed_and_as_computed(setting: Setting) -> None:
    sheet = load_sheet(study.KEY)
    figures = study.of_baseline(sheet, setting, study.full_automation(setting, 20, sheet), 20)
    assert [f.label for f in figures if not f.passed] == []


def test_carried_on_path_accumulates(setting: Setting) -> None:
    step = 0.05
    found = solved(setting, bounded(setting.automated, 5), 5, 100)
    later = continued(setting, found, 12, step).loc[5.0:]
    net = later["Y"] - setting.depreciation * later["K"] - later["C"]
    mean = step * (net + net.shift(-1)) / 2
    assert later["K"].diff().shift(-1).dropna().to_numpy() == pytest.approx(
        mean.dropna().to_numpy(), rel=1e-4
    )
    growth = np.log(later["C"]).diff().dropna() / step
    assert growth.to_numpy() == pytest.approx(0.18)


def test_fixed_factor_earns_its_share(setting: Setting) -> None:
    mu = 0.1
    frame = solved(study.setting(mu), pareto(setting.automated, 0.01), 200, 400)
    paid = frame["w"] + frame["R"] * frame["K"]
    assert paid.to_numpy() == pytest.approx(((1 - mu) * frame["Y"]).to_numpy(), rel=1e-7)


@pytest.mark.slow
def test_everything_printed_is_reproduced() -> None:
    outcome = study.run()
    assert outcome.missed == []
    assert {"scenarios", "horizons", "bouts"} == set(outcome.frames)
    assert outcome.figure is not None
