"""Tables that a spreadsheet opens: text stays text, and numbers stay numbers.

Names of sectors, scenarios and values come from users' files. A spreadsheet takes a cell of a CSV that
begins with one of :data:`SIGNS` for a formula and works it out, and formulas can start programs. Such text
is written with an apostrophe before it, which spreadsheets take for "this is text" (OWASP, CSV Injection).
A workbook says of each cell what it is: there text is text without an apostrophe.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from engels.data import EngelsInputError

SIGNS = "=+-@\t\r\n＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula."""

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", flags=re.ASCII)

SHEET_ROWS = 1_048_575
"""Rows of an Excel sheet below its heading."""
SHEET_COLUMNS = 16_384
CELL = 32_767
"""Characters of a cell."""
EXACT = 2**53
"""Whole numbers beyond it lose digits in a workbook and are written as text."""


def as_text(value: object) -> object:
    """A cell as a spreadsheet should read it: text that would be a formula gets an apostrophe.

    Lines in it end with a line feed, for a bare carriage return would end the row.
    """
    if not isinstance(value, str):
        return value
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if len(value) < 2 or value[0] not in SIGNS or NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose text and headings no spreadsheet takes for formulas."""
    changed = {
        name: column.map(as_text, na_action="ignore")
        for name, column in table.items()
        if not pd.api.types.is_numeric_dtype(column)
        and not pd.api.types.is_datetime64_any_dtype(column)
    }
    safe = table.copy(deep=False)
    for name, column in changed.items():
        # the same table, to the byte, where nothing was to be done
        if not column.equals(table[name]):
            safe[name] = column
    return safe.rename(columns=as_text)


def csv_text(table: pd.DataFrame) -> str:
    """A table as the text of a CSV, without its index; see :func:`without_formulas`."""
    return str(without_formulas(table).to_csv(index=False, lineterminator="\n"))


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, without its index; see :func:`without_formulas`."""
    without_formulas(table).to_csv(path, index=False, lineterminator="\n")


def fits(name: str, rows: int, columns: int) -> None:
    """Raise EngelsInputError where a table is larger than a sheet."""
    if rows > SHEET_ROWS or columns > SHEET_COLUMNS:
        raise EngelsInputError(
            f"{name}",
            f"has {rows:,} rows and {columns:,} columns; a sheet of a workbook holds {SHEET_ROWS:,} "
            f"and {SHEET_COLUMNS:,}",
            "choose some with --query, or write --to csv; nothing was written",
        )


def write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write a workbook with a sheet for each table; numbers have 16 digits there.

    Raises EngelsInputError, before anything is written, where a sheet or a cell cannot hold what it should.
    """
    from openpyxl import Workbook  # type: ignore[import-untyped]
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
    from openpyxl.styles import Font  # type: ignore[import-untyped]

    for name, table in tables.items():
        fits(name, len(table), len(table.columns))
        for heading, column in table.items():
            if not pd.api.types.is_numeric_dtype(column):
                longest = max((len(str(v)) for v in column), default=0)
                if longest > CELL:
                    raise EngelsInputError(
                        f"{name}",
                        f"column {heading!r} has a text of {longest:,} characters; a cell holds {CELL:,}",
                        "write --to csv",
                    )
    book = Workbook(write_only=True)
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"

        def cell(value: Any, sheet: Any = sheet) -> Any:
            plain = _cell_value(value)
            if not isinstance(plain, str):
                return plain
            made = WriteOnlyCell(sheet, value=plain)
            # "=1+1" is no formula and "#N/A" no error, now and when the cell is edited
            if made.data_type != "s":
                made.data_type = "s"
            made.quotePrefix = plain != as_text(plain)
            return made

        headings = [cell(str(c)) for c in table.columns]
        for heading in headings:
            heading.font = Font(bold=True)
        sheet.append(headings)
        for row in _rows(table):
            sheet.append([cell(v) for v in row])
    book.save(path)


def _rows(table: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    columns = [c.astype(object).where(c.notna(), None).tolist() for _, c in table.items()]
    return zip(*columns, strict=True)


def _cell_value(value: Any) -> Any:
    """A value of Python that a workbook has a type for."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    # without characters that the format has no way to write down
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "�", str(value))
