"""The fast engine: one replication of a compiled hall, obeying docs/semantics.md to the microsecond.

In: `Compiled`, a `Workspace`, seed and replication. Out: rows in the workspace (`simulate` copies them
into a `Log`). The functions have the names and the order of semantics.md and of `reference.py`, which is
the readable twin; read that one first. Arrays and scalars only, nothing allocated while the day runs.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ENDING_RENEGED,
    KIND_CLOSE,
    KIND_LEVEL,
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    MOST_STEPS,
    NEVER,
    NO_LINE,
    SHIFT_NAMED,
    SHIFT_PREEMPTIVE,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_RENEGED,
    STEP_SERVED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_TURNED_AWAY,
    Compiled,
    Log,
)
from hallsim.engines import tables
from hallsim.engines.answering import call_ticks
from hallsim.engines.breakdowns import leaves_after, machine_off, machine_on, move_line, on_machine, set_free
from hallsim.engines.call_rules import on_eligible
from hallsim.engines.day_bounds import reset, send_home
from hallsim.engines.delays import finish_delay, on_delay_end
from hallsim.engines.demand import draw_factors
from hallsim.engines.endings import earlier_comings, end_unserved, leave_hall, where_after
from hallsim.engines.events import MAX_SORTED, heap_pop
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.follow_ons import STAYS, follow_on
from hallsim.engines.lists import (
    FIRST_DELAY,
    NUMBER,
    drop_number,
    first_in_line,
    is_due,
    leave_idle,
    leave_number,
    stop_waiting,
)
from hallsim.engines.machines import review_is_next, start_machines
from hallsim.engines.network import renew_waits
from hallsim.engines.pools import somebody_on_duty
from hallsim.engines.predraw import load_block, start_sources
from hallsim.engines.recording import go_off, record_duty, record_step
from hallsim.engines.records import (
    BAD_DISPATCH,
    BAD_DURATION,
    DAY,
    NOBODY,
    NOTHING,
    OK,
    PEOPLE_LEFT,
    PRESENT,
    SERVER_BREAK,
    SERVER_BUSY,
    SERVER_DOWN,
    SERVER_IDLE,
    SERVER_LAST,
    SERVER_OFF,
    SHIFT_WATCHED,
    TOO_MANY_STEPS,
)
from hallsim.engines.routes import entry_route, next_route
from hallsim.engines.serving import (
    drop_preparation,
    interrupt,
    join_station,
    look_beyond,
    on_preparation_end,
    pick_next,
    pick_on_coming,
)
from hallsim.engines.staff import BREAK_DUE, SHIFT_BEGINS, SHIFT_OVER, on_alone, staff, start_staff
from hallsim.engines.workspace import Workspace, grow, make_workspace
from hallsim.engines.zones import be_free, close_out, come_in, hold_back, is_outside, leave_outside, next_to_come_in
from hallsim.errors import EngineError
from hallsim.jit import entrance, inline, out_of_line, routine

# --- events, in the order of their ranks (semantics 2) ----------------------------------------------------------------

_day_at = record_at(DAY)


@routine
def on_server_off(w, server, t):  # type: ignore[no-untyped-def]
    """Handle the end of a named server's shift: an idle one leaves, a busy one finishes first."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    st = servers[server].home
    state = servers[server].state
    if state == SERVER_IDLE or state == SERVER_DOWN:
        if state == SERVER_IDLE:
            leave_idle(w, server, st)
        if stations[st].machined:
            machine_off(w, server, t)
        go_off(w, server, t, t)
        stations[st].level -= 1
    elif state == SERVER_BUSY:
        servers[server].state = SERVER_LAST
        servers[server].shift_end = t
        stations[st].level -= 1
    elif state == SERVER_BREAK:
        stations[st].level -= 1
    if stations[st].staffed:
        staff(w, SHIFT_OVER, server, t)
    if stations[st].machined:
        move_line(w, st, t)


