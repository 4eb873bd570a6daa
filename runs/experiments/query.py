"""Reading the store of a batch: SQL (DuckDB) and pandas.

``points``: the plan (number, point, scenario, the varied values, columns of the design) and what became of
each point (status, reason, seconds, residual …; status ``missing`` where it was not tried yet).
``results``: number, point, scenario, variable, sector, group, year, value, reference, deviation (per
cent of the reference; points for shares and rates), unit. ``wide``: one row for every solved point and
year, with the varied values and a column of values for every figure that is kept, named ``variable``,
``variable.sector`` or ``variable.group`` (and ``.figure`` after it where something varied has that name);
``wide_deviation`` is the same with deviations.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from engels.data import EngelsInputError
from engels.runs.experiments.store import MANIFEST, PLAN, check_store, part_files
from engels.runs.measures import IN_POINTS

VIEWS = ("points", "results", "wide", "wide_deviation")


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views of a store; nothing is copied.

    Raises EngelsInputError where the folder is no store.
    """
    check_store(folder)
    database = duckdb.connect()
    plan = _quoted(folder / PLAN)
    varied = columns(folder)
    database.execute(
        f"""
        create view points as
        select p.*, coalesce(t.status, 'missing') as status, t.* exclude (point, status)
        from read_parquet({plan}, hive_partitioning = false) p
        left join ({_files(folder, "points")}) t on p.point = t.point
        """
    )
    shares = " or ".join(f"starts_with(r.unit, {_text(u)})" for u in IN_POINTS)
    database.execute(
        f"""
        create view results as
        select p.number, r.point, p.scenario, r.variable, r.sector, r."group", r.year, r.value,
               r.reference,
               case when {shares} then 100 * (r.value - r.reference)
                    else 100 * (r.value / nullif(r.reference, 0) - 1) end as deviation,
               r.unit
        from ({_files(folder, "results")}) r
        join read_parquet({plan}, hive_partitioning = false) p on p.point = r.point
        """
    )
    for view, column in (("wide", "value"), ("wide_deviation", "deviation")):
        database.execute(_wide(database, view, column, varied))
    return database


def columns(folder: Path) -> list[str]:
    """The columns of the plan after number, point and scenario: varied values, then the design's."""
    said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["columns"]
    return [*said["varied"], *said["design"]]


def _wide(database: duckdb.DuckDBPyConnection, view: str, column: str, varied: list[str]) -> str:
    series = database.execute(
        """
        select distinct variable, sector, "group" from results order by variable, sector, "group"
        """
    ).fetchall()
    taken = {c.lower() for c in ("number", "point", "scenario", "year", *varied)}

    def figure(variable: str, sector: str, group: str) -> str:
        name = ".".join(x for x in (variable, sector, group) if x)
        return f"{name}.figure" if name.lower() in taken else name

    chosen = "".join(
        f""",
        max({column}) filter (variable = {_text(v)} and sector = {_text(s)} and "group" = {_text(g)})
            as {_name(figure(v, s, g))}"""
        for v, s, g in series
    )
    own = "".join(f", {_name(c)}" for c in varied)
    return f"""
        create view {view} as
        select p.number, p.point, p.scenario{own}, w.* exclude (number)
        from (select number, year{chosen} from results group by number, year) w
        join points p on p.number = w.number
        order by p.number, w.year
        """


def _files(folder: Path, table: str) -> str:
    """The files of a table that count, as something to select from."""
    from engels.runs.experiments.layout import POINTS, RESULTS

    files = part_files(folder, table)
    if files:
        listed = ", ".join(_quoted(f) for f in files)
        return f"select * from read_parquet([{listed}], hive_partitioning = false)"
    schema = POINTS if table == "points" else RESULTS
    kinds = {"string": "varchar", "double": "double", "int64": "bigint", "int32": "integer"}
    empty = ", ".join(f"null::{kinds[str(f.type)]} as {_name(f.name)}" for f in schema)
    return f"select {empty} where false"


def _quoted(path: Path) -> str:
    return _text(str(path))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def query(folder: Path, sql: str) -> pd.DataFrame:
    """The answer of a store to a query. Raises EngelsInputError with DuckDB's word in one line."""
    with connect(folder) as database:
        try:
            answer = database.sql(sql)
            return pd.DataFrame() if answer is None else answer.df()
        except duckdb.Error as error:
            first = " ".join(str(error).splitlines()[0].split())
            raise EngelsInputError(f"query: {first}; the views are {', '.join(VIEWS)}") from None


def failures(folder: Path) -> list[tuple[int, str]]:
    """Number and reason of the failed points."""
    with connect(folder) as database:
        found: list[Any] = database.execute(
            "select number, reason from points where status = 'failed' order by number"
        ).fetchall()
    return [(int(n), str(r)) for n, r in found]
