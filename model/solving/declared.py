"""The equations as they are declared, compiled: residuals and derivatives from the trees that Pyomo holds.

All nodes of all trees stand in one vector, ordered by their height above the leaves; a height is evaluated
for all equations at once, and derivatives follow by the chain rule (``chain_rule.py``). What the tape does
not know (an external function) is left to Pyomo's own evaluation and differentiation,
so that every equation is covered.

No file is written: a writer costs more than all else, and can be wrong. That of Pyomo 6.10.1 drops a factor
where a named expression such as 1.2 (x + 0) is used a second time. Where it is right, the tests compare every
residual and every derivative with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.expr.calculus.derivatives import Modes, differentiate
from pyomo.core.expr.calculus.diff_with_pyomo import DifferentiationException
from pyomo.core.expr.numvalue import is_constant
from pyomo.core.expr.visitor import identify_variables

from engels.model.solving.chain_rule import ChainRule, Operations, Sums

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

_UNARY: dict[str, Callable[[Vector], Vector]] = {
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "ceil": np.ceil,
    "floor": np.floor,
    "abs": np.abs,
}
_BINARY: dict[str, Callable[[Vector, Vector], Vector]] = {
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "<=": np.less_equal,
    "<": np.less,
    "==": np.equal,
}


class _Unknown(Exception):
    """A tree holds what the tape does not know."""


class DeclaredEquations:
    """Residuals of declared equations, body less right-hand side, and their derivatives.

    Parameters
    ----------
    equations: Pyomo constraints, equalities.
    variables: the Pyomo variables in the order of ``x``.
    used_only: leave out of ``x`` those that occur in no equation.

    Attributes
    ----------
    variables: the variables of ``x``.
    others: variables that occur in the equations and not in ``x``, and mutable parameters; evaluated at the
        values they hold.
    by_pyomo: places of the equations that are left to Pyomo.
    """

    def __init__(
        self, equations: Sequence[Any], variables: Sequence[Any], used_only: bool = False
    ) -> None:
        self._equations = list(equations)
        self.others: list[Any] = []
        self.by_pyomo: list[int] = []
        tape = _Tape({id(v): n for n, v in enumerate(variables)}, self.others)
        root = np.zeros(len(self._equations), dtype=np.int64)
        target = np.zeros(len(self._equations), dtype=np.int64)
        trees = []  # kept while they are read: a node is known by its address
        # what is made here is no garbage, and looking for some takes as long as the reading
        with PauseGC():
            for n, c in enumerate(self._equations):
                tree = c.body
                trees += [tree, c.upper]
                try:
                    target[n] = tape.read(c.upper)
                    root[n] = tape.read(tree)
                except (_Unknown, RecursionError):
                    self.by_pyomo.append(n)
                    if used_only:
                        tape.note(identify_variables(tree, include_fixed=True))
            self._steps = tape.steps()
        self._tape = tape
        self._program = [_evaluator(step) for step in self._steps]
        self._root, self._target = root, target
        self._start = np.array(tape.constants, dtype=float)
        self._gather = np.array(tape.slots, dtype=np.int64)
        self._position = np.array(tape.positions, dtype=np.int64)
        self.variables = list(variables)
        if used_only:
            mine = self._position < len(variables)
            used, self._position[mine] = np.unique(self._position[mine], return_inverse=True)
            self._position[~mine] -= len(variables) - len(used)
            self.variables = [variables[n] for n in used]
        self._chain_rule: ChainRule | None = None
        self._pattern: tuple[Index, Index] | None = None

    def same_as(self, other: DeclaredEquations) -> bool:
        """Whether both have the same trees, with the same numbers, of variables at the same places.

        False where either leaves an equation to Pyomo.
        """
        if self.by_pyomo or other.by_pyomo or len(self.others) != len(other.others):
            return False
        mine, theirs = self._tape, other._tape
        return (
            np.array_equal(self._root, other._root)
            and np.array_equal(self._target, other._target)
            # the slot that is left to Pyomo holds no number
            and np.array_equal(self._start, other._start, equal_nan=True)
            and np.array_equal(self._gather, other._gather)
            and np.array_equal(self._position, other._position)
            and mine.results == theirs.results
            and mine.arguments == theirs.arguments
            and mine.sums == theirs.sums
        )

    def residual(self, x: Vector) -> Vector:
        """Body less right-hand side at ``x``; NaN where an equation has no value. Shape (equations,)."""
        return self._evaluate(x, None)[0]

    def constant(self) -> dict[int, float]:
        """Residuals of the equations that hold no variable, by their places."""
        holds = np.zeros(len(self._equations), dtype=bool)
        holds[self.pattern()[0]] = True
        holds[self.by_pyomo] = True
        if np.all(holds):
            return {}
        gaps = self.residual(np.zeros(len(self.variables)))
        return {int(n): float(gaps[n]) for n in np.flatnonzero(~holds)}

    def pattern(self) -> tuple[Index, Index]:
        """Equation and entry of ``x`` of every derivative, each pair once; laid out at the first call."""
        if self._pattern is None:
            number = np.full(len(self._start), -1, dtype=np.int64)
            number[self._gather] = self._position
            number[number >= len(self.variables)] = -1
            rule = self._chain_rule = ChainRule(self._steps, self._root, number)
            rows, columns = [rule.rows], [rule.columns]
            for n, owners in self._left().items():
                rows.append(np.full(len(owners), n, dtype=np.int64))
                columns.append(np.array(list(owners), dtype=np.int64))
            self._pattern = np.concatenate(rows), np.concatenate(columns)
        return self._pattern

    def derivatives(self, x: Vector) -> Vector:
        """Derivatives of the residuals at ``x``, as :meth:`pattern` has them; NaN where one has no value."""
        self.pattern()
        assert self._chain_rule is not None
        others = self._held()
        with np.errstate(all="ignore"):
            found = [self._chain_rule.evaluate(self._values(x, others, None))]
        for n, owners in self._left().items():
            with self._placed(self._equations[n], x, others):
                found.append(_pyomo_derivatives(self._equations[n], list(owners.values())))
        data = np.concatenate(found)
        data[~np.isfinite(data)] = np.nan
        return data

    def _left(self) -> dict[int, dict[int, Any]]:
        """Variables of the equations that are left to Pyomo, by their place in ``x``."""
        if not self.by_pyomo:
            return {}
        at = {id(v): k for k, v in enumerate(self.variables)}
        found = {}
        for n in self.by_pyomo:
            held = identify_variables(self._equations[n].body, include_fixed=True)
            found[n] = {at[id(v)]: v for v in held if id(v) in at}
        return found

    def _held(self) -> Vector:
        held = [np.nan if v.value is None else v.value for v in self.others]
        return np.array(held, dtype=float)

    def compared(self, x: Vector, others: Vector) -> tuple[Vector, Vector]:
        """Residuals, and of each the size that its rounding is relative to.

        That is the error of the residual in first order where every number in the equation is wrong by its
        own size: a difference of two powers that is divided by 1e-8 may be wrong by 1e-8. ``others`` are
        values of :attr:`others`.
        """
        return self._evaluate(x, others)

    def _evaluate(self, x: Vector, others: Vector | None) -> tuple[Vector, Vector]:
        size: Vector | None = None
        if others is None:
            others = self._held()
        else:
            size = np.empty(len(self._start))
        with np.errstate(all="ignore"):
            v = self._values(x, others, size)
            found = v[self._root] - v[self._target]
            rounding = found if size is None else size[self._root] + size[self._target]
        for n in self.by_pyomo:
            c = self._equations[n]
            with self._placed(c, x, others) as held:
                found[n] = declared_residual(c)
                if size is not None:
                    rounding[n] = max((abs(v.value) for v in held), default=0.0)
        found[~np.isfinite(found)] = np.nan
        return found, rounding

    def _values(self, x: Vector, others: Vector, size: Vector | None) -> Vector:
        """Values of all nodes; their sizes are written to ``size``."""
        v = self._start.copy()
        v[self._gather] = np.concatenate([x, others])[self._position]
        if size is not None:
            size[:] = np.abs(v)
        for step in self._program:
            step(v, size)
        return v

    @contextmanager
    def _placed(self, c: Any, x: Vector, others: Vector) -> Iterator[list[Any]]:
        """The variables of an equation, for a while at values of ``x`` and ``others``."""
        at = dict(zip(map(id, self.variables), x.tolist(), strict=True))
        at |= dict(zip(map(id, self.others), others.tolist(), strict=True))
        held = [(v, v.value) for v in identify_variables(c.body, include_fixed=True)]
        try:
            for v, value in held:
                v.set_value(at.get(id(v), value), skip_validation=True)
            yield [v for v, _ in held]
        finally:
            for v, value in held:
                v.set_value(value, skip_validation=True)


def _pyomo_derivatives(c: Any, variables: list[Any]) -> Vector:
    """Derivatives of one equation by Pyomo's own differentiation; NaN where they have no value."""
    try:
        return np.array(
            differentiate(c.body, wrt_list=variables, mode=Modes.reverse_numeric), float
        )
    except (DifferentiationException, ValueError, OverflowError, ZeroDivisionError, TypeError):
        return np.full(len(variables), np.nan)


