"""The course of an economy from one solved path to another, with what moves it told apart.

All drivers, and the targets of swaps, move together on the straight line from their values in the origin
(u = 0) to those in the run (u = 1):

    x(s) = x0 + s (x1 - x0)        F(z, x) = 0

The unknowns z follow. Those that a group of known entries moves, the others standing still, are the
group's tangent, one solve with the factors of the Jacobian at that point:

    dz_k/ds = -(dF/dz)^-1 (dF/dx) dx_k/ds

Where years are solved one by one, stocks of a year are unknowns of the year before: they take their
tangents with them. What is reported is a function of z and x; its slope by a group is its derivative
along the group's tangent, by a central difference.

The straight line is the same whatever its speed. It is run through so that drivers which multiply do so
evenly (:class:`Speed`): their effects are then smooth in u, and few points are needed.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.calibration.benchmark import Array
from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import IndexedValues, Values, indexed
from engels.model.blocks.declarations import STATES
from engels.model.economy.driver import NO_QUOTA
from engels.model.economy.trade import chips_benchmark
from engels.model.solving.closures import POLICY, Closure
from engels.model.solving.compiled import Compiled
from engels.model.solving.dynamics import ROOM, Entries, Target, Workshop, path_ends
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.solution import Solution
from engels.model.solving.solve import NewtonEngine, worst_equations

Entry = tuple[str, object]
"""Name and index of a driver's or a target's value."""
Vectors = list[Array]
"""One vector for each system that is solved: one under foresight, one a year where years are solved."""

STEP = 1.0e-4
"""Step of differences: the largest relative change of a variable."""
STEPS = (1.0e-7, 1.0e-3)
"""Bounds of that step in u."""
NOTHING = 1.0e-6
"""What is smaller has no size of its own: a premium that is zero but for rounding."""
SHORTEST = 1.0e-6
"""Stretches of the course that Newton's method cannot step over are halved down to this length."""
BENT = 2.0
"""Drivers that multiply by less than this are run through at an even speed."""
STEEPEST = 1.0e8
"""Drivers that multiply or shrink by more than this, down to zero say, count as if by this."""
KEPT = 24
"""Points whose tangents are kept: those of a piece of the integral, and those it was reached from."""


@dataclass(frozen=True)
class Speed:
    """Where the straight line is, s, at each u; both from 0 to 1.

    ds/du is proportional to (s + up)(1 + down - s): with ``up`` = 1/(r - 1) a driver that grows by the
    factor r does so at an even rate, with ``down`` one that shrinks. None for an even speed.
    """

    up: float | None = None
    down: float | None = None

    @classmethod
    def of(cls, begin: Array, goal: Array) -> Speed:
        """The speed for entries that move between two values."""
        both = (begin > 0) & (goal >= 0)
        with np.errstate(divide="ignore"):
            ratio = goal[both] / begin[both]
            rise = float(np.clip(ratio.max(initial=1.0), 1.0, STEEPEST))
            fall = float(np.clip((1 / ratio).max(initial=1.0), 1.0, STEEPEST))
        if max(rise, fall) < BENT:
            return cls()
        return cls(1 / (max(rise, BENT) - 1), 1 / (max(fall, BENT) - 1))

    def at(self, u: float) -> float:
        """s at u."""
        if self.up is None or self.down is None or u in (0.0, 1.0):
            return u
        low, high = self._ends()
        odds = np.exp(low + u * (high - low))
        return float(((1 + self.down) * odds - self.up) / (1 + odds))

    def slope(self, u: float) -> float:
        """ds/du at u."""
        if self.up is None or self.down is None:
            return 1.0
        s = self.at(u)
        low, high = self._ends()
        ahead = (s + self.up) * (1 + self.down - s) / (1 + self.up + self.down)
        return float(ahead * (high - low))

    def _ends(self) -> tuple[float, float]:
        assert self.up is not None and self.down is not None
        return float(np.log(self.up / (1 + self.down))), float(np.log((1 + self.up) / self.down))


