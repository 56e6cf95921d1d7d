"""Counting passes over event rows, compiled. Times in and out are microseconds (float64 sums).

Every pass takes the rows of a replication and the lines [first_line, last_line) of one station; `kind` -1
means every customer type. Self-contained on purpose: numba keys its disk cache on this file.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ROW_ARRIVE,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_RENEGED,
)
from hallsim.jit import CACHE, numba

# Unlike the engines' kernels these allocate arrays, so they take numba as it comes.
njit = numba.njit(cache=bool(CACHE), nogil=True, error_model="numpy")

N_ALL = 0  # came to the station, turned back included
N_JOINED = 1
N_SERVED = 2  # called
N_RENEGED = 3
N_TURNED_BACK = 4  # balked or blocked
N_DELAYED = 5  # joined and not called at once
SUM_WAIT = 6
SUM_WAIT_SERVED = 7
SUM_WAIT_RENEGED = 8
SUM_SQUARE = 9  # of (wait - centre)
SUM_SOJOURN = 10
N_FIELDS = 11

OVER = 0  # joined, in the line longer than the threshold
SERVED_WITHIN = 1
RENEGED_WITHIN = 2


@njit
def count(rows, first_line, last_line, kind, start, end, centre, thresholds, stays):  # type: ignore[no-untyped-def]
    """Count the steps of customers who joined within [start, end).

    Parameters
    ----------
    rows : int64[n, ROW_FIELDS]
    centre : float, microseconds
        What waits are compared with in SUM_SQUARE.
    thresholds : int64[k], microseconds
    stays : bool
        True: every row is a stay of its own. False: rows after the first of a customer continue it
        (he was interrupted), so only sums of waits are taken from them.

    Returns
    -------
    total : float64[N_FIELDS]
    by_threshold : float64[k, 3]
    """
    total = np.zeros(N_FIELDS)
    by_threshold = np.zeros((thresholds.size, 3))
    for i in range(rows.shape[0]):
        what = rows[i, ROW_WHAT]
        line = what & 0xFFFF
        join = rows[i, ROW_JOIN]
        if line < first_line or line >= last_line or join < start or join >= end:
            continue
        if kind >= 0 and ((rows[i, ROW_WHO] >> 24) & 0xFFFF) != kind:
            continue
        outcome = (what >> 32) & 0xFF
        first = stays or join == rows[i, ROW_ARRIVE]
        if first:
            total[N_ALL] += 1
        if outcome == STEP_BALKED or outcome == STEP_BLOCKED:
            total[N_TURNED_BACK] += 1
            continue
        call = rows[i, ROW_CALL]
        served = call >= 0
        wait = (call if served else rows[i, ROW_END]) - join
        if first:
            total[N_JOINED] += 1
            if not served or wait > 0:
                total[N_DELAYED] += 1
        total[SUM_WAIT] += wait
        total[SUM_SQUARE] += (wait - centre) ** 2
        total[SUM_SOJOURN] += rows[i, ROW_END] - join
        if served:
            total[N_SERVED] += 1
            total[SUM_WAIT_SERVED] += wait
        elif outcome == STEP_RENEGED:
            total[N_RENEGED] += 1
            total[SUM_WAIT_RENEGED] += wait
        for k in range(thresholds.size):
            if wait > thresholds[k]:
                by_threshold[k, OVER] += 1
            elif served:
                by_threshold[k, SERVED_WITHIN] += 1
            elif outcome == STEP_RENEGED:
                by_threshold[k, RENEGED_WITHIN] += 1
    return total, by_threshold


@njit
def areas(rows, first_line, last_line, kind, edges):  # type: ignore[no-untyped-def]
    """Integrate numbers over the intervals between `edges` and count who joined in them.

    Parameters
    ----------
    edges : int64[k + 1], microseconds, increasing

    Returns
    -------
    float64[k, 4]
        Area under the number waiting, area under the number in service (microseconds), customers who
        joined, and of these those not called at once.
    """
    n = edges.size - 1
    out = np.zeros((n, 4))
    for i in range(rows.shape[0]):
        what = rows[i, ROW_WHAT]
        line = what & 0xFFFF
        if line < first_line or line >= last_line:
            continue
        if kind >= 0 and ((rows[i, ROW_WHO] >> 24) & 0xFFFF) != kind:
            continue
        outcome = (what >> 32) & 0xFF
        if outcome == STEP_BALKED or outcome == STEP_BLOCKED:
            continue
        join = rows[i, ROW_JOIN]
        end = rows[i, ROW_END]
        call = rows[i, ROW_CALL]
        waited_until = call if call >= 0 else end
        k = np.searchsorted(edges, join, side="right") - 1
        if 0 <= k < n and join == rows[i, ROW_ARRIVE]:
            out[k, 2] += 1
            if call < 0 or call > join:
                out[k, 3] += 1
        k = max(k, 0)
        while k < n and edges[k] < end:
            waiting = min(waited_until, edges[k + 1]) - max(join, edges[k])
            if waiting > 0:
                out[k, 0] += waiting
            if call >= 0:
                busy = min(end, edges[k + 1]) - max(call, edges[k])
                if busy > 0:
                    out[k, 1] += busy
            k += 1
    return out


@njit
def at_times(rows, first_line, last_line, times):  # type: ignore[no-untyped-def]
    """Count who waits and who is in service at given times, after everything that happens then.

    Parameters
    ----------
    times : int64[k], microseconds, increasing

    Returns
    -------
    float64[k, 2]
    """
    out = np.zeros((times.size, 2))
    for i in range(rows.shape[0]):
        line = rows[i, ROW_WHAT] & 0xFFFF
        if line < first_line or line >= last_line:
            continue
        end = rows[i, ROW_END]
        call = rows[i, ROW_CALL]
        k = np.searchsorted(times, rows[i, ROW_JOIN])
        while k < times.size and times[k] < end:
            out[k, 1 if call >= 0 and call <= times[k] else 0] += 1
            k += 1
    return out


@njit
def time_at_number(rows, first_line, last_line, start, end, n_max):  # type: ignore[no-untyped-def]
    """Return the time within [start, end) with 0 ... n_max - 1 customers at the station, microseconds."""
    out = np.zeros(n_max)
    joins = np.empty(rows.shape[0], dtype=np.int64)
    ends = np.empty(rows.shape[0], dtype=np.int64)
    n = 0
    for i in range(rows.shape[0]):
        what = rows[i, ROW_WHAT]
        line = what & 0xFFFF
        outcome = (what >> 32) & 0xFF
        if line >= first_line and line < last_line and outcome != STEP_BALKED and outcome != STEP_BLOCKED:
            joins[n] = rows[i, ROW_JOIN]
            ends[n] = rows[i, ROW_END]
            n += 1
    joins = np.sort(joins[:n])
    ends = np.sort(ends[:n])
    inside = 0
    j = 0
    before = start
    for i in range(n):
        while j < n and joins[j] < ends[i]:
            before = _advance(out, inside, before, joins[j], start, end, n_max)
            inside += 1
            j += 1
        before = _advance(out, inside, before, ends[i], start, end, n_max)
        inside -= 1
    _advance(out, inside, before, end, start, end, n_max)
    return out


@njit
def _advance(out, inside, before, now, start, end, n_max):  # type: ignore[no-untyped-def]
    now = min(max(now, start), end)
    if inside < n_max:
        out[inside] += now - before
    return now


@njit
def wait_histogram(rows, first_line, last_line, start, end, width, n_bins):  # type: ignore[no-untyped-def]
    """Bin the waits of those who joined within [start, end): bin 0 exactly zero, the last one open."""
    out = np.zeros(n_bins, dtype=np.int64)
    for i in range(rows.shape[0]):
        line = rows[i, ROW_WHAT] & 0xFFFF
        join = rows[i, ROW_JOIN]
        if line < first_line or line >= last_line or join < start or join >= end:
            continue
        call = rows[i, ROW_CALL]
        wait = (call if call >= 0 else rows[i, ROW_END]) - join
        out[min(n_bins - 1, int(np.ceil(wait / width)))] += 1
    return out


@njit
def offered_waits(rows, n_servers):  # type: ignore[no-untyped-def]
    """Return the offered wait of every customer of a FIFO station with a fixed number of servers.

    The offered wait is how long a customer would have waited with endless patience; it depends only on
    those before him. For one who was called it is his wait. For one who gave up, it ends at the first
    moment at which nobody before him is waiting and a server is free: either a customer who joined
    after him is called then, or a server falls idle.

    Returns
    -------
    joins, waits : int64[n], microseconds, in order of arrival
    """
    n = rows.shape[0]
    order = np.argsort(rows[:, ROW_CUSTOMER])
    idle = _idle_epochs(rows, n_servers)
    joins = np.empty(n, dtype=np.int64)
    waits = np.empty(n, dtype=np.int64)
    next_call = np.int64(1) << 62
    for k in range(n - 1, -1, -1):
        i = order[k]
        join = rows[i, ROW_JOIN]
        joins[k] = join
        if rows[i, ROW_CALL] >= 0:
            next_call = rows[i, ROW_CALL]
            waits[k] = next_call - join
        else:
            p = np.searchsorted(idle, join)
            until = min(next_call, idle[p]) if p < idle.size else next_call
            waits[k] = until - join
    return joins, waits


@njit
def _idle_epochs(rows, n_servers):  # type: ignore[no-untyped-def]
    """Return the ends of services after which fewer than all servers were busy, increasing."""
    called = rows[rows[:, ROW_CALL] >= 0]
    starts = np.sort(called[:, ROW_CALL])
    ends = np.sort(called[:, ROW_END])
    epochs = np.empty(ends.size, dtype=np.int64)
    n = 0
    j = 0
    for i in range(ends.size):
        while j < starts.size and starts[j] <= ends[i]:
            j += 1
        if j - (i + 1) < n_servers:
            epochs[n] = ends[i]
            n += 1
    return epochs[:n]


@njit
def offered(rows, n_servers, start, end):  # type: ignore[no-untyped-def]
    """Return number, sum of offered waits and number of positive ones, of who joined in [start, end)."""
    joins, waits = offered_waits(rows, n_servers)
    out = np.zeros(3)
    for i in range(joins.size):
        if start <= joins[i] < end:
            out[0] += 1
            out[1] += waits[i]
            out[2] += waits[i] > 0
    return out


@njit
def visits(rows, kind, start, end, thresholds):  # type: ignore[no-untyped-def]
    """Count the visits that began within [start, end), by their last rows.

    Returns
    -------
    float64[2 + k]
        Number, sum of times from door to door, number longer than each threshold.
    """
    out = np.zeros(2 + thresholds.size)
    for i in range(rows.shape[0]):
        if ((rows[i, ROW_WHAT] >> 40) & 0xFF) == 0:
            continue
        arrive = rows[i, ROW_ARRIVE]
        if arrive < start or arrive >= end:
            continue
        if kind >= 0 and ((rows[i, ROW_WHO] >> 24) & 0xFFFF) != kind:
            continue
        time = rows[i, ROW_END] - arrive
        out[0] += 1
        out[1] += time
        for k in range(thresholds.size):
            out[2 + k] += time > thresholds[k]
    return out


@njit
def first_waits(rows, n):  # type: ignore[no-untyped-def]
    """Return the waits of customers 0 ... n - 1, microseconds; NaN for who never came."""
    out = np.full(n, np.nan)
    for i in range(rows.shape[0]):
        k = rows[i, ROW_CUSTOMER]
        if k < n:
            out[k] = rows[i, ROW_CALL] - rows[i, ROW_JOIN]
    return out