def declared_residual(c: Any) -> float:
    """One equation by Pyomo's own evaluation, body less right-hand side; NaN where it has no value."""
    try:
        # pyo.value would write what fails to the log as well
        gap = c.body(exception=True) - pyo.value(c.upper)
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan
    return float(gap) if isinstance(gap, (int, float)) and math.isfinite(gap) else math.nan


_Step = Callable[[Vector, Vector | None], None]


class _Tape:
    """Trees as operations on the entries of one vector."""

    def __init__(self, position: Mapping[int, int], others: list[Any]) -> None:
        self.height: list[int] = []
        self.constants: list[float] = []
        self.slots: list[int] = []
        self.positions: list[int] = []
        self._position = dict(position)
        self._known = len(position)
        self._others = others
        self._slot_of_variable: dict[int, int] = {}
        self._slot_of_number: dict[float, int] = {}
        self._slot_of_node: dict[int, int] = {}
        self._new(0, math.nan)  # what is left to Pyomo
        # (height, operation) -> places of the results, and of the arguments
        self.results: dict[tuple[int, str], list[int]] = {}
        self.arguments: dict[tuple[int, str], list[tuple[int, ...]]] = {}
        # height -> results, number of terms, terms, coefficients
        self.sums: dict[int, tuple[list[int], list[int], list[int], list[float]]] = {}

    def _new(self, height: int, constant: float = 0.0) -> int:
        self.height.append(height)
        self.constants.append(constant)
        return len(self.height) - 1

    def read(self, x: Any) -> int:
        """The slot of a number, a variable or a tree."""
        if x.__class__ in native_numeric_types:
            value = float(x)
            if value not in self._slot_of_number:
                self._slot_of_number[value] = self._new(0, value)
            return self._slot_of_number[value]
        if not x.is_expression_type():
            if not is_constant(x):
                return self._variable(x)
            return self.read(pyo.value(x))
        slot = self._slot_of_node.get(id(x))
        if slot is None:
            slot = self._slot_of_node[id(x)] = self._node(x)
        return slot

    def note(self, variables: Iterable[Any]) -> None:
        """Give variables a slot, though no tree that is read holds them."""
        for v in variables:
            self._variable(v)

    def _variable(self, v: Any) -> int:
        slot = self._slot_of_variable.get(id(v))
        if slot is None:
            slot = self._slot_of_variable[id(v)] = self._new(0)
            if id(v) not in self._position:
                self._position[id(v)] = self._known + len(self._others)
                self._others.append(v)
            self.slots.append(slot)
            self.positions.append(self._position[id(v)])
        return slot

    def _node(self, x: Any) -> int:
        if x.is_named_expression_type():
            if x.expr is None:
                raise _Unknown
            return self.read(x.expr)
        kind = _KINDS.get(x.__class__)
        if kind is None:
            raise _Unknown
        if kind == "+":
            return self._sum(x.args)
        if kind == "-":
            return self._sum((x,))
        if kind == "f":
            kind = x.getname()
            if kind not in _UNARY:
                raise _Unknown
        elif kind in ("<=", "<") and x.strict:
            kind = "<"
        places = tuple(self.read(a) for a in x.args)
        return self._operation(kind, places)

    def _operation(self, kind: str, places: tuple[int, ...]) -> int:
        height = 1 + max(self.height[p] for p in places)
        slot = self._new(height)
        self.results.setdefault((height, kind), []).append(slot)
        self.arguments.setdefault((height, kind), []).append(places)
        return slot

    def _sum(self, terms: Sequence[Any]) -> int:
        """A sum whose terms are read with their signs and constant factors."""
        places, factors = [], []
        for term in terms:
            factor = 1.0
            while term.__class__ not in native_numeric_types and term.is_expression_type():
                kind = _KINDS.get(term.__class__)
                if kind == "-":
                    factor, term = -factor, term.args[0]
                elif kind == "*" and term.args[0].__class__ in native_numeric_types:
                    factor, term = factor * float(term.args[0]), term.args[1]
                else:
                    break
            places.append(self.read(term))
            factors.append(factor)
        height = 1 + max((self.height[p] for p in places), default=0)
        slot = self._new(height)
        if places:
            results, counts, into, by = self.sums.setdefault(height, ([], [], [], []))
            results.append(slot)
            counts.append(len(places))
            into += places
            by += factors
        return slot

    def steps(self) -> list[Operations | Sums]:
        """The operations, lower ones first."""
        found: list[tuple[int, Operations | Sums]] = []
        for (height, kind), results in self.results.items():
            columns = np.array(self.arguments[height, kind], dtype=np.int64).T
            found.append((height, Operations(kind, np.array(results, dtype=np.int64), columns)))
        for height, (results, counts, places, factors) in self.sums.items():
            into = np.array(results, dtype=np.int64)
            step = Sums(
                into,
                np.repeat(into, counts),
                np.array(places, dtype=np.int64),
                np.array(factors, dtype=float),
            )
            found.append((height, step))
        return [step for _, step in sorted(found, key=lambda item: item[0])]


