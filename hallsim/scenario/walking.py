"""Walking: how long customers walk from the door to a station, and from one station to the next.

In: the parsed `walking`, the zones' stations, and the routes as read. Out: delays in the form of parsed stations, one
for each station and length of a walk that leads there, and routes that lead over them (semantics 14). Nothing else
moves: on arrival who has walked draws what he would have drawn without.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Label
from hallsim.parts.distributions import Deterministic, Law, Lognormal
from hallsim.scenario.capacity import OUTSIDE_ROLES
from hallsim.scenario.kinds import PAUSE, Key, ListOf, NameMap, Number, Quantity, Record
from hallsim.scenario.names import label_of
from hallsim.scenario.routing import DOOR, Routes
from hallsim.scenario.zones import places_of
from hallsim.units import SPEED_FORMS, format_duration, parse_speed

ENTRANCE = "door"
MOST_METRES = 10_000
_USUAL_SPEED = "4.5 km/h"
_PLACES = ("minutes", "at")

WALKING = Record(
    "walking",
    (
        Key(
            "minutes",
            NameMap("place", NameMap("place", PAUSE)),
            "how long a walk takes, from place to place",
            required=True,
            unless="at",
            example="{door: {counter: 40 s, kiosk: 10 s}, kiosk: {counter: 30 s}}",
        ),
        Key(
            "at",
            NameMap("place", ListOf(Number(low=-MOST_METRES, high=MOST_METRES), "metres")),
            "instead of minutes: where the door and every station, or its zone, lie, in metres: [x, y]",
            "by minutes",
            example="{door: [0, 0], counter: [30, 10], waiting_area: [15, 5]}",
        ),
        Key("speed", Quantity("speed", parse_speed, SPEED_FORMS), "how fast customers walk", _USUAL_SPEED),
        Key("detour", Number(low=1, high=10), "length of the way over the straight line", "1", example="1.3"),
        Key("cv", Number(low=0, high=3), "how much the times of one walk differ (lognormal)", "0", example="0.3"),
    ),
    "Customers walk before they join a line: `walking: {minutes: {door: {counter: 40 s}}}`, or by coordinates "
    "`walking: {at: {door: [0, 0], counter: [30, 10]}, detour: 1.3}`. Places are stations, zones (for all their "
    "stations) and the `door`. The way back takes as long unless it is given; between places without a time nobody "
    "walks. A walk is time in the hall and no wait; who walks holds no place in a zone.",
)

_Names = dict[int, tuple[str, ...]]
"""Names of the places where a station lies, its own first, then its zone; of what is out of the hall, the door's."""
_Length = Callable[[int, int], int]
"""Length of the walk between a place and a station, microseconds; 0: there is none."""


def add_walks(data: dict[str, Any], routes: Routes) -> None:
    """Add the delays in which customers walk to the stations, and lead the routes over them."""
    given, ctx = data.get("walking"), routes.customers.ctx
    if not given:
        return
    _complain(given, data, routes)
    if ctx.errors:
        return
    names = _names(data, routes)
    ways = sorted(way for way in routes.ways() if names[way[1]] != names[DOOR])
    if given.get("at"):
        _complain_of_no_place(given["at"], ways, names, routes)
        if ctx.errors:
            return
    length = _by_minutes(given["minutes"], names) if given.get("minutes") else _by_metres(given, names)
    walks = {way: found for way in ways if (found := length(*way)) > 0}
    if not walks:
        ctx.warn(("walking",), "nobody ever walks: no way that customers go has a length")
    _complain_of_blocks(sorted({to for _, to in walks}), data, names, routes)
    legs = sorted({(to, found) for (_, to), found in walks.items()})
    first, onward = len(routes.stations), {}
    for to, found in legs:
        name = f"walk_to_{routes.stations[to]}"
        lengths = [each for other, each in legs if other == to]
        if len(lengths) > 1:
            name += f"_{lengths.index(found) + 1}"
        if name in data["stations"]:
            ctx.add(("stations", name), f"{name!r} is a name that walking needs; give the station another one")
        onward[name] = to
        label = label_of(names[to][0], (data["stations"][names[to][0]] or {}).get("label"))
        walk = _walk(label, found, len(lengths) > 1, given.get("cv") or 0.0)
        hours = (data["stations"][routes.stations[to]] or {}).get("hours")
        data["stations"][name] = walk | ({"hours": hours} if hours else {})
    routes.lead_over({way: first + legs.index((way[1], found)) for way, found in walks.items()}, onward)


