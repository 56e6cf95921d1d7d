"""What a Python policy sees of the hall: named, read-only, as it is at the moment of the decision.

In: a model (for the names) and a running `Hall` of the readable engine. Out: `HallView` and what is in it. Nothing here
leads back to the engine: a policy can only look, and return its choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from hallsim import draws
from hallsim.engines.reference_draws import Customer
from hallsim.model import US_PER_MINUTE, Model

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_records import Server, Station


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer, and his ticket where he waits.

    Attributes
    ----------
    number : int
        Of the day's customers, by arrival, from 0.
    segment, transaction, ticket : str
        Names in the scenario; `ticket` is the class, "" where he has none.
    arrived_min : float
        When he came through the door, in minutes since midnight.
    waited_min : float
        How long he has been in this line; 0 where he is in none.
    rank : int
        Of his ticket, for the server who calls: 0 is called first by the built-in rule.
    order : int
        Running number of all joinings in the day: who has the lower one joined first.
    steps : int
        Steps that he has behind him.
    """

    number: int
    segment: str
    transaction: str
    ticket: str
    arrived_min: float
    waited_min: float = 0.0
    rank: int = 0
    order: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class ServerView:
    """A server: `state` is off, idle, busy, last (with the last customer of the shift), down, set up or break."""

    name: str
    pool: str
    state: str


@dataclass(frozen=True, slots=True)
class LineView:
    """Who waits with tickets of one class, first to last."""

    name: str
    tickets: tuple[CustomerView, ...]

    def __len__(self) -> int:
        return len(self.tickets)


@dataclass(frozen=True, slots=True)
class StationView:
    """A station: `people` are those inside it, waiting or with a server; `lines` and `servers` go by name."""

    name: str
    people: int
    waiting: int
    idle: int
    on_duty: int
    lines: Mapping[str, LineView]
    servers: Mapping[str, ServerView]

    @property
    def longest_wait_min(self) -> float:
        """The longest wait of those who wait now; 0 where nobody does."""
        return max((t.waited_min for line in self.lines.values() for t in line.tickets), default=0.0)


@dataclass(frozen=True, slots=True)
class HallView:
    """The hall: the clock and the stations by name."""

    minute: float
    stations: Mapping[str, StationView]
    _luck: Callable[[int, str], float] = field(repr=False, compare=False)

    @property
    def clock(self) -> str:
        """The time of day as text, "10:05", which compares as times do."""
        return f"{int(self.minute) // 60:02d}:{int(self.minute) % 60:02d}"

    @property
    def people(self) -> int:
        """How many people are at the stations of the hall."""
        return sum(station.people for station in self.stations.values())

    def luck(self, customer: CustomerView, purpose: str) -> float:
        """Return a random number between 0 and 1 that belongs to a customer and a purpose.

        It is the same whenever it is asked for, and whatever else happens (semantics 3).
        """
        return self._luck(customer.number, purpose)


class Viewer:
    """Makes the views of one hall."""

    def __init__(self, model: Model, hall: Hall) -> None:
        self.model, self.hall = model, hall
        self.keys: dict[int, np.uint64] = {}  # of the customers shown so far
        self.ranked = [sorted(station.lines, key=lambda line: line.rank) for station in model.stations]

    def hall_view(self) -> HallView:
        """Return the hall as it is now."""
        inside = [s for s in self.hall.stations if not self.hall.c.station_outside[s.number]]
        stations = {self.model.stations[s.number].name: self.station_view(s) for s in inside}
        return HallView(self.hall.now / US_PER_MINUTE, MappingProxyType(stations), self._luck)

    def station_view(self, station: Station) -> StationView:
        """Return a station as it is now."""
        lines = {}
        for number, line in zip(station.lines, self.ranked[station.number], strict=True):
            name = self.model.ticket_classes[line.ticket_class].name
            present = [who for who in self.hall.lines[number] if isinstance(who, Customer)]
            lines[name] = LineView(name, tuple(self.customer_view(who, number) for who in present))
        servers = [self.server_view(server) for server in station.servers]
        return StationView(
            name=self.model.stations[station.number].name,
            people=station.inside,
            waiting=station.waiting - station.absent,
            idle=len(station.idle),
            on_duty=station.level,
            lines=MappingProxyType(lines),
            servers=MappingProxyType({server.name: server for server in servers}),
        )

    def server_view(self, server: Server) -> ServerView:
        """Return a server as he is now."""
        station = self.model.stations[server.station]
        own = station.servers[server.number - int(self.hall.c.station_first_server[server.station])]
        return ServerView(own.name, station.pools[own.pool].name if station.pools else "", server.state)

    def customer_view(self, customer: Customer, line: int = -1, rank: int | None = None) -> CustomerView:
        """Return a customer, with the ticket of a line if one is given."""
        self.keys[customer.number] = customer.key
        kind, ticket, waited, own = self.model.types[customer.type], "", 0.0, 0
        if line >= 0:
            station = int(self.hall.c.line_station[line])
            place = self.ranked[station][line - int(self.hall.c.station_first_line[station])]
            ticket, own = self.model.ticket_classes[place.ticket_class].name, place.rank
            waited = (self.hall.now - customer.join) / US_PER_MINUTE if customer.waiting else 0.0
        return CustomerView(
            number=customer.number,
            segment=self.model.segments[kind.segment].name,
            transaction=self.model.transactions[kind.transaction].name,
            ticket=ticket,
            arrived_min=customer.arrive / US_PER_MINUTE,
            waited_min=waited,
            rank=own if rank is None else rank,
            order=customer.sequence,
            steps=customer.step,
        )

    def _luck(self, number: int, purpose: str) -> float:
        key = np.array([self.keys[number]], dtype=np.uint64)
        return float(draws.uniforms(key, np.uint64(draws.name_hash("policy", purpose)), np.uint64(0))[0])
