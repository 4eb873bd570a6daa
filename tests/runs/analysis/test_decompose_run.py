"""Decompositions of solved runs at five sectors, and the command that makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.runs.analysis.decompose import Flows, labour_demand, sigmas
from engels.runs.analysis.decompose_run import (
    COLUMNS,
    JOB_COLUMNS,
    PREVIOUS,
    Decomposition,
    decompose_run,
    flows_of,
    jobs,
)
from engels.runs.analysis.nordhaus import FALLING, RATES, TARGETS, nordhaus_tests
from engels.runs.indicators import deviations
from engels.runs.indicators.labels import labels
from engels.runs.scenarios.scenario import load_scenario, prepare, with_settings
from engels.runs.simulation.simulate import Session
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import store_run

from ...sealing import reseal

if TYPE_CHECKING:
    from tests.conftest import Engels

SESSION = Session("newton")
"""Of all tests of this file in a process: runs of one baseline solve it once."""

TOLERANCE = 1e-10
Made = tuple[RunResult, Benchmark, Decomposition]

RUNS = [
    ("ai_central", "labour", "foresight"),
    ("ai_central", "capital", "foresight"),
    ("ai_central", "guo", "foresight"),
    ("ai_central", "labour", "recursive"),
    ("ai_central", "labour", "static"),
    ("deep_automation", "labour", "foresight"),
    ("deep_automation", "labour", "static"),
    ("deep_automation", "capital", "static"),
    ("deep_automation", "guo", "static"),
    ("lost_reinstatement", "labour", "foresight"),
    ("markup_drift", "labour", "foresight"),
    ("gpt_all", "labour", "foresight"),
    ("baseline", "labour", "foresight"),
]


@pytest.fixture(scope="module")
def made() -> Callable[..., Made]:
    """A run at five sectors, its benchmark and its decomposition; each is solved once."""
    kept: dict[tuple[str, ...], Made] = {}

    def make(name: str, ai_mode: str = "labour", expectations: str = "foresight") -> Made:
        key = (name, ai_mode, expectations)
        if key not in kept:
            scenario = with_settings(
                load_scenario(name), aggregation="5", ai_mode=ai_mode, expectations=expectations
            )
            b = prepare(scenario)
            result = SESSION.run(scenario)
            kept[key] = result, b, decompose_run(result, b)
        return kept[key]

    return make


def sums(table: pd.DataFrame, what: str, against: str) -> pd.DataFrame:
    """Parts by year, sectors added up."""
    chosen = table[(table["what"] == what) & (table["against"] == against)]
    return chosen.groupby(["year", "part"])["value"].sum().unstack()


@pytest.mark.parametrize(("name", "ai_mode", "expectations"), RUNS)
@pytest.mark.sampled(3)
def test_the_parts_of_a_run_add_up(
    made: Callable[..., Made], name: str, ai_mode: str, expectations: str
) -> None:
    result, _, found = made(name, ai_mode, expectations)
    assert tuple(found.table.columns) == COLUMNS
    assert np.isfinite(found.table["value"]).all()
    checked = 0
    for what, total in (("labour_demand", _wage_bill), ("labour_share", _labour_share)):
        for against in dict.fromkeys(found.table["against"]):
            parts = sums(found.table, what, against)
            gap = parts.drop(columns="total").sum(axis=1) - parts["total"]
            assert gap.abs().max() < TOLERANCE
            now = total(result, result.scenario)
            other = now.shift(1) if against == PREVIOUS else total(result, result.reference)
            change = (now - other).loc[parts.index]
            assert (parts["total"] - change).abs().max() < TOLERANCE
            checked += 1
    assert checked == 2 * ((expectations != "static") + (name != "baseline"))


def _wage_bill(result: RunResult, scenario: str) -> pd.Series[float]:
    wages = deviations.by_sector(result.frame, scenario, "labour_income").sum(axis=1)
    return np.log(wages / deviations.series(result.frame, scenario, "price_consumption"))


def _labour_share(result: RunResult, scenario: str) -> pd.Series[float]:
    return deviations.series(result.frame, scenario, "labour_share")


@pytest.mark.parametrize(
    ("name", "ai_mode", "expectations"),
    [r for r in RUNS if r[0] in ("ai_central", "markup_drift", "baseline")],
)
def test_tasks_stand_still_where_the_model_moves_none(
    made: Callable[..., Made], name: str, ai_mode: str, expectations: str
) -> None:
    """The quality of AI, markups and growth change prices, accumulation and sectors, not who does what."""
    _, _, found = made(name, ai_mode, expectations)
    tasks = found.table[found.table["part"].isin(["displacement", "reinstatement"])]
    assert len(tasks) and tasks["value"].abs().max() < 1e-8


@pytest.mark.parametrize(
    ("name", "expectations"),
    [
        ("deep_automation", "foresight"),
        ("deep_automation", "static"),
        ("lost_reinstatement", "foresight"),
        ("gpt_all", "foresight"),
    ],
)
def test_task_content_is_what_the_model_did(
    made: Callable[..., Made], name: str, expectations: str
) -> None:
    """From the base year, whose prices are 1, with the tasks of the run: only prices are left."""
    result, b, found = made(name, "labour", expectations)
    r, run = result.frame, flows_of(result, result.scenario, b)
    # the reference of some runs is a run itself; in the baseline of the base year all prices are 1
    base = flows_of(made("ai_central", "labour", expectations)[0], "baseline", b)
    start = Flows(
        **{
            f: np.repeat(getattr(base, f)[:1], len(run.gdp_real), axis=0)
            for f in Flows.__dataclass_fields__
        }
    )
    depth = np.zeros((len(run.gdp_real), len(b.sectors)))
    depth += deviations.series(r, result.scenario, "automation_depth").to_numpy()[:, None]
    given = deviations.by_sector(r, result.scenario, "automated_tasks")
    for j in given:
        depth[:, b.index(str(j))] += given[j].to_numpy()
    kept = np.ones(len(depth))
    if name == "lost_reinstatement":
        since = np.clip(np.arange(len(depth)) + b.base_year - 2025, 0, 15)
        kept = (1 - 0.004) ** since
    ai = b.ai_purchases / np.maximum(b.ai_purchases + b.labour, 1e-300)
    moved = np.where(ai > 0, b.exposure, 0.0)[None] * depth[:, :, None]
    if expectations == "static":
        assert len(depth) == 1 and depth[0, 0] == pytest.approx(0.15)
    tasks = start.pay + start.ai_work
    pay = kept[:, None, None] * tasks * (1 - ai[None] - moved)
    ai_work = kept[:, None, None] * tasks * (ai[None] + moved)
    # what labour's bundle no longer does, capital does; AI is bought, not a part of factor income
    bundle = start.capital.copy()
    bundle[:, b.index(b.ai)] = b.compute.rent + b.compute.operation.sum()
    capital = start.capital * (1 + (1 - kept[:, None]) * tasks.sum(axis=2) / bundle)
    income = pay.sum(axis=2) + capital + start.profit
    shifted = replace(start, pay=pay, ai_work=ai_work, factor_income=income)
    growth = np.log(run.efficiency / start.efficiency)
    left = labour_demand(run, shifted, sigmas(b), growth)
    assert np.abs(left.task_content).max() < 1e-8
    # and from where the tasks were, all of it is displacement
    parts = sums(found.table, "labour_demand", result.reference)
    assert parts["displacement"].iloc[-1] < -0.02 and parts["reinstatement"].max() < 1e-3


@pytest.mark.parametrize("ai_mode", ["labour", "capital", "guo"])
def test_automation_displaces_in_every_mode(made: Callable[..., Made], ai_mode: str) -> None:
    _, b, found = made("deep_automation", ai_mode, "static")
    table = found.table[found.table["part"].isin(["displacement", "reinstatement"])]
    by_sector = table.groupby("sector")["value"].sum()
    users = [j for j in b.sectors if j != b.ai]
    assert (by_sector[users] < -1e-5).all() and abs(by_sector[b.ai]) < 1e-8
    if ai_mode == "guo":
        # AI stands beside the whole sector: its price moves no share of value added
        assert found.table.loc[found.table["part"] == "ai", "value"].abs().max() < TOLERANCE


def test_markups_are_profit(made: Callable[..., Made]) -> None:
    """What markups leave of the income of each sector is what its wages lose, weighed by wages."""
    result, _, found = made("markup_drift")
    parts = sums(found.table, "labour_demand", "baseline").loc[2050]
    wages, share, output, price, markup = (
        deviations.by_sector(result.frame, "markup_drift", v).loc[2050]
        for v in ("labour_income", "labour_share_sector", "output", "price_output", "markup")
    )
    income = wages / share
    added = deviations.by_sector(result.frame, "markup_drift", "value_added").loc[2050]
    profit = (1 - 1 / markup) * (output * price - (added - income))
    left = float((wages * np.log(1 - profit / income)).sum() / wages.sum())
    assert parts["profit"] == pytest.approx(left, rel=0.05)
    assert left < -0.01 and abs(parts["displacement"]) < 1e-8


def test_capital_of_the_accounts_is_that_of_the_frame(made: Callable[..., Made]) -> None:
    result, b, _ = made("gpt_all")
    flows = flows_of(result, "gpt_all", b)
    stock = deviations.by_sector(result.frame, "gpt_all", "capital_stock")
    rate = deviations.by_sector(result.frame, "gpt_all", "rental_rate")
    for j in stock:
        own = (stock[j] * rate[j]).to_numpy()
        assert flows.capital[:, b.index(str(j))] == pytest.approx(own, rel=1e-9)


def test_within_and_between_are_those_reported(made: Callable[..., Made]) -> None:
    result, _, found = made("deep_automation")
    parts = sums(found.table, "labour_share", "ai_central")
    for part in ("within", "between"):
        known = deviations.series(result.frame, "deep_automation", f"labour_share_{part}")
        # those are of value added, these of GDP, which holds taxes on products too
        assert np.corrcoef(parts[part], known)[0, 1] > 0.999
        assert (parts[part].abs() <= known.abs() + 1e-12).all()


def test_jobs_of_a_run(made: Callable[..., Made]) -> None:
    result, b, found = made("gpt_all")
    table = found.jobs
    assert tuple(table.columns) == JOB_COLUMNS
    assert sorted(set(table["horizon"])) == [1, 3, 5, 10, 20]
    assert (table["year"] - table["horizon"] == result.manifest["announced"]).all()
    assert (table["created"] - table["lost"] == table["net"]).all()
    assert (table[["created", "lost"]] >= 0).all(axis=None)
    by = table.groupby(["horizon", "by"])[["created", "lost", "net"]].sum().unstack("by")
    for column in ("created", "lost", "net"):
        assert (by[column].sub(by[column]["total"], axis=0).abs() < TOLERANCE).all(axis=None)
    for scale, variable in (("total", "employment"), ("skill", "employment_skill")):
        for row in table[table["by"] == scale].to_dict("records"):
            now, before = (
                deviations.series(result.frame, s, variable, group=str(row["name"]))[row["year"]]
                for s in ("gpt_all", "baseline")
            )
            assert row["net"] == pytest.approx(now - before, abs=1e-9)
    named = {by: set(rows["name"]) for by, rows in table.groupby("by")}
    assert named["sector"] == set(b.sectors) and named["skill"] == set(b.skills)
    assert named["intensity"] == {"capital", "labour"}


def test_jobs_of_a_static_run_have_one_horizon(made: Callable[..., Made]) -> None:
    _, _, found = made("deep_automation", "labour", "static")
    assert set(found.jobs["horizon"]) == {0} and found.nordhaus.empty


def test_a_run_that_is_its_own_reference_has_no_jobs(made: Callable[..., Made]) -> None:
    result, b, found = made("baseline")
    assert found.jobs.empty and jobs(result, b).empty
    assert set(found.table["against"]) == {PREVIOUS}


# ---- the six tests --------------------------------------------------------------------------------


def test_nordhaus_on_a_path_that_is_known(result: RunResult) -> None:
    """Slopes and years of exponential paths."""
    years = np.arange(2020, 2041)
    paths = {
        "gdp_real": 100 * 1.03 ** (years - 2020),
        "output_per_worker": 1.03 ** (years - 2020),
        "capital_share": 0.4 * np.exp(0.005 * (years - 2020)),
        "price_investment": np.exp(-0.02 * (years - 2020)),
        "price_consumption": np.ones(len(years)),
        "compute_capacity": 3 * np.exp(0.10 * (years - 2020)),
        "real_wage": np.cumprod(1.01 + 0.001 * (years - 2020)),
    }
    rows = [
        ("x", v, "", "", y, x, "") for v, p in paths.items() for y, x in zip(years, p, strict=True)
    ]
    rows += [("x", "capital_stock", "M", "", y, 300.0, "") for y in years]
    frame = pd.DataFrame(rows, columns=list(result.frame.columns))
    found = nordhaus_tests(RunResult(frame, result.manifest), "x").set_index("test")
    assert set(found.index) == set(TARGETS)
    assert found.loc["capital_share", "slope"] == pytest.approx(0.005)
    # ln(target / now) / slope
    now = 0.4 * np.exp(0.1)
    assert found.loc["capital_share", "years"] == pytest.approx(np.log(1 / now) / 0.005)
    assert found.loc["capital_price", "years"] == pytest.approx(np.log(2) / 0.02)
    assert found.loc["wages", "slope"] == pytest.approx(0.001)
    assert found.loc["wages", "years"] == pytest.approx((0.20 - 0.03) / 0.001)
    # steady growth does not accelerate
    assert not found.loc["productivity", "passes"] and np.isinf(found.loc["productivity", "years"])
    assert found.loc["information", "passes"] and not found.loc["capital_output", "passes"]


def test_nordhaus_of_a_run(made: Callable[..., Made]) -> None:
    result, _, found = made("gpt_all")
    table = found.nordhaus
    assert list(table["test"]) == list(TARGETS) and len(RATES) == 2 and FALLING
    assert ((table["years"] < np.inf) == (table["passes"] | (table["years"] == 0))).all()
    late = nordhaus_tests(result, window=range(2040, 2051))
    assert (late["now"] == table["now"]).all() and (late["slope"] != table["slope"]).any()
    other = nordhaus_tests(result, "baseline").set_index("test")
    # AI fills the stock of capital with compute
    assert table.set_index("test").loc["information", "slope"] > other.loc["information", "slope"]
    with pytest.raises(EngelsInputError, match="at least 3"):
        nordhaus_tests(result, window=[2050])


# ---- the command ----------------------------------------------------------------------------------


def test_the_command(engels: Engels, made: Callable[..., Made], tmp_path: Path) -> None:
    result, _, found = made("lost_reinstatement")
    folder = store_run(result, tmp_path / "results")
    before = sorted(folder.iterdir())
    code, out, err = engels("decompose", str(folder), "--out", "parts")
    assert (code, err) == (0, "")
    assert "Displacement" in out and "Years after the announcement" in out and "Nordhaus" in out
    assert sorted(folder.iterdir()) == before
    written = tmp_path / "parts" / "5" / folder.name
    table = pd.read_csv(written / "decomposition.csv", keep_default_na=False)
    # what is stored is sorted by name; the figures are those of the run in memory
    key = ["what", "against", "year", "part", "sector"]
    both = table.merge(found.table, on=key, suffixes=("", "_memory"))
    assert len(both) == len(table) == len(found.table)
    assert (both["value"] - both["value_memory"]).abs().max() < 1e-12
    gap = sums(table, "labour_demand", "baseline")
    assert (gap.drop(columns="total").sum(axis=1) - gap["total"]).abs().max() < TOLERANCE
    assert len(pd.read_csv(written / "jobs.csv", keep_default_na=False)) == len(found.jobs)
    assert list(pd.read_csv(written / "nordhaus.csv")["test"]) == list(TARGETS)


def test_the_command_on_several_runs_and_in_chinese(
    engels: Engels, made: Callable[..., Made], tmp_path: Path
) -> None:
    folders = [
        store_run(made(*run)[0], tmp_path / "results")
        for run in (("baseline",), ("deep_automation", "labour", "static"))
    ]
    code, out, err = engels("decompose", *map(str, folders), "--language", "zh")
    assert (code, err) == (0, "")
    assert labels("zh")["part_displacement"] in out and "baseline" in out
    assert (tmp_path / "decompositions/5/baseline-labour-foresight/decomposition.csv").is_file()


def test_bad_input_is_one_line_and_nothing_is_written(
    engels: Engels, made: Callable[..., Made], tmp_path: Path
) -> None:
    result, _, _ = made("ai_central")
    good = str(store_run(result, tmp_path / "results"))
    old = result.frame["variable"].isin(["employment_job", "labour_income_job"])
    poor = RunResult(result.frame[~old], {**result.manifest, "scenario": "ai_central"})
    lacking = str(store_run(poor, tmp_path / "old"))
    other = tmp_path / "other"
    store_run(result, other)
    manifest = next(other.rglob("manifest.json"))
    reseal(manifest.parent, lambda m: m["inputs"].update({"calibration/parameters.yaml": "0"}))
    cases = {
        (good, "nowhere"): "is no folder of a run",
        (good, str(manifest.parent)): "another version of calibration/parameters.yaml",
        (good, lacking): "run the scenario again",
        (good, "--language", "fr"): "unknown language",
    }
    for arguments, said in cases.items():
        code, _, err = engels("decompose", *arguments)
        assert code == 2 and said in err and len(err.splitlines()) == 1, err
    assert not (tmp_path / "decompositions").exists()
    assert engels("decompose")[0] == 2
