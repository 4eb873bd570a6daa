"""Stored runs judged again: what ``engels check`` does.

A run's folder holds the values of every variable, of the run and of all paths that it departs from. From
these numbers alone, nothing being solved, are found again

    the certificate   of every path: the baseline from its first year, each other from the year on in
                      which its change becomes known
    history           the years before are those of the path that it departs from
    figures           every row of ``results.parquet``, and the headline table
    tolerances        the manifest's are those of this version
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from engels.calibration import calibrate
from engels.calibration.benchmark import Benchmark
from engels.data import EngelsInputError
from engels.model.algebra.errors import ModelError
from engels.model.blocks.declarations import STATES
from engels.model.reporting.measures import variables
from engels.model.solving.certificate import TOLERANCES, merged
from engels.model.solving.dynamics import recertify, solved_years
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import intensity_groups
from engels.runs.indicators.headline import headline
from engels.runs.indicators.report import Reporter
from engels.runs.scenarios.schema import LAST_YEAR
from engels.runs.store.code import packaged_code
from engels.runs.store.inputs import RunResult, packaged_inputs, table_inputs
from engels.runs.store.results import HEADLINE, RESULTS, SOLUTION, read_run
from engels.runs.store.seal import AGAIN, MANIFEST, cut, read_sealed
from engels.runs.store.spreadsheet import without_formulas

SAME = 1e-9
"""Relative difference up to which a figure is the one that is computed again: rounding."""

SMALL = 1e-4
"""Differences of smaller figures are measured from this size: some are zero but for rounding."""


@dataclass(frozen=True)
class Measure:
    """One kind of test: its largest gap, what it may be at most, and where it is."""

    kind: str
    gap: float
    limit: float
    where: str

    @property
    def passed(self) -> bool:
        """Whether the gap is a number within its limit."""
        return self.gap <= self.limit


@dataclass(frozen=True)
class Verdict:
    """What became of all tests of a stored run; ``remarks`` says what may be behind a failure."""

    measures: tuple[Measure, ...]
    remarks: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all did."""
        return all(m.passed for m in self.measures)

    def failures(self) -> list[str]:
        """One line for every test that failed, then the remarks."""
        found = [
            f"{m.kind}: {m.gap:.1e} at {m.where}; at most {m.limit:.0e}"
            for m in self.measures
            if not m.passed
        ]
        return [*found, *self.remarks] if found else []


def benchmark_of(folder: Path, manifest: Mapping[str, Any]) -> Benchmark:
    """The benchmark of a stored run, calibrated again.

    Raises EngelsInputError when the inputs from which it was calibrated are not those of this
    installation, or the user's own table or mapping is no longer there or has changed.
    """
    table = Path(manifest["table"]) if manifest.get("table") else None
    about = f"{folder / MANIFEST}"
    try:
        own = table_inputs(table)
    except EngelsInputError as error:
        raise EngelsInputError(
            about, f"the table that the run was made with is gone ({error})", "restore it there"
        ) from None
    try:
        current = {**packaged_inputs(str(manifest["aggregation"])), **own}
    except (OSError, EngelsInputError) as error:
        raise EngelsInputError(
            about, f"the mapping that the run was made with is gone ({error})", "restore it there"
        ) from None
    changed = [k for k, v in current.items() if manifest["inputs"].get(k) != v]
    if changed:
        raise EngelsInputError(
            f"{folder}: was calibrated from another version of {', '.join(changed)}; {AGAIN}"
        )
    return calibrate(
        manifest["aggregation"], manifest["parameters"] or None, manifest["last_year"], table
    )