def _evaluator(step: Operations | Sums) -> _Step:
    """What writes the results of operations into the vector."""
    if isinstance(step, Operations):
        return _apply(step.kind, step.results, step.arguments)
    starts = np.flatnonzero(np.diff(step.owner, prepend=-1))
    return _add(step.results, starts, step.places, step.factors)


def _apply(kind: str, results: Index, arguments: Index) -> _Step:
    def step(v: Vector, size: Vector | None) -> None:
        a = v[arguments[0]]
        if kind in _UNARY:
            v[results] = _UNARY[kind](a)
        elif kind == "if":
            v[results] = np.where(a != 0, v[arguments[1]], v[arguments[2]])
        else:
            v[results] = _BINARY[kind](a, v[arguments[1]])
        if size is not None:
            size[results] = np.abs(v[results]) + _carried(kind, v, size, results, arguments)

    return step


def _carried(kind: str, v: Vector, size: Vector, results: Index, arguments: Index) -> Vector:
    """Error of an operation's results in first order, by the errors of its arguments."""
    f, a, by_a = v[results], v[arguments[0]], size[arguments[0]]
    if kind in ("*", "/", "**"):
        b, by_b = v[arguments[1]], size[arguments[1]]
        if kind == "*":
            return np.abs(a) * by_b + np.abs(b) * by_a
        if kind == "/":
            return (by_a + np.abs(f) * by_b) / np.abs(b)
        whole = np.abs(f) * np.abs(np.log(np.abs(a))) * by_b
        return np.abs(b * f / a) * by_a + np.where(np.isfinite(whole), whole, 0.0)
    if kind == "exp":
        return np.abs(f) * by_a
    if kind in ("log", "log10"):
        return by_a / np.abs(a)
    if kind == "sqrt":
        return by_a / np.abs(f)
    if kind == "if":
        return np.maximum(size[arguments[1]], size[arguments[2]])
    return by_a


