"""The workload: the one factor on all services with which a simulation has the mean wait of the log.

In: a hall that re-enacts logged days, and those days. Out: `Workload` with an interval. Logs do not hold all the work:
waits of a hall re-enacted from services alone are too short. What is missing (calls to colleagues, work between
customers, absences too short to be seen) is put into one number, found by simulating: every trial value sees the same
customers, patience and luck, so that the mean wait is a smooth function of it.
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
from hallsim.replay.replay import Replay
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


def fit_workload(replay: Replay, seed: int = 1, seeds: int = SEEDS) -> Workload:
    """Find the workload with which logged days have, over all their customers, the mean wait of the log.

    Parameters
    ----------
    replay : days re-enacted by a team
    seed, seeds : the first seed, and how many; each trial value is simulated with all of them

    Raises
    ------
    CalibrationError
        If nobody waited, there are fewer than two days, or no factor from 0.5 to 2 gives the waits of the log.
    """
    from scipy.optimize import root_scalar

    observed = _totals([day_waits(log) for log in replay.observed])
    n = observed[:, 0].sum()
    if np.count_nonzero(observed[:, 0]) < 2 or not observed[:, 1].any():
        raise CalibrationError("the workload needs two days with customers, of whom somebody waited")
    wanted = observed[:, 1].sum() / n
    known: dict[float, F64] = {}

    def totals(workload: float) -> F64:
        """Return the waits of each day in seconds, the mean of the seeds."""
        if workload not in known:
            model = with_workload(replay.model, workload)
            known[workload] = np.mean(
                [_totals(simulated_days(model, s))[:, 1] for s in range(seed, seed + seeds)], axis=0
            )
        return known[workload]

    def difference(workload: float) -> float:
        return float(totals(workload).sum() / n - wanted)

    low, high = RANGE
    if difference(low) > 0 or difference(high) < 0:
        side = "more" if difference(low) > 0 else "less"
        raise CalibrationError(f"the simulation waits {side} than the log with every workload from {low:g} to {high:g}")
    value = float(root_scalar(difference, bracket=RANGE, xtol=TOLERANCE, method="brentq").root)
    slope = (difference(value + STEP) - difference(value - STEP)) / (2.0 * STEP)
    residual = totals(value) - observed[:, 1]
    days = int(np.count_nonzero(observed[:, 0]))
    spread = float(residual.std(ddof=1)) * math.sqrt(days) / n
    return Workload(
        value,
        t_quantile(0.975, days - 1) * spread / slope if slope > 0 else math.inf,
        slope * value / wanted,
        float(totals(1.0).sum() / n / wanted),
        days,
    )


def simulated_days(model: Model, seed: int) -> list[DayWaits]:
    """Return the waits of every day of a hall that re-enacts a log, simulated once."""
    return [day_waits(log) for log in replicate(model, seed=seed)]


def _totals(days: Sequence[DayWaits]) -> F64:
    """Return number of customers and sum of waits of each day: float64[n_days, 2]."""
    return np.array([[len(day.wait_s), day.wait_s.sum()] for day in days], dtype=np.float64).reshape(-1, 2)
