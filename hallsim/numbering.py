"""Numbers of queue tickets, as a queue machine gives them out: prefix and running number of line and day.

In: the steps of a log. Out: the text of each step's ticket, for the table of visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import STEP_INTERRUPTED, STEP_SKIPPED

if TYPE_CHECKING:
    from hallsim.visits import Steps

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
    kept[1:] &= (s.outcome[:-1] == STEP_INTERRUPTED) & (s.line[1:] == s.line[:-1])
    latest_served = np.maximum.accumulate(np.where(s.server >= 0, index, -1)) if n else index
    before = np.full(n, -1, dtype=np.int64)
    before[1:] = latest_served[:-1]
    sent_on = (before >= 0) & (s.customer[before] == s.customer) if n else same
    entity = np.where(sent_on, s.server[before], s.customer) if n else index

    earlier = _before_skip(s, joined) if n else index
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
    prefix = pa.array(prefixes, pa.large_string()).take(pa.array(ticket_class, mask=ticket_class < 0))
    return pc.binary_join_element_wise(prefix, digits, pa.scalar("", pa.large_string()))


def _before_skip(s: Steps, joined: NDArray[np.bool_]) -> I64:
    """Return the row at whose end each customer was skipped who now joins that line again, else -1."""
    found = np.full(len(s.customer), -1, dtype=np.int64)
    last: dict[int, int] = {}  # row at which a customer was last skipped
    whose = set(s.customer[s.outcome == STEP_SKIPPED].tolist())
    for i in np.flatnonzero(np.isin(s.customer, list(whose))).tolist() if whose else ():
        customer = int(s.customer[i])
        if customer in last and joined[i] and s.line[last[customer]] == s.line[i]:
            found[i] = last.pop(customer)
        if s.outcome[i] == STEP_SKIPPED:
            last[customer] = i
    return found
