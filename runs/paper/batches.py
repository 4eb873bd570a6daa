"""Batches that tables are made from, each from a batch file that `engels batch` runs too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from engels.calibration.parameters import load_parameters
from engels.data import EngelsInputError
from engels.runs.console.screen import console
from engels.runs.experiments.batch import INTERRUPTED, Summary, run_batch
from engels.runs.experiments.form import read_experiment
from engels.runs.experiments.query import query
from engels.runs.paper.runs import HEADLINE
from engels.runs.scenarios.scenario import idle_parameters, load_scenario
from engels.runs.store.results import ResultError

REPORTING = "reporting"
"""Section of the parameters that define what is reported."""
CHOICES = ("path.years_beyond", "capital.income_weight")
"""Ways to do something, which T14 compares, and not numbers that are uncertain."""
COARSE = {"43": "12", "154": "12"}
"""The sectors at which all parameters are screened; fewer sectors are screened as they are."""


def candidates() -> list[str]:
    """Parameters that are numbers with a finite range and that the headline reads.

    Definitions of outcomes, switches, choices between ways to solve or to calibrate, and what belongs to
    blocks and nests that the headline does not have are not among them.
    """
    table = load_parameters().frame()
    bounded = np.isfinite(table[["low", "high", "value"]].astype(float)).all(axis=1)
    names = table.index.str
    apart = (
        names.startswith(f"{REPORTING}.") | names.endswith(".active") | table.index.isin(CHOICES)
    )
    ranged = list(table.index[~apart & bounded & (table["low"] < table["high"])])
    idle = idle_parameters(load_scenario(HEADLINE), ranged)
    return [key for key in ranged if key not in idle]


def batch_text(
    name: str,
    title: str,
    parameters: Sequence[str],
    aggregation: str,
    keep: Sequence[str],
    draws: int | None = None,
) -> str:
    """A batch file of the headline in which parameters vary over their published ranges.

    One by one to both ends; with ``draws`` drawn together so many times, most likely at their values.
    """
    drawn = draws is not None
    content: dict[str, Any] = {
        "name": name,
        "title": title,
        "scenario": HEADLINE,
        "aggregation": aggregation,
        **({"design": "lhs", "samples": draws, "seed": 1} if drawn else {"design": "tornado"}),
        "keep": list(keep),
        "vary": [
            {"parameter": key, "triangular" if drawn else "uniform": "published"}
            for key in parameters
        ],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


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
