"""Form of a table of the paper: columns, panels, and how they become LaTeX and CSV.

A table is a list of panels. Panels with the same columns share one ``tabular``; the CSV holds all
panels below each other at full precision, so that nothing has to be read off the printed table.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import pandas as pd

from engels.runs.store.spreadsheet import csv_text

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": r"$-$",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "×": r"$\times$",
    "σ": r"$\sigma$",
    "μ": r"$\mu$",
    "≤": r"$\leq$",
    "±": r"$\pm$",
}
"""What LaTeX reads as something else than itself."""

LABEL = 48
"""Letters of a row's label in LaTeX."""

NONE = "--"
"""What is printed where there is no number."""


@dataclass(frozen=True)
class Column:
    """One column: its name in the CSV, its heading, the heading that it shares, its decimals.

    A heading may have lines. ``signed`` prints a plus before what is positive; text columns ignore
    ``digits``. ``missing`` is printed where there is nothing.
    """

    name: str
    heading: str
    group: str = ""
    digits: int = 2
    signed: bool = False
    missing: str = NONE


@dataclass(frozen=True)
class Panel:
    """Rows below a title: ``rows`` has the labels as index and the columns' names as columns.

    Labels and cells may be identifiers; they stand in the CSV, and ``words`` has what is printed for them.
    """

    title: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    stub: str = ""  # heading of the labels
    words: Mapping[str, str] = field(default_factory=dict)

    def printed(self, value: object) -> object:
        """A label or a cell as it is printed."""
        return self.words.get(value, value) if isinstance(value, str) else value

    @property
    def heads(self) -> tuple[tuple[str, ...], ...]:
        """What panels of one ``tabular`` share; they may differ in decimals and signs."""
        return tuple((c.name, c.heading, c.group) for c in self.columns)


def capitalised(name: str) -> str:
    """A name whose first letter is a capital, the others as they are."""
    return name[0].upper() + name[1:]


def escape(text: str) -> str:
    """Plain text as LaTeX; blanks at its beginning indent it."""
    indent = r"\quad " if text.startswith(" ") else ""
    return indent + "".join(SPECIAL.get(letter, letter) for letter in text.lstrip(" "))


def cell(value: object, column: Column) -> str:
    """A value as it is printed."""
    if value is None or value == "":
        return column.missing
    if not isinstance(value, (int, float)):
        return escape(str(value))
    if math.isnan(value):
        return column.missing
    text = f"{value:+,.{column.digits}f}" if column.signed else f"{value:,.{column.digits}f}"
    # what rounds to nothing has no sign
    if not text.strip("+-0.,"):
        text = text.lstrip("+-")
    return text.replace("-", "$-$").replace("+", "$+$")


def _beside(one: Panel, other: Panel) -> bool:
    """Whether two panels have other columns of the same rows."""
    shared = {c.name for c in one.columns} & {c.name for c in other.columns}
    return one.title == other.title and one.rows.index.equals(other.rows.index) and not shared


def to_csv(panels: Sequence[Panel]) -> str:
    """All panels below each other: ``panel``, ``row`` and the columns of all panels.

    Panels of one title and the same rows are printed below each other and stand beside each other here.
    What is below 1e-12 is a solver's zero and written as one.
    """
    parts: list[tuple[Panel, pd.DataFrame]] = []
    for p in panels:
        part = p.rows[[c.name for c in p.columns]].rename_axis("row").reset_index()
        twin = next((n for n, (q, _) in enumerate(parts) if _beside(p, q)), None)
        if twin is None:
            parts.append((p, part.assign(panel=p.title)))
        else:
            first, left = parts[twin]
            parts[twin] = first, pd.concat([left, part.drop(columns="row")], axis=1)
    names = list(dict.fromkeys(c.name for p in panels for c in p.columns))
    table = pd.concat([part for _, part in parts], ignore_index=True)[["panel", "row", *names]]
    table["row"] = table["row"].str.strip()
    numbers = table.select_dtypes("number").columns
    table[numbers] = table[numbers].round(12) + 0.0  # no negative zero
    return csv_text(table)


