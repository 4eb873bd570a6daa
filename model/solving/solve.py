"""Solving: two engines for one square system, both judged by their word and by the residuals.

A closure leaves as many unknowns as equations. :class:`IpoptEngine` writes the system and lets Ipopt
find the point where every equation holds (no objective); it is the reference. :class:`NewtonEngine`
(``newton.py``) solves the same system in memory and is the fast path. Options are one fixed set; nothing
is relaxed when a solve is hard. Instead the shock is approached: :func:`solve_path` walks from values
that are known to solve the economy to the wanted ones, in steps that shrink where one fails.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name
from pyomo.core.expr.visitor import identify_variables

from engels.model.algebra.errors import (
    ClosureError,
    SolveError,
    SolveStopped,
    TookTooLong,
    WorstEquation,
)
from engels.model.algebra.point import Values, Vector
from engels.model.solving.compiled import Compiled
from engels.model.solving.deadline import Deadline
from engels.model.solving.declared import declared_residual
from engels.model.solving.diagnose import loose_ends
from engels.model.solving.ipopt import run_ipopt
from engels.model.solving.newton import TOLERANCE, NewtonSystem
from engels.model.solving.signs import wrong_signs
from engels.model.solving.solver_path import LINEAR_SOLVER, find_ipopt
from engels.model.solving.words import in_words, variable_in_words

OPTIONS: dict[str, str | int | float] = {
    "linear_solver": LINEAR_SOLVER,
    "tol": 1e-12,
    "constr_viol_tol": 1e-12,
    "dual_inf_tol": 1.0,
    "acceptable_iter": 0,
    "max_iter": 200,
    "nlp_scaling_method": "none",
}
SMALLEST_STEP = 1.0 / 256
HALVED_FIRST = 1.0 / 16
"""Steps of the fast path above this share of a shock are halved where Newton fails."""
NO_VALUE = "an equation cannot be evaluated at the values that are given"


@dataclass(frozen=True)
class SolveReport:
    """What one accepted solve was: solver, its word, residuals and cost.

    ``solver`` names every solver that had a part in it; ``steps`` are the solved fractions of the shock.
    """

    solver: str
    version: str
    linear_solver: str
    status: str
    iterations: int
    residual: float
    residual_by_family: Mapping[str, float]
    unknowns: int
    seconds_write: float
    seconds_solver: float
    seconds_total: float
    steps: tuple[float, ...] = field(default=(1.0,))


class Engine(Protocol):
    """Finds the unknowns of a compiled model from its current values, in whose place they are put."""

    @property
    def in_memory(self) -> bool:
        """Whether it works on arrays alone, so that a model in Pyomo is not needed for a solve."""

    def anchor(self, e: Compiled) -> None:
        """Told that ``e`` holds a solution from which solves will start; may prepare for them."""

    def solve(
        self, e: Compiled, share: float = 0.0, deadline: Deadline | None = None
    ) -> SolveReport:
        """Raises :class:`SolveError`, :class:`ClosureError`, :class:`TookTooLong` at the deadline.

        ``share`` is the part of a shock that is asked for at once: an engine may give up early on a
        large one, since it will be asked for less.
        """


def worst_of(e: Compiled) -> Callable[[], list[WorstEquation]]:
    """Finds :func:`worst_equations` at the values that a compiled model has now."""
    here = e.x

    def find() -> list[WorstEquation]:
        now, e.x = e.x, here
        e.load()
        found = worst_equations(e.model)
        e.x = now
        e.load()
        return found

    return find


def equation_residual(c: pyo.Constraint) -> float:
    """Scaled residual of one equation; infinite where it cannot be evaluated."""
    gap = declared_residual(c)
    return abs(gap) if math.isfinite(gap) else math.inf


def residual_by_family(m: pyo.ConcreteModel) -> dict[str, float]:
    """Largest scaled residual of every family of active equations."""
    return {
        con.name: max(found)
        for con in m.component_objects(pyo.Constraint, active=True)
        if (found := [equation_residual(c) for c in con.values() if c.active])
    }


def worst_equations(m: pyo.ConcreteModel, count: int = 5) -> list[WorstEquation]:
    """The equations with the largest residuals, in words."""
    scored = [
        (equation_residual(c), c.name, con.name, index)
        for con in m.component_objects(pyo.Constraint, active=True)
        for index, c in con.items()
        if c.active
    ]
    scored.sort(key=lambda s: -s[0])
    return [
        WorstEquation(name, in_words(family, index), r) for r, name, family, index in scored[:count]
    ]


def _require_square(e: Compiled) -> int:
    """The number of unknowns, where it is that of the equations."""
    gap = e.degrees_of_freedom
    if gap:
        what = (
            f"{gap} more unknowns than equations"
            if gap > 0
            else f"{-gap} more equations than unknowns"
        )
        raise ClosureError(
            f"the closure leaves {what}; a solvable economy has as many of each{_loose_ends(e)}"
        )
    # an unknown may be without a value: its search then starts at zero
    bad = ~np.isfinite(e.x) & (e.known | ~np.isnan(e.x))
    if bad.any():
        e.load()
        v = e.entries[int(np.argmax(bad))]
        words = variable_in_words(v.parent_component().local_name, v.index())
        raise SolveError(f"{words} is {v.value} [{v.name}]; it must be a finite number")
    return e.equations


def _loose_ends(e: Compiled) -> str:
    """What the equations leave undetermined, or determine twice, as the end of a sentence."""
    try:
        system = NewtonEngine().system(e)
        e.load()
        found = loose_ends(e.model, system)
    except (SolveError, ClosureError):  # no value here, or no equation: nothing can be told
        return ""
    return ": " + "; ".join(f.words for f in found) if found else ""


def _require_determined(e: Compiled) -> None:
    """Raise :class:`ClosureError` where an unknown occurs in no equation, or an equation has none.

    Called where a solve failed as it does then: to look at every equation takes its time.
    """
    e.load()
    m = e.model
    seen: set[int] = set()
    for c in m.component_data_objects(pyo.Constraint, active=True):
        unknowns = list(identify_variables(c.body, include_fixed=False))
        if not unknowns:
            words = in_words(c.parent_component().local_name, c.index())
            raise ClosureError(f"the closure gives every variable of: {words} [{c.name}]")
        seen.update(id(v) for v in unknowns)
    for v in m.component_data_objects(pyo.Var, active=True):
        if not v.fixed and id(v) not in seen:
            words = variable_in_words(v.parent_component().local_name, v.index())
            raise ClosureError(
                f"the closure leaves {words} undetermined: no equation contains it [{v.name}]"
            )


def _require_regular(e: Compiled, x: Vector) -> None:
    """Raise :class:`ClosureError` where the equations do not determine the unknowns at ``x``.

    Looked at once for each closure of a model: what the derivatives of a closure cannot tell apart at one
    solution (the level of prices, where there is no numeraire) they cannot tell apart at another.
    """
    system = NewtonEngine().system(e)
    free = ~e.known[e.inner]
    if int(free.sum()) != system.declared.count:
        _require_determined(e)
    if system.regular(x[e.inner], free):
        return
    reached, e.x = e.x, x
    ends = _loose_ends(e)
    e.x = reached
    if ends:
        raise ClosureError(f"the equations do not determine all unknowns{ends}")


def _accept(e: Compiled, families: Mapping[str, float], solver: str) -> float:
    """The largest residual; raises :class:`SolveError` where it, or a sign, is no equilibrium's."""
    largest = max(families.values())
    if not largest <= TOLERANCE:
        raise SolveError(
            f"{solver} reported a solution whose largest scaled residual is {largest:.1e}, "
            f"above {TOLERANCE:.0e}",
            worst_of(e),
        )
    wrong = [
        WorstEquation(f"{name} >= 0", variable_in_words(name, index), gap)
        for gap, name, index in wrong_signs(e.values)
        if not gap <= TOLERANCE
    ]
    if wrong:
        raise SolveError(
            f"{solver} ended where every equation holds and this is negative, which is no "
            f"equilibrium: {wrong[0].words}",
            wrong,
        )
    return largest


