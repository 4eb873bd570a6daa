"""Equations as text: evaluated with the numbers of a model, and printed in LaTeX.

``declaration.py`` says what the text may contain. :class:`Reading` evaluates it, so that a test can hold
what is printed against the model's own constraints.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyomo.environ as pyo

from engels.model.algebra.complementarity import SMOOTHING
from engels.model.algebra.declaration import (
    NESTS,
    Definition,
    Equation,
    Parameter,
    Variable,
    members,
)


def power(x: float, r: float) -> float:
    """(x^r - 1) / r, and log x at r = 0."""
    return math.log(x) if r == 0 else math.expm1(r * math.log(x)) / r


def complementary(a: float, b: float) -> float:
    """Zero where 0 <= a, 0 <= b and a b = 0; see ``complementarity.py``."""
    return a + b - math.sqrt(a * a + b * b + 2 * SMOOTHING)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sinh": math.sinh,
    "sum": sum,
    "power": power,
    "complementary": complementary,
}


def bound(index: Iterable[str]) -> list[str]:
    """Names that an index binds: ``j, s in jobs`` binds j and s."""
    return [name.strip() for entry in index for name in entry.split(" in ")[0].split(",")]


class _Series:
    """Numbers of a variable by index."""

    def __init__(self, component: Any) -> None:
        self._component = component

    def __getitem__(self, k: Any) -> float:
        return float(self._component[k].value)


class _Defined:
    """Numbers of a definition by index."""

    def __init__(self, definition: Definition, names: dict[str, Any]) -> None:
        head = f"lambda {', '.join(definition.index)}: "
        self._value = eval(head + f"({definition.algebra})", names)

    def __getitem__(self, k: Any) -> Any:
        return self._value(*k) if isinstance(k, tuple) else self._value(k)


class Reading:
    """Names of equations with the numbers of a model ``m``, built from the benchmark ``b``.

    ``names`` holds what the declarations do not: sets by name, blocks that are on, single sectors. A
    definition that is also a variable of the model gives way to it.
    """

    def __init__(
        self,
        m: Any,
        b: Any,
        variables: Iterable[Variable],
        parameters: Iterable[Parameter],
        definitions: Iterable[Definition],
        names: Mapping[str, Any],
    ) -> None:
        self._names: dict[str, Any] = {"__builtins__": {}, **FUNCTIONS, **names}
        for s in m.component_objects(pyo.Set):
            self._names[s.local_name] = list(s)
        for v in variables:
            # what a block that is off declares is not there, and trees know the base of their nests
            if m.component(v.name) is not None and not set(v.index) & set(NESTS):
                self._names[f"{v.name}0"] = self._base(m, b, v)
        for d in definitions:
            self._names[d.name] = _Defined(d, self._names)
        for c in m.component_objects(pyo.Var):
            self._names[c.local_name] = _Series(c)
        for p in parameters:
            self._names[p.name] = p.value(m, b)

    @staticmethod
    def _base(m: Any, b: Any, v: Variable) -> Any:
        base = v.base_value(m, b)
        if isinstance(base, Mapping) or len(v.index) == 1:
            return base
        return dict.fromkeys(members(m, b, v.index[0]), base)

    def keys(self, e: Equation) -> list[Any]:
        """Index entries that the equation says it has; ``None`` is that of a single equation."""
        if not e.index:
            return [None]
        loops = " ".join(f"for {entry}" for entry in e.index)
        names = bound(e.index)
        key = names[0] if len(names) == 1 else f"({', '.join(names)})"
        return list(eval(f"[{key} {loops}]", self._names))

    def residual(self, e: Equation) -> Callable[[Any], float]:
        """Left less right over the scale, a function of the index entry."""
        text = ast.unparse(_difference(ast.parse(e.algebra, mode="eval").body))
        head = f"lambda {', '.join(bound(e.index))}: "
        found = eval(f"{head}({text}) / ({e.scale})", self._names)

        def at(k: Any) -> float:
            if k is None:
                return float(found())
            return float(found(*k) if isinstance(k, tuple) else found(k))

        return at


def _difference(tree: ast.expr) -> ast.expr:
    """Left less right of an equality, in each case of one that has cases; all else as it stands."""
    if isinstance(tree, ast.IfExp):
        return ast.IfExp(tree.test, _difference(tree.body), _difference(tree.orelse))
    if isinstance(tree, ast.Compare):
        return ast.BinOp(tree.left, ast.Sub(), tree.comparators[0])
    return tree
