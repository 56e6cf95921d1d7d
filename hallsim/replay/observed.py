"""A logged day as an engine would have written it: the inverse of `hallsim.visits.build`.

In: a `LoggedDay` and the numbering of the model. Out: `Log`, in which customer n is the engines' customer n. Ends are
those of the recipe without the turn-around, so that no server has two customers at once; steps that were
interrupted are over, since every leg is a customer of its own, and who was moved to another station has left.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    ROW_FIELDS,
    SERVER_ROW_FIELDS,
    STATE_DUTY,
    STATE_OVERTIME,
    STEP_CLOSED_OUT,
    STEP_INTERRUPTED,
    STEP_MOVED,
    STEP_NO_SHOW,
    STEP_RENEGED,
    STEP_SERVED,
    STEP_SKIPPED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_SERVED,
    Log,
)
from hallsim.replay.days import LoggedDay
from hallsim.replay.legs import SERVED
from hallsim.replay.recipe import OPEN

I64 = NDArray[np.int64]

LEFT_BY = 0
"""The only exit of a model that re-enacts a log."""


def observed_log(day: LoggedDay, kind: I64, line: I64, first_server: I64) -> Log:
    """Return a day of the log.

    Parameters
    ----------
    day : LoggedDay
    kind, line : int64[n]
        Customer type and line of each customer, in the numbering of the compiled model.
    first_server : int64[n_queues]
    """
    legs, n = day.legs, len(day.join)
    served = np.isin(legs.outcome, SERVED)
    end = np.where(served, legs.begin + day.service, legs.end)
    left = np.where(served, legs.begin, legs.end)
    step = np.where(legs.outcome == STEP_INTERRUPTED, STEP_SERVED, legs.outcome)
    step = np.where(step == STEP_MOVED, STEP_RENEGED, np.where(step == STEP_SKIPPED, STEP_NO_SHOW, step))
    closed_out = legs.outcome == STEP_CLOSED_OUT
    visit = np.where(served, VISIT_SERVED, np.where(closed_out, VISIT_CLOSED_OUT, VISIT_GAVE_UP))
    who = np.where(served, first_server[day.queue] + day.server + 1, 0)
    rows = np.empty((n, ROW_FIELDS), dtype=np.int64)
    columns = (
        np.arange(n),
        line | step << 32 | visit << 40 | np.where(served, LEFT_BY + 1, 0) << 48,
        who | kind << 24,
        legs.ticket,
        legs.ticket,
        legs.begin,
        end,
        _ahead(line, legs.ticket, left),
    )
    for i, column in enumerate(columns):
        rows[:, i] = column
    rows = rows[np.lexsort((np.arange(n), end))]
    return Log(rows, _server_rows(day, end, first_server), max(day.close, int(end.max(initial=0))))


def _ahead(line: I64, join: I64, left: I64) -> I64:
    """Return how many were waiting in the same line when each customer joined it."""
    ahead = np.zeros(len(line), dtype=np.int64)
    in_line: dict[int, list[int]] = {}
    order = np.lexsort((np.arange(len(line)), join))
    for i, k, t, gone in zip(
        order.tolist(), line[order].tolist(), join[order].tolist(), left[order].tolist(), strict=True
    ):
        waiting = in_line.setdefault(k, [])
        while waiting and waiting[0] <= t:
            heapq.heappop(waiting)
        ahead[i] = len(waiting)
        heapq.heappush(waiting, gone)
    return ahead


def _server_rows(day: LoggedDay, end: I64, first_server: I64) -> I64:
    """Return stretches of duty; who is there when the doors close stays until the last customer has left."""
    last_left = np.full(len(first_server), day.close, dtype=np.int64)
    np.maximum.at(last_left, day.queue, end)
    rows = []
    for queue, server, on, off in day.duty:
        number = int(first_server[queue]) + server
        rows.append((number, STATE_DUTY, on, day.close if off == OPEN else off, -1))
        if off == OPEN and last_left[queue] > day.close:
            rows.append((number, STATE_OVERTIME, day.close, int(last_left[queue]), -1))
    return np.array([row for row in rows if row[2] < row[3]], dtype=np.int64).reshape(-1, SERVER_ROW_FIELDS)
