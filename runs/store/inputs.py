"""What a run is made from, as its manifest says it, before anything is solved; and what a run is.

Nothing here stores or reads a run: what solves imports this, and not what writes folders and headlines.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from engels.calibration.benchmark import Benchmark
from engels.data.files import checksum, read_bytes
from engels.runs.scenarios.schema import BASELINE, LIBRARY, Scenario, reference_of
from engels.runs.store.code import SIMULATION, data_digests, packaged_code
from engels.runs.store.commit import commit

if TYPE_CHECKING:
    # `engels doctor` reports a missing Pyomo, and must not need it
    from engels.model.algebra.point import Values

PACKAGES = ("engels", "pyomo", "idaes-pse", "numpy", "scipy", "pandas", "pyarrow", "pydantic")


@dataclass(frozen=True)
class RunResult:
    """A solved run: a tidy frame (see the module docstring), its manifest and its full solution.

    ``solution`` maps a variable of the model to its values by index (None where it was not kept);
    ``origins`` holds the same of the paths that the run departs from, by scenario, the baseline first.
    """

    frame: pd.DataFrame
    manifest: dict[str, Any]
    solution: Values | None = None
    origins: Mapping[str, Values] = field(default_factory=dict)

    @property
    def scenario(self) -> str:
        """Name of the run's scenario."""
        return str(self.manifest["scenario"])

    @property
    def reference(self) -> str:
        """Name of the run that deviations are measured from."""
        return str(self.manifest["reference"])

    @property
    def pause_threshold(self) -> float:
        """By how much a wage in Engels' pause is lower at least, as a share of the reference's."""
        return float(self.manifest["pause_threshold"])


def describe_inputs(
    scenario: Scenario, benchmark: Benchmark, table: Path | None = None
) -> dict[str, Any]:
    """The part of a manifest that is known before solving.

    Keys: scenario, label (see :func:`run_folder`), asked (what the command line changed), reference,
    source (see :func:`source_of`), aggregation, ai_mode, expectations, last_year, title, scenario_text
    (file -> text, of the scenario, what it includes and its reference), shocks and swaps of the scenario
    itself, inputs (file -> SHA-256), code (see ``code.py``), versions, commit, sectors
    (code -> labels, stage, intensity), ai (code of the AI sector), pause_threshold (a share of the
    reference's wage). ``table`` is the base-year table of
    the user, if any. Files of the user have their whole path.
    """
    parts = {
        part.name: part.source
        for part in (*reference_of(scenario).parts(), *scenario.parts())
        if part.source.text
    }
    texts = {f"{name}.yaml": source.text for name, source in parts.items()}
    return {
        "scenario": scenario.name,
        "label": scenario.label,
        "asked": dict(scenario._asked),
        "reference": scenario.reference,
        "source": source_of(scenario),
        **scenario.settings,
        "aggregation": whole_path(scenario.aggregation),
        "last_year": scenario.last_year,
        "parameters": scenario.all_parameters(),
        "table": str(table.resolve()) if table else None,
        "title": {"en": scenario.title.en, "zh": scenario.title.zh},
        "scenario_text": texts,
        # the scenario's own, for one that was built in Python and has no text
        "shocks": [s.model_dump(mode="json", exclude_defaults=True) for s in scenario.shocks],
        "swaps": [s.model_dump(mode="json", exclude_defaults=True) for s in scenario.swaps],
        "inputs": {
            **packaged_inputs(scenario.aggregation),
            **table_inputs(table),
            **{f"scenario/{name}": checksum(text.encode()) for name, text in texts.items()},
        },
        "code": packaged_code(),
        "versions": versions(),
        "commit": commit(),
        "sectors": {
            code: {
                **benchmark.labels.get(code, {}),
                "stage": benchmark.stage[code],
                "intensity": benchmark.intensity[code],
            }
            for code in benchmark.sectors
        },
        "ai": benchmark.ai,
        "pause_threshold": benchmark.pause_threshold,
    }


OF_LIBRARY = "library"
OF_PYTHON = "python"


def source_of(scenario: Scenario) -> str:
    """Where a scenario is from: ``library``, the whole path of its file, or ``python``."""
    path, text = scenario.source.path, scenario.source.text
    if scenario.name == BASELINE or (text and path.resolve().parent == LIBRARY.resolve()):
        return OF_LIBRARY
    return str(path.resolve()) if text else OF_PYTHON


def whole_path(aggregation: str) -> str:
    """An aggregation by name, or the whole path of a mapping file."""
    return str(Path(aggregation).resolve()) if is_mapping_file(aggregation) else aggregation


def is_mapping_file(aggregation: str) -> bool:
    """Whether an aggregation is the path of a mapping file, and no name."""
    return aggregation.endswith((".yaml", ".yml"))


def table_inputs(table: Path | None) -> dict[str, str]:
    """Hashes of a user's table and of the sector list beside it, if any.

    Raises EngelsInputError where the table cannot be read.
    """
    if table is None:
        return {}
    found = {f"table/{table.name}": checksum(read_bytes(table, str(table)))}
    sectors = table.with_name(f"sectors-{table.stem.partition('-')[2]}.csv")
    if sectors.is_file():
        found[f"table/{sectors.name}"] = checksum(read_bytes(sectors, str(sectors)))
    return found


def mapping_inputs(aggregation: str) -> dict[str, str]:
    """Hash of the mapping where it is a file of the user.

    Raises EngelsInputError where it cannot be read.
    """
    if not is_mapping_file(aggregation):
        return {}
    own = Path(aggregation)
    return {f"mapping/{own.name}": checksum(read_bytes(own, str(own)))}


def packaged_inputs(aggregation: str) -> dict[str, str]:
    """Hashes of the mapping and of all data that the modules behind a run name.

    Among them is the catalogue, which holds the hash of every table: a table that differs from it is refused.

    Raises EngelsInputError where a mapping of the user cannot be read.
    """
    found = dict(data_digests(SIMULATION, words=False))
    own = mapping_inputs(aggregation)
    if own:
        found |= own
    else:
        name = f"{aggregation}.yaml"
        file = files("engels.calibration").joinpath("mappings", name)
        found[f"calibration/mappings/{name}"] = checksum(file.read_bytes())
    return found


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    return found | {package: _installed(package) for package in PACKAGES}


@cache
def _installed(package: str) -> str:
    """Version of a package; read once, for its metadata are a text of some pages."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def identity(scenario: Scenario, table: Path | None = None) -> dict[str, Any]:
    """The part of a manifest by which :func:`refuse_other` tells one run from another."""
    return {
        "scenario": scenario.name,
        "label": scenario.label,
        "source": source_of(scenario),
        **scenario.settings,
        "aggregation": whole_path(scenario.aggregation),
        "last_year": scenario.last_year,
        "parameters": scenario.all_parameters(),
        "table": str(table.resolve()) if table else None,
        "scenario_text": {
            f"{part.name}.yaml": part.source.text
            for part in (*reference_of(scenario).parts(), *scenario.parts())
            if part.source.text
        },
        "inputs": {**packaged_inputs(scenario.aggregation), **table_inputs(table)},
    }
