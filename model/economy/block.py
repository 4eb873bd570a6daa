"""Blocks: mechanisms that a run may switch on, and the slots through which they enter the economy.

The economy asks a *slot* for each quantity that a block may move: the quality of AI, a sector's markup, the
income of a household. A slot holds what is true without blocks and the rule by which contributions combine:

    plus       given + contributions
    times      given x contributions
    instead    the contribution of one block, in place of what is given

A block says to which slots it contributes. Slots are objects, so that a misspelt one cannot be imported, and
no renamed variable can switch a mechanism off in silence. With no block on, every slot is what is given
and the economy is, equation for equation, the one without blocks.

Slots and contributions are functions of (model, benchmark, index ...). The model may be a solved point of
one: they return expressions or numbers accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import update_wrapper
from typing import Any, Literal

import pyomo.environ as pyo

from engels.calibration.benchmark import Benchmark
from engels.model.algebra.declaration import Variable
from engels.model.algebra.errors import ModelError
from engels.model.algebra.grid import Time
from engels.model.algebra.point import Point
from engels.model.economy.driver import Driver

Rule = Literal["plus", "times", "instead"]
Economy = Any
"""A model (functions return expressions) or a solved point of one (they return numbers)."""
Rows = dict[tuple[str, str, str, Any], Any]
"""Reported figures by (variable, sector, group, year), or arrays of them where years are several."""
Define = Callable[[pyo.ConcreteModel, Benchmark], None]
Report = Callable[[Point, Benchmark, Any], Rows]


def nothing(_: pyo.ConcreteModel, __: Benchmark) -> None:
    """What a block defines that has no equations of its own."""


class Slot:
    """A quantity of the economy that blocks may move; called as a function of (model, benchmark, index ...).

    A contribution that returns None leaves the slot as it is at that index (in a sector without AI, say).
    """

    def __init__(self, given: Callable[..., Any], rule: Rule) -> None:
        self.given = given
        self.rule = rule
        self.name: str = given.__name__
        update_wrapper(self, given)

    def __call__(self, m: Economy, b: Benchmark, *index: Any) -> Any:
        answers = (f(m, b, *index) for f in m.contributions.get(self, ()))
        more = [x for x in answers if x is not None]
        if self.rule == "instead":
            if len(more) > 1:
                raise ModelError(f"{self.name}{list(index)}: more than one block takes its place")
            return more[0] if more else self.given(m, b, *index)
        found = self.given(m, b, *index)
        for x in more:
            found = found + x if self.rule == "plus" else found * x
        return found

    def moved(self, m: Economy) -> bool:
        """Whether a block that is on contributes."""
        return self in m.contributions


def slot(rule: Rule) -> Callable[[Callable[..., Any]], Slot]:
    """Make a function of (model, benchmark, index ...) a slot: what it returns holds without blocks."""
    return lambda given: Slot(given, rule)


@dataclass(frozen=True)
class Block:
    """One mechanism.

    Parameters
    ----------
    name: as in ``calibration/blocks.py``.
    drivers: exogenous variables that come with it; a closure fixes them.
    variables: declarations of its variables; those of all blocks exist before any equation does.
    define_variables: makes them, where that takes index sets or a choice; else all are declared.
    define: its equations.
    contributions: what it adds to slots of the economy or of other blocks.
    report: rows of a year of a solved point, or of several at once.

    Raises ``ModelError`` for a contribution to what is no slot.
    """

    name: str
    drivers: tuple[Driver, ...] = ()
    variables: tuple[Variable, ...] = ()
    define_variables: Define | None = None
    define: Define = nothing
    contributions: Mapping[Callable[..., Any], Callable[..., Any]] = field(default_factory=dict)
    report: Report = lambda _, __, ___: {}

    def __post_init__(self) -> None:
        for target in self.contributions:
            if not isinstance(target, Slot):
                name = getattr(target, "__name__", repr(target))
                raise ModelError(
                    f"block {self.name}: {name} is no slot, so nothing can be added to it"
                )
        owned = tuple(replace(d, block=self.name) for d in self.drivers)
        object.__setattr__(self, "drivers", owned)


Contributions = dict[Callable[..., Any], tuple[Callable[..., Any], ...]]


def contributions_of(blocks: Iterable[Block]) -> Contributions:
    """What blocks contribute to each slot, in the order of the blocks."""
    found: Contributions = {}
    for block in blocks:
        for target, f in block.contributions.items():
            found[target] = (*found.get(target, ()), f)
    return found


def national(t: Time, **figures: Any) -> Rows:
    """Rows that belong to no sector and no group."""
    return {(name, "", "", t): x for name, x in figures.items()}
