"""Conditions: the state that a decision sees (semantics 21)."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    STATE_ARE_DOWN,
    STATE_IDLE,
    STATE_LONGEST_WAIT,
    STATE_ON_DUTY,
    STATE_PEOPLE,
    STATE_QUOTED,
    STATE_TIME,
    STATE_UP,
    STATE_WAITING,
)
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.lists import first_in_line, head_of_line
from hallsim.engines.quotes import estimated_wait
from hallsim.engines.records import BAD_DISPATCH, DAY, SERVER_BUSY, SERVER_DOWN, SERVER_IDLE
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)


@inline
def longest_wait(w, st, t):  # type: ignore[no-untyped-def]
    """Return how long somebody who waits at a station has waited now, at most."""
    customers = tables.customers(w)
    stations = tables.stations(w)
    longest = np.int64(0)
    for line in range(stations[st].first_line, stations[st].first_line + stations[st].n_lines):
        slot = first_in_line(w, line)
        while slot != head_of_line(w, line):
            if slot < w.ring:  # else a number whose holder has left
                longest = max(longest, t - customers[slot].join)
            slot = customers[slot].next
    return longest


@inline
def _number_in(w, st, state, other):  # type: ignore[no-untyped-def]
    servers = tables.servers(w)
    stations = tables.stations(w)
    n = np.int64(0)
    for server in range(stations[st].first_server, stations[st].first_server + stations[st].n_servers):
        here = servers[server].state
        n += np.int64((here == state) | (here == other))
    return n


@inline
def _people_inside(w, hall):  # type: ignore[no-untyped-def]
    stations = tables.stations(w)
    n = np.int64(0)
    for st in range(hall.first, hall.beyond):
        n += np.int64(0) if stations[st].outside else stations[st].inside
    return n


@routine
def _state_at(w, what, st, t):  # type: ignore[no-untyped-def]
    """Return what a condition compares of a station."""
    out_of_line()
    stations = tables.stations(w)
    value = np.int64(0)
    if what == STATE_WAITING:
        value = stations[st].waiting - stations[st].absent
    elif what == STATE_PEOPLE:
        value = stations[st].inside
    elif what == STATE_UP:
        value = _number_in(w, st, SERVER_IDLE, SERVER_BUSY)
    elif what == STATE_IDLE:
        value = stations[st].idle_count
    elif what == STATE_ON_DUTY:
        value = stations[st].level
    elif what == STATE_ARE_DOWN:
        value = _number_in(w, st, SERVER_DOWN, SERVER_DOWN)
    elif what == STATE_LONGEST_WAIT:
        value = longest_wait(w, st, t)
    else:
        w.status = BAD_DISPATCH
    return value


@routine
def _state_of(w, what, station, t):  # type: ignore[no-untyped-def]
    """Return what a condition compares: of one station, or of all that are in hall i of the network (-1 - i)."""
    out_of_line()
    if what == STATE_TIME:
        return t
    if station >= 0:
        return _state_at(w, what, station, t)
    hall = tables.branches(w)[-1 - station]
    if what == STATE_PEOPLE:
        return _people_inside(w, hall)
    stations = tables.stations(w)
    value = np.int64(0)
    for st in range(hall.first, hall.beyond):
        if not stations[st].outside:
            here = _state_at(w, what, st, t)
            value = max(value, here) if what == STATE_LONGEST_WAIT else value + here
    return value


@inline
def hold(w, first, count, slot, t):  # type: ignore[no-untyped-def]
    """Return whether all of some terms hold now, for a customer where they ask what he would be told."""
    stations = tables.stations(w)
    terms = tables.terms(w)
    i = first
    while i < first + count:  # hot, and shorter compiled than over a range
        what = terms[i].what
        st = terms[i].station
        value = np.int64(0)
        if what == STATE_WAITING and st >= 0:  # asked most, and known at once
            value = stations[st].waiting - stations[st].absent
        elif what == STATE_QUOTED:
            line = tables.by_type(w)[(st + 1) * w.n_types + tables.types(w)[slot]].line
            value = estimated_wait(w, st, line)
        else:
            value = _state_of(w, what, st, t)
        if value < terms[i].low or value > terms[i].high:
            return False
        i += 1
    return True


@inline
def holds(w, case, slot, t):  # type: ignore[no-untyped-def]
    """Return whether every term of a case holds now."""
    cases = tables.cases(w)
    return hold(w, cases[case].term_first, cases[case].term_count, slot, t)


@inline
def _join_by_case(w, slot, st, t):  # type: ignore[no-untyped-def]
    """Return the row of the probability to join of the first condition that holds for a customer, -1 if none does."""
    station = tables.stations(w)[st]
    row = station.first_join + tables.types(w)[slot]
    for case in range(station.first_case, station.first_case + station.n_join_cases):
        if tables.balk_join(w)[row] >= 0.0 and holds(w, case, slot, t):
            return row
        row += w.n_types
    return np.int64(-1)


@entry("join_by_case", "int64(int64, int64, int64, int64)")
def _join_by_case_entry(address, slot, st, t):  # type: ignore[no-untyped-def]
    return _join_by_case(_day_at(address), slot, st, t)


join_by_case = caller("join_by_case", _join_by_case, DAY, INT, INT, INT, INT)
