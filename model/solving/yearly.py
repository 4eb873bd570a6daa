"""One model for every year of a recursive path.

The years of a recursive path are economies of one year each, with the same equations: what differs between
them is what their closures give, and the year in the names. One of them is declared and compiled, and moved
from year to year (:func:`move_to`): its variables and equations are the same objects before and after, under
the index of the other year.

That the equations are the same is looked at, not taken for granted (:func:`same_equations`): a block may
hold numbers of the baseline's path, which are others every year. Such an economy is declared anew each year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyomo.environ as pyo
from pyomo.core.base.set import SetOperator

from engels.model.algebra.complementarity import rename_sides
from engels.model.algebra.errors import ModelError
from engels.model.algebra.grid import Grid
from engels.model.solving.declared import DeclaredEquations

INDEXED = (pyo.Var, pyo.Constraint, pyo.Expression)


def move_to(m: pyo.ConcreteModel, year: int) -> None:
    """Make the model of a year that of another: every index of it moves, and no value.

    Raises ``ModelError`` for a model of several years.
    """
    if len(m.years) != 1:
        raise ModelError(f"{m.name} has {len(m.years)} years; one that is moved has one")
    (now,) = m.years
    if year == now:
        return
    moved = _mover(now, year)
    for s in _sets(m):
        members = list(s)
        there = [moved(k) for k in members]
        if there != members:
            s.clear()
            s.update(there)
    for c in m.component_objects(INDEXED):
        if c.is_indexed():
            _rename(c, moved)
    rename_sides(m, moved)
    m.grid = Grid([year])
    m.name = m.name.removesuffix(f"{now}-{now}") + f"{year}-{year}"


def same_equations(one: pyo.ConcreteModel, other: pyo.ConcreteModel) -> bool:
    """Whether the models of two years differ in nothing but the year of their names.

    All trees are compared, with every number in them. What is left to Pyomo's own evaluation counts as
    different.
    """
    moved = _mover(one.years.first(), other.years.first())
    for kind in (pyo.Var, pyo.Constraint):
        mine = [(c.local_name, moved(k)) for c in one.component_objects(kind) for k in c]
        if mine != [(c.local_name, k) for c in other.component_objects(kind) for k in c]:
            return False
    return _declared(one).same_as(_declared(other))


def _declared(m: pyo.ConcreteModel) -> DeclaredEquations:
    return DeclaredEquations(
        list(m.component_data_objects(pyo.Constraint, active=True)),
        list(m.component_data_objects(pyo.Var, active=True)),
    )


def _mover(now: int, year: int) -> Callable[[Any], Any]:
    """What an index becomes: stocks of the year after ``now`` are those of the year after ``year``."""

    def moved(k: Any) -> Any:
        last = k[-1] if isinstance(k, tuple) else k
        if last not in (now, now + 1):
            return k
        there = last - now + year
        return (*k[:-1], there) if isinstance(k, tuple) else there

    return moved


def _sets(m: pyo.ConcreteModel) -> Iterator[Any]:
    """Every set that indexes the model, each once; products follow those that they are made of."""
    seen: dict[int, Any] = {id(s): s for s in m.component_objects(pyo.Set)}
    for c in m.component_objects(INDEXED):
        if c.is_indexed():
            for s in c.index_set().subsets(expand_all_set_operators=True):
                seen[id(s)] = s
    yield from (s for s in seen.values() if not isinstance(s, SetOperator))


def _rename(component: Any, moved: Callable[[Any], Any]) -> None:
    # Pyomo has no way to rename an entry; what it keeps of an index are these two places
    entries = {moved(k): entry for k, entry in component._data.items()}
    component._data.clear()
    component._data.update(entries)
    for k, entry in entries.items():
        entry._index = k
