"""The store of a batch for other programs: Excel, CSV, Stata, GAMS.

What a format cannot hold is said in one line, and nothing is written then: no table, row or digit is left out
unsaid. Files that were not written here are not replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from engels.data import EngelsInputError
from engels.data.files import checksum
from engels.runs.experiments.extras import optional
from engels.runs.experiments.query import SECONDS, connect, query
from engels.runs.store.ledger import Ledger
from engels.runs.store.spreadsheet import fits, write_csv, write_workbook

Tables = Mapping[str, pd.DataFrame]

LEDGER = "exported.json"
"""Which files of a folder were written here."""

STATA_NAME = 32
"""Characters of a name in Stata."""
STATA_COLUMNS, STATA_ROWS = 32_767, 2**31 - 1
STATA_TEXT = 2_000_000_000
STATA_LARGEST = 8.9884656743e307
"""What Stata holds: variables, observations, bytes of a text, size of a number."""
GAMS_LABEL = 63
"""Characters of a label in GAMS."""


def export_store(
    folder: Path, to: str, out: Path, sql: str | None = None, seconds: float = SECONDS
) -> list[Path]:
    """Write a store, or the answer to a query, in another format; the files are returned.

    Raises EngelsInputError: unknown format, a table that the format cannot hold, a library that is missing,
    a file of somebody else in the way.
    """
    form = FORMATS.get(to)
    if form is None:
        raise EngelsInputError(f"--to: unknown format {to[:40]!r}; it is {', '.join(FORMATS)}")
    if sql is not None:
        tables = {"answer": query(folder, sql, seconds)}
    else:
        _worth_exporting(folder, form)
        # points in the order of the plan
        tables = {
            "points": query(folder, "select * from points order by number", seconds),
            "results": query(folder, "select * from results", seconds),
            "wide": query(folder, "select * from wide", seconds),
        }
    names = form.files(tables)
    form.check(tables)
    ledger = Ledger(out, LEDGER)
    key = f"{to}-{_stem(tables)}"
    try:
        _refuse_to_replace(ledger, names)
        ledger.make(key, {}, lambda into: form.write(tables, into))
    except OSError as error:
        raise EngelsInputError(
            f"{error.filename or out}: cannot be written ({error.strerror}); choose another folder "
            "with --out"
        ) from None
    return [out / name for name in names]


def _worth_exporting(folder: Path, form: Format) -> None:
    """A store with figures, none of whose tables is larger than a sheet; said before they are read."""
    with connect(folder) as database:
        for view in ("points", "results", "wide"):
            found = database.sql(f"select * from {view}")
            rows = int(found.aggregate("count(*)").fetchall()[0][0])
            if view == "results" and not rows:
                raise EngelsInputError(
                    f"{folder}",
                    "has no solved point",
                    "see why with `engels query`, or choose what to write with --query",
                )
            if form is FORMATS["xlsx"]:
                fits(view, rows, len(found.columns))


def _refuse_to_replace(ledger: Ledger, names: list[str]) -> None:
    """Only files that this program wrote, and nobody changed, make way for new ones."""
    known = {n: h for entry in ledger.read().values() for n, h in entry.get("files", {}).items()}
    for name in names:
        path = ledger.folder / name
        if not path.exists():
            continue
        if name not in known or not path.is_file():
            what = "is there already and was not written by `engels export`"
        elif checksum(path.read_bytes()) != known[name]:
            what = "was changed since `engels export` wrote it"
        else:
            continue
        raise EngelsInputError(f"{path}", what, "move it away, or choose another folder with --out")


# --- CSV, Excel ---


def _csv(tables: Tables, into: Path) -> None:
    for name, table in tables.items():
        write_csv(table, into / f"{name}.csv")


def _xlsx(tables: Tables, into: Path) -> None:
    """A workbook with a sheet for each table."""
    write_workbook(tables, into / f"{_stem(tables)}.xlsx")


def _check_xlsx(tables: Tables) -> None:
    for name, table in tables.items():
        fits(name, len(table), len(table.columns))


# --- Stata ---


def _check_dta(tables: Tables) -> None:
    for name, table in tables.items():
        if len(table.columns) > STATA_COLUMNS or len(table) > STATA_ROWS:
            raise EngelsInputError(
                f"{name}",
                f"has {len(table):,} rows and {len(table.columns):,} columns; Stata holds "
                f"{STATA_ROWS:,} and {STATA_COLUMNS:,}",
                "choose some with --query, or write --to csv; nothing was written",
            )
        for column, values in table.items():
            if pd.api.types.is_float_dtype(values):
                with np.errstate(invalid="ignore"):
                    large = np.abs(values.to_numpy(dtype=float, na_value=np.nan)) > STATA_LARGEST
                if large.any():
                    raise EngelsInputError(
                        f"{name}",
                        f"column {column!r} holds {values[large].iloc[0]}, which Stata cannot",
                        "choose rows without it with --query, or write --to csv",
                    )


def _dta(tables: Tables, into: Path) -> None:
    """A file of Stata for each table; variables whose names Stata would refuse keep theirs as labels."""
    for name, table in tables.items():
        names = stata_names([str(c) for c in table.columns])
        plain = table.rename(columns=names)
        long = []
        for column in plain:
            values = plain[column]
            if pd.api.types.is_bool_dtype(values):
                plain[column] = values.astype("int8")
            elif not pd.api.types.is_numeric_dtype(values):
                text = values.map(str, na_action="ignore").astype(object).where(values.notna(), "")
                plain[column] = text
                if text.map(lambda t: len(str(t).encode())).max() > 2045:
                    long.append(column)
            elif pd.api.types.is_integer_dtype(values):
                # Stata's own whole numbers end at 2,147,483,620; larger ones are exact up to 2^53
                if values.isna().any() or (values.abs() > 2_147_483_620).any():
                    if (values.abs() > 2**53).any():
                        plain[column] = values.map(str).astype(object)
                    else:
                        plain[column] = values.astype("float64")
                elif str(values.dtype) not in ("int8", "int16", "int32"):
                    plain[column] = values.astype("int32")
        labels = {new: old[:80] for old, new in names.items() if new != old}
        plain.to_stata(
            into / f"{name}.dta",
            write_index=False,
            version=118,
            variable_labels=labels,
            convert_strl=long,
        )


@cache
def _stata_words() -> frozenset[str]:
    from pandas.io.stata import StataParser

    return frozenset(vars(StataParser())["RESERVED_WORDS"])


def stata_names(names: list[str]) -> dict[str, str]:
    """A name that Stata takes for each column: letters, digits and _, no longer than 32, no word of
    Stata's, none twice."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        reserved = plain in _stata_words() or re.fullmatch(r"str\d+", plain)
        if not plain or plain[0].isdigit() or reserved:
            plain = f"_{plain}"
        if plain in _stata_words():
            plain += "_"
        short, number = plain[:STATA_NAME], 1
        while short.lower() in taken:
            number += 1
            short = f"{plain[: STATA_NAME - len(str(number)) - 1]}_{number}"
        taken.add(short.lower())
        found[name] = short
    return found


