"""A model as arrays: what solvers, paths and certificates work on.

Equations are declared in Pyomo, whose objects are slow to walk over. A compiled model knows every variable by
its place in one vector; values and closures are vectors, and the objects are loaded where somebody needs
them: Ipopt, which reads a file that Pyomo writes, and words about what went wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.complementarity import gap, sides_of
from engels.model.algebra.errors import ClosureError, ModelError
from engels.model.algebra.point import (
    Given,
    Index,
    IndexedValues,
    Places,
    Values,
    Vector,
    given,
)
from engels.model.solving.closures import Closure
from engels.model.solving.declared import DeclaredEquations, Tree
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.words import in_words
from engels.model.solving.yearly import move_to

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Unbuilt:
    """An economy in arrays, whose model in Pyomo need not be there.

    Attributes
    ----------
    build: makes the model.
    index, x: its variables, and the values that they begin with.
    given: its sets and options.
    declared: its equations, of those variables that occur in one.
    equations: family and index of each.
    sides: how many conditions of complementarity there are by name, and both sides of each.
    """

    build: Callable[[], pyo.ConcreteModel]
    index: Index
    x: Vector
    given: Given
    declared: DeclaredEquations
    equations: Sequence[tuple[str, Any]]
    sides: tuple[dict[str, int], DeclaredEquations]


class Compiled:
    """A model whose values and closure stand in vectors; at first those that its objects hold.

    Equations must not change any more. Values of the model's objects are what they were when it was compiled
    or :meth:`load` was called, whichever was last.

    Attributes
    ----------
    index: names and indices of its variables.
    x: values, shape (variables,); NaN where an entry has none. Replaced, never changed in place.
    known: which of them are given, shape (variables,).
    system: the equations for Newton's method, once they have been compiled for it.
    inner: places in ``x`` of the system's variables.
    """

    def __init__(self, m: pyo.ConcreteModel) -> None:
        self._model: pyo.ConcreteModel | None = m
        self._build: Callable[[], pyo.ConcreteModel] = lambda: m
        variables = list(m.component_objects(pyo.Var, active=True))
        self._name(variables)
        self.entries = [x for v in variables for x in v.values()]
        self._closures: dict[tuple[Closure, bool], Mask] = {}
        self.system: NewtonSystem | None = None
        self.inner: Places = np.zeros(0, dtype=np.int64)
        self._others: list[tuple[Any, int]] = []
        self.read()

    @classmethod
    def of(cls, unbuilt: Unbuilt) -> Compiled:
        """An economy whose model is built where somebody asks for it."""
        e = cls.__new__(cls)
        e._model, e._build = None, unbuilt.build
        e.index, e.x = unbuilt.index, unbuilt.x
        e.known = np.zeros(len(e.x), dtype=bool)
        e._closures, e._others = {}, []
        e.inner = unbuilt.declared.used
        families = [name for name, _ in unbuilt.equations]
        e.system = NewtonSystem.of(
            unbuilt.declared, families, e.index.years[e.inner], _Objects(e, unbuilt.equations)
        )
        # what is worked out from the model where there is one
        e.__dict__["given"] = unbuilt.given
        e.__dict__["equations"] = len(families)
        e.__dict__["_sides"] = unbuilt.sides
        return e

    @property
    def model(self) -> pyo.ConcreteModel:
        """The model in Pyomo, built at the first call where it was not."""
        if self._model is None:
            self._model = self._build()
        return self._model

    @cached_property
    def entries(self) -> list[Any]:
        """The variables in Pyomo, in the order of ``x``; raises :class:`ModelError` where they are others."""
        m = self.model
        own = {v.local_name: v for v in m.component_objects(pyo.Var, active=True)}
        if own.keys() != self.index.keys.keys() or any(
            set(v) != set(self.index.keys[name]) for name, v in own.items()
        ):
            raise ModelError(f"{m.name} has other variables than it was compiled with")
        return [own[name][k] for name, keys in self.index.keys.items() for k in keys]

    def _name(self, variables: Sequence[pyo.Var]) -> None:
        self.index = Index({v.local_name: tuple(v) for v in variables})

    def move_to(self, year: int) -> None:
        """Make the economy of a year that of another: names move, values and equations stay.

        Raises :class:`ModelError` for an economy of several years.
        """
        if year == self.model.years.first():
            return
        move_to(self.model, year)
        self._name(list(self.model.component_objects(pyo.Var, active=True)))
        self.__dict__.pop("given", None)
        self._closures = {}

    def read(self) -> None:
        """Take values and closure from the model's objects."""
        self.x = np.array([v.value for v in self.entries], dtype=float)
        self.known = np.array([v.fixed for v in self.entries], dtype=bool)

    def load(self) -> None:
        """Give values and closure to the model's objects."""
        for v, x, known in zip(self.entries, self.x.tolist(), self.known.tolist(), strict=True):
            if not math.isnan(x):
                v.set_value(x, skip_validation=True)
            v.fixed = known

    def attach(self, system: NewtonSystem) -> None:
        """Keep the equations for Newton's method."""
        place = {id(v): n for n, v in enumerate(self.entries)}
        self.system = system
        self.inner = np.array([place[id(v)] for v in system.variables], dtype=np.int64)
        self._others = [(v, place[id(v)]) for v in system.declared.others if id(v) in place]

    def inside(self) -> Vector:
        """Values of the system's variables, in its order."""
        assert self.system is not None
        # what its equations hold beside them is read off the objects
        for v, n in self._others:
            v.set_value(float(self.x[n]), skip_validation=True)
        return self.x[self.inner]

    @cached_property
    def given(self) -> Given:
        """Sets and options of the model."""
        return given(self.model)

    @cached_property
    def equations(self) -> int:
        """How many there are; raises :class:`ClosureError` for an inequality."""
        number = 0
        for c in self.model.component_data_objects(pyo.Constraint, active=True):
            if not c.equality:
                words = in_words(c.parent_component().local_name, c.index())
                raise ClosureError(
                    f"{words} [{c.name}] is an inequality; an economy is a system of equations, in which "
                    "either-or is written by define_complementarity"
                )
            number += 1
        return number

    @cached_property
    def _sides(self) -> tuple[dict[str, int], DeclaredEquations]:
        """How many conditions of complementarity there are by name, and both sides of each."""
        found = sides_of(self.model)
        trees = [Tree(both[n]) for n in (0, 1) for pairs in found.values() for both in pairs]
        count = {name: len(pairs) for name, pairs in found.items()}
        return count, DeclaredEquations(trees, self.entries)

    def sides(self, x: Vector) -> Vector:
        """Both sides of every condition of complementarity at ``x``, shape (2, conditions)."""
        return self._sides[1].residual(x).reshape(2, -1)

    def complementarity(self) -> dict[str, float]:
        """Largest distance from complementarity of each condition; infinite where one has no value."""
        a, b = self.sides(self.x)
        size = gap(a, b)
        size[np.isnan(size)] = np.inf
        found, end = {}, 0
        for name, count in self._sides[0].items():
            found[name] = float(np.max(size[end : end + count], initial=0.0))
            end += count
        return found

    @property
    def degrees_of_freedom(self) -> int:
        """Unknowns less equations; zero in a usable closure."""
        return int(np.count_nonzero(~self.known)) - self.equations

    @property
    def values(self) -> IndexedValues:
        """The values as they are now."""
        return IndexedValues(self.index, self.x)

    @property
    def known_values(self) -> Values:
        """Of them those that are given."""
        return IndexedValues(self.index, np.where(self.known, self.x, np.nan))

    def restore(self, values: Values) -> None:
        """Set values; entries that the model lacks are passed over."""
        self.x = self.values.within(values)

    def close(self, closure: Closure, foresight: bool) -> None:
        """Put the model under a closure, which is worked out once; raises as :meth:`Closure.apply`."""
        key = (closure, foresight)
        if key not in self._closures:
            self._closures[key] = closure.known(
                self.index, self.given["years"], self.given["blocks"], foresight
            )
        self.known = self._closures[key]


class _Objects:
    """The model's objects as a compiled system asks for them (``newton.Named``)."""

    def __init__(self, e: Compiled, equations: Sequence[tuple[str, Any]]) -> None:
        self._economy, self._equations = e, equations

    @property
    def model(self) -> pyo.ConcreteModel:
        return self._economy.model

    @property
    def variables(self) -> list[Any]:
        e = self._economy
        return [e.entries[n] for n in e.inner]

    @cached_property
    def constraints(self) -> list[Any]:
        e = self._economy
        there = sum(1 for _ in e.model.component_data_objects(pyo.Constraint, active=True))
        if there != len(self._equations):
            raise ModelError(f"{e.model.name} has other equations than it was compiled with")
        return [e.model.component(family)[k] for family, k in self._equations]
