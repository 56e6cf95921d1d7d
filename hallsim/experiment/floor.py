"""Servers open, and servers needed, half-hour by half-hour: what a profile holds the roster against.

In: the steps and the server rows of some days. Out: microseconds of servers by day, station and half-hour. *Open* is
on duty, and neither down, on a break nor being set up. *Needed* is the offered load: the number who would be in
service if nobody ever had to wait, which is each customer's service from the moment of joining; who left without
one counts with the station's mean of these days.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    SERVER_ROW_FIELDS,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_BLOCKED,
    STATE_CALLING,
    STATE_OVERTIME,
    STATE_PREPARING,
    STATE_TRIED_OUT,
    Log,
)
from hallsim.kpis.base import HOUR_MINUTES
from hallsim.model import US_PER_DAY, US_PER_MINUTE, Model

I64 = NDArray[np.int64]

_AT_WORK = (STATE_CALLING, STATE_PREPARING, STATE_BLOCKED, STATE_TRIED_OUT)
SLOT_US = HOUR_MINUTES["duty"] * US_PER_MINUTE


def slots_of(model: Model) -> I64:
    """Return begin and end of each half-hour of the clock, cut to the opening hours, int64[n_slots, 2]."""
    first = model.open // SLOT_US * SLOT_US
    begins = np.arange(first, model.close, SLOT_US)
    return np.stack([np.maximum(begins, model.open), np.minimum(begins + SLOT_US, model.close)], axis=1)


def open_servers(logs: list[Log], server_station: I64, n_stations: int, slots: I64, overnight: bool = False) -> I64:
    """Return the time for which servers were open, int64[n_days, n_stations, n_slots].

    With `overnight` time after midnight is time of the first half-hours (semantics 53).
    """
    rows = np.concatenate([log.server_rows for log in logs]) if logs else np.zeros((0, SERVER_ROW_FIELDS), np.int64)
    day = np.repeat(np.arange(len(logs)), [len(log.server_rows) for log in logs])
    state = rows[:, SERVER_ROW_STATE]
    sign = np.where(state <= STATE_OVERTIME, 1, np.where(np.isin(state, _AT_WORK), 0, -1))
    thing = day * n_stations + server_station[rows[:, SERVER_ROW_SERVER]]
    found = _in_slots(
        thing, len(logs) * n_stations, rows[:, SERVER_ROW_FROM], rows[:, SERVER_ROW_TO], sign, slots, overnight
    )
    return found.reshape(len(logs), n_stations, len(slots))


def needed_servers(
    n_days: int, day: I64, station: I64, join: I64, service: I64, n_stations: int, slots: I64, overnight: bool = False
) -> I64:
    """Return the time for which servers were needed, int64[n_days, n_stations, n_slots].

    Parameters
    ----------
    day, station, join, service : int64[n], of the stays; service -1: none
    """
    served = service >= 0
    times = np.bincount(station[served], weights=service[served], minlength=n_stations)
    counts = np.bincount(station[served], minlength=n_stations)
    mean = (times / np.maximum(counts, 1)).astype(np.int64)
    end = join + np.where(served, service, mean[station])
    found = _in_slots(day * n_stations + station, n_days * n_stations, join, end, np.ones_like(join), slots, overnight)
    return found.reshape(n_days, n_stations, len(slots))


def _in_slots(thing: I64, n_things: int, begin: I64, end: I64, sign: I64, slots: I64, overnight: bool) -> I64:
    """Return the length of the spans [begin, end) of each thing that lies in each slot, int64[n_things, n_slots]."""
    if overnight:
        late = end > slots[-1, 1]
        thing, sign = np.concatenate([thing, thing[late]]), np.concatenate([sign, sign[late]])
        begin, end = np.concatenate([begin, begin[late] - US_PER_DAY]), np.concatenate([end, end[late] - US_PER_DAY])
    found = np.zeros((n_things, len(slots)), dtype=np.int64)
    for i, (a, b) in enumerate(slots.tolist()):
        inside = np.flatnonzero((begin < b) & (end > a))
        length = (np.minimum(end[inside], b) - np.maximum(begin[inside], a)) * sign[inside]
        found[:, i] = np.bincount(thing[inside], weights=length, minlength=n_things)  # exact: far below 2^53
    return found
