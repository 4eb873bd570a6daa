"""The fast path: Newton's method in memory, on exact derivatives of the declared equations.

The economy is compiled once (``declared.py``), with every driver kept as a variable, and serves every closure
and every scenario after that: a closure only says which columns of the Jacobian are unknowns. Each step
solves

    J(x) dx = -F(x)        F: all equations, J: their derivatives by the unknowns

by sparse LU (SuperLU in the order of ``ordering.py``, which also says why not KLU). A step is damped until
the correction that is left after it, J(x)^-1 F(x + dx), is smaller than the step itself. This natural
monotonicity test (Deuflhard 2004, Newton Methods for Nonlinear Problems, section 3.3) does not depend on how
equations are scaled; a test on the residual would crawl where a small sector's demand is far from its
benchmark. The factors serve again while one step removes all but ``REUSE`` of the correction. Accepted by
the same tolerance and the same certificate as Ipopt, which stays the reference.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from numpy.typing import NDArray
from pyomo.core.expr.numvalue import is_constant

from engels.model.algebra.errors import ClosureError, ModelError
from engels.model.solving.deadline import Deadline
from engels.model.solving.declared import DeclaredEquations, declared_residual
from engels.model.solving.ordering import Elimination, OrderedFactors
from engels.model.solving.words import in_words

Vector = NDArray[np.float64]

REUSE = 0.1
"""LU factors serve again while a step leaves at most this share of the correction."""
CONVERGED = 1.0e-10
"""Largest scaled residual at which iterations end (Ipopt's ``tol``)."""
TOLERANCE = 1.0e-8
"""Largest scaled residual of an accepted solution (equations are written relative to benchmark values)."""
POINTS = ((1, 0.1), (2, 0.1), (3, 0.02), (4, 1e-3), (5, 1e-5))
"""Seed and spread (of the logarithm) of the points at which compiled equations are compared with Pyomo's own
evaluation; at the last ones everything that has a value at the model's own point has one."""
COMPARED = 2
"""Points at which all that are compared must have a value."""
CONSTANT = 1.0e-8
"""An equation without a variable holds where its sides differ by no more (as Pyomo's writer has it)."""
ALIKE = 1.0e-12
"""A compiled equation may differ from the declared one by so much of the size to which it is rounded."""
MAX_ITERATIONS = 60
POLISHED = 3
"""So often at most a solution that has converged is corrected with the factors in hand."""
SHORTEST_STEP = 1.0 / 1024
CORRECTIONS, CORRECTED, ACCURATE = 8, 1.0e-13, 1.0e-5
"""Tangents are corrected at most so many times, until they miss their equations by the first share of the
largest; they may miss them by the second."""
SINGULAR = 1.0e-11
"""Equations of which the smallest singular value is below this do not determine their unknowns."""
INVERSE_ITERATIONS = 4
SMALL = 1.0e-3
"""Entries of x below this (trillion yuan, or an index) count as this large when corrections are sized:
a premium of zero has no size of its own, and a tiny flow must not hold up the rest."""


class Factors(Protocol):
    """LU factors of a Jacobian."""

    def solve(self, b: Vector) -> Vector:
        """Solution of J x = b."""


@dataclass
class NewtonResult:
    """Outcome of :meth:`NewtonSystem.solve`; ``converged`` decides, ``message`` says why not.

    ``missed`` is by how much each of the declared equations is missed, ``residual`` the most of it.
    """

    x: Vector
    converged: bool
    message: str
    iterations: int
    jacobians: int
    factorisations: int
    missed: Vector
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def residual(self) -> float:
        """Largest scaled residual; infinite where an equation cannot be evaluated."""
        return float(np.max(np.abs(self.missed))) if np.all(np.isfinite(self.missed)) else np.inf


def compiled(m: pyo.ConcreteModel) -> tuple[DeclaredEquations, list[Any]]:
    """The model's equations, compiled, and the constraints that they are, in the model's order.

    Every variable that occurs, fixed or not, is one of ``x``. Raises :class:`ClosureError` for an equation
    that holds no variable and is wrong, and where there is none that holds one.
    """
    constraints = list(m.component_data_objects(pyo.Constraint, active=True))
    variables = list(m.component_data_objects(pyo.Var, active=True))
    declared = DeclaredEquations(constraints, variables, used_only=True)
    constant = declared.constant()
    if constant:
        for n, gap in constant.items():
            if not abs(gap) <= CONSTANT:
                raise ClosureError(
                    f"an equation holds no variable and is wrong: {constraints[n].name} is missed by {gap:g}"
                )
        constraints = [c for n, c in enumerate(constraints) if n not in constant]
        declared = DeclaredEquations(constraints, variables, used_only=True)
    if not constraints:
        raise ClosureError("the model has no equation that holds a variable")
    return declared, constraints


def require_alike(declared: DeclaredEquations, constraints: Sequence[Any]) -> None:
    """Compare equations of every form of tree with Pyomo's own evaluation, at points that have a value.

    Equations of one form are read as one, so that their first and last stand for all. The points are
    scattered: where prices are 1, a factor that is lost does not show. Raises
    :class:`ModelError` with the equation that differs most.
    """
    sample, compared = declared.examples, 0
    chosen = [constraints[n] for n in sample]
    owners = declared.variables
    held = [v.value for v in owners]
    before = np.array([0.0 if x is None else x for x in held], dtype=float)
    others = np.array([v.value for v in declared.others], dtype=float)
    try:
        for seed, spread in POINTS:
            z = np.random.default_rng(seed).uniform(-1, 1, len(before))
            # what is zero has no size of its own, and most often no negative side
            x = np.where(before == 0, np.abs(z) * spread, before * np.exp(spread * z))
            for v, value in zip(owners, x.tolist(), strict=True):
                v.set_value(value, skip_validation=True)
            there = np.array([declared_residual(c) for c in chosen])
            here, size = (part[sample] for part in declared.compared(x, others))
            _require_near(chosen, here, there, size)
            compared += bool(np.all(np.isfinite(there)))
            if compared == COMPARED:
                return
    finally:
        for v, value in zip(owners, held, strict=True):
            v.set_value(value, skip_validation=True)


def _require_near(equations: Sequence[Any], here: Vector, there: Vector, size: Vector) -> None:
    gap = np.abs(there - here)
    # where a tree has no size (a root of zero) its numbers still have one
    size = np.where(np.isfinite(size), size, 1e3)
    known = np.isfinite(there)
    wrong = np.flatnonzero(known & ~(gap <= ALIKE * (1 + size)))
    if len(wrong):
        worst = wrong[np.argmax(np.where(np.isnan(gap), np.inf, gap)[wrong])]
        c = equations[worst]
        words = in_words(c.parent_component().local_name, c.index())
        raise ModelError(
            f"{words} [{c.name}] was compiled wrongly: it has {here[worst]:.6g} where the equation as "
            f"declared has {there[worst]:.6g} ({len(wrong)} of {len(gap)} equations looked at differ; "
            f"Pyomo {version('pyomo')}); nothing was solved"
        )


class Named(Protocol):
    """The objects in Pyomo that a compiled system is of, made where somebody asks for them."""

    @property
    def model(self) -> pyo.ConcreteModel:
        """The model."""

    @property
    def variables(self) -> list[Any]:
        """Its variables, in the order of ``x``."""

    @property
    def constraints(self) -> list[Any]:
        """Its equations, in the order of the residual."""


@dataclass(frozen=True)
class _Declared:
    """What a system was compiled from."""

    model: pyo.ConcreteModel
    variables: list[Any]
    constraints: list[Any]


class NewtonSystem:
    """An economy compiled for Newton's method.

    Parameters
    ----------
    m: the model; all its variables, drivers included, become entries of ``x``.

    Attributes
    ----------
    declared: the equations, compiled.
    layer: the year of every variable, in the order of ``x``; zero where it has none.

    Raises :class:`ModelError` where the compiled equations are not the declared ones.
    """

    def __init__(self, m: pyo.ConcreteModel) -> None:
        start = time.perf_counter()
        declared, constraints = compiled(m)
        require_alike(declared, constraints)
        variables = declared.variables
        self._set_up(
            declared,
            [c.parent_component().name for c in constraints],
            np.array([_year(v.index()) for v in variables], dtype=np.int64),
            _Declared(m, variables, constraints),
        )
        self._form: list[Any] | None = _form(m)
        self.seconds_compile = time.perf_counter() - start

    @classmethod
    def of(
        cls,
        declared: DeclaredEquations,
        families: Sequence[str],
        layer: NDArray[np.int64],
        objects: Named,
    ) -> NewtonSystem:
        """A system of equations that are known to be those declared.

        ``families`` are the names of the equations, in their order; ``objects`` are what they are in Pyomo.
        """
        system = cls.__new__(cls)
        start = time.perf_counter()
        system._set_up(declared, families, layer, objects)
        system._form = None
        system.seconds_compile = time.perf_counter() - start
        return system

    def _set_up(
        self,
        declared: DeclaredEquations,
        families: Sequence[str],
        layer: NDArray[np.int64],
        objects: Named,
    ) -> None:
        self.declared, self.layer, self._objects = declared, layer, objects
        self.families = sorted(set(families))
        number = {f: n for n, f in enumerate(self.families)}
        self._family = np.array([number[f] for f in families], dtype=np.int64)
        self._rows, self._cols = declared.pattern()
        self._anchor: tuple[Vector, NDArray[np.bool_], Factors] | None = None
        self._pattern: tuple[NDArray[np.bool_], sp.csc_matrix, NDArray[np.int64]] | None = None
        self._elimination: Elimination | None = None
        self._regular: set[bytes] = set()
        self.linear_solver = "superlu"
        self.version = version("engels")

    @property
    def model(self) -> pyo.ConcreteModel:
        """The model in Pyomo."""
        return self._objects.model

    @property
    def variables(self) -> list[Any]:
        """The Pyomo variables, in the order of ``x``."""
        return self._objects.variables

    @property
    def constraints(self) -> list[Any]:
        """The Pyomo equations, in the order of the residual."""
        return self._objects.constraints

    @cached_property
    def position(self) -> dict[int, int]:
        """Id of a variable -> its place in ``x``."""
        return {id(v): n for n, v in enumerate(self.variables)}

    def outdated(self) -> bool:
        """Whether an equation, a named expression or a parameter of the model is another by now."""
        if self._form is None:
            return False
        now = _form(self.model)
        return len(now) != len(self._form) or any(
            # expressions are compared as objects, numbers by what they are
            a is not b and not (isinstance(a, float) and a == b)
            for a, b in zip(now, self._form, strict=True)
        )

    def values(self) -> Vector:
        """Current values of the model's variables."""
        return np.array([v.value for v in self.variables], dtype=float)

    def load(self, x: Vector) -> None:
        """Set the model's variables."""
        for v, value in zip(self.variables, x.tolist(), strict=True):
            v.set_value(value, skip_validation=True)

    def unknowns(self) -> NDArray[np.bool_]:
        """Which entries of ``x`` the model's closure leaves to be found."""
        return np.array([not v.fixed for v in self.variables], dtype=bool)

    def residual(self, x: Vector) -> Vector:
        """F(x); entries are NaN where an equation cannot be evaluated."""
        return self.declared.residual(x)

    def by_family(self, missed: Vector) -> dict[str, float]:
        """Largest residual of every family of equations, from those of all; infinite where one has none."""
        size = np.where(np.isfinite(missed), np.abs(missed), np.inf)
        worst = np.zeros(len(self.families))
        np.maximum.at(worst, self._family, size)
        return dict(zip(self.families, worst.tolist(), strict=True))

    def jacobian(self, x: Vector, free: NDArray[np.bool_]) -> sp.csc_matrix:
        """dF/dx by the unknowns, n x n; raises ``ValueError`` where they are not as many as equations."""
        if self._pattern is None or not np.array_equal(self._pattern[0], free):
            self._pattern = (free.copy(), *self._select(free))
            self._elimination = None
        _, matrix, order = self._pattern
        matrix.data = self.declared.derivatives(x)[order]
        return matrix

    def derivatives(self, x: Vector) -> sp.csr_matrix:
        """dF/dx by all entries of ``x``, shape (equations, entries); NaN where one has no value."""
        shape = (self.declared.count, len(x))
        return sp.coo_matrix(
            (self.declared.derivatives(x), (self._rows, self._cols)), shape=shape
        ).tocsr()

    def _select(self, free: NDArray[np.bool_]) -> tuple[sp.csc_matrix, NDArray[np.int64]]:
        """The CSC pattern of the unknowns' columns, and where its entries stand in the evaluation."""
        n = self.declared.count
        if int(free.sum()) != n:
            raise ValueError(f"{int(free.sum())} unknowns and {n} equations; they must be as many")
        place = np.cumsum(free) - 1
        kept = np.flatnonzero(free[self._cols])
        numbers = sp.coo_matrix(
            (np.arange(1, len(kept) + 1), (self._rows[kept], place[self._cols[kept]])), shape=(n, n)
        ).tocsc()
        numbers.sort_indices()
        order = kept[numbers.data.astype(np.int64) - 1]
        return sp.csc_matrix(
            (np.zeros(len(order)), numbers.indices, numbers.indptr), shape=(n, n)
        ), order

    def factorise(self, matrix: sp.csc_matrix) -> OrderedFactors:
        """LU factors of the matrix that :meth:`jacobian` gave last.

        The order of elimination is found once for a closure. Raises ``RuntimeError`` where the matrix
        is singular.
        """
        if self._pattern is None:
            raise RuntimeError("no Jacobian was evaluated")
        if self._elimination is None:
            try:
                self._elimination = Elimination(matrix, self.layer[self._pattern[0]])
            except ValueError as error:
                raise RuntimeError(str(error)) from error
        return self._elimination.factorise(matrix)

    def regular(self, x: Vector, free: NDArray[np.bool_]) -> bool:
        """Whether the equations determine the unknowns at a solution ``x``.

        Looked at once for a closure; costs one factorisation. False where a derivative has no value.
        """
        key = free.tobytes()
        if key in self._regular:
            return True
        matrix = self.jacobian(x, free)
        if not np.all(np.isfinite(matrix.data)):
            return False
        try:
            factors = self.factorise(matrix)
        except RuntimeError:
            return False
        size = np.abs(x[free])
        size = np.where(size > 1e-6, size, 1.0)
        if smallest_singular_value(matrix, factors, size) < SINGULAR:
            return False
        self._regular.add(key)
        return True

    def anchor(self, x: Vector, free: NDArray[np.bool_]) -> None:
        """Keep the factors at a point from which many solves start, such as the baseline.

        A solve begins with them, so what it finds depends on the anchor and the shock, and not on
        the solves before it. Nothing is kept where the Jacobian is singular.
        """
        known = self._anchor
        if known and np.array_equal(known[0], x) and np.array_equal(known[1], free):
            return
        self._anchor = None
        matrix = self.jacobian(x, free)
        if np.all(np.isfinite(matrix.data)):
            try:
                self._anchor = (x.copy(), free.copy(), self.factorise(matrix))
            except RuntimeError:
                return

    def polished(self, x: Vector, free: NDArray[np.bool_]) -> Vector:
        """A solution taken to the limit of its digits, by one step with factors at it.

        The factors are kept as by :meth:`anchor`. Returned as it is where the step does not help.
        """
        self.anchor(x, free)
        if self._anchor is None:
            return x
        return self._corrected(x, self.residual(x), free, self._anchor[2], 1)[0]

    def _corrected(
        self, x: Vector, r: Vector, free: NDArray[np.bool_], factors: Factors, times: int
    ) -> tuple[Vector, Vector]:
        """A solution and its residual, corrected so many times with factors near it, while that helps."""
        for _ in range(times):
            trial = x.copy()
            trial[free] -= factors.solve(r)
            r_trial = self.residual(trial)
            before, after = np.max(np.abs(r)), np.max(np.abs(r_trial))
            if after <= before:
                x, r = trial, r_trial
            if not after <= before / 2:
                break
        return x, r

    def tangents(
        self, x: Vector, free: NDArray[np.bool_], moves: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """How the unknowns follow what is known, at a solution ``x``: J dz = -(dF/dx) dx.

        ``moves`` (K x size of x) holds K movements of the known entries, and zeros where ``free``; it
        is returned with the unknowns' movements in their places. Factors that were kept near ``x`` serve
        while corrections take the solution to its last digits. Raises ``RuntimeError`` where the
        Jacobian is singular.
        """
        for fresh in (False, True):
            if fresh or self._anchor is None or not np.array_equal(self._anchor[1], free):
                self.anchor(x, free)
            if self._anchor is None:
                raise RuntimeError("the Jacobian is singular")
            factors = self._anchor[2]
            every = self.derivatives(x)
            matrix = self.jacobian(x, free)
            # all movements at once: they share the factors
            wanted = -(every @ moves.T)
            size = np.max(np.abs(wanted), axis=0, initial=0.0)
            step = factors.solve(wanted)
            for _ in range(CORRECTIONS):
                rest = wanted - matrix @ step
                if np.all(np.max(np.abs(rest), axis=0, initial=0.0) <= CORRECTED * size):
                    break
                step = step + factors.solve(rest)
            missed = np.max(np.abs(wanted - matrix @ step), axis=0, initial=0.0)
            worst = float(np.max(missed[size > 0] / size[size > 0], initial=0.0))
            if worst <= ACCURATE:
                found = moves.copy()
                found[:, free] = step.T
                return found
        raise RuntimeError(f"the Jacobian is nearly singular, tangents miss it by {worst:.0e}")

    def solve(
        self,
        x: Vector,
        free: NDArray[np.bool_],
        max_iterations: int = MAX_ITERATIONS,
        deadline: Deadline | None = None,
    ) -> NewtonResult:
        """Solve F = 0 for the unknowns from ``x``; known entries of ``x`` stay as they are.

        Raises :class:`TookTooLong` at the ``deadline``.
        """
        clock = {"residual": 0.0, "jacobian": 0.0, "factorisation": 0.0, "solve": 0.0}

        def timed(what: str, f: Callable[..., Any], *args: Any) -> Any:
            start = time.perf_counter()
            out = f(*args)
            clock[what] += time.perf_counter() - start
            return out

        x = x.copy()
        scale = np.maximum(np.abs(x[free]), SMALL)

        def size(correction: Vector) -> float:
            """Root mean square of a correction relative to the size of what it corrects."""
            weight = np.maximum(scale, np.abs(x[free]))
            # a step into nowhere may overflow: it is then as long as can be, and cut
            with np.errstate(over="ignore"):
                return float(np.sqrt(np.mean((correction / weight) ** 2)))

        r = timed("residual", self.residual, x)
        jacobians = iterations = 0

        def ended(converged: bool, message: str) -> NewtonResult:
            return NewtonResult(x, converged, message, iterations, jacobians, jacobians, r, clock)

        if not np.all(np.isfinite(r)):
            return ended(False, "an equation cannot be evaluated at the starting point")
        factors: Factors | None = None
        in_hand: Factors | None = None
        step: Vector | None = None
        if self._anchor is not None and np.array_equal(self._anchor[1], free):
            factors = self._anchor[2]
            step = timed("solve", factors.solve, -r)
        while np.max(np.abs(r)) > CONVERGED:
            if deadline is not None:
                deadline.check()
            if iterations >= max_iterations:
                return ended(False, f"no convergence in {max_iterations} iterations")
            fresh = factors is None
            if factors is None or step is None:
                matrix = timed("jacobian", self.jacobian, x, free)
                if not np.all(np.isfinite(matrix.data)):
                    return ended(False, "a derivative cannot be evaluated")
                try:
                    factors = timed("factorisation", self.factorise, matrix)
                except RuntimeError as error:
                    return ended(False, f"the Jacobian is singular ({error})")
                jacobians += 1
                step = timed("solve", factors.solve, -r)
            length = size(step)
            if not np.isfinite(length):
                return ended(False, "the Jacobian is singular")
            iterations += 1
            damping = 1.0
            while True:
                trial = x.copy()
                trial[free] += damping * step
                r_trial = timed("residual", self.residual, trial)
                if np.all(np.isfinite(r_trial)):
                    # what is left to correct, seen through the same factors
                    rest = timed("solve", factors.solve, -r_trial)
                    left = size(rest)
                    if left <= (1 - damping / 4) * length:
                        break
                    if np.max(np.abs(r_trial)) <= CONVERGED:
                        break
                damping /= 2
                if damping < (SHORTEST_STEP if fresh else 0.5):
                    break
            if damping < (SHORTEST_STEP if fresh else 0.5):
                if fresh:
                    return ended(False, "no step brings the equations closer")
                factors = None  # old factors may point the wrong way: try again with new ones
                continue
            x, r, in_hand = trial, r_trial, factors
            if damping == 1.0 and left <= REUSE * length:
                step = rest
            else:
                factors = None
        if in_hand is not None:
            # corrections with the factors in hand cost little and take x to the limit of its digits
            x, r = timed("solve", self._corrected, x, r, free, in_hand, POLISHED)
        return ended(True, "converged")


def _form(m: pyo.ConcreteModel) -> list[Any]:
    """What a compiled system rests on beside variables; kept, so that no address is used again."""
    form: list[Any] = []
    for c in m.component_data_objects(pyo.Constraint, active=True):
        form += [c, c.expr]
    for e in m.component_data_objects(pyo.Expression, active=True):
        constant = is_constant(e.expr)
        form += [e, float(pyo.value(e.expr)) if constant else e.expr]
    for p in m.component_objects(pyo.Param, active=True):
        if p.mutable:
            form += [float(pyo.value(x)) for x in p.values()]
    return form


def smallest_singular_value(matrix: sp.csc_matrix, factors: OrderedFactors, size: Vector) -> float:
    """Of the Jacobian for relative changes of the unknowns (``size``), its rows of length one.

    By inverse iteration: an estimate from above, good to a factor.
    """
    scaled = matrix @ sp.diags(size)
    length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
    length = np.where(length > 0, length, 1.0)
    v = np.random.default_rng(0).standard_normal(len(size))
    value = np.inf
    with np.errstate(all="ignore"):
        for _ in range(INVERSE_ITERATIONS):
            v /= np.linalg.norm(v)
            u = factors.solve_transposed(v / size) * length
            w = factors.solve(length * u) / size
            growth = float(np.linalg.norm(w))
            if not np.isfinite(growth):
                return 0.0
            value = growth**-0.5 if growth > 0 else np.inf
            v = w
    return value


def _year(index: object) -> int:
    """The year in a variable's index; zero for a variable without one."""
    last = index[-1] if isinstance(index, tuple) else index
    return last if isinstance(last, int) else 0
