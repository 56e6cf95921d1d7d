"""Laws of durations fitted to a sample: candidates by maximum likelihood, and the one that the scenario takes.

In: durations in seconds. Out: `Fitted` laws. Every family is fitted in its mean and cv, which scenario files and waits
go by, so that their intervals come with the fit: by the curvature of the log-likelihood in their logarithms. A mixture
has an atom of very short services (a button pressed twice, a clerk who hangs up) beside a lognormal body.

Candidates are ordered by Akaike's criterion. The first one is taken whose mean and cv are those of the sample within a
tolerance; where none is, and there is enough data, the sample itself. Otherwise the first one is taken, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import Interval, Z
from hallsim.calibrate.services import distance, durations
from hallsim.calibrate.team import sample_law
from hallsim.model import US_PER_SECOND

F64 = NDArray[np.float64]

MEAN_TOLERANCE = 0.03
CV_TOLERANCE = 0.10
"""Largest differences of the law's mean and cv from the sample's, as shares; more is said, and avoided."""
CHANCE = 2.5
"""A difference of mean or cv of so many of its standard errors is chance in any case."""
FEWEST_EMPIRICAL = 500
MOST_VALUES = 200
FEWEST_MIXTURE = 200
SHORT_S = (5.0, 10.0, 15.0, 20.0, 30.0)
"""Ends of the atom of short services that are tried."""
STEPS_OF_EM = 60
PERCENTS = np.arange(1, 100) / 100.0
"""Of the sample, kept beside its laws."""
FEWEST = 5
"""Durations that a law with two parameters is fitted to; fewer are taken for exponential."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A law of durations in seconds, as a scenario writes it.

    Attributes
    ----------
    name : str
        Such as "lognormal"; "empirical" is the sample itself, "mixture" has an atom of short durations.
    mean, cv : Interval
        Of the law; the mean in seconds.
    n : int
    aic, distance : float
        Akaike's criterion (NaN: none), and Kolmogorov's distance to the sample.
    sample_mean, sample_cv : float
    atom : tuple of (share, end in seconds), or None
        Of a mixture; `mean` and `cv` are of the whole.
    body : tuple of (mean, cv), or None
        Of its lognormal part.
    values : tuple of float
        Of an empirical law, seconds.
    points : tuple of float
        The sample's 1, 2, ..., 99 % points, seconds.
    """

    name: str
    mean: Interval
    cv: Interval
    n: int
    aic: float
    distance: float
    sample_mean: float
    sample_cv: float
    atom: tuple[float, float] | None = None
    body: tuple[float, float] | None = None
    values: tuple[float, ...] = ()
    points: tuple[float, ...] = ()

    @property
    def matches(self) -> bool:
        """Whether mean and cv are the sample's, within the tolerance or what chance explains."""
        chance_mean = CHANCE * self.sample_cv / math.sqrt(self.n)
        chance_cv = CHANCE * (self.cv.high - self.cv.low) / 2.0 / Z / self.cv.value if self.cv.value else 0.0
        chance_cv = chance_cv if math.isfinite(chance_cv) else 0.0
        return abs(self.mean.value / self.sample_mean - 1.0) <= max(MEAN_TOLERANCE, min(chance_mean, 0.1)) and (
            abs(self.cv.value - self.sample_cv) <= max(CV_TOLERANCE, min(chance_cv, 0.25)) * self.sample_cv
        )

    def scaled(self, factor: float) -> Fitted:
        """Return the law of durations that are all so many times as long."""
        return replace(
            self,
            mean=self.mean.times(factor),
            sample_mean=self.sample_mean * factor,
            atom=None if self.atom is None else (self.atom[0], self.atom[1] * factor),
            body=None if self.body is None else (self.body[0] * factor, self.body[1]),
            values=tuple(v * factor for v in self.values),
            points=tuple(v * factor for v in self.points),
        )

    def cdf(self, t: F64) -> F64:
        """Return the share of durations up to each time in seconds, by the law."""
        if self.name == "deterministic":
            return np.where(t >= self.mean.value, 1.0, 0.0)
        if self.name == "empirical":
            return np.asarray(np.searchsorted(np.array(self.values), t, side="right") / len(self.values))
        if self.atom is not None and self.body is not None:
            part, end = self.atom
            rest = frozen("lognormal", *self.body).cdf(t)
            return np.asarray(part * np.minimum(t / end, 1.0) + (1.0 - part) * rest)
        return np.asarray(frozen(self.name, self.mean.value, self.cv.value).cdf(t))


