"""Measures of sensitivity against functions whose effects, indices and moments are known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mstats, spearmanr

from engels.runs.experiments.designs import DESIGNS, Rows
from engels.runs.experiments.indices import (
    CHEBYSHEV,
    Measures,
    distribution,
    moments,
    morris_measures,
    rank_correlations,
    sobol_indices,
    tornado_effects,
    whole_units,
)
from engels.runs.experiments.marginals import Marginal, listed, normal, triangular, uniform
from engels.runs.experiments.quadrature import gauss, stroud

ONE = uniform(0.0, 1.0)
QUIET = np.zeros(1)

widths = st.floats(0.01, 10)
middles = st.floats(-10, 10)
symmetric = st.one_of(
    st.builds(lambda m, w: uniform(m - w, m + w), middles, widths),
    st.builds(lambda m, w: triangular(m - w, m, m + w), middles, widths),
    st.builds(lambda m, w: normal(m, w, None, None), middles, widths),
    st.builds(
        lambda m, w, c: normal(m, w, m - c * w, m + c * w), middles, widths, st.floats(0.5, 4)
    ),
)
anything = st.one_of(
    symmetric,
    st.builds(
        lambda m, w, s: triangular(m - w, m - w + 2 * w * s, m + w),
        middles,
        widths,
        st.floats(0, 1),
    ),
    st.builds(lambda m, w, c: normal(m, w, m - c * w, None), middles, widths, st.floats(-1, 2)),
)


def make(design: str, marginals: Sequence[Marginal], samples: int = 0, **options: Any) -> Rows:
    return DESIGNS[design].make(list(marginals), samples, 1, **options)


def powers(entries: int, degree: int) -> list[tuple[int, ...]]:
    """Exponents of all monomials up to a total degree."""
    return [e for e in itertools.product(range(degree + 1), repeat=entries) if sum(e) <= degree]


def standardised(marginals: Sequence[Marginal], rows: Rows) -> np.ndarray:
    mean = np.array([m.mean for m in marginals])
    return (np.array(rows.values) - mean) / np.array([m.sd for m in marginals])


@settings(max_examples=40, deadline=None)
@given(marginals=st.lists(symmetric, min_size=1, max_size=6))
def test_stroud_is_exact_to_degree_three(marginals: list[Marginal]) -> None:
    rows = make("stroud", marginals)
    assert len(rows.values) == 2 * len(marginals)
    assert sum(rows.columns["weight"]) == pytest.approx(1)  # type: ignore[arg-type]
    points = standardised(marginals, rows)
    for exponents in powers(len(marginals), 3):
        # independent and symmetric: the mean of a monomial is 0 unless it is 1 or a square
        known = 1.0 if sum(exponents) == 0 or max(exponents) == 2 == sum(exponents) else 0.0
        assert np.prod(points**exponents, axis=1).mean() == pytest.approx(known, abs=1e-9)
    # no point leaves the support
    for values, m in zip(zip(*rows.values, strict=True), marginals, strict=True):
        assert m.support[0] <= min(values) <= max(values) <= m.support[1]


@given(entries=st.integers(1, 12))
def test_stroud_has_the_moments_of_a_cube(entries: int) -> None:
    points = stroud(entries)
    assert points.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert points.T @ points / len(points) == pytest.approx(np.eye(entries), abs=1e-12)
    assert np.abs(points).max() <= math.sqrt(2) + 1e-12


@settings(max_examples=25, deadline=None)
@given(marginal=anything, nodes=st.integers(2, 6))
def test_gauss_is_exact_to_twice_its_nodes(marginal: Marginal, nodes: int) -> None:
    points, weights = gauss(marginal, nodes)
    assert (weights > 0).all()
    low, high = marginal.support
    assert low < points.min() < points.max() < high
    assert weights @ points == pytest.approx(marginal.mean, abs=1e-9)
    z = (points - marginal.mean) / marginal.sd
    assert weights @ z**2 == pytest.approx(1)
    if nodes >= 3:
        skew, kurtosis = marginal.distribution.stats("sk")
        assert weights @ z**3 == pytest.approx(float(skew), abs=2e-6)
        assert weights @ z**4 == pytest.approx(3 + float(kurtosis), rel=2e-5)


def test_gauss_is_the_known_rule_of_known_distributions() -> None:
    points, weights = gauss(uniform(-1, 1), 5)
    nodes, shares = np.polynomial.legendre.leggauss(5)
    assert points == pytest.approx(nodes)
    assert weights == pytest.approx(shares / 2)
    points, weights = gauss(normal(0, 1, None, None), 4)
    nodes, shares = np.polynomial.hermite_e.hermegauss(4)
    assert points == pytest.approx(nodes)
    assert weights == pytest.approx(shares / math.sqrt(2 * math.pi))


@settings(max_examples=20, deadline=None)
@given(marginals=st.lists(symmetric, min_size=1, max_size=5), seed=st.integers(0, 99))
def test_moments_of_a_linear_output_are_exact(marginals: list[Marginal], seed: int) -> None:
    slopes = np.random.default_rng(seed).uniform(-3, 3, len(marginals))
    mean = 2 + slopes @ [m.mean for m in marginals]
    sd = math.hypot(*(s * m.sd for s, m in zip(slopes, marginals, strict=True)))
    for design in ("stroud", "gauss"):
        if design == "gauss" and len(marginals) > 3:
            continue
        rows = make(design, marginals)
        found = moments(
            2 + np.array(rows.values) @ slopes[:, None], np.array(rows.columns["weight"])
        )
        assert found["mean"] == pytest.approx(mean)
        assert found["sd"] == pytest.approx(sd)
        assert found["chebyshev_high"] == pytest.approx(mean + CHEBYSHEV * sd)
    assert pytest.approx(math.sqrt(20)) == CHEBYSHEV


def test_moments_of_a_square_need_degree_five() -> None:
    marginals = [uniform(-1, 1), triangular(0, 0, 3)]
    rows = make("gauss", marginals)
    x = np.array(rows.values)
    found = moments((x**2).sum(axis=1, keepdims=True), np.array(rows.columns["weight"]))
    # x^2 has mean 1/3 and variance 4/45; with density 2/3 (1 - y/3), y^2 has 3/2 and 81/15 - 9/4
    assert found["mean"] == pytest.approx(1 / 3 + 3 / 2)
    assert found["sd"] == pytest.approx(math.sqrt(4 / 45 + 81 / 15 - 9 / 4))


def test_trajectories_move_every_entry_once() -> None:
    rows = make("morris", [ONE, uniform(-2, 2), listed((1.0, 2.0, 3.0))], 8)
    assert len(rows.values) == 8 * 4
    assert rows.columns["trajectory"] == [n for n in range(8) for _ in range(4)]
    assert rows.columns["step"] == [0, 1, 2, 3] * 8
    moved = np.diff(np.array(rows.values).reshape(8, 4, 3), axis=1) != 0
    assert (moved.sum(axis=2) <= 1).all()
    assert (moved[:, :, :2].sum(axis=1) == 1).all()
    assert {v[0] for v in rows.values} == {0.0, 1 / 3, 2 / 3, 1.0}
    # more trajectories begin with the fewer
    assert make("morris", [ONE, ONE], 9).values[:12] == make("morris", [ONE, ONE], 4).values


@settings(max_examples=15, deadline=None)
@given(
    slopes=st.lists(
        st.floats(-5, 5).filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1, max_size=4
    ),
    levels=st.sampled_from([2, 4, 6]),
)
def test_elementary_effects_of_a_linear_output_are_its_slopes(
    slopes: list[float], levels: int
) -> None:
    rows = make("morris", [ONE] * len(slopes), 3, levels=levels)
    x = np.array(rows.values)
    found = morris_measures(x, x @ np.array(slopes)[:, None], levels)
    assert found["mu"][:, 0] == pytest.approx(slopes, abs=1e-12)
    assert found["mu_star"][:, 0] == pytest.approx(np.abs(slopes), abs=1e-12)
    assert found["sigma"][:, 0] == pytest.approx(0, abs=1e-12)
    assert found["mu_star_conf"][:, 0] == pytest.approx(0, abs=1e-12)


def test_an_effect_is_that_of_the_whole_range() -> None:
    rows = make("morris", [uniform(2, 6), uniform(0, 1)], 4)
    x = np.array(rows.values)
    found = morris_measures(x, x @ np.array([[1.5], [1.0]]), 4)
    assert found["mu"][:, 0] == pytest.approx([6.0, 1.0])


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990), with 7 and 0.1, of angles from -pi to pi."""
    return np.asarray(
        np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    )


