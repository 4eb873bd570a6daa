"""``engels check`` looks at everything: every figure, every year, every path that a run departs from.

Folders are sealed anew after each change, so that what is tested is not the seal.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.runs.analysis.verify import benchmark_of, check_run
from engels.runs.scenarios.scenario import load_scenario, with_settings
from engels.runs.simulation.simulate import simulate
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run, store_run

from ...sealing import reseal

if TYPE_CHECKING:
    from tests.conftest import Engels

RUN, REFERENCE = "chip_embargo", "ai_central"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is measured from a run that is measured from the baseline."""
    chosen = with_settings(load_scenario(RUN), aggregation="5", expectations="recursive")
    short = chosen.model_copy(update={"last_year": 2027})
    return store_run(simulate(short, solver="newton"), tmp_path_factory.mktemp("sound"))


@pytest.fixture
def stored(sound: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(sound, tmp_path / "run"))


def test_all_of_a_sound_run_is_computed_again(sound: Path) -> None:
    verdict = check_run(sound)
    assert verdict.passed and not verdict.failures()
    gaps = {m.kind: m.gap for m in verdict.measures}
    assert gaps["history"] == gaps["results.parquet"] == gaps["headline.csv"] == 0.0
    paths = load_run(sound).manifest["paths"]
    assert [p["scenario"] for p in paths] == ["baseline", REFERENCE, RUN]


def edit(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    frame = pd.read_parquet(folder / name)
    texts = [c for c in frame.columns if c not in ("year", "value")]
    change(frame.astype(dict.fromkeys(texts, "object"))).to_parquet(folder / name, index=False)
    reseal(folder)


def times(factor: float, **where: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Multiplies the values of the rows that are so."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = pd.Series(True, index=frame.index)
        for column, value in where.items():
            chosen &= frame[column] == value
        assert chosen.any()
        return frame.assign(value=frame["value"].where(~chosen, frame["value"] * factor))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (times(2.0, variable="gdp_real"), "gdp_real"),
        (times(1 + 1e-8, scenario=RUN, variable="real_wage", year=2027), f"{RUN} real_wage 2027"),
        (times(1 + 1e-8, scenario=REFERENCE, variable="gdp_real", year=2021), "gdp_real 2021"),
        (lambda f: f.assign(unit="yuan"), "the unit of"),
        (lambda f: f.drop(index=f.index[7]), "inf"),
        (lambda f: pd.concat([f, f.iloc[[3]].assign(variable="more")]), "the unit of more"),
    ],
)
def test_figures_are_those_of_the_solution(
    stored: Path, change: Callable[[pd.DataFrame], pd.DataFrame], said: str
) -> None:
    edit(stored, "results.parquet", change)
    (line,) = [x for x in check_run(stored).failures() if x.startswith("results.parquet")]
    assert said in line and line.endswith("at most 1e-09")


def test_years_before_the_change_is_known(stored: Path) -> None:
    def spoil(frame: pd.DataFrame) -> pd.DataFrame:
        early = (frame["year"] == 2022) & (frame["scenario"] == RUN)
        return frame.assign(value=frame["value"].where(~early, -1e6))

    edit(stored, "solution.parquet", spoil)
    failures = check_run(stored).failures()
    assert any(x.startswith("history: ") and "2022" in x for x in failures)


def test_numbers_that_are_no_economy(engels: Engels, stored: Path) -> None:
    edit(stored, "solution.parquet", times(-1.0, variable="price_composite"))
    code, _, err = engels("check", str(stored))
    assert code == 1 and "Warning" not in err and "Traceback" not in err


def test_the_path_that_a_run_departs_from(stored: Path) -> None:
    """Changed alike in all paths, an early year fails the certificate of the baseline."""
    edit(stored, "solution.parquet", times(1 + 1e-6, variable="wage", year=2021))
    failures = check_run(stored).failures()
    assert any(x.startswith("gdp: ") and "2021 of baseline" in x for x in failures)


def test_the_headline_table(stored: Path) -> None:
    text = (stored / "headline.csv").read_text()
    (stored / "headline.csv").write_text(text.replace("gdp_real", "real_gdp", 1))
    reseal(stored)
    assert check_run(stored).failures() == ["headline.csv: inf at line 2; at most 0e+00"]


def test_tolerances(stored: Path) -> None:
    reseal(stored, lambda m: m["residuals"]["sam"].update(tolerance=1e-2))
    assert check_run(stored).failures() == ["tolerances: inf at sam: 0.01; at most 0e+00"]


def test_a_later_announcement_is_seen(stored: Path) -> None:
    """Years that are said to be history are held against history."""
    reseal(stored, lambda m: m["paths"][1].update(announced=2027))
    assert any(x.startswith("history: ") for x in check_run(stored).failures())


def test_other_equations_are_said(stored: Path) -> None:
    reseal(stored, lambda m: m.update(code="of another version"))
    assert check_run(stored).passed
    edit(stored, "results.parquet", times(2.0, variable="gdp_real"))
    assert check_run(stored).failures()[-1].startswith("code: the run was solved by another")


def test_without_a_new_seal_nothing_is_read(engels: Engels, stored: Path) -> None:
    frame = pd.read_parquet(stored / "results.parquet")
    times(2.0, variable="gdp_real")(frame).to_parquet(stored / "results.parquet")
    for command in ("show", "figures", "decompose", "check"):
        code, out, err = engels(command, str(stored))
        assert (code, out) == (2, "") and "results.parquet: is not as it was stored" in err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"table": "/gone/2020-42.csv"}, "the table that the run was made with is gone"),
        ({"aggregation": "/gone/mine.yaml"}, "the mapping that the run was made with is gone"),
    ],
)
def test_files_of_the_user_that_are_gone(
    result: RunResult, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(EngelsInputError, match=said):
        benchmark_of(Path("somewhere"), {**result.manifest, **changes})


def test_a_table_that_has_changed(engels: Engels, tmp_path: Path) -> None:
    from engels.data.files import package_file

    table = tmp_path / "2020-42.csv"
    for name in ("2020-42.csv", "sectors-42.csv"):
        (tmp_path / name).write_bytes(package_file(f"io/{name}").read_bytes())
    run = ("run", "baseline", "--aggregation", "5", "--expectations", "static", "--no-figures")
    code, _, err = engels(*run, "--solver", "newton", "--table", "2020-42.csv")
    assert (code, err) == (0, "")
    folder = tmp_path / "results" / "5" / "baseline-tasks-static"
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert said["table"] == str(table)
    assert engels("check", str(folder))[0] == 0
    # figures of one year do not say to which year a run was meant to go; no run goes so far
    for year, good in ((2150, 0), (2151, 2), (9999, 2), (2019, 2)):
        reseal(folder, lambda m, year=year: m.update(last_year=year))
        code, _, err = engels("check", str(folder))
        assert code == good and ("" if good == 0 else f"last_year: {year} is no year") in err
    reseal(folder, lambda m: m.update(last_year=said["last_year"]))
    table.write_bytes(table.read_bytes() + b"\n")
    code, _, err = engels("check", str(folder))
    assert code == 2 and "another version of table/2020-42.csv" in err
    table.unlink()
    code, _, err = engels("check", str(folder))
    assert code == 2 and "the table that the run was made with is gone" in err
