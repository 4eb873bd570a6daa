"""Bringing a table in the layout it is printed in."""

import io
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from engels.data import (
    EngelsInputError,
    IOTable,
    import_matrix,
    load_sectors,
    load_table,
    load_table_file,
    nearest,
    official_lists,
    require_list,
)
from engels.data.layout import PRINTED_COLUMNS, PRINTED_ROWS
from engels.data.lists import OURS
from engels.data.units import parse_unit

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


def as_workbook(rows: list[list[str]], sheet: str) -> bytes:
    """A workbook whose second sheet holds the rows, numbers as numbers."""
    import openpyxl

    book = openpyxl.Workbook()
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(
            [float(x) if x.replace(".", "", 1).isdigit() and len(x) > 2 else x for x in row]
        )
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


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


# ---- units ---------------------------------------------------------------------------------------


def in_unit(frame: pd.DataFrame, power: int) -> pd.DataFrame:
    """The printed table with its figures times a power of ten."""
    figures = frame.columns[2:]
    scaled = frame[figures].map(lambda x: x if x == "" else float(x) * 10.0**power)
    return frame.assign(**scaled)


@pytest.mark.parametrize(
    ("power", "unit"),
    [(4, "yuan"), (-2, "million yuan"), (-4, "100 million yuan"), (-8, "trillion yuan")],
)
def test_a_wrong_unit_is_named_and_the_right_one_taken(
    tmp_path: Path, power: int, unit: str
) -> None:
    frame = in_unit(printed(load_table(2018)), power)
    path = write(frame, tmp_path)
    with pytest.raises(EngelsInputError, match=f'looks like a table in {unit}.*--unit "{unit}"'):
        import_matrix(path, 2018, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    found = import_matrix(path, 2018, tmp_path / "mine", unit=unit)
    assert found.table.gdp == pytest.approx(load_table(2018).gdp, rel=1e-12)
    assert load_table_file(found.path).gdp == pytest.approx(92.206, abs=5e-4)


def test_a_table_rounded_in_its_unit_closes_to_that_rounding(tmp_path: Path) -> None:
    """100 million yuan with two decimals: gaps of a million yuan a row; a real gap is refused."""
    frame = in_unit(printed(load_table(2018)), -4)
    figures = frame.columns[2:]
    frame[figures] = frame[figures].map(lambda x: x if x == "" else f"{x:.2f}")
    path = write(frame, tmp_path)
    found = import_matrix(path, 2018, tmp_path / "mine", unit="亿元")
    again = load_table_file(found.path)  # the tidy file closes to the same rounding
    assert again.gdp == pytest.approx(92.206, abs=5e-4)
    frame.loc["05", "12"] = str(float(frame.loc["05", "12"]) + 5)
    with pytest.raises(EngelsInputError, match="row 05"):
        import_matrix(write(frame, tmp_path), 2018, tmp_path / "other", unit="亿元")


def test_round_figures_of_a_small_table_are_no_rounding(tmp_path: Path) -> None:
    frame = in_unit(printed(load_table(2018)), -6).drop(columns=["TIU", "THC", "GCF"])
    figures = frame.columns[2:]
    frame[figures] = frame[figures].map(lambda x: x if x == "" else str(round(x) * 100))
    with pytest.raises(EngelsInputError, match="does not close"):
        import_matrix(write(frame, tmp_path), 2018, tmp_path / "mine", check_gdp=False)


def test_the_gdp_of_another_economy_is_taken_when_asked(tmp_path: Path) -> None:
    path = write(in_unit(printed(load_table(2018)), -1), tmp_path)
    found = import_matrix(path, 2018, tmp_path / "mine", unit="10,000 yuan", check_gdp=False)
    assert found.table.gdp == pytest.approx(9.2206, abs=5e-5)
    assert any("not compared" in note for note in found.notes)


def test_a_year_without_published_gdp_is_asked_about(tmp_path: Path) -> None:
    path = write(printed(load_table(2018)), tmp_path)
    with pytest.raises(EngelsInputError, match=r"no published GDP of 2005.*--no-gdp-check"):
        import_matrix(path, 2005, tmp_path / "mine")
    with pytest.raises(EngelsInputError, match=r"more than 10% off"):
        import_matrix(path, 2013, tmp_path / "mine")  # between 2012 and 2015
    with pytest.raises(EngelsInputError, match="a year from 1981 to 2100"):
        import_matrix(path, 19, tmp_path / "mine")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("万元", "10,000 yuan"),
        ("亿元", "100 million yuan"),
        ("100 Million", "100 million yuan"),
        ("trillion", "trillion yuan"),
        ("10000 yuan", "10,000 yuan"),
        ("１０，０００ yuan", "10,000 yuan"),
        ("元", "yuan"),
    ],
)
def test_units_in_words(text: str, unit: str) -> None:
    assert parse_unit(text) == unit


