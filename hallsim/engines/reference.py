"""The readable engine: the same law as the kernel, in SimPy and plain Python objects.

In: `Compiled`, seed and replication. Out: `Log`. Functions have the names and the order of
docs/semantics.md and of `kernel.py`; when the two disagree, one of them breaks a rule, and
`hallsim trace --engine both` says where.

Every timed thing is one SimPy event at an absolute time, scheduled with the priority (kind, entity), so
that SimPy's own queue orders an instant by content. A whole cascade runs inside one callback: no
`Resource`, no conditions, no zero-delay events, which would let something slip in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import simpy

from hallsim.compiled import (
    ENDING_BALKED,
    ENDING_BLOCKED,
    ENDING_RENEGED,
    KIND_ARRIVAL,
    KIND_CLOSE,
    KIND_LEVEL,
    KIND_PATIENCE_END,
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    KIND_SERVICE_END,
    MOST_STEPS,
    NEVER,
    NO_LINE,
    NO_PLACE,
    NOT_YET,
    NOTE_FIELDS,
    ROW_FIELDS,
    SERVER_ROW_FIELDS,
    SHIFT_NAMED,
    SHIFT_PREEMPTIVE,
    STATE_DUTY,
    STATE_OVERTIME,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_CLOSED_OUT,
    STEP_RENEGED,
    STEP_SERVED,
    VISIT_BALKED,
    VISIT_CLOSED_OUT,
    VISIT_GAVE_UP,
    VISIT_TURNED_AWAY,
    Compiled,
    Log,
)
from hallsim.compiling.annexes import EVERYWHERE
from hallsim.engines.reference_call_rules import Calls
from hallsim.engines.reference_calls import call_ticks
from hallsim.engines.reference_draws import Customer, coming_customers, to_ticks
from hallsim.engines.reference_follow_ons import follow_on
from hallsim.engines.reference_helping import Helping
from hallsim.engines.reference_lines import insert_by_place
from hallsim.engines.reference_machines import Machines
from hallsim.engines.reference_network import renew_waits
from hallsim.engines.reference_opening import Openings
from hallsim.engines.reference_policies import Policies, Rules
from hallsim.engines.reference_preparing import Preparations
from hallsim.engines.reference_quotes import tell_quote
from hallsim.engines.reference_records import Number, Server, Station
from hallsim.engines.reference_routes import (
    DOOR,
    end_unserved,
    keep_place,
    next_route,
    probability_to_join,
    start_delay,
    where_after,
)
from hallsim.engines.reference_staff import Staff
from hallsim.engines.reference_zones import Zones
from hallsim.errors import EngineError


class Hall(Calls):
    """One replication of a hall."""

    def __init__(self, c: Compiled, seed: int, replication: int, rules: Rules | None = None) -> None:
        self.c = c
        self.seed, self.replication = np.uint64(seed), np.uint64(replication)
        self.env = simpy.Environment()
        self.rows: list[tuple[int, ...]] = []
        self.server_rows: list[tuple[int, ...]] = []
        self.notes: list[tuple[int, int, int, int]] = []
        self.lines: list[deque[Any]] = [deque() for _ in range(c.n_lines)]
        self.servers = [Server(i, int(c.server_station[i]), float(c.server_factor[i])) for i in range(c.n_servers)]
        self.stations = [self._station(i) for i in range(c.n_stations)]
        self.machines = Machines(self)
        self.staff = Staff(self)
        self.preparations = Preparations(self)
        self.helping = Helping(self)
        self.opening = Openings(self)
        self.zones = Zones(self)
        self.published = [0] * len(c.network.first)  # waits, by hall of the network
        self.sequence = 0
        self.closed = False
        self.deserted: set[int] = set()  # lines that nobody serves any more
        self.end = c.close
        self.policies = rules.begin(self) if rules is not None else Policies(self)

    def _station(self, i: int) -> Station:
        c = self.c
        first_line, first = int(c.station_first_line[i]), int(c.station_first_server[i])
        lines = list(range(first_line, first_line + int(c.station_n_lines[i])))
        opens, closes, annex = (int(x[i]) for x in (c.hours.opens, c.hours.closes, c.hours.annex))
        servers = self.servers[first : first + int(c.station_n_servers[i])]
        return Station(i, lines, servers, last_left=closes, opens=opens, closes=closes, annex=annex)

    def at(self, t: int, kind: int, entity: int, action: Callable[[], None]) -> None:
        """Schedule an action; SimPy orders by (time, (kind, entity))."""
        event = self.env.event()
        event.callbacks.append(lambda _: self.happen(action))  # type: ignore[union-attr]
        event._ok, event._value = True, None
        self.env.schedule(event, priority=(kind, entity), delay=t - self.env.now)  # type: ignore[arg-type]

    def happen(self, action: Callable[[], None]) -> None:
        """Let an event happen with its cascade, and what follows from the places that it has freed."""
        action()
        self.zones.let_in()

    # --- recording (semantics 17) ---------------------------------------------------------------------------

    def record_step(self, customer: Customer, line: int, outcome: int, visit: int = 0, leave_by: int = 0) -> None:
        if customer.step >= MOST_STEPS:
            raise EngineError(f"a customer takes more than {MOST_STEPS} steps", time=self.now, rule="17")
        what = line | (customer.step << 16) | (outcome << 32) | (visit << 40) | (leave_by << 48)
        who = (customer.server + 1) | (customer.type << 24) | (customer.source << 40) | (customer.prepared << 56)
        times = (customer.arrive, customer.join, customer.call, self.now)
        self.rows.append((customer.number, what, who, *times, customer.ahead))
        customer.step += 1

    def record_note(self, customer: Customer, what: int, value: int) -> None:
        self.notes.append((customer.number, customer.step, what, value))

    def record_state(self, server: Server, state: int, begin: int, end: int, customer: int = -1) -> None:
        if end > begin:
            self.server_rows.append((server.number, state, begin, end, customer))

    def record_duty(self, server: Server, duty_to: int, overtime_to: int) -> None:
        duty_to = max(duty_to, server.since)
        self.record_state(server, STATE_DUTY, server.since, duty_to)
        self.record_state(server, STATE_OVERTIME, duty_to, overtime_to)

    # --- calls (semantics 8, 9, 12) -------------------------------------------------------------------------

    def start_service(self, customer: Customer, server: Server) -> None:
        c, station = self.c, server.station
        customer.call, customer.server = self.now, server.number
        customer.waiting = False
        walk, factor = 0, server.factor
        if c.staff.station_attended[station]:
            walk, factor = self.staff.begin_work(customer, server)
        if (after := self.preparations.work_after(customer, server)) is not None:
            ticks = after
        elif customer.left >= 0:
            ticks, customer.left = customer.left, -1
        else:
            work = self.usual_work(customer, station, self.helping.work_of(server))
            ticks = to_ticks(work * factor, c.resolution, self.now)
        server.state, server.customer = "busy", customer
        self.schedule_end(server, customer, self.now + walk + ticks)
        if c.station_machined[station]:
            self.machines.wear(server)

    def schedule_end(self, server: Server, customer: Customer, t: int) -> None:
        server.ends = t
        if t < NOT_YET:  # else a preparation has to end first
            self.at(t, KIND_SERVICE_END, server.number, lambda: self.on_service_end(server, customer))

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
        patience = float(self.stated(customer, c.table_patience, station.number))
        stated = patience >= 0
        if not stated and law >= 0:
            purpose = c.station_patience_key[station.number]
            patience = self.duration(law, customer.key, purpose, customer.stays[station.number] - 1)
            if c.tickets.quotes[station.number]:
                patience *= customer.told
        customer.deadline = NEVER
        if stated or law >= 0:
            self.set_deadline(customer, customer.join + to_ticks(patience, c.resolution, self.now))

    def set_deadline(self, customer: Customer, t: int) -> None:
        step, customer.deadline = customer.step, t
        self.at(t, KIND_PATIENCE_END, customer.number, lambda: self.on_patience_end(customer, step))

    def turned_back(self, customer: Customer, station: Station, line: int) -> int:
        """Return 0 if the customer joins, a step outcome if he is turned back or does not want to."""
        c, i = self.c, station.number
        if c.station_room_total[i] >= 0 and station.inside >= c.station_room_total[i]:
            return STEP_BLOCKED
        full = 0 <= c.station_room_waiting[i] <= station.waiting - station.absent
        if full and self.nobody_free(station, line):
            return STEP_BLOCKED
        if c.zones.turns_away[i] and self.zones.no_place(i, customer):
            return STEP_BLOCKED
        asked, seen = True, station.inside
        if c.station_numbered[i]:
            seen = len(self.lines[line])
            if not self.nobody_free(station, line):
                asked = False  # taken at once, whatever the display shows
            elif 0 <= c.station_most_numbers[i] <= station.waiting:
                return STEP_BLOCKED
        if (joins := self.policies.joins(customer, station, line)) is not None:
            if not joins:
                return STEP_BALKED
        elif asked:
            joining, k = probability_to_join(self, customer, i, seen), customer.earlier_comings(i)
            if joining < 1.0 and self.uniform(customer, c.station_balk_key[i], k) >= joining:
                return STEP_BALKED
        if c.tickets.quotes[i] and not tell_quote(self, customer, station, line):
            return STEP_BALKED
        if line in self.deserted:
            return STEP_CLOSED_OUT
        return 0

    def shut_to(self, station: Station, origin: int) -> bool:
        """Return whether the annex of a station is not open to whoever comes from another one (semantics 53)."""
        return station.annex not in (EVERYWHERE, origin) and (self.now < station.opens or station.closed)

    def join_station(self, customer: Customer, to: int) -> None:
        """Bring a customer to a station: into service, into its line, on to another station, or out."""
        c = self.c
        origin = self.stations[int(c.line_station[customer.line])].annex if customer.line >= 0 else EVERYWHERE
        for _ in range(c.n_stations + 1):
            station = self.stations[to]
            line = int(c.line_of[to * c.n_types + customer.type])
            customer.join, customer.call, customer.server, customer.prepared = self.now, -1, -1, 0
            customer.ahead = len(self.lines[line])
            refused = STEP_BLOCKED if self.shut_to(station, origin) else 0
            if c.station_delay[to] and not refused:
                if self.zones.no_place(to, customer):
                    self.zones.keep_out(customer, station, line)
                else:
                    start_delay(self, customer, station, line)
                return
            if c.station_when_down[to] >= 0 and not refused and self.machines.nobody_up(station):
                self.record_step(customer, line, STEP_BLOCKED)
                customer.refusals[to] = customer.refusals.get(to, 0) + 1
                to = int(c.station_when_down[to])
                continue
            refused = refused or self.turned_back(customer, station, line)
            if not refused:
                if self.zones.no_place(to, customer):
                    self.zones.keep_out(customer, station, line)
                else:
                    self.enter(customer, station, line)
                return
            after, k = -1, customer.earlier_comings(to)
            if refused == STEP_BALKED and c.station_numbered[to]:
                ticks = call_ticks(self, customer, station, k)
                self.lines[line].append(Number(customer, self.sequence, NO_PLACE, self.now, ticks))
                self.sequence += 1
                station.waiting += 1
                station.absent += 1
                if c.call_rules.station_helped[to]:
                    self.get_help(station, line)
            if refused == STEP_BALKED:
                visit, after = VISIT_BALKED, where_after(self, ENDING_BALKED, customer, to, k)
            elif refused == STEP_BLOCKED:
                visit, after = VISIT_TURNED_AWAY, where_after(self, ENDING_BLOCKED, customer, to, k)
            else:
                visit = VISIT_CLOSED_OUT
            customer.refusals[to] = customer.refusals.get(to, 0) + 1
            to = end_unserved(self, customer, line, refused, visit, after)
            if to < 0:
                return
        raise EngineError("stations overflow into each other in a circle", time=self.now, rule="18")

    def enter(self, customer: Customer, station: Station, line: int) -> None:
        station.inside += 1
        customer.line, customer.sequence = line, self.sequence
        self.sequence += 1
        customer.stays[station.number] = customer.stays.get(station.number, 0) + 1
        server = self.choose_server(customer, station, line)
        if server is not None:
            station.idle.remove(server)
            self.start_service(customer, server)
        elif not self.c.station_preempts[station.number] or not self.machines.take_over(customer, station, line):
            insert_by_place(self, customer, line)
            self.wait_in_line(customer, station)
            self.opening.open_extra(station)
            self.wait_for_help(customer, station)
            self.helping.ask_for_help(station)
            self.preparations.line_grew(station)

    # --- events, in the order of their ranks (semantics 2) --------------------------------------------------

    def go_off(self, server: Server, scheduled: int) -> None:
        self.record_duty(server, scheduled, self.now)
        server.state = "off"

    def on_server_off(self, server: Server) -> None:
        """End a named server's shift: an idle one leaves, a busy one finishes first."""
        station = self.helping.home_of(server)
        if server.state in ("idle", "down"):
            if server.state == "idle":
                station.idle.remove(server)
            self.machines.machine_off(server)
            self.go_off(server, self.now)
            station.level -= 1
        elif server.state == "busy":
            server.state, server.shift_end = "last", self.now
            station.level -= 1
        elif server.state == "break":
            self.staff.end_break(server)
            self.go_off(server, self.now)
            station.level -= 1
        self.staff.forget_breaks(server)
        self.machines.move_line(station)

    def on_server_on(self, server: Server) -> None:
        """Start a named server's shift, if he is there."""
        station = self.helping.home_of(server)
        if self.staff.is_away(server):
            return
        if server.state == "last":
            self.record_duty(server, server.shift_end, self.now)
            server.state, server.since = "busy", self.now
            station.level += 1
        elif server.state == "off":
            server.since = self.now
            station.level += 1
            if self.machines.machine_on(server):
                self.pick_next(server)

    def on_level_or_renewal(self, entity: int, level: int) -> None:
        """Change a station's level, or renew what the halls of a network publish."""
        if entity < self.c.n_stations:
            self.on_level(self.stations[entity], level)
        else:
            renew_waits(self)

    def on_level(self, station: Station, level: int) -> None:
        """Change a station's staffing level (pooled or pre-emptive servers), or announce a break (named ones)."""
        if self.c.station_shift_end[station.number] == SHIFT_NAMED:
            self.staff.on_break_due(station, level)
            return
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
                    self.machines.interrupt(server)
                    self.go_off(server, self.now)
                    station.on_duty -= 1
        for server in station.servers:
            if station.on_duty < level and server.state == "off":
                server.since = self.now
                station.on_duty += 1
                self.pick_next(server)

    def on_close(self) -> None:
        """Close the doors that close now: whoever waits where nobody is on duty is closed out."""
        self.closed = self.now == self.c.close
        for station in self.stations:
            station.closed = station.closes <= self.now
        for number, line in enumerate(self.lines):
            station = self.stations[int(self.c.line_station[number])]
            if station.closes != self.now:
                continue
            if not self.somebody_on_duty(station, number):
                self.deserted.add(number)
            while number in self.deserted and line:
                customer = line.popleft()
                if isinstance(customer, Number):
                    station.waiting -= 1
                    station.absent -= 1
                    continue
                customer.waiting = False
                station.waiting -= 1
                helper = self.preparations.drop_preparation(customer)
                self.leave_station(station)
                self.record_step(customer, number, STEP_CLOSED_OUT, VISIT_CLOSED_OUT)
                self.leave_hall()
                self.preparations.free_helper(helper)
            if number in self.deserted:
                self.zones.close_out(number)

    def on_service_end(self, server: Server, customer: Customer) -> None:
        """Free the server, record the end, send the customer on, then let the server pick."""
        if server.customer is not customer or server.ends != self.now:
            return  # the service was interrupted
        station = self.stations[server.station]
        server.customer = None
        self.leave_station(station)
        row = next_route(self, customer, station.number)
        if self.zones.hold_back(customer, row, station, server):
            return
        if not self.send_on(customer, row, server):
            self.after_service(server, station)

    def send_on(self, customer: Customer, row: int, server: Server | None = None) -> bool:
        """Record the end of a service, and send the customer where a row of the routing table leads.

        Return whether the server goes on with him instead, with another transaction.
        """
        c = self.c
        keep_place(self, customer, int(c.line_station[customer.line]), row)
        to = int(c.route_to[row])
        if to >= c.n_stations:
            return follow_on(self, customer, row, server)
        self.record_step(customer, customer.line, int(c.route_outcome[row]))
        self.join_station(customer, to)
        return False

    def after_service(self, server: Server, station: Station) -> None:
        """Let a server who has just finished do the work left over, or go home if the shift is over, else pick."""
        if self.staff.end_work(server):
            return
        station = self.helping.come_home(server)
        if self.c.station_machined[station.number] or self.c.station_n_extra[station.number]:
            if self.machines.leaves_after(server):
                return
        elif self.c.station_shift_end[station.number] == SHIFT_NAMED:
            if server.state == "last":
                self.go_off(server, server.shift_end)
                self.staff.go_elsewhere(server)
                return
        elif station.on_duty > station.level:
            self.go_off(server, station.level_since)
            station.on_duty -= 1
            return
        self.go_on(server)

    def go_on(self, server: Server) -> None:
        """Let a free server begin a break that is due, else pick."""
        if not self.staff.begin_break(server):
            self.pick_next(server)

    def on_patience_end(self, customer: Customer, step: int) -> None:
        """Let a customer who is still waiting give up."""
        station = self.stations[int(self.c.line_station[customer.line])]
        if not customer.waiting or customer.step != step or customer.deadline != self.now:
            return  # called, in another line, or more patient by now
        if kept := self.zones.outside_of(customer):
            self.zones.give_up_outside(kept)
            return
        customer.waiting = False
        line = self.lines[customer.line]
        if self.c.station_numbered[station.number]:
            ticks = call_ticks(self, customer, station, customer.earlier_comings(station.number) - 1)
            line[line.index(customer)] = Number(customer, customer.sequence, customer.place, customer.join, ticks)
            station.absent += 1
        else:
            line.remove(customer)
            station.waiting -= 1
        self.give_up(customer, station)

    def give_up(self, customer: Customer, station: Station) -> None:
        """Let a customer leave a station whose line he has just left, and go where who gives up goes."""
        helper = self.preparations.drop_preparation(customer)
        self.leave_station(station)
        to = where_after(self, ENDING_RENEGED, customer, station.number, customer.stays[station.number] - 1)
        to = end_unserved(self, customer, customer.line, STEP_RENEGED, VISIT_GAVE_UP, to)
        if to >= 0:
            self.join_station(customer, to)
        self.preparations.free_helper(helper)

    def on_arrival(self, customer: Customer) -> None:
        """Let a customer in, and on to where the door leads."""
        to = int(self.c.route_to[next_route(self, customer, DOOR)])
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
                KIND_LEVEL: lambda entity=entity, value=value: self.on_level_or_renewal(entity, value),
                KIND_CLOSE: self.on_close,
            }
            self.at(t, kind, entity, actions[kind])

    def send_home(self) -> None:
        """End the duty of everybody still there: at closing, or when the last whom they could serve has left."""
        c = self.c
        for server in self.servers:
            if server.state == "off":
                continue
            if server.state not in ("idle", "down", "set up", "break"):
                raise EngineError("the day ended with people inside", time=self.now, rule="7")
            reaching = [s for s in self.stations if c.reaches[s.number * c.n_stations + server.station]]
            closes = self.stations[server.station].closes
            until = max(closes, self.staff.people[server.number].until, *(s.last_left for s in reaching))
            if c.hours.overnight[server.station]:
                until = max(closes, server.ends)
            self.machines.record_unfinished(server, until)
            self.staff.record_unfinished(server, until)
            self.record_duty(server, closes, until)
        if any(station.inside for station in self.stations):
            raise EngineError("the day ended with people inside", time=self.now, rule="7")

    def run(self) -> Log:
        self.schedule_calendar()
        self.machines.start_machines()
        self.opening.start_reviews()
        coming = coming_customers(self.c, self.seed, self.replication)
        for customer in coming:
            self.at(customer.arrive, KIND_ARRIVAL, customer.number, lambda who=customer: self.on_arrival(who))  # type: ignore[misc]
        self.env.run()
        self.send_home()
        rows = np.array(self.rows, dtype=np.int64).reshape(-1, ROW_FIELDS)
        server_rows = np.array(self.server_rows, dtype=np.int64).reshape(-1, SERVER_ROW_FIELDS)
        notes = np.array(self.notes, dtype=np.int64).reshape(-1, NOTE_FIELDS)
        keys = np.array([who.key for who in coming if self.c.has_persons], dtype=np.uint64)
        return Log(rows, server_rows, self.end, notes, self.c.day, keys)


def simulate(c: Compiled, seed: int, replication: int, rules: Rules | None = None) -> Log:
    """Simulate one replication and return its log, row for row that of `kernel.simulate`; `rules` are Python code.

    Raises
    ------
    EngineError
        If the day cannot be simulated.
    """
    return Hall(c, seed, replication, rules).run()
