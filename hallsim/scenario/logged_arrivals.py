"""Arrivals from a log: the customers of logged days visit the hall that the scenario describes.

In: a table of visits, named by `log` of a source. Out: when and for what each customer of each day came (of a ticket
with several legs, the first), and days for the model: each logged day is one replication. What the log says
of waits and services is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hallsim.model import Day, Source, Station
from hallsim.scenario.replays import read_log
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path


class Logged(NamedTuple):
    """One customer of a log; names are empty where the log has none."""

    day: int
    time: int
    segment: str
    transaction: str


def read_logged(path: Path, name: object, ctx: Reading) -> tuple[list[Logged], tuple[str, ...]]:
    """Return the customers of a log, by day and arrival, and the dates of its days ("" without one).

    Complains and returns nothing if the log cannot be read.
    """
    visits = read_log(path, name, ctx)
    if visits is None:
        return [], ()
    from hallsim.replay.legs import days_of

    day, days = days_of(visits)
    came = visits["t_arrive"].fillna(visits["t_ticket"])
    first = (
        visits.assign(day=day, came=came)
        .sort_values(["day", "visit", "step"], kind="stable")
        .drop_duplicates(["day", "visit"])
        .sort_values(["day", "came", "visit"], kind="stable")
    )
    nameless = first["came"].isna()
    if nameless.any() or first.empty:
        row = int(np.flatnonzero(first["came"].isna())[0]) if nameless.any() else -1
        what = (
            f"row {first.index[row] + 1} has no time of arrival" if row >= 0 else "nobody comes on any day of the log"
        )
        ctx.add(path, f"{name}: {what}")
        return [], ()
    columns = (first["day"].tolist(), first["came"].tolist(), *(_texts(first[c]) for c in ("segment", "transaction")))
    return [Logged(*row) for row in zip(*columns, strict=True)], tuple(date for date, _ in days)


def _texts(column: object) -> list[str]:
    return list(column.astype(object).where(column.notna(), ""))  # type: ignore[attr-defined]


def of_each_day(source: Source, day_of: Sequence[int], n_days: int) -> Iterator[Source]:
    """Yield the source of each day, whose table is the part of the whole table that is the day's."""
    days = np.array(day_of, dtype=np.int64)
    times, types = np.array(source.table_times), np.array(source.table_types)
    for i in range(n_days):
        here = days == i
        yield replace(source, table_times=tuple(times[here].tolist()), table_types=tuple(types[here].tolist()))


def days_of_hall(
    dates: Sequence[str], sources: Sequence[tuple[Source, ...]], stations: Sequence[Station], close: int
) -> tuple[Day, ...]:
    """Return the days of a hall in which only the customers differ from day to day."""
    shifts = tuple(tuple(server.shifts for server in station.servers) for station in stations)
    levels = tuple(station.levels for station in stations)
    return tuple(Day(date, close, own, shifts, levels) for date, own in zip(dates, sources, strict=True))
