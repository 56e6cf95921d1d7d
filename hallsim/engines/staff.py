"""What servers do beside serving: breaks, the work that customers leave (semantics 37, 38).

One far function (`staff`) holds it all, compiled where a hall has such servers; it tells by a number what has
happened. The end of a break lies in the list of service ends: a server whose stretch there has no customer.
"""

from __future__ import annotations

import numpy as np

from hallsim import draws
from hallsim.compiled import STATE_BREAK, STATE_PAID_BREAK, STATE_WRAP_UP
from hallsim.draws import customer_key, stream_key, uniform
from hallsim.engines import tables
from hallsim.engines.calls import on_called
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import cancel_end, leave_idle, schedule_end
from hallsim.engines.pools import somebody_may_come
from hallsim.engines.recording import go_off, record_state
from hallsim.engines.records import (
    BAD_DURATION,
    DAY,
    NOBODY,
    NOTHING,
    SERVER_BREAK,
    SERVER_BUSY,
    SERVER_IDLE,
    SERVER_OFF,
)
from hallsim.engines.serving import pick_on_coming
from hallsim.engines.times import draw, to_ticks
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)
_BREAK, _ABSENT = draws.PURPOSE_BREAK, draws.PURPOSE_ABSENT

SHIFT_OVER = np.int64(0)  # of a server, idle ones are off already
BREAK_ENDS = np.int64(1)  # of a server
SHIFT_BEGINS = np.int64(4)  # of a server
DAY_OVER = np.int64(2)  # for a server, at the time until which he is there
BREAK_DUE = np.int64(16)  # of a station; added to it: which break


@routine
def start_staff(w, seed, replication):  # type: ignore[no-untyped-def]
    """Forget the day before, and draw who is absent."""
    out_of_line()
    people = tables.people(w)
    staffing = tables.staffing(w)
    for server in range(w.n_servers):
        people[server].due = 0
        people[server].rested = 0
        people[server].serving = 0
        people[server].wrap_up = 0
        people[server].done = 0
        people[server].until = 0
        people[server].closings = 0
        people[server].free_from = 0
        people[server].expected = 0
        people[server].is_absent = 0
        if people[server].absent > 0.0:
            stream = stream_key(np.uint64(seed), np.uint64(replication), people[server].name)
            if uniform(customer_key(stream, np.uint64(0)), _ABSENT, np.uint64(0)) < people[server].absent:
                people[server].is_absent = 1
    for st in range(w.n_stations):
        staffing[st].on_break = 0


