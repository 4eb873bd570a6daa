"""Designs: from what varies to rows of values. A design is a function of the file alone.

A new design is one more entry of :data:`DESIGNS`; its rows may carry columns of its own (a weight, a
trajectory), which are then in the plan of the store beside the values.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import qmc

from engels.data import EngelsInputError
from engels.runs.experiments.marginals import Marginal, Value


@dataclass(frozen=True)
class Rows:
    """Rows of values, one for every marginal, and columns of the design (as long as the rows)."""

    values: Sequence[tuple[Value, ...]]
    columns: Mapping[str, Sequence[float | int | str]] = field(default_factory=dict)


Maker = Callable[[Sequence[Marginal], int, int], Rows]
"""Marginals, samples and seed -> rows."""


@dataclass(frozen=True)
class Design:
    """A way to make rows. ``sampled``: needs samples; ``discrete``: needs lists of values.

    ``check`` takes samples and the number of varied things and says what is wrong with them, if anything.
    """

    make: Maker
    sampled: bool = False
    discrete: bool = False
    check: Callable[[int, int], str] | None = None


def _full(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """Every combination; the last entry of the file runs fastest."""
    return Rows(list(itertools.product(*(m.values for m in marginals))))


def _list(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """The first values together, then the second ones, and so on."""
    lengths = [len(m.values) for m in marginals]
    if len(set(lengths)) > 1:
        raise EngelsInputError(
            "design: list takes as many values of each entry; the entries have "
            f"{', '.join(str(n) for n in lengths)}"
        )
    return Rows(list(zip(*(m.values for m in marginals), strict=True)) or [()])


def _drawn(marginals: Sequence[Marginal], shares: np.ndarray) -> Rows:
    return Rows(
        [tuple(m.at(float(x)) for m, x in zip(marginals, row, strict=True)) for row in shares]
    )


def _random(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """Independent draws."""
    return _drawn(marginals, np.random.default_rng(seed).random((samples, len(marginals))))


def _lhs(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """Latin hypercube: each of ``samples`` equal slices of every marginal is hit once."""
    generator = qmc.LatinHypercube(len(marginals), rng=np.random.default_rng(seed))
    return _drawn(marginals, generator.random(samples))


def _sobol(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """Sobol' sequence, scrambled (Owen): the first points of a longer one are those of a shorter."""
    generator = qmc.Sobol(len(marginals), scramble=True, rng=np.random.default_rng(seed))
    return _drawn(marginals, generator.random(samples))


def _power_of_two(samples: int, entries: int) -> str:
    if samples & (samples - 1) == 0:
        return ""
    below = 1 << (samples.bit_length() - 1)
    return f"{samples} is no power of 2; a Sobol' sequence is balanced at {below} or {2 * below} points"


DESIGNS: dict[str, Design] = {
    "full": Design(_full, discrete=True),
    "list": Design(_list, discrete=True),
    "random": Design(_random, sampled=True),
    "lhs": Design(_lhs, sampled=True),
    "sobol": Design(_sobol, sampled=True, check=_power_of_two),
}
"""Designs by the name that a batch file gives them."""
