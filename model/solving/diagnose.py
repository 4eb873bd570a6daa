"""Diagnosis of a closure in the model's words: what it leaves undetermined, what it gives twice.

A closure leaves as many unknowns as equations, and the equations must determine each of them. Three looks:

    structure   which unknowns occur in which equations (Dulmage & Mendelsohn 1958), by IDAES
    numbers     the derivatives at the values that the model holds. Against the policy closure, which
                works, a closure gives variables y and frees variables z, and with all equations held

                    dy = E dz

                Directions of z in which no y moves are undetermined; combinations of y that no z
                moves are given too much. An economy that has no policy closure is taken as it is.
    shape       rows and columns that are nearly parallel, extreme scaling, and expressions that have
                no value near here, by IDAES

Where E has full rank the closure is sound: det(J) = ± det(J_policy) det(E).

Reference: Parker, Nicholson, Siirola & Biegler (2023), Applications of the Dulmage-Mendelsohn
decomposition for debugging nonlinear optimization problems, Computers & Chemical Engineering 178, 108383.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import splu

from engels.calibration.benchmark import Benchmark
from engels.model.solving.closures import POLICY
from engels.model.solving.declared import declared_residual
from engels.model.solving.newton import NewtonSystem
from engels.model.solving.shape import Derivatives, Finding, derivatives, hazards, shape, structure
from engels.model.solving.words import Speaker, counted

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SINGULAR = 1.0e-8
"""A target that moves by less than this share when instruments move by 100 % does not move."""
WEAK = 1.0e-4
"""A target that moves by less than this share answers too weakly to be relied on."""
CORE = ("ai_productivity", "automation_depth", "numeraire", "labour_efficiency", "reference_wage")
"""Variables by which an economy of this model is known from any other Pyomo model."""
NEAR = 3
"""Unknowns named as moving with an undetermined one."""


@dataclass(frozen=True)
class Diagnosis:
    """What a closure makes of an economy.

    ``given`` and ``found`` are what it gives, and finds, unlike the policy closure, in words.
    """

    unknowns: int
    equations: int
    given: str
    found: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether the closure determines every unknown, once."""
        return not any(f.unusable for f in self.findings)

    def lines(self) -> list[str]:
        """The diagnosis as text."""
        text = [f"{self.unknowns:,} unknowns, {self.equations:,} equations"]
        if self.given or self.found:
            text.append(f"given, unlike in the policy closure: {self.given or 'nothing'}")
            text.append(f"found in exchange: {self.found or 'nothing'}")
        for unusable in (True, False):
            word = "unusable" if unusable else "caution"
            text += [f"{word}: {f.words}" for f in self.findings if f.unusable == unusable]
        text.append(
            "sound: every unknown is determined, and none twice"
            if self.sound
            else "this closure cannot be solved"
        )
        return text


def diagnose(m: pyo.ConcreteModel, b: Benchmark | None = None) -> Diagnosis:
    """Judge the closure of ``m`` as its variables are fixed now, at the values they have now.

    The values should solve the economy under some closure (those of a baseline, say): elsewhere a
    price level that nothing fixes may look fixed. Nothing of the model is changed. ``b`` gives
    sectors their labels.

    Raises ``SolverMissing`` where PyNumero's library is missing.
    """
    say = Speaker(b.labels if b is not None else {})
    free = [v for v in m.component_data_objects(pyo.Var, active=True) if not v.fixed]
    equations = list(m.component_data_objects(pyo.Constraint, active=True))
    findings: list[Finding] = []
    gap = len(free) - len(equations)
    if gap:
        what = "few" if gap > 0 else "many"
        words = f"{len(free):,} unknowns for {len(equations):,} equations: {abs(gap):,} too {what}"
        findings.append(Finding("count", f"{words} values are given", True))
    given, found = _unlike_policy(m)
    lost = [c for c in equations if not math.isfinite(declared_residual(c))]
    if lost:
        words = f"cannot be evaluated at the values given: {say.equations(lost)}"
        findings.append(Finding("evaluation", words, True, tuple(c.name for c in lost)))
    else:
        findings += _from_numbers(m, say, given, found)
        findings += structure(m, say)
        findings += hazards(m, say)
    return Diagnosis(
        len(free), len(equations), say.variables(given), say.variables(found), tuple(findings)
    )


