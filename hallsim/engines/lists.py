"""Who stands where: lines and idle servers as doubly linked lists, and what is scheduled."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import (
    FIRST_PLACE,
    KIND_DELAY_END,
    KIND_ELIGIBLE,
    KIND_OVERLAY_END,
    KIND_PATIENCE_END,
    NEVER,
    NO_PLACE,
    SOURCE_TABLE,
)
from hallsim.engines import tables
from hallsim.engines.events import MAX_SORTED, heap_push, sorted_push
from hallsim.engines.records import (
    GOING_ON,
    HEAP_FULL,
    IN_DELAY,
    NUMBERS_FULL,
    OVER,
    SERVER_IDLE,
    WAITING,
)
from hallsim.jit import inline, out_of_line, routine

# --- lines and idle servers: rings of records --------------------------------------------------------------
#
# Each line and each idle list is a ring that starts and ends at a record of its own, behind the customers or the
# servers: nothing has to be asked on putting in or taking out, and a processor cannot guess an empty line wrongly.


@inline
def head_of_line(w, line):  # type: ignore[no-untyped-def]
    """Return the place of the record between the last and the first customer of a line."""
    return w.ring + line


@inline
def first_in_line(w, line):  # type: ignore[no-untyped-def]
    """Return the slot of the customer at the head of a line; there must be one."""
    return tables.customers(w)[head_of_line(w, line)].next


@inline
def append_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer at the tail of a line."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    head = head_of_line(w, line)
    last = customers[head].previous
    customers[slot].previous = last
    customers[slot].next = head
    customers[last].next = slot
    customers[head].previous = slot
    lines[line].length += 1


@routine
def insert_by_place(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a customer into a line where some have places: by place, then by order of joining, which he may have kept."""
    out_of_line()
    customers = tables.customers(w)
    indices = tables.indices(w)
    lines = tables.lines(w)
    listed = tables.listed(w)
    origins = tables.origins(w)
    places = tables.places(w)
    if w.has_calls and _comes_back(w, slot, line):
        return
    source = tables.sources(w)[origins[slot]]
    place = listed[source.first + indices[slot]].place if source.kind == SOURCE_TABLE else np.int64(-1)
    if place < 0:
        place = np.int64(NO_PLACE)
    places[slot] = place
    if w.has_transfers:
        transfer = tables.transfers(w)[slot]
        if transfer.number == customers[slot].number and transfer.step == customers[slot].step:
            customers[slot].sequence = transfer.sequence
    sequence = customers[slot].sequence
    head = head_of_line(w, line)
    behind = head
    before = customers[head].previous
    while before != head and (
        places[before] > place or (places[before] == place and customers[before].sequence > sequence)
    ):
        behind = before
        before = customers[before].previous
    customers[slot].previous = before
    customers[slot].next = behind
    customers[before].next = slot
    customers[behind].previous = slot
    lines[line].length += 1


@routine
def _comes_back(w, slot, line):  # type: ignore[no-untyped-def]
    """Put a skipped customer who comes back to his line where he may stand; return whether that is not the end."""
    out_of_line()
    customers = tables.customers(w)
    last = tables.skipped(w)[slot]
    st = tables.lines(w)[line].station
    back = tables.stations(w)[st].back
    again = last.number == customers[slot].number and last.station == st
    if not again or back < 0 or last.stay + 1 != tables.stays(w)[st * w.ring + slot]:
        return False
    if back == 0:
        prepend_to_line(w, slot, line)
        return True
    if tables.lines(w)[line].length < back:
        return False
    before = head_of_line(w, line)
    for _ in range(back):
        before = customers[before].next
    behind = customers[before].next
    customers[slot].previous = before
    customers[slot].next = behind
    customers[before].next = slot
    customers[behind].previous = slot
    customers[slot].sequence = customers[before].sequence
    tables.places(w)[slot] = tables.places(w)[before]
    tables.lines(w)[line].length += 1
    return True