def _add(results: Index, starts: Index, places: Index, factors: Vector) -> _Step:
    def step(v: Vector, size: Vector | None) -> None:
        v[results] = np.add.reduceat(factors * v[places], starts)
        if size is not None:
            size[results] = np.add.reduceat(np.abs(factors) * size[places], starts)

    return step


def _kinds() -> dict[type, str]:
    from pyomo.core.expr import numeric_expr as e
    from pyomo.core.expr import relational_expr as r

    return {
        e.SumExpression: "+",
        e.NPV_SumExpression: "+",
        e.NPV_NegationExpression: "-",
        e.NPV_ProductExpression: "*",
        e.NPV_DivisionExpression: "/",
        e.NPV_PowExpression: "**",
        e.NPV_UnaryFunctionExpression: "f",
        e.NPV_AbsExpression: "f",
        e.NPV_Expr_ifExpression: "if",
        e.LinearExpression: "+",
        e.NegationExpression: "-",
        e.MonomialTermExpression: "*",
        e.ProductExpression: "*",
        e.DivisionExpression: "/",
        e.PowExpression: "**",
        e.UnaryFunctionExpression: "f",
        e.AbsExpression: "f",
        e.Expr_ifExpression: "if",
        r.InequalityExpression: "<=",
        r.EqualityExpression: "==",
    }


_KINDS = _kinds()
