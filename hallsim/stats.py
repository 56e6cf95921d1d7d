"""Estimates with honest intervals: ratios of sums and percentiles, with replications as the unit.

A mean wait is the sum of all waits over the number of all customers, never the mean of daily means
(semantics 15). Days differ in how many customers they bring, so its interval must come from both sums:
the linearised residual of replication i is N_i - r D_i, and

    var(r) = sum (N_i - r D_i)^2 / (n (n - 1) mean(D)^2)

(the delta method; Cochran 1977, "Sampling Techniques", 3rd ed., eq. 6.13; Law 2015, "Simulation Modeling
and Analysis", 5th ed., sec. 9.5). Intervals use the t quantile with n - 1 degrees of freedom; one
replication has none, and says NaN. Batch means inside a single long run are not done here. Days of a calendar come in
turn, so that what kinds of day differ by is no chance: their residuals vary about the mean of their kind (the combined
ratio estimate of a stratified sample; Cochran 1977, sec. 6.11).

Moments are kept in float64, computed in two passes inside a chunk of replications and merged chunk by
chunk (Chan, Golub and LeVeque 1983, doi:10.1080/00031305.1983.10483115). Merging in the order of the
chunks gives the same bits however many threads computed them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.jit import entrance

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Interval(NamedTuple):
    """An estimate and its interval; NaN where there is none."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2.0


NOTHING = Interval(math.nan, math.nan, math.nan)


# --- moments ---------------------------------------------------------------------------------------------


class Moments(NamedTuple):
    """First and second moments of many pairs (numerator, denominator) over n replications.

    Each array has one entry per reported number: `mean_*` the means, `m2_*` and `c_nd` the sums of
    squared deviations and of their products.
    """

    n: int
    mean_n: F64
    mean_d: F64
    m2_n: F64
    m2_d: F64
    c_nd: F64

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets of replications."""
        if self.n == 0 or other.n == 0:
            return other if self.n == 0 else self
        n = self.n + other.n
        delta_n, delta_d = other.mean_n - self.mean_n, other.mean_d - self.mean_d
        share, weight = other.n / n, self.n * (other.n / n)
        return Moments(
            n,
            self.mean_n + delta_n * share,
            self.mean_d + delta_d * share,
            self.m2_n + other.m2_n + delta_n * delta_n * weight,
            self.m2_d + other.m2_d + delta_d * delta_d * weight,
            self.c_nd + other.c_nd + delta_n * delta_d * weight,
        )

    def ratio_variance(self) -> F64:
        """Return the variance of each ratio of sums; NaN for fewer than two replications."""
        if self.n < 2:
            return np.full(self.mean_n.size, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = self.mean_n / self.mean_d
            squares = self.m2_n - 2.0 * r * self.c_nd + r * r * self.m2_d
            return np.maximum(squares, 0.0) / (self.n * (self.n - 1.0) * self.mean_d * self.mean_d)

    def ratios(self) -> F64:
        """Return each ratio of sums; NaN where the denominator is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.mean_d != 0.0, self.mean_n / self.mean_d, np.nan)


def stratified_variance(ratios: F64, strata: Sequence[Moments]) -> tuple[F64, I64]:
    """Return the variance of ratios of sums over all strata, and its degrees of freedom by Satterthwaite, cut.

    Parameters
    ----------
    ratios : float64[n_rows]
        Of the sums over all replications.
    strata : sequence of Moments
        Of at least two replications each, whose numbers are not left to chance.

    Returns
    -------
    (float64[n_rows], int64[n_rows])
    """
    sizes = np.array([stratum.n for stratum in strata], dtype=np.float64)
    squares = np.array([s.m2_n - 2.0 * ratios * s.c_nd + ratios * ratios * s.m2_d for s in strata])
    of_sums = np.maximum(squares, 0.0) * (sizes / (sizes - 1.0))[:, None]
    sum_d = sizes @ np.array([s.mean_d for s in strata])
    with np.errstate(divide="ignore", invalid="ignore"):
        return of_sums.sum(axis=0) / sum_d**2, satterthwaite(of_sums, sizes)