@routine
def staff_ticks(w, law, server, purpose, k):  # type: ignore[no-untyped-def]
    """Draw the k-th time of a purpose that belongs to a server, in ticks."""
    out_of_line()
    ticks = to_ticks(draw(w, law, tables.machines(w)[server].key, purpose, k), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
        ticks = np.int64(0)
    return ticks


# --- breaks (semantics 37) ----------------------------------------------------------------------------------------


@routine
def next_break(w, server, st, t):  # type: ignore[no-untyped-def]
    """Return the first break due that a server may begin now, -1 if none."""
    out_of_line()
    breaks = tables.breaks(w)
    staffing = tables.staffing(w)[st]
    due = tables.people(w)[server].due
    for i in range(staffing.n_breaks):
        one = breaks[staffing.first_break + i]
        open_to_him = (due >> i) & 1 and t <= one.end
        if open_to_him and (one.at_once == 0 or staffing.on_break < one.at_once):
            return np.int64(i)
    return np.int64(-1)


@inline
def begin_break(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a free server begin a break if one is due; return whether he did."""
    return tables.people(w)[server].due != 0 and _begin_break(w, server, st, t)


@routine
def _begin_break(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a free server begin the first break due that he can; return whether there is one."""
    out_of_line()
    if not tables.stations(w)[st].staffed or tables.stations(w)[st].closed:
        return False
    person = tables.people(w)[server]
    servers = tables.servers(w)
    staffing = tables.staffing(w)[st]
    number = next_break(w, server, st, t)
    if number < 0:
        return False
    person.due &= ~(np.int64(1) << number)
    person.began = t
    person.taken = staffing.first_break + number
    staffing.on_break += 1
    servers[server].state = SERVER_BREAK
    servers[server].customer = NOBODY
    servers[server].end = t + staff_ticks(w, tables.breaks(w)[person.taken].law, server, _BREAK, np.uint64(number))
    schedule_end(w, server, servers[server].end)
    return True


@routine
def give_turns(w, st, t):  # type: ignore[no-untyped-def]
    """Let idle servers to whom a break is due begin it, in the order of their numbers."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        if servers[server].state == SERVER_IDLE and begin_break(w, server, st, t):
            leave_idle(w, server, st)


@routine
def on_break_due(w, st, number, t):  # type: ignore[no-untyped-def]
    """Note that a break is due to those on duty, and let those go who can."""
    out_of_line()
    people = tables.people(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        state = servers[server].state
        if state == SERVER_IDLE or state == SERVER_BUSY or state == SERVER_BREAK:
            people[server].due |= people[server].breaks & (np.int64(1) << number)
    give_turns(w, st, t)


@routine
def record_break(w, server, until):  # type: ignore[no-untyped-def]
    """Record a break that began when it did."""
    out_of_line()
    person = tables.people(w)[server]
    state = np.int64(STATE_PAID_BREAK) if tables.breaks(w)[person.taken].paid else np.int64(STATE_BREAK)
    record_state(w, server, state, person.began, until)


@routine
def end_break(w, server, st, t):  # type: ignore[no-untyped-def]
    """Record a break that is over, and let the next server begin his."""
    out_of_line()
    record_break(w, server, t)
    tables.servers(w)[server].state = SERVER_BUSY  # neither idle nor on a break while the others have their turn
    tables.people(w)[server].rested = t
    tables.staffing(w)[st].on_break -= 1
    give_turns(w, st, t)


@routine
def go_on(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a free server begin a break that is due, else pick."""
    out_of_line()
    if not begin_break(w, server, st, t):
        pick_on_coming(w, server, st, t)


# --- the work around a service (semantics 38) ---------------------------------------------------------------------


@inline
def end_work(w, server, t):  # type: ignore[no-untyped-def]
    """Look at a server who has just finished; return whether he has work left over to do first."""
    person = tables.people(w)[server]
    servers = tables.servers(w)
    if person.serving == 0:
        return False
    person.serving = 0
    person.done += 1
    if person.wrap_up == 0:
        return False
    person.began = t
    servers[server].customer = NOBODY
    servers[server].end = t + person.wrap_up
    schedule_end(w, server, servers[server].end)
    person.wrap_up = -1
    return True


# --- people who are away (semantics 39) ---------------------------------------------------------------------------


@routine
def is_away(w, server):  # type: ignore[no-untyped-def]
    """Return whether a server whose shift begins is absent, or still busy elsewhere: then he is expected."""
    out_of_line()
    people = tables.people(w)
    people[server].expected = 0
    twin = people[server].twin
    while twin != server:
        if tables.servers(w)[twin].state != SERVER_OFF:
            people[server].expected = 1
        twin = people[twin].twin
    return people[server].is_absent != 0 or people[server].expected != 0


@routine
def go_elsewhere(w, server, t):  # type: ignore[no-untyped-def]
    """Let a server who has just left come to where he is expected."""
    out_of_line()
    people = tables.people(w)
    servers = tables.servers(w)
    twin = people[server].twin
    while twin != server:
        if people[twin].expected and not tables.stations(w)[servers[twin].station].closed:
            people[twin].expected = 0
            servers[twin].since = t
            tables.stations(w)[servers[twin].station].level += 1
            pick_on_coming(w, twin, servers[twin].station, t)
        twin = people[twin].twin


@inline
def _staff(w, what, entity, t):  # type: ignore[no-untyped-def]
    """Handle what has happened to a server, or at a station where a break is due."""
    if what >= BREAK_DUE:
        on_break_due(w, entity, what - BREAK_DUE, t)
        return NOTHING
    servers = tables.servers(w)
    st = servers[entity].station
    if what == SHIFT_OVER:
        if servers[entity].state == SERVER_BREAK:
            cancel_end(w, entity)
            end_break(w, entity, st, t)
            go_off(w, entity, t, t)
        tables.people(w)[entity].due = 0
        tables.people(w)[entity].expected = 0
    elif what == SHIFT_BEGINS:
        return np.int64(is_away(w, entity))
    elif what == BREAK_ENDS:
        if somebody_may_come(w, st):
            end_break(w, entity, st, t)
            go_on(w, entity, st, t)
    else:
        record_break(w, entity, t)
    return NOTHING


@entry("staff", "int64(int64, int64, int64, int64)")
def _staff_entry(address, what, entity, t):  # type: ignore[no-untyped-def]
    return _staff(_day_at(address), what, entity, t)


staff = caller("staff", _staff, DAY, INT, INT, INT, INT)


@routine
def on_alone(w, server, t):  # type: ignore[no-untyped-def]
    """End what kept a server busy without a customer; return who is to pick, -1 if he goes on elsewhere."""
    out_of_line()
    if tables.servers(w)[server].state == SERVER_BREAK:
        staff(w, BREAK_ENDS, server, t)
        return NOBODY
    person = tables.people(w)[server]
    if person.wrap_up < 0:
        record_state(w, server, np.int64(STATE_WRAP_UP), person.began, t)
        person.until = t
        person.wrap_up = 0
        return server
    return on_called(w, server, t)
