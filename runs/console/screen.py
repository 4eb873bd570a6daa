"""What is printed: text of users as it is, on terminals of every kind.

Titles, names and messages come from users' files. They are never read as markup or emoji codes, and a
terminal that lacks a character shows a question mark instead of ending the run. Tables take the width
of the terminal: words wrap, numbers are never cut. Where output goes to a file or another program,
every row is a line.
"""

from __future__ import annotations

import csv
import io
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

NO_TERMINAL = 1000
"""Characters of a line where there is no terminal: tables take what they need."""
NARROWEST = 8
"""Characters that a column of words is left with, however narrow the terminal."""


class Screen(Console):
    """A console that would rather go beyond the terminal's edge than cut a number."""

    def print(self, *objects: Any, **options: Any) -> None:
        """As ``rich`` does it; a table whose numbers do not fit is as wide as they need."""
        tables = [o for o in objects if isinstance(o, Table)]
        for column in (c for table in tables for c in table.columns):
            if column.overflow == "ellipsis":
                column.overflow = "fold"  # a word goes on in the next line
        needed = max(map(narrowest, tables), default=0)
        width = self.width
        if needed <= width:
            super().print(*objects, **options)
            return
        self.width = needed
        try:
            super().print(*objects, **options)
        finally:
            self.width = width

    def on_broken_pipe(self) -> None:
        """Whoever read the output went away: ``exits.guarded`` ends the command."""
        raise  # rich calls this while it handles the error


def narrowest(table: Table) -> int:
    """Characters that a table needs at least: its unbreakable columns whole, the others readable."""
    wide = Console(width=NO_TERMINAL)
    found = 1
    for column in table.columns:
        cells = [wide.measure(cell).maximum for cell in (column.header, *column.cells)]
        content = max(cells, default=0)
        own = content if column.no_wrap else min(content, max(NARROWEST, column.min_width or 0))
        left, right = table.padding[3], table.padding[1]
        found += own + left + right + (1 if table.box else 0)
    return found


def console(*, error: bool = False, width: int | None = None) -> Screen:
    """A console on standard output, or on standard error; ``width`` in characters overrides its own."""
    stream = sys.stderr if error else sys.stdout
    if width is None and not stream.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        width = NO_TERMINAL
    return Screen(stderr=error, width=width, markup=False, emoji=False, highlight=False)


def any_terminal() -> None:
    """Have characters that standard output and error cannot show replaced, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table as CSV on standard output, for another program."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)


def plain(text: str) -> str:
    """Text without characters that command a terminal; ends of lines stay."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "�", text)
