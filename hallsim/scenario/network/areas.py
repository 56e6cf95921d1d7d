"""Who lives where, and how far it is: areas, travel times, and what customers go by.

In: the parsed network file and its halls. Out: a `Plan` of who may go where in which time; complaints go to the
`Reading`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import US_PER_HOUR, Area, Label, Model
from hallsim.scenario.names import label_of
from hallsim.scenario.network.declaration import DEFAULT_WAIT
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import format_share

DEFAULT_SPEED = 4.5
SLACK = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class Plan:
    """Areas, and by index of areas and halls: shares of each hall's customers, travel in microseconds, choice."""

    areas: tuple[Area, ...]
    shares: tuple[tuple[float, ...], ...]  # [hall][area] of the hall's customers
    travel: dict[tuple[int, int], int]  # (area, hall)
    between: dict[tuple[int, int], int]  # (hall, hall)
    published: tuple[int, ...]  # [hall] station, by its own number
    wait: float
    liking: float
    renewed: int


def read_plan(data: dict[str, Any], halls: dict[str, Model], ctx: Reading) -> Plan:
    """Read who lives where and goes by what."""
    names = list(halls)
    given = {name: own or {} for name, own in (data.get("areas") or {}).items()}
    for name in set(given) & set(names):
        ctx.add(("areas", name), f"{name!r} is a hall already; give the area another name")
        del given[name]
    parts = {name: _customers(own, name, names, ctx) for name, own in given.items()}
    places = _places(data, given, names, ctx)
    speed = (data.get("speed") or DEFAULT_SPEED) / US_PER_HOUR
    areas = [Area(name, label_of(name, own.get("label"))) for name, own in given.items()]
    travel: dict[tuple[int, int], int] = {}
    for i, (name, own) in enumerate(given.items()):
        for j, time in _times(own.get("travel") or {}, ("areas", name, "travel"), name, names, places, speed, ctx):
            travel[i, j] = time
        if not any((i, j) in travel for j in range(len(names))):
            ctx.add(("areas", name), "no way leads to any hall; give travel, or where here and for the halls")
    shares = [[parts[name].get(hall, Fraction(0)) for name in given] for hall in names]
    for j, hall in enumerate(names):
        total = sum(shares[j], Fraction(0))
        if total == 0:
            areas.append(_around(halls[hall], hall))
            travel[len(areas) - 1, j] = 0
            for i, row in enumerate(shares):
                row.append(Fraction(i == j))
        elif abs(total - 1) > SLACK:
            text = f"the areas have {format_share(total)} of the customers of {hall}, not 100 %"
            ctx.add(("areas",), text)
    own_shares = tuple(tuple(float(x) for x in row) for row in shares)
    between = _between(data, names, places, speed, ctx)
    choice = data.get("choice") or {}
    wait = choice.get("wait", DEFAULT_WAIT)
    if not wait and "renewed" in choice:
        ctx.warn(("choice", "renewed"), "has no effect: nobody goes by the wait")
    return Plan(
        tuple(areas),
        own_shares,
        travel,
        between,
        _published(choice, halls, ctx),
        float(wait or 0.0),
        float(choice.get("liking") or 0),
        choice.get("renewed") or 0,
    )


def _around(model: Model, hall: str) -> Area:
    """Return the area of those who go to their own hall at once."""
    return Area(f"around_{hall}", Label(f"around {model.label.en}", f"{model.label.zh}周边"))


def _customers(own: dict[str, Any], area: str, names: list[str], ctx: Reading) -> dict[str, Fraction]:
    """Return which part of which hall's customers live in an area."""
    given, path = own.get("customers_of"), ("areas", area, "customers_of")
    table = {given: Fraction(1)} if isinstance(given, str) else given or {}
    for name in table:
        if name not in names:
            ctx.add(path if isinstance(given, str) else (*path, name), not_one_of(name, "a hall of the network", names))
    return {name: share for name, share in table.items() if name in names and share is not None}


def _places(
    data: dict[str, Any], areas: dict[str, Any], names: list[str], ctx: Reading
) -> dict[str, tuple[float, float]]:
    """Return where halls and areas are, of those that say it."""
    found: dict[str, tuple[float, float]] = {}
    given: list[tuple[str, Any, Path]] = [(n, p, ("where", n)) for n, p in (data.get("where") or {}).items()]
    for name, _, path in given:
        if name not in names:
            ctx.add(path, not_one_of(name, "a hall of the network", names))
    given += [(name, own.get("where"), ("areas", name, "where")) for name, own in areas.items()]
    for name, point, path in given:
        if point is None or None in point:
            continue
        if len(point) != 2:
            ctx.add(path, f"has {len(point)} numbers; a place has two, kilometres east and north of some point")
            continue
        found[name] = (point[0], point[1])
    return found


def _times(
    stated: dict[str, int | None],
    path: Path,
    origin: str,
    names: list[str],
    places: dict[str, tuple[float, float]],
    speed: float,
    ctx: Reading,
) -> list[tuple[int, int]]:
    """Return hall and microseconds of every way from an area or hall: as stated, else as the crow flies."""
    for name in stated:
        if name not in names or name == origin:
            others = [other for other in names if other != origin]
            ctx.add((*path, name), not_one_of(name, "another hall" if origin in names else "a hall", others))
    found = []
    for j, name in enumerate(names):
        time = stated.get(name)
        if time is None and origin in places and name in places and name not in stated:
            time = round(math.dist(places[origin], places[name]) / speed)
        if time is not None and name != origin:
            found.append((j, time))
    return found


def _between(
    data: dict[str, Any], names: list[str], places: dict[str, tuple[float, float]], speed: float, ctx: Reading
) -> dict[tuple[int, int], int]:
    """Return the travel from hall to hall: as stated, else as stated for the way back, else as the crow flies."""
    given = data.get("between") or {}
    for name in given:
        if name not in names:
            ctx.add(("between", name), not_one_of(name, "a hall of the network", names))
    found: dict[tuple[int, int], int] = {}
    stated: dict[tuple[int, int], int] = {}
    for i, name in enumerate(names):
        own = given.get(name) or {}
        for j, time in _times(own, ("between", name), name, names, places, speed, ctx):
            (stated if names[j] in own else found)[i, j] = time
    back = {(j, i): time for (i, j), time in stated.items()}
    return found | back | stated


def _published(choice: dict[str, Any], halls: dict[str, Model], ctx: Reading) -> tuple[int, ...]:
    """Return the station whose wait each hall publishes, by its number in the hall."""
    given = choice.get("at") or {}
    for name in given:
        if name not in halls:
            ctx.add(("choice", "at", name), not_one_of(name, "a hall of the network", halls))
    found = []
    for name, model in halls.items():
        waiting = [s.name for s in model.stations if not s.delay]
        counters = [s.name for s in model.stations if s.role == "counter"]
        wanted = given.get(name)
        if wanted is not None and wanted not in waiting:
            text = not_one_of(wanted, f"a station of {name} where customers wait", waiting)
            ctx.add(("choice", "at", name), text)
        station = wanted if wanted in waiting else [*counters, *waiting, model.stations[0].name][0]
        found.append(next(i for i, s in enumerate(model.stations) if s.name == station))
    return tuple(found)
