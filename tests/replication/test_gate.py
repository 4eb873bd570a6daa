"""GATE: the planner's problem against the paper's integrals, and what the stored run says."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from engels.replication import gate_2025 as study
from engels.replication.gate_planner import maximise, planner
from engels.replication.gate_setting import Gate
from engels.replication.sheet import load_sheet

YEARS = 25


@pytest.fixture(scope="module")
def gate() -> Gate:
    return study.setting(load_sheet(study.KEY))


@pytest.fixture(scope="module")
def default(gate: Gate) -> tuple[float, pd.DataFrame]:
    return study.solved(gate, YEARS)


def runtime(g: Gate, task: float, run: float) -> float:
    """log10 of eq. 15 over 10^gamma0, written as in the paper."""
    least = g.threshold + g.per_task * (task - g.automated) if task > g.automated else -math.inf
    return g.slope * max(0.0, least - run) + g.runtime_slope * task


@settings(deadline=None)
@given(st.floats(20, 45), st.floats(20, 45))
def test_more_training_automates_more(one: float, other: float) -> None:
    g = study.setting(load_sheet(study.KEY))
    low, high = sorted((one, other))
    assert g.automated <= g.learned(low) <= g.learned(high) <= 1
    assert g.learned(g.requirement) == 1
    assert g.learned(g.threshold - g.inference / g.slope) == pytest.approx(g.automated)


@pytest.mark.parametrize(("run", "later"), [(28.5, 0.05), (30.0, 0.2), (31.5, 0.4), (33.0, 0.2)])
def test_weight_of_automated_tasks_is_the_integral(gate: Gate, run: float, later: float) -> None:
    """With all training, some and none of the tasks within its reach."""
    m = planner(gate, 4)
    m.z[3].set_value(run)
    m.later[3].set_value(later)
    m.first[3].set_value(gate.automated)
    trained = max(0.0, (run - gate.threshold) / gate.per_task)
    m.line[3].set_value(min(later, trained))
    m.weight[3].set_value(0.0)
    weight = 1 - pyo.value(m.define_weight[3].body)
    power = -gate.substitution / (1 - gate.substitution)
    top = gate.automated + later
    corners = [gate.automated, gate.automated + min(later, trained)]
    expected, _ = quad(lambda j: 10 ** (power * runtime(gate, j, run)), 0, top, points=corners)
    assert weight == pytest.approx(expected, rel=1e-6)


def test_composite_is_the_best_way_to_share_compute_out(gate: Gate) -> None:
    """Closed form against the best split over a thousand tasks, found by its first-order condition."""
    rho, left, workers, compute = gate.substitution, 0.7, 1.0, 50.0
    tasks = (np.arange(3000) + 0.5) / 3000 * (1 - left)
    need = 10.0 ** (5 * tasks)
    width = (1 - left) / 3000
    power = -rho / (1 - rho)
    weight = (need**power).sum() * width
    closed = left ** (1 - rho) * workers**rho + weight ** (1 - rho) * compute**rho
    done = need ** (-1 / (1 - rho))
    done *= compute / (done * need).sum() / width
    direct = left * (workers / left) ** rho + (done**rho).sum() * width
    assert closed == pytest.approx(direct, rel=1e-9)
    # any other split gives less: rho is negative, so a larger sum is a smaller composite
    other = done * (1 + 0.1 * np.sin(40 * tasks))
    other *= compute / (other * need).sum() / width
    assert direct < left * (workers / left) ** rho + (other**rho).sum() * width


def test_path_obeys_the_laws(gate: Gate, default: tuple[float, pd.DataFrame]) -> None:
    _, frame = default
    now, then = frame.iloc[:-1], frame.iloc[1:].set_index(frame.index[:-1])
    spent = frame[["share_compute", "share_hardware", "share_software", "share_capital"]]
    assert (spent.sum(axis=1) + frame["consumption"]).to_numpy() == pytest.approx(100)
    assert (spent > -1e-4).all(axis=None)
    assert (frame["automated"] <= frame["automatable"] + 1e-6).all()
    usable = now["compute"] / (1 + now["compute"] * gate.compute / gate.compute_limit)
    training = now["training"] / 100 * usable * gate.compute * now["software"]
    assert (10 ** then["log10_run"]).to_numpy() == pytest.approx(
        (10 ** now["log10_run"] + training).to_numpy(), rel=1e-6
    )
    e = gate.software
    spending = now["share_software"] / 100 * now["output"] * gate.output / e.spent
    pull = e.growth * spending**e.scale * now["software"] ** -e.fishing_out
    room = 1 - np.log(now["software"]) / e.room
    assert np.log(then["software"] / now["software"]).to_numpy() == pytest.approx(
        (pull * room).to_numpy(), rel=1e-6
    )


def test_output_without_compute_is_that_of_the_first_year(gate: Gate) -> None:
    """A is such that Y(0) is made by labour and capital; free compute on f0 tasks gives 1.19."""
    m = planner(gate, 1, opening=1)
    m.weight[0].set_value(-60.0)
    bare = m.first[0]
    bare.set_value(gate.automated)
    m.y[0].set_value(0.0)
    free = -pyo.value(m.define_output[0].body)
    exponent = (1 - gate.capital_share) * (1 - 1 / gate.substitution)
    assert math.exp(free) == pytest.approx((1 - gate.automated) ** -exponent, rel=1e-6)
    assert math.exp(free) == pytest.approx(1.19, abs=0.005)


def test_optimum_is_no_worse_than_its_neighbours(
    gate: Gate, default: tuple[float, pd.DataFrame]
) -> None:
    aim, frame = default
    for train in (0.9, 1.1):
        m = planner(gate, YEARS)
        m.train[0].fix(train * frame["training"].iloc[0] / 100)
        assert maximise(m) < aim
    assert maximise(planner(gate, YEARS, opening=3)) < aim


def test_horizon_does_not_matter(gate: Gate, default: tuple[float, pd.DataFrame]) -> None:
    _, longer = study.solved(gate, YEARS + 10)
    assert study.headline(longer) == pytest.approx(study.headline(default[1]), rel=1e-4)


def test_which_numbers_of_the_stored_run_come_out(
    gate: Gate, default: tuple[float, pd.DataFrame]
) -> None:
    figures = study.compare(load_sheet(study.KEY), default[1])
    assert {f.label for f in figures if not f.passed} == {
        "Growth in 2027",
        "First year with growth above 30%",
        "Largest training run of 2025 over C_T(0)",
    }
    assert not any(f.decides for f in figures)


def test_a_path_with_all_its_numbers_exists(
    gate: Gate, default: tuple[float, pd.DataFrame]
) -> None:
    sheet = load_sheet(study.KEY)
    aim, frame = study.forced(sheet, gate, YEARS)
    assert aim < default[0]
    assert frame["growth"].loc[2027] == pytest.approx(22.6)
    assert frame["share_ai"].loc[2025] == pytest.approx(24)
    assert 100 * frame["automatable"].loc[2027] == pytest.approx(31.8)
    loss = 1 - (aim / default[0]) ** (1 / (1 - gate.risk_aversion))
    assert 0 < loss < 0.02


@pytest.mark.slow
def test_study_runs() -> None:
    outcome = study.run()
    assert outcome.missed == []
    assert {"path", "forced", "variants"} == set(outcome.frames)
    assert outcome.figure is not None
