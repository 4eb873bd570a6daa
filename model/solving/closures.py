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

import pyomo.environ as pyo

from engels.model.algebra.errors import ClosureError
from engels.model.blocks.declarations import INSTRUMENTS, REFERENCES, STATES
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
        """Fix and free the variables of ``m``; raises :class:`ClosureError` where a swap cannot work."""
        for v in m.component_data_objects(pyo.Var, active=True):
            v.unfix()
        exogenous = [
            *(d.name for d in drivers_of(m.blocks)),
            "labour_efficiency",
            "reference_wage",
            *REFERENCES.values(),
        ]
        exogenous.append("euler_wedge" if foresight else "consumption_propensity")
        for name in exogenous:
            # blocks that are off have none of theirs
            if m.component(name) is not None:
                m.component(name).fix()
        # saving behaviour of the other kind of expectations plays no part
        if not foresight:
            m.euler_wedge.fix()
            m.trend_growth.fix()
        else:
            # the last year has no next year: its saving is set by the condition at the horizon
            m.euler_wedge[m.years.last()].fix()
        first = m.years.first()
        for name in STATES:
            for k, v in (m.component(name) or {}).items():
                if _year(k) == first:
                    v.fix()
        used: dict[tuple[str, int], str] = {}
        for swap in self.swaps:
            self._swap(m, swap, used)

    def _swap(self, m: pyo.ConcreteModel, swap: Swap, used: dict[tuple[str, int], str]) -> None:
        # the forecast closure alone moves a block's reference path
        own = {gap: (reference,) for gap, reference in REFERENCES.items()}
        if swap.instrument not in (INSTRUMENTS | own).get(swap.target, ()):
            allowed = "; ".join(f"{k} by {' or '.join(v)}" for k, v in INSTRUMENTS.items())
            raise ClosureError(
                f"closure {self.name}: {swap.target} cannot be reached by {swap.instrument}; "
                f"possible are {allowed}"
            )
        years: Sequence[int] = list(m.years) if swap.years is None else swap.years
        outside = [t for t in years if t not in m.years]
        if outside:
            raise ClosureError(
                f"closure {self.name}: {swap.target} by {swap.instrument} is asked for in "
                f"{', '.join(str(t) for t in outside)}; the years of the economy are "
                f"{m.years.first()}-{m.years.last()}"
            )
        for t in years:
            if (swap.instrument, t) in used:
                raise ClosureError(
                    f"closure {self.name}: {swap.instrument} of {t} already serves "
                    f"{used[swap.instrument, t]}; one instrument reaches one target"
                )
            used[swap.instrument, t] = swap.target
            for name in (swap.instrument, swap.target):
                if m.component(name) is None:
                    raise ClosureError(
                        f"closure {self.name}: {swap.target} by {swap.instrument}: the economy has no "
                        f"{name}; its block is off"
                    )
            free = [
                v
                for k, v in m.component(swap.instrument).items()
                if _year(k) == t and swap.of in (None, k[0] if isinstance(k, tuple) else None)
            ]
            fix = [v for k, v in m.component(swap.target).items() if _year(k) == t]
            if len(free) != len(fix):
                raise ClosureError(
                    f"closure {self.name}: {swap.target} of {t} has {len(fix)} values and "
                    f"{swap.instrument} has {len(free)}; they must match"
                )
            for v in fix:
                v.fix()
            for v in free:
                v.unfix()


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
