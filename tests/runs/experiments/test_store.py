"""The store survives a writer that ends at any moment, and does not tell how it was filled."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from engels.data import EngelsInputError
from engels.runs.experiments import store as module
from engels.runs.experiments.layout import POINTS, RESULTS
from engels.runs.experiments.store import Store, part_files, read_points
from engels.runs.experiments.work import Outcome

from .conftest import bits, stored

IDS = [f"{n:016x}" for n in range(40)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk may lag: here the process ends, not the machine."""
    monkeypatch.setattr(module.os, "fsync", lambda handle: None)


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
    with pytest.raises(EngelsInputError, match="has format 99; this version reads format 1"):
        Store(tmp_path / "s", "x")
    (tmp_path / "s" / "index.json").write_text("{")
    with pytest.raises(EngelsInputError, match="is damaged"):
        read_points(tmp_path / "s")
