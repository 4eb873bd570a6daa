"""Results on disk: one folder a run, complete or not there at all.

    results/<aggregation>/<scenario>-<ai_mode>-<expectations>/
        results.parquet   scenario, variable, sector, group, year, value, unit
        manifest.json     scenario text, hashes of all inputs, versions, solver, residuals, seconds
        solution.parquet  every variable of the model: what `engels check` judges again
        headline.csv      the headline table

The frame holds the run and, under its own name in ``scenario``, the reference it is measured
from, so that a folder can be read without any other.
"""

from __future__ import annotations

import ast
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.data.files import checksum
from engels.runs.headline import headline
from engels.runs.schema import Scenario, reference_of
from engels.runs.spreadsheet import write_csv

if TYPE_CHECKING:
    # `engels doctor` reports a missing Pyomo, and must not need it
    from engels.model.point import Values

COLUMNS = ("scenario", "variable", "sector", "group", "year", "value", "unit")
TEXT = ("scenario", "variable", "sector", "group", "unit")
PACKAGES = ("engels", "pyomo", "idaes-pse", "numpy", "scipy", "pandas", "pyarrow", "pydantic")


CODE: dict[str, tuple[str, ...]] = {
    "engels.data": (),
    "engels.calibration": (),
    "engels.model": (),
    "engels.runs": ("measures.py", "paths.py", "simulate.py"),
}
"""Packages whose code makes the figures of a run; modules of them, where not all do."""

SOLUTION = "solution.parquet"


class ResultError(Exception):
    """A run that may not be stored: it has no passing residual, or figures are missing."""


class Solver(BaseModel):
    """What solved the model."""

    model_config = ConfigDict(extra="allow")

    name: str
    version: str
    linear_solver: str


class Residual(BaseModel):
    """The worst residual of one kind, and what it may be at most."""

    value: float
    tolerance: float


class Manifest(BaseModel):
    """What ``manifest.json`` must say; it may say more."""

    model_config = ConfigDict(extra="allow")

    scenario: str
    reference: str
    aggregation: str
    ai_mode: str
    expectations: str
    scenario_text: dict[str, str]
    inputs: dict[str, str]
    versions: dict[str, str]
    solver: Solver
    residuals: dict[str, Residual]
    homotopy_steps: list[float]
    seconds: dict[str, float]


@dataclass(frozen=True)
class RunResult:
    """A solved run: a tidy frame (see the module docstring), its manifest and its full solution.

    ``solution`` maps a variable of the model to its values by index (None where it was not kept).
    """

    frame: pd.DataFrame
    manifest: dict[str, Any]
    solution: Values | None = None

    @property
    def scenario(self) -> str:
        """Name of the run's scenario."""
        return str(self.manifest["scenario"])

    @property
    def reference(self) -> str:
        """Name of the run that deviations are measured from."""
        return str(self.manifest["reference"])


def describe_inputs(
    scenario: Scenario, benchmark: Benchmark, table: Path | None = None
) -> dict[str, Any]:
    """The part of a manifest that is known before solving.

    Keys: scenario, reference, aggregation, ai_mode, expectations, last_year, title, scenario_text
    (file -> text, of the scenario, what it includes and its reference), shocks and swaps of the
    scenario itself, inputs (file -> SHA-256), code (see :func:`packaged_code`), versions, sectors
    (code -> labels, stage, intensity), ai (code of the AI sector). ``table`` is the base-year table of
    the user, if any.
    """
    parts = {
        part.name: part.source
        for part in (*reference_of(scenario).parts(), *scenario.parts())
        if part.source.text
    }
    texts = {f"{name}.yaml": source.text for name, source in parts.items()}
    own = {f"table/{table.name}": checksum(table.read_bytes())} if table else {}
    return {
        "scenario": scenario.name,
        "reference": scenario.reference,
        **scenario.settings,
        "last_year": scenario.last_year,
        "parameters": scenario.all_parameters(),
        "table": str(table) if table else None,
        "title": {"en": scenario.title.en, "zh": scenario.title.zh},
        "scenario_text": texts,
        # the scenario's own, for one that was built in Python and has no text
        "shocks": [s.model_dump(mode="json", exclude_defaults=True) for s in scenario.shocks],
        "swaps": [s.model_dump(mode="json", exclude_defaults=True) for s in scenario.swaps],
        "inputs": {
            **packaged_inputs(scenario.aggregation),
            **own,
            **{f"scenario/{name}": checksum(text.encode()) for name, text in texts.items()},
        },
        "code": packaged_code(),
        "versions": versions(),
        "sectors": {
            code: {
                **benchmark.labels.get(code, {}),
                "stage": benchmark.stage[code],
                "intensity": benchmark.intensity[code],
            }
            for code in benchmark.sectors
        },
        "ai": benchmark.ai,
    }


