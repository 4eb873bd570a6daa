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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.calculus.derivatives import Modes, differentiate
from pyomo.core.expr.calculus.diff_with_pyomo import DifferentiationException
from pyomo.core.expr.visitor import identify_variables

from engels.model.solving.chain_rule import ChainRule, Operations, Sums
from engels.model.solving.operations import BINARY, UNARY
from engels.model.solving.tape import Tape, UnknownTree

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """An expression by itself, evaluated as an equation whose right-hand side is zero."""

    body: Any
    upper: float = 0.0


class DeclaredEquations:
    """Residuals of declared equations, body less right-hand side, and their derivatives.

    Parameters
    ----------
    equations: Pyomo constraints, equalities; or expressions, each a :class:`Tree`.
    variables: the Pyomo variables in the order of ``x``.
    used_only: leave out of ``x`` those that occur in no equation.

    Attributes
    ----------
    variables: the variables of ``x``; none where the equations come from a tape.
    used: their places among the variables that were given.
    count, size: numbers of equations and of entries of ``x``.
    others: variables that occur in the equations and not in ``x``, and mutable parameters; evaluated at the
        values they hold.
    examples: places of two equations at most of every form of tree; equations of one form are read as one.
    by_pyomo: places of the equations that are left to Pyomo.
    """

    def __init__(
        self, equations: Sequence[Any], variables: Sequence[Any], used_only: bool = False
    ) -> None:
        self._equations = list(equations)
        count = len(self._equations)
        tape = Tape({id(v): n for n, v in enumerate(variables)}, len(variables))
        unknown: list[int] = []
        # what is made here is no garbage, and looking for some takes as long as the reading
        with PauseGC():
            for n, c in enumerate(self._equations):
                try:
                    tape.read(c.body, n)
                    tape.read(c.upper, count + n)
                except UnknownTree:
                    unknown.append(n)
            noted = tape.note(v for n in unknown for v in self._held_by(n))
            used = self._lay_out(tape, count, len(variables), unknown, noted, used_only)
        self.variables = [variables[n] for n in used]

    @classmethod
    def of_tape(
        cls,
        tape: Tape,
        count: int,
        size: int,
        used_only: bool = False,
        equations: Sequence[Any] = (),
        variables: Sequence[Any] = (),
    ) -> DeclaredEquations:
        """``count`` equations that a tape holds, of ``size`` variables.

        The tree of equation n is number n of the tape, and that of its right-hand side ``count + n``. All
        trees must be of kinds that the tape knows. What they are in Pyomo need not be given.
        """
        d = cls.__new__(cls)
        d._equations = list(equations)
        with PauseGC():
            used = d._lay_out(tape, count, size, [], [], used_only)
        d.variables = [variables[n] for n in used] if variables else []
        return d

    def _lay_out(
        self,
        tape: Tape,
        count: int,
        size: int,
        unknown: Sequence[int],
        noted: Sequence[int],
        used_only: bool,
    ) -> Index:
        """Make the program of a tape; returns the places of the variables of ``x`` among all."""
        self.count = count
        roots, self._steps = tape.lay_out(2 * count, noted)
        self.examples = sorted({n % count for n in tape.examples()})
        self._root, self._target = roots[:count], roots[count:]
        self.by_pyomo = sorted({*unknown, *np.flatnonzero(self._root * self._target == 0).tolist()})
        self._root[self.by_pyomo] = 0
        self.others, self._start = tape.others, tape.start
        self._program = [_evaluator(step) for step in self._steps]
        self._position = np.flatnonzero(tape.place >= 0)
        self._gather = tape.place[self._position]
        used = np.arange(size)
        if used_only:
            mine = self._position < size
            used = self._position[mine]
            self._position = np.arange(len(self._position))
        self.used, self.size = used, len(used)
        self._last: tuple[Vector, Vector] | None = None
        self._chain_rule: ChainRule | None = None
        self._pattern: tuple[Index, Index] | None = None
        return used

    def same_as(self, other: DeclaredEquations) -> bool:
        """Whether both have the same trees, with the same numbers, of variables at the same places.

        False where either leaves an equation to Pyomo.
        """
        if self.by_pyomo or other.by_pyomo or len(self.others) != len(other.others):
            return False
        return (
            np.array_equal(self._root, other._root)
            and np.array_equal(self._target, other._target)
            # the place that is left to Pyomo holds no number
            and np.array_equal(self._start, other._start, equal_nan=True)
            and np.array_equal(self._gather, other._gather)
            and np.array_equal(self._position, other._position)
            and len(self._steps) == len(other._steps)
            and all(a.same_as(b) for a, b in zip(self._steps, other._steps, strict=True))
        )

    def residual(self, x: Vector) -> Vector:
        """Body less right-hand side at ``x``; NaN where an equation has no value. Shape (equations,)."""
        return self._evaluate(x, None)[0]

    def constant(self) -> dict[int, float]:
        """Residuals of the equations that hold no variable, by their places."""
        holds = np.zeros(self.count, dtype=bool)
        holds[self.pattern()[0]] = True
        holds[self.by_pyomo] = True
        if np.all(holds):
            return {}
        gaps = self.residual(np.zeros(self.size))
        return {int(n): float(gaps[n]) for n in np.flatnonzero(~holds)}

    def pattern(self) -> tuple[Index, Index]:
        """Equation and entry of ``x`` of every derivative, each pair once; laid out at the first call."""
        if self._pattern is None:
            number = np.full(len(self._start), -1, dtype=np.int64)
            number[self._gather] = self._position
            number[number >= self.size] = -1
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
            found[n] = {at[id(v)]: v for v in self._held_by(n) if id(v) in at}
        return found

    def _held_by(self, n: int) -> Iterator[Any]:
        """The variables of an equation."""
        return iter(identify_variables(self._equations[n].body, include_fixed=True))

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
        leaves = np.concatenate([x, others])
        # derivatives are asked for where the residual was
        if size is None and self._last is not None and np.array_equal(self._last[0], leaves):
            return self._last[1]
        v = self._start.copy()
        v[self._gather] = leaves[self._position]
        if size is not None:
            size[:] = np.abs(v)
        for step in self._program:
            step(v, size)
        self._last = leaves, v
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
    except (ValueError, OverflowError, ZeroDivisionError, TypeError):
        return math.nan
    return float(gap) if isinstance(gap, (int, float)) and math.isfinite(gap) else math.nan


_Step = Callable[[Vector, Vector | None], None]


def _evaluator(step: Operations | Sums) -> _Step:
    """What writes the results of operations into the vector."""
    if isinstance(step, Operations):
        return _apply(step.kind, step.results, step.arguments)
    starts = np.flatnonzero(np.diff(step.owner, prepend=-1))
    return _add(step.results, starts, step.places, step.factors)


def _apply(kind: str, results: Index, arguments: Index) -> _Step:
    def step(v: Vector, size: Vector | None) -> None:
        a = v[arguments[0]]
        if kind in UNARY:
            v[results] = UNARY[kind].value(a)
        elif kind == "if":
            v[results] = np.where(a != 0, v[arguments[1]], v[arguments[2]])
        else:
            v[results] = BINARY[kind].value(a, v[arguments[1]])
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
