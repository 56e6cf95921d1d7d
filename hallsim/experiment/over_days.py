"""Ratios and means of counts that are known day by day, with intervals that take the day as the unit (semantics 15)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import F64
from hallsim.stats import Moments, t_quantile


def ratio_of(numerators: NDArray[np.generic], denominators: NDArray[np.generic], confidence: float = 0.95) -> F64:
    """Return ratios of sums over days with their intervals, days being the unit.

    Parameters
    ----------
    numerators, denominators : [n_days, ...]

    Returns
    -------
    float64[3, ...]
        Value, low and high; the value is NaN where the denominator is 0, the bounds for fewer than two days.
    """
    x, y = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    n = len(x)
    if n == 0:
        return np.full((3, *x.shape[1:]), np.nan)
    dx, dy = x - x.mean(axis=0), y - y.mean(axis=0)
    moments = Moments(
        n, x.mean(axis=0), y.mean(axis=0), (dx * dx).sum(axis=0), (dy * dy).sum(axis=0), (dx * dy).sum(axis=0)
    )
    value = moments.ratios()
    if n < 2:
        nan = np.full(value.shape, np.nan)
        return np.stack([value, nan, nan])
    half = t_quantile(0.5 + confidence / 2.0, n - 1) * np.sqrt(moments.ratio_variance())
    return np.stack([value, value - half, value + half])


def mean_of(counts: NDArray[np.generic], confidence: float = 0.95) -> F64:
    """Return means over days with their intervals, float64[3, ...], from counts of [n_days, ...]."""
    return ratio_of(counts, np.ones(np.shape(counts)), confidence)
