"""Acemoglu and Restrepo: labour demand of economies whose tasks are known, simulated and solved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from engels.calibration.benchmark import Benchmark
from engels.replication import acemoglu_restrepo_2019 as study
from engels.replication.acemoglu_restrepo_truth import (
    content,
    depth,
    first_order,
    mix_of_firms,
    moved,
    truth,
)
from engels.replication.sheet import load_sheet
from engels.runs.analysis.decompose import Sigmas, along_time, labour_demand, sigmas
from engels.runs.analysis.decompose_run import flows_of
from engels.runs.scenarios.scenario import load_scenario, prepare, with_settings
from engels.runs.simulation.simulate import Session
from engels.runs.store.inputs import RunResult

SESSION = Session("newton")
"""Of all tests of this file in a process: runs of one baseline solve it once."""

SHEET = load_sheet(study.KEY)
ECONOMIES = study.economies(SHEET)


def of(x: study.Industries) -> Sigmas:
    return Sigmas(np.full(x.content.shape[1], x.sigma))


@pytest.mark.parametrize("name", ECONOMIES)
def test_what_was_put_in_is_found(name: str) -> None:
    x = ECONOMIES[name]
    found = along_time(x.flows(), of(x))
    table = study.parts(found)
    assert study.gap(table) < 1e-12
    by_prices, by_tasks = truth(x)
    assert study.by_weight(found, found.task_content) == pytest.approx(by_tasks, abs=1e-12)
    assert study.by_weight(found, found.substitution) == pytest.approx(by_prices, abs=1e-12)
    # and over all years at once
    whole = labour_demand(
        x.flows().years(slice(-1, None)),
        x.flows().years(slice(0, 1)),
        of(x),
        float(np.log(x.efficiency[-1])),
    )
    assert study.gap(study.parts(whole)) < 1e-12


@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("Displacement alone", {"displacement"}),
        ("New tasks alone", {"reinstatement"}),
        ("Neutral growth alone", {"productivity"}),
        ("Factor prices alone", {"substitution"}),
    ],
)
def test_only_what_moved_has_a_part(name: str, moves: set[str]) -> None:
    x = ECONOMIES[name]
    means = study.parts(along_time(x.flows(), of(x))).mean().drop("total")
    assert {p for p in means.index if abs(means[p]) > 1e-12} == moves


def test_growth_at_constant_prices_is_the_productivity_effect() -> None:
    x = ECONOMIES["Neutral growth alone"]
    found = study.parts(along_time(x.flows(), of(x)))
    for part in ("productivity", "total"):
        assert found[part].to_numpy() == pytest.approx(SHEET.number("neutral"), abs=1e-12)


def test_simulated_shares_are_those_of_a_minimum_of_cost() -> None:
    """At sigma near one the labour share is task content, whatever the prices."""
    x = replace(ECONOMIES["All together"], sigma=1 - 1e-9)
    assert x.share() == pytest.approx(x.content, abs=1e-8)
    # and capital that is dear takes a larger share where sigma is below one
    x = ECONOMIES["Factor prices alone"]
    assert (np.diff(x.share()[:, 0]) > 0).all()


def test_the_paper_s_formula_is_of_first_order() -> None:
    x = ECONOMIES["Factor prices alone"]
    year, whole = np.abs(first_order(x)).max(), np.abs(first_order(x, 30)).max()
    assert 0 < year < 1e-5 and 30 * year < whole < 0.01
    still = ECONOMIES["Displacement alone"]
    assert first_order(still) == pytest.approx(truth(still)[1], abs=1e-12)


def test_nothing_of_the_published_table_decides() -> None:
    outcome = study.run()
    printed = [f for f in outcome.figures if f.label.startswith(("1947-87", "1987-2017"))]
    assert len(printed) == 23 and all(f.passed is None for f in printed)
    assert all(f.ours == "–" for f in printed if f.mark == "S")
    assert not any(f.decides and f.passed is not None for f in outcome.figures)
    compared = [f for f in outcome.figures if f.passed is not None]
    assert len(compared) == 18 and all(f.passed for f in compared)


# ------------------------------------------------------------------ solved runs


@pytest.fixture(scope="module")
def solved() -> Callable[[str], tuple[RunResult, Benchmark]]:
    kept: dict[str, tuple[RunResult, Benchmark]] = {}

    def make(name: str) -> tuple[RunResult, Benchmark]:
        if name not in kept:
            # the nest in which tasks are moved from outside and by nothing else
            scenario = with_settings(load_scenario(name), aggregation="5", ai_mode="labour")
            steady = {"capital.output_ratio": 4.84, "capital.income_weight": 0.0}
            parameters = scenario.parameters | steady
            scenario = scenario.model_copy(update={"last_year": 2035, "parameters": parameters})
            kept[name] = SESSION.run(scenario), prepare(scenario)
        return kept[name]

    return make


@pytest.mark.parametrize("name", ["deep_automation", "work_genai", "no_new_tasks", "firms_genai"])
def test_task_content_is_what_the_blocks_moved(
    solved: Callable[[str], tuple[RunResult, Benchmark]], name: str
) -> None:
    result, b = solved(name)
    run, reference = (flows_of(result, x, b) for x in (name, result.reference))
    growth = np.log(run.efficiency / reference.efficiency)
    found = labour_demand(run, reference, sigmas(b), growth)
    own = study.by_weight(found, found.task_content)
    start, end = (
        moved(result, b, depth(result, x, b), mix_of_firms(result, x, b))
        for x in (result.reference, name)
    )
    # with the run's own tasks prices explain all, with the reference's what is left are tasks
    assert np.abs(content(run, end, b)).max() < 1e-8
    assert content(run, start, b) == pytest.approx(own, abs=1e-8)
    assert own[-1].min() < -0.005


@pytest.mark.parametrize("name", ["stuck_labour", "free_movement"])
def test_frictions_of_labour_move_no_tasks(
    solved: Callable[[str], tuple[RunResult, Benchmark]], name: str
) -> None:
    result, b = solved(name)
    run, reference = (flows_of(result, x, b) for x in (name, result.reference))
    assert np.abs(run.wage / reference.wage - 1).max() > 1e-3
    found = labour_demand(run, reference, sigmas(b), np.log(run.efficiency / reference.efficiency))
    assert np.abs(found.task_content).max() < 1e-8
    assert study.gap(study.parts(found)) < 1e-12


def test_new_tasks_are_netted_within_sectors(
    solved: Callable[[str], tuple[RunResult, Benchmark]],
) -> None:
    result, b = solved("work_genai")
    handed = depth(result, "work_genai", b, new_tasks=False)
    left = depth(result, "work_genai", b)
    users = handed[-1] > 1e-6
    assert (handed[-1] > left[-1])[users].all() and left.min() > -1e-12
    again = content(flows_of(result, "work_genai", b), moved(result, b, handed), b)
    # labour has more of its tasks than it would without the new ones; the AI sector hands none over
    assert (again[-1][users] > 1e-4).all() and np.abs(again[:, ~users]).max() < 1e-8
