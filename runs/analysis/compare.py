"""Two stored runs side by side: ``engels compare A B``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from engels.data import EngelsInputError
from engels.runs.console.screen import console, write_csv
from engels.runs.indicators.deviations import intensity_groups
from engels.runs.indicators.headline import LIFETIME, PAUSE, ROWS, YEARS, headline, signed
from engels.runs.indicators.labels import labels
from engels.runs.store.inputs import RunResult
from engels.runs.store.results import load_run

SETTINGS = (
    "scenario",
    "reference",
    "aggregation",
    "ai_mode",
    "expectations",
    "last_year",
    "table",
    "pause_threshold",
)
"""Entries of a manifest that are named where two runs differ in them."""
OTHERS = ("inputs", "code", "commit")
"""Entries of which it is said that they differ, not how."""
ORDER = [*(row.label for row in ROWS), *LIFETIME, *PAUSE]


def differences(first: RunResult, second: RunResult) -> list[str]:
    """In what two runs differ besides their results, one line each."""
    one, two = first.manifest, second.manifest
    found = [
        f"{key}: {one.get(key)} | {two.get(key)}"
        for key in SETTINGS
        if one.get(key) != two.get(key)
    ]
    mine, others = (x.get("parameters") or {} for x in (one, two))
    for key in sorted({*mine, *others}):
        if mine.get(key) != others.get(key):
            plain = "as published"
            found.append(f"{key}: {mine.get(key, plain)} | {others.get(key, plain)}")
    found += [f"{key} differ" for key in OTHERS if one.get(key) != two.get(key)]
    return found


def compared(first: RunResult, second: RunResult, years: Sequence[int]) -> pd.DataFrame:
    """The headlines of two runs, each against its own reference, and their difference.

    Returns columns indicator, year, first, second, difference (percentage points of the deviation),
    unit. An indicator that only one of them has is NaN in the other.

    Raises EngelsInputError for a year that one of them does not have.
    """
    wanted = [int(y) for y in years] or list(YEARS)
    tables = []
    for run in (first, second):
        solved = {int(y) for y in run.frame["year"].unique()}
        for year in years:
            if year not in solved:
                raise EngelsInputError(
                    f"--year {year}: is not in {run.scenario}; it has {min(solved)} to {max(solved)}"
                )
        at = [y for y in wanted if y in solved]
        groups = intensity_groups(run.manifest)
        found = headline(run.frame, run.scenario, run.reference, groups, at or None)
        tables.append(found[["indicator", "year", "deviation", "unit"]])
    both = tables[0].merge(
        tables[1], on=["indicator", "year"], how="outer", suffixes=("_first", "_second")
    )
    both = both.rename(columns={"deviation_first": "first", "deviation_second": "second"})
    both["difference"] = both["second"] - both["first"]
    both["unit"] = both["unit_first"].fillna(both["unit_second"])
    place = {label: n for n, label in enumerate(ORDER)}
    both = both.sort_values(["year", "indicator"], key=lambda s: s.map(lambda x: place.get(x, x)))
    return both[["indicator", "year", "first", "second", "difference", "unit"]]


def compare_runs(
    first: Path, second: Path, years: Sequence[int], as_csv: bool, language: str
) -> None:
    """Print two runs side by side: in what they were made differently, then a table for each year.

    Raises EngelsInputError where a folder is no run, or a year is in none.
    """
    one, two = load_run(first), load_run(second)
    table = compared(one, two, years)
    if as_csv:
        write_csv(list(table.columns), table.itertuples(index=False, name=None))
        return
    words, screen = labels(language), console()
    for name, run, folder in (("A", one, first), ("B", two, second)):
        reference = words.get(run.reference, run.reference)
        against = words["against"].format(reference=reference)
        label = run.manifest.get("label", run.scenario)
        screen.print(f"{name}: {label}, {against} ({folder})", soft_wrap=True)
    for line in differences(one, two):
        screen.print(f"   {line}")
    thresholds = sorted({100 * run.pause_threshold for run in (one, two)})
    notes = [words["pause_note"].format(threshold=f"{x:g}") for x in thresholds]
    for year, rows in table.groupby("year"):
        shown = Table(title=f"{year}", title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
        shown.add_column(words["indicator"])
        for heading in ("A", "B", "B - A"):
            shown.add_column(heading, justify="right", no_wrap=True)
        for _, row in rows.iterrows():
            counted = bool(row["unit"] == "years")
            point = words["points_unit"]
            unit = "" if counted else point if row["unit"] == "points" else "%"
            kinds = (("first", unit), ("second", unit), ("difference", "" if counted else point))
            values = [_cell(float(row[key]), kind, counted) for key, kind in kinds]
            shown.add_row(words[str(row["indicator"])], *values)
        shown.caption = "\n".join([words["output_note"], *notes])
        shown.caption_justify = "left"
        screen.print(shown)


def _cell(value: float, unit: str, whole: bool) -> str:
    if value != value:
        return "–"
    return f"{value:+.0f}" if whole else f"{signed(value)} {unit}"
