"""Batch files of five sectors and few years, stores to compare, the command as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engels.runs.experiments.columns import RESULTS
from engels.runs.experiments.store import Store, part_files
from engels.runs.experiments.work import Outcome, failure

SMALL = """\
name: small
scenario: baseline
aggregation: "5"
ai_mode: labour
last_year: 2030
vary:
  - parameter: elasticities.ai_labour.middle
    values: [1.0, 1.5]
  - driver: markup_common
    change: add
    path: {2026: 0, 2030: 0.05}
    grid: {from: -1, to: 1, steps: 4}
"""

Write = Callable[..., Path]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def small() -> str:
    """Eight points of two economies; each takes a fraction of a second."""
    return SMALL


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a batch file (``small`` by default) and returns its path."""

    def make(text: str = SMALL, name: str = "batch.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def start_engels(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """The command as a process of its own group."""
    command = [str(Path(sys.executable).with_name("engels")), *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "500", "OMP_NUM_THREADS": "1"},
    )


PATIENCE = 300.0
"""Seconds after which a batch of a test is given up."""

Undisturbed = Callable[[str], Path]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Stores of batches that nobody disturbed, by the text of the batch; solved once each, only read."""
    done: dict[str, Path] = {}

    def get(text: str) -> Path:
        if text not in done:
            folder = tmp_path_factory.mktemp("undisturbed")
            (folder / "batch.yaml").write_text(text, encoding="utf-8")
            process = start_engels("batch", "batch.yaml", "--processes", "2", cwd=folder)
            out, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, out
            done[text] = folder / "batches" / "small"
        return done[text]

    return get


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the command as a process in the test's folder; a test that fails leaves none behind."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        begun.append(start_engels(*arguments, cwd=tmp_path))
        return begun[-1]

    yield begin
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def stored(folder: Path) -> pa.Table:
    """All figures of a store, part after part."""
    tables = [
        pq.read_table(f, schema=RESULTS, partitioning=None) for f in part_files(folder, "results")
    ]
    return pa.concat_tables(tables or [RESULTS.empty_table()])


def bits(folder: Path) -> list[bytes]:
    """The files of figures of a store, byte for byte, in the order of its index."""
    return [f.read_bytes() for f in part_files(folder, "results")]


def hand_made(
    folder: Path,
    *,
    varied: Sequence[str] = ("speed",),
    values: Sequence[object] = (),
    solved: int = 2,
    sectors: Sequence[str] = ("",),
    reason: str = "no root",
    years: Sequence[int] = (2029, 2030),
) -> Path:
    """A store of two points (more where there are more ``values``) that nobody solved.

    Figures are real GDP of every sector named (1, 2, 3, … in their order) against 1.
    """
    rows = max(len(values), 2)
    plan: dict[str, object] = {
        "number": list(range(rows)),
        "point": [f"p{n}" for n in range(rows)],
        "scenario": ["base"] * rows,
    }
    plan |= {name: list(values) or [float(n) for n in range(rows)] for name in varied}
    manifest = {
        "name": "x",
        "design": "lhs",
        "vary": [],
        "points": rows,
        "columns": {"varied": list(varied), "design": []},
    }
    outcomes, count = [], 0
    for n in range(rows):
        bad = failure(f"p{n}", reason)
        if n >= solved:
            outcomes.append(bad)
            continue
        figures = []
        for sector in sectors:
            for year in years:
                count += 1
                figures.append((f"p{n}", "base", "gdp_real", sector, "", year, count, 1.0, "index"))
        columns = dict(zip(RESULTS.names, zip(*figures, strict=True), strict=True))
        record = bad.record | {"status": "solved", "reason": ""}
        outcomes.append(
            Outcome(record, pa.table({k: list(v) for k, v in columns.items()}, schema=RESULTS))
        )
    with Store(folder, "x") as store:
        store.describe(pa.table(plan), manifest, "name: x\n")
        store.commit(outcomes)
    return folder
