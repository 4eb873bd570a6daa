"""Certificates: the proof that comes with every solution, and without which none is stored.

A certificate is computed from the numbers of a solution alone, so it can be repeated from a stored run:

    equations         largest scaled residual of every family of equations
    complementarity   distance from 0 <= a ⊥ b >= 0 of every condition
    signs             how far below zero what is never negative lies, relative to its largest value
    walras            saving less investment, the market that no equation clears
    gdp               income and production against expenditure
    sam               worst account of the social accounting matrix rebuilt from prices and quantities
    price             price of every nest against the index of its inputs' prices
    cost              value of every nest against what its inputs cost; spending against goods bought
    quantity          quantity of every nest against what its inputs make
    saving            growth of consumption against the return to waiting (foresight)

The last four (``price_identities.py``) are computed otherwise than the equations that the solver was given.

beside the word of the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.grid import Time, single_years, spans
from engels.model.algebra.point import Point
from engels.model.economy import accounts
from engels.model.economy.payments import gaps as account_gaps
from engels.model.economy.payments import payments
from engels.model.solving.compiled import Compiled
from engels.model.solving.price_identities import identity_gaps
from engels.model.solving.signs import wrong_signs
from engels.model.solving.words import variable_in_words

TOLERANCES: dict[str, float] = {
    "equations": 1e-8,
    "complementarity": 1e-8,
    "signs": 1e-8,
    "walras": 1e-8,
    "gdp": 1e-8,
    "sam": 1e-8,
    "price": 1e-8,
    "cost": 1e-8,
    "quantity": 1e-8,
    "saving": 1e-8,
}
"""What each measure may be at most (shares of GDP for walras, gdp and sam)."""


@dataclass(frozen=True)
class Certificate:
    """Largest gap of every kind, and where it is. ``status`` is the word of the solver."""

    status: str
    gaps: Mapping[str, float]
    where: Mapping[str, str]
    equations: Mapping[str, float] = field(default_factory=dict)
    conditions: Mapping[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every gap is within its tolerance."""
        return not self.failures()

    def failures(self) -> list[str]:
        """One line per gap beyond its tolerance."""
        return [
            f"{kind}: {self.gaps.get(kind, float('inf')):.1e} at {self.where.get(kind, 'no place')}; "
            f"at most {limit:.0e}"
            for kind, limit in TOLERANCES.items()
            if not self.gaps.get(kind, float("inf")) <= limit
        ]


def certify(e: Compiled, b: Benchmark, status: str, residuals: Mapping[str, float]) -> Certificate:
    """The certificate of the values that ``e`` holds; ``residuals`` by family of equations."""
    found: dict[str, float] = {}
    where: dict[str, str] = {}

    def note(kind: str, gap: float, place: str) -> None:
        if kind not in found or not gap <= found[kind]:
            found[kind], where[kind] = gap, place

    for family, gap in residuals.items():
        note("equations", gap, family)
    conditions = e.complementarity()
    for family, gap in conditions.items():
        note("complementarity", gap, family)
    # without foresight nobody saves by an Euler equation
    for kind in ("signs", "saving"):
        note(kind, 0.0, "")
    for gap, name, index in wrong_signs(e.values):
        note("signs", gap, variable_in_words(name, index))
    point = Point(e.values, e.given)
    for t in spans(point.years):
        with np.errstate(all="ignore"):
            for kind, place, size in _accounts(point, b, t):
                gap, year = _worst(size, t)
                note(kind, gap, f"{place} {year}".lstrip())
    for identity in identity_gaps(point, b, point.ai_mode):
        note(identity.kind, identity.size, identity.place)
    return Certificate(status, found, where, dict(residuals), conditions)


def _accounts(point: Point, b: Benchmark, t: Time) -> Iterator[tuple[str, str, Any]]:
    """Kind, place and size of every gap of the national accounts, as shares of GDP."""
    gdp = point.gdp_nominal[t]
    yield "walras", "", abs(accounts.saving_gap(point, b, t)) / gdp
    for way, measure in (
        ("income", accounts.gdp_income),
        ("production", accounts.gdp_production),
        ("expenditure", accounts.gdp_expenditure),
    ):
        yield "gdp", way, abs(measure(point, b, t) / gdp - 1)
    for account, gap in account_gaps(payments(point, b, t)).items():
        yield "sam", f"account {account}", abs(gap) / gdp


def _worst(size: Any, t: Time) -> tuple[float, int]:
    """The largest of some gaps, by year, and its year; no number is the worst of all."""
    found = np.atleast_1d(size)
    n = int(np.argmax(np.where(np.isnan(found), np.inf, found)))
    return float(found[n]), single_years(t)[n]


def merged(certificates: Iterable[Certificate]) -> Certificate:
    """One certificate of several solves (the years of a recursive run): the worst of each kind."""
    found: dict[str, float] = {}
    where: dict[str, str] = {}
    equations: dict[str, float] = {}
    conditions: dict[str, float] = {}
    words: list[str] = []
    for c in certificates:
        words.append(c.status)
        for kind, gap in c.gaps.items():
            if kind not in found or not gap <= found[kind]:
                found[kind], where[kind] = gap, c.where[kind]
        for into, part in ((equations, c.equations), (conditions, c.conditions)):
            for family, gap in part.items():
                into[family] = max(into.get(family, 0.0), gap)
    return Certificate("+".join(dict.fromkeys(words)), found, where, equations, conditions)