@routine
def on_server_on(w, server, t):  # type: ignore[no-untyped-def]
    """Handle the start of a named server's shift, if he is there."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    st = servers[server].home
    if stations[st].staffed and staff(w, SHIFT_BEGINS, server, t) != 0:
        return
    if servers[server].state == SERVER_LAST:
        # still with the last customer of the shift before: that stretch ends here, the next begins
        record_duty(w, server, servers[server].shift_end, t)
        servers[server].state = SERVER_BUSY
        servers[server].since = t
        stations[st].level += 1
    elif servers[server].state == SERVER_OFF:
        servers[server].since = t
        stations[st].level += 1
        if stations[st].machined and not machine_on(w, server, st, t):
            return
        pick_on_coming(w, server, st, t)


@routine
def on_level(w, st, level, t):  # type: ignore[no-untyped-def]
    """Handle a change of a station's staffing level (pooled or pre-emptive servers), or a break that is due (named)."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    if stations[st].shift_end == SHIFT_WATCHED:
        staff(w, BREAK_DUE + level, st, t)
        return
    first = stations[st].first_server
    beyond = first + stations[st].n_servers
    if level < stations[st].level:
        stations[st].level_since = t
    stations[st].level = level
    for server in range(beyond - 1, first - 1, -1):
        if stations[st].on_duty > level and servers[server].state == SERVER_IDLE:
            leave_idle(w, server, st)
            go_off(w, server, t, t)
            stations[st].on_duty -= 1
    if stations[st].shift_end == SHIFT_PREEMPTIVE:
        for server in range(beyond - 1, first - 1, -1):
            if stations[st].on_duty > level and servers[server].state == SERVER_BUSY:
                interrupt(w, server, st, t)
                go_off(w, server, t, t)
                stations[st].on_duty -= 1
    for server in range(first, beyond):
        if stations[st].on_duty < level and servers[server].state == SERVER_OFF:
            servers[server].since = t
            stations[st].on_duty += 1
            pick_on_coming(w, server, st, t)


@routine
def on_close(w, t):  # type: ignore[no-untyped-def]
    """Close the doors that close now: whoever waits where nobody is on duty is closed out."""
    lines = tables.lines(w)
    stations = tables.stations(w)
    w.closed = np.int64(t == w.close)
    for st in range(w.n_stations):
        stations[st].closed = np.int64(stations[st].closes <= t)
    for line in range(w.n_lines):
        st = lines[line].station
        if stations[st].closes != t:
            continue
        if not somebody_on_duty(w, st, line):
            lines[line].deserted = 1
            stations[st].guarded = 1
        while lines[line].deserted and lines[line].length > 0:
            slot = first_in_line(w, line)
            if slot >= w.ring:
                drop_number(w, slot, st, line)
                continue
            stop_waiting(w, slot, st, line)
            helper = drop_preparation(w, slot, t) if w.has_overlays else np.int64(-1)
            stations[st].inside -= 1
            stations[st].last_left = t
            record_step(w, slot, line, np.int64(STEP_CLOSED_OUT), np.int64(VISIT_CLOSED_OUT), NOTHING, t)
            leave_hall(w, slot, t)
            if helper >= 0:
                set_free(w, helper, t)
        if lines[line].deserted and w.n_kept > 0:
            close_out(w, line, t)


@routine
def on_change(w, i):  # type: ignore[no-untyped-def]
    """Handle row i of the calendar."""
    out_of_line()
    changes = tables.changes(w)
    t = changes[i].time
    kind = changes[i].kind
    entity = changes[i].entity
    if kind == KIND_SERVER_OFF:
        on_server_off(w, entity, t)
    elif kind == KIND_SERVER_ON:
        on_server_on(w, entity, t)
    elif kind == KIND_LEVEL and entity < w.n_stations:
        on_level(w, entity, changes[i].value, t)
    elif kind == KIND_LEVEL:
        renew_waits(w)
    elif kind == KIND_CLOSE:
        on_close(w, t)
    else:
        w.status = BAD_DISPATCH


@routine
def next_rare(w):  # type: ignore[no-untyped-def]
    """Note when the calendar or a machine has its next event."""
    out_of_line()
    changes = tables.changes(w)
    w.t_rare = changes[w.change].time if w.change < w.n_changes else np.int64(NEVER)
    if w.n_machines > 0:
        w.t_rare = min(w.t_rare, tables.machine_heap(w)[0].time)


