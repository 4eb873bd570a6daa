"""Results on disk: one folder a run, complete or not there at all.

    results/<aggregation>/<scenario>-<ai_mode>-<expectations>/
        results.parquet   scenario, variable, sector, group, year, value, unit
        manifest.json     scenario text, hashes of all inputs, versions, solver, residuals, seconds;
                          hashes of the other files (see :mod:`engels.runs.store.seal`)
        solution.parquet  every variable of the model, of the run and of all that it departs from:
                          what `engels check` judges again
        headline.csv      the headline table
        figures/          pictures, where they are drawn

The frame holds the run and, under its own name in ``scenario``, the reference it is measured
from, so that a folder can be read without any other.

A folder belongs to a scenario: a run of another file of the same name, or of the same file with other
settings, replaces it only where that is asked for (:func:`refuse_other`). What a user has put into the
folder is kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engels.calibration.mapping import available
from engels.data import EngelsInputError
from engels.runs.indicators.deviations import intensity_groups
from engels.runs.indicators.headline import headline
from engels.runs.scenarios.schema import (
    BASELINE,
    AiMode,
    Expectations,
    Scenario,
)
from engels.runs.store.folders import put_folder, writable
from engels.runs.store.inputs import (
    OF_LIBRARY,
    OF_PYTHON,
    RunResult,
    identity,
    is_mapping_file,
)

# what a run is made from is asked for here too, beside what is stored of it
from engels.runs.store.seal import (
    AGAIN,
    MANIFEST,
    Sealed,
    cut,
    file_hash,
    read_file,
    read_sealed,
    write_manifest,
)
from engels.runs.store.spreadsheet import write_csv

if TYPE_CHECKING:
    # `engels doctor` reports a missing Pyomo, and must not need it
    from engels.model.algebra.point import Values

COLUMNS = ("scenario", "variable", "sector", "group", "year", "value", "unit")
TEXT = ("scenario", "variable", "sector", "group", "unit")


RESULTS, SOLUTION, HEADLINE = "results.parquet", "solution.parquet", "headline.csv"


class ResultError(Exception):
    """A run that may not be stored: it has no passing residual, or figures are missing."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class Solver(_Part):
    """What solved the model."""

    name: str
    version: str
    linear_solver: str


class Residual(_Part):
    """The worst residual of one kind, and what it may be at most."""

    value: float
    tolerance: float


class Text(_Part):
    """A title in both languages."""

    en: str
    zh: str


class Solved(_Part):
    """A solved path: the run, or one that it departs from, and the first year of its change."""

    scenario: str
    announced: int
    closure: str


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=200)]
Year = Annotated[int, Field(ge=1900, le=9999)]


class Manifest(_Part):
    """What ``manifest.json`` must say; it may say more."""

    scenario: Name
    label: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_+]*$", max_length=200)] | None = None
    reference: Name
    source: str
    aggregation: str
    ai_mode: AiMode
    expectations: Expectations
    last_year: Year
    announced: Year | None = None
    horizon_growth: float | None = None
    paths: list[Solved] = Field(default_factory=list)
    parameters: dict[str, bool | int | float | str]
    table: str | None
    title: Text
    scenario_text: dict[str, str]
    inputs: dict[str, str]
    code: str
    versions: dict[str, str]
    sectors: dict[str, dict[str, str]]
    ai: str
    pause_threshold: float
    solver: Solver
    residuals: dict[str, Residual]
    cautions: list[str] = Field(default_factory=list)
    homotopy_steps: list[float]
    seconds: dict[str, float]


def run_folder(root: Path, manifest: Mapping[str, Any]) -> Path:
    """``root/<aggregation>/<label>-<ai_mode>-<expectations>``; the label is the scenario's name, or
    that of a run which the command line has changed.

    Raises EngelsInputError where a mapping of the user has the name of one of the library.
    """
    aggregation = str(manifest["aggregation"])
    stem = Path(aggregation).stem if is_mapping_file(aggregation) else aggregation
    if is_mapping_file(aggregation) and stem in available():
        raise EngelsInputError(
            f"{aggregation}: {stem!r} is the name of a mapping of the library, whose runs lie in "
            f"{root / stem}; choose another name for the file"
        )
    label = manifest.get("label", manifest["scenario"])
    name = f"{label}-{manifest['ai_mode']}-{manifest['expectations']}"
    return root / stem / name


