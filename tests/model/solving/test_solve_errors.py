"""A solve that fails says so, in words and with how far it came; nothing else is ever returned."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo
import pytest

from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import restore
from engels.model.blocks.library import blocks_of
from engels.model.economy.build import build_economy
from engels.model.solving.closures import POLICY
from engels.model.solving.compiled import Compiled
from engels.model.solving.deadline import Deadline
from engels.model.solving.dynamics import Workshop, solve_baseline, solve_policy
from engels.model.solving.solution import Solution
from engels.model.solving.solve import Engine, IpoptEngine, NewtonEngine, SolveReport, engine, solve
from engels.model.solving.solver_path import SolverMissing, find_ipopt

from ..block_runs import baseline

if TYPE_CHECKING:
    from tests.model.conftest import Drivers, Runs


def shocked(origin: Solution) -> pyo.ConcreteModel:
    """A year of the economy, hit by a large shock and not yet solved."""
    m = build_economy(
        origin.benchmark, [2020], False, origin.ai_mode, blocks=blocks_of(origin.benchmark)
    )
    restore(m, origin.values)
    POLICY.apply(m, False)
    m.ai_productivity[2020].set_value(20.0)
    m.chip_quota["components", 2020].set_value(0.0)
    return m


def test_the_iteration_limit_names_the_worst_equations(runs: Runs) -> None:
    m = shocked(runs.baseline("5", foresight=False, last_year=2020))
    with pytest.raises(SolveError) as caught:
        solve(m, IpoptEngine({"max_iter": 2}))
    error = caught.value
    assert "iterationLimit, 2 iterations" in str(error)
    assert len(error.worst) == 5
    sizes = [w.residual for w in error.worst]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1e-8
    for w in error.worst:
        assert w.words in str(error)
        assert w.name in str(error)
        assert w.words != w.name
        assert "2020" in w.words


def test_a_failed_model_can_be_solved_again(runs: Runs) -> None:
    """A failure leaves no trace in the model but its values: no objective, nothing fixed."""
    m = shocked(runs.baseline("5", foresight=False, last_year=2020))
    for _ in range(2):
        with pytest.raises(SolveError):
            solve(m, IpoptEngine({"max_iter": 1}))
    assert not list(m.component_objects(pyo.Objective))
    assert solve(m).residual < 1e-8


def test_a_word_of_success_is_not_enough(runs: Runs) -> None:
    """Ipopt content with a residual of 1e-3 is not believed."""
    m = shocked(runs.baseline("5", foresight=False, last_year=2020))
    loose = IpoptEngine({"tol": 1e-3, "constr_viol_tol": 1e-3})
    with pytest.raises(SolveError, match=r"reported a solution whose largest scaled residual is"):
        solve(m, loose)


@pytest.mark.parametrize("foresight", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_an_impossible_shock_reports_how_far_it_came(runs: Runs, foresight: bool) -> None:
    """Exports of five times the economy: no price brings them about."""
    origin = runs.baseline("5", foresight=foresight, last_year=2022)
    outflow = dict.fromkeys((2021, 2022), -500.0) if not foresight else {2021: -500.0}
    before = {n: dict(entries) for n, entries in origin.values.items()}
    with pytest.raises(SolveError) as caught:
        runs.policy(origin, {"foreign_saving": outflow}, 2021 if not foresight else 2020)
    error = caught.value
    assert error.solved_fraction is not None
    assert 0 < error.solved_fraction < 0.5
    assert f"solved up to {error.solved_fraction:.1%} of its size and not beyond" in str(error)
    assert error.worst
    if not foresight:
        assert str(error).startswith("2021: ")
    assert origin.values == before


@pytest.mark.parametrize(
    "by", [IpoptEngine({"max_iter": 3}), NewtonEngine()], ids=["ipopt", "newton"]
)
def test_steps_are_halved_until_they_succeed(
    runs: Runs, level: Callable[..., Drivers], by: Engine
) -> None:
    """With few iterations a step, the shock is walked, and ends in the same solution."""
    origin = runs.baseline("5", foresight=False, last_year=2026)
    drivers = level(origin, "ai_productivity", 5.0)
    whole = runs.policy(origin, drivers)
    walked = solve_policy(origin, drivers, 2026, workshop=Workshop(by))
    if isinstance(by, IpoptEngine):
        assert len(walked.reports[0].steps) > 1
    assert walked.reports[0].steps[-1] == 1.0
    for name, entries in whole.values.items():
        for k, x in entries.items():
            if x is not None:
                assert walked.values[name][k] == pytest.approx(x, rel=1e-7, abs=1e-9), (name, k)


@pytest.fixture
def hit(runs: Runs) -> pyo.ConcreteModel:
    """The shocked year, from a baseline that is solved before the solver is taken away."""
    return shocked(runs.baseline("5", foresight=False, last_year=2020))


@pytest.fixture
def no_solver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without Ipopt; returns the folder in which IDAES would keep its own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("IDAES_DATA", raising=False)
    return tmp_path / ".idaes" / "bin"


def test_a_missing_solver_is_missed_in_words(hit: pyo.ConcreteModel, no_solver: Path) -> None:
    with pytest.raises(SolverMissing) as caught:
        solve(hit)
    message = str(caught.value)
    assert "Ipopt executable is missing" in message
    assert str(no_solver) in message
    assert "make setup" in message


def test_a_solver_that_breaks_off_is_no_solution(hit: pyo.ConcreteModel, no_solver: Path) -> None:
    no_solver.mkdir(parents=True)
    broken = no_solver / "ipopt"
    text = (
        '#!/bin/sh\n[ "$1" = -v ] && echo "Ipopt 3.14.19 (x86_64), ASL(2020)" && exit 0\nexit 3\n'
    )
    broken.write_text(text, encoding="utf-8")
    broken.chmod(0o755)
    assert find_ipopt() == broken
    with pytest.raises(SolveError, match="Ipopt"):
        solve(hit)


def test_an_unknown_engine_names_the_known() -> None:
    with pytest.raises(ValueError, match="'path' is unknown; it is ipopt or newton"):
        engine("path")


class LostAtFirst(NewtonEngine):
    """Newton, but for the first search over many years: it ends where it has led nowhere."""

    lost = False

    def solve(
        self, e: Compiled, share: float = 0.0, deadline: Deadline | None = None
    ) -> SolveReport:
        if not self.lost and len(e.given["years"]) > 1:
            self.lost = True
            e.x = np.where(e.known, e.x, np.nan)
            raise SolveError("led nowhere")
        return super().solve(e, share, deadline)


def test_the_second_search_of_a_baseline_begins_where_the_first_did() -> None:
    """What years by themselves do not have (here the yield of learning) is not what the first left."""
    origin = baseline(("learning",), (), True, "labour", 2030)
    by = LostAtFirst()
    again = solve_baseline(origin.benchmark, "labour", True, 2030, workshop=Workshop(by))
    assert by.lost
    assert again.values["learning_yield"] == pytest.approx(
        origin.values["learning_yield"], rel=1e-9
    )
