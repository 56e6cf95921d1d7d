"""Constants of selection procedures, and chances of a correct selection, by quadrature.

All for independent normal observations. k is the number of systems, confidence the promised chance of selecting the
best one when it is better than every other by at least the indifference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError

F64 = NDArray[np.float64]

_LIMIT = 12.0
"""Beyond twelve standard deviations the normal law has 2e-33."""


def bechhofer(k: int, confidence: float) -> float:
    """Return h such that n = ceil((h sigma / indifference)^2) observations of each system suffice, sigma known.

    The integral of phi(x) Phi(x + h)^(k - 1) is the confidence (Bechhofer 1954, doi:10.1214/aoms/1177728845).
    """
    check_promise(k, confidence)
    return _root(lambda h: p_correct([h] + [0.0] * (k - 1), [1.0] * k, [1.0] * k) - confidence)


@lru_cache(maxsize=256)
def rinott(k: int, first_stage: int, confidence: float) -> float:
    """Return Rinott's h: N_i = max(n0, ceil((h S_i / indifference)^2)) observations suffice, sigmas unknown, unequal.

    E[ E[ Phi(h / sqrt((n0 - 1) (1 / X + 1 / Y))) | Y ]^(k - 1) ] is the confidence, X and Y chi-squared with n0 - 1
    degrees of freedom (Rinott 1978, doi:10.1080/03610927808827671).
    """
    from scipy.special import ndtr
    from scipy.stats import chi2

    check_promise(k, confidence)
    check_first_stage(first_stage)
    degrees = first_stage - 1
    low, high = (math.log(float(x)) for x in (chi2.ppf(1e-13, degrees), chi2.isf(1e-13, degrees)))
    nodes, weights = np.polynomial.legendre.leggauss(160)
    x = np.exp(low + (high - low) * (nodes + 1.0) / 2.0)
    w = weights * (high - low) / 2.0 * x * chi2.pdf(x, degrees)
    w /= w.sum()
    spread = np.sqrt(degrees * (1.0 / x[:, None] + 1.0 / x))
    return _root(lambda h: float(((ndtr(h / spread) @ w) ** (k - 1)) @ w) - confidence)


def kim_nelson(k: int, degrees: int, confidence: float, independent: bool = False) -> float:
    """Return eta of KN and KN++: 1/2 ((2 beta)^(-2 / degrees) - 1), with the constant c = 1.

    beta = alpha / (k - 1), which holds for common random numbers too, or 1 - (1 - alpha)^(1 / (k - 1)) for independent
    systems (Kim and Nelson 2001, doi:10.1145/502109.502111, eq. 4).

    Parameters
    ----------
    degrees : int
        Degrees of freedom of the variances: n0 - 1 in KN, those of all observations so far in KN++.
    """
    check_promise(k, confidence)
    alpha = 1.0 - confidence
    beta = -math.expm1(math.log1p(-alpha) / (k - 1)) if independent else alpha / (k - 1)
    return 0.5 * math.expm1(-2.0 / degrees * math.log(2.0 * beta))


def p_correct(means: Sequence[float], sds: Sequence[float], n: Sequence[float]) -> float:
    """Return the chance that the system with the largest mean has the largest average of n[i] observations each.

    Independent systems; a one-dimensional integral over the best one's average.
    """
    from scipy.special import log_ndtr

    m, error = np.asarray(means, dtype=np.float64), np.asarray(sds) / np.sqrt(np.asarray(n, dtype=np.float64))
    best = int(np.argmax(m))
    others = np.arange(m.size) != best
    edges = np.linspace(-_LIMIT, _LIMIT, 25)
    nodes, weights = np.polynomial.legendre.leggauss(16)
    x = (edges[:-1, None] + (nodes + 1.0) / 2.0 * (edges[1] - edges[0])).ravel()
    w = np.tile(weights * (edges[1] - edges[0]) / 2.0, edges.size - 1)
    average = m[best] + error[best] * x
    beaten = log_ndtr((average[:, None] - m[others]) / error[others]).sum(axis=1)
    return float((np.exp(beaten - x * x / 2.0) * w).sum() / math.sqrt(2.0 * math.pi))


def check_promise(k: int, confidence: float) -> None:
    """Refuse fewer than two systems, and confidences that promise no more than a blind guess."""
    if k < 2:
        raise UsageError(f"{k} system to select from; at least 2 are needed")
    if not 1.0 / k < confidence < 1.0:
        raise UsageError(f"confidence is {confidence:g}; allowed is more than 1 in {k} and less than 1, such as 0.95")


def check_first_stage(first_stage: int) -> None:
    """Refuse first stages too short for variances."""
    if first_stage < 3:
        raise UsageError(f"first stage is {first_stage} observations; at least 3 are needed to know how they vary")


def _root(f: Callable[[float], float]) -> float:
    """Return the positive root of an increasing function."""
    from scipy.optimize import brentq

    high = 4.0
    while f(high) < 0.0:
        high *= 2.0
    return float(brentq(f, 0.0, high, xtol=1e-13, rtol=1e-14))
