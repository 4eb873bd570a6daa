"""The order of elimination: permutations, exact solves, and factors as long as the chain."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engels.calibration import calibrate
from engels.model.algebra.point import restore
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.closures import POLICY
from engels.model.solving.compiled import Compiled
from engels.model.solving.dynamics import solve_baseline
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.ordering import Elimination, elimination_order
from engels.model.solving.solve import NewtonEngine

Chain = tuple[sp.csc_matrix, NDArray[np.int64]]


def chain(seed: int, years: int, own: int, links: int, shuffled: bool = True) -> Chain:
    """A regular matrix of ``years`` blocks of ``own`` unknowns, neighbours tied by ``links`` entries.

    Every equation of the economy holds its own unknown with a weight that outweighs the rest; rows and
    columns are then shuffled, so that neither the pairs nor the years can be read from the places.
    """
    random = np.random.default_rng(seed)
    n = years * own
    matrix = np.zeros((n, n))
    for t in range(years):
        block = slice(t * own, (t + 1) * own)
        matrix[block, block] = random.normal(size=(own, own)) * (random.random((own, own)) < 0.3)
        for _ in range(links if t else 0):
            a, b = random.integers(own, size=2)
            matrix[t * own + a, (t - 1) * own + b] = random.normal()
            matrix[(t - 1) * own + b, t * own + a] = random.normal()
    matrix[np.arange(n), np.arange(n)] = 1.0 + np.abs(matrix).sum(axis=1)
    year = np.repeat(np.arange(years), own)
    if shuffled:
        columns = random.permutation(n)
        matrix, year = matrix[random.permutation(n)][:, columns], year[columns]
    return sp.csc_matrix(matrix), year


chains = st.builds(
    chain,
    seed=st.integers(0, 2**32 - 1),
    years=st.integers(1, 6),
    own=st.integers(1, 9),
    links=st.integers(0, 4),
)


@settings(deadline=None, max_examples=60)
@given(chains)
def test_orders_are_permutations_that_pair_equations_with_their_unknowns(system: Chain) -> None:
    matrix, year = system
    rows, columns = elimination_order(matrix, year)
    places = np.arange(matrix.shape[0])
    assert np.array_equal(np.sort(rows), places)
    assert np.array_equal(np.sort(columns), places)
    assert np.all(matrix.toarray()[rows, columns] != 0.0)
    # one year is done before the next begins
    assert np.all(np.diff(year[columns]) >= 0)


@settings(deadline=None, max_examples=60)
@given(chains, st.integers(0, 2**32 - 1))
def test_solution_is_that_of_a_dense_solve(system: Chain, seed: int) -> None:
    matrix, year = system
    elimination = Elimination(matrix, year)
    random = np.random.default_rng(seed)
    b = random.normal(size=matrix.shape[0])
    x = elimination.factorise(matrix).solve(b)
    np.testing.assert_allclose(x, np.linalg.solve(matrix.toarray(), b), rtol=1e-9, atol=1e-11)
    # another matrix of the same pattern is put in the same order
    other = matrix.copy()
    other.data = other.data * random.uniform(0.9, 1.1, size=other.nnz)
    x = elimination.factorise(other).solve(b)
    np.testing.assert_allclose(x, np.linalg.solve(other.toarray(), b), rtol=1e-9, atol=1e-11)


def test_matrix_that_no_numbers_make_regular_is_refused() -> None:
    # two unknowns, in one equation only
    matrix = sp.csc_matrix(np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]))
    with pytest.raises(ValueError, match="1 of 3 unknowns have no equation of their own"):
        elimination_order(matrix, np.zeros(3, dtype=np.int64))


def test_matrix_that_its_numbers_make_singular_is_refused() -> None:
    matrix = sp.csc_matrix(np.array([[1.0, 2.0], [2.0, 4.0]]))
    with pytest.raises(RuntimeError, match="singular"):
        Elimination(matrix, np.zeros(2, dtype=np.int64)).factorise(matrix)


def test_zero_in_the_pattern_is_no_reason_to_lose_the_order() -> None:
    """A derivative may be zero where the order is found, and not where it serves."""
    matrix, year = chain(3, 4, 6, 2)
    pattern = matrix.copy()
    pattern.data = np.zeros(matrix.nnz)
    b = np.ones(matrix.shape[0])
    x = Elimination(pattern, year).factorise(matrix).solve(b)
    np.testing.assert_allclose(matrix @ x, b, rtol=0, atol=1e-12)


def test_factors_of_a_chain_grow_with_its_length() -> None:
    fill = []
    for years in (10, 20, 40, 80):
        # the same year over and over
        block, _ = chain(5, 1, 30, 0, shuffled=False)
        link = sp.csc_matrix(([0.3, -0.2], ([2, 11], [2, 11])), shape=(30, 30))
        matrix = sp.csc_matrix(
            sp.kron(sp.eye(years), block)
            + sp.kron(sp.diags([np.ones(years - 1), np.ones(years - 1)], [-1, 1]), link)
        )
        matrix.sort_indices()
        fill.append(Elimination(matrix, np.repeat(np.arange(years), 30)).factorise(matrix).fill)
    per_year = np.array(fill) / np.array([10, 20, 40, 80])
    assert per_year.max() <= 1.1 * per_year.min()


@pytest.mark.slow
def test_factors_of_the_economy_grow_with_its_years() -> None:
    fill = {}
    for years in (10, 20):
        b = calibrate("5", last_year=2020 + years)
        base = solve_baseline(b, "labour", True, 2020 + years)
        m = build_economy(b, list(base.years), True, "labour", base.horizon_growth, blocks_of(b))
        restore(m, base.values)
        POLICY.apply(m, True)
        engine = NewtonEngine()
        system: NewtonSystem = engine.system(Compiled(m))
        free = system.unknowns()
        assert set(system.layer[free]) >= set(base.years)
        matrix = system.jacobian(system.values(), free)
        factors = system.factorise(matrix)
        fill[years] = factors.fill / len(base.years)
        b_side = np.cos(np.arange(matrix.shape[0]))
        gap = matrix @ factors.solve(b_side) - b_side
        assert np.max(np.abs(gap)) <= 1e-9
    assert fill[20] <= 1.1 * fill[10]
