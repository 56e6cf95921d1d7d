"""Patience of a hall's customers, from waits of which only some show its end.

In: waits in seconds and how each ended. Out: `Patience`: Kaplan and Meier's points, exponential and Weibull laws by
maximum likelihood, and the law that the scenario takes. Who was served is right-censored. Who was called after a wait
and did not come had left before (left-censored), or was not at hand, whatever his patience: with no-shows in the log
a share of those is fitted beside the law, and kept if Akaike's criterion is for it. The distribution without any law
comes by expectation and maximisation over who had left when (Turnbull 1976, J. R. Statist. Soc. B 38:290-295).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import Interval
from hallsim.calibrate.hall.laws import frozen, intervals
from hallsim.calibrate.patience_laws import product_limit_law
from hallsim.compiled import STEP_NO_SHOW, STEP_RENEGED
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_SECOND

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

GONE, STAYED, GONE_BEFORE = 0, 1, 2
"""How a wait ended: the customer left then; he was still there; he had left before."""

FEWEST = 20
"""Customers who gave up; with fewer there is no law."""
FEWEST_EMPIRICAL = 500
FAR = 0.05
"""Largest distance between Kaplan and Meier's estimate and a law that is taken."""
VALUES = 100
CURVE = 200
POINTS = (0.10, 0.25, 0.50)
STEPS_OF_EM = 2000
STILL = 1e-6


@dataclass(frozen=True, slots=True)
class Patience:
    """How long customers wait before they give up; times in seconds.

    Attributes
    ----------
    name : str
        "exponential", "weibull" or "empirical".
    mean : Interval
    shape : Interval
        Weibull's; 1 for an exponential.
    n, n_gone : int
        Waits, and who gave up.
    silent : bool
        Whether most of those left without a word, and were found gone when called.
    absent : Interval
        Share of calls that nobody answers though he has not given up.
    points : tuple of (share, seconds)
        By when so many would have given up, without any law; NaN beyond what is known.
    distance : float
        Largest distance between that and the law, as far as it is known.
    values : tuple of float
        Of an empirical law.
    aic : dict
        Name -> Akaike's criterion.
    curve : tuple of (seconds, share)
        Who would still be there, without any law, as far as it is known.
    """

    name: str
    mean: Interval
    shape: Interval
    n: int
    n_gone: int
    silent: bool
    absent: Interval
    points: tuple[tuple[float, float], ...]
    distance: float
    values: tuple[float, ...]
    aic: dict[str, float]
    curve: tuple[tuple[float, float], ...]

    def alive(self, t: F64) -> F64:
        """Return the share that is still there at each time in seconds, by the law."""
        if self.name == "empirical":
            return np.asarray(1.0 - np.searchsorted(np.array(self.values), t, side="right") / len(self.values))
        cv = 1.0 if self.name == "exponential" else _weibull_cv(self.shape.value)
        return np.asarray(frozen(self.name, self.mean.value, cv).sf(t))


def endings(outcome: I64, served: Bools) -> I64:
    """Return how each wait ended; who was moved, skipped or closed out was still there."""
    gone = np.where(outcome == STEP_RENEGED, GONE, STAYED)
    return np.where(served, STAYED, np.where(outcome == STEP_NO_SHOW, GONE_BEFORE, gone))


def fit(wait_s: F64, ended: I64) -> Patience | None:
    """Fit the patience of some customers; None if hardly anybody gave up.

    Raises
    ------
    CalibrationError
        If a wait is below 0 or not finite.
    """
    if not np.isfinite(wait_s).all() or (wait_s < 0).any():
        raise CalibrationError("waits must be finite and from 0 up")
    some = wait_s > 0
    wait, end = wait_s[some], ended[some]
    n_gone = int(np.count_nonzero(end != STAYED))
    if n_gone < FEWEST:
        return None
    silent = np.count_nonzero(end == GONE_BEFORE) > np.count_nonzero(end == GONE)
    fits = [
        _parametric(wait, end, family, absent) for family in ("exponential", "weibull") for absent in _absences(end)
    ]
    fits.sort(key=lambda one: one[0])
    _, name, absent, mean, shape = fits[0]
    known_time, known = survival(wait, end, 0.0 if math.isnan(absent.value) else absent.value)
    cv = 1.0 if name == "exponential" else _weibull_cv(shape.value)
    law = frozen(name, mean.value, cv)
    inside = known_time <= np.quantile(wait, 0.99)
    off = float(np.abs(known - law.sf(known_time))[inside].max()) if inside.any() else math.nan
    points = tuple((p, _point(known_time, known, p)) for p in POINTS)
    values: tuple[float, ...] = ()
    if n_gone >= FEWEST_EMPIRICAL and off > FAR and not silent:
        values = _values(wait, end)
        name, average = "empirical", float(np.mean(values))
        mean = Interval(average, average * mean.low / mean.value, average * mean.high / mean.value)
    aic = {f"{one[1]}{' + absent' if one[2].value > 0 else ''}": one[0] for one in fits}
    curve = _curve(known_time[inside], known[inside])
    return Patience(name, mean, shape, len(wait), n_gone, bool(silent), absent, points, off, values, aic, curve)


def _curve(time: F64, alive: F64) -> tuple[tuple[float, float], ...]:
    """Return at most `CURVE` points of an estimate, from the time 0 on."""
    kept = np.unique(np.linspace(0, max(len(time) - 1, 0), min(len(time), CURVE)).astype(np.int64))
    return ((0.0, 1.0), *((float(time[i]), float(alive[i])) for i in kept.tolist()))