def fit_laws(time_s: F64, families: tuple[str, ...] = ("exponential", "lognormal", "gamma", "weibull")) -> list[Fitted]:
    """Fit all candidates, the best by Akaike's criterion first; an empirical law has none, and stands last.

    Raises
    ------
    CalibrationError
        If a duration is not above 0, or there is none.
    """
    sample = durations(time_s)
    if float(np.ptp(sample)) == 0.0:
        same = Interval(float(sample[0]), math.nan, math.nan)
        return [_summed(sample, "deterministic", same, Interval(0.0, 0.0, 0.0), math.nan, 0.0)]
    found = [_exponential(sample)]
    if sample.size >= FEWEST:
        found += [_two_parameters(sample, family) for family in families if family != "exponential"]
    if sample.size >= FEWEST_MIXTURE and (mixed := _mixture(sample)) is not None:
        found.append(mixed)
    found.sort(key=lambda fit: fit.aic)
    return [*found, _empirical(sample)] if sample.size >= FEWEST_EMPIRICAL else found


def choose(found: list[Fitted]) -> Fitted:
    """Return the law to be taken: the first whose mean and cv are the sample's, else the first."""
    return next((fit for fit in found if fit.matches), found[0])


def _summed(sample: F64, name: str, mean: Interval, cv: Interval, aic: float, off: float, **more: Any) -> Fitted:
    own = float(sample.mean())
    return Fitted(
        name,
        mean,
        cv,
        sample.size,
        aic,
        off,
        own,
        float(sample.std(ddof=1 if sample.size > 1 else 0)) / own,
        points=tuple(np.quantile(sample, PERCENTS).tolist()),
        **more,
    )


def _exponential(sample: F64) -> Fitted:
    from scipy.stats import chi2, expon

    n, mean = sample.size, float(sample.mean())
    ends = (2.0 * n * mean / float(chi2.ppf(p, 2 * n)) for p in (0.975, 0.025))
    aic = 2.0 + 2.0 * n * (1.0 + math.log(mean))
    return _summed(
        sample, "exponential", Interval(mean, *ends), Interval(1.0, 1.0, 1.0), aic, distance(sample, expon(scale=mean))
    )


def frozen(family: str, mean: float, cv: float) -> Any:
    """Return scipy's law of a family with this mean and cv."""
    from scipy import stats

    if family == "lognormal":
        sigma = math.sqrt(math.log1p(cv * cv))
        return stats.lognorm(sigma, scale=mean / math.exp(sigma * sigma / 2.0))
    if family == "gamma":
        return stats.gamma(1.0 / (cv * cv), scale=mean * cv * cv)
    if family == "exponential":
        return stats.expon(scale=mean)
    shape = weibull_shape(cv)
    return stats.weibull_min(shape, scale=mean / math.gamma(1.0 + 1.0 / shape))


def weibull_shape(cv: float) -> float:
    """Return the shape of a Weibull law from its cv.

    >>> round(weibull_shape(1.0), 9)
    1.0
    """
    from scipy.optimize import brentq

    def off(log_shape: float) -> float:
        k = math.exp(log_shape)
        return math.lgamma(1.0 + 2.0 / k) - 2.0 * math.lgamma(1.0 + 1.0 / k) - math.log1p(cv * cv)

    return math.exp(float(brentq(off, math.log(0.1), math.log(1000.0))))


def _two_parameters(sample: F64, family: str) -> Fitted:
    from scipy.optimize import minimize

    def cost(x: F64) -> float:
        return -float(frozen(family, math.exp(x[0]), math.exp(x[1])).logpdf(sample).sum())

    start = np.log([sample.mean(), min(max(float(sample.std()) / float(sample.mean()), 0.05), 5.0)])
    limits = [(start[0] - 2.0, start[0] + 2.0), (math.log(0.011), math.log(20.0))]
    found = minimize(cost, start, method="L-BFGS-B", bounds=limits)
    mean, cv = intervals(cost, found.x)
    law = frozen(family, mean.value, cv.value)
    return _summed(sample, family, mean, cv, 4.0 + 2.0 * float(found.fun), distance(sample, law))


