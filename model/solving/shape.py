"""The form of a system of equations: its structure, scaling, and where it may lose its values.

A wrapper of IDAES's DiagnosticsToolbox (Dowling, Allan, Lee, Parker & Knueven) that answers in the model's
words. IDAES is imported when it is first needed: that takes its time. Its checks of units
are left out, for the economy is written in shares and indices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from numpy.typing import NDArray
from pyomo.common.modeling import unique_component_name

from engels.model.blocks.library import DRIVERS
from engels.model.solving.solver_path import use_pynumero_asl
from engels.model.solving.words import Speaker, counted

Mask = NDArray[np.bool_]

PARALLEL = 1.0e-8
EXTREME = 1.0e8
"""Norms of a row or column of the Jacobian above this, or below its inverse, are extreme (as IDAES)."""
NEARBY = 10.0
"""Factor within which unknowns are taken to move when expressions are searched for lost values."""
TOLD = 60
"""Largest structural part whose members are listed."""
PAIRS = 3
"""Pairs of parallel equations or unknowns that are listed."""


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    kind: count, idle, undetermined, overdetermined, structure, evaluation, weak, parallel or scaling.
    words: what it is.
    unusable: whether no solver can solve the closure with it; a caution otherwise.
    names: the variables or equations concerned, by their names in the model.
    """

    kind: str
    words: str
    unusable: bool
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derivatives:
    """dF/dx by every variable that occurs in an equation, unknown or given."""

    matrix: sp.csr_matrix
    rows: list[Any]
    columns: list[Any]


@contextmanager
def all_unknown(m: pyo.ConcreteModel) -> Iterator[None]:
    """Every variable of the model free for a while, and an objective, without which it is not written."""
    fixed = [v for v in m.component_data_objects(pyo.Var, active=True) if v.fixed]
    name = unique_component_name(m, "no_objective")
    m.add_component(name, pyo.Objective(expr=0.0))
    for v in fixed:
        v.unfix()
    try:
        yield
    finally:
        for v in fixed:
            v.fix()
        m.del_component(name)


def derivatives(m: pyo.ConcreteModel) -> Derivatives | None:
    """The Jacobian at the present values; None where a derivative does not exist."""
    use_pynumero_asl()
    from idaes.core.scaling.util import get_jacobian
    from pyomo.contrib.pynumero.exceptions import PyNumeroEvaluationError

    with all_unknown(m):
        try:
            matrix, nlp = get_jacobian(m, include_scaling_factors=False)
        except PyNumeroEvaluationError:
            return None
    if not np.all(np.isfinite(matrix.data)):
        return None
    return Derivatives(sp.csr_matrix(matrix), list(nlp.clist), list(nlp.vlist))


def structure(m: pyo.ConcreteModel, say: Speaker) -> list[Finding]:
    """Parts of the system that have more unknowns than equations, or fewer."""
    from idaes.core.util.diagnostics_tools.diagnostics_toolbox import DiagnosticsToolbox

    parts = DiagnosticsToolbox(m).get_dulmage_mendelsohn_partition()
    many, few, short, long = ([x for part in block for x in part] for block in parts)
    findings = []
    if many:
        words = f"{counted(len(many), 'unknown')} occur in only {counted(len(few), 'equation')}"
        findings.append((words, many, say.variables))
    if long:
        words = f"{counted(len(long), 'equation')} hold only {counted(len(short), 'unknown')}"
        findings.append((words, long, say.equations))
    return [
        Finding(
            "structure",
            # where all depends on all such a part is nearly the economy, and its list says nothing
            f"by structure {words}{': ' + tell(part) if len(part) <= TOLD else ''}",
            True,
            tuple(x.name for x in part),
        )
        for words, part, tell in findings
    ]


class _Listing:
    """What IDAES's checks ask of an NLP: its equations and unknowns in the order of the Jacobian."""

    def __init__(self, rows: list[Any], columns: list[Any]) -> None:
        self.clist, self.vlist = rows, columns

    def get_pyomo_constraints(self) -> list[Any]:
        return self.clist

    def get_pyomo_variables(self) -> list[Any]:
        return self.vlist


def shape(d: Derivatives, known: sp.csr_matrix, unknown: Mask, say: Speaker) -> list[Finding]:
    """Nearly parallel and badly scaled rows and columns."""
    from idaes.core.util.diagnostics_tools.utils import (
        check_parallel_jacobian,
        extreme_jacobian_columns,
        extreme_jacobian_rows,
    )

    columns = [v for v, x in zip(d.columns, unknown, strict=True) if x]
    listing = _Listing(d.rows, columns)
    findings = []
    for direction, words, tell in (
        ("row", "equations say", say.equations),
        ("column", "unknowns do", say.variables),
    ):
        pairs = check_parallel_jacobian(None, PARALLEL, direction, known, listing)
        if pairs:
            told = "; ".join(" and ".join((tell([a]), tell([c]))) for a, c in pairs[:PAIRS])
            words = f"{counted(len(pairs), 'pair')} of {words} nearly the same: {told}"
            names = tuple(x.name for pair in pairs for x in pair)
            findings.append(Finding("parallel", words, False, names))
    for extreme, tell in (
        (extreme_jacobian_rows(known, listing, EXTREME, 1 / EXTREME), say.equations),
        (extreme_jacobian_columns(known, listing, EXTREME, 1 / EXTREME), say.variables),
    ):
        # an equation without unknowns is told elsewhere
        real = sorted((e for e in extreme if e[0] > 0), key=lambda e: -abs(math.log(e[0])))
        if real:
            words = f"extreme derivatives ({real[0][0]:.0e}): {tell([x for _, x in real])}"
            findings.append(Finding("scaling", words, False, tuple(x.name for _, x in real)))
    return findings


def hazards(m: pyo.ConcreteModel, say: Speaker) -> list[Finding]:
    """Expressions that lose their value (a logarithm of zero, say) within ``NEARBY`` of here."""
    from idaes.core.util.diagnostics_tools.diagnostics_toolbox import DiagnosticsToolbox
    from idaes.core.util.diagnostics_tools.evaluation_error import EvalErrorWalker

    settings = DiagnosticsToolbox(m).config
    found = []
    with _bounded(m):
        for c in m.component_data_objects(pyo.Constraint, active=True):
            if EvalErrorWalker(settings).walk_expression(c.body):
                found.append(c)
    if not found:
        return []
    return [
        Finding(
            "evaluation",
            f"may lose their value on the way: {say.equations(found)}",
            False,
            tuple(c.name for c in found),
        )
    ]


@contextmanager
def _bounded(m: pyo.ConcreteModel) -> Iterator[None]:
    """Bounds on all unknowns for a while: the range of a driver, else a factor around the value."""
    unknowns = [v for v in m.component_data_objects(pyo.Var, active=True) if not v.fixed]
    before = [(v.lower, v.upper) for v in unknowns]
    for v in unknowns:
        v.setlb(_reach(v)[0])
        v.setub(_reach(v)[1])
    try:
        yield
    finally:
        for v, (low, high) in zip(unknowns, before, strict=True):
            v.setlb(low)
            v.setub(high)


def _reach(v: Any) -> tuple[float, float]:
    known = DRIVERS.get(v.parent_component().local_name)
    x = float(v.value or 0.0)
    if known is not None and known.low <= x <= known.high:
        return known.low, known.high
    # what is zero, or a balance of either sign, moves by a unit
    return (x / NEARBY, x * NEARBY) if x > 1e-6 else (x - 1.0, x + 1.0)
