"""Accounting on results: Engels' pause, the labour share's parts, groups, deviations."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rich.console import Console

from engels.calibration.benchmark import Benchmark
from engels.runs.console.progress import solving_progress
from engels.runs.indicators import deviations
from engels.runs.indicators.headline import (
    ROWS,
    comparison_table,
    headline,
    headline_table,
    run_table,
    spell,
)
from engels.runs.indicators.labels import FILE, labels
from engels.runs.store.inputs import RunResult

flows = arrays(float, (4, 3), elements=st.floats(0.01, 10.0))


def test_pause_needs_both() -> None:
    wage = np.array([1.0, 0.9, 1.1, 0.9, 1.0])
    output = np.array([1.0, 1.1, 1.1, 0.9, 1.2])
    ones = np.ones(5)
    assert deviations.engels_pause(wage, output, ones, ones, 0.0).tolist() == [
        False, True, False, False, False,
    ]  # fmt: skip


def test_a_gap_up_to_the_threshold_is_no_pause() -> None:
    wage, ones = np.array([0.9951, 0.9949]), np.ones(2)
    assert deviations.engels_pause(wage, 1.1 * ones, ones, ones, 0.005).tolist() == [False, True]


def test_solver_noise_is_no_pause() -> None:
    ones = np.ones(3)
    assert not deviations.engels_pause(ones - 1e-10, ones + 1e-10, ones, ones, 0.0).any()
    still = np.array([1.0, 1.0, 1.0])
    assert not deviations.pause_in_levels(still, still + np.array([0.0, 1e-10, 2e-10])).any()


positive = arrays(float, 8, elements=st.floats(0.1, 10.0))
thresholds = st.floats(0.0, 0.5)


@given(positive, positive, positive, positive, thresholds, thresholds)
def test_a_higher_threshold_never_has_more_years(
    wage: np.ndarray, output: np.ndarray, wage0: np.ndarray, output0: np.ndarray, a: float, b: float
) -> None:
    few, many = (
        deviations.engels_pause(wage, output, wage0, output0, x) for x in (max(a, b), min(a, b))
    )
    assert not (few & ~many).any()


@given(
    positive,
    positive,
    positive,
    positive,
    thresholds,
    st.sampled_from([2.0**-9, 0.5, 4.0, 2.0**10]),
)
def test_units_do_not_matter_to_a_pause(
    wage: np.ndarray,
    output: np.ndarray,
    wage0: np.ndarray,
    output0: np.ndarray,
    threshold: float,
    unit: float,
) -> None:
    here = deviations.engels_pause(wage, output, wage0, output0, threshold)
    there = deviations.engels_pause(
        unit * wage, output / unit, unit * wage0, output0 / unit, threshold
    )
    assert (here == there).all()
    assert (
        deviations.pause_in_levels(wage, output)
        == deviations.pause_in_levels(unit * wage, output / unit)
    ).all()


@given(positive, positive)
def test_a_pause_in_levels_is_growth_of_output_alone(wage: np.ndarray, output: np.ndarray) -> None:
    """It looks at one path; a wage that grows with output never pauses, one that falls always does."""
    assert not deviations.pause_in_levels(output, output).any()
    grown = 1.01 ** np.arange(8.0)
    assert deviations.pause_in_levels(1 / grown, grown).tolist() == [False] + [True] * 7
    found = deviations.pause_in_levels(wage, output)
    for t in np.flatnonzero(found):
        assert output[t] > output[t - 1] and wage[t] <= wage[t - 1] * (1 + deviations.NOISE)


def made(
    wages: np.ndarray, outputs: np.ndarray, other: float, threshold: float
) -> deviations.Pause:
    """The pause of a run whose reference has a wage of ``other`` and output of one in every year."""
    ones = np.ones_like(wages)
    marks = {
        "engels_pause": deviations.engels_pause(wages, outputs, other * ones, ones, threshold),
        "engels_pause_levels": deviations.pause_in_levels(wages, outputs),
    }
    rows = [
        (name, v, "", "", 2020 + n, float(x))
        for name, values in (
            ("run", {**marks, "real_wage": wages}),
            ("other", {"real_wage": other * ones}),
        )
        for v, path in values.items()
        for n, x in enumerate(path)
    ]
    columns = ["scenario", "variable", "sector", "group", "year", "value"]
    return deviations.pause_of(pd.DataFrame(rows, columns=columns), "run", "other")


def test_depth_and_loss_of_a_pause() -> None:
    pause = made(
        np.array([2.0, 1.8, 1.9, 1.998, 2.2]), np.array([1.0, 1.1, 1.2, 1.3, 1.4]), 2.0, 0.005
    )
    assert pause.years == (2021, 2022) and pause.levels == (2021,)
    assert pause.depth == pytest.approx(10.0) and pause.loss == pytest.approx(15.0)
    assert pause.until(2021).loss == pytest.approx(10.0)
    none = made(np.full(3, 2.0), np.ones(3), 2.0, 0.0)
    assert (none.years, none.depth, none.loss, none.levels) == ((), 0.0, 0.0, ())


@settings(max_examples=30, deadline=None)
@given(positive, positive, st.floats(0.5, 2.0))
def test_the_pause_in_levels_does_not_know_the_reference(
    wage: np.ndarray, output: np.ndarray, other: float
) -> None:
    assert made(wage, output, other, 0.005).levels == made(wage, output, 1.0, 0.005).levels


@settings(max_examples=30, deadline=None)
@given(positive, positive, thresholds)
def test_a_loss_is_between_the_depth_and_its_years(
    wage: np.ndarray, output: np.ndarray, threshold: float
) -> None:
    pause = made(wage, output, 2.0, threshold)
    assert (
        pause.depth
        <= pause.loss * (1 + 1e-12)
        <= pause.depth * max(1, len(pause.years)) * (1 + 1e-9)
    )
    assert all(gap >= 100 * threshold * (1 - 1e-9) for gap in pause.gaps)


@given(flows, flows, flows, flows)
def test_parts_of_the_labour_share_add_up(
    labour: np.ndarray, capital: np.ndarray, labour0: np.ndarray, capital0: np.ndarray
) -> None:
    income, income0 = labour + capital, labour0 + capital0
    within, between = deviations.labour_share_parts(labour, income, labour0, income0)
    total = labour.sum(1) / income.sum(1) - labour0.sum(1) / income0.sum(1)
    assert np.allclose(within + between, total, atol=1e-12)


@given(flows, flows, st.floats(0.1, 10.0))
def test_growth_of_one_sector_is_between(
    labour: np.ndarray, capital: np.ndarray, factor: float
) -> None:
    income = labour + capital
    grown = np.array([factor, 1.0, 1.0])
    within, _ = deviations.labour_share_parts(labour * grown, income * grown, labour, income)
    assert np.allclose(within, 0.0, atol=1e-12)


def test_a_sector_without_income_counts_nothing() -> None:
    labour, income = np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]])
    within, between = deviations.labour_share_parts(labour * 0.5, income, labour, income)
    assert (within[0], between[0]) == (-0.25, 0.0)


def test_group_totals(benchmark: Benchmark) -> None:
    totals = deviations.group_totals(np.arange(10.0).reshape(2, 5), benchmark)
    assert {k: v.tolist() for k, v in totals.items()} == {
        "primary": [0.0, 5.0],
        "secondary": [3.0, 13.0],
        "tertiary": [7.0, 17.0],
        "labour_intensive": [3.0, 13.0],
        "capital_intensive": [7.0, 22.0],
    }


def test_deviations(frame: pd.DataFrame) -> None:
    table = deviations.deviations(frame, "ai_central", "baseline").set_index(
        ["variable", "sector", "group", "year"]
    )
    assert table.loc[("gdp_real", "", "", 2050), "deviation"] == pytest.approx(5.0)
    assert table.loc[("labour_share", "", "", 2050), "deviation"] == pytest.approx(-1.5)
    assert table.loc[("labour_share", "", "", 2050), "unit"] == "points"
    assert table.loc[("gdp_real", "", "", 2020), "deviation"] == 0.0


def test_pause_years_of_a_run(frame: pd.DataFrame) -> None:
    pause = deviations.pause_of(frame, "ai_central", "baseline")
    assert pause.years == tuple(range(2027, 2032)) and pause.levels == ()
    assert pause.depth == pytest.approx(0.1664)  # of 0.02 x - 0.06 x^2 at x = 4/25
    assert deviations.pause_of(frame, "baseline", "baseline").years == ()


@given(st.sets(st.integers(2020, 2060)))
def test_spans_hold_every_year_once(years: set[int]) -> None:
    found = [y for a, b in deviations.spans(sorted(years)) for y in range(a, b + 1)]
    assert found == sorted(years)


def test_spelled_years() -> None:
    assert spell([2026, 2027, 2028, 2040]) == "2026–2028, 2040"


def text_of(table: object, width: int = 140) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_headline_on_screen(frame: pd.DataFrame) -> None:
    table = headline_table(frame, "ai_central", "baseline", "Title", "Below", threshold=0.001)
    # sentences below the table break where it ends
    text = " ".join(text_of(table).split())
    assert "against Baseline" in text
    assert "+5.00 %" in text and "-1.50 pp" in text
    assert "over 0.1% below): 2027–2031; at most 0.17% below" in text
    assert "in levels: none" in text
    assert "+3.00% of spending (rural +1.00, urban +2.00), +300 tn yuan" in text
    assert "beta alone +1.50%; years after the last weigh 25%" in text
    chinese = text_of(
        headline_table(frame, "ai_central", "baseline", "Title", language="zh", threshold=0.001)
    )
    assert "劳动收入份额" in chinese


def test_lifetime_welfare_is_one_figure_of_the_headline(frame: pd.DataFrame) -> None:
    rows = headline(frame, "ai_central", "baseline").set_index("indicator")
    for name, share in (("", 3.0), ("_rural", 1.0), ("_urban", 2.0)):
        row = rows.loc[f"welfare_lifetime{name}"]
        assert (row["year"], row["unit"]) == (2026, "%")
        assert (row["value"], row["deviation"]) == pytest.approx((100 * share, share))
    # a batch may keep other figures
    kept = frame[~frame["variable"].str.startswith("welfare_")]
    found = headline(kept, "ai_central", "baseline")["indicator"]
    assert not found.str.startswith("welfare_").any()
    assert "Lifetime" not in text_of(
        headline_table(kept, "ai_central", "baseline", "Title", threshold=0.001)
    )


def test_headline_of_the_baseline_shows_no_deviation(frame: pd.DataFrame) -> None:
    figures = headline(frame, "baseline", "baseline")
    assert (figures["deviation"] == 0).all()
    text = text_of(headline_table(frame, "baseline", "baseline", "Title", threshold=0.001))
    assert "0.00 %" in text and "-0.00" not in text and "+0.00" not in text
    assert "none" in text


def test_what_a_swap_found_is_shown(frame: pd.DataFrame) -> None:
    assert "Depth of automation" not in text_of(
        headline_table(frame, "ai_central", "baseline", "Title", threshold=0.001)
    )
    found = (frame["variable"] == "automation_depth") & (frame["scenario"] == "ai_central")
    swapped = frame.assign(value=frame["value"].where(~found, 0.1))
    text = text_of(headline_table(swapped, "ai_central", "baseline", "Title", threshold=0.001))
    assert "Depth of automation" in text and "+10.00 pp" in text


def test_headline_of_a_short_run(frame: pd.DataFrame) -> None:
    short = frame[frame["year"] <= 2024]
    assert set(headline(short, "ai_central", "baseline")["year"]) == {2024}


def test_run_table_names_the_solver(result: RunResult) -> None:
    text = text_of(run_table(result.frame, result.manifest))
    assert "ipopt 3.14.19 (mumps)" in text and "3e-11" in text


def test_the_baseline_shows_what_it_implies(result: RunResult) -> None:
    manifest = {**result.manifest, "scenario": "baseline", "reference": "baseline"}
    text = text_of(run_table(result.frame, manifest), width=100)
    assert "Growth of real GDP, %" in text and "4.00" in text
    assert "Labour share, %" in text and "53.0" in text
    assert "2025" in text and "wedge" not in text  # the synthetic run has none


def test_comparison_of_runs(frame: pd.DataFrame) -> None:
    other = frame.assign(scenario=frame["scenario"].replace("baseline", "ai_slow"))
    table = comparison_table(
        {"ai_central": frame, "ai_moore": other.replace({"scenario": {"ai_central": "ai_moore"}})},
        {"ai_central": "baseline", "ai_moore": "ai_slow"},
        2035,
        thresholds=[0.001, 0.001],
    )
    text = text_of(table, width=80)
    assert "ai_central" in text and "+2.00" in text and "…" not in text
    assert re.search(r"ai_moore .*\n +from ai_slow", text)
    assert "of each from its own reference" in text and "from the baseline" not in text
    assert "over 0.1% below" in text
    alone = comparison_table(
        {"ai_central": frame}, {"ai_central": "baseline"}, 2035, language="zh", thresholds=[0.001]
    )
    assert "相对基准情景的偏离" in text_of(alone, width=80)


def test_progress_takes_any_stage() -> None:
    console = Console(width=100, force_terminal=True)
    with console.capture() as capture, solving_progress(console, "ai_slow") as progress:
        for stage in ("baseline", "policy"):
            progress(stage, 0, 3)
            progress(stage, 3, 3)
    assert "ai_slow: policy" in capture.get()


def test_every_label_is_there_in_both_languages() -> None:
    english, chinese = labels("en"), labels("zh")
    assert english.keys() == chinese.keys()
    assert all(english.values()) and all(chinese.values())
    assert {row.label for row in ROWS} <= english.keys()
    assert len(FILE.read_text(encoding="utf-8").strip().splitlines()) == len(english) + 1
