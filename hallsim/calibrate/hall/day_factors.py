"""Day and hour factors: by how much days, and hours of one day, differ beyond what chance does to counts.

In: counts of days of one kind, float64[n_days, n_hours]. Out: squared coefficients of variation with intervals.

The hour's factor is found within days: given the day's total, Pearson's sum over hours exceeds its degrees of freedom
by the squared cv times a known weight. The day's factor is found from totals: a gamma factor makes them negative
binomial, whose likelihood is profiled (Cameron and Trivedi 2013, "Regression analysis of count data", sec. 3.3); what
hour factors add to the variance of totals is taken off.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import FEWEST_DAYS, Interval
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

MOST = 25.0
"""Largest squared cv that is looked for."""
DROP = 1.920729
"""Of the log-likelihood, at the ends of a 95 % interval: half the quantile of chi-square with one degree."""


def hour_cv(counts: F64) -> Interval:
    """Return the cv of a gamma factor on each hour of each day."""
    means = counts.mean(axis=0)
    counts = counts[:, means > 0]
    n_days, n_hours = counts.shape
    if n_days < FEWEST_DAYS or n_hours < 2:
        return Interval(math.nan, math.nan, math.nan)
    shape = counts.sum(axis=0) / counts.sum()
    expected = counts.sum(axis=1, keepdims=True) * shape
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = np.where(expected > 0, (counts - expected) ** 2 / expected, 0.0).sum(axis=1)
    # the shape is estimated too, which takes its part of the degrees of freedom
    excess = pearson - (n_hours - 1) * (n_days - 1) / n_days
    weight = counts.sum(axis=1) * (1.0 - float((shape**2).sum()))
    square = float(excess.sum() / weight.sum())
    square /= 1.0 - max(square, 0.0) / n_hours  # factors that raise an hour raise the total, too
    residual = excess - square * weight
    half = t_quantile(0.975, n_days - 1) * float(residual.std(ddof=1)) * math.sqrt(n_days) / float(weight.sum())
    # upwards in proportion: estimates of a variance have a long upper tail
    high = square * math.exp(half / square) if square > half else square + half
    return _root(Interval(square, square - half, high))


def day_cv(totals: F64, of_hours: float = 0.0) -> Interval:
    """Return the cv of a gamma factor on each day.

    Parameters
    ----------
    totals : float64[n_days]
        Customers of each day.
    of_hours : float
        Squared cv that hour factors give to a day's total.
    """
    if len(totals) < FEWEST_DAYS or not totals.sum():
        return Interval(math.nan, math.nan, math.nan)
    grid = np.append(0.0, np.geomspace(1e-5, MOST, 400))
    likelihood = np.array([_likelihood(totals, square) for square in grid])
    best = int(np.argmax(likelihood))
    # The mean is estimated, too: as for a variance, n - 1 days are left (Cox and Reid's adjustment, to first order)
    inside = np.flatnonzero(likelihood >= likelihood[best] - DROP)
    grow = len(totals) / (len(totals) - 1)
    low, value, high = (float(grid[i]) for i in (inside[0], best, inside[-1]))
    return _root(Interval(value * grow - of_hours, low - of_hours, high * grow - of_hours))


def _likelihood(n: F64, square: float) -> float:
    """Return the log-likelihood of negative binomial counts with their own mean, whose gamma factor has this cv^2."""
    from scipy.special import gammaln

    mean = float(n.mean())
    if square == 0.0:
        return float((n * math.log(mean) - mean - gammaln(n + 1)).sum())
    r = 1.0 / square
    terms = (
        gammaln(n + r) - gammaln(r) - gammaln(n + 1) + r * math.log(r / (r + mean)) + n * math.log(mean / (r + mean))
    )
    return float(terms.sum())


def _root(square: Interval) -> Interval:
    return Interval(*(math.sqrt(max(x, 0.0)) for x in (square.value, square.low, square.high)))
