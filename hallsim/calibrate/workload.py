"""The workload: the one factor on all services with which a simulation has the mean wait of the log.

In: a hall whose days are logged ones, and the waits of those. Out: `Workload` with an interval. Logs do not hold all
the work: waits of a hall re-enacted from services alone are too short. What is missing (calls to colleagues, work
between customers, absences too short to be seen) is put into one number, found by simulating: every trial value sees
the same customers, patience and luck, so that the mean wait is a smooth function of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.day_waits import DayWaits, day_waits
from hallsim.errors import CalibrationError
from hallsim.experiment.run import replicate
from hallsim.model import Model
from hallsim.replay.team import with_workload
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

RANGE = (0.5, 2.0)
TOLERANCE = 1e-3
SEEDS = 3
STEP = 0.02
"""Of the workload, over which the slope of the mean wait is taken."""
IDENTIFIED = 0.15
"""A half-width above this means that the log hardly says what the workload is."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The factor found.

    Attributes
    ----------
    value : float
    half_width : float
        Of its 95 % interval, with the days as units: their waits differ from the simulated ones by more than chance,
        and that is carried over by the slope.
    elasticity : float
        Per cent of mean wait for one per cent of work.
    at_one : float
        The simulated mean wait over the logged one without any factor.
    n_days : int
    """

    value: float
    half_width: float
    elasticity: float
    at_one: float
    n_days: int

    @property
    def identifiable(self) -> bool:
        """Whether the days tell the factor at all."""
        return self.half_width <= IDENTIFIED


def fit_workload(model: Model, logged: Sequence[DayWaits], seed: int = 1, seeds: int = SEEDS) -> Workload:
    """Find the workload with which logged days have, over all their customers, the mean wait of the log.

    Parameters
    ----------
    model : with the days simulated, re-enacted or forecast
    logged : the same days in the log
    seed, seeds : the first seed, and how many; each trial value is simulated with all of them

    Raises
    ------
    CalibrationError
        If nobody waited, there are fewer than two days, or no factor from 0.5 to 2 gives the waits of the log.
    """
    from scipy.optimize import root_scalar

    observed = _totals(logged)
    if np.count_nonzero(observed[:, 0]) < 2 or not observed[:, 1].any():
        raise CalibrationError("the workload needs two days with customers, of whom somebody waited")
    wanted = float(observed[:, 1].sum() / observed[:, 0].sum())
    known: dict[float, F64] = {}

    def totals(workload: float) -> F64:
        """Return customers and waits in seconds of each day, the means of the seeds."""
        if workload not in known:
            hall = with_workload(model, workload)
            runs = [_totals(simulated_days(hall, s)) for s in range(seed, seed + seeds)]
            known[workload] = np.mean(runs, axis=0)
        return known[workload]

    def mean(workload: float) -> float:
        n, waits = (float(x) for x in totals(workload).sum(axis=0))
        return waits / n

    def difference(workload: float) -> float:
        return mean(workload) - wanted

    low, high = RANGE
    if difference(low) > 0 or difference(high) < 0:
        side = "more" if difference(low) > 0 else "less"
        raise CalibrationError(f"the simulation waits {side} than the log with every workload from {low:g} to {high:g}")
    value = float(root_scalar(difference, bracket=RANGE, xtol=TOLERANCE, method="brentq").root)
    slope = (difference(value + STEP) - difference(value - STEP)) / (2.0 * STEP)
    more_customers, more_waits = (totals(value) - observed).T
    residual = more_waits - wanted * more_customers
    days = int(np.count_nonzero(observed[:, 0]))
    spread = float(residual.std(ddof=1)) * math.sqrt(days) / float(observed[:, 0].sum())
    return Workload(
        value,
        t_quantile(0.975, days - 1) * spread / slope if slope > 0 else math.inf,
        slope * value / wanted,
        mean(1.0) / wanted,
        days,
    )


def simulated_days(model: Model, seed: int) -> list[DayWaits]:
    """Return the waits of every day of a hall whose days are logged ones, simulated once."""
    return [day_waits(log) for log in replicate(model, seed=seed)]


def _totals(days: Sequence[DayWaits]) -> F64:
    """Return number of customers and sum of waits of each day: float64[n_days, 2]."""
    return np.array([[len(day.wait_s), day.wait_s.sum()] for day in days], dtype=np.float64).reshape(-1, 2)
