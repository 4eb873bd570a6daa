"""A solved path: values, certificate and what the solver said; what is reported of it is made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engels.calibration.benchmark import Array, Benchmark
from engels.model.algebra.errors import SolveError
from engels.model.algebra.point import Given, Point, Values, indexed, together
from engels.model.solving.certificate import Certificate, certify, merged
from engels.model.solving.compiled import Compiled
from engels.model.solving.solve import SolveReport


@dataclass
class Solution:
    """A solved path.

    Attributes
    ----------
    years: all years that are solved; those before ``announced`` are the origin's. Those after
        ``last_reported`` put the horizon far from what is reported.
    values: every variable by name and index, of all ``years``.
    origin: the path that this one departs from; None for a baseline.
    systems: sets of each system that was solved: one under foresight, one a year recursively.
    reports, certificates: one for each system, in the order of ``systems``.
    cautions: what a reader of a run with swaps must know (``swap_check.py``).
    """

    benchmark: Benchmark
    ai_mode: str
    foresight: bool
    years: tuple[int, ...]
    announced: int
    closure: str
    horizon_growth: float
    last_reported: int
    values: Values = field(default_factory=dict)
    origin: Solution | None = None
    systems: list[Given] = field(default_factory=list)
    reports: list[SolveReport] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)

    @property
    def reported(self) -> tuple[int, ...]:
        """The years that are reported."""
        return tuple(t for t in self.years if t <= self.last_reported)

    def series(self, name: str, *key: str) -> Array:
        """Values of one variable over the years, shape (T,)."""
        entries = self.values[name]
        return np.array([entries[(*key, t) if key else t] for t in self.years], dtype=float)

    def point(self) -> Point:
        """The solved path from ``announced`` on."""
        return Point(self.values, together(self.systems))

    @property
    def certificate(self) -> Certificate:
        """The proof of the whole path: the worst of each kind over its solves."""
        return merged(self.certificates)

    def absorb(self, e: Compiled, report: SolveReport) -> None:
        """Take over the values of a solved model; raises where its certificate fails."""
        proof = certify(e, self.benchmark, report.status, report.residual_by_family)
        if not proof.passed:
            raise SolveError("the solution fails its certificate: " + "; ".join(proof.failures()))
        self.reports.append(report)
        self.certificates.append(proof)
        self.systems.append(e.given)
        self.values = indexed(self.values).joined(e.values)
