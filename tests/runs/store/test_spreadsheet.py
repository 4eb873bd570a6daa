"""What spreadsheets make of our tables: text is text, numbers are numbers, to the last digit."""

from __future__ import annotations

import io
import math
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engels.data import EngelsInputError
from engels.runs.store import spreadsheet
from engels.runs.store.spreadsheet import SIGNS, as_text, csv_text, write_csv, write_workbook

FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "=cmd.yaml",
    '=HYPERLINK("http://x","y")',
    "-inf",
    "+a",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert as_text(text) == f"'{text}".replace("\r", "\n")


@pytest.mark.parametrize(
    "value",
    ["a=1", "'x", "", "-", "-1.5", "+2", "-1e-05", ".5", "农业", -1.5, None, math.nan, True],
)
def test_everything_else_stays_as_it_is(value: object) -> None:
    assert as_text(value) is value


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=8), st.floats(allow_nan=False)), min_size=1))
def test_no_cell_of_a_csv_is_a_formula_and_no_number_changes(rows: list[tuple[str, float]]) -> None:
    table = pd.DataFrame(rows, columns=["=name", "value"])
    written = csv_text(table)
    found = pd.read_csv(
        io.StringIO(written), keep_default_na=False, dtype={"'=name": str}, encoding="utf-8"
    )
    assert list(found.columns) == ["'=name", "value"]
    # a number is written so that it is read as the same
    assert [float(x) for x in found["value"]] == [v for _, v in rows]
    for text in found["'=name"]:
        assert len(text) < 2 or text[0] not in SIGNS or spreadsheet.NUMBER.fullmatch(text)


def test_a_table_without_such_text_is_written_as_before(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "ü"], "c": [1.5, None], "d": [True, False]})
    write_csv(table, tmp_path / "t.csv")
    plain = table.to_csv(index=False, lineterminator="\n").encode()
    assert (tmp_path / "t.csv").read_bytes() == plain


def test_cells_of_a_workbook_say_what_they_are(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "=heading": [*FORMULAS, "#N/A", "-1.5", "a\x07b\x1b"],
            "number": [0.1 * n for n in range(len(FORMULAS) + 2)] + [math.inf],
            "whole": [*range(len(FORMULAS) + 2), 2**53 + 1],
        }
    )
    write_workbook({"t": table}, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["t"]
    rows = list(sheet.iter_rows())
    assert [c.value for c in rows[0]] == ["=heading", "number", "whole"]
    for row in rows:
        assert row[0].data_type == "s"
    assert [r[0].value for r in rows[1:-1]] == [
        *(t.replace("\r", "\n") for t in FORMULAS),
        "#N/A",
        "-1.5",
    ]
    assert rows[-1][0].value == "a�b�"
    assert [r[1].value for r in rows[1:-1]] == pytest.approx(
        table["number"].tolist()[:-1], rel=1e-15
    )
    assert {r[1].data_type for r in rows[1:-1]} == {"n"}
    assert (rows[-1][1].value, rows[-1][2].value) == ("inf", str(2**53 + 1))
    # a spreadsheet keeps it text when the cell is edited
    assert all(r[0].quotePrefix for r in rows[1 : len(FORMULAS) + 1])


def test_what_a_sheet_cannot_hold_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        EngelsInputError, match="t: column 'a' has a text of 40,000 characters; a cell"
    ):
        write_workbook({"t": pd.DataFrame({"a": ["x" * 40_000]})}, tmp_path / "t.xlsx")
    monkeypatch.setattr(spreadsheet, "SHEET_ROWS", 2)
    with pytest.raises(EngelsInputError, match="t: has 3 rows and 1 columns; a sheet"):
        write_workbook({"t": pd.DataFrame({"a": [1, 2, 3]})}, tmp_path / "t.xlsx")
    assert not list(tmp_path.iterdir())