@routine
def on_rare(w):  # type: ignore[no-untyped-def]
    """Handle the next event of the calendar or, behind it but for reviews, of a machine; return its time."""
    out_of_line()
    change = w.change
    t = w.t_rare
    if change < w.n_changes and tables.changes(w)[change].time == w.t_rare and not review_is_next(w):
        w.change = change + 1
        on_change(w, change)
    else:
        t = on_machine(w)
    next_rare(w)
    return t


@inline
def on_service_end(w, server, t):  # type: ignore[no-untyped-def]
    """Free the server and record the end; return the station the customer goes on to, -1, or STAYS with the server."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    slot = servers[server].customer
    st = servers[server].station
    servers[server].customer = NOBODY
    stations[st].inside -= 1
    stations[st].last_left = t
    row = next_route(w, slot, st, t)
    if w.has_zones and hold_back(w, slot, server, row, t) != 0:
        return STAYS
    return send_on(w, slot, row, server, t)


@inline
def send_on(w, slot, row, server, t):  # type: ignore[no-untyped-def]
    """Record the end of a service, and return where a row of the routing table leads; else as `on_service_end`."""
    customers = tables.customers(w)
    exit_outcome = tables.exit_outcome(w)
    routes = tables.routes(w)
    to = routes[row].to
    if to < w.n_stations:
        record_step(w, slot, customers[slot].line, routes[row].outcome, NOTHING, NOTHING, t)
        customers[slot].status = PRESENT
        return to
    if w.has_follow_ons:
        return follow_on(w, slot, row, server, t)
    leave_by = to - w.n_stations
    record_step(w, slot, customers[slot].line, routes[row].outcome, exit_outcome[leave_by], leave_by + 1, t)
    leave_hall(w, slot, t)
    return np.int64(-1)


@inline
def after_service(w, server, t):  # type: ignore[no-untyped-def]
    """Let a server who has just finished go home if the shift is over, else pick."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    st = servers[server].station
    watched = stations[st].shift_end == SHIFT_WATCHED
    if stations[st].shift_end == SHIFT_NAMED:
        if servers[server].state == SERVER_LAST:
            go_off(w, server, servers[server].shift_end, t)
            return
    elif watched:
        if leaves_after(w, server, st, t) != 0:
            return
        st = servers[server].station  # his own, if he has helped elsewhere
    elif stations[st].on_duty > stations[st].level:
        go_off(w, server, stations[st].level_since, t)
        stations[st].on_duty -= 1
        return
    pick_next(w, server, st, t)
    if watched:
        look_beyond(w, server, st, t)


@inline
def on_patience_end(w, slot, t):  # type: ignore[no-untyped-def]
    """Let a customer who is still waiting in line give up; return the station he goes on to, or -1."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    line = customers[slot].line
    st = lines[line].station
    if stations[st].numbered:
        k = earlier_comings(w, slot, st) - np.uint64(1) if w.repeats else np.uint64(0)
        leave_number(w, slot, st, call_ticks(w, slot, st, k))
    else:
        stop_waiting(w, slot, st, line)
    return give_up(w, slot, st, line, t)


@inline
def give_up(w, slot, st, line, t):  # type: ignore[no-untyped-def]
    """Let a customer leave a station for whom he waits no more; return the station he goes on to, or -1."""
    stations = tables.stations(w)
    stations[st].inside -= 1
    stations[st].last_left = t
    if stations[st].forgiving:
        k = np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
        to = where_after(w, np.int64(ENDING_RENEGED), slot, st, k)
        return end_unserved(w, slot, line, np.int64(STEP_RENEGED), np.int64(VISIT_GAVE_UP), to, t)
    record_step(w, slot, line, np.int64(STEP_RENEGED), np.int64(VISIT_GAVE_UP), NOTHING, t)
    leave_hall(w, slot, t)
    return np.int64(-1)


@routine
def give_up_outside(w, slot, t):  # type: ignore[no-untyped-def]
    """Let a customer who is still outside a zone give up; return the station he goes on to, or -1."""
    out_of_line()
    leave_outside(w, slot, t)
    return give_up(w, slot, tables.kept(w)[slot].to, tables.customers(w)[slot].line, t)


@inline
def _on_deadline(w, entity, t):  # type: ignore[no-untyped-def]
    """Handle a customer's deadline where it is more than an end of patience, with its cascade."""
    slot = entity & (w.ring - 1)
    joining = np.int64(-1)
    server = np.int64(-1)
    if is_due(w, slot, t, entity):
        if entity >= 0 and is_outside(w, slot):
            joining = give_up_outside(w, slot, t)
        elif entity >= 0:
            server = np.int64(drop_preparation(w, slot, t) if w.has_overlays else -1)
            joining = on_patience_end(w, slot, t)
        elif entity >= FIRST_DELAY:
            joining = on_delay_end(w, slot, t)
        else:
            server = tables.overlays(w)[slot].helper
            joining = on_preparation_end(w, slot, t)
    elif entity > NUMBER:
        on_eligible(w, slot, t, entity)
    if joining >= 0:
        join_station(w, slot, joining, t)
    if server >= 0:
        after_service(w, server, t)
    return NOTHING


