"""Calls and joins: who serves whom, and what becomes of a customer who comes to a station.

The middle part of the kernel, between its lists and its events; names and order as in semantics.md.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ENDLESS,
    NEVER,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_TURNED_AWAY,
)
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.lists import (
    append_to_line,
    become_idle,
    first_idle,
    first_in_line,
    insert_by_place,
    leave_idle,
    schedule_end,
    schedule_patience,
    stop_waiting,
)
from hallsim.engines.pools import choose_line_by_skill, choose_server, nobody_free
from hallsim.engines.predraw import law_quantile, to_ticks
from hallsim.engines.recording import record_step
from hallsim.engines.records import (
    BAD_DISPATCH,
    BAD_DURATION,
    FREE,
    IN_SERVICE,
    NOBODY,
    NOTHING,
    SERVER_BUSY,
    WAITING,
)
from hallsim.jit import inline, out_of_line, routine

# --- calls (semantics 8, 9, 12) -------------------------------------------------------------------------------


@inline
def start_service(w, slot, st, server, t):  # type: ignore[no-untyped-def]
    """Call a customer to a server; the service time is rounded to ticks here, once."""
    by_type = tables.by_type(w)
    customers = tables.customers(w)
    keys = tables.keys(w)
    servers = tables.servers(w)
    services = tables.services(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    types = tables.types(w)
    customers[slot].call = t
    customers[slot].server = server
    customers[slot].status = IN_SERVICE
    if customers[slot].left >= 0:
        ticks = customers[slot].left
        customers[slot].left = -1
    else:
        work = services[servers[server].work * w.ring + slot]
        if w.repeats and stays[st * w.ring + slot] > 1:
            k = np.uint64(stays[st * w.ring + slot] - 1)
            u = uniform(keys[slot], stations[st].service_key, k)
            work = law_quantile(w, by_type[(servers[server].work + 1) * w.n_types + types[slot]].service_law, u)
        ticks = to_ticks(work * servers[server].factor, w.resolution)
        if ticks < 0:
            w.status = BAD_DURATION
            ticks = 0
    servers[server].customer = slot
    servers[server].end = t + ticks
    schedule_end(w, server, t + ticks)


@inline
def choose_line(w, st):  # type: ignore[no-untyped-def]
    """Return the line a free server calls: lowest rank first, the oldest ticket among equal ranks."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    first = stations[st].first_line
    best = np.int64(-1)
    for line in range(first, first + stations[st].n_lines):
        if lines[line].length > 0:
            if best < 0:
                best = line
            elif lines[line].rank > lines[best].rank:
                break
            elif customers[first_in_line(w, line)].sequence < customers[first_in_line(w, best)].sequence:
                best = line
    return best


