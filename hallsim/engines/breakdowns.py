"""What breakdowns and outages do: the machine, its customer, the others who wait (semantics 12, 31).

Between `serving` and the events of `kernel`; names and order as in semantics.md and `reference.py`.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    FAIL_BUSY,
    NEVER,
    STATE_DOWN,
    STEP_FAILED,
    STEP_MOVED,
)
from hallsim.engines import tables
from hallsim.engines.events import heap_pop
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import cancel_end, first_in_line, leave_idle, stop_waiting
from hallsim.engines.machines import call_crew, release_crew, start_clock, stop_clock, worn
from hallsim.engines.opening import after_extra, on_ready, on_review
from hallsim.engines.pools import come_home, nobody_up, somebody_may_come
from hallsim.engines.recording import go_off, record_state, record_step
from hallsim.engines.records import (
    BAD_DISPATCH,
    BREAKS_DOWN,
    DAY,
    NOBODY,
    NOTHING,
    OUTAGE,
    OUTAGE_END,
    PRESENT,
    READY,
    REPAIRED,
    SERVER_DOWN,
    SERVER_IDLE,
    SERVER_LAST,
    SERVER_OFF,
    TICK,
)
from hallsim.engines.serving import ask_to_join, drop_preparation, interrupt, pick_on_coming
from hallsim.engines.staff import begin_break, end_work, go_elsewhere
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)


@routine
def send_elsewhere(w, server, st, to, t):  # type: ignore[no-untyped-def]
    """Send the customer of a machine that has broken down to the end of another station's line."""
    out_of_line()
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    slot = servers[server].customer
    cancel_end(w, server)
    servers[server].customer = NOBODY
    helper = drop_preparation(w, slot, t) if w.has_overlays else np.int64(-1)
    stations[st].inside -= 1
    stations[st].last_left = t
    record_step(w, slot, customers[slot].line, np.int64(STEP_FAILED), NOTHING, NOTHING, t)
    customers[slot].status = PRESENT
    ask_to_join(w, slot, to, t)
    if helper >= 0:
        set_free(w, helper, t)