def test_sobol_indices_of_ishigami() -> None:
    angle = uniform(-math.pi, math.pi)
    rows = make("saltelli", [angle] * 3, 1024, second_order=True)
    assert len(rows.values) == 1024 * 8
    values = ishigami(np.array(rows.values))[:, None]
    found = sobol_indices(values, 3, True, QUIET)
    first, total = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
    for name, known in (("S1", first), ("ST", total)):
        assert (np.abs(found[name][:, 0] - known) <= found[f"{name}_conf"][:, 0] + 1e-3).all()
    assert abs(found["S2"][0, 2, 0] - 0.2437) <= found["S2_conf"][0, 2, 0]
    assert found["mean"] == pytest.approx(3.5, abs=0.15)
    assert found["sd"] == pytest.approx(math.sqrt(13.8446), rel=0.03)


def test_sobol_indices_of_a_sum_are_shares_of_variance() -> None:
    marginals = [uniform(0, 1), uniform(0, 2), triangular(0, 1, 2)]
    rows = make("saltelli", marginals, 256)
    assert len(rows.values) == 256 * 5
    assert rows.columns["step"][:6] == [0, 1, 2, 3, 4, 0]
    values = np.array(rows.values).sum(axis=1, keepdims=True)
    found = sobol_indices(values, 3, False, QUIET)
    variances = np.array([m.sd**2 for m in marginals])
    for name in ("S1", "ST"):
        gap = np.abs(found[name][:, 0] - variances / variances.sum())
        assert (gap <= found[f"{name}_conf"][:, 0]).all()
    # a longer sample begins with the shorter
    assert make("saltelli", marginals, 512).values[: 256 * 5] == rows.values


