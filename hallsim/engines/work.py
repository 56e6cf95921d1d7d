"""What a server does around a service: walking, work left over, and how quick he is (semantics 38, 39).

Imported by `serving`, where a service begins; what happens at its end is in `staff`.
"""

from __future__ import annotations

import numpy as np

from hallsim.compiled import LONGEST_WALK, WALK_SHIFT
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.records import BAD_DURATION, DAY, NOTHING
from hallsim.engines.times import draw, to_ticks
from hallsim.jit import inline, out_of_line, routine

_day_at = record_at(DAY)


@routine
def customer_ticks(w, law, slot, purpose, k):  # type: ignore[no-untyped-def]
    """Draw the k-th time of a purpose that belongs to a customer, in ticks; 0 where there is no law."""
    out_of_line()
    if law < 0:
        return NOTHING
    ticks = to_ticks(draw(w, law, tables.keys(w)[slot], purpose, k), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
        ticks = NOTHING
    return ticks


@routine
def factor_of(w, server, kind, t):  # type: ignore[no-untyped-def]
    """Return by how much longer a server's service takes now than the law says."""
    out_of_line()
    person = tables.people(w)[server]
    factor = person.factor * tables.type_factors(w)[server * w.n_types + kind]
    if person.done < person.n_curve:
        factor *= tables.curves(w)[person.curve + person.done]
    tired = 1.0 + person.fatigue * (t - max(tables.servers(w)[server].since, person.rested))
    return factor * min(tired, person.most_tired)


@inline
def _begin_work(w, slot, server, t):  # type: ignore[no-untyped-def]
    """Note that a server has called a customer, set his factor; return the time until the service starts."""
    customers = tables.customers(w)
    person = tables.people(w)[server]
    servers = tables.servers(w)
    st = servers[server].station
    staffing = tables.staffing(w)[st]
    kind = tables.types(w)[slot]
    around = tables.around(w)[st * w.n_types + kind]
    k = np.uint64(tables.stays(w)[st * w.ring + slot] - 1) if w.repeats else np.uint64(0)
    person.serving = 1
    person.wrap_up = customer_ticks(w, around.wrap_up_law, slot, staffing.wrap_up_key, k)
    walk = customer_ticks(w, around.walk_law, slot, staffing.walk_key, k)
    if walk >= LONGEST_WALK:
        w.status = BAD_DURATION
        walk = NOTHING
    customers[slot].ahead |= walk << WALK_SHIFT
    servers[server].factor = factor_of(w, server, kind, t)
    return walk


@entry("begin_work", "int64(int64, int64, int64, int64)")
def _begin_work_entry(address, slot, server, t):  # type: ignore[no-untyped-def]
    return _begin_work(_day_at(address), slot, server, t)


begin_work = caller("begin_work", _begin_work, DAY, INT, INT, INT, INT)