def loose_ends(m: pyo.ConcreteModel, system: NewtonSystem) -> list[Finding]:
    """What the equations of ``m`` leave undetermined, or determine twice; empty where nothing is found.

    A short look for an economy of any kind, at the values that it holds; :func:`diagnose` says more.
    ``system`` is ``m`` compiled.
    """
    say = Speaker({})
    place = system.position
    idle = [
        v
        for v in m.component_data_objects(pyo.Var, active=True)
        if not v.fixed and id(v) not in place
    ]
    if idle:
        words = f"no equation contains {say.variables(idle)}"
        return [Finding("idle", words, True, tuple(v.name for v in idle))]
    matrix = system.derivatives(system.values())
    if not np.all(np.isfinite(matrix.data)):
        return []
    d = Derivatives(matrix, system.constraints, system.variables)
    return _as_it_is(d, system.unknowns(), say)


# --- What a closure changes ----------------------------------------------------------------------


def _is_economy(m: pyo.ConcreteModel) -> bool:
    # drivers of blocks that are switched off are absent
    return all(isinstance(m.component(name), pyo.Var) for name in CORE)


def _unlike_policy(m: pyo.ConcreteModel) -> tuple[list[Any], list[Any]]:
    """Variables that the closure gives and policy finds, and those that it finds and policy gives."""
    if not _is_economy(m):
        return [], []
    variables = list(m.component_data_objects(pyo.Var, active=True))
    fixed = [v.fixed for v in variables]
    try:
        POLICY.apply(m, m.component("euler") is not None)
        policy = [v.fixed for v in variables]
    finally:
        for v, was in zip(variables, fixed, strict=True):
            v.fixed = was
    both = list(zip(variables, fixed, policy, strict=True))
    return [v for v, f, p in both if f and not p], [v for v, f, p in both if p and not f]


# --- Numbers -------------------------------------------------------------------------------------


def _from_numbers(
    m: pyo.ConcreteModel, say: Speaker, given: Sequence[Any], found: Sequence[Any]
) -> list[Finding]:
    d = derivatives(m)
    if d is None:
        return [Finding("evaluation", "a derivative has no value at the values given", True)]
    findings = []
    place = {id(v): n for n, v in enumerate(d.columns)}
    idle = [
        v
        for v in m.component_data_objects(pyo.Var, active=True)
        if not v.fixed and id(v) not in place
    ]
    if idle:
        findings.append(
            Finding(
                "idle",
                f"the closure leaves {say.variables(idle)} undetermined: no equation contains it",
                True,
                tuple(v.name for v in idle),
            )
        )
    unknown = np.array([not v.fixed for v in d.columns], dtype=bool)
    known = d.matrix[:, unknown]
    empty = [d.rows[n] for n in np.flatnonzero(np.diff(known.indptr) == 0)]
    if empty:
        findings.append(
            Finding(
                "idle",
                f"every variable is given, so that nothing is left to be found, in: "
                f"{say.equations(empty)}",
                True,
                tuple(c.name for c in empty),
            )
        )
    freed = np.zeros(len(d.columns), dtype=bool)
    freed[[place[id(v)] for v in found if id(v) in place]] = True
    fixed = np.zeros(len(d.columns), dtype=bool)
    fixed[[place[id(v)] for v in given if id(v) in place]] = True
    base = (unknown & ~freed) | fixed
    if _is_economy(m) and int(base.sum()) == len(d.rows):
        findings += _against_policy(d, base, freed, fixed, say)
    else:
        findings += _as_it_is(d, unknown, say)
    return findings + shape(d, known, unknown, say)


def _scaled(d: Derivatives) -> sp.csr_matrix:
    """The Jacobian for relative changes of the variables, rows of length one."""
    x = np.abs(np.array([v.value for v in d.columns], dtype=float))
    # what is zero (a tax that is not levied, an idle premium) is counted in units
    size = np.where(x > 1e-6, x, 1.0)
    matrix = d.matrix @ sp.diags(size)
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sp.csr_matrix(sp.diags(1 / np.where(length > 0, length, 1.0)) @ matrix)


class _Base:
    """LU factors of a square part of a Jacobian; a singular one is factorised a hair beside it."""

    def __init__(self, matrix: sp.spmatrix) -> None:
        square = sp.csc_matrix(matrix)
        self.size = square.shape[0]
        try:
            self._lu = splu(square)
        except RuntimeError:
            self._lu = splu(sp.csc_matrix(square + 1e-13 * sp.identity(self.size)))

    def solve(self, right: Array) -> Array:
        return np.asarray(self._lu.solve(right))

    def transposed(self, right: Array) -> Array:
        return np.asarray(self._lu.solve(right, "T"))

    def smallest(self, count: int = 4, rounds: int = 4) -> tuple[Array, Array, Array]:
        """(singular values, left vectors, right vectors), the ``count`` smallest, by inverse iteration."""
        block = np.random.default_rng(0).standard_normal((self.size, min(count, self.size)))
        sizes, left, right = np.zeros(0), block, block
        for _ in range(rounds):
            left, _ = np.linalg.qr(self.transposed(block))
            block, triangle = np.linalg.qr(self.solve(left))
            turned, stretch, back = np.linalg.svd(triangle)
            sizes = 1 / np.maximum(stretch, 1e-300)
            right, left = block @ turned, left @ back.T
        return sizes, left, right


