"""What a study is: numbers that others printed, beside the numbers that this project computes.

A module of a study defines ``STUDY``. Its ``run`` computes with numbers out of the study's sheet
(:mod:`engels.replication.sheet`) and returns an :class:`Outcome`.

How a number is known is its mark:

=====  ========================================================================================
S      seen in the source that is named: printed there
S2     seen in a secondary source only
M      recalled, not checked against the paper
R      computed by us earlier from the study's inputs: it guards our code, it was never printed
=====  ========================================================================================

Only S decides whether a replication has succeeded. A number marked M or R is shown in a column of
its own, never as published.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd
from matplotlib.figure import Figure as Drawing

if TYPE_CHECKING:
    from engels.runs.paper.runs import Need, Solved

Mark = Literal["S", "S2", "M", "R"]
Kind = Literal["absolute", "relative", "range", "text"]

ROUNDING = 1e-12
"""A difference that is a tolerance but for the rounding of doubles is within it."""


@dataclass(frozen=True)
class Figure:
    """One number (or word) of a study beside ours.

    ``published`` is the number compared with; whether it was indeed published is told by ``mark``.
    None: there is nothing to compare with, and ours is only shown. ``tolerance`` is the largest
    difference allowed: in ``unit`` (kind ``absolute``), as a fraction of ``published`` (``relative``).
    Kind ``range``: ours has to lie within ``bounds``, widened by ``tolerance`` where one is given.
    Kind ``text``: both are the same words. A tolerance of None (or no bounds) compares nothing.
    """

    label: str
    published: float | str | None
    ours: float | str
    tolerance: float | None
    kind: Kind
    unit: str
    source: str
    mark: Mark
    note: str = ""
    bounds: tuple[float, float] | None = None

    @property
    def difference(self) -> float | None:
        """Ours less the number compared with, in ``unit``; from the nearest bound for a range."""
        if isinstance(self.ours, str):
            return None
        if self.kind == "range" and self.bounds is not None:
            low, high = self.bounds
            return self.ours - min(max(self.ours, low), high)
        if self.published is None or isinstance(self.published, str):
            return None
        return self.ours - self.published

    @property
    def passed(self) -> bool | None:
        """Whether ours is what it should be; None where nothing is compared."""
        if self.kind == "text":
            return None if self.published is None else self.ours == self.published
        if not isinstance(self.ours, str) and math.isnan(self.ours):
            return False
        gap = self.difference
        if gap is None:
            return None
        if self.kind == "range":
            return abs(gap) <= (self.tolerance or 0.0) + ROUNDING
        if self.tolerance is None:
            return None
        assert not isinstance(self.published, str) and self.published is not None
        scale = abs(self.published) if self.kind == "relative" else 1.0
        return abs(gap) <= self.tolerance * scale + ROUNDING

    @property
    def decides(self) -> bool:
        """Whether a miss is a failure of the replication: only where the number was seen printed."""
        return self.mark == "S"

    @property
    def missed(self) -> bool:
        """Whether a number that was seen printed is not reproduced."""
        return self.decides and self.passed is False

    @property
    def verdict(self) -> str:
        """ok or MISSED where the number decides; otherwise it is shown only."""
        if self.passed is None:
            return "shown only"
        if not self.decides:
            return "shown only, agrees" if self.passed else "shown only, differs"
        return "ok" if self.passed else "MISSED"


@dataclass(frozen=True)
class Outcome:
    """What a study found.

    ``notes`` are sentences for a reader: what could not be reproduced and why. ``frames`` are stored
    as CSV beside the table, ``figure`` draws the picture (None: none).
    """

    figures: list[Figure]
    notes: list[str] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    figure: Callable[[], Drawing] | None = None

    @property
    def missed(self) -> list[Figure]:
        """The numbers seen printed that are not reproduced."""
        return [f for f in self.figures if f.missed]


@dataclass(frozen=True)
class Study:
    """One study. ``key`` names its module, its sheet, its files and what to type for it.

    ``beside`` sets runs of the China model beside it; ``needs`` are these runs. Whether a stored table is
    up to date is decided by the study's sheet and runs, the modules that ``run`` and ``beside`` reach and
    the data that these name; ``inputs`` are files that it reads besides.
    """

    key: str
    title: str
    reference: str
    run: Callable[[], Outcome]
    needs: tuple[Need, ...] = ()
    beside: Callable[[Solved], Outcome] | None = None
    inputs: tuple[Path, ...] = ()
