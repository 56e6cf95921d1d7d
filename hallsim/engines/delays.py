"""The end of a step without a server (semantics 14)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import VISIT_TURNED_AWAY
from hallsim.engines import tables
from hallsim.engines.endings import leave_hall
from hallsim.engines.follow_ons import follow_on
from hallsim.engines.lists import wait_no_more
from hallsim.engines.recording import record_step
from hallsim.engines.records import FREE, NOBODY, NOTHING, PRESENT
from hallsim.engines.routes import next_route
from hallsim.engines.zones import hold_back
from hallsim.jit import out_of_line, routine


@routine
def on_delay_end(w, slot, t):  # type: ignore[no-untyped-def]
    """End a customer's delay; return the station he goes on to, or -1."""
    out_of_line()
    stations = tables.stations(w)
    st = tables.lines(w)[tables.customers(w)[slot].line].station
    wait_no_more(w)
    stations[st].inside -= 1
    stations[st].last_left = t
    row = next_route(w, slot, st, t)
    if w.has_zones and hold_back(w, slot, NOBODY, row, t) != 0:
        return np.int64(-1)
    return finish_delay(w, slot, st, row, t)


@routine
def finish_delay(w, slot, st, row, t):  # type: ignore[no-untyped-def]
    """Send a customer on who has left a delay, by a row of the routing table; return the station, or -1."""
    out_of_line()
    customers = tables.customers(w)
    routes = tables.routes(w)
    stations = tables.stations(w)
    line = customers[slot].line
    to = routes[row].to
    if to < w.n_stations and not (stations[st].outside and stations[to].closed):
        record_step(w, slot, line, routes[row].outcome, NOTHING, NOTHING, t)
        customers[slot].status = PRESENT
        return to
    visit = np.int64(VISIT_TURNED_AWAY)
    leave_by = np.int64(0)
    if to >= w.n_stations:
        leave_by = to - w.n_stations + 1
        visit = tables.exit_outcome(w)[to - w.n_stations]
    if w.has_follow_ons and not stations[st].outside:
        return follow_on(w, slot, row, np.int64(-1), t)
    record_step(w, slot, line, routes[row].outcome, visit, leave_by, t)
    if stations[st].outside:
        customers[slot].status = FREE  # he left the hall when the delay began
    else:
        leave_hall(w, slot, t)
    return np.int64(-1)
