"""An economy with foresight compiled from a few of its years.

Every year's equations are those of the year before, but for the first years and the last. A small economy is
declared that has the first years, two from the middle and the last ones; the trees of a year from the middle
are then laid out for all years like it, and the variables moved along. That the years in the middle are alike
is looked at, not taken for granted: all trees of the year before them, of both and of the year after are
compared, with every number in them. A number that follows a path of the baseline is made to differ between
them first. Where one differs, the economy is declared and compiled year by year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.calibration.benchmark import BaselinePath, Benchmark
from engels.model.algebra.complementarity import indexed_sides
from engels.model.algebra.grid import Grid, YearSet
from engels.model.algebra.point import Given, Index, given
from engels.model.economy.block import Block, contributions_of
from engels.model.economy.build import build_economy
from engels.model.solving.compiled import Compiled, Unbuilt
from engels.model.solving.declared import DeclaredEquations, Tree
from engels.model.solving.newton import require_alike
from engels.model.solving.tape import Read, Tape, UnknownTree

Places = NDArray[np.int64]

HEAD = 2
"""First years that are declared as they are; the last of them must be like those in the middle."""
BEFORE_LONG = 2
"""Years before the first that is not followed by the next year: declared, and the first like the middle."""
PROBES = 1.37, 1.53
"""Factors that make paths of the baseline differ between the two years in the middle."""


class _Unlike(Exception):
    """The years in the middle are not alike, or an equation reaches further than a year."""


@dataclass(frozen=True)
class _Calendar:
    """Years of the small economy, and which they are of the whole one.

    Attributes
    ----------
    years, small: years of both.
    first, second: the years in the middle; the same in both.
    middle: years of the whole economy that are like ``first``, itself included.
    shift: what a late year of the small economy is less than that of the whole.
    """

    years: tuple[int, ...]
    small: tuple[int, ...]
    first: int
    second: int
    middle: tuple[int, ...]
    shift: int

    def year(self, k: Any) -> int | None:
        """The year of an index; None where it has none."""
        last = k[-1] if isinstance(k, tuple) and k else k
        known = isinstance(last, int) and self.small[0] <= last <= self.small[-1] + 1
        return last if known else None

    def there(self, t: int) -> tuple[int, ...]:
        """Years of the whole economy that a year of the small one stands for."""
        if t < self.first:
            return (t,)
        if t == self.first:
            return self.middle
        return () if t == self.second else (t + self.shift,)

    def expanded(self, k: Any) -> list[Any]:
        """Indices of the whole economy that one of the small economy stands for."""
        t = self.year(k)
        if t is None:
            return [k]
        return [(*k[:-1], u) if isinstance(k, tuple) else u for u in self.there(t)]


def _calendar(years: Sequence[int]) -> _Calendar | None:
    """None where the small economy would be the whole one."""
    last_single = next((n for n, (a, z) in enumerate(pairwise(years)) if z > a + 1), len(years) - 1)
    late = last_single - BEFORE_LONG
    middle = tuple(years[HEAD:late])
    if len(middle) <= 2:
        return None
    first, second = middle[:2]
    shift = years[late] - second - 1
    small = (*years[: HEAD + 2], *(t - shift for t in years[late:]))
    return _Calendar(tuple(years), small, first, second, middle, shift)


def _small_path(path: BaselinePath, at: _Calendar) -> BaselinePath:
    """The baseline's path in the years of the small economy, with the middle made to differ."""
    origin = path.years[0]
    calendar = range(origin, path.years[-1] - at.shift + 1)
    source = np.array([t if t <= at.second else t + at.shift for t in calendar]) - origin
    around = slice(at.first - 2 - origin, at.middle[-1] + 3 - origin)
    changed: dict[str, Any] = {"years": tuple(calendar)}
    for field in fields(path):
        whole = getattr(path, field.name)
        if isinstance(whole, np.ndarray):
            own = whole[source]
            if np.any(whole[around] != whole[around][:1]):
                for t, factor in zip((at.first, at.second), PROBES, strict=True):
                    own[t - origin] *= factor
            changed[field.name] = own
    return replace(path, **changed)


