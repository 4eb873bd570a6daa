"""Damaged stores of batches: what disks, copies, editors and other programs make of them.

:func:`make_store` solves a small store, :func:`store_cases` damages copies of it, ten ways and more of every
kind, by a seed. A reader must refuse a damaged store in one line that names the file, or give the answer
that it would give of the sound one.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engels.runs.experiments.batch import describe, plan_table
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.points import make_points
from engels.runs.experiments.store import INDEX, MANIFEST, PLAN, Store
from engels.runs.experiments.work import Task, Worker, inputs_digest
from engels.runs.store.code import packaged_code

NAME = "small"

BATCH = """\
name: small
scenario: baseline
aggregation: "5"
last_year: 2030
design: tornado
vary:
  - driver: markup_common
    change: add
    path: {2026: 0, 2030: 0.05}
    uniform: {from: -1, to: 1}
  - driver: ai_tax
    change: add
    path: {2026: 0, 2030: 0.1}
    uniform: {from: 0, to: 1}
"""
"""Five points of one economy."""

STORE = "STORE"
"""Stands for the folder of the store in the arguments of a command."""

Damage = Callable[[Path], None]
Case = tuple[str, Damage, list[tuple[str, ...]]]


def make_store(folder: Path) -> Path:
    """Solve :data:`BATCH` in this process; its store, with three parts, is ``folder/small``."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "small.yaml"
    file.write_text(BATCH, encoding="utf-8")
    experiment = read_experiment(file)
    points = make_points(experiment)
    worker = Worker()
    with Store(folder / NAME, NAME) as store:
        store.describe(
            plan_table(experiment, points), describe(experiment, points), experiment.source.text
        )
        for span in (points[:2], points[2:4], points[4:]):
            store.commit(
                [
                    worker.solve(
                        Task(
                            p.id,
                            p.run,
                            "newton",
                            (),
                            (),
                            packaged_code(),
                            inputs_digest(p.run.aggregation),
                        )
                    )
                    for p in span
                ]
            )
    return folder / NAME


def readers(sound: Path) -> list[tuple[str, ...]]:
    """Commands that read a store, with :data:`STORE` for its folder; the last one goes on with it."""
    return [
        ("query", STORE, "select number, status, reason from points order by number"),
        ("query", STORE, "select sum(value) as s, count(*) as n from results"),
        ("query", STORE, "select * from wide_deviation order by number, year"),
        ("export", STORE, "--to", "csv"),
        ("sensitivity", STORE, "--no-figures"),
        ("batch", str(sound.parent / "small.yaml"), "--out", f"{STORE}/..", "--processes", "1"),
    ]


