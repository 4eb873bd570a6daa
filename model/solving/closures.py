"""Closures: which variables are given, and which are found in exchange.

A closure is a set of fixed variables that leaves the economy exactly determined. Closures differ by
*swaps*: a target is fixed and its instrument freed, one for one.

    policy     technology, wedges, purchases and the reference wage given; GDP, investment, jobs found
    forecast   GDP, employment, investment and government rates given; labour efficiency, wedge,
               purchases and the reference wage found

    target              instrument (foresight)      instrument (recursive)
    gdp_real            labour_efficiency           labour_efficiency
    labour_supply       reference_wage              reference_wage
    investment_rate     euler_wedge                 consumption_propensity
    government_rate     government_consumption      government_consumption
    compute_investment  risk_premium of AI          (the base year's own premium)

The last holds in the base year alone: with foresight the published composition of investment fixes what
was spent on compute then, and the premium that explains it is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.errors import ClosureError
from engels.model.algebra.point import Index
from engels.model.blocks.declarations import INSTRUMENTS, REFERENCES, STATES
from engels.model.economy.block import Block
from engels.model.economy.drivers import drivers_of

TAKES_FORESIGHT = {"euler_wedge": True, "consumption_propensity": False}
"""Instruments that the economy has with foresight alone (True), or without it alone (False)."""

NOT_IN_LAST_YEAR = ("euler_wedge", "risk_premium")
"""Instruments that, with foresight, no equation of the last year holds: what comes after it would."""


@dataclass(frozen=True)
class Swap:
    """Fix ``target`` and free ``instrument`` in ``years`` (all years of the model where None).

    ``of`` names the entries of an instrument that has more of them than the target, by the first part
    of their index: a sector's, say.
    """

    target: str
    instrument: str
    years: tuple[int, ...] | None = None
    of: str | None = None


@dataclass(frozen=True)
class Closure:
    """A named choice of what is given."""

    name: str
    swaps: tuple[Swap, ...] = field(default_factory=tuple)

    def with_swaps(self, swaps: Iterable[Swap]) -> Closure:
        """The closure with more swaps."""
        return Closure(self.name, self.swaps + tuple(swaps))

    def with_years(self, years: Sequence[int]) -> Closure:
        """The closure restricted to ``years`` (for one year of a recursive run)."""
        kept = []
        for s in self.swaps:
            mine = tuple(t for t in years if s.years is None or t in s.years)
            if mine:
                kept.append(Swap(s.target, s.instrument, mine, s.of))
        return Closure(self.name, tuple(kept))

    def apply(self, m: pyo.ConcreteModel, foresight: bool) -> None:
        """Fix and free the variables of ``m``; raises as :meth:`known`."""
        variables = list(m.component_objects(pyo.Var, active=True))
        index = Index({v.local_name: tuple(v) for v in variables})
        known = self.known(index, list(m.years), m.blocks, foresight)
        entries = (x for v in variables for x in v.values())
        for x, given in zip(entries, known.tolist(), strict=True):
            x.fixed = given

    def known(
        self, index: Index, years: Sequence[int], blocks: Iterable[Block], foresight: bool
    ) -> NDArray[np.bool_]:
        """Which entries of an economy over ``years`` are given, shape (entries,).

        Raises :class:`ClosureError` where a swap cannot work.
        """
        known = np.zeros(index.size, dtype=bool)
        exogenous = [
            *(d.name for d in drivers_of(blocks)),
            "labour_efficiency",
            "reference_wage",
            *REFERENCES.values(),
        ]
        exogenous.append("euler_wedge" if foresight else "consumption_propensity")
        # saving behaviour of the other kind of expectations plays no part
        if not foresight:
            exogenous += ["euler_wedge", "trend_growth"]
        for name in exogenous:
            # blocks that are off have none of theirs
            if name in index.span:
                known[index.span[name]] = True
        if foresight:
            # the last year has no next year: its saving is set by the condition at the horizon
            known[_of_year(index, "euler_wedge", years[-1])] = True
        for name in STATES:
            known[_of_year(index, name, years[0])] = True
        used: dict[tuple[str, int], str] = {}
        for swap in self.swaps:
            self._swap(index, years, known, swap, used)
        return known

    def _swap(
        self,
        index: Index,
        years: Sequence[int],
        known: NDArray[np.bool_],
        swap: Swap,
        used: dict[tuple[str, int], str],
    ) -> None:
        # the forecast closure alone moves a block's reference path
        own = {gap: (reference,) for gap, reference in REFERENCES.items()}
        if swap.instrument not in (INSTRUMENTS | own).get(swap.target, ()):
            allowed = "; ".join(f"{k} by {' or '.join(v)}" for k, v in INSTRUMENTS.items())
            raise ClosureError(
                f"closure {self.name}: {swap.target} cannot be reached by {swap.instrument}; "
                f"possible are {allowed}"
            )
        asked: Sequence[int] = years if swap.years is None else swap.years
        outside = [t for t in asked if t not in years]
        if outside:
            raise ClosureError(
                f"closure {self.name}: {swap.target} by {swap.instrument} is asked for in "
                f"{', '.join(str(t) for t in outside)}; the years of the economy are "
                f"{years[0]}-{years[-1]}"
            )
        for t in asked:
            if (swap.instrument, t) in used:
                raise ClosureError(
                    f"closure {self.name}: {swap.instrument} of {t} already serves "
                    f"{used[swap.instrument, t]}; one instrument reaches one target"
                )
            used[swap.instrument, t] = swap.target
            for name in (swap.instrument, swap.target):
                if name not in index.span:
                    raise ClosureError(
                        f"closure {self.name}: {swap.target} by {swap.instrument}: the economy has no "
                        f"{name}; its block is off"
                    )
            free = _of_year(index, swap.instrument, t, swap.of)
            fix = _of_year(index, swap.target, t)
            if len(free) != len(fix):
                raise ClosureError(
                    f"closure {self.name}: {swap.target} of {t} has {len(fix)} values and "
                    f"{swap.instrument} has {len(free)}; they must match"
                )
            known[fix] = True
            known[free] = False


def _of_year(index: Index, name: str, year: int, of: str | None = None) -> list[int]:
    """Places of a variable's entries of a year; of those that begin with ``of``, where it is given."""
    return [
        place
        for k, place in index.places(name).items()
        if _year(k) == year and of in (None, k[0] if isinstance(k, tuple) else None)
    ]


