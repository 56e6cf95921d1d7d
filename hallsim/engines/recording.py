"""What the kernel writes down: a row when a step ends, a row for every stretch of a server's duty."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    MOST_STEPS,
    NOTE_CUSTOMER,
    NOTE_FIELDS,
    NOTE_STEP,
    NOTE_VALUE,
    NOTE_WHAT,
    ROW_AHEAD,
    ROW_ARRIVE,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_FIELDS,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    SERVER_ROW_CUSTOMER,
    SERVER_ROW_FIELDS,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_DUTY,
    STATE_OVERTIME,
)
from hallsim.engines import tables
from hallsim.engines.records import (
    NOBODY,
    NOTES_FULL,
    ROWS_FULL,
    SERVER_OFF,
    SERVER_ROWS_FULL,
    TOO_MANY_STEPS,
)
from hallsim.jit import inline, out_of_line, routine


@inline
def record_step(w, slot, line, outcome, visit, leave_by, t):  # type: ignore[no-untyped-def]
    """Write the row of a step that ends now; `leave_by` is the exit + 1, or 0."""
    arrivals = tables.arrivals(w)
    customers = tables.customers(w)
    origins = tables.origins(w)
    rows = tables.rows(w)
    types = tables.types(w)
    n = w.n_rows
    if n >= w.row_room:
        w.status = ROWS_FULL
        return
    step = customers[slot].step
    if step >= MOST_STEPS:
        w.status = TOO_MANY_STEPS
        return
    row = n * ROW_FIELDS
    rows[row + ROW_CUSTOMER] = customers[slot].number
    rows[row + ROW_WHAT] = line | (step << 16) | (outcome << 32) | (visit << 40) | (leave_by << 48)
    rows[row + ROW_WHO] = (customers[slot].server + 1) | (types[slot] << 24) | (origins[slot] << 40)
    rows[row + ROW_ARRIVE] = arrivals[slot]
    rows[row + ROW_JOIN] = customers[slot].join
    rows[row + ROW_CALL] = customers[slot].call
    rows[row + ROW_END] = t
    rows[row + ROW_AHEAD] = customers[slot].ahead
    w.n_rows = n + 1
    customers[slot].step = step + 1


@routine
def record_note(w, slot, what, value):  # type: ignore[no-untyped-def]
    """Note what the row of a customer's present step has no room for."""
    out_of_line()
    notes = tables.notes(w)
    n = w.n_notes
    if n >= w.note_room:
        w.status = NOTES_FULL
        return
    notes[n * NOTE_FIELDS + NOTE_CUSTOMER] = tables.customers(w)[slot].number
    notes[n * NOTE_FIELDS + NOTE_STEP] = tables.customers(w)[slot].step
    notes[n * NOTE_FIELDS + NOTE_WHAT] = what
    notes[n * NOTE_FIELDS + NOTE_VALUE] = value
    w.n_notes = n + 1


@routine
def record_work(w, server, state, customer, begin, end):  # type: ignore[no-untyped-def]
    """Write a stretch of a server in some state, about a customer (-1: none); nothing if it is empty."""
    out_of_line()
    server_rows = tables.server_rows(w)
    n = w.n_server_rows
    if n >= w.server_row_room:
        w.status = SERVER_ROWS_FULL
    elif end > begin:
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_SERVER] = server
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_STATE] = state
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_FROM] = begin
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_TO] = end
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_CUSTOMER] = customer
        w.n_server_rows = n + 1


@inline
def record_state(w, server, state, begin, end):  # type: ignore[no-untyped-def]
    """Write a stretch of a server in some state that is about no customer."""
    record_work(w, server, state, NOBODY, begin, end)


@routine
def record_duty(w, server, duty_to, overtime_to):  # type: ignore[no-untyped-def]
    """Write a server's stretch of duty, and of overtime where there was any."""
    out_of_line()
    since = tables.servers(w)[server].since
    duty_to = max(duty_to, since)
    record_state(w, server, np.int64(STATE_DUTY), since, duty_to)
    record_state(w, server, np.int64(STATE_OVERTIME), duty_to, overtime_to)


@routine
def go_off(w, server, scheduled, t):  # type: ignore[no-untyped-def]
    """End a server's duty."""
    out_of_line()
    servers = tables.servers(w)
    record_duty(w, server, scheduled, t)
    servers[server].state = SERVER_OFF
