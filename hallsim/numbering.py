"""Numbers of queue tickets, as a queue machine gives them out: prefix and running number of line and day.

In: the steps of a log. Out: the text of each step's ticket, for the table of visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import STEP_INTERRUPTED, STEP_SKIPPED, STEP_TRANSFERRED

if TYPE_CHECKING:
    from hallsim.rows import Steps

I64 = NDArray[np.int64]


def ticket_numbers(s: Steps, joined: NDArray[np.bool_], ticket_class: I64, prefixes: list[str]) -> Any:
    """Number the tickets of each line in the order of joining; return text. `s` is sorted by customer and step.

    At one instant those whom a server sends on come before those through the door, by server and by
    customer (semantics 2).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    n = len(s.customer)
    index = np.arange(n)
    same = np.zeros(n, dtype=bool)
    same[1:] = s.customer[1:] == s.customer[:-1]
    kept = same & joined
    interrupted = (s.outcome[:-1] == STEP_INTERRUPTED) & (s.line[1:] == s.line[:-1])
    kept[1:] &= interrupted | (s.went_on[:-1] > 0)
    latest_served = np.maximum.accumulate(np.where(s.server >= 0, index, -1)) if n else index
    before = np.full(n, -1, dtype=np.int64)
    before[1:] = latest_served[:-1]
    sent_on = (before >= 0) & (s.customer[before] == s.customer) if n else same
    entity = np.where(sent_on, s.server[before], s.customer) if n else index

    earlier = _earlier_leg(s, joined) if n else index
    drawn = np.flatnonzero(joined & ~kept & (earlier < 0))
    drawn = drawn[np.lexsort((s.customer[drawn], entity[drawn], ~sent_on[drawn], s.t_join[drawn], s.line[drawn]))]
    line = s.line[drawn]
    number = np.zeros(n, dtype=np.int64)
    number[drawn] = np.arange(len(drawn)) - np.searchsorted(line, line) + 1
    origin = np.maximum.accumulate(np.where(kept, 0, index)) if n else index
    for i in np.flatnonzero(earlier >= 0).tolist():
        number[i] = number[origin[earlier[i]]]
    number = number[origin]
    digits = pc.utf8_lpad(pa.array(number, mask=~joined).cast(pa.large_string()), 3, "0")
    ticket_class = ticket_class[origin]
    prefix = pa.array(prefixes, pa.large_string()).take(pa.array(ticket_class, mask=ticket_class < 0))
    return pc.binary_join_element_wise(prefix, digits, pa.scalar("", pa.large_string()))


def _earlier_leg(s: Steps, joined: NDArray[np.bool_]) -> I64:
    """Return the row whose ticket each customer still has: skipped there, or transferred from there; else -1."""
    found = np.full(len(s.customer), -1, dtype=np.int64)
    last: dict[int, int] = {}  # row at which a customer was last skipped or transferred
    kept = (s.outcome == STEP_SKIPPED) | (s.outcome == STEP_TRANSFERRED)
    whose = s.customer[kept]
    for i in np.flatnonzero(np.isin(s.customer, whose)).tolist() if len(whose) else ():
        customer = int(s.customer[i])
        if customer in last and joined[i]:
            there = last[customer]
            delayed = s.server[i] < 0 <= s.t_call[i]
            if s.line[there] == s.line[i] or (s.outcome[there] == STEP_TRANSFERRED and not delayed):
                found[i] = last.pop(customer)
        if kept[i]:
            last[customer] = i
    return found