def packaged_inputs(aggregation: str) -> dict[str, str]:
    """Hashes of parameters, mapping and data. The catalogue holds the hash of every data file."""
    found = {}
    calibration, data = files("engels.calibration"), files("engels.data")
    named = {
        "calibration/parameters.yaml": calibration / "parameters.yaml",
        "calibration/sector_map.csv": calibration / "sector_map.csv",
        "data/catalogue.yaml": data / "catalogue.yaml",
    }
    if aggregation.endswith((".yaml", ".yml")):
        found[f"mapping/{Path(aggregation).name}"] = checksum(Path(aggregation).read_bytes())
    else:
        mapping = f"mappings/{aggregation}.yaml"
        named[f"calibration/{mapping}"] = calibration.joinpath(*mapping.split("/"))
    for name, file in named.items():
        found[name] = checksum(file.read_bytes())
    for file in sorted((data / "io").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".csv"):
            found[f"data/io/{file.name}"] = checksum(file.read_bytes())
    return found


@cache
def packaged_code(*more: str) -> str:
    """SHA-256 of what the code says that turns inputs into figures, comments and docstrings aside.

    It covers ``data``, ``calibration`` and ``model`` and the modules of ``runs`` that shape a run, and
    ``more`` modules of ``runs``.
    """
    found = []
    for package, names in CODE.items():
        chosen = (*names, *more) if names else ()
        for file in sorted(files(package).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".py") and (not chosen or file.name in chosen):
                tree = _undocumented(ast.parse(file.read_text(encoding="utf-8")))
                found.append(f"{package}/{file.name}\n{ast.dump(tree)}")
    return checksum("\n".join(found).encode())


