"""Every identity of the official tables, and that no broken table gets through."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engels.data import (
    FINAL_USES,
    VALUE_ADDED,
    EngelsInputError,
    IOTable,
    load_concordance,
    load_table,
    load_table_file,
)
from engels.data.files import package_file
from engels.data.table import COLUMN_TOLERANCE, ROW_TOLERANCE, TABLES

UNIT = 1e8  # 10,000 yuan in a trillion
GDP = {2012: 53.680, 2017: 82.322, 2018: 92.206, 2020: 101.642}


def official(name: str) -> str:
    return package_file(f"io/{name}").read_text(encoding="utf-8")


def write(folder: Path, text: str, name: str = "2020-42.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    """The one-line message with which the table is refused."""
    with pytest.raises(EngelsInputError) as caught:
        load_table_file(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.mark.parametrize(("year", "detail"), TABLES)
def test_identities(year: int, detail: str) -> None:
    table = load_table(year, detail)
    rows = table.intermediate.sum(axis=1) + table.final.sum(axis=1) - table.imports + table.error
    columns = table.intermediate.sum(axis=0) + table.value_added.sum(axis=0)
    assert (rows - table.output).abs().max() * UNIT < ROW_TOLERANCE
    assert (columns - table.output).abs().max() * UNIT < COLUMN_TOLERANCE
    expenditure = (table.final.sum(axis=1) - table.imports + table.error).sum()
    assert expenditure == pytest.approx(table.gdp, abs=1e-10)
    assert table.gdp == pytest.approx(GDP[year], abs=5e-4)


@pytest.mark.parametrize(("year", "detail"), TABLES)
def test_layout(year: int, detail: str) -> None:
    table = load_table(year, detail)
    size = int(detail)
    assert len(set(table.codes)) == size
    assert table.intermediate.shape == (size, size)
    assert list(table.final.columns) == list(FINAL_USES)
    assert list(table.value_added.index) == list(VALUE_ADDED)
    for part in (table.intermediate, table.final, table.imports, table.error, table.output):
        assert tuple(part.index) == table.codes
        assert not part.isna().to_numpy().any()
    assert set(table.names_en) == set(table.names_zh) == set(table.codes)
    assert (table.error.abs().sum() > 0) == (year == 2012)
    assert (table.imports >= 0).all()


def test_known_negatives() -> None:
    """The signs the publisher's tables are known to have."""
    table = load_table(2020)
    tax, inventory = table.value_added.loc["production_tax"], table.final["inventory"]
    assert list(tax.index[tax < 0]) == ["01", "20"]
    assert int((inventory < 0).sum()) == 7
    fine = load_table(2020, "153").value_added
    assert int((fine.loc["production_tax"] < 0).sum()) == 17
    surplus = fine.loc["surplus"]
    assert list(surplus.index[surplus < 0]) == ["011", "113", "139"]


def test_known_shares() -> None:
    table = load_table(2020)
    ict = table.value_added["31"].sum() / table.gdp
    assert ict == pytest.approx(0.0441, abs=5e-5)
    fine = load_table(2020, "153")
    assert fine.output["128"] == pytest.approx(3.558, abs=5e-4)
    assert fine.final.loc["128", "gfcf"] == pytest.approx(3.287, abs=5e-4)


def test_153_sectors_sum_to_42() -> None:
    fine, coarse, parent = load_table(2020, "153"), load_table(2020), load_concordance()

    def close(summed: pd.DataFrame | pd.Series, whole: pd.DataFrame | pd.Series) -> None:
        assert list(summed.index) == list(whole.index)
        assert np.abs(summed.to_numpy() - whole.to_numpy()).max() * UNIT < COLUMN_TOLERANCE

    close(fine.intermediate.groupby(parent).sum().T.groupby(parent).sum().T, coarse.intermediate)
    close(fine.final.groupby(parent).sum(), coarse.final)
    close(fine.value_added.T.groupby(parent).sum(), coarse.value_added.T)
    close(fine.imports.groupby(parent).sum(), coarse.imports)
    close(fine.output.groupby(parent).sum(), coarse.output)


def test_tables_are_read_only_in_shape() -> None:
    with pytest.raises(AttributeError):
        load_table(2020).year = 2021  # type: ignore[misc]


def test_unknown_table() -> None:
    with pytest.raises(EngelsInputError, match="2020 at 153"):
        load_table(2019)


def test_root_stands_in_for_the_package(tmp_path: Path) -> None:
    (tmp_path / "io").mkdir()
    write(tmp_path / "io", official("2020-42.csv"))
    assert load_table(2020, root=tmp_path).gdp == load_table(2020).gdp
    with pytest.raises(EngelsInputError, match=r"2018-42\.csv: no such file"):
        load_table(2018, root=tmp_path)


# ---- broken tables ---------------------------------------------------------------------------

LINES = official("2020-42.csv").splitlines()
CELLS = {tuple(line.split(",")[:2]): line.split(",")[2] for line in LINES[1:]}
CODES = list(load_table(2020).codes)
PLACES = sorted(
    {(row, column) for row in CODES for column in [*CODES, *FINAL_USES, "imports", "output"]}
    | {(row, column) for row in VALUE_ADDED for column in CODES}
    | set(CELLS)
)


