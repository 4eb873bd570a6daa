"""Reading the store of a batch: SQL (DuckDB) and pandas.

``points``: the plan (number, point, scenario, the varied values, columns of the design) and what became of
each point (status, reason, seconds, residual …; status ``missing`` where it was not tried yet).
``results``: number, point, scenario, variable, sector, group, year, value, reference, deviation (per
cent of the reference; points for shares and rates), unit. ``wide``: one row for every solved point and
year, with the varied values and a column of values for every figure that is kept, named ``variable``,
``variable.sector`` or ``variable.group`` (and ``.figure`` after it where something varied has that name);
``wide_deviation`` is the same with deviations.

A query may be a stranger's. DuckDB is therefore handed the store's tables and cannot open a file itself: it
reads, writes, attaches and installs nothing, its settings are locked, and one statement that selects is
all it is given. What runs away ends: by time, and by the memory that is free.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from engels.data import EngelsInputError
from engels.runs.experiments.samples import read_manifest
from engels.runs.experiments.store import MANIFEST, PLAN, TABLES, check_store, part_files
from engels.runs.indicators.deviations import IN_POINTS

VIEWS = ("points", "results", "wide", "wide_deviation")

SECONDS = 300.0
"""A query that takes longer is ended, unless its caller says otherwise."""

AGAIN = "run `engels batch` with its file again, or restore the store from a copy"
"""What to do about a store that is not whole."""

LOCKS = (
    "set temp_directory = ''",  # what does not fit into memory is refused, not put on the disk
    "set python_enable_replacements = false",  # a name is never a variable of this program
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)
"""What shuts DuckDB in. The last locks the others."""

SELECTS = frozenset(
    (
        "select",
        "from",
        "with",
        "values",
        "table",
        "pivot",
        "unpivot",
        "describe",
        "show",
        "summarize",
    )
)
"""First words of statements that only select. To DuckDB a pivot is several statements."""


@contextmanager
def connect(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the views of a store, shut in; nothing is copied but the plan.

    Raises EngelsInputError where the folder is no store or parts of it are missing or damaged, also where
    that is found while the connection is used.
    """
    check_store(folder)
    parts = {table: _parts(folder, table) for table in TABLES}
    plan = pq.read_table(folder / PLAN, partitioning=None)
    varied = columns(folder)
    if gone := [c for c in varied if c not in plan.column_names]:
        raise EngelsInputError(f"{folder / PLAN}", f"lacks the column {gone[0]!r}", AGAIN)
    with duckdb.connect() as database:
        database.execute(f"set memory_limit = '{_most_memory() // 2**20} MiB'")
        for lock in LOCKS:
            database.execute(lock)
        database.register("stored_plan", plan)
        for table, part in parts.items():
            database.register(f"stored_{table}", part)
        try:
            _make_views(database, varied)
            yield database
        except duckdb.Error as error:
            if "registered as 'stored_" in str(error):
                _blame(folder)
            raise


def _blame(folder: Path) -> None:
    """Raise EngelsInputError for the first file of a store that cannot be read to its end."""
    for table in TABLES:
        for file in part_files(folder, table):
            try:
                pq.read_table(file, partitioning=None)
            except (OSError, pa.ArrowException):
                raise EngelsInputError(f"{file}", "is damaged", AGAIN) from None


def _parts(folder: Path, table: str) -> Any:
    """The files of a table that count, as one Arrow data set."""
    schema = TABLES[table]
    files = [str(f) for f in part_files(folder, table)]
    return ds.dataset(files, schema=schema, format="parquet") if files else schema.empty_table()


def _make_views(database: duckdb.DuckDBPyConnection, varied: Sequence[str]) -> None:
    database.execute(
        """
        create view points as
        select p.*, coalesce(t.status, 'missing') as status, t.* exclude (point, status)
        from stored_plan p left join stored_points t on p.point = t.point
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
        from stored_results r join stored_plan p on p.point = r.point
        """
    )
    series = database.execute(
        """
        select distinct variable, sector, "group" from results order by variable, sector, "group"
        """
    ).fetchall()
    for view, column in (("wide", "value"), ("wide_deviation", "deviation")):
        database.execute(_wide(view, column, varied, series))


def columns(folder: Path) -> list[str]:
    """The columns of the plan after number, point and scenario: varied values, then the design's.

    Raises EngelsInputError where the manifest is missing, damaged or does not say.
    """
    try:
        said = read_manifest(folder)["columns"]
        return [str(c) for c in (*said["varied"], *said["design"])]
    except (KeyError, TypeError):
        raise EngelsInputError(
            f"{folder / MANIFEST}", "does not say what the columns of the plan are", AGAIN
        ) from None