def test_what_does_nothing_has_no_effect_and_no_warning() -> None:
    rows = make("morris", [ONE, ONE], 4)
    x = np.array(rows.values)
    values = np.column_stack([2 * x[:, 0], np.full(len(x), 7.0), np.full(len(x), np.nan)])
    found = morris_measures(x, values, 4)
    known = np.array([[2, 0], [0, 0], [np.nan, np.nan]])
    assert pytest.approx(known, nan_ok=True, abs=1e-12) == found["mu"].T
    rows = make("saltelli", [ONE, ONE], 8)
    x = np.array(rows.values)
    values = np.column_stack([2 * x[:, 0], np.full(len(x), 7.0), np.full(len(x), np.nan)])
    measured = sobol_indices(values, 2, False, np.full(3, 1e-9))
    assert measured["ST"][1, 0] == 0
    assert measured["S1"][1, 0] == 0
    assert np.isnan(measured["ST"][:, 1:]).all()
    assert np.isnan(measured["S1_conf"][:, 1:]).all()


def test_only_whole_trajectories_count() -> None:
    units = np.array([0, 0, 1, 1, 2, 2])
    solved = np.array([True, True, True, False, True, True])
    assert whole_units(units, solved).tolist() == [True, True, False, False, True, True]


def tornado(values: np.ndarray, rows: Rows, names: Sequence[str]) -> Measures:
    entry = [list(names).index(str(e)) if e else -1 for e in rows.columns["entry"]]
    return tornado_effects(values, entry, [str(s) for s in rows.columns["side"]], len(names))


def test_a_tornado_of_a_linear_output_is_exact() -> None:
    names = ("a", "b", "c")
    marginals = [
        Marginal(values=(1.0, 5.0), name="a", centre=2.0),
        Marginal(distribution=uniform(0, 1).distribution, middle=0.5, name="b", centre=0.5),
        Marginal(
            distribution=normal(0, 1, None, None).distribution, tail=0.05, name="c", centre=0.0
        ),
    ]
    rows = make("tornado", marginals)
    assert len(rows.values) == 7
    assert rows.values[0] == (2.0, 0.5, 0.0)
    assert rows.columns["side"] == ["centre"] + ["low", "high"] * 3
    x = np.array(rows.values)
    found = tornado(x @ np.array([[1.0], [-2.0], [1.0]]), rows, names)
    assert found["centre"] == pytest.approx([1.0])
    assert found["low"][:, 0] == pytest.approx([-1.0, 1.0, -1.6448536])
    assert found["high"][:, 0] == pytest.approx([3.0, -1.0, 1.6448536])
    assert found["swing"][:, 0] == pytest.approx([4.0, 2.0, 2 * 1.6448536])
    # a valley has a swing, though both ends are alike
    valley = tornado((x[:, [1]] - 0.5) ** 2, rows, names)
    assert valley["swing"][:, 0] == pytest.approx([0.0, 0.25, 0.0])


def test_a_missing_end_is_blank() -> None:
    marginals = [Marginal(values=(1.0, 5.0), name=n, centre=2.0) for n in ("a", "b")]
    rows = make("tornado", marginals)
    values = np.array(rows.values).sum(axis=1, keepdims=True)
    values[2] = np.nan
    found = tornado(values, rows, ("a", "b"))
    assert np.isnan(found["high"][0, 0])
    assert np.isnan(found["swing"][0, 0])
    assert found["swing"][1, 0] == 4.0


def test_a_sample_has_errors_and_rank_correlations() -> None:
    generator = np.random.default_rng(1)
    x = generator.random((200, 3))
    x[:, 2] = np.nan  # a name
    y = np.column_stack([np.exp(x[:, 0]) - x[:, 1], np.full(200, 3.0)])
    found = distribution(y)
    assert found["mean"][0] == pytest.approx(y[:, 0].mean())
    assert found["se_mean"][0] == pytest.approx(y[:, 0].std(ddof=1) / math.sqrt(200))
    known = mstats.mjci(y[:, 0], [0.05, 0.25, 0.5, 0.75, 0.95])
    names = ("q05", "q25", "q50", "q75", "q95")
    assert [found[f"se_{q}"][0] for q in names] == pytest.approx(known, rel=1e-4)
    assert all(found[name][1] == 0 for name in ("sd", "se_mean", "se_sd", "se_q05"))
    ranks = rank_correlations(x, y, np.full(2, 1e-9))
    assert ranks[:2, 0] == pytest.approx([spearmanr(x[:, n], y[:, 0])[0] for n in (0, 1)])
    assert np.isnan(ranks[2]).all()
    assert np.isnan(ranks[:, 1]).all()


def test_the_standard_error_of_a_standard_deviation() -> None:
    draws = np.random.default_rng(2).normal(size=(400, 2000))
    found = distribution(draws)
    assert found["se_sd"].mean() == pytest.approx(found["sd"].std(), rel=0.05)
