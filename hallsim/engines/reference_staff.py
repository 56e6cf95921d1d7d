"""What the staff of the readable engine do beside serving: breaks, the work around services (semantics 37 to 39).

The twin of `staff.py`, with the same names. What is kept here of a server is a person's; his hall owns the lines,
the rows and the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hallsim import draws
from hallsim.compiled import KIND_SERVICE_END, LONGEST_WALK, STATE_BREAK, STATE_PAID_BREAK, STATE_WRAP_UP, WALK_SHIFT
from hallsim.engines.reference_draws import Customer, to_ticks
from hallsim.errors import EngineError

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


@dataclass(slots=True)
class Person:
    """What is known of a server beside the customer he has."""

    key: np.uint64
    breaks: int = 0  # bit i: the station's break i is for him
    due: int = 0  # bit i: it is due, and not yet taken
    began: int = 0
    taken: int = 0  # row of the break that he is on
    rested: int = 0  # when his last break ended
    serving: bool = False  # and the end of that service has not been looked at
    wrap_up: int = 0  # ticks of work that the customer in service will leave
    done: int = 0  # services
    until: int = 0  # when his last work left over ended
    absent: bool = False
    expected: bool = False  # his shift here has begun while he is busy elsewhere


class Staff:
    """The people of a hall."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        keys = [machine.key for machine in hall.machines.machines]
        breaks = hall.c.staff.server_breaks.tolist()
        self.people = [Person(key, own) for key, own in zip(keys, breaks, strict=True)]
        self.on_break = [0] * hall.c.n_stations
        staff = hall.c.staff
        for person, name, chance in zip(self.people, staff.server_person, staff.server_absent.tolist(), strict=True):
            keys = draws.keys_of(hall.seed, hall.replication, name, 1)
            person.absent = bool(draws.uniforms(keys, draws.PURPOSE_ABSENT, np.uint64(0))[0] < chance)

    def ticks(self, law: int, server: Server, purpose: np.uint64, k: int) -> int:
        """Draw the k-th time of a purpose that belongs to a server, in ticks."""
        hall = self.hall
        drawn = hall.duration(law, self.people[server.number].key, purpose, k)
        return to_ticks(drawn, hall.c.resolution, hall.now)

    # --- breaks (semantics 37) ------------------------------------------------------------------------------

    def on_break_due(self, station: Station, number: int) -> None:
        """Note that a break is due to those on duty, and let those go who can."""
        for server in station.servers:
            person = self.people[server.number]
            if server.state in ("idle", "busy", "break"):
                person.due |= person.breaks & (1 << number)
        self.give_turns(station)

    def forget_breaks(self, server: Server) -> None:
        """Drop what is due to a server whose shift is over."""
        self.people[server.number].due = 0
        self.people[server.number].expected = False

    def next_break(self, server: Server) -> int:
        """Return the first break due that a server may begin now, -1 if none."""
        table, person = self.hall.c.staff, self.people[server.number]
        for i in range(int(table.station_n_breaks[server.station])):
            row = int(table.station_first_break[server.station]) + i
            if person.due & (1 << i) and self.hall.now <= table.break_end[row]:
                most = int(table.break_at_once[row])
                if most == 0 or self.on_break[server.station] < most:
                    return i
        return -1

    def begin_break(self, server: Server) -> bool:
        """Let a free server begin a break if one is due; return whether he did."""
        hall, person = self.hall, self.people[server.number]
        number = -1 if person.due == 0 or hall.stations[server.station].closed else self.next_break(server)
        if number < 0:
            return False
        person.due &= ~(1 << number)
        person.began, person.taken = hall.now, int(hall.c.staff.station_first_break[server.station]) + number
        self.on_break[server.station] += 1
        length = self.ticks(int(hall.c.staff.break_law[person.taken]), server, draws.PURPOSE_BREAK, number)
        server.state, server.ends = "break", hall.now + length
        hall.at(server.ends, KIND_SERVICE_END, server.number, lambda: self.on_break_end(server))
        return True

    def give_turns(self, station: Station) -> None:
        """Let idle servers to whom a break is due begin it, in the order of their numbers."""
        for server in station.servers:
            if server.state == "idle" and self.begin_break(server):
                station.idle.remove(server)

    def end_break(self, server: Server) -> None:
        """Record a break that is over, and let the next server begin his."""
        self.record_break(server, self.hall.now)
        server.state = "busy"  # neither idle nor on a break while the others have their turn
        self.people[server.number].rested = self.hall.now
        self.on_break[server.station] -= 1
        self.give_turns(self.hall.stations[server.station])

    def on_break_end(self, server: Server) -> None:
        """Bring a server back from a break: to the next one that is due, or to the line."""
        hall = self.hall
        if server.state != "break" or server.ends != hall.now:
            return  # the shift ended first
        if hall.machines.somebody_may_come(server.station):
            self.end_break(server)
            hall.go_on(server)

    def record_break(self, server: Server, until: int) -> None:
        person = self.people[server.number]
        paid = self.hall.c.staff.break_paid[person.taken]
        self.hall.record_state(server, STATE_PAID_BREAK if paid else STATE_BREAK, person.began, until)

    def record_unfinished(self, server: Server, until: int) -> None:
        """Record what a server does beside serving when the day ends."""
        if server.state == "break":
            self.record_break(server, until)

    # --- the work around a service (semantics 38) -----------------------------------------------------------

    def customer_ticks(self, law: int, customer: Customer, purpose: np.uint64, station: int) -> int:
        """Draw a time that belongs to a customer's present stay, in ticks; 0 where there is no law."""
        if law < 0:
            return 0
        drawn = self.hall.duration(law, customer.key, purpose, customer.stays[station] - 1)
        return to_ticks(drawn, self.hall.c.resolution, self.hall.now)

    def begin_work(self, customer: Customer, server: Server) -> tuple[int, float]:
        """Note that a server has called a customer; return the time until the service starts, and his factor on it."""
        hall, person, st = self.hall, self.people[server.number], server.station
        table, at = hall.c.staff, st * hall.c.n_types + customer.type
        person.serving = True
        person.wrap_up = self.customer_ticks(int(table.wrap_up_law[at]), customer, table.station_wrap_up_key[st], st)
        walk = self.customer_ticks(int(table.walk_law[at]), customer, table.station_walk_key[st], st)
        if walk >= LONGEST_WALK:
            raise EngineError(f"a law gave the duration {walk}", time=hall.now, rule="38")
        customer.ahead |= walk << WALK_SHIFT
        return walk, self.factor(server, customer.type)

    def factor(self, server: Server, kind: int) -> float:
        """Return by how much longer a server's service takes now than the law says (semantics 39)."""
        table, person, i = self.hall.c.staff, self.people[server.number], server.number
        factor = server.factor * float(table.type_factor[i * self.hall.c.n_types + kind])
        if person.done < table.server_n_curve[i]:
            factor *= float(table.curve_factor[int(table.server_curve[i]) + person.done])
        tired = 1.0 + float(table.fatigue_rate[i]) * (self.hall.now - max(server.since, person.rested))
        return factor * min(tired, float(table.fatigue_most[i]))

    def end_work(self, server: Server) -> bool:
        """Look at a server who has just finished; return whether he has work left over to do first."""
        hall, person = self.hall, self.people[server.number]
        if not person.serving:
            return False
        person.serving = False
        person.done += 1
        if person.wrap_up == 0:
            return False
        server.ends = hall.now + person.wrap_up
        began = hall.now
        hall.at(server.ends, KIND_SERVICE_END, server.number, lambda: self.on_wrap_up_end(server, began))
        return True

    def on_wrap_up_end(self, server: Server, began: int) -> None:
        """End the work that a customer has left."""
        self.hall.record_state(server, STATE_WRAP_UP, began, self.hall.now)
        self.people[server.number].until = self.hall.now
        self.hall.after_service(server, self.hall.stations[server.station])

    # --- people who are away (semantics 39) -----------------------------------------------------------------

    def twins(self, server: Server) -> list[Server]:
        """Return the other servers who are the same person, beginning with the next."""
        found: list[Server] = []
        twin = int(self.hall.c.staff.server_twin[server.number])
        while twin != server.number:
            found.append(self.hall.servers[twin])
            twin = int(self.hall.c.staff.server_twin[twin])
        return found

    def is_away(self, server: Server) -> bool:
        """Return whether a server whose shift begins is absent, or still busy elsewhere: then he is expected."""
        person = self.people[server.number]
        person.expected = any(twin.state != "off" for twin in self.twins(server))
        return person.absent or person.expected

    def go_elsewhere(self, server: Server) -> None:
        """Let a server who has just left come to where he is expected."""
        for twin in self.twins(server):
            if self.people[twin.number].expected and not self.hall.stations[twin.station].closed:
                self.hall.on_server_on(twin)
