"""A solved point: the numbers of a model behind the names of its variables.

Functions written for the model (``accounts.py``, ``trade.py``) take expressions of its variables; given
a :class:`Point` in the model's place they return numbers, from the same lines and much faster than by
evaluating expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo

Values = dict[str, dict[Any, float]]
"""Value of every variable, by component name and index."""


class Point:
    """Values in place of variables; sets and parameters are the model's own.

    ``point.output[j, t]`` is a float where ``m.output[j, t]`` is a variable.
    """

    def __init__(self, m: pyo.ConcreteModel, values: Mapping[str, Mapping[Any, float]]) -> None:
        self._model = m
        self._absent: set[str] = set()
        for name, entries in values.items():
            setattr(self, name, entries)
        for s in m.component_objects(pyo.Set, active=True):
            members = tuple(s)
            # tuples keep the order in which sums are taken; membership of small sets is quick enough
            setattr(self, s.local_name, members)

    def __getattr__(self, name: str) -> Any:
        # what a block that is off would have is asked for again and again
        if name in self._absent:
            raise AttributeError(name)
        try:
            found = getattr(self._model, name)
        except AttributeError:
            self._absent.add(name)
            raise
        setattr(self, name, found)
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


def fixed_values(m: pyo.ConcreteModel) -> Values:
    """Current values of all fixed variables."""
    found = {
        v.local_name: {k: x.value for k, x in v.items() if x.fixed}
        for v in m.component_objects(pyo.Var, active=True)
    }
    return {n: entries for n, entries in found.items() if entries}
