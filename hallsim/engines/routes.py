"""Where a customer goes from the door or a station: the routing table, and cases that hold (semantics 3, 14, 21)."""

from __future__ import annotations

import numpy as np

from hallsim.draws import PURPOSE_ENTRY, uniform
from hallsim.engines import tables
from hallsim.engines.conditions import holds
from hallsim.engines.network import choose_way
from hallsim.jit import inline, out_of_line, routine

DOOR = np.int64(-1)
_PURPOSE_ENTRY = PURPOSE_ENTRY


@inline
def next_route(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row of the routing table that a customer takes from a station."""
    if w.has_cases or w.has_transfers:
        return _watched_route(w, slot, st, t)
    return _plain_route(w, slot, st)


@inline
def entry_route(w, slot, t):  # type: ignore[no-untyped-def]
    """Return the row of the routing table that a customer takes from the door."""
    case_firsts = tables.case_firsts(w)
    if w.has_cases and case_firsts[0] < case_firsts[1]:
        return _route_by_case(w, slot, DOOR, t)
    return tables.next_rows(w)[slot]


@routine
def _watched_route(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row that a customer takes where it depends on conditions, or may let his ticket keep its place."""
    out_of_line()
    case_firsts = tables.case_firsts(w)
    if case_firsts[st + 1] < case_firsts[st + 2]:
        row = _route_by_case(w, slot, st, t)
    else:
        row = _plain_route(w, slot, st)
    if w.has_transfers and (tables.stations(w)[st].delay or tables.routes(w)[row].keeps):
        _keep_place(w, slot, st)
    return row


@inline
def _stays_before(w, slot, st):  # type: ignore[no-untyped-def]
    """Return how often a customer has been at a station before this time."""
    return np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats and st >= 0 else np.uint64(0)


@inline
def _plain_route(w, slot, st):  # type: ignore[no-untyped-def]
    """Return the row that a customer takes where no case holds."""
    stations = tables.stations(w)
    if w.repeats and st >= 0 and tables.stays(w)[st * w.ring + slot] > stations[st].ahead:
        row = tables.by_type(w)[(st + 1) * w.n_types + tables.types(w)[slot]].route_first
        u = uniform(tables.keys(w)[slot], stations[st].route_key, _stays_before(w, slot, st))
        return _row_at(w, row, u)
    return tables.next_rows(w)[(st + 1) * w.ring + slot]


@inline
def _row_at(w, row, u):  # type: ignore[no-untyped-def]
    """Return which of the rows from this one on a uniform stands for."""
    routes = tables.routes(w)
    while u >= routes[row].cum:
        row += 1
    return row


@inline
def _lead_alike(w, row, other):  # type: ignore[no-untyped-def]
    """Return whether two rows of the routing table come to the same."""
    one, two = tables.routes(w)[row], tables.routes(w)[other]
    return row == other or (one.to == two.to and one.outcome == two.outcome and one.keeps == two.keeps)


@routine
def _route_by_case(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row that a customer takes from a station (-1: the door) that has cases: by the first one that holds.

    Where it costs much to ask whether the last one holds, it is not asked for whom it leads where he goes anyway.
    """
    out_of_line()
    cases = tables.cases(w)
    kind = tables.types(w)[slot]
    case = tables.case_firsts(w)[st + 1]
    beyond = tables.case_firsts(w)[st + 2]
    purpose = _PURPOSE_ENTRY if st < 0 else tables.stations(w)[st].route_key
    u = uniform(tables.keys(w)[slot], purpose, _stays_before(w, slot, st))
    while case < beyond:
        here = tables.case_routes(w)[case * w.n_types + kind]
        if here.route_count > 0:
            if cases[case].costly and _lead_alike(w, _row_at(w, here.route_first, u), _plain_route(w, slot, st)):
                break
            if holds(w, case, slot, t):
                if cases[case].chosen:
                    return choose_way(w, slot, here.route_first, here.route_count)
                return _row_at(w, here.route_first, u)
        case += 1
    return _plain_route(w, slot, st)


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
