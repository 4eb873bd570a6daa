"""Compiled equations are the declared ones, and a solution is judged by what was declared."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from engels.calibration import calibrate
from engels.model.algebra.errors import ModelError, SolveError
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.declared import DeclaredEquations, declared_residual
from engels.model.solving.newton import NewtonSystem, compiled, require_alike
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, residual_by_family, solve

ENGINES = pytest.mark.parametrize("by", [IpoptEngine(), NewtonEngine()], ids=["ipopt", "newton"])


def taxed() -> pyo.ConcreteModel:
    """Two equations that share a cost of 1.2 (x + levy), with a levy that is a constant expression.

    Pyomo 6.10.1's writer drops the 1.2 where ``cost`` is used the second time.
    """
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.y = pyo.Var(initialize=1.0)
    m.levy = pyo.Expression(expr=0.0)
    m.cost = pyo.Expression(expr=1.2 * (m.x + m.levy))
    m.revenue = pyo.Constraint(expr=m.cost * m.y == 3.0)
    m.profit = pyo.Constraint(expr=m.cost + m.y**2 == 4.0)
    return m


@ENGINES
def test_an_expression_that_is_used_twice_keeps_its_factor(by: Engine) -> None:
    m = taxed()
    report = solve(m, by)
    assert m.x.value == pytest.approx(2.5, abs=1e-9)
    assert m.y.value == pytest.approx(1.0, abs=1e-9)
    assert report.residual < 1e-9
    assert max(residual_by_family(m).values()) < 1e-9


def test_a_file_that_lost_a_factor_is_refused_and_names_the_equation() -> None:
    """The writer's fault itself: its own way of sharing named expressions."""
    m = taxed()
    nlp, variables, constraints = compiled(m, export_defined_variables=True)
    declared = DeclaredEquations(constraints, variables)
    with pytest.raises(ModelError, match=r"profit \[profit\] was compiled wrongly: the file has"):
        require_alike(nlp, variables, declared, constraints)


def test_a_factor_that_does_not_show_at_the_present_values_is_found() -> None:
    """At x = 0 the lost factor is no difference."""
    m = taxed()
    m.x.set_value(0.0)
    nlp, variables, constraints = compiled(m, export_defined_variables=True)
    declared = DeclaredEquations(constraints, variables)
    x = np.array([v.value for v in variables], dtype=float)
    nlp.set_primals(x)
    there = nlp.evaluate_constraints() - nlp.constraints_ub()
    assert there == pytest.approx(declared.residual(x))
    with pytest.raises(ModelError, match="was compiled wrongly"):
        require_alike(nlp, variables, declared, constraints)


@ENGINES
def test_what_changed_since_it_was_compiled_is_compiled_again(by: Engine) -> None:
    m = taxed()
    m.rate = pyo.Param(initialize=1.0, mutable=True)
    m.z = pyo.Var(initialize=1.0)
    m.sale = pyo.Constraint(expr=m.z == m.rate * m.x)
    solve(m, by)
    m.levy.set_value(0.5)
    m.rate.set_value(3.0)
    solve(m, by)
    assert m.x.value == pytest.approx(2.0, abs=1e-9)
    assert m.z.value == pytest.approx(6.0, abs=1e-9)
    m.del_component(m.sale)
    m.sale = pyo.Constraint(expr=m.z == m.x)
    solve(m, by)
    assert m.z.value == pytest.approx(2.0, abs=1e-9)