@entry("on_deadline", "int64(int64, int64, int64)")
def _on_deadline_entry(address, entity, t):  # type: ignore[no-untyped-def]
    return _on_deadline(_day_at(address), entity, t)


on_deadline = caller("on_deadline", _on_deadline, DAY, INT, INT, INT)


@inline
def _let_in(w, t):  # type: ignore[no-untyped-def]
    """Let come in who can, the longest waiting first, each with a cascade of his own."""
    kept = tables.kept(w)
    slot = next_to_come_in(w)
    while slot >= 0 and w.status == OK:
        at, row = kept[slot].at, kept[slot].row
        if at < 0:
            come_in(w, slot, t)
        else:
            server = be_free(w, slot, t)
            joining = send_on(w, slot, row, server, t) if server >= 0 else finish_delay(w, slot, at, row, t)
            if joining >= 0:
                join_station(w, slot, joining, t)
            if server >= 0:
                after_service(w, server, t)
        slot = next_to_come_in(w)
    return NOTHING


@entry("let_in", "int64(int64, int64)")
def _let_in_entry(address, t):  # type: ignore[no-untyped-def]
    return _let_in(_day_at(address), t)


let_in = caller("let_in", _let_in, DAY, INT, INT)


@routine
def _pass_by(w, slot, to, t):  # type: ignore[no-untyped-def]
    """Record a customer who joins no line at all: turned away at the door, or sent elsewhere from it."""
    out_of_line()
    customers = tables.customers(w)
    exit_outcome = tables.exit_outcome(w)
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = NOBODY
    customers[slot].ahead = 0
    if w.closed:
        record_step(w, slot, np.int64(NO_LINE), np.int64(STEP_BLOCKED), np.int64(VISIT_TURNED_AWAY), NOTHING, t)
    else:
        leave_by = to - w.n_stations
        record_step(w, slot, np.int64(NO_LINE), np.int64(STEP_SERVED), exit_outcome[leave_by], leave_by + 1, t)
    leave_hall(w, slot, t)


@inline
def on_arrival(w, slot, t):  # type: ignore[no-untyped-def]
    """Let a customer in; return the station the door leads to, or -1."""
    to = tables.routes(w)[entry_route(w, slot, t)].to
    if w.closed or to >= w.n_stations:
        _pass_by(w, slot, to, t)
        return np.int64(-1)
    return to


# --- the day ------------------------------------------------------------------------------------------------------


