"""The readable engine: the same law as the kernel, in SimPy and plain Python objects.

In: `Compiled`, seed and replication. Out: `Log`. Functions have the names and the order of
docs/semantics.md and of `kernel.py`; when the two disagree, one of them breaks a rule, and
`hallsim trace --engine both` says where.

Every timed thing is one SimPy event at an absolute time, scheduled with the priority (kind, entity), so
that SimPy's own queue orders an instant by content. A whole cascade runs inside one callback: no
`Resource`, no conditions, no zero-delay events, which would let something slip in between.
"""

from __future__ import annotations

import bisect
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from hallsim import draws
from hallsim.compiled import (
    IDLE_LOWEST,
    IDLE_RANDOM,
    KIND_ARRIVAL,
    KIND_CLOSE,
    KIND_LEVEL,
    KIND_PATIENCE_END,
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    KIND_SERVICE_END,
    MOST_STEPS,
    NO_LINE,
    ROW_FIELDS,
    SERVER_ROW_FIELDS,
    SHIFT_NAMED,
    SHIFT_PREEMPTIVE,
    SOURCE_POISSON,
    SOURCE_TABLE,
    STATE_DUTY,
    STATE_OVERTIME,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_INTERRUPTED,
    STEP_RENEGED,
    STEP_SERVED,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_TURNED_AWAY,
    WORK_REPEAT,
    WORK_RESUME,
    Compiled,
    Log,
)
from hallsim.errors import EngineError
from hallsim.parts.distributions.dispatch import variates

LONGEST = 1 << 60
DOOR = -1


@dataclass(slots=True, eq=False)
class Customer:
    """One visit, from the door to leaving."""

    number: int
    key: np.uint64
    type: int
    source: int
    arrive: int
    step: int = 0
    line: int = -1
    join: int = 0
    call: int = -1
    server: int = -1
    ahead: int = 0
    sequence: int = 0
    waiting: bool = False
    left: int = -1
    stays: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Server:
    """A person or a machine; `state` is one of off, idle, busy, last (busy, then home)."""

    number: int
    station: int
    factor: float
    state: str = "off"
    customer: Customer | None = None
    ends: int = -1
    since: int = 0
    shift_end: int = 0


@dataclass(slots=True, eq=False)
class Station:
    """Lines and servers of one place."""

    number: int
    lines: list[int]
    servers: list[Server]
    idle: deque[Server] = field(default_factory=deque)
    inside: int = 0
    waiting: int = 0
    level: int = 0
    on_duty: int = 0
    level_since: int = 0
    last_left: int = 0


