"""Measures of sensitivity: from the outputs at the points of a design to effects, indices and moments.

Nothing here reads a store. ``values`` are points x outputs; what is returned for every entry that varies is
entries x outputs, and what is returned for the output itself has an element for every output. An output
that is not finite at every point has no measure: NaN. ``noise`` (one for each output) is the range within
which values count as the same; an output that stays within it is constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from engels.runs.experiments.designs import HIGH, LOW, problem
from engels.runs.experiments.extras import optional

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Measures = dict[str, Array]

RESAMPLING_SEED = 1
"""Seed of the resampling behind SALib's confidence intervals: the same points, the same intervals."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of a sample that are reported."""

LEVEL = 0.95
"""Probability of the intervals."""

CHEBYSHEV = 1 / math.sqrt(1 - LEVEL)
"""At least ``LEVEL`` of any distribution lies within so many standard deviations of its mean (4.47)."""

NORMAL = float(stats.norm.ppf((1 + LEVEL) / 2))
"""The same of a normal distribution (1.96)."""


def constant(values: Array, noise: Array) -> Mask:
    """Which outputs are the same at all points."""
    return np.asarray(np.ptp(values, axis=0) <= noise)


def _finite(values: Array) -> Mask:
    return np.asarray(np.isfinite(values).all(axis=0))


def whole_units(units: NDArray[np.int64], solved: Mask) -> Mask:
    """Which points belong to a trajectory or block of which every point is solved."""
    return np.asarray(~np.isin(units, units[~solved]))


def tornado_effects(
    values: Array, entry: Sequence[int], side: Sequence[str], entries: int
) -> Measures:
    """What the output changes by when one entry goes from the centre to its low or its high end.

    ``entry`` is the number of the entry that is moved at each point (-1 at the centre), ``side`` its end.
    Returns ``centre`` (outputs), ``low`` and ``high`` (entries x outputs, less the centre) and ``swing``, the
    range of the three values; NaN where a point is missing.
    """
    at = {(e, s): n for n, (e, s) in enumerate(zip(entry, side, strict=True))}
    centre = values[next(n for n, e in enumerate(entry) if e < 0)]
    low, high = (
        np.stack([values[at[k, end]] - centre for k in range(entries)]) for end in (LOW, HIGH)
    )
    swing = np.maximum(np.maximum(low, high), 0) - np.minimum(np.minimum(low, high), 0)
    return {"centre": centre, "low": low, "high": high, "swing": swing}


def morris_measures(inputs: Array, values: Array, levels: int) -> Measures:
    """Morris's (1991) measures of the elementary effects, by SALib, trajectory after trajectory.

    An elementary effect is the change of the output over the step of the entry, the step in quantiles: from
    the lowest to the highest value of the entry is 1. ``mu`` is their mean, ``mu_star`` the mean of
    their absolute values (Campolongo, Cariboni and Saltelli 2007), ``mu_star_conf`` the half-width of its 95%
    interval by resampling, ``sigma`` their standard deviation.
    """
    morris = optional("SALib.analyze.morris", "stats", "measures of a design morris")
    entries = inputs.shape[1]
    names = ("mu", "mu_star", "mu_star_conf", "sigma")
    found = {name: np.full((entries, values.shape[1]), np.nan) for name in names}
    for n in np.flatnonzero(_finite(values)):
        measured = morris.analyze(
            problem(entries),
            inputs,
            values[:, n],
            num_levels=levels,
            conf_level=LEVEL,
            seed=RESAMPLING_SEED,
        )
        for name in names:
            found[name][:, n] = np.ma.filled(measured[name], np.nan)
    return found