def _wide(
    view: str, column: str, varied: Sequence[str], series: Sequence[tuple[str, str, str]]
) -> str:
    # SQL has one case
    taken = {c.lower() for c in ("number", "point", "scenario", "year", *varied)}

    def figure(variable: str, sector: str, group: str) -> str:
        name = ".".join(x for x in (variable, sector, group) if x)
        while name.lower() in taken:
            name += ".figure"
        taken.add(name.lower())
        return name

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


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def query(folder: Path, sql: str, seconds: float = SECONDS) -> pd.DataFrame:
    """The answer of a store to a query that selects.

    Raises EngelsInputError in one line: the store is not whole, the query does something else than select,
    is wrong (in DuckDB's words), takes longer than ``seconds``, or needs more memory than is free.
    """
    return _joined(list(chunks(folder, sql, seconds)))


def _joined(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]


def head(folder: Path, sql: str, rows: int, seconds: float = SECONDS) -> tuple[pd.DataFrame, int]:
    """The first rows of an answer, and how many there are; see :func:`query`. The rest is not kept."""
    kept: list[pd.DataFrame] = []
    total = 0
    for chunk in chunks(folder, sql, seconds, keep=False):
        if total < rows or not kept:
            kept.append(chunk.head(rows - total))
        total += len(chunk)
    return _joined(kept), total


def chunks(
    folder: Path, sql: str, seconds: float = SECONDS, *, keep: bool = True
) -> Iterator[pd.DataFrame]:
    """An answer piece by piece, one piece at least; see :func:`query`.

    ``keep``: the caller keeps what it is given, so that all of it has to fit into memory.
    """
    most = _most_memory() if keep else None
    with connect(folder) as database:
        yield from _ask(database, sql, seconds, most)


def _most_memory() -> int:
    """Bytes of memory that a query may take: half of what is free."""
    import psutil

    return max(int(psutil.virtual_memory().available) // 2, 2**28)


def _ask(
    database: duckdb.DuckDBPyConnection,
    sql: str,
    seconds: float,
    most: int | None,
) -> Iterator[pd.DataFrame]:
    size = 0
    try:
        statement = _selecting(database, sql)
        with _ended_after(database, seconds):
            database.execute(statement)
            while True:
                chunk = _fetch(database)
                if not len(chunk) and size:
                    return
                yield chunk
                if not len(chunk):
                    return
                size += int(chunk.memory_usage(index=False, deep=False).sum()) + 1
                if most is not None and size > most:
                    raise EngelsInputError(
                        f"query: the answer takes more than {most / 1e9:.1f} GB, half of the memory "
                        "that is free; select less of it"
                    )
    except duckdb.InterruptException:
        raise EngelsInputError(
            f"query: took longer than {seconds:g} seconds and was ended; select less, or allow more "
            "with --seconds"
        ) from None
    except duckdb.OutOfMemoryException:
        raise EngelsInputError("query: needs more memory than is free; select less") from None
    except duckdb.Error as error:
        if "registered as 'stored_" in str(error):
            raise
        raise EngelsInputError(f"query: {_first_line(error)}; {_hint(database, sql)}") from None


def _selecting(database: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The one statement of a query, which selects. Raises EngelsInputError for anything else."""
    statements = database.extract_statements(sql)
    if len(statements) != 1:
        what = f"holds {len(statements)} statements" if statements else "is empty"
        raise EngelsInputError(f"query: {what}; give one, such as select * from points")
    found = re.match(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(\w*)", sql, flags=re.DOTALL)
    word = found[1].lower() if found else ""
    kind = statements[0].type
    if word not in SELECTS or kind not in (
        duckdb.StatementType.SELECT,
        duckdb.StatementType.MULTI,
    ):
        name = kind.name if word in SELECTS else word.upper()
        raise EngelsInputError(
            f"query: {_cut(name, 20)} is refused, a store is only read; write select …"
        )
    return statements[0]


@contextmanager
def _ended_after(database: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, database.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _fetch(database: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    with warnings.catch_warnings():
        # DuckDB calls pandas in a way that pandas will give up
        warnings.simplefilter("ignore", DeprecationWarning)
        return database.fetch_df_chunk(50)


def _first_line(error: duckdb.Error) -> str:
    lines = str(error).splitlines()
    return _cut(" ".join(lines[0].split()) if lines else type(error).__name__, 200)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _hint(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What may help: names of columns that SQL takes for something else, or the views."""
    found: list[str] = []
    rows = database.execute(
        """
        select distinct column_name, column_name in (
            select keyword_name from duckdb_keywords() where keyword_category = 'reserved')
        from duckdb_columns() where not starts_with(table_name, 'stored_')
        """
    ).fetchall()
    for name, reserved in rows:
        plain = re.fullmatch(r"[A-Za-z_]\w*", name)
        if (reserved or not plain) and re.search(
            rf'(?<![\w."]){re.escape(name)}(?![\w."])', sql, flags=re.IGNORECASE
        ):
            found.append(name)
    if found:
        quoted = ", ".join(_name(n) for n in sorted(found)[:3])
        return f"in SQL such names stand in double quotes: {quoted}"
    return f"the views are {', '.join(VIEWS)}"


def failures(folder: Path) -> list[tuple[int, str]]:
    """Number and reason of the failed points."""
    with connect(folder) as database:
        found: list[Any] = database.execute(
            "select number, reason from points where status = 'failed' order by number"
        ).fetchall()
    return [(int(n), str(r)) for n, r in found]
