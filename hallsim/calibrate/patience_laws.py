"""Patience as laws that a simulation can draw from: Kaplan and Meier's with a tail, and parametric candidates.

In: waits in seconds and who gave up then, as in `patience`. Out: laws in microseconds, and `PatienceFit`s with their
likelihood. Served customers are right-censored throughout. Kaplan and Meier's estimate ends where nobody waited any
longer; what it leaves is given a constant hazard, that of the last twentieth of the waits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hallsim.calibrate.patience import F64, Bool, exponential_mean, kaplan_meier
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_SECOND
from hallsim.parts.distributions import Empirical, Exponential, Law, Weibull

TAIL_FROM = 0.95
"""The tail's hazard is that of waits above this quantile."""
TAIL_STEPS = 50


@dataclass(frozen=True, slots=True)
class PatienceFit:
    """A law fitted to censored waits: its parameters in seconds, log-likelihood and Akaike's criterion."""

    name: str
    law: Law
    parameters: dict[str, float]
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's information criterion: twice the parameters less twice the log-likelihood; the lowest is best."""
        return 2.0 * len(self.parameters) - 2.0 * self.log_likelihood


def product_limit_law(wait_s: ArrayLike, gave_up: ArrayLike) -> Empirical | None:
    """Return the law whose survival function is Kaplan and Meier's, or None if nobody gave up: nobody knows.

    Raises
    ------
    CalibrationError
        As `kaplan_meier`.
    """
    found = kaplan_meier(wait_s, gave_up)
    before = np.append(1.0, found.survival[:-1])
    jumps = before - found.survival > 0.0
    if not jumps.any():
        return None
    values, weights = found.time_s[jumps], (before - found.survival)[jumps]
    left = float(found.survival[-1])
    if left > 0.0:
        steps = (np.arange(TAIL_STEPS) + 0.5) / TAIL_STEPS
        mean = _tail_mean(np.asarray(wait_s, dtype=np.float64), np.asarray(gave_up))
        tail = found.time_s[-1] - mean * np.log1p(-steps)
        values, weights = np.append(values, tail), np.append(weights, np.full(TAIL_STEPS, left / TAIL_STEPS))
    return Empirical(tuple((values * US_PER_SECOND).tolist()), tuple(weights.tolist()))


def _tail_mean(wait_s: F64, gave_up: Bool) -> float:
    """Return the mean patience beyond the longest waits, by a constant hazard; of all waits if nobody gave up late."""
    start = float(np.quantile(wait_s, TAIL_FROM))
    late = wait_s > start
    n = int(np.count_nonzero(gave_up & late))
    return float((wait_s[late] - start).sum()) / n if n else exponential_mean(wait_s, gave_up)


def fit_patience(wait_s: ArrayLike, gave_up: ArrayLike) -> list[PatienceFit]:
    """Fit an exponential and a Weibull law to censored waits by maximum likelihood, the best by AIC first.

    Waits of 0 say nothing about patience and are left out.

    Raises
    ------
    CalibrationError
        If nobody gave up, or the waits cannot be used (see `kaplan_meier`).
    """
    from scipy.stats import CensoredData, weibull_min

    wait, left = np.asarray(wait_s, dtype=np.float64).ravel(), np.asarray(gave_up).ravel()
    if wait.size != left.size:
        raise CalibrationError(f"{wait.size} waits but {left.size} marks of giving up")
    wait, left = wait[wait > 0], left[wait > 0]
    mean = exponential_mean(wait, left)
    n = int(left.sum())
    fits = [
        PatienceFit(
            "exponential", Exponential(mean * US_PER_SECOND), {"mean_s": mean}, -n * math.log(mean) - wait.sum() / mean
        )
    ]
    if np.unique(wait[left]).size > 1:
        data = CensoredData.right_censored(wait, ~left)
        shape, _, scale = weibull_min.fit(data, 1.0, floc=0.0, scale=mean)
        likelihood = float(
            weibull_min.logpdf(wait[left], shape, scale=scale).sum()
            + weibull_min.logsf(wait[~left], shape, scale=scale).sum()
        )
        mean = float(scale) * math.gamma(1.0 + 1.0 / float(shape))
        law = Weibull(mean * US_PER_SECOND, float(shape))
        fits.append(PatienceFit("weibull", law, {"mean_s": mean, "shape": float(shape)}, likelihood))
    return sorted(fits, key=lambda fit: fit.aic)
