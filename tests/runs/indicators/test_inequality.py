"""Gini and Theil: known values, and the laws that a measure of inequality obeys."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engels.runs.indicators.inequality import gini, theil, theil_parts

sizes = st.shared(st.integers(2, 12), key="size")
amounts = sizes.flatmap(lambda n: arrays(float, n, elements=st.floats(0.01, 100.0)))
persons = sizes.flatmap(lambda n: arrays(float, n, elements=st.floats(0.1, 50.0)))
names = sizes.flatmap(lambda n: st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
MEASURES = [gini, theil]


def test_known_values() -> None:
    assert gini([1, 1, 1]) == 0 and theil([1, 1, 1]) == 0
    # one of n has everything: Gini (n - 1) / n, Theil ln n
    assert gini([0, 0, 0, 5]) == pytest.approx(0.75)
    assert theil([0, 0, 0, 5]) == pytest.approx(np.log(4))
    assert gini([1, 3]) == pytest.approx(0.25)


@given(amounts, persons)
def test_gini_is_the_mean_difference(x: np.ndarray, w: np.ndarray) -> None:
    pairs = np.abs(x[:, None] - x[None, :]) * w[:, None] * w[None, :]
    exact = pairs.sum() / (2 * w.sum() ** 2 * np.average(x, weights=w))
    assert gini(x, w) == pytest.approx(exact, abs=1e-10)


@given(amounts, persons)
def test_bounds(x: np.ndarray, w: np.ndarray) -> None:
    assert 0 <= gini(x, w) < 1
    assert 0 <= theil(x, w) <= np.log(w.sum() / w.min()) + 1e-9


@pytest.mark.parametrize("measure", MEASURES)
@given(x=amounts, w=persons, factor=st.floats(0.01, 100.0))
def test_scale_of_incomes_or_of_persons_does_not_matter(
    measure, x: np.ndarray, w: np.ndarray, factor: float
) -> None:
    assert measure(factor * x, w) == pytest.approx(measure(x, w), abs=1e-9)
    assert measure(x, factor * w) == pytest.approx(measure(x, w), abs=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
@given(x=amounts, copies=st.integers(2, 4))
def test_replication(measure, x: np.ndarray, copies: int) -> None:
    known = measure(x)
    assert measure(np.tile(x, copies)) == pytest.approx(known, abs=1e-9)
    assert measure(x, np.full(len(x), float(copies))) == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
@given(x=amounts, w=persons, share=st.floats(0.01, 1.0), data=st.data())
def test_transfer_from_rich_to_poor_lowers_it(
    measure, x: np.ndarray, w: np.ndarray, share: float, data: st.DataObject
) -> None:
    i, j = data.draw(st.permutations(range(len(x))))[:2]
    poor, rich = (i, j) if x[i] < x[j] else (j, i)
    assume(x[rich] > x[poor] * 1.01)
    # at most to where both have the same
    same = (w[poor] * x[poor] + w[rich] * x[rich]) / (w[poor] + w[rich])
    moved = share * w[rich] * (x[rich] - same)
    y = x.copy()
    y[rich] -= moved / w[rich]
    y[poor] += moved / w[poor]
    assert measure(y, w) <= measure(x, w) + 1e-12
    assert y @ w == pytest.approx(x @ w)


@pytest.mark.parametrize("measure", MEASURES)
@given(x=amounts, w=persons, data=st.data())
def test_order_does_not_matter(measure, x: np.ndarray, w: np.ndarray, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(x))))
    assert measure(x[order], w[order]) == pytest.approx(measure(x, w), abs=1e-12)


@given(amounts, persons, names)
def test_theil_adds_up_over_groups(x: np.ndarray, w: np.ndarray, groups: list[str]) -> None:
    parts = theil_parts(x, groups, w)
    assert parts.total == pytest.approx(theil(x, w), abs=1e-10)
    assert parts.within >= 0 and parts.between >= -1e-12
    assert parts.by_group.keys() == set(groups)
    # groups of one person have nothing inside, one group of all nothing between
    alone = theil_parts(x, [str(n) for n in range(len(x))], w)
    assert alone.within == pytest.approx(0, abs=1e-12)
    assert alone.between == pytest.approx(theil(x, w), abs=1e-10)
    assert theil_parts(x, ["all"] * len(x), w).between == pytest.approx(0, abs=1e-12)


@given(amounts, persons, names)
def test_equal_inside_groups_is_all_between(
    x: np.ndarray, w: np.ndarray, groups: list[str]
) -> None:
    mean = {
        g: np.average(
            x[[n == g for n in groups]], weights=w[[n == g for n in groups]]
        )
        for g in set(groups)
    }  # fmt: skip
    parts = theil_parts(np.array([mean[g] for g in groups]), groups, w)
    assert parts.within == pytest.approx(0, abs=1e-12)
    assert parts.between == pytest.approx(theil_parts(x, groups, w).between, abs=1e-9)


def test_a_group_without_income() -> None:
    parts = theil_parts([0.0, 0.0, 1.0, 3.0], ["a", "a", "b", "b"])
    assert parts.by_group["a"] == 0 and parts.total == pytest.approx(theil([0, 0, 1, 3]))


@pytest.mark.parametrize(
    ("values", "weights", "said"),
    [
        ([1.0, -1.0], None, "below zero"),
        ([0.0, 0.0], None, "all zero"),
        ([1.0, np.nan], None, "finite"),
        ([1.0, 2.0], [1.0, 0.0], "weights"),
        ([1.0, 2.0], [1.0], "as many"),
        ([], None, "at least one"),
    ],
)
@pytest.mark.parametrize("measure", MEASURES)
def test_refused(measure, values: list[float], weights: list[float] | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        measure(values, weights)


def test_groups_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one for each"):
        theil_parts([1.0, 2.0], ["a"])