@dataclass(frozen=True)
class IpoptEngine:
    """Ipopt on the system written to a file. ``options`` are added to :data:`OPTIONS`."""

    options: Mapping[str, str | int | float] = field(default_factory=dict)
    in_memory = False

    def anchor(self, e: Compiled) -> None:
        """Ipopt factorises anew in every solve."""

    def solve(
        self, e: Compiled, share: float = 0.0, deadline: Deadline | None = None
    ) -> SolveReport:
        """See :class:`Engine`."""
        start = time.perf_counter()
        unknowns = _require_square(e)
        m = e.model
        e.load()
        executable = find_ipopt()
        settings = {**OPTIONS, **self.options}
        objective = unique_component_name(m, "no_objective")
        m.add_component(objective, pyo.Objective(expr=0.0))
        try:
            run = run_ipopt(m, executable, settings, deadline)
        except ArithmeticError as error:
            raise SolveError(NO_VALUE, worst_of(e)) from error
        finally:
            m.del_component(objective)
            e.read()
        if run.code:
            said = f": {run.log}" if run.log else ""
            raise SolveError(f"Ipopt was ended before it finished (exit code {run.code}){said}")
        if not run.converged:
            if not run.iterations:
                _require_determined(e)
            raise SolveError(
                f"Ipopt stopped without a solution ({run.word}, {run.iterations} iterations)",
                worst_of(e),
            )
        families = residual_by_family(m)
        return SolveReport(
            solver="ipopt",
            version=run.version,
            linear_solver=str(settings["linear_solver"]),
            status=run.word,
            iterations=run.iterations or 0,
            residual=_accept(e, families, "Ipopt"),
            residual_by_family=families,
            unknowns=unknowns,
            seconds_write=run.seconds_write,
            seconds_solver=run.seconds_solver,
            seconds_total=time.perf_counter() - start,
        )


