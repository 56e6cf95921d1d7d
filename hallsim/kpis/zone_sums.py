"""The part of the reducer about zones: who took a place from when to when, swept over the day (semantics 50).

In: the rows and notes of one replication. Out: `base.ZONE_STATS` for each zone, at `at_zones` of the sums. A place is
taken from the end of the time outside (a note) to the call, where a zone is only waited in, else to the end of the
step. Compiled only for halls with zones.
"""

from __future__ import annotations

import numpy as np

from hallsim import compiled as c
from hallsim.engines.events import heap_pop, heap_push
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.jit import inline, out_of_line, routine
from hallsim.kpis import tally
from hallsim.kpis.base import N_ZONE, ZONE_STATS

_tally_at = record_at(tally.TALLY)
_ROW, _NOTE = c.ROW_FIELDS, c.NOTE_FIELDS
_CUSTOMER, _WHAT, _JOIN, _CALL, _END = c.ROW_CUSTOMER, c.ROW_WHAT, c.ROW_JOIN, c.ROW_CALL, c.ROW_END
_NOTE_CUSTOMER, _NOTE_STEP, _NOTE_WHAT, _NOTE_VALUE = c.NOTE_CUSTOMER, c.NOTE_STEP, c.NOTE_WHAT, c.NOTE_VALUE
_OUTSIDE, _FIRST_CALL, _NO_LINE = c.NOTE_OUTSIDE, c.NOTE_FIRST_CALL, c.NO_LINE
_HELD, _FULL, _MOST, _MOSTLY, _N_OUTSIDE, _TIME_OUTSIDE = range(N_ZONE)
assert ZONE_STATS == ("held", "full", "most", "mostly", "outside", "time_outside")
_MOSTLY_OF_100 = 95


@routine
def _index_notes(w, n_rows, n_notes):  # type: ignore[no-untyped-def]
    """Chain the notes of each customer, those of his first step first."""
    out_of_line()
    notes = tally.notes(w)
    for i in range(n_rows):
        tally.first_note(w)[i] = -1
    for i in range(n_notes - 1, -1, -1):
        customer = notes[i * _NOTE + _NOTE_CUSTOMER]
        tally.next_note(w)[i] = tally.first_note(w)[customer]
        tally.first_note(w)[customer] = i


@routine
def _take_note(w, customer, step, what):  # type: ignore[no-untyped-def]
    """Return what a note says of a customer's step, -1 if there is none."""
    out_of_line()
    notes = tally.notes(w)
    i = tally.first_note(w)[customer]
    found = np.int64(-1)
    while i >= 0 and notes[i * _NOTE + _NOTE_STEP] <= step:
        if notes[i * _NOTE + _NOTE_STEP] < step:
            tally.first_note(w)[customer] = tally.next_note(w)[i]  # of a step that is over
        elif notes[i * _NOTE + _NOTE_WHAT] == what:
            found = notes[i * _NOTE + _NOTE_VALUE]
        i = tally.next_note(w)[i]
    return found


@routine
def _gather(w, n_rows):  # type: ignore[no-untyped-def]
    """Put every beginning and end of a stay in a zone into the heap; return how many there are."""
    out_of_line()
    rows = tally.rows(w)
    changes = tally.changes(w)
    n = np.int64(0)
    for at in range(0, n_rows * _ROW, _ROW):
        line = rows[at + _WHAT] & 0xFFFF
        zone = tally.line_zone(w)[line] if line != _NO_LINE else np.int64(-1)
        if zone < 0:
            continue
        customer, step = rows[at + _CUSTOMER], (rows[at + _WHAT] >> 16) & 0xFFFF
        begin, end = rows[at + _JOIN], rows[at + _END]
        outside = _take_note(w, customer, step, np.int64(_OUTSIDE))
        if outside >= 0:
            begin += outside
            if w.start <= begin - outside < w.close:
                out = w.at_zones + zone * N_ZONE
                tally.out(w)[out + _N_OUTSIDE] += 1
                tally.out(w)[out + _TIME_OUTSIDE] += outside
        if tally.line_waited_in(w)[line] and rows[at + _CALL] >= 0:
            first = _take_note(w, customer, step, np.int64(_FIRST_CALL))
            end = first if first >= 0 else rows[at + _CALL]
        begin, end = max(begin, w.start), min(end, w.close)
        if begin < end:
            heap_push(changes, n, begin, zone * 2 + 1)
            heap_push(changes, n + 1, end, zone * 2)
            n += 2
    return n


@routine
def _count(w, begin, end):  # type: ignore[no-untyped-def]
    """Add a stretch in which nothing changes to the time that each zone holds so many people."""
    out_of_line()
    zones = tally.zones(w)
    for zone in range(w.n_zones):
        zones[zone].inside = min(zones[zone].there, zones[zone].places)
    for zone in range(w.n_zones):
        if zones[zone].overflow >= 0:
            zones[zones[zone].overflow].inside += max(0, zones[zone].there - zones[zone].places)
    for zone in range(w.n_zones):
        inside = min(zones[zone].inside, zones[zone].places)
        tally.time_at(w)[zones[zone].first + inside] += end - begin


@inline
def _add_zones(w, n_rows, n_notes):  # type: ignore[no-untyped-def]
    """Sweep over the day, and sum up how many people were in each zone."""
    out = tally.out(w)
    changes = tally.changes(w)
    zones = tally.zones(w)
    _index_notes(w, n_rows, n_notes)
    n = _gather(w, n_rows)
    for zone in range(w.n_zones):
        zones[zone].there = 0
        for number in range(zones[zone].places + 1):
            tally.time_at(w)[zones[zone].first + number] = 0
    since = w.start
    while n > 0:
        t = changes[0].time
        if t > since:
            _count(w, since, t)
            since = t
        zones[changes[0].entity >> 1].there += 2 * (changes[0].entity & 1) - 1
        heap_pop(changes, n)
        n -= 1
    _count(w, since, w.close)
    for zone in range(w.n_zones):
        at = w.at_zones + zone * N_ZONE
        so_far = np.int64(0)
        mostly = np.int64(-1)
        for number in range(zones[zone].places + 1):
            time = tally.time_at(w)[zones[zone].first + number]
            so_far += time
            out[at + _HELD] += number * time
            if time > 0:
                out[at + _MOST] = number
            if mostly < 0 and so_far * 100 >= _MOSTLY_OF_100 * (w.close - w.start):
                mostly = np.int64(number)
        out[at + _MOSTLY] = mostly
        out[at + _FULL] = tally.time_at(w)[zones[zone].first + zones[zone].places]
    return np.int64(0)


@entry("add_zones", "int64(int64, int64, int64)")
def _add_zones_entry(address, n_rows, n_notes):  # type: ignore[no-untyped-def]
    return _add_zones(_tally_at(address), n_rows, n_notes)


add_zones = caller("add_zones", _add_zones, tally.TALLY, INT, INT, INT)
