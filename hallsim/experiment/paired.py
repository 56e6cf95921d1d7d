"""Two halls on the same days: the difference of a key figure, its interval, and what the pairing was worth.

In: numerators and denominators of a key figure, day by day, of two halls whose day i has the same customers. Out:
`Paired`. Both figures are ratios of sums over days, r = N / D; the linearised residual of day i is

    e_i = (N_Bi - r_B D_Bi) / mean(D_B) - (N_Ai - r_A D_Ai) / mean(D_A),   var(r_B - r_A) = sum e_i^2 / (n (n - 1))

(the delta method of `hallsim.stats` for a difference; Cochran 1977, sec. 6.13-6.14). What the same customers do to
both halls cancels in e_i; with customers of its own for each hall the variances would add (Law 2015, "Simulation
Modeling and Analysis", 5th ed., sec. 11.2, common random numbers).

The relative change r_B / r_A - 1 has its interval from that of log r_B - log r_A, whose residuals are the terms of e_i
over r_B and r_A. A bad day multiplies the waits of both halls rather than adding to them, so more of it cancels there.

Several differences at once are corrected for being several: intervals by Bonferroni's inequality, so that all of them
hold together with the confidence stated, p-values by Holm's (1979, Scand. J. Statist. 6, 65-70).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.stats import incomplete_beta, satterthwaite

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


class Paired(NamedTuple):
    """The difference B - A of two ratios of sums over the same days.

    Attributes
    ----------
    base, value : float
        The two ratios, A and B.
    difference, variance : float
        NaN where a denominator is 0 throughout; the variance is NaN for one day.
    variance_apart : float
        What the variance would be if the halls had customers of their own.
    lower, higher : int
        Days on which B's ratio was lower, or higher; on the others they were equal or nobody came to one of them.
    n : int
    log_variance, log_variance_apart : float
        The same two variances of log B - log A; NaN unless both are above 0.
    degrees : int
        Of freedom, of the variances.
    """

    base: float
    value: float
    difference: float
    variance: float
    variance_apart: float
    lower: int
    higher: int
    n: int
    log_variance: float = math.nan
    log_variance_apart: float = math.nan
    degrees: int = 0

    @property
    def variance_ratio(self) -> float:
        """How many times the days would be needed without pairing; NaN where there is no noise at all."""
        return self.variance_apart / self.variance if self.variance > 0.0 else math.nan

    @property
    def relative_variance_ratio(self) -> float:
        """The same for the relative change."""
        return self.log_variance_apart / self.log_variance if self.log_variance > 0.0 else math.nan

    def relative(self, t: float) -> tuple[float, float, float]:
        """Return the change as a share of the base, and the ends of its interval of t standard errors; NaN: none."""
        if not (self.base > 0.0 and self.value > 0.0):
            return math.nan, math.nan, math.nan
        ratio, half = self.value / self.base, t * math.sqrt(self.log_variance)
        return ratio - 1.0, ratio * math.exp(-half) - 1.0, ratio * math.exp(half) - 1.0

    def p_value(self) -> float:
        """Return the probability of so large a difference if there were none (two-sided t test); NaN without noise."""
        if not self.variance > 0.0:
            return math.nan
        t2 = self.difference**2 / self.variance
        return incomplete_beta(self.degrees / 2.0, 0.5, self.degrees / (self.degrees + t2))


def paired(a: I64 | F64, b: I64 | F64, kinds: Sequence[int] = ()) -> Paired:
    """Return the difference between two halls on the same days.

    Parameters
    ----------
    a, b : int64 or float64[n, 2]
        Numerator and denominator of each day; a is the base.
    kinds : sequence of int
        The kind of each day, where how many there are of each is no chance, as in whole turns of a calendar: residuals
        then vary about the mean of their kind. Left out, or with kinds of one day only, days are all of one kind.

    Examples
    --------
    >>> found = paired(np.array([[2, 1], [4, 1]]), np.array([[3, 1], [5, 1]]))
    >>> found.difference, found.variance, found.higher
    (1.0, 0.0, 2)
    """
    n = len(a)
    sums_a, sums_b = a.sum(axis=0, dtype=np.float64), b.sum(axis=0, dtype=np.float64)
    if n == 0 or sums_a[1] == 0.0 or sums_b[1] == 0.0:
        return Paired(math.nan, math.nan, math.nan, math.nan, math.nan, 0, 0, n)
    r_a, r_b = sums_a[0] / sums_a[1], sums_b[0] / sums_b[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        daily = b[:, 0] / b[:, 1] - a[:, 0] / a[:, 1]
    e_a, e_b = residuals(a, float(r_a)), residuals(b, float(r_b))
    strata = _strata_of(kinds, n)

    def variance(e: F64) -> float:
        return math.nan if n < 2 else float(strata.of_sums(e).sum()) / n**2

    same = np.array_equal(a, b) and n > 1
    logs = (math.nan, math.nan)
    if r_a > 0.0 and r_b > 0.0:
        logs = 0.0 if same else variance(e_b / r_b - e_a / r_a), variance(e_a / r_a) + variance(e_b / r_b)
    degrees = int(satterthwaite(strata.of_sums(e_b - e_a)[:, None], strata.sizes)[0]) if n > 1 else 0
    return Paired(
        float(r_a),
        float(r_b),
        float(r_b - r_a),
        0.0 if same else variance(e_b - e_a),
        variance(e_a) + variance(e_b),
        int((daily < 0).sum()),
        int((daily > 0).sum()),
        n,
        *logs,
        degrees,
    )


class _Strata(NamedTuple):
    """Of which kind each day is, and how many there are of each, two at least; one kind for a single day."""

    kind: I64
    sizes: F64

    def of_sums(self, residuals: F64) -> F64:
        """Return the variance of the sum of the residuals of each kind, float64[n_kinds]."""
        off = residuals - (np.bincount(self.kind, residuals) / self.sizes)[self.kind]
        return np.asarray(self.sizes / (self.sizes - 1.0) * np.bincount(self.kind, off * off))


def _strata_of(kinds: Sequence[int], n: int) -> _Strata:
    if len(kinds):
        _, kind, counts = np.unique(kinds, return_inverse=True, return_counts=True)
        if counts.min() > 1:
            return _Strata(kind, counts.astype(np.float64))
    return _Strata(np.zeros(n, dtype=np.int64), np.array([float(n)]))


def residuals(days: I64 | F64, ratio: float) -> F64:
    """Return the linearised residual of each day of a figure, float64[n], from its numerators and denominators."""
    return np.asarray((days[:, 0] - ratio * days[:, 1]) / days[:, 1].mean())


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for being several, by Holm's step-down; NaN stays and does not count.

    >>> holm([0.01, 0.04, float("nan"), 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    out = [math.nan] * len(p_values)
    largest = 0.0
    for rank, (p, i) in enumerate(known):
        largest = max(largest, min((len(known) - rank) * p, 1.0))
        out[i] = largest
    return out