def _undocumented(tree: ast.Module) -> ast.Module:
    """A module without its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [x for x in node.body if not _is_text(x)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def run_folder(root: Path, manifest: Mapping[str, Any]) -> Path:
    """``root/<aggregation>/<scenario>-<ai_mode>-<expectations>``."""
    aggregation = Path(str(manifest["aggregation"])).stem
    name = f"{manifest['scenario']}-{manifest['ai_mode']}-{manifest['expectations']}"
    return root / aggregation / name


def check_result(result: RunResult) -> None:
    """Refuse what is no result.

    Raises ResultError when the manifest is incomplete, a residual is missing, not finite or above
    its tolerance, or the frame has other columns, missing figures or lacks the run or its
    reference.
    """
    try:
        manifest = Manifest.model_validate(result.manifest)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"manifest: {key}: {first['msg']}; nothing is stored") from None
    if not manifest.residuals:
        raise ResultError("manifest: residuals: none is given; a run without one is not stored")
    for name, residual in manifest.residuals.items():
        passes = math.isfinite(residual.value) and abs(residual.value) <= residual.tolerance
        if not passes:
            raise ResultError(
                f"manifest: residuals.{name}: {residual.value:.3g} is above its tolerance "
                f"{residual.tolerance:.1g}; the run is not solved and not stored"
            )
    frame = result.frame
    if tuple(frame.columns) != COLUMNS:
        raise ResultError(f"frame: columns {list(frame.columns)}; they must be {list(COLUMNS)}")
    for name in (manifest.scenario, manifest.reference):
        if not (frame["scenario"] == name).any():
            raise ResultError(f"frame: holds no figures of {name!r}")
    if frame[list(TEXT)].isna().any(axis=None):
        raise ResultError('frame: an empty name; where there is no sector or group write ""')
    bad = ~np.isfinite(frame["value"].to_numpy(dtype=float))
    if bad.any():
        row = frame[bad].iloc[0]
        raise ResultError(f"frame: {row['variable']} of {row['year']} is {row['value']}")
    twice = frame.duplicated(list(COLUMNS[:5]))
    if twice.any():
        row = frame[twice].iloc[0]
        raise ResultError(f"frame: {row['variable']} of {row['year']} is there twice")


def store_run(result: RunResult, root: Path) -> Path:
    """Write a run's folder below ``root`` and return it. An earlier folder of the run is replaced.

    Everything is written to a hidden folder beside it first, which then takes the name: a reader,
    or a writer that is killed, never leaves or sees half a run.

    Raises ResultError (see :func:`check_result`) before anything is written, and EngelsInputError
    when ``root`` cannot be written.
    """
    check_result(result)
    target = run_folder(root, result.manifest)
    put_folder(target, lambda folder: _write(result, folder))
    return target


def put_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Have ``write`` fill an empty folder, which then takes the place of ``target``, whole.

    Raises EngelsInputError when the place cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        building = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    except OSError as error:
        raise EngelsInputError(
            f"{target.parent}: cannot be written ({error.strerror}); choose another "
            "folder with --out"
        ) from None
    try:
        write(building)
        for path in building.rglob("*"):
            if path.is_file():
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
        building.chmod(0o755)  # a temporary folder is closed to others
        _put_in_place(building, target)
    finally:
        # gone already when all went well
        shutil.rmtree(building, ignore_errors=True)


def _write(result: RunResult, folder: Path) -> None:
    frame = result.frame.astype({"year": "int32", "value": "float64"})
    table = pa.Table.from_pandas(
        frame.astype(dict.fromkeys(TEXT, "category")), preserve_index=False
    )
    pq.write_table(table, folder / "results.parquet", compression="zstd")
    write_manifest(result.manifest, folder)
    if result.solution is not None:
        pq.write_table(_solution_table(result.solution), folder / SOLUTION, compression="zstd")
    table_of_figures = headline(result.frame, result.scenario, result.reference)
    write_csv(table_of_figures, folder / "headline.csv")


def write_manifest(manifest: Mapping[str, Any], folder: Path) -> None:
    """Write ``manifest.json`` into a folder, with the time at which that was done."""
    stamped = {**manifest, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    text = json.dumps(stamped, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _solution_table(values: Values) -> pa.Table:
    """Columns variable, index (names joined by "|"), year, value."""
    rows = [
        (name, "|".join(k[:-1]), k[-1], x) if isinstance(k, tuple) else (name, "", k, x)
        for name, entries in values.items()
        for k, x in entries.items()
    ]
    names, places, years, numbers = zip(*rows, strict=True)
    return pa.table(
        {
            "variable": pa.array(names).dictionary_encode(),
            "index": pa.array(places).dictionary_encode(),
            "year": pa.array(years, pa.int32()),
            "value": pa.array(numbers, pa.float64()),
        }
    )


def load_solution(path: Path | str) -> Values:
    """Every variable of a stored run, by name and index.

    Raises EngelsInputError when the folder holds none or its file is damaged.
    """
    file = Path(path) / SOLUTION
    if not file.is_file():
        raise EngelsInputError(f"{file}: is missing; run the scenario again to store it")
    try:
        table = pq.read_table(file).to_pydict()
    except (ValueError, pa.ArrowException) as error:
        first = str(error).splitlines()[0]
        raise EngelsInputError(f"{file}: is damaged ({first}); run the scenario again") from None
    found: Values = {}
    columns = (table[c] for c in ("variable", "index", "year", "value"))
    for name, place, year, x in zip(*columns, strict=True):
        key = (*place.split("|"), year) if place else year
        found.setdefault(name, {})[key] = x
    return found


def _put_in_place(building: Path, target: Path) -> None:
    if not target.exists():
        building.replace(target)
        return
    # A folder that is not empty cannot be replaced in one step: the old one steps aside first.
    # Killed between the two steps, the run is missing, but never mixed.
    aside = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    target.replace(aside)
    building.replace(target)
    shutil.rmtree(aside)


def _prefix(target: Path) -> str:
    return f".{target.name}.{os.getpid()}."


def _clear_leftovers(target: Path) -> None:
    """Remove what killed writers of this run left behind."""
    for path in target.parent.glob(f".{target.name}.*"):
        owner = path.name.removeprefix(f".{target.name}.").split(".")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def load_run(path: Path | str) -> RunResult:
    """Read the folder of a run.

    Raises EngelsInputError when it is no folder of a run or a file in it is damaged.
    """
    folder = Path(path)
    if not (folder / "manifest.json").is_file() or not (folder / "results.parquet").is_file():
        raise EngelsInputError(
            f"{folder}: is no folder of a run (manifest.json and results.parquet); give a folder "
            "such as results/43/ai_central-labour-foresight"
        )
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        frame = pq.read_table(folder / "results.parquet").to_pandas()
    except (ValueError, pa.ArrowException) as error:
        first = str(error).splitlines()[0]
        raise EngelsInputError(f"{folder}: is damaged ({first}); run the scenario again") from None
    frame = frame.astype(dict.fromkeys(TEXT, "object") | {"year": "int64"})
    result = RunResult(frame, manifest)
    try:
        check_result(result)
    except ResultError as error:
        raise EngelsInputError(f"{folder}: {error}; run the scenario again") from None
    return result