class _Stage:
    """One square system of the course: the economy of all years, or of one.

    Attributes
    ----------
    slots: name and index of each entry of the stage's vector: the system's variables, then what moves
        without occurring in an equation.
    begin, end: the vector at both ends of the course.
    moves: how far each group moves each entry, K x size.
    """

    def __init__(
        self,
        e: Compiled,
        begin: Values,
        goal: Values,
        origin: Solution,
        run: Solution,
        groups: Sequence[frozenset[Entry]],
    ) -> None:
        e.load()
        m = self.model = e.model
        self.economy = e
        self.system: NewtonSystem = NewtonEngine().system(e)
        self.free = self.system.unknowns()
        self.size = len(self.free)
        self.base = e.values
        self.given = e.given
        self.slots: list[Entry] = [
            (v.parent_component().local_name, v.index()) for v in self.system.variables
        ]
        self.place = {slot: n for n, slot in enumerate(self.slots)}
        moved = [(name, k) for name, entries in goal.items() for k in entries]
        carried = [(n, k) for n in (*STATES, "trend_growth") for k, v in _items(m, n) if v.fixed]
        for slot in (*moved, *carried):
            if slot not in self.place:
                self.place[slot] = len(self.slots)
                self.slots.append(slot)
        self._into = np.array([self.base.index.places(n)[k] for n, k in self.slots], dtype=np.int64)
        self.begin = np.array([origin.values[n][k] for n, k in self.slots], dtype=float)
        self.end = np.array([run.values[n][k] for n, k in self.slots], dtype=float)
        self.known = np.array([self.place[slot] for slot in moved], dtype=np.int64)
        self.low = np.array([begin[n][k] for n, k in moved], dtype=float)
        self.high = np.array([goal[n][k] for n, k in moved], dtype=float)
        self.begin[self.known], self.end[self.known] = self.low, self.high
        self.moves = np.zeros((len(groups), len(self.slots)))
        for k, members in enumerate(groups):
            mine = np.array([slot in members for slot in moved], dtype=bool)
            self.moves[k, self.known[mine]] = (self.high - self.low)[mine]

    def inherit(self, before: _Stage, year: int) -> None:
        """Say what this stage takes from the one of the year before."""
        taken = [
            (self.place[slot], before.place[slot])
            for slot in self.slots
            if slot[0] in STATES and _year(slot[1]) == year and slot in before.place
        ]
        self.heirs = np.array([mine for mine, _ in taken], dtype=np.int64)
        self.sources = np.array([theirs for _, theirs in taken], dtype=np.int64)
        self.trend = self.place["trend_growth", year]
        self.now = np.array(
            [n for (name, k), n in self.place.items() if name == "capital" and _year(k) == year],
            dtype=np.int64,
        )
        self.earlier = np.array(
            [
                n
                for (name, k), n in before.place.items()
                if name == "capital" and _year(k) == year - 1
            ],
            dtype=np.int64,
        )

    def polished(self, x: Array) -> Array:
        """The stage's vector, a solution, to the limit of its digits."""
        found = x.copy()
        found[: self.size] = self.system.polished(x[: self.size], self.free)
        return found

    def values(self, x: Array) -> IndexedValues:
        """The stage's vector as values of the model's variables."""
        found = self.base.x.copy()
        found[self._into] = x
        return IndexedValues(self.base.index, found)

    def sides(self, x: Array) -> Array:
        """Both sides of the complementarity conditions, shape (2, conditions)."""
        return self.economy.sides(self.values(x).x)


