"""Line integrals of several slopes along one path whose levels are known at every point.

A path leads from u = 0 to u = 1. Along it M figures move, and K causes move them, each at a slope of its
own, so that

    level(1) - level(0) = sum_k part_k        part_k = integral of slope_k from 0 to 1

The parts are found by Gauss-Legendre quadrature on pieces of the path. Every piece is judged by what is
known of it: the sum of its parts against the change of level between its ends. The piece that misses
most is halved, until all pieces together miss less than is tolerated. Each part by itself is judged too:
the Legendre series of a smooth slope falls geometrically, and what a rule of n points leaves out is of
the size of the square of the last coefficient that it sees.

Where a complementarity condition changes sides a slope jumps. Such points are ends of pieces: they are
found by Newton's method on the difference of the two sides, from both ends of the piece that holds one.
Where the level itself jumps there, the path leads from one solution to another, and nothing that moves
on the way is the cause: such jumps are kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engels.model.algebra.errors import ModelError

Array = NDArray[np.float64]

ON_THE_KINK = 1.0e-8
"""Sides of a condition that differ by less than this have not decided yet."""
NARROW = 1.0e-9
"""A piece as short as this is not cut: what still misses the level there is a jump."""
DOUBTS = 10.0
"""The estimated error of one part may be so many times what all parts together may miss."""
MOST_POINTS = 2000
"""Points at which slopes are asked for; a path that needs more is given up."""


class IntegralError(ModelError):
    """The tolerance was not reached."""


class Path(Protocol):
    """A path, as far as it is asked here. Answers at one ``u`` do not change."""

    def level(self, u: float) -> Array:
        """Figures at ``u``, shape (M,)."""

    def slopes(self, u: float) -> Array:
        """Their derivative with respect to ``u`` by each cause, shape (K, M)."""

    def switches(self, u: float) -> Array:
        """Differences of the two sides of each condition, shape (P,); a sign is a regime."""

    def switch_slopes(self, u: float) -> Array:
        """Derivatives of the switches with respect to ``u``, shape (P,)."""


@dataclass(frozen=True)
class Parts:
    """The parts of a change.

    ``raw`` (K, M) is as integrated; ``missing`` (M,) is the change less their sum and less the jumps;
    ``doubt`` (K, M) estimates the error of each part; ``points`` counts the points at which slopes were
    taken, ``ends`` are the ends of the pieces and ``kinks`` those of them at which a condition changes
    sides. ``jumps`` are the points at which the level jumps, ``jumped`` (M,) is what they add up to in
    size, ``gaps`` (M,) with their signs.
    """

    raw: Array
    missing: Array
    doubt: Array
    points: int
    ends: tuple[float, ...]
    kinks: tuple[float, ...]
    jumps: tuple[float, ...]
    jumped: Array
    gaps: Array

    def closed(self) -> Array:
        """The parts with what is missing and what jumps spread over them, see :func:`close`."""
        return close(self.raw, self.raw.sum(axis=0) + self.missing + self.gaps)


def close(parts: Array, total: Array) -> Array:
    """Parts (K, M) that add up to ``total`` (M,): the rest goes to each in proportion to its size.

    A part of zero stays zero. Where all parts are zero the rest goes in equal shares to causes that
    move anything at all, and to all causes where none does.
    """
    size = np.abs(parts)
    whole = size.sum(axis=0)
    moving = size.any(axis=1)
    equal = np.where(moving, 1.0, 0.0) if moving.any() else np.ones(len(parts))
    weight = np.where(
        whole > 0,
        np.divide(size, whole, out=np.zeros_like(size), where=whole > 0),
        (equal / equal.sum())[:, None],
    )
    closed: Array = parts + weight * (total - parts.sum(axis=0))
    return closed


@dataclass(frozen=True)
class _Piece:
    begin: float
    end: float
    parts: Array
    missing: Array
    doubt: Array
    error: Array


def integrate(
    path: Path,
    scale: Array,
    tolerance: float,
    most_points: int = MOST_POINTS,
    progress: Callable[[float], None] | None = None,
) -> Parts:
    """Integrate all slopes of a path from 0 to 1.

    ``scale`` (M,) is the size of each figure; errors are measured relative to it. ``progress`` is told
    the share of the path that was looked at once.

    Raises :class:`IntegralError` where the pieces miss more than ``tolerance`` after ``most_points``, or
    all together do. What is missing at jumps is not counted there: it is for the caller to judge.
    """
    pieces: list[_Piece] = []
    jumps: dict[float, Array] = {}
    seen = 0.0
    kinks: list[float] = []
    waiting = [(0.0, 1.0)]
    points = 0
    while True:
        while waiting:
            begin, end = waiting.pop()
            nodes = _nodes(begin, end)[0]
            bracket = _changed_between(path, [begin, *nodes, end])
            if bracket is not None and end - begin > NARROW:
                before, after = _locate(path, *bracket)
                if begin < before and after < end:
                    kinks.append(after)
                    gap = path.level(after) - path.level(before)
                    if np.max(np.abs(gap) / scale) > tolerance / 10:
                        jumps[after] = gap
                    waiting += [(after, end), (begin, before)]
                    continue
            pieces.append(_integrated(path, begin, end, scale))
            points += len(nodes)
            seen = max(seen, end)
            if progress is not None:
                progress(seen)
        errors = np.sum([p.error for p in pieces], axis=0)
        at = int(np.argmax(errors))
        if not errors[at] > tolerance:
            break
        worst = max(range(len(pieces)), key=lambda n: pieces[n].error[at])
        piece = pieces.pop(worst)
        if piece.end - piece.begin < NARROW:
            # what moves within nothing has jumped
            jumps[piece.end] = piece.missing
            pieces.append(replace(piece, error=np.zeros_like(scale)))
            continue
        if points >= most_points:
            raise IntegralError(
                f"contributions miss the total by up to {errors[at]:.1e} after {points} points, "
                f"above {tolerance:.0e}"
            )
        middle = (piece.begin + piece.end) / 2
        waiting = [(middle, piece.end), (piece.begin, middle)]
    pieces.sort(key=lambda p: p.begin)
    none = np.zeros_like(scale)
    gaps: Array = np.sum([none, *jumps.values()], axis=0)
    raw = np.sum([p.parts for p in pieces], axis=0)
    missing = path.level(1.0) - path.level(0.0) - gaps - raw.sum(axis=0)
    left = float(np.max(np.abs(missing) / scale))
    if not left <= tolerance:
        # steps at kinks that were each too small for a jump
        raise IntegralError(
            f"contributions miss the total by up to {left:.1e} after {points} points, above "
            f"{tolerance:.0e}"
        )
    return Parts(
        raw,
        missing,
        np.sum([p.doubt for p in pieces], axis=0),
        points,
        (0.0, *(p.end for p in pieces)),
        tuple(sorted(kinks)),
        tuple(sorted(jumps)),
        np.sum([none, *(np.abs(gap) for gap in jumps.values())], axis=0),
        gaps,
    )


def _nodes(begin: float, end: float) -> tuple[list[float], Array]:
    """Points and weights of Gauss-Legendre on a piece; a short one needs few."""
    length = end - begin
    x, w = _rule(8 if length > 0.04 else 4 if length > 1e-4 else 2)
    return [begin + length * (float(t) + 1) / 2 for t in x], length / 2 * w


@cache
def _rule(n: int) -> tuple[Array, Array]:
    x, w = np.polynomial.legendre.leggauss(n)
    return np.asarray(x), np.asarray(w)


def _integrated(path: Path, begin: float, end: float, scale: Array) -> _Piece:
    nodes, weights = _nodes(begin, end)
    slopes = np.array([path.slopes(u) for u in nodes])  # n, K, M
    parts = np.einsum("n,nkm->km", weights, slopes)
    missing = path.level(end) - path.level(begin) - parts.sum(axis=0)
    doubt = (end - begin) * _left_out(slopes)
    error = np.maximum(np.abs(missing), doubt.max(axis=0) / DOUBTS) / scale
    return _Piece(begin, end, parts, missing, doubt, error)


def _left_out(slopes: Array) -> Array:
    """Mean of a slope (n, K, M) that the rule of n points may leave out, shape (K, M)."""
    n = len(slopes)
    x, w = _rule(n)
    basis = np.polynomial.legendre.legvander(x, n - 1)
    transform = (np.arange(n) + 0.5)[:, None] * basis.T * w
    series = np.abs(np.einsum("jn,nkm->jkm", transform, slopes))
    tail = series[-max(1, n // 4) :].max(axis=0)
    largest = series.max(axis=0)
    return np.divide(tail**2, largest, out=np.zeros_like(tail), where=largest > 0)


def _regimes(switches: Array) -> NDArray[np.int64]:
    return np.where(np.abs(switches) <= ON_THE_KINK, 0, np.sign(switches)).astype(np.int64)


def _changed_between(path: Path, nodes: Sequence[float]) -> tuple[float, float] | None:
    """The first two of ``nodes`` between which a condition changes sides."""
    last = _regimes(path.switches(nodes[0]))
    since = np.full(last.shape, nodes[0])
    for u in nodes[1:]:
        now = _regimes(path.switches(u))
        changed = now * last < 0
        if changed.any():
            return float(since[changed].max()), u
        since[now != 0] = u
        last = np.where(now != 0, now, last)
    return None


def _locate(path: Path, left: float, right: float) -> tuple[float, float]:
    """The first point between two at which a condition changes sides.

    It is given as the last point before it and the first after it; both are the same where the path
    has a solution on the kink itself.
    """
    while right - left > NARROW / 1000:
        at_left, at_right = path.switches(left), path.switches(right)
        changing = np.flatnonzero(_regimes(at_left) * _regimes(at_right) < 0)
        if not len(changing):
            # one end is on the kink
            return (left, left) if (_regimes(at_left) == 0).any() else (right, right)
        guesses = _inside(left, at_left[changing], path.switch_slopes(left)[changing], left, right)
        if not len(guesses):
            slopes = path.switch_slopes(right)[changing]
            guesses = _inside(right, at_right[changing], slopes, left, right)
        u = float(guesses.min()) if len(guesses) else (left + right) / 2
        now = path.switches(u)[changing]
        passed = now * at_left[changing] < 0
        if (_regimes(now) == 0).any() and not (passed & (_regimes(now) != 0)).any():
            return u, u
        if passed.any():
            right = u
        else:
            left = u
    return left, right


def _inside(u: float, switches: Array, slopes: Array, left: float, right: float) -> Array:
    """Where straight lines from ``u`` reach zero, those that do so between ``left`` and ``right``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = u - switches / slopes
    return found[(found > left) & (found < right)]
