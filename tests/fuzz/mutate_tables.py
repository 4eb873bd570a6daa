"""Input-output tables, mapping files and parameters as users get them wrong, from a seed.

``table_cases`` yields cases whose label begins with what must happen:

    refuse   exit 2 with one line, and nothing written
    good     exit 0
    either   one of the two

then the class of the case and its number. Everything is made from the project's own table of 2020.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from functools import cache

from engels.calibration.parameters import read_yaml
from engels.data import load_table, official_lists
from engels.data.files import package_file
from engels.data.layout import PRINTED_COLUMNS, PRINTED_ROWS

Grid = list[list[str]]
Files = dict[str, bytes]
Case = tuple[Files, list[str]]
Maker = Callable[[random.Random], Case]

IMPORT = ["table", "import"]
NAME = "p.csv"


@cache
def _printed() -> tuple[tuple[str, ...], ...]:
    """The table of 2020 as it is printed, 10,000 yuan: header and rows of text."""
    table = load_table(2020)
    codes = list(table.codes)
    uses = {
        name: code
        for code, (name, _) in PRINTED_COLUMNS.items()
        if code not in ("TIU", "TFU", "ERR")
    }
    header = ["code", "name_en", "name_zh", *codes, *uses.values()]
    rows = [header]
    final = table.final.assign(imports=table.imports, output=table.output)
    for code in codes:
        values = [*table.intermediate.loc[code], *(final.loc[code, name] for name in uses)]
        named = [code, table.names_en[code], table.names_zh[code]]
        rows.append([*named, *(_text(1e8 * value) for value in values)])
    for code, (name, needed) in PRINTED_ROWS.items():
        if needed:
            values = [_text(1e8 * value) for value in table.value_added.loc[name]]
            rows.append([code, name, name, *values, *[""] * len(uses)])
    return tuple(tuple(row) for row in rows)


def _text(value: float) -> str:
    return repr(float(value)) if value else "0"


def grid() -> Grid:
    """A copy of the printed table to change."""
    return [list(row) for row in _printed()]


def as_csv(rows: Grid, mark: str = ",", end: str = "\n", quote: bool = False) -> bytes:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue().encode()


def as_workbook(rows: Grid, sheet: str = "IO") -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "about"
    first["A1"] = "Notes"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append([_cell(text) for text in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text or None


def importing(content: bytes, *options: str, name: str = NAME, year: str = "2020") -> Case:
    return {name: content}, [*IMPORT, name, "--year", year, "--out", "out", *options]


# --- Printed tables that must be refused -----------------------------------------------------------

NO_NUMBERS = (
    "abc",
    "9,047,666",
    "１２３",
    "12%",
    "1e999",
    "nan",
    "inf",
    "--",
    "=1+1",
    "0x10",
    "1_000",
    "12.3.4",
    "#REF!",
    "",
    "[/red]",
    "1 000",
)


def _cell_text(r: random.Random) -> Case:
    rows = grid()
    rows[r.randint(1, 42)][r.randint(3, 44)] = r.choice(NO_NUMBERS)
    return importing(as_csv(rows))


def _cell_gap(r: random.Random) -> Case:
    rows = grid()
    i, j = r.randint(1, 42), r.randint(3, 50)
    rows[i][j] = repr(float(rows[i][j]) + 10 ** r.uniform(1, 9) * r.choice((-1, 1)))
    return importing(as_csv(rows))


def _row_missing(r: random.Random) -> Case:
    rows = grid()
    del rows[r.randrange(1, len(rows))]
    return importing(as_csv(rows))


def _row_twice(r: random.Random) -> Case:
    rows = grid()
    rows.insert(r.randrange(1, len(rows)), list(r.choice(rows[1:])))
    return importing(as_csv(rows))


def _column_missing(r: random.Random) -> Case:
    rows = grid()
    at = r.choice([0, *range(3, len(rows[0]))])
    for row in rows:
        del row[at]
    return importing(as_csv(rows))


def _column_twice(r: random.Random) -> Case:
    rows = grid()
    at, to = r.randrange(3, len(rows[0])), r.randrange(3, len(rows[0]))
    for row in rows:
        row.insert(to, row[at])
    return importing(as_csv(rows))


def _column_unnamed(r: random.Random) -> Case:
    rows = grid()
    rows[0][r.randrange(3, len(rows[0]))] = r.choice(["", " ", "?"])
    return importing(as_csv(rows))


def _extra_column(r: random.Random) -> Case:
    rows = grid()
    rows[0].append(r.choice(["XX", "note", "2021", ""]))
    for row in rows[1:]:
        row.append(str(r.randint(1, 99)))
    return importing(as_csv(rows))


def _names_shifted(r: random.Random) -> Case:
    rows = grid()
    start = r.randint(1, 38)
    names = [row[1:3] for row in rows[start:43]]
    for row, pair in zip(rows[start:43], [*names[1:], names[0]], strict=True):
        row[1:3] = pair
    return importing(as_csv(rows))


def _other_list(r: random.Random) -> Case:
    rows = grid()
    other = official_lists()[r.choice(["2012-42", "2005-42"])]
    for row in rows[1:43]:
        row[1:3] = other.names_en[row[0]], other.names_zh[row[0]]
    if r.random() < 0.5:
        rows = [[c for at, c in enumerate(row) if at != 1] for row in rows]  # Chinese names alone
    return importing(as_csv(rows))


def _names_missing(r: random.Random) -> Case:
    rows = grid()
    if r.random() < 0.5:
        rows = [[row[0], *row[3:]] for row in rows]
    else:
        rows[r.randint(1, 42)][1:3] = "", ""
    return importing(as_csv(rows))


def _reserved_code(r: random.Random) -> Case:
    rows = grid()
    at = r.randint(1, 42)
    code = r.choice(["error", "output", "Rural", "a|b", "x=1", "gfcf", "c" * 40])
    rows[at][0] = rows[0][at + 2] = code
    return importing(as_csv(rows))


def _wrong_unit(r: random.Random) -> Case:
    power = r.choice([-8, -4, -2, 1, 4])
    rows = _in_unit(power)
    return importing(as_csv(rows))


def _scaled(text: str, power: int) -> str:
    return _text(float(text) * 10.0**power) if text else ""


def _in_unit(power: int) -> Grid:
    header, *rows = grid()
    return [header, *([*row[:3], *(_scaled(cell, power) for cell in row[3:])] for row in rows)]


def _wrong_year(r: random.Random) -> Case:
    year = r.choice(["0", "-2020", "1899", "2012", "2101", "99999", "202O", "2020.5", "1995"])
    return importing(as_csv(grid()), year=year)


def _no_table(r: random.Random) -> Case:
    good = as_csv(grid())
    content = r.choice(
        [
            b"",
            b"\n\n\n",
            good.splitlines()[0],
            b"<html><body><table><tr><td>1</td></tr></table></body></html>",
            b"%PDF-1.7 \xff\xff",
            b"\x1f\x8b\x08" + r.randbytes(200),
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + r.randbytes(200),
            r.randbytes(500),
            good[: r.randrange(len(good) // 8, len(good) // 2)],
            good.replace(b"01", b"0\0", 1),
            b"code" * 200_000,
            b'"' + good,
            ("é" * 20).encode("latin-1") + good,
        ]
    )
    return importing(content)


def _broken_workbook(r: random.Random) -> Case:
    good = as_workbook(grid())
    content = r.choice(
        [
            good[: r.randrange(10, len(good) - 50)],
            b"PK\x03\x04" + r.randbytes(300),
            good[:200] + r.randbytes(300) + good[500:],
            as_workbook(grid()[1:]),
            as_workbook([["a", "b"], ["1", "2"]]),
        ]
    )
    return importing(content, name="p.xlsx")


def _no_sheet(r: random.Random) -> Case:
    if r.random() < 0.5:
        return importing(as_csv(grid()), "--sheet", "IO")
    return importing(as_workbook(grid()), "--sheet", r.choice(["io", "", "x" * 300]), name="p.xlsx")


def _bad_option(r: random.Random) -> Case:
    option = r.choice([["--unit", "dollars"], ["--unit", ""], ["--unit", "x" * 500]])
    return importing(as_csv(grid()), *option)


def _out_is_a_file(r: random.Random) -> Case:
    files, arguments = importing(as_csv(grid()))
    files["out"] = b"mine"
    return files, arguments


def _out_has_another(r: random.Random) -> Case:
    files, arguments = importing(as_csv(grid()))
    files[r.choice(["out/2020-42.csv", "out/sectors-42.csv"])] = b"mine"
    return files, arguments


def _negative(r: random.Random) -> Case:
    rows = grid()
    i, j = r.choice([(43, r.randint(3, 44)), (r.randint(1, 42), r.choice([45, 46, 47, 48, 50]))])
    rows[i][j] = "-" + repr(1.0 + r.random() * 1e6)
    return importing(as_csv(rows))


# --- Printed tables that are good in another dress -------------------------------------------------


def _dress(r: random.Random) -> Case:
    rows = grid()
    kind = r.randrange(16)
    plain = as_csv(rows)
    if kind == 0:
        return importing(as_csv(rows, ";"))
    if kind == 1:
        return importing(as_csv(rows, "\t"))
    if kind == 2:
        return importing(as_csv(rows, end="\r\n"))
    if kind == 3:
        return importing(b"\xef\xbb\xbf" + plain)
    if kind == 4:
        return importing(plain.decode().encode("utf-16"))
    if kind == 5:
        return importing(plain.decode().encode("gb18030"))
    if kind == 6:
        return importing(as_csv(rows, quote=True))
    if kind == 7:
        return importing(plain.replace(b"\n", b"\n\n"))
    if kind == 8:
        blank = [""] * len(rows[0])
        title = ["全国投入产出表  单位：万元", *blank[1:]]
        return importing(
            as_csv([title, blank, *rows, ["注：本表按当年生产者价格计算", *blank[1:]]])
        )
    if kind == 9:
        return importing(as_csv([[*row, "", ""] for row in rows]))
    if kind == 10:
        return importing(as_csv([[f" {cell} " for cell in row] for row in rows]))
    if kind == 11:
        return importing(as_workbook(rows), name="p.xlsx")
    if kind == 12:  # Excel drops the zeros in front
        rows[0] = [cell.lstrip("0") for cell in rows[0]]
        return importing(as_csv([rows[0], *([row[0].lstrip("0"), *row[1:]] for row in rows[1:])]))
    if kind == 13:
        body = rows[1:]
        r.shuffle(body)
        return importing(as_csv([rows[0], *body]))
    if kind == 14:
        order = list(range(3, len(rows[0])))
        r.shuffle(order)
        return importing(as_csv([[*row[:3], *(row[at] for at in order)] for row in rows]))
    # merged headings over codes, the names in Chinese alone
    rows = [[row[2], row[0], *row[3:]] for row in rows]
    heading = ["产品部门名称", "代码", *[""] * (len(rows[0]) - 2)]
    rows[0][:2] = "", ""
    return importing(as_csv([heading, *rows]))


def _right_unit(r: random.Random) -> Case:
    unit, power = r.choice(
        [
            ("yuan", 4),
            ("million yuan", -2),
            ("亿元", -4),
            ("100 million yuan", -4),
            ("trillion", -8),
        ]
    )
    rows = _in_unit(power)
    return importing(as_csv(rows), "--unit", unit)


def _idle_sector(r: random.Random) -> Case:
    """A sector that nobody produces or uses; its inputs and uses go to the neighbour's surplus."""
    rows = grid()
    at = r.choice([3, 4, 5, 9, 23])
    return importing(as_csv(without_sector(rows, at)), *(["--no-gdp-check"] if at == 9 else []))


