"""What extra counters go by, and who can be called to them (semantics 13, 40)."""

from __future__ import annotations

from hallsim.compiling.opening import BY_ESTIMATE, BY_LONGEST
from hallsim.engines import tables
from hallsim.engines.conditions import longest_wait
from hallsim.engines.quotes import station_wait
from hallsim.engines.records import SERVER_OFF
from hallsim.jit import out_of_line, routine


@routine
def measure(w, st, t):  # type: ignore[no-untyped-def]
    """Return what the extra counters of a station go by."""
    out_of_line()
    by = tables.staffing(w)[st].measure
    if by == BY_LONGEST:
        return longest_wait(w, st, t)
    if by == BY_ESTIMATE:
        return station_wait(w, st)
    return tables.stations(w)[st].waiting


@routine
def can_be_called(w, server, t):  # type: ignore[no-untyped-def]
    """Return whether somebody who is not at the counter can be called to it now."""
    out_of_line()
    person = tables.people(w)[server]
    windows = tables.windows(w)
    free = person.n_windows == 0
    for i in range(person.first_window, person.first_window + person.n_windows):
        free = free or (windows[i].begin <= t and t < windows[i].end)
    return tables.servers(w)[server].state == SERVER_OFF and free and t >= person.free_from


@routine
def line_is_short(w, st, value):  # type: ignore[no-untyped-def]
    """Return whether the line is short enough for the extra counter opened last to close."""
    out_of_line()
    stations = tables.stations(w)
    n = stations[st].extra_open
    if n == 0 or stations[st].closed:  # whoever is on duty at closing stays (semantics 7)
        return False
    return value <= tables.thresholds(w)[stations[st].first_threshold + n - 1].closes_at
