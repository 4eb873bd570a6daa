"""Years that are solved: every year to the last that is reported, and periods that grow longer beyond it.

A law from one year to the next holds in every year of a grid. Where the next year is not one of them, the
yearly change of the years between lies on a line between the changes at both ends of the period, so that a
state moves from t to t + h by

    sum_i change(t + i) = (h + 1)/2 change(t) + (h - 1)/2 change(t + h)        i = 0 .. h - 1

For what grows, changes are those of logs. On a path of constant growth this is exact; with h = 1 it is the
law itself. Where the law has a stable root of any size, the period has one too: in the limit of long periods
the sum is the trapezoidal rule, which keeps stable roots stable and unstable ones unstable, and so leaves the
saddle path of an economy with foresight what it is (a rule that looks at one end of the period does not).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Years:
    """Several years at once where a function takes one: it then returns an array over them.

    ``point.output[j, t]`` is an array where ``t`` are years (``point.py``), and so is what follows from it.
    """

    years: tuple[int, ...]

    @cached_property
    def _hash(self) -> int:
        return hash(self.years)

    def __hash__(self) -> int:
        return self._hash

    def __len__(self) -> int:
        return len(self.years)

    def __sub__(self, year: int) -> NDArray[np.int64]:
        """How many years later than ``year`` each is."""
        return np.array(self.years, dtype=np.int64) - year

    def where(self, chosen: NDArray[np.bool_]) -> Years:
        """Those of the years that are chosen, by a mask."""
        return Years(tuple(t for t, mine in zip(self.years, chosen.tolist(), strict=True) if mine))


Time = Any
"""A year, or several at once."""


class YearSet(tuple[int, ...]):
    """Years of a model, in order; several at once are in it where each is."""

    def __contains__(self, t: object) -> bool:
        if isinstance(t, Years):
            return all(super(YearSet, self).__contains__(year) for year in t.years)
        return super().__contains__(t)


def along(path: NDArray[np.float64], first: int, t: Time) -> Any:
    """A yearly path at ``t``, from its value in the year ``first`` on; the last one beyond its end."""
    n = np.minimum(t - first, len(path) - 1)
    return path[n] if isinstance(t, Years) else float(path[n])


def spans(years: Sequence[int], *sets: Sequence[int]) -> list[Time]:
    """Years in stretches that lie wholly inside or outside each of the sets; a single year is a number."""
    found: dict[tuple[bool, ...], list[int]] = {}
    for t in years:
        found.setdefault(tuple(t in own for own in sets), []).append(t)
    return [Years(tuple(own)) if len(own) > 1 else own[0] for own in found.values()]


def single_years(t: Time) -> tuple[int, ...]:
    """The years that ``t`` stands for."""
    return t.years if isinstance(t, Years) else (t,)


class Annual:
    """A calendar in which every year is solved."""

    def after(self, t: int) -> int:
        """The next year that is solved."""
        return t + 1

    def before(self, t: int) -> int:
        """The year before ``t`` that is solved."""
        return t - 1

    def span(self, t: int) -> int:
        """Years from ``t`` to the next that is solved."""
        return self.after(t) - t

    def since(self, t: int) -> int:
        """Years from the one solved before ``t`` to ``t``."""
        return t - self.before(t)

    def next_year(self, t: int, now: Any, then: Any) -> Any:
        """Value of the year after ``t`` of what grows, from those at both ends of the period."""
        h = self.span(t)
        return then if h == 1 else now * (then / now) ** (1 / h)

    def next_level(self, t: int, now: Any, then: Any) -> Any:
        """Value of the year after ``t`` of what may be zero, from those at both ends of the period."""
        h = self.span(t)
        return then if h == 1 else now + (then - now) / h

    def over(self, t: int, change: Callable[[int], Any]) -> Any:
        """What a yearly change adds up to over the period that begins in ``t``."""
        h = self.span(t)
        if h == 1:
            return change(t)
        return (h + 1) / 2 * change(t) + (h - 1) / 2 * change(self.after(t))


ANNUAL = Annual()

LENGTHS = (1, 2, 4, 8)
"""Lengths of the first periods beyond the last reported year; the last of them is repeated."""


def years_beyond(last: int, beyond: int) -> list[int]:
    """Years of a grid after ``last``, to ``last + beyond``: periods that grow longer, then one of a year.

    The last period has one year because the condition at the horizon speaks of growth from year to year.
    """
    end, t = last + beyond, last
    found: list[int] = []
    lengths = iter(LENGTHS)
    h = 0
    while t < end - 1:
        h = next(lengths, h)
        t = min(t + h, end - 1)
        found.append(t)
    return [*found, end] if beyond > 0 else []


class Grid(Annual):
    """Some years, in order; one more is known beyond the last, and a year before the first."""

    def __init__(self, years: Sequence[int]) -> None:
        self.years = tuple(years)
        ends = (*self.years[1:], self.years[-1] + 1)
        self._after = dict(zip(self.years, ends, strict=True))
        self._before = {z: a for a, z in self._after.items()} | {self.years[0]: self.years[0] - 1}

    def after(self, t: int) -> int:
        return self._after[t]

    def before(self, t: int) -> int:
        return self._before[t]