def satterthwaite(of_sums: F64, sizes: F64) -> I64:
    """Return the degrees of freedom of sums of independent estimates of variances, cut to whole numbers.

    (Sum of v)^2 / sum of (v^2 / (n - 1)) (Satterthwaite 1946, doi:10.2307/3002019).

    Parameters
    ----------
    of_sums : float64[n_samples, n_rows]
        The estimates, of samples with `sizes` observations, float64[n_samples].

    >>> satterthwaite(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([5.0, 5.0])).tolist()
    [8, 4, 8]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = of_sums.sum(axis=0) ** 2 / (1.0 / (sizes - 1.0) @ of_sums**2)
    usual = sizes.sum() - len(sizes)  # nothing varies
    return np.asarray(np.where(np.isfinite(degrees), degrees, usual) + 1e-9).astype(np.int64)


_EXACT = 1 << 53
"""Up to here float64 adds integers without rounding, so that they may as well be added as integers, which is faster."""


def no_moments(size: int) -> Moments:
    """Return the moments of no replications."""
    return Moments(0, *(np.zeros(size) for _ in range(5)))


@entrance
def _moments(sums, terms, signs, total, sides, out):  # type: ignore[no-untyped-def]
    """Write mean_n, mean_d, m2_n, m2_d, c_nd of each row to `out`; `total` and `sides` are room for n and [2, n]."""
    n = sums.shape[1]
    m2_d = 0.0
    for row in range(terms.shape[0]):
        for j in range(2):
            known = j == 1 and row > 0  # more than half of the denominators are that of the row before
            for k in range(terms.shape[2] if known else 0):
                same_sign = signs[row, 1, k] == signs[row - 1, 1, k]
                known = known and same_sign and terms[row, 1, k] == terms[row - 1, 1, k]
            if known:
                out[row, 1] = out[row - 1, 1]
                continue
            for i in range(n):
                total[i] = 0
            for k in range(terms.shape[2]):
                sign, term = signs[row, j, k], terms[row, j, k]
                if sign == 0:
                    break
                for i in range(n):
                    total[i] += sign * sums[term, i]
            whole, bits = 0, 0
            for i in range(n):
                whole += total[i]
                bits |= abs(total[i])
            mean = float(whole)
            if bits > _EXACT // n:  # int64 might overflow
                mean = 0.0
                for i in range(n):
                    mean += total[i]
            mean /= n
            out[row, j] = mean
            for i in range(n):
                sides[j, i] = total[i] - mean
            if j == 1:
                m2_d = 0.0
                for i in range(n):
                    m2_d += sides[1, i] * sides[1, i]
        m2_n, c_nd = 0.0, 0.0
        for i in range(n):
            m2_n += sides[0, i] * sides[0, i]
            c_nd += sides[0, i] * sides[1, i]
        out[row, 2] = m2_n
        out[row, 3] = m2_d
        out[row, 4] = c_nd


def moments_of(sums: I64, terms: I64, signs: I64) -> Moments:
    """Return the moments of a chunk of replications.

    Parameters
    ----------
    sums : int64[n_sums, n_replications]
    terms, signs : int64[n_rows, 2, k]
        Row i's numerator is the sum of `signs[i, 0, j] * sums[terms[i, 0, j]]` up to the first sign 0; `[i, 1]`
        its denominator.
    """
    out = np.zeros((terms.shape[0], 5))
    n = sums.shape[1]
    if n:
        _moments(sums, terms, signs, np.zeros(n, dtype=np.int64), np.zeros((2, n)), out)
    return Moments(n, *(np.ascontiguousarray(out[:, i]) for i in range(5)))


# --- intervals -------------------------------------------------------------------------------------------


def ratio_interval(value: float, variance: float, n: int, confidence: float = 0.95) -> Interval:
    """Return value +- t * standard error, n - 1 degrees of freedom."""
    if n < 2 or math.isnan(variance):
        return Interval(value, math.nan, math.nan)
    half = t_quantile(0.5 + confidence / 2.0, n - 1) * math.sqrt(variance)
    return Interval(value, value - half, value + half)


def share_interval(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the share of independent trials that were hits, with Wilson's interval; NaN without a trial.

    Unlike that of the normal law it has a length where all trials or none were hits (Wilson 1927, JASA 22:209-212).

    >>> [round(x, 4) for x in share_interval(20, 20)]
    [1.0, 0.8389, 1.0]
    """
    from statistics import NormalDist

    if n == 0:
        return NOTHING
    p, z = hits / n, NormalDist().inv_cdf(0.5 + confidence / 2.0)
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n * n))
    return Interval(p, max(middle - half, 0.0) if hits else 0.0, min(middle + half, 1.0) if hits < n else 1.0)


