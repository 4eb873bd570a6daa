"""The store of a batch: parts of Parquet, written by one process, whole or not there.

What a commit adds lies in two files of one name, ``results/NAME.parquet`` and ``points/NAME.parquet``. It
counts from the moment in which ``index.json`` names it, and the index is replaced in one step: a writer
that is killed leaves the index of before or of after, and files that no index names are removed by the next
writer. Small parts (``new-…``) are merged as they become many, and when a batch ends all are written again
in the order of the plan, so that a store does not tell in what order, or by how many processes, it was
filled. A lock, which the system gives back when its holder ends, keeps a second writer out.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from engels.data import EngelsInputError
from engels.runs.experiments.layout import FORMAT, POINTS, RESULTS
from engels.runs.experiments.work import FAILED, Outcome

INDEX, PLAN, MANIFEST, FORM = "index.json", "plan.parquet", "manifest.json", "batch.yaml"
TABLES = {"points": POINTS, "results": RESULTS}

LOOSE = 64
"""So many small parts are merged into one."""

LARGE = 1_000_000
"""Rows of results that a part holds at most, unless one point has more."""


def read_index(folder: Path) -> dict[str, Any]:
    """The index of a store. Raises EngelsInputError where there is none, or it is not readable."""
    path = folder / INDEX
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise EngelsInputError(
            f"{folder}", "is no store of a batch", "give a folder that `engels batch` has written"
        ) from None
    except ValueError:
        raise EngelsInputError(
            f"{path}", "is damaged", "restore it, or remove the folder"
        ) from None
    if found.get("format") != FORMAT:
        raise EngelsInputError(
            f"{path}", f"has format {found.get('format')}", f"this version reads format {FORMAT}"
        )
    return dict(found)


def part_files(folder: Path, table: str) -> list[Path]:
    """The files of ``points`` or ``results`` that count."""
    return [folder / table / f"{name}.parquet" for name in read_index(folder)["parts"]]


def read_points(folder: Path) -> pa.Table:
    """The outcomes of all points that were tried."""
    found = [_read(file, POINTS) for file in part_files(folder, "points")]
    return pa.concat_tables(found or [POINTS.empty_table()])


def _read(file: Path, schema: pa.Schema) -> pa.Table:
    # folders above may be called a=b, which is no partition of ours
    return pq.read_table(file, schema=schema, partitioning=None)


class Store:
    """The store of one batch, open for writing; use it in a ``with`` statement."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make or open the store of the batch ``name``.

        Raises EngelsInputError where the folder cannot be written, is being written by another
        process or is another batch's.
        """
        self.folder = folder
        try:
            for table in TABLES:
                (folder / table).mkdir(parents=True, exist_ok=True)
            self._lock = (folder / "lock").open("a+")
        except OSError as error:
            raise EngelsInputError(
                f"{folder}: cannot be written ({error.strerror}); choose another folder with --out"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise EngelsInputError(
                f"{folder}",
                "is being written by another process",
                "wait for it, or choose another --out",
            ) from None
        try:
            self._open(name)
        except BaseException:
            self._lock.close()
            raise

    def _open(self, name: str) -> None:
        if (self.folder / INDEX).exists():
            self._index = read_index(self.folder)
            if self._index["name"] != name:
                raise EngelsInputError(
                    f"{self.folder}",
                    f"holds the batch {self._index['name']!r}",
                    "choose another --out",
                )
        else:
            self._index = {"format": FORMAT, "name": name, "next": 1, "ordered": True, "parts": []}
            self._publish()
        self._sweep()
        found = read_points(self.folder)
        self.status: dict[str, str] = dict(
            zip(found["point"].to_pylist(), found["status"].to_pylist(), strict=True)
        )
        self._pending = 0  # rows in small parts

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.close()

    def describe(self, plan: pa.Table, manifest: Mapping[str, Any], text: str) -> None:
        """Write down what the batch is: its plan, its manifest and its file."""
        said = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True)
        _replace(self.folder / FORM, text.encode())
        _replace(self.folder / MANIFEST, said.encode() + b"\n")
        buffer = pa.BufferOutputStream()
        pq.write_table(plan, buffer, compression="zstd")
        _replace(self.folder / PLAN, buffer.getvalue().to_pybytes())

    def commit(self, outcomes: Sequence[Outcome]) -> None:
        """Store outcomes of points that are not in the store; they are there when this returns."""
        if not outcomes:
            return
        records = pa.Table.from_pylist([o.record for o in outcomes], schema=POINTS)
        figures = [o.results for o in outcomes if o.results is not None]
        results = pa.concat_tables(figures) if figures else RESULTS.empty_table()
        name = self._name("new")
        self._write(name, records, results)
        self._publish(ordered=False, parts=[*self._index["parts"], name])
        self.status |= {o.record["point"]: o.record["status"] for o in outcomes}
        self._pending += len(results)
        self._merge_small()

    def forget(self, points: Iterable[str]) -> None:
        """Take failed points out of the store, to be tried again."""
        gone = [p for p in points if self.status.get(p) == FAILED]
        if not gone:
            return
        parts, old = [], []
        for name in self._index["parts"]:
            records = _read(self._file("points", name), POINTS)
            left = records.filter(pc.invert(pc.is_in(records["point"], pa.array(gone))))
            if len(left) == len(records):
                parts.append(name)
                continue
            old.append(name)
            if len(left):
                # a failed point has no figures: those of the part stay as they are
                parts.append(self._name("part"))
                self._write(parts[-1], left, _read(self._file("results", name), RESULTS))
        self._publish(parts=parts)
        self._remove(old)
        for point in gone:
            del self.status[point]

    def order(self, points: Sequence[str]) -> None:
        """Write all parts again, points in the given order, others after them by id."""
        known = dict.fromkeys([p for p in points if p in self.status])
        others = sorted(p for p in self.status if p not in known)
        wanted = [*known, *others]
        old = list(self._index["parts"])
        records = read_points(self.folder)
        if self._index["ordered"] and records["point"].to_pylist() == wanted:
            return
        place = pa.array(wanted)
        records = records.take(pc.sort_indices(pc.index_in(records["point"], place)))
        files = [str(f) for f in part_files(self.folder, "results")]
        source = ds.dataset(files, schema=RESULTS, format="parquet") if files else None
        parts = []
        for chosen in self._spans(wanted):
            mine = pa.array(chosen)
            rows = RESULTS.empty_table()
            if source is not None:
                rows = source.to_table(filter=pc.field("point").isin(mine))
                # stable: the rows of a point keep their order
                at = pc.index_in(rows["point"], mine)
                rows = rows.take(pc.sort_indices(at))
            parts.append(self._name("part"))
            self._write(parts[-1], records.filter(pc.is_in(records["point"], mine)), rows)
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
        small = [n for n in self._index["parts"] if n.startswith("new")]
        if len(small) < LOOSE and self._pending < LARGE:
            return
        self._pending = 0
        name = self._name("part")
        self._write(
            name,
            *(
                pa.concat_tables([_read(self._file(t, n), s) for n in small])
                for t, s in TABLES.items()
            ),
        )
        self._publish(parts=[*(n for n in self._index["parts"] if n not in small), name])
        self._remove(small)

    def _name(self, kind: str) -> str:
        number = int(self._index["next"])
        self._index["next"] = number + 1
        return f"{kind}-{number:06d}"

    def _file(self, table: str, name: str) -> Path:
        return self.folder / table / f"{name}.parquet"

    def _write(self, name: str, points: pa.Table, results: pa.Table) -> None:
        for table, content in (("results", results), ("points", points)):
            path = self._file(table, name)
            with path.open("wb") as stream:
                pq.write_table(content, stream, compression="zstd")
                stream.flush()
                os.fsync(stream.fileno())
            _sync(path.parent)

    def _publish(self, **changes: Any) -> None:
        """Replace the index: from here on, what it names counts."""
        self._index |= changes
        _replace(self.folder / INDEX, json.dumps(self._index).encode())

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            for table in TABLES:
                self._file(table, name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what killed writers left behind."""
        counted = set(self._index["parts"])
        for table in TABLES:
            for path in (self.folder / table).iterdir():
                if path.stem not in counted:
                    path.unlink(missing_ok=True)
        for path in self.folder.glob("*.tmp"):
            path.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is the old one or the new one at every moment."""
    fresh = path.with_name(f"{path.name}.tmp")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the entries of a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
