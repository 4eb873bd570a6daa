"""What a worker process does: solve one point and report it.

Any process can solve any point, in any order: a solve starts from the solved reference and what it finds
depends on nothing else. What a process keeps between points (baseline, built models, factors at the
baseline) only saves time. Linear algebra runs in one thread, here and everywhere, for sums in another
order have other last digits.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from threadpoolctl import threadpool_limits

from engels.data import EngelsInputError
from engels.model.algebra.errors import ModelError, SolveError
from engels.runs.experiments.columns import RESULTS
from engels.runs.experiments.form import ALL
from engels.runs.indicators.headline import ROWS
from engels.runs.scenarios.schema import Scenario
from engels.runs.store.code import packaged_code
from engels.runs.store.inputs import RunResult, packaged_inputs
from engels.runs.store.results import ResultError, check_result

if TYPE_CHECKING:
    from engels.runs.simulation.simulate import Session

HEADLINE = tuple(
    dict.fromkeys(
        [
            *(row.variable for row in ROWS),
            *("engels_pause", "engels_pause_levels", "welfare_lifetime", "welfare_lifetime_share"),
            "welfare_ev",
        ]
    )
)
"""Variables that are kept where a batch file does not say; of the whole economy and its groups."""

SOLVED, FAILED = "solved", "failed"

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk without room: no fault of what the user gave, nor of a point."""


@dataclass(frozen=True)
class Task:
    """A point as it is sent to a worker. ``code`` and ``inputs`` are those of the sender."""

    point: str
    scenario: Scenario
    solver: str
    keep: tuple[str, ...]
    years: tuple[int, ...]
    code: str
    inputs: str
    table: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a point: a row of ``points`` and, where it was solved, its rows of ``results``."""

    record: dict[str, Any]
    results: pa.Table | None = None


class Worker:
    """Solves points one after the other, and keeps between them what saves time.

    What it finds depends on nothing that it has solved before.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._session: Session | None = None

    def solve(self, task: Task, begun: Callable[[], object] = lambda: None) -> Outcome:
        """Solve a point. Whatever goes wrong is a failed outcome with its reason in one line.

        ``begun`` is called when the turn of the point has come. Raises OSError where the disk is full.
        """
        # threads of one process (a Dask worker may have several) share the models
        with self._turn, threadpool_limits(1):
            begun()
            begin = time.perf_counter()
            try:
                _require_same(task)
                result = self._result(task)
                table = results_table(task, result)
            except SolveError as error:
                return failure(task.point, error.message, time.perf_counter() - begin)
            except (EngelsInputError, ModelError, ResultError) as error:
                return failure(task.point, str(error), time.perf_counter() - begin)
            except Exception as error:  # one point must not end a night's batch
                if isinstance(error, OSError) and error.errno in FULL:
                    raise
                reason = f"{type(error).__name__}: {error}"
                return failure(task.point, reason, time.perf_counter() - begin)
        manifest = result.manifest
        gaps = {k: abs(float(x["value"])) for k, x in manifest["residuals"].items()}
        record = {
            **_record(task.point, SOLVED, "", time.perf_counter() - begin),
            "residual": max(gaps.values()),
            "certificate": json.dumps(gaps),
            "solver": str(manifest["solver"]["name"]),
            "iterations": int(manifest["solver"]["iterations"]),
            "solves": int(manifest["solver"]["solves"]),
            "steps": len(manifest["homotopy_steps"]),
        }
        return Outcome(record, table)

    def _result(self, task: Task) -> RunResult:
        from engels.runs.scenarios.scenario import Economies
        from engels.runs.simulation.simulate import Session

        session = self._session
        if session is None or (session.solver, session.table) != (task.solver, task.table):
            session = self._session = Session(task.solver, Economies(task.table))
        try:
            result = session.run(task.scenario, keep=Kept(task.keep, task.years))
        finally:
            session.forget(task.scenario)
        check_result(result)
        return result


def failure(point: str, reason: str, seconds: float = 0.0) -> Outcome:
    """A failed outcome; of a longer message its first line."""
    line = " ".join((reason.strip() or "no reason was given").splitlines()[0].split())
    return Outcome(_record(point, FAILED, line, seconds))


def _record(point: str, status: str, reason: str, seconds: float) -> dict[str, Any]:
    return {
        "point": point,
        "status": status,
        "reason": reason,
        "seconds": seconds,
        "residual": None,
        "certificate": "",
        "solver": "",
        "iterations": 0,
        "solves": 0,
        "steps": 0,
        "worker": f"{socket.gethostname()}:{os.getpid()}",
        "memory": _memory(),
    }


def _memory() -> float:
    """Resident memory of this process, megabytes."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 1e6


@dataclass(frozen=True)
class Kept:
    """Figures of some variables and years: without variables the headline's, without years all."""

    keep: tuple[str, ...]
    years: tuple[int, ...]

    def figure(self, variable: str, sector: str, group: str) -> bool:
        """Whether a figure is kept; the headline's are those of the whole economy and its groups."""
        if not self.keep:
            return variable in HEADLINE and not sector
        return self.keep == (ALL,) or variable in self.keep

    def year(self, t: int) -> bool:
        """Whether a year is kept."""
        return not self.years or t in self.years


def results_table(task: Task, result: RunResult) -> pa.Table:
    """The rows of ``results``: each figure of the run beside that of its reference."""
    frame = result.frame
    keys = ["variable", "sector", "group", "year"]
    own = frame[frame["scenario"] == result.scenario].reset_index(drop=True)
    other = frame[frame["scenario"] == result.reference].reset_index(drop=True)
    if own[keys].equals(other[keys]):
        own["reference"] = other["value"]
    else:
        own = own.merge(
            other[[*keys, "value"]].rename(columns={"value": "reference"}), on=keys, how="left"
        )
    own.insert(0, "point", task.point)
    return pa.Table.from_pandas(own[RESULTS.names], schema=RESULTS, preserve_index=False)


def _require_same(task: Task) -> None:
    """A worker elsewhere may have another version of the code or the data."""
    here = socket.gethostname()
    if packaged_code() != task.code:
        raise EngelsInputError(
            f"worker {here}", "has another version of the code", "install the same commit there"
        )
    if inputs_digest(task.scenario.aggregation) != task.inputs:
        raise EngelsInputError(
            f"worker {here}", "has other data or parameters", "install the same commit there"
        )


@cache
def inputs_digest(aggregation: str) -> str:
    """The hashes of all inputs as text."""
    return json.dumps(packaged_inputs(aggregation), sort_keys=True)
