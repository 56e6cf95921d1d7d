"""What a log says of a customer's steps beside their rows: notes, and what clerks did with who waited.

In: customers and steps of the rows, sorted by both, and the log's other tables. Out: one value a row, -1 for none.
"""

from __future__ import annotations

import numpy as np

from hallsim.arrays import I64
from hallsim.compiled import (
    NOTE_CUSTOMER,
    NOTE_STEP,
    NOTE_VALUE,
    NOTE_WHAT,
    SERVER_ROW_CUSTOMER,
    SERVER_ROW_FROM,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_PREPARING,
)


def noted(customer: I64, step: I64, notes: I64, what: int) -> I64:
    """Return what the notes of one kind say of each step."""
    found = np.full(len(customer), -1, dtype=np.int64)
    of = notes[notes[:, NOTE_WHAT] == what]
    rows = np.searchsorted(customer << 16 | step, of[:, NOTE_CUSTOMER] << 16 | of[:, NOTE_STEP])
    found[rows] = of[:, NOTE_VALUE]
    return found


def preparations(customer: I64, t_join: I64, server_rows: I64) -> tuple[I64, I64]:
    """Return from when to when a clerk prepared the customer of each step; it belongs to the step it began in."""
    begin, end = (np.full(len(customer), -1, dtype=np.int64) for _ in range(2))
    spans = server_rows[server_rows[:, SERVER_ROW_STATE] == STATE_PREPARING]
    for who, start, stop in spans[:, [SERVER_ROW_CUSTOMER, SERVER_ROW_FROM, SERVER_ROW_TO]].tolist():
        own = slice(*np.searchsorted(customer, [who, who + 1]))
        i = own.start + int(np.searchsorted(t_join[own], start, side="right")) - 1
        begin[i], end[i] = start, stop
    return begin, end
