"""The store of a batch for other programs: Excel, CSV, Stata, GAMS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from engels.data import EngelsInputError
from engels.runs.experiments.query import connect, query

Tables = Mapping[str, pd.DataFrame]

SHEET_ROWS = 1_048_575
"""Rows of an Excel sheet below its heading."""
SHEET_COLUMNS = 16_384
STATA_NAME = 32
"""Characters of a name in Stata."""


def export_store(folder: Path, to: str, out: Path, sql: str | None = None) -> list[Path]:
    """Write a store, or the answer to a query, in another format; the files are returned.

    Raises EngelsInputError: unknown format, a table that the format cannot hold, a library that is missing.
    """
    writer = WRITERS.get(to)
    if writer is None:
        raise EngelsInputError(f"--to: unknown format {to!r}; it is {', '.join(WRITERS)}")
    tables: dict[str, pd.DataFrame]
    if sql is not None:
        tables = {"answer": query(folder, sql)}
    else:
        with connect(folder) as database:
            tables = {
                view: database.sql(f"select * from {view}").df()
                for view in ("points", "results", "wide")
            }
    try:
        out.mkdir(parents=True, exist_ok=True)
        return writer(tables, out)
    except PermissionError as error:
        raise EngelsInputError(
            f"{error.filename or out}: cannot be written; choose another folder with --out"
        ) from None


def _csv(tables: Tables, out: Path) -> list[Path]:
    files = []
    for name, table in tables.items():
        files.append(out / f"{name}.csv")
        table.to_csv(files[-1], index=False, lineterminator="\n")
    return files


def _xlsx(tables: Tables, out: Path) -> list[Path]:
    """A workbook with a sheet for each table; figures beyond a sheet are left to ``wide``."""
    fitting = {
        n: t for n, t in tables.items() if len(t) <= SHEET_ROWS and len(t.columns) <= SHEET_COLUMNS
    }
    if any(name not in fitting for name in tables if name != "results"):
        big = next(n for n in tables if n not in fitting and n != "results")
        raise EngelsInputError(
            f"{big}",
            f"has {len(tables[big]):,} rows and {len(tables[big].columns):,} columns, more than a sheet",
            "choose with --query, or write --to csv",
        )
    path = out / f"{_stem(tables)}.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in fitting.items():
            table.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
    return [path]


def _dta(tables: Tables, out: Path) -> list[Path]:
    """A file of Stata for each table; variables whose names Stata would refuse keep theirs as labels."""
    files = []
    for name, table in tables.items():
        files.append(out / f"{name}.dta")
        names = stata_names([str(c) for c in table.columns])
        plain = table.rename(columns=names)
        for column in plain:
            if pd.api.types.is_bool_dtype(plain[column]):
                plain[column] = plain[column].astype("int8")
            elif not pd.api.types.is_numeric_dtype(plain[column]):
                plain[column] = plain[column].fillna("").astype(str).astype(object)
            elif pd.api.types.is_integer_dtype(plain[column]) and plain[column].isna().any():
                plain[column] = plain[column].astype("float64")
        labels = {new: old[:80] for old, new in names.items() if new != old}
        plain.to_stata(files[-1], write_index=False, version=118, variable_labels=labels)
    return files


def stata_names(names: list[str]) -> dict[str, str]:
    """A name that Stata takes for each column: letters, digits and _, no longer than 32, none twice."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        if not plain or plain[0].isdigit():
            plain = f"_{plain}"
        short, number = plain[:STATA_NAME], 1
        while short.lower() in taken:
            number += 1
            short = f"{plain[: STATA_NAME - len(str(number)) - 1]}_{number}"
        taken.add(short.lower())
        found[name] = short
    return found


def _gdx(tables: Tables, out: Path) -> list[Path]:
    """One file of GAMS: the parameters ``results`` (point, variable, sector, group, year), its
    ``reference``, and ``varied`` (point, what varies); the set ``failed`` with reasons."""
    try:
        import gams.transfer as gt
        import gamspy_base
    except ImportError:
        raise EngelsInputError(
            "--to gdx: needs GAMS transfer; run .venv/bin/python -m pip install gamsapi gamspy-base"
        ) from None
    if "results" not in tables:
        raise EngelsInputError(
            "--to gdx: writes whole stores; leave out --query, or write --to csv"
        )
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
    path = out / f"{_stem(tables)}.gdx"
    container.write(str(path))
    return [path]


def _stem(tables: Tables) -> str:
    return "batch" if "results" in tables else next(iter(tables))


WRITERS: dict[str, Callable[[Any, Path], list[Path]]] = {
    "xlsx": _xlsx,
    "csv": _csv,
    "dta": _dta,
    "gdx": _gdx,
}
"""Formats by the name that ``--to`` takes."""
