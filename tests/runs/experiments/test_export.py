"""Stores for other programs: nothing is left out unsaid, nothing of others is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from engels.data import EngelsInputError
from engels.runs.experiments import export
from engels.runs.experiments.export import export_store, stata_names
from engels.runs.experiments.query import query
from engels.runs.store import spreadsheet

from .conftest import hand_made

if TYPE_CHECKING:
    from tests.conftest import Engels

WILD = {
    "varied": ("order",),
    "values": ("=cmd.yaml", "-1+1"),
    "sectors": ("=1+1", "@x", "农"),
    "solved": 1,
    "reason": "=HYPERLINK('x')",
}
"""A store with text of users that a spreadsheet would take for formulas."""


def test_no_text_of_users_becomes_a_formula(tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "store", **WILD)  # type: ignore[arg-type]
    export_store(folder, "csv", tmp_path / "out")
    points = pd.read_csv(tmp_path / "out" / "points.csv", keep_default_na=False)
    assert points["order"].tolist() == ["'=cmd.yaml", "'-1+1"]
    assert points["reason"].tolist() == ["", "'=HYPERLINK('x')"]
    results = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(results["sector"]) == {"'=1+1", "'@x", "农"}
    assert sorted(results["value"]) == [1, 2, 3, 4, 5, 6]
    (path,) = export_store(folder, "xlsx", tmp_path / "out")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["points", "results", "wide"]
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type in ("f", "e")]
    assert {c.value for c in cells} >= {"=cmd.yaml", "-1+1", "=1+1", "@x"}


def test_a_table_beyond_a_sheet_is_said_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engels: Engels
) -> None:
    folder = hand_made(tmp_path / "store")
    monkeypatch.setattr(spreadsheet, "SHEET_ROWS", 3)
    code, out, err = engels("export", str(folder), "--to", "xlsx", "--out", "out")
    assert (code, out) == (2, "")
    assert err.startswith("results: has 4 rows and 11 columns; a sheet of a workbook holds 3 and")
    assert not (tmp_path / "out").exists()
    code, out, err = engels(
        *("export", str(folder), "--to", "xlsx", "--out", "out"),
        *("--query", "select * from results where year = 2030"),
    )
    assert (code, err) == (0, "")
    assert len(pd.read_excel(tmp_path / "out" / "answer.xlsx")) == 2
    monkeypatch.setattr(export, "STATA_COLUMNS", 5)
    code, out, err = engels("export", str(folder), "--to", "dta", "--out", "other")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "Stata holds" in err
    assert not (tmp_path / "other").exists()


def test_stata_gets_every_type_of_column(tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "store", varied=("order", "byte", "str5", "_N"))
    sql = (
        'select "order", byte, str5, 1 as a, 2 as "A", 3000000000 as large, 9007199254740993 as exact, '
        "true as yes, repeat('x', 3000) as words, [1, 2] as list, null as nothing, 1.5::decimal(4, 2) as d, "
        f'date \'2030-01-01\' as day, 1 as "{"q" * 40}", 2 as "{"q" * 41}" from points'
    )
    (path,) = export_store(folder, "dta", tmp_path / "out", sql)
    found = pd.read_stata(path)
    assert len(found) == 2
    assert found["large"].tolist() == [3000000000.0] * 2
    assert found["exact"].tolist() == ["9007199254740993"] * 2
    assert found["words"].tolist() == ["x" * 3000] * 2
    assert found["list"].tolist() == ["[1 2]"] * 2
    assert found["_byte"].tolist() == [0.0, 1.0]
    assert len({c.lower() for c in found.columns}) == len(found.columns) == 15
    with pytest.raises(EngelsInputError, match="answer: column 'x' holds inf, which Stata cannot"):
        export_store(folder, "dta", tmp_path / "out", "select 'inf'::double as x")


def test_stata_names_are_none_of_statas_words() -> None:
    names = ["in", "str12", "_n", "if", "double", "a" * 40, "a" * 41, "农", "", "1x", "x.y", "x_y"]
    found = stata_names(names)
    assert len({v.lower() for v in found.values()}) == len(names)
    assert all(len(v) <= 32 for v in found.values())
    assert not set(found.values()) & {"in", "str12", "_n", "if", "double"}


@pytest.mark.parametrize("to", ["csv", "xlsx", "dta"])
def test_an_answer_without_rows_has_headings(to: str, tmp_path: Path) -> None:
    folder = hand_made(tmp_path / "store")
    (path,) = export_store(folder, to, tmp_path / "out", "select * from points where false")
    read = {"csv": pd.read_csv, "xlsx": pd.read_excel, "dta": pd.read_stata}[to]
    assert len(read(path)) == 0  # type: ignore[operator]
    assert "speed" in read(path).columns  # type: ignore[operator]


def test_files_of_others_are_not_replaced(tmp_path: Path, engels: Engels) -> None:
    folder = hand_made(tmp_path / "store")
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "points.csv").write_text("mine")
    command = ("export", str(folder), "--to", "csv", "--out", str(out))
    code, _, err = engels(*command)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "points.csv: is there already and was not written by `engels export`" in err
    assert [p.name for p in out.iterdir()] == ["points.csv"]
    assert (out / "points.csv").read_text() == "mine"
    (out / "points.csv").unlink()
    assert engels(*command)[0] == 0
    # its own files it writes again, unless somebody has worked on them
    assert engels(*command)[0] == 0
    (out / "wide.csv").write_text("my comments")
    code, _, err = engels(*command)
    assert code == 2
    assert "wide.csv: was changed since `engels export` wrote it" in err
    assert (out / "wide.csv").read_text() == "my comments"


def test_where_nothing_can_be_written(tmp_path: Path, engels: Engels) -> None:
    folder = hand_made(tmp_path / "store")
    (tmp_path / "file").write_text("x")
    code, _, err = engels("export", str(folder), "--to", "csv", "--out", "file")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "cannot be written" in err
    assert (tmp_path / "file").read_text() == "x"


def test_gams_takes_the_labels_or_it_is_said(tmp_path: Path) -> None:
    pytest.importorskip("gams.transfer")
    folder = hand_made(tmp_path / "store", **WILD)  # type: ignore[arg-type]
    (path,) = export_store(folder, "gdx", tmp_path / "out")
    assert path.stat().st_size > 0
    for sectors, word in ((("a" * 70,), "is no label"), (("a", "A"), "is the same label")):
        folder = hand_made(tmp_path / sectors[-1][:5], sectors=sectors)
        with pytest.raises(EngelsInputError, match=word):
            export_store(folder, "gdx", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert len(query(folder, "select * from points")) == 2