class Hall:
    """One replication of a hall."""

    def __init__(self, c: Compiled, seed: int, replication: int) -> None:
        self.c = c
        self.seed, self.replication = np.uint64(seed), np.uint64(replication)
        self.env = simpy.Environment()
        self.rows: list[tuple[int, ...]] = []
        self.server_rows: list[tuple[int, ...]] = []
        self.lines: list[deque[Customer]] = [deque() for _ in range(c.n_lines)]
        self.servers = [Server(i, int(c.server_station[i]), float(c.server_factor[i])) for i in range(c.n_servers)]
        self.stations = [self._station(i) for i in range(c.n_stations)]
        self.sequence = 0
        self.closed = False
        self.end = c.close

    def _station(self, i: int) -> Station:
        c = self.c
        first_line, first = int(c.station_first_line[i]), int(c.station_first_server[i])
        lines = list(range(first_line, first_line + int(c.station_n_lines[i])))
        return Station(i, lines, self.servers[first : first + int(c.station_n_servers[i])], last_left=c.close)

    @property
    def now(self) -> int:
        return int(self.env.now)

    def at(self, t: int, kind: int, entity: int, action: Callable[[], None]) -> None:
        """Schedule an action; SimPy orders by (time, (kind, entity))."""
        event = self.env.event()
        event.callbacks.append(lambda _: action())  # type: ignore[union-attr]
        event._ok, event._value = True, None
        self.env.schedule(event, priority=(kind, entity), delay=t - self.env.now)  # type: ignore[arg-type]

    # --- draws (semantics 3) --------------------------------------------------------------------------------

    def uniform(self, customer: Customer, purpose: np.uint64, k: int) -> float:
        keys = np.array([customer.key], dtype=np.uint64)
        return float(draws.uniforms(keys, np.uint64(purpose), np.uint64(k))[0])

    def duration(self, law: int, key: np.uint64, purpose: np.uint64, k: int) -> float:
        """Draw a duration in microseconds, not yet rounded."""
        keys, one = np.array([key], dtype=np.uint64), np.zeros(1, dtype=np.int64)
        which = np.array([law], dtype=np.int64)
        return float(variates(self.c.laws, which, one, keys, np.uint64(purpose), np.uint64(k))[0])

    def check_duration(self, x: float) -> None:
        if not 0.0 <= x < LONGEST:
            raise EngineError(f"a law gave the duration {x}", time=self.now, rule="16")

    def ticks(self, x: float) -> int:
        """Round microseconds to the nearest tick, halves up."""
        self.check_duration(x)
        if self.c.resolution == 1:
            return math.floor(x + 0.5)
        return math.floor(x / self.c.resolution + 0.5) * self.c.resolution

    # --- recording (semantics 17) ---------------------------------------------------------------------------

    def record_step(self, customer: Customer, line: int, outcome: int, visit: int = 0, leave_by: int = 0) -> None:
        if customer.step >= MOST_STEPS:
            raise EngineError(f"a customer takes more than {MOST_STEPS} steps", time=self.now, rule="17")
        what = line | (customer.step << 16) | (outcome << 32) | (visit << 40) | (leave_by << 48)
        who = (customer.server + 1) | (customer.type << 24) | (customer.source << 40)
        times = (customer.arrive, customer.join, customer.call, self.now)
        self.rows.append((customer.number, what, who, *times, customer.ahead))
        customer.step += 1

    def record_duty(self, server: Server, duty_to: int, overtime_to: int) -> None:
        duty_to = max(duty_to, server.since)
        if duty_to > server.since:
            self.server_rows.append((server.number, STATE_DUTY, server.since, duty_to))
        if overtime_to > duty_to:
            self.server_rows.append((server.number, STATE_OVERTIME, duty_to, overtime_to))

    # --- calls (semantics 8, 9, 12) -------------------------------------------------------------------------

    def start_service(self, customer: Customer, server: Server) -> None:
        c, station = self.c, server.station
        customer.call, customer.server = self.now, server.number
        customer.waiting = False
        if customer.left >= 0:
            ticks, customer.left = customer.left, -1
        else:
            law = int(c.service_law[station * c.n_types + customer.type])
            k = customer.stays[station] - 1
            work = self.duration(law, customer.key, c.station_service_key[station], k)
            ticks = self.ticks(work * server.factor)
        server.state, server.customer, server.ends = "busy", customer, self.now + ticks
        self.at(server.ends, KIND_SERVICE_END, server.number, lambda: self.on_service_end(server, customer))

    def choose_line(self, station: Station) -> int:
        """Return the line a free server calls: lowest rank first, the oldest ticket among equal ranks."""
        taken = [line for line in station.lines if self.lines[line]]
        return min(taken, key=lambda line: (self.c.line_rank[line], self.lines[line][0].sequence))

    def pick_next(self, server: Server) -> None:
        station = self.stations[server.station]
        if not station.waiting:
            server.state = "idle"
            station.idle.append(server)
            return
        customer = self.lines[self.choose_line(station)].popleft()
        station.waiting -= 1
        self.start_service(customer, server)

    def choose_server(self, customer: Customer, station: Station) -> Server:
        """Return which idle server takes a customer; `idle` is in order of idle time, longest first."""
        choice = self.c.station_idle_choice[station.number]
        if choice == IDLE_LOWEST:
            return min(station.idle, key=lambda server: server.number)
        if choice == IDLE_RANDOM:
            purpose = self.c.station_idle_key[station.number]
            u = self.uniform(customer, purpose, customer.stays[station.number] - 1)
            return station.idle[int(u * len(station.idle))]
        return station.idle[0]

    # --- joining and leaving (semantics 4, 7, 10, 18) -------------------------------------------------------

    def leave_hall(self) -> None:
        self.end = max(self.end, self.now)

    def leave_station(self, station: Station) -> None:
        station.inside -= 1
        station.last_left = self.now

    def wait_in_line(self, customer: Customer, station: Station) -> None:
        """Start the clock of patience for a customer who has just been put into a line."""
        c = self.c
        station.waiting += 1
        customer.waiting = True
        law = int(c.patience_law[station.number * c.n_types + customer.type])
        if law >= 0:
            purpose = c.station_patience_key[station.number]
            patience = self.duration(law, customer.key, purpose, customer.stays[station.number] - 1)
            sequence, stay = customer.sequence, customer.stays[station.number]
            deadline = self.now + self.ticks(patience)
            self.at(
                deadline, KIND_PATIENCE_END, customer.number, lambda: self.on_patience_end(customer, sequence, stay)
            )

    def turned_back(self, customer: Customer, station: Station) -> int:
        """Return 0 if the customer joins, a step outcome if he is turned back or does not want to."""
        c, i = self.c, station.number
        if c.station_room_total[i] >= 0 and station.inside >= c.station_room_total[i]:
            return STEP_BLOCKED
        if c.station_room_waiting[i] >= 0 and not station.idle and station.waiting >= c.station_room_waiting[i]:
            return STEP_BLOCKED
        n = int(c.station_balk_count[i])
        if n:
            joining = float(c.balk_join[int(c.station_balk_first[i]) + min(station.inside, n - 1)])
            if joining < 1.0 and self.uniform(customer, c.station_balk_key[i], customer.stays.get(i, 0)) >= joining:
                return STEP_BALKED
        if self.closed and station.level == 0:
            return STEP_CLOSED_OUT
        return 0

    def join_station(self, customer: Customer, to: int) -> None:
        """Bring a customer to a station: into service, into its line, on to another station, or out."""
        c = self.c
        for _ in range(c.n_stations + 1):
            station = self.stations[to]
            line = int(c.line_of[to * c.n_types + customer.type])
            customer.join, customer.call, customer.server = self.now, -1, -1
            customer.ahead = len(self.lines[line])
            refused = self.turned_back(customer, station)
            if not refused:
                self.enter(customer, station, line)
                return
            if refused == STEP_BLOCKED and 0 <= c.station_when_full[to] < c.n_stations:
                self.record_step(customer, line, refused)
                to = int(c.station_when_full[to])
            else:
                visits = {
                    STEP_BALKED: VISIT_BALKED,
                    STEP_BLOCKED: VISIT_TURNED_AWAY,
                    STEP_CLOSED_OUT: VISIT_CLOSED_OUT,
                }
                self.record_step(customer, line, refused, visits[refused])
                self.leave_hall()
                return
        raise EngineError("stations overflow into each other in a circle", time=self.now, rule="18")

    def enter(self, customer: Customer, station: Station, line: int) -> None:
        station.inside += 1
        customer.line, customer.sequence = line, self.sequence
        self.sequence += 1
        customer.stays[station.number] = customer.stays.get(station.number, 0) + 1
        if station.idle:
            server = self.choose_server(customer, station)
            station.idle.remove(server)
            self.start_service(customer, server)
        else:
            self.lines[line].append(customer)
            self.wait_in_line(customer, station)

    # --- events, in the order of their ranks (semantics 2) --------------------------------------------------

    def go_off(self, server: Server, scheduled: int) -> None:
        self.record_duty(server, scheduled, self.now)
        server.state = "off"

    def on_server_off(self, server: Server) -> None:
        """End a named server's shift: an idle one leaves, a busy one finishes first."""
        station = self.stations[server.station]
        if server.state == "idle":
            station.idle.remove(server)
            self.go_off(server, self.now)
            station.level -= 1
        elif server.state == "busy":
            server.state, server.shift_end = "last", self.now
            station.level -= 1

    def on_server_on(self, server: Server) -> None:
        """Start a named server's shift."""
        station = self.stations[server.station]
        if server.state == "last":
            self.record_duty(server, server.shift_end, self.now)
            server.state, server.since = "busy", self.now
            station.level += 1
        elif server.state == "off":
            server.since = self.now
            station.level += 1
            self.pick_next(server)

    def on_level(self, station: Station, level: int) -> None:
        """Change a station's staffing level (pooled or pre-emptive servers)."""
        if level < station.level:
            station.level_since = self.now
        station.level = level
        for server in reversed(station.servers):
            if station.on_duty > level and server.state == "idle":
                station.idle.remove(server)
                self.go_off(server, self.now)
                station.on_duty -= 1
        if self.c.station_shift_end[station.number] == SHIFT_PREEMPTIVE:
            for server in reversed(station.servers):
                if station.on_duty > level and server.state == "busy":
                    self.interrupt(server)
                    self.go_off(server, self.now)
                    station.on_duty -= 1
        for server in station.servers:
            if station.on_duty < level and server.state == "off":
                server.since = self.now
                station.on_duty += 1
                self.pick_next(server)

    def interrupt(self, server: Server) -> None:
        """Send the customer of a pre-empted server back to the head of the line."""
        station, customer = self.stations[server.station], server.customer
        assert customer is not None
        self.record_step(customer, customer.line, STEP_INTERRUPTED)
        rule = self.c.station_interrupted[station.number]
        if rule == WORK_RESUME:
            customer.left = server.ends - self.now
        elif rule == WORK_REPEAT:
            customer.left = server.ends - customer.call
        server.customer = None  # which also makes the scheduled end void
        customer.join, customer.call, customer.server, customer.ahead = self.now, -1, -1, 0
        customer.stays[station.number] += 1
        self.lines[customer.line].appendleft(customer)
        self.wait_in_line(customer, station)

    def on_close(self) -> None:
        """Close the doors: whoever waits where nobody is on duty is closed out."""
        self.closed = True
        for number, line in enumerate(self.lines):
            station = self.stations[int(self.c.line_station[number])]
            while station.level == 0 and line:
                customer = line.popleft()
                customer.waiting = False
                station.waiting -= 1
                self.leave_station(station)
                self.record_step(customer, number, STEP_CLOSED_OUT, VISIT_CLOSED_OUT)
                self.leave_hall()

    def on_service_end(self, server: Server, customer: Customer) -> None:
        """Free the server, record the end, send the customer on, then let the server pick."""
        if server.customer is not customer or server.ends != self.now:
            return  # the service was interrupted
        c, station = self.c, self.stations[server.station]
        server.customer = None
        self.leave_station(station)
        row = self.next_route(customer, station.number)
        to, outcome = int(c.route_to[row]), int(c.route_outcome[row])
        if to < c.n_stations:
            self.record_step(customer, customer.line, outcome)
            self.join_station(customer, to)
        else:
            leave_by = to - c.n_stations
            self.record_step(customer, customer.line, outcome, int(c.exit_outcome[leave_by]), leave_by + 1)
            self.leave_hall()
        self.after_service(server, station)

    def next_route(self, customer: Customer, station: int) -> int:
        """Draw the row of the routing table that a customer takes from a station or the door."""
        c = self.c
        at = (station + 1) * c.n_types + customer.type
        first, count = int(c.route_first[at]), int(c.route_count[at])
        if count == 1:
            return first
        k = customer.stays[station] - 1 if station != DOOR else 0
        purpose = c.station_route_key[station] if station != DOOR else draws.PURPOSE_ENTRY
        u = self.uniform(customer, purpose, k)
        return first + bisect.bisect_right(c.route_cum[first : first + count].tolist(), u)

    def after_service(self, server: Server, station: Station) -> None:
        """Let a server who has just finished go home if the shift is over, else pick."""
        if self.c.station_shift_end[station.number] == SHIFT_NAMED:
            if server.state == "last":
                self.go_off(server, server.shift_end)
                return
        elif station.on_duty > station.level:
            self.go_off(server, station.level_since)
            station.on_duty -= 1
            return
        self.pick_next(server)

    def on_patience_end(self, customer: Customer, sequence: int, stay: int) -> None:
        """Let a customer who is still waiting give up."""
        station = self.stations[int(self.c.line_station[customer.line])]
        if not customer.waiting or customer.sequence != sequence or customer.stays[station.number] != stay:
            return  # called, or in another line by now
        customer.waiting = False
        self.lines[customer.line].remove(customer)
        station.waiting -= 1
        self.leave_station(station)
        self.record_step(customer, customer.line, STEP_RENEGED, VISIT_GAVE_UP)
        self.leave_hall()

    def on_arrival(self, customer: Customer) -> None:
        """Let a customer in, and on to where the door leads."""
        to = int(self.c.route_to[self.next_route(customer, DOOR)])
        if self.closed or to >= self.c.n_stations:
            customer.join = self.now
            if self.closed:
                self.record_step(customer, NO_LINE, STEP_BLOCKED, VISIT_TURNED_AWAY)
            else:
                leave_by = to - self.c.n_stations
                self.record_step(customer, NO_LINE, STEP_SERVED, int(self.c.exit_outcome[leave_by]), leave_by + 1)
            self.leave_hall()
        else:
            self.join_station(customer, to)

    # --- the day --------------------------------------------------------------------------------------------

    def schedule_calendar(self) -> None:
        c = self.c
        for t, kind, entity, value in zip(
            c.change_time.tolist(),
            c.change_kind.tolist(),
            c.change_entity.tolist(),
            c.change_value.tolist(),
            strict=True,
        ):
            actions: dict[int, Callable[..., None]] = {
                KIND_SERVER_OFF: lambda entity=entity: self.on_server_off(self.servers[entity]),
                KIND_SERVER_ON: lambda entity=entity: self.on_server_on(self.servers[entity]),
                KIND_LEVEL: lambda entity=entity, value=value: self.on_level(self.stations[entity], value),
                KIND_CLOSE: self.on_close,
            }
            self.at(t, kind, entity, actions[kind])

    def source_times(self, s: int) -> list[int]:
        """Draw every arrival time of a source (semantics 16: exact inversion, no thinning)."""
        c = self.c
        first, count = int(c.source_first[s]), int(c.source_count[s])
        if c.source_kind[s] == SOURCE_TABLE:
            return [int(t) for t in c.table_time[first : first + count]]
        stream = c.source_hash[s]
        n = 256
        while True:  # draw more and more gaps until the last one falls past the end
            keys = draws.keys_of(self.seed, self.replication, stream, n)
            if c.source_kind[s] == SOURCE_POISSON:
                times, enough = self._poisson_times(s, keys)
            else:
                times, enough = self._renewal_times(s, keys)
            if enough:
                return times
            n *= 4

    def _poisson_times(self, s: int, keys: Any) -> tuple[list[int], bool]:
        c = self.c
        piece = int(c.source_first[s])
        beyond = piece + int(c.source_count[s])
        mass = before = 0.0
        times: list[int] = []
        unit = draws.exponentials(draws.uniforms(keys, draws.PURPOSE_GAP, np.uint64(0))).tolist()
        for gap in unit:
            mass += gap
            while piece < beyond:
                after = before + float(c.piece_rate[piece]) * int(c.piece_end[piece] - c.piece_start[piece])
                if mass < after:
                    break
                before = after
                piece += 1
            if piece == beyond:
                return times, True
            times.append(self.ticks(int(c.piece_start[piece]) + (mass - before) / float(c.piece_rate[piece])))
        return times, False

    def _renewal_times(self, s: int, keys: Any) -> tuple[list[int], bool]:
        c = self.c
        law = np.array([c.source_law[s]])
        gaps = variates(c.laws, law, np.zeros(len(keys), dtype=np.int64), keys, draws.PURPOSE_GAP, np.uint64(0))
        start, span = int(c.source_start[s]), int(c.source_end[s] - c.source_start[s])
        elapsed = 0.0  # unrounded, or many short gaps would add up their rounding
        times: list[int] = []
        for gap in gaps.tolist():
            self.check_duration(gap)
            elapsed += gap
            if elapsed >= span:
                return times, True
            times.append(self.ticks(start + elapsed))
        return times, False

    def customers(self) -> list[Customer]:
        """Draw everybody who will come today, in order of arrival."""
        c = self.c
        coming: list[tuple[int, int, int, np.uint64, int]] = []
        for s in range(c.source_kind.size):
            times = self.source_times(s)
            keys = draws.keys_of(self.seed, self.replication, c.source_hash[s], len(times))
            mix = c.source_mix[s * c.n_types : (s + 1) * c.n_types].tolist()
            for i, u in enumerate(draws.uniforms(keys, draws.PURPOSE_TYPE, np.uint64(0)).tolist()):
                kind = bisect.bisect_right(mix, u)
                if c.source_kind[s] == SOURCE_TABLE and c.table_type[int(c.source_first[s]) + i] >= 0:
                    kind = int(c.table_type[int(c.source_first[s]) + i])
                coming.append((times[i], s, i, keys[i], kind))
        coming.sort(key=lambda who: who[:3])
        return [Customer(n, key, kind, s, t) for n, (t, s, _, key, kind) in enumerate(coming)]

    def send_home(self) -> None:
        """End the duty of everybody still there: at closing, or when the last whom they could serve has left."""
        c = self.c
        for server in self.servers:
            if server.state == "off":
                continue
            if server.state != "idle":
                raise EngineError("the day ended with people inside", time=self.now, rule="7")
            reaching = [s for s in self.stations if c.reaches[s.number * c.n_stations + server.station]]
            self.record_duty(server, c.close, max(c.close, *(s.last_left for s in reaching)))
        if any(station.inside for station in self.stations):
            raise EngineError("the day ended with people inside", time=self.now, rule="7")

    def run(self) -> Log:
        self.schedule_calendar()
        for customer in self.customers():
            self.at(customer.arrive, KIND_ARRIVAL, customer.number, lambda who=customer: self.on_arrival(who))  # type: ignore[misc]
        self.env.run()
        self.send_home()
        rows = np.array(self.rows, dtype=np.int64).reshape(-1, ROW_FIELDS)
        server_rows = np.array(self.server_rows, dtype=np.int64).reshape(-1, SERVER_ROW_FIELDS)
        return Log(rows, server_rows, self.end)


def simulate(c: Compiled, seed: int, replication: int) -> Log:
    """Simulate one replication and return its log, row for row that of `kernel.simulate`.

    Raises
    ------
    EngineError
        If the day cannot be simulated.
    """
    return Hall(c, seed, replication).run()
