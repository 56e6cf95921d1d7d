"""The clocks of two systems: by how much that of transaction records is ahead of that of a log of services.

In: services and records of the same servers and days. Out: `Clocks`, and which service each record falls into. The
difference is a constant: that of at most an hour with which the fewest records are outside services and the
fewest services without a record. Days are the units of its interval. In a hall whose counters are never idle records
always fall into some service, but then others have none, which is why both are counted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]

SECOND = 1_000_000
TOLERANCE = 60 * SECOND
"""So long after the end of a service, or before its beginning, a record may still be its own."""
LARGEST_OFFSET = 3600 * SECOND
COARSE, FINE = 10 * SECOND, SECOND
AROUND = 90 * SECOND
"""How far around the best coarse offset the finer ones are tried."""
MOST_TRIED = 30_000
"""Records that offsets are tried with; of longer logs the first days."""
TOLD = 0.8
"""The clocks are told where the best offset leaves over a smaller part of what the middle one does."""
RESAMPLES, SEED = 200, 1
FEWEST, FEWEST_DAYS = 30, 3
"""Records with which the clocks are compared at all, and days with which there is an interval."""
LONGEST_DAY = 8 * 86_400 * SECOND


class Services(NamedTuple):
    """Services in the order of server and day, then of beginning; microseconds.

    `row` is that of the visits, `key` the server and day, `day` the day alone, both as numbers.
    """

    row: I64
    key: I64
    day: I64
    begin: I64
    end: I64


class Booked(NamedTuple):
    """Records whose server and day the log knows: server and day, day, time and transaction."""

    key: I64
    day: I64
    time: I64
    transaction: NDArray[np.object_]


class Clocks(NamedTuple):
    """By how much the records' clock is ahead, microseconds, with its interval (equal ends: not known)."""

    offset: int
    low: int
    high: int
    told: bool


def clocks_of(services: Services, booked: Booked) -> Clocks:
    """Find by how much the records' clock is ahead, in whole seconds; 0 if no difference is within its interval."""
    days, size = np.unique(booked.day, return_counts=True)
    own = days[np.cumsum(size) <= max(MOST_TRIED, int(size[0]))]
    some = Services(*(column[np.isin(services.day, own)] for column in services))
    few = np.isin(booked.day, own)
    tried = Booked(booked.key[few], booked.day[few], booked.time[few], booked.transaction[few])
    n_days = int(max(services.day.max(), booked.day.max())) + 1
    coarse = np.arange(-LARGEST_OFFSET, LARGEST_OFFSET + 1, COARSE)
    left = np.array([_left_over(some, tried, int(o), n_days)[own].sum() for o in coarse])
    about = int(coarse[np.argmin(left)])
    fine = np.arange(about - AROUND, about + AROUND + 1, FINE)
    by_day = np.array([_left_over(some, tried, int(o), n_days)[own] for o in fine])
    best = _middle_of_least(fine, by_day.sum(axis=1))
    told = len(tried.key) >= FEWEST and bool(by_day.sum(axis=1).min() < TOLD * np.median(left))
    if not told or len(own) < FEWEST_DAYS:
        return Clocks(best if told else 0, best, best, told)
    weights = np.random.default_rng(SEED).multinomial(len(own), np.full(len(own), 1 / len(own)), RESAMPLES)
    drawn = np.array([_middle_of_least(fine, by_day @ w) for w in weights])
    low, high = (int(np.quantile(drawn, q)) for q in (0.025, 0.975))
    return Clocks(0 if low <= 0 <= high else best, low, high, told)


def service_of(services: Services, key: I64, time: I64, tolerance: int) -> I64:
    """Return the number of each record's service, -1 for none.

    It is the service of its server that began last before it (not with it: a record at the instant when one service
    ends and another begins is of the first), up to the tolerance after its end; else the one that begins within the
    tolerance after it.
    """
    at = key * LONGEST_DAY + np.clip(time, 0, LONGEST_DAY - 1)
    before = np.searchsorted(services.key * LONGEST_DAY + services.begin, at, side="left") - 1
    own = np.maximum(before, 0)
    inside = (before >= 0) & (services.key[own] == key) & (time <= services.end[own] + tolerance)
    after = np.minimum(before + 1, len(services.key) - 1)
    soon = (services.key[after] == key) & (services.begin[after] >= time)
    soon &= services.begin[after] - time <= tolerance
    return np.where(inside, own, np.where(soon, after, -1))


def _left_over(services: Services, booked: Booked, offset: int, n_days: int) -> I64:
    """Return by day how many records are in no service, and services without a record."""
    of = service_of(services, booked.key, booked.time - offset, 0)
    without = np.ones(len(services.key), dtype=bool)
    without[of[of >= 0]] = False
    return np.bincount(booked.day[of < 0], minlength=n_days) + np.bincount(services.day[without], minlength=n_days)


def _middle_of_least(offsets: I64, left: I64) -> int:
    """Return the middle of the offsets that leave the least over, in whole seconds."""
    least = offsets[left == left.min()]
    return round(float(least.mean()) / SECOND) * SECOND
