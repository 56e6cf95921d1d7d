"""Clocks of machines: when they break down, when they are repaired, what the calendar takes down (semantics 31).

One heap holds what is to come: (time, entity), the entity being the kind of event and the server or station, in the
order of rule 2. A server's next breakdown stands in `fail_at`; an entry of the heap that says otherwise is void.
Imported by `serving`, since a service wears a machine; what breakdowns do to customers is in `breakdowns`.
"""

from __future__ import annotations

import numpy as np

from hallsim import draws
from hallsim.compiled import FAIL_BUSY, FAIL_UP, FAIL_USES, NEVER
from hallsim.draws import customer_key, stream_key
from hallsim.engines import tables
from hallsim.engines.events import heap_push
from hallsim.engines.records import BAD_DURATION, BREAKS_DOWN, MACHINES_FULL, READY, REPAIRED, TICK
from hallsim.engines.times import draw, to_ticks
from hallsim.jit import inline, out_of_line, routine

_FAIL, _REPAIR, _SET_UP = draws.PURPOSE_FAIL, draws.PURPOSE_REPAIR, draws.PURPOSE_SET_UP


@routine
def start_machines(w, seed, replication):  # type: ignore[no-untyped-def]
    """Forget the day before, draw the machines' keys and put the calendar's outages into the heap."""
    out_of_line()
    heap = tables.machine_heap(w)
    machines = tables.machines(w)
    outages = tables.outages(w)
    stations = tables.stations(w)
    for server in range(w.n_servers):
        machine = machines[server]
        machine.key = customer_key(stream_key(np.uint64(seed), np.uint64(replication), machine.name), np.uint64(0))
        machine.causes = 0
        machine.fail_at = NEVER
        machine.left = -1
        machine.failures = 0
        machine.next = -1
    for st in range(w.n_stations):
        stations[st].repairing = 0
        stations[st].first_broken = -1
        stations[st].last_broken = -1
    for i in range(w.n_outages):
        heap_push(heap, i, outages[i].time, outages[i].entity)
    w.n_machines = w.n_outages
    for st in range(w.n_stations):
        if tables.staffing(w)[st].review > 0:
            next_review(w, st, tables.stations(w)[st].opens)


@routine
def next_review(w, st, since):  # type: ignore[no-untyped-def]
    """Schedule the next look at a station.

    It comes after everything else at its time (semantics 2): kept as one microsecond later, with a negative entity, it
    comes before everything at that time, with which no other event lies between.
    """
    out_of_line()
    t = since + tables.staffing(w)[st].review
    if t < tables.stations(w)[st].closes:
        push_machine(w, t + 1, TICK * (w.n_servers + w.n_stations) + st)


@routine
def review_is_next(w):  # type: ignore[no-untyped-def]
    """Return whether the next rare event is a look at a station."""
    out_of_line()
    heap = tables.machine_heap(w)
    return w.n_machines > 0 and heap[0].entity < 0 and heap[0].time == w.t_rare


@routine
def push_machine(w, t, entity):  # type: ignore[no-untyped-def]
    """Schedule an event of a machine; the day's loop looks at it with the calendar."""
    out_of_line()
    heap = tables.machine_heap(w)
    n = w.n_machines
    if n == w.machine_room:
        w.status = MACHINES_FULL
        return
    heap_push(heap, n, t, entity)
    w.n_machines = n + 1
    w.t_rare = min(w.t_rare, t)


@routine
def machine_ticks(w, law, server, purpose):  # type: ignore[no-untyped-def]
    """Draw a time of a machine that belongs to its present failure, in ticks."""
    out_of_line()
    machine = tables.machines(w)[server]
    ticks = to_ticks(draw(w, law, machine.key, purpose, np.uint64(machine.failures)), w.resolution)
    if ticks < 0:
        w.status = BAD_DURATION
    return ticks


@routine
def life_left(w, server, st):  # type: ignore[no-untyped-def]
    """Return the time or the uses that a machine has left, drawing it anew after a repair; at least one tick."""
    out_of_line()
    machine = tables.machines(w)[server]
    stations = tables.stations(w)
    if machine.left < 0:
        if stations[st].fails_by == FAIL_USES:
            machine.left = stations[st].uses
        else:
            machine.left = max(machine_ticks(w, stations[st].fail_law, server, _FAIL), w.resolution)
    return machine.left


