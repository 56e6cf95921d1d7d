"""Hours of a station's own: annexes of the hall, such as a room of machines that is open all night (semantics 53).

In: the parsed stations and sources, and the hall's hours. Out: the hours of every station, and of the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hallsim.compiling.routes import next_stations, stations_after
from hallsim.model import Model, Station
from hallsim.scenario.capacity import OUTSIDE_ROLES
from hallsim.scenario.servers import span_text
from hallsim.scenario.tables import Reading

Span = tuple[int, int]


def read_annexes(data: dict[str, Any], ctx: Reading) -> tuple[Span, ...]:
    """Return the hours that stations have of their own, each once, after a look at who may have any."""
    found: dict[Span, None] = {}
    for name, given in (data.get("stations") or {}).items():
        hours = (given or {}).get("hours")
        if hours is None:
            continue
        path = ("stations", name, "hours")
        if "run_for" in data:
            ctx.add(path, "a steady-state run has no hours; give open instead of run_for")
        elif (given or {}).get("role") in OUTSIDE_ROLES:
            ctx.add(path, f"a station of the role {given['role']} is out of the hall, so it has no hours")
        else:
            found[hours] = None
    return tuple(found)


def whole_day(hours: Span, annexes: Iterable[Span]) -> Span:
    """Return from when till when any door is open."""
    spans = [hours, *annexes]
    return min(opens for opens, _ in spans), max(closes for _, closes in spans)


def source_hours(
    given: dict[str, Any], path: tuple[Any, ...], hours: Span, annexes: tuple[Span, ...], ctx: Reading
) -> Span:
    """Return during which hours the customers of a source come: the hall's, or those of one of its annexes."""
    own: Span | None = given.get("hours")
    if own is None or own == hours or own in annexes:
        return own or hours
    known = ", ".join(span_text(span) for span in (hours, *annexes))
    ctx.add((*path, "hours"), f"{span_text(own)} are the hours of no station; those of this hall: {known}")
    return hours


def station_hours(name: str, data: dict[str, Any], hours: Span, annexes: tuple[Span, ...]) -> Span | None:
    """Return the hours of a station: its own, or the hall's; None where none is closed while another is open."""
    given = data["stations"][name] or {}
    if not annexes or given.get("role") in OUTSIDE_ROLES:
        return None
    own: Span | None = given.get("hours")
    return own or hours


def check_annexes(model: Model, with_horizon: bool, ctx: Reading) -> None:
    """Complain of people and zones that would belong to two annexes at a time, and of what midnight would part."""

    def check(here: Station, others: Iterable[int], key: str, what: str) -> None:
        for other in (model.stations[i] for i in others):
            if other.hours != here.hours:
                ctx.add(("stations", here.name, key), f"{what} {other.name}, which has other hours than {here.name}")

    for station in model.stations:
        check(station, station.helps, "helps", "its servers would help at")
        if station.preparation is not None:
            check(station, [station.preparation.by], "preparation", "its customers would be prepared by")
        if station.experience is not None:
            check(station, [station.experience.at], "experience", "its customers would be at")
        if with_horizon and station.round_the_clock and not station.delay:
            _check_overnight(model, station, ctx)
    for i, zone in enumerate(model.zones):
        lying = [station for station in model.stations if station.zone == i]
        stray = next((s for s in lying if s.hours != lying[0].hours), None)
        if stray is not None:
            text = f"{stray.name} cannot be in {zone.name}: it has other hours than {lying[0].name}"
            ctx.add(("zones", zone.name), text)


def _check_overnight(model: Model, station: Station, ctx: Reading) -> None:
    """Complain of what the people of one day would do to those of the next beside keeping the servers busy."""
    here = model.stations.index(station)
    later = stations_after(next_stations(model), here)
    same = {i for i in later if model.stations[i].hours == station.hours and not model.stations[i].delay}
    helped = any(here in other.helps for other in model.stations)
    people = station.servers
    reasons: dict[str, object] = {
        "servers": station.shift_end != "named" and f"shifts that end as {station.shift_end}",
        "breakdowns": station.breakdowns is not None and "breakdowns",
        "extra": station.extra is not None and "extra counters",
        "breaks": bool(station.breaks) and "breaks",
        "absent": any(s.absent > 0 for s in people) and "people who may be absent",
        "pools": bool(station.pools) and "pools",
        "call": len(station.lines) > 1 and "several lines",
        "room": max(station.room_total, station.room_waiting) >= 0 and "limited room",
        "join_probability": bool(station.join_probability or station.joining) and "customers who may not join",
        "quote": station.quotes is not None and "quotes",
        "numbers": station.numbers is not None and "numbers that stay",
        "calls": station.calls is not None and "calls in vain",
        "preparation": station.preparation is not None and "preparations",
        "experience": station.experience is not None and "terminals",
        "helps": bool(station.helps or helped) and "help from station to station",
        "walk": any(law is not None for law in (*station.walk, *station.wrap_up)) and "work around services",
        "then": bool(same) and f"a way on to {model.stations[min(same, default=0)].name} (of the same hours)",
    }
    more = {
        "outages": bool(station.outages) and "outages",
        "zones": station.zone >= 0 and "a zone",
        "servers": any(s.person or s.novice or s.fatigue for s in people)
        and "people who learn, tire or work elsewhere",
    }
    for key, what in (*reasons.items(), *more.items()):
        if what:
            text = f"{what} cannot be carried over midnight; do without, or give {station.name} shorter hours"
            ctx.add(("stations", station.name, key), text)
