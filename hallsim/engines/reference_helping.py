"""Servers who call the lines of other stations, in the readable engine (semantics 45).

The twin of `helping.py`, with the same names. A server away from home is a server of the station where he helps, until
he has finished there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_draws import Customer
    from hallsim.engines.reference_records import Server, Station


class Helping:
    """Who helps where."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        table = hall.c.helping
        self.helps = [table.at[i : i + n].tolist() for i, n in zip(table.first, table.number, strict=True)]

    def home_of(self, server: Server) -> Station:
        """Return the station that a server belongs to."""
        return self.hall.stations[int(self.hall.c.server_station[server.number])]

    def work_of(self, server: Server) -> int:
        """Return the row of works by which a server serves where he is."""
        away = server.station != self.hall.c.server_station[server.number]
        return server.station if away else int(self.hall.c.server_work[server.number])

    def come_home(self, server: Server) -> Station:
        """Bring a server who has finished back to the station that he belongs to."""
        home = self.home_of(server)
        server.station = home.number
        return home

    def first_waiting(self, station: Station) -> Customer | None:
        """Return who is called first at a station by somebody from elsewhere."""
        hall = self.hall
        heads = [(int(hall.c.line_rank[line]), hall.lines[line][0]) for line in station.lines if hall.lines[line]]
        return min(heads, key=lambda head: (head[0], head[1].place, head[1].sequence), default=(0, None))[1]

    def help_at(self, server: Server, customer: Customer) -> None:
        """Let an idle server call a customer of another station, as a server of that one."""
        hall, station = self.hall, self.hall.stations[int(self.hall.c.line_station[customer.line])]
        hall.lines[customer.line].remove(customer)
        station.waiting -= 1
        self.home_of(server).idle.remove(server)
        server.station = station.number
        hall.start_service(customer, server)

    def help_others(self, server: Server) -> bool:
        """Let a server for whom nobody waits help where somebody does; return whether there is anybody."""
        for to in self.helps[server.station]:
            customer = self.first_waiting(self.hall.stations[to])
            if customer is not None:
                self.help_at(server, customer)
                return True
        return False

    def ask_for_help(self, station: Station) -> None:
        """Let idle servers of other stations call those who wait at one."""
        hall = self.hall
        for number, helps in enumerate(self.helps):
            home = hall.stations[number]
            if station.number in helps:
                while home.idle and (customer := self.first_waiting(station)) is not None:
                    self.help_at(hall.preparations.choose_helper(customer, home), customer)

    def helpers_on_duty(self, station: Station) -> bool:
        """Return whether anybody is on duty, and not about to leave, who helps at a station."""
        homes = [self.hall.stations[n] for n, helps in enumerate(self.helps) if station.number in helps]
        return any(server.state not in ("off", "last") for home in homes for server in home.servers)
