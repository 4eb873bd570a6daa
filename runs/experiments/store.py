"""The store of a batch: parts of Parquet, written by one process, whole or not there.

What a commit adds lies in two files of one name, ``results/NAME.parquet`` and ``points/NAME.parquet``. It
counts from the moment in which ``index.json`` names it, and the index is replaced in one step: a writer
that is killed leaves the index of before or of after, and whole parts that no index names are taken in by
the next writer. Small parts (``new-…``) are merged as they become many, and when a batch ends all are
written again in the order of the plan, so that a store does not tell in what order, or by how many
processes, it was filled. A lock, which the system gives back when its holder ends, keeps a second writer
out.

A writer removes only files that a writer made: parts by their names, once what they hold is elsewhere, and
its own temporary files. A part that is not what was written is set aside under another name, and its points
count as missing; a lost index is made anew from the parts.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from engels.data import EngelsInputError
from engels.runs.experiments.columns import FORMAT, POINTS, RESULTS
from engels.runs.experiments.parts import (
    ASIDE,
    FORM,
    INDEX,
    MANIFEST,
    MARK,
    PART,
    PLAN,
    TABLES,
    UNREADABLE,
    Damaged,
    Index,
    Part,
    Unlike,
    batch_name,
    check_store,
    decode,
    digest,
    fault,
    looks_like_store,
    part_file,
    part_files,
    part_names,
    read_index,
    read_part,
    read_points,
    sound_bytes,
)
from engels.runs.experiments.work import FAILED, FULL, SOLVED, Outcome

__all__ = [
    "FORM",
    "INDEX",
    "MANIFEST",
    "PLAN",
    "TABLES",
    "Store",
    "check_store",
    "part_files",
    "read_index",
    "read_points",
    "require_place",
    "require_writable",
]

LOOSE = 64
"""So many small parts are merged into one."""

LARGE = 1_000_000
"""Rows of results that a part holds at most, unless one point has more."""

LOCK = "lock"
TEMPORARY = {name: f".engels.{name}.tmp" for name in (INDEX, PLAN, MANIFEST, FORM)}
"""Where a file is written before it takes its place."""


def require_writable(folder: Path) -> None:
    """A folder is there, or can be made, and can be written to; nothing is left in it.

    Raises EngelsInputError.
    """
    try:
        place = folder
        while not place.exists():
            place = place.parent
        with suppress(FileNotFoundError):
            folder.lstat()  # a name that is too long does not exist either
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> Exception:
    if error.errno in FULL:
        return OSError(error.errno, error.strerror, str(folder))
    return EngelsInputError(
        f"{_short(folder)}: cannot be written ({error.strerror}); choose another folder with --out"
    )


def require_place(folder: Path, name: str) -> None:
    """The store of the batch ``name`` is in ``folder`` or can be made there. Nothing is changed.

    Raises EngelsInputError: the folder cannot be written, is another batch's, or holds other files.
    """
    require_writable(folder)
    if not folder.exists() or _fresh(folder):
        return
    try:
        owner: str | None = read_index(folder).name
    except Damaged:
        owner = name
        if looks_like_store(folder):
            owner = batch_name(folder) or name
        elif (folder / INDEX).exists():
            raise _foreign(folder) from None
    except EngelsInputError:
        if (folder / INDEX).exists():
            raise  # of another format
        raise _foreign(folder) from None
    if owner != name:
        raise EngelsInputError(
            f"{folder}", f"holds the batch {str(owner)[:60]!r}", "choose another --out"
        )


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 120 else f"{text[:60]}…{text[-20:]}"


def _foreign(folder: Path) -> EngelsInputError:
    return EngelsInputError(
        f"{folder}",
        "is not empty and holds no store of a batch",
        "choose another --out, or give the batch another name",
    )


def _fresh(folder: Path) -> bool:
    """Whether nothing lies there but what a writer makes before it has an index."""
    own = {LOCK, *TABLES, TEMPORARY[INDEX]}
    return all(p.name in own for p in folder.iterdir()) and not any(
        (folder / t).exists() and any((folder / t).iterdir()) for t in TABLES
    )


class _Found(NamedTuple):
    """A part that no index names: its points, and the bytes of its results."""

    points: pa.Table
    results: pa.Table


class Store:
    """The store of one batch, open for writing; use it in a ``with`` statement.

    ``notes`` says in lines what was wrong with the store and what became of it. ``status`` tells of every
    point in the store whether it is solved or failed.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Make or open the store of the batch ``name``.

        Raises EngelsInputError where the folder cannot be written, is being written by another
        process, is another batch's or holds other files.
        """
        self.folder = folder
        self.notes: list[str] = []
        self.status: dict[str, str] = {}
        require_place(folder, name)
        try:
            for table in TABLES:
                (folder / table).mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / LOCK, timeout=0)
            self._lock.acquire()
        except Timeout:
            raise EngelsInputError(
                f"{folder}",
                "is being written by another process",
                "wait for it, or choose another --out",
            ) from None
        except OSError as error:
            raise _unwritable(folder, error) from None
        with ExitStack() as opening:
            opening.callback(self._lock.release)
            self._open(name)
            opening.pop_all()  # it is held until the store is closed

    def _open(self, name: str) -> None:
        lost = ""
        try:
            self._index = read_index(self.folder)
        except Damaged as error:
            self._index = Index(name=name)
            lost = str(error).split(";")[0]
            if (self.folder / INDEX).exists():
                self._set_aside(self.folder / INDEX)
        except EngelsInputError:
            if (self.folder / INDEX).exists():
                raise
            self._index = Index(name=name)
            self._publish()
        self._check_parts()
        # no name is used twice, even where an older index was put back
        known = [n for t in TABLES for n in part_names(self.folder, t)]
        above = max((int(n.split("-")[1]) + 1 for n in known), default=1)
        self._index = self._index.model_copy(update={"next": max(self._index.next, above)})
        found = read_points(self.folder) if (self.folder / INDEX).exists() else POINTS.empty_table()
        self._note(found)
        kept = self._take_in(bool(lost))
        if lost:
            self.notes.append(
                f"{lost}; made anew from {len(self._index.parts)} parts with {kept} points"
            )
        for file in TEMPORARY.values():
            (self.folder / file).unlink(missing_ok=True)
        self._pending = 0  # rows in small parts

    def _note(self, points: pa.Table) -> None:
        self.status |= dict(
            zip(points["point"].to_pylist(), points["status"].to_pylist(), strict=True)
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def describe(self, plan: pa.Table, manifest: Mapping[str, Any], text: str) -> None:
        """Write down what the batch is: its plan, its manifest and its file."""
        said = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
        files = {
            FORM: text.encode(),
            MANIFEST: said.encode() + b"\n",
            PLAN: _parquet(plan),
        }
        for name, content in files.items():
            self._replace(name, content)
        self._publish(files={name: digest(content) for name, content in files.items()})

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Store outcomes of points that are not in the store; they are there when this returns.

        Raises OSError, with the file's name, where the disk is full or gone; the store is as before.
        """
        if not outcomes:
            return
        records = pa.Table.from_pylist([o.record for o in outcomes], schema=POINTS)
        figures = [o.results for o in outcomes if o.results is not None]
        results = pa.concat_tables(figures) if figures else RESULTS.empty_table()
        name = self._name("new")
        part = self._write(name, records, results)
        self._publish(ordered=False, parts={**self._index.parts, name: part})
        self._note(records)
        self._pending += len(results)
        self._merge_small()

    def forget(self, points: Iterable[str]) -> None:
        """Take failed points out of the store, to be tried again."""
        gone = [p for p in points if self.status.get(p) == FAILED]
        if not gone:
            return
        parts: dict[str, Part | None] = {}
        old = []
        for name, part in self._index.parts.items():
            records = self._read("points", name)
            left = records.filter(
                pc.invert(pc.is_in(records["point"], pa.array(gone, pa.string())))
            )
            if len(left) == len(records):
                parts[name] = part
                continue
            old.append(name)
            if len(left):
                # a failed point has no figures: those of the part stay as they are
                fresh = self._name("part")
                parts[fresh] = self._write(fresh, left, self._read("results", name))
        self._publish(parts=parts)
        self._remove(old)
        for point in gone:
            del self.status[point]

    def order(self, points: Sequence[str]) -> None:
        """Write all parts again, points in the given order, others after them by id."""
        known = dict.fromkeys([p for p in points if p in self.status])
        others = sorted(p for p in self.status if p not in known)
        wanted = [*known, *others]
        old = list(self._index.parts)
        found = [self._read("points", name) for name in old]
        records = pa.concat_tables(found or [POINTS.empty_table()])
        if self._index.ordered and records["point"].to_pylist() == wanted:
            return
        # what is written again is hashed again: damage since the store was opened must not be
        for name, part in self._index.parts.items():
            path = part_file(self.folder, "results", name)
            if wrong := fault(path, part.results if part else None, RESULTS):
                raise Damaged(f"{path}", wrong, "run the command again, which sets it aside")
        place = pa.array(wanted, pa.string())
        records = records.take(pc.sort_indices(pc.index_in(records["point"], place)))
        files = [str(f) for f in part_files(self.folder, "results")]
        source = ds.dataset(files, schema=RESULTS, format="parquet") if files else None
        parts = {}
        for chosen in self._spans(wanted):
            mine = pa.array(chosen, pa.string())
            rows = RESULTS.empty_table()
            if source is not None:
                rows = source.to_table(filter=pc.field("point").isin(mine))
                # stable: the rows of a point keep their order
                at = pc.index_in(rows["point"], mine)
                rows = rows.take(pc.sort_indices(at))
            name = self._name("part")
            parts[name] = self._write(name, records.filter(pc.is_in(records["point"], mine)), rows)
        self._publish(ordered=True, parts=parts)
        self._remove(old)

    def _spans(self, points: Sequence[str]) -> list[list[str]]:
        """The points in spans of about :data:`LARGE` rows of results."""
        sizes: dict[str, int] = {}
        for file in part_files(self.folder, "results"):
            for batch in pq.ParquetFile(file).iter_batches(columns=["point"]):
                for item in pc.value_counts(batch.column(0)).to_pylist():
                    sizes[item["values"]] = sizes.get(item["values"], 0) + item["counts"]
        spans: list[list[str]] = []
        filled = 0
        for point in points:
            size = sizes.get(point, 0)
            if not spans or filled + size > LARGE:
                spans.append([])
                filled = 0
            spans[-1].append(point)
            filled += size
        return spans

    def _merge_small(self) -> None:
        small = [n for n in self._index.parts if n.startswith("new")]
        if len(small) < LOOSE and self._pending < LARGE:
            return
        self._pending = 0
        name = self._name("part")
        points, results = (pa.concat_tables([self._read(t, n) for n in small]) for t in TABLES)
        part = self._write(name, points, results)
        rest = {n: p for n, p in self._index.parts.items() if n not in small}
        self._publish(parts={**rest, name: part})
        self._remove(small)

    # --- opening what was left behind ---

    def _check_parts(self) -> None:
        """Set aside parts that are not what was written; give those of format 1 their hashes."""
        parts: dict[str, Part | None] = {}
        for name, part in self._index.parts.items():
            wrong = {}
            for table, schema in TABLES.items():
                path = part_file(self.folder, table, name)
                if said := fault(path, getattr(part, table) if part else None, schema):
                    wrong[path] = said
            if not wrong:
                parts[name] = part or Part(
                    **{t: digest(part_file(self.folder, t, name).read_bytes()) for t in TABLES}
                )
                continue
            self._set_aside(*(part_file(self.folder, t, name) for t in TABLES))
            path, said = next(iter(wrong.items()))
            self.notes.append(
                f"{path}: {said}; set aside as {name}.parquet{ASIDE}, its points count as missing"
            )
        if parts != self._index.parts or self._index.format != FORMAT:
            self._publish(format=FORMAT, parts=parts)

    def _take_in(self, lost: bool) -> int:
        """Take in points of whole parts that no index names; how many.

        A killed writer leaves such parts, and so does an index that was ``lost`` or put back from
        an older copy. Of several outcomes of a point one that is solved counts, then the latest.
        """
        left = {n for t in TABLES for n in part_names(self.folder, t)} - set(self._index.parts)
        # the latest first; of one number the merged one, which was made from the others
        names = sorted(left, key=lambda n: (int(n.split("-")[1]), n), reverse=True)
        points: dict[str, pa.Table] = {}
        for name in names:
            found = self._whole(name, lost)
            if found is not None:
                points[name] = found.points
        chosen: dict[str, list[str]] = {name: [] for name in points}
        for status in (SOLVED, FAILED):
            for name, table in points.items():
                mine = table.filter(pc.equal(table["status"], status))["point"].to_pylist()
                fresh = [p for p in mine if p not in self.status]
                chosen[name] += fresh
                self.status |= dict.fromkeys(fresh, status)
        parts = dict(self._index.parts)
        for name in reversed(points):
            if not chosen[name]:
                continue
            found = self._whole(name, lost)
            if found is None:  # it changed between two looks
                continue
            mine = pa.array(chosen[name], pa.string())
            copy = self._name("part")
            parts[copy] = self._write(copy, *(t.filter(pc.is_in(t["point"], mine)) for t in found))
        if lost or parts != self._index.parts:
            self._publish(ordered=False, parts=parts)
        self._remove(points)
        return sum(map(len, chosen.values()))

    def _whole(self, name: str, lost: bool) -> _Found | None:
        """A part that no index names, if it is sound; otherwise its files are put out of the way."""
        files = {t: part_file(self.folder, t, name) for t in TABLES}
        try:
            points = decode(sound_bytes(files["points"], None), POINTS)
            content = sound_bytes(files["results"], self._marked(points))
            results = decode(content, RESULTS)
            solved = points.filter(pc.equal(points["status"], SOLVED))["point"].to_pylist()
            if set(solved) != set(results["point"].unique().to_pylist()):
                raise Unlike("is not of the same points as its results")
        except UNREADABLE as error:
            if lost or isinstance(error, Unlike):
                said = "is missing" if isinstance(error, FileNotFoundError) else str(error)
                self._set_aside(*files.values())
                self.notes.append(
                    f"{name}.parquet: {said[:80]}; set aside as {name}.parquet{ASIDE}"
                )
            else:  # a writer was killed as it wrote this
                self._remove([name])
            return None
        return _Found(points, results)

    def _marked(self, points: pa.Table) -> str | None:
        """The hash of its results, as a file of points has it; None in those of format 1."""
        mark = (points.schema.metadata or {}).get(MARK)
        if mark is None:
            return None
        said = json.loads(mark)
        if not isinstance(said, dict) or said.get("batch") != self._index.name:
            raise Unlike("is of another batch")
        if said.get("points") != _fingerprint(points):
            raise Unlike("is damaged (differs from what was written)")
        return str(said.get("results"))

    def _set_aside(self, *files: Path) -> None:
        for file in files:
            number, place = 1, file.with_name(file.name + ASIDE)
            while place.exists():
                number += 1
                place = file.with_name(f"{file.name}{ASIDE}-{number}")
            if file.exists():
                file.rename(place)

    # --- writing ---

    def _name(self, kind: str) -> str:
        number = self._index.next
        self._index = self._index.model_copy(update={"next": number + 1})
        return f"{kind}-{number:06d}"

    def _read(self, table: str, name: str) -> pa.Table:
        return read_part(self.folder, table, name, self._index.parts[name])

    def _write(self, name: str, points: pa.Table, results: pa.Table) -> Part:
        """Write the two files of a part, that of its points last."""
        figures = _parquet(results)
        mark = {
            "batch": self._index.name,
            "results": digest(figures),
            "points": _fingerprint(points),
        }
        records = _parquet(points.replace_schema_metadata({MARK: json.dumps(mark)}))
        for table, content in (("results", figures), ("points", records)):
            path = part_file(self.folder, table, name)
            with _naming(path):
                try:
                    # never over something that is there
                    with path.open("xb") as stream:
                        stream.write(content)
                        stream.flush()
                        os.fsync(stream.fileno())
                    _sync(path.parent)
                except OSError as error:
                    if not isinstance(error, FileExistsError):
                        path.unlink(missing_ok=True)
                    raise
        return Part(points=digest(records), results=digest(figures))

    def _publish(self, **changes: Any) -> None:
        """Replace the index: from here on, what it names counts."""
        index = self._index.model_copy(update=changes)
        self._replace(INDEX, index.text().encode())
        self._index = index

    def _replace(self, name: str, content: bytes) -> None:
        """Write a file so that it is the old one or the new one at every moment."""
        path, fresh = self.folder / name, self.folder / TEMPORARY[name]
        with _naming(path):
            try:
                with fresh.open("wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                fresh.replace(path)
                _sync(path.parent)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise

    def _remove(self, names: Iterable[str]) -> None:
        """Remove files of parts that this or an earlier writer made."""
        for name in names:
            assert PART.fullmatch(name)
            for table in TABLES:
                part_file(self.folder, table, name).unlink(missing_ok=True)


def _fingerprint(points: pa.Table) -> str:
    """A hash of what a table of points says, however it is written."""
    return digest(json.dumps(points.to_pylist()).encode())


def _parquet(table: pa.Table) -> bytes:
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return bytes(buffer.getvalue().to_pybytes())


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors of the system say which file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _sync(folder: Path) -> None:
    """Make the entries of a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
