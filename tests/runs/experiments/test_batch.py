"""A batch of five sectors from file to export, and what its figures do and do not depend on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from engels.model.solving.certificate import TOLERANCES
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.points import Point, make_points
from engels.runs.experiments.query import query
from engels.runs.experiments.work import Task, Worker, inputs_digest
from engels.runs.store.code import packaged_code

from .conftest import SMALL, Undisturbed, bits

if TYPE_CHECKING:
    from tests.conftest import Engels

FAILING = """\
name: failing
scenario: baseline
aggregation: "5"
last_year: 2026
expectations: recursive
vary:
  - driver: chip_quota
    change: set
    path: {2026: 1}
    values: [0, 0.9]
  - parameter: elasticities.chips
    values: [0.2]
"""
"""Where imported chips cannot be replaced, none cannot be done without."""

WORKER = Worker()
"""Solves the points of all tests here: what it solved for one must not show in another."""


def task(point: Point, solver: str = "newton") -> Task:
    return Task(
        point.id,
        point.run,
        solver,
        ("all",),
        (),
        packaged_code(),
        inputs_digest(point.run.aggregation),
    )


def points(text: str, folder: Path) -> list[Point]:
    path = folder / "points.yaml"
    path.write_text(text, encoding="utf-8")
    return make_points(read_experiment(path))


@pytest.fixture(scope="module")
def batch_folder(undisturbed: Undisturbed) -> Path:
    """The store of ``small``."""
    return undisturbed(SMALL)


def test_views_hold_the_plan_and_the_figures(batch_folder: Path) -> None:
    plan = query(batch_folder, "select * from points")
    assert plan["number"].tolist() == list(range(8))
    assert set(plan["status"]) == {"solved"}
    assert (plan["residual"] < 1e-8).all()
    assert set(json.loads(plan["certificate"][0])) == set(TOLERANCES)
    assert plan["markup_common"].tolist()[:4] == pytest.approx([-1, -1 / 3, 1 / 3, 1])
    wide = query(batch_folder, "select * from wide_deviation where year = 2030")
    assert len(wide) == 8
    # a higher markup lowers GDP, under either elasticity
    by_markup = wide.pivot(
        index="markup_common", columns="elasticities.ai_labour.middle", values="gdp_real"
    )
    assert (np.diff(by_markup.to_numpy(), axis=0) < 0).all()
    assert (by_markup.loc[-1.0] > 0).all()
    # what varies keeps its name, what is found under it is marked
    assert wide["markup_common.figure"].to_numpy() == pytest.approx(5 * wide["markup_common"])


def test_the_command_shows_and_exports(batch_folder: Path, engels: Engels, tmp_path: Path) -> None:
    code, out, _ = engels("query", str(batch_folder), "select count(*) as n from results")
    assert code == 0
    assert out.split()[0] == "n"
    code, _, err = engels("query", str(batch_folder), "select nothing from points")
    assert (code, len(err.splitlines())) == (2, 1)
    code, _, err = engels("export", str(batch_folder), "--to", "doc")
    assert (code, err.strip()) == (2, "--to: unknown format 'doc'; it is xlsx, csv, dta, gdx")
    for to in ("csv", "xlsx", "dta"):
        code, out, err = engels("export", str(batch_folder), "--to", to, "--out", str(tmp_path))
        assert (code, err) == (0, "")
    figures = query(batch_folder, "select * from results")
    csv = pd.read_csv(tmp_path / "results.csv", keep_default_na=False)
    assert csv["value"].to_numpy() == pytest.approx(figures["value"].to_numpy(), rel=1e-15)
    sheets = pd.read_excel(tmp_path / "batch.xlsx", sheet_name=None)
    assert list(sheets) == ["points", "results", "wide"]
    assert sheets["results"]["value"].to_numpy() == pytest.approx(figures["value"].to_numpy())
    stata = pd.read_stata(tmp_path / "wide.dta")
    wide = query(batch_folder, "select * from wide")
    assert (
        stata["elasticities_ai_labour_middle"].tolist()
        == wide["elasticities.ai_labour.middle"].tolist()
    )
    assert len(stata.columns) == len(wide.columns)


def test_gdx_holds_the_same_figures(batch_folder: Path, tmp_path: Path) -> None:
    gt = pytest.importorskip("gams.transfer")
    base = pytest.importorskip("gamspy_base")
    from engels.runs.experiments.export import export_store

    (path,) = export_store(batch_folder, "gdx", tmp_path)
    found = gt.Container(str(path), system_directory=base.directory)
    figures = query(batch_folder, "select * from results")
    assert found["results"].records["value"].to_numpy() == pytest.approx(
        figures["value"].to_numpy()
    )
    assert len(found["varied"].records) == 16


def test_the_same_command_solves_nothing_again(
    batch_folder: Path, engels: Engels, tmp_path: Path
) -> None:
    before = bits(batch_folder)
    (tmp_path / "batch.yaml").write_text(SMALL, encoding="utf-8")
    code, out, _ = engels("batch", "batch.yaml", "--out", str(batch_folder.parent))
    assert code == 0
    assert "8 of 8 points solved (8 before)" in out
    assert bits(batch_folder) == before


def test_check_counts_and_solves_nothing(engels: Engels, tmp_path: Path) -> None:
    (tmp_path / "batch.yaml").write_text(SMALL, encoding="utf-8")
    code, out, _ = engels("batch", "batch.yaml", "--check")
    assert (code, out.strip()) == (
        0,
        "batch.yaml: good: 8 points of 2 calibrated economies",
    )
    assert not (tmp_path / "batches").exists()


def test_what_no_point_reports_cannot_be_kept(engels: Engels, tmp_path: Path) -> None:
    """Said before anything is solved, and only where no point has the block."""
    file = tmp_path / "batch.yaml"

    def checked(keep: str, more: str = "") -> tuple[int, str]:
        file.write_text(f"{SMALL}{more}keep: [{keep}]\n", encoding="utf-8")
        code, _, err = engels("batch", "batch.yaml", "--check")
        return code, err

    assert checked("gdp_real, labour_share_within, chip_quota") == (0, "")
    code, err = checked("gdp_real, adoption_mean, gini_income, small_firm_exit")
    assert code == 2
    begin = f"batch.yaml:{SMALL.count(chr(10)) + 1}: keep: "
    wanted = {
        "adoption_mean": "diffusion",
        "gini_income": "household_groups",
        "small_firm_exit": "firm_size",
    }
    assert sorted(err.splitlines()) == sorted(
        f"{begin}{name} is reported where the block {block} is on, which it is in no point; write "
        f"blocks: [{block}] in the scenario or leave {name} out"
        for name, block in wanted.items()
    )
    some = "  - {parameter: diffusion.active, values: [0, 1]}\n"
    assert checked("gdp_real, adoption_mean", some) == (0, "")
    code, err = checked("adoption_mean", some)
    assert code == 2
    assert err == (
        f"batch.yaml:{SMALL.count(chr(10)) + 2}: keep: a point of small would keep nothing: the "
        "blocks that report adoption_mean are off there\n"
    )


def test_an_impossible_solve_is_a_failed_point(tmp_path: Path) -> None:
    first, second = points(FAILING, tmp_path)
    found = WORKER.solve(task(first))
    assert found.results is None
    assert found.record["status"] == "failed"
    assert found.record["reason"].startswith(
        "2026: there is no equilibrium. With an elasticity of 0.2"
    )
    assert "\n" not in found.record["reason"]
    # and leaves no trace in the next
    after = WORKER.solve(task(second))
    fresh = alone(second)
    assert after.results.equals(fresh)


def alone(point: Point, solver: str = "newton") -> object:
    """The figures of a point in a process state without any other."""
    return Worker().solve(task(point, solver)).results


@pytest.mark.parametrize(
    "expectations", ["foresight", pytest.param("recursive", marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_no_result_depends_on_what_was_solved_before(expectations: str, tmp_path: Path) -> None:
    """Bit for bit: shocks of other kinds, closures and parameters before a point change nothing."""
    text = (
        f'name: x\naggregation: "5"\nai_mode: labour\nlast_year: 2027\nexpectations: {expectations}\n'
        "scenario:\n  name: base\n  title: {en: a, zh: b}\n  family: labour_share\n"
        "  description: d\n  shocks:\n"
        "  - {driver: ai_productivity, change: multiply, path: {2025: 1.2, 2027: 2}}\n"
        "  - {driver: chip_quota, change: set, path: {2026: 0.9}}\n"
        "  swaps:\n"
        "  - {target: labour_share, instrument: automation_depth, change: add, "
        "path: {2024: 0, 2027: -0.004}}\n"
        "vary:\n  - shock: ai_productivity\n    values: [0, 1, 2]\n"
        "  - swap: labour_share\n    values: [0.5, 1]\n"
        "  - parameter: elasticities.ai_labour.middle\n    values: [1.2, 1.5]\n"
    )
    chosen = [p for p in points(text, tmp_path) if p.values[2] == 1.5]
    others = [p for p in points(text, tmp_path) if p.values[2] != 1.5]
    plain = points(SMALL, tmp_path)
    one = chosen[3]
    fresh = alone(one)
    for before in ([others[0], *chosen[:3]], [*reversed(chosen)], [plain[0], chosen[5]]):
        for point in before:
            assert WORKER.solve(task(point)).record["reason"] == ""
        assert WORKER.solve(task(one)).results.equals(fresh)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("ai.sales", "0.5"),
        pytest.param("elasticities.capital_labour.services", "1.1", marks=pytest.mark.slow),
        pytest.param("employment.source", "wang-jia-wang", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_a_parameter_recalibrates_and_solves_the_baseline_again(
    parameter: str, value: str, tmp_path: Path, engels: Engels
) -> None:
    """A point is the run of a scenario file with that parameter, bit for bit, and no other run."""
    batch = 'name: x\naggregation: "5"\nscenario: ai_slow\n'
    (point,) = points(
        f"{batch}vary:\n  - parameter: {parameter}\n    values: [{value}]\n", tmp_path
    )
    found = WORKER.solve(task(point)).results.to_pandas()
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: own\ntitle: {en: a, zh: b}\nfamily: ai_productivity\ndescription: d\n"
        f"include: [ai_slow]\nparameters: {{{parameter}: {value}}}\n"
    )
    code, _, err = engels(
        "run", str(file), "--aggregation", "5", "--solver", "newton", "--no-figures"
    )
    assert (code, err) == (0, "")
    frame = pd.read_parquet("results/5/own-tasks-foresight/results.parquet")
    for column, name in (("value", "own"), ("reference", "baseline")):
        run = frame[frame["scenario"] == name].reset_index(drop=True)
        assert run["variable"].astype(str).tolist() == found["variable"].tolist()
        assert run["value"].tolist() == found[column].tolist()
    (plain,) = points(batch, tmp_path)
    other = WORKER.solve(task(plain)).results.to_pandas()
    assert not np.allclose(other["reference"], found["reference"], rtol=1e-6)


def test_a_worker_with_other_code_or_data_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    point = points(SMALL, tmp_path)[0]
    found = WORKER.solve(replace(task(point), code="another"))
    assert found.record["status"] == "failed"
    assert (
        "has another version of the code; install the same commit there" in found.record["reason"]
    )
    found = WORKER.solve(replace(task(point), inputs="{}"))
    assert "has other data or parameters" in found.record["reason"]