class _Entries:
    """Variables of the small economy and of the whole one, as places in a vector each.

    Attributes
    ----------
    keys: index of each variable of the whole economy.
    row, year: of each entry of the small economy, which variable and rest of the index it is, and its
        year; -1 where it has none.
    place: entry of the whole economy by row and year; the year is counted from the first, and the last
        column is that of entries without one. -1 where there is none.
    """

    def __init__(self, variables: Sequence[pyo.Var], at: _Calendar) -> None:
        self.first = at.years[0]
        columns = at.years[-1] + 1 - self.first + 2
        rows: dict[tuple[str, Any], int] = {}
        row, year, places = [], [], []
        self.keys: dict[str, tuple[Any, ...]] = {}
        count = 0
        for v in variables:
            own: list[Any] = []
            for k in v:
                t = at.year(k)
                rest = k if t is None else (k[:-1] if isinstance(k, tuple) else ())
                r = rows.setdefault((v.local_name, rest), len(rows))
                row.append(r)
                year.append(-1 if t is None else t)
                for whole in at.expanded(k):
                    u = columns - 1 if t is None else _last(whole) - self.first
                    places.append((r, u, count))
                    own.append(whole)
                    count += 1
            self.keys[v.local_name] = tuple(own)
        self.row, self.year = np.array(row, dtype=np.int64), np.array(year, dtype=np.int64)
        self.place = np.full((len(rows), columns), -1, dtype=np.int64)
        found = np.array(places, dtype=np.int64)
        self.place[found[:, 0], found[:, 1]] = found[:, 2]
        self.size = count

    def moved(self, shift: int, low: int, high: int) -> Places:
        """Where each entry of the small economy stands in the whole one, ``shift`` years later.

        -1 for years that are not from ``low`` to ``high``.
        """
        there = np.full(len(self.row), -1, dtype=np.int64)
        without = self.year < 0
        there[without] = self.place[self.row[without], -1]
        mine = (self.year >= low) & (self.year <= high)
        there[mine] = self.place[self.row[mine], self.year[mine] + shift - self.first]
        return there

    def next_year(self) -> Places:
        """Entry of the small economy a year later; itself for one without a year, -1 where there is none."""
        known = {(r, t): n for n, (r, t) in enumerate(zip(self.row, self.year, strict=True))}
        return np.array(
            [
                n if t < 0 else known.get((r, t + 1), -1)
                for n, (r, t) in enumerate(zip(self.row, self.year, strict=True))
            ],
            dtype=np.int64,
        )


def _last(k: Any) -> int:
    return int(k[-1] if isinstance(k, tuple) else k)


