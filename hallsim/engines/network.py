"""Which hall of a network a customer goes to, by travel, published waits and what he likes (semantics 52)."""

from __future__ import annotations

import numpy as np

from hallsim.draws import own_log, uniform
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.quotes import station_wait
from hallsim.engines.records import DAY, NOTHING
from hallsim.jit import inline

_day_at = record_at(DAY)


@inline
def _renew_waits(w):  # type: ignore[no-untyped-def]
    """Publish the wait of every hall as it is now."""
    branches = tables.branches(w)
    for i in range(w.n_branches):
        branches[i].wait = station_wait(w, branches[i].published)
    return NOTHING


@entry("renew_waits", "int64(int64)")
def _renew_waits_entry(address):  # type: ignore[no-untyped-def]
    return _renew_waits(_day_at(address))


renew_waits = caller("renew_waits", _renew_waits, DAY, INT)


@inline
def _choose_way(w, slot, first, count):  # type: ignore[no-untyped-def]
    """Return, of some rows of the routing table that lead to ways, that of the hall which a customer likes best."""
    branches = tables.branches(w)
    ways = tables.ways(w)
    best = first
    least = np.inf
    for row in range(first, first + count):
        way = ways[tables.routes(w)[row].to]
        cost = way.travel
        if way.wait > 0.0:
            wait = branches[way.branch].wait
            if w.renewed == 0:
                wait = station_wait(w, branches[way.branch].published)
            cost += way.wait * wait
        if way.liking > 0.0:
            cost += way.liking * own_log(-own_log(uniform(tables.keys(w)[slot], way.key, np.uint64(0))))
        if cost < least:
            least = cost
            best = row
    return best


@entry("choose_way", "int64(int64, int64, int64, int64)")
def _choose_way_entry(address, slot, first, count):  # type: ignore[no-untyped-def]
    return _choose_way(_day_at(address), slot, first, count)


choose_way = caller("choose_way", _choose_way, DAY, INT, INT, INT, INT)