def with_cell(place: tuple[str, str], text: str) -> str:
    """The official table with one cell replaced (or added, where it was zero)."""
    cells = {**CELLS, place: text}
    return "\n".join([LINES[0], *(f"{r},{c},{value}" for (r, c), value in cells.items())]) + "\n"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    place=st.sampled_from(PLACES),
    size=st.floats(min_value=2e-4, max_value=1e9),
    sign=st.sampled_from([-1, 1]),
)
def test_any_corrupt_cell_is_refused(
    tmp_path: Path, place: tuple[str, str], size: float, sign: int
) -> None:
    value = float(CELLS.get(place, "0")) + sign * size
    message = refusal(write(tmp_path, with_cell(place, repr(value))))
    row, column = place
    assert f"row {row}" in message or f"column {column}" in message


def test_message_points_to_the_cell(tmp_path: Path) -> None:
    right = float(CELLS["05", "12"])
    message = refusal(write(tmp_path, with_cell(("05", "12"), repr(right + 1000))))
    assert "row 05 (Mining and processing of nonmetal and other ores)" in message
    assert "column 12 (Manufacture of chemical products)" in message
    assert "gap 1000" in message
    assert f"{right:.6f} in (05, 12)" in message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("row,column,value_10k_yuan", "row,col,value", "no column column, value_10k_yuan"),
        ("row,column,value_10k_yuan", "row,column,value_10k_yuan,row", "column 'row' twice"),
        (f"05,12,{CELLS['05', '12']}", "05,12,n/a", "line 151 (05, 12): 'n/a' is not a number"),
        (f"05,12,{CELLS['05', '12']}", "05,12,", "'' is not a number"),
        (f"05,12,{CELLS['05', '12']}", "05,12,NaN", "'NaN' is not a number"),
        (f"05,12,{CELLS['05', '12']}", "05,12,inf", "'inf' is not a number"),
        (f"05,12,{CELLS['05', '12']}", '05,12,"9,047,666"', "is not a number"),
        (f"05,12,{CELLS['05', '12']}", "05,12,1,2", "not a CSV table"),
        ("05,12,", "05,99,", "line 151 (05, 99): unknown column code"),
        ("05,12,", "5,12,", "unknown row code"),
        ("05,12,", "05,11,", "line 151 (05, 11): the cell stands twice"),
        ("labour,07,", "labour,exports,", "value added in a column of final use"),
        ("06,rural,", "06,rural,-", "column rural: -"),
        ("labour,07,", "labour,07,-", "row labour, column 07 (Manufacture of textiles): -"),
        ("05,output,", "05,output,-", "the output of every sector must be positive"),
        (f"05,output,{CELLS['05', 'output']}\n", "", "no output for sector 05"),
        (f"05,final_use,{CELLS['05', 'final_use']}", "05,final_use,1", "column final_use"),
    ],
)
def test_broken_tables_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = official("2020-42.csv")
    assert old in text
    assert said in refusal(write(tmp_path, text.replace(old, new, 1)))


def test_surplus_cells_in_every_line(tmp_path: Path) -> None:
    text = "\n".join([LINES[0], *(f"{line},1" for line in LINES[1:])])
    assert "more cells than the 3 of the header" in refusal(write(tmp_path, text))


def test_duplicate_sector_code(tmp_path: Path) -> None:
    sectors = official("sectors-42.csv").replace("\n02,", "\n01,")
    write(tmp_path, sectors, "sectors-42.csv")
    path = write(tmp_path, official("2020-42.csv"))
    with pytest.raises(
        EngelsInputError, match=r"sectors-42\.csv, line 3: sector code '01' is twice"
    ):
        load_table_file(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "not a CSV table"), (b"row,column,\xff\xfe", "not UTF-8")],
)
def test_unreadable_files(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "2020-42.csv"
    path.write_bytes(content)
    assert said in refusal(path)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "2020-42.csv")


def test_folder_instead_of_file(tmp_path: Path) -> None:
    folder = tmp_path / "2020-42"
    folder.mkdir()
    assert "cannot be read" in refusal(folder)


def test_file_name_must_tell_the_year(tmp_path: Path) -> None:
    path = write(tmp_path, official("2020-42.csv"), "mine.csv")
    assert "name it like 2023-42.csv" in refusal(path)
    assert load_table_file(path, year=2020, detail="42").year == 2020


def test_sector_list_must_be_there(tmp_path: Path) -> None:
    assert "sectors-7.csv" in refusal(write(tmp_path, official("2020-42.csv"), "2020-7.csv"))


def test_whole_numbers_may_carry_rounding(tmp_path: Path) -> None:
    """A table printed in whole units closes to its rounding and is taken; a real gap is not."""
    cells = {place: str(round(float(value))) for place, value in CELLS.items()}

    def text() -> str:
        return "\n".join([LINES[0], *(f"{r},{c},{v}" for (r, c), v in cells.items())])

    table = load_table_file(write(tmp_path, text()))
    assert isinstance(table, IOTable)
    assert table.gdp == pytest.approx(101.642, abs=5e-4)
    cells["05", "12"] = str(int(cells["05", "12"]) + 100)
    assert "row 05" in refusal(write(tmp_path, text()))


def test_error_survives_pickling() -> None:
    """Batch workers send errors between processes."""
    error = EngelsInputError("file, row 1", "is -1", "must be positive")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(error) == "file, row 1: is -1; must be positive"