def without_sector(rows: Grid, at: int) -> Grid:
    """The table with row and column ``at`` (1 to 42) at zero, closed by inventories and surplus."""
    for row in rows[1:47]:
        row[at + 2] = "0"
    rows[at][3:] = ["0"] * len(rows[at][3:])
    header = rows[0]
    go, im, stock = header.index("GO"), header.index("IM"), header.index("FU202")
    for row in rows[1:43]:
        used = sum(float(row[j]) for j in range(3, go) if j not in (im, stock))
        row[stock] = repr(float(row[go]) + float(row[im]) - used)
    for column in range(3, 45):
        spent = sum(float(row[column]) for row in rows[1:46])
        rows[46][column] = repr(float(rows[column - 2][go]) - spent)
    return rows


def _flipped(r: random.Random) -> Case:
    content = bytearray(as_csv(grid()))
    for _ in range(r.randint(1, 4)):
        content[r.randrange(len(content))] ^= 1 << r.randrange(8)
    return importing(bytes(content))


# --- Tidy tables -----------------------------------------------------------------------------------


@cache
def _tidy() -> tuple[bytes, bytes]:
    return tuple(package_file(f"io/{name}-42.csv").read_bytes() for name in ("2020", "sectors"))  # type: ignore[return-value]


def calibrating(table: bytes, sectors: bytes | None, *options: str) -> Case:
    files = {"t/2020-42.csv": table}
    if sectors is not None:
        files["t/sectors-42.csv"] = sectors
    return files, ["calibrate", "--aggregation", "5", "--table", "t/2020-42.csv", *options]


