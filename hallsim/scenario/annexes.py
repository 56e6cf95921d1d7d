"""Hours of a station's own: annexes of the hall, such as a room of machines that is open all night (semantics 53).

In: the parsed stations and sources, and the hall's hours. Out: the hours of every station, and of the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def check_annexes(model: Model, ctx: Reading) -> None:
    """Complain of people and zones that would belong to two annexes at a time."""

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
    for i, zone in enumerate(model.zones):
        lying = [station for station in model.stations if station.zone == i]
        stray = next((s for s in lying if s.hours != lying[0].hours), None)
        if stray is not None:
            text = f"{stray.name} cannot be in {zone.name}: it has other hours than {lying[0].name}"
            ctx.add(("zones", zone.name), text)
