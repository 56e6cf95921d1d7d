"""Where customers go in the readable engine: routing tables, cases and conditions, delays (semantics 3, 14, 21)."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from hallsim import draws
from hallsim.compiled import (
    KIND_DELAY_END,
    STATE_ARE_DOWN,
    STATE_IDLE,
    STATE_LONGEST_WAIT,
    STATE_ON_DUTY,
    STATE_PEOPLE,
    STATE_QUOTED,
    STATE_TIME,
    STATE_UP,
    STATE_WAITING,
    VISIT_TURNED_AWAY,
)
from hallsim.engines.reference_draws import Customer, to_ticks
from hallsim.engines.reference_network import choose_way
from hallsim.engines.reference_quotes import estimated_wait

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Station

DOOR = -1


def next_route(hall: Hall, customer: Customer, station: int) -> int:
    """Draw the row of the routing table that a customer takes from a station or the door."""
    c = hall.c
    at = (station + 1) * c.n_types + customer.type
    first, count, case = int(c.route_first[at]), int(c.route_count[at]), case_now(hall, customer, station)
    if case is not None:
        of_type = case * c.n_types + customer.type
        first, count = int(c.case_route_first[of_type]), int(c.case_route_count[of_type])
    rows = range(first, first + count)
    if case is not None and c.case_chosen[case]:
        return hall.policies.route(customer, station, choose_way(hall, customer, rows), rows)
    if count == 1:
        return hall.policies.route(customer, station, first, rows)
    k = customer.stays[station] - 1 if station != DOOR else 0
    purpose = c.station_route_key[station] if station != DOOR else draws.PURPOSE_ENTRY
    u = hall.uniform(customer, purpose, k)
    row = first + bisect.bisect_right(c.route_cum[first : first + count].tolist(), u)
    return hall.policies.route(customer, station, row, rows)


def keep_place(hall: Hall, customer: Customer, station: int, row: int) -> None:
    """Note that a customer's ticket keeps its order of joining in his next step, or over a delay (semantics 43)."""
    sequence, step = customer.transfer
    kept = step == customer.step
    if hall.c.station_delay[station]:
        if kept:
            customer.transfer = sequence, step + 1
    elif hall.c.route_keeps[row]:
        customer.transfer = sequence if kept else customer.sequence, customer.step + 1


def case_now(hall: Hall, customer: Customer, station: int) -> int | None:
    """Return the first case that holds and speaks for a customer's type, None if none does."""
    c = hall.c
    for case in range(int(c.case_firsts[station + 1]), int(c.case_firsts[station + 2])):
        if c.case_route_count[case * c.n_types + customer.type] and holds(hall, case, customer):
            return case
    return None


def holds(hall: Hall, case: int, customer: Customer | None = None) -> bool:
    """Return whether every term of a case holds now, for a customer where it asks what he would be told."""
    c, first = hall.c, int(hall.c.case_term_first[case])
    terms = range(first, first + int(c.case_term_count[case]))
    return all(c.term_low[i] <= state_of(hall, i, customer) <= c.term_high[i] for i in terms)


def probability_to_join(hall: Hall, customer: Customer, station: int, seen: int) -> float:
    """Return with which probability a customer joins, by the first condition that holds, else by the number he sees."""
    c, cases = hall.c, hall.c.join_cases
    for i in range(int(cases.number[station])):
        joining = float(c.balk_join[int(cases.first_row[station]) + i * c.n_types + customer.type])
        if joining >= 0.0 and holds(hall, int(cases.first_case[station]) + i, customer):
            return joining
    n = int(c.station_balk_count[station])
    return float(c.balk_join[int(c.station_balk_first[station]) + min(seen, n - 1)]) if n else 1.0


