"""What is printed: text of users as it is, on terminals of every kind.

Titles, names and messages come from users' files. They are never read as markup or emoji codes, and a
terminal that lacks a character shows a question mark instead of ending the run.
"""

from __future__ import annotations

import io
import re
import sys

from rich.console import Console


def console(*, error: bool = False, width: int | None = None) -> Console:
    """A console on standard output, or on standard error; ``width`` in characters overrides its own."""
    return Console(stderr=error, width=width, markup=False, emoji=False, highlight=False)


def any_terminal() -> None:
    """Have characters that standard output and error cannot show replaced, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def plain(text: str) -> str:
    """Text without characters that command a terminal; ends of lines stay."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "�", text)
