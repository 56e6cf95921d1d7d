"""Extra counters: opened when the line is long, closed when it is short (semantics 13, 40).

They are the last servers of their station and have no shifts: what opens them, when a customer joins the line, the
end of a set-up, and what happens when a service ends.
"""

from __future__ import annotations

import numpy as np

from hallsim import draws
from hallsim.compiled import STATE_SET_UP
from hallsim.engines import tables
from hallsim.engines.conditions import holds
from hallsim.engines.lists import leave_idle
from hallsim.engines.machines import next_review, set_up
from hallsim.engines.measures import can_be_called, line_is_short, measure
from hallsim.engines.recording import go_off, record_state
from hallsim.engines.records import NOBODY, SERVER_BUSY, SERVER_IDLE, SERVER_LAST, SERVER_SET_UP
from hallsim.engines.serving import pick_on_coming
from hallsim.engines.staff import go_elsewhere, go_on, staff_ticks
from hallsim.jit import out_of_line, routine

_BACK = draws.PURPOSE_BACK


@routine
def may_open(w, st, t):  # type: ignore[no-untyped-def]
    """Return whether the condition holds while which the extra counters of a station open."""
    out_of_line()
    case = tables.staffing(w)[st].case
    return case < 0 or holds(w, case, NOBODY, t)


@routine
def open_next(w, st, value, t):  # type: ignore[no-untyped-def]
    """Open the next extra counter, or begin to set it up, if what they go by is high enough; return whether it was."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    n = stations[st].extra_open + stations[st].setting_up
    if n == stations[st].n_extra:
        return False
    if value < tables.thresholds(w)[stations[st].first_threshold + n].opens_at or not may_open(w, st, t):
        return False
    free = np.int64(-1)
    for server in range(stations[st].first_server + stations[st].n_servers - 1, stations[st].first_extra - 1, -1):
        if servers[server].state == SERVER_LAST:  # about to close: it stays open instead
            servers[server].state = SERVER_BUSY
            stations[st].extra_open += 1
            stations[st].level += 1
            return True
        if can_be_called(w, server, t):
            free = server
    if free < 0:
        return False
    servers[free].since = t
    if stations[st].set_up_law >= 0:
        stations[st].setting_up += 1
        servers[free].state = SERVER_SET_UP
        set_up(w, free, st, t)
    else:
        stations[st].extra_open += 1
        stations[st].level += 1
        pick_on_coming(w, free, st, t)
    return True


@routine
def open_extra(w, st, t):  # type: ignore[no-untyped-def]
    """Open an extra counter where a customer who joins the line has just made it long enough."""
    out_of_line()
    if tables.staffing(w)[st].review == 0:
        open_next(w, st, measure(w, st, t), t)


@routine
def on_ready(w, server, st, t):  # type: ignore[no-untyped-def]
    """End a set-up: the counter opens if the line is still longer than it would close at."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    thresholds = tables.thresholds(w)
    stations[st].setting_up -= 1
    record_state(w, server, np.int64(STATE_SET_UP), servers[server].since, t)
    if measure(w, st, t) > thresholds[stations[st].first_threshold + stations[st].extra_open].closes_at:
        stations[st].extra_open += 1
        stations[st].level += 1
        pick_on_coming(w, server, st, t)
    else:
        leave_counter(w, server, st, t)


@routine
def leave_counter(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let somebody who was called to a counter go back."""
    out_of_line()
    person = tables.people(w)[server]
    go_off(w, server, min(t, tables.stations(w)[st].closes), t)
    law = tables.staffing(w)[st].back_law
    if law >= 0:
        person.free_from = t + staff_ticks(w, law, server, _BACK, np.uint64(person.closings))
        person.closings += 1


@routine
def close_extra(w, server, st, t):  # type: ignore[no-untyped-def]
    """Close an extra counter."""
    out_of_line()
    stations = tables.stations(w)
    stations[st].extra_open -= 1
    stations[st].level -= 1
    leave_counter(w, server, st, t)


@routine
def after_extra(w, server, st, t):  # type: ignore[no-untyped-def]
    """Look at a service end where there are extra counters; return whether the server does not pick any more."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    extra = server >= stations[st].first_extra
    if servers[server].state == SERVER_LAST:
        if extra:
            leave_counter(w, server, st, t)
        else:
            go_off(w, server, servers[server].shift_end, t)
            go_elsewhere(w, server, t)
    elif tables.staffing(w)[st].review > 0:
        return False
    elif not stations[st].closes_any:
        if not extra or not line_is_short(w, st, measure(w, st, t)):
            return False
        close_extra(w, server, st, t)
    elif extra and stations[st].waiting == 0 and not stations[st].closed:
        close_extra(w, server, st, t)
    else:
        go_on(w, server, st, t)
    if stations[st].closes_any and line_is_short(w, st, measure(w, st, t)):
        close_one(w, st, False, t)
    return True


@routine
def close_one(w, st, idle_too, t):  # type: ignore[no-untyped-def]
    """Close the highest-numbered open extra counter, after its customer if it has one; return whether there was one."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    last = np.int64(-1)
    for other in range(stations[st].first_extra, stations[st].first_server + stations[st].n_servers):
        if servers[other].state == SERVER_BUSY or (idle_too and servers[other].state == SERVER_IDLE):
            last = other
    if last < 0:
        return False
    if servers[last].state == SERVER_IDLE:
        leave_idle(w, last, st)
        close_extra(w, last, st, t)
    else:
        servers[last].state = SERVER_LAST
        stations[st].extra_open -= 1
        stations[st].level -= 1
    return True


@routine
def on_review(w, st, t):  # type: ignore[no-untyped-def]
    """Look at a station: open every extra counter whose number is reached, or else close those whose is."""
    out_of_line()
    value = measure(w, st, t)
    opened = np.int64(0)
    while open_next(w, st, value, t):
        opened += 1
    closing = opened == 0
    while closing and line_is_short(w, st, value):
        closing = close_one(w, st, True, t)
    next_review(w, st, t)
