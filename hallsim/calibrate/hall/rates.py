"""Rates: how many customers come when, by pieces of the day that the counts themselves choose.

In: arrival times of days of one kind, microseconds since midnight. Out: `Rates`. The opening hours are the half-hours
in which customers come on at least a quarter of the days. Pieces are runs of half-hours with one rate: those with the
lowest Bayesian criterion, by dynamic programming over all ways to cut the day; counts that vary more than Poisson's
count for less, by their dispersion once the level of the day is taken out. Who came before the opening, and a burst
in its first minute, are the crowd. Brown's test (`calibrate.arrivals`) says on how many days what is left is no
Poisson process.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.arrivals import poisson_test, unround
from hallsim.calibrate.hall.figure import Interval, mean_of_days
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

PIECE = US_PER_HOUR // 2
OPEN_ON = 0.25
"""Share of the days on which customers come in a half-hour that the hall is open in."""
LONGEST_BREAK = 4 * PIECE
BURST = US_PER_MINUTE
"""The crowd comes in within this, once the doors open."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Arrivals of one kind of day.

    Attributes
    ----------
    open, close : int, microseconds
    starts : tuple of int
        Where each piece begins; the last one ends at closing.
    rates : tuple of Interval
        Customers per hour, of each piece.
    crowd : Interval
        Who waits before the doors; 0 where nobody does.
    level : Interval
        Customers of a day, the crowd included.
    tested, rejected : int
        Days that Brown's test looked at, and on which it says at 5 % that arrivals are not Poisson.
    dispersion : float
        Variance over mean of the counts of half-hours, the level of the day taken out; 1 is Poisson's.
    late : int
        Customers who came after closing; they are not counted.
    """

    open: int
    close: int
    starts: tuple[int, ...]
    rates: tuple[Interval, ...]
    crowd: Interval
    level: Interval
    tested: int
    rejected: int
    dispersion: float
    late: int

    def ends(self) -> tuple[int, ...]:
        """Return where each piece ends."""
        return (*self.starts[1:], self.close)


def fit_rates(days: list[I64], tick: int, given: tuple[int, int] | None = None, seed: int = 1) -> Rates:
    """Fit the rates of one kind of day.

    Parameters
    ----------
    days : times of arrival of each day
    tick : what the clock cuts to, microseconds
    given : opening hours, if they are known
    seed : of the un-rounding

    Raises
    ------
    CalibrationError
        If nobody came within the opening hours.
    """
    opens, closes = given or opening(days)
    edges = np.append(np.arange(opens, closes, PIECE), closes)
    early = np.array([np.count_nonzero(t < opens) for t in days], dtype=np.float64)
    inside = [np.sort(t[(t >= opens) & (t < closes)]) for t in days]
    if not sum(map(len, inside)):
        raise CalibrationError("nobody came within the opening hours")
    counts = np.array([np.histogram(t, edges)[0] for t in inside], dtype=np.float64)
    burst = np.array([np.count_nonzero(t < opens + BURST) for t in inside], dtype=np.float64)
    crowd = _crowd(early, burst, counts[:, 0], int(edges[1] - edges[0]))
    width = np.diff(edges).astype(np.float64)
    if crowd.value:
        counts[:, 0] -= burst
        width[0] -= BURST
    # factors of whole hours spread two half-hours together more than one
    dispersion = max(dispersion_within(counts), dispersion_within(np.add.reduceat(counts, range(0, len(width), 2), 1)))
    cuts = best_pieces(counts, width, dispersion)
    tested, rejected = _brown(inside, tick, opens + PIECE * bool(crowd.value), closes, seed)
    starts = tuple(int(edges[i]) for i in cuts)
    bounds = [*cuts, len(width)]
    return Rates(
        open=opens,
        close=closes,
        starts=starts,
        rates=tuple(
            mean_of_days(counts[:, a:b].sum(axis=1)).times(US_PER_HOUR / float(width[a:b].sum()))
            for a, b in pairwise(bounds)
        ),
        crowd=crowd,
        level=mean_of_days(counts.sum(axis=1) + (early + burst if crowd.value else 0.0)),
        tested=tested,
        rejected=rejected,
        dispersion=dispersion,
        late=int(sum(np.count_nonzero(t >= closes) for t in days)),
    )


def opening(days: list[I64]) -> tuple[int, int]:
    """Return the opening hours as full half-hours, by those in which customers come on at least a quarter of the days.

    Of several such stretches it is the one with most customers; a break of up to two hours does not end one.

    >>> opening([np.array([9 * US_PER_HOUR + 1, 12 * US_PER_HOUR - 1])]) == (9 * US_PER_HOUR, 12 * US_PER_HOUR)
    True
    """
    last = max((int(t.max()) for t in days if len(t)), default=0) // PIECE + 1
    some, n = np.zeros(last), np.zeros(last)
    for t in days:
        some[np.unique(t // PIECE)] += 1
        n += np.bincount(t // PIECE, minlength=last)
    open_in = np.flatnonzero(some >= max(OPEN_ON * len(days), 1.0))
    if not len(open_in):
        raise CalibrationError("no half-hour has customers on a quarter of the days")
    stretches = np.split(open_in, np.flatnonzero(np.diff(open_in) > LONGEST_BREAK // PIECE + 1) + 1)
    most = max(stretches, key=lambda stretch: float(n[stretch].sum()))
    return int(most[0]) * PIECE, int(most[-1] + 1) * PIECE


def _crowd(early: F64, burst: F64, first: F64, width: int) -> Interval:
    """Return the mean crowd, if there surely is one."""
    usual = (first - burst) * BURST / (width - BURST) if width > BURST else np.zeros_like(first)
    found = mean_of_days(np.maximum(early + burst, 0.0))
    expected = float(usual.mean())
    if found.low - expected <= 0.5:
        return Interval(0.0, 0.0, 0.0)
    return Interval(found.value - expected, found.low - expected, found.high - expected)


def dispersion_within(counts: F64) -> float:
    """Return Pearson's dispersion of counts float64[n_days, n_bins], levels of days and bins taken out; at least 1."""
    total = counts.sum()
    if not total:
        return 1.0
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    used = expected > 0
    degrees = (np.count_nonzero(counts.sum(axis=1)) - 1) * (np.count_nonzero(counts.sum(axis=0)) - 1)
    if degrees < 1:
        return 1.0
    return max(float((((counts - expected) ** 2)[used] / expected[used]).sum()) / degrees, 1.0)


