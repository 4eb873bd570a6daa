"""What a variable and an equation of the economy are, said once, beside the code that makes them.

A module declares its :class:`Variable` s and makes them with :func:`declare`. All that is known of a variable
in general (what it starts from, whether it is money, what it is called) is read from its declaration.

An :class:`Equation` says in text what a constraint says in code, so that it can be printed
(``printed.py``) and evaluated (``written.py``); what is printed is tested against the constraint. The text is
a Python expression:

    names       variables and parameters, by name and index: ``output[j, t]``, ``sigma[j]``
    base year   the name of a variable with ``0`` behind it: ``output0[j]``
    next year   ``capital[j, t + 1]``
    sums        ``sum(x[i, t] for i in sectors)``, with ``if`` where a condition holds
    blocks      ``x if diffusion else 0``: x where the block is on
    functions   ``exp``, ``log``, ``sqrt``, and ``power(x, r)`` for (x^r - 1) / r, which is log x at r = 0
    conditions  ``left == right``, or ``complementary(a, b)`` for 0 <= a, 0 <= b, ab = 0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyomo.environ as pyo

from engels.model.algebra.errors import ModelError

Kind = Literal["price", "money", "quantity", "index", "rate", "share", "log", "persons", "power"]
"""Prices and money are in units of the numeraire; a quantity is in money of the base year's prices; a
power of a price is neither."""

Sign = Literal["nonnegative", "any", "implied"]
Growth = Literal["none", "gdp", "labour", "gdp per worker"]
NESTS = ("production_nests", "armington_nests", "transformation_nests", "chip_nests")
"""Sets of nests and their keys: the trees know them, and not the model."""
DEPTH = dict.fromkeys(("jobs", "wants", "ai_users", "training_steps", *NESTS), 2)
"""Sets whose members are pairs."""

Values = float | Mapping[Any, float]
Base = float | Callable[[Any, Any], Values]

STOCK_YEARS = "stock_years"
"""Index of what is given in the first year and carried on: one year longer than that of flows."""


@dataclass(frozen=True)
class Variable:
    """One variable of the economy.

    Parameters
    ----------
    index: names of sets, the years last.
    base: base-year value: a number, or a function of (model, benchmark) that returns a number or, by the
        index without the year, numbers.
    label, label_zh: what it is, with ``{0}``, ``{1}`` for the parts of its index. The year follows of
        itself where the label does not name its place.
    symbol: LaTeX, without the index.
    sign: ``nonnegative`` where a solution with a value below zero is no equilibrium, ``any`` where it
        may change sign, ``implied`` where its sign follows from other variables.
    growth: what the first guess of a baseline lets it grow with.
    reference: of a distance from the baseline, the variable that holds the baseline's own path: the
        forecast closure sets the distance to zero and finds the path, the policy closure holds the path.
    instruments: of a figure that a closure may fix, the variables that it may find in exchange.
    """

    name: str
    index: tuple[str, ...]
    base: Base
    unit: str
    kind: Kind
    label: str
    label_zh: str
    symbol: str
    sign: Sign = "implied"
    growth: Growth = "none"
    reference: str = ""
    instruments: tuple[str, ...] = ()

    @property
    def nominal(self) -> bool:
        """Whether it doubles when the numeraire does."""
        return self.kind in ("price", "money")

    @property
    def state(self) -> bool:
        """Whether it is given in the first year, and carried from year to year."""
        return STOCK_YEARS in self.index

    def base_value(self, m: Any, b: Any) -> Values:
        """Base-year value, by the index without the year where it has one."""
        return self.base(m, b) if callable(self.base) else self.base


@dataclass(frozen=True)
class Equation:
    """One family of constraints.

    Parameters
    ----------
    index: bound names and their sets, such as ``j in sectors`` or ``j, s in jobs``, the years last.
    algebra: the condition, as the module docstring says.
    scale: what the code divides both sides by, an expression of the same kind.
    """

    name: str
    index: tuple[str, ...]
    algebra: str
    label: str
    label_zh: str
    scale: str = "1"


@dataclass(frozen=True)
class Definition:
    """A named expression that equations use; ``index`` are the names bound in ``algebra``."""

    name: str
    index: tuple[str, ...]
    algebra: str
    label: str
    label_zh: str
    symbol: str


@dataclass(frozen=True)
class Parameter:
    """A number, or numbers by index, that equations use.

    ``value`` is a function of (model, benchmark). ``source`` is the key in
    ``calibration/parameters.yaml`` or the part of the table that it is computed from.
    """

    name: str
    index: tuple[str, ...]
    value: Callable[[Any, Any], Values]
    label: str
    label_zh: str
    symbol: str
    source: str


def nested_values(m: Any, b: Any) -> Values:
    """Base of composites inside nests, whose trees know it: ``nests.define_family`` makes them."""
    raise ModelError("composites inside nests are made with their trees")


def members(m: Any, b: Any, name: str) -> Any:
    """The set ``name``: of the model, or (sectors, skills, households) of the benchmark."""
    component = m.component(name)
    return component if component is not None else getattr(b, name)


def declare(m: pyo.ConcreteModel, b: Any, *variables: Variable) -> None:
    """Add ``variables`` to the model, each at its base-year value in every year."""
    for v in variables:
        base = v.base_value(m, b)
        index = [members(m, b, name) for name in v.index]
        start = float(base) if isinstance(base, (int, float)) else _by_index(base)
        m.add_component(v.name, pyo.Var(*index, initialize=start))


def _by_index(base: Mapping[Any, float]) -> Callable[..., float]:
    def start(_: Any, *k: Any) -> float:
        return float(base[k[0] if len(k) == 2 else k[:-1]])

    return start
