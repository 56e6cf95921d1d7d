"""The part of the reducer about the halls of a network: whose visits end where, and who is sent away for good.

In: the rows of one replication. Out: for each hall and customer type the stats of visits and the ways out, at
`at_branches` of the sums. A visit is of the hall where it ends, a transaction that another one follows of the hall
where it was done. Who sets out for another hall or channel at a hall's word is `sent` by it, and has `stayed_away`
unless he comes back into it the same day; that goes by times, not by visits. Compiled only for networks.
"""

from __future__ import annotations

import numpy as np

from hallsim import compiled as c
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.jit import inline, out_of_line, routine
from hallsim.kpis import base, tally

_tally_at = record_at(tally.TALLY)
_ROW, _WHAT, _WHO, _CUSTOMER, _ARRIVE = c.ROW_FIELDS, c.ROW_WHAT, c.ROW_WHO, c.ROW_CUSTOMER, c.ROW_ARRIVE
_NO_LINE, _BALKED, _BLOCKED = c.NO_LINE, c.STEP_BALKED, c.STEP_BLOCKED
_ELSEWHERE, _DIVERTED = c.VISIT_ELSEWHERE, c.VISIT_DIVERTED
_N_VISIT, _VISITS, _FOLLOWED, _SENT, _STAYED_AWAY = (
    base.N_VISIT,
    base.VISITS,
    base.FOLLOWED,
    base.SENT,
    base.STAYED_AWAY,
)
_FOLLOWED_SHIFT = base.FOLLOWED_SHIFT


@routine
def _send(w, customer, kind, branch):  # type: ignore[no-untyped-def]
    """Count a customer whom a hall sends away, unless he is away from it already."""
    out_of_line()
    gone = tally.gone(w)
    if not gone[customer * w.n_branches + branch]:
        gone[customer * w.n_branches + branch] = 1
        at = w.at_branches + (branch * w.n_types + kind) * (_N_VISIT + w.n_exits)
        tally.out(w)[at + _SENT] += 1
        tally.out(w)[at + _STAYED_AWAY] += 1


@inline
def _add_branches(w, n_rows):  # type: ignore[no-untyped-def]
    """Add all rows of the event buffer to the halls of which they are."""
    rows = tally.rows(w)
    out = tally.out(w)
    gone = tally.gone(w)
    for i in range(n_rows * w.n_branches):
        gone[i] = 0
    for at in range(0, n_rows * _ROW, _ROW):
        what = rows[at + _WHAT]
        line = what & 0xFFFF
        if line == _NO_LINE or rows[at + _ARRIVE] < w.start or rows[at + _ARRIVE] > w.close:
            continue
        kind, customer = (rows[at + _WHO] >> 24) & 0xFFFF, rows[at + _CUSTOMER]
        branch, sends = tally.line_branch(w)[line], tally.line_sends(w)[line]
        cell = w.at_branches + (branch * w.n_types + kind) * (_N_VISIT + w.n_exits)
        outcome = (what >> 32) & 0xFF
        turned_away = outcome == _BALKED or outcome == _BLOCKED
        if sends >= 0:
            _send(w, customer, kind, sends)
        elif gone[customer * w.n_branches + branch] and not (turned_away or tally.line_outside(w)[line]):
            gone[customer * w.n_branches + branch] = 0
            out[cell + _STAYED_AWAY] -= 1
        if what >> _FOLLOWED_SHIFT:
            out[cell + _FOLLOWED] += 1
        visit = (what >> 40) & 0xFF
        if visit != 0:
            out[cell + _VISITS] += np.int64(visit != _ELSEWHERE)
            out[cell + visit] += 1
            way_out = (what >> 48) & 0xFF
            if way_out > 0:
                out[cell + _N_VISIT + way_out - 1] += 1
            if visit == _DIVERTED:
                _send(w, customer, kind, branch)
    return np.int64(0)


@entry("add_branches", "int64(int64, int64)")
def _add_branches_entry(address, n_rows):  # type: ignore[no-untyped-def]
    return _add_branches(_tally_at(address), n_rows)


add_branches = caller("add_branches", _add_branches, tally.TALLY, INT, INT)
