"""Bands of arrivals: how many customers will come in each hour of a day to come, and between which numbers.

In: the rates of a forecast day, and by how much days and hours differ beyond what chance does to counts. Out:
`ArrivalBand`s. With gamma factors of mean 1 for the day and for the hour the number of an hour is nearly negative
binomial, with the squared coefficients of variation of both together; the band has the quantiles of that. The hours of
one day share the day's factor: a band is of each hour by itself. What the rates are uncertain by is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.day_waits import SECONDS_PER_HOUR, DayWaits
from hallsim.model import US_PER_HOUR, Day, RatePiece

F64 = NDArray[np.float64]

LEAST = 1.0
"""Customers expected of an hour; with fewer it has no band."""


@dataclass(frozen=True, slots=True)
class ArrivalBand:
    """Customers of one hour of a day: expected, the ends of the band, and how many came (both ends belong to it)."""

    date: str
    hour: int
    expected: float
    low: int
    high: int
    observed: int

    @property
    def inside(self) -> bool:
        """Whether as many came as the band has."""
        return self.low <= self.observed <= self.high


def hours_of(times: Sequence[int], n_hours: int) -> F64:
    """Return how many times, in microseconds since midnight, lie in each hour."""
    return np.bincount(np.array(times, dtype=np.int64) // US_PER_HOUR, minlength=n_hours)[:n_hours].astype(np.float64)


def expected_by_hour(pieces: Iterable[RatePiece], n_hours: int) -> F64:
    """Return how many customers rates bring in each hour; a piece lies in one hour."""
    found = np.zeros(n_hours)
    for rate in pieces:
        found[rate.start // US_PER_HOUR] += rate.rate * (rate.end - rate.start)
    return found


def hour_cv_beside(came: F64, expected: F64) -> float:
    """Return the cv of a factor on hours, beyond that of days and beyond Poisson's counts.

    Given a day's total, Pearson's sum over its hours exceeds its degrees of freedom by the squared cv times a known
    weight, as in `hall.day_factors.hour_cv`; but every day has its own expected hours, with those it was closed at 0,
    and the squared cv is that of the middle day: one day that was cut off for hours is no measure of all others.

    Parameters
    ----------
    came, expected : float64[n_days, n_hours]
    """
    squares = []
    for n, usual in zip(came, expected, strict=True):
        some = usual >= LEAST
        total = float(n[some].sum())
        if total and np.count_nonzero(some) > 1:
            shape = usual[some] / usual[some].sum()
            excess = float(((n[some] - total * shape) ** 2 / (total * shape)).sum()) - (len(shape) - 1)
            squares.append(excess / (total * (1.0 - float((shape**2).sum()))))
    return math.sqrt(max(float(np.median(squares)), 0.0)) if squares else 0.0


def arrival_bands(
    days: Sequence[Day], observed: Sequence[DayWaits], day_cv: float, of_hours: float, share: float
) -> tuple[ArrivalBand, ...]:
    """Return the bands that hold a share of the numbers, for days of Poisson sources, beside those who came.

    Parameters
    ----------
    days, observed : the same days, forecast and in the log
    day_cv, of_hours : coefficients of variation of the factors of days and hours
    share : of the numbers inside a band
    """
    from scipy.stats import nbinom, poisson

    square = (1.0 + day_cv**2) * (1.0 + of_hours**2) - 1.0
    ends = ((1.0 - share) / 2.0, (1.0 + share) / 2.0)
    found = []
    for day, seen in zip(days, observed, strict=True):
        n_hours = -(-day.close // US_PER_HOUR)
        came = hours_of((seen.join_s / SECONDS_PER_HOUR * US_PER_HOUR).astype(np.int64).tolist(), n_hours)
        expected = expected_by_hour((rate for source in day.sources for rate in source.pieces), n_hours)
        for h in np.flatnonzero(expected >= LEAST).tolist():
            mean = float(expected[h])
            law = nbinom(1.0 / square, 1.0 / (1.0 + square * mean)) if square else poisson(mean)
            low, high = (int(law.ppf(p)) for p in ends)
            found.append(ArrivalBand(day.date, h, mean, low, high, int(came[h])))
    return tuple(found)
