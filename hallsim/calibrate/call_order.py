"""The order of calls: how far a hall departs from first come, first served, and the head start of favoured ones.

In: a `StaffedLog`. Out: `CallOrder`. Looked at are calls for which both sorts were waiting, whom the caller could
serve: who of the two that head their sorts was called is a coin that falls one way while the favoured one came at most
the head start later than the other, and another way beyond. The head start is where that change is most likely, by
maximum likelihood, so that calls which follow neither rule (they are many in a real log) blur it but do not move it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.model import US_PER_SECOND
from hallsim.replay.legs import SERVED
from hallsim.replay.staffing import NAMELESS
from hallsim.replay.team import StaffedLog

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

GRID_S = 5
LONGEST_S = 3600
"""Head starts up to an hour are tried; one of an hour is as good as a rank."""
FEWEST = 100
"""Choices between the sorts; with fewer nothing is said."""


class CallOrder(NamedTuple):
    """What a log says of who is called first.

    `head_start` of favoured customers in microseconds, 0 where nothing tells. Of `n_choices` calls with both sorts
    waiting, `first_come` is the share that first come, first served explains, and `explained` that with the head start.
    """

    head_start: int
    explained: float
    first_come: float
    n_choices: int


def call_order(log: StaffedLog) -> CallOrder:
    """Find the head start of favoured customers."""
    later, favoured = _choices(log)
    if len(later) < FEWEST:
        return CallOrder(0, 1.0, 1.0, len(later))
    tried = np.arange(0, LONGEST_S + GRID_S, GRID_S, dtype=np.int64) * US_PER_SECOND
    in_order = np.argsort(later, kind="stable")
    won = np.append(0, np.cumsum(favoured[in_order]))
    before = np.searchsorted(later[in_order], tried, side="right")
    n, total = len(later), int(won[-1])
    likelihood = _coin(won[before], before) + _coin(total - won[before], n - before)
    falls = won[before] * (n - before) >= (total - won[before]) * before  # more often called before than after
    head_start = int(tried[np.argmax(np.where(falls, likelihood, -np.inf))])
    return CallOrder(
        head_start,
        float(np.mean((later <= head_start) == favoured)),
        float(np.mean((later <= 0) == favoured)),
        n,
    )


def _coin(heads: I64, n: I64) -> F64:
    """Return the largest log-likelihood of so many heads in n."""
    from scipy.special import xlogy

    share = heads / np.maximum(n, 1)
    return np.asarray(xlogy(heads, share) + xlogy(n - heads, 1.0 - share))


def _choices(log: StaffedLog) -> tuple[I64, Bools]:
    """Return how much later the first favoured customer had come than the first other, and whether one was called."""
    legs = log.legs
    served = np.isin(legs.outcome, SERVED)
    left = np.where(served, legs.begin, legs.end)
    workers = log.staffing.workers
    able = np.array([[kind in log.skills_of(w) for kind in log.kinds] for w in workers], dtype=bool)
    named = np.array([w.staff != NAMELESS for w in workers], dtype=bool)
    later: list[int] = []
    favoured: list[bool] = []
    for day in range(len(log.names.days)):
        today = np.arange(*np.searchsorted(legs.day, [day, day + 1]))
        calls = today[served[today]]
        for leg in calls[named[log.staffing.worker[calls]]].tolist():
            t = left[leg]
            waiting = today[(legs.ticket[today] < t) & (left[today] >= t)]
            waiting = waiting[(left[waiting] > t) | (waiting == leg)]
            waiting = waiting[
                (legs.station[waiting] == legs.station[leg]) & able[log.staffing.worker[leg], log.kind[waiting]]
            ]
            sort = log.favoured[waiting] > 0
            if sort.any() and not sort.all():
                joined = legs.ticket[waiting]
                later.append(int(joined[sort].min() - joined[~sort].min()))
                favoured.append(bool(log.favoured[leg]))
    return np.array(later, dtype=np.int64), np.array(favoured, dtype=bool)
