"""Damaged stores are refused in one line that names the file, or answer as the sound one does."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from engels.data import EngelsInputError
from engels.runs.experiments import parts, store
from engels.runs.experiments.export import export_store
from engels.runs.experiments.query import query
from engels.runs.experiments.sensitivity import run_sensitivity
from engels.runs.experiments.store import Store, read_index, read_points
from tests.fuzz.damage_stores import KINDS, NAME, STORE, make_store, store_cases

from .conftest import stored

if TYPE_CHECKING:
    from tests.conftest import Engels

SEED = 12
CASES = 10 * len(KINDS)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three parts that nobody damaged."""
    return make_store(tmp_path_factory.mktemp("sound"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes these stores, and the disk may lag: the machine does not end here."""
    monkeypatch.setattr(parts, "SETTLE", 0.0)
    monkeypatch.setattr(store.os, "fsync", lambda handle: None)


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def figures(folder: Path) -> pa.Table:
    return stored(folder).sort_by([(c, "ascending") for c in ("point", "variable", "sector")])


def read(folder: Path) -> dict[str, Callable[[], object]]:
    """What the commands that read a store do, by the command's name."""
    wide = "select * from wide_deviation order by number, year"

    def sensitivity() -> object:
        done = run_sensitivity(folder, figures=False, out=folder.parent / "out")
        return [p.read_bytes() for p in done.files]

    return {
        "query": lambda: query(folder, wide).to_csv(),
        "export": lambda: [
            p.read_bytes() for p in export_store(folder, "csv", folder.parent / "out")
        ],
        "sensitivity": sensitivity,
    }


def test_every_reader_says_what_is_damaged_or_answers_right(
    sound: Path, engels: Engels, tmp_path: Path
) -> None:
    """Ten ways of every kind of damage: one line that names a file of the store, or the right answer."""
    folder = tmp_path / "copies" / NAME
    shutil.copytree(sound, folder)
    right = {command: ask() for command, ask in read(folder).items()}
    refused = 0
    for number, (label, damage, commands) in enumerate(store_cases(sound, SEED, CASES)):
        shutil.rmtree(folder)
        shutil.copytree(sound, folder)
        damage(folder)
        before = hashes(folder)
        for command, ask in read(folder).items():
            try:
                assert ask() == right[command], (label, command)
                continue
            except EngelsInputError as error:
                said = str(error)
            refused += 1
            assert said.startswith(str(folder)), (label, said)
            assert "; " in said
            assert len(said.splitlines()) == 1
            assert len(said) < len(str(folder)) + 300, (label, said)
        # and by the command itself
        if number < len(KINDS):
            chosen = commands[number % (len(commands) - 1)]
            code, out, err = engels(*(str(folder) if a == STORE else a for a in chosen))
            assert (code, out, err.strip()) == (2, "", said), label
        # a reader that refuses writes nothing
        assert hashes(folder) == before, label
    assert refused > 2 * CASES


def test_going_on_loses_nothing_and_keeps_nothing_that_is_damaged(
    sound: Path, tmp_path: Path
) -> None:
    """A writer opens a damaged store: what it says is solved has the figures that were written, what was
    not damaged is solved still, and no file that was there is gone but parts that were copied."""
    whole, records = figures(sound), read_points(sound).sort_by("point")
    assert len(PARTS) == 3
    opened = 0
    for number, (label, damage, _) in enumerate(store_cases(sound, SEED + 1, CASES)):
        folder = tmp_path / str(number) / NAME
        shutil.copytree(sound, folder)
        damage(folder)
        before = hashes(folder)
        intact = [p for p in PARTS if all(before.get(f) == h for f, h in PARTS[p].items())]
        try:
            with Store(folder, NAME) as found:
                status = dict(found.status)
                found.order(sorted(status))
        except EngelsInputError as error:
            assert hashes(folder) == before, label
            assert "has format" in str(error) or "holds the batch" in str(error), (label, error)
            continue
        opened += 1
        assert set(status.values()) <= {"solved"}, label
        mine = whole.filter(pa.compute.is_in(whole["point"], pa.array(sorted(status), pa.string())))
        assert figures(folder).equals(mine), label
        of_mine = records.filter(pa.compute.is_in(records["point"], mine["point"]))
        assert read_points(folder).sort_by("point").equals(of_mine), label
        for part in intact:
            assert POINTS[part] <= set(status), (label, part)
        # what is not taken in lies there still, under whatever name
        after = set(hashes(folder).values())
        for name, content in before.items():
            part = Path(name).stem
            taken = POINTS.get(part, {""}) <= set(status) or name in ("index.json", "lock")
            assert taken or content in after, (label, name)
        shutil.rmtree(folder)
    assert opened > CASES // 2


PARTS: dict[str, dict[str, str]] = {}
POINTS: dict[str, set[str]] = {}


@pytest.fixture(autouse=True)
def _parts(sound: Path) -> None:
    """The files of each part with their hashes, and its points."""
    all_hashes = hashes(sound)
    for name in read_index(sound).parts:
        PARTS[name] = {
            f"{t}/{name}.parquet": all_hashes[f"{t}/{name}.parquet"] for t in parts.TABLES
        }
        POINTS[name] = set(
            parts.read_part(sound, "points", name, read_index(sound).parts[name])[
                "point"
            ].to_pylist()
        )


def test_a_damaged_index_never_leads_out_of_the_store(sound: Path, tmp_path: Path) -> None:
    """Names of parts are names of parts: nothing else is read, written or removed."""
    thesis = tmp_path / "thesis.parquet"
    thesis.write_text("mine")
    folder = tmp_path / "s" / NAME
    shutil.copytree(sound, folder)
    index = json.loads((folder / "index.json").read_text())
    for version in (1, 2):
        said = {**index, "format": version, "parts": ["../../../thesis"]}
        (folder / "index.json").write_text(json.dumps(said))
        with Store(folder, NAME) as found:
            assert len(found.status) == 5
        assert thesis.read_text() == "mine"