def check_result(result: RunResult) -> None:
    """Refuse what is no result.

    Raises ResultError when the manifest is incomplete, a residual is missing, not finite or above
    its tolerance, or the frame has other columns, missing figures or lacks the run or its
    reference.
    """
    try:
        manifest = Manifest.model_validate(result.manifest)
    except ValidationError as error:
        raise ResultError(f"manifest: {_first(error)}; nothing is stored") from None
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


def store_run(
    result: RunResult,
    root: Path,
    *,
    replace: bool = False,
    draw: Callable[[Path], object] | None = None,
) -> Path:
    """Write a run's folder below ``root`` and return it. An earlier folder of the run is replaced.

    Everything is written to a hidden folder beside it first, which then takes the name: a reader,
    or a writer that is killed, never leaves or sees half a run. What a user has put into the folder
    stays there.

    Parameters
    ----------
    replace: replace also what :func:`refuse_other` protects.
    draw: draws figures into the folder that it is given, which becomes ``figures``.

    Raises ResultError (see :func:`check_result`) before anything is written, and EngelsInputError
    when ``root`` cannot be written or another run is there.
    """
    check_result(result)
    target = run_folder(root, result.manifest)

    def write(folder: Path) -> None:
        _write(result, folder)
        if draw is not None:
            pictures = folder / "figures"
            pictures.mkdir()
            draw(pictures)
        write_manifest(result.manifest, folder)

    def allow() -> None:
        if not replace:
            refuse_other(target, result.manifest, REPLACE)

    put_folder(target, write, allow=allow, ours=our_files)
    return target


def store_unreported(run: RunResult, root: Path) -> Path:
    """Write the solution and the manifest of a run without figures, and return the folder.

    It stands beside the run's own and is no result: nothing reads figures from it. What was solved
    before an indicator failed is not lost.
    """
    target = run_folder(root, run.manifest)
    target = target.with_name(f"{target.name}-unreported")

    def write(folder: Path) -> None:
        _write_solution(run, folder)
        write_manifest(run.manifest, folder)

    put_folder(target, write, ours=our_files)
    return target


def check_place(
    scenario: Scenario, root: Path, table: Path | None = None, replace: bool = False
) -> Path:
    """Whether the run of a scenario can be stored below ``root``, asked before it is solved.

    Returns its folder. Raises EngelsInputError where the place cannot be written or another run is
    there that may not be replaced.
    """
    wanted = identity(scenario, table)
    target = run_folder(root, wanted)
    writable(target.parent)
    if not replace:
        refuse_other(target, wanted, REPLACE)
    return target


def refuse_other(
    folder: Path, wanted: Mapping[str, Any], remedy: str = "choose another folder with --out"
) -> None:
    """Refuse to replace a stored run that is another than the ``wanted`` one of the same name.

    It is another where its scenario is from another file with another text; where it was made with
    another table or mapping; or where not a letter of the scenario has changed but its parameters or
    its last year, as they do on the command line. An edited file, another solver and a new version of
    the program replace what is there, and so does anything where the stored run is damaged.

    Raises EngelsInputError with the ``remedy``.
    """
    try:
        stored = read_sealed(folder).manifest
    except EngelsInputError:
        return
    texts, before = wanted["scenario_text"], stored.get("scenario_text")
    same_text = texts == before and f"{wanted['scenario']}.yaml" in texts
    what = ""
    if stored.get("source") != wanted["source"] and not same_text:
        what = f"the run of another scenario of that name ({_said(stored.get('source'))})"
    for key, kind in (("table", "table/"), ("aggregation", "mapping/")):
        ours, theirs = (_hashes(m, kind) for m in (wanted, stored))
        moved = bool(ours) and ours == theirs
        if stored.get(key) != wanted[key] and not moved:
            what = what or f"a run with another {key} ({_said(stored.get(key))})"
    if same_text or wanted["scenario"] == BASELINE:
        for key in ("parameters", "last_year"):
            if stored.get(key) != wanted[key]:
                what = what or f"a run with other settings ({key}: {_said(stored.get(key))})"
    if what:
        raise EngelsInputError(f"{folder}: holds {what}; {remedy}")


