"""A solved point: the numbers of a model behind the names of its variables.

Functions written for the model (``accounts.py``, ``trade.py``) take expressions of its variables; given
a :class:`Point` in the model's place they return numbers, from the same lines and much faster than by
evaluating expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyomo.environ as pyo

Values = dict[str, dict[Any, float]]
"""Value of every variable, by component name and index."""


Given = dict[str, Any]
"""What a model has beside its variables: its sets, each a tuple in its order, and its options."""

OPTIONS = ("ai_mode", "foresight", "blocks", "contributions", "grid")


class Point:
    """Values in place of variables, beside the sets of the model that they solve.

    ``point.output[j, t]`` is a float where ``m.output[j, t]`` is a variable. Nothing of the model itself
    is kept.
    """

    def __init__(self, values: Mapping[str, Mapping[Any, float]], given: Mapping[str, Any]) -> None:
        self.__dict__.update(values)
        self.__dict__.update(given)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def given(m: pyo.ConcreteModel) -> Given:
    """Sets and options of a model, by name."""
    # tuples keep the order in which sums are taken; membership of small sets is quick enough
    found: Given = {s.local_name: tuple(s) for s in m.component_objects(pyo.Set, active=True)}
    return found | {name: getattr(m, name) for name in OPTIONS}


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
        # values of a path go into the model of a year: go through the shorter of both
        for k in component if len(component) < len(entries) else entries:
            if k in component and k in entries and entries[k] is not None:
                component[k].set_value(entries[k], skip_validation=True)


def fixed_values(m: pyo.ConcreteModel) -> Values:
    """Current values of all fixed variables."""
    found = {
        v.local_name: {k: x.value for k, x in v.items() if x.fixed}
        for v in m.component_objects(pyo.Var, active=True)
    }
    return {n: entries for n, entries in found.items() if entries}
