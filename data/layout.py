"""Where a printed input-output table stands in a sheet: header, codes, names, figures.

The header row has the codes of the sectors and the publisher's codes of final use. Titles, merged
headings and a unit may stand above it, notes below the table; names and codes of the sectors stand
on its left, under headings or without. Nothing that holds a figure is left out without a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engels.data.cells import Sheet
from engels.data.errors import EngelsInputError, shown
from engels.data.files import PLAIN_DIGITS, Row, number

# Publisher's code -> name in the tidy file, and whether the table must have it.
PRINTED_COLUMNS = {
    "TIU": ("intermediate_use", False),
    "FU101": ("rural", True),
    "FU102": ("urban", True),
    "FU103": ("government", True),
    "FU201": ("gfcf", True),
    "FU202": ("inventory", True),
    "EX": ("exports", True),
    "TFU": ("final_use", False),
    "IM": ("imports", True),
    "ERR": ("error", False),
    "GO": ("output", True),
}
PRINTED_ROWS = {
    "TII": ("intermediate_input", False),
    "VA001": ("labour", True),
    "VA002": ("production_tax", True),
    "VA003": ("depreciation", True),
    "VA004": ("surplus", True),
    "TVA": ("value_added", False),
    "TI": ("total_input", False),
}
# Subtotals that the tidy file leaves out once they are found to be the sum of their parts.
PRINTED_SUBTOTALS = {
    "THC": ("FU101", "FU102"),
    "TC": ("FU101", "FU102", "FU103"),
    "GCF": ("FU201", "FU202"),
}

HEADER_WITHIN = 40  # rows above the figures in which the header is looked for
HEADINGS = {
    "code": ("code", "codes", "sectorcode", "代码", "编码", "部门代码", "产品部门代码"),
    "name_en": ("nameen", "english", "name", "sector", "sectorname", "英文名称"),
    "name_zh": ("namezh", "名称", "部门", "部门名称", "产品部门", "产品部门名称", "中文名称"),
}
STATED_UNIT = re.compile(
    r"单位\s*[:：]?\s*(万亿元|十亿元|百万元|亿元|千元|万元|元)|\bunits?\s*[:：]\s*([^;；)）]+)",
    re.I,
)


@dataclass(frozen=True)
class Layout:
    """A printed table as text cells, by row and column code."""

    where: str
    sectors: tuple[str, ...]
    names_en: dict[str, str]  # empty where the table has no English name
    names_zh: dict[str, str]
    lines: dict[str, int]  # line of each row
    columns: dict[str, int]  # position of each column
    cells: dict[str, list[str]]  # row code -> its cells
    unit: str  # as stated above the header, or empty
    notes: tuple[str, ...]

    def number(self, row: str, column: str) -> float:
        """The number in a cell; a cell that holds none is refused by its line."""
        at = self.columns[column]
        cells = self.cells[row]
        text = cells[at] if at < len(cells) else ""
        value = number(text)
        if value is None:
            raise EngelsInputError(
                f"{self.where}, column {column}, line {self.lines[row]} ({row})",
                f"{shown(text)} is not a number",
                PLAIN_DIGITS,
            )
        return value


def find_layout(sheet: Sheet) -> Layout:
    """Find the table in a sheet.

    Raises
    ------
    EngelsInputError
        Where there is no header row, a row or column is missing, unknown or there twice, or figures
        stand where no code says what they are.
    """
    header_line, header, above, below = _header(sheet)
    code_at, names_at, notes = _left(header, above, below, sheet, header_line)
    left = {code_at, *names_at.values()}
    given = {at: code for at, code in enumerate(header) if at not in left and code}
    _no_figures_without_code(below, header, left, sheet.where, header_line)
    rows = [row for row in below if _is_row(row, code_at)]
    if not rows:
        raise EngelsInputError(
            sheet.where, f"no rows below the header in line {header_line}", "a row for each sector"
        )
    width, padded = _width([*given.values(), *(cells[code_at] for _, cells in rows)])
    notes += padded

    def code(text: str) -> str:
        known = text.upper()
        if known in PRINTED_COLUMNS or known in PRINTED_ROWS or known in PRINTED_SUBTOTALS:
            return known
        return text.zfill(width) if _digits_only(text) else text

    columns: dict[str, int] = {}
    for at, text in given.items():
        if code(text) in columns:
            raise EngelsInputError(
                f"{sheet.where}, line {header_line}",
                f"column {shown(code(text))} twice",
                "each name once in the header",
            )
        columns[code(text)] = at
    lines: dict[str, int] = {}
    cells: dict[str, list[str]] = {}
    for line, row in rows:
        name = code(row[code_at])
        if name in lines:
            raise EngelsInputError(
                f"{sheet.where}, line {line}",
                f"code {shown(name)} twice (first in line {lines[name]})",
                "one row for each",
            )
        lines[name], cells[name] = line, row
    reserved = {*PRINTED_COLUMNS, *PRINTED_ROWS, *PRINTED_SUBTOTALS}
    sectors = tuple(c for c in columns if c in lines and c not in reserved)
    _complete(columns, lines, sectors, f"{sheet.where}, line {header_line}", sheet.where)

    def names(kind: str) -> dict[str, str]:
        at = names_at.get(kind)
        return {c: cells[c][at] if at is not None else "" for c in sectors}

    stated = (STATED_UNIT.search(cell) for _, row in above for cell in row)
    unit = next((found[1] or found[2].strip() for found in stated if found), "")
    return Layout(
        sheet.where,
        sectors,
        names("name_en"),
        names("name_zh"),
        lines,
        columns,
        cells,
        unit,
        (*sheet.notes, *notes),
    )


def _header(sheet: Sheet) -> tuple[int, list[str], list[Row], list[Row]]:
    """Line and cells of the header, the rows above and those below."""
    needed = [code for code, (_, must) in PRINTED_COLUMNS.items() if must]
    for position, (line, cells) in enumerate(sheet.rows[:HEADER_WITHIN]):
        if sum(cell.upper() in needed for cell in cells) >= 3:
            return line, cells, list(sheet.rows[:position]), list(sheet.rows[position + 1 :])
    found = ", ".join(cell for _, cells in sheet.rows[:1] for cell in cells[:8] if cell)
    raise EngelsInputError(
        sheet.where,
        f"no header: no column is named like a row and {' '.join(needed)} stand in no line of the "
        f"first {HEADER_WITHIN}"
        + (f"; line {sheet.rows[0][0]} begins {shown(found)}" if sheet.rows else "; it is empty"),
        "one row must have code, name_en, name_zh, the codes of the sectors and of final use",
    )


def _left(
    header: list[str], above: list[Row], below: list[Row], sheet: Sheet, line: int
) -> tuple[int, dict[str, int], list[str]]:
    """Positions of the codes and of the names: by headings, else by what stands there."""
    first = min(
        at
        for at, cell in enumerate(header)
        if cell.upper() in PRINTED_COLUMNS or _digits_only(cell)
    )
    places: dict[str, int] = {}
    for at in range(len(header)):
        heading = header[at]
        if not heading and at < first:  # merged over several rows: its text is in the first
            heading = next((row[at] for _, row in reversed(above) if at < len(row) and row[at]), "")
        plain = "".join(c for c in heading.casefold() if c.isalnum())
        for kind, spellings in HEADINGS.items():
            if plain in spellings and kind not in places and heading.upper() not in PRINTED_COLUMNS:
                places[kind] = at
                break
    codes = {cell for cell in header if cell}
    notes = []
    if "code" not in places:
        counts = {
            at: sum(_cell(cells, at) in codes for _, cells in below)
            for at in range(first)
            if at not in places.values()
        }
        best = max(counts, key=lambda at: counts[at], default=-1)
        if best < 0 or not counts[best]:
            raise EngelsInputError(
                f"{sheet.where}, line {line}, header",
                "no column code: no column on the left holds the codes of the header",
                "the rows need the codes of the sectors too, in a column headed code",
            )
        places["code"] = best
        notes.append(f"codes of the rows are read from column {best + 1}")
    code_at = places.pop("code")
    for at in range(first):
        if places.keys() >= {"name_en", "name_zh"}:
            break
        if at == code_at or at in places.values():
            continue
        texts = [_cell(cells, at) for _, cells in below]
        if not any(texts) or any(number(text) is not None for text in texts):
            continue
        kind = "name_zh" if any(_chinese(text) for text in texts) else "name_en"
        if kind not in places and not header[at]:
            places[kind] = at
            notes.append(f"names are read from column {at + 1}")
    if not places:
        raise EngelsInputError(
            f"{sheet.where}, line {line}, header",
            "no column name_en or name_zh",
            "codes alone do not tell the list of sectors: give their names in name_en or name_zh",
        )
    return code_at, places, notes


def _is_row(row: Row, code_at: int) -> bool:
    """A row with a code and with figures or blanks to be figures: not a note below the table."""
    _, cells = row
    return bool(_cell(cells, code_at)) and len([c for c in cells if c]) > 2


def _no_figures_without_code(
    below: list[Row], header: list[str], left: set[int], where: str, header_line: int
) -> None:
    """Refuse a figure in a column without a heading, and figures in a row without a code."""
    code_at = min(left, key=lambda at: at)
    for line, cells in below:
        figures = [
            at for at, text in enumerate(cells) if at not in left and number(text) is not None
        ]
        stray = [at for at in figures if at >= len(header) or not header[at]]
        if stray:
            raise EngelsInputError(
                f"{where}, line {line}",
                f"{shown(cells[stray[0]])} in column {stray[0] + 1}, which has no code in line "
                f"{header_line}",
                "a code over each column of figures",
            )
        if figures and not any(_cell(cells, at) for at in left):
            raise EngelsInputError(
                f"{where}, line {line}",
                f"figures ({shown(cells[figures[0]])}, …) in a row without a code",
                f"a code in column {code_at + 1}",
            )


def _complete(
    columns: dict[str, int],
    lines: dict[str, int],
    sectors: tuple[str, ...],
    header: str,
    where: str,
) -> None:
    """Rows and columns complete, and none that would be dropped without a word."""
    if not sectors:
        raise EngelsInputError(
            where,
            "no column is named like a row",
            "sector codes must name both the rows and the columns",
        )
    required = [code for code, (_, needed) in PRINTED_COLUMNS.items() if needed]
    known = {*sectors, *PRINTED_COLUMNS, *PRINTED_SUBTOTALS}
    absent = [code for code in required if code not in columns]
    unknown = [code for code in columns if code not in known]
    if absent or unknown:
        raise EngelsInputError(
            f"{header}, header",
            "; ".join(
                f"{word} column {', '.join(_short(found))}"
                for word, found in (("no", absent), ("unknown", unknown))
                if found
            ),
            "columns are code, name_en, name_zh, the sectors (each with a row of its own) and "
            + ", ".join(PRINTED_COLUMNS),
        )
    required = [code for code, (_, needed) in PRINTED_ROWS.items() if needed]
    absent = [code for code in required if code not in lines]
    unknown = [code for code in lines if code not in {*sectors, *PRINTED_ROWS}]
    if absent or unknown:
        at = f", line {lines[unknown[0]]}" if unknown else ""
        raise EngelsInputError(
            f"{where}{at}, column code",
            "; ".join(
                f"{word} row {', '.join(_short(found))}"
                for word, found in (("no", absent), ("unknown", unknown))
                if found
            ),
            f"rows are the {len(sectors)} sectors of the header (each with a column of its own) and "
            + ", ".join(PRINTED_ROWS),
        )


def _width(codes: list[str]) -> tuple[int, list[str]]:
    """Digits of the longest code that is a number; Excel drops the zeros in front of the others."""
    digits = [code for code in codes if _digits_only(code)]
    width = max((len(code) for code in digits), default=0)
    short = [code for code in digits if len(code) < width]
    note = (
        f"codes without their zeros in front are read with them ({short[0]} as {short[0].zfill(width)})"
        if short
        else ""
    )
    return width, [note] if note else []


def _short(codes: list[str]) -> list[str]:
    return [shown(code, 30)[1:-1] for code in codes[:5]] + (["..."] if len(codes) > 5 else [])


def _digits_only(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _cell(cells: list[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
