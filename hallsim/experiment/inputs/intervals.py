"""Two levels of variance: what the inputs add to an interval, beside the noise of the simulation.

In group k the uncertain inputs have the values theta_k, drawn from what is known of them. With r(theta) the true
figure, and the same days simulated with theta_k and with the inputs as written, the group's difference is

    D_k = r(theta_k) - r(theta_0) + e_k,   var(D_k) = tau^2 + E[v_k],

v_k the variance of a paired difference (`hallsim.experiment.paired`). Taking the mean of the v_k from the variance of
the D_k leaves tau^2, the part of the inputs (random effects by analysis of variance; Sun, Apley and Staum 2011,
doi:10.1287/opre.1110.0938; reviews of input uncertainty: Barton, Lam and Song 2022, doi:10.1007/978-3-030-96935-6_17;
Song, Nelson and Pegden 2014, doi:10.1109/WSC.2014.7019887). The same customers in both make e_k small, so that some
dozens of groups of few days tell tau^2.

The interval for the figure at the true inputs has the variance tau^2 + v + var(D_k) / K, v that of the run's own
estimate, with degrees of freedom by Satterthwaite (1946, doi:10.2307/3002019), about the estimate moved by the mean of
the D_k: waits rise more where inputs are worse than they fall where inputs are better. The last term is the error of
that mean of K groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.stats import t_quantile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Widened(NamedTuple):
    """An interval that holds the uncertainty of the inputs too.

    Attributes
    ----------
    low, high : float
    shift : float
        How much higher the figure is on average over the inputs than with those written.
    share : float
        Of the interval's variance but for the error of the shift, the part that comes from the inputs.
    """

    low: float
    high: float
    shift: float
    share: float


def contrast(terms: Sequence[tuple[float, I64]]) -> tuple[float, float]:
    """Return a weighted sum of ratios over the same days and its variance.

    Parameters
    ----------
    terms : sequence of (weight, int64[n, 2])
        Numerators and denominators of each ratio, day by day.

    Returns
    -------
    (float, float)
        NaN where a denominator is 0 throughout.
    """
    value, residuals = 0.0, np.zeros(len(terms[0][1]))
    for weight, days in terms:
        total, come = days.sum(axis=0, dtype=np.float64)
        if come == 0.0:
            return math.nan, math.nan
        ratio = total / come
        value += weight * ratio
        residuals += weight * (days[:, 0] - ratio * days[:, 1]) / (come / len(days))
    n = len(residuals)
    return float(value), float(residuals @ residuals) / (n * (n - 1.0))


def widened(value: float, variance: float, n: int, shifts: F64, variances: F64, confidence: float = 0.95) -> Widened:
    """Return the interval of a figure whose inputs are uncertain.

    Parameters
    ----------
    value, variance, n : the run's estimate, its variance, and of how many replications
    shifts, variances : float64[k]
        The D_k and their v_k.
    """
    known = np.isfinite(shifts) & np.isfinite(variances)
    k = int(known.sum())
    if k < 2 or not math.isfinite(variance):
        return Widened(math.nan, math.nan, math.nan, math.nan)
    between = float(shifts[known].var(ddof=1))
    inputs = max(0.0, between - float(variances[known].mean()))
    total = inputs + variance + between / k
    shift = float(shifts[known].mean())
    if total == 0.0:
        return Widened(value + shift, value + shift, shift, math.nan)
    of_groups = between * (1.0 / k + (1.0 if inputs else 0.0))
    spread = variance**2 / (n - 1.0) + of_groups**2 / (k - 1.0)
    degrees = max(1.0, min(total**2 / spread, 1e6)) if spread > 0.0 else 1e6
    half = t_quantile(0.5 + confidence / 2.0, degrees) * math.sqrt(total)
    share = inputs / (inputs + variance) if inputs + variance > 0.0 else math.nan
    return Widened(value + shift - half, value + shift + half, shift, share)
