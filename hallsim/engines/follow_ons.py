"""Transactions that follow one another in a visit (semantics 47).

A new transaction makes another type of the customer. What has been drawn ahead for his first stays is drawn again, by
the laws of that type; a station where he has been draws later stays when they begin, so that nothing there is lost.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import ENDING_FOLLOW_ON, FOLLOWED, STEP_SERVED, VISIT_SERVED, WENT_ON
from hallsim.draws import PURPOSE_FOLLOW_ON, uniform
from hallsim.engines import tables
from hallsim.engines.endings import draw_after, leave_hall
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.pools import skill_of
from hallsim.engines.predraw import draw_stays
from hallsim.engines.recording import record_step
from hallsim.engines.records import DAY, NOTHING, PRESENT
from hallsim.engines.serving import serve_now
from hallsim.jit import inline, routine

STAYS = np.int64(-2)
"""In the place of a station: the customer stays with the server."""

_PURPOSE_FOLLOW_ON = PURPOSE_FOLLOW_ON
_FOLLOWED, _WENT_ON = np.int64(FOLLOWED), np.int64(FOLLOWED | WENT_ON)
_day_at = record_at(DAY)


@inline
def _follow_on(w, slot, row, server, t):  # type: ignore[no-untyped-def]
    """Let a customer leave by a row of the routing table, or have another transaction, with a server if he may.

    Return the station that he goes on to, -1: out of the hall, STAYS: the server goes on with him.
    """
    customers = tables.customers(w)
    exit_outcome = tables.exit_outcome(w)
    line = customers[slot].line
    st = tables.lines(w)[line].station
    outcome = tables.routes(w)[row].outcome
    kind = next_type(w, slot, row)
    if kind < 0:
        leave_by = tables.routes(w)[row].to - w.n_stations
        record_step(w, slot, line, outcome, exit_outcome[leave_by], leave_by + 1, t)
        leave_hall(w, slot, t)
        return np.int64(-1)
    tables.followed(w)[slot] += 1
    if w.has_transfers:
        tables.transfers(w)[slot].number = -1  # a new ticket
    if server >= 0 and may_go_on(w, server, st, kind):
        record_step(w, slot, line, outcome, NOTHING, _WENT_ON, t)
        become(w, slot, kind)
        go_on_with(w, slot, st, server, t)
        return STAYS
    k = np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
    to = draw_after(w, np.int64(ENDING_FOLLOW_ON), slot, st, kind, k)
    if to < w.n_stations:
        record_step(w, slot, line, outcome, NOTHING, _FOLLOWED, t)
        customers[slot].status = PRESENT
        become(w, slot, kind)
        return to
    leave_by = to - w.n_stations
    record_step(w, slot, line, outcome, exit_outcome[leave_by], _FOLLOWED + leave_by + 1, t)
    leave_hall(w, slot, t)
    return np.int64(-1)


@routine
def next_type(w, slot, row):  # type: ignore[no-untyped-def]
    """Draw what a customer is for his next transaction, -1 if a row of the routing table ends his visit or all do."""
    firsts = tables.follow_firsts(w)
    rows = tables.follow_ons(w)
    kind = tables.types(w)[slot]
    route = tables.routes(w)[row]
    i, beyond = firsts[kind], firsts[kind + 1]
    if i == beyond or route.outcome != STEP_SERVED or tables.exit_outcome(w)[route.to - w.n_stations] != VISIT_SERVED:
        return np.int64(-1)
    u = uniform(tables.keys(w)[slot], _PURPOSE_FOLLOW_ON, np.uint64(tables.followed(w)[slot]))
    while i < beyond and u >= rows[i].cum:
        i += 1
    return rows[i].type if i < beyond else np.int64(-1)


@routine
def may_go_on(w, server, st, kind):  # type: ignore[no-untyped-def]
    """Return whether a server goes on with a customer who is of this type by now."""
    line = tables.by_type(w)[(st + 1) * w.n_types + kind].line
    helps = tables.servers(w)[server].home != st
    return tables.goes_on(w)[st] != 0 and (helps or tables.skills(w)[skill_of(w, server, line)].rank >= 0)


@routine
def become(w, slot, kind):  # type: ignore[no-untyped-def]
    """Make another type of a customer, with the needs of that type."""
    tables.types(w)[slot] = kind
    draw_stays(w, slot, np.int64(1))


@routine
def go_on_with(w, slot, st, server, t):  # type: ignore[no-untyped-def]
    """Begin a new stay of a customer with the server who has just served him."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stations[st].inside += 1
    customers[slot].line = tables.by_type(w)[(st + 1) * w.n_types + tables.types(w)[slot]].line
    customers[slot].join = t
    customers[slot].ahead = 0
    customers[slot].sequence = w.sequence
    w.sequence += 1
    tables.stays(w)[st * w.ring + slot] += 1
    if stations[st].attended:
        tables.people(w)[server].done += 1
    state = servers[server].state  # his shift may be over
    serve_now(w, slot, st, server, t)
    servers[server].state = state


@entry("follow_on", "int64(int64, int64, int64, int64, int64)")
def _follow_on_entry(address, slot, row, server, t):  # type: ignore[no-untyped-def]
    return _follow_on(_day_at(address), slot, row, server, t)


follow_on = caller("follow_on", _follow_on, DAY, INT, INT, INT, INT, INT)