@inline
def _day(w, seed, replication):  # type: ignore[no-untyped-def]
    """Handle events until there are none; ties go by rank: change, service end, a customer's deadline, arrival."""
    reset(w)
    start_sources(w, seed, replication)
    if w.has_factors:
        draw_factors(w, seed, replication)
    if w.has_machines:
        start_machines(w, seed, replication)
    if w.has_staff:
        start_staff(w, seed, replication)
    next_rare(w)
    arrivals = tables.arrivals(w)
    ends = tables.ends(w)
    heap = tables.heap(w)
    servers = tables.servers(w)
    mask = w.ring - 1
    sorted_ends = w.n_servers <= MAX_SORTED
    arriving = np.int64(0)  # number of the next customer
    load_block(w)
    t_arrival = arrivals[0] if w.loaded > 0 else np.int64(NEVER)
    while w.status == OK:
        n_ends = w.n_ends
        t_end = np.int64(NEVER)
        if sorted_ends:
            t_end = ends[n_ends].time
        elif n_ends > 0:
            t_end = ends[0].time
        t_patience = heap[0].time
        slot = np.int64(-1)
        joining = np.int64(-1)  # station that `slot` goes to
        server = np.int64(-1)  # who has finished
        t_rare = w.t_rare
        if t_end < t_rare and t_end <= t_patience and t_end <= t_arrival:
            t = t_end
            if sorted_ends:
                server = ends[n_ends].entity
            else:
                server = ends[0].entity
                heap_pop(ends, n_ends)
            w.n_ends = n_ends - 1
            slot = servers[server].customer
            if slot >= 0:
                joining = on_service_end(w, server, t)
                server = server if joining != STAYS else np.int64(-1)
            else:
                server = on_alone(w, server, t)
        elif t_arrival < t_rare and t_arrival < t_patience:
            t = t_arrival
            slot = arriving & mask
            joining = on_arrival(w, slot, t)
            arriving += 1
            if arriving == w.loaded and not w.exhausted:
                load_block(w)
            t_arrival = arrivals[arriving & mask] if arriving < w.loaded else np.int64(NEVER)
        elif t_rare <= t_patience:
            if t_rare == NEVER:
                break
            t = on_rare(w)
        else:
            t = t_patience
            entity = heap[0].entity
            heap_pop(heap, w.n_heap)
            w.n_heap -= 1
            if w.n_heap == 0:
                heap[0].time = NEVER
            slot = entity & mask
            if entity < 0 or entity > NUMBER:
                on_deadline(w, entity, t)
            elif is_due(w, slot, t, entity):
                if w.has_overlays or w.has_zones:
                    on_deadline(w, entity, t)
                else:
                    joining = on_patience_end(w, slot, t)
        # the rest of the cascade: the customer joins first, the freed server picks last (semantics 2)
        if joining >= 0:
            join_station(w, slot, joining, t)
        if server >= 0:
            after_service(w, server, t)
        if w.n_kept > 0:
            let_in(w, t)
    if w.status == OK:
        send_home(w)
    return w.status


@entry("day", "int64(int64, int64, int64)")
def _day_entry(address, seed, replication):  # type: ignore[no-untyped-def]
    return _day(_day_at(address), seed, replication)


_far_day = caller("day", _day, DAY, INT, INT, INT)


@entrance
def run_day(handle, seed, replication):  # type: ignore[no-untyped-def]
    """Simulate one replication into the workspace that the handle belongs to.

    Parameters
    ----------
    handle : recarray[1] of DAY
        `Workspace.handle`; afterwards `handle[0]` holds `n_rows`, `n_server_rows`, `end`, `loaded`.
    seed, replication : int

    Returns
    -------
    int
        OK; a positive status (a buffer was too small: `grow` and repeat); or a negative one (an error).
    """
    return _far_day(handle[0], seed, replication)


_ERRORS = {
    BAD_DURATION: ("a law gave a duration that is negative, not a number or absurdly long", "16"),
    PEOPLE_LEFT: ("the day ended with people inside", "7"),
    BAD_DISPATCH: ("stations overflow into each other in a circle, or an unknown code", "18"),
    TOO_MANY_STEPS: (f"a customer takes more than {MOST_STEPS} steps", "17"),
}


def raise_status(status: int, replication: int) -> None:
    """Raise the EngineError of a negative status."""
    message, rule = _ERRORS.get(status, (f"unknown status {status}", ""))
    raise EngineError(f"replication {replication}: {message}", rule=rule)


def simulate(c: Compiled, seed: int, replication: int, workspace: Workspace | None = None) -> Log:
    """Simulate one replication and return its log.

    Raises
    ------
    EngineError
        If the day cannot be simulated; never a plausible log from an impossible state.
    """
    ws = workspace or make_workspace(c)
    while (status := run_day(ws.handle, seed, replication)) > 0:
        ws = grow(c, ws, status)
    if status < 0:
        raise_status(status, replication)
    day = ws.handle[0]
    parts = (ws.rows[: day.n_rows], ws.server_rows[: day.n_server_rows], ws.notes[: day.n_notes])
    rows, server_rows, notes = (part.copy() for part in parts)
    keys = ws.tables["persons"][: day.loaded].copy() if c.has_persons else np.zeros(0, dtype=np.uint64)
    return Log(rows, server_rows, int(day.end), notes, c.day, keys)
