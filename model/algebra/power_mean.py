"""Power means in numbers: the indices of prices and quantities that CES functions imply.

    log M_r(a, x) = log(sum_c a_c x_c^r) / r        sum_c a_c log x_c at r = 0

With sum_c a_c = 1 the price index of a nest is M_(1-s) of its inputs' prices, and its output is
M_((s-1)/s) of inputs over their shares. The formula as it stands is rounding noise next to r = 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def log_power_mean(power: Array | float, shares: Array, logs: Array) -> Array:
    """Logarithm of the power mean of ``exp(logs)``, to rounding for every power, zero included.

    Parameters
    ----------
    power: shape (...), finite.
    shares: shape (..., C), adding up to one along C; an input whose share is zero does not count.
    logs: shape (..., C).

    Returns shape (...); NaN where shares of both signs leave nothing to take the logarithm of.
    """
    r = np.asarray(power, dtype=float)[..., None]
    x = np.where(shares == 0, 0.0, logs)
    mean = (shares * x).sum(axis=-1, keepdims=True)
    # around the mean, so that powers near zero lose no digits
    d = np.where(shares == 0, 0.0, r * (x - mean))
    top = np.max(d, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        # of d above one only the largest are of weight, and exp of it might overflow
        near = np.log1p((shares * np.expm1(np.minimum(d, 1.0))).sum(axis=-1))
        far = top[..., 0] + np.log((shares * np.exp(d - top)).sum(axis=-1))
        spread = np.where(top[..., 0] <= 1, near, far)
        found = np.divide(spread, r[..., 0], out=np.zeros(spread.shape), where=r[..., 0] != 0)
    return np.asarray(mean[..., 0] + found)
