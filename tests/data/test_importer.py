"""Bringing a table in the layout it is printed in."""

from pathlib import Path

import pandas as pd
import pytest

from engels.data import EngelsInputError, IOTable, import_matrix, load_table, load_table_file
from engels.data.layout import PRINTED_COLUMNS, PRINTED_ROWS

UNIT = 1e8


def printed(table: IOTable) -> pd.DataFrame:
    """The table as the statistical office prints it, 10,000 yuan."""
    codes = list(table.codes)
    top = pd.concat(
        [
            table.intermediate,
            table.intermediate.sum(axis=1).rename("TIU"),
            table.final.rename(columns={name: code for code, (name, _) in PRINTED_COLUMNS.items()}),
            table.final[["rural", "urban"]].sum(axis=1).rename("THC"),
            table.final[["gfcf", "inventory"]].sum(axis=1).rename("GCF"),
            table.imports.rename("IM"),
            table.error.rename("ERR"),
            table.output.rename("GO"),
        ],
        axis=1,
    )
    below = table.value_added.rename({name: code for code, (name, _) in PRINTED_ROWS.items()})
    frame = (pd.concat([top, below]) * UNIT).astype(object)
    frame = frame.where(frame.notna(), "")
    frame.insert(0, "name_zh", [table.names_zh.get(code, "") for code in frame.index])
    frame.insert(0, "name_en", [table.names_en.get(code, "") for code in frame.index])
    assert list(frame.columns[2 : 2 + len(codes)]) == codes
    return frame


def write(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "printed.csv"
    frame.to_csv(path, index_label="code")
    return path


@pytest.mark.parametrize(("year", "detail"), [(2012, "42"), (2020, "153")])
def test_round_trip(tmp_path: Path, year: int, detail: str) -> None:
    table = load_table(year, detail)
    path = import_matrix(write(printed(table), tmp_path), year, tmp_path / "mine").path
    assert path == tmp_path / "mine" / f"{year}-{detail}.csv"
    again = load_table_file(path)
    assert again.codes == table.codes
    assert again.names_zh == table.names_zh
    pd.testing.assert_frame_equal(again.intermediate, table.intermediate, rtol=1e-14)
    pd.testing.assert_frame_equal(again.final, table.final, rtol=1e-14)
    pd.testing.assert_frame_equal(again.value_added, table.value_added, rtol=1e-14)
    pd.testing.assert_series_equal(again.error, table.error, rtol=1e-14)


def refusal(frame: pd.DataFrame, folder: Path) -> str:
    out = folder / "mine"
    with pytest.raises(EngelsInputError) as caught:
        import_matrix(write(frame, folder), 2020, out)
    assert not out.exists()  # nothing half-done is left behind
    message = str(caught.value)
    assert "printed.csv" in message
    assert "\n" not in message
    return message


def test_layout_is_checked(tmp_path: Path) -> None:
    frame = printed(load_table(2020))
    assert "header: no column GO" in refusal(frame.drop(columns="GO"), tmp_path)
    assert "unknown column XX" in refusal(frame.assign(XX=1), tmp_path)
    assert "no row VA003" in refusal(frame.drop(index="VA003"), tmp_path)
    assert "unknown row 99" in refusal(frame.rename(index={"TVA": "99", "VA003": "99"}), tmp_path)
    assert "code '01' twice" in refusal(pd.concat([frame.head(1), frame]), tmp_path)
    # a sector without its column would be left out
    assert "unknown row 07" in refusal(frame.drop(columns="07"), tmp_path)
    assert "no column is named like a row" in refusal(frame[["name_en", "name_zh"]], tmp_path)


def test_figures_are_checked(tmp_path: Path) -> None:
    frame = printed(load_table(2020))
    blank, text, gap, subtotal = (frame.copy() for _ in range(4))
    blank.loc["05", "12"] = ""
    assert "column 12, line" in refusal(blank, tmp_path)
    text.loc["05", "12"] = "9,047,666"
    assert "not a number" in refusal(text, tmp_path)
    gap.loc["05", "12"] += 1000.0
    assert "row 05" in refusal(gap, tmp_path)
    subtotal.loc["05", "THC"] += 1000.0
    assert "row 05, column THC" in refusal(subtotal, tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError, match="no such file"):
        import_matrix(tmp_path / "none.csv", 2020, tmp_path)
