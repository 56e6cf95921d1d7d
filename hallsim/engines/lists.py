"""Who stands where: lines and idle servers as doubly linked lists, and what is scheduled."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import FIRST_PLACE, NO_PLACE, SOURCE_TABLE
from hallsim.engines import tables
from hallsim.engines.events import MAX_SORTED, heap_push, sorted_push
from hallsim.engines.records import (
    HEAP_FULL,
    NOBODY,
    SERVER_IDLE,
    WAITING,
)
from hallsim.jit import inline, out_of_line, routine

# --- lines and idle servers: doubly linked lists ------------------------------------------------------------


@inline
def append_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer at the tail of a line."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    last = lines[line].last
    customers[slot].previous = last
    customers[slot].next = NOBODY
    if last >= 0:
        customers[last].next = slot
    else:
        lines[line].first = slot
    lines[line].last = slot
    lines[line].length += 1


@routine
def insert_by_place(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer into a line where some have places: behind everybody whose place is not higher."""
    out_of_line()
    customers = tables.customers(w)
    indices = tables.indices(w)
    lines = tables.lines(w)
    listed = tables.listed(w)
    origins = tables.origins(w)
    places = tables.places(w)
    source = tables.sources(w)[origins[slot]]
    place = listed[source.first + indices[slot]].place if source.kind == SOURCE_TABLE else np.int64(-1)
    if place < 0:
        place = np.int64(NO_PLACE)
    places[slot] = place
    before = lines[line].last
    behind = NOBODY
    while before >= 0 and places[before] > place:
        behind = before
        before = customers[before].previous
    customers[slot].previous = before
    customers[slot].next = behind
    if before >= 0:
        customers[before].next = slot
    else:
        lines[line].first = slot
    if behind >= 0:
        customers[behind].previous = slot
    else:
        lines[line].last = slot
    lines[line].length += 1


@routine
def prepend_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put an interrupted customer at the head of a line, where he stays."""
    out_of_line()
    if w.has_places:
        tables.places(w)[slot] = FIRST_PLACE
    customers = tables.customers(w)
    lines = tables.lines(w)
    first = lines[line].first
    customers[slot].next = first
    customers[slot].previous = NOBODY
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
    servers[server].idle_next = NOBODY
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
