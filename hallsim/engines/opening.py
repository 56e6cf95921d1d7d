"""Extra counters: opened when the line is long, closed when it is short (semantics 13).

They are the last servers of their station and have no shifts: what opens them, when a customer joins the line, the
end of a set-up, and what happens when a service ends.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import STATE_SET_UP
from hallsim.engines import tables
from hallsim.engines.machines import set_up
from hallsim.engines.recording import go_off, record_state
from hallsim.engines.records import SERVER_BUSY, SERVER_LAST, SERVER_OFF, SERVER_SET_UP
from hallsim.engines.serving import pick_on_coming
from hallsim.engines.staff import go_on
from hallsim.jit import out_of_line, routine


@routine
def open_extra(w, st, t):  # type: ignore[no-untyped-def]
    """Open an extra counter, or begin to set it up, where a customer has just made the line long enough."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    n = stations[st].extra_open + stations[st].setting_up
    if n == stations[st].n_extra:
        return
    if stations[st].waiting < tables.thresholds(w)[stations[st].first_threshold + n].opens_at:
        return
    free = np.int64(-1)
    for server in range(stations[st].first_server + stations[st].n_servers - 1, stations[st].first_extra - 1, -1):
        if servers[server].state == SERVER_LAST:  # about to close: it stays open instead
            servers[server].state = SERVER_BUSY
            stations[st].extra_open += 1
            stations[st].level += 1
            return
        if servers[server].state == SERVER_OFF:
            free = server
    servers[free].since = t
    if stations[st].set_up_law >= 0:
        stations[st].setting_up += 1
        servers[free].state = SERVER_SET_UP
        set_up(w, free, st, t)
    else:
        stations[st].extra_open += 1
        stations[st].level += 1
        pick_on_coming(w, free, st, t)


@routine
def on_ready(w, server, st, t):  # type: ignore[no-untyped-def]
    """End a set-up: the counter opens if the line is still longer than it would close at."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    thresholds = tables.thresholds(w)
    stations[st].setting_up -= 1
    record_state(w, server, np.int64(STATE_SET_UP), servers[server].since, t)
    if stations[st].waiting > thresholds[stations[st].first_threshold + stations[st].extra_open].closes_at:
        stations[st].extra_open += 1
        stations[st].level += 1
        pick_on_coming(w, server, st, t)
    else:
        go_off(w, server, min(t, np.int64(w.close)), t)


@routine
def line_is_short(w, st):  # type: ignore[no-untyped-def]
    """Return whether the line is short enough for the extra counter opened last to close."""
    out_of_line()
    stations = tables.stations(w)
    n = stations[st].extra_open
    if n == 0 or w.closed:  # whoever is on duty at closing stays (semantics 7)
        return False
    return stations[st].waiting <= tables.thresholds(w)[stations[st].first_threshold + n - 1].closes_at


@routine
def close_extra(w, server, st, t):  # type: ignore[no-untyped-def]
    """Close an extra counter."""
    out_of_line()
    stations = tables.stations(w)
    stations[st].extra_open -= 1
    stations[st].level -= 1
    go_off(w, server, min(t, np.int64(w.close)), t)


@routine
def after_extra(w, server, st, t):  # type: ignore[no-untyped-def]
    """Look at a service end where there are extra counters; return whether the server does not pick any more."""
    out_of_line()
    servers = tables.servers(w)
    stations = tables.stations(w)
    extra = server >= stations[st].first_extra
    if servers[server].state == SERVER_LAST:
        go_off(w, server, min(t, np.int64(w.close)) if extra else servers[server].shift_end, t)
    elif not stations[st].closes_any:
        if not extra or not line_is_short(w, st):
            return False
        close_extra(w, server, st, t)
    elif extra and stations[st].waiting == 0 and not w.closed:
        close_extra(w, server, st, t)
    else:
        go_on(w, server, st, t)
    if stations[st].closes_any and line_is_short(w, st):
        last = np.int64(-1)
        for other in range(stations[st].first_extra, stations[st].first_server + stations[st].n_servers):
            if servers[other].state == SERVER_BUSY:
                last = other
        if last >= 0:  # the one that is to close after its customer
            servers[last].state = SERVER_LAST
            stations[st].extra_open -= 1
            stations[st].level -= 1
    return True