def _year(index: object) -> int:
    last = index[-1] if isinstance(index, tuple) else index
    assert isinstance(last, int)
    return last


POLICY = Closure("policy")


def forecast(
    years: Sequence[int],
    foresight: bool,
    ai: str,
    elastic_labour: bool = True,
    blocks: Iterable[str] = (),
) -> Closure:
    """GDP, employment, investment and government rates given, year by year.

    Under foresight compute investment of the first year is given too; ``ai`` is the AI sector.

    Where labour supply does not answer to wages (``elastic_labour`` False) no reference wage steers
    it: it is the endowment, which has the given path already.
    """
    saving = (
        Swap("investment_rate", "euler_wedge", tuple(years[:-1]))
        if foresight
        else Swap("investment_rate", "consumption_propensity")
    )
    swaps = [
        Swap("gdp_real", "labour_efficiency"),
        Swap("government_rate", "government_consumption"),
        saving,
    ]
    if foresight:
        swaps.append(Swap("compute_investment", "risk_premium", (years[0],), ai))
    if elastic_labour:
        swaps.append(Swap("labour_supply", "reference_wage"))
    of_block = {
        "adoption_choice": "worth_gap",
        "learning": "learning_gap",
        "ideas": "knowledge_gap",
        "compute_chain": "chip_gap",
        "labour_market": "mobility_gap",
        "firm_size": "advantage_gap",
        "hand_to_mouth": "propensity_gap",
    }
    swaps += [Swap(of_block[k], REFERENCES[of_block[k]]) for k in blocks if k in of_block]
    return Closure("forecast", tuple(swaps))
