"""Who helps where: stations whose customers the servers of another serve, too.

In: parsed `helps` of a station. Out: its stations; and, on the finished hall, complaints about who cannot help, or
be helped.
"""

from __future__ import annotations

from typing import Any

from hallsim.compiling.staff import attended
from hallsim.errors import not_one_of
from hallsim.model import Model, Station
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


def read_helps(name: str, given: dict[str, Any], stations: list[str], ctx: Reading) -> tuple[int, ...]:
    """Return the stations at which the servers of one help."""
    found: list[int] = []
    for i, other in enumerate(given.get("helps") or []):
        path: Path = ("stations", name, "helps", i)
        if other is None:
            continue
        if other not in stations:
            ctx.add(path, not_one_of(other, "a station", stations))
        elif other == name:
            ctx.add(path, f"{name} helps itself")
        elif stations.index(other) in found:
            ctx.add(path, f"{other} is in the order twice")
        else:
            found.append(stations.index(other))
    return tuple(found)


def helped(model: Model, i: int) -> bool:
    """Return whether servers of other stations help at a station."""
    return any(i in station.helps for station in model.stations)


def check_helping(model: Model, ctx: Reading) -> None:
    """Complain of servers who cannot help elsewhere, and of stations where nobody can help, or nobody serves."""
    for i, station in enumerate(model.stations):
        path: Path = ("stations", station.name)
        if station.helps and (problem := cannot_leave(station)):
            ctx.add((*path, "helps"), f"the servers of {station.name} cannot help elsewhere: {problem}")
        if helped(model, i) and (problem := _cannot_be_helped(station)):
            ctx.add(path, f"nobody can help at {station.name}: {problem}")
        if (station.helps or helped(model, i)) and (problem := _beside(station)):
            ctx.add(path, f"{problem} cannot stand beside helps, servers who help at other stations")
        if not station.delay and not station.servers and not helped(model, i):
            ctx.add((*path, "servers"), "nobody serves here; give it servers, or let those of another station help")


def cannot_leave(station: Station) -> str:
    """Return why the servers of a station cannot do anything for customers of others, empty if they can."""
    if station.delay or not station.servers:
        return "it has no servers"
    if station.shift_end != "named":
        return f"its servers' shifts end as {station.shift_end}; leave shift_end out"
    return _it_has(station, "outages, which stop them too; list the other stations under outages")


def _cannot_be_helped(station: Station) -> str:
    """Return why nobody can help at a station, empty if somebody can."""
    if station.delay:
        return "nobody waits there"
    if station.shift_end != "named":
        return f"its servers' shifts end as {station.shift_end}; leave shift_end out"
    if problem := _it_has(station, "outages"):
        return problem
    if station.numbers:
        return "it has numbers that stay"
    return "it has calls that nobody answers" if station.calls else ""


def _it_has(station: Station, outages: str) -> str:
    """Return what a station has that stands beside no help, neither here nor elsewhere, empty if nothing."""
    for what, given in (
        ("breakdowns", station.breakdowns),
        (outages, station.outages),
        ("extra counters", station.extra),
        ("customers who interrupt each other", station.preempts),
    ):
        if given:
            return f"it has {what}"
    return ""


def _beside(station: Station) -> str:
    """Return what a station has that stands neither where servers help nor where they come from, empty if nothing."""
    if attended(station):
        return "walk, wrap_up, speeds by customer, novices and fatigue"
    if any(server.person for server in station.servers):
        return "people of several places"
    return ""
