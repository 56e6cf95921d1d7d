"""Zones of the readable engine: who has a place, and who waits for one (semantics 50, 51).

The twin of `zones.py`, with the same names. Places are not handed out one by one: who holds one is who is counted
at the stations of the zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hallsim.compiled import NOTE_OUTSIDE, STATE_BLOCKED, STEP_CLOSED_OUT, VISIT_CLOSED_OUT
from hallsim.engines.reference_routes import finish_delay, start_delay

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_draws import Customer
    from hallsim.engines.reference_records import Server, Station


@dataclass(slots=True)
class Kept:
    """Somebody who waits for a place at a station: outside, or where he has been till now, with the server he had."""

    customer: Customer
    to: int
    since: int
    at: Station | None = None  # where he is blocked; None: outside
    server: Server | None = None
    row: int = -1  # of the routing table, by which he goes on


class Zones:
    """Who is where, and who waits for a place, in the order in which they began to."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.kept: list[Kept] = []
        self.outside = [0] * hall.c.n_stations
        of, n = hall.c.zones.of.tolist(), len(hall.c.zones.places)
        self.stations = [[s for s in hall.stations if of[s.number] == zone] for zone in range(n)]

    # --- places (semantics 50) ------------------------------------------------------------------------------------

    def people(self, station: Station) -> int:
        """Return how many people take a place of its zone at a station."""
        if self.hall.c.zones.waited_in[station.number]:
            return station.waiting - station.absent
        return station.inside - self.outside[station.number]

    def demand(self, zone: int) -> int:
        """Return how many people belong in a zone, those included who stand in its overflow."""
        return sum(self.people(station) for station in self.stations[zone])

    def taken(self, zone: int) -> int:
        """Return how many people are in a zone, or would be if they fitted in, with those of others."""
        zones = self.hall.c.zones
        from_others = (z for z, overflow in enumerate(zones.overflow.tolist()) if overflow == zone)
        return self.demand(zone) + sum(max(0, self.demand(z) - int(zones.places[z])) for z in from_others)

    def is_full(self, zone: int) -> bool:
        """Return whether neither a zone nor its overflow has a place left."""
        zones, overflow = self.hall.c.zones, int(self.hall.c.zones.overflow[zone])
        full = self.taken(zone) >= zones.places[zone]
        return bool(full and (overflow < 0 or self.taken(overflow) >= zones.places[overflow]))

    def no_place(self, to: int, customer: Customer) -> bool:
        """Return whether the zone of a station is full for a customer who would join there."""
        c, zone = self.hall.c, int(self.hall.c.zones.of[to])
        if zone < 0:
            return False
        line = int(c.line_of[to * c.n_types + customer.type])
        if c.zones.waited_in[to] and not self.hall.nobody_free(self.hall.stations[to], line):
            return False
        return self.is_full(zone)

    # --- who waits for a place (semantics 51) -----------------------------------------------------------------------

    def keep_out(self, customer: Customer, station: Station, line: int) -> None:
        """Let a customer who has joined a station wait outside its zone."""
        station.inside += 1
        self.outside[station.number] += 1
        customer.line = line
        customer.stays[station.number] = customer.stays.get(station.number, 0) + 1
        if not self.hall.c.station_delay[station.number]:
            self.hall.wait_in_line(customer, station)
            station.waiting -= 1
        self.kept.append(Kept(customer, station.number, self.hall.now))

    def hold_back(self, customer: Customer, row: int, station: Station, server: Server | None) -> bool:
        """Let a customer who has been taken away from a station stay there if he is blocked; return whether he does."""
        c, to = self.hall.c, int(self.hall.c.route_to[row])
        if to >= c.n_stations or not c.zones.blocks[to] or c.station_outside[station.number]:
            return False
        if not self.no_place(to, customer):
            return False
        station.inside += 1
        if server is not None:
            server.customer = customer
        self.kept.append(Kept(customer, to, self.hall.now, station, server, row))
        return True

    def leave_outside(self, kept: Kept) -> None:
        """Note that somebody is outside no more."""
        self.kept.remove(kept)
        kept.customer.waiting = False
        self.outside[kept.to] -= 1
        self.hall.record_note(kept.customer, NOTE_OUTSIDE, self.hall.now - kept.since)

    def outside_of(self, customer: Customer) -> Kept | None:
        """Return where a customer waits outside, None if he does not."""
        return next((kept for kept in self.kept if kept.customer is customer and kept.at is None), None)

    def give_up_outside(self, kept: Kept) -> None:
        """Let a customer who is still outside give up."""
        self.leave_outside(kept)
        self.hall.give_up(kept.customer, self.hall.stations[kept.to])

    def close_out(self, line: int) -> None:
        """Close out who waits outside for a line that nobody serves any more."""
        hall = self.hall
        for kept in [kept for kept in self.kept if kept.at is None and kept.customer.line == line]:
            self.leave_outside(kept)
            hall.leave_station(hall.stations[kept.to])
            hall.record_step(kept.customer, line, STEP_CLOSED_OUT, VISIT_CLOSED_OUT)
            hall.leave_hall()

    def may_come_in(self, kept: Kept) -> bool:
        """Return whether there is a place now for somebody who waits for one."""
        if kept.at is None:
            return not self.no_place(kept.to, kept.customer)
        kept.at.inside -= 1
        has_place = not self.no_place(kept.to, kept.customer)
        kept.at.inside += 1
        return has_place

    def let_in(self) -> None:
        """Let come in who can, the longest waiting first, each with a cascade of his own."""
        while kept := next((kept for kept in self.kept if self.may_come_in(kept)), None):
            if kept.at is None:
                self.come_in(kept)
            else:
                self.leave_blocked(kept, kept.at)

    def come_in(self, kept: Kept) -> None:
        """Bring somebody from outside to the station that he has joined; his patience has begun outside."""
        hall, customer, station = self.hall, kept.customer, self.hall.stations[kept.to]
        self.leave_outside(kept)
        station.inside -= 1  # he is counted again when he comes in, as is the stay that has begun
        customer.stays[kept.to] -= 1
        if hall.c.station_delay[kept.to]:
            start_delay(hall, customer, station, customer.line)
        else:
            hall.enter(customer, station, customer.line)

    def leave_blocked(self, kept: Kept, station: Station) -> None:
        """Send on somebody who has been blocked; then the server whom he has kept picks."""
        hall, customer, server = self.hall, kept.customer, kept.server
        self.kept.remove(kept)
        hall.leave_station(station)
        if server is None:
            finish_delay(hall, customer, station, kept.row)
            return
        hall.record_state(server, STATE_BLOCKED, kept.since, hall.now, customer.number)
        server.customer = None
        if not hall.send_on(customer, kept.row, server):
            hall.after_service(server, station)
