"""The rows of some days together, in order of day, customer and step: what everything that looks at single stays reads.

In: logs, one a day. Out: `DayRows` and what follows from them: who joined a line, when he left it, and where his stay
began, since a service interrupted and taken up again is one stay of several rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import I64
from hallsim.compiled import STEP_BALKED, STEP_BLOCKED, STEP_INTERRUPTED, Log
from hallsim.rows import unpack


class DayRows(NamedTuple):
    """All rows of a chunk of days in order of day, customer and step; int64[n_rows] each, -1 for none."""

    day: I64
    customer: I64
    line: I64
    step: I64
    outcome: I64
    visit_outcome: I64
    exit: I64
    server: I64
    type: I64
    t_arrive: I64
    t_join: I64
    t_call: I64
    t_end: I64
    ahead: I64
    walk: I64


def rows_of(logs: list[Log]) -> DayRows:
    """Return the rows of logs; day i is that of the i-th log."""
    if not logs:
        return DayRows(*(np.zeros(0, dtype=np.int64) for _ in DayRows._fields))
    s = unpack(np.concatenate([log.rows for log in logs]))
    day = np.repeat(np.arange(len(logs)), [len(log.rows) for log in logs])
    most = int(s.customer.max(initial=0)) + 1
    order = np.argsort((day * most + s.customer) * (1 << 16) + s.step, kind="stable")
    return DayRows(day[order], *(getattr(s, name)[order] for name in DayRows._fields[1:]))


def same_customer(r: DayRows) -> NDArray[np.bool_]:
    """Return for each row whether the row before is of the same customer."""
    same = np.zeros(len(r.day), dtype=bool)
    same[1:] = (r.day[1:] == r.day[:-1]) & (r.customer[1:] == r.customer[:-1])
    return same


def taken_up_again(r: DayRows) -> NDArray[np.bool_]:
    """Return for each row whether it goes on with a stay that was interrupted."""
    again = same_customer(r)
    again[1:] &= r.outcome[:-1] == STEP_INTERRUPTED
    return again


def first_rows(r: DayRows) -> I64:
    """Return for each row the first row of its stay."""
    return np.maximum.accumulate(np.where(taken_up_again(r), 0, np.arange(len(r.day))))


def who_joined(r: DayRows) -> NDArray[np.bool_]:
    """Return for each row whether the customer joined the line."""
    joined: NDArray[np.bool_] = (r.line >= 0) & (r.outcome != STEP_BALKED) & (r.outcome != STEP_BLOCKED)
    return joined


def left_line(r: DayRows) -> I64:
    """Return when the customer of each row was called or, if he never was, left."""
    return np.where(r.t_call >= 0, r.t_call, r.t_end)