def state_of(hall: Hall, term: int, customer: Customer | None = None) -> int:
    """Return what a term of a condition compares, for a customer where it asks what he would be told."""
    c, what, of = hall.c, int(hall.c.term_what[term]), int(hall.c.term_station[term])
    if what == STATE_TIME:
        return hall.now
    if what == STATE_QUOTED and customer is not None:
        return estimated_wait(hall, hall.stations[of], int(c.line_of[of * c.n_types + customer.type]))
    within = range(of, of + 1) if of >= 0 else range(int(c.network.first[-1 - of]), int(c.network.beyond[-1 - of]))
    stations = [hall.stations[i] for i in within if of >= 0 or not c.station_outside[i]]
    if what == STATE_LONGEST_WAIT:
        waiting = [customer for s in stations for line in s.lines for customer in hall.lines[line]]
        waiting = [customer for customer in waiting if isinstance(customer, Customer)]
        return max((hall.now - customer.join for customer in waiting), default=0)
    value = {
        STATE_PEOPLE: lambda s: s.inside,
        STATE_WAITING: lambda s: s.waiting - s.absent,
        STATE_IDLE: lambda s: len(s.idle),
        STATE_ON_DUTY: lambda s: s.level,
        STATE_ARE_DOWN: lambda s: sum(server.state == "down" for server in s.servers),
        STATE_UP: lambda s: sum(server.state in ("idle", "busy") for server in s.servers),
    }[what]
    return sum(value(s) for s in stations)


def where_after(hall: Hall, ending: int, customer: Customer, station: int, k: int) -> int:
    """Draw where a customer goes who was not served: a station, beyond those an exit, or -1 out of the hall.

    From closing on nobody goes where he has been before: else a day might never end (semantics 7).
    """
    to = draw_after(hall, ending, customer, station, customer.type, k)
    been = 0 <= to < hall.c.n_stations and customer.stays.get(to, 0) > 0
    return -1 if been and hall.stations[to].closed else to


def draw_after(hall: Hall, ending: int, customer: Customer, station: int, kind: int, k: int) -> int:
    """Draw where a customer goes after a stay that ended in some way, if he is of this type; -1: out of the hall."""
    c = hall.c
    at = ending * c.n_stations + station
    first, count = (int(x[at * c.n_types + kind]) for x in (c.ending_first, c.ending_count))
    if count == 0:
        return -1
    u = hall.uniform(customer, c.ending_key[at], k)
    return int(c.route_to[first + bisect.bisect_right(c.route_cum[first : first + count].tolist(), u)])


def end_unserved(hall: Hall, customer: Customer, line: int, outcome: int, visit: int, to: int) -> int:
    """Record a stay that ended without a service; return the station the customer goes on to, or -1.

    Who leaves does so with the visit outcome given, or with that of the exit.
    """
    if 0 <= to < hall.c.n_stations:
        hall.record_step(customer, line, outcome)
        customer.left = -1  # interrupted work is left behind (semantics 12)
        return to
    leave_by = to - hall.c.n_stations if to >= 0 else -1
    if leave_by >= 0:
        visit = int(hall.c.exit_outcome[leave_by])
    hall.record_step(customer, line, outcome, visit, leave_by + 1)
    hall.leave_hall()
    return -1


def start_delay(hall: Hall, customer: Customer, station: Station, line: int) -> None:
    """Let a customer begin a timed step without a server."""
    c, i = hall.c, station.number
    station.inside += 1
    customer.line, customer.call = line, hall.now
    k = customer.stays.get(i, 0)
    customer.stays[i] = k + 1
    time = hall.duration(int(c.service_law[i * c.n_types + customer.type]), customer.key, c.station_service_key[i], k)
    ends = hall.now + to_ticks(time, c.resolution, hall.now)
    hall.at(ends, KIND_DELAY_END, customer.number, lambda: on_delay_end(hall, customer, station))
    if c.station_outside[i]:
        hall.leave_hall()


def on_delay_end(hall: Hall, customer: Customer, station: Station) -> None:
    """End a customer's delay, and send him on."""
    hall.leave_station(station)
    row = next_route(hall, customer, station.number)
    if not hall.zones.hold_back(customer, row, station, None):
        finish_delay(hall, customer, station, row)


def finish_delay(hall: Hall, customer: Customer, station: Station, row: int) -> None:
    """Send a customer on who has left a delay, by a row of the routing table."""
    c = hall.c
    to, outcome = int(c.route_to[row]), int(c.route_outcome[row])
    if not c.station_outside[station.number] or (to < c.n_stations and not hall.stations[to].closed):
        hall.send_on(customer, row)
        return
    # he left the hall when the delay began
    leave_by = to - c.n_stations if to >= c.n_stations else -1
    visit = int(c.exit_outcome[leave_by]) if leave_by >= 0 else VISIT_TURNED_AWAY
    hall.record_step(customer, customer.line, outcome, visit, leave_by + 1)
