"""Times of the model from commit to commit: what ``engels bench --history`` appends to a file.

The repository keeps one in ``docs/benchmarks/history.csv``. Lines of one machine may be compared, and
ratios of all; a shared machine can be twice as slow from one day to the next.
"""

from __future__ import annotations

import csv
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from engels.data import EngelsInputError
from engels.runs.store.commit import commit

FIGURES = (
    *("unknowns", "build_s", "total_s", "shock_ipopt_s", "newton_s", "newton_iterations"),
    *("speedup", "newton_ratio", "memory_mib"),
)
"""Figures of ``bench.COLUMNS`` that are kept."""

HEAD = ("date", "commit", "machine", "aggregation", "years", *FIGURES)


def machine() -> str:
    """System, processors and Python, in a few words without commas."""
    return (
        f"{platform.system()} {platform.machine()}; {os.cpu_count()} cores; "
        f"Python {platform.python_version()}"
    )


def append_history(measured: Path, history: Path) -> int:
    """Append a line for every size in ``bench.csv`` that was measured to the end; returns how many.

    Raises EngelsInputError where ``history`` is a table with other columns.
    """
    table = pd.read_csv(measured)
    figures = table.reindex(columns=["aggregation", "years", *FIGURES])
    whole = figures[figures[["total_s", "newton_s"]].notna().all(axis=1)]
    fresh = not history.exists() or history.stat().st_size == 0
    if not fresh:
        with history.open(encoding="utf-8", newline="") as lines:
            found = tuple(next(csv.reader(lines)))
        if found != HEAD:
            raise EngelsInputError(
                f"--history {history}: is another table; its first line would be {','.join(HEAD)}"
            )
    said = (datetime.now(UTC).date().isoformat(), commit(), machine())
    history.parent.mkdir(parents=True, exist_ok=True)
    with history.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        if fresh:
            writer.writerow(HEAD)
        for row in whole.itertuples(index=False):
            writer.writerow([*said, *(f"{x:.6g}" if isinstance(x, float) else x for x in row)])
    return len(whole)
