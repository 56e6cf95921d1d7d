"""Arrivals: whether they are Poisson inside short pieces of a day, and whether days differ by more than that.

In: clock times in seconds since midnight, as arrays or out of a table of visits. Out: Brown's test of a day
(Brown et al. 2005, "Statistical analysis of a telephone call center", JASA 100:36-50, sec. 3.1) and the index
of dispersion of counts. The test asks about what happens inside a day whatever its level was; the index asks
about the level. A hall usually passes the first and fails the second, and then needs a random factor per day.

Clocks cut: customers of one second get one time, which no Poisson process gives them. Times are therefore
un-rounded by a uniform part of the clock's unit before the test (Brown et al. do so; Kim and Whitt 2014,
doi:10.1287/msom.2014.0490, show why), from a seed, so that the same log gives the same answer.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.errors import CalibrationError

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class PoissonTest:
    """Brown's test of one day: number of arrivals, Kolmogorov-Smirnov distance to exponential(1), its p-value."""

    n: int
    distance: float
    p_value: float

    def rejects(self, level: float = 0.05) -> bool:
        """Tell whether piecewise Poisson arrivals are rejected at a level."""
        return self.p_value < level


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Variance over mean of counts, across the days of a weekday.

    Attributes
    ----------
    weekday : int64[w]
        0 is Monday, as in `datetime.date.weekday`; those of the table, rising.
    n_days : int64[w]
    start_s : float64[b], seconds
        Since midnight: where each bin begins.
    mean : float64[w, b]
        Mean number of arrivals.
    index : float64[w, b]
        Variance (divided by n_days - 1) over mean. Poisson counts with the same rate every day have 1 in
        expectation. NaN for one day, or where nobody ever came.
    """

    weekday: I64
    n_days: I64
    start_s: F64
    mean: F64
    index: F64


def arrival_times(visits: pd.DataFrame) -> dict[datetime.date, F64]:
    """Return the arrival times of each date of a table of visits: float64, seconds since midnight, rising.

    A visit is counted at its step 0, once.

    Raises
    ------
    CalibrationError
        If a visit has no date or no time of arrival.
    """
    first = visits[visits["step"] == 0]
    for column, what in (("date", "date"), ("t_arrive", "time of arrival")):
        n_missing = int(first[column].isna().sum())
        if n_missing:
            raise CalibrationError(f"{n_missing} of {len(first)} visits have no {what}")
    time_s = first["t_arrive"].to_numpy(dtype=np.int64) / US_PER_S
    date = first["date"].to_numpy().astype("datetime64[D]")
    order = np.lexsort((time_s, date))
    days, begin = np.unique(date[order], return_index=True)
    return dict(zip(days.tolist(), np.split(time_s[order], begin[1:]), strict=True)) if days.size else {}


def unround(time_s: ArrayLike, unit_s: float, seed: int | Sequence[int]) -> F64:
    """Return clock times with a uniform part of the clock's unit added to each, in rising order.

    Parameters
    ----------
    time_s : array of seconds since midnight, cut (not rounded) to multiples of the unit
    unit_s : what the clock cuts to, in seconds: 1 for seconds, 60 for minutes
    seed : of the uniform numbers

    Returns
    -------
    float64[n], seconds

    Raises
    ------
    CalibrationError
        If the unit is not above 0, or a time is not a multiple of it: then the clock is finer than stated.
    """
    time = np.asarray(time_s, dtype=np.float64).ravel()
    if not (unit_s > 0 and math.isfinite(unit_s)):
        raise CalibrationError(f"the clock's unit must be above 0 s, not {unit_s:g} s")
    off = np.rint(time * US_PER_S).astype(np.int64) % max(round(unit_s * US_PER_S), 1) != 0
    if off.any():
        raise CalibrationError(
            f"{int(off.sum())} of {time.size} times are no multiples of the clock's unit of {unit_s:g} s, "
            f"first {time[int(np.argmax(off))]:g} s"
        )
    return np.sort(time + unit_s * np.random.default_rng(seed).random(time.size))


def to_exponentials(time_s: ArrayLike, start_s: float, end_s: float, piece_s: float) -> F64:
    """Turn arrival times into what are independent exponentials of mean 1 if the rate is constant in each piece.

    In a piece of length L with arrivals T_1 <= ... <= T_J since its beginning, and T_0 = 0 (Brown et al.
    2005, sec. 3.1),

        R_j = (J + 1 - j) (-log((L - T_j) / (L - T_{j-1}))).

    Given J, the times are sorted uniforms, the negative logarithms of what they leave of L are sorted
    exponentials, and R_j their normalised spacings (Renyi). The level of a piece drops out.

    Parameters
    ----------
    time_s : array of seconds since midnight, in any order
    start_s, end_s : the stretch of the day that is tested, [start_s, end_s); other times are left out
    piece_s : length of the pieces; the stretch is a multiple of it

    Returns
    -------
    float64[n]
        One value per arrival inside the stretch, piece by piece.

    Raises
    ------
    CalibrationError
        If the stretch is not a multiple of the piece.
    """
    n_pieces = _n_pieces(start_s, end_s, piece_s)
    time = np.sort(np.asarray(time_s, dtype=np.float64).ravel())
    time = time[(time >= start_s) & (time < end_s)]
    piece = np.minimum((time - start_s) // piece_s, n_pieces - 1)
    left = np.maximum(start_s + (piece + 1) * piece_s - time, np.finfo(float).tiny)  # L - T_j; rounding may say 0
    bounds = np.searchsorted(piece, np.arange(n_pieces + 1))
    first, n_of = bounds[:-1], np.diff(bounds)
    before = np.empty_like(left)
    before[1:] = left[:-1]
    before[first[n_of > 0]] = piece_s
    rank = n_of[piece.astype(np.int64)] - (np.arange(time.size) - first[piece.astype(np.int64)])  # J + 1 - j
    result: F64 = rank * np.log(before / left)
    return result


def poisson_test(time_s: ArrayLike, start_s: float, end_s: float, piece_s: float) -> PoissonTest:
    """Test that one day's arrivals are Poisson with a rate that is constant inside each piece.

    Parameters
    ----------
    time_s : array of seconds since midnight, un-rounded (see `unround`)
    start_s, end_s, piece_s : as in `to_exponentials`

    Raises
    ------
    CalibrationError
        If nobody came inside the stretch, or it is not a multiple of the piece.
    """
    from scipy.stats import ks_1samp

    values = to_exponentials(time_s, start_s, end_s, piece_s)
    if values.size == 0:
        raise CalibrationError(f"nobody came from {start_s:g} s to {end_s:g} s: there is nothing to test")
    found = ks_1samp(values, lambda x: -np.expm1(-x))
    return PoissonTest(values.size, float(found.statistic), float(found.pvalue))


def poisson_tests(
    visits: pd.DataFrame, start_s: float, end_s: float, piece_s: float, unit_s: float = 1.0, seed: int = 1
) -> dict[datetime.date, PoissonTest]:
    """Test every date of a table of visits; the un-rounding of a date does not depend on the other dates.

    Parameters
    ----------
    visits : rows of the dates to be tested
    start_s, end_s, piece_s : as in `to_exponentials`
    unit_s, seed : as in `unround`

    Raises
    ------
    CalibrationError
        As `arrival_times`, `unround` and `poisson_test`; the message of the latter two names the date.
    """
    results = {}
    for day, time_s in arrival_times(visits).items():
        try:
            results[day] = poisson_test(unround(time_s, unit_s, [seed, day.toordinal()]), start_s, end_s, piece_s)
        except CalibrationError as problem:
            raise CalibrationError(f"{day}: {problem}") from problem
    return results


def dispersion_index(counts: ArrayLike) -> F64:
    """Return the index of dispersion of counts across days, variance over mean (Cox and Lewis 1966, ch. 4).

    That is "The statistical analysis of series of events"; the variance divides by n_days - 1.

    Parameters
    ----------
    counts : int[n_days, n_bins]

    Returns
    -------
    float64[n_bins]
        NaN for one day, or where nobody ever came.

    >>> dispersion_index([[4, 0], [8, 0]])
    array([1.33333333,        nan])
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2:
        raise CalibrationError(f"counts must have days and bins, two dimensions, not {table.ndim}")
    if table.shape[0] < 2:
        return np.full(table.shape[1], np.nan)
    with np.errstate(invalid="ignore"):
        result: F64 = table.var(axis=0, ddof=1) / table.mean(axis=0)
    return result


