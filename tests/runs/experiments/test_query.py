"""Asking a store: what SQL may do, what it may not, and what is said of stores that are not whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engels.data import EngelsInputError
from engels.runs.experiments.query import head, query

from .conftest import hand_made

if TYPE_CHECKING:
    from tests.conftest import Engels


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return hand_made(tmp_path / "store")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, byte for byte."""
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


HOSTILE = (
    "copy (select 1) to 'made.csv'",
    "copy points to '{store}/points/new-000001.parquet' (format parquet)",
    "copy (select 1) to '{store}/index.json'",
    "with x as (select 1) select * from x; copy (select 1) to 'made.csv'",
    "select 1; select 2",
    "export database 'made'",
    "import database 'made'",
    "attach 'made.db'",
    "attach '{store}/index.json' as x",
    "create table x as select 1",
    "create or replace view points as select 1",
    "create table x as pivot points on status using count(*)",
    "drop view points",
    "insert into points select * from points",
    "delete from points",
    "update points set status = 'solved'",
    "alter view points rename to x",
    "with x as (select 1) insert into points select * from x",
    "install httpfs",
    "force install httpfs",
    "load httpfs",
    "load '{store}/index.json'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "set home_directory = '/tmp'",
    "pragma enable_profiling",
    "pragma database_list",
    "call enable_logging(storage = 'file', storage_config = {{'path': 'made'}})",
    "create secret x (type s3, key_id 'a', secret 'b')",
    "create persistent secret x (type s3, key_id 'a', secret 'b')",
    "checkpoint",
    "vacuum",
    "prepare x as select 1",
    "explain analyze copy (select 1) to 'made.csv'",
    "begin transaction",
    "use memory",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_csv('{store}/batch.yaml')",
    "select * from read_json('{store}/index.json')",
    "select * from read_parquet('{store}/plan.parquet')",
    "select * from parquet_metadata('{store}/plan.parquet')",
    "select * from '{store}/plan.parquet'",
    "from '/etc/passwd'",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/etc/*')",
    "select * from read_text('https://example.org/')",
    "select getenv('HOME')",
    "select * from duckdb_secrets()",
    "select * from query('copy (select 1) to ''made.csv''')",
    "select * from enable_logging('all')",
    "select * from arrow_scan(1, 2, 3)",
    "select * from sqlite_scan('made.db', 'x')",
    "",
    "   ",
    "-- nothing",
    "select",
    "select $1",
    "\x00",
    "select '",
)


@pytest.mark.parametrize("sql", HOSTILE)
def test_a_query_only_selects(
    sql: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(EngelsInputError) as caught:
        query(store, sql.format(store=store))
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert line.startswith("query: ")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "sql", ["copy (select 1) to 'made.csv'", "from '/etc/passwd'", "drop view wide"]
)
def test_the_commands_refuse_it_too(sql: str, store: Path, engels: Engels, tmp_path: Path) -> None:
    before = contents(tmp_path)
    for command in (
        ("query", str(store), sql),
        ("export", str(store), "--to", "csv", "--query", sql),
    ):
        code, out, err = engels(*command)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert err.startswith("query: ")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select * from points", 2),
        ("  (select 1 as a) ", 1),
        ("-- all\nfrom points", 2),
        ("/* all */ with x as (select * from results) select * from x;", 4),
        ("values (1), (2)", 2),
        ("table points", 2),
        ("describe points", 15),
        ("pivot results on year using first(value) group by number", 2),
        ("select * from (pivot points on status using count(*))", 2),
        ("summarize wide", 6),
        ('select "group" from results where false', 0),
    ],
)
def test_whatever_selects_is_answered(sql: str, rows: int, store: Path) -> None:
    assert len(query(store, sql)) == rows


def test_names_of_this_program_are_no_tables(store: Path) -> None:
    import pandas as pd

    secret = pd.DataFrame({"a": [1]})
    with pytest.raises(EngelsInputError, match="secret"):
        query(store, "select * from secret")
    assert len(secret) == 1


@pytest.mark.parametrize(
    ("sql", "quoted"),
    [
        ("select group from results", '"group"'),
        ("select order from points", '"order"'),
        ("select elasticities.chips from points", '"elasticities.chips"'),
    ],
)
def test_names_that_sql_takes_for_something_else(
    sql: str, quoted: str, tmp_path: Path, engels: Engels
) -> None:
    folder = hand_made(tmp_path / "store", varied=("order", "elasticities.chips"))
    code, _, err = engels("query", str(folder), sql)
    assert (code, len(err.splitlines())) == (2, 1)
    assert f"in SQL such names stand in double quotes: {quoted}" in err
    assert len(query(folder, sql.replace(quoted.strip('"'), quoted))) > 0