def _against_policy(
    d: Derivatives, base: Mask, freed: Mask, fixed: Mask, say: Speaker
) -> list[Finding]:
    """Rank of E: how what is given answers to what is found."""
    matrix = _scaled(d)
    lu = _Base(matrix[:, base])
    sizes, left, right = lu.smallest()
    if sizes[0] < SINGULAR:
        columns = [v for v, x in zip(d.columns, base, strict=True) if x]
        return _singular(sizes, left, right, d.rows, columns, say)
    names = [v for v, x in zip(d.columns, freed, strict=True) if x]
    targets = [v for v, x in zip(d.columns, fixed, strict=True) if x]
    answer = _answer(lu, matrix, base, freed, fixed[base])
    if not names and not targets:
        return []
    u, s, vt = np.linalg.svd(answer, full_matrices=True)
    rank = int(np.sum(s > SINGULAR))
    findings = []
    loose, excess = vt[rank:].T, u[:, rank:]
    if loose.shape[1]:
        findings.append(_undetermined(d, lu, matrix, base, freed, loose, names, bool(targets), say))
    if excess.shape[1]:
        clash = _taking_part(targets, excess)
        reach = (
            f"reached by {say.variables(names)}" if names else "reached: nothing is freed for them"
        )
        findings.append(
            Finding(
                "overdetermined",
                f"the closure gives {counted(excess.shape[1], 'value')} too many: {say.variables(clash)} "
                f"cannot all be {reach}",
                True,
                tuple(v.name for v in clash),
            )
        )
    weak = (s[:rank] < WEAK).nonzero()[0]
    if len(weak):
        hardly = _taking_part(targets, u[:, weak])
        findings.append(
            Finding(
                "weak",
                f"{say.variables(hardly)} hardly answers to {say.variables(names)}: a change of "
                f"100 % in the instrument moves the target by {s[weak].min():.0e} of its size",
                False,
                tuple(v.name for v in hardly),
            )
        )
    return findings


def _answer(lu: _Base, matrix: sp.csr_matrix, base: Mask, freed: Mask, targets: Mask) -> Array:
    """E: relative change of every target by every freed variable, all equations held."""
    columns = sp.csc_matrix(matrix[:, freed])
    parts = [
        -lu.solve(columns[:, n : n + 64].toarray())[targets] for n in range(0, columns.shape[1], 64)
    ]
    return np.hstack(parts) if parts else np.zeros((int(targets.sum()), 0))


def _undetermined(
    d: Derivatives,
    lu: _Base,
    matrix: sp.csr_matrix,
    base: Mask,
    freed: Mask,
    loose: Array,
    names: Sequence[Any],
    targeted: bool,
    say: Speaker,
) -> Finding:
    """The freed variables that nothing holds, and what moves with them.

    ``targeted``: whether the closure gives anything in exchange for what it frees.
    """
    culprits = _taking_part(names, loose)
    few = loose if loose.shape[1] <= 8 else loose @ _mix(loose.shape[1])
    moved = np.max(np.abs(lu.solve(matrix[:, freed] @ few)), axis=1)
    columns = [v for v, x in zip(d.columns, base, strict=True) if x]
    order = np.argsort(-moved, kind="stable")
    if loose.shape[1] < len(culprits):
        count = counted(loose.shape[1], "combination")
        exchange = f"{count} of them can move without moving a value given"
    elif targeted:
        them = "them" if len(culprits) > 1 else "it"
        exchange = f"nothing that is given in exchange answers to {them}"
    else:
        exchange = "nothing is given in exchange"
    moving = [columns[n] for n in order if moved[n] > 1e-6]
    also = ""
    if moving and len(culprits) > 1:
        also = f"; with them move {say.variables(moving, NEAR)}"
    elif moving:
        # first what bears the same labels: the wage of the skill and year of a reference wage
        own = _labels(culprits[0])
        near = sorted((v for v in moving if own <= _labels(v)), key=lambda v: len(_labels(v)))
        shown = (near or moving)[:NEAR]
        others = counted(len(moving) - len(shown), "other unknown")
        also = f"; with it move {say.variables(shown)} and {others}"
    return Finding(
        "undetermined",
        f"the closure leaves {say.variables(culprits)} undetermined: {exchange}{also}",
        True,
        tuple(v.name for v in [*culprits, *moving]),
    )


