"""Finding, verifying and reading the files of this package."""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from engels.data.errors import EngelsInputError

FileLike = Path | Traversable


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


def read_bytes(file: FileLike, where: str) -> bytes:
    """Content of ``file``; a missing or unreadable file is an :class:`EngelsInputError`."""
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise EngelsInputError(where, "no such file", "give the path of an existing CSV") from error
    except OSError as error:
        raise EngelsInputError(
            where, f"cannot be read ({error.strerror})", "give the path of a readable CSV"
        ) from error


def read_frame(content: bytes, where: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Parse a CSV as text cells (nothing guessed, no cell turned into NaN).

    ``columns`` are the names the header must have, in any order; others may follow.
    """
    try:
        text = content.decode("utf-8-sig")
        header = next(csv.reader(StringIO(text)), [])
        frame = pd.read_csv(StringIO(text), dtype=str, na_filter=False)
    except UnicodeDecodeError as error:
        raise EngelsInputError(
            where, f"byte {error.start} is not UTF-8", "save the file as UTF-8"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise EngelsInputError(
            where, f"not a CSV table ({error})", "one header line, then as many cells in each row"
        ) from error
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise EngelsInputError(
            where, f"column {doubled[0]!r} twice", "each name once in the header"
        )
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes a surplus cell for an index
        raise EngelsInputError(
            f"{where}, line 2",
            f"more cells than the {len(header)} of the header",
            "one header line, then as many cells in each row",
        )
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise EngelsInputError(
            where,
            f"no column {', '.join(missing)} (found: {', '.join(map(str, frame.columns[:12]))})",
            f"the header must have {', '.join(columns)}",
        )
    return frame


def numbers(cells: pd.Series, where: str, labels: pd.Series | None = None) -> pd.Series:
    """Turn text cells into floats; a cell that is no finite number is refused by its line."""
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    bad = values.isna() | values.abs().eq(float("inf"))
    if bad.any():
        first = int(bad.to_numpy().argmax())
        label = f" ({labels.iloc[first]})" if labels is not None else ""
        raise EngelsInputError(
            f"{where}, line {first + 2}{label}",
            f"{cells.iloc[first]!r} is not a number",
            "plain digits with a point, no thousands separator, and 0 rather than a blank",
        )
    return values


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