def _tidy_wrong(r: random.Random) -> Case:
    table, sectors = _tidy()
    lines = table.decode().splitlines()
    at = r.randrange(1, len(lines))
    row, column, value = lines[at].split(",")
    kind = r.randrange(8)
    if kind == 0:
        lines[at] = f"{row},{column},{r.choice(NO_NUMBERS)}"
    elif kind == 1:
        lines[at] = f"{row},{column},{float(value) + 10 ** r.uniform(3, 9)}"
    elif kind == 2:
        lines.insert(at, lines[at])
    elif kind == 3:
        lines[at] = f"{row},{column}x,{value}"
    elif kind == 4:
        lines[at] = f"{row},{column}"
    elif kind == 5:
        lines[0] = lines[0].replace("value", "values")
    elif kind == 6:
        return calibrating(table, None)
    else:
        lines = [lines[0], *(_in_yi(line) for line in lines[1:])]
    return calibrating("\n".join(lines).encode(), sectors)


def _in_yi(line: str) -> str:
    row, column, value = line.split(",")
    return f"{row},{column},{float(value) / 1e4!r}"


def _tidy_other_list(r: random.Random) -> Case:
    table, _ = _tidy()
    other = official_lists()["2012-42"]
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["code", "name_en", "name_zh"])
    for code in other.codes:
        out.writerow([code, other.names_en[code], other.names_zh[code]])
    return calibrating(table, text.getvalue().encode())