def _labels(v: Any) -> set[Any]:
    index = v.index()
    return set(index) if isinstance(index, tuple) else {index}


def _mix(width: int) -> Array:
    return np.random.default_rng(0).standard_normal((width, 8))


def _taking_part(items: Sequence[Any], vectors: Array, least: float = 1e-3) -> list[Any]:
    """Items with an entry in any of the vectors (columns) that is not negligible."""
    size = np.max(np.abs(vectors), axis=1)
    return [x for x, s in zip(items, size, strict=True) if s > least * size.max()]


def _as_it_is(d: Derivatives, unknown: Mask, say: Speaker) -> list[Finding]:
    """Rank of the equations in their unknowns, where there is no policy closure to compare with."""
    from pyomo.contrib.incidence_analysis.matching import maximum_matching

    matrix = sp.csr_matrix(_scaled(d)[:, unknown])
    columns = [v for v, x in zip(d.columns, unknown, strict=True) if x]
    matched = maximum_matching(matrix.tocoo())
    rows = np.zeros(matrix.shape[0], dtype=bool)
    rows[list(matched)] = True
    kept = np.zeros(matrix.shape[1], dtype=bool)
    kept[list(matched.values())] = True
    findings = []
    if matched:
        lu = _Base(matrix[rows][:, kept])
        sizes, left, right = lu.smallest()
        inner = [v for v, x in zip(columns, kept, strict=True) if x]
        held = [c for c, x in zip(d.rows, rows, strict=True) if x]
        if sizes[0] < SINGULAR:
            findings += _singular(sizes, left, right, held, inner, say)
        elif not kept.all():
            extra = np.flatnonzero(~kept)
            inner_moves = lu.solve(matrix[rows][:, extra].toarray())
            moves = np.vstack([inner_moves, np.identity(len(extra))])
            order = [*inner, *(columns[n] for n in extra)]
            moving = _by_weight(order, moves / np.max(np.abs(moves), axis=0))
            findings.append(
                Finding(
                    "undetermined",
                    f"{counted(len(extra), 'unknown')} too many; undetermined are {say.variables(moving)}",
                    True,
                    tuple(v.name for v in moving),
                )
            )
    extra_rows = [c for c, x in zip(d.rows, rows, strict=True) if not x]
    if extra_rows:
        findings.append(
            Finding(
                "overdetermined",
                f"{counted(len(extra_rows), 'equation')} too many, such as: {say.equations(extra_rows)}",
                True,
                tuple(c.name for c in extra_rows),
            )
        )
    return findings


def _singular(
    sizes: Array,
    left: Array,
    right: Array,
    rows: Sequence[Any],
    columns: Sequence[Any],
    say: Speaker,
) -> list[Finding]:
    """A square system whose equations depend on each other at these values."""
    null = sizes < SINGULAR
    moving = _by_weight(columns, right[:, null])
    bound = _by_weight(rows, left[:, null])
    how = (
        "they can move together and every equation still holds (is a price given as the numeraire?)"
    )
    if null.sum() == 1 and _alike(right[:, null]):
        how = (
            "all of them can be multiplied by one factor and every equation still holds; where that is "
            "the level of prices, fix one price as the numeraire and leave out one market, which "
            "follows from the others (Walras' law)"
        )
    return [
        Finding(
            "undetermined",
            f"the equations leave {say.variables(moving)} undetermined: {how}",
            True,
            tuple(v.name for v in moving),
        ),
        Finding(
            "overdetermined",
            f"one of these equations follows from the others: {say.equations(bound)}",
            True,
            tuple(c.name for c in bound),
        ),
    ]


def _alike(vector: Array) -> bool:
    """Whether the entries of a vector that are not negligible are several, and all the same."""
    large = vector[np.abs(vector) > 1e-3 * np.max(np.abs(vector))]
    return len(large) > 1 and bool(np.ptp(large) <= 1e-6 * np.max(np.abs(large)))


def _by_weight(items: Sequence[Any], vectors: Array) -> list[Any]:
    size = np.max(np.abs(vectors), axis=1)
    order = np.argsort(-size, kind="stable")
    return [items[n] for n in order if size[n] > 1e-3 * size.max()]
