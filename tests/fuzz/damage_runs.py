"""Damaged folders of stored runs, by class: what disks, copies, editors and other programs make of them.

Every case must end with exit code 1 or 2 and a line that names the file or the folder; none may be
accepted, write anything, or end in a traceback.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..sealing import reseal

Damage = Callable[[Path], None]
"""Damages a copy of a sound folder in place."""

RUN = "{run}"
"""Stands for the damaged folder in the arguments of a command."""

READERS = ("show", "figures", "decompose", "check")
DATA = ("manifest.json", "results.parquet", "solution.parquet", "headline.csv")
REQUIRED = (
    *("scenario", "reference", "source", "aggregation", "ai_mode", "expectations", "last_year"),
    *(
        "parameters",
        "table",
        "title",
        "scenario_text",
        "inputs",
        "code",
        "versions",
        "sectors",
        "ai",
    ),
    *("solver", "residuals", "homotopy_steps", "seconds"),
)
TEXTS = ("scenario", "variable", "sector", "group", "unit")


def run_cases(sound: Path, seed: int, count: int) -> Iterator[tuple[str, Damage, list[str]]]:
    """Cases of damage: label, what damages a copy of ``sound``, and arguments of ``engels``.

    ``sound`` is the folder of a stored run that `engels check` passes. The classes follow one another,
    so that ten times their number has ten of each.
    """
    rng = random.Random(seed)
    classes = list(CLASSES)
    for number in range(count):
        name = classes[number % len(classes)]
        label, damage, command = CLASSES[name](sound, random.Random(rng.random()))
        yield f"{name}: {label}", damage, [command, RUN]


def damaged(sound: Path, place: Path, damage: Damage) -> Path:
    """A damaged copy of a folder."""
    shutil.copytree(sound, place)
    damage(place)
    return place


# --- What accidents do -------------------------------------------------------------------------------

Case = tuple[str, Damage, str]
Maker = Callable[[Path, random.Random], Case]


def _file(sound: Path, rng: random.Random) -> tuple[str, str]:
    """A file of the run, and a command that reads it."""
    names = sorted(p.relative_to(sound).as_posix() for p in sound.rglob("*") if p.is_file())
    name = rng.choice(names)
    return name, rng.choice(READERS) if name in DATA else "check"


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file over."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def _flipped(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    bit = rng.randrange(8 * (sound / name).stat().st_size)
    return f"bit {bit} of {name}", lambda f: flip(f / name, bit), command


def _truncated(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    size = rng.randrange((sound / name).stat().st_size)
    return f"{name} to {size} bytes", lambda f: os.truncate(f / name, size), command


def _lengthened(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    more = rng.choice([b"\n", b" ", b"\0", b"x" * 1000])

    def damage(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + more)

    return f"{name} and {len(more)} bytes", damage, command


def _zeros(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    size = (sound / name).stat().st_size
    begin = rng.randrange(size)

    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:begin] + bytes(size - begin))

    return f"{name} from byte {begin}", damage, command


def _empty(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    return name, lambda f: (f / name).write_bytes(b""), command


def _missing(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    return name, lambda f: (f / name).unlink(), command


def _other_kind(sound: Path, rng: random.Random) -> Case:
    name, command = _file(sound, rng)
    kind = rng.choice(["folder", "pipe", "link to nothing", "link to itself"])

    def damage(folder: Path) -> None:
        path = folder / name
        path.unlink()
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("nowhere" if kind.endswith("nothing") else path.name)

    return f"{name} is a {kind}", damage, command


def _exchanged(sound: Path, rng: random.Random) -> Case:
    one, two = rng.sample(DATA, 2)

    def damage(folder: Path) -> None:
        (folder / one).rename(folder / "aside")
        (folder / two).rename(folder / one)
        (folder / "aside").rename(folder / two)

    return f"{one} and {two}", damage, rng.choice(READERS)


# --- What editors and other programs do --------------------------------------------------------------


def _text(sound: Path, rng: random.Random) -> Case:
    raw = (sound / "manifest.json").read_bytes()
    label, text = rng.choice(
        [
            ("a list", b"[1, 2]"),
            ("a number", b"3"),
            ("a text", b'"manifest"'),
            ("null", b"null"),
            ("no JSON", b"scenario: ai_central"),
            ("nested deeply", b'{"a": ' + b"[" * 200_000),
            ("a key twice", raw.replace(b"{", b'{\n  "ai": "AI",', 1)),
            ("NaN", raw.replace(b'"homotopy_steps": [', b'"homotopy_steps": [ NaN,')),
            ("digits", raw.replace(b'"format": 3', b'"format": ' + b"9" * 6000)),
            ("not UTF-8", raw.replace(b"AI", b"\xff\xfe", 1)),
            ("UTF-16", raw.decode().encode("utf-16")),
            ("a byte order mark", b"\xef\xbb\xbf" + raw),
            ("half a character", raw.replace(b'"ai": "', b'"ai": "\\ud800', 1)),
            ("a later format", raw.replace(b'"format": 3', b'"format": 4')),
            ("an earlier format", raw.replace(b'"format": 3', b'"format": 1')),
            ("a format in words", raw.replace(b'"format": 3', b'"format": "two"')),
            ("no format", raw.replace(b'"format": 3', b'"formats": 2')),
            ("Windows line ends", raw.replace(b"\n", b"\r\n")),
            ("set anew", json.dumps(json.loads(raw), indent=4).encode()),
        ]
    )
    return label, lambda f: (f / "manifest.json").write_bytes(text), rng.choice(READERS)


def _digit(sound: Path, rng: random.Random) -> Case:
    """One digit of the manifest, as an editor would change it."""
    raw = (sound / "manifest.json").read_bytes()
    at = rng.choice([n for n, c in enumerate(raw) if chr(c).isdigit()])
    digit = rng.choice([d for d in b"0123456789" if d != raw[at]])
    text = raw[:at] + bytes([digit]) + raw[at + 1 :]
    return f"byte {at}", lambda f: (f / "manifest.json").write_bytes(text), rng.choice(READERS)


def _key_missing(sound: Path, rng: random.Random) -> Case:
    key = rng.choice([*REQUIRED, "paths", "horizon_growth"])
    command = rng.choice(READERS) if key in REQUIRED else "check"
    return f"{key}, sealed again", lambda f: reseal(f, lambda m: m.pop(key)), command


def _type(sound: Path, rng: random.Random) -> Case:
    key = rng.choice(REQUIRED)
    value: Any = rng.choice([[[1]], 1e300, 10**400, True, [None], {"a": {"b": [1]}}])
    change = {key: value}
    return f"{key}: {value!r:.40}", lambda f: reseal(f, lambda m: m.update(change)), _any(rng)


def _value(sound: Path, rng: random.Random) -> Case:
    """Values of the right type that cannot be."""
    changes: dict[str, Any] = rng.choice(
        [
            {"scenario": "another"},
            {"scenario": "../../up"},
            {"reference": "nobody"},
            {"last_year": 10_000},
            {"last_year": -1},
            {"ai_mode": "labor"},
            {"expectations": "never"},
            {"residuals": {}},
            {"residuals": {"equations": {"value": 1.0, "tolerance": 1e-8}}},
            {"title": {}},
            {"files": {}},
            {"files": {"../manifest.json": "0" * 64}},
        ]
    )
    only_check: dict[str, Any] = rng.choice(
        [
            {"residuals": {"equations": {"value": 0.5, "tolerance": 1.0}}},
            {"aggregation": "17"},
            {"aggregation": "/nowhere/5.yaml"},
            {"table": "/nowhere/2020-42.csv"},
            {"parameters": {"nonsense": 1.0}},
            {"paths": []},
            {"paths": [{"scenario": "x", "announced": 2020, "closure": "policy"}]},
            {"horizon_growth": None},
            {"announced": 1e3},
        ]
    )
    chosen, command = rng.choice([(changes, _any(rng)), (only_check, "check")])

    def change(manifest: dict[str, Any]) -> None:
        manifest.update(chosen)

    def damage(folder: Path) -> None:
        reseal(folder, change)
        if "files" in chosen:  # sealing names them again
            path = folder / "manifest.json"
            raw = json.loads(path.read_bytes())
            path.write_text(json.dumps(raw | chosen, indent=2, sort_keys=True) + "\n")

    return f"{chosen!r:.60}", damage, command


def _any(rng: random.Random) -> str:
    return rng.choice(READERS)


def _table(sound: Path, rng: random.Random) -> Case:
    """Parquet of another form, sealed again."""
    frame = pd.read_parquet(sound / "results.parquet").astype(dict.fromkeys(TEXTS, "object"))
    row = rng.randrange(len(frame))
    last = frame.columns[-1]
    label, changed = rng.choice(
        [
            ("without a column", frame.drop(columns=rng.choice(list(frame.columns)))),
            ("a column more", frame.assign(more=1)),
            ("another name", frame.rename(columns={last: "einheit"})),
            ("years in words", frame.assign(year=frame["year"].astype(str))),
            ("values in words", frame.assign(value=frame["value"].astype(str))),
            ("numbers for names", frame.assign(sector=1)),
            ("a row twice", pd.concat([frame, frame.iloc[[row]]])),
            ("no rows", frame.iloc[:0]),
            ("half a run", frame[frame["scenario"] == frame["scenario"].iloc[0]]),
            ("not a number", frame.assign(value=frame["value"].where(frame.index != row))),
            ("infinite", frame.assign(value=frame["value"].where(frame.index != row, np.inf))),
            ("no name", frame.assign(variable=frame["variable"].where(frame.index != row, None))),
            ("three columns", pa.table({"a": [1], "b": [2], "c": [3]})),
        ]
    )

    def damage(folder: Path) -> None:
        table = (
            changed
            if isinstance(changed, pa.Table)
            else pa.Table.from_pandas(changed, preserve_index=False)
        )
        pq.write_table(table, folder / "results.parquet")
        reseal(folder)

    return label, damage, _any(rng)


def _numbers(sound: Path, rng: random.Random) -> Case:
    """Figures that only computing them again can tell from sound ones; sealed again."""
    name = rng.choice(["results.parquet", "solution.parquet", "headline.csv"])
    factor = rng.choice([1 + 1e-6, 2.0, -1.0, 1e6])

    def damage(folder: Path) -> None:
        if name == "headline.csv":
            lines = (folder / name).read_text(encoding="utf-8").splitlines(keepends=True)
            at = rng.randrange(1, len(lines))
            cells = lines[at].split(",")
            lines[at] = ",".join([*cells[:2], "0.123456", *cells[3:]])
            (folder / name).write_text("".join(lines), encoding="utf-8")
        else:
            frame = pd.read_parquet(folder / name)
            large = frame.index[frame["value"].abs() > 1e-3]
            frame.loc[rng.choice(list(large)), "value"] *= factor
            frame.to_parquet(folder / name, index=False)
        reseal(folder)

    return f"{name}, one times {factor:g}", damage, "check"


def _solution(sound: Path, rng: random.Random) -> Case:
    frame = pd.read_parquet(sound / "solution.parquet")
    row = rng.randrange(len(frame))
    label, changed = rng.choice(
        [
            ("a row missing", frame.drop(index=row)),
            ("a row twice", pd.concat([frame, frame.iloc[[row]]])),
            ("not a number", frame.assign(value=frame["value"].where(frame.index != row))),
            ("no run", frame[frame["scenario"] == frame["scenario"].iloc[0]]),
            ("no years", frame.drop(columns="year")),
        ]
    )

    def damage(folder: Path) -> None:
        changed.to_parquet(folder / "solution.parquet", index=False)
        reseal(folder)

    return label, damage, "check"


CLASSES: dict[str, Maker] = {
    "flipped": _flipped,
    "truncated": _truncated,
    "lengthened": _lengthened,
    "zeros": _zeros,
    "empty": _empty,
    "missing": _missing,
    "other kind": _other_kind,
    "exchanged": _exchanged,
    "text": _text,
    "digit": _digit,
    "key missing": _key_missing,
    "type": _type,
    "value": _value,
    "table": _table,
    "numbers": _numbers,
    "solution": _solution,
}
"""Ways to damage a run, by name: each makes a case from a sound folder and a generator."""
