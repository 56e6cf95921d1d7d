"""The event buffer taken apart: its rows as columns.

In: rows of a `Log`. Out: `Steps`, and what only rows of customers and servers together tell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hallsim.arrays import I64
from hallsim.compiled import (
    NO_LINE,
    ROW_AHEAD,
    ROW_ARRIVE,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_WRAP_UP,
    WALK_SHIFT,
    WENT_ON,
)


class Steps(NamedTuple):
    """The event buffer with its bits unpacked; int64[n_rows] each, -1 for none, in the order of the buffer."""

    customer: I64
    line: I64
    step: I64
    outcome: I64
    visit_outcome: I64
    exit: I64
    went_on: I64  # 1: the server went on with the customer, with another transaction
    server: I64
    type: I64
    source: I64
    t_arrive: I64
    t_join: I64
    t_call: I64
    t_end: I64
    ahead: I64
    walk: I64


def unpack(rows: I64) -> Steps:
    """Take the rows of a `Log` apart."""
    what, who = rows[:, ROW_WHAT], rows[:, ROW_WHO]
    line = what & 0xFFFF
    return Steps(
        customer=rows[:, ROW_CUSTOMER],
        line=np.where(line == NO_LINE, -1, line),
        step=what >> 16 & 0xFFFF,
        outcome=what >> 32 & 0xFF,
        visit_outcome=what >> 40 & 0xFF,
        exit=(what >> 48 & 0xFF) - 1,
        went_on=(what >> 48 & WENT_ON) // WENT_ON,
        server=(who & 0xFFFFFF) - 1,
        type=who >> 24 & 0xFFFF,
        source=who >> 40 & 0xFFFF,
        t_arrive=rows[:, ROW_ARRIVE],
        t_join=rows[:, ROW_JOIN],
        t_call=rows[:, ROW_CALL],
        t_end=rows[:, ROW_END],
        ahead=rows[:, ROW_AHEAD] & (1 << WALK_SHIFT) - 1,
        walk=rows[:, ROW_AHEAD] >> WALK_SHIFT,
    )


def wrapped(s: Steps, server_rows: I64) -> I64:
    """Return when each step's server was free again: after the work that the customer left, if any."""
    work = server_rows[server_rows[:, SERVER_ROW_STATE] == STATE_WRAP_UP]
    if not len(work):
        return s.t_end
    ends = {(int(row[SERVER_ROW_SERVER]), int(row[SERVER_ROW_FROM])): int(row[SERVER_ROW_TO]) for row in work}
    free = s.t_end.copy()
    for i in np.lexsort((s.t_call, s.t_end))[::-1].tolist():  # of two that ended at once, the one called last
        if s.t_call[i] >= 0:
            free[i] = ends.pop((int(s.server[i]), int(s.t_end[i])), free[i])
    return free
