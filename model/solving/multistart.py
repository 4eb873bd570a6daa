"""Other equilibria: the same economy solved from scattered starts.

An economy may have several equilibria (Kehoe 1985 built one with three), and a solver reports the one it
ran into. :func:`multistart` scatters the unknowns around their present values, solves from each start and
says which distinct solutions were found, and how often. Finding one solution many times is evidence that
it is the only one nearby; it is not a proof.

Equations may also hold at points that are no economy: an Euler equation, which knows only ratios, holds
as well where consumption is negative in every year. Such points are kept apart (``no_economy``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import Values, restore, snapshot
from engels.model.solving.solve import Engine, solve

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

SPREAD = 0.5
"""Standard deviation of the logarithm of a scattered start relative to the present value."""
SAME = 1.0e-5
"""Two solutions are one where no unknown differs by more than this, relative to its size."""
SMALL = 1.0e-2
"""Size below which differences are counted relative to this: idle activities and slack constraints are
zero only to the tolerance of a complementarity condition."""


@dataclass
class Found:
    """One distinct solution, and the starts (0: the model's own values) that ended in it.

    ``apart`` is the largest distance between ``values`` and what any of these starts ended in.
    """

    values: Values
    residual: float
    starts: list[int] = field(default_factory=list)
    apart: float = 0.0

    @property
    def count(self) -> int:
        """How many starts ended here."""
        return len(self.starts)


@dataclass
class Multistart:
    """What :func:`multistart` found, in the order of discovery.

    Attributes
    ----------
    solutions: distinct equilibria.
    no_economy: distinct points at which all equations hold, but an unknown that is positive in the
        model's own solution is negative.
    failed: starts from which no solution was reached.
    """

    seed: int
    spread: float
    solutions: list[Found] = field(default_factory=list)
    no_economy: list[Found] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    @property
    def unique(self) -> bool:
        """Whether every start that was solved ended in the same solution."""
        return len(self.solutions) == 1

    def summary(self) -> str:
        """The outcome in one sentence."""
        aside = sum(s.count for s in self.no_economy)
        tried = sum(s.count for s in self.solutions) + aside + len(self.failed)
        if len(self.solutions) <= 1:
            what = "one solution" if self.solutions else "no solution"
        else:
            times = ", ".join(str(s.count) for s in self.solutions)
            what = f"{len(self.solutions)} solutions ({times} times)"
        lost = f", {len(self.failed)} of which led to none" if self.failed else ""
        lost += f", {aside} to negative prices or quantities" if aside else ""
        return f"{what} from {tried} starts{lost} (seed {self.seed}, spread {self.spread:g})"


def multistart(
    m: pyo.ConcreteModel,
    starts: int,
    seed: int = 0,
    *,
    spread: float = SPREAD,
    years: Collection[int] = (),
    signed: Collection[str] = (),
    also: Sequence[Values] = (),
    by: Engine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Multistart:
    """Solve ``m`` from its present values and from ``starts`` scattered ones.

    Each unknown x starts at x exp(spread z) with z standard normal, drawn anew for each start from a
    generator seeded with ``seed``; unknowns that are zero stay there. The model is left at the first
    solution that was found, at its present values where there was none.

    Parameters
    ----------
    years: the years of an economy over time, the last index of its variables: the years of one series
        are then scattered alike, since a path that jumps about is no start for anything.
    signed: variables that may change sign (a budget balance, say).
    also: further starts, numbered after the scattered ones.
    progress: called with (starts done, all starts).

    Raises ``ClosureError`` where the model is not square; a start that cannot be solved is counted, not
    raised.
    """
    if starts < 0 or spread <= 0:
        raise ValueError(
            f"starts {starts}, spread {spread}: starts cannot be negative, and spread is positive"
        )
    unknowns = [v for v in m.component_data_objects(pyo.Var, active=True) if not v.fixed]
    series = _series(unknowns, years)
    begin = np.array([v.value for v in unknowns], dtype=float)
    positive = np.array([v.parent_component().local_name not in signed for v in unknowns])
    generator = np.random.default_rng(seed)
    origin = snapshot(m)
    found = Multistart(seed, spread)
    points: list[tuple[Array, Found]] = []
    reference = begin
    for start in range(starts + 1 + len(also)):
        if start > starts:
            restore(m, also[start - starts - 1])
        else:
            draw = generator.standard_normal(int(series.max()) + 1)
            scattered = begin * np.exp(spread * draw[series]) if start else begin
            for v, x in zip(unknowns, scattered.tolist(), strict=True):
                v.set_value(x, skip_validation=True)
        try:
            report = solve(m, by)
        except SolveError:
            found.failed.append(start)
        else:
            point = np.array([v.value for v in unknowns], dtype=float)
            away = {n: distance(p, point) for n, (p, _) in enumerate(points)}
            nearest = min(away, key=lambda n: away[n], default=None)
            if nearest is not None and away[nearest] <= SAME:
                known = points[nearest][1]
                known.apart = max(known.apart, away[nearest])
            else:
                known = Found(snapshot(m), report.residual)
                reference = point if start == 0 else reference
                negative = positive & (reference > SMALL) & (point < -SMALL)
                (found.no_economy if negative.any() else found.solutions).append(known)
                points.append((point, known))
            known.starts.append(start)
        if progress is not None:
            progress(start + 1, starts + 1 + len(also))
    restore(m, found.solutions[0].values if found.solutions else origin)
    return found


def _series(unknowns: Sequence[Any], years: Collection[int]) -> Indices:
    """The number of the series that each unknown belongs to."""
    numbers: dict[Any, int] = {}
    found = []
    for v in unknowns:
        k = v.index()
        key = k if isinstance(k, tuple) else (k,)
        if years and key[-1] in years:
            key = key[:-1]
        found.append(numbers.setdefault((v.parent_component().name, key), len(numbers)))
    return np.array(found, dtype=np.int64)


def distance(a: Array, b: Array) -> float:
    """Largest difference of two points relative to size (at least ``SMALL``)."""
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), SMALL)
    return float(np.max(np.abs(a - b) / size))


def differences(a: Found, b: Found, count: int = 5) -> list[tuple[str, float, float]]:
    """The unknowns in which two solutions differ most: (name, value in a, value in b)."""
    scored = []
    for name, entries in a.values.items():
        for k, x in entries.items():
            y = b.values[name][k]
            label = (
                name
                if k is None
                else f"{name}[{','.join(map(str, k if isinstance(k, tuple) else (k,)))}]"
            )
            scored.append((distance(np.array([x]), np.array([y])), label, x, y))
    scored.sort(key=lambda s: -s[0])
    return [(label, x, y) for _, label, x, y in scored[:count]]