def test_the_unit_above_the_header_is_used_and_not_contradicted(tmp_path: Path) -> None:
    body = write(in_unit(printed(load_table(2018)), -4), tmp_path).read_text(encoding="utf-8")
    path = tmp_path / "titled.csv"
    path.write_text("全国投入产出表 单位：亿元\n" + body, encoding="utf-8")
    found = import_matrix(path, 2018, tmp_path / "mine")
    assert found.table.gdp == pytest.approx(92.206, abs=5e-4)
    with pytest.raises(EngelsInputError, match="--unit says yuan"):
        import_matrix(path, 2018, tmp_path / "other", unit="yuan")


# ---- lists of sectors ----------------------------------------------------------------------------


def on_list(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The printed table with the names of another official list under its codes."""
    listed = official_lists()[name]
    return frame.assign(
        name_en=[listed.names_en.get(c, frame.at[c, "name_en"]) for c in frame.index],
        name_zh=[listed.names_zh.get(c, frame.at[c, "name_zh"]) for c in frame.index],
    )


def test_codes_of_2015_are_not_taken_for_those_of_2017(tmp_path: Path) -> None:
    message = refusal(on_list(printed(load_table(2020)), "2012-42"), tmp_path)
    assert "line 23, sector 22" in message
    assert "other manufacturing" in message.lower()
    assert "42 of the 42 names are those of the official list of 2012 and 2015" in message


def test_names_in_one_language_are_enough_and_the_other_is_filled_in(tmp_path: Path) -> None:
    frame = printed(load_table(2020)).drop(columns="name_en")
    found = import_matrix(write(frame, tmp_path), 2020, tmp_path / "mine")
    assert found.table.names_en == load_table(2020).names_en
    other = on_list(printed(load_table(2020)), "2012-42").drop(columns="name_en")
    with pytest.raises(EngelsInputError, match="2012 and 2015"):
        import_matrix(write(other, tmp_path), 2020, tmp_path / "other")


def test_other_printings_of_a_name_are_the_same_name(tmp_path: Path) -> None:
    frame = printed(load_table(2020))
    english = frame["name_en"].str.upper().str.replace(",", " ,  ").str.replace("and", "&")
    chinese = frame["name_zh"].str.replace("、", "，").str.replace("和", " 和 ")
    frame = frame.assign(name_en=english, name_zh=chinese)
    assert import_matrix(write(frame, tmp_path), 2020, tmp_path / "mine").table.year == 2020


def test_every_official_list_is_known_by_its_own_names() -> None:
    """And by no other one's."""
    lists = official_lists()
    assert {len(x.codes) for x in lists.values()} == {122, 42, 135, 41, 139, 149, 153, 211}
    for name, listed in lists.items():
        names = pd.DataFrame(
            {"name_en": listed.names_en.values(), "name_zh": listed.names_zh.values()},
            index=listed.codes,
        )
        found = nearest(names)
        assert (found.list.name, found.agree, found.first) == (name, len(names), None)
        for detail, ours in OURS.items():
            if name == ours:
                require_list(names, detail, "table")
            else:
                with pytest.raises(
                    EngelsInputError, match=f"is not its name in the {lists[ours].title}"
                ):
                    require_list(names, detail, "table")


def test_our_lists_are_the_official_ones() -> None:
    for detail, name in OURS.items():
        ours, listed = load_sectors(detail).set_index("code"), official_lists()[name]
        assert tuple(ours.index) == listed.codes
        assert ours["name_zh"].to_dict() == listed.names_zh
        assert ours["name_en"].to_dict() == listed.names_en


# ---- layouts and files ---------------------------------------------------------------------------


def merged(frame: pd.DataFrame) -> list[list[str]]:
    """Title with the unit, merged headings, the codes in a row below, Chinese names alone."""
    body = [
        [zh, code, *map(str, rest)]
        for code, zh, *rest in frame.drop(columns="name_en").reset_index().to_numpy().tolist()
    ]
    codes = list(frame.columns[2:])
    return [
        ["2020年全国投入产出表（按当年生产者价格计算）  单位：万元"],
        ["产品部门名称", "代码", "中间使用"],
        ["", "", *codes],
        *body,
        ["注：本表为竞争型投入产出表"],
    ]


@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "utf-16", "xlsx"])
def test_merged_headers_from_csv_and_workbooks(tmp_path: Path, kind: str) -> None:
    rows = merged(printed(load_table(2020)))
    path = tmp_path / ("book.xlsx" if kind == "xlsx" else "table.csv")
    if kind == "xlsx":
        path.write_bytes(as_workbook(rows, "投入产出表"))
    else:
        path.write_text("\n".join(",".join(row) for row in rows), encoding=kind)
    found = import_matrix(path, 2020, tmp_path / "mine")
    pd.testing.assert_frame_equal(
        found.table.intermediate, load_table(2020).intermediate, rtol=1e-14
    )
    assert found.table.names_zh == load_table(2020).names_zh
    said = " ".join(found.notes)
    assert "as stated above the header" in said
    assert {"gb18030": "GB 18030", "utf-16": "UTF-16", "xlsx": "sheet 投入产出表"}.get(
        kind, ""
    ) in said


