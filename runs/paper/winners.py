"""Neutral support against picking a winner: which technology is worth most is not known beforehand.

Of P technologies, each of random worth theta with mean one, public money beta raises the quality of AI by

    picked     gain theta_1 log(1 + beta)                    all to one, chosen before its worth is known
    neutral    gain sum_k theta_k log(1 + beta / P)          the same to each, and they add up
               gain max_k theta_k log(1 + beta / P)          the same to each, and the best replaces the rest

(log points; worths are log-normal and independent). Whether technologies add up or are rivals decides which
policy is better: money on rivals that are not used is lost. What quality does to the economy the model solves
at a few nodes; between them it is interpolated (monotone cubic, Fritsch & Carlson 1980).

Rodrik (2004) and Aghion, Cai, Dewatripont, Du, Harrison & Legros (2015) on industrial policy that keeps
competition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lottery:
    """Log quality gained by either policy in each draw."""

    picked: Array
    together: Array  # neutral, technologies add up
    rivals: Array  # neutral, the best replaces the rest
    best: Array  # all to the one that turns out best


def draw(units: float, gain: float, spread: float, paths: int, draws: int, seed: int) -> Lottery:
    """Draws of both policies from the same technologies.

    Parameters
    ----------
    units: beta, what is spent in units of a programme.
    gain: log quality per log unit, for a technology of mean worth.
    spread: standard deviation of the log worth.
    paths: number of technologies.
    """
    random = np.random.default_rng(seed)
    worth = np.exp(spread * random.standard_normal((draws, paths)) - spread**2 / 2)
    return Lottery(
        picked=gain * worth[:, 0] * np.log1p(units),
        together=gain * worth.sum(axis=1) * np.log1p(units / paths),
        rivals=gain * worth.max(axis=1) * np.log1p(units / paths),
        best=gain * worth.max(axis=1) * np.log1p(units),
    )


def interpolated(nodes: ArrayLike, outcomes: ArrayLike, at: Array) -> Array:
    """Outcomes at log qualities, between solved nodes.

    Raises ValueError where a draw lies beyond the nodes.
    """
    x = np.asarray(nodes, dtype=float)
    if at.min() < x[0] or at.max() > x[-1]:
        raise ValueError(
            f"log quality from {at.min():.3g} to {at.max():.3g} lies beyond the solved nodes "
            f"{x[0]:.3g} to {x[-1]:.3g}"
        )
    return np.asarray(PchipInterpolator(x, np.asarray(outcomes, dtype=float))(at))


def enough_knowledge(lottery: Lottery, neutral_gain: Array) -> float:
    """Chance of knowing the best technology at which picking is as good as neutral support, on average.

    ``neutral_gain`` is what neutral support gains in each draw, one of the lottery's two.

    Whoever knows gives all to the best, whoever does not picks blindly. Zero where picking blindly is
    as good, one where even certain knowledge is worth no more.
    """
    blind, neutral, best = (float(x.mean()) for x in (lottery.picked, neutral_gain, lottery.best))
    return float(np.clip((neutral - blind) / (best - blind), 0, 1)) if best > blind else 0.0
