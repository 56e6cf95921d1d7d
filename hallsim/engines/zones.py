"""Zones: who has a place, and who waits for one (semantics 50, 51).

Places are not handed out one by one: who holds one is who is counted at the stations of the zone. Who waits for one
is in one list, whoever waits longest first: a ring of records by slot that starts and ends at one behind the slots.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import NEVER, NOTE_OUTSIDE, STATE_BLOCKED, STEP_CLOSED_OUT, VISIT_CLOSED_OUT
from hallsim.engines import tables
from hallsim.engines.endings import leave_hall
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import wait_no_more
from hallsim.engines.pools import nobody_free
from hallsim.engines.recording import record_note, record_step, record_work
from hallsim.engines.records import DAY, NOBODY, NOTHING, OUTSIDE, WAITING
from hallsim.engines.serving import enter, start_delay, wait_in_line
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)

# --- places (semantics 50) ----------------------------------------------------------------------------------------


@routine
def demand(w, zone):  # type: ignore[no-untyped-def]
    """Return how many people belong in a zone, those included who stand in its overflow."""
    out_of_line()
    stations = tables.stations(w)
    number = np.int64(0)
    for st in range(w.n_stations):
        if stations[st].zone == zone:
            if stations[st].waited_in:
                number += stations[st].waiting - stations[st].absent
            else:
                number += stations[st].inside - stations[st].outside_zone
    return number


@routine
def free_places(w, zone):  # type: ignore[no-untyped-def]
    """Return how many places a zone has left, also for those of others; not more than 0: none."""
    out_of_line()
    zones = tables.zones(w)
    free = zones[zone].places - demand(w, zone)
    for other in range(w.n_zones):
        if zones[other].overflow == zone:
            free -= max(np.int64(0), demand(w, np.int64(other)) - zones[other].places)
    return free


@inline
def _no_place(w, slot, st):  # type: ignore[no-untyped-def]
    """Return whether the zone of a station is full for a customer who would join there."""
    stations = tables.stations(w)
    zone = stations[st].zone
    if zone < 0:
        return NOTHING
    line = tables.by_type(w)[(st + 1) * w.n_types + tables.types(w)[slot]].line
    if stations[st].waited_in and not nobody_free(w, st, line):
        return NOTHING
    overflow = tables.zones(w)[zone].overflow
    return np.int64(free_places(w, zone) <= 0 and (overflow < 0 or free_places(w, overflow) <= 0))


@entry("no_place", "int64(int64, int64, int64)")
def _no_place_entry(address, slot, st):  # type: ignore[no-untyped-def]
    return _no_place(_day_at(address), slot, st)


no_place = caller("no_place", _no_place, DAY, INT, INT, INT)

# --- who waits for a place (semantics 51) ---------------------------------------------------------------------------


@routine
def begin_to_wait(w, slot, to, at, server, row, t):  # type: ignore[no-untyped-def]
    """Put a customer at the end of those who wait for a place."""
    out_of_line()
    kept = tables.kept(w)
    last = kept[w.ring].previous
    kept[slot].previous = last
    kept[slot].next = w.ring
    kept[last].next = slot
    kept[w.ring].previous = slot
    kept[slot].number = tables.customers(w)[slot].number
    kept[slot].to = to
    kept[slot].at = at
    kept[slot].server = server
    kept[slot].row = row
    kept[slot].since = t
    w.n_kept += 1


@routine
def wait_no_longer(w, slot):  # type: ignore[no-untyped-def]
    """Take a customer out of those who wait for a place."""
    out_of_line()
    kept = tables.kept(w)
    kept[kept[slot].previous].next = kept[slot].next
    kept[kept[slot].next].previous = kept[slot].previous
    kept[slot].number = -1
    w.n_kept -= 1


@inline
def _keep_out(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Let a customer who has joined a station wait outside its zone."""
    customers = tables.customers(w)
    stations = tables.stations(w)
    stations[st].inside += 1
    stations[st].outside_zone += 1
    customers[slot].line = line
    if w.repeats:
        tables.stays(w)[st * w.ring + slot] += 1
    if stations[st].delay:
        customers[slot].status = WAITING
        customers[slot].deadline = NEVER
        w.n_waiting += 1
    else:
        wait_in_line(w, slot, st, line)
        stations[st].waiting -= 1
    begin_to_wait(w, slot, st, OUTSIDE, NOBODY, NOBODY, t)
    return NOTHING


@entry("keep_out", "int64(int64, int64, int64, int64, int64)")
def _keep_out_entry(address, slot, st, line, t):  # type: ignore[no-untyped-def]
    return _keep_out(_day_at(address), slot, st, line, t)


keep_out = caller("keep_out", _keep_out, DAY, INT, INT, INT, INT, INT)