# --- GAMS ---


def _check_gdx(tables: Tables) -> None:
    for module in ("gams.transfer", "gamspy_base"):
        optional(module, "gams", "--to gdx")
    if "results" not in tables:
        raise EngelsInputError(
            "--to gdx: writes whole stores; leave out --query, or write --to csv"
        )
    # GAMS has one case, and blanks at the end of a label count for nothing
    known: dict[str, str] = {}
    results = tables["results"]
    for column in ("variable", "sector", "group"):
        for label in results[column].unique():
            if (
                len(label) > GAMS_LABEL
                or label != label.rstrip()
                or ("'" in label and '"' in label)
            ):
                raise EngelsInputError(
                    f"{column} {label[:GAMS_LABEL]!r}",
                    f"is no label of GAMS (at most {GAMS_LABEL} characters, no blank at the end, one kind "
                    "of quotes)",
                    "write --to csv",
                )
            other = known.setdefault(label.lower(), label)
            if other != label:
                raise EngelsInputError(
                    f"{column} {label!r}",
                    f"is the same label to GAMS as {other!r}",
                    "write --to csv",
                )


def _gdx(tables: Tables, into: Path) -> None:
    """One file of GAMS: the parameters ``results`` (point, variable, sector, group, year), its
    ``reference``, and ``varied`` (point, what varies); the set ``failed`` with reasons."""
    import gams.transfer as gt
    import gamspy_base

    container = gt.Container(system_directory=gamspy_base.directory)
    results, points = tables["results"], tables["points"]
    keys = ["number", "variable", "sector", "group", "year"]
    # GAMS has no empty label
    cells = results[keys].astype(str).replace("", "-")
    domain = ["*"] * len(keys)
    said = (
        ("results", "value", "figures of the runs"),
        ("reference", "reference", "figures of what they are measured from"),
        ("deviation", "deviation", "per cent of the reference, points for shares"),
    )
    for name, column, text in said:
        records = cells.assign(value=results[column].astype(float)).dropna()
        gt.Parameter(container, name, domain, records=records, description=text)
    own = [
        c
        for c in points.columns[3 : list(points.columns).index("status")]
        if pd.api.types.is_numeric_dtype(points[c])
    ]
    if own:
        long = points.melt(id_vars="number", value_vars=own).astype({"number": str, "value": float})
        gt.Parameter(container, "varied", ["*", "*"], records=long, description="varied values")
    bad = points.loc[points["status"] == "failed", ["number", "reason"]].astype(str)
    if len(bad):
        bad["reason"] = bad["reason"].str.slice(0, 255)
        gt.Set(container, "failed", ["*"], records=bad, description="points without figures")
    container.write(str(into / f"{_stem(tables)}.gdx"))


def _stem(tables: Tables) -> str:
    return "batch" if "results" in tables else next(iter(tables))


@dataclass(frozen=True)
class Format:
    """A format: the ``files`` that it makes, what it cannot hold (``check``), and how it is written."""

    files: Callable[[Tables], list[str]]
    check: Callable[[Tables], None]
    write: Callable[[Tables, Path], None]


def _each(ending: str) -> Callable[[Tables], list[str]]:
    return lambda tables: [f"{name}.{ending}" for name in tables]


def _one(ending: str) -> Callable[[Tables], list[str]]:
    return lambda tables: [f"{_stem(tables)}.{ending}"]


def _anything(tables: Tables) -> None:
    pass


FORMATS: dict[str, Format] = {
    "xlsx": Format(_one("xlsx"), _check_xlsx, _xlsx),
    "csv": Format(_each("csv"), _anything, _csv),
    "dta": Format(_each("dta"), _check_dta, _dta),
    "gdx": Format(_one("gdx"), _check_gdx, _gdx),
}
"""Formats by the name that ``--to`` takes."""
