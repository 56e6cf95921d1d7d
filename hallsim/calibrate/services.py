"""Services: sample figures, fitted laws and how far the sample is from them.

In: durations in seconds, as an array or out of a table of visits. Out: small frozen results. Fits are by
maximum likelihood; the distance is Kolmogorov's, sup |F_n - F|. With tens of thousands of services every
law is rejected at any level, so that fits are judged by distance and never by p. That services of a bank's
telephone line are close to lognormal is known from Brown et al. 2005, "Statistical analysis of a telephone
call center", JASA 100:36-50, sec. 4.

A law fitted by maximum likelihood need not have the mean of its sample, and waits depend on the mean above
all: `LognormalFit.mean_s` is there to be compared with `ServiceSummary.mean_s` before a fit is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.calibrate.stays import stays
from hallsim.errors import CalibrationError

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]


class Law(Protocol):
    """Anything with a distribution function of seconds."""

    def cdf(self, time_s: F64) -> F64:
        """Return P(T <= time_s), the shape of `time_s`."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """Sample figures of durations; `sd_s` divides by n - 1 and is NaN for a single one."""

    n: int
    mean_s: float
    sd_s: float
    median_s: float


@dataclass(frozen=True, slots=True)
class LognormalFit:
    """A lognormal law: log T is normal with mean `mu` and standard deviation `sigma`, T in seconds."""

    n: int
    mu: float
    sigma: float

    @property
    def mean_s(self) -> float:
        """The mean of T: exp(mu + sigma^2 / 2)."""
        return math.exp(self.mu + self.sigma**2 / 2.0)

    @property
    def cv(self) -> float:
        """Standard deviation of T over its mean, as scenario files take it (semantics 16)."""
        return math.sqrt(math.expm1(self.sigma**2))

    def cdf(self, time_s: F64) -> F64:
        """Return P(T <= time_s)."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            result: F64 = ndtr((np.log(time_s) - self.mu) / self.sigma)
        return result


@dataclass(frozen=True, slots=True)
class ExponentialFit:
    """An exponential law with mean `mean_s`, in seconds."""

    n: int
    mean_s: float

    def cdf(self, time_s: F64) -> F64:
        """Return P(T <= time_s)."""
        result: F64 = -np.expm1(-np.asarray(time_s) / self.mean_s)
        return result


def service_times(visits: pd.DataFrame) -> F64:
    """Return the durations of all services in a table of visits, in seconds, in the order of the table.

    A service of 0 s is a button pressed twice and not a service; it is left out. Nothing else is: what
    is too short or too long to be believed is for the caller to say.

    Raises
    ------
    CalibrationError
        If the table has a negative service or a step without an end.
    """
    service_s = stays(visits).service_s
    return service_s[service_s > 0]


def summarise(time_s: ArrayLike) -> ServiceSummary:
    """Return number, mean, standard deviation and median of durations above 0.

    >>> summarise([60, 120, 300, 120])
    ServiceSummary(n=4, mean_s=150.0, sd_s=103.92304845413264, median_s=120.0)
    """
    sample = durations(time_s)
    sd = float(sample.std(ddof=1)) if sample.size > 1 else math.nan
    return ServiceSummary(sample.size, float(sample.mean()), sd, float(np.median(sample)))


def share_below(time_s: ArrayLike, limit_s: float) -> float:
    """Return the share of durations shorter than `limit_s`: served in no time, such as a clerk who hangs up.

    >>> share_below([5, 10, 20, 40], 10)
    0.25
    """
    return float((durations(time_s) < limit_s).mean())


def fit_lognormal(time_s: ArrayLike) -> LognormalFit:
    """Fit a lognormal law by maximum likelihood.

    mu is the mean of log T, sigma^2 the mean of (log T - mu)^2, divided by n and not by n - 1 (Johnson, Kotz
    and Balakrishnan 1994, "Continuous univariate distributions", vol. 1, 2nd ed., ch. 14).

    Parameters
    ----------
    time_s : array of durations in seconds, all above 0

    Raises
    ------
    CalibrationError
        If a duration is not above 0 and finite, or fewer than two differ.
    """
    logs = np.log(durations(time_s))
    sigma = float(logs.std())
    if logs.min() == logs.max():  # not sigma == 0: rounding leaves a sigma of 1e-16 to equal values
        raise CalibrationError(f"a lognormal law needs two different durations; {logs.size} given, all equal")
    return LognormalFit(logs.size, float(logs.mean()), sigma)


def fit_exponential(time_s: ArrayLike) -> ExponentialFit:
    """Fit an exponential law by maximum likelihood: it has the mean of the sample.

    Raises
    ------
    CalibrationError
        If there is no duration, or one is not above 0 and finite.
    """
    sample = durations(time_s)
    return ExponentialFit(sample.size, float(sample.mean()))


def distance(time_s: ArrayLike, law: Law) -> float:
    """Return the Kolmogorov-Smirnov distance sup |F_n(t) - F(t)| of a sample to a law.

    Parameters
    ----------
    time_s : array of durations in seconds, all above 0
    law : a law; that it was fitted to the same sample makes the distance smaller than chance would

    Returns
    -------
    float
        From 0 to 1. A sample of the law itself has about 0.87 / sqrt(n).

    Raises
    ------
    CalibrationError
        If there is no duration, or one is not above 0 and finite.
    """
    from scipy.stats import ks_1samp

    return float(ks_1samp(durations(time_s), law.cdf, method="asymp").statistic)


def durations(time_s: ArrayLike) -> F64:
    """Return durations as float64[n]; all must be finite and above 0, and there must be one."""
    sample = np.asarray(time_s, dtype=np.float64).ravel()
    if sample.size == 0:
        raise CalibrationError("no durations were given")
    wrong = ~(np.isfinite(sample) & (sample > 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise CalibrationError(
            f"{int(wrong.sum())} of {sample.size} durations are not finite and above 0, "
            f"first {sample[first]:g} s at {first}"
        )
    return sample