@routine
def move_line(w, st, t):  # type: ignore[no-untyped-def]
    """Move everybody who waits at a station to the one named for it, where nobody is up any more."""
    out_of_line()
    customers = tables.customers(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    to = stations[st].when_down
    if to < 0 or not nobody_up(w, st):
        return
    for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
        while lines[line].length > 0:
            slot = first_in_line(w, line)
            stop_waiting(w, slot, st, line)
            helper = drop_preparation(w, slot, t) if w.has_overlays else np.int64(-1)
            stations[st].inside -= 1
            stations[st].last_left = t
            record_step(w, slot, line, np.int64(STEP_MOVED), NOTHING, NOTHING, t)
            customers[slot].status = PRESENT
            customers[slot].left = -1
            ask_to_join(w, slot, to, t)
            if helper >= 0:
                set_free(w, helper, t)


@routine
def take_down(w, server, st, t):  # type: ignore[no-untyped-def]
    """Hold a server down for one cause more; who was up stops working, and off he goes if the shift is over."""
    out_of_line()
    machine = tables.machines(w)[server]
    servers = tables.servers(w)
    state = servers[server].state
    machine.causes += 1
    if machine.causes == 1 and state != SERVER_OFF:
        machine.down_since = t
        if state == SERVER_IDLE:
            leave_idle(w, server, st)
        servers[server].state = SERVER_DOWN
        if state == SERVER_LAST:
            go_off(w, server, servers[server].shift_end, t)


@routine
def drop_customer(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let the customer go whom a server that is down has, if any."""
    out_of_line()
    stations = tables.stations(w)
    if tables.servers(w)[server].customer >= 0:
        if stations[st].send_to >= 0:
            send_elsewhere(w, server, st, stations[st].send_to, t)
        else:
            interrupt(w, server, st, t)


@routine
def come_up(w, server, st, t):  # type: ignore[no-untyped-def]
    """Take one cause away; a server on duty who has none left picks."""
    out_of_line()
    machine = tables.machines(w)[server]
    servers = tables.servers(w)
    machine.causes -= 1
    if machine.causes == 0 and servers[server].state == SERVER_DOWN:
        record_state(w, server, np.int64(STATE_DOWN), machine.down_since, t)
        start_clock(w, server, st, t)
        pick_on_coming(w, server, st, t)


@routine
def machine_on(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server come on duty at a station of machines; return whether he is up."""
    out_of_line()
    machine = tables.machines(w)[server]
    if machine.causes > 0:
        machine.down_since = t
        tables.servers(w)[server].state = SERVER_DOWN
        return False
    start_clock(w, server, st, t)
    return True


@routine
def machine_off(w, server, t):  # type: ignore[no-untyped-def]
    """Note that a server goes off duty at a station of machines."""
    out_of_line()
    if tables.servers(w)[server].state == SERVER_DOWN:
        record_state(w, server, np.int64(STATE_DOWN), tables.machines(w)[server].down_since, t)
    stop_clock(w, server, tables.servers(w)[server].station, t)


@inline
def _leaves_after(w, server, st, t):  # type: ignore[no-untyped-def]
    """Look at a service end where servers are watched; return whether the server does not pick."""
    servers = tables.servers(w)
    if tables.stations(w)[st].attended and end_work(w, server, t):
        return np.int64(1)
    st = come_home(w, server)
    if tables.stations(w)[st].n_extra > 0:
        if after_extra(w, server, st, t):
            return np.int64(1)
    elif worn(w, server, st, t):
        break_down(w, server, st, t)
        return np.int64(1)
    elif servers[server].state == SERVER_LAST:
        stop_clock(w, server, st, t)
        go_off(w, server, servers[server].shift_end, t)
        if tables.stations(w)[st].staffed:
            go_elsewhere(w, server, t)
        return np.int64(1)
    return np.int64(begin_break(w, server, st, t))


@entry("leaves_after", "int64(int64, int64, int64, int64)")
def _leaves_after_entry(address, server, st, t):  # type: ignore[no-untyped-def]
    return _leaves_after(_day_at(address), server, st, t)


leaves_after = caller("leaves_after", _leaves_after, DAY, INT, INT, INT, INT)


@routine
def set_free(w, helper, t):  # type: ignore[no-untyped-def]
    """Let somebody whose customer has gone before he was ready go home, have a break, or pick."""
    out_of_line()
    servers = tables.servers(w)
    if leaves_after(w, helper, servers[helper].station, t) == 0:
        pick_on_coming(w, helper, servers[helper].station, t)


@routine
def break_down(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a machine break down: the crew is called, and it is down."""
    out_of_line()
    machine = tables.machines(w)[server]
    machine.fail_at = NEVER
    machine.left = -1
    call_crew(w, server, st, t)
    take_down(w, server, st, t)
    drop_customer(w, server, st, t)
    move_line(w, st, t)


@routine
def on_outage(w, st, t):  # type: ignore[no-untyped-def]
    """Take all servers of a station down, then let their customers go, the highest-numbered server's first."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    first = stations[st].first_server
    beyond = first + stations[st].n_servers
    for server in range(first, beyond):
        stop_clock(w, server, st, t)
        if servers[server].customer >= 0 and stations[st].fails_by == FAIL_BUSY:
            worn(w, server, st, t)
        take_down(w, server, st, t)
    for server in range(beyond - 1, first - 1, -1):
        drop_customer(w, server, st, t)
    move_line(w, st, t)


@routine
def on_outage_end(w, st, t):  # type: ignore[no-untyped-def]
    """End what holds all servers of a station down; they pick in the order of their numbers."""
    out_of_line()
    stations = tables.stations(w)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        come_up(w, server, st, t)


@inline
def _on_machine(w):  # type: ignore[no-untyped-def]
    """Handle the next event of a machine: a repair, the end of an outage, a breakdown, an outage; return its time."""
    heap = tables.machine_heap(w)
    machines = tables.machines(w)
    servers = tables.servers(w)
    t = heap[0].time
    beyond = w.n_servers + w.n_stations
    kind = heap[0].entity // beyond
    server = heap[0].entity % beyond
    heap_pop(heap, w.n_machines)
    w.n_machines -= 1
    if kind == TICK:
        on_review(w, server, t - 1)  # which comes after all else at its time
        return t - 1
    st = server if kind == OUTAGE or kind == OUTAGE_END else servers[server].station
    if not somebody_may_come(w, st):
        return t
    if kind == BREAKS_DOWN:
        if machines[server].fail_at == t:
            break_down(w, server, st, t)
    elif kind == REPAIRED:
        release_crew(w, st, t)
        come_up(w, server, st, t)
    elif kind == READY:
        on_ready(w, server, st, t)
    elif kind == OUTAGE:
        on_outage(w, st, t)
    elif kind == OUTAGE_END:
        on_outage_end(w, st, t)
    else:
        w.status = BAD_DISPATCH
    return t


@entry("on_machine", "int64(int64)")
def _on_machine_entry(address):  # type: ignore[no-untyped-def]
    return _on_machine(_day_at(address))


on_machine = caller("on_machine", _on_machine, DAY, INT)
