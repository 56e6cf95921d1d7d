"""Targets: the parsed `targets` -> promises by station and ticket class.

In: parsed targets, customers, stations. Out: `Target`s. A target holds at every counter that the class can
reach, unless it names its station.
"""

from __future__ import annotations

from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import US_PER_MINUTE, Station, Target
from hallsim.scenario.customers import Customers
from hallsim.scenario.kinds import LENGTH, SHARE, Key, Phrase, Record, Text
from hallsim.scenario.tree import Path

PERCENTILES = ("wait_p50", "wait_p80", "wait_p90", "wait_p95", "wait_p99")
_AT_MOST_TIME = Phrase(r"at most (.+)", (LENGTH,), "at most 5 min")
_AT_MOST_SHARE = Phrase(r"at most (.+)", (SHARE,), "at most 3 %")
MEASURES = (
    Key(
        "wait",
        Phrase(r"(.+%)\s*within (.+)", (SHARE, LENGTH), "90 % within 10 min"),
        "service level: part of all who joined that is called within a time",
        example="90 % within 10 min",
    ),
    Key("mean_wait", _AT_MOST_TIME, "mean wait", example="at most 5 min"),
    *(Key(p, _AT_MOST_TIME, f"{p[-2:]}th percentile of the wait") for p in PERCENTILES),
    Key("abandonment", _AT_MOST_SHARE, "part of all who joined that gave up", example="at most 3 %"),
)
TARGET = Record(
    "a target",
    (*MEASURES, Key("station", Text(), "where it is measured", "every station with the role counter")),
    "Promises to hold the results against.",
)


def read_targets(
    given: dict[str, Any] | None,
    customers: Customers,
    stations: tuple[Station, ...],
    reached: set[tuple[int, int]],
    whole_hall: bool = False,
) -> tuple[Target, ...]:
    """Build every target; complaints go to the customers' `Reading`.

    In a hall whose stations are single counters (`whole_hall`) a target without a station holds for all together.
    """
    found: list[Target] = []
    for who, promises in (given or {}).items():
        path: Path = ("targets", who)
        ticket = _class(who, path, customers)
        if promises is None or ticket is None:
            continue
        everywhere = whole_hall and "station" not in promises
        for station in [-1] if everywhere else _places(promises, path, ticket, customers, stations, reached):
            for measure, value in promises.items():
                if measure != "station" and value is not None:
                    found.append(target_of(measure, value, station, ticket))
    return tuple(found)


def target_of(measure: str, value: tuple[Any, ...], station: int, ticket: int) -> Target:
    """Return one promise as parsed, such as (0.9, 10 min) of "wait"."""
    if measure == "wait":
        return Target("service_level", station, ticket, within=value[1], at_least=float(value[0]))
    assert measure in ("mean_wait", "abandonment", *PERCENTILES)
    unit = 1 if measure == "abandonment" else US_PER_MINUTE
    return Target(measure, station, ticket, at_most=float(value[0]) / unit)


def _class(who: str, path: Path, customers: Customers) -> int | None:
    """Return a ticket class, -1 for all, None after a complaint."""
    if who == "all":
        return -1
    if (ticket := customers.class_index(who)) >= 0:
        return ticket
    segment = customers.segment_index(who)
    if segment < 0:
        names = [*(c.name for c in customers.classes), *(s.name for s in customers.segments), "all"]
        known = list(dict.fromkeys(names))
        customers.ctx.add(path, not_one_of(who, "a ticket class or segment", known))
        return None
    classes = {c for c, t in zip(customers.class_of, customers.types, strict=True) if t.segment == segment}
    alone = all(t.segment == segment for c, t in zip(customers.class_of, customers.types, strict=True) if c in classes)
    if len(classes) == 1 and alone:
        return classes.pop()
    others = ", ".join(c.name for c in customers.classes)
    customers.ctx.add(path, f"targets are by ticket class, and {who} has no class of its own; known: {others}, all")
    return None


def _places(
    promises: dict[str, Any],
    path: Path,
    ticket: int,
    customers: Customers,
    stations: tuple[Station, ...],
    reached: set[tuple[int, int]],
) -> list[int]:
    names = [s.name for s in stations]
    comes = [
        i
        for i in range(len(stations))
        if any((i, t) in reached and ticket in (-1, customers.class_of[t]) for t in range(len(customers.types)))
    ]
    if "station" in promises:
        word = promises["station"]
        if word is None:
            return []
        if word not in names:
            customers.ctx.add((*path, "station"), not_one_of(word, "a station", names))
            return []
        return [names.index(word)]
    counters = [i for i, s in enumerate(stations) if s.role == "counter"]
    if stations and not counters:
        customers.ctx.add(path, "targets are measured at counters, and no station has the role counter; add station:")
        return []
    if places := [i for i in counters if i in comes]:
        return places
    if stations:
        customers.ctx.warn(path, "nobody of this class comes to a counter, so the target is not measured")
    return []
