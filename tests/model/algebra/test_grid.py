"""Periods of several years: exact where growth is constant, and stable where the yearly law is."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engels.model.algebra.grid import ANNUAL, LENGTHS, Grid, years_beyond


@given(st.integers(2020, 2200), st.integers(0, 200))
def test_years_beyond_end_where_they_should(last: int, beyond: int) -> None:
    found = years_beyond(last, beyond)
    assert found == sorted(set(found)) and (found[-1] == last + beyond if beyond else not found)
    spans = [z - a for a, z in zip([last, *found], found, strict=False)]
    assert not spans or (spans[-1] == 1 and max(spans) <= max(LENGTHS))


@given(st.integers(1, 20), st.floats(-0.2, 0.2), st.floats(-1.0, 1.0))
def test_a_period_is_the_sum_of_its_years(h: int, rate: float, start: float) -> None:
    """A change that is linear in time adds up to what the years add up to one by one."""
    grid = Grid([2050, 2050 + h, 2051 + h])
    year_by_year = sum(start + rate * i for i in range(h))
    assert grid.over(2050, lambda t: start + rate * (t - 2050)) == pytest.approx(year_by_year)
    assert grid.span(2050) == h and grid.since(2050 + h) == h and grid.before(2050 + h) == 2050


@given(st.integers(1, 20), st.floats(0.5, 1.5))
def test_values_between_lie_on_a_path_of_constant_growth(h: int, growth: float) -> None:
    grid = Grid([2050, 2050 + h, 2051 + h])
    assert grid.next_year(2050, 3.0, 3.0 * growth**h) == pytest.approx(3.0 * growth)
    assert grid.next_level(2050, 3.0, 3.0 + growth * h) == pytest.approx(3.0 + growth)


@given(st.integers(1, 50), st.floats(-1.99, 1.0).filter(lambda x: abs(x) > 1e-6))
def test_roots_stay_on_their_side_of_one(h: int, move: float) -> None:
    """x' = (1 + move) x over a period: what returns yearly returns, what leaves leaves."""
    grid = Grid([2050, 2050 + h, 2051 + h])
    # x(t + h) = x(t) + a x(t) + b x(t + h)
    now, then = (grid.over(2050, lambda t, k=k: move * (t == k)) for k in (2050, 2050 + h))
    root = math.inf if then == 1 else (1 + now) / (1 - then) if h > 1 else 1 + now
    assert (abs(root) < 1) == (abs(1 + move) < 1)


def test_every_year_is_the_plain_law() -> None:
    grid = Grid(range(2020, 2031))
    for calendar in (grid, ANNUAL):
        assert calendar.after(2025) == 2026 and calendar.span(2025) == 1
        assert calendar.over(2025, lambda t: float(t)) == 2025.0
        assert calendar.next_year(2025, 1.0, 2.0) == calendar.next_level(2025, 1.0, 2.0) == 2.0
    # the first year has one before it, which no law asks for
    assert grid.since(2020) == 1
