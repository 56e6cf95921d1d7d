"""Whether a customer who is called comes, and how long calling him takes (semantics 32, 42)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NOTE_CALLS, NOTE_FIRST_CALL
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import schedule_end
from hallsim.engines.recording import record_note
from hallsim.engines.records import BAD_DURATION, CALLED, DAY, NOBODY, NOTHING, SERVER_BUSY
from hallsim.engines.times import draw, to_ticks
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)


@routine
def call_ticks(w, slot, st, k):  # type: ignore[no-untyped-def]
    """Draw how long it takes to call a customer's number when he is not there."""
    out_of_line()
    law = tables.stations(w)[st].call_law
    if law < 0:
        return np.int64(0)
    ticks = to_ticks(draw(w, law, tables.keys(w)[slot], tables.stations(w)[st].call_key, k), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
    return ticks


@inline
def _call_in_vain(w, slot, server, t):  # type: ignore[no-untyped-def]
    """Let a customer who is called answer at once or not; return 0 if he does, else the server calls on."""
    customers = tables.customers(w)
    keys = tables.keys(w)
    servers = tables.servers(w)
    machine = tables.machines(w)[server]
    st = servers[server].station
    station = tables.stations(w)[st]
    k = np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
    luck = uniform(keys[slot], station.answer_key, k)
    bound = tables.unanswered(w)[st * w.n_types + tables.types(w)[slot]]
    calls = np.int64(0)  # in vain
    while calls <= station.recalls and luck < bound:
        bound *= tables.again(w)[st]
        calls += 1
    if calls == 0:
        return NOTHING
    ticks = to_ticks(draw(w, station.time_out_law, keys[slot], station.call_key, k), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
    ticks = max(ticks, np.int64(w.resolution))
    machine.answered = calls <= station.recalls
    machine.called = slot
    machine.began = t
    last = calls - 1 + machine.answered
    record_note(w, slot, np.int64(NOTE_FIRST_CALL), t)
    record_note(w, slot, np.int64(NOTE_CALLS), last + 1)
    customers[slot].status = CALLED
    customers[slot].call = t + last * ticks
    customers[slot].server = server
    servers[server].state = SERVER_BUSY
    servers[server].customer = NOBODY
    servers[server].end = t + calls * ticks
    schedule_end(w, server, t + calls * ticks)
    return np.int64(1)


@entry("call_in_vain", "int64(int64, int64, int64, int64)")
def _call_in_vain_entry(address, slot, server, t):  # type: ignore[no-untyped-def]
    return _call_in_vain(_day_at(address), slot, server, t)


call_in_vain = caller("call_in_vain", _call_in_vain, DAY, INT, INT, INT, INT)
