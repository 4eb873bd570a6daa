"""A run's deviation from its reference taken apart by shock: subtotals that add up to the total.

Two methods. ``path``: all shocks grow together from nothing to their size, and each is credited with what
it moves on the way (Harrison, Horridge and Pearson 2000, Computational Economics 15: 227-249; what GEMPACK
calls subtotals). ``shapley``: the run is solved with every subset of the shocks, and each shock is
credited with its mean marginal effect over all orders in which they can come (Shapley 1953).

What a shock is, is up to the caller: by default each shock of the scenario, and each target of a swap, is
one. Shocks that move the same entries of a driver cannot be told apart and count as one; it is said which.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engels.calibration.benchmark import Array, Benchmark
from engels.data import EngelsInputError
from engels.model.blocks.library import DRIVERS
from engels.model.economy.block import Rows
from engels.model.economy.driver import USES
from engels.model.reporting.measures import variables
from engels.model.solving.course import Course, Entry
from engels.model.solving.dynamics import solve_policy
from engels.model.solving.integral import IntegralError, Parts, close, integrate
from engels.model.solving.solution import Solution
from engels.runs.indicators.deviations import in_points
from engels.runs.indicators.report import Key, Reporter
from engels.runs.scenarios.paths import members, reference_parts
from engels.runs.scenarios.scenario import Economies
from engels.runs.scenarios.schema import BASELINE, Scenario, Shock
from engels.runs.scenarios.source import dotted, nearest
from engels.runs.simulation.departure import Departure
from engels.runs.simulation.simulate import Progress, Session, SolvedScenario, run_manifest
from engels.runs.store.code import packaged_code

METHODS = ("path", "shapley")
TOLERANCE = 1.0e-6
"""What contributions may miss of the total before they are closed, relative to the variable's level: a
ten-thousandth of a per cent."""
JUMPS = 1.0e-2
"""How much jumps between equilibria may add up to, relative to the variable's level."""
MOST_SHAPLEY = 6
"""Shocks that ``shapley`` takes at most: it solves two to their number runs."""
TOTAL = "total"
LONGEST_NAME = 60
"""Characters of the name of a shock that is made from its sectors, skills and uses."""
UNSMOOTH = ("engels_pause", "engels_pause_levels")
"""Reported variables that jump: nothing can be said of what moved them."""
SMALLEST_LEVEL = 1.0e-3
"""Levels below this (trillion yuan, million persons, an index) count as this large in errors."""
COLUMNS = ("variable", "sector", "group", "year", "shock", "value", "unit")

Series = tuple[str, str, str]
"""Variable, sector and group of a reported figure."""
Groups = Mapping[str, Sequence[str]]
"""Shocks that a user puts together: name -> drivers, targets, or ``driver:element``."""


@dataclass(frozen=True)
class Subtotals:
    """A run taken apart by shock.

    ``frame`` has the columns ``COLUMNS``: *shock* is the name of one, or ``total``; *unit* is ``%`` of the
    reference, ``points``, or the variable's own unit where the reference is zero in some year. With
    ``alone`` it has the column *alone* too: what the shock does by itself. ``manifest`` is a run's, with
    the entry ``subtotals``.
    """

    frame: pd.DataFrame
    manifest: dict[str, Any]

    @property
    def shocks(self) -> list[str]:
        """Names of the shocks, in their order."""
        return list(self.manifest["subtotals"]["shocks"])