def test_the_sheet_is_asked_for_where_two_hold_a_table(tmp_path: Path) -> None:
    import openpyxl

    frame = printed(load_table(2020)).reset_index(names="code")
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    book = openpyxl.Workbook()
    for name in ("a", "b"):
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    path = tmp_path / "book.xlsx"
    book.save(path)
    with pytest.raises(
        EngelsInputError, match="2 sheets hold such a table; say which with --sheet: a; b"
    ):
        import_matrix(path, 2020, tmp_path / "mine")
    with pytest.raises(EngelsInputError, match="no such sheet; one of Sheet, a, b"):
        import_matrix(path, 2020, tmp_path / "mine", sheet="c")
    assert import_matrix(path, 2020, tmp_path / "mine", sheet="b").table.year == 2020


def test_an_error_is_in_the_line_it_is_in(tmp_path: Path) -> None:
    """Rows in another order, blank lines and a title: the line is that of the file."""
    frame = printed(load_table(2020)).iloc[::-1]
    frame.loc["05", "10"] = "abc"
    lines = write(frame, tmp_path).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "printed.csv"
    path.write_text("\n\n".join(["title", *lines]), encoding="utf-8")
    line = 1 + path.read_text(encoding="utf-8").splitlines().index(
        next(row for row in lines if row.startswith("05,"))
    )
    with pytest.raises(
        EngelsInputError, match=rf"column 10, line {line} \(05\): 'abc' is not a number"
    ):
        import_matrix(path, 2020, tmp_path / "mine")


@pytest.mark.parametrize("word", ["error", "output", "labour", "GFCF", "x|y", "a=b", "c" * 33])
def test_a_sector_is_not_called_what_the_layout_calls_something(tmp_path: Path, word: str) -> None:
    frame = printed(load_table(2020)).rename(index={"05": word}, columns={"05": word})
    message = refusal(frame, tmp_path)
    assert f"line 6: sector code '{word}'" in message


def test_a_pipe_and_a_huge_file_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(EngelsInputError, match="a pipe or a device"):
        import_matrix(tmp_path / "pipe.csv", 2020, tmp_path / "mine")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(EngelsInputError, match="has 1,024 MB; a table has at most 64 MB"):
        import_matrix(tmp_path / "huge.csv", 2020, tmp_path / "mine")


def test_a_workbook_that_unpacks_beyond_measure_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    with pytest.raises(EngelsInputError, match="the workbook unpacks to 191 MB"):
        import_matrix(path, 2020, tmp_path / "mine")


def test_files_that_are_there_are_not_replaced(tmp_path: Path) -> None:
    path, out = write(printed(load_table(2020)), tmp_path), tmp_path / "mine"
    first = import_matrix(path, 2020, out)
    again = import_matrix(path, 2020, out)  # the same content is no change
    assert again.path == first.path
    first.sectors.write_text("mine", encoding="utf-8")
    with pytest.raises(EngelsInputError, match=r"sectors-42\.csv: is there already"):
        import_matrix(path, 2020, out)
    assert first.sectors.read_text(encoding="utf-8") == "mine"
    with pytest.raises(EngelsInputError, match=r"--out .*cannot be written"):
        import_matrix(path, 2020, path / "below")