def store_cases(sound: Path, seed: int, count: int) -> Iterator[Case]:
    """Ways to damage a copy of ``sound``: a label, what damages it in place, commands to try.

    All kinds in turn, as often as ``count`` asks.
    """
    chance = random.Random(seed)
    kinds = sorted(KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        label, damage = KINDS[kind](sound, random.Random(chance.random()))
        yield f"{number}: {kind}: {label}", damage, readers(sound)


Kind = Callable[[Path, random.Random], tuple[str, Damage]]


def _files(sound: Path) -> list[str]:
    """The files that matter, relative to the store."""
    parts = sorted(p for t in ("points", "results") for p in (sound / t).glob("*.parquet"))
    return [INDEX, MANIFEST, PLAN, *(str(p.relative_to(sound)) for p in parts)]


def _parquet(sound: Path) -> list[str]:
    return [f for f in _files(sound) if f.endswith(".parquet")]


def _flip(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name, bits = chance.choice(_files(sound)), chance.choice((1, 1, 1, 3))
    places = [(chance.random(), chance.randrange(8)) for _ in range(bits)]

    def damage(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        for share, bit in places:
            content[int(share * len(content))] ^= 1 << bit
        (folder / name).write_bytes(bytes(content))

    return f"{bits} of {name}", damage


def _cut(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name, share = chance.choice(_files(sound)), chance.choice((0.0, 0.01, 0.5, 0.99, 1.0))

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        # 1: all but the last byte; a shorter JSON may still be JSON
        (folder / name).write_bytes(content[: min(int(share * len(content)), len(content) - 1)])

    return f"{name} at {share}", damage


def _longer(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name, more = chance.choice(_files(sound)), chance.randbytes(chance.choice((1, 8, 4096)))

    def damage(folder: Path) -> None:
        with (folder / name).open("ab") as stream:
            stream.write(more)

    return f"{name} by {len(more)} bytes", damage


def _gone(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name = chance.choice([*_files(sound), "points", "results"])

    def damage(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return name, damage


def _folder(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name, full = chance.choice(_files(sound)), chance.random() < 0.5

    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()
        if full:
            (folder / name / "notes.txt").write_text("mine")

    return f"{name}, {'full' if full else 'empty'}", damage


def _noise(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name = chance.choice(_files(sound))
    content = chance.choice(
        [
            chance.randbytes(500),
            b"\0" * 1000,
            b"PAR1" + b"\0" * 40 + b"PAR1",
            b"name,value\na,1\n",
            b"\xef\xbb\xbf{}",
        ]
    )

    def damage(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return f"{name} {content[:12]!r}", damage


def _other_table(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    """A sound Parquet file that is not the one that was written."""
    name = chance.choice(_parquet(sound))
    how = chance.choice(("columns", "values", "fewer rows", "no rows", "twice", "of another part"))
    other = chance.choice([f for f in _parquet(sound) if f != name])

    def damage(folder: Path) -> None:
        path = folder / name
        table = pq.read_table(path, partitioning=None)
        if how == "columns":
            table = pa.table({"a": [1, 2], "b": ["x", "y"]})
        elif how == "values":
            n = next(n for n, f in enumerate(table.schema) if pa.types.is_floating(f.type))
            table = table.set_column(
                n, table.schema[n], pa.array([1.5] * len(table), table.schema[n].type)
            )
        elif how == "fewer rows":
            table = table.slice(0, len(table) - 1)
        elif how == "no rows":
            table = table.slice(0, 0)
        elif how == "twice":
            table = pa.concat_tables([table, table])
        else:
            shutil.copy(folder / other, path)
            return
        pq.write_table(table, path, compression="zstd")

    return f"{name}: {how}", damage


def _wrong_index(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    """An index that is JSON and no index."""
    part = sorted(json.loads((sound / INDEX).read_text())["parts"])[0]
    changes: list[Any] = [
        [],
        "index",
        None,
        7,
        {},
        {"format": 99},
        {"format": "2"},
        {"format": None},
        {"format": 1},
        {"format": 10**30},
        {"format": -1},
        {"format": True},
        {"parts": [1, 2]},
        {"parts": [part]},
        {"parts": part},
        {"parts": {part: None}},
        {"parts": {part: "sound"}},
        {"parts": {"../../thesis": {"points": "0" * 64, "results": "0" * 64}}},
        {"parts": {"/etc/passwd": {"points": "0" * 64, "results": "0" * 64}}},
        {"parts": {f"../points/{part}": {"points": "0" * 64, "results": "0" * 64}}},
        {"format": 1, "parts": ["../../thesis"], "files": None},
        {"parts": {}},
        {"parts": None},
        {"next": "three"},
        {"next": -5},
        {"next": 1},
        {"next": 1.5},
        {"name": 3},
        {"name": "other"},
        {"ordered": "yes"},
        {"files": []},
        {"files": {"../x": "0" * 64}},
        {"check": None},
        {"check": "0" * 64},
        {"more": 1},
    ]
    change = chance.choice(changes)

    def damage(folder: Path) -> None:
        said = json.loads((folder / INDEX).read_text())
        new = {**said, **change} if isinstance(change, dict) and change else change
        (folder / INDEX).write_text(json.dumps(new))

    return json.dumps(change)[:80], damage


def _hard_json(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    name = chance.choice((INDEX, MANIFEST))
    content = chance.choice(
        [
            "[" * 100_000,
            '{"format": ' + "9" * 5000 + "}",
            '{"format": NaN}',
            '{"a": "\\ud800"}',
            '{"format": 2, "format": 1}',
            "",
            "// {}",
            "{'format': 2}",
        ]
    )

    def damage(folder: Path) -> None:
        (folder / name).write_text(content)

    return f"{name} {content[:20]}", damage


def _wrong_manifest(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    change: Any = chance.choice(
        [
            [],
            None,
            "manifest",
            {"columns": None},
            {"columns": []},
            {"columns": {"varied": "x", "design": []}},
            {"columns": {"varied": ["number"], "design": []}},
            {"columns": {"varied": [], "design": []}},
            {"design": "lhs"},
            {"design": 5},
            {"design": None},
            {"options": None},
            {"name": "other"},
        ]
    )

    def damage(folder: Path) -> None:
        said = json.loads((folder / MANIFEST).read_text())
        new = {**said, **change} if isinstance(change, dict) else change
        (folder / MANIFEST).write_text(json.dumps(new))

    return json.dumps(change)[:80], damage


def _lost_and_damaged(sound: Path, chance: random.Random) -> tuple[str, Damage]:
    """The index is lost, and something else is damaged too."""
    kind = chance.choice((_flip, _cut, _gone, _noise, _other_table))
    label, more = kind(sound, chance)

    def damage(folder: Path) -> None:
        more(folder)
        path = folder / INDEX
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    return f"index.json lost and {label}", damage


KINDS: dict[str, Kind] = {
    "bits flipped": _flip,
    "cut off": _cut,
    "grown": _longer,
    "gone": _gone,
    "a folder": _folder,
    "noise": _noise,
    "another table": _other_table,
    "wrong index": _wrong_index,
    "wrong index again": _wrong_index,
    "hard JSON": _hard_json,
    "wrong manifest": _wrong_manifest,
    "lost index": _lost_and_damaged,
}
"""Kinds of damage by name."""
