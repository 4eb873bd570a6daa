"""Batches that tables are made from, each from a batch file that `engels batch` runs too."""

from __future__ import annotations

from pathlib import Path

from engels.data import EngelsInputError
from engels.runs.console.screen import console
from engels.runs.experiments.batch import INTERRUPTED, Summary, run_batch
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.query import query
from engels.runs.store.results import ResultError


def solved_batch(folder: Path, name: str, text: str, solver: str) -> Path:
    """The store of a batch, solved as far as it is not; its file lies beside it.

    Points that cannot be solved are left to the table. Raises EngelsInputError where nothing could be
    solved, KeyboardInterrupt where the batch was interrupted, ResultError where something else stopped it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    experiment = read_experiment(file, solver=solver)
    summary = run_batch(experiment, folder, retry_failed=False, screen=console(error=True))
    _require_end(summary)
    return summary.folder


def _require_end(summary: Summary) -> None:
    if summary.stopped == INTERRUPTED:
        raise KeyboardInterrupt(summary.stopped)
    if summary.stopped:
        raise ResultError(f"{summary.folder}: {summary.stopped}")
    if not summary.kept + summary.solved:
        raise EngelsInputError(
            f"{summary.folder}: no point could be solved; `engels query` on it tells why"
        )


def worst_residual(store: Path) -> float:
    """The largest residual of the solved points of a store."""
    answer = query(store, "select max(residual) as worst from points where status = 'solved'")
    return float(answer["worst"].iloc[0])
