"""The cells of a user's table as text: from CSV in any usual dress, or from a workbook."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from engels.data.errors import EngelsInputError, shown
from engels.data.files import Row, decode, delimiter, read_bytes, read_rows

MOST_ROWS, MOST_COLUMNS = 2100, 2100
UNPACKED = 128 * 2**20  # bytes of a workbook without its compression

# What openpyxl raises for files that are no sound workbooks.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
)


@dataclass(frozen=True)
class Sheet:
    """Rows of one sheet that are not blank.

    ``notes`` say what had to be found out about the file (its encoding, its separator, the sheet).
    """

    where: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def read_sheets(path: Path, sheet: str | None = None) -> list[Sheet]:
    """The sheet of a CSV, or the sheets of a workbook (``sheet``: the one of that name).

    Raises
    ------
    EngelsInputError
        For a file that is neither, a broken workbook, a sheet that is not there, and beyond 2,100
        rows or columns.
    """
    where = str(path)
    content = read_bytes(path, where, "CSV or .xlsx")
    if content.startswith(b"PK\x03\x04"):
        found = _workbook(content, where, sheet)
    else:
        if sheet is not None:
            raise EngelsInputError(
                f"{where}, --sheet {shown(sheet)}", "the file is no workbook", "leave --sheet out"
            )
        text, note = decode(content, where)
        mark = delimiter(text)
        notes = [note] if note else []
        if mark != ",":
            notes.append(f"cells are separated by {'tabs' if mark == chr(9) else 'semicolons'}")
        found = [Sheet(where, tuple(read_rows(text, where)), tuple(notes))]
    for one in found:
        wide = max((len(cells) for _, cells in one.rows), default=0)
        if len(one.rows) > MOST_ROWS or wide > MOST_COLUMNS:
            raise EngelsInputError(
                one.where,
                f"{len(one.rows)} rows and {wide} columns",
                f"a table has at most {MOST_ROWS} of each",
            )
    return found


def _workbook(content: bytes, where: str, wanted: str | None) -> list[Sheet]:
    """Sheets of an .xlsx; formulas by the values that Excel stored with them."""
    import openpyxl  # type: ignore[import-untyped]

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > UNPACKED:
            raise EngelsInputError(
                where,
                f"the workbook unpacks to {unpacked / 2**20:,.0f} MB",
                f"at most {UNPACKED / 2**20:.0f} MB: save the sheet of the table on its own",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of Excel that do not touch cells
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                names = [str(name) for name in book.sheetnames]
                if wanted is not None and wanted not in names:
                    raise EngelsInputError(
                        f"{where}, --sheet {shown(wanted)}",
                        "no such sheet",
                        f"one of {shown(', '.join(names), 200)[1:-1]}",
                    )
                chosen = [name for name in names if wanted in (None, name)]
                return [_cells(book[name], f"{where}, sheet {name}", name) for name in chosen]
            finally:
                book.close()
    except EngelsInputError:
        raise
    except _BROKEN as error:
        raise EngelsInputError(
            where,
            f"not a sound workbook ({shown(str(error) or type(error).__name__)[1:-1]})",
            "open it in Excel and save it again as .xlsx, or save the sheet as CSV (UTF-8)",
        ) from error


def _cells(sheet: Any, where: str, name: str) -> Sheet:
    rows: list[Row] = []
    if not hasattr(sheet, "iter_rows"):  # a sheet that is one chart
        return Sheet(where, (), ())
    # Stated sizes are not trusted: some writers leave them out or put A1 there.
    sheet.reset_dimensions()
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append((line, cells))
        if len(rows) > MOST_ROWS or len(cells) > MOST_COLUMNS or line > 100 * MOST_ROWS:
            raise EngelsInputError(
                where, f"more than {MOST_ROWS} rows or columns", f"at most {MOST_ROWS} of each"
            )
    return Sheet(where, tuple(rows), (f"read from sheet {name}",))


def _text(value: object) -> str:
    """A cell as text; a number by the shortest text that reads back as it."""
    if value is None:
        return ""
    if isinstance(value, bool | datetime.date | datetime.time | datetime.timedelta):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).replace("\0", " ").strip()
