"""The part of the reducer about outages: until when somebody stands in line who waits too long (semantics 31).

In: the rows of one replication, the ends of outages and the lines that each concerns. Out: for each outage and
threshold how long the recovery takes, in microseconds, and 1 if it is not over when the doors close, at
`at_recoveries` of the sums. Compiled only for halls with outages.
"""

from __future__ import annotations

import numpy as np

from hallsim import compiled as c
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.jit import inline, out_of_line, routine
from hallsim.kpis import tally

_tally_at = record_at(tally.TALLY)
_ROW, _WHAT, _JOIN, _CALL, _END, _NO_LINE = c.ROW_FIELDS, c.ROW_WHAT, c.ROW_JOIN, c.ROW_CALL, c.ROW_END, c.NO_LINE


@routine
def _recovered(w, n_rows, outage, threshold):  # type: ignore[no-untyped-def]
    """Return the first moment, not before the end of an outage, when nobody is in its lines who waits too long there.

    Each pass goes on from the moment when the last one found is gone; rows nearly in the order of time take few.
    """
    out_of_line()
    rows = tally.rows(w)
    concerned = tally.outage_lines(w)
    t = tally.outage_end(w)[outage]
    before = np.int64(-1)
    while before < t:
        before = t
        for at in range(0, n_rows * _ROW, _ROW):
            line = rows[at + _WHAT] & 0xFFFF
            if line == _NO_LINE or rows[at + _JOIN] > t or not concerned[outage * w.n_lines + line]:
                continue
            left = rows[at + _CALL] if rows[at + _CALL] >= 0 else rows[at + _END]
            if left > t and left - rows[at + _JOIN] > threshold:
                t = left
    return t


@inline
def _add_recoveries(w, n_rows):  # type: ignore[no-untyped-def]
    """Add up the recoveries from every outage, for every threshold."""
    out = tally.out(w)
    n = w.n_thresholds
    for outage in range(w.n_outages):
        at = w.at_recoveries + outage * 2 * n
        for i in range(n):
            recovered = _recovered(w, n_rows, outage, tally.thresholds(w)[i])
            out[at + i] = recovered - tally.outage_end(w)[outage]
            out[at + n + i] = np.int64(recovered >= w.close)
    return np.int64(0)


@entry("add_recoveries", "int64(int64, int64)")
def _add_recoveries_entry(address, n_rows):  # type: ignore[no-untyped-def]
    return _add_recoveries(_tally_at(address), n_rows)


add_recoveries = caller("add_recoveries", _add_recoveries, tally.TALLY, INT, INT)