@dataclass(frozen=True)
class _Trees:
    """Some trees of the small economy, and those that they stand for.

    Attributes
    ----------
    names: family and index of each.
    forms: them, as a tape has read them: those of right-hand sides have numbers from ``len(names)`` on.
    """

    names: list[tuple[str, Any]]
    forms: list[Read]

    @classmethod
    def read(
        cls, names: list[tuple[str, Any]], trees: Sequence[Any], variables: Sequence[Any]
    ) -> _Trees:
        """Raises :class:`_Unlike` where a tree holds what a tape does not know."""
        tape = Tape({id(v): n for n, v in enumerate(variables)}, len(variables))
        try:
            for n, c in enumerate(trees):
                tape.read(c.body, n)
                tape.read(c.upper, len(names) + n)
        except UnknownTree:
            raise _Unlike from None
        if tape.others:
            raise _Unlike
        return cls(names, list(tape.forms()))

    def require_alike(self, at: _Calendar, next_year: Places) -> None:
        """Raise :class:`_Unlike` where the years around and in the middle are not the same."""
        by_year: dict[int, dict[tuple[str, Any], int]] = {}
        for n, (family, k) in enumerate(self.names):
            t = at.year(k)
            if t is not None:
                rest = k[:-1] if isinstance(k, tuple) else ()
                by_year.setdefault(t, {})[family, rest] = n
        follower = np.full(2 * len(self.names), -1, dtype=np.int64)
        for t in range(at.first - 1, at.second + 1):
            now, then = by_year.get(t, {}), by_year.get(t + 1, {})
            if now.keys() != then.keys():
                raise _Unlike
            for key, n in now.items():
                follower[n] = then[key]
                follower[n + len(self.names)] = then[key] + len(self.names)
        for f in self.forms:
            row = np.full(2 * len(self.names), -1, dtype=np.int64)
            row[f.owners] = np.arange(len(f.owners))
            mine = np.flatnonzero(follower[f.owners] >= 0)
            theirs = row[follower[f.owners[mine]]]
            if (
                np.any(theirs < 0)
                or not np.array_equal(f.values[mine], f.values[theirs])
                or not np.array_equal(next_year[f.places[mine]], f.places[theirs])
            ):
                raise _Unlike

    def repeated(self, at: _Calendar, entries: _Entries) -> _Trees:
        """The trees of the whole economy; raises :class:`_Unlike` where one reaches too far."""
        early = entries.moved(0, at.small[0], at.second)
        late = entries.moved(at.shift, at.second, at.small[-1] + 1)
        middle = [entries.moved(t - at.first, at.first - 1, at.second) for t in at.middle]
        # an equation without a year may speak of the first years and of the last
        ends = np.maximum(
            entries.moved(0, at.small[0], at.first - 1),
            entries.moved(at.shift, at.second + 1, at.small[-1] + 1),
        )
        tables = np.array([early, late, ends, *middle])
        names: list[tuple[str, Any]] = []
        source: list[int] = []
        table: list[int] = []
        for n, (family, k) in enumerate(self.names):
            t = at.year(k)
            whole = at.expanded(k)
            names += [(family, own) for own in whole]
            source += [n] * len(whole)
            if t == at.first:
                table += range(3, 3 + len(whole))
            else:
                table += [2 if t is None else int(t > at.second)] * len(whole)
        copies = np.argsort(np.array(source), kind="stable")
        starts = np.searchsorted(np.array(source)[copies], np.arange(len(self.names) + 1))
        tables_of = np.array(table, dtype=np.int64)
        forms = []
        for f in self.forms:
            own = f.owners % len(self.names)
            number = starts[own + 1] - starts[own]
            rows = np.repeat(np.arange(len(own)), number)
            nth = np.arange(len(rows)) - np.repeat(np.cumsum(number) - number, number)
            whole_of = copies[starts[own[rows]] + nth]
            places = tables[tables_of[whole_of][:, None], f.places[rows]]
            if np.any(places < 0):
                raise _Unlike
            right = (f.owners >= len(self.names))[rows]
            forms.append(Read(f.code, whole_of + right * len(names), places, f.values[rows]))
        return _Trees(names, [f for f in forms if len(f.owners)])

    def compiled(
        self,
        size: int,
        used_only: bool,
        trees: Sequence[Any] = (),
        variables: Sequence[Any] = (),
    ) -> DeclaredEquations:
        """The trees as equations of ``size`` variables."""
        tape = Tape.of_forms(self.forms, size)
        count = len(self.names)
        return DeclaredEquations.of_tape(tape, count, size, used_only, trees, variables)


@dataclass(frozen=True)
class Parts:
    """All that an economy is compiled to, in tuples and arrays; it can be kept in a file.

    Attributes
    ----------
    keys, x: its variables by name, and the values that they begin with.
    sets: its sets and options, but those that are objects.
    equations, sides: its trees, and those of conditions: all first sides, then all second ones.
    conditions: number of conditions of complementarity by name.
    """

    keys: dict[str, tuple[Any, ...]]
    x: NDArray[np.float64]
    sets: Given
    equations: _Trees
    sides: _Trees
    conditions: dict[str, int]


Make = Callable[[], Parts | None]
"""Makes the parts of an economy; None where its years are not alike."""

OBJECTS = ("blocks", "contributions", "grid")
"""Options of a model that are objects."""