def test_a_query_that_runs_away_is_ended(store: Path) -> None:
    with pytest.raises(EngelsInputError, match=r"query: took longer than 0\.3 seconds"):
        query(store, "select count(*) from range(1000000000) a, range(1000000) b", 0.3)
    with pytest.raises(EngelsInputError, match=r"query: took longer than 0\.3 seconds"):
        head(store, "select * from range(1000000000000)", 5, 0.3)


def test_an_answer_larger_than_the_memory_is_refused(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engels.runs.experiments import query as module

    monkeypatch.setattr(module, "_most_memory", lambda: 2**27)
    with pytest.raises(EngelsInputError, match=r"query: the answer takes more than 0\.1 GB"):
        query(store, "select * from range(1000000000000)")
    with pytest.raises(EngelsInputError, match="query: needs more memory than is free"):
        query(store, "select list(range) from range(100000000)")


def test_the_first_rows_and_how_many_there_are(store: Path, engels: Engels) -> None:
    first, total = head(store, "select * from range(100000)", 3)
    assert (first["range"].tolist(), total) == ([0, 1, 2], 100000)
    code, out, _ = engels("query", str(store), "select * from range(10)", "--rows", "4")
    assert code == 0
    assert out.splitlines()[-1].startswith("… 6 more rows; --rows shows more")


def test_figures_and_what_varies_never_share_a_column(tmp_path: Path) -> None:
    """Names are the same to SQL whatever their case."""
    folder = hand_made(tmp_path / "store", varied=("GDP_real", "gdp_real.figure"))
    wide = query(folder, "select * from wide")
    assert [c for c in wide.columns if c.lower().startswith("gdp")] == [
        "GDP_real",
        "gdp_real.figure",
        "gdp_real.figure.figure",
    ]
    assert wide["gdp_real.figure.figure"].tolist() == [1.0, 2.0, 3.0, 4.0]


def _no_store(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.csv").write_text("a,b\n")


def _a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("x")


def _gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _filled(name: str, text: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(text) and None


def _part(table: str, change: Callable[[Path], object]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        (file,) = (folder / table).glob("*.parquet")
        change(file)

    return do


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _another_page(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8:60] = bytes(x ^ 0x5A for x in content[8:60])
    file.write_bytes(content)


def _of_another(file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), file)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no store": _no_store,
    "a file": _a_file,
    "not there": shutil.rmtree,
    "no index": _gone("index.json"),
    "index": _filled("index.json", b"[1"),
    "no plan": _gone("plan.parquet"),
    "plan": _filled("plan.parquet", b"PAR1"),
    "no manifest": _gone("manifest.json"),
    "manifest": _filled("manifest.json", b"[1, 2"),
    "manifest of nothing": _filled("manifest.json", b"[]"),
    "manifest without columns": _filled("manifest.json", b"{}"),
    "manifest with other columns": _filled(
        "manifest.json", b'{"design": "lhs", "columns": {"varied": ["q"], "design": []}}'
    ),
    "no results": _part("results", Path.unlink),
    "no points": _part("points", Path.unlink),
    "results cut short": _part("results", _cut_short),
    "points cut short": _part("points", _cut_short),
    "a page of results": _part("results", _another_page),
    "a page of points": _part("points", _another_page),
    "results of another": _part("results", _of_another),
    "points of another": _part("points", _of_another),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.sampled(6)
def test_a_store_that_is_not_whole_is_said_in_one_line(
    damage: str, store: Path, engels: Engels, tmp_path: Path
) -> None:
    DAMAGES[damage](store)
    before = contents(tmp_path)
    for command in (
        ("query", str(store)),
        ("export", str(store), "--to", "csv"),
        ("sensitivity", str(store), "--no-figures"),
    ):
        code, out, err = engels(*command)
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert str(store) in err
    assert contents(tmp_path) == before


def test_a_store_without_solved_points_has_nothing_to_export(
    tmp_path: Path, engels: Engels
) -> None:
    folder = hand_made(tmp_path / "store", solved=0)
    code, out, _ = engels("query", str(folder), "select number, reason from points")
    assert (code, len(out.splitlines())) == (0, 3)
    assert engels("query", str(folder), "select * from wide")[:2] == (0, "no rows\n")
    for command in (("export", str(folder), "--to", "xlsx"), ("sensitivity", str(folder))):
        code, out, err = engels(*command)
        assert (code, out, len(err.splitlines())) == (2, "", 1)
        assert "has no solved point" in err
    code, _, err = engels(
        "export", str(folder), "--to", "csv", "--query", "select number, reason from points"
    )
    assert (code, err) == (0, "")


@pytest.fixture(autouse=True)
def _nothing_is_made(tmp_path: Path) -> Iterator[None]:
    """No statement leaves a file where the command was called."""
    yield
    assert not list(tmp_path.glob("made*"))
