"""The line integral on functions whose parts are known, and the speed along a straight line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engels.calibration.benchmark import Array
from engels.model.solving.course import Speed
from engels.model.solving.integral import IntegralError, Parts, close, integrate

TIGHT = 1e-10


@dataclass
class Line:
    """A function of K causes on the straight line between two points.

    ``f`` gives figures (M,), ``gradient`` their derivatives (K, M), both at the causes' values (K,);
    ``switch`` gives the differences of conditions (P,).
    """

    begin: Array
    end: Array
    f: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    switch: Callable[[Array], Array] = field(default=lambda x: np.empty(0))

    def at(self, u: float) -> Array:
        return self.begin + u * (self.end - self.begin)

    def level(self, u: float) -> Array:
        return self.f(self.at(u))

    def slopes(self, u: float) -> Array:
        return self.gradient(self.at(u)) * (self.end - self.begin)[:, None]

    def switches(self, u: float) -> Array:
        return self.switch(self.at(u))

    def switch_slopes(self, u: float) -> Array:
        return (self.switches(u + 1e-7) - self.switches(u - 1e-7)) / 2e-7


def parts_of(line: Line, tolerance: float = TIGHT) -> Parts:
    return integrate(line, np.ones(len(line.level(0.0))), tolerance)


def test_a_polynomial() -> None:
    """x y^2 from (1, 1) to (2, 3): x = 1 + s, y = 1 + 2s, parts 13/3 and 38/3."""
    line = Line(
        np.array([1.0, 1.0]),
        np.array([2.0, 3.0]),
        lambda x: np.array([x[0] * x[1] ** 2]),
        lambda x: np.array([[x[1] ** 2], [2 * x[0] * x[1]]]),
    )
    found = parts_of(line)
    assert found.raw[:, 0] == pytest.approx([13 / 3, 38 / 3], abs=1e-12)
    assert found.closed().sum() == pytest.approx(17, abs=1e-12)
    assert found.points == 8 and not found.kinks and not found.jumps


@pytest.mark.parametrize("rho", [-2.0, 0.3])
def test_a_ces_index_along_a_ray(rho: float) -> None:
    """Inputs that grow in proportion keep their shares, and contribute by them."""
    a, x0 = np.array([0.4, 0.6]), np.array([1.0, 2.0])

    def f(x: Array) -> Array:
        return np.array([float((a * x**rho).sum() ** (1 / rho))])

    line = Line(x0, 9 * x0, f, lambda x: (a * x ** (rho - 1) * f(x) ** (1 - rho))[:, None])
    share = a * x0**rho / (a * x0**rho).sum()
    assert parts_of(line).raw[:, 0] == pytest.approx(share * 8 * f(x0)[0], abs=1e-10)


def test_a_linear_function_has_one_answer() -> None:
    slopes = np.array([[2.0, -1.0], [0.5, 3.0], [0.0, 0.0]])
    begin, end = np.array([1.0, 2.0, 3.0]), np.array([4.0, 1.0, 5.0])
    line = Line(begin, end, lambda x: x @ slopes, lambda x: slopes)
    alone = (end - begin)[:, None] * slopes
    assert parts_of(line).raw == pytest.approx(alone, abs=1e-13)


def kinked(switch: bool) -> Line:
    """max(0, x + 2y - 1) from zero to (1, 1): the kink is at s = 1/3."""

    def gap(x: Array) -> Array:
        return np.array([x[0] + 2 * x[1] - 1])

    return Line(
        np.zeros(2),
        np.ones(2),
        lambda x: np.maximum(gap(x), 0),
        lambda x: np.array([[1.0], [2.0]]) * (gap(x) > 0),
        gap if switch else lambda x: np.empty(0),
    )


def test_a_kink_is_found() -> None:
    found = parts_of(kinked(True))
    assert found.kinks == pytest.approx([1 / 3], abs=1e-8)
    assert found.raw[:, 0] == pytest.approx([2 / 3, 4 / 3], abs=1e-8)
    assert found.points <= 40 and not found.jumps


def test_a_kink_that_nothing_tells_of_is_bisected() -> None:
    found = parts_of(kinked(False), 1e-8)
    assert not found.kinks and found.points > 100
    assert found.raw[:, 0] == pytest.approx([2 / 3, 4 / 3], abs=1e-7)


@pytest.mark.parametrize("told", [True, False])
def test_a_jump_is_kept_apart(told: bool) -> None:
    """A figure that jumps by 0.1 where the condition changes sides, and the condition with it."""
    line = kinked(True)
    smooth, gap = line.f, line.switch
    line.f = lambda x: smooth(x) + 0.1 * (x[0] > 1 / 3)
    if told:
        line.switch = lambda x: gap(x) + 0.2 * (x[0] > 1 / 3) - 0.1
    found = parts_of(line)
    assert found.jumps == pytest.approx([1 / 3], abs=1e-8)
    assert found.jumped == pytest.approx([0.1], abs=1e-8)
    assert found.raw[:, 0] == pytest.approx([2 / 3, 4 / 3], abs=1e-8)
    assert abs(found.missing[0]) < 1e-8
    assert found.closed().sum() == pytest.approx(2.1, abs=1e-12)


def test_slopes_that_are_not_those_of_the_level() -> None:
    line = Line(np.zeros(1), np.ones(1), lambda x: x**2, lambda x: np.array([x]))
    with pytest.raises(IntegralError, match=r"miss the total by up to 5\.0e-01"):
        integrate(line, np.ones(1), TIGHT, most_points=200)


FIGURES = arrays(float, (3, 4), elements=st.floats(-10, 10))


@given(FIGURES, arrays(float, 4, elements=st.floats(-10, 10)))
def test_closed_parts_add_up(parts: Array, total: Array) -> None:
    closed = close(parts, total)
    assert closed.sum(axis=0) == pytest.approx(total, abs=1e-12)


@given(FIGURES)
def test_closing_leaves_what_adds_up_and_what_is_zero(parts: Array) -> None:
    parts[1] = 0
    assert close(parts, parts.sum(axis=0)) == pytest.approx(parts, abs=1e-13)
    moved = close(parts, parts.sum(axis=0) + 1e-3)
    if parts.any():
        assert not moved[1].any()


@pytest.mark.parametrize(
    ("begin", "goal"),
    [((1.0,), (8.0,)), ((1.0, 2.0), (8.0, 0.0)), ((1.1,), (0.1,)), ((1,), (1.2,))],
)
def test_the_speed_leads_from_one_end_to_the_other(
    begin: tuple[float, ...], goal: tuple[float, ...]
) -> None:
    speed = Speed.of(np.array(begin), np.array(goal))
    assert (speed.at(0.0), speed.at(1.0)) == (0.0, 1.0)
    at = [speed.at(float(u)) for u in np.linspace(0, 1, 21)]
    assert np.all(np.diff(at) > 0)
    for u in (0.2, 0.7):
        slope = (speed.at(u + 1e-6) - speed.at(u - 1e-6)) / 2e-6
        assert speed.slope(u) == pytest.approx(slope, rel=1e-6)


def test_a_driver_that_multiplies_does_so_nearly_evenly() -> None:
    speed = Speed.of(np.array([1.0]), np.array([100.0]))
    growth = [np.log1p(99 * speed.at(u)) for u in (0.0, 0.25, 0.5, 0.75)]
    assert np.diff(growth) == pytest.approx(np.log(100) / 4, rel=0.2)
