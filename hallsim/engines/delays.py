"""Where a customer goes after a step, and the end of one without a server (semantics 14)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import VISIT_TURNED_AWAY
from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.conditions import route_by_case
from hallsim.engines.endings import leave_hall
from hallsim.engines.follow_ons import follow_on
from hallsim.engines.lists import wait_no_more
from hallsim.engines.recording import record_step
from hallsim.engines.records import FREE, NOBODY, NOTHING, PRESENT
from hallsim.engines.zones import hold_back
from hallsim.jit import inline, out_of_line, routine


@inline
def next_route(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row of the routing table that a customer takes from a station."""
    if w.has_cases or w.has_transfers:
        return _watched_route(w, slot, st, t)
    return _plain_route(w, slot, st)


@inline
def _plain_route(w, slot, st):  # type: ignore[no-untyped-def]
    by_type = tables.by_type(w)
    keys = tables.keys(w)
    next_rows = tables.next_rows(w)
    routes = tables.routes(w)
    stations = tables.stations(w)
    stays = tables.stays(w)
    types = tables.types(w)
    if w.repeats and stays[st * w.ring + slot] > stations[st].ahead:
        row = by_type[(st + 1) * w.n_types + types[slot]].route_first
        k = np.uint64(stays[st * w.ring + slot] - 1)
        u = uniform(keys[slot], stations[st].route_key, k)
        while u >= routes[row].cum:
            row += 1
        return row
    return next_rows[(st + 1) * w.ring + slot]


@routine
def _watched_route(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row that a customer takes where it depends on conditions, or may let his ticket keep its place."""
    out_of_line()
    row = np.int64(-1)
    if w.has_cases:
        row = route_by_case(w, slot, st, t)
    if row < 0:
        row = _plain_route(w, slot, st)
    if w.has_transfers and (tables.stations(w)[st].delay or tables.routes(w)[row].keeps):
        _keep_place(w, slot, st)
    return row


@routine
def _keep_place(w, slot, st):  # type: ignore[no-untyped-def]
    """Let a customer's ticket keep its place over a delay, or on a route that says so."""
    out_of_line()
    customer = tables.customers(w)[slot]
    transfer = tables.transfers(w)[slot]
    kept = transfer.number == customer.number and transfer.step == customer.step
    if tables.stations(w)[st].delay:
        if kept:
            transfer.step += 1
        return
    if not kept:
        transfer.sequence = customer.sequence
    transfer.number = customer.number
    transfer.step = customer.step + 1


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
