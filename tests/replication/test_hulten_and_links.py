"""Acemoglu, Jones, Chen, Eloundou, Allen: what was printed comes out, and the formulas keep their laws."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.calibration import calibrate
from engels.replication import acemoglu_2024, allen_2009, chen_2019, eloundou_2023, jones_2026
from engels.replication.acemoglu_2024 import Inputs
from engels.replication.sheet import load_sheet
from engels.replication.studies import load_study

share = st.floats(0.01, 0.9)


@pytest.mark.parametrize("key", ["acemoglu_2024", "eloundou_2023", "allen_2009", "chen_2019"])
def test_what_was_seen_printed_comes_out(key: str) -> None:
    outcome = load_study(key).run()
    assert [f.label for f in outcome.missed] == []
    assert any(f.decides and f.passed for f in outcome.figures)


@pytest.mark.parametrize("key", ["acemoglu_2024", "allen_2009", "jones_2026"])
def test_what_was_computed_before_still_comes_out(key: str) -> None:
    assert [f.label for f in load_study(key).run().figures if f.passed is False] == []


def test_no_recalled_number_is_marked_as_seen() -> None:
    """Table 3 of Eloundou and others was recalled, the reports on Jones are secondary."""
    table = [f for f in eloundou_2023.run().figures if f.source == "Table 3"]
    assert len(table) == 12 and {f.mark for f in table} == {"M"}
    assert not any(f.decides for f in jones_2026.run().figures)


# ------------------------------------------------------------------ Acemoglu


@given(share, share, share, share, share, share, share)
def test_hulten(
    exposed: float,
    feasible: float,
    saving: float,
    labour: float,
    hard: float,
    easy: float,
    capital: float,
) -> None:
    x = Inputs(exposed, feasible, saving, labour, hard, easy, capital)
    assert x.tfp == pytest.approx(exposed * feasible * saving * labour)
    assert x.gdp(x.tfp) >= x.tfp
    same = replace(x, saving_hard=saving)
    assert same.tfp_hard == pytest.approx(same.tfp)
    bounds = sorted((x.tfp, x.affected * x.overall_hard))
    assert bounds[0] - 1e-15 <= x.tfp_hard <= bounds[1] + 1e-15


def test_easy_and_hard_exposure_are_all_exposure() -> None:
    frame = acemoglu_2024.table_1(load_sheet("acemoglu_2024"))
    gap = (frame["easy"] + frame["hard"] - frame["exposure"]).abs().max()
    assert gap <= 0.00015  # three numbers rounded to 0.0001


def test_inputs_are_exchangeable() -> None:
    base = acemoglu_2024.baseline(load_sheet("acemoglu_2024"))
    double = acemoglu_2024.headline(replace(base, feasible=2 * base.feasible))
    assert double["tfp"] == pytest.approx(2 * acemoglu_2024.headline(base)["tfp"])


def test_china_is_hultens_sum_over_sectors() -> None:
    b = calibrate()
    base = acemoglu_2024.baseline(load_sheet("acemoglu_2024"))
    here = acemoglu_2024.china(base, b)
    added = b.labour.sum(axis=1) + b.capital
    labour_share = b.labour.sum(axis=1) / added
    exposure = (b.exposure * b.labour).sum(axis=1) / b.labour.sum(axis=1)
    total = float((added / added.sum() * exposure * labour_share).sum())
    assert here.tfp == pytest.approx(total * base.feasible * base.saving)
    assert 0 < here.labour_share < 1 and here.capital_share < 1


def test_those_less_exposed_than_output_grows_gain() -> None:
    wages = acemoglu_2024.direct_wages(0.02, np.array([0.01, 0.02, 0.03]), 0.5)
    assert wages == pytest.approx([0.02, 0.0, -0.02])


# --------------------------------------------------------------------- Jones


@given(share, st.floats(0.1, 0.9), st.floats(1.0, 100.0))
def test_weak_links_bound_output(s: float, sigma: float, productivity: float) -> None:
    made = jones_2026.output(s, productivity, sigma)
    bound = jones_2026.bound(s, sigma)
    assert 1 - 1e-12 <= made <= bound * (1 + 1e-9)
    assert jones_2026.output(s, 2 * productivity, sigma) >= made
    assert jones_2026.bound_reallocated(s, sigma) >= bound


@given(share)
def test_at_one_half_the_bound_is_one_over_the_rest(s: float) -> None:
    assert jones_2026.bound(s, 0.5) == pytest.approx(1 / (1 - s))
    assert jones_2026.bound_reallocated(s, 0.5) == pytest.approx(1 / (1 - s) ** 2)


# ---------------------------------------------------------------------- Chen


@given(st.floats(0.01, 1.0), st.integers(1, 40))
def test_yearly_growth_adds_up(gain: float, years: int) -> None:
    assert (1 + chen_2019.yearly(gain, years)) ** years == pytest.approx(1 + gain)


def test_the_multiplier_is_the_tables_and_not_fitted() -> None:
    share_of_capital = chen_2019.capital_share(calibrate())
    outcome = chen_2019.run()
    found = {f.label: f.ours for f in outcome.figures}
    assert found["1/(1 - capital share) of the China model"] == pytest.approx(
        1 / (1 - share_of_capital)
    )


# ------------------------------------------------------------------ Eloundou


@cache
def averaged() -> pd.DataFrame:
    return eloundou_2023.merged(each=False)


@given(st.floats(0, 1), st.floats(0, 1))
def test_fewer_workers_are_more_exposed(one: float, other: float) -> None:
    frame = averaged()
    low, high = sorted((one, other))
    assert eloundou_2023.workers(frame, low) >= eloundou_2023.workers(frame, high)
    assert eloundou_2023.workers(frame, low) >= eloundou_2023.workers(frame, low, strict=True)


def test_merges_count_what_they_say() -> None:
    once, each = averaged(), eloundou_2023.merged(each=True)
    assert once.index.is_unique and set(each.index.str[:7]) == set(once.index)
    assert each["employment"].sum() > once["employment"].sum()
    scores = eloundou_2023.scores()
    assert len(scores) == 923
    middle = (scores["alpha"] + scores["gamma"]) / 2
    assert (scores["beta"] - middle).abs().max() < 1e-5


# --------------------------------------------------------------------- Allen


def test_paths_join_the_rates_of_the_periods() -> None:
    frame = allen_2009.accounts(load_sheet("allen_2009"))
    paths = allen_2009.index_paths(frame)
    assert list(paths.index) == list(range(1760, 1901))
    for _, row in frame.iterrows():
        years = row["last"] - row["first"]
        for column in ("output", "wage"):
            growth = np.log(paths[column][row["last"]] / paths[column][row["first"]]) / years
            assert growth == pytest.approx(row[column] / 100)


def test_a_wage_that_grows_with_output_has_no_pause() -> None:
    frame = pd.DataFrame(
        {"first": [1760, 1800], "last": [1800, 1830], "output": [0.5, 1.0], "wage": [0.5, 1.0]}
    )
    assert allen_2009.index_paths(frame)["ratio"].to_numpy() == pytest.approx(1.0)
