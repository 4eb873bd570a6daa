"""The store survives a writer that ends at any moment, and does not tell how it was filled."""

from __future__ import annotations

import json
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engels.data import EngelsInputError
from engels.runs.experiments import parts as reading
from engels.runs.experiments import store as module
from engels.runs.experiments.columns import POINTS, RESULTS
from engels.runs.experiments.store import Store, part_files, read_index, read_points, require_place
from engels.runs.experiments.work import Outcome

from .conftest import bits, stored

IDS = [f"{n:016x}" for n in range(40)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk may lag: here the process ends, not the machine."""
    monkeypatch.setattr(module.os, "fsync", lambda handle: None)
    monkeypatch.setattr(reading, "SETTLE", 0.0)


def outcome(point: str, failed: bool = False) -> Outcome:
    record = dict.fromkeys(POINTS.names) | {
        "point": point,
        "status": "failed" if failed else "solved",
        "reason": "why" if failed else "",
        "seconds": random.random(),
    }
    if failed:
        return Outcome(record)
    rows = [
        {
            "point": point,
            "scenario": "s",
            "variable": v,
            "sector": "",
            "group": "",
            "year": year,
            "value": int(point, 16) + year / 1e4,
            "reference": 1.0,
            "unit": "index",
        }
        for v in ("b", "a")
        for year in (2030, 2031)
    ]
    return Outcome(record, pa.Table.from_pylist(rows, schema=RESULTS))


def fill(folder: Path, batches: list[list[str]], bad: frozenset[str] = frozenset()) -> None:
    """What a batch does, with outcomes in the given order, as far as they are missing."""
    with Store(folder, "x") as store:
        for batch in batches:
            todo = [p for p in batch if p not in store.status]
            store.commit([outcome(p, p in bad) for p in todo])
        store.order(IDS)


def in_batches(ids: list[str], size: int) -> list[list[str]]:
    return [ids[n : n + size] for n in range(0, len(ids), size)]


def test_what_was_stored_first_does_not_show(tmp_path: Path) -> None:
    shuffled = random.Random(1).sample(IDS, len(IDS))
    fill(tmp_path / "a", in_batches(IDS, 7))
    fill(tmp_path / "b", in_batches(shuffled, 1))
    assert bits(tmp_path / "a") == bits(tmp_path / "b")
    assert stored(tmp_path / "a")["point"].to_pylist() == [p for p in IDS for _ in range(4)]


def test_parts_stay_few_and_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOSE", 8)
    monkeypatch.setattr(module, "LARGE", 40)
    with Store(tmp_path, "x") as store:
        for point in IDS:
            store.commit([outcome(point)])
            assert len([f for f in part_files(tmp_path, "results") if f.name[:3] == "new"]) < 8
        store.order(IDS)
    assert [len(pa.table(stored(tmp_path)))] == [160]
    assert len(part_files(tmp_path, "results")) == 4
    found = sorted(f.name for f in (tmp_path / "results").iterdir())
    assert found == sorted(f.name for f in part_files(tmp_path, "results"))


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def ending_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The process ends before the ``step``-th thing that it does to the disk."""
    count = [0]

    def counted(f: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            count[0] += 1
            if count[0] >= step:
                raise Killed
            return f(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(module.pq, "write_table", counted(module.pq.write_table))
        patch.setattr(module, "_sync", counted(module._sync))
        patch.setattr(Path, "replace", counted(Path.replace))
        patch.setattr(Path, "unlink", counted(Path.unlink))
        yield count


def test_a_writer_may_end_between_any_two_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOSE", 3)
    monkeypatch.setattr(module, "LARGE", 20)
    ids = IDS[:9]
    bad = frozenset(ids[4:5])
    batches = in_batches(random.Random(2).sample(ids, len(ids)), 2)
    fill(tmp_path / "whole", batches, bad)
    with ending_at(10**9, monkeypatch) as count:
        fill(tmp_path / "counted", batches, bad)
    steps = count[0]
    assert steps > 50
    for step in range(1, steps + 1, 1):
        folder = tmp_path / str(step)
        with ending_at(step, monkeypatch), pytest.raises(Killed):
            fill(folder, batches, bad)
        # what counts can be read at once, and holds whole points
        if (folder / "index.json").exists():
            done = read_points(folder)
            solved = [
                p
                for p, s in zip(done["point"].to_pylist(), done["status"].to_pylist(), strict=True)
                if s == "solved"
            ]
            assert sorted(stored(folder)["point"].to_pylist()) == sorted(solved * 4)
        fill(folder, batches, bad)
        assert bits(folder) == bits(tmp_path / "whole")
        left = [f.name for t in ("points", "results") for f in (folder / t).iterdir()]
        assert sorted(left) == sorted(
            f.name for t in ("points", "results") for f in part_files(folder, t)
        )


def test_failed_points_are_forgotten_alone(tmp_path: Path) -> None:
    fill(tmp_path, in_batches(IDS, 5), frozenset(IDS[3:5]))
    before = bits(tmp_path)
    with Store(tmp_path, "x") as store:
        store.forget(IDS)
        assert sorted(set(IDS) - set(store.status)) == IDS[3:5]
    assert b"".join(bits(tmp_path)) == b"".join(before)
    fill(tmp_path, [IDS])
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


def test_points_of_an_earlier_plan_stay(tmp_path: Path) -> None:
    fill(tmp_path, [IDS])
    with Store(tmp_path, "x") as store:
        store.order(IDS[20:30])
        assert set(store.status) == set(IDS)
    assert stored(tmp_path)["point"].to_pylist()[0] == IDS[20]
    assert len(stored(tmp_path)) == 4 * len(IDS)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        Store(tmp_path, "x"),
        pytest.raises(EngelsInputError, match="is being written by another process"),
    ):
        Store(tmp_path, "x")
    Store(tmp_path, "x").__exit__(None, None, None)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngelsInputError, match="is no store of a batch"):
        read_points(tmp_path)
    fill(tmp_path / "s", [IDS[:2]])
    with pytest.raises(EngelsInputError, match="holds the batch 'x'; choose another --out"):
        Store(tmp_path / "s", "y")
    index = json.loads((tmp_path / "s" / "index.json").read_text())
    (tmp_path / "s" / "index.json").write_text(json.dumps({**index, "format": 99}))
    with pytest.raises(EngelsInputError, match="has format 99; this version reads format 1 and 2"):
        Store(tmp_path / "s", "x")
    (tmp_path / "s" / "index.json").write_text("{")
    with pytest.raises(EngelsInputError, match="is damaged"):
        read_points(tmp_path / "s")


def everything(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, with the content of files."""
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None
        for p in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize(
    "name",
    [
        "results/thesis.csv",
        "points/thesis.csv",
        "results/part-000001.parquet/mine",
        "thesis.csv",
        "notes.tmp",
        ".hidden",
        "lock",
        "index.json",
        "index.json/mine",
        "manifest.json",
        "plan.parquet",
        "batch.yaml",
    ],
)
def test_a_folder_with_files_of_others_is_refused_and_left_as_it_is(
    name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    mine = folder / name
    mine.parent.mkdir(parents=True)
    mine.write_text('{"name": "x", "scenario": "mine"}')
    if name == "lock":  # what a writer makes first is no sign of others
        (folder / "thesis.csv").write_text("mine")
    before = everything(folder)
    with pytest.raises(EngelsInputError) as said:
        Store(folder, "x")
    assert str(said.value) == (
        f"{folder}: is not empty and holds no store of a batch; choose another --out, or give the batch "
        "another name"
    )
    assert everything(folder) == before


def test_files_of_others_in_a_store_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOSE", 3)
    fill(tmp_path, in_batches(IDS[:8], 1))
    names = (
        *("results/thesis.csv", "points/thesis.csv", "points/part-1.parquet", "notes.tmp"),
        *(
            "results/part-000001.parquet.bak",
            "points/new-000001.csv",
            "batch.yaml.tmp",
            "part-000001",
        ),
        "results/new-0001.parquet",
    )
    for name in names:
        (tmp_path / name).write_text("mine")
    (tmp_path / "points" / "part-999999.parquet").mkdir()
    fill(tmp_path, in_batches(IDS, 1))
    with Store(tmp_path, "x") as store:
        assert set(store.status) == set(IDS)
        assert store.notes == []
    for name in names:
        assert (tmp_path / name).read_text() == "mine"
    assert (tmp_path / "points" / "part-999999.parquet").is_dir()
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '{"format": 2}', "\0" * 100, '{"parts": [1]}']
)
def test_a_lost_or_damaged_index_is_made_anew(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With parts that were merged and the small ones they were made from: every point once."""
    monkeypatch.setattr(module, "LOOSE", 4)
    fill(tmp_path / "whole", [IDS])
    folder = tmp_path / "s"
    with monkeypatch.context() as patch:
        # killed again and again before it could remove what it had merged
        patch.setattr(Store, "_remove", lambda self, names: None)
        with Store(folder, "x") as store:
            for point in IDS:
                store.commit([outcome(point)])
    found = len(list((folder / "points").iterdir()))
    assert found > len(part_files(folder, "points"))
    index = folder / "index.json"
    index.unlink() if text is None else index.write_text(text)
    with pytest.raises(EngelsInputError, match="run `engels batch` with its file again, which"):
        read_points(folder)
    with Store(folder, "x") as store:
        (note,) = store.notes
        assert f"{index}: is " in note
        assert note.endswith("parts with 40 points")
        assert store.status == dict.fromkeys(IDS, "solved")
        store.order(IDS)
    assert bits(folder) == bits(tmp_path / "whole")
    kept = folder / "index.json.damaged"
    assert kept.exists() == (text is not None)
    if text is not None:
        assert kept.read_text() == text


def test_of_two_outcomes_of_a_point_the_solved_one_counts(tmp_path: Path) -> None:
    for name, failed in (("a", True), ("b", False)):
        fill(tmp_path / name, [IDS[:1]], frozenset(IDS[:1] if failed else ()))
    number = 50
    for source in ("b", "a", "b", "a"):
        number += 1
        for file in ("points", "results"):
            (found,) = (tmp_path / source / file).iterdir()
            target = tmp_path / "s" / file / f"part-{number:06d}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(found.read_bytes())
    with Store(tmp_path / "s", "x") as store:
        assert store.status == {IDS[0]: "solved"}
    assert bits(tmp_path / "s") == bits(tmp_path / "b")


def test_an_older_index_that_is_put_back_loses_nothing(tmp_path: Path) -> None:
    with Store(tmp_path, "x") as store:
        store.commit([outcome(p) for p in IDS[:5]])
        old = (tmp_path / "index.json").read_bytes()
        for point in IDS[5:20]:
            store.commit([outcome(point)])
    (tmp_path / "index.json").write_bytes(old)
    with Store(tmp_path, "x") as store:
        assert set(store.status) == set(IDS[:20])
        store.commit([outcome(p) for p in IDS[20:]])
        store.order(IDS)
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


def test_a_damaged_part_is_set_aside_and_the_others_stay(tmp_path: Path) -> None:
    with Store(tmp_path, "x") as store:
        for span in in_batches(IDS, 10):
            store.commit([outcome(p) for p in span])
    victim = tmp_path / "results" / "new-000002.parquet"
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(bytes(content))
    with Store(tmp_path, "x") as store:
        (note,) = store.notes
        assert note == (
            f"{victim}: is damaged (differs from what was written); set aside as "
            "new-000002.parquet.damaged, its points count as missing"
        )
        assert set(IDS) - set(store.status) == set(IDS[10:20])
    for table in ("points", "results"):
        assert (tmp_path / table / "new-000002.parquet.damaged").exists()
    assert victim.with_name("new-000002.parquet.damaged").read_bytes() == bytes(content)
    fill(tmp_path, [IDS])
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


def test_damage_that_happens_while_a_batch_runs_is_not_written_on(tmp_path: Path) -> None:
    with Store(tmp_path, "x") as store:
        for span in in_batches(IDS, 10):
            store.commit([outcome(p) for p in span])
        victim = tmp_path / "results" / "new-000003.parquet"
        content = victim.read_bytes()
        # the same rows with another figure: a sound file, and not what was written
        table = pq.read_table(victim)
        pq.write_table(table.set_column(6, RESULTS.field(6), pa.array([0.0] * len(table))), victim)
        with pytest.raises(EngelsInputError, match="differs from what was written"):
            store.order(IDS)
        victim.write_bytes(content)
        store.order(IDS)
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


def test_a_store_of_the_first_format_is_read_and_goes_on(tmp_path: Path) -> None:
    """It has no hashes: an index with a list of parts, and Parquet without checksums or marks."""
    fill(tmp_path, in_batches(IDS[:20], 5))
    name = part_files(tmp_path, "points")[0].stem
    for table in ("points", "results"):
        path = tmp_path / table / f"{name}.parquet"
        found = pq.read_table(path, partitioning=None).replace_schema_metadata(None)
        pq.write_table(found, path, compression="zstd")
    said = {"format": 1, "name": "x", "next": 9, "ordered": True, "parts": [name]}
    for text in (json.dumps(said), None):
        index = tmp_path / "index.json"
        index.unlink() if text is None else index.write_text(text)
        if text is not None:
            assert len(read_points(tmp_path)) == 20
        with Store(tmp_path, "x") as store:
            assert set(store.status) == set(IDS[:20])
            assert bool(store.notes) == (text is None)
        assert read_index(tmp_path).format == 2
    fill(tmp_path, [IDS])
    fill(tmp_path / "whole", [IDS])
    assert stored(tmp_path).equals(stored(tmp_path / "whole"))


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 100, 1000, 4000, 5000])
def test_a_full_disk_loses_nothing_that_was_stored(size: int, tmp_path: Path) -> None:
    """Wherever it is full: the index, a part, or what is put in order at the end."""
    with Store(tmp_path, "x") as store:
        store.commit([outcome(p) for p in IDS[:3]])
        before = everything(tmp_path)
        with little_room(size), pytest.raises(OSError, match="File too large") as said:
            for point in IDS[3:]:
                store.commit([outcome(point)])
                before = everything(tmp_path)
            store.order(IDS)
        assert str(tmp_path) in str(said.value.filename)
        # at most a part more, which no index names
        assert before.items() <= everything(tmp_path).items()
        kept = set(read_points(tmp_path)["point"].to_pylist())
        # and when there is room again
        store.commit([outcome(p) for p in IDS if p not in kept])
        store.order(IDS)
    fill(tmp_path, [IDS])
    assert len(list((tmp_path / "points").iterdir())) == 1
    fill(tmp_path / "whole", [IDS])
    assert bits(tmp_path) == bits(tmp_path / "whole")


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("file", "Not a directory"),
        ("file/below", "Not a directory"),
        ("/proc/engels", "No such file or directory|Permission denied"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(place: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(EngelsInputError, match=rf"cannot be written \(({why})\); choose another"):
        require_place(tmp_path / place, "x")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
