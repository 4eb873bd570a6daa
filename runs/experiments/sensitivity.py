"""What a batch says of the sensitivity of its outputs: tables, figures, a table on the screen.

The design of the batch, which its store tells, decides what is read off it: ``tornado`` effects one at a
time, ``morris`` elementary effects, ``saltelli`` Sobol' indices, ``stroud`` and ``gauss`` means and standard
deviations, ``random``, ``lhs`` and ``sobol`` distributions and rank correlations. Points that are missing
are said; no measure is made from half a trajectory, half a block or half a quadrature. The same store gives
the same files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from engels.data import EngelsInputError
from engels.data.files import checksum
from engels.runs.experiments import indices
from engels.runs.experiments.designs import HIGH, LOW
from engels.runs.experiments.indices import Mask, Measures
from engels.runs.experiments.query import connect
from engels.runs.experiments.samples import (
    KEYS,
    Sample,
    Series,
    choose_series,
    read_manifest,
    read_samples,
    stored_years,
)
from engels.runs.experiments.sensitivity_figures import draw, output_label, short_name
from engels.runs.experiments.store import PLAN, read_index, require_writable
from engels.runs.indicators.headline import YEARS
from engels.runs.indicators.labels import labels
from engels.runs.report.page import style
from engels.runs.store.code import packaged_code
from engels.runs.store.ledger import Ledger
from engels.runs.store.results import ResultError
from engels.runs.store.spreadsheet import write_csv

LEDGER = "made.json"
"""Which files of the folder belong together, and what they were made from."""

DRAWN = 12
"""So many series are drawn at most."""

SHOWN = 6
"""So many outputs are shown on the screen at most."""

FOREIGN = "move it away, or choose another folder with --out"

UNITS = {"trajectory": "trajectories", "block": "blocks"}
"""What counts as a whole or not at all."""

NAMED = 8
"""So many missing points are named at most."""


@dataclass
class Finding:
    """What was found: tidy tables by name, what is to be said of them, whether points are missing."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    complete: bool = True

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Put rows below those that the table of that name has."""
        known = self.tables.get(name)
        self.tables[name] = table if known is None else pd.concat([known, table], ignore_index=True)


@dataclass(frozen=True)
class Analysis:
    """How a design is read. ``years``: whether the course over all years is a table (and drawn) too.

    ``order`` is the column by which entries are ranked, ``shown`` are the columns for the screen.
    """

    read: Callable[[Sample, dict[str, Any], Finding], None]
    table: str
    shown: tuple[str, ...]
    order: str = ""
    years: bool = False


@dataclass(frozen=True)
class Done:
    """The files that were written, what to say, and whether no point was missing."""

    finding: Finding
    files: list[Path]
    design: str


def run_sensitivity(
    folder: Path,
    *,
    variables: Sequence[str] = (),
    years: Sequence[int] = (),
    levels: bool = False,
    out: Path | None = None,
    figures: bool = True,
    language: str = "en",
    page: str = "text",
) -> Done:
    """Measure the sensitivity of the outputs of a store and write tables and figures to ``out``.

    ``out`` is the folder ``sensitivity`` of the store by default. Outputs are deviations from what the
    scenario is measured from or, with ``levels``, the figures themselves. ``page`` is what figures are made
    for, text or column.

    Raises EngelsInputError: no store, a design that says nothing of sensitivity, unknown variables or years;
    ResultError: points are missing without which nothing can be said.
    """
    labels(language)
    target = out or folder / "sensitivity"
    read_index(folder)  # of a store alone, and before anything is made
    require_writable(target)
    if figures:
        with style(language, page):  # a missing font is said before anything is written
            pass
    finding = Finding()
    with connect(folder) as database:
        manifest = read_manifest(folder)
        design = str(manifest["design"])
        analysis = ANALYSES.get(design)
        if analysis is None:
            raise EngelsInputError(
                f"{folder}",
                f"has design {design}, which says nothing of sensitivity",
                f"use {', '.join(ANALYSES)}, or ask it with `engels query`",
            )
        if manifest.get("code") != packaged_code():
            finding.notes.append(
                f"{folder}: was solved by another version of the code; to solve it by this one: `engels "
                "batch` with its file"
            )
        known = stored_years(database)
        if not known:
            raise EngelsInputError(
                f"{folder}", "has no solved point", "run `engels batch` with its file again"
            )
        wrong = [
            f"--year {y}: is not stored; known: {_span(known)}" for y in years if y not in known
        ]
        if wrong:
            raise EngelsInputError("\n".join(wrong))
        # the years of the headline; of a run that reaches none of them the last one
        chosen = list(dict.fromkeys(years)) or [y for y in YEARS if y in known] or known[-1:]
        series = choose_series(database, variables)
        varied = [str(c) for c in manifest["columns"]["varied"]]
        drawn = series[:DRAWN]
        samples = read_samples(database, series, chosen, varied, deviations=not levels)
        courses = (
            read_samples(database, drawn, known, varied, deviations=not levels)
            if analysis.years
            else []
        )
    for sample in samples:
        _say_constant(sample, finding, levels)
        analysis.read(sample, manifest, finding)
    course = Finding()
    for sample in courses:
        analysis.read(sample, manifest, course)
    if courses:
        finding.tables["years"] = course.tables[analysis.table]
    if len(series) > len(drawn) and (figures or courses):
        what = " and ".join(
            [*(["figures"] if figures else []), *(["years.csv"] if courses else [])]
        )
        finding.notes.append(
            f"{what}: the first {DRAWN} of {len(series)} series; name others with --variable"
        )
    call = Call(tuple(dict.fromkeys(variables)), tuple(dict.fromkeys(years)), levels)
    files = _write(
        folder, target, finding, call, chosen, design, drawn if figures else [], language, page
    )
    return Done(finding, files, design)


@dataclass(frozen=True)
class Call:
    """What was asked for; files of different calls have different names."""

    variables: tuple[str, ...]
    years: tuple[int, ...]
    levels: bool

    def mark(self, *, series: bool = False) -> str:
        """What is added to the names of files, as far as the call says more than the usual.

        ``series``: of figures, which have their series in their names.
        """
        words = [
            "" if series else "+".join(self.variables),
            "+".join(str(y) for y in self.years),
            "levels" if self.levels else "",
        ]
        mark = "-".join(filter(None, words))
        return f"-{short_name(mark)}" if mark else ""


def _span(years: Sequence[int]) -> str:
    return f"{years[0]} to {years[-1]}" if len(years) > 1 else f"{years[0]}"


def _say_constant(sample: Sample, finding: Finding, levels: bool) -> None:
    solved = sample.values[sample.solved]
    if len(solved) > 1 and len(sample.keys) and indices.constant(solved, sample.noise).all():
        hint = (
            ""
            if levels
            else "; is it measured from itself? --levels looks at the figures themselves"
        )
        finding.notes.append(f"{sample.scenario}: no output varies{hint}")


def _write(
    folder: Path,
    target: Path,
    finding: Finding,
    call: Call,
    years: Sequence[int],
    design: str,
    drawn: Sequence[Series],
    language: str,
    page: str,
) -> list[Path]:
    """Write tables and figures of a call, as a whole or not at all; those of other calls stay.

    Raises EngelsInputError where a file of somebody else's would be replaced.
    """
    made_from = _made_from(folder)
    ledger = Ledger(target, LEDGER)
    if not ledger.sound():
        raise EngelsInputError(f"{target / LEDGER}", "is damaged or of another program", FOREIGN)

    def make(into: Path) -> None:
        for name, table in finding.tables.items():
            write_csv(table, into / f"{name}{call.mark()}.csv")
        if drawn:
            mark = call.mark(series=True)
            draw(finding.tables, design, drawn, into, language, mark, page)

    def admit(built: Path, name: str) -> None:
        path = target / name
        there = path.is_symlink() or path.exists()
        same = path.is_file() and path.read_bytes() == built.read_bytes()
        if there and not same and not ledger.own(name):
            raise EngelsInputError(f"{path}", "is not as `engels sensitivity` wrote it", FOREIGN)

    key = f"figures-{language}" if drawn else "tables"
    asked = {
        "variables": list(call.variables),
        "years": list(years),
        "levels": call.levels,
        "page": page,
    }
    ledger.make(f"{key}{call.mark()}", made_from, make, admit, asked=asked)
    entries = ledger.read()
    new = entries.pop(f"{key}{call.mark()}")["files"]
    old = sorted(
        name
        for entry in entries.values()
        if entry["made_from"] != made_from
        for name in entry["files"]
        if name not in new and (target / name).exists()
    )
    if old:
        more = f" and {len(old) - NAMED} more" if len(old) > NAMED else ""
        finding.notes.append(
            f"of an earlier state of the store, ask again for them: {', '.join(old[:NAMED])}{more}"
        )
    names = sorted(new, key=lambda n: (not n.endswith(".csv"), n))
    return [target / name for name in names]


def _made_from(folder: Path) -> dict[str, str]:
    """Hashes of what the figures of a store depend on."""
    parts = [part and part.results for part in read_index(folder).parts.values()]
    return {
        "results": checksum(json.dumps(parts).encode()),
        PLAN: checksum((folder / PLAN).read_bytes()),
    }


# --- what is read off each design ---


def _by_entry(sample: Sample, measures: Measures) -> pd.DataFrame:
    """Measures of entries x outputs as rows: output after output, entries in the order of the file."""
    entries = len(sample.varied)
    rows = sample.keys.loc[np.repeat(np.arange(len(sample.keys)), entries)].reset_index(drop=True)
    rows["entry"] = list(sample.varied) * len(sample.keys)
    return rows.assign(**{name: found.T.ravel() for name, found in measures.items()})


def _by_output(sample: Sample, measures: Measures) -> pd.DataFrame:
    return sample.keys.assign(**measures)


def _missing(sample: Sample, gone: Mask) -> str:
    """The points that are not solved, with their reasons as far as they were tried."""
    rows = sample.plan[gone]
    said = [
        f"{n} ({status}{': ' + str(reason) if isinstance(reason, str) and reason else ''})"
        for n, status, reason in zip(
            rows["number"][:NAMED], rows["status"], rows["reason"], strict=False
        )
    ]
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"point{'s' if len(rows) > 1 else ''} {', '.join(said)}{more}"


def _tornado(sample: Sample, manifest: dict[str, Any], finding: Finding) -> None:
    place = {label: n for n, label in enumerate(sample.varied)}
    entry = [place.get(str(label), -1) for label in sample.plan["entry"]]
    gone = ~sample.solved
    if gone[entry.index(-1)]:
        raise ResultError(
            f"{sample.scenario}: the centre of the tornado is not solved: {_missing(sample, gone)}"
        )
    side = [str(s) for s in sample.plan["side"]]
    found = indices.tornado_effects(sample.values, entry, side, len(sample.varied))
    centre = np.broadcast_to(found.pop("centre"), found["low"].shape)
    at = dict(zip(zip(entry, side, strict=True), range(len(entry)), strict=True))
    ends = {
        f"entry_{end}": [sample.plan[label][at[n, end]] for n, label in enumerate(sample.varied)]
        for end in (LOW, HIGH)
    }
    table = _by_entry(sample, {"centre": centre, **found})
    for name, values in ends.items():
        table.insert(len(KEYS) + 1, name, values * len(sample.keys))
    finding.add("tornado", table)
    if gone.any():
        finding.complete = False
        finding.notes.append(f"{sample.scenario}: {_missing(sample, gone)} left blank")


def _whole(sample: Sample, unit: str, finding: Finding) -> Mask:
    """Which points are of whole trajectories or blocks; raises ResultError where fewer than two are."""
    units = np.asarray(sample.plan[unit], dtype=np.int64)
    kept = indices.whole_units(units, sample.solved)
    left, total = len(np.unique(units[kept])), len(np.unique(units))
    if left < 2:
        raise ResultError(
            f"{sample.scenario}: {left} of {total} {UNITS[unit]} {'is' if left == 1 else 'are'} "
            "wholly solved; two are the least; run `engels batch` with its file again"
        )
    if left < total:
        finding.notes.append(
            f"{sample.scenario}: {total - left} of {total} {UNITS[unit]} left out, with points that are not "
            f"solved: {_missing(sample, ~sample.solved)}"
        )
    return kept


def _morris(sample: Sample, manifest: dict[str, Any], finding: Finding) -> None:
    kept = _whole(sample, "trajectory", finding)
    levels = int(manifest["options"]["levels"])
    found = indices.morris_measures(sample.inputs[kept], sample.values[kept], levels)
    trajectories = int(kept.sum()) // (len(sample.varied) + 1)
    finding.add("morris", _by_entry(sample, found).assign(trajectories=trajectories))


def _sobol(sample: Sample, manifest: dict[str, Any], finding: Finding) -> None:
    kept = _whole(sample, "block", finding)
    second = bool(manifest["options"]["second_order"])
    entries = len(sample.varied)
    found = indices.sobol_indices(sample.values[kept], entries, second, sample.noise)
    whole = {name: found.pop(name) for name in ("mean", "sd")}
    pairs = {name: found.pop(name) for name in ("S2", "S2_conf") if name in found}
    blocks = int(sample.plan["block"][kept].nunique())
    finding.add("sobol", _by_entry(sample, found).assign(blocks=blocks))
    finding.add("variance", _by_output(sample, whole).assign(points=2 * blocks))
    if pairs and entries > 1:
        first, other = np.triu_indices(entries, 1)
        rows = sample.keys.loc[np.repeat(np.arange(len(sample.keys)), len(first))]
        table = rows.reset_index(drop=True).assign(
            entry=[sample.varied[n] for n in first] * len(sample.keys),
            other=[sample.varied[n] for n in other] * len(sample.keys),
            **{name: values[first, other].T.ravel() for name, values in pairs.items()},
        )
        finding.add("sobol_pairs", table)


def _moments(sample: Sample, manifest: dict[str, Any], finding: Finding) -> None:
    gone = ~sample.solved
    if gone.any():
        raise ResultError(
            f"{sample.scenario}: a quadrature needs all its points, and some are not solved: "
            f"{_missing(sample, gone)}"
        )
    found = indices.moments(sample.values, sample.plan["weight"].to_numpy(dtype=float))
    finding.add("moments", _by_output(sample, found))


def _spread(sample: Sample, manifest: dict[str, Any], finding: Finding) -> None:
    gone = ~sample.solved
    if sample.solved.sum() < 2:
        raise ResultError(
            f"{sample.scenario}: {sample.solved.sum()} points are solved, two are the least; "
            "run `engels batch` with its file again"
        )
    if gone.any():
        finding.notes.append(
            f"{sample.scenario}: {gone.sum()} of {len(gone)} points are not solved and left out; what "
            f"is said holds for the others only: {_missing(sample, gone)}"
        )
    values = sample.values[~gone]
    finding.add("distribution", _by_output(sample, indices.distribution(values)))
    found = indices.rank_correlations(sample.inputs[~gone], values, sample.noise)
    finding.add("rank_correlations", _by_entry(sample, {"rank_correlation": found}))


_SPREAD = Analysis(
    _spread,
    "distribution",
    ("mean", "se_mean", "sd", "q05", "q50", "q95"),
    years=True,
)
_MOMENTS = Analysis(
    _moments,
    "moments",
    ("mean", "sd", "normal_low", "normal_high", "chebyshev_low", "chebyshev_high"),
    years=True,
)
ANALYSES: dict[str, Analysis] = {
    "tornado": Analysis(_tornado, "tornado", ("low", "high", "swing"), "swing"),
    "morris": Analysis(_morris, "morris", ("mu", "mu_star", "mu_star_conf", "sigma"), "mu_star"),
    "saltelli": Analysis(_sobol, "sobol", ("S1", "S1_conf", "ST", "ST_conf"), "ST"),
    "stroud": _MOMENTS,
    "gauss": _MOMENTS,
    "random": _SPREAD,
    "lhs": _SPREAD,
    "sobol": _SPREAD,
}
"""What is read off a batch, by its design."""


# --- the screen ---


def show(done: Done, screen: Console, language: str = "en") -> None:
    """Show what was found: a table of entries for an output, or of years for a series; the first few."""
    analysis, words = ANALYSES[done.design], labels(language)
    table = done.finding.tables[analysis.table]
    several = table["scenario"].nunique() > 1
    by = KEYS if analysis.order else [k for k in KEYS if k != "year"]
    stub, column = ("sens_entry", "entry") if analysis.order else ("year", "year")
    outputs = list(table.groupby(by, sort=False))
    for _, rows in outputs[:SHOWN]:
        title = output_label(rows.iloc[0].to_dict(), language, several, year=bool(analysis.order))
        shown = Table(title=title, title_justify="left")
        shown.add_column(words[stub])
        for name in analysis.shown:
            shown.add_column(words.get(f"sens_col_{name}", name), justify="right")
        if analysis.order:
            rows = rows.sort_values(analysis.order, ascending=False, kind="stable")
        for row in rows.to_dict("records"):
            shown.add_row(str(row[column]), *(_figure(row[name]) for name in analysis.shown))
        screen.print(shown)
    if len(outputs) > SHOWN:
        more = len(outputs) - SHOWN
        screen.print(f"{more} more are in {analysis.table}.csv", highlight=False, soft_wrap=True)


def _figure(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.4g}"