@routine
def prepend_to_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Put an interrupted customer at the head of a line, where he stays."""
    out_of_line()
    if w.has_places:
        tables.places(w)[slot] = FIRST_PLACE
    customers = tables.customers(w)
    lines = tables.lines(w)
    head = head_of_line(w, line)
    first = customers[head].next
    customers[slot].next = first
    customers[slot].previous = head
    customers[first].previous = slot
    customers[head].next = slot
    lines[line].length += 1


@inline
def remove_from_line(w, slot, line):  # type: ignore[no-untyped-def]
    """Take a customer out of a line, wherever he stands."""
    customers = tables.customers(w)
    lines = tables.lines(w)
    before = customers[slot].previous
    behind = customers[slot].next
    customers[before].next = behind
    customers[behind].previous = before
    lines[line].length -= 1


@inline
def stop_waiting(w, slot, st, line):  # type: ignore[no-untyped-def]
    """Take a customer out of a line for good: called, gone or closed out."""
    stations = tables.stations(w)
    remove_from_line(w, slot, line)
    stations[st].waiting -= 1
    wait_no_more(w)


@inline
def wait_no_more(w):  # type: ignore[no-untyped-def]
    """Note that one customer fewer is in a line or a delay.

    When nobody is, every entry of the customers' heap is a thing of the past: forgetting them all at once
    spares taking them out one by one.
    """
    waiting = w.n_waiting - 1
    w.n_waiting = waiting
    if waiting == 0:
        w.n_heap = 0
        tables.heap(w)[0].time = NEVER


@routine
def take_number(w):  # type: ignore[no-untyped-def]
    """Return a record for a number whose holder leaves; -1, and a status, where there is none."""
    out_of_line()
    number = w.first_number
    if number < 0:
        w.status = NUMBERS_FULL
    else:
        w.first_number = tables.customers(w)[number].next
    return number


@inline
def booked_at(w, slot):  # type: ignore[no-untyped-def]
    """Return the time of a customer's appointment; NEVER: he has none."""
    source = tables.sources(w)[tables.origins(w)[slot]]
    if not source.booked:
        return np.int64(NEVER)
    return tables.listed(w)[source.first + tables.indices(w)[slot]].time


@inline
def _note_holder(w, number, slot, line, ticks):  # type: ignore[no-untyped-def]
    """Keep with a number what call rules may ask of its holder, who is gone."""
    customers = tables.customers(w)
    customers[number].left = ticks
    customers[number].line = line
    customers[number].join = customers[slot].join
    customers[number].ahead = tables.types(w)[slot]
    customers[number].call = tables.arrivals(w)[slot]
    customers[number].deadline = booked_at(w, slot)


@routine
def leave_number(w, slot, st, ticks):  # type: ignore[no-untyped-def]
    """Take a customer out of a line and leave his number there, which takes so many ticks to call."""
    out_of_line()
    customers = tables.customers(w)
    number = take_number(w)
    if number >= 0:
        before = customers[slot].previous
        behind = customers[slot].next
        customers[number].previous = before
        customers[number].next = behind
        customers[before].next = number
        customers[behind].previous = number
        customers[number].sequence = customers[slot].sequence
        _note_holder(w, number, slot, customers[slot].line, ticks)
        if w.has_places:
            tables.places(w)[number] = tables.places(w)[slot]
        tables.stations(w)[st].absent += 1
        wait_no_more(w)


@routine
def append_number(w, slot, line, st, ticks):  # type: ignore[no-untyped-def]
    """Put the number of a customer who does not stay at the end of a line."""
    out_of_line()
    customers = tables.customers(w)
    stations = tables.stations(w)
    number = take_number(w)
    if number >= 0:
        customers[number].sequence = w.sequence
        w.sequence += 1
        _note_holder(w, number, slot, line, ticks)
        if w.has_places:
            tables.places(w)[number] = NO_PLACE
        append_to_line(w, number, line)
        stations[st].waiting += 1
        stations[st].absent += 1


@routine
def drop_number(w, number, st, line):  # type: ignore[no-untyped-def]
    """Take an absent number out of a line."""
    out_of_line()
    stations = tables.stations(w)
    remove_from_line(w, number, line)
    stations[st].waiting -= 1
    stations[st].absent -= 1
    tables.customers(w)[number].next = w.first_number
    w.first_number = number


@inline
def first_idle(w, st):  # type: ignore[no-untyped-def]
    """Return the server of a station who has been idle longest; there must be one."""
    servers = tables.servers(w)
    return servers[w.n_servers + st].idle_next