def check_run(folder: Path) -> Verdict:
    """Judge a stored run from its stored numbers (see the module docstring).

    Raises EngelsInputError when the folder is no run or a file of it is damaged, or when the inputs from
    which it was calibrated are not those of this installation; ModelError where a value is missing.
    """
    sealed = read_sealed(folder, (RESULTS, SOLUTION, HEADLINE), everything=True)
    result = read_run(sealed, folder, solution=True)
    manifest = result.manifest
    _refuse_other_years(folder, result)
    b = benchmark_of(folder, manifest)
    paths = _paths(folder, result, b)
    history = Measure("history", 0.0, 0.0, "")
    for (_, before), (name, path) in pairwise(paths.items()):
        gap, where = _history(path, before)
        if gap > history.gap:
            history = replace(history, gap=gap, where=f"{where} of {name}")
    if not history.passed:
        # figures are measured from the years before: there is nothing to compute them from
        return Verdict((history,), tuple(_remarks(manifest)))
    try:
        with np.errstate(all="ignore"):
            tested, figures = _computed(result, paths)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise ModelError(
            f"{folder / SOLUTION}: its numbers are no economy ({cut(str(error))}); {AGAIN}"
        ) from None
    table = _headline(sealed.files[HEADLINE], result)
    stated = _tolerances(manifest)
    return Verdict((*tested, history, figures, table, stated), tuple(_remarks(manifest)))


def _computed(result: RunResult, paths: Mapping[str, Solution]) -> tuple[list[Measure], Measure]:
    """The certificate of all paths, and the figures made from them."""
    proofs = []
    judged: dict[str, Solution] = {}
    before: Solution | None = None
    for name, path in paths.items():
        before = judged[name] = recertify(replace(path, origin=before))
        where = {k: f"{v} of {name}" if v else "" for k, v in before.certificate.where.items()}
        proofs.append(replace(before.certificate, where=where))
    proof = merged(proofs)
    tested = [
        Measure(kind, proof.gaps.get(kind, math.inf), limit, proof.where.get(kind, "no place"))
        for kind, limit in TOLERANCES.items()
    ]
    return tested, _figures(result, judged[result.scenario], judged[result.reference])


def _refuse_other_years(folder: Path, result: RunResult) -> None:
    """A horizon that the figures do not have would be built before it is seen to be wrong."""
    last, said = int(result.frame["year"].max()), result.manifest["last_year"]
    if result.manifest["expectations"] == "static":
        # its figures are of the base year alone; the last year tells how large its shocks are
        if not last <= said <= LAST_YEAR:
            raise EngelsInputError(
                f"{folder / MANIFEST}",
                f"last_year: {said} is no year of a run; it lies from {last} to {LAST_YEAR}",
                AGAIN,
            )
    elif last != said:
        raise EngelsInputError(
            f"{folder / RESULTS}", f"ends in {last}, and the manifest's last_year is {said}", AGAIN
        )


def _paths(folder: Path, result: RunResult, b: Benchmark) -> dict[str, Solution]:
    """The stored paths, the baseline first and the run last, by scenario."""
    manifest = result.manifest
    listed = {p["scenario"]: p for p in manifest.get("paths", [])}
    values = {**result.origins, result.scenario: result.solution or {}}
    needed = {result.scenario, result.reference}
    if (
        list(listed)[-1:] != [result.scenario]
        or not needed <= set(listed)
        or set(listed) != set(values)
    ):
        raise EngelsInputError(
            f"{folder / SOLUTION}",
            f"holds {cut(', '.join(values))}, and the manifest's paths are {cut(', '.join(listed))}",
            AGAIN,
        )
    growth = manifest.get("horizon_growth")
    if growth is None:
        raise EngelsInputError(f"{folder / MANIFEST}", "horizon_growth: is missing", AGAIN)
    static = manifest["expectations"] == "static"
    last = b.base_year if static else manifest["last_year"]
    years = tuple(solved_years(b, last, manifest["expectations"] == "foresight"))
    found = {}
    for number, (name, said) in enumerate(listed.items()):
        start = years[0] if number == 0 else said["announced"]
        if start not in years:
            raise EngelsInputError(
                f"{folder / MANIFEST}", f"paths: {name} is announced in {start}", AGAIN
            )
        found[name] = Solution(
            b,
            manifest["ai_mode"],
            manifest["expectations"] == "foresight",
            years,
            start,
            said["closure"],
            growth,
            last,
            values[name],
        )
    return found