def read_groups(texts: Sequence[str]) -> dict[str, list[str]]:
    """Groups as the command line has them, ``NAME=driver,driver``.

    Raises EngelsInputError for what is not of this form, or names a group or a member twice.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        name, equals, rest = (part.strip() for part in text.partition("="))
        members = [m.strip() for m in rest.split(",")]
        if not equals or not name or not all(members):
            raise EngelsInputError(
                f"--group {text}: is not of the form NAME=driver,driver; write for example "
                "--group chips=chip_quota,chip_tariff"
            )
        if name == TOTAL or name in found:
            what = "is what all shocks are together" if name == TOTAL else "is there twice"
            raise EngelsInputError(f"--group {text}: {name!r} {what}; choose another name")
        found[name] = members
    return found


Pieces = Mapping[str, Mapping[str, Sequence[Entry]]]
"""Drivers that several shocks move, each its own entries: driver -> name of a shock -> entries."""


def shocks_apart(
    scenario: Scenario, benchmark: Benchmark, departure: Departure
) -> tuple[Pieces, dict[str, list[str]]]:
    """The shocks that share a driver: those that can be told apart, and those that cannot.

    Two shocks of a driver with other sectors, skills or uses are two; those that move an entry together (a
    shock holds its last value) are one. Returned are the former with their entries, and the latter by name,
    with the places at which the scenario has them.
    """
    shared = reference_parts(scenario)
    pieces: dict[str, dict[str, list[Entry]]] = {}
    together: dict[str, list[str]] = {}
    for name, values in departure.drivers.items():
        own = [
            (f"{part.name}: {dotted(key)}", shock)
            for part, key, shock in scenario.located("shocks")
            if shock.driver == name and part.name not in shared
        ]
        if len(own) < 2:
            continue
        # clusters of shocks that move an entry together
        clusters: list[tuple[set[object], list[int]]] = []
        for number, (_, shock) in enumerate(own):
            mine = {k for k in values if _touches(shock, k, benchmark)}
            if not mine:
                continue
            numbers = [number]
            for cluster in [c for c in clusters if c[0] & mine]:
                clusters.remove(cluster)
                mine |= cluster[0]
                numbers += cluster[1]
            clusters.append((mine, sorted(numbers)))
        found: dict[str, list[Entry]] = {}
        for entries, numbers in sorted(clusters, key=lambda c: c[1]):
            label = name
            if len(clusters) > 1:
                words = [w for n in numbers for w in _words(own[n][1])]
                label = f"{name}:{'+'.join(dict.fromkeys(words))}"
                if len(label) > LONGEST_NAME or label in found:
                    label = f"{name} ({numbers[0] + 1})"
            found[label] = [(name, k) for k in values if k in entries]
            if len(numbers) > 1:
                together[label] = [own[n][0] for n in numbers]
        if len(clusters) > 1:
            moved = {k for mine, _ in clusters for k in mine}
            rest: list[Entry] = [(name, k) for k in values if k not in moved]
            pieces[name] = {k: v for k, v in found.items() if v} | ({name: rest} if rest else {})
    return pieces, together


def _touches(shock: Shock, index: object, benchmark: Benchmark) -> bool:
    """Whether a shock moves an element of its driver, in some year."""
    place = index if isinstance(index, tuple) else (index,)
    dims = [d for d in DRIVERS[shock.driver].dims if d != "year"]
    known = {"sector": benchmark.sectors, "skill": benchmark.skills, "use": USES}
    for dim, element in zip(dims, place, strict=False):
        names = shock.selection(dim)
        if names is None:
            continue
        if element not in {known[dim][n] for n in members(benchmark, dim, names)}:
            return False
    return True


def _words(shock: Shock) -> list[str]:
    return [w for dim in ("sector", "skill", "use") for w in shock.selection(dim) or ()]


def make_groups(
    departure: Departure, wanted: Groups, pieces: Pieces | None = None
) -> dict[str, frozenset[Entry]]:
    """The entries that each shock moves: the wanted groups first, then every shock left over.

    What is left of a driver is a shock, or several where ``pieces`` tells them apart.

    A member is a driver that the run changes, the target of a swap, or ``driver:element`` with a sector,
    a skill or a use of chips.

    Raises EngelsInputError where a member is unknown or in two groups.
    """
    entries: dict[str, list[Entry]] = {
        name: [(name, k) for k in found] for name, found in departure.drivers.items()
    }
    found_by = {t.swap.instrument: t.swap.target for t in departure.targets}
    for target in departure.targets:
        name = target.swap.target
        entries.setdefault(name, []).extend((name, t) for t in target.levels)
    taken: dict[Entry, str] = {}
    groups: dict[str, frozenset[Entry]] = {}
    for group, named in wanted.items():
        mine: set[Entry] = set()
        for member in named:
            chosen = _entries_of(group, member, entries, found_by)
            twice = next((taken[e] for e in chosen if e in taken), None)
            if twice is not None:
                raise EngelsInputError(
                    f"--group {group}: {member} is in the group {twice} already; a shock belongs to one"
                )
            taken |= dict.fromkeys(chosen, group)
            mine |= set(chosen)
        groups[group] = frozenset(mine)
    for driver, every in entries.items():
        for name, own in (pieces or {}).get(driver, {driver: every}).items():
            left = frozenset(e for e in own if e not in taken)
            if left and name in groups:
                raise EngelsInputError(
                    f"--group {name}: is also the name of a driver that is left over; choose another name"
                )
            if left:
                groups[name] = left
    return groups


def _entries_of(
    group: str, member: str, entries: Mapping[str, Sequence[Entry]], found_by: Mapping[str, str]
) -> list[Entry]:
    name, colon, element = member.partition(":")
    if name in found_by and name not in entries:
        raise EngelsInputError(
            f"--group {group}: {name} is found by a swap; name the swap's target, {found_by[name]}"
        )
    if name not in entries:
        raise EngelsInputError(
            f"--group {group}: {name!r} is not changed by the scenario; {nearest(name, list(entries))}"
        )
    chosen = [e for e in entries[name] if not colon or _first(e[1]) == element]
    if not chosen:
        known = list(dict.fromkeys(x for x in (_first(k) for _, k in entries[name]) if x))
        hint = nearest(element, known) if known else "it has no elements to choose from"
        raise EngelsInputError(f"--group {group}: {name} has no {element!r} that changes; {hint}")
    return chosen


def _first(index: object) -> str:
    return str(index[0]) if isinstance(index, tuple) else ""


def members_of(entries: frozenset[Entry], departure: Departure) -> list[str]:
    """A shock in words: drivers and targets, those taken in part with their elements."""
    found = []
    for name in dict.fromkeys(n for n, _ in sorted(entries, key=str)):
        mine = {_first(k) for n, k in entries if n == name}
        every = {_first(k) for k in departure.drivers.get(name, {})}
        whole = mine == {""} or mine == every
        found += [name] if whole else [f"{name}:{x}" for x in sorted(mine)]
    return found


def shapley_values(worth: Mapping[frozenset[int], Array], players: int) -> Array:
    """Shapley values (K, M) of K players from the worth (M,) of every subset of them.

    A player's value is the mean, over all orders of coming, of what the worth gains as it comes.
    """
    values = []
    for k in range(players):
        others = [n for n in range(players) if n != k]
        value: Array = np.zeros_like(worth[frozenset()])
        for size in range(players):
            weight = (
                math.factorial(size) * math.factorial(players - 1 - size) / math.factorial(players)
            )
            for subset in itertools.combinations(others, size):
                before = frozenset(subset)
                value = value + weight * (worth[before | {k}] - worth[before])
        values.append(value)
    return np.array(values)


class _Figures:
    """What is reported of a run, as a vector: figures that run and reference both have."""

    def __init__(self, run: Solution, reference: Solution) -> None:
        self._report, self._announced = Reporter(reference), run.announced
        own, base = (self._report(path, run.announced) for path in (run, reference))
        every = variables()
        order = {v: n for n, v in enumerate(every)}
        both = [k for k in own if k in base and k[0] not in UNSMOOTH]
        both.sort(key=lambda k: (order[k[0]], k[1:]))
        self.left_out = sorted({k[0] for k in own if k not in base} | {*UNSMOOTH})
        self.early: list[Key] = [k for k in both if k[3] < run.announced]
        self.keys: list[Key] = [k for k in both if k[3] >= run.announced]
        self.base = self.vector(base)
        self.goal = self.vector(own)
        no_level = {k[:3] for k in both if base[k] == 0}
        points = np.array([in_points(every[k[0]].unit) for k in self.keys], dtype=bool)
        level = np.array([k[:3] in no_level for k in self.keys], dtype=bool) & ~points
        size = np.maximum(np.abs(self.base), np.abs(self.goal))
        # a figure that starts from zero has the size that it reaches in any year
        largest: dict[Series, float] = {}
        for k, x in zip(self.keys, size.tolist(), strict=True):
            largest[k[:3]] = max(x, largest.get(k[:3], 0.0))
        size = np.where(level, [largest[k[:3]] for k in self.keys], size)
        self.scale = np.maximum(size, np.where(points, 1.0, SMALLEST_LEVEL))
        # from a change of the figure to the unit in which it is told
        with np.errstate(divide="ignore"):
            self.factor = np.where(level, 1.0, np.where(points, 100.0, 100 / self.base))
        self.units = {
            k[:3]: (
                "points"
                if in_points(every[k[0]].unit)
                else every[k[0]].unit
                if k[:3] in no_level
                else "%"
            )
            for k in both
        }

    def vector(self, rows: Rows) -> Array:
        """The figures of some rows, shape (M,)."""
        return np.array([rows[k] for k in self.keys], dtype=float)

    def __call__(self, solution: Solution) -> Array:
        """The figures of a solved path."""
        return self.vector(self._report(solution, self._announced))

    def frame(self, parts: Array, names: Sequence[str], alone: Array | None) -> pd.DataFrame:
        """Contributions (K, M) as rows, those of years before the announcement zero."""
        both = [*self.early, *self.keys]
        zeros = np.zeros((len(names) + 1, len(self.early)))
        change = (self.goal - self.base)[None]
        table = np.hstack([zeros, self.factor * np.vstack([parts, change])])
        made: dict[str, Any] = {
            column: [k[n] for k in both for _ in range(len(names) + 1)]
            for n, column in enumerate(COLUMNS[:4])
        }
        made["shock"] = [*names, TOTAL] * len(both)
        made["value"] = table.T.ravel()
        if alone is not None:
            by_itself = np.hstack([zeros, self.factor * np.vstack([alone, change])])
            made["alone"] = by_itself.T.ravel()
        made["unit"] = [self.units[k[:3]] for k in both for _ in range(len(names) + 1)]
        return pd.DataFrame(made)

    def largest(self, errors: Array) -> tuple[float, str]:
        """The largest of some errors (M,) relative to the levels, and where it is."""
        relative = np.abs(errors) / self.scale
        at = int(np.argmax(relative))
        return float(relative[at]), " ".join(str(x) for x in self.keys[at] if x != "")


def subtotals(
    scenario: Scenario,
    method: str = "path",
    groups: Groups | None = None,
    *,
    alone: bool = False,
    solver: str = "newton",
    table: Path | None = None,
    tolerance: float = TOLERANCE,
    jumps: float = JUMPS,
    check: Callable[[Sequence[Key]], object] | None = None,
    progress: Progress | None = None,
) -> Subtotals:
    """Solve a scenario and take its deviation from the reference apart by shock.

    ``groups`` puts drivers together (see :func:`make_groups`); ``alone`` solves every shock by itself
    too. ``jumps`` is how much of a variable's level jumps between equilibria may add up to on the path;
    what they do belongs to no shock and is closed with the rest. ``solver`` solves runs as in
    ``simulate``; points of the path are always solved by Newton's method. ``check`` is given the names of
    all figures once the run is solved, and may refuse what was asked of them.

    Raises
    ------
    EngelsInputError: an unknown method or group, the baseline, or too many shocks for ``shapley``.
    engels.model.algebra.errors.SolveError: a run, or a point of the path, could not be solved.
    engels.model.solving.integral.IntegralError: the contributions miss the total by more than ``tolerance``,
        or
        jumps add more than ``jumps``.
    """
    if method not in METHODS:
        raise EngelsInputError(f"--method: unknown value {method!r}; it is {' or '.join(METHODS)}")
    if scenario.name == BASELINE:
        raise EngelsInputError(
            "baseline: has no shocks to tell apart; name a scenario (`engels scenarios`)"
        )
    solved = Session(solver, Economies(table)).solve(scenario, progress)
    departure = solved.departure
    assert departure is not None  # only the baseline has none
    pieces, together = shocks_apart(scenario, solved.benchmark, departure)
    found = make_groups(departure, groups or {}, pieces)
    _refuse(scenario, method, found)
    figures = _Figures(solved.run, solved.reference)
    if check is not None:
        check([*figures.early, *figures.keys])
    begin = time.perf_counter()
    runs = _Subsets(solved, departure, list(found.values()), figures, progress)
    about: dict[str, Any]
    if method == "path":
        change = figures.goal - figures.base
        if len(found) == 1:
            # the path has nothing to tell apart
            parts, about = change[None], {}
        else:
            raw = _along_path(solved, departure, found, figures, tolerance, progress)
            _refuse_jumps(raw, figures, jumps)
            parts = close(raw.raw, change)
            about = _about_path(raw, figures, tolerance, len(found))
    else:
        players = range(len(found))
        worth = {
            frozenset(s): runs(frozenset(s))
            for size in range(len(found) + 1)
            for s in itertools.combinations(players, size)
        }
        parts = close(shapley_values(worth, len(found)), figures.goal - figures.base)
        about = {}
    by_itself = (
        np.array([runs(frozenset([k])) for k in range(len(found))]) - figures.base
        if alone
        else None
    )
    about |= {
        "method": method,
        "shocks": {name: members_of(entries, departure) for name, entries in found.items()},
        "together": {name: places for name, places in together.items() if name in found},
        "runs": runs.solved,
        "left_out": figures.left_out,
        "code": packaged_code(__name__),
    }
    seconds = {**solved.seconds, method: time.perf_counter() - begin}
    manifest = run_manifest(solved, table) | {"seconds": seconds}
    frame = figures.frame(parts, list(found), by_itself)
    return Subtotals(frame, manifest | {"subtotals": about})


def _refuse(scenario: Scenario, method: str, groups: Mapping[str, frozenset[Entry]]) -> None:
    if not groups:
        raise EngelsInputError(
            f"{scenario.name}: does not differ from {scenario.reference}; there is nothing to take apart"
        )
    if method == "shapley" and len(groups) > MOST_SHAPLEY:
        raise EngelsInputError(
            f"--method shapley: {len(groups)} shocks would take {2 ** len(groups)} runs, and at most "
            f"{MOST_SHAPLEY} are taken; put some together with --group, or use --method path"
        )


def _along_path(
    solved: SolvedScenario,
    departure: Departure,
    groups: Mapping[str, frozenset[Entry]],
    figures: _Figures,
    tolerance: float,
    progress: Progress | None,
) -> Parts:
    course = Course(
        departure.origin,
        solved.run,
        departure.drivers,
        departure.targets,
        list(groups.values()),
        figures,
        solved.workshop,
    )
    note: Callable[[float], None] | None = None
    if progress is not None:
        show = progress

        def note(done: float) -> None:
            show("path", round(100 * done), 100)

    return integrate(course, figures.scale, tolerance, progress=note)


def _refuse_jumps(found: Parts, figures: _Figures, allowed: float) -> None:
    size, where = figures.largest(found.jumped)
    if size > allowed:
        raise IntegralError(
            f"the economy jumps from one equilibrium to another on the path, {where} by {size:.1e} of its "
            f"level, and no shock is the cause; use --method shapley or allow it with --jumps "
            f"{2 * size:.0e}"
        )


def _about_path(found: Parts, figures: _Figures, tolerance: float, shocks: int) -> dict[str, Any]:
    error, where = figures.largest(found.missing)
    jump, jumping = figures.largest(found.jumped)
    doubts = [figures.largest(found.doubt[k]) for k in range(shocks)]
    doubt, doubtful = max(doubts)
    return {
        "tolerance": tolerance,
        "largest_closing_error": error,
        "largest_closing_error_where": where,
        "largest_estimated_error": doubt,
        "largest_estimated_error_where": doubtful,
        "nodes": found.points,
        "pieces": len(found.ends) - 1,
        "kinks": list(found.kinks),
        "jumps": list(found.jumps),
        "largest_jump": jump,
        "largest_jump_where": jumping if found.jumps else "",
    }


class _Subsets:
    """Runs with some of the shocks only, each solved once. Called with places of shocks."""

    def __init__(
        self,
        solved: SolvedScenario,
        departure: Departure,
        groups: Sequence[frozenset[Entry]],
        figures: _Figures,
        progress: Progress | None,
    ) -> None:
        self._departure, self._groups, self._figures = departure, groups, figures
        self._workshop = solved.workshop
        self._progress = progress
        every = frozenset(range(len(groups)))
        self._known = {frozenset[int](): figures.base, every: figures.goal}
        self.solved = 0

    def __call__(self, chosen: frozenset[int]) -> Array:
        if chosen not in self._known:
            self._known[chosen] = self._figures(self._solve(chosen))
            self.solved += 1
            if self._progress is not None:
                self._progress("subsets of shocks", self.solved, 2 ** len(self._groups) - 2)
        return self._known[chosen]

    def _solve(self, chosen: frozenset[int]) -> Solution:
        d = self._departure
        entries = frozenset[Entry]().union(*(self._groups[k] for k in chosen))
        drivers = {
            name: {k: x for k, x in found.items() if (name, k) in entries}
            for name, found in d.drivers.items()
        }
        return solve_policy(
            d.origin,
            {name: found for name, found in drivers.items() if found},
            d.announced,
            [t for t in d.targets if any((t.swap.target, year) in entries for year in t.levels)],
            workshop=self._workshop,
        )