def best_pieces(counts: F64, width: F64, dispersion: float = 1.0) -> list[int]:
    """Return where the pieces with the lowest Bayesian criterion begin, as bins.

    The criterion of a way to cut is -2 log L / dispersion + 2 (number of pieces) log(n_days n_bins), L of Poisson
    counts with one rate in each piece; a piece has two parameters, its rate and where it begins.

    Parameters
    ----------
    counts : float64[n_days, n_bins]
    width : float64[n_bins]
        In any unit.

    >>> best_pieces(np.array([[50, 50, 90, 90], [50, 50, 90, 90]]), np.ones(4))
    [0, 2]
    """
    n_days, n = counts.shape
    total, length = np.append(0.0, np.cumsum(counts.sum(axis=0))), np.append(0.0, np.cumsum(width)) * n_days
    penalty = 2.0 * np.log(n_days * n) if n_days * n > 1 else 1.0
    best, before = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=np.int64)
    best[0] = 0.0
    for end in range(1, n + 1):
        c, w = total[end] - total[:end], length[end] - length[:end]
        with np.errstate(divide="ignore", invalid="ignore"):
            likelihood = np.where(c > 0, c * np.log(c / w), 0.0)
        cost = best[:end] - 2.0 * likelihood / dispersion + penalty
        before[end] = int(np.argmin(cost))
        best[end] = cost[before[end]]
    cuts, at = [], n
    while at:
        at = int(before[at])
        cuts.append(at)
    return cuts[::-1]


def _brown(days: list[I64], tick: int, opens: int, closes: int, seed: int) -> tuple[int, int]:
    """Return on how many days Brown's test was made, in pieces of half an hour, and how many it rejects."""
    last = opens + (closes - opens) // PIECE * PIECE
    tested = rejected = 0
    for i, day in enumerate(days):
        time = day / US_PER_SECOND
        time = unround(time, tick / US_PER_SECOND, [seed, i]) if tick > 1 else time
        if np.count_nonzero((time >= opens / US_PER_SECOND) & (time < last / US_PER_SECOND)) < 2:
            continue
        found = poisson_test(time, opens / US_PER_SECOND, last / US_PER_SECOND, PIECE / US_PER_SECOND)
        tested += 1
        rejected += found.rejects()
    return tested, rejected