def intervals(cost: Callable[[F64], float], at: F64, step: float = 1e-3) -> tuple[Interval, ...]:
    """Return exp of each parameter with its interval, by the curvature of minus the log-likelihood at its minimum."""
    n = len(at)
    eye = np.eye(n) * step
    curve = np.empty((n, n))
    for i in range(n):
        for j in range(i, n):
            corners = cost(at + eye[i] + eye[j]) - cost(at + eye[i] - eye[j])
            corners -= cost(at - eye[i] + eye[j]) - cost(at - eye[i] - eye[j])
            curve[i, j] = curve[j, i] = corners / (4.0 * step * step)
    try:
        variance = np.diag(np.linalg.inv(curve))
    except np.linalg.LinAlgError:
        variance = np.full(n, np.nan)
    with np.errstate(invalid="ignore"):
        half = Z * np.sqrt(np.where(variance > 0, variance, np.nan))
    return tuple(
        Interval(*(math.exp(x) if math.isfinite(x) else math.nan for x in (m, m - h, m + h)))
        for m, h in zip(at.tolist(), half.tolist(), strict=True)
    )


def _mixture(sample: F64) -> Fitted | None:
    """Return a share that is uniform up to a short time and a lognormal rest; the end by likelihood, the rest by EM."""
    best: tuple[float, float, float, float, float] | None = None
    logs = np.log(sample)
    for end in SHORT_S:
        if np.count_nonzero(sample < end) < 10 or end > np.median(sample) / 2.0:
            continue
        short = np.where(sample < end, 1.0 / end, 0.0)
        part, body = float((sample < end).mean()) / 2.0, logs[sample >= end]
        mu, sigma = float(body.mean()), float(body.std()) or 1.0
        likelihood = -math.inf
        for _ in range(STEPS_OF_EM):
            dense = np.exp(-((logs - mu) ** 2) / (2 * sigma**2)) / (sample * sigma * math.sqrt(2 * math.pi))
            mixed = part * short + (1.0 - part) * dense
            likelihood = float(np.log(mixed).sum())
            of_body = (1.0 - part) * dense / mixed
            part = 1.0 - float(of_body.mean())
            mu = float((of_body * logs).sum() / of_body.sum())
            sigma = math.sqrt(float((of_body * (logs - mu) ** 2).sum() / of_body.sum()))
        if best is None or likelihood > best[0]:
            best = (likelihood, part, end, mu, sigma)
    if best is None or best[1] < 0.005:
        return None
    return _mixed(sample, *best)


def _mixed(sample: F64, likelihood: float, part: float, end: float, mu: float, sigma: float) -> Fitted:
    body_mean, body_cv = math.exp(mu + sigma**2 / 2), math.sqrt(math.expm1(sigma**2))
    mean = part * end / 2 + (1 - part) * body_mean
    second = part * end**2 / 3 + (1 - part) * body_mean**2 * (1 + body_cv**2)
    cv = math.sqrt(second - mean**2) / mean
    half = Z * cv / math.sqrt(sample.size) * mean
    found = _summed(
        sample,
        "mixture",
        Interval(mean, mean - half, mean + half),
        Interval(cv, math.nan, math.nan),
        8.0 - 2.0 * likelihood,
        math.nan,
        atom=(part, end),
        body=(body_mean, body_cv),
    )
    return replace(found, distance=distance(sample, found))


def _empirical(sample: F64) -> Fitted:
    law = sample_law(np.rint(sample * US_PER_SECOND).astype(np.int64), most=MOST_VALUES)
    values = tuple(v / US_PER_SECOND for v in getattr(law, "values", ()))
    mean, cv = float(sample.mean()), law.cv
    half = Z * float(sample.std(ddof=1)) / math.sqrt(sample.size)
    return _summed(
        sample,
        "empirical",
        Interval(mean, mean - half, mean + half),
        Interval(cv, math.nan, math.nan),
        math.nan,
        0.5 / MOST_VALUES,
        values=values,
    )
