"""Derivatives of trees that stand in one vector, by their variables.

What an operation's result gains by each argument (its partial derivative) belongs to the edge between them,
and is evaluated for all edges of a kind at once. From the root of an equation the chain rule multiplies them
on the way down:

    gain(root) = 1      gain(child) = gain(parent) partial(edge)

A derivative is the sum of gains over all ways to the variable. A node on which several equations rest is gone
through once for each, since its gain is another in each; this is laid out when equations are compiled, and
evaluated level by level for all equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engels.model.solving.operations import BINARY, UNARY

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Operations:
    """All operations of one kind: places of their results, and of their arguments (one row each)."""

    kind: str
    results: Index
    arguments: Index

    def same_as(self, other: Operations | Sums) -> bool:
        """Whether the other's are the same."""
        return (
            isinstance(other, Operations)
            and self.kind == other.kind
            and np.array_equal(self.results, other.results)
            and np.array_equal(self.arguments, other.arguments)
        )


@dataclass(frozen=True)
class Sums:
    """All sums of a height: results, and of every term its sum, its place and its factor."""

    results: Index
    owner: Index
    places: Index
    factors: Vector

    def same_as(self, other: Operations | Sums) -> bool:
        """Whether the other's are the same."""
        return isinstance(other, Sums) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("results", "owner", "places", "factors")
        )


_Partial = Callable[[Vector], Vector]


class ChainRule:
    """Sparse derivatives of the values of trees.

    Parameters
    ----------
    steps: the operations, lower ones first.
    roots: place of every equation's value in the vector, shape (equations,).
    variable: of every place the number of the variable that stands there, or -1; shape (places,).

    Attributes
    ----------
    rows, columns: equation and variable of every derivative, each pair once.
    """

    def __init__(self, steps: Sequence[Operations | Sums], roots: Index, variable: Index) -> None:
        self._partials: list[tuple[int, int, _Partial]] = []
        self._choices = False
        parents: list[Index] = []
        children: list[Index] = []
        constant: list[Vector] = []
        moves = variable >= 0
        edges = 0

        def add(parent: Index, child: Index, values: Vector | None, f: _Partial | None) -> None:
            nonlocal edges
            count = len(parent)
            if not count:
                return
            parents.append(parent)
            children.append(child)
            constant.append(np.zeros(count) if values is None else values)
            if f is not None:
                self._partials.append((edges, edges + count, f))
            edges += count

        for step in steps:
            if isinstance(step, Sums):
                used = moves[step.places] & (step.factors != 0)
                moves[step.owner[used]] = True
                add(step.owner[used], step.places[used], step.factors[used], None)
                continue
            self._choices |= step.kind == "if"
            for k, arguments in enumerate(step.arguments):
                kept = moves[arguments]
                f = _partial(step, k, kept)
                if f is not None:
                    moves[step.results[kept]] = True
                    add(step.results[kept], arguments[kept], None, f)
        none = np.zeros(0, dtype=np.int64)
        self._edge = np.concatenate([np.zeros(0), *constant])
        self._lay_out(
            np.concatenate([none, *parents]), np.concatenate([none, *children]), roots, variable
        )

    def _lay_out(self, parents: Index, children: Index, roots: Index, variable: Index) -> None:
        """Every way from a root down to a variable, level by level."""
        by_parent = np.argsort(parents, kind="stable")
        degree = np.bincount(parents, minlength=len(variable))
        start = np.cumsum(degree) - degree
        place, equation = roots, np.arange(len(roots))
        begin, end = 0, len(roots)
        self._levels: list[tuple[int, int, Index, Index]] = []
        none = np.zeros(0, dtype=np.int64)
        gains, owner, number = [none], [none], [none]
        while len(place):
            leaf = np.flatnonzero(variable[place] >= 0)
            gains.append(begin + leaf)
            owner.append(equation[leaf])
            number.append(variable[place[leaf]])
            count = degree[place]
            above = np.repeat(np.arange(len(place)), count)
            first = np.cumsum(count) - count
            edge = by_parent[np.arange(len(above)) - first[above] + start[place][above]]
            place, equation = children[edge], equation[above]
            self._levels.append((end, end + len(edge), begin + above, edge))
            begin, end = end, end + len(edge)
        self._roots, self._uses = len(roots), end
        found = np.concatenate(gains)
        key = np.concatenate(owner) * (1 + int(variable.max(initial=0))) + np.concatenate(number)
        order = np.argsort(key, kind="stable")
        firsts = np.flatnonzero(np.diff(key[order], prepend=-1))
        self._found, self._firsts = found[order], firsts
        self.rows = np.concatenate(owner)[order][firsts]
        self.columns = np.concatenate(number)[order][firsts]

    def evaluate(self, v: Vector) -> Vector:
        """The derivatives, where ``v`` holds the value of every place; shape of ``rows``."""
        if not len(self._found):
            return np.zeros(0)
        with np.errstate(all="ignore"):
            for begin, end, f in self._partials:
                self._edge[begin:end] = f(v)
            gain = np.empty(self._uses)
            gain[: self._roots] = 1.0
            for begin, end, above, edge in self._levels:
                np.multiply(gain[above], self._edge[edge], out=gain[begin:end])
                if self._choices:
                    # what is not chosen may have no value
                    gain[begin:end][gain[above] == 0] = 0.0
        return np.asarray(np.add.reduceat(gain[self._found], self._firsts))


def _partial(step: Operations, k: int, kept: NDArray[np.bool_]) -> _Partial | None:
    """Partial derivatives of the results by argument ``k``, where ``kept``; None where all are zero."""
    results = step.results[kept]
    arguments = step.arguments[:, kept]
    if not len(results):
        return None
    if step.kind == "if":
        if k == 0:
            return None
        return lambda v: ((v[arguments[0]] != 0) == (k == 1)).astype(float)
    if step.kind in UNARY:
        unary = UNARY[step.kind].slope
        return unary and (lambda v: unary(v[results], v[arguments[0]]))
    slopes = BINARY[step.kind].slopes
    if slopes is None:
        return None
    binary = slopes[k]
    return lambda v: binary(v[results], v[arguments[0]], v[arguments[1]])