def weekday_dispersion(visits: pd.DataFrame, start_s: float, end_s: float, bin_s: float = 3600.0) -> Dispersion:
    """Return the index of dispersion of counts by weekday and bin of a table of visits.

    Parameters
    ----------
    visits : rows of the dates to be counted; a date without any visit is not a day
    start_s, end_s : the stretch of the day that is counted, seconds since midnight
    bin_s : length of the bins; the stretch is a multiple of it

    Raises
    ------
    CalibrationError
        As `arrival_times`; or if the stretch is not a multiple of the bin, or there is no visit.
    """
    edges = start_s + bin_s * np.arange(_n_pieces(start_s, end_s, bin_s) + 1, dtype=np.float64)
    days = arrival_times(visits)
    if not days:
        raise CalibrationError("there is no visit to count")
    counts = np.array([np.diff(np.searchsorted(time_s, edges)) for time_s in days.values()])
    weekdays = np.array([day.weekday() for day in days], dtype=np.int64)
    present = np.unique(weekdays)
    return Dispersion(
        weekday=present,
        n_days=np.array([(weekdays == w).sum() for w in present], dtype=np.int64),
        start_s=edges[:-1],
        mean=np.array([counts[weekdays == w].mean(axis=0) for w in present]),
        index=np.array([dispersion_index(counts[weekdays == w]) for w in present]),
    )


def _n_pieces(start_s: float, end_s: float, piece_s: float) -> int:
    """Return how many pieces the stretch has, or raise."""
    if not (math.isfinite(start_s) and math.isfinite(end_s) and start_s < end_s):
        raise CalibrationError(f"a stretch of the day must end after it begins, not {start_s:g} s to {end_s:g} s")
    n = round((end_s - start_s) / piece_s) if piece_s > 0 else 0
    if n < 1 or not math.isclose(n * piece_s, end_s - start_s, rel_tol=1e-9):
        raise CalibrationError(f"the stretch of {end_s - start_s:g} s is not a multiple of pieces of {piece_s:g} s")
    return n
