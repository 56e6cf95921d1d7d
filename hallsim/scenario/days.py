"""Day types and the calendar -> kinds of day of the model (semantics 23).

In: the parsed `day_types` and `calendar`, and who comes on days of each type. Out: `Day`s, and which of them each date
is.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from hallsim.errors import not_one_of
from hallsim.model import Day, DayType, Source, Station
from hallsim.scenario.arrivals import Coming
from hallsim.scenario.campaigns import Effects, sources_with, stations_with
from hallsim.scenario.customers import sum_to_one
from hallsim.scenario.names import label_of
from hallsim.scenario.tables import Reading
from hallsim.units import plain, show

COLUMNS = {
    "date": ("date", "日期"),
    "day_type": ("day_type", "type", "日类型", "日期类型"),
}


class Calendar(NamedTuple):
    """Types of day in the order written, their shares, and the type of each date; empty without a calendar."""

    types: tuple[DayType, ...] = ()
    shares: tuple[float, ...] = ()
    dates: tuple[tuple[str, int], ...] = ()


def read_calendar(data: dict[str, Any], ctx: Reading) -> Calendar:
    """Read day types and how often, or when, they come."""
    given = {name: record or {} for name, record in (data.get("day_types") or {}).items()}
    if "calendar" in data and not given:
        ctx.add(("calendar",), "needs day_types, which its days are of")
    if not given:
        return Calendar()
    if "run_for" in data:
        ctx.add(("day_types",), "a steady-state run has no days; give open instead of run_for")
    types = tuple(DayType(name, label_of(name, record.get("label"))) for name, record in given.items())
    if "calendar" in data:
        for name in given:
            if "share" in given[name]:
                ctx.add(("day_types", name, "share"), "has no effect: the calendar says how often a day type comes")
        return Calendar(types, (), _dates(data["calendar"], types, ctx))
    without = [name for name, record in given.items() if "share" not in record]
    if without:
        ctx.add(("day_types", without[0]), f"does not say how often {without[0]} comes: give it a share, or a calendar")
        return Calendar(types)
    shares = sum_to_one({name: record["share"] for name, record in given.items()}, ("day_types",), ctx)
    return Calendar(types, tuple(float(x) for x in (shares or {}).values()))


def _dates(name: object, types: Sequence[DayType], ctx: Reading) -> tuple[tuple[str, int], ...]:
    """Return the date and the day type of every row of a calendar; complain of rows that cannot be read."""
    table = ctx.table(("calendar",), name) if name is not None else None
    if table is None:
        return ()
    heads = {key: next((n for n in names if n in table.columns), "") for key, names in COLUMNS.items()}
    for key, head in heads.items():
        if not head:
            ctx.add(("calendar",), not_one_of(key, f"a column of {FilePath(table.file).name}", table.columns))
            return ()
    problems: list[tuple[int, str]] = []
    found: dict[str, int] = {}
    for line, cells in table.rows:
        try:
            date = date_of(cells.get(heads["date"], ""))
            if date in found:
                raise ValueError(f"the date {date} is there twice")
            found[date] = _type_of(cells.get(heads["day_type"], ""), types)
        except ValueError as problem:
            problems.append((line, str(problem)))
    ctx.rows_wrong(table, problems)
    if not table.rows:
        ctx.add(("calendar",), f"{name} has no days")
    return tuple(found.items())


def date_of(cell: str) -> str:
    """Return a date as 2024-03-05; raise ValueError if it is none."""
    try:
        return datetime.date.fromisoformat(plain(cell)).isoformat()
    except ValueError:
        raise ValueError(f'{show(cell)} is not a date such as "2024-03-05"') from None


def _type_of(cell: str, types: Sequence[DayType]) -> int:
    for i, kind in enumerate(types):
        if cell in (kind.name, kind.label.en, kind.label.zh):
            return i
    raise ValueError(not_one_of(cell, "a day type", [kind.name for kind in types]))


class Days(NamedTuple):
    """Kinds of day, and the kind of each date."""

    kinds: tuple[Day, ...] = ()
    calendar: tuple[tuple[str, int], ...] = ()


def days_of_types(
    calendar: Calendar,
    coming: Coming,
    data: dict[str, Any],
    stations: tuple[Station, ...],
    campaigns: Sequence[Effects],
    leave: int,
    close: int,
    ctx: Reading,
) -> Days:
    """Return a kind of day for each type and each set of campaigns that run on days of it."""
    shifts = tuple(tuple(server.shifts for server in station.servers) for station in stations)
    levels = tuple(station.levels for station in stations)
    by_type = {}
    for day_type in calendar.types:
        demand = (data["day_types"][day_type.name] or {}).get("demand")
        sources = coming.by_type.get(day_type.name, coming.sources)
        by_type[day_type.name] = _busier(sources, demand, day_type.name, ctx)

    def kind(name: str, running: tuple[int, ...], share: float) -> Day:
        sources = sources_with(by_type[name], campaigns, running, coming.sources)
        own = stations_with(stations, campaigns, running, data.get("campaign_overlap") or 1.0, leave) if running else ()
        return Day("", close, sources, shifts, levels, name, share, running, own)

    def running(name: str, date: str) -> tuple[int, ...]:
        return tuple(i for i, effects in enumerate(campaigns) if effects.window.holds(name, date))

    names = [day_type.name for day_type in calendar.types]
    if not calendar.dates:
        return Days(tuple(kind(n, running(n, ""), share) for n, share in zip(names, calendar.shares, strict=True)))
    numbers: dict[tuple[str, tuple[int, ...]], int] = {}
    dates = []
    for date, i in calendar.dates:
        key = (names[i], running(names[i], date))
        dates.append((date, numbers.setdefault(key, len(numbers))))
    for i, name in enumerate(names):
        if all(i != of for _, of in calendar.dates):
            ctx.warn(("day_types", name), "no day of the calendar is of this type")
    for i, effects in enumerate(campaigns):
        if not any(i in active for _, active in numbers):
            ctx.warn(("campaigns", effects.campaign.name), "runs on no day of the calendar")
    return Days(tuple(kind(name, active, 0.0) for name, active in numbers), tuple(dates))


def _busier(sources: tuple[Source, ...], factor: float | None, name: str, ctx: Reading) -> tuple[Source, ...]:
    """Return the sources with all rates multiplied by a factor."""
    if factor is None or factor == 1:
        return sources
    if not any(source.pieces for source in sources):
        ctx.add(("day_types", name, "demand"), "has no effect: nobody comes by a rate")
    return tuple(replace(s, pieces=tuple(replace(p, rate=p.rate * factor) for p in s.pieces)) for s in sources)