def sobol_indices(values: Array, entries: int, second_order: bool, noise: Array) -> Measures:
    """Sobol' indices from blocks of points, by SALib with the estimators of Saltelli et al. (2010).

    ``S1``: the share of the output's variance that vanishes on average when the entry is known; ``ST``: the
    share that is left when all others are known; ``_conf``: half-widths of their 95% intervals by
    resampling. With ``second_order`` also ``S2`` and ``S2_conf`` (entries x entries x outputs, above the
    diagonal), what two entries do together beyond what each does alone. ``mean`` and ``sd`` (outputs) are of
    the independent points. Indices of a constant output are NaN.
    """
    sobol = optional("SALib.analyze.sobol", "stats", "indices of a design saltelli")
    outputs = values.shape[1]
    single, double = ("S1", "S1_conf", "ST", "ST_conf"), ("S2", "S2_conf")
    found = {name: np.full((entries, outputs), np.nan) for name in single}
    if second_order:
        found |= {name: np.full((entries, entries, outputs), np.nan) for name in double}
    length = (2 * entries if second_order else entries) + 2
    independent = np.concatenate([values[::length], values[length - 1 :: length]])
    for n in np.flatnonzero(_finite(values) & ~constant(values, noise)):
        measured = sobol.analyze(
            problem(entries),
            values[:, n],
            calc_second_order=second_order,
            conf_level=LEVEL,
            seed=RESAMPLING_SEED,
        )
        for name in (*single, *(double if second_order else ())):
            found[name][..., n] = measured[name]
    return found | {"mean": independent.mean(axis=0), "sd": independent.std(axis=0, ddof=1)}


def moments(values: Array, weights: Array) -> Measures:
    """Mean and standard deviation of every output from the points and weights of a quadrature.

    ``chebyshev_low`` and ``_high`` hold at least 95% of any distribution with this mean and standard
    deviation, ``normal_low`` and ``_high`` 95% of a normal one.
    """
    mean = weights @ values
    sd = np.sqrt(weights @ (values - mean) ** 2)
    return {
        "mean": mean,
        "sd": sd,
        "normal_low": mean - NORMAL * sd,
        "normal_high": mean + NORMAL * sd,
        "chebyshev_low": mean - CHEBYSHEV * sd,
        "chebyshev_high": mean + CHEBYSHEV * sd,
    }


def quantile_name(share: float) -> str:
    """``q05`` of 0.05."""
    return f"q{round(100 * share):02d}"


def distribution(values: Array) -> Measures:
    """Mean, standard deviation and quantiles of a sample, each with its standard error (``se_``).

    The errors are those of independent draws. Of the mean it is sd / sqrt(n); of the standard deviation
    sqrt((m4 - sd^4) / n) / (2 sd), with the fourth central moment m4; of quantiles the estimator of
    Maritz and Jarrett (1978).
    """
    count = len(values)
    mean = values.mean(axis=0)
    sd = values.std(axis=0, ddof=1) if count > 1 else np.full_like(mean, np.nan)
    fourth = ((values - mean) ** 4).mean(axis=0)
    excess = np.sqrt(np.maximum(fourth - sd**4, 0) / count)
    se_sd = np.divide(excess, 2 * sd, out=np.zeros_like(sd), where=sd > 0)
    found = {
        "points": np.full_like(mean, count),
        "mean": mean,
        "se_mean": sd / math.sqrt(count),
        "sd": sd,
        "se_sd": np.where(np.isnan(sd), np.nan, se_sd),
    }
    ordered = np.sort(values, axis=0)
    for share in QUANTILES:
        name = quantile_name(share)
        found[name] = np.quantile(values, share, axis=0)
        place = int(share * count + 0.5)
        edges = stats.beta.cdf(np.arange(count + 1) / count, place - 1, count - place)
        weights = np.diff(edges) if 1 < place < count else np.full(count, np.nan)
        about = ordered - found[name]  # less rounding than without
        spread = weights @ about**2 - (weights @ about) ** 2
        found[f"se_{name}"] = np.sqrt(np.maximum(spread, 0))
    return found


def rank_correlations(inputs: Array, values: Array, noise: Array) -> Array:
    """Spearman's rank correlation of every entry with every output (entries x outputs).

    NaN where either does not vary, or the entry is a name (NaN in ``inputs``).
    """
    found = np.full((inputs.shape[1], values.shape[1]), np.nan)
    rows = _finite(inputs) & (np.ptp(inputs, axis=0) > 0)
    columns = _finite(values) & ~constant(values, noise)
    if rows.any() and columns.any():
        x, y = (_standard(stats.rankdata(a, axis=0)) for a in (inputs[:, rows], values[:, columns]))
        found[np.ix_(rows, columns)] = x.T @ y / len(x)
    return found


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))
