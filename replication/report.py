"""What a study found, as files; its numbers as a table for the screen and for the documentation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from engels.replication.study import ROUNDING, Figure, Outcome
from engels.runs.report.page import entitle, save_figure, style

COLUMNS = (
    "label",
    "unit",
    "published",
    "not_published",
    "ours",
    "difference",
    "tolerance",
    "kind",
    "mark",
    "verdict",
    "source",
    "note",
)
"""Columns of a stored table. ``not_published`` has what is recalled (M) or was computed by us (R)."""

OWN = {"M": "recalled", "R": "computed"}
STYLES = {"ok": "green", "MISSED": "bold red"}


def to_frame(figures: Sequence[Figure]) -> pd.DataFrame:
    """One row a number, at full precision; what was never printed stands in a column of its own."""
    rows = []
    for f in figures:
        given: float | str | None = f.published
        if given is None and f.bounds is not None:
            given = f"{number(f.bounds[0])} to {number(f.bounds[1])}"
        seen = f.mark in ("S", "S2")
        rows.append(
            (
                f.label,
                f.unit,
                given if seen else None,
                None if seen else given,
                f.ours,
                f.difference if f.kind != "text" else None,
                tolerance(f),
                f.kind,
                f.mark,
                f.verdict,
                f.source,
                f.note,
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(object)


def tolerance(figure: Figure) -> str:
    """The largest difference allowed, in words."""
    if figure.kind == "text":
        return "the same" if figure.published is not None else ""
    if figure.kind == "range":
        return "within" if not figure.tolerance else f"within ± {number(figure.tolerance)}"
    if figure.tolerance is None or figure.published is None:
        return ""
    if figure.kind == "relative":
        return f"± {number(100 * figure.tolerance)}%"
    return f"± {number(figure.tolerance)}"


def number(x: Any, figures: int = 4) -> str:
    """A number (or word) for a reader: four figures, more only where an integer has them."""
    if x is None or (isinstance(x, float) and math.isnan(x)):
        return ""
    if isinstance(x, str):
        return x
    value = float(x)
    if abs(value) < ROUNDING:
        return "0"
    if abs(value) >= 1000 and value == round(value):
        return f"{value:,.0f}"
    if abs(value) < 1e-4 or abs(value) >= 1e7:
        return f"{value:.1e}".replace("-", "−")
    digits = max(0, figures - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def _cell(frame: pd.DataFrame, row: int, column: str) -> str:
    value = frame[column].iloc[row]
    # a year has no thousands
    if frame["unit"].iloc[row] == "year" and isinstance(value, float) and math.isfinite(value):
        return f"{value:.0f}"
    return number(value)


def compared(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Cells for a reader, in the order of ``HEADINGS``."""
    rows: list[tuple[str, ...]] = []
    for i in range(len(frame)):
        mark = str(frame["mark"].iloc[i])
        other = _cell(frame, i, "not_published")
        rows.append(
            (
                _cell(frame, i, "label"),
                _cell(frame, i, "unit"),
                _cell(frame, i, "published"),
                f"{other} ({OWN[mark]})" if other and mark in OWN else other,
                _cell(frame, i, "ours"),
                number(frame["difference"].iloc[i], 2),
                _cell(frame, i, "tolerance"),
                mark,
                _cell(frame, i, "verdict"),
                _cell(frame, i, "source"),
            )
        )
    return rows


HEADINGS = (
    "What",
    "Unit",
    "Published",
    "Not published",
    "Ours",
    "Difference",
    "Tolerance",
    "Mark",
    "Result",
    "Source",
)


def to_screen(frame: pd.DataFrame, title: str) -> Table:
    """The table of a study as a rich table."""
    table = Table(title=title, title_justify="left")
    right = {"Published", "Not published", "Ours", "Difference", "Tolerance"}
    whole = {*right, "Mark", "Result"}
    rows = compared(frame)
    # a column without an entry says nothing
    kept = [n for n in range(len(HEADINGS)) if any(row[n] for row in rows)]
    for n in kept:
        table.add_column(
            HEADINGS[n],
            justify="right" if HEADINGS[n] in right else "left",
            no_wrap=HEADINGS[n] in whole,
            overflow="fold",
        )
    for row in rows:
        cells: list[str] = [row[n] for n in kept]
        table.add_row(*cells, style=STYLES.get(row[8], ""))
    return table


def to_markdown(frame: pd.DataFrame) -> str:
    """The table of a study for the documentation; sources are left to the CSV."""
    shown = [n for n, heading in enumerate(HEADINGS) if heading not in ("Source", "Difference")]
    rows = compared(frame)
    kept = [n for n in shown if any(row[n] for row in rows)]
    right = {"Published", "Not published", "Ours", "Tolerance"}
    lines = [
        "| " + " | ".join(HEADINGS[n] for n in kept) + " |",
        "|" + "|".join("---:" if HEADINGS[n] in right else "---" for n in kept) + "|",
    ]
    lines += ["| " + " | ".join(row[n].replace("|", "\\|") for n in kept) + " |" for row in rows]
    return "\n".join(lines)


def write_outcome(outcome: Outcome, folder: Path, stem: str, title: str) -> None:
    """An outcome's tables and picture."""
    to_frame(outcome.figures).to_csv(folder / f"{stem}.csv", index=False, lineterminator="\n")
    for name, frame in outcome.frames.items():
        frame.to_csv(folder / f"{stem}-{name}.csv", lineterminator="\n")
    if outcome.figure is not None:
        with style("en"):
            drawing = outcome.figure()
            if not drawing.get_label():
                entitle(drawing, title)
            save_figure(drawing, folder, stem)
