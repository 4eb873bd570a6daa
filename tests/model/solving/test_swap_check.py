"""What a swap found is looked at: ranges of instruments, weak answers, jumps, other equilibria."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

from engels.model.algebra.errors import SolveError
from engels.model.blocks.library import DRIVERS
from engels.model.solving.closures import Swap
from engels.model.solving.compiled import Compiled
from engels.model.solving.solve import NewtonEngine, solve
from engels.model.solving.swap_check import (
    Held,
    answers,
    held,
    jumps,
    look_at,
    others,
    require_in_range,
    weak_or_turned,
)
from engels.runs.scenarios.scenario import load_scenario
from engels.runs.simulation.simulate import simulate
from engels.runs.store.inputs import RunResult

YEARS = (2030, 2031, 2032)


def parabola(top: float, target: float, start: float) -> pyo.ConcreteModel:
    """Each year labour_share = ai_tax (2 top - ai_tax): two taxes bring a share below top squared."""
    m = pyo.ConcreteModel()
    m.years = pyo.Set(initialize=YEARS, ordered=True)
    m.stock_years = pyo.Set(initialize=YEARS, ordered=True)
    m.labour_share = pyo.Var(m.years, initialize=target)
    m.ai_tax = pyo.Var(m.years, initialize=start)
    m.law = pyo.Constraint(
        m.years, rule=lambda m, t: m.labour_share[t] == m.ai_tax[t] * (2 * top - m.ai_tax[t])
    )
    m.labour_share.fix()
    return m


SWAP = (Swap("labour_share", "ai_tax", YEARS),)


def of(m: pyo.ConcreteModel) -> list[Held]:
    names = ("labour_share", "ai_tax")
    return held({n: m.component(n) for n in names}, YEARS, SWAP)


def solved(top: float = 1.0, target: float = 0.36, start: float = 0.3) -> pyo.ConcreteModel:
    m = parabola(top, target, start)
    solve(m, NewtonEngine())
    return m


@pytest.mark.parametrize("target", [0.36, 0.75, 0.9])
def test_the_answer_is_the_derivative_of_the_inverse(target: float) -> None:
    m = solved(target=target)
    _, d = answers(NewtonEngine().system(Compiled(m)), of(m))
    z = 1 - np.sqrt(1 - target)
    np.testing.assert_allclose(d, np.eye(3) / (2 * (1 - z)), rtol=1e-9)


def test_the_other_root_is_found_and_the_model_left_as_it_was() -> None:
    m = solved()
    system = NewtonEngine().system(Compiled(m))
    tangents, d = answers(system, of(m))
    said = others(m, system, of(m), tangents, d)
    assert said and "another equilibrium reaches the same labour_share" in said[0]
    assert "1.8" in said[0] and "0.2" in said[0]
    assert [m.ai_tax[t].value for t in YEARS] == pytest.approx([0.2] * 3)


def test_one_root_is_no_caution() -> None:
    m = parabola(1.0, 0.36, 0.3)
    m.del_component("law")
    m.law = pyo.Constraint(m.years, rule=lambda m, t: m.labour_share[t] == m.ai_tax[t] / 2)
    solve(m, NewtonEngine())
    assert look_at(Compiled(m), SWAP) == []


def test_near_the_top_the_answer_is_weak() -> None:
    # 1e-8 below the top the slope is 2e-4: 0.1 points more would take 5
    m = solved(target=1 - 1e-8, start=0.9)
    _, d = answers(NewtonEngine().system(Compiled(m)), of(m))
    assert "hardly answers to ai_tax" in weak_or_turned(m, of(m), d)[0]
    assert weak_or_turned(m, of(m), np.eye(3)) == []


def test_years_on_two_sides_of_the_top_are_a_turn() -> None:
    m = solved()
    said = weak_or_turned(m, of(m), np.diag([1.0, 1.0, -1.0]))
    assert len(said) == 1
    assert "turns in its answer to ai_tax from 2032 on" in said[0]


def path(instrument: list[float], target: list[float] | None = None) -> list[str]:
    years = range(2025, 2025 + len(instrument))
    wanted = target or [0.001 * n for n in range(len(instrument))]
    values = {
        "ai_tax": dict(zip(years, instrument, strict=True)),
        "labour_share": dict(zip(years, wanted, strict=True)),
    }
    swaps = (Swap("labour_share", "ai_tax", tuple(years)),)
    return jumps(values, held(values, (), swaps))


def test_a_jump_is_told_with_its_years() -> None:
    (said,) = path([0.1, 0.12, 0.14, 4.0, 4.02, 4.04])
    assert "from 0.14 in 2027 to 4 in 2028" in said


@pytest.mark.parametrize(
    "steady",
    [
        [0.1, 0.12, 0.14, 0.16, 0.18],
        [0.0, 0.0, 0.0, 0.01, 0.01],  # small in the range of the driver
        [0.1, 0.2, 0.4, 0.8, 1.6],
    ],
)
def test_what_is_steady_or_small_is_no_jump(steady: list[float]) -> None:
    assert path(steady) == []


def test_a_jump_that_the_target_asks_for_is_none() -> None:
    assert path([0.1, 0.12, 0.14, 4.0, 4.02], [0.0, 0.001, 0.002, 0.2, 0.201]) == []


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_instrument_outside_its_range_is_refused(end: str) -> None:
    driver = DRIVERS["ai_tax"]
    limit = getattr(driver, end)
    beyond = limit + (0.01 if end == "high" else -0.01)
    for x, fine in ((limit, True), (beyond, False)):
        values = {
            "ai_tax": {2030: 0.0, 2031: x, 2032: 0.0},
            "labour_share": dict.fromkeys(YEARS, 0.5),
        }
        if fine:
            require_in_range(values, SWAP)
            continue
        with pytest.raises(SolveError, match=r"ai_tax outside its range: .* in 2031 \(1 years"):
            require_in_range(values, SWAP)


SCENARIO = """\
name: tax_for_share
title: {{en: A labour share by a tax on AI, zh: 以人工智能税实现劳动份额}}
family: labour_share
description: The labour share is put above its path; the tax on AI that does it is found.
aggregation: "5"
last_year: 2035
expectations: {expectations}
shocks:
  - {{driver: ai_productivity, change: multiply, growth: {{from: 2026, to: 2035, rate: 0.15}}}}
swaps:
  - {{target: labour_share, instrument: {instrument}, change: add, path: {{2025: 0, 2028: {more}}},
     interpolate: linear}}
"""

Run = Callable[[str, str, float], RunResult]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def solve(expectations: str, instrument: str, more: float) -> RunResult:
        file = tmp_path / "tax_for_share.yaml"
        file.write_text(
            SCENARIO.format(expectations=expectations, instrument=instrument, more=more),
            encoding="utf-8",
        )
        return simulate(load_scenario(str(file)), solver="newton")

    return solve


def test_a_tax_beyond_its_range_stores_nothing(run: Run) -> None:
    with pytest.raises(SolveError, match="labour_share can be brought to its path only by ai_tax"):
        run("foresight", "ai_tax", 0.001)


def test_a_path_that_jumps_is_told_in_the_manifest(run: Run) -> None:
    said = run("recursive", "ai_tax", 0.003).manifest["cautions"]
    assert any("hardly answers" in words for words in said)
    assert any("jumps from" in words for words in said)


@pytest.mark.parametrize("expectations", ["foresight", "recursive"])
def test_a_lever_that_works_has_no_cautions(run: Run, expectations: str) -> None:
    assert run(expectations, "markup_common", 0.003).manifest["cautions"] == []
