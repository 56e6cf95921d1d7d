"""The fast engine: one replication of a compiled hall, obeying docs/semantics.md to the microsecond.

In: `Compiled`, a `Workspace`, seed and replication. Out: rows in the workspace (`simulate` copies them
into a `Log`). The functions have the names and the order of semantics.md and of `reference.py`, which is
the readable twin; read that one first. Arrays and scalars only, nothing allocated while the day runs.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    ENDLESS,
    IDLE_LONGEST,
    IDLE_LOWEST,
    IDLE_RANDOM,
    KIND_CLOSE,
    KIND_LEVEL,
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    NEVER,
    NO_LINE,
    ROW_AHEAD,
    ROW_ARRIVE,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_FIELDS,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    SERVER_ROW_FIELDS,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    SHIFT_NAMED,
    SHIFT_PREEMPTIVE,
    STATE_DUTY,
    STATE_OVERTIME,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_INTERRUPTED,
    STEP_RENEGED,
    STEP_SERVED,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_TURNED_AWAY,
    WORK_REPEAT,
    WORK_RESUME,
    Compiled,
    Log,
)
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.events import MAX_SORTED, heap_pop, heap_push, sorted_push
from hallsim.engines.predraw import law_quantile, load_block, start_sources, to_ticks
from hallsim.engines.records import (
    BAD_DISPATCH,
    BAD_DURATION,
    FREE,
    HEAP_FULL,
    IN_SERVICE,
    OK,
    PEOPLE_LEFT,
    PRESENT,
    ROWS_FULL,
    SERVER_BUSY,
    SERVER_IDLE,
    SERVER_LAST,
    SERVER_OFF,
    SERVER_ROWS_FULL,
    WAITING,
)
from hallsim.engines.workspace import Workspace, grow, make_workspace
from hallsim.errors import EngineError
from hallsim.jit import inline, out_of_line, routine

_NOBODY = np.int64(-1)
_NONE = np.int64(0)  # numba would compile a function anew for every literal it is called with


# --- recording (semantics 17) --------------------------------------------------------------------------------


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
def record_duty(w, server, duty_to, overtime_to):  # type: ignore[no-untyped-def]
    """Write a server's stretch of duty, and of overtime where there was any."""
    out_of_line()
    server_rows = tables.server_rows(w)
    servers = tables.servers(w)
    n = w.n_server_rows
    if n + 2 > w.server_row_room:
        w.status = SERVER_ROWS_FULL
        return
    since = servers[server].since
    duty_to = max(duty_to, since)
    if duty_to > since:
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_SERVER] = server
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_STATE] = STATE_DUTY
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_FROM] = since
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_TO] = duty_to
        n += 1
    if overtime_to > duty_to:
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_SERVER] = server
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_STATE] = STATE_OVERTIME
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_FROM] = duty_to
        server_rows[n * SERVER_ROW_FIELDS + SERVER_ROW_TO] = overtime_to
        n += 1
    w.n_server_rows = n


# --- lines and idle servers: doubly linked lists ------------------------------------------------------------


@inline
def append_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer at the tail of a line."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    last = lines[line].last
    customers[slot].previous = last
    customers[slot].next = _NOBODY
    if last >= 0:
        customers[last].next = slot
    else:
        lines[line].first = slot
    lines[line].last = slot
    lines[line].length += 1


@routine
def prepend_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer at the head of a line."""
    out_of_line()
    customers = tables.customers(w)
    lines = tables.lines(w)
    first = lines[line].first
    customers[slot].next = first
    customers[slot].previous = _NOBODY
    if first >= 0:
        customers[first].previous = slot
    else:
        lines[line].last = slot
    lines[line].first = slot
    lines[line].length += 1


@inline
def remove_from_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Take a customer out of a line, wherever he stands."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    before = customers[slot].previous
    behind = customers[slot].next
    if before >= 0:
        customers[before].next = behind
    else:
        lines[line].first = behind
    if behind >= 0:
        customers[behind].previous = before
    else:
        lines[line].last = before
    lines[line].length -= 1


@inline
def become_idle(w, server, st):  # type: ignore[no-untyped-def]
    """Put a server at the end of the station's idle list: the head has been idle longest."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    servers[server].state = SERVER_IDLE
    last = stations[st].idle_last
    servers[server].idle_previous = last
    servers[server].idle_next = _NOBODY
    if last >= 0:
        servers[last].idle_next = server
    else:
        stations[st].idle_first = server
    stations[st].idle_last = server
    stations[st].idle_count += 1