REPLACE = "choose another name or another folder with --out, or replace it with --replace"
"""What to do about another run in the place of one that is to be solved."""


def _hashes(manifest: Mapping[str, Any], kind: str) -> dict[str, str]:
    inputs = manifest.get("inputs")
    found = inputs if isinstance(inputs, dict) else {}
    return {name: said for name, said in found.items() if name.startswith(kind)}


def _said(value: object) -> str:
    if value is None:
        return "the official one"
    names = {OF_LIBRARY: "the library's", OF_PYTHON: "made in Python", "{}": "none"}
    # the end of a path tells more than its beginning
    text = names.get(str(value), str(value))
    return text if len(text) <= 60 else f"…{text[-59:]}"


_FIXED = re.compile(
    r"results\.parquet|solution\.parquet|headline\.csv|manifest\.json"
    r"|figures/(structure|labour-share|pause|compute)(-zh)?\.(pdf|png)"
)
"""Names that this program has always given."""


def our_files(folder: Path) -> list[str]:
    """Names of the files in a run's folder that this program made."""
    try:
        listed = list(read_sealed(folder).manifest["files"])
    except EngelsInputError:
        listed = []
    there = (p.relative_to(folder).as_posix() for p in folder.rglob("*"))
    return [*listed, *(name for name in there if _FIXED.fullmatch(name))]


def change_stored(
    folder: Path, read: Mapping[str, Any], change: Callable[[Path, dict[str, Any]], object]
) -> None:
    """Change a stored run in one step: ``change`` is given a copy of its folder, and its manifest.

    ``read`` is the manifest as it was read. Nothing is changed, and EngelsInputError raised, where
    another run has been stored since, or a file other than a figure is damaged.
    """
    sealed = read_sealed(folder)
    manifest = {k: v for k, v in read.items() if k not in ("files", "checksum", "format")}

    def allow() -> None:
        if read_sealed(folder).manifest != read:
            raise EngelsInputError(
                f"{folder}: another run has been stored here meanwhile; repeat the command"
            )

    def write(copy: Path) -> None:
        for name, said in sealed.manifest["files"].items():
            content = sealed.files.get(name)
            if content is None:  # a figure, which may be gone or painted over
                with suppress(EngelsInputError):
                    content = read_file(folder / name)
            if content is not None and file_hash(content) == said:
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                (copy / name).write_bytes(content)
        change(copy, manifest)
        write_manifest(manifest, copy, created=str(manifest["created"]))

    put_folder(folder, write, allow=allow, ours=our_files)


def _write(result: RunResult, folder: Path) -> None:
    frame = result.frame.astype({"year": "int32", "value": "float64"})
    table = pa.Table.from_pandas(
        frame.astype(dict.fromkeys(TEXT, "category")), preserve_index=False
    )
    write_parquet(table, folder / RESULTS)
    _write_solution(result, folder)
    run, reference = result.scenario, result.reference
    table_of_figures = headline(result.frame, run, reference, intensity_groups(result.manifest))
    write_csv(table_of_figures, folder / HEADLINE)


