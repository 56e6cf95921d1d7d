"""Calls that are not answered at once, in the readable engine (semantics 32, 42)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.compiled import (
    ENDING_NO_SHOW,
    KIND_SERVICE_END,
    NOTE_CALLS,
    NOTE_FIRST_CALL,
    STATE_CALLING,
    STEP_NO_SHOW,
    STEP_SKIPPED,
    VISIT_GAVE_UP,
)
from hallsim.engines.reference_draws import Customer, to_ticks
from hallsim.engines.reference_routes import end_unserved, where_after

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Number, Server, Station


def call_ticks(hall: Hall, customer: Customer, station: Station, k: int) -> int:
    """Draw how long it takes to call a customer's number when he has left."""
    law = int(hall.c.station_call_law[station.number])
    if law < 0:
        return 0
    drawn = hall.duration(law, customer.key, hall.c.station_call_key[station.number], k)
    return to_ticks(drawn, hall.c.resolution, hall.now)


def call_number(hall: Hall, number: Number, server: Server) -> None:
    """Let a server begin to call a number whose holder has left."""
    server.state, began = "busy", hall.now
    hall.at(began + number.ticks, KIND_SERVICE_END, server.number, lambda: on_number_called(hall, server, began))


def on_number_called(hall: Hall, server: Server, began: int) -> None:
    """End the call of a number whose holder has left; the call kept the server at the station."""
    station = hall.stations[server.station]
    hall.record_state(server, STATE_CALLING, began, hall.now)
    station.last_left = hall.now
    hall.after_service(server, station)


def call_in_vain(hall: Hall, customer: Customer, server: Server) -> bool:
    """Let a customer who is called answer at once or not; return whether not, and the server calls on."""
    c, i, began = hall.c, server.station, hall.now
    k, recalls = customer.stays[i] - 1, int(c.tickets.recalls[i])
    if recalls < 0:
        return False
    luck = hall.uniform(customer, c.tickets.answer_key[i], k)
    bound, calls = float(c.tickets.unanswered[i * c.n_types + customer.type]), 0
    while calls <= recalls and luck < bound:
        bound *= float(c.tickets.again[i])
        calls += 1
    if calls == 0:
        return False
    drawn = hall.duration(int(c.tickets.time_out_law[i]), customer.key, c.station_call_key[i], k)
    ticks = max(to_ticks(drawn, c.resolution, began), c.resolution)
    answers = calls <= recalls
    last = calls if answers else calls - 1
    hall.record_note(customer, NOTE_FIRST_CALL, began)
    hall.record_note(customer, NOTE_CALLS, last + 1)
    customer.waiting = False
    customer.call, customer.server = began + last * ticks, server.number
    server.state = "busy"
    ends = began + calls * ticks
    hall.at(ends, KIND_SERVICE_END, server.number, lambda: on_called(hall, customer, server, began, answers))
    return True


def on_called(hall: Hall, customer: Customer, server: Server, began: int, answers: bool) -> None:
    """End the calls of a customer: he comes now, or has been called in vain."""
    station = hall.stations[server.station]
    hall.record_state(server, STATE_CALLING, began, customer.call)
    if answers:
        state = server.state
        hall.start_service(customer, server)
        server.state = state  # who was to go home after these calls still is
        return
    hall.leave_station(station)
    stay = customer.stays[station.number]
    to = where_after(hall, ENDING_NO_SHOW, customer, station.number, stay - 1)
    goes_on = 0 <= to < hall.c.n_stations
    if goes_on:
        customer.skipped = station.number, stay
    outcome = STEP_SKIPPED if goes_on else STEP_NO_SHOW
    to = end_unserved(hall, customer, customer.line, outcome, VISIT_GAVE_UP, to)
    if to >= 0:
        hall.join_station(customer, to)
    hall.after_service(server, station)
