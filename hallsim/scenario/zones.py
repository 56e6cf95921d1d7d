"""Zones: how many places a part of the hall has, which stations lie in it, and what happens once it is full.

In: parsed `zones`. Out: the zones of the model, and the stations with theirs; on the finished hall, complaints about
zones that stations cannot lie in, and about those that would block each other for good (semantics 50, 51).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hallsim.compiling.routes import interrupts
from hallsim.errors import not_one_of
from hallsim.model import WHEN_FULL, Model, Station, Zone
from hallsim.scenario.kinds import Choice, Key, ListOf, Record, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path

MOST_PLACES = 100_000
_HOLDS = ("stations", "waiting_for")

ZONE = Record(
    "a zone",
    (
        Key("seats", Whole(0, MOST_PLACES), "places to sit", required=True, example="24"),
        Key("standing", Whole(0, MOST_PLACES), "places to stand", "0", example="6"),
        Key(
            "stations",
            ListOf(Text(), "stations"),
            "stations that lie in it: whoever waits or is served there takes a place",
            "none",
            example="[sales_desk]",
        ),
        Key(
            "waiting_for",
            ListOf(Text(), "stations"),
            "stations whose customers wait in it: whoever is in their lines takes a place",
            "none",
            example="[counter, kiosk]",
        ),
        Key("overflow", Text(), "zone where those stand who do not fit in", "none", example="lobby"),
        Key(
            "when_full",
            Choice("what a full zone does", WHEN_FULL),
            "who comes when there is no place: with `wait_outside` they wait at its door, first come, first served; "
            "with `block` those who come from a service stay with their server, and those from a delay in it; with "
            "`turn_away` they go where the station's `when_full` says",
            "wait_outside",
        ),
        Key("label", LABEL, "name in reports", "the key", example="{en: Waiting area, zh: 等候区}"),
    ),
    "A part of the hall with a number of places, held by people from step to step: `waiting_area: {seats: 24, "
    "standing: 6, waiting_for: [counter]}`. A station's `room` is its own; a zone that turns away is one for several.",
)


def read_zones(data: dict[str, Any], stations: tuple[Station, ...], ctx: Reading) -> tuple[Zone, ...]:
    """Return the zones of a scenario."""
    given = {name: zone or {} for name, zone in (data.get("zones") or {}).items()}
    names, known = list(given), [station.name for station in stations]
    places: dict[str, str] = {}  # zone of each station so far
    found = []
    for name, own in given.items():
        path: Path = ("zones", name)
        for key, i, station in _members(own):
            if station not in known:
                ctx.add((*path, key, i), not_one_of(station, "a station", known))
            elif station in places:
                where = "twice" if places[station] == name else f"in {places[station]} already"
                ctx.add((*path, key, i), f"{station} is {where}; a station has one zone")
            places[station] = name
        overflow = own.get("overflow")
        zone = Zone(
            name=name,
            label=label_of(name, own.get("label")),
            seats=own.get("seats") or 0,
            standing=own.get("standing") or 0,
            overflow=names.index(overflow) if overflow in names else -1,
            when_full=own.get("when_full") or WHEN_FULL[0],
        )
        if overflow is not None and (problem := _cannot_take(overflow, name, given)):
            ctx.add((*path, "overflow"), problem)
        if own.get("seats") == 0 and not zone.standing:
            ctx.add(path, "has no places: nobody could ever come in")
        if not any(True for _ in _members(own)) and name not in (other.get("overflow") for other in given.values()):
            ctx.add(path, f"nobody is ever in {name}; name stations, or waiting_for, or let it be an overflow")
        found.append(zone)
    return tuple(found)


def _members(own: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(key, i, name) for key in _HOLDS for i, name in enumerate(own.get(key) or []) if name is not None]


def _cannot_take(overflow: str, name: str, zones: dict[str, dict[str, Any]]) -> str:
    """Return why a zone cannot take those who do not fit into another, empty if it can."""
    if overflow not in zones:
        return not_one_of(overflow, "a zone", zones)
    if overflow == name:
        return f"{name} cannot be its own overflow"
    if zones[overflow].get("overflow") is not None:
        return f"{overflow} has an overflow itself; only one zone can stand behind another"
    return ""


def places_of(data: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """Return the number of the zone that each station lies in, and whether one only waits there; by station."""
    return {
        station: (number, key == "waiting_for")
        for number, own in enumerate((data.get("zones") or {}).values())
        for key, _, station in _members(own or {})
    }


def with_zones(data: dict[str, Any], stations: tuple[Station, ...]) -> tuple[Station, ...]:
    """Return the stations with the zones that they lie in."""
    where = places_of(data)
    placed = ((station, *where.get(station.name, (-1, False))) for station in stations)
    return tuple(replace(station, zone=zone, waits_in_zone=waits) for station, zone, waits in placed)


def check_zones(data: dict[str, Any], model: Model, ctx: Reading) -> None:
    """Complain of stations that cannot lie in their zone, of servers who cannot be blocked, and of blocks for good."""
    known = {station.name: station for station in model.stations}
    for zone, own in zip(model.zones, (data.get("zones") or {}).values(), strict=True):
        for key, i, name in _members(own):
            if problem := _cannot_lie_in(zone, known[name]):
                ctx.add(("zones", zone.name, key, i), f"{name} cannot be in {zone.name}: {problem}")
        lying = [known[name] for name in own.get("stations") or []]
        if zone.overflow < 0 and zone.places < max((len(s.servers) for s in lying), default=0):
            ctx.warn(
                ("zones", zone.name), f"{zone.places} places are fewer than the servers of a station that lies there"
            )
    if ctx.errors:
        return
    for station in model.stations:
        blocking = [model.zones[z].name for z in _blocked_for(model, station)]
        if blocking and interrupts(station):
            text = (
                f"its servers can be blocked by {blocking[0]}, and their services interrupted; only one of them can be"
            )
            ctx.add(("stations", station.name), text)
    if not ctx.errors:
        _blocks_end(model, ctx)


def _cannot_lie_in(zone: Zone, station: Station) -> str:
    """Return why a station cannot be in a zone, empty if it can."""
    if station.outside:
        return "its customers are not in the hall"
    if station.delay and station.waits_in_zone:
        return "nobody waits there; list it under stations"
    if station.delay and zone.when_full == "turn_away":
        return "it has no servers, and turns nobody away; choose another when_full"
    if station.waits_in_zone and interrupts(station):
        return "its services can be interrupted, and who is sent back to its line needs a place; list it under stations"
    if zone.when_full != "turn_away" and station.numbers:
        return "it has numbers that stay; let the zone turn_away"
    if zone.when_full != "turn_away" and station.breakdowns and station.breakdowns.when_down >= 0:
        return "its customers go elsewhere when all are down; let the zone turn_away"
    return ""


def _blocked_for(model: Model, station: Station) -> list[int]:
    """Return the zones that may keep a station's customers at it when their service is over."""
    if station.outside:
        return []
    tables = (station.routes, *(case.routes for case in station.cases))
    going = {r.destination for table in tables for row in table for r in row if r.probability > 0}
    found: dict[int, None] = {}
    for to in sorted(going & set(range(len(model.stations)))):
        zone = model.stations[to].zone
        stays_inside = zone == station.zone and not station.waits_in_zone
        if zone >= 0 and model.zones[zone].when_full == "block" and not stays_inside:
            found[zone] = None
    return list(found)


