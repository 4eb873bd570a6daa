"""Linear solvers on one Jacobian, timed for ``engels bench``: why Newton's method factorises as it does.

SuperLU in the order of ``model/solving/ordering.py`` is what the fast path uses. KLU orders by itself
and takes no order from outside; it is timed on the Jacobian as it is and on the
Jacobian put in our order first.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from engels.benchmarks.timing import printed
from engels.model.solving.ordering import Elimination

Record = dict[str, Any]

LIMIT = 45.0
"""Seconds after which one linear solver is given up."""

METHODS = {
    "superlu": "SuperLU in our order",
    "klu": "KLU",
    "klu_ordered": "KLU on rows and columns in our order",
}
NOTE = (
    "One factorisation of the Jacobian at the shocked baseline, and the largest residual of the solution "
    "of J x = J 1, relative to J 1. Our order is found once for a closure.\n"
)


def store(file: Path, matrix: sp.csc_matrix, layer: NDArray[np.int64]) -> None:
    """Keep a matrix and the year of every unknown for :func:`measure`."""
    np.savez(file, data=matrix.data, indices=matrix.indices, indptr=matrix.indptr, layer=layer)


def measure(file: str, method: str) -> Iterator[Record]:
    """Times of one of :data:`METHODS` on a matrix that :func:`store` kept."""
    with np.load(file) as kept:
        n = len(kept["indptr"]) - 1
        matrix = sp.csc_matrix((kept["data"], kept["indices"], kept["indptr"]), shape=(n, n))
        layer = kept["layer"]
    b = matrix @ np.ones(n)
    factorise: Callable[[], Any]
    if method == "klu":
        klu = importlib.import_module("PyKLU").Klu
        factorise, system, target = lambda: klu(matrix), matrix, b
    else:
        start = time.perf_counter()
        elimination = Elimination(matrix, layer)
        yield {"order_s": time.perf_counter() - start}
        if method == "superlu":
            factorise, system, target = lambda: elimination.factorise(matrix), matrix, b
        else:
            klu = importlib.import_module("PyKLU").Klu
            system, target = elimination.ordered(matrix), b[elimination.rows]
            factorise = lambda: klu(system)  # noqa: E731
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        factors = factorise()
        taken.append(time.perf_counter() - start)
    gap = np.max(np.abs(system @ factors.solve(target) - target)) / np.max(np.abs(target))
    yield {"factor_s": sorted(taken)[1], "gap": float(gap)}


def compare(size: str, file: Path, measured: Callable[..., Record]) -> list[Record]:
    """Every method on the matrix in ``file``; nothing where there is none, or no KLU to compare with.

    ``measured(kind, limit, **arguments)`` measures in a process of its own.
    """
    if not file.exists() or importlib.util.find_spec("PyKLU") is None:
        return []
    return [
        {"size": size, "method": m, **measured("lu", LIMIT, file=str(file), method=m)}
        for m in METHODS
    ]


def cells(records: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The comparison as text, headings first; a method that was given up says so."""
    sizes = list(dict.fromkeys(r["size"] for r in records))
    found = {(r["size"], r["method"]): r for r in records}
    table = [["sectors x years", *sizes]]

    def add(label: str, method: str, name: str, digits: int) -> None:
        row = [label]
        for size in sizes:
            record = found[size, method]
            missing = record.get("note", "") if name == "factor_s" else ""
            row.append(printed(record[name], digits) if name in record else str(missing))
        table.append(row)

    add("our order, s", "superlu", "order_s", 3)
    for method, label in METHODS.items():
        add(f"{label}: factorisation, s", method, "factor_s", 3)
        add("- residual of its solution", method, "gap", -1)
    return table