def _walk(to: Label, length: int, several: bool, cv: float) -> dict[str, Any]:
    """Return the delay in which customers walk to a station, in the form of a parsed one."""
    takes = format_duration(round(length, -5))  # tenths of a second are enough to tell them apart
    words = {
        "en": f"walk to {to.en} ({takes})" if several else f"walk to {to.en}",
        "zh": f"步行至{to.zh}（{takes}）" if several else f"步行至{to.zh}",
    }
    law: Law = Lognormal(float(length), cv) if cv else Deterministic(float(length))
    return {"role": "delay", "written": ("walking",), "time": {"": law}, "label": words}


def _names(data: dict[str, Any], routes: Routes) -> _Names:
    """Return the names of the place of every station, and of the door."""
    zones, lies = list(data.get("zones") or {}), places_of(data)
    found: _Names = {DOOR: (ENTRANCE,)}
    for i, name in enumerate(routes.stations):
        zone = (zones[lies[name][0]],) if name in lies else ()
        outside = (data["stations"][name] or {}).get("role") in OUTSIDE_ROLES
        found[i] = (ENTRANCE,) if outside else (name, *zone)
    return found


def _complain(given: dict[str, Any], data: dict[str, Any], routes: Routes) -> None:
    """Complain of unknown places, of points that are none, and of keys that do not go together."""
    ctx = routes.customers.ctx
    known = [ENTRANCE, *routes.stations, *(data.get("zones") or {})]
    table, points = (given.get(key) or {} for key in _PLACES)
    if all(key in given for key in _PLACES):
        ctx.add(("walking", "at"), "stands beside minutes: give one of them")
    for key in ("speed", "detour"):
        if key in given and "at" not in given:
            ctx.warn(("walking", key), "has no effect without at")
    for key, names in (("minutes", table), ("at", points)):
        for name in names:
            if name not in known:
                ctx.add(("walking", key, name), not_one_of(name, "a place", known))
    for origin, row in table.items():
        for name in row or {}:
            if name not in known:
                ctx.add(("walking", "minutes", origin, name), not_one_of(name, "a place", known))
            elif name == origin:
                ctx.add(("walking", "minutes", origin, name), f"leads from {name} to {name}; leave it out")
    for name, point in points.items():
        if point is not None and len(point) != 2:
            ctx.add(("walking", "at", name), f"has {len(point)} numbers; a point is [x, y], in metres")


def _complain_of_no_place(at: dict[str, Any], ways: list[tuple[int, int]], names: _Names, routes: Routes) -> None:
    """Complain of places that customers pass and that have no coordinates."""
    for own, *zone in sorted({names[place] for way in ways for place in way}):
        if own not in at and not any(name in at for name in zone):
            where = f", or where {zone[0]} is" if zone else ""
            text = f"{own} has no place, and customers pass it; say where it is{where}"
            routes.customers.ctx.add(("walking", "at"), text)


def _complain_of_blocks(reached: list[int], data: dict[str, Any], names: _Names, routes: Routes) -> None:
    """Complain of zones that would keep customers with their servers, whom they have left to walk there."""
    for own, *zone in (names[station] for station in reached):
        if zone and data["zones"][zone[0]].get("when_full") == "block":
            text = f"who walks to {own} has left his server when it is full; choose another when_full, or no walk there"
            routes.customers.ctx.add(("zones", zone[0], "when_full"), text)


def _by_minutes(table: dict[str, dict[str, int]], names: _Names) -> _Length:
    """Return the length of walks by a table; the names of stations come before those of their zones."""

    def length(origin: int, to: int) -> int:
        pairs = [(a, b) for a in names[origin] for b in names[to] if origin != to]
        both = (way for a, b in pairs for way in ((a, b), (b, a)))
        return next((table[a][b] for a, b in both if b in table.get(a, {})), 0)

    return length


def _by_metres(given: dict[str, Any], names: _Names) -> _Length:
    """Return the length of walks by coordinates: the straight line, with its detour, at the speed."""
    at, metres_per_us = given["at"], given.get("speed") or parse_speed(_USUAL_SPEED)

    def length(origin: int, to: int) -> int:
        a, b = (next(at[name] for name in names[place] if name in at) for place in (origin, to))
        return round(math.dist(a, b) * (given.get("detour") or 1.0) / float(metres_per_us))

    return length
