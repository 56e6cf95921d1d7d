"""Stays that end without a service: where the customer goes, and what is written down (semantics 10, 14, 18)."""

from __future__ import annotations

import numpy as np

from hallsim.draws import uniform
from hallsim.engines import tables
from hallsim.engines.recording import record_step
from hallsim.engines.records import FREE, NOTHING, PRESENT
from hallsim.jit import inline, out_of_line, routine


@inline
def leave_hall(w, slot, t):  # type: ignore[no-untyped-def]
    """Free a customer's slot."""
    customers = tables.customers(w)
    customers[slot].status = FREE
    w.end = max(w.end, t)


@inline
def earlier_comings(w, slot, st):  # type: ignore[no-untyped-def]
    """Return how often a customer has come to a station before, joined or not: the k of what he draws on coming."""
    if w.repeats:
        return np.uint64(tables.stays(w)[st * w.ring + slot] + tables.refusals(w)[st * w.ring + slot])
    return np.uint64(0)


@routine
def where_after(w, ending, slot, st, k):  # type: ignore[no-untyped-def]
    """Draw where a customer goes who was not served: a station, beyond those an exit, or -1 out of the hall.

    From closing on nobody goes where he has been before: else a day might never end (semantics 7).
    """
    out_of_line()
    to = draw_after(w, ending, slot, st, tables.types(w)[slot], k)
    if (
        w.repeats
        and 0 <= to < w.n_stations
        and tables.stations(w)[to].closed
        and tables.stays(w)[to * w.ring + slot] > 0
    ):
        return np.int64(-1)
    return to


@routine
def draw_after(w, ending, slot, st, kind, k):  # type: ignore[no-untyped-def]
    """Draw where a customer goes after a stay that ended in some way, if he is of this type; -1: out of the hall."""
    out_of_line()
    routes = tables.routes(w)
    at = ending * w.n_stations + st
    row = tables.endings(w)[at * w.n_types + kind]
    if row.route_count == 0:
        return np.int64(-1)
    u = uniform(tables.keys(w)[slot], tables.ending_keys(w)[at], k)
    i = row.route_first
    while u >= routes[i].cum:
        i += 1
    return routes[i].to


@routine
def end_unserved(w, slot, line, outcome, visit, to, t):  # type: ignore[no-untyped-def]
    """Record a stay that ended without a service; return the station the customer goes on to, or -1.

    Who leaves does so with the visit outcome given, or with that of the exit.
    """
    out_of_line()
    if 0 <= to < w.n_stations:
        record_step(w, slot, line, outcome, NOTHING, NOTHING, t)
        tables.customers(w)[slot].status = PRESENT
        tables.customers(w)[slot].left = -1  # interrupted work is left behind (semantics 12)
        return to
    leave_by = np.int64(0)
    if to >= 0:
        visit = tables.exit_outcome(w)[to - w.n_stations]
        leave_by = to - w.n_stations + 1
    record_step(w, slot, line, outcome, visit, leave_by, t)
    leave_hall(w, slot, t)
    return np.int64(-1)