@inline
def become_idle(w, server, st):  # type: ignore[no-untyped-def]
    """Put a server at the end of the station's idle list: the head has been idle longest."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    servers[server].state = SERVER_IDLE
    head = w.n_servers + st
    last = servers[head].idle_previous
    servers[server].idle_previous = last
    servers[server].idle_next = head
    servers[last].idle_next = server
    servers[head].idle_previous = server
    stations[st].idle_count += 1


@inline
def leave_idle(w, server, st):  # type: ignore[no-untyped-def]
    """Take a server out of the idle list."""
    servers = tables.servers(w)
    stations = tables.stations(w)
    before = servers[server].idle_previous
    behind = servers[server].idle_next
    servers[before].idle_next = behind
    servers[behind].idle_previous = before
    stations[st].idle_count -= 1


# --- the customers' heap: one entry per deadline (patience end, delay end), by time, rank and number ----------

RANK_SHIFT = np.int64(40)
"""An entity is a customer's number, and above it the rank of the event less that of a patience end."""
NUMBER = (np.int64(1) << RANK_SHIFT) - 1
PATIENCE = np.int64(KIND_PATIENCE_END - KIND_PATIENCE_END)
DELAY = np.int64(KIND_DELAY_END - KIND_PATIENCE_END)
OVERLAY = np.int64(KIND_OVERLAY_END - KIND_PATIENCE_END)
FIRST_DELAY = DELAY << RANK_SHIFT
"""Entities below this one are ends of overlays, those from 0 on ends of patience."""
ELIGIBLE = np.int64(KIND_ELIGIBLE - KIND_PATIENCE_END)


@inline
def is_due(w, slot, t, entity):  # type: ignore[no-untyped-def]
    """Return whether an entry of the heap still holds for the customer whose slot it was."""
    who = tables.customers(w)[slot]
    if entity < FIRST_DELAY:
        overlay = tables.overlays(w)[slot]
        return who.number == entity & NUMBER and overlay.status == GOING_ON and overlay.ends == t
    status = WAITING if entity >= 0 else IN_DELAY
    return who.number == entity & NUMBER and who.status == status and who.deadline == t


@routine
def has_just_waited(w, slot, t, entity):  # type: ignore[no-untyped-def]
    """Return whether a customer is in a line, and has waited at t as long as lets others call it (semantics 36)."""
    out_of_line()
    who = tables.customers(w)[slot]
    if who.number != entity & NUMBER or who.status != WAITING:
        return False
    limits = tables.line_limits(w)[who.line]
    found = False
    for i in range(limits.first, limits.first + limits.count):
        found = found or t - who.join == tables.limits(w)[i]
    return found


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
    sorted_ends = w.n_servers <= MAX_SORTED
    first = 1 if sorted_ends else 0
    kept = 0
    for i in range(first, first + w.n_ends):
        t, who = ends[i].time, ends[i].entity
        if who != server:
            if sorted_ends:
                ends[first + kept].time = t
                ends[first + kept].entity = who
            else:
                heap_push(ends, kept, t, who)
            kept += 1
    w.n_ends = kept


@routine
def _compact_heap(w):  # type: ignore[no-untyped-def]
    """Drop entries that no longer matter; ask for a larger heap if most still do."""
    out_of_line()
    heap = tables.heap(w)
    mask = w.ring - 1
    n = w.n_heap
    kept = 0
    for i in range(n):
        t, entity = heap[i].time, heap[i].entity
        if is_due(w, entity & mask, t, entity) or (entity > NUMBER and has_just_waited(w, entity & mask, t, entity)):
            heap_push(heap, kept, t, entity)
            kept += 1
    w.n_heap = kept
    if kept == 0:
        heap[0].time = NEVER
    if kept > n // 2:
        w.status = HEAP_FULL


@routine
def forget_overlays(w, used):  # type: ignore[no-untyped-def]
    """Clear the overlays of slots that have been used, where there are any."""
    out_of_line()
    overlays = tables.overlays(w)
    for slot in range(used if w.has_overlays else 0):
        overlays[slot].number = -1
        overlays[slot].status = OVER


@inline
def _push_entry(w, slot, t, rank):  # type: ignore[no-untyped-def]
    """Put an event of a customer into the heap."""
    if w.n_heap == w.heap_room:
        _compact_heap(w)
    n = w.n_heap
    if n < w.heap_room:
        heap_push(tables.heap(w), n, t, tables.customers(w)[slot].number + (rank << RANK_SHIFT))
        w.n_heap = n + 1


@routine
def schedule_beside(w, slot, t, rank):  # type: ignore[no-untyped-def]
    """Schedule an event of a customer that leaves his deadline as it is: the end of an overlay, or a long wait."""
    out_of_line()
    _push_entry(w, slot, t, rank)


@inline
def schedule_deadline(w, slot, t, rank):  # type: ignore[no-untyped-def]
    """Schedule the moment at which a waiting customer gives up, or a customer's delay ends."""
    tables.customers(w)[slot].deadline = t
    _push_entry(w, slot, t, rank)
