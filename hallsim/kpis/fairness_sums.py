"""The part of the reducer about fairness: who is overtaken by somebody who joined the same station later.

In: the rows of one replication. Out: the stat "overtaken" of stays. Only the first wait of a stay counts: from joining
the line to the first call, or to leaving it. Going through the stays from the last to join to the first, whoever waits
for longer than until the earliest call so far at his station is overtaken. Compiled only for halls with stations where
somebody may be called before whoever came first.
"""

from __future__ import annotations

import numpy as np

from hallsim import compiled as c
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.jit import inline, out_of_line, routine
from hallsim.kpis import base, tally
from hallsim.model import US_PER_HOUR

_tally_at = record_at(tally.TALLY)
_ROW, _CUSTOMER, _WHAT, _WHO, _ARRIVE = c.ROW_FIELDS, c.ROW_CUSTOMER, c.ROW_WHAT, c.ROW_WHO, c.ROW_ARRIVE
_JOIN, _CALL, _END, _NO_LINE, _NEVER = c.ROW_JOIN, c.ROW_CALL, c.ROW_END, c.NO_LINE, c.NEVER
_BALKED, _BLOCKED, _INTERRUPTED = c.STEP_BALKED, c.STEP_BLOCKED, c.STEP_INTERRUPTED
_WENT_ON = c.WENT_ON << 48
_OVERTAKEN, _HOUR = base.OVERTAKEN, US_PER_HOUR


@routine
def _begins(w, i):  # type: ignore[no-untyped-def]
    """Return whether a row begins a stay, of the rows in turn: it goes on with none that was interrupted."""
    out_of_line()
    rows = tally.rows(w)
    before = tally.carried(w)
    customer, what = rows[i * _ROW + _CUSTOMER], rows[i * _ROW + _WHAT]
    goes_on = before[customer] != 0
    before[customer] = np.int64((what >> 32) & 0xFF == _INTERRUPTED or what & _WENT_ON != 0)
    return not goes_on


@routine
def _gather(w, n_rows):  # type: ignore[no-untyped-def]
    """List the beginnings of stays in the order of joining, and take all marks off the rows; return how many.

    Steps end nearly in the order in which they began, so that few of them have to be moved.
    """
    out_of_line()
    rows = tally.rows(w)
    stays = tally.changes(w)
    marks = tally.bins(w)
    overtaking = tally.line_overtaking(w)
    n = np.int64(0)
    for i in range(n_rows):
        what = rows[i * _ROW + _WHAT]
        line = what & 0xFFFF
        marks[i] = 0
        if line == _NO_LINE or (w.carried_n > 0 and not _begins(w, i)) or not overtaking[line]:
            continue
        outcome = (what >> 32) & 0xFF
        if outcome != _BALKED and outcome != _BLOCKED:
            join = rows[i * _ROW + _JOIN]
            k = n
            while k > 0 and stays[k - 1].time > join:
                stays[k].time = stays[k - 1].time
                stays[k].entity = stays[k - 1].entity
                k -= 1
            stays[k].time = join
            stays[k].entity = i
            n += 1
    return n


@routine
def _mark(w, n):  # type: ignore[no-untyped-def]
    """Mark the rows of those who are overtaken, of n stays in the order of joining."""
    out_of_line()
    rows = tally.rows(w)
    stays = tally.changes(w)
    first = tally.first_call(w)
    for station in range(w.n_stations):
        first[3 * station] = _NEVER  # the instant of joining looked at now
        first[3 * station + 1] = _NEVER  # earliest call of those who joined then
        first[3 * station + 2] = _NEVER  # and of those who joined later
    for k in range(n - 1, -1, -1):
        at = stays[k].entity * _ROW
        join, call = stays[k].time, rows[at + _CALL]
        of = 3 * tally.line_station(w)[rows[at + _WHAT] & 0xFFFF]
        if join < first[of]:
            first[of] = join
            first[of + 2] = min(first[of + 1], first[of + 2])
            first[of + 1] = _NEVER
        if first[of + 2] < (call if call >= 0 else rows[at + _END]):
            tally.bins(w)[stays[k].entity] = 1
        if call >= 0:
            first[of + 1] = min(first[of + 1], call)


@routine
def _count(w, at):  # type: ignore[no-untyped-def]
    """Count a stay that ends with the row at `at` and was overtaken."""
    out_of_line()
    rows = tally.rows(w)
    arrive, kind = rows[at + _ARRIVE], (rows[at + _WHO] >> 24) & 0xFFFF
    if arrive < w.start or arrive > w.close:
        return
    pair = tally.pair_of(w)[(rows[at + _WHAT] & 0xFFFF) * w.n_types + kind]
    hour = np.int64(0) if w.one_hour else (min(arrive, w.close - 1) - w.zero) // _HOUR
    tally.out(w)[(pair * w.n_hours + hour) * w.cell + _OVERTAKEN] += 1


@routine
def _forget(w, n_rows):  # type: ignore[no-untyped-def]
    """Forget what was carried from row to row of a customer."""
    out_of_line()
    carried = tally.carried(w)
    for i in range(min(w.carried_n, n_rows)):
        carried[i] = 0


@inline
def _add_overtaken(w, n_rows):  # type: ignore[no-untyped-def]
    """Count the stays that were overtaken, each where and as what it ends."""
    rows = tally.rows(w)
    marks = tally.bins(w)
    _forget(w, n_rows)
    _mark(w, _gather(w, n_rows))
    _forget(w, n_rows)
    carried = tally.carried(w)
    for i in range(n_rows):
        if w.carried_n > 0 and rows[i * _ROW + _WHAT] & 0xFFFF != _NO_LINE:
            customer = rows[i * _ROW + _CUSTOMER]
            marks[i] = max(marks[i], carried[customer])
            goes_on = (rows[i * _ROW + _WHAT] >> 32) & 0xFF == _INTERRUPTED
            carried[customer] = marks[i] if goes_on else 0
            if goes_on:
                continue
        if marks[i]:
            _count(w, i * _ROW)
    return np.int64(0)


@entry("add_overtaken", "int64(int64, int64)")
def _add_overtaken_entry(address, n_rows):  # type: ignore[no-untyped-def]
    return _add_overtaken(_tally_at(address), n_rows)


add_overtaken = caller("add_overtaken", _add_overtaken, tally.TALLY, INT, INT)
