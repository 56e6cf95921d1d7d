"""Selecting the best by eliminating the worse: the fully sequential procedures KN and KN++.

Kim and Nelson 2001, doi:10.1145/502109.502111 (KN: variances from the first stage), and 2006,
doi:10.1287/opre.1060.0281 (KN++: variances from all observations so far, which saves many of them; its promise holds
as the indifference becomes small, KN's for every normal sample). Larger is better inside; c = 1.

System i is out once its sum falls behind that of some l by more than

    W_il(r) = max(0, delta / 2 (h^2 S_il^2 / delta^2 - r)),   h^2 = 2 eta x degrees of freedom,

S_il^2 the variance of the paired differences, r the observations of each system left. Pairs are compared at the end of
every stage rather than at every observation: fewer looks cannot eliminate the best more often.

The promise is *correct selection*: the best system is selected if it is better than every other by the indifference.
That some system within the indifference of the best is selected whatever the means (*good selection*) is not proven for
these procedures (Eckman and Henderson, "Guarantees on the probability of good selection", Winter Simulation
Conference 2018); `two_stage` promises it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.selection.constants import check_first_stage, check_promise, kim_nelson
from hallsim.experiment.selection.outcome import Observe, Selection, Standing, sample
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FIRST_STAGE = 20
MOST = 100_000


def eliminate(
    observe: Observe,
    k: int,
    indifference: float,
    confidence: float = 0.95,
    minimise: bool = True,
    first_stage: int = FIRST_STAGE,
    stage: int | None = None,
    most: int = MOST,
    update: bool = True,
    progress: Callable[[Standing], Any] | None = None,
) -> Selection:
    """Select the best of k systems by elimination.

    Parameters
    ----------
    observe : callable
        (systems, first, count) -> float64[count, len(systems)] (`outcome.Observe`). Rows are independent; within a row
        systems may share their random numbers, which makes differences sharper and eliminations earlier.
    k : int
    indifference : float
        The smallest difference worth detecting, in the unit of the observations.
    confidence : float
        The promised chance of a correct selection.
    first_stage, stage : int
        Observations of each system before the first look, and between looks (as many as in the first stage).
    most : int
        Observations of a system at which to stop undecided; who is left then is in `Selection.in_running`.
    update : bool
        True: KN++; False: KN.
    progress : callable, optional
        Called after every stage with how it stands.

    Ctrl-C after the first stage ends it undecided, with what was observed by then.

    Raises
    ------
    UsageError
    """
    check_promise(k, confidence)
    check_stages(first_stage, most, indifference)
    stage = stage or first_stage
    race = _Race(k, sample(observe, range(k), 0, first_stage) * (-1.0 if minimise else 1.0))
    degrees, variances, complete = first_stage - 1, race.variances(), True
    while True:
        if update:
            degrees, variances = race.n - 1, race.variances()
        width = 2.0 * kim_nelson(k, degrees, confidence) * degrees * variances / indifference**2
        lead = np.maximum(0.0, indifference / 2.0 * (width - race.n))
        stays = np.logical_not(((race.sums[:, None] - race.sums) < -lead).any(axis=1))
        variances = variances[np.ix_(stays, stays)]
        race.keep(stays)
        over = race.left.size == 1 or not lead[np.ix_(stays, stays)][~np.eye(race.left.size, dtype=bool)].any()
        if over or race.n >= most:
            break
        if progress is not None:
            progress(race.standing())
        try:
            more = sample(observe, race.left.tolist(), race.n, min(stage, most - race.n))
        except KeyboardInterrupt:
            complete = False
            break
        race.add(more * (-1.0 if minimise else 1.0))
    best = int(race.left[np.argmax(race.sums)])
    return Selection(
        procedure="kn++" if update else "kn",
        best=best,
        means=race.means * (-1.0 if minimise else 1.0),
        sds=race.sds,
        n=race.counts,
        in_running=() if over else tuple(race.left.tolist()),
        minimise=minimise,
        confidence=confidence,
        indifference=indifference,
        complete=complete,
    )


class _Race:
    """Sums and products of the systems still left, and what became of those that are out.

    Observations are counted from the first stage's averages, so that squares keep their digits.
    """

    def __init__(self, k: int, first: F64) -> None:
        self.left: I64 = np.arange(k)
        self.n = 0
        self.shift: F64 = first.mean(axis=0)
        self._sums: F64 = np.zeros(k)
        self._products: F64 = np.zeros((k, k))
        self.means: F64 = np.zeros(k)
        self.sds: F64 = np.zeros(k)
        self.counts: I64 = np.zeros(k, dtype=np.int64)
        self.add(first)

    @property
    def sums(self) -> F64:
        """Sums of all observations, one per system left."""
        return np.asarray(self._sums + self.n * self.shift)

    def add(self, values: F64) -> None:
        """Add observations of the systems left."""
        y = values - self.shift
        self._sums += y.sum(axis=0)
        self._products += y.T @ y
        self.n += len(y)
        self.means[self.left] = self.sums / self.n
        squares = np.maximum(0.0, np.diag(self._products) - self._sums**2 / self.n)
        self.sds[self.left] = np.sqrt(squares / (self.n - 1))
        self.counts[self.left] = self.n

    def keep(self, stays: NDArray[np.bool_]) -> None:
        """Drop systems."""
        if not stays.all():
            self.left, self.shift, self._sums = self.left[stays], self.shift[stays], self._sums[stays]
            self._products = self._products[np.ix_(stays, stays)]

    def standing(self) -> Standing:
        """Return who leads the systems left, and by how much."""
        second, best = np.argsort(self.sums)[-2:].tolist()
        lead = float(self.sums[best] - self.sums[second]) / self.n
        error = math.sqrt(float(self.variances()[best, second]) / self.n)
        half = t_quantile(0.975, self.n - 1) * error
        return Standing(self.n, self.left.size, int(self.left[best]), int(self.left[second]), lead, half)

    def variances(self) -> F64:
        """Return the variance of the paired differences, float64[n_left, n_left]."""
        own = np.diag(self._products)
        squares = own[:, None] + own - 2.0 * self._products
        squares -= (self._sums[:, None] - self._sums) ** 2 / self.n
        return np.asarray(np.maximum(0.0, squares) / (self.n - 1))


def check_stages(first_stage: int, most: int, indifference: float) -> None:
    """Refuse first stages too short for variances or longer than all, and differences that are no difference."""
    check_first_stage(first_stage)
    if most < first_stage:
        raise UsageError(f"at most {most} observations are fewer than the first stage of {first_stage}")
    if not 0.0 < indifference < np.inf:
        raise UsageError(f"indifference is {indifference}; allowed are numbers above 0: the difference worth detecting")
