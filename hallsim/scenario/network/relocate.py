"""A hall's own numbers -> those of the network that it stands in: stations, ways out, customer types, ticket classes.

In: any part of a hall's `Model`. Out: the same part, with every index that it holds renumbered and every table by
customer type spread over the network's types. What holds such an index or table is listed here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from hallsim.model import (
    ENDINGS,
    Breakdowns,
    Calls,
    Case,
    Channel,
    Experience,
    Joining,
    Line,
    Pool,
    Preparation,
    Quotes,
    Route,
    Server,
    Station,
    Term,
    Zone,
)
from hallsim.parts.distributions import Law

_Part = TypeVar("_Part")

BY_TYPE: dict[type, tuple[str, ...]] = {
    Station: (
        *("line_of_type", "service", "routes", "patience", "walk", "wrap_up"),
        *(f"on_{ending}" for ending in ENDINGS),
    ),
    Pool: ("service",),
    Server: ("type_factors",),
    Case: ("routes",),
    Joining: ("joins",),
    Calls: ("unanswered",),
    Quotes: ("steps",),
    Preparation: ("time", "prepared", "done", "fails"),
    Experience: ("tries", "time", "buys", "sale"),
    Channel: ("able",),
}
"""Tables by customer type; an empty one says nothing of anybody."""
STATIONS: dict[type, tuple[str, ...]] = {
    Station: ("helps",),
    Breakdowns: ("send_to", "when_down"),
    Preparation: ("by",),
    Experience: ("at",),
    Term: ("station",),
}
"""Numbers of stations."""


ZONES: dict[type, str] = {Station: "zone", Zone: "overflow"}
"""Numbers of zones; below 0 is none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hall stands in a network, by its own numbers."""

    branch: int
    first: int  # station of the network that is its first
    types: tuple[int, ...]  # [type of the network] its own type that takes the place of it
    exits: tuple[int, ...]  # [its own exit] destination in the network
    classes: tuple[int, ...]  # [its own ticket class] that of the network
    first_zone: int  # zone of the network that is its first

    def station(self, own: int) -> int:
        """Return the network's number of a station; below 0 stands the whole hall."""
        return self.first + own if own >= 0 else -1 - self.branch


def relocated(part: _Part, place: Place, n_stations: int) -> _Part:
    """Return a part of a hall, with so many stations, as it stands in the network."""

    def moved(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(moved(x) for x in value)
        if isinstance(value, Route):
            return _route(value, place, n_stations)
        if isinstance(value, Law) or not is_dataclass(value) or isinstance(value, type):
            return value
        kind = type(value)
        found: dict[str, Any] = {}
        for field in fields(value):
            own = getattr(value, field.name)
            if field.name in STATIONS.get(kind, ()):
                own = _stations(own, kind, place)
            elif field.name == ZONES.get(kind) and own >= 0:
                own += place.first_zone
            elif field.name in BY_TYPE.get(kind, ()) and own:
                own = tuple(own[t] for t in place.types)
            elif kind is Line and field.name == "ticket_class":
                own = place.classes[own]
            found[field.name] = moved(own)
        return kind(**found)

    whole: Callable[[Any], Any] = moved
    return whole(part)  # type: ignore[no-any-return]


def _route(route: Route, place: Place, n_stations: int) -> Route:
    own = route.destination
    if own >= n_stations:
        to = place.exits[own - n_stations]
    else:
        to = place.station(own) if own >= 0 else own  # who leaves, leaves
    return Route(route.probability, to, route.step_outcome, route.keeps)


def _stations(own: Any, kind: type, place: Place) -> Any:
    """Return numbers of stations; but of a term one below 0 is nobody's."""
    if isinstance(own, tuple):
        return tuple(place.station(x) for x in own)
    return own if own < 0 and kind is not Term else place.station(own)
