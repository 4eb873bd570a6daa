"""What `engels sensitivity` reads off a store: outputs that are known functions, and real ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from engels.data.files import checksum
from engels.runs.experiments.batch import describe, plan_table
from engels.runs.experiments.columns import RESULTS
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.points import make_points
from engels.runs.experiments.sensitivity_figures import short_name
from engels.runs.experiments.store import Store
from engels.runs.experiments.work import Outcome, failure

from .conftest import Start, Write

if TYPE_CHECKING:
    from tests.conftest import Engels

YEARS = (2029, 2030)

HEAD = """\
name: x
scenario: baseline
aggregation: "5"
ai_mode: labour
last_year: 2030
"""

VARY = """\
vary:
  - driver: markup_common
    change: add
    path: {2026: 0, 2030: 0.05}
    uniform: {from: -1, to: 1}
  - parameter: elasticities.ai_labour.middle
    uniform: {from: 1.5, to: 3}
"""

Function = Callable[[Sequence[float], int], float]


def linear(x: Sequence[float], year: int) -> float:
    return (3 * x[0] - 2 * x[1]) * (year - 2028)


def fill(
    folder: Path, text: str, failed: Sequence[int] = (), function: Function = linear
) -> tuple[Path, pd.DataFrame]:
    """A store whose GDP deviates by the function of the values, in per cent; and its plan."""
    path = folder / "batch.yaml"
    path.write_text(text, encoding="utf-8")
    experiment = read_experiment(path)
    points = make_points(experiment)
    plan = plan_table(experiment, points)
    outcomes = {}
    bad = {points[n].id for n in failed}
    for point in points:
        if point.id in bad:
            outcomes[point.id] = failure(point.id, "the solver gave up")
            continue
        rows = []
        for year in YEARS:
            x = [float(v) for v in point.values if not isinstance(v, str)]
            gdp = 100 + function(x, year)
            rows += [
                (point.id, point.scenario, "gdp_real", "", "", year, gdp, 100.0, "trillion yuan"),
                (point.id, point.scenario, "labour_share", "", "", year, 0.5, 0.5, "share of GDP"),
                (point.id, point.scenario, "wage", "", "high", year, x[0], 0.0, "trillion yuan"),
                (
                    point.id,
                    point.scenario,
                    "wage",
                    "",
                    "low",
                    year,
                    2.0 + x[0],
                    2.0,
                    "trillion yuan",
                ),
            ]
        columns = dict(zip(RESULTS.names, zip(*rows, strict=True), strict=True))
        record = {**failure(point.id, "x").record, "status": "solved", "reason": ""}
        outcomes[point.id] = Outcome(record, pa.table(columns, schema=RESULTS))
    store_folder = folder / "store"
    with Store(store_folder, experiment.form.name) as store:
        store.describe(plan, describe(experiment, points), text)
        store.commit(list(outcomes.values()))
    return store_folder, plan.to_pandas()


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "sensitivity" / f"{name}.csv", keep_default_na=False)


def of(found: pd.DataFrame, year: int = 2030, **chosen: str) -> pd.DataFrame:
    wanted = {"variable": "gdp_real", **chosen}
    for column, value in wanted.items():
        found = found[found[column] == value]
    return found[found["year"] == year]


def test_a_tornado_says_what_each_end_changes(engels: Engels, tmp_path: Path) -> None:
    folder, plan = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    assert (
        plan["entry"].tolist()
        == [""] + ["markup_common"] * 2 + ["elasticities.ai_labour.middle"] * 2
    )
    assert plan["side"].tolist() == ["centre", "low", "high", "low", "high"]
    published = plan["elasticities.ai_labour.middle"][0]
    code, out, err = engels("sensitivity", str(folder), "--no-figures")
    assert (code, err) == (0, "")
    found = of(table(folder, "tornado"))
    assert found["low"].astype(float).tolist() == pytest.approx([-6, 4 * (published - 1.5)])
    assert found["high"].astype(float).tolist() == pytest.approx([6, 4 * (published - 3)])
    assert found["entry_low"].astype(float).tolist() == [-1, 1.5]
    assert "Real GDP, 2030, % against the reference" in out
    # what does not vary has no effect, what has no reference none that is known
    assert of(table(folder, "tornado"), variable="labour_share")["swing"].tolist() == [0, 0]
    code, _, err = engels("sensitivity", str(folder), "--variable", "wage", "--year", "2029")
    assert (code, err) == (0, "")
    found = table(folder, "tornado-wage-2029")
    assert set(of(found, 2029, variable="wage", group="high")["swing"]) == {""}
    figures = folder / "sensitivity"
    names = {"tornado-wage.high-2029", "tornado-wage.low-2029"}
    assert {p.stem for p in figures.glob("*.png")} == names
    code, _, err = engels(
        "sensitivity", str(folder), "--levels", "--variable", "wage.high", "--no-figures"
    )
    assert (code, err) == (0, "")
    # what was made before stands beside
    assert {p.stem for p in figures.glob("*.png")} == names
    assert of(table(folder, "tornado"))["low"].astype(float)[0] == pytest.approx(-6)
    found = table(folder, "tornado-wage.high-levels")
    assert set(found["unit"]) == {"trillion yuan"}
    assert of(found, variable="wage")["swing"].astype(float).tolist() == pytest.approx([2, 0])


def test_only_what_the_same_call_wrote_is_replaced(engels: Engels, tmp_path: Path) -> None:
    """Figures of other calls stay, also where the store has changed, which is said; files of the user's
    own, and ours that were changed, are never replaced or removed."""
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    made = folder / "sensitivity"
    assert engels("sensitivity", str(folder), "--variable", "wage.high")[0] == 0
    call = ("sensitivity", str(folder), "--variable", "labour_share", "--no-figures")
    assert engels(*call)[0] == 0
    files = {p.name: p.read_bytes() for p in made.iterdir() if p.name != "made.json"}
    assert {"tornado-wage.high.png", "tornado-wage.high.csv", "tornado-labour_share.csv"} < set(
        files
    )
    # the store changes: what is asked for is made again, the rest stays and is named
    shutil.rmtree(folder / "points")
    shutil.rmtree(folder / "results")
    (folder / "index.json").unlink()
    fill(tmp_path, HEAD + "design: tornado\n" + VARY, function=lambda x, year: 5 * x[0])
    code, out, err = engels(*call)
    assert (code, err) == (0, "")
    assert "of an earlier state of the store, ask again for them: tornado-wage." in out
    for name, content in files.items():
        if "wage" in name:
            assert (made / name).read_bytes() == content
    # a table in which somebody wrote, a figure of somebody's own
    for name, *more in (
        ("tornado-labour_share.csv", "--variable", "labour_share", "--no-figures"),
        ("tornado-gdp_real.png", "--variable", "gdp_real"),
    ):
        (made / name).write_text("mine")
        before = {p.name: p.read_bytes() for p in made.iterdir()}
        code, out, err = engels("sensitivity", str(folder), *more)
        assert (code, len(err.splitlines())) == (2, 1)
        assert err.startswith(
            f"{made / name}: is not as `engels sensitivity` wrote it; move it away"
        )
        assert {p.name: p.read_bytes() for p in made.iterdir()} == before


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tables": 3}', '{"tables": {"made_from": {}, "files": []}}', None]
)
def test_a_damaged_list_of_files_is_said(text: str | None, engels: Engels, tmp_path: Path) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    made = folder / "sensitivity" / "made.json"
    made.parent.mkdir()
    made.mkdir() if text is None else made.write_text(text)
    code, out, err = engels("sensitivity", str(folder), "--no-figures")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(f"{made}: is damaged or of another program; move it away")
    assert [p.name for p in made.parent.iterdir()] == ["made.json"]


def test_a_list_of_files_never_leads_out_of_its_folder(engels: Engels, tmp_path: Path) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    made = folder / "sensitivity" / "made.json"
    assert engels("sensitivity", str(folder), "--no-figures")[0] == 0
    thesis = tmp_path / "thesis.csv"
    thesis.write_text("mine")
    said = json.loads(made.read_text())
    written = checksum(b"mine")
    said["tables"]["files"] |= {"../../thesis.csv": written, str(thesis): written}
    made.write_text(json.dumps(said))
    engels("sensitivity", str(folder), "--no-figures")
    assert thesis.read_text() == "mine"


def test_long_and_strange_names_make_files(engels: Engels, tmp_path: Path) -> None:
    assert short_name("output.agriculture") == "output.agriculture"
    for name in ("a/b", "../x", "a|b", "x" * 300, "业" * 100):
        short = short_name(name)
        assert Path(short).name == short
        assert len(short.encode()) < 200
    assert short_name("a/b") != short_name("a|b")


def test_what_cannot_be_written_is_said_before_anything_is_read(
    engels: Engels, tmp_path: Path
) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    (tmp_path / "file").write_text("mine")
    code, out, err = engels("sensitivity", str(folder), "--out", str(tmp_path / "file" / "x"))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "cannot be written (Not a directory); choose another folder with --out" in err


def test_a_tornado_with_a_gap_shows_what_is_there(engels: Engels, tmp_path: Path) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY, failed=[2])
    code, out, err = engels("sensitivity", str(folder), "--no-figures")
    assert (code, err) == (1, "")
    assert "baseline: point 2 (failed: the solver gave up) left blank" in out
    found = of(table(folder, "tornado"))
    assert found["high"].tolist()[0] == ""
    assert found["swing"].tolist()[0] == ""
    assert float(found["low"].tolist()[0]) == pytest.approx(-6)


@pytest.mark.parametrize(
    ("design", "failed", "line"),
    [
        ("tornado", 0, "baseline: the centre of the tornado is not solved: point 0 (failed: the"),
        (
            "stroud",
            3,
            "baseline: a quadrature needs all its points, and some are not solved: point 3",
        ),
        (
            "morris\nsamples: 2",
            4,
            "baseline: 1 of 2 trajectories is wholly solved; two are the least",
        ),
    ],
)
def test_what_cannot_be_said_is_said_in_one_line(
    design: str, failed: int, line: str, engels: Engels, tmp_path: Path
) -> None:
    folder, _ = fill(tmp_path, HEAD + f"design: {design}\n" + VARY, failed=[failed])
    code, out, err = engels("sensitivity", str(folder))
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(line)
    assert not (folder / "sensitivity").exists()


def test_trajectories_with_a_gap_are_left_out(engels: Engels, tmp_path: Path) -> None:
    folder, plan = fill(tmp_path, HEAD + "design: morris\nsamples: 6\n" + VARY, failed=[4])
    assert plan["trajectory"].tolist() == [n for n in range(6) for _ in range(3)]
    # the same point may be in another trajectory too
    left = 6 - plan["trajectory"][plan["point"] == plan["point"][4]].nunique()
    code, out, _ = engels("sensitivity", str(folder), "--variable", "gdp_real")
    assert code == 0
    assert f"{6 - left} of 6 trajectories left out, with points that are not solved: point" in out
    found = of(table(folder, "morris-gdp_real"))
    # over the whole range: 2 wide and 1.5 wide
    assert found["mu"].astype(float).tolist() == pytest.approx([12, -6])
    assert found["sigma"].astype(float).tolist() == pytest.approx([0, 0], abs=1e-9)
    assert set(found["trajectories"]) == {left}


def test_indices_and_pairs(engels: Engels, tmp_path: Path) -> None:
    text = HEAD + "design: saltelli\nsamples: 64\nsecond_order: true\n" + VARY
    folder, plan = fill(tmp_path, text, failed=[7])
    assert len(plan) == 64 * 6
    code, out, _ = engels("sensitivity", str(folder), "--year", "2030", "--no-figures")
    assert code == 0
    assert "1 of 64 blocks left out" in out
    found = of(table(folder, "sobol-2030"))
    variance = np.array([12**2, 6**2]) / 12
    gap = found["S1"].astype(float).to_numpy() - variance / variance.sum()
    assert (np.abs(gap) < found["S1_conf"].astype(float)).all()
    (pair,) = of(table(folder, "sobol_pairs-2030")).to_dict("records")
    assert (pair["entry"], pair["other"]) == ("markup_common", "elasticities.ai_labour.middle")
    assert abs(float(pair["S2"])) < float(pair["S2_conf"])
    # shares of nothing
    assert set(of(table(folder, "sobol-2030"), variable="labour_share")["ST"]) == {""}


def test_moments_and_their_intervals(engels: Engels, tmp_path: Path) -> None:
    folder, plan = fill(tmp_path, HEAD + "design: stroud\n" + VARY)
    assert plan["weight"].tolist() == [0.25] * 4
    assert engels("sensitivity", str(folder), "--variable", "all", "--no-figures")[0] == 0
    (row,) = of(table(folder, "moments-all")).to_dict("records")
    sd = np.hypot(12, 6) / np.sqrt(12)
    assert float(row["mean"]) == pytest.approx(-9)
    assert float(row["sd"]) == pytest.approx(sd)
    assert float(row["normal_high"]) == pytest.approx(-9 + 1.959964 * sd)
    assert set(table(folder, "years-all")["year"]) == set(YEARS)


def test_samples_have_fans_and_ranks(engels: Engels, tmp_path: Path) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: lhs\nsamples: 40\n" + VARY, failed=[1, 2])
    code, out, _ = engels("sensitivity", str(folder), "--variable", "gdp_real")
    assert code == 0
    assert "2 of 40 points are not solved and left out" in out
    (row,) = of(table(folder, "distribution-gdp_real")).to_dict("records")
    assert float(row["mean"]) == pytest.approx(-9, abs=3 * float(row["se_mean"]))
    ranks = (
        of(table(folder, "rank_correlations-gdp_real"))["rank_correlation"].astype(float).tolist()
    )
    assert ranks[0] > 0.8
    assert ranks[1] < 0
    made = {p.name for p in (folder / "sensitivity").iterdir()}
    assert {"fan-gdp_real.png", "ranks-gdp_real.pdf", "years-gdp_real.csv", "made.json"} <= made


def test_the_same_store_gives_the_same_files(engels: Engels, tmp_path: Path) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: morris\nsamples: 3\n" + VARY)
    files = []
    for name in ("a", "b"):
        call = ("sensitivity", str(folder), "--variable", "gdp_real", "--out", str(tmp_path / name))
        assert engels(*call)[0] == 0
        files.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert files[0] == files[1]
    assert {"morris-gdp_real.csv", "morris-gdp_real.png", "morris-gdp_real.pdf"} < set(files[0])
    assert not any(name.startswith(".") for name in files[0])


def test_scenarios_are_kept_apart(engels: Engels, tmp_path: Path) -> None:
    text = (
        "name: x\nscenarios: [ai_central, ai_slow]\naggregation: '5'\ndesign: tornado\n"
        "vary:\n  - shock: ai_productivity\n    uniform: {from: 0.5, to: 1.5}\n"
    )
    folder, plan = fill(tmp_path, text, function=lambda x, year: x[0])
    assert plan["scenario"].tolist() == ["ai_central"] * 3 + ["ai_slow"] * 3
    code, out, _ = engels("sensitivity", str(folder), "--variable", "gdp_real")
    assert code == 0
    assert "Central AI: Real GDP, 2030" in out and "Slow AI: Real GDP, 2030" in out
    assert set(table(folder, "tornado-gdp_real")["scenario"]) == {"ai_central", "ai_slow"}
    assert (folder / "sensitivity" / "tornado-ai_slow.gdp_real.png").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--variable", "gdp_reel"),
            "--variable gdp_reel: is not stored; did you mean 'gdp_real'?",
        ),
        (("--year", "2060"), "--year 2060: is not stored; known: 2029 to 2030"),
        (("--language", "fr"), "--language: unknown language 'fr'; write en or zh"),
    ],
)
def test_mistakes_are_said_in_one_line(
    arguments: tuple[str, str], line: str, engels: Engels, tmp_path: Path
) -> None:
    folder, _ = fill(tmp_path, HEAD + "design: tornado\n" + VARY)
    assert engels("sensitivity", str(folder), *arguments) == (2, "", line + "\n")


def test_a_design_that_says_nothing_is_refused(engels: Engels, tmp_path: Path) -> None:
    text = HEAD + "vary:\n  - parameter: elasticities.ai_labour.middle\n    values: [1, 1.5]\n"
    folder, _ = fill(tmp_path, text, function=lambda x, year: x[0])
    code, out, err = engels("sensitivity", str(folder))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "has design full, which says nothing of sensitivity" in err
    assert engels("sensitivity", str(tmp_path))[0] == 2


def test_a_batch_from_its_file_to_its_table(
    write: Write, start: Start, engels: Engels, tmp_path: Path
) -> None:
    path = write(HEAD + "design: tornado\n" + VARY[: VARY.index("  - parameter")])
    process = start("batch", path.name, "--processes", "1")
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out
    assert engels("sensitivity", "batches/x", "--no-figures")[0] == 0
    found = of(table(tmp_path / "batches" / "x", "tornado"), entry="markup_common")
    # a higher markup lowers GDP
    assert found["high"].iloc[0] < 0 < found["low"].iloc[0]


@pytest.mark.slow
def test_designs_agree_where_effects_are_nearly_linear(
    write: Write, start: Start, engels: Engels, tmp_path: Path
) -> None:
    drivers = VARY[: VARY.index("  - parameter")].replace("0.05", "0.005")
    other = drivers.removeprefix("vary:\n").replace("markup_common", "ai_tax")
    small = drivers + other.replace("0.005", "0.1")
    found: dict[str, pd.DataFrame] = {}
    tables = {
        "tornado": "tornado",
        "stroud": "moments",
        "gauss": "moments",
        "lhs": "distribution",
        "saltelli": "variance",
        "morris": "morris",
    }
    for design, name in tables.items():
        samples = {"lhs": 16, "saltelli": 16, "morris": 3}.get(design)
        more = f"samples: {samples}\n" if samples else ""
        text = HEAD.replace("name: x", f"name: {design}") + f"design: {design}\n{more}" + small
        process = start("batch", write(text).name, "--processes", "1")
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, out
        assert engels("sensitivity", f"batches/{design}", "--variable", "gdp_real")[0] == 0
        found[design] = of(table(tmp_path / "batches" / design, f"{name}-gdp_real"))
    swings = found["tornado"]["swing"].to_numpy()
    sd = np.hypot(*swings) / np.sqrt(12)
    for design in ("stroud", "gauss"):
        assert found[design]["sd"].iloc[0] == pytest.approx(sd, rel=0.02)
    for design in ("lhs", "saltelli"):
        assert found[design]["sd"].iloc[0] == pytest.approx(sd, rel=0.25)
    # a step goes over two thirds of the range, a swing over all of it, and a tax bends output a little
    assert found["morris"]["mu_star"].to_numpy() == pytest.approx(swings, rel=0.1)