def _absences(end: I64) -> tuple[bool, ...]:
    return (False, True) if (end == GONE_BEFORE).any() else (False,)


def _parametric(wait: F64, end: I64, family: str, with_absent: bool) -> tuple[float, str, Interval, Interval, Interval]:
    """Return Akaike's criterion, name, share of absent customers, mean and shape of a law by maximum likelihood."""
    from scipy.optimize import minimize

    gone, stayed, before = (end == code for code in (GONE, STAYED, GONE_BEFORE))
    asked = stayed | before

    def cost(x: F64) -> float:
        mean, shape = math.exp(x[0]), math.exp(x[1]) if family == "weibull" else 1.0
        absent = math.exp(x[-1]) if with_absent else 0.0
        if absent >= 1.0:
            return math.inf
        scaled = (wait * math.gamma(1.0 + 1.0 / shape) / mean) ** shape
        total = float(scaled[gone].sum() - np.log(shape * scaled[gone] / wait[gone]).sum())
        if before.any():
            here = (1.0 - absent) * np.exp(-scaled[asked])
            found = before[asked]
            total -= float(np.log(np.maximum(np.where(found, 1.0 - here, here), 1e-300)).sum())
        else:
            total += float(scaled[stayed].sum())
        return total

    start = [math.log(max(float(wait.sum()) / max(int(np.count_nonzero(~stayed)), 1), 1e-3))]
    start += [0.0] if family == "weibull" else []
    start += [math.log(max(0.3 * float(before.mean()), 1e-3))] if with_absent else []
    limits = [(start[0] - 5.0, start[0] + 5.0)] + [(-2.5, 3.0)] * (family == "weibull") + [(-9.0, -0.05)] * with_absent
    found = minimize(cost, start, method="L-BFGS-B", bounds=limits)
    ends = intervals(cost, found.x)
    aic = 2.0 * len(start) + 2.0 * float(found.fun)
    absent = ends[-1] if with_absent else Interval(0.0, 0.0, 0.0)
    shape = ends[1] if family == "weibull" else Interval(1.0, 1.0, 1.0)
    return aic, family, absent, ends[0], shape


def survival(wait: F64, end: I64, absent: float = 0.0) -> tuple[F64, F64]:
    """Return P(patience > t) without any law, at the times where it falls: Kaplan and Meier's, or Turnbull's.

    With customers who had left before, each of those is laid over the times before his wait in proportion to what
    the estimate has there, and the estimate is made anew, until it stays (expectation and maximisation).

    Parameters
    ----------
    wait, end : as in `fit`
    absent : share of calls that are not answered whatever the patience; so many of who had left before do not count

    >>> time, alive = survival(np.array([1.0, 2.0, 3.0, 4.0]), np.array([GONE, STAYED, GONE, GONE]))
    >>> alive.round(3).tolist()
    [0.75, 0.375, 0.0]
    """
    at = np.unique(wait[end != STAYED])
    place = np.searchsorted(at, wait, side="right")  # times up to the wait
    exact = np.bincount(place[end == GONE] - 1, minlength=len(at)).astype(np.float64)
    stayed = np.bincount(place[end == STAYED], minlength=len(at) + 1).astype(np.float64)
    before = np.bincount(place[end == GONE_BEFORE], minlength=len(at) + 1).astype(np.float64)
    before *= 1.0 - absent
    n = exact.sum() + stayed.sum() + before.sum()
    mass = np.full(len(at) + 1, 1.0 / (len(at) + 1))  # the last one lies beyond all times
    for _ in range(STEPS_OF_EM):
        up_to = np.append(0.0, np.cumsum(mass))
        beyond = 1.0 - up_to[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            of_stayed = np.cumsum(np.where(beyond > 0, stayed / beyond, 0.0))
            of_before = np.where(up_to[:-1] > 0, before / up_to[:-1], 0.0)
        # one who had left before `place` times lies in those; reversed sums say how many cover each time
        covers = np.append(np.cumsum(of_before[::-1])[::-1][1:], 0.0)
        new = (np.append(exact, 0.0) + mass * (of_stayed + covers)) / n
        still = float(np.abs(new - mass).max()) < STILL
        mass = new / new.sum()
        if still:
            break
    return at, np.maximum(1.0 - np.cumsum(mass[:-1]), 0.0)


def _point(time: F64, alive: F64, p: float) -> float:
    reached = alive <= 1.0 - p + 1e-12
    return float(time[int(np.argmax(reached))]) if reached.any() else math.nan


def _weibull_cv(shape: float) -> float:
    return math.sqrt(math.expm1(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)))


def _values(wait: F64, end: I64) -> tuple[float, ...]:
    """Return values of equal weight with Kaplan and Meier's distribution and its tail."""
    law = product_limit_law(wait, end != STAYED)
    assert law is not None
    order = np.argsort(law.values)
    values = np.array(law.values)[order] / US_PER_SECOND
    weights = np.array(law.weights or (1.0,) * len(values))[order]
    reached = np.cumsum(weights) / weights.sum()
    middle = (np.arange(VALUES) + 0.5) / VALUES
    return tuple(values[np.minimum(np.searchsorted(reached, middle), len(values) - 1)].tolist())