@inline
def leave_idle(w, server, st):  # type: ignore[no-untyped-def]
    """Take a server out of the idle list."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    before = servers[server].idle_previous
    behind = servers[server].idle_next
    if before >= 0:
        servers[before].idle_next = behind
    else:
        stations[st].idle_first = behind
    if behind >= 0:
        servers[behind].idle_previous = before
    else:
        stations[st].idle_last = before
    stations[st].idle_count -= 1


# --- event lists ----------------------------------------------------------------------------------------------


@inline
def schedule_end(w, server, t):  # type: ignore[no-untyped-def]
    """Schedule the end of the service at a server."""
    ends = tables.ends(w)
    n = w.n_ends
    if w.n_servers <= MAX_SORTED:
        sorted_push(ends, n, t, server)
    else:
        heap_push(ends, n, t, server)
    w.n_ends = n + 1


@routine
def cancel_end(w, server):  # type: ignore[no-untyped-def]
    """Remove the scheduled end of an interrupted service (rare: a scan and a rebuild)."""
    out_of_line()
    ends = tables.ends(w)
    kept = 0
    for i in range(w.n_ends):
        t, who = ends[i].time, ends[i].entity
        if who != server:
            if w.n_servers <= MAX_SORTED:
                ends[kept].time = t
                ends[kept].entity = who
            else:
                heap_push(ends, kept, t, who)
            kept += 1
    w.n_ends = kept


@routine
def _compact_heap(w):  # type: ignore[no-untyped-def]
    """Drop patience ends that no longer matter; ask for a larger heap if most still do."""
    out_of_line()
    customers = tables.customers(w)
    heap = tables.heap(w)
    mask = w.ring - 1
    n = w.n_heap
    kept = 0
    for i in range(n):
        t, customer = heap[i].time, heap[i].entity
        who = customers[customer & mask]
        if who.number == customer and who.status == WAITING and who.deadline == t:
            heap_push(heap, kept, t, customer)
            kept += 1
    w.n_heap = kept
    if kept > n // 2:
        w.status = HEAP_FULL


@inline
def schedule_patience(w, slot, t):  # type: ignore[no-untyped-def]
    """Schedule the moment at which a waiting customer gives up."""
    customers = tables.customers(w)
    heap = tables.heap(w)
    if w.n_heap == w.heap_room:
        _compact_heap(w)
    n = w.n_heap
    if n < w.heap_room:
        customers[slot].deadline = t
        heap_push(heap, n, t, customers[slot].number)
        w.n_heap = n + 1


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
        work = services[st * w.ring + slot]
        if w.repeats and stays[st * w.ring + slot] > 1:
            k = np.uint64(stays[st * w.ring + slot] - 1)
            u = uniform(keys[slot], stations[st].service_key, k)
            work = law_quantile(w, by_type[(st + 1) * w.n_types + types[slot]].service_law, u)
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
    best = -1
    for line in range(first, first + stations[st].n_lines):
        if lines[line].length > 0:
            if best < 0:
                best = line
            elif lines[line].rank > lines[best].rank:
                break
            elif customers[lines[line].first].sequence < customers[lines[best].first].sequence:
                best = line
    return best


@inline
def pick_next(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server that may call take its next customer, or become idle."""
    lines = tables.lines(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    if stations[st].waiting == 0:
        become_idle(w, server, st)
        return
    line = choose_line(w, st)
    slot = lines[line].first
    remove_from_line(w, slot, line)
    stations[st].waiting -= 1
    servers[server].state = SERVER_BUSY
    start_service(w, slot, st, server, t)


@routine
def pick_on_coming(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let a server who has just come on duty pick; as `pick_next`, out of line because it is rare."""
    out_of_line()
    pick_next(w, server, st, t)


@routine
def choose_server(w, slot, st):  # type: ignore[no-untyped-def]
    """Return which idle server takes a customer where that is not the one idle longest."""
    out_of_line()
    keys = tables.keys(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    server = stations[st].idle_first
    if stations[st].idle_choice == IDLE_LOWEST:
        best = server
        while server >= 0:
            best = min(best, server)
            server = servers[server].idle_next
        return best
    if stations[st].idle_choice == IDLE_RANDOM:
        k = np.uint64(stays[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
        for _ in range(np.int64(uniform(keys[slot], stations[st].idle_key, k) * stations[st].idle_count)):
            server = servers[server].idle_next
        return server
    w.status = BAD_DISPATCH
    return server


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
    customers[slot].deadline = NEVER
    if stations[st].patience_code != ENDLESS:
        law = by_type[(st + 1) * w.n_types + types[slot]].patience_law
        if law >= 0:
            patience = patiences[st * w.ring + slot]
            if w.repeats and stays[st * w.ring + slot] > 1:
                k = np.uint64(stays[st * w.ring + slot] - 1)
                patience = law_quantile(w, law, uniform(keys[slot], stations[st].patience_key, k))
            ticks = to_ticks(patience, w.resolution)
            if ticks < 0:
                w.status = BAD_DURATION
            else:
                schedule_patience(w, slot, t + ticks)


@inline
def _turned_back(w, slot, st):  # type: ignore[no-untyped-def]
    """Return 0 if the customer joins, a step outcome if he is turned back or does not want to."""
    balk_join = tables.balk_join(w)
    keys = tables.keys(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    if stations[st].room_total >= 0 and stations[st].inside >= stations[st].room_total:
        return STEP_BLOCKED
    if (
        stations[st].room_waiting >= 0
        and stations[st].idle_count == 0
        and stations[st].waiting >= stations[st].room_waiting
    ):
        return STEP_BLOCKED
    n = stations[st].balk_count
    if n > 0:
        joining = balk_join[stations[st].balk_first + min(stations[st].inside, n - 1)]
        if joining < 1.0:
            k = np.uint64(stays[st * w.ring + slot]) if w.repeats else np.uint64(0)
            if uniform(keys[slot], stations[st].balk_key, k) >= joining:
                return STEP_BALKED
    if w.closed and stations[st].level == 0:
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
    customers[slot].server = _NOBODY
    customers[slot].ahead = lines[line].length
    return line


@routine
def _ask_to_join(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Bring a customer to a station that may be full, that some do not join, or where nobody serves any more."""
    out_of_line()
    stations = tables.stations(w)
    for _ in range(w.n_stations + 1):
        line = _present_himself(w, slot, st, t)
        refused = np.int64(_turned_back(w, slot, st))
        if refused == 0:
            _enter(w, slot, st, line, t)
            return
        if refused == STEP_BLOCKED and 0 <= stations[st].when_full < w.n_stations:
            record_step(w, slot, line, refused, _NONE, _NONE, t)
            st = stations[st].when_full
        else:
            visit = np.int64(VISIT_BALKED)
            if refused == STEP_BLOCKED:
                visit = np.int64(VISIT_TURNED_AWAY)
            elif refused == STEP_CLOSED_OUT:
                visit = np.int64(VISIT_CLOSED_OUT)
            record_step(w, slot, line, refused, visit, _NONE, t)
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
    if stations[st].idle_count > 0:
        server = stations[st].idle_first
        if stations[st].idle_choice != IDLE_LONGEST:
            server = choose_server(w, slot, st)
        leave_idle(w, server, st)
        servers[server].state = SERVER_BUSY
        start_service(w, slot, st, server, t)
    else:
        append_to_line(w, slot, line)
        wait_in_line(w, slot, st, line, t)


# --- events, in the order of their ranks (semantics 2) ----------------------------------------------------------------


@routine
def go_off(w, server, scheduled, t):  # type: ignore[no-untyped-def]
    """End a server's duty."""
    out_of_line()
    servers = tables.servers(w)
    record_duty(w, server, scheduled, t)
    servers[server].state = SERVER_OFF


@routine
def on_server_off(w, server, t):  # type: ignore[no-untyped-def]
    """Handle the end of a named server's shift: an idle one leaves, a busy one finishes first."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    st = servers[server].station
    if servers[server].state == SERVER_IDLE:
        leave_idle(w, server, st)
        go_off(w, server, t, t)
        stations[st].level -= 1
    elif servers[server].state == SERVER_BUSY:
        servers[server].state = SERVER_LAST
        servers[server].shift_end = t
        stations[st].level -= 1


@routine
def on_server_on(w, server, t):  # type: ignore[no-untyped-def]
    """Handle the start of a named server's shift."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    st = servers[server].station
    if servers[server].state == SERVER_LAST:
        # still with the last customer of the shift before: that stretch ends here, the next begins
        record_duty(w, server, servers[server].shift_end, t)
        servers[server].state = SERVER_BUSY
        servers[server].since = t
        stations[st].level += 1
    elif servers[server].state == SERVER_OFF:
        servers[server].since = t
        stations[st].level += 1
        pick_on_coming(w, server, st, t)


@routine
def on_level(w, st, level, t):  # type: ignore[no-untyped-def]
    """Handle a change of a station's staffing level (pooled or pre-emptive servers)."""
    servers = tables.servers(w)
    stations = tables.stations(w)
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
def interrupt(w, server, st, t):  # type: ignore[no-untyped-def]
    """Send the customer of a pre-empted server back to the head of the line."""
    customers = tables.customers(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    slot = servers[server].customer
    line = customers[slot].line
    record_step(w, slot, line, np.int64(STEP_INTERRUPTED), _NONE, _NONE, t)
    if stations[st].interrupted == WORK_RESUME:
        customers[slot].left = servers[server].end - t
    elif stations[st].interrupted == WORK_REPEAT:
        customers[slot].left = servers[server].end - customers[slot].call
    cancel_end(w, server)
    servers[server].customer = _NOBODY
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = _NOBODY
    customers[slot].ahead = 0
    stays[st * w.ring + slot] += 1
    prepend_to_line(w, slot, line)
    wait_in_line(w, slot, st, line, t)


@routine
def on_close(w, t):  # type: ignore[no-untyped-def]
    """Close the doors: whoever waits where nobody is on duty is closed out."""
    lines = tables.lines(w)
    stations = tables.stations(w)
    w.closed = 1
    for st in range(w.n_stations):
        if stations[st].level == 0:
            stations[st].guarded = 1
    for line in range(w.n_lines):
        st = lines[line].station
        while stations[st].level == 0 and lines[line].length > 0:
            slot = lines[line].first
            remove_from_line(w, slot, line)
            stations[st].waiting -= 1
            stations[st].inside -= 1
            stations[st].last_left = t
            record_step(w, slot, line, np.int64(STEP_CLOSED_OUT), np.int64(VISIT_CLOSED_OUT), _NONE, t)
            leave_hall(w, slot, t)


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
    elif kind == KIND_LEVEL:
        on_level(w, entity, changes[i].value, t)
    elif kind == KIND_CLOSE:
        on_close(w, t)
    else:
        w.status = BAD_DISPATCH


@inline
def next_route(w, slot, st):  # type: ignore[no-untyped-def]
    """Return the row of the routing table that a customer takes from a station."""
    by_type = tables.by_type(w)
    keys = tables.keys(w)
    next_rows = tables.next_rows(w)
    routes = tables.routes(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    types = tables.types(w)
    if w.repeats and stays[st * w.ring + slot] > 1:
        row = by_type[(st + 1) * w.n_types + types[slot]].route_first
        k = np.uint64(stays[st * w.ring + slot] - 1)
        u = uniform(keys[slot], stations[st].route_key, k)
        while u >= routes[row].cum:
            row += 1
        return row
    return next_rows[(st + 1) * w.ring + slot]


@inline
def on_service_end(w, server, t):  # type: ignore[no-untyped-def]
    """Free the server and record the end; return the station the customer goes on to, or -1."""
    customers = tables.customers(w)
    exit_outcome = tables.exit_outcome(w)
    routes = tables.routes(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    slot = servers[server].customer
    st = servers[server].station
    servers[server].customer = _NOBODY
    stations[st].inside -= 1
    stations[st].last_left = t
    row = next_route(w, slot, st)
    to = routes[row].to
    if to < w.n_stations:
        record_step(w, slot, customers[slot].line, routes[row].outcome, _NONE, _NONE, t)
        customers[slot].status = PRESENT
        return to
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
    if stations[st].shift_end == SHIFT_NAMED:
        if servers[server].state == SERVER_LAST:
            go_off(w, server, servers[server].shift_end, t)
            return
    elif stations[st].on_duty > stations[st].level:
        go_off(w, server, stations[st].level_since, t)
        stations[st].on_duty -= 1
        return
    pick_next(w, server, st, t)


@inline
def on_patience_end(w, slot, t):  # type: ignore[no-untyped-def]
    """Let a customer who is still waiting give up."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    stations = tables.stations(w)
    line = customers[slot].line
    st = lines[line].station
    remove_from_line(w, slot, line)
    stations[st].waiting -= 1
    stations[st].inside -= 1
    stations[st].last_left = t
    record_step(w, slot, line, np.int64(STEP_RENEGED), np.int64(VISIT_GAVE_UP), _NONE, t)
    leave_hall(w, slot, t)


@routine
def _pass_by(w, slot, to, t):  # type: ignore[no-untyped-def]
    """Record a customer who joins no line at all: turned away at the door, or sent elsewhere from it."""
    out_of_line()
    customers = tables.customers(w)
    exit_outcome = tables.exit_outcome(w)
    customers[slot].join = t
    customers[slot].call = -1
    customers[slot].server = _NOBODY
    customers[slot].ahead = 0
    if w.closed:
        record_step(w, slot, np.int64(NO_LINE), np.int64(STEP_BLOCKED), np.int64(VISIT_TURNED_AWAY), _NONE, t)
    else:
        leave_by = to - w.n_stations
        record_step(w, slot, np.int64(NO_LINE), np.int64(STEP_SERVED), exit_outcome[leave_by], leave_by + 1, t)
    leave_hall(w, slot, t)


@inline
def on_arrival(w, slot, t):  # type: ignore[no-untyped-def]
    """Let a customer in; return the station the door leads to, or -1."""
    next_rows = tables.next_rows(w)
    routes = tables.routes(w)
    to = routes[next_rows[slot]].to
    if w.closed or to >= w.n_stations:
        _pass_by(w, slot, to, t)
        return np.int64(-1)
    return to


# --- the day ------------------------------------------------------------------------------------------------------


@routine
def _reset(w):  # type: ignore[no-untyped-def]
    out_of_line()
    customers = tables.customers(w)
    lines = tables.lines(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    w.status = OK
    w.n_rows = 0
    w.n_server_rows = 0
    w.n_ends = 0
    w.n_heap = 0
    w.sequence = 0
    w.loaded = 0
    w.closed = 0
    w.exhausted = 0
    w.end = w.close
    for i in range(w.ring):
        customers[i].status = FREE
    for st in range(w.n_stations):
        station = stations[st]
        station.inside = 0
        station.waiting = 0
        station.level = 0
        station.on_duty = 0
        station.level_since = 0
        station.last_left = w.close
        station.idle_first = _NOBODY
        station.idle_last = _NOBODY
        station.idle_count = 0
        station.guarded = station.room_total >= 0 or station.room_waiting >= 0 or station.balk_count > 0
    for line in range(w.n_lines):
        lines[line].first = _NOBODY
        lines[line].last = _NOBODY
        lines[line].length = 0
    for server in range(w.n_servers):
        servers[server].state = SERVER_OFF
        servers[server].customer = _NOBODY


@routine
def _loop(w):  # type: ignore[no-untyped-def]
    """Handle events until there are none; ties go by rank: change, service end, patience end, arrival."""
    arrivals = tables.arrivals(w)
    changes = tables.changes(w)
    customers = tables.customers(w)
    ends = tables.ends(w)
    heap = tables.heap(w)
    servers = tables.servers(w)
    mask = w.ring - 1
    sorted_ends = w.n_servers <= MAX_SORTED
    arriving = np.int64(0)  # number of the next customer
    change = np.int64(0)  # next row of the calendar
    load_block(w)
    t_arrival = arrivals[0] if w.loaded > 0 else np.int64(NEVER)
    t_change = changes[0].time
    while w.status == OK:
        n_ends = w.n_ends
        t_end = np.int64(NEVER)
        if n_ends > 0:
            t_end = ends[n_ends - 1].time if sorted_ends else ends[0].time
        t_patience = heap[0].time if w.n_heap > 0 else np.int64(NEVER)
        slot = np.int64(-1)
        joining = np.int64(-1)  # station that `slot` goes to
        server = np.int64(-1)  # who has finished
        if t_end < t_change and t_end <= t_patience and t_end <= t_arrival:
            t = t_end
            if sorted_ends:
                server = ends[n_ends - 1].entity
            else:
                server = ends[0].entity
                heap_pop(ends, n_ends)
            w.n_ends = n_ends - 1
            slot = servers[server].customer
            joining = on_service_end(w, server, t)
        elif t_arrival < t_change and t_arrival < t_patience:
            t = t_arrival
            slot = arriving & mask
            joining = on_arrival(w, slot, t)
            arriving += 1
            if arriving == w.loaded and not w.exhausted:
                load_block(w)
            t_arrival = arrivals[arriving & mask] if arriving < w.loaded else np.int64(NEVER)
        elif t_change <= t_patience:
            if t_change == NEVER:
                break
            t = t_change
            on_change(w, change)
            change += 1
            t_change = changes[change].time if change < w.n_changes else np.int64(NEVER)
        else:
            t = t_patience
            customer = heap[0].entity
            heap_pop(heap, w.n_heap)
            w.n_heap -= 1
            slot = customer & mask
            who = customers[slot]
            if who.number == customer and who.status == WAITING and who.deadline == t:
                on_patience_end(w, slot, t)
        # the rest of the cascade: the customer joins first, the freed server picks last (semantics 2)
        if joining >= 0:
            join_station(w, slot, joining, t)
        if server >= 0:
            after_service(w, server, t)


@routine
def _send_home(w):  # type: ignore[no-untyped-def]
    """End the duty of everybody still there: at closing, or when the last whom they could serve has left."""
    out_of_line()
    reaches = tables.reaches(w)
    servers = tables.servers(w)
    stations = tables.stations(w)
    for server in range(w.n_servers):
        if servers[server].state != SERVER_OFF:
            if servers[server].state != SERVER_IDLE:
                w.status = PEOPLE_LEFT
            st = servers[server].station
            until = np.int64(w.close)
            for other in range(w.n_stations):
                if reaches[other * w.n_stations + st]:
                    until = max(until, stations[other].last_left)
            go_off(w, server, np.int64(w.close), until)
    for st in range(w.n_stations):
        if stations[st].inside != 0:
            w.status = PEOPLE_LEFT


@routine
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
    w = handle[0]
    _reset(w)
    start_sources(w, seed, replication)
    _loop(w)
    if w.status == OK:
        _send_home(w)
    return w.status


_ERRORS = {
    BAD_DURATION: ("a law gave a duration that is negative, not a number or absurdly long", "16"),
    PEOPLE_LEFT: ("the day ended with people inside", "7"),
    BAD_DISPATCH: ("stations overflow into each other in a circle, or an unknown code", "18"),
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
    return Log(ws.rows[: day.n_rows].copy(), ws.server_rows[: day.n_server_rows].copy(), int(day.end))
