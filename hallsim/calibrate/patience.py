"""Patience: how long customers would have waited, although most were called before it showed.

In: waits in seconds and, beside each, whether the customer gave up then; whoever was called is
right-censored, his patience known to be longer than his wait only. Out: the Kaplan-Meier estimate with its
quantiles, the exponential estimate, the hazard by bins. A wait of 0 says nothing about patience; it changes
none of the three, but is better left out before counting (Brown et al. 2005, JASA 100:36-50, sec. 5, on
telephone customers).

A customer who did not come when called left some time before: treated as giving up at the call, as `stays`
does, he makes patience look longer than it is. Estimates for such data (current status) are not made here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.errors import CalibrationError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

_ROUNDING = 1e-12
"""Products of survival may miss a share such as 0.5 by some units in the last place."""


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """The product-limit estimate of patience.

    Attributes
    ----------
    time_s : float64[m], seconds
        The different waits, rising, those of the called included.
    survival : float64[m]
        P(patience > time_s), from `time_s` up to before the next one; 1 before the first.
    n_at_risk : int64[m]
        Customers who waited at least so long.
    n_gave_up : int64[m]
        Of these, who gave up exactly then. They count before those called at the same moment.
    """

    time_s: F64
    survival: F64
    n_at_risk: I64
    n_gave_up: I64

    def survival_at(self, time_s: ArrayLike) -> F64:
        """Return P(patience > time_s); NaN beyond the longest wait if somebody was called then: nobody knows."""
        time = np.asarray(time_s, dtype=np.float64)
        steps = np.concatenate(([1.0], self.survival))
        result = steps[np.searchsorted(self.time_s, time, side="right")]
        if self.survival[-1] > 0.0:
            result = np.where(time > self.time_s[-1], np.nan, result)
        return np.asarray(result, dtype=np.float64)

    def quantile(self, share: float) -> float:
        """Return the first time by which a share of customers would have given up, inf{t: P(patience <= t) >= share}.

        Parameters
        ----------
        share : float in (0, 1)

        Returns
        -------
        float
            In seconds; NaN where nobody waited long enough to know.

        Raises
        ------
        CalibrationError
            If `share` is not between 0 and 1.
        """
        if not 0.0 < share < 1.0:
            raise CalibrationError(f"a quantile of patience needs a share between 0 and 1, not {share:g}")
        reached = self.survival <= 1.0 - share + _ROUNDING
        return float(self.time_s[int(np.argmax(reached))]) if reached.any() else math.nan


@dataclass(frozen=True, slots=True)
class Hazard:
    """How readily customers give up, by how long they have waited.

    Attributes
    ----------
    edges_s : float64[m + 1], seconds
        Bin i is (edges_s[i], edges_s[i + 1]]: who gave up at an edge had waited in the bin before it.
    n_gave_up : int64[m]
        Who gave up inside each bin.
    waited_s : float64[m], seconds
        Time that all customers together waited inside each bin.
    """

    edges_s: F64
    n_gave_up: I64
    waited_s: F64

    @property
    def rate_per_s(self) -> F64:
        """Giving up per second of waiting; NaN where nobody waited."""
        with np.errstate(invalid="ignore"):
            return self.n_gave_up / self.waited_s


def kaplan_meier(wait_s: ArrayLike, gave_up: ArrayLike) -> KaplanMeier:
    """Estimate the survival function of patience, S(t) = prod over t_i <= t of (1 - d_i / n_i).

    d_i customers gave up at t_i, n_i had waited as long (Kaplan and Meier 1958, JASA 53:457-481, sec. 2).

    Parameters
    ----------
    wait_s : float64[n], seconds
    gave_up : bool[n]
        True: patience ended then. False: called then, patience was longer.

    Returns
    -------
    KaplanMeier
        If nobody gave up, survival is 1 throughout and every quantile NaN.

    Raises
    ------
    CalibrationError
        If there is no wait, one is negative or not finite, or the two arrays differ in length.
    """
    from scipy.stats import CensoredData, ecdf

    wait, left = _waits(wait_s, gave_up)
    survival = ecdf(CensoredData.right_censored(wait, ~left)).sf
    time = survival.quantiles
    in_order = np.sort(wait)
    at_risk = wait.size - np.searchsorted(in_order, time, side="left")
    gone = np.sort(wait[left])
    n_gave_up = np.searchsorted(gone, time, side="right") - np.searchsorted(gone, time, side="left")
    return KaplanMeier(time, survival.probabilities, at_risk.astype(np.int64), n_gave_up.astype(np.int64))


def exponential_mean(wait_s: ArrayLike, gave_up: ArrayLike) -> float:
    """Return the maximum likelihood mean of exponential patience: total wait over the number who gave up.

    The total is over everybody, called or not (Lawless 2003, "Statistical models and methods for lifetime
    data", 2nd ed., sec. 4.1). As patience is rarely exponential, this is a single number for Erlang A and
    no description.

    Returns
    -------
    float
        In seconds.

    Raises
    ------
    CalibrationError
        If nobody gave up, so that no mean is too long, or the waits cannot be used (see `kaplan_meier`).
    """
    wait, left = _waits(wait_s, gave_up)
    if not left.any():
        raise CalibrationError(f"nobody of {wait.size} customers gave up: their mean patience has no estimate")
    return float(wait.sum() / left.sum())


def hazard(wait_s: ArrayLike, gave_up: ArrayLike, edges_s: ArrayLike) -> Hazard:
    """Return the hazard of giving up by bins: who gave up inside a bin over the time waited inside it.

    This occurrence-exposure rate is the maximum likelihood estimate of a hazard that is constant inside each
    bin (Aalen, Borgan and Gjessing 2008, "Survival and event history analysis", ch. 5).

    Parameters
    ----------
    wait_s : float64[n], seconds
    gave_up : bool[n]
    edges_s : float64[m + 1], seconds
        Rising, from 0 or later. Waits outside count for the bins that they pass through.

    Raises
    ------
    CalibrationError
        If the edges do not rise or begin below 0, or the waits cannot be used (see `kaplan_meier`).
    """
    wait, left = _waits(wait_s, gave_up)
    edges = np.asarray(edges_s, dtype=np.float64).ravel()
    if edges.size < 2 or not np.isfinite(edges).all() or edges[0] < 0 or (np.diff(edges) <= 0).any():
        raise CalibrationError(f"edges of bins must rise from 0 or later, at least two of them, not {edges.tolist()}")
    gone = np.sort(wait[left])
    n_gave_up = np.diff(np.searchsorted(gone, edges, side="right"))
    waited = np.array([np.minimum(wait, edge).sum() for edge in edges])
    return Hazard(edges, n_gave_up.astype(np.int64), np.diff(waited))


def _waits(wait_s: ArrayLike, gave_up: ArrayLike) -> tuple[F64, Bool]:
    """Return both as arrays of one length, or raise."""
    wait = np.asarray(wait_s, dtype=np.float64).ravel()
    left = np.asarray(gave_up).ravel()
    if wait.size == 0:
        raise CalibrationError("no waits were given")
    if left.size != wait.size:
        raise CalibrationError(f"{wait.size} waits but {left.size} marks of giving up")
    if left.dtype != np.bool_:
        raise CalibrationError(f"marks of giving up must be true or false, not {left.dtype}")
    wrong = ~(np.isfinite(wait) & (wait >= 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise CalibrationError(
            f"{int(wrong.sum())} of {wait.size} waits are not finite and from 0 up, first {wait[first]:g} s at {first}"
        )
    return wait, left
