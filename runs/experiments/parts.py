"""Reading a store: its index, its parts, and whether they are what was written.

The index holds the SHA-256 of every part and of the files that describe the batch, and one of itself, so
that a changed bit anywhere is seen by whoever reads. A part can be judged without an index too: its pages
have checksums, and its file of points holds the SHA-256 of its file of results.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, ValidationError

from engels.data import EngelsInputError
from engels.runs.experiments.columns import FORMAT, FORMATS, POINTS, RESULTS

INDEX, PLAN, MANIFEST, FORM = "index.json", "plan.parquet", "manifest.json", "batch.yaml"
TABLES = {"points": POINTS, "results": RESULTS}

PART = re.compile(r"(new|part)-([0-9]{6,12})")
"""Names of parts, without their ending."""

ASIDE = ".damaged"
"""Ending of what was set aside because it could not be read."""

MARK = b"engels.part"
"""What a file of points says of its part, as JSON: batch, hashes of the file of results and of the points."""

SETTLE = 0.3
"""Seconds after which something wrong counts, if nobody has replaced the index meanwhile."""

UNREADABLE = (OSError, ValueError, MemoryError, pa.ArrowException)
"""What reading a damaged file of Parquet raises."""

_AGAIN = "run `engels batch` with its file again"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
PartName = Annotated[str, StringConstraints(pattern=rf"^{PART.pattern}$")]
T = TypeVar("T")


class Damaged(EngelsInputError):
    """Something in a store is not what was written there."""


class Unlike(ValueError):
    """A sound file under the name of a part that is none of this store's."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(_Strict):
    """SHA-256 of the two files of a part."""

    points: Digest
    results: Digest


class Index(_Strict):
    """What counts in a store. ``parts``: in their order; None where the index is of format 1."""

    format: int = FORMAT
    name: str
    next: PositiveInt = 1
    ordered: bool = True
    parts: dict[PartName, Part | None] = Field(default_factory=dict)
    files: dict[Literal["plan.parquet", "manifest.json", "batch.yaml"], Digest] = Field(
        default_factory=dict
    )

    def text(self) -> str:
        """The index as it is written."""
        said = self.model_dump()
        return json.dumps({**said, "check": _check(said)})


def _check(said: Mapping[str, Any]) -> str:
    return digest(json.dumps(said, sort_keys=True).encode())


def digest(content: bytes) -> str:
    """SHA-256 of these very bytes."""
    return hashlib.sha256(content).hexdigest()


def read_index(folder: Path) -> Index:
    """The index of a store.

    Raises EngelsInputError where the folder is no store or one of another format, and Damaged where its
    index is lost or damaged.
    """
    path = folder / INDEX
    again = f"{_AGAIN}, which makes it anew from the parts"
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if looks_like_store(folder):
            raise Damaged(f"{path}", "is missing", again) from None
        raise EngelsInputError(
            f"{folder}", "is no store of a batch", "give a folder that `engels batch` has written"
        ) from None
    except OSError as error:
        raise Damaged(f"{path}", f"cannot be read ({error.strerror})", again) from None
    try:
        said = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Damaged(f"{path}", "is damaged (no JSON)", again) from None
    if not isinstance(said, dict):
        raise Damaged(f"{path}", "is damaged (no mapping)", again)
    check = said.pop("check", None)
    found = said.get("format")
    if isinstance(found, int) and found not in FORMATS and check != _check(said):
        raise EngelsInputError(
            f"{path}",
            f"has format {str(found)[:20]}",
            f"this version reads format {' and '.join(map(str, FORMATS))}; use the version that wrote it, "
            "or, if the file is damaged, move it away and run `engels batch` with its file again",
        )
    if found == FORMAT and check != _check(said):
        raise Damaged(f"{path}", "is damaged (differs from what was written)", again)
    try:
        if found == 1:
            said = _from_first(said)
        index = Index.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(x)[:30] for x in first["loc"])
        raise Damaged(f"{path}", f"is damaged ({where}: {first['msg'][:60]})", again) from None
    if index.format not in FORMATS or (index.format == FORMAT and None in index.parts.values()):
        raise Damaged(f"{path}", "is damaged (format)", again)
    if index.format == FORMAT and content != index.text().encode():
        raise Damaged(f"{path}", "is damaged (differs from what was written)", again)
    return index


def _from_first(said: dict[str, Any]) -> dict[str, Any]:
    """An index of format 1, in which ``parts`` is a list of names."""
    parts = said.get("parts")
    names = parts if isinstance(parts, list) else [None]
    return {**said, "parts": dict.fromkeys(n if isinstance(n, str) else "" for n in names)}


def looks_like_store(folder: Path) -> bool:
    """Whether a folder without a sound index was a store: its manifest or parts of it are there."""
    return batch_name(folder) is not None or any(
        (folder / table / f"{name}.parquet").is_file()
        for table in TABLES
        for name in part_names(folder, table)
    )