class Course:
    """The way from ``origin`` to ``run``, solved where it is asked; a path of ``integral.py``.

    Parameters
    ----------
    origin, run: both solved; ``run`` is what ``solve_policy`` makes of the other arguments.
    drivers, targets: what sets the run apart, as ``solve_policy`` takes it.
    groups: the entries of drivers and targets that each cause moves, K disjoint sets.
    report: figures (M,) of a solved path; it is given the years of the run from ``announced`` on.
    workshop: the models of the run.

    Raises :class:`SolveError` where a point of the course cannot be solved.
    """

    def __init__(
        self,
        origin: Solution,
        run: Solution,
        drivers: Mapping[str, Mapping[object, float]],
        targets: Sequence[Target],
        groups: Sequence[frozenset[Entry]],
        report: Callable[[Solution], Array],
        workshop: Workshop,
        closure: Closure = POLICY,
    ) -> None:
        self._origin, self._run, self._report = origin, run, report
        self._years = [t for t in run.years if t >= run.announced]
        full = closure.with_swaps(t.swap for t in targets)
        spans = [self._years] if origin.foresight else [[t] for t in self._years]
        self._stages: list[_Stage] = []
        b = origin.benchmark
        for span in spans:
            e = workshop.model(b, span, origin.foresight, origin.ai_mode, origin.horizon_growth)
            e.restore(origin.values)
            e.close(full.with_years(span), origin.foresight)
            begin, goal = path_ends(origin, drivers, targets, span)
            _start_quotas_roomy(begin, goal, origin)
            self._stages.append(_Stage(e, begin, goal, origin, run, groups))
        for before, stage, year in zip(
            self._stages, self._stages[1:], self._years[1:], strict=False
        ):
            stage.inherit(before, year)
        low, high = (np.concatenate([getattr(s, n) for s in self._stages]) for n in ("low", "high"))
        self.speed = Speed.of(low, high)
        self._points: dict[float, Vectors] = {
            0.0: [s.polished(s.begin) for s in self._stages],
            1.0: [s.polished(s.end) for s in self._stages],
        }
        self._solved = [0.0, 1.0]
        self._tangents: dict[float, list[NDArray[np.float64]]] = {}
        self._levels: dict[float, Array] = {}
        self._switches: dict[float, Array] = {}
        self.solves = 0

    @property
    def moving(self) -> list[bool]:
        """Which groups move anything."""
        return [
            any(bool(s.moves[k].any()) for s in self._stages)
            for k in range(len(self._stages[0].moves))
        ]

    def level(self, u: float) -> Array:
        """Figures at ``u``, shape (M,)."""
        if u not in self._levels:
            self._levels[u] = self._reported(self._at(u))
        return self._levels[u]

    def slopes(self, u: float) -> Array:
        """Derivatives of the figures with respect to ``u`` by each group, shape (K, M)."""
        x, tangents = self._at(u), self._tangent(u)
        found = []
        for k, moves in enumerate(self.moving):
            if not moves:
                found.append(np.zeros_like(self.level(0.0)))
                continue
            ways = [t[k] for t in tangents]
            h = _step(x, ways)
            ahead, back = (
                self._reported([a + c * h * w for a, w in zip(x, ways, strict=True)])
                for c in (1, -1)
            )
            found.append((ahead - back) / (2 * h))
        return np.array(found)

    def switches(self, u: float) -> Array:
        """Differences of the two sides of every complementarity condition, shape (P,)."""
        if u not in self._switches:
            self._switches[u] = self._differences(self._at(u))
        return self._switches[u]

    def switch_slopes(self, u: float) -> Array:
        """Their derivatives with respect to ``u``, by differences."""
        x = self._at(u)
        ways = [t.sum(axis=0) for t in self._tangent(u)]
        h = min(1e-6, _step(x, ways))
        ahead, back = (
            self._differences([a + c * h * w for a, w in zip(x, ways, strict=True)])
            for c in (1, -1)
        )
        return (ahead - back) / (2 * h)

    def _differences(self, x: Vectors) -> Array:
        found = [s.sides(v) for s, v in zip(self._stages, x, strict=True)]
        return np.concatenate([a - b for a, b in found])

    def _reported(self, x: Vectors) -> Array:
        """Figures of a point."""
        values = indexed({})
        for stage, vector in zip(self._stages, x, strict=True):
            values = values.joined(stage.values(vector))
        run = self._run
        found = Solution(
            run.benchmark,
            run.ai_mode,
            run.foresight,
            tuple(self._years),
            run.announced,
            run.closure,
            run.horizon_growth,
            run.last_reported,
            values,
            self._origin,
            [stage.given for stage in self._stages],
        )
        return self._report(found)

    def _at(self, u: float) -> Vectors:
        """The solved point at ``u``, reached from the nearest that is solved."""
        goal = u
        while u not in self._points:
            sides = sorted(self._neighbours(goal), key=lambda v: abs(v - goal))
            near = sides[0]
            # a kink that cannot be passed from one side may be passed from the other
            tried = (self._solve(goal, side) for side in sides)
            found = next((x for x in tried if x is not None), None)
            if found is None:
                if abs(goal - near) < SHORTEST:
                    s = self.speed.at(near)
                    raise SolveError(
                        f"the course of the shock could not be followed beyond {s:.2%} of its size",
                        [e for stage in self._stages for e in worst_equations(stage.model)][:5],
                        solved_fraction=s,
                    )
                goal = (goal + near) / 2
                continue
            self._points[goal] = found
            bisect.insort(self._solved, goal)
            goal = u
        return self._points[u]

    def _neighbours(self, u: float) -> Iterable[float]:
        at = bisect.bisect(self._solved, u)
        return self._solved[max(0, at - 1) : at + 1]

    def _solve(self, u: float, near: float) -> Vectors | None:
        """The point at ``u``, sought along the tangent at ``near``, then from there itself."""
        start = self._points[near]
        guesses = [start]
        try:
            ways = [t.sum(axis=0) for t in self._tangent(near)]
        except SolveError:
            # without a tangent the search begins at the neighbour itself
            pass
        else:
            guesses.insert(0, [x + (u - near) * w for x, w in zip(start, ways, strict=True)])
        for guess in guesses:
            found = self._newton(u, guess)
            if found is not None:
                return found
        return None

    def _newton(self, u: float, guess: Vectors) -> Vectors | None:
        s = self.speed.at(u)
        found: Vectors = []
        for n, stage in enumerate(self._stages):
            x = guess[n].copy()
            x[stage.known] = stage.low + s * (stage.high - stage.low)
            if n:
                x[stage.heirs] = found[-1][stage.sources]
                x[stage.trend] = x[stage.now].sum() / found[-1][stage.earlier].sum()
            result = stage.system.solve(x[: stage.size], stage.free)
            self.solves += 1
            if not result.converged:
                return None
            x[: stage.size] = result.x
            found.append(stage.polished(x))
        return found

    def _tangent(self, u: float) -> list[NDArray[np.float64]]:
        """Movement of every entry by each group per unit of ``u``: one K x size for each stage."""
        if u in self._tangents:
            return self._tangents[u]
        points = self._at(u)
        speed = self.speed.slope(u)
        found: list[NDArray[np.float64]] = []
        for n, stage in enumerate(self._stages):
            x = points[n]
            moves = speed * stage.moves
            if n:
                before, ways = points[n - 1], found[-1]
                moves[:, stage.heirs] = ways[:, stage.sources]
                capital = before[stage.earlier].sum()
                growth = moves[:, stage.now].sum(axis=1) - x[stage.trend] * ways[
                    :, stage.earlier
                ].sum(axis=1)
                moves[:, stage.trend] = growth / capital
            try:
                moves[:, : stage.size] = stage.system.tangents(
                    x[: stage.size], stage.free, moves[:, : stage.size]
                )
            except RuntimeError as error:
                s = self.speed.at(u)
                raise SolveError(
                    f"at {s:.2%} of the shock the economy has no tangent ({error})",
                    solved_fraction=s,
                ) from error
            found.append(moves)
        self._tangents[u] = found
        if len(self._tangents) > KEPT:
            del self._tangents[next(iter(self._tangents))]
        return found


