"""The Ipopt executable as Pyomo uses it: solutions, duals, suffixes, options, refusals."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyomo.environ as pyo
import pytest
from pyomo.contrib.solver.common.results import TerminationCondition
from pyomo.contrib.solver.solvers.ipopt import Ipopt

from engels.model.solving.solver_path import LINEAR_SOLVER, find_ipopt


def solver() -> pyo.SolverFactory:
    return pyo.SolverFactory("ipopt", executable=str(find_ipopt()))


def square() -> pyo.ConcreteModel:
    """x² + y = 5 and e^y = x - 1: by substitution y = 5 - x², e^(5 - x²) = x - 1."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.5)
    m.y = pyo.Var(initialize=0.5)
    m.first = pyo.Constraint(expr=m.x**2 + m.y == 5)
    m.second = pyo.Constraint(expr=pyo.exp(m.y) == m.x - 1)
    m.objective = pyo.Objective(expr=0.0)
    return m


def bounded(sense: int) -> pyo.ConcreteModel:
    """Best of ±(ln x + 2 ln y) on x + y <= 6, y <= 3, x <= 10: x = y = 3.

    The shadow price of the sum is 1/x = 1/3 of the maximum, that of y's bound 2/y - 1/3 = 1/3;
    minimising the opposite turns every sign.
    """
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0, bounds=(0, 10))
    m.y = pyo.Var(initialize=1.0, bounds=(0, 3))
    m.total = pyo.Constraint(expr=m.x + m.y <= 6)
    sign = 1 if sense == pyo.maximize else -1
    m.objective = pyo.Objective(expr=sign * (pyo.log(m.x) + 2 * pyo.log(m.y)), sense=sense)
    m.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT_EXPORT)
    m.ipopt_zL_out = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    m.ipopt_zU_out = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    return m


def test_square_system() -> None:
    m = square()
    pyo.assert_optimal_termination(solver().solve(m, options={"tol": 1e-10}))
    assert pyo.value(m.x) ** 2 + pyo.value(m.y) == pytest.approx(5, abs=1e-9)
    assert pyo.exp(pyo.value(m.y)) == pytest.approx(pyo.value(m.x) - 1, abs=1e-9)


@pytest.mark.parametrize("sense", [pyo.maximize, pyo.minimize])
def test_duals_and_bound_multipliers(sense: int) -> None:
    m = bounded(sense)
    pyo.assert_optimal_termination(solver().solve(m, options={"tol": 1e-10}))
    sign = 1 if sense == pyo.maximize else -1
    assert (pyo.value(m.x), pyo.value(m.y)) == pytest.approx((3, 3), abs=1e-6)
    assert m.dual[m.total] == pytest.approx(sign / 3, abs=1e-6)
    assert m.ipopt_zU_out[m.y] == pytest.approx(sign / 3, abs=1e-6)
    assert m.ipopt_zL_out[m.y] == pytest.approx(0, abs=1e-6)


def test_scaling_factors_leave_the_solution() -> None:
    m = bounded(pyo.maximize)
    m.scaling_factor = pyo.Suffix(direction=pyo.Suffix.EXPORT)
    m.scaling_factor[m.objective] = 100.0
    m.scaling_factor[m.x] = 0.01
    m.scaling_factor[m.total] = 7.0
    options = {"tol": 1e-10, "nlp_scaling_method": "user-scaling"}
    pyo.assert_optimal_termination(solver().solve(m, options=options))
    assert pyo.value(m.x) == pytest.approx(3, abs=1e-6)
    assert m.dual[m.total] == pytest.approx(1 / 3, abs=1e-6)


def test_warm_start_needs_fewer_iterations(capfd: pytest.CaptureFixture[str]) -> None:
    def iterations() -> int:
        printed = capfd.readouterr().out
        return int(printed.split("Number of Iterations....:")[1].split()[0])

    m = bounded(pyo.maximize)
    m.ipopt_zL_in = pyo.Suffix(direction=pyo.Suffix.EXPORT)
    m.ipopt_zU_in = pyo.Suffix(direction=pyo.Suffix.EXPORT)
    solver().solve(m, tee=True)
    cold = iterations()
    m.ipopt_zL_in.update(m.ipopt_zL_out)
    m.ipopt_zU_in.update(m.ipopt_zU_out)
    options = {
        "warm_start_init_point": "yes",
        "mu_init": 1e-8,
        "warm_start_bound_push": 1e-9,
        "warm_start_mult_bound_push": 1e-9,
    }
    solver().solve(m, tee=True, options=options)
    assert iterations() < cold


def test_numbers_words_and_options_from_a_file() -> None:
    options = {"tol": 1, "max_iter": 7, "mu_strategy": "adaptive", "OF_acceptable_iter": 3}
    pyo.assert_optimal_termination(solver().solve(square(), options=options))


def test_iteration_limit() -> None:
    result = solver().solve(square(), load_solutions=False, options={"max_iter": 1})
    assert result.solver.termination_condition == pyo.TerminationCondition.maxIterations


def test_infeasible() -> None:
    m = square()
    m.third = pyo.Constraint(expr=m.x**2 + m.y <= 4)
    result = solver().solve(m, load_solutions=False)
    assert result.solver.termination_condition == pyo.TerminationCondition.infeasible


def test_second_interface() -> None:
    """Pyomo's newer interface, which also reads the log and uses quoted option files."""
    ipopt = Ipopt(executable=str(find_ipopt()))
    options = {"linear_solver": LINEAR_SOLVER, "tol": 1e-10, "min_refinement_steps": 1}
    result = ipopt.solve(
        square(), solver_options={**options, "resto_failure_feasibility_threshold": 1e-9}
    )
    assert result.termination_condition == TerminationCondition.convergenceCriteriaSatisfied
    assert result.extra_info.iteration_count > 0


@pytest.mark.parametrize("option", [{"tol": "small"}, {"no_such_option": 1}])
def test_refused_options(option: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="bad status: error"):
        solver().solve(square(), options=option)


def test_missing_model(tmp_path: Path) -> None:
    done = subprocess.run(
        [find_ipopt(), str(tmp_path / "none.nl"), "-AMPL"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "none.nl" in done.stdout + done.stderr