def batch_name(folder: Path) -> str | None:
    """The name of the batch by its manifest; None where that is no batch's, or not readable."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    own = isinstance(said, dict) and {"name", "design", "vary", "columns", "points"} <= set(said)
    return str(said["name"]) if own else None


def part_names(folder: Path, table: str) -> list[str]:
    """Names of the parts of a table that lie in a folder, whether they count or not."""
    try:
        found = [p.name for p in (folder / table).iterdir() if p.is_file()]
    except OSError:
        return []
    names = [n.removesuffix(".parquet") for n in found if n.endswith(".parquet")]
    return sorted(n for n in names if PART.fullmatch(n))


def part_file(folder: Path, table: str, name: str) -> Path:
    """The file of a part."""
    return folder / table / f"{name}.parquet"


def part_files(folder: Path, table: str) -> list[Path]:
    """The files of ``points`` or ``results`` that count; :func:`check_store` says whether they are sound."""
    return [part_file(folder, table, name) for name in read_index(folder).parts]


def check_store(folder: Path) -> Index:
    """The index of a store, of which all that readers need was compared with what was written.

    Raises EngelsInputError in one line: which file, what is wrong with it, what to do.
    """

    def look(index: Index) -> Index:
        wrong = [*_wrong_files(folder, index), *_wrong_parts(folder, index)]
        if wrong:
            path, what, right = wrong[0]
            more = f" (and {len(wrong) - 1} more files are)" if len(wrong) > 1 else ""
            raise Damaged(f"{path}", f"{what}{more}", right)
        return index

    return _settled(folder, look)


def read_points(folder: Path) -> pa.Table:
    """The outcomes of all points that were tried. Raises as :func:`check_store`."""

    def look(index: Index) -> pa.Table:
        found = [read_part(folder, "points", n, p) for n, p in index.parts.items()]
        return pa.concat_tables(found or [POINTS.empty_table()])

    return _settled(folder, look)


def read_part(folder: Path, table: str, name: str, part: Part | None) -> pa.Table:
    """A table of a part, compared with what was written. Raises Damaged."""
    path = part_file(folder, table, name)
    wanted = getattr(part, table) if part else None
    try:
        content = sound_bytes(path, wanted)
        return decode(content, TABLES[table])
    except UNREADABLE as error:
        raise Damaged(f"{path}", _said(error), _right(path)) from None


def sound_bytes(path: Path, wanted: str | None) -> bytes:
    """The content of a file. Raises ValueError where it is not what was written, and OSError."""
    content = path.read_bytes()
    if not content:
        raise ValueError("is empty")
    if wanted is not None and digest(content) != wanted:
        raise ValueError("is damaged (differs from what was written)")
    return content


def decode(content: bytes, schema: pa.Schema) -> pa.Table:
    """A table of this schema from a Parquet file. Raises one of :data:`UNREADABLE`."""
    found = pq.read_table(pa.BufferReader(content), page_checksum_verification=True)
    if not found.schema.equals(schema):
        raise Unlike("has other columns than a store")
    return found


def _wrong_parts(folder: Path, index: Index) -> list[tuple[Path, str, str]]:
    found = []
    for name, part in index.parts.items():
        for table in TABLES:
            path = part_file(folder, table, name)
            wrong = fault(path, getattr(part, table) if part else None, TABLES[table])
            if wrong:
                found.append((path, wrong, _right(path)))
    return found


def fault(path: Path, wanted: str | None, schema: pa.Schema) -> str:
    """What is wrong with the file of a part; nothing where it is sound."""
    try:
        content = sound_bytes(path, wanted)
        if wanted is None:
            decode(content, schema)
    except UNREADABLE as error:
        return _said(error)
    return ""


def _wrong_files(folder: Path, index: Index) -> list[tuple[Path, str, str]]:
    found = []
    for name in (PLAN, MANIFEST):
        path = folder / name
        try:
            content = sound_bytes(path, index.files.get(name))  # type: ignore[call-overload]
            if name == MANIFEST and batch_name(folder) is None:
                raise ValueError("is damaged (no manifest of a batch)")
            if name not in index.files:
                if index.format == FORMAT:
                    raise ValueError("is of a batch that was ended as it began")
                if name == PLAN:
                    pq.read_table(pa.BufferReader(content))
        except UNREADABLE as error:
            found.append((path, _said(error), f"{_AGAIN}, which writes it anew"))
    return found


def _said(error: BaseException) -> str:
    """What is wrong with a file, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, IsADirectoryError):
        return "is a folder"
    if isinstance(error, OSError) and error.strerror and error.errno:
        return f"cannot be read ({error.strerror})"
    text = " ".join(str(error).split())
    return text if text.startswith(("is ", "has ")) else f"is damaged ({text[:60]})"


def _right(path: Path) -> str:
    return f"{_AGAIN}, which sets the part aside and solves its points anew"


def _settled(folder: Path, look: Callable[[Index], T]) -> T:
    """Look at a store that a batch may be writing: what is wrong counts if the index stands."""
    while True:
        index = read_index(folder)
        try:
            return look(index)
        except Damaged:
            time.sleep(SETTLE)
            if read_index(folder) == index:
                raise
