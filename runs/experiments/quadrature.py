"""Points and weights that give means and standard deviations with few solves.

Both rules are for independent distributions. A rule of degree d gives the mean of every polynomial of total
degree d or less exactly. The standard deviation of an output is the mean of a square: degree 3 gives it
exactly where the output is linear in what varies, degree 5 where it is quadratic.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal

from engels.runs.experiments.marginals import Marginal

Array = NDArray[np.float64]

REACH = 12.0
"""Standard deviations beyond which a distribution without ends is left out: less than 1e-32 of it."""

FINE = 200
"""Gauss-Legendre nodes on each side of a distribution's middle, from which its own rule is made."""


def stroud(entries: int) -> Array:
    """Points (2n x n) of equal weight, degree 3, for n independent symmetric distributions.

    In standard deviations from the means. Coordinates 2r-1 and 2r (r = 1 .. n/2) of point k = 1 .. 2n are
    sqrt(2) cos((2r-1) k pi / n) and sqrt(2) sin((2r-1) k pi / n); with n odd the last one is (-1)^k
    (Stroud 1957, for the cube; Arndt 1996, for general equilibrium models). None is larger than sqrt(2),
    so no point leaves the support of a symmetric distribution with one peak: its standard deviation is at
    most its half-width over sqrt(3).
    """
    n = entries
    k = np.arange(1, 2 * n + 1)
    points = np.empty((2 * n, n))
    for r in range(1, n // 2 + 1):
        # whole turns taken off first, so that zeros are zeros to the last digit but one
        angle = np.pi * ((2 * r - 1) * k % (2 * n)) / n
        points[:, 2 * r - 2] = math.sqrt(2) * np.cos(angle)
        points[:, 2 * r - 1] = math.sqrt(2) * np.sin(angle)
    if n % 2:
        points[:, -1] = (-1.0) ** k
    return points


def gauss(marginal: Marginal, nodes: int) -> tuple[Array, Array]:
    """Nodes and weights (each of length ``nodes``) of the Gauss rule of any distribution, degree 2 nodes - 1.

    Golub and Welsch (1969): the nodes are the eigenvalues of the matrix of the recurrence of the
    polynomials orthogonal under the distribution; Stieltjes' procedure finds the recurrence. All nodes lie
    inside the support and all weights are positive.
    """
    grid, mass = _fine(marginal)
    x = (grid - marginal.mean) / marginal.sd
    before, now = np.zeros_like(x), np.ones_like(x)
    diagonal, squares = np.empty(nodes), np.empty(nodes)
    norm_before = 1.0
    for k in range(nodes):
        norm = float(np.sum(mass * now * now))
        diagonal[k] = np.sum(mass * x * now * now) / norm
        squares[k] = norm / norm_before
        before, now = now, (x - diagonal[k]) * now - (squares[k] if k else 0.0) * before
        norm_before = norm
    found, vectors = eigh_tridiagonal(diagonal, np.sqrt(squares[1:]))
    weights = vectors[0] ** 2
    return marginal.mean + marginal.sd * found, weights / weights.sum()


def _fine(marginal: Marginal) -> tuple[Array, Array]:
    """A fine discrete stand-in of a distribution: points and their shares. Its densities are smooth on
    each side of the middle, so that Gauss-Legendre is exact to rounding there."""
    low, high = marginal.support
    mean, sd = marginal.mean, marginal.sd
    low, high = max(low, mean - REACH * sd), min(high, mean + REACH * sd)
    assert marginal.middle is not None  # every distribution has one
    cuts = sorted({low, high, min(max(marginal.middle, low), high)})
    unit, shares = np.polynomial.legendre.leggauss(FINE)
    points, mass = [], []
    for a, b in itertools.pairwise(cuts):
        points.append(a + (b - a) * (unit + 1) / 2)
        mass.append((b - a) / 2 * shares * marginal.distribution.pdf(points[-1]))
    total = np.concatenate(mass)
    return np.concatenate(points), total / total.sum()
