"""What counts as reproduced, and where a number may be shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.replication.report import number, to_frame, to_markdown
from engels.replication.study import Figure, Kind, Mark

numbers = st.floats(-1e6, 1e6, allow_nan=False)
tolerances = st.floats(1e-3, 1e3)


def figure(
    published: float | str | None,
    ours: float | str,
    tolerance: float | None = 0.1,
    kind: Kind = "absolute",
    mark: Mark = "S",
    bounds: tuple[float, float] | None = None,
) -> Figure:
    return Figure("Growth", published, ours, tolerance, kind, "%", "p. 1", mark, "", bounds)


@given(numbers, numbers, tolerances)
def test_absolute_is_within_the_tolerance(published: float, ours: float, tolerance: float) -> None:
    gap = abs(ours - published)
    if abs(gap - tolerance) > 1e-6:
        assert figure(published, ours, tolerance).passed == (gap < tolerance)


@given(numbers.filter(lambda x: abs(x) > 1e-3), st.floats(0.01, 0.5), st.floats(0.1, 10))
def test_relative_does_not_depend_on_the_unit(
    published: float, tolerance: float, scale: float
) -> None:
    for factor, good in ((0.9, True), (1.1, False)):
        ours = published * (1 + factor * tolerance)
        for unit in (1.0, scale):
            found = figure(unit * published, unit * ours, tolerance, "relative")
            assert found.passed is good


@given(numbers, tolerances, numbers)
def test_range_has_both_ends(low: float, width: float, ours: float) -> None:
    high = low + width
    found = figure(None, ours, None, "range", bounds=(low, high))
    assert found.passed == (low - 1e-12 <= ours <= high + 1e-12)


def test_text_and_what_is_not_compared() -> None:
    assert figure("yes", "yes", None, "text").passed is True
    assert figure("yes", "no", None, "text").missed
    assert figure(None, 1.0).passed is None
    assert figure(1.0, 2.0, None).passed is None
    assert figure("no (USA)", "yes", None).passed is None
    assert figure(1.0, "–", None).verdict == "shown only"
    assert figure(1.0, math.nan).missed


@pytest.mark.parametrize("mark", ["S2", "M", "R"])
def test_only_what_was_seen_decides(mark: Mark) -> None:
    wrong = figure(1.0, 5.0, mark=mark)
    assert wrong.passed is False and not wrong.missed
    assert wrong.verdict == "shown only, differs"
    assert figure(1.0, 1.0, mark=mark).verdict == "shown only, agrees"
    assert figure(1.0, 5.0).verdict == "MISSED" and figure(1.0, 1.05).verdict == "ok"


@pytest.mark.parametrize(("mark", "column"), [("S", 0), ("S2", 0), ("M", 1), ("R", 1)])
def test_what_is_recalled_or_computed_is_never_shown_as_published(mark: Mark, column: int) -> None:
    frame = to_frame([figure(1.25, 1.3, mark=mark)])
    shown = [frame["published"].iloc[0], frame["not_published"].iloc[0]]
    assert shown[column] == 1.25 and shown[1 - column] is None
    page = to_markdown(frame)
    assert ("Published" in page.splitlines()[0]) == (column == 0)
    said = {"M": "1.25 (recalled)", "R": "1.25 (computed)"}.get(mark, "| 1.25 |")
    assert said in page


def test_bounds_are_shown_as_published() -> None:
    frame = to_frame([figure(None, 50.0, None, "range", bounds=(47, 56))])
    assert frame["published"].iloc[0] == "47 to 56"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0664, "0.0664"),
        (-0.49, "−0.49"),
        (1e-16, "0"),
        (2300.0, "2,300"),
        (float("nan"), ""),
        ("–", "–"),
        (10.0, "10"),
        (5e-5, "5.0e−05"),
    ],
)
def test_numbers_for_a_reader(value: float | str, text: str) -> None:
    assert number(value) == text
