"""Batch files of five sectors and few years, stores to compare, the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engels.runs.experiments.layout import RESULTS
from engels.runs.experiments.store import part_files

SMALL = """\
name: small
scenario: baseline
aggregation: "5"
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


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts the command as a process in the test's folder."""

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        return start_engels(*arguments, cwd=tmp_path)

    return begin


def stored(folder: Path) -> pa.Table:
    """All figures of a store, part after part."""
    tables = [
        pq.read_table(f, schema=RESULTS, partitioning=None) for f in part_files(folder, "results")
    ]
    return pa.concat_tables(tables or [RESULTS.empty_table()])


def bits(folder: Path) -> list[bytes]:
    """The files of figures of a store, byte for byte, in the order of its index."""
    return [f.read_bytes() for f in part_files(folder, "results")]
