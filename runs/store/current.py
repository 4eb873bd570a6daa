"""Whether a stored run is what a new one would be."""

from __future__ import annotations

import json
from pathlib import Path

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.runs.scenarios.schema import Scenario
from engels.runs.store.inputs import RunResult, describe_inputs
from engels.runs.store.results import load_run

SAME = (
    "scenario",
    "reference",
    "source",
    "aggregation",
    "ai_mode",
    "expectations",
    "last_year",
    "parameters",
    "shocks",
    "swaps",
    "table",
    "inputs",
    "code",
)
"""Entries of a manifest in which a stored run must equal the one that is wanted."""


def current_run(
    scenario: Scenario, benchmark: Benchmark, folder: Path, table: Path | None = None
) -> RunResult | None:
    """The run stored in ``folder`` where it was made from the same inputs by the same equations.

    Either solver will do: both carry the same certificate. None where there is no run, it is
    damaged, or anything of :data:`SAME` or the release differs.
    """
    if not folder.is_dir():
        return None
    try:
        run = load_run(folder)  # refuses what has no passing certificate
    except EngelsInputError:
        return None
    # through JSON, as the stored one went
    wanted = json.loads(json.dumps(describe_inputs(scenario, benchmark, table)))
    same = all(run.manifest.get(key) == wanted[key] for key in SAME)
    release = run.manifest["versions"].get("engels") == wanted["versions"]["engels"]
    return run if same and release else None