def to_latex(
    label: str,
    caption: str,
    panels: Sequence[Panel],
    notes: Sequence[str],
    size: str = "small",
    apart: bool = False,
) -> str:
    """A floating table for a document that loads ``booktabs``.

    ``apart`` makes each ``tabular`` a float of its own, for what does not fit on one page; the notes
    stand below the last, and the titles of panels in the captions.
    """
    groups = [list(group) for _, group in groupby(panels, key=lambda p: p.heads)]
    below = [r"\begin{minipage}{\linewidth}", r"\footnotesize"]
    below += [rf"\emph{{{escape(head)}}} {escape(text)}\par" for head, text in _split(notes)]
    below += [r"\end{minipage}"]
    floats = [[group] for group in groups] if apart else [groups]
    lines = [r"% needs \usepackage{booktabs}; made by `engels tables`, changes here are lost"]
    for number, inside in enumerate(floats):
        suffix = "" if number == 0 else f"-{number + 1}"
        title = caption if number == 0 else f"{caption} (continued)"
        lines += [
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{escape(title)}}}",
            rf"\label{{tab:{label}{suffix}}}",
            rf"\{size}",
            r"\setlength{\tabcolsep}{3pt}",
        ]
        for group in inside:
            lines += [*_tabular(group), "", r"\medskip", ""]
        if number == len(floats) - 1:
            lines += below
        lines += [r"\end{table}", ""]
    return "\n".join(lines)


def _split(notes: Sequence[str]) -> list[tuple[str, str]]:
    """``How to read: …`` as (``How to read.``, …)."""
    parts = [note.partition(": ") for note in notes]
    return [(f"{head}.", text) for head, _, text in parts]


def _tabular(panels: list[Panel]) -> list[str]:
    columns = panels[0].columns
    # a column of words is set to the left
    text = [any(isinstance(x, str) and x for p in panels for x in p.rows[c.name]) for c in columns]
    lines = [
        rf"\begin{{tabular}}{{@{{}}l{''.join('l' if t else 'r' for t in text)}@{{}}}}",
        r"\toprule",
        *_headings(columns, panels[0].stub, text),
        r"\midrule",
    ]
    for number, panel in enumerate(panels):
        if panel.title:
            if number:
                lines.append(r"\addlinespace")
            width = len(columns) + 1
            lines.append(rf"\multicolumn{{{width}}}{{l}}{{\emph{{{escape(panel.title)}}}}} \\")
        # positions, because two rows may bear one name
        for n, name in enumerate(panel.rows.index):
            values = [cell(panel.printed(panel.rows[c.name].iloc[n]), c) for c in panel.columns]
            lines.append(" & ".join([escape(shorten(str(panel.printed(name)))), *values]) + r" \\")
    return [*lines, r"\bottomrule", r"\end{tabular}"]


def shorten(label: str) -> str:
    """A label that leaves room for numbers; the CSV has it in full."""
    if len(label) <= LABEL:
        return label
    cut = textwrap.shorten(label, LABEL, placeholder=" …")
    # without blanks nothing would be left
    return cut if len(cut) > LABEL // 2 else f"{label[: LABEL - 2]} …"


def _stacked(heading: str, side: str) -> str:
    """A heading, in lines where it has some."""
    lines = [escape(line) for line in heading.split("\n")]
    stacked = r" \\ ".join(lines)
    return stacked if len(lines) == 1 else rf"\shortstack[{side}]{{{stacked}}}"


def _headings(columns: tuple[Column, ...], stub: str, text: list[bool]) -> list[str]:
    lines = []
    if any(c.group for c in columns):
        spans, rules, at = [""], [], 2
        for title, run in groupby(columns, key=lambda c: c.group):
            count = len(list(run))
            place = "c" if count > 1 else "l" if text[at - 2] else "r"
            spans.append(rf"\multicolumn{{{count}}}{{{place}}}{{{escape(title)}}}")
            if title and count > 1:
                rules.append(rf"\cmidrule(lr){{{at}-{at + count - 1}}}")
            at += count
        lines += [" & ".join(spans) + r" \\", *([" ".join(rules)] if rules else [])]
    heads = [
        rf"\multicolumn{{1}}{{{'l' if t else 'r'}}}{{{_stacked(c.heading, 'l' if t else 'r')}}}"
        for c, t in zip(columns, text, strict=True)
    ]
    return [*lines, " & ".join([escape(stub), *heads]) + r" \\"]