def _override_wrong(r: random.Random) -> Case:
    value = r.choice(
        [
            "ai.sales=nan",
            "ai.sales=1e9",
            "ai.sales=０.３",
            "ai.sales=0_3",
            "ai.sale=0.3",
            "ai.sales=",
            "ai.sales",
            "=3",
            "ai.sales=" + "9" * 5000,
            "exposure.vector=felten2",
            "exposure.vector=1",
            "x" * 3000 + "=1",
            "[/red]=1",
            "elasticities.ai_labour.hihg=1",
            "sector_map.file=none.csv",
        ]
    )
    return {}, ["calibrate", "--aggregation", "5", "--set", value]


# --- Mapping files ---------------------------------------------------------------------------------


def mapping() -> dict[str, object]:
    """The aggregation of five sectors under a name of its own, to change."""
    import copy

    return copy.deepcopy(read_yaml("mappings/5.yaml")) | {"name": "mine"}


def as_mapping(content: object) -> Case:
    import yaml

    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    return {"m.yaml": text.encode()}, ["calibrate", "--aggregation", "m.yaml"]


BAD_CODES = (
    "农|业",
    "=1+1",
    "a b",
    "error",
    "NaN",
    "NA",
    "None",
    "true",
    "all",
    "tertiary",
    "1e5",
    "-1",
    "x" * 40,
    "ＡＧＲ",
    "a/b",
    "..",
    "[/]",
    "a\nb",
    "a=b",
    "",
    "agr,x",
    "_x",
)


def _code_wrong(r: random.Random) -> Case:
    content = mapping()
    r.choice(content["sectors"][:4])["code"] = r.choice(BAD_CODES)  # type: ignore[index]
    return as_mapping(content)