@inline
def pick_next(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server that may call take its next customer, or become idle."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    if stations[st].waiting == 0:
        become_idle(w, server, st)
        return
    line = choose_line_by_skill(w, st, server) if stations[st].asks else choose_line(w, st)
    if line < 0:  # nobody waits whom this server may call
        become_idle(w, server, st)
        return
    slot = first_in_line(w, line)
    stop_waiting(w, slot, st, line)
    servers[server].state = SERVER_BUSY
    start_service(w, slot, st, server, t)


@routine
def pick_on_coming(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server who has just come on duty pick; as `pick_next`, out of line because it is rare."""
    out_of_line()
    pick_next(w, server, st, t)


# --- joining and leaving (semantics 4, 7, 10, 18) -----------------------------------------------------------------


@inline
def leave_hall(w, slot, t):  # type: ignore[no-untyped-def]
    """Free a customer's slot."""
    customers = tables.customers(w)
    customers[slot].status = FREE
    w.end = max(w.end, t)


@inline
def wait_in_line(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Start the clock of patience for a customer who has just been put into a line."""
    by_type = tables.by_type(w)
    customers = tables.customers(w)
    keys = tables.keys(w)
    patiences = tables.patiences(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    types = tables.types(w)
    customers[slot].status = WAITING
    stations[st].waiting += 1
    w.n_waiting += 1
    customers[slot].deadline = NEVER
    if stations[st].patience_code != ENDLESS:
        law = by_type[(st + 1) * w.n_types + types[slot]].patience_law
        patience = patiences[st * w.ring + slot]  # without a law: what a table states, or -1
        if w.repeats and stays[st * w.ring + slot] > 1:
            patience = -1.0
            if law >= 0:
                k = np.uint64(stays[st * w.ring + slot] - 1)
                patience = law_quantile(w, law, uniform(keys[slot], stations[st].patience_key, k))
        if law >= 0 or patience >= 0.0:
            ticks = to_ticks(patience, w.resolution)
            if ticks < 0:
                w.status = BAD_DURATION
            else:
                schedule_patience(w, slot, t + ticks)


@inline
def _turned_back(w, slot, st, line):  # type: ignore[no-untyped-def]
    """Return 0 if the customer joins, a step outcome if he is turned back or does not want to."""
    balk_join = tables.balk_join(w)
    keys = tables.keys(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    if stations[st].room_total >= 0 and stations[st].inside >= stations[st].room_total:
        return STEP_BLOCKED
    if (
        stations[st].room_waiting >= 0
        and stations[st].waiting >= stations[st].room_waiting
        and nobody_free(w, st, line)
    ):
        return STEP_BLOCKED
    n = stations[st].balk_count
    if n > 0:
        joining = balk_join[stations[st].balk_first + min(stations[st].inside, n - 1)]
        if joining < 1.0:
            k = np.uint64(stays[st * w.ring + slot]) if w.repeats else np.uint64(0)
            if uniform(keys[slot], stations[st].balk_key, k) >= joining:
                return STEP_BALKED
    if lines[line].deserted:
        return STEP_CLOSED_OUT
    return 0


@inline
def join_station(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Bring a customer to a station: into service, into its line, on to another station, or out."""
    stations = tables.stations(w)
    if stations[st].guarded:
        _ask_to_join(w, slot, st, t)
    else:
        _enter(w, slot, st, _present_himself(w, slot, st, t), t)


@inline
def _present_himself(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Note that a customer comes to a station; return the line that is his there."""
    by_type = tables.by_type(w)
    customers = tables.customers(w)
    lines = tables.lines(w)
    types = tables.types(w)
    line = by_type[(st + 1) * w.n_types + types[slot]].line
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = NOBODY
    customers[slot].ahead = lines[line].length
    return line


@routine
def _ask_to_join(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Bring a customer to a station that may be full, that some do not join, or where nobody serves any more."""
    out_of_line()
    stations = tables.stations(w)
    for _ in range(w.n_stations + 1):
        line = _present_himself(w, slot, st, t)
        refused = np.int64(_turned_back(w, slot, st, line))
        if refused == 0:
            _enter(w, slot, st, line, t)
            return
        if refused == STEP_BLOCKED and 0 <= stations[st].when_full < w.n_stations:
            record_step(w, slot, line, refused, NOTHING, NOTHING, t)
            st = stations[st].when_full
        else:
            visit = np.int64(VISIT_BALKED)
            if refused == STEP_BLOCKED:
                visit = np.int64(VISIT_TURNED_AWAY)
            elif refused == STEP_CLOSED_OUT:
                visit = np.int64(VISIT_CLOSED_OUT)
            record_step(w, slot, line, refused, visit, NOTHING, t)
            leave_hall(w, slot, t)
            return
    w.status = BAD_DISPATCH  # stations that overflow into each other in a circle


@inline
def _enter(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    stations[st].inside += 1
    customers[slot].line = line
    sequence = w.sequence
    customers[slot].sequence = sequence
    w.sequence = sequence + 1
    if w.repeats:
        stays[st * w.ring + slot] += 1
    server = np.int64(-1)
    if stations[st].idle_count > 0:
        server = first_idle(w, st)
        if stations[st].choosy:
            server = choose_server(w, slot, st, line)
    if server >= 0:
        leave_idle(w, server, st)
        servers[server].state = SERVER_BUSY
        start_service(w, slot, st, server, t)
    else:
        if w.has_places:
            insert_by_place(w, slot, line)
        else:
            append_to_line(w, slot, line)
        wait_in_line(w, slot, st, line, t)