@routine
def start_clock(w, server, st, t):  # type: ignore[no-untyped-def]
    """Let the clock run of a machine that is on duty and up."""
    out_of_line()
    machine = tables.machines(w)[server]
    if tables.stations(w)[st].fails_by == FAIL_UP and machine.causes == 0:
        machine.fail_at = t + life_left(w, server, st)
        push_machine(w, machine.fail_at, BREAKS_DOWN * (w.n_servers + w.n_stations) + server)


@routine
def stop_clock(w, server, st, t):  # type: ignore[no-untyped-def]
    """Stop the clock of a machine that goes off duty or is taken down."""
    out_of_line()
    machine = tables.machines(w)[server]
    if tables.stations(w)[st].fails_by == FAIL_UP and machine.fail_at != NEVER:
        machine.left = machine.fail_at - t
        machine.fail_at = NEVER


@routine
def wear(w, server, st, t, end):  # type: ignore[no-untyped-def]
    """Schedule the breakdown of a machine that wears while it serves, if it comes before the service ends."""
    out_of_line()
    machine = tables.machines(w)[server]
    machine.began = t
    if tables.stations(w)[st].fails_by == FAIL_BUSY and t + life_left(w, server, st) <= end:
        machine.fail_at = t + machine.left
        push_machine(w, machine.fail_at, BREAKS_DOWN * (w.n_servers + w.n_stations) + server)


@inline
def worn(w, server, st, t):  # type: ignore[no-untyped-def]
    """Count a service that is over; return whether the machine has no use left."""
    how = tables.stations(w)[st].fails_by
    return (how == FAIL_BUSY or how == FAIL_USES) and _worn(w, server, st, t)


@routine
def _worn(w, server, st, t):  # type: ignore[no-untyped-def]
    """Count a service of a machine that wears; return whether it has no use left."""
    out_of_line()
    machine = tables.machines(w)[server]
    how = tables.stations(w)[st].fails_by
    if how == FAIL_BUSY:
        machine.left = life_left(w, server, st) - (t - machine.began)
        machine.fail_at = NEVER
    elif how == FAIL_USES:
        machine.left = life_left(w, server, st) - 1
        return machine.left == 0
    return False


@routine
def repair(w, server, st, t):  # type: ignore[no-untyped-def]
    """Begin a repair."""
    out_of_line()
    stations = tables.stations(w)
    stations[st].repairing += 1
    ticks = machine_ticks(w, stations[st].repair_law, server, _REPAIR)
    tables.machines(w)[server].failures += 1
    push_machine(w, t + max(ticks, 0), REPAIRED * (w.n_servers + w.n_stations) + server)


@routine
def call_crew(w, server, st, t):  # type: ignore[no-untyped-def]
    """Ask for a repair: at once, or behind those that broke down before where the crew has no hand free."""
    out_of_line()
    machines = tables.machines(w)
    stations = tables.stations(w)
    if stations[st].crew == 0 or stations[st].repairing < stations[st].crew:
        repair(w, server, st, t)
        return
    machines[server].next = -1
    if stations[st].first_broken < 0:
        stations[st].first_broken = server
    else:
        machines[stations[st].last_broken].next = server
    stations[st].last_broken = server


@routine
def release_crew(w, st, t):  # type: ignore[no-untyped-def]
    """Let the crew turn to the machine that has waited longest."""
    out_of_line()
    stations = tables.stations(w)
    stations[st].repairing -= 1
    server = stations[st].first_broken
    if server >= 0:
        stations[st].first_broken = tables.machines(w)[server].next
        repair(w, server, st, t)


@routine
def set_up(w, server, st, t):  # type: ignore[no-untyped-def]
    """Begin to set an extra counter up."""
    out_of_line()
    ticks = machine_ticks(w, tables.stations(w)[st].set_up_law, server, _SET_UP)
    tables.machines(w)[server].failures += 1
    push_machine(w, t + max(ticks, 0), READY * (w.n_servers + w.n_stations) + server)
