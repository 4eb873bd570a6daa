"""A solved point: the numbers of a model behind the names of its variables.

Functions written for the model (``accounts.py``, ``trade.py``) take expressions of its variables; given
a :class:`Point` in the model's place they return numbers, from the same lines and much faster than by
evaluating expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from engels.model.algebra.grid import Grid, Years, YearSet

Vector = NDArray[np.float64]
Places = NDArray[np.int64]
Values = Mapping[str, Mapping[Any, float]]
"""Value of every variable, by component name and index."""


class Index:
    """Where the entries of variables stand in one vector.

    Parameters
    ----------
    keys: the indices of each variable, by its name; None is the index of one that has none.

    Attributes
    ----------
    span: the part of the vector that holds each variable, its entries in the order of ``keys``.
    size: length of the vector.
    """

    def __init__(self, keys: Mapping[str, Sequence[Any]]) -> None:
        self.keys = {name: tuple(own) for name, own in keys.items()}
        self.span: dict[str, slice] = {}
        self.size = 0
        for name, own in self.keys.items():
            self.span[name] = slice(self.size, self.size + len(own))
            self.size += len(own)
        self._places: dict[str, dict[Any, int]] = {}
        self._blocks: dict[tuple[str, Years], tuple[Mapping[tuple[Any, ...], int], Places]] = {}
        self._shared: WeakKeyDictionary[Index, tuple[Places, Places]] = WeakKeyDictionary()

    def places(self, name: str) -> Mapping[Any, int]:
        """Place of each entry of a variable; none where there is no such variable."""
        if name not in self._places:
            start = self.span[name].start if name in self.span else 0
            own = self.keys.get(name, ())
            self._places[name] = {k: start + n for n, k in enumerate(own)}
        return self._places[name]

    def shared(self, other: Index) -> tuple[Places, Places]:
        """Places of the entries that another index has too: here, and there."""
        found = self._shared.get(other)
        if found is None:
            pairs = [
                (mine[k], theirs)
                for name in other.keys
                for mine in (self.places(name),)
                for k, theirs in other.places(name).items()
                if k in mine
            ]
            both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
            found = self._shared[other] = (both[:, 0], both[:, 1])
        return found

    def block(self, name: str, years: Years) -> tuple[Mapping[tuple[Any, ...], int], Places]:
        """A variable's entries of some years: places (rows x years), and rows by the rest of the index.

        What has no entry in one of the years is left out.
        """
        if (name, years) not in self._blocks:
            found: dict[tuple[Any, ...], dict[Any, int]] = {}
            for k, place in self.places(name).items():
                *of, t = k if isinstance(k, tuple) else (k,)
                found.setdefault(tuple(of), {})[t] = place
            whole = {of: own for of, own in found.items() if all(t in own for t in years.years)}
            places = [[own[t] for t in years.years] for own in whole.values()]
            self._blocks[name, years] = (
                {of: n for n, of in enumerate(whole)},
                np.array(places, dtype=np.int64).reshape(len(whole), len(years)),
            )
        return self._blocks[name, years]

    @cached_property
    def years(self) -> Places:
        """The year of every entry: its last index; zero where that is no year."""
        ends = (k[-1] if isinstance(k, tuple) else k for own in self.keys.values() for k in own)
        return np.array([k if isinstance(k, int) else 0 for k in ends], dtype=np.int64)


class IndexedValues(Values):
    """Values that stand in a vector. An entry that is NaN there is none.

    Names and indices are looked up when they are asked for.
    """

    def __init__(self, index: Index, x: Vector) -> None:
        self.index, self.x = index, x
        self._read: dict[str, dict[Any, float]] = {}

    def __getitem__(self, name: str) -> Mapping[Any, float]:
        if name not in self._read:
            part = self.x[self.index.span[name]]
            pairs = zip(self.index.keys[name], part.tolist(), strict=True)
            self._read[name] = (
                {k: v for k, v in pairs if v == v} if np.isnan(part).any() else dict(pairs)
            )
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.index.keys)

    def __len__(self) -> int:
        return len(self.index.keys)

    def within(self, other: Values) -> Vector:
        """The vector with what ``other`` has of its entries."""
        more = indexed(other)
        mine, theirs = self.index.shared(more.index)
        found = more.x[theirs]
        known = ~np.isnan(found)
        x = self.x.copy()
        x[mine[known]] = found[known]
        return x

    def joined(self, other: Values) -> IndexedValues:
        """These values, and those of ``other``, which count where both have an entry."""
        more, index = indexed(other), self.index
        if len(index.shared(more.index)[0]) < more.index.size:
            names = {**index.keys, **more.index.keys}
            own, added = ({n: i.keys.get(n, ()) for n in names} for i in (index, more.index))
            index = Index({n: tuple(dict.fromkeys((*own[n], *added[n]))) for n in names})
            empty = IndexedValues(index, np.full(index.size, np.nan))
            return IndexedValues(index, empty.within(self)).joined(more)
        return IndexedValues(index, self.within(more))


def indexed(values: Values) -> IndexedValues:
    """Values in a vector, as they are where they stand in one."""
    if isinstance(values, IndexedValues):
        return values
    entries = [np.nan if x is None else x for own in values.values() for x in own.values()]
    return IndexedValues(
        Index({n: tuple(own) for n, own in values.items()}), np.array(entries, dtype=float)
    )


Given = dict[str, Any]
"""What a model has beside its variables: its sets, each a tuple in its order, and its options."""

OPTIONS = ("ai_mode", "foresight", "blocks", "contributions", "grid")


class Entries(dict[Any, Any]):
    """Entries of one variable: a number by its index, an array where the year is :class:`Years`.

    What has been looked up is kept. Arrays cannot be changed.
    """

    def __init__(self, name: str, values: IndexedValues) -> None:
        super().__init__()
        self._name, self._values = name, values
        self._rows: dict[Years, tuple[Mapping[tuple[Any, ...], int], Vector]] = {}

    def __missing__(self, key: Any) -> Any:
        *of, t = key if isinstance(key, tuple) else (key,)
        index, x = self._values.index, self._values.x
        found: Any
        if isinstance(t, Years):
            if t not in self._rows:
                rows, places = index.block(self._name, t)
                numbers = x[places]
                numbers.flags.writeable = False
                self._rows[t] = rows, numbers
            rows, numbers = self._rows[t]
            found = numbers[rows[tuple(of)]]
        else:
            found = float(x[index.places(self._name)[key]])
        self[key] = found
        return found


class Point:
    """Values in place of variables, beside the sets of the model that they solve.

    ``point.output[j, t]`` is a number where ``m.output[j, t]`` is a variable, and an array where ``t`` are
    several years. Nothing of the model itself is kept.
    """

    def __init__(self, values: Values, given: Mapping[str, Any]) -> None:
        held = indexed(values)
        for name in held:
            self.__dict__[name] = Entries(name, held)
        self.__dict__.update(given)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def given(m: pyo.ConcreteModel) -> Given:
    """Sets and options of a model, by name."""
    # tuples keep the order in which sums are taken; membership of small sets is quick enough
    found: Given = {}
    for s in m.component_objects(pyo.Set, active=True):
        members = tuple(s)
        years = all(isinstance(k, int) for k in members)
        found[s.local_name] = YearSet(members) if years else members
    return found | {name: getattr(m, name) for name in OPTIONS}


def together(systems: Sequence[Given]) -> Given:
    """Sets and options of systems that have their own years and are alike in all else."""
    found = dict(systems[0])
    for name, own in found.items():
        if name not in OPTIONS and len(systems) > 1:
            found[name] = type(own)(dict.fromkeys(k for s in systems for k in s[name]))
    if len(systems) > 1:
        found["grid"] = Grid(found["years"])
    return found


def snapshot(m: pyo.ConcreteModel) -> Values:
    """Values of all variables of a model."""
    return {
        v.local_name: {k: x.value for k, x in v.items()}
        for v in m.component_objects(pyo.Var, active=True)
    }


def restore(m: pyo.ConcreteModel, values: Mapping[str, Mapping[Any, float]]) -> None:
    """Set variables to a :func:`snapshot`; entries that the model lacks are passed over."""
    for name, entries in values.items():
        component = m.component(name)
        if component is None:
            continue
        for k, x in entries.items():
            if k in component and x is not None:
                component[k].set_value(x, skip_validation=True)
