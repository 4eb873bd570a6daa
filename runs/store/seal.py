"""Seals: the hashes by which a reader knows that a stored folder is as it was written.

``manifest.json`` holds, beside what it says of the run,

    format      number of the layout of the folder
    files       SHA-256 of every other file of ours, by name: {"results.parquet": "…", …}
    checksum    SHA-256 of the manifest's own text without the digits of this checksum

A flipped bit, a truncated copy and a number edited by hand are seen by every reader. The seal is no
signature: who means to deceive can write another one. ``engels check`` computes the figures anew, which a
new seal does not help against.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engels.data import EngelsInputError
from engels.runs.store.folders import LOCK

MANIFEST = "manifest.json"

FORMAT = 3
"""Layout of a stored folder. 1 had no seal, the pause and welfare of 2 were defined otherwise."""

LARGEST = 64 * 2**20
"""Bytes of a manifest at most; one of 154 sectors has less than a hundredth."""

AGAIN = "run the scenario again"
"""What to do about a damaged run."""

DRAW_AGAIN = "draw it again with `engels figures`"
"""What to do about a damaged figure."""

_CHECKSUM = re.compile(rb'^  "checksum": "([0-9a-f]{64})"(?=,?$)', re.MULTILINE)
_HASH = re.compile(r"[0-9a-f]{64}")
_TRIES = 20


@dataclass(frozen=True)
class Sealed:
    """A folder as it was read at one moment: its manifest, and the files whose hashes agree with it."""

    manifest: dict[str, Any]
    files: Mapping[str, bytes]


def write_manifest(manifest: Mapping[str, Any], folder: Path, created: str | None = None) -> None:
    """Write ``manifest.json``, which seals all files that are in the folder. It is written last.

    ``created`` is the time to state, by default that of writing.
    """
    stamped = {
        **manifest,
        "created": created or datetime.now(UTC).isoformat(timespec="seconds"),
        "format": FORMAT,
        "files": {
            p.relative_to(folder).as_posix(): file_hash(p.read_bytes())
            for p in sorted(folder.rglob("*"))
            if p.is_file() and p != folder / MANIFEST
        },
        "checksum": "0" * 64,
    }
    text = json.dumps(stamped, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    raw = (text + "\n").encode()
    digits = _own_hash(raw).encode()
    (folder / MANIFEST).write_bytes(_CHECKSUM.sub(b'  "checksum": "' + digits + b'"', raw))


def file_hash(content: bytes) -> str:
    """SHA-256 of a file, byte for byte."""
    return hashlib.sha256(content).hexdigest()


def _own_hash(raw: bytes) -> str:
    return file_hash(_CHECKSUM.sub(b'  "checksum": ""', raw))


def read_sealed(folder: Path, names: Iterable[str] = (), everything: bool = False) -> Sealed:
    """Read a folder's manifest and files, and verify every hash.

    Parameters
    ----------
    names: files that must be there.
    everything: verify files in subfolders (figures) too, and not only what lies in the folder itself.

    Raises EngelsInputError with the file, what is wrong with it, and what to do.
    """
    for attempt in range(_TRIES):
        raw = None
        try:
            _refuse_no_run(folder)
            raw = read_file(folder / MANIFEST, LARGEST)
            return _read(folder, raw, tuple(names), everything)
        except EngelsInputError:
            # a writer has put another run here while this one was read, or is about to
            busy = _changed(folder, raw) or (raw is None and (folder.parent / LOCK).exists())
            if not busy or attempt == _TRIES - 1:
                raise
            time.sleep(0.05)
    raise AssertionError("unreachable")


def _refuse_no_run(folder: Path) -> None:
    try:
        (folder / MANIFEST).lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise EngelsInputError(
            f"{folder}: is no folder of a run ({MANIFEST} and its files); give a folder such as "
            "results/43/ai_central-tasks-foresight"
        ) from None
    except OSError as error:
        raise EngelsInputError(
            f"{folder}", f"cannot be read ({error.strerror})", "check the path and its permissions"
        ) from None


def _changed(folder: Path, raw: bytes | None) -> bool:
    try:
        return raw is not None and (folder / MANIFEST).read_bytes() != raw
    except OSError:
        return False


def _read(folder: Path, raw: bytes, names: tuple[str, ...], everything: bool) -> Sealed:
    manifest = parse_manifest(folder / MANIFEST, raw)
    listed: dict[str, str] = manifest["files"]
    for name in names:
        if name not in listed:
            raise EngelsInputError(f"{folder / MANIFEST}", f"files: names no {name}", AGAIN)
    found = {}
    for name, said in listed.items():
        if "/" in name and not everything:
            continue
        remedy = DRAW_AGAIN if name.startswith("figures/") else AGAIN
        content = read_file(folder / name, remedy=remedy)
        if file_hash(content) != said:
            raise EngelsInputError(
                f"{folder / name}",
                "is not as it was stored (its SHA-256 is not the manifest's)",
                f"restore it or {remedy}",
            )
        found[name] = content
    return Sealed(manifest, found)


def parse_manifest(path: Path, raw: bytes) -> dict[str, Any]:
    """A manifest's text as a mapping, where its seal is whole.

    Raises EngelsInputError where it is damaged, edited, or of another format.
    """
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except UnicodeDecodeError as error:
        raise _damaged(path, f"byte {error.start} is not UTF-8") from None
    except UnicodeEncodeError:
        raise _damaged(path, "it holds half a character") from None
    except RecursionError:
        raise _damaged(path, "it is nested too deeply") from None
    except ValueError as error:
        raise _damaged(path, cut(str(error))) from None
    if not isinstance(found, dict):
        raise _damaged(path, f"it holds a {type(found).__name__} and no mapping of keys")
    version = found.get("format", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        raise _damaged(path, f"format: {cut(repr(version))} is no whole number")
    if version > FORMAT:
        raise EngelsInputError(
            f"{path}",
            f"has format {cut(str(version))}, of a later version of engels",
            f"this version reads format {FORMAT}: update it, or {AGAIN}",
        )
    if version < FORMAT:
        raise EngelsInputError(
            f"{path}",
            f"has format {version}, of an earlier version of engels, whose figures are defined otherwise",
            AGAIN,
        )
    marks = _CHECKSUM.findall(raw)
    if len(marks) != 1 or marks[0].decode() != _own_hash(raw):
        raise EngelsInputError(
            f"{path}", "is not as it was written (its checksum is not that of its text)", AGAIN
        )
    files = found.get("files")
    if not isinstance(files, dict) or not all(_sound(n, h) for n, h in files.items()):
        raise _damaged(path, "files: it must name files and their SHA-256")
    return found


def _sound(name: str, said: object) -> bool:
    """A name of a file within the folder, and a hash."""
    parts = name.split("/")
    inside = all(part not in ("", ".", "..") for part in parts) and "\0" not in name
    return inside and isinstance(said, str) and _HASH.fullmatch(said) is not None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {cut(repr(key))} is there twice")
        found[key] = value
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _damaged(path: Path, what: str) -> EngelsInputError:
    return EngelsInputError(f"{path}", f"is damaged ({what})", AGAIN)


def cut(text: str, most: int = 60) -> str:
    """A value found in a file, short enough for a message."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def read_file(path: Path, largest: int | None = None, remedy: str = AGAIN) -> bytes:
    """The bytes of a stored file. Raises EngelsInputError where it cannot be read."""
    try:
        if largest is not None and path.stat().st_size > largest:
            raise _damaged(path, f"it has {path.stat().st_size / 2**20:,.0f} MB")
        if path.exists() and not path.is_file():
            what = "is a folder" if path.is_dir() else "is no file"
            raise EngelsInputError(f"{path}", what, f"restore the file or {remedy}")
        return path.read_bytes()
    except FileNotFoundError:
        raise EngelsInputError(f"{path}", "is missing", f"restore it or {remedy}") from None
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise EngelsInputError(
            f"{path}", f"cannot be read ({reason})", f"check its permissions or {remedy}"
        ) from None