def _step(x: Vectors, ways: Vectors) -> float:
    """Step in u at which no variable changes by more than about ``STEP`` of itself."""
    largest = 0.0
    for a, w in zip(x, ways, strict=True):
        size = np.where(np.abs(a) > NOTHING, np.abs(a), 1.0)
        largest = max(largest, float(np.max(np.abs(w) / size)))
    return float(np.clip(STEP / largest, *STEPS)) if largest > 0 else STEPS[1]


def _start_quotas_roomy(begin: Entries, goal: Values, origin: Solution) -> None:
    """Quotas that were none begin where they leave room, as those of ``path_ends`` that bind do.

    A line from no quota to one would pass all its effect in its last millionth.
    """
    base = chips_benchmark(origin.benchmark)
    for (use, t), x in goal.get("chip_quota", {}).items():
        if begin["chip_quota"][use, t] < NO_QUOTA or x >= NO_QUOTA:
            continue
        imports = origin.values["chips_imported"][use, t] / base[use] if use in base else 0.0
        begin["chip_quota"][use, t] = ROOM * max(imports, x)


def _items(m: pyo.ConcreteModel, name: str) -> Iterable[tuple[object, pyo.Var]]:
    component = m.component(name)
    return () if component is None else component.items()


def _year(index: object) -> int:
    last = index[-1] if isinstance(index, tuple) else index
    assert isinstance(last, int)
    return last
