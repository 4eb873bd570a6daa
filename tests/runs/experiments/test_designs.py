"""Rows of values: complete, spread as they should be, and the same every time."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.data import EngelsInputError
from engels.runs.experiments.designs import DESIGNS
from engels.runs.experiments.marginals import listed, normal, triangular, uniform

ONE = uniform(0.0, 1.0)


def test_full_has_every_combination_once() -> None:
    rows = DESIGNS["full"].make([listed((1.0, 2.0)), listed(("a", "b", "c"))], 0, 1)
    assert rows.values == [(x, y) for x in (1.0, 2.0) for y in "abc"]


def test_list_takes_values_side_by_side() -> None:
    rows = DESIGNS["list"].make([listed((1.0, 2.0)), listed(("a", "b"))], 0, 1)
    assert rows.values == [(1.0, "a"), (2.0, "b")]
    with pytest.raises(EngelsInputError, match="as many values of each entry"):
        DESIGNS["list"].make([listed((1.0, 2.0)), listed(("a",))], 0, 1)


def test_nothing_to_vary_is_one_point() -> None:
    assert DESIGNS["full"].make([], 0, 1).values == [()]
    assert DESIGNS["list"].make([], 0, 1).values == [()]


@pytest.mark.parametrize("name", ["random", "lhs", "sobol"])
def test_a_seed_gives_the_same_rows_and_another_gives_others(name: str) -> None:
    make = DESIGNS[name].make
    assert make([ONE, ONE], 16, 3).values == make([ONE, ONE], 16, 3).values
    assert make([ONE, ONE], 16, 3).values != make([ONE, ONE], 16, 4).values


@settings(deadline=None)
@given(samples=st.integers(1, 40), entries=st.integers(1, 5), seed=st.integers(0, 99))
def test_a_latin_hypercube_hits_every_slice_once(samples: int, entries: int, seed: int) -> None:
    rows = np.array(DESIGNS["lhs"].make([ONE] * entries, samples, seed).values)
    slices = np.sort(np.floor(rows * samples).astype(int), axis=0)
    assert (slices == np.arange(samples)[:, None]).all()


def test_a_longer_sobol_sequence_begins_with_the_shorter() -> None:
    make = DESIGNS["sobol"].make
    assert make([ONE, ONE], 64, 1).values[:16] == make([ONE, ONE], 16, 1).values
    halves = np.floor(2 * np.array(make([ONE, ONE], 64, 1).values))
    assert halves.sum(axis=0).tolist() == [32.0, 32.0]


def test_names_are_drawn_equally_often() -> None:
    drawn = [r[0] for r in DESIGNS["lhs"].make([listed(("a", "b"))], 10, 1).values]
    assert sorted(drawn) == ["a"] * 5 + ["b"] * 5


def test_distributions_are_what_they_say() -> None:
    bell = normal(1.0, 0.5, 0.0, 1.5)
    assert bell.at(0.0) == 0.0
    assert bell.at(1.0) == 1.5
    assert bell.mean < 1.0  # more is cut off above
    assert uniform(2.0, 4.0).at(0.25) == 2.5
    peak = triangular(0.0, 1.0, 3.0)
    assert peak.at(1 / 3) == pytest.approx(1.0)
    assert peak.mean == pytest.approx(4 / 3)
    assert normal(1.0, 0.5, None, None).at(0.5) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["morris", "saltelli"])
def test_a_design_says_which_extra_it_lacks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("SALib.sample.morris", "SALib.sample.sobol"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngelsInputError, match=rf"design {name}: .*`stats`.* pip install salib"):
        DESIGNS[name].make([ONE, ONE], 4, 1)