def percentile_interval(
    p: float, cumulative: I64, middles: F64, shares: F64, variances: F64, n: int, confidence: float = 0.95
) -> Interval:
    """Return the p-quantile of pooled values and its interval by Woodruff's method.

    The share of values up to the quantile is a ratio of sums, whose standard error s is known from
    replications; the interval [p - t s, p + t s] of shares is then read back through the pooled
    distribution (Woodruff 1952, doi:10.1080/01621459.1952.10483443). That holds at atoms (many waits are 0)
    and needs no density.

    s is not known at the quantile itself but at a coarse grid of thresholds. What varies slowly between
    them is the ratio of the variance to F (1 - F), the design effect of customers sharing days: it is
    interpolated linearly in F.

    Parameters
    ----------
    p : float in (0, 1)
    cumulative : int64[n_bins]
        Pooled counts up to each bin.
    middles : float64[n_bins]
        What each bin stands for.
    shares, variances : float64[n_grid]
        Share of values up to each coarse threshold, increasing, and the variance of that ratio.
    n : int
        Number of replications.

    Returns
    -------
    Interval
        In the unit of `middles`; NaN throughout if there is no value, bounds NaN for one replication.
    """
    total = int(cumulative[-1]) if cumulative.size else 0
    if total == 0:
        return NOTHING

    def read_back(share: float) -> float:
        i = int(np.searchsorted(cumulative, max(share * total - 1e-9, 0.5), side="left"))
        return float(middles[i]) if i < cumulative.size - 1 else math.nan

    value = read_back(p)
    if n < 2:
        return Interval(value, math.nan, math.nan)
    spread = shares * (1.0 - shares)
    known = spread > 1e-12
    if not known.any():
        return (
            Interval(value, value, value) if total and cumulative[0] == total else Interval(value, math.nan, math.nan)
        )
    effect = float(np.interp(p, shares[known], variances[known] / spread[known]))
    half = t_quantile(0.5 + confidence / 2.0, n - 1) * math.sqrt(effect * p * (1.0 - p))
    return Interval(value, read_back(max(p - half, 0.0)), read_back(min(p + half, 1.0)))


@lru_cache(maxsize=256)
def t_quantile(p: float, degrees: float) -> float:
    """Return the p-quantile of Student's t distribution; degrees of freedom by Satterthwaite are no whole numbers.

    Solved by bisection and Newton's method on the distribution function, which is a regularised incomplete
    beta function; own code, because scipy takes longer to import than a run of 200 days.

    >>> round(t_quantile(0.975, 10), 6)
    2.228139
    """
    if not 0.0 < p < 1.0 or degrees < 1:
        return math.nan
    if p < 0.5:
        return -t_quantile(1.0 - p, degrees)
    if p == 0.5:
        return 0.0
    low, high = 0.0, 1.0
    while _t_cdf(high, degrees) < p:
        low, high = high, 2.0 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _t_cdf(middle, degrees) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _t_cdf(t: float, degrees: float) -> float:
    """Return P(T <= t) for t >= 0."""
    return 1.0 - 0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1].

    By its continued fraction (DLMF 8.17.22, https://dlmf.nist.gov/8.17), evaluated by the modified Lentz method.

    >>> round(incomplete_beta(2.0, 3.0, 0.5), 12)
    0.6875
    """
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            step = c * d
            fraction *= step
        if abs(step - 1.0) < 1e-15:
            break
    return front * fraction
