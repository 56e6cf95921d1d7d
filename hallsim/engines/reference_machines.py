"""Machines of the readable engine: breakdowns, repairs, outages, extra counters (semantics 12, 13, 31).

The twin of `machines.py`, `breakdowns.py` and `opening.py`, with the same names. A machine is a server that can be
down; its hall owns the lines, the rows and the clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hallsim import draws
from hallsim.compiled import (
    FAIL_BUSY,
    FAIL_UP,
    FAIL_USES,
    KIND_BREAKDOWN,
    KIND_REPAIR,
    NEVER,
    STATE_DOWN,
    STATE_SET_UP,
    STEP_FAILED,
    STEP_INTERRUPTED,
    STEP_MOVED,
    WORK_REPEAT,
    WORK_RESUME,
)
from hallsim.engines.reference_draws import Customer, to_ticks
from hallsim.engines.reference_lines import prepend_to_line

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


@dataclass(slots=True)
class Machine:
    """What is known of a server that can be down."""

    key: np.uint64
    causes: int = 0
    fail_at: int = NEVER
    left: int = -1
    failures: int = 0
    down_since: int = 0
    began: int = 0


@dataclass(slots=True)
class Crew:
    """The repairs at one station."""

    repairing: int = 0
    broken: deque[Server] = field(default_factory=deque)


class Machines:
    """The machines of a hall."""

    def __init__(self, hall: Hall) -> None:
        c = hall.c
        self.hall = hall
        self.machines = [
            Machine(draws.keys_of(hall.seed, hall.replication, c.server_hash[i], 1)[0]) for i in range(c.n_servers)
        ]
        self.crews = [Crew() for _ in range(c.n_stations)]

    def start_machines(self) -> None:
        """Schedule the calendar's outages."""
        hall, c = self.hall, self.hall.c
        for t, kind, number in zip(
            c.outage_time.tolist(), c.outage_kind.tolist(), c.outage_station.tolist(), strict=True
        ):
            station = hall.stations[number]
            action = self.on_outage_end if kind == KIND_REPAIR else self.on_outage
            after = c.n_servers + c.n_stations  # behind all events of servers
            hall.at(t, kind, after + number, lambda station=station, action=action: action(station))  # type: ignore[misc]

    # --- clocks ---------------------------------------------------------------------------------------------

    def ticks(self, law: int, server: Server, purpose: np.uint64) -> int:
        """Draw a time of a machine that belongs to its present failure, in ticks."""
        machine = self.machines[server.number]
        drawn = self.hall.duration(law, machine.key, purpose, machine.failures)
        return to_ticks(drawn, self.hall.c.resolution, self.hall.now)

    def life_left(self, server: Server) -> int:
        """Return the time or the uses that a machine has left, drawing it anew after a repair; at least one tick."""
        c, machine, st = self.hall.c, self.machines[server.number], server.station
        if machine.left < 0:
            if c.station_fails_by[st] == FAIL_USES:
                machine.left = int(c.station_uses[st])
            else:
                ticks = self.ticks(int(c.station_fail_law[st]), server, draws.PURPOSE_FAIL)
                machine.left = max(ticks, int(c.resolution))
        return machine.left

    def _schedule(self, server: Server, machine: Machine) -> None:
        self.hall.at(machine.fail_at, KIND_BREAKDOWN, server.number, lambda: self.on_breakdown(server))

    def start_clock(self, server: Server) -> None:
        """Let the clock run of a machine that is on duty and up."""
        machine = self.machines[server.number]
        if self.hall.c.station_fails_by[server.station] == FAIL_UP and machine.causes == 0:
            machine.fail_at = self.hall.now + self.life_left(server)
            self._schedule(server, machine)

    def stop_clock(self, server: Server) -> None:
        """Stop the clock of a machine that goes off duty or is taken down."""
        machine = self.machines[server.number]
        if self.hall.c.station_fails_by[server.station] == FAIL_UP and machine.fail_at != NEVER:
            machine.left = machine.fail_at - self.hall.now
            machine.fail_at = NEVER

    def wear(self, server: Server) -> None:
        """Schedule the breakdown of a machine that wears while it serves, if it comes before the service ends."""
        machine, now = self.machines[server.number], self.hall.now
        machine.began = now
        if self.hall.c.station_fails_by[server.station] == FAIL_BUSY and now + self.life_left(server) <= server.ends:
            machine.fail_at = now + machine.left
            self._schedule(server, machine)

    def worn(self, server: Server) -> bool:
        """Count a service that is over; return whether the machine has no use left."""
        machine, how = self.machines[server.number], self.hall.c.station_fails_by[server.station]
        if how == FAIL_BUSY:
            machine.left = self.life_left(server) - (self.hall.now - machine.began)
            machine.fail_at = NEVER
        elif how == FAIL_USES:
            machine.left = self.life_left(server) - 1
            return machine.left == 0
        return False

    # --- repairs --------------------------------------------------------------------------------------------

    def repair(self, server: Server) -> None:
        hall, machine = self.hall, self.machines[server.number]
        self.crews[server.station].repairing += 1
        ticks = self.ticks(int(hall.c.station_repair_law[server.station]), server, draws.PURPOSE_REPAIR)
        machine.failures += 1
        hall.at(hall.now + ticks, KIND_REPAIR, server.number, lambda: self.on_repair(server))

    def call_crew(self, server: Server) -> None:
        """Ask for a repair: at once, or behind those that broke down before where the crew has no hand free."""
        crew, size = self.crews[server.station], int(self.hall.c.station_crew[server.station])
        if size == 0 or crew.repairing < size:
            self.repair(server)
        else:
            crew.broken.append(server)

    def release_crew(self, server: Server) -> None:
        """Let the crew turn to the machine that has waited longest."""
        crew = self.crews[server.station]
        crew.repairing -= 1
        if crew.broken:
            self.repair(crew.broken.popleft())

    # --- customers ------------------------------------------------------------------------------------------

    def interrupt(self, server: Server) -> None:
        """Send the customer of a server who must stop back to the head of the line, or to somebody idle."""
        hall, station, customer = self.hall, self.hall.stations[server.station], server.customer
        assert customer is not None
        hall.record_step(customer, customer.line, STEP_INTERRUPTED)
        rule = hall.c.station_interrupted[station.number]
        if rule == WORK_RESUME or station.closed:
            customer.left = server.ends - hall.now
        elif rule == WORK_REPEAT:
            customer.left = server.ends - customer.call
        hall.preparations.keep_preparation(customer, server)
        server.customer = None  # which also makes the scheduled end void
        customer.join, customer.call, customer.server, customer.ahead = hall.now, -1, -1, 0
        customer.prepared = 0
        customer.stays[station.number] += 1
        other = hall.choose_server(customer, station, customer.line)
        if other is not None:
            station.idle.remove(other)
            hall.start_service(customer, other)
        else:
            prepend_to_line(hall, customer, customer.line)
            hall.wait_in_line(customer, station)
            hall.wait_for_help(customer, station)

    def take_over(self, customer: Customer, station: Station, line: int) -> bool:
        """Let a customer interrupt a service that may wait for his; return whether there was one (semantics 33)."""
        hall = self.hall
        found: list[tuple[int, int, int]] = []  # rank, time of the call and number of those who may be interrupted
        for server in station.servers:
            if server.state == "busy" and server.customer is not None:
                mine, rank = (int(hall.c.skill_rank[hall.skill_of(server, x)]) for x in (line, server.customer.line))
                if 0 <= mine < rank:
                    found.append((rank, server.customer.call, server.number))
        if not found:
            return False
        server = hall.servers[max(found)[2]]
        if hall.c.station_fails_by[station.number] == FAIL_BUSY:
            self.worn(server)
        self.interrupt(server)
        hall.start_service(customer, server)
        return True

    def send_elsewhere(self, server: Server, to: int) -> None:
        """Send the customer of a machine that has broken down to the end of another station's line."""
        hall, customer = self.hall, server.customer
        assert customer is not None
        server.customer = None
        helper = hall.preparations.drop_preparation(customer)
        hall.leave_station(hall.stations[server.station])
        hall.record_step(customer, customer.line, STEP_FAILED)
        hall.join_station(customer, to)
        hall.preparations.free_helper(helper)

    def nobody_up(self, station: Station) -> bool:
        return not any(server.state in ("idle", "busy") for server in station.servers)

    def move_line(self, station: Station) -> None:
        """Move everybody who waits at a station to the one named for it, where nobody is up any more."""
        hall, to = self.hall, int(self.hall.c.station_when_down[station.number])
        if to < 0 or not self.nobody_up(station):
            return
        for line in station.lines:
            while hall.lines[line]:
                customer: Customer = hall.lines[line].popleft()
                customer.waiting = False
                customer.left = -1
                station.waiting -= 1
                helper = hall.preparations.drop_preparation(customer)
                hall.leave_station(station)
                hall.record_step(customer, line, STEP_MOVED)
                hall.join_station(customer, to)
                hall.preparations.free_helper(helper)

    # --- up and down ----------------------------------------------------------------------------------------

    def take_down(self, server: Server) -> None:
        """Hold a server down for one cause more; who was up stops working, and off he goes if the shift is over."""
        machine, state = self.machines[server.number], server.state
        machine.causes += 1
        if machine.causes == 1 and state != "off":
            machine.down_since = self.hall.now
            if state == "idle":
                self.hall.stations[server.station].idle.remove(server)
            server.state = "down"
            if state == "last":
                self.hall.go_off(server, server.shift_end)

    def drop_customer(self, server: Server) -> None:
        """Let the customer go whom a server that is down has, if any."""
        to = int(self.hall.c.station_send_to[server.station])
        if server.customer is not None and to >= 0:
            self.send_elsewhere(server, to)
        elif server.customer is not None:
            self.interrupt(server)

    def come_up(self, server: Server) -> None:
        """Take one cause away; a server on duty who has none left picks."""
        machine = self.machines[server.number]
        machine.causes -= 1
        if machine.causes == 0 and server.state == "down":
            self.hall.record_state(server, STATE_DOWN, machine.down_since, self.hall.now)
            self.start_clock(server)
            self.hall.pick_next(server)

    def machine_on(self, server: Server) -> bool:
        """Let a server come on duty at a station of machines; return whether he is up."""
        machine = self.machines[server.number]
        if machine.causes:
            machine.down_since = self.hall.now
            server.state = "down"
            return False
        self.start_clock(server)
        return True

    def machine_off(self, server: Server) -> None:
        """Note that a server goes off duty at a station of machines."""
        if server.state == "down":
            self.hall.record_state(server, STATE_DOWN, self.machines[server.number].down_since, self.hall.now)
        self.stop_clock(server)

    def leaves_after(self, server: Server) -> bool:
        """Look at a service end where servers are watched; return whether the server does not pick."""
        station = self.hall.stations[server.station]
        if self.hall.c.station_n_extra[station.number]:
            return self.hall.opening.after_extra(server, station)
        if self.worn(server):
            self.break_down(server)
            return True
        if server.state == "last":
            self.stop_clock(server)
            self.hall.go_off(server, server.shift_end)
            return True
        return False

    def break_down(self, server: Server) -> None:
        """Let a machine break down: the crew is called, and it is down."""
        machine = self.machines[server.number]
        machine.fail_at, machine.left = NEVER, -1
        self.call_crew(server)
        self.take_down(server)
        self.drop_customer(server)
        self.move_line(self.hall.stations[server.station])

    def record_unfinished(self, server: Server, until: int) -> None:
        """Record what still holds a server up when the day ends."""
        if server.state == "down":
            self.hall.record_state(server, STATE_DOWN, self.machines[server.number].down_since, until)
        elif server.state == "set up":
            self.hall.record_state(server, STATE_SET_UP, server.since, until)

    # --- events ---------------------------------------------------------------------------------------------

    def somebody_may_come(self, to: int) -> bool:
        """Return whether the doors are open, or anybody inside can still be served at the station (semantics 7)."""
        hall, c = self.hall, self.hall.c
        reaching = (s for s in hall.stations if c.reaches[s.number * c.n_stations + to])
        return not hall.stations[to].closed or any(station.inside for station in reaching)

    def on_repair(self, server: Server) -> None:
        if self.somebody_may_come(server.station):
            self.release_crew(server)
            self.come_up(server)

    def on_breakdown(self, server: Server) -> None:
        if self.somebody_may_come(server.station) and self.machines[server.number].fail_at == self.hall.now:
            self.break_down(server)

    def on_outage(self, station: Station) -> None:
        """Take all servers of a station down, then let their customers go, the highest-numbered server's first."""
        if not self.somebody_may_come(station.number):
            return
        for server in station.servers:
            self.stop_clock(server)
            if server.customer is not None and self.hall.c.station_fails_by[station.number] == FAIL_BUSY:
                self.worn(server)
            self.take_down(server)
        for server in reversed(station.servers):
            self.drop_customer(server)
        self.move_line(station)

    def on_outage_end(self, station: Station) -> None:
        """End what holds all servers of a station down; they pick in the order of their numbers."""
        if self.somebody_may_come(station.number):
            for server in station.servers:
                self.come_up(server)
