"""Extra counters of the readable engine: when they open and close, who is called to them (semantics 13, 40).

The twin of `opening.py` and `measures.py`, with the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim import draws
from hallsim.compiled import KIND_POLICY_TICK, KIND_REPAIR, STATE_SET_UP
from hallsim.compiling.opening import BY_ESTIMATE, BY_LONGEST
from hallsim.engines.reference_draws import Customer
from hallsim.engines.reference_quotes import station_wait
from hallsim.engines.reference_routes import holds

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


class Openings:
    """The extra counters of a hall."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.gone: dict[int, int] = {}  # server: until when he is on his way back
        self.closings: dict[int, int] = {}  # server: how often he has closed

    def start_reviews(self) -> None:
        """Schedule the first look at every station that is looked at from time to time."""
        for station in self.hall.stations:
            self.next_review(station, station.opens)

    def next_review(self, station: Station, since: int) -> None:
        t = since + int(self.hall.c.opening.station_review[station.number])
        if since < t < station.closes:
            self.hall.at(t, KIND_POLICY_TICK, station.number, lambda: self.on_review(station))

    def extras(self, station: Station) -> list[Server]:
        n = int(self.hall.c.station_n_extra[station.number])
        return station.servers[len(station.servers) - n :]

    def measure(self, station: Station) -> int:
        """Return what the extra counters of a station go by."""
        hall, by = self.hall, self.hall.c.opening.station_measure[station.number]
        if by == BY_LONGEST:
            lines = [hall.lines[line] for line in station.lines]
            waiting = [customer for line in lines for customer in line if isinstance(customer, Customer)]
            return max((hall.now - customer.join for customer in waiting), default=0)
        if by == BY_ESTIMATE:
            return station_wait(hall, station)
        return station.waiting

    def can_be_called(self, server: Server) -> bool:
        """Return whether somebody who is not at the counter can be called to it now."""
        table, now, i = self.hall.c.opening, self.hall.now, server.number
        first, n = int(table.server_first_window[i]), int(table.server_n_windows[i])
        free = n == 0 or any(table.window_begin[j] <= now < table.window_end[j] for j in range(first, first + n))
        return server.state == "off" and free and now >= self.gone.get(i, 0)

    def may_open(self, station: Station) -> bool:
        """Return whether the condition holds while which the extra counters of a station open."""
        case = int(self.hall.c.opening.station_case[station.number])
        return case < 0 or holds(self.hall, case)

    def open_next(self, station: Station, value: int) -> bool:
        """Open the next extra counter, or begin to set it up, if what they go by is high enough for it."""
        hall, c, extras = self.hall, self.hall.c, self.extras(station)
        n = station.extra_open + sum(server.state == "set up" for server in extras)
        if n == len(extras):
            return False
        long = value >= c.threshold_open[int(c.station_first_threshold[station.number]) + n]
        if not hall.policies.opens(station, bool(long) and self.may_open(station)):
            return False
        closing = [server for server in extras if server.state == "last"]
        if closing:
            closing[-1].state = "busy"  # about to close: it stays open instead
            station.extra_open += 1
            station.level += 1
            return True
        server = next((server for server in extras if self.can_be_called(server)), None)
        if server is None:
            return False
        server.since = hall.now
        law = int(c.station_set_up_law[station.number])
        if law >= 0:
            server.state = "set up"
            ticks = hall.machines.ticks(law, server, draws.PURPOSE_SET_UP)
            hall.machines.machines[server.number].failures += 1
            after = 2 * (c.n_servers + c.n_stations)  # behind repairs and ends of outages
            hall.at(hall.now + ticks, KIND_REPAIR, after + server.number, lambda: self.on_ready(server))
        else:
            station.extra_open += 1
            station.level += 1
            hall.pick_next(server)
        return True

    def open_extra(self, station: Station) -> None:
        """Open an extra counter where a customer who joins the line has just made it long enough."""
        if self.extras(station) and not self.hall.c.opening.station_review[station.number]:
            self.open_next(station, self.measure(station))

    def on_ready(self, server: Server) -> None:
        """End a set-up: the counter opens if the line is still longer than it would close at."""
        hall, c, station = self.hall, self.hall.c, self.hall.stations[server.station]
        if not hall.machines.somebody_may_come(server.station):
            return
        hall.record_state(server, STATE_SET_UP, server.since, hall.now)
        row = int(c.station_first_threshold[station.number]) + station.extra_open
        if self.measure(station) > c.threshold_close[row]:
            station.extra_open += 1
            station.level += 1
            hall.pick_next(server)
        else:
            self.leave_counter(server)

    def line_is_short(self, station: Station, value: int) -> bool:
        """Return whether the line is short enough for the extra counter opened last to close."""
        c, n = self.hall.c, station.extra_open
        row = int(c.station_first_threshold[station.number]) + n - 1
        if n == 0 or station.closed:  # whoever is on duty at closing stays (semantics 7)
            return False
        return bool(value <= c.threshold_close[row])

    def close_extra(self, server: Server) -> None:
        station = self.hall.stations[server.station]
        station.extra_open -= 1
        station.level -= 1
        self.leave_counter(server)

    def leave_counter(self, server: Server) -> None:
        """Let somebody who was called to a counter go back."""
        hall, i = self.hall, server.number
        hall.go_off(server, min(hall.now, hall.stations[server.station].closes))
        law = int(hall.c.opening.station_back_law[server.station])
        if law >= 0:
            k = self.closings.get(i, 0)
            self.gone[i] = hall.now + hall.staff.ticks(law, server, draws.PURPOSE_BACK, k)
            self.closings[i] = k + 1

    def after_extra(self, server: Server, station: Station) -> bool:
        """Look at a service end where there are extra counters; return whether the server does not pick any more."""
        hall, extras = self.hall, self.extras(station)
        reviewed = bool(hall.c.opening.station_review[station.number])
        closes_any = bool(hall.c.station_closes_any[station.number])
        if server.state == "last":
            if server in extras:
                self.leave_counter(server)
            else:
                hall.go_off(server, server.shift_end)
                hall.staff.go_elsewhere(server)
        elif reviewed:
            return False
        elif not closes_any:
            short = self.line_is_short(station, self.measure(station))
            if server not in extras or not hall.policies.closes(station, server, short):
                return False
            self.close_extra(server)
        elif server in extras and station.waiting == 0 and not station.closed:
            self.close_extra(server)
        else:
            hall.go_on(server)
        if closes_any and self.line_is_short(station, self.measure(station)):
            self.close_one(station, busy_only=True)
        return True

    def close_one(self, station: Station, busy_only: bool) -> bool:
        """Close the highest-numbered open extra counter, after its customer if it has one; return if there was one."""
        open_ones = [x for x in self.extras(station) if x.state == "busy" or (x.state == "idle" and not busy_only)]
        if not open_ones:
            return False
        server = open_ones[-1]
        if server.state == "idle":
            station.idle.remove(server)
            self.close_extra(server)
        else:
            server.state = "last"
            station.extra_open -= 1
            station.level -= 1
        return True

    def on_review(self, station: Station) -> None:
        """Look at a station: open every extra counter whose number is reached, or else close those whose is."""
        value = self.measure(station)
        opened = 0
        while self.open_next(station, value):
            opened += 1
        while opened == 0 and self.line_is_short(station, value) and self.close_one(station, busy_only=False):
            pass
        self.next_review(station, self.hall.now)