def _blocks_end(model: Model, ctx: Reading) -> None:
    """Complain of zones that could block each other in a circle."""
    group = _emptied_together(model)
    n = len(model.stations)
    blocked = [(i, zone) for i, station in enumerate(model.stations) for zone in _blocked_for(model, station)]
    edges = {(group[i], group[n + zone]) for i, zone in blocked}
    for i, zone in blocked:
        if _leads(group[n + zone], group[i], edges):
            text = (
                f"customers of {model.stations[i].name} who are blocked by it can keep it full for good; choose "
                "another when_full, or let nobody come back to what is needed to empty it"
            )
            ctx.add(("zones", model.zones[zone].name, "when_full"), text)
            return


def _emptied_together(model: Model) -> list[int]:
    """Return for each station, then each zone, its group: what shares places, or servers who help elsewhere.

    A zone that is full holds people of its own stations, and these empty it; only one that others overflow into may be
    full of theirs.
    """
    n, zones = len(model.stations), model.zones
    pairs = [(i, n + station.zone) for i, station in enumerate(model.stations) if station.zone >= 0]
    pairs += [(i, other) for i, station in enumerate(model.stations) for other in station.helps]
    shared = (i for i, zone in enumerate(zones) if zone.overflow >= 0 and zones[zone.overflow].when_full == "block")
    pairs += [(n + i, n + zones[i].overflow) for i in shared]
    group = list(range(n + len(model.zones)))
    for a, b in pairs:
        group = [group[b] if g == group[a] else g for g in group]
    return group


def _leads(start: int, goal: int, edges: set[tuple[int, int]]) -> bool:
    """Return whether a way leads along the edges from one node to another, or both are one."""
    found, fresh = {start}, {start}
    while fresh:
        fresh = {b for a, b in edges if a in fresh} - found
        found |= fresh
    return goal in found
