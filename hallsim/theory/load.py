"""The offered load through the day: M(t)/G/inf."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.errors import UsageError
from hallsim.theory.numbers import check, check_positive

F64 = NDArray[np.float64]


def infinite_server_load(
    times: ArrayLike, edges: Sequence[float], rates: Sequence[float], mean_up_to: Callable[[F64], F64]
) -> F64:
    """Return the offered load m(t) of M(t)/G/inf: the mean number in service if nobody ever had to wait.

    m(t) = integral of rate(u) P(S > t - u) du (Eick, Massey and Whitt 1993, doi:10.1287/opre.41.4.731), exact for
    rates that are constant between edges. The number itself is Poisson.

    Parameters
    ----------
    times : array of times t
    edges : increasing times, one more than `rates`
        `rates[i]` holds from `edges[i]` to `edges[i + 1]`; nobody comes before or after.
    rates : arrivals per unit of time
    mean_up_to : callable
        x -> E[min(S, x)] for arrays x >= 0, such as `exponential_up_to(mean)`.

    Returns
    -------
    float64, in the shape of `times`
    """
    if len(edges) != len(rates) + 1 or any(b <= a for a, b in pairwise(edges)):
        raise UsageError("edges must increase, and there must be one more than rates")
    t = np.asarray(times, dtype=np.float64)
    since = [mean_up_to(np.maximum(t - edge, 0.0)) for edge in edges]
    load = np.zeros_like(t)
    for rate, first, last in zip(rates, since, since[1:], strict=False):
        load += rate * (first - last)
    return load


def exponential_up_to(mean: float) -> Callable[[F64], F64]:
    """Return x -> E[min(S, x)] of an exponential service."""
    check_positive(mean=mean)
    return lambda x: np.asarray(-mean * np.expm1(-x / mean))


def lognormal_up_to(mean: float, cv: float) -> Callable[[F64], F64]:
    """Return x -> E[min(S, x)] of a lognormal service, by mean and coefficient of variation; cv 0 is constant."""
    check_positive(mean=mean)
    check(cv=cv)
    if cv == 0.0:
        return lambda x: np.minimum(x, mean)
    sigma = math.sqrt(math.log1p(cv * cv))
    mu = math.log(mean) - sigma * sigma / 2.0

    def up_to(x: F64) -> F64:
        with np.errstate(divide="ignore"):
            z = (np.log(x) - mu) / sigma
        return np.asarray(mean * _normal_cdf(z - sigma) + x * _normal_cdf(-z))

    return up_to


def _normal_cdf(z: F64) -> F64:
    """Return Phi(z); scipy has it, but takes longer to import than a run of 200 days."""
    values = [0.5 * math.erfc(-x / math.sqrt(2.0)) for x in z.ravel().tolist()]
    return np.array(values).reshape(z.shape)


def sample_up_to(services: ArrayLike) -> Callable[[F64], F64]:
    """Return x -> E[min(S, x)] of service times as observed."""
    values = np.sort(np.asarray(services, dtype=np.float64))
    if not values.size or values[0] < 0.0:
        raise UsageError("service times are needed, none of them negative")
    sums = np.concatenate([[0.0], np.cumsum(values)])

    def up_to(x: F64) -> F64:
        below = np.searchsorted(values, x)
        return np.asarray((sums[below] + x * (values.size - below)) / values.size)

    return up_to
