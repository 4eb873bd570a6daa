"""Other equilibria: the same economy solved from scattered starts.

An economy may have several equilibria (Kehoe 1985 built one with three), and a solver reports the one it
ran into. :func:`multistart` scatters the unknowns around their present values, solves from each start and
says which distinct solutions were found, and how often. Finding one solution many times is evidence that
it is the only one nearby; it is not a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyomo.environ as pyo

from engels.model.errors import SolveError
from engels.model.point import Values, restore, snapshot
from engels.model.solve import Engine, solve

SPREAD = 0.5
"""Standard deviation of the logarithm of a scattered start relative to the present value."""
SAME = 1.0e-5
"""Two solutions are one where no unknown differs by more than this, relative to its size."""
SMALL = 1.0e-2
"""Size below which differences are counted relative to this: idle activities and slack constraints are
zero only to the tolerance of a complementarity condition."""


@dataclass
class Found:
    """One distinct solution, and the starts (0: the model's own values) that ended in it."""

    values: Values
    residual: float
    starts: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many starts ended here."""
        return len(self.starts)


@dataclass
class Multistart:
    """What :func:`multistart` found: distinct solutions in the order of discovery, and failed starts."""

    seed: int
    spread: float
    solutions: list[Found] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    @property
    def unique(self) -> bool:
        """Whether every start that was solved ended in the same solution."""
        return len(self.solutions) == 1

    def summary(self) -> str:
        """The outcome in one sentence."""
        solved = sum(s.count for s in self.solutions)
        tried = solved + len(self.failed)
        counts = ", ".join(str(s.count) for s in self.solutions)
        what = {0: "no solution", 1: "one solution"}.get(
            len(self.solutions), f"{len(self.solutions)} solutions ({counts} times)"
        )
        return (
            f"{what} found from {tried} starts (seed {self.seed}, spread {self.spread:g}); "
            f"{len(self.failed)} starts ended in none"
        )


def multistart(
    m: pyo.ConcreteModel,
    starts: int,
    seed: int = 0,
    *,
    spread: float = SPREAD,
    by: Engine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Multistart:
    """Solve ``m`` from its present values and from ``starts`` scattered ones.

    Each unknown x starts at x exp(spread z) with z standard normal, drawn anew for each start from a
    generator seeded with ``seed``; unknowns that are zero stay there. The model is left at the first
    solution that was found, at its present values where there was none.

    ``progress`` is called with (starts done, all starts). Raises ``ClosureError`` where the model is not
    square; a start that cannot be solved is counted, not raised.
    """
    if starts < 0 or spread <= 0:
        raise ValueError(
            f"starts {starts}, spread {spread}: starts cannot be negative, spread is positive"
        )
    unknowns = [v for v in m.component_data_objects(pyo.Var, active=True) if not v.fixed]
    begin = np.array([v.value for v in unknowns], dtype=float)
    generator = np.random.default_rng(seed)
    origin = snapshot(m)
    found = Multistart(seed, spread)
    points: list[np.ndarray] = []
    for start in range(starts + 1):
        scatter = np.exp(spread * generator.standard_normal(len(unknowns))) if start else 1.0
        for v, x in zip(unknowns, (begin * scatter).tolist(), strict=True):
            v.set_value(x, skip_validation=True)
        try:
            report = solve(m, by)
        except SolveError:
            found.failed.append(start)
        else:
            point = np.array([v.value for v in unknowns], dtype=float)
            known = next((n for n, p in enumerate(points) if distance(p, point) <= SAME), None)
            if known is None:
                known = len(points)
                points.append(point)
                found.solutions.append(Found(snapshot(m), report.residual))
            found.solutions[known].starts.append(start)
        if progress is not None:
            progress(start + 1, starts + 1)
    restore(m, found.solutions[0].values if found.solutions else origin)
    return found


def distance(a: np.ndarray, b: np.ndarray) -> float:
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
