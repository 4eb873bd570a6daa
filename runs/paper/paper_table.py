"""What a table of the paper is: a module of this folder, ``tNN_name.py``, that ends with its ``TABLE``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from engels.runs.paper.panels import Panel
from engels.runs.paper.runs import Need, Solved

Batches = Callable[[Path, str, str, Callable[[str], None]], dict[str, Path]]
"""Solves batches as far as needed: folder, aggregation, solver and who is told -> stores by name."""


@dataclass(frozen=True)
class PaperTable:
    """One table: ``key`` names it on the command line, ``stem`` its files, ``size`` its letters."""

    key: str
    stem: str
    caption: str
    needs: tuple[Need, ...]
    make: Callable[[Solved], tuple[list[Panel], list[str]]]
    draw: Callable[[Solved], Figure]
    size: str = "small"
    apart: bool = False  # each part on a page of its own
    batches: Batches | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files it is written to."""
        return tuple(f"{self.stem}.{kind}" for kind in ("csv", "tex", "pdf", "png"))
