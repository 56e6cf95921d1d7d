"""Transactions that follow one another in a visit, in the readable engine (semantics 47).

The twin of `follow_ons.py`, with the same names.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from hallsim import draws
from hallsim.compiled import ENDING_FOLLOW_ON, FOLLOWED, STEP_SERVED, VISIT_SERVED, WENT_ON
from hallsim.engines.reference_draws import Customer
from hallsim.engines.reference_routes import draw_after

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server


def follow_on(hall: Hall, customer: Customer, row: int, server: Server | None = None) -> bool:
    """Let a customer leave by a row of the routing table, or have another transaction, with `server` if he may.

    Return whether the server goes on with him.
    """
    c, line = hall.c, customer.line
    st, outcome = int(c.line_station[line]), int(c.route_outcome[row])
    kind = next_type(hall, customer, row)
    if kind < 0:
        leave_by = int(c.route_to[row]) - c.n_stations
        hall.record_step(customer, line, outcome, int(c.exit_outcome[leave_by]), leave_by + 1)
        hall.leave_hall()
        return False
    customer.followed += 1
    customer.transfer = -1, -1  # a new ticket
    if server is not None and may_go_on(hall, server, st, kind):
        hall.record_step(customer, line, outcome, leave_by=FOLLOWED | WENT_ON)
        customer.type = kind
        go_on_with(hall, customer, server)
        return True
    to = draw_after(hall, ENDING_FOLLOW_ON, customer, st, kind, customer.stays[st] - 1)
    if to < c.n_stations:
        hall.record_step(customer, line, outcome, leave_by=FOLLOWED)
        customer.type = kind
        hall.join_station(customer, to)
    else:
        leave_by = to - c.n_stations
        hall.record_step(customer, line, outcome, int(c.exit_outcome[leave_by]), FOLLOWED + leave_by + 1)
        hall.leave_hall()
    return False


def next_type(hall: Hall, customer: Customer, row: int) -> int:
    """Draw what a customer is for his next transaction, -1 if a row of the routing table ends his visit or all do."""
    c = hall.c
    table, leave_by = c.follow_ons, int(c.route_to[row]) - c.n_stations
    first, beyond = table.first[customer.type : customer.type + 2].tolist()
    if first == beyond or c.route_outcome[row] != STEP_SERVED or c.exit_outcome[leave_by] != VISIT_SERVED:
        return -1
    u = hall.uniform(customer, draws.PURPOSE_FOLLOW_ON, customer.followed)
    i = first + bisect.bisect_right(table.cum[first:beyond].tolist(), u)
    return int(table.type[i]) if i < beyond else -1


def may_go_on(hall: Hall, server: Server, st: int, kind: int) -> bool:
    """Return whether a server goes on with a customer who is of this type by now."""
    c = hall.c
    helps = server.station != c.server_station[server.number]
    line = int(c.line_of[st * c.n_types + kind])
    return bool(c.follow_ons.goes_on[st]) and (helps or hall.may_call(server, line))


def go_on_with(hall: Hall, customer: Customer, server: Server) -> None:
    """Begin a new stay of a customer with the server who has just served him."""
    c, station = hall.c, hall.stations[server.station]
    station.inside += 1
    customer.line = int(c.line_of[station.number * c.n_types + customer.type])
    customer.join, customer.ahead, customer.prepared = hall.now, 0, 0
    customer.sequence = hall.sequence
    hall.sequence += 1
    customer.stays[station.number] += 1
    if c.staff.station_attended[station.number]:
        hall.staff.people[server.number].done += 1
    state = server.state  # his shift may be over
    hall.start_service(customer, server)
    server.state = state
