"""Solving: Ipopt on a square system, judged by its word and by the residuals, both.

A closure leaves as many unknowns as equations, so Ipopt is given no objective and finds the point where
every equation holds. Its options are one fixed set (``OPTIONS``); nothing is relaxed when a solve is
hard. Instead the shock is approached: :func:`solve_path` walks from values that are known to solve the
economy to the wanted ones, in steps that shrink where a step fails and grow where it succeeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
from pyomo.common.errors import ApplicationError
from pyomo.common.modeling import unique_component_name
from pyomo.contrib.solver.common.results import TerminationCondition
from pyomo.contrib.solver.solvers.ipopt import Ipopt

from engels.model.closures import degrees_of_freedom
from engels.model.errors import ClosureError, SolveError, WorstEquation
from engels.model.solver_path import find_ipopt
from engels.model.words import in_words

TOLERANCE = 1.0e-8
"""Largest scaled residual of an accepted solution (equations are written relative to benchmark values)."""

OPTIONS: dict[str, str | int | float] = {
    "linear_solver": "mumps",
    "tol": 1e-10,
    "constr_viol_tol": 1e-10,
    "dual_inf_tol": 1.0,
    "acceptable_iter": 0,
    "max_iter": 200,
    "nlp_scaling_method": "none",
}
SMALLEST_STEP = 1.0 / 256


@dataclass(frozen=True)
class SolveReport:
    """What one accepted solve was: solver, its word, residuals and cost."""

    solver: str
    version: str
    linear_solver: str
    executable: str
    status: str
    iterations: int
    residual: float
    residual_by_family: Mapping[str, float]
    unknowns: int
    seconds_write: float
    seconds_solver: float
    seconds_total: float
    steps: tuple[float, ...] = field(default=(1.0,))


def residuals(m: pyo.ConcreteModel) -> dict[str, np.ndarray]:
    """Scaled residual of every active equation by family (component name)."""
    found: dict[str, np.ndarray] = {}
    for con in m.component_objects(pyo.Constraint, active=True):
        # inf, not an exception: a point where an equation cannot be evaluated solves nothing
        values = [_residual(c) for c in con.values()]
        found[con.name] = np.asarray(values, dtype=float)
    return found


def _residual(c: pyo.Constraint) -> float:
    try:
        gap = pyo.value(c.body) - pyo.value(c.upper)
    except (ValueError, OverflowError, ZeroDivisionError):
        return float("inf")
    return abs(gap) if isinstance(gap, (int, float)) and np.isfinite(gap) else float("inf")


def worst_equations(m: pyo.ConcreteModel, count: int = 5) -> list[WorstEquation]:
    """The equations with the largest residuals, in words."""
    scored = [
        (_residual(c), c.name, con.name, index)
        for con in m.component_objects(pyo.Constraint, active=True)
        for index, c in con.items()
    ]
    scored.sort(key=lambda s: -s[0])
    return [WorstEquation(name, in_words(family, index), r) for r, name, family, index in scored[:count]]


def solve(m: pyo.ConcreteModel, options: Mapping[str, str | int | float] | None = None) -> SolveReport:
    """Solve ``m`` from its current values and load the solution.

    Raises
    ------
    ClosureError: unknowns and equations differ in number.
    SolveError: Ipopt did not report a solution, or the residual exceeds ``TOLERANCE``.
    """
    start = time.perf_counter()
    gap = degrees_of_freedom(m)
    if gap:
        what = f"{gap} more unknowns than equations" if gap > 0 else f"{-gap} more equations than unknowns"
        raise ClosureError(f"the closure leaves {what}; a solvable economy has as many of each")
    executable = find_ipopt()
    settings = {**OPTIONS, **(options or {})}
    objective = unique_component_name(m, "no_objective")
    m.add_component(objective, pyo.Objective(expr=0.0))
    try:
        result = Ipopt().solve(
            m,
            executable=str(executable),
            solver_options=dict(settings),
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
        )
    except ApplicationError as error:
        raise SolveError(f"Ipopt at {executable} could not be run: {error}") from error
    finally:
        m.del_component(objective)
    word = result.termination_condition
    if result.extra_info.return_code:
        raise SolveError(
            f"Ipopt ended with exit code {result.extra_info.return_code} before it finished; "
            "nothing was stored"
        )
    if word != TerminationCondition.convergenceCriteriaSatisfied:
        if _has_point(result):
            result.solution_loader.load_vars()
        raise SolveError(
            f"Ipopt stopped without a solution ({word.name}, "
            f"{result.extra_info.iteration_count} iterations)",
            worst_equations(m),
        )
    result.solution_loader.load_vars()
    families = {k: float(v.max()) for k, v in residuals(m).items() if v.size}
    largest = max(families.values())
    if not largest <= TOLERANCE:
        raise SolveError(
            f"Ipopt reported a solution whose largest scaled residual is {largest:.1e}, "
            f"above {TOLERANCE:.0e}",
            worst_equations(m),
        )
    timer = result.timing_info.timer
    return SolveReport(
        solver="ipopt",
        version=".".join(str(v) for v in result.solver_version or ()),
        linear_solver=str(settings["linear_solver"]),
        executable=Path(executable).name,
        status=word.name,
        iterations=int(result.extra_info.iteration_count or 0),
        residual=largest,
        residual_by_family=families,
        unknowns=sum(1 for v in m.component_data_objects(pyo.Var, active=True) if not v.fixed),
        seconds_write=float(timer.get_total_time("write_nl_file")),
        seconds_solver=float(timer.get_total_time("subprocess")),
        seconds_total=time.perf_counter() - start,
    )


def _has_point(result: object) -> bool:
    data = getattr(result.solution_loader, "_sol_data", None)  # type: ignore[attr-defined]
    return bool(data is not None and data.primals)


Values = dict[str, dict[object, float]]


def snapshot(m: pyo.ConcreteModel) -> Values:
    """Values of all variables, by component and index."""
    return {
        v.name: {k: x.value for k, x in v.items()} for v in m.component_objects(pyo.Var, active=True)
    }


def restore(m: pyo.ConcreteModel, values: Mapping[str, Mapping[object, float]]) -> None:
    """Set variables to a :func:`snapshot`; entries that the model lacks are passed over."""
    for name, entries in values.items():
        component = m.component(name)
        if component is None:
            continue
        for k, x in entries.items():
            if k in component and x is not None:
                component[k].set_value(x, skip_validation=True)


def solve_path(
    m: pyo.ConcreteModel,
    start: Mapping[str, Mapping[object, float]],
    goal: Mapping[str, Mapping[object, float]],
    progress: Callable[[float], None] | None = None,
    options: Mapping[str, str | int | float] | None = None,
    guess: Mapping[str, Mapping[object, float]] | None = None,
) -> SolveReport:
    """Solve ``m`` with fixed variables at ``goal``, approached from ``start``.

    ``start`` and ``goal`` map a variable's name to its fixed values; the model must hold a solution for
    ``start``. The whole way is tried at once; where that fails, it is halved until a step succeeds, and
    doubled after each success. Steps are even in the logarithm where both ends are positive.

    ``guess`` replaces the starting values of the first try.

    Raises :class:`SolveError` with the last solved fraction where a step below ``SMALLEST_STEP`` fails.
    """
    done, step = 0.0, 1.0
    taken: list[float] = []
    good = snapshot(m)
    seconds = [0.0, 0.0, 0.0]
    iterations = 0
    while True:
        target = min(1.0, done + step)
        restore(m, good if guess is None else guess)
        guess = None
        _place(m, start, goal, target)
        try:
            report = solve(m, options)
        except SolveError as error:
            step = (target - done) / 2
            if step < SMALLEST_STEP:
                raise SolveError(
                    f"the shock was solved up to {done:.1%} of its size and not beyond: "
                    + str(error).split("\n", 1)[0],
                    error.worst,
                    solved_fraction=done,
                ) from error
            continue
        done = target
        taken.append(done)
        good = snapshot(m)
        iterations += report.iterations
        for k, s in enumerate((report.seconds_write, report.seconds_solver, report.seconds_total)):
            seconds[k] += s
        if progress is not None:
            progress(done)
        if done >= 1.0:
            return SolveReport(
                **{
                    **report.__dict__,
                    "iterations": iterations,
                    "seconds_write": seconds[0],
                    "seconds_solver": seconds[1],
                    "seconds_total": seconds[2],
                    "steps": tuple(taken),
                }
            )
        step *= 2


def _place(
    m: pyo.ConcreteModel,
    start: Mapping[str, Mapping[object, float]],
    goal: Mapping[str, Mapping[object, float]],
    fraction: float,
) -> None:
    for name, entries in goal.items():
        component = m.component(name)
        for k, b in entries.items():
            a = start[name][k]
            if fraction >= 1.0 or a == b:
                x = b
            elif a > 0 and b > 0:
                x = a * (b / a) ** fraction
            else:
                x = a + fraction * (b - a)
            component[k].set_value(x, skip_validation=True)


def fixed_values(m: pyo.ConcreteModel) -> Values:
    """Current values of all fixed variables."""
    found = {
        v.name: {k: x.value for k, x in v.items() if x.fixed}
        for v in m.component_objects(pyo.Var, active=True)
    }
    return {n: entries for n, entries in found.items() if entries}
