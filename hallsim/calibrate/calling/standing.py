"""Who stood where when somebody was called: the choices that a log shows.

In: a `Replay`. Out: `Standing`, what each leg brought to its line, and `Choices`: the calls for which several waited
for the same counters, with all who did.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import ROW_CALL, ROW_CUSTOMER, ROW_END, ROW_JOIN, ROW_WHAT
from hallsim.replay.replay import Replay
from hallsim.visits import names

I64 = NDArray[np.int64]


class Standing(NamedTuple):
    """Legs, day after day, by customer of the replay; int64[n_legs] each.

    `by_ticket` and `by_line` number the legs of a day and queue by the first ticket of their visit and by joining;
    `returned` is 1 for who had another leg before, else 0. `join`, `called` (-1: never) and `left` are microseconds.
    `queues` are the names of the queues by their numbers.
    """

    day: I64
    queue: I64
    by_ticket: I64
    by_line: I64
    returned: I64
    ticket_class: I64
    join: I64
    called: I64
    left: I64
    queues: tuple[str, ...]


class Choices(NamedTuple):
    """Calls with a choice: `called` and `day` of each, int64[n_calls]; int64[n_waiting]: who waited, and at which call.

    Whoever is called is among those who waited.
    """

    day: I64
    called: I64
    waiting: I64
    call: I64

    def where(self, chosen: NDArray[np.bool_]) -> Choices:
        """Return some of the calls."""
        kept = chosen[self.call]
        number = np.cumsum(chosen) - 1
        return Choices(self.day[chosen], self.called[chosen], self.waiting[kept], number[self.call[kept]])


def standing(replay: Replay) -> Standing:
    """Return what each leg of a replay brought to its line."""
    import pandas as pd

    rows = np.concatenate(replay.rows)
    day = np.repeat(np.arange(len(replay.rows)), [len(own) for own in replay.rows])
    seen = np.concatenate([log.rows[np.argsort(log.rows[:, ROW_CUSTOMER])] for log in replay.observed])
    table = replay.visits.iloc[rows]
    queue = names(replay.model).line_station[seen[:, ROW_WHAT] & 0xFFFF]
    ticket = table["t_ticket"].to_numpy(dtype=np.int64)
    visit = table["visit"].to_numpy(dtype=np.int64)
    joined = replay.visits["t_ticket"].notna()
    visits = replay.visits[joined].groupby(["date", "replication", "visit"], dropna=False)
    first = visits["t_ticket"].transform("min")
    first_ticket = first.reindex(table.index).to_numpy(dtype=np.int64)
    called = seen[:, ROW_CALL]
    known = Standing(
        day=day,
        queue=queue,
        by_ticket=day,
        by_line=day,
        returned=(ticket > first_ticket).astype(np.int64),
        ticket_class=np.asarray(pd.factorize(table["ticket_class"].astype(object), sort=True)[0], dtype=np.int64),
        join=seen[:, ROW_JOIN],
        called=called,
        left=np.where(called >= 0, called, seen[:, ROW_END]),
        queues=tuple(station.name for station in replay.model.stations),
    )
    return known._replace(
        by_ticket=numbered(known, first_ticket, visit, ticket), by_line=numbered(known, known.join, visit, ticket)
    )


def choices_of(found: Standing) -> Choices:
    """Return every call for which at least two waited, by day."""
    called: list[int] = []
    waiting: list[I64] = []
    in_order = np.lexsort((found.queue, found.day))
    groups = found.day[in_order] * (found.queue.max(initial=0) + 1) + found.queue[in_order]
    for own in np.split(in_order, np.flatnonzero(np.diff(groups)) + 1):
        join, left = found.join[own], found.left[own]
        for leg in own[found.called[own] >= 0].tolist():
            here = own[((join < found.called[leg]) & (left > found.called[leg])) | (own == leg)]
            if len(here) > 1:
                called.append(leg)
                waiting.append(here)
    who = np.array(called, dtype=np.int64)
    call = np.repeat(np.arange(len(called)), [len(here) for here in waiting])
    return Choices(found.day[who], who, np.concatenate([*waiting, np.zeros(0, dtype=np.int64)]), call)


def numbered(found: Standing, *by: I64) -> I64:
    """Return the number, from 0, of each leg in its day and queue, in the order of some columns."""
    order = np.lexsort((*by[::-1], found.queue, found.day))
    new = np.flatnonzero(np.diff(found.day[order]) | np.diff(found.queue[order])) + 1
    begin = np.zeros(len(order), dtype=np.int64)
    begin[new] = new
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order)) - np.maximum.accumulate(begin)
    return number
