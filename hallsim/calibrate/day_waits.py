"""Days as waits: what logged and simulated days are compared by.

In: `Log`s. Out: `DayWaits`, one per day, and figures of several days together. A wait lasts from joining the line to
the call, or to giving up (semantics 4). Whom the server goes on with (semantics 47) has not waited again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN, Log
from hallsim.model import US_PER_SECOND
from hallsim.rows import unpack
from hallsim.stats import t_quantile

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

SECONDS_PER_HOUR = 3600.0


class DayWaits(NamedTuple):
    """Customers of a day who joined a line: when, in seconds since midnight; how long they waited; who gave up."""

    join_s: F64
    wait_s: F64
    gave_up: Bools


class WaitFigures(NamedTuple):
    """What the waits of days together come to; NaN where there is nobody."""

    n: int
    mean_s: float
    median_s: float
    p90_s: float
    abandonment: float


def day_waits(log: Log) -> DayWaits:
    """Return the waits of one day."""
    rows = _anew(log.rows)
    called = rows[:, ROW_CALL] >= 0
    left = np.where(called, rows[:, ROW_CALL], rows[:, ROW_END])
    join = rows[:, ROW_JOIN]
    return DayWaits(join / US_PER_SECOND, (left - join) / US_PER_SECOND, ~called)


def _anew(rows: I64) -> I64:
    """Return the rows without those of customers whom a server goes on with."""
    steps = unpack(rows)
    if not steps.went_on.any():
        return rows
    order = np.lexsort((steps.step, steps.customer))
    goes_on = np.zeros(len(rows), dtype=bool)
    goes_on[order[1:]] = steps.went_on[order[:-1]] == 1
    return rows[~goes_on]


def together(days: Sequence[DayWaits]) -> DayWaits:
    """Return the customers of several days as those of one."""
    if not days:
        return DayWaits(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
    return DayWaits(*(np.concatenate(column) for column in zip(*days, strict=True)))


def figures(days: Sequence[DayWaits]) -> WaitFigures:
    """Return what the waits of days come to; percentiles are the shortest waits that so many do not exceed."""
    every = together(days)
    n = len(every.wait_s)
    if not n:
        return WaitFigures(0, *(math.nan,) * 4)
    in_order = np.sort(every.wait_s)
    return WaitFigures(
        n,
        float(every.wait_s.mean()),
        float(in_order[math.ceil(0.5 * n) - 1]),
        float(in_order[math.ceil(0.9 * n) - 1]),
        float(every.gave_up.mean()),
    )


def hourly_means(days: Sequence[DayWaits], hours: range) -> tuple[F64, F64]:
    """Return by hour of joining how many customers there were, and their mean wait in seconds (NaN without any)."""
    every = together(days)
    hour = np.floor(every.join_s / SECONDS_PER_HOUR).astype(np.int64)
    n = np.array([np.count_nonzero(hour == h) for h in hours], dtype=np.float64)
    total = np.array([every.wait_s[hour == h].sum() for h in hours])
    with np.errstate(invalid="ignore", divide="ignore"):
        return n, total / n


def hourly_half_widths(days: Sequence[DayWaits], hours: range) -> F64:
    """Return half the 95 % interval of the mean wait of those who join in each hour, in seconds.

    Days are the units: the mean is a ratio of sums over days, whose variance is that of the days' waits less the mean
    for each of their customers. NaN where fewer than two days have customers.
    """
    hour = [np.floor(day.join_s / SECONDS_PER_HOUR).astype(np.int64) for day in days]
    found = np.full(len(hours), math.nan)
    for i, h in enumerate(hours):
        n = np.array([np.count_nonzero(one == h) for one in hour], dtype=np.float64)
        waits = np.array([day.wait_s[one == h].sum() for day, one in zip(days, hour, strict=True)])
        some = int(np.count_nonzero(n))
        if some > 1:
            residual = waits - waits.sum() / n.sum() * n
            spread = math.sqrt(float((residual**2).sum()) * some / (some - 1))
            found[i] = t_quantile(0.975, some - 1) * spread / n.sum()
    return found
