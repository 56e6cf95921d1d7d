"""What the staff of the readable engine do beside serving: breaks (semantics 37).

The twin of `staff.py`, with the same names. What is kept here of a server is a person's; his hall owns the lines,
the rows and the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hallsim import draws
from hallsim.compiled import KIND_SERVICE_END, STATE_BREAK, STATE_PAID_BREAK
from hallsim.engines.reference_draws import to_ticks

if TYPE_CHECKING:
    import numpy as np

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


class Staff:
    """The people of a hall."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        keys = [machine.key for machine in hall.machines.machines]
        breaks = hall.c.staff.server_breaks.tolist()
        self.people = [Person(key, own) for key, own in zip(keys, breaks, strict=True)]
        self.on_break = [0] * hall.c.n_stations

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
        number = -1 if person.due == 0 or hall.closed else self.next_break(server)
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