def _history(path: Solution, origin: Solution) -> tuple[float, str]:
    """Largest relative difference from the origin before the change is known, and where it is."""
    worst, where = 0.0, ""
    for name in {**origin.values, **path.values}:
        last = path.announced + (name in STATES)
        own, theirs = (
            {k: x for k, x in v.get(name, {}).items() if _year(k) < last}
            for v in (path.values, origin.values)
        )
        for k in {**theirs, **own}:
            gap = _gap(own.get(k), theirs.get(k))
            if gap > worst:
                worst, where = gap, f"{name} {_said(k)}"
    return worst, where


def _figures(result: RunResult, run: Solution, reference: Solution) -> Measure:
    """Every stored row against the one computed from the solution."""
    wanted: dict[tuple[Any, ...], float] = {}
    report = Reporter(reference)
    for name, path in {result.reference: reference, result.scenario: run}.items():
        rows = report(path, run.announced)
        wanted |= {(name, *k): x for k, x in rows.items()}
    keys = ["scenario", "variable", "sector", "group", "year"]
    frame = result.frame
    stored = dict(zip(frame[keys].itertuples(index=False, name=None), frame["value"], strict=True))
    worst, where = 0.0, ""
    for k in {**wanted, **stored}:
        gap = _gap(stored.get(k), wanted.get(k))
        if gap > worst:
            worst, where = gap, _said(k)
    units = variables()
    for name, unit in set(zip(frame["variable"], frame["unit"], strict=True)):
        if name not in units or unit != units[name].unit:
            worst, where = math.inf, f"the unit of {cut(name)}"
    return Measure(RESULTS, worst, SAME, where)


def _headline(content: bytes, result: RunResult) -> Measure:
    """The headline table against the one made from the figures."""
    groups = intensity_groups(result.manifest)
    made = headline(result.frame, result.scenario, result.reference, groups)
    wanted = without_formulas(made).to_csv(index=False, lineterminator="\n")
    stored = content.decode("utf-8", errors="replace")
    if stored == wanted:
        return Measure(HEADLINE, 0.0, 0.0, "")
    lines = zip(io.StringIO(stored), io.StringIO(wanted), strict=False)
    line = next((n for n, (a, b) in enumerate(lines, 1) if a != b), 0)
    return Measure(HEADLINE, math.inf, 0.0, f"line {line}" if line else "its number of lines")


def _tolerances(manifest: Mapping[str, Any]) -> Measure:
    """Tolerances that the manifest states against those of this version."""
    stated = {k: r["tolerance"] for k, r in manifest["residuals"].items()}
    for kind in {**TOLERANCES, **stated}:
        if stated.get(kind) != TOLERANCES.get(kind):
            said = stated.get(kind)
            return Measure(
                "tolerances",
                math.inf,
                0.0,
                f"{cut(kind)}: {'none' if said is None else f'{said:g}'}",
            )
    return Measure("tolerances", 0.0, 0.0, "")


def _remarks(manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest["code"] != packaged_code():
        yield (
            "code: the run was solved by another version of the equations, by which its figures may "
            f"be right; {AGAIN}"
        )


def _gap(one: float | None, other: float | None) -> float:
    """Relative difference; infinite where one is missing."""
    if one is None or other is None:
        return math.inf
    gap = 0.0 if one == other else abs(one - other) / max(abs(one), abs(other), SMALL)
    return math.inf if math.isnan(gap) else gap


def _year(index: Any) -> int:
    return int(index[-1] if isinstance(index, tuple) else index)


def _said(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return cut(" ".join(str(p) for p in parts if p != ""), 100)
