"""Finding, verifying and reading the files of this package, and the text files of users."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import stat
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from engels.data.errors import EngelsInputError, shown

FileLike = Path | Traversable

LARGEST = 64 * 2**20
"""Bytes a file may have. The largest table of a kind we know (31 provinces) is a third of it."""

LONGEST_LINE = 2**20  # characters; a row of 2,100 cells has 40,000

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
LARGEST_NUMBER = 1e20  # beyond any economy in any unit; sums of such cells stay finite
PLAIN_DIGITS = (
    "plain digits with a point, no thousands separator, and 0 rather than a blank (in Excel: "
    "format the cells as General)"
)

Row = tuple[int, list[str]]
"""Line of the file that a row begins in, from 1, and its cells without outer blanks."""

# First bytes -> what such a file is, and what to do with it.
SIGNATURES = {
    b"PK\x03\x04": ("is an Excel workbook", "save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": (
        "is a workbook of Excel before 2007, or one with a password",
        "save it as .xlsx without a password, or the sheet as CSV (UTF-8)",
    ),
    b"%PDF": ("is a PDF", "give the table as CSV or .xlsx"),
    b"\x1f\x8b": ("is compressed (gzip)", "unpack it first"),
    b"PAR1": ("is a Parquet file", "save the table as CSV (UTF-8)"),
}


def package_file(name: str) -> Traversable:
    """A file of the package, for example ``"io/2020-42.csv"``."""
    return files("engels.data").joinpath(*name.split("/"))


@cache
def load_catalogue() -> dict[str, Any]:
    """The catalogue of files: ``{"fields": ..., "files": {name: {"title": ..., ...}}}``."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where it exists
    text = package_file("catalogue.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=loader))


def checksum(content: bytes) -> str:
    """SHA-256 of a text file, the same under Windows line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_bytes(file: FileLike, where: str, what: str = "CSV") -> bytes:
    """Content of ``file``.

    Raises
    ------
    EngelsInputError
        For a file that is missing, unreadable, no ordinary file (a folder, a pipe, a device) or
        larger than :data:`LARGEST`; nothing of it is read then.
    """
    right = f"give the path of a readable {what}"
    try:
        if isinstance(file, Path):
            about = file.stat()
            if stat.S_ISDIR(about.st_mode):
                raise EngelsInputError(where, "cannot be read (is a folder)", right)
            if not stat.S_ISREG(about.st_mode):
                raise EngelsInputError(
                    where, "cannot be read (a pipe or a device, no ordinary file)", right
                )
            if about.st_size > LARGEST:
                raise EngelsInputError(
                    where,
                    f"has {about.st_size / 2**20:,.0f} MB",
                    f"a table has at most {LARGEST / 2**20:.0f} MB: is it the right file?",
                )
        return file.read_bytes()
    except FileNotFoundError as error:
        raise EngelsInputError(
            where, "no such file", f"give the path of an existing {what}"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, EngelsInputError):
            raise
        raise EngelsInputError(where, f"cannot be read ({reason})", right) from error


def decode(content: bytes, where: str) -> tuple[str, str]:
    """Text of a file, and a note where its encoding was not UTF-8 (else empty).

    UTF-8 with or without a mark, UTF-16 with a mark (Excel's "Unicode text"), and GB 18030 (Excel
    in Chinese) where the text comes out as common Chinese characters.

    Raises
    ------
    EngelsInputError
        For a workbook or another file that is no text, and for any other encoding.
    """
    for first, (what, right) in SIGNATURES.items():
        if content.startswith(first):
            raise EngelsInputError(where, what, right)
    note = ""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text, note = content.decode("utf-16"), "read as UTF-16"
        except UnicodeDecodeError as error:
            raise EngelsInputError(
                where, f"byte {error.start} is not UTF-8 nor UTF-16", "save the file as UTF-8"
            ) from error
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            chinese = _chinese(content)
            if chinese is None:
                raise EngelsInputError(
                    where,
                    f"byte {error.start} is not UTF-8, and as GB 18030 the file does not read as "
                    "Chinese",
                    "save the file as UTF-8",
                ) from error
            text, note = chinese, "read as GB 18030 (the file is not UTF-8)"
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise EngelsInputError(
            f"{where}, line {line}", "holds a NUL character", "save the table as a text file, UTF-8"
        )
    return text, note


def _chinese(content: bytes) -> str | None:
    """The content as GB 18030 if nearly all that is not ASCII is of the common set GB 2312."""
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    # A million characters tell it; few files have more.
    found = re.findall(r"[^\x00-\x7f]", text[:1_000_000]) or re.findall(r"[^\x00-\x7f]", text)
    common = sum(_common(character) for character in found)
    return text if found and common >= 0.95 * len(found) else None


def _common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def delimiter(text: str) -> str:
    """Comma, semicolon or tab: what stands most often in one of the first fifty lines."""
    lines = text[:1_000_000].splitlines()[:50]
    return max(",;\t", key=lambda mark: max((line.count(mark) for line in lines), default=0))


def read_rows(text: str, where: str) -> list[Row]:
    """Rows of a CSV that are not blank, with the lines they begin in.

    Raises
    ------
    EngelsInputError
        Where quotes do not match or a cell is longer than a cell can be.
    """
    longest = max((len(line) for line in text.splitlines()), default=0)
    if longest > LONGEST_LINE:
        raise EngelsInputError(
            where, f"has a line of {longest:,} characters", "a CSV table: one row of cells a line"
        )
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter(text), strict=True)
    rows: list[Row] = []
    first = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append((first, stripped))
            first = reader.line_num + 1
    except csv.Error as error:
        raise EngelsInputError(
            f"{where}, line {first}",
            f"not a CSV table ({error})",
            "quotes in pairs, one row a line",
        ) from error
    return rows


def read_frame(content: bytes, where: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Parse a CSV as text cells (nothing guessed, no cell turned into NaN).

    ``columns`` are the names the header must have, in any order; others may follow. The index of
    the frame is the line of the file that a row begins in.
    """
    text, _ = decode(content, where)
    rows = read_rows(text, where)
    if not rows:
        raise EngelsInputError(
            where,
            "not a CSV table (it is empty)",
            "one header line, then as many cells in each row",
        )
    header = list(rows[0][1])
    while not header[-1]:
        header.pop()
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise EngelsInputError(
            where, f"column {shown(doubled[0])} twice", "each name once in the header"
        )
    missing = [name for name in columns if name not in header]
    if missing:
        found = ", ".join(header[:12])
        raise EngelsInputError(
            where,
            f"no column {', '.join(missing)} (found: {found[:120]})",
            f"the header must have {', '.join(columns)}",
        )
    cells, lines = [], []
    for line, row in rows[1:]:
        while len(row) > len(header) and not row[-1]:
            row.pop()
        if len(row) != len(header):
            few = f"{len(row)} cells where the header has {len(header)}"
            many = f"more cells than the {len(header)} of the header"
            raise EngelsInputError(
                f"{where}, line {line}",
                f"not a CSV table ({many if len(row) > len(header) else few})",
                "one header line, then as many cells in each row",
            )
        cells.append(row)
        lines.append(line)
    return pd.DataFrame(cells, columns=header, index=lines, dtype=str)


def number(text: str) -> float | None:
    """The finite number that a cell holds, or None."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) <= LARGEST_NUMBER else None


def numbers(cells: pd.Series, where: str, labels: pd.Series | None = None) -> pd.Series:
    """Turn text cells into floats; a cell that is no finite number is refused by its line.

    The index of ``cells`` must be the lines of the file, as :func:`read_frame` makes it.
    """
    values = []
    for position, text in enumerate(cells):
        value = number(text)
        if value is None:
            label = f" ({labels.iloc[position]})" if labels is not None else ""
            raise EngelsInputError(
                f"{where}, line {cells.index[position]}{label}",
                f"{shown(text)} is not a number",
                PLAIN_DIGITS,
            )
        values.append(value)
    return pd.Series(values, index=cells.index, dtype=float)


def verified(name: str) -> bytes:
    """Content of a package file whose SHA-256 is the catalogue's.

    Raises
    ------
    EngelsInputError
        When the installed figures are not those that were checked when the package was made.
    """
    content = read_bytes(package_file(name), f"data/{name}")
    entry = load_catalogue()["files"].get(name)
    if entry is None:
        raise EngelsInputError(f"data/{name}", "not in data/catalogue.yaml", "add an entry for it")
    if checksum(content) != entry["sha256"]:
        raise EngelsInputError(
            f"data/{name}",
            "the file differs from the published figures (SHA-256 does not match the catalogue)",
            "restore it, and bring your own table with load_table_file or import_matrix",
        )
    return content