class NewtonEngine:
    """Newton's method in memory. A model is compiled at its first solve, and again when it has changed."""

    in_memory = True

    def system(self, e: Compiled) -> NewtonSystem:
        """The equations, compiled at the first call and kept with the model until that has changed."""
        if e.system is None:
            kept = e.model.private_data()
            system: NewtonSystem | None = kept.get("newton")
            if system is None or system.outdated():
                e.load()
                system = kept["newton"] = NewtonSystem(e.model)
            e.attach(system)
        assert e.system is not None
        return e.system

    def anchor(self, e: Compiled) -> None:
        """Factorise at the solution that ``e`` holds, unless that was done before."""
        unknowns = _require_square(e)
        system = self.system(e)
        free = ~e.known[e.inner]
        if int(free.sum()) != unknowns:
            _require_determined(e)
        system.anchor(e.inside(), free)

    def solve(
        self, e: Compiled, share: float = 0.0, deadline: Deadline | None = None
    ) -> SolveReport:
        """See :class:`Engine`."""
        start = time.perf_counter()
        unknowns = _require_square(e)
        system = self.system(e)
        compiled = time.perf_counter()
        free = ~e.known[e.inner]
        if int(free.sum()) != unknowns:
            _require_determined(e)
        result = system.solve(e.inside(), free, deadline=deadline)
        e.x = e.x.copy()
        e.x[e.inner] = result.x
        if not result.converged:
            pattern = system.jacobian(result.x, free).tocsr()
            if not np.all(np.diff(pattern.indptr)):
                _require_determined(e)
            raise SolveError(f"Newton stopped without a solution ({result.message})", worst_of(e))
        families = system.by_family(result.missed)
        end = time.perf_counter()
        return SolveReport(
            solver="newton",
            version=system.version,
            linear_solver=system.linear_solver,
            status=result.message,
            iterations=result.iterations,
            residual=_accept(e, families, "Newton"),
            residual_by_family=families,
            unknowns=unknowns,
            seconds_write=compiled - start,
            seconds_solver=end - compiled,
            seconds_total=end - start,
        )


@dataclass
class NewtonThenIpopt:
    """The fast path with the reference behind it: Ipopt takes over a step that Newton cannot solve.

    Newton fails in a fraction of the time that Ipopt takes, so a large step is given back to be halved;
    Ipopt takes over the small ones. Which solver solved is in the report; nothing else differs.
    """

    newton: NewtonEngine = field(default_factory=NewtonEngine)
    ipopt: IpoptEngine = field(default_factory=IpoptEngine)
    in_memory = True

    def anchor(self, e: Compiled) -> None:
        """See :meth:`NewtonEngine.anchor`."""
        self.newton.anchor(e)

    def solve(
        self, e: Compiled, share: float = 0.0, deadline: Deadline | None = None
    ) -> SolveReport:
        """See :class:`Engine`."""
        start = e.x
        try:
            return self.newton.solve(e, deadline=deadline)
        except SolveStopped:
            raise
        except SolveError:
            if share > HALVED_FIRST:
                raise
            e.x = start
            return self.ipopt.solve(e, deadline=deadline)


def engine(name: str) -> Engine:
    """The engine of a name: ``ipopt`` (reference) or ``newton`` (fast path, Ipopt behind it)."""
    if name == "ipopt":
        return IpoptEngine()
    if name == "newton":
        return NewtonThenIpopt()
    raise ValueError(f"solver {name!r} is unknown; it is ipopt or newton")


