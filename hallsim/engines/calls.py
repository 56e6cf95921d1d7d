"""Calls that are not answered at once: of absent numbers, and of customers who do not come (semantics 32, 42)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ENDING_NO_SHOW,
    STATE_CALLING,
    STEP_NO_SHOW,
    STEP_SKIPPED,
    VISIT_GAVE_UP,
)
from hallsim.engines import tables
from hallsim.engines.endings import end_unserved, where_after
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.recording import record_state
from hallsim.engines.records import DAY, NOBODY
from hallsim.engines.serving import ask_to_join, start_service
from hallsim.jit import inline

_day_at = record_at(DAY)


@inline
def _on_called(w, server, t):  # type: ignore[no-untyped-def]
    """End the calls of a number; return the server if he is to pick, -1 if he serves now.

    The holder may have left (the call kept the server at the station), come now, or have been called in vain.
    """
    customers = tables.customers(w)
    machine = tables.machines(w)[server]
    station = tables.stations(w)[tables.servers(w)[server].station]
    st = tables.servers(w)[server].station
    slot = machine.called
    if slot < 0:
        record_state(w, server, np.int64(STATE_CALLING), machine.began, t)
        station.last_left = t
        return server
    record_state(w, server, np.int64(STATE_CALLING), machine.began, customers[slot].call)
    if machine.answered:
        start_service(w, slot, st, server, t)
        return NOBODY
    station.inside -= 1
    station.last_left = t
    stay = tables.stays(w)[st * w.ring + slot] if w.repeats else np.int64(1)
    to = where_after(w, np.int64(ENDING_NO_SHOW), slot, st, np.uint64(stay - 1))
    outcome = np.int64(STEP_NO_SHOW)
    if 0 <= to < w.n_stations:
        outcome = np.int64(STEP_SKIPPED)
        last = tables.skipped(w)[slot]
        last.number = customers[slot].number
        last.station = st
        last.stay = stay
    to = end_unserved(w, slot, customers[slot].line, outcome, np.int64(VISIT_GAVE_UP), to, t)
    if to >= 0:
        ask_to_join(w, slot, to, t)
    return server


@entry("on_called", "int64(int64, int64, int64)")
def _on_called_entry(address, server, t):  # type: ignore[no-untyped-def]
    return _on_called(_day_at(address), server, t)


on_called = caller("on_called", _on_called, DAY, INT, INT, INT)
