"""The order in which Newton's linear systems are eliminated.

The Jacobian of an economy over many years is a chain: the equations of a year hold unknowns of that year,
and few of them (stocks, their shadow prices, rentals) reach into the next. It is eliminated year after
year, a year's own unknowns in order of minimum degree (Liu 1985) and those that other years share last,
so that the factors of one year do not fill those of another.

Minimum degree needs a diagonal without zeros: each equation is first paired with an unknown that it
holds (a maximum matching of rows and columns; Duff 1981). Pivots leave the diagonal where they would be
small (:data:`PIVOT`).

SuperLU takes this order as it is given. KLU (PyKLU 0.2) takes none: it orders by minimum degree over all
years at once. Measured at 43 sectors and 31 years it takes twice as long and its solution has six digits
fewer; at 154 sectors and 11 years it does not finish in 45 s, of which SuperLU takes less than one. A matrix
that is put in our order beforehand does not change that. ``engels bench`` writes these figures for every size
(docs/benchmarks.md); they are the reason why the fast path uses SuperLU also where KLU is installed.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import maximum_bipartite_matching
from scipy.sparse.linalg import splu

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

PIVOT = 0.1
"""The diagonal is the pivot while it is at least this share of the largest entry of its column."""
_OPTIONS = {"SymmetricMode": True}


class OrderedFactors:
    """LU factors of a matrix whose rows and columns were put in order.

    ``fill`` is the number of entries of both factors.
    """

    def __init__(self, matrix: sp.csc_matrix, rows: Index, columns: Index) -> None:
        self._rows, self._columns = rows, columns
        self._factors = splu(
            matrix, permc_spec="NATURAL", diag_pivot_thresh=PIVOT, options=_OPTIONS
        )
        self.fill = int(self._factors.nnz)

    def solve(self, b: Vector) -> Vector:
        """Solution x of J x = b, both in the order of J; shape (n,), or (n, K) for several at once."""
        x = np.empty_like(b)
        x[self._columns] = self._factors.solve(b[self._rows])
        return x

    def solve_transposed(self, b: Vector) -> Vector:
        """Solution x of J' x = b; shape (n,)."""
        x = np.empty_like(b)
        x[self._rows] = self._factors.solve(b[self._columns], "T")
        return x


class Elimination:
    """The elimination of all matrices of one pattern.

    Parameters
    ----------
    pattern: n x n with sorted indices; entries that happen to be zero belong to the pattern.
    layer: the year of each column's unknown, shape (n,); numbers that grow along the chain.

    Attributes
    ----------
    rows, columns: the order of equations and of unknowns, shape (n,) each.

    Raises ``ValueError`` where some unknowns are in no equation that is left for them: every matrix of
    the pattern is singular.
    """

    def __init__(self, pattern: sp.csc_matrix, layer: Index) -> None:
        self.rows, self.columns = elimination_order(pattern, layer)
        numbers = sp.csc_matrix(
            (np.arange(1, pattern.nnz + 1), pattern.indices, pattern.indptr), shape=pattern.shape
        )
        self._ordered = numbers.tocsr()[self.rows].tocsc()[:, self.columns].tocsc()
        self._ordered.sort_indices()
        self._source = self._ordered.data - 1

    def ordered(self, matrix: sp.csc_matrix) -> sp.csc_matrix:
        """A matrix of the pattern, its rows and columns in order."""
        return sp.csc_matrix(
            (matrix.data[self._source], self._ordered.indices, self._ordered.indptr),
            shape=matrix.shape,
        )

    def factorise(self, matrix: sp.csc_matrix) -> OrderedFactors:
        """LU factors of a matrix of the pattern; raises ``RuntimeError`` where it is singular."""
        return OrderedFactors(self.ordered(matrix), self.rows, self.columns)


def elimination_order(pattern: sp.csc_matrix, layer: Index) -> tuple[Index, Index]:
    """Orders of rows and columns, shape (n,) each; row k of the order is paired with column k.

    Raises ``ValueError`` where rows and columns cannot be paired.
    """
    n = pattern.shape[0]
    ones = sp.csc_matrix(
        (np.ones(pattern.nnz), pattern.indices, pattern.indptr), shape=(n, n)
    ).tocsr()
    row_of = np.asarray(maximum_bipartite_matching(ones, perm_type="row"), dtype=np.int64)
    alone = int(np.sum(row_of < 0))
    if alone:
        raise ValueError(
            f"{alone} of {n} unknowns have no equation of their own that could determine them"
        )
    paired = ones[row_of]
    graph = (paired + paired.T).tocsr()
    edges = graph.tocoo()
    across = layer[edges.row] != layer[edges.col]
    shared = np.zeros(n, dtype=bool)
    shared[edges.row[across]] = True
    parts: list[Index] = []
    for year in np.unique(layer):
        mine = layer == year
        own, kept = np.flatnonzero(mine & ~shared), np.flatnonzero(mine & shared)
        parts += [_minimum_degree(graph, own), kept]
    order = np.concatenate(parts)
    return row_of[order], order


def _minimum_degree(graph: sp.csr_matrix, nodes: Index) -> Index:
    """``nodes`` in minimum-degree order of the symmetric graph among them."""
    if len(nodes) < 3:
        return nodes
    block = graph[nodes][:, nodes].tocsc()
    # SuperLU gives the order only with a factorisation, which a heavy diagonal keeps free of pivoting
    heavy = (block + 2.0 * block.shape[0] * sp.eye(block.shape[0])).tocsc()
    place = splu(heavy, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=_OPTIONS).perm_c
    return nodes[np.argsort(place)]