def test_converged_is_what_holds_in_the_declared_equations() -> None:
    """A parameter that moves between compiling and solving: the file is wrong by then."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.a = pyo.Param(initialize=2.0, mutable=True)
    m.c = pyo.Constraint(expr=m.x**2 == m.a)
    system = NewtonSystem(m)
    m.a.set_value(3.0)
    result = system.solve(system.values(), system.unknowns())
    assert not result.converged
    assert "the equations as declared are missed by 1.0e+00" in result.message


def test_an_equation_without_variables_and_a_model_without_equations_end_in_words() -> None:
    m = taxed()
    m.wrong = pyo.Constraint(expr=m.levy == 1.0)
    with pytest.raises(ModelError, match="holds no variable and is wrong"):
        NewtonSystem(m)
    empty = pyo.ConcreteModel()
    with pytest.raises(ModelError, match="no equation that holds a variable"):
        NewtonSystem(empty)


def test_an_inequality_is_refused_by_name() -> None:
    m = taxed()
    m.z = pyo.Var(initialize=1.0)
    m.quota = pyo.Constraint(expr=m.z <= 3.0)
    with pytest.raises(ModelError, match=r"quota \[quota\] is an inequality"):
        solve(m)


# --- The reading of trees ------------------------------------------------------------------------


Tree = Callable[[pyo.ConcreteModel], Any]


def scrambled(seed: int) -> pyo.ConcreteModel:
    """A model of random trees: named expressions of constants and of each other, used again and again."""
    draw = random.Random(seed)
    m = pyo.ConcreteModel()
    m.x = pyo.Var([0, 1, 2], initialize={0: 1.7, 1: 2.3, 2: 3.1})
    m.p = pyo.Param(initialize=1.3, mutable=True)
    m.e = pyo.Expression(range(6))
    named: list[int] = []

    def atom() -> Any:
        chance = draw.random()
        if named and chance < 0.5:
            return m.e[draw.choice(named)]
        if chance < 0.85:
            return m.x[draw.randrange(3)]
        return m.p if chance > 0.98 else draw.choice([2.0, 0.5, -1.0, 3.0, 1.0, 0.0])

    def tree(depth: int) -> Any:
        if depth == 0:
            return atom()
        a, b = tree(depth - 1), tree(depth - 1 if draw.random() < 0.5 else 0)
        return draw.choice(
            [
                lambda: a * b,
                lambda: a + b,
                lambda: a - b,
                lambda: -a,
                lambda: a / draw.choice([2.0, 4.0]),
                lambda: 1 / (4 + a**2),
                lambda: (2 + a**2) ** 0.3,
                lambda: pyo.exp(0.01 * a),
                lambda: pyo.log(3 + a**2),
                lambda: pyo.sqrt(1 + a**2),
                lambda: abs(a - 1),
                lambda: pyo.tanh(a),
            ]
        )()

    for n in range(6):
        m.e[n] = draw.choice([2.0, 0.0, 0.5]) if draw.random() < 0.3 else tree(draw.choice([1, 2]))
        named.append(n)
    m.c = pyo.ConstraintList()
    for _ in range(4):
        m.c.add(tree(draw.choice([1, 2, 3])) + m.x[0] * m.x[1] == draw.choice([1.0, m.p]))
    return m


@pytest.mark.parametrize("seed", range(60))
def test_trees_are_read_as_pyomo_evaluates_them(seed: int) -> None:
    m = scrambled(seed)
    system = NewtonSystem(m)  # compared with the file, too
    own = np.array([declared_residual(c) for c in system.constraints])
    np.testing.assert_allclose(
        system.declared.residual(system.values()), own, rtol=1e-12, atol=1e-12
    )


def test_what_the_tape_does_not_know_is_left_to_pyomo() -> None:
    m = taxed()
    m.rate = pyo.Param(initialize=2.0, mutable=True)
    m.tax = pyo.Constraint(expr=m.rate * m.x == 5.0)
    declared = DeclaredEquations([m.revenue, m.tax], [m.x, m.y])
    assert declared.by_pyomo == [1]
    assert declared.residual(np.array([2.5, 1.0])) == pytest.approx([0.0, 0.0])
    assert (m.x.value, m.y.value) == (1.0, 1.0)
    m.rate.set_value(4.0)
    assert declared.residual(np.array([2.5, 1.0])) == pytest.approx([0.0, 5.0])


@pytest.mark.parametrize("x", [1.0, 2.0, 3.0])
def test_a_choice_is_read(x: float) -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=x)
    m.c = pyo.Constraint(expr=pyo.Expr_if(m.x <= 2.0, m.x**2, 3 * m.x) == 1.0)
    m.d = pyo.Constraint(expr=pyo.Expr_if(m.x < 2.0, m.x**2, 3 * m.x) == 1.0)
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == []
    own = [declared_residual(c) for c in system.constraints]
    assert system.declared.residual(system.values()) == pytest.approx(own)


def test_where_pyomo_finds_no_value_there_is_none() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.log = pyo.Constraint(expr=pyo.log(m.x) == 0)
    m.root = pyo.Constraint(expr=m.x**0.5 == 1)
    m.ratio = pyo.Constraint(expr=1 / m.x == 1)
    declared = DeclaredEquations([m.log, m.root, m.ratio], [m.x])
    for x, lost in ((-1.0, [True, True, False]), (0.0, [True, False, True])):
        assert np.isnan(declared.residual(np.array([x]))).tolist() == lost
        m.x.set_value(x)
        own = [declared_residual(c) for c in (m.log, m.root, m.ratio)]
        assert np.isnan(own).tolist() == lost


def test_every_equation_of_the_economy_is_read() -> None:
    """With blocks, at scattered values: the tape knows all of it, and agrees with Pyomo."""
    blocks = ("diffusion", "learning", "compute_chain", "labour_market", "household_groups")
    b = calibrate("5", {f"{k}.active": 1 for k in blocks}, 2022)
    m = build_economy(b, range(2020, 2023), True, "labour", 1.03, blocks_of(b))
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == []
    assert len(system.constraints) == sum(1 for _ in m.component_data_objects(pyo.Constraint))
    x = system.values() * np.exp(
        0.01 * np.random.default_rng(1).uniform(-1, 1, len(system.values()))
    )
    system.load(x)
    own = np.array([declared_residual(c) for c in system.constraints])
    np.testing.assert_allclose(system.declared.residual(x), own, rtol=1e-10, atol=1e-12)
    assert np.max(np.abs(own)) > 1e-4


def test_a_solve_error_is_no_model_fault() -> None:
    """A system without a solution is told apart from one that was compiled wrongly."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.c = pyo.Constraint(expr=m.x**2 == -1.0)
    with pytest.raises(SolveError, match="stopped without a solution"):
        solve(m, NewtonEngine())