@inline
def _hold_back(w, slot, server, row, t):  # type: ignore[no-untyped-def]
    """Let a customer who has been taken away from a station stay there if he is blocked; return whether he does."""
    stations = tables.stations(w)
    to = tables.routes(w)[row].to
    at = tables.lines(w)[tables.customers(w)[slot].line].station
    if to >= w.n_stations or not stations[to].blocks or stations[at].outside or no_place(w, slot, to) == 0:
        return NOTHING
    stations[at].inside += 1
    if server >= 0:
        tables.servers(w)[server].customer = slot
    begin_to_wait(w, slot, to, at, server, row, t)
    return np.int64(1)


@entry("hold_back", "int64(int64, int64, int64, int64, int64)")
def _hold_back_entry(address, slot, server, row, t):  # type: ignore[no-untyped-def]
    return _hold_back(_day_at(address), slot, server, row, t)


hold_back = caller("hold_back", _hold_back, DAY, INT, INT, INT, INT, INT)


@routine
def leave_outside(w, slot, t):  # type: ignore[no-untyped-def]
    """Note that somebody is outside no more."""
    out_of_line()
    kept = tables.kept(w)
    wait_no_longer(w, slot)
    wait_no_more(w)
    tables.stations(w)[kept[slot].to].outside_zone -= 1
    record_note(w, slot, np.int64(NOTE_OUTSIDE), t - kept[slot].since)


@inline
def is_outside(w, slot):  # type: ignore[no-untyped-def]
    """Return whether the customer of a slot waits outside a zone."""
    return w.has_zones != 0 and tables.kept(w)[slot].number == tables.customers(w)[slot].number


@inline
def _close_out(w, line, t):  # type: ignore[no-untyped-def]
    """Close out who waits outside for a line that nobody serves any more."""
    customers = tables.customers(w)
    kept = tables.kept(w)
    stations = tables.stations(w)
    slot = kept[w.ring].next
    while slot < w.ring:
        following = kept[slot].next
        if kept[slot].at == OUTSIDE and customers[slot].line == line:
            leave_outside(w, slot, t)
            stations[kept[slot].to].inside -= 1
            stations[kept[slot].to].last_left = t
            record_step(w, slot, line, np.int64(STEP_CLOSED_OUT), np.int64(VISIT_CLOSED_OUT), NOTHING, t)
            leave_hall(w, slot, t)
        slot = following
    return NOTHING


@entry("close_out", "int64(int64, int64, int64)")
def _close_out_entry(address, line, t):  # type: ignore[no-untyped-def]
    return _close_out(_day_at(address), line, t)


close_out = caller("close_out", _close_out, DAY, INT, INT, INT)


@routine
def may_come_in(w, slot):  # type: ignore[no-untyped-def]
    """Return whether there is a place now for somebody who waits for one."""
    out_of_line()
    stations = tables.stations(w)
    who = tables.kept(w)[slot]
    if who.at >= 0:
        stations[who.at].inside -= 1
    full = no_place(w, slot, who.to)
    if who.at >= 0:
        stations[who.at].inside += 1
    return full == 0


@routine
def next_to_come_in(w):  # type: ignore[no-untyped-def]
    """Return who has waited longest of those for whom there is a place, -1: nobody."""
    out_of_line()
    slot = tables.kept(w)[w.ring].next
    while slot < w.ring:
        if may_come_in(w, slot):
            return slot
        slot = tables.kept(w)[slot].next
    return NOBODY


@routine
def come_in(w, slot, t):  # type: ignore[no-untyped-def]
    """Bring somebody from outside to the station that he has joined."""
    out_of_line()
    stations = tables.stations(w)
    st = tables.kept(w)[slot].to
    leave_outside(w, slot, t)
    stations[st].inside -= 1  # he is counted again when he comes in, as is the stay that has begun
    if w.repeats:
        tables.stays(w)[st * w.ring + slot] -= 1
    if stations[st].delay:
        start_delay(w, slot, st, tables.customers(w)[slot].line, t)
    else:
        enter(w, slot, st, tables.customers(w)[slot].line, t)


@routine
def be_free(w, slot, t):  # type: ignore[no-untyped-def]
    """Take somebody who has been blocked away from where he was; return the server whom he has kept, -1: nobody."""
    out_of_line()
    who = tables.kept(w)[slot]
    stations = tables.stations(w)
    wait_no_longer(w, slot)
    stations[who.at].inside -= 1
    stations[who.at].last_left = t
    if who.server >= 0:
        number = tables.customers(w)[slot].number
        record_work(w, who.server, np.int64(STATE_BLOCKED), number, who.since, t)
        tables.servers(w)[who.server].customer = NOBODY
    return who.server
