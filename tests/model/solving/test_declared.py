"""Compiled equations are the declared ones, and a solution is judged by what was declared."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
import scipy.sparse as sp

from engels.calibration import calibrate
from engels.calibration.blocks import BLOCKS
from engels.model.algebra.errors import ModelError, SolveError
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.declared import DeclaredEquations, declared_residual
from engels.model.solving.newton import NewtonSystem, require_alike
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, residual_by_family, solve
from tests.model.solving.written import Written

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


def test_the_writer_s_own_way_of_sharing_loses_a_factor() -> None:
    """Why nothing is compiled from a file with named expressions: another Pyomo may have repaired it."""
    m = taxed()
    system = NewtonSystem(m)
    x = np.array([2.0, 3.0])
    own = [1.2 * 2.0 * 3.0 - 3.0, 1.2 * 2.0 + 9.0 - 4.0]
    assert system.residual(x) == pytest.approx(own)
    assert Written(m, system).residual(x) == pytest.approx(own)
    assert Written(m, system, export_defined_variables=True).residual(x) != pytest.approx(own)


def test_what_was_compiled_wrongly_is_refused_and_names_the_equation() -> None:
    """Trees of one model beside the constraints of another; at x = 0 their difference does not show."""
    m, other = taxed(), taxed()
    other.cost.set_value(1.0 * (other.x + other.levy))
    for x in (1.0, 0.0):
        m.x.set_value(x)
        declared = DeclaredEquations([other.revenue, other.profit], [other.x, other.y])
        right = DeclaredEquations([m.revenue, m.profit], [m.x, m.y])
        require_alike(right, [m.revenue, m.profit])
        declared.variables = right.variables
        with pytest.raises(ModelError, match=r"revenue \[revenue\] was compiled wrongly: it has"):
            require_alike(declared, [m.revenue, m.profit])
        assert (m.x.value, m.y.value) == (x, 1.0)


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


def test_a_parameter_that_moves_after_compiling_is_heard() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.a = pyo.Param(initialize=2.0, mutable=True)
    m.c = pyo.Constraint(expr=m.x**2 == m.a)
    system = NewtonSystem(m)
    m.a.set_value(3.0)
    result = system.solve(system.values(), system.unknowns())
    assert result.converged
    assert result.x == pytest.approx(np.sqrt([3.0]))


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
    system = NewtonSystem(m)
    own = np.array([declared_residual(c) for c in system.constraints])
    x = system.values()
    np.testing.assert_allclose(system.declared.residual(x), own, rtol=1e-12, atol=1e-12)
    file = Written(m, system)
    np.testing.assert_allclose(system.residual(x), file.residual(x), rtol=1e-12, atol=1e-12)
    gap = system.derivatives(x) - file.derivatives(x)
    assert np.max(np.abs(gap.toarray())) < 1e-12 * (1 + np.max(np.abs(file.derivatives(x))))


def squared() -> pyo.ConcreteModel:
    """An equation with a function that the tape does not know."""
    m = taxed()
    m.square = pyo.ExternalFunction(lambda x: x**2, gradient=lambda args, fixed: [2 * args[0]])
    m.tax = pyo.Constraint(expr=m.square(m.x) * m.y == 5.0)
    return m


def test_what_the_tape_does_not_know_is_left_to_pyomo() -> None:
    m = squared()
    declared = DeclaredEquations([m.revenue, m.tax], [m.x, m.y])
    assert declared.by_pyomo == [1]
    assert declared.residual(np.array([2.5, 1.0])) == pytest.approx([0.0, 1.25])
    assert (m.x.value, m.y.value) == (1.0, 1.0)
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == [2]
    found = system.derivatives(np.array([2.5, 3.0])).toarray()
    assert found == pytest.approx(np.array([[3.6, 3.0], [1.2, 6.0], [15.0, 6.25]]))


def test_mutable_parameters_are_read_where_they_stand() -> None:
    m = taxed()
    m.rate = pyo.Param(initialize=2.0, mutable=True)
    m.yield_ = pyo.Param([0], initialize=5.0, mutable=True)
    m.tax = pyo.Constraint(expr=pyo.sqrt(2 * m.rate) * m.x**m.rate == m.yield_[0] - 1)
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == []
    x = np.array([2.5, 1.0])
    assert system.residual(x)[2] == pytest.approx(2 * 2.5**2 - 4)
    np.testing.assert_allclose(
        system.derivatives(x).toarray(), Written(m, system).derivatives(x).toarray(), rtol=1e-14
    )
    m.rate.set_value(0.5)
    m.yield_[0].set_value(1.0)
    assert system.residual(x)[2] == pytest.approx(2.5**0.5)
    assert system.derivatives(x).toarray()[2] == pytest.approx([0.5 * 2.5**-0.5, 0.0])


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


UNARY = (
    "exp log log10 sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh ceil floor abs"
)


@pytest.mark.parametrize("name", UNARY.split())
def test_every_function_has_its_derivative(name: str) -> None:
    function = abs if name == "abs" else getattr(pyo, name)
    start = 1.3 if name == "acosh" else 0.4
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=start)
    m.y = pyo.Var(initialize=-0.3)
    m.c = pyo.Constraint(expr=function(m.x) * m.y + m.x == 1.0)
    m.d = pyo.Constraint(expr=function(m.x) ** 2 - m.y / m.x == 1.0)
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == []
    x = system.values()
    # AMPL's derivatives of ceil and floor are zero, as ours
    np.testing.assert_allclose(
        system.derivatives(x).toarray(), Written(m, system).derivatives(x).toarray(), rtol=1e-14
    )


@pytest.mark.parametrize(("x", "y"), [(0.0, 2.0), (0.0, 1.0), (0.0, 3.5), (2.0, -1.5), (-2.0, 2.0)])
def test_powers_have_derivatives_also_at_zero(x: float, y: float) -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=x)
    m.c = pyo.Constraint(expr=m.x**y + 3 * m.x == 1.0)
    system = NewtonSystem(m)
    found = system.derivatives(np.array([x])).toarray()
    assert found == pytest.approx(np.array([[y * x ** (y - 1) + 3]]))


def test_a_choice_that_is_not_taken_may_have_no_value() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=-1.0)
    m.c = pyo.Constraint(expr=pyo.Expr_if(m.x <= 0.0, 3 * m.x, pyo.log(m.x)) == 1.0)
    system = NewtonSystem(m)
    assert system.derivatives(np.array([-1.0])).toarray() == pytest.approx(np.array([[3.0]]))
    assert system.derivatives(np.array([0.5])).toarray() == pytest.approx(np.array([[2.0]]))


def test_a_variable_alone_twice_and_in_shared_expressions() -> None:
    m = pyo.ConcreteModel()
    m.x = pyo.Var([0, 1], initialize=2.0)
    m.idle = pyo.Var(initialize=7.0)
    m.e = pyo.Expression(expr=m.x[0] * m.x[1])
    m.a = pyo.Constraint(expr=m.x[0] == 1.0)
    m.b = pyo.Constraint(expr=m.x[0] + 2 * m.x[0] + m.e * m.e == 1.0)
    m.c = pyo.Constraint(expr=m.e + pyo.exp(m.e) == 1.0)
    system = NewtonSystem(m)
    assert [v.name for v in system.variables] == ["x[0]", "x[1]"]
    e = np.exp(6.0)
    assert system.derivatives(np.array([2.0, 3.0])).toarray() == pytest.approx(
        np.array([[1.0, 0.0], [3.0 + 2 * 6 * 3, 2 * 6 * 2], [3 * (1 + e), 2 * (1 + e)]])
    )


MODES = ("labour", "capital", "guo")


@pytest.mark.parametrize("foresight", [True, False], ids=["foresight", "recursive"])
@pytest.mark.parametrize("ai_mode", MODES)
@pytest.mark.parametrize("every_block", [True, False], ids=["blocks", "plain"])
def test_residuals_and_derivatives_are_those_of_pyomo_s_writer(
    ai_mode: str, foresight: bool, every_block: bool
) -> None:
    """Every one, at scattered points; with foresight over a grid with longer periods."""
    b = calibrate("5", {f"{k}.active": 1 for k in BLOCKS} if every_block else None)
    years = [2020, 2021, 2022, 2023, 2025, 2029, 2030] if foresight else [2020]
    m = build_economy(b, years, foresight, ai_mode, 1.03, blocks_of(b))
    system = NewtonSystem(m)
    assert system.declared.by_pyomo == []
    file = Written(m, system)
    start = system.values()
    for seed, spread in ((1, 0.0), (2, 0.02), (3, 0.1)):
        z = np.random.default_rng(seed).uniform(-1, 1, len(start))
        x = np.where(start == 0, np.abs(z) * spread, start * np.exp(spread * z))
        here, there = system.residual(x), file.residual(x)
        _, size = system.declared.compared(x, np.zeros(0))
        size = np.where(np.isfinite(size), size, 1e3)  # a root of zero has none
        assert np.all(np.abs(here - there) <= 1e-12 * (1 + size))
        mine, theirs = system.derivatives(x), file.derivatives(x)
        gap = np.asarray((mine - theirs).tocoo().data)
        assert np.max(np.abs(gap)) <= 1e-9
        assert sp.linalg.norm(mine - theirs) <= 1e-11 * sp.linalg.norm(theirs)


def test_a_solve_error_is_no_model_fault() -> None:
    """A system without a solution is told apart from one that was compiled wrongly."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(initialize=1.0)
    m.c = pyo.Constraint(expr=m.x**2 == -1.0)
    with pytest.raises(SolveError, match="stopped without a solution"):
        solve(m, NewtonEngine())