def _write_solution(result: RunResult, folder: Path) -> None:
    if result.solution is not None:
        paths = {**result.origins, result.scenario: result.solution}
        write_parquet(_solution_table(paths), folder / SOLUTION)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table with a checksum in every page, for readers that know nothing of our seal."""
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _solution_table(paths: Mapping[str, Values]) -> pa.Table:
    """Columns scenario, variable, index (names joined by "|"), year, value."""
    rows = [
        (scenario, name, "|".join(k[:-1]), k[-1], x)
        if isinstance(k, tuple)
        else (scenario, name, "", k, x)
        for scenario, values in paths.items()
        for name, entries in values.items()
        for k, x in entries.items()
    ]
    columns = dict(
        zip(
            ("scenario", "variable", "index", "year", "value"), zip(*rows, strict=True), strict=True
        )
    )
    kinds = {"year": pa.int32(), "value": pa.float64()}
    return pa.table(
        {
            name: pa.array(cells, kinds[name])
            if name in kinds
            else pa.array(cells).dictionary_encode()
            for name, cells in columns.items()
        }
    )


def load_run(path: Path | str, solution: bool = False) -> RunResult:
    """Read the folder of a run, whose files are as they were stored.

    ``solution`` reads the values of the model's variables too, and verifies the figures.

    Raises EngelsInputError when it is no folder of a run, or one of its files is missing, damaged or
    changed.
    """
    folder = Path(path)
    names = (RESULTS, SOLUTION) if solution else (RESULTS,)
    return read_run(read_sealed(folder, names, everything=solution), folder, solution)


def read_run(sealed: Sealed, folder: Path, solution: bool = False) -> RunResult:
    """A run out of the files of its folder; see :func:`load_run`."""
    try:
        Manifest.model_validate(sealed.manifest)
    except ValidationError as error:
        raise EngelsInputError(f"{folder / MANIFEST}", _first(error), AGAIN) from None
    frame = _table(sealed, folder, RESULTS, FRAME).to_pandas()
    frame = frame.astype(dict.fromkeys(TEXT, "object") | {"year": "int64"})
    result = RunResult(frame, sealed.manifest)
    try:
        check_result(result)
    except ResultError as error:
        raise EngelsInputError(f"{folder}: {error}; {AGAIN}") from None
    if not solution:
        return result
    paths = _solutions(sealed, folder)
    if result.scenario not in paths:
        raise EngelsInputError(
            f"{folder / SOLUTION}", f"holds no values of {result.scenario}", AGAIN
        )
    own = paths.pop(result.scenario)
    return RunResult(frame, sealed.manifest, own, paths)


def _first(error: ValidationError) -> str:
    """The first thing that is wrong with a manifest: key and reason."""
    first = error.errors()[0]
    key = cut(".".join(str(part) for part in first["loc"]))
    return f"{key}: {cut(first['msg'])}"


def load_solution(path: Path | str) -> Values:
    """Every variable of a stored run, by name and index.

    Raises EngelsInputError as :func:`load_run` does.
    """
    found = load_run(path, solution=True).solution
    assert found is not None
    return found


FRAME = {
    **dict.fromkeys(TEXT, pa.string()),
    "year": pa.int32(),
    "value": pa.float64(),
}
VALUES = {
    **dict.fromkeys(("scenario", "variable", "index"), pa.string()),
    "year": pa.int32(),
    "value": pa.float64(),
}
"""Columns of the two files of figures, and their types."""


def _table(sealed: Sealed, folder: Path, name: str, columns: Mapping[str, pa.DataType]) -> pa.Table:
    """A Parquet file of a run. Raises EngelsInputError where it has other columns or gaps."""
    file = folder / name
    try:
        table = pq.read_table(pa.BufferReader(sealed.files[name]), page_checksum_verification=True)
    except (ValueError, OSError, pa.ArrowException) as error:
        first = cut((str(error).splitlines() or ["no Parquet"])[0])
        raise EngelsInputError(f"{file}: is damaged ({first}); {AGAIN}") from None
    if sorted(table.column_names) != sorted(columns):
        said = cut(", ".join(table.column_names))
        raise EngelsInputError(f"{file}: has columns {said}; they must be {', '.join(columns)}")
    for column, wanted in columns.items():
        kind = table.schema.field(column).type
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        if plain not in (wanted, pa.large_string() if wanted == pa.string() else wanted):
            raise EngelsInputError(
                f"{file}: {column} is {cut(str(kind))} and not {wanted}; {AGAIN}"
            )
        # a variable that stands in no equation may have no value; the certificate asks for the others
        if table[column].null_count and (name, column) != (SOLUTION, "value"):
            raise EngelsInputError(
                f"{file}: {column} has {table[column].null_count} empty cells; {AGAIN}"
            )
    return table


def _solutions(sealed: Sealed, folder: Path) -> dict[str, Values]:
    """Values by scenario, variable and index."""
    table = _table(sealed, folder, SOLUTION, VALUES).to_pydict()
    found: dict[str, dict[str, dict[Any, float]]] = {}
    columns = (table[c] for c in VALUES)
    for scenario, name, place, year, x in zip(*columns, strict=True):
        key = (*place.split("|"), year) if place else year
        entries = found.setdefault(scenario, {}).setdefault(name, {})
        if key in entries:
            raise EngelsInputError(
                f"{folder / SOLUTION}: {cut(name)} of {scenario} is there twice in {year}; {AGAIN}"
            )
        entries[key] = x
    return {**found}
