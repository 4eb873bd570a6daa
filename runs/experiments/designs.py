"""Designs: from what varies to rows of values. A design is a function of the file alone.

A new design is one more entry of :data:`DESIGNS`; its rows may carry columns of its own (a weight, a
trajectory), which are then in the plan of the store beside the values. What is read off each is in
:mod:`sensitivity`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import qmc

from engels.data import EngelsInputError
from engels.runs.experiments import quadrature
from engels.runs.experiments.extras import optional
from engels.runs.experiments.marginals import Marginal, Value


@dataclass(frozen=True)
class Rows:
    """Rows of values, one for every marginal, and columns of the design (as long as the rows)."""

    values: Sequence[tuple[Value, ...]]
    columns: Mapping[str, Sequence[float | int | str]] = field(default_factory=dict)


Counter = Callable[..., int]
"""Lengths of the entries' lists and samples (and the design's options, by name) -> rows."""

Maker = Callable[..., Rows]
"""Marginals, samples and seed (and the design's options, by name) -> rows."""


def _anything(marginal: Marginal) -> str:
    return ""


def _no_objection(samples: int, entries: int, **options: Any) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Design:
    """A way to make rows. ``sampled``: needs samples; ``discrete``: needs lists of values.

    ``count`` says how many rows there would be, without making any.

    ``centred``: needs a central value of every entry. ``options`` are further keys of a batch file that the
    design takes, with their defaults, ``columns`` the names of its columns. ``check`` takes samples, the
    number of varied things and the options, and says what is wrong with them, by key; ``admits`` says what
    is wrong with an entry, if anything.
    """

    make: Maker
    count: Counter
    sampled: bool = False
    discrete: bool = False
    centred: bool = False
    options: Mapping[str, int | bool] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    check: Callable[..., Mapping[str, str]] = _no_objection
    admits: Callable[[Marginal], str] = _anything


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


def _tornado(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """One at a time: the centre, then every entry at its low and its high end, the others at the centre.

    Columns: ``entry`` (the label; empty at the centre) and ``side`` (centre, low, high).
    """
    middle = tuple(_known(m.centre) for m in marginals)
    values, entries, sides = [middle], [""], [CENTRE]
    for n, marginal in enumerate(marginals):
        for side, end in zip((LOW, HIGH), marginal.ends, strict=True):
            values.append((*middle[:n], end, *middle[n + 1 :]))
            entries.append(marginal.name)
            sides.append(side)
    return Rows(values, {"entry": entries, "side": sides})


def _known(centre: Value | None) -> Value:
    assert centre is not None  # a centred design is given marginals with a centre
    return centre


def problem(entries: int) -> dict[str, Any]:
    """SALib's word for so many entries that vary from 0 to 1 each, independently."""
    # entries of one name would be moved as a group
    names = [str(n) for n in range(entries)]
    return {"num_vars": entries, "names": names, "bounds": [[0.0, 1.0] for _ in names]}


def _morris(marginals: Sequence[Marginal], samples: int, seed: int, levels: int = 4) -> Rows:
    """Morris (1991), by SALib: so many trajectories, each moving every entry once by a fixed step.

    An entry takes ``levels`` evenly spaced quantiles, from its lowest value to its highest, and a step goes
    over levels / 2 of them. Columns: ``trajectory`` and the ``step`` in it, both from 0.
    """
    morris = optional("SALib.sample.morris", "stats", "design morris")
    shares = morris.sample(problem(len(marginals)), samples, num_levels=levels, seed=seed)
    # levels as they are, so that a value that comes again is the same to the last digit
    shares = np.round(shares * (levels - 1)) / (levels - 1)
    return _in_steps(marginals, shares, "trajectory", len(marginals) + 1)


def _saltelli(
    marginals: Sequence[Marginal], samples: int, seed: int, second_order: bool = False
) -> Rows:
    """Saltelli et al. (2010), by SALib: blocks of points that differ in one entry, for Sobol' indices.

    A block has a point of sample A (step 0), the same with each entry from sample B in turn, with
    ``second_order`` also B with each entry from A in turn, and the point of B (last step). Columns: ``block``
    and ``step``, both from 0.
    """
    sobol = optional("SALib.sample.sobol", "stats", "design saltelli")
    shares = sobol.sample(
        problem(len(marginals)), samples, calc_second_order=second_order, seed=seed
    )
    return _in_steps(marginals, shares, "block", len(shares) // samples)


def _in_steps(marginals: Sequence[Marginal], shares: np.ndarray, unit: str, length: int) -> Rows:
    place = range(len(shares))
    columns = {unit: [n // length for n in place], "step": [n % length for n in place]}
    return Rows(_drawn(marginals, shares).values, columns)


def _stroud(marginals: Sequence[Marginal], samples: int, seed: int) -> Rows:
    """Stroud's points of degree 3 (:func:`quadrature.stroud`). Column: ``weight``."""
    points = quadrature.stroud(len(marginals))
    values = [
        tuple(m.mean + m.sd * float(x) for m, x in zip(marginals, row, strict=True))
        for row in points
    ]
    return Rows(values, {"weight": [1.0 / len(values)] * len(values)})


def _gauss(marginals: Sequence[Marginal], samples: int, seed: int, levels: int = 3) -> Rows:
    """Every combination of the nodes of the entries' own Gauss rules, ``levels`` each. Column: ``weight``."""
    rules = [quadrature.gauss(m, levels) for m in marginals]
    values = itertools.product(*([float(x) for x in nodes] for nodes, _ in rules))
    weights = itertools.product(*(shares for _, shares in rules))
    return Rows(list(values), {"weight": [float(np.prod(w)) for w in weights]})


def _power_of_two(samples: int, entries: int, **options: Any) -> dict[str, str]:
    if samples & (samples - 1) == 0:
        return {}
    below = 1 << (samples.bit_length() - 1)
    return {
        "samples": f"{samples} is no power of 2; a Sobol' sequence is balanced at {below} or "
        f"{2 * below} points"
    }


def _enough_of_them(samples: int, entries: int, **options: Any) -> dict[str, str]:
    if samples < 2:
        return {"samples": "one says nothing of the spread; write at least 2"}
    return _power_of_two(samples, entries)


def _trajectories(samples: int, entries: int, levels: int = 4) -> dict[str, str]:
    found = {}
    if samples < 2:
        found["samples"] = "one trajectory says nothing of the spread; write at least 2"
    if levels % 2:
        found["levels"] = f"{levels} is odd; a step goes over half of the levels, write 4 or 6"
    return found


def _is_number(marginal: Marginal) -> str:
    if any(isinstance(v, str) for v in marginal.values):
        return "takes names, which have no order; leave the entry out, or write design: full or tornado"
    if len(marginal.values) == 1:
        return "has one value and does not vary; leave the entry out, or set it in the scenario"
    return ""


def _has_ends(marginal: Marginal) -> str:
    if marginal.distribution is not None and not np.isfinite(marginal.support).all():
        return "has no lowest or no highest value, to which trajectories go; give both from and to"
    return _is_number(marginal)


def _has_density(marginal: Marginal) -> str:
    if marginal.distribution is None:
        return "is a list; quadrature takes a distribution: uniform, triangular or normal"
    return ""


def _is_symmetric(marginal: Marginal) -> str:
    if marginal.distribution is not None and not marginal.symmetric:
        return (
            f"is not symmetric about {marginal.middle:g}, which stroud's points need; make it so, or "
            "write design: gauss"
        )
    return _has_density(marginal)


def _varies(marginal: Marginal) -> str:
    return _is_number(marginal) if len(marginal.values) == 1 else ""


def _as_asked(lengths: Sequence[int], samples: int) -> int:
    return samples


def _longest(lengths: Sequence[int], samples: int) -> int:
    return max(lengths, default=1)


def _product(lengths: Sequence[int], samples: int) -> int:
    return math.prod(lengths)


def _ends_and_centre(lengths: Sequence[int], samples: int) -> int:
    return 2 * len(lengths) + 1


def _twice(lengths: Sequence[int], samples: int) -> int:
    return 2 * len(lengths)


def _nodes(lengths: Sequence[int], samples: int, levels: int = 3) -> int:
    return int(levels ** len(lengths))


def _steps(lengths: Sequence[int], samples: int, levels: int = 4) -> int:
    return samples * (len(lengths) + 1)


def _blocks(lengths: Sequence[int], samples: int, second_order: bool = False) -> int:
    return samples * ((2 if second_order else 1) * len(lengths) + 2)


CENTRE, LOW, HIGH = "centre", "low", "high"

DESIGNS: dict[str, Design] = {
    "full": Design(_full, _product, discrete=True),
    "list": Design(_list, _longest, discrete=True),
    "random": Design(_random, _as_asked, sampled=True),
    "lhs": Design(_lhs, _as_asked, sampled=True),
    "sobol": Design(_sobol, _as_asked, sampled=True, check=_power_of_two),
    "tornado": Design(
        _tornado,
        _ends_and_centre,
        centred=True,
        columns=("entry", "side"),
        admits=_varies,
    ),
    "morris": Design(
        _morris,
        _steps,
        sampled=True,
        options={"levels": 4},
        columns=("trajectory", "step"),
        check=_trajectories,
        admits=_has_ends,
    ),
    "saltelli": Design(
        _saltelli,
        _blocks,
        sampled=True,
        options={"second_order": False},
        columns=("block", "step"),
        check=_enough_of_them,
        admits=_is_number,
    ),
    "stroud": Design(_stroud, _twice, columns=("weight",), admits=_is_symmetric),
    "gauss": Design(
        _gauss,
        _nodes,
        options={"levels": 3},
        columns=("weight",),
        admits=_has_density,
    ),
}
"""Designs by the name that a batch file gives them."""