def _mapping_wrong(r: random.Random) -> Case:
    content = mapping()
    sectors: list[dict[str, object]] = content["sectors"]  # type: ignore[assignment]
    roles: dict[str, object] = content["roles"]  # type: ignore[assignment]
    one, other = r.sample(sectors[:4], 2)
    members: list[str] = one["members"]  # type: ignore[assignment]
    kind = r.randrange(16)
    if kind == 0:
        members.pop()
    elif kind == 1:
        members.append(members[0])
    elif kind == 2:
        other["members"].append(members[0])  # type: ignore[attr-defined]
    elif kind == 3:
        members.append("99")
    elif kind == 4:
        other["members"] += members  # type: ignore[operator]
        members.clear()
    elif kind == 5:
        del roles[r.choice(list(roles))]
    elif kind == 6:
        roles[r.choice(["chips", "components", "electricity", "construction"])] = "99"
    elif kind == 7:
        roles["information"] = r.choice([[], "31", ["99"], ["31", "31"]])
    elif kind == 8:
        one["code"] = other["code"]
    elif kind == 9:
        one["code"] = str(other["code"]).lower()
    elif kind == 10:
        del sectors[-1]
    elif kind == 11:
        content["ai"] = r.choice(["31", "X", ""])
    elif kind == 12:
        content["name"] = r.choice(["5", "43", "a/b", "", "..", "x" * 300, "[/]"])
    elif kind == 13:
        one["en"] = r.choice(["", "x" * 300, "a\nb", "a\x07b"])
    elif kind == 14:
        content[r.choice(["names", "x" * 400, "[/]"])] = 1
    else:
        content["table"] = r.choice(
            [
                {"year": 2019, "detail": "42"},
                {"year": "x", "detail": "42"},
                {},
                1,
                {"year": 2020, "detail": "x" * 200},
            ]
        )
    return as_mapping(content)


def _mapping_text(r: random.Random) -> Case:
    import yaml

    good = yaml.safe_dump(mapping(), allow_unicode=True)
    deep = "a: " + "[" * 3000
    bomb = "a: &a [x, x]\n" + "".join(
        f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return as_mapping(
        r.choice(
            [
                "",
                "- a",
                "name",
                good + good,
                good + "---\n" + good,
                "name: !!python/object:os.system x\n" + good,
                "x: &x [*x]",
                deep,
                bomb,
                good.replace("year: 2020", "year: " + "9" * 5000),
                good.replace("AGR", "*AGR"),
                "\t" + good,
                good[: r.randrange(10, len(good) - 20)],
                "a: 1\n" * 60_000,
                "x" * 300_000,
                '"\\ud800": 1\n' + good,
            ]
        )
    )


def _mapping_good(r: random.Random) -> Case:
    content = mapping()
    content["sectors"][0]["code"] = r.choice(["农业", "A-1", "x.y", "Ackerbau", "01", "7", "Ä_1"])  # type: ignore[index]
    return as_mapping(content)


CLASSES: dict[str, Maker] = {
    "refuse/cell-text": _cell_text,
    "refuse/cell-gap": _cell_gap,
    "refuse/row-missing": _row_missing,
    "refuse/row-twice": _row_twice,
    "refuse/column-missing": _column_missing,
    "refuse/column-twice": _column_twice,
    "refuse/column-unnamed": _column_unnamed,
    "refuse/extra-column": _extra_column,
    "refuse/names-shifted": _names_shifted,
    "refuse/other-list": _other_list,
    "refuse/names-missing": _names_missing,
    "refuse/reserved-code": _reserved_code,
    "refuse/wrong-unit": _wrong_unit,
    "refuse/wrong-year": _wrong_year,
    "refuse/no-table": _no_table,
    "refuse/broken-workbook": _broken_workbook,
    "refuse/no-sheet": _no_sheet,
    "refuse/bad-option": _bad_option,
    "refuse/out-is-a-file": _out_is_a_file,
    "refuse/out-has-another": _out_has_another,
    "refuse/negative": _negative,
    "good/dress": _dress,
    "good/right-unit": _right_unit,
    "good/idle-sector": _idle_sector,
    "either/flipped-bits": _flipped,
    "refuse/tidy": _tidy_wrong,
    "refuse/tidy-other-list": _tidy_other_list,
    "refuse/override": _override_wrong,
    "refuse/code": _code_wrong,
    "refuse/mapping": _mapping_wrong,
    "refuse/mapping-text": _mapping_text,
    "good/mapping": _mapping_good,
}


def table_cases(seed: int, count: int) -> Iterator[tuple[str, Files, list[str]]]:
    """``count`` cases, class by class in turn: (label, files by name, arguments of the command).

    The command is to be called in an empty folder that holds the files.
    """
    r = random.Random(seed)
    names = list(CLASSES)
    for number in range(count):
        name = names[number % len(names)]
        files, arguments = CLASSES[name](r)
        yield f"{name}/{number}", files, arguments