def repeated(
    b: Benchmark,
    years: Sequence[int],
    ai_mode: str,
    horizon_growth: float,
    blocks: Sequence[Block],
    through: Callable[[Make], Parts | None] = lambda make: make(),
) -> Compiled | None:
    """The economy with foresight, its model in Pyomo unbuilt; None where its years are not alike.

    Parameters are those of :func:`engels.model.economy.build.build_economy`. ``through`` is given what makes
    the parts, and returns them: it may have them already.
    """
    at = _calendar(years)
    if at is None:
        return None

    def make() -> Parts | None:
        try:
            return _parts(b, at, ai_mode, horizon_growth, blocks)
        except _Unlike:
            return None

    parts = through(make)
    if parts is None:
        return None
    size = len(parts.x)
    objects = {"blocks": tuple(blocks), "contributions": contributions_of(blocks)}
    return Compiled.of(
        Unbuilt(
            lambda: build_economy(b, at.years, True, ai_mode, horizon_growth, blocks),
            Index(parts.keys),
            parts.x,
            parts.sets | objects | {"grid": Grid(at.years)},
            parts.equations.compiled(size, used_only=True),
            parts.equations.names,
            (parts.conditions, parts.sides.compiled(size, used_only=False)),
        )
    )


def _parts(
    b: Benchmark, at: _Calendar, ai_mode: str, horizon_growth: float, blocks: Sequence[Block]
) -> Parts:
    small = replace(b, path=_small_path(b.path, at))
    m = build_economy(small, at.small, True, ai_mode, horizon_growth, blocks)
    variables = list(m.component_objects(pyo.Var, active=True))
    owners = [x for v in variables for x in v.values()]
    constraints = list(m.component_data_objects(pyo.Constraint, active=True))
    if not all(c.equality for c in constraints):
        raise _Unlike
    entries = _Entries(variables, at)
    next_year = entries.next_year()

    names = [(c.parent_component().name, c.index()) for c in constraints]
    equations = _Trees.read(names, constraints, owners)
    declared = equations.compiled(len(owners), True, constraints, owners)
    if declared.by_pyomo or declared.constant():
        raise _Unlike
    require_alike(declared, constraints)
    equations.require_alike(at, next_year)
    whole = equations.repeated(at, entries)

    # the first sides of all conditions, then the second ones
    conditions = [
        (f"{name} {n}", k, Tree(both[n]))
        for n in (0, 1)
        for name, pairs in indexed_sides(m).items()
        for k, both in pairs.items()
    ]
    sides = _Trees.read(
        [(name, k) for name, k, _ in conditions], [x for *_, x in conditions], owners
    )
    sides.require_alike(at, next_year)
    whole_sides = sides.repeated(at, entries)
    named = Counter(name for name, _ in whole_sides.names)
    count = {name: named[f"{name} 0"] for name in indexed_sides(m)}

    return Parts(entries.keys, _start(owners, entries, at), _sets(m, at), whole, whole_sides, count)


def _start(owners: Sequence[Any], entries: _Entries, at: _Calendar) -> NDArray[np.float64]:
    """Values that the variables of the whole economy begin with."""
    held = np.array([v.value for v in owners], dtype=float)
    later = entries.next_year()
    middle = np.flatnonzero(entries.year == at.first)
    if not np.array_equal(held[middle], held[later[middle]], equal_nan=True):
        raise _Unlike
    x = np.full(entries.size, np.nan)
    for table in (
        entries.moved(0, at.small[0], at.first - 1),
        entries.moved(at.shift, at.second + 1, at.small[-1] + 1),
        *(entries.moved(t - at.first, at.first, at.first) for t in at.middle),
    ):
        x[table[table >= 0]] = held[table >= 0]
    return x


def _sets(m: pyo.ConcreteModel, at: _Calendar) -> Given:
    """Sets and options of the whole economy that are no objects."""
    found = {}
    for name, own in given(m).items():
        if isinstance(own, (YearSet, tuple)) and name not in OBJECTS:
            found[name] = type(own)(u for k in own for u in at.expanded(k))
        elif name not in OBJECTS:
            found[name] = own
    return found