def solve(m: pyo.ConcreteModel, by: Engine | None = None) -> SolveReport:
    """Solve ``m`` from its current values and load the solution (by Ipopt unless said otherwise).

    Raises
    ------
    ClosureError: unknowns and equations differ in number, or the equations leave unknowns undetermined
        (the level of prices, where there is no numeraire).
    SolveError: the solver did not report a solution, or the residual exceeds ``TOLERANCE``.
    """
    e = Compiled(m)
    _require_square(e)
    start = e.x
    try:
        report = (by or IpoptEngine()).solve(e)
    except SolveStopped:
        raise
    except SolveError:
        _require_regular(e, start)
        raise
    else:
        _require_regular(e, e.x)
    finally:
        e.load()
    return report


def solve_path(
    e: Compiled,
    start: Values,
    goal: Values,
    progress: Callable[[float], None] | None = None,
    guess: Values | None = None,
    by: Engine | None = None,
    deadline: Deadline | None = None,
) -> SolveReport:
    """Solve ``e`` with given variables at ``goal``, approached from ``start``.

    ``start`` and ``goal`` map a variable's name to its given values; the model must hold a solution for
    ``start``. The whole way is tried at once; where that fails, it is halved until a step succeeds, and
    doubled after each success, but not beyond where a step has failed. Steps are even in the logarithm
    where both ends are positive. ``guess`` replaces the starting values of the first try.

    Raises :class:`SolveError` with the last solved fraction where a step below ``SMALLEST_STEP`` fails,
    :class:`TookTooLong` with it where the ``deadline`` passes.
    """
    solver = by or IpoptEngine()
    more: dict[str, Any] = {} if deadline is None else {"deadline": deadline}
    failed: list[float] = []
    done, step = 0.0, 1.0
    reports: list[SolveReport] = []
    taken: list[float] = []
    way = _Way(e, start, goal)
    e.x = way.at(e.x, 0.0)
    solver.anchor(e)
    good = e.x
    while True:
        # what failed from afar is tried again from near by before anything beyond it
        target = min([1.0, done + step, *failed])
        e.x = good
        if guess is not None:
            e.restore(guess)
        guess = None
        e.x = way.at(e.x, target)
        try:
            if deadline is not None:
                deadline.check()
            reports.append(solver.solve(e, target - done, **more))
        except TookTooLong as error:
            raise TookTooLong(
                f"{error} (the shock was solved up to {done:.1%} of its size)", solved_fraction=done
            ) from error
        except SolveStopped:
            raise
        except SolveError as error:
            failed.append(target)
            step = (target - done) / 2
            if step < SMALLEST_STEP:
                raise SolveError(
                    f"the shock was solved up to {done:.1%} of its size and not beyond: "
                    + error.message,
                    partial(getattr, error, "worst"),
                    solved_fraction=done,
                ) from error
            continue
        done = target
        failed = [f for f in failed if f > done]
        taken.append(done)
        if progress is not None:
            progress(done)
        if done >= 1.0:
            return combined(reports, taken)
        good = e.x
        step *= 2


def combined(reports: list[SolveReport], steps: list[float]) -> SolveReport:
    """One report of the steps of a path: the last one's residuals, the sum of the costs."""

    def names(values: list[str]) -> str:
        return "+".join(dict.fromkeys(values))

    return replace(
        reports[-1],
        solver=names([r.solver for r in reports]),
        version=names([r.version for r in reports]),
        linear_solver=names([r.linear_solver for r in reports]),
        iterations=sum(r.iterations for r in reports),
        seconds_write=sum(r.seconds_write for r in reports),
        seconds_solver=sum(r.seconds_solver for r in reports),
        seconds_total=sum(r.seconds_total for r in reports),
        steps=tuple(steps),
    )


class _Way:
    """The way of given values from ``start`` to ``goal``, even in the logarithm where both are positive."""

    def __init__(self, e: Compiled, start: Values, goal: Values) -> None:
        moved = [(name, k) for name, entries in goal.items() for k in entries]
        self._places = np.array([e.index.places(n)[k] for n, k in moved], dtype=np.int64)
        self._low = np.array([start[n][k] for n, k in moved], dtype=float)
        self._high = np.array([goal[n][k] for n, k in moved], dtype=float)

    def at(self, x: Vector, fraction: float) -> Vector:
        """``x`` with the values at a fraction of the way."""
        a, b = self._low, self._high
        found = x.copy()
        if fraction >= 1.0:
            found[self._places] = b
            return found
        with np.errstate(all="ignore"):
            even = a * (b / a) ** fraction
        there = np.where((a > 0) & (b > 0), even, a + fraction * (b - a))
        found[self._places] = np.where(a == b, b, there)
        return found
