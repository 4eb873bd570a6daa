"""Trees of equations as operations on the entries of one vector.

Most equations of an economy have the form of others: that of the year before, or of another sector. Every
tree is therefore gone through once, and quickly, for its form and its leaves (:func:`_flat`); a form is laid
out once for all equations that have it, with a column of places in the vector where the tree of one equation
has a place. Equations that differ in anything but variables and numbers have different forms, so that nothing
is taken for the same that is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.expr.numvalue import is_constant

from engels.model.solving.chain_rule import Operations, Sums
from engels.model.solving.operations import BINARY, UNARY

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

_ARGUMENTS = {
    **dict.fromkeys(UNARY, 1),
    **dict.fromkeys(BINARY, 2),
    "if": 3,
}
_NUMBER, _VARIABLE, _TERM = "n", "v", "nv"
"""Codes of leaves: a number, a variable, and a number times a variable."""

Code = str | int
"""What stands at a node: an operation, a leaf, or the number of terms of a sum."""


class UnknownTree(Exception):
    """A tree holds what the tape does not know."""


@dataclass(frozen=True)
class Read:
    """All trees of one form: the number of each (T), its variables (T x V) and its numbers (T x C)."""

    code: tuple[Code, ...]
    owners: Index
    places: Index
    values: Vector


class Tape:
    """Trees that were read, and the vector in which their nodes stand.

    Parameters
    ----------
    position: id of a variable -> its place in ``x``.
    known: number of entries of ``x``.

    Attributes
    ----------
    others: variables that are not in ``x``, and mutable parameters, in the order in which they were met.
    start: values of the vector where nothing was evaluated yet: numbers, and NaN at place 0.
    place: where each variable stands (those of ``x``, then the others); -1 where no tree holds it.
    """

    def __init__(self, position: Mapping[int, int], known: int) -> None:
        self._position = dict(position)
        self._known = known
        self.others: list[Any] = []
        self._forms: dict[tuple[Code, ...], tuple[Any, Any, Any]] = {}
        self._results: dict[tuple[int, str], tuple[list[Index], list[list[Index]]]] = {}
        self._sums: dict[int, list[Sums]] = {}
        self._size = 0
        self._numbers: list[tuple[Index, Vector]] = []
        self.start = np.zeros(0)
        self.place = np.zeros(0, dtype=np.int64)

    def read(self, tree: Any, number: int) -> None:
        """Take up a tree; ``number`` is where its root is found afterwards (:meth:`lay_out`).

        Raises :class:`UnknownTree`; the tape is what it was then.
        """
        code, variables, numbers = _flat(tree, self._place)
        owners, places, values = self._forms.setdefault(tuple(code), ([], [], []))
        owners.append(number)
        places += variables
        values += numbers

    def examples(self) -> list[int]:
        """The first and the last tree that was read of every form."""
        return sorted({n for owners, _, _ in self._forms.values() for n in (owners[0], owners[-1])})

    def forms(self) -> Iterator[Read]:
        """Everything that was read, form by form."""
        for code, (owners, places, values) in self._forms.items():
            count = len(owners)
            yield Read(
                code,
                np.array(owners, dtype=np.int64),
                np.array(places, dtype=np.int64).reshape(count, -1),
                np.array(values, dtype=float).reshape(count, -1),
            )

    @classmethod
    def of_forms(cls, forms: Iterable[Read], known: int) -> Tape:
        """A tape that has read these; ``known`` is the number of entries of ``x``."""
        tape = cls({}, known)
        for f in forms:
            tape._forms[f.code] = (f.owners, f.places.ravel(), f.values.ravel())
        return tape

    def note(self, variables: Iterable[Any]) -> list[int]:
        """Numbers of variables."""
        return [self._place(v) for v in variables]

    def _place(self, v: Any) -> int:
        n = self._position.get(id(v))
        if n is None:
            n = self._position[id(v)] = self._known + len(self.others)
            self.others.append(v)
        return n

    def lay_out(self, count: int, noted: Sequence[int]) -> tuple[Index, list[Operations | Sums]]:
        """Places of the roots of ``count`` trees, and the operations, lower ones first.

        A root is 0 where no tree was read, or one that is too deep. ``noted`` are numbers of variables that
        have a place though no tree holds them.
        """
        used = np.zeros(self._known + len(self.others), dtype=bool)
        used[list(noted)] = True
        for _, places, _ in self._forms.values():
            used[places] = True
        self.place = np.where(used, np.cumsum(used), -1)
        self._size = 1 + int(used.sum())  # place 0 is what is left to Pyomo
        roots = np.zeros(count, dtype=np.int64)
        for code, (owners, places, values) in self._forms.items():
            held = self.place[np.array(places, dtype=np.int64)]
            try:
                roots[owners] = _Form(self, code, held, values, len(owners)).root
            except RecursionError:
                continue
        self.start = np.zeros(self._size)
        self.start[0] = math.nan
        for at, x in self._numbers:
            self.start[at] = x
        return roots, self._steps()

    def new(self, count: int) -> Index:
        """Places for as many results."""
        self._size += count
        return np.arange(self._size - count, self._size)

    def constants(self, column: Vector) -> Index:
        """Places of numbers, one for each value."""
        found, which = np.unique(column, return_inverse=True)
        at = self.new(len(found))
        self._numbers.append((at, found))
        return at[which]

    def operation(self, height: int, kind: str, arguments: list[Index]) -> Index:
        """Places of the results of one operation of many equations."""
        at = self.new(len(arguments[0]))
        results, columns = self._results.setdefault((height, kind), ([], []))
        results.append(at)
        columns.append(arguments)
        return at

    def sum(self, height: int, terms: list[Index], factors: list[Vector]) -> Index:
        """Places of the sums of ``terms`` times ``factors``, of many equations."""
        at = self.new(len(terms[0]))
        places = np.stack(terms, axis=1).ravel()
        sums = Sums(at, np.repeat(at, len(terms)), places, np.stack(factors, axis=1).ravel())
        self._sums.setdefault(height, []).append(sums)
        return at

    def _steps(self) -> list[Operations | Sums]:
        steps: list[tuple[int, Operations | Sums]] = []
        for (height, kind), (results, columns) in self._results.items():
            arguments = np.stack([np.concatenate(part) for part in zip(*columns, strict=True)])
            steps.append((height, Operations(kind, np.concatenate(results), arguments)))
        for height, parts in self._sums.items():
            joined = (
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("results", "owner", "places", "factors")
            )
            steps.append((height, Sums(*joined)))
        return [step for _, step in sorted(steps, key=lambda item: item[0])]


def _flat(tree: Any, place: Any) -> tuple[list[Code], list[int], list[float]]:
    """A tree, the root first and arguments in their order: codes, and its variables and numbers in turn."""
    code: list[Code] = []
    variables: list[int] = []
    numbers: list[float] = []
    stack = [tree]
    pop, kinds = stack.pop, _KINDS
    while stack:
        x = pop()
        kind = kinds.get(x.__class__)
        if kind == "nv":
            factor, v = x.args
            if factor.__class__ is float and v.is_variable_type():
                code.append("nv")
                numbers.append(factor)
                variables.append(place(v))
                continue
            kind = "*"
        if kind is None:
            if x.__class__ in native_numeric_types:
                code.append("n")
                numbers.append(float(x))
            elif not x.is_expression_type():
                if is_constant(x):
                    code.append("n")
                    numbers.append(float(pyo.value(x)))
                else:
                    code.append("v")
                    variables.append(place(x))
            elif x.is_named_expression_type() and x.expr is not None:
                stack.append(x.expr)
            else:
                raise UnknownTree
            continue
        arguments = x.args
        if kind == "+":
            code.append(len(arguments))
        elif kind == "f":
            name = x.getname()
            if name not in UNARY:
                raise UnknownTree
            code.append(name)
        elif kind == "<=":
            code.append("<" if x.strict else "<=")
        else:
            code.append(kind)
        stack.extend(arguments[::-1])
    return code, variables, numbers


class _Form:
    """One form of trees, laid out for all equations that have it."""

    def __init__(
        self, tape: Tape, code: Sequence[Code], places: Index, values: Sequence[float], count: int
    ) -> None:
        self._tape, self._code, self._count = tape, code, count
        self._places = places.reshape(count, -1).T
        self._values = np.array(values, dtype=float).reshape(count, -1).T
        self._next = self._place = self._value = 0
        self.root = self._node()[0]

    def _take(self) -> Code:
        self._next += 1
        return self._code[self._next - 1]

    def _variable(self) -> Index:
        self._place += 1
        return self._places[self._place - 1]

    def _number(self) -> Vector:
        self._value += 1
        return self._values[self._value - 1]

    def _node(self) -> tuple[Index, int]:
        """Places of the next node, and its height above the leaves."""
        kind = self._take()
        if kind == _NUMBER:
            return self._tape.constants(self._number()), 0
        if kind == _VARIABLE:
            return self._variable(), 0
        if isinstance(kind, int):
            return self._sum(kind)
        if kind in (_TERM, "-"):
            self._next -= 1
            return self._sum(1)
        parts = [self._node() for _ in range(_ARGUMENTS[kind])]
        height = 1 + max(h for _, h in parts)
        return self._tape.operation(height, kind, [p for p, _ in parts]), height

    def _sum(self, count: int) -> tuple[Index, int]:
        """A sum, whose terms are read with their signs and the numbers in front of them."""
        if not count:
            return self._tape.constants(np.zeros(self._count)), 0
        terms, factors, height = [], [], 0
        for _ in range(count):
            factor = np.ones(self._count)
            while True:
                kind = self._code[self._next]
                if kind == "-":
                    factor = -factor
                    self._next += 1
                elif kind == "*" and self._code[self._next + 1] == _NUMBER:
                    factor = factor * self._number()
                    self._next += 2
                else:
                    break
            if kind == _TERM:
                factor = factor * self._number()
                self._next += 1
                term, above = self._variable(), 0
            else:
                term, above = self._node()
            terms.append(term)
            factors.append(factor)
            height = max(height, above)
        return self._tape.sum(height + 1, terms, factors), height + 1


def _kinds() -> dict[type, str]:
    from pyomo.core.expr import numeric_expr as e
    from pyomo.core.expr import relational_expr as r

    return {
        e.SumExpression: "+",
        e.LinearExpression: "+",
        e.NegationExpression: "-",
        e.MonomialTermExpression: "nv",
        e.ProductExpression: "*",
        e.DivisionExpression: "/",
        e.PowExpression: "**",
        e.UnaryFunctionExpression: "f",
        e.AbsExpression: "f",
        e.Expr_ifExpression: "if",
        e.NPV_SumExpression: "+",
        e.NPV_NegationExpression: "-",
        e.NPV_ProductExpression: "*",
        e.NPV_DivisionExpression: "/",
        e.NPV_PowExpression: "**",
        e.NPV_UnaryFunctionExpression: "f",
        e.NPV_AbsExpression: "f",
        e.NPV_Expr_ifExpression: "if",
        r.InequalityExpression: "<=",
        r.EqualityExpression: "==",
    }


_KINDS = _kinds()
