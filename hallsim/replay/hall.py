"""The model of a log: its queues as stations, its legs as customers, one day for each of the log's.

In: what `days.enact` made of the legs, and their names. Out: `Model`. A queue is a station: the line before one
counter, whose server has shifts, or all counters of a station, which are interchangeable and have a number on
duty. Names are taken from the log as they are, whatever they contain; labels are for readers.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import LogError
from hallsim.model import (
    US_PER_MINUTE,
    CustomerType,
    Day,
    Exit,
    Label,
    Line,
    Model,
    Route,
    Segment,
    Server,
    Source,
    Station,
    TicketClass,
    Transaction,
)
from hallsim.parts.distributions import Deterministic
from hallsim.replay.days import Enactment, LoggedDay, Queue
from hallsim.replay.legs import Legs, Names
from hallsim.replay.recipe import OPEN

I64 = NDArray[np.int64]

MOST_TYPES = 60_000
MOST_LINES = 60_000
"""As in scenarios: so many numbers of types and lines fit into the event buffer."""
MOST_ENTRIES = 2_000_000
"""Entries of a table by station and type: beyond, a hall takes minutes to lay out."""


def kinds_of(enacted: Enactment) -> tuple[I64, list[I64]]:
    """Return the types, int64[n_types, 4] of segment, transaction, ticket class and queue; and every customer's.

    A type goes to one queue, so a pair of segment and transaction has a type for each queue that it comes to.
    """
    columns = [
        np.stack([day.legs.segment, day.legs.transaction, day.legs.ticket_class, day.queue], axis=1)
        for day in enacted.days
    ]
    kinds, code = np.unique(np.concatenate(columns), axis=0, return_inverse=True)
    n_lines = len(np.unique(kinds[:, 2:], axis=0))
    for what, number, most in (
        ("combinations of segment, transaction, class and queue", len(kinds), MOST_TYPES),
        ("lines", n_lines, MOST_LINES),
        ("combinations of customers and queues", len(kinds) * len(enacted.queues), MOST_ENTRIES),
    ):
        if number > most:
            raise LogError(
                f"the log has {number} {what}; at most {most} can be re-enacted (lines: station needs fewer)"
            )
    ends = np.cumsum([len(column) for column in columns])
    return kinds, np.split(code.reshape(-1), ends[:-1])


def model_of(
    name: str,
    legs: Legs,
    names: Names,
    ranks: dict[tuple[int, int], int],
    enacted: Enactment,
    kinds: I64,
    kind_of: list[I64],
    resolution: int,
    label_of: Callable[[str], Label],
    role_of: Callable[[str], str],
) -> Model:
    """Return the model; `kinds` and `kind_of` are what `kinds_of` returns."""
    classes = _ticket_classes(names, ranks, label_of)
    stations = _stations(names, enacted, kinds, ranks, label_of, role_of)
    counts = np.bincount(np.concatenate(kind_of), minlength=len(kinds))
    source = Source("log", "table", tuple(float(share) for share in counts / counts.sum()))
    days = tuple(
        _day(date, day, kind, source, enacted)
        for (date, _), day, kind in zip(names.days, enacted.days, kind_of, strict=True)
    )
    first = min(t for day in enacted.days for t in (*day.join[:1].tolist(), *(duty.on for duty in day.duty)))
    label = label_of(names.hall) if names.hall else Label(name, name)
    return Model(
        name=name,
        label=label,
        description="",
        source_note="",
        open=first // US_PER_MINUTE * US_PER_MINUTE,
        close=max(day.close for day in days),
        segments=tuple(Segment(x, label_of(x)) for x in names.segments),
        transactions=tuple(Transaction(x, label_of(x)) for x in names.transactions),
        types=tuple(CustomerType(_type_name(names, kind), kind[0], kind[1]) for kind in kinds.tolist()),
        ticket_classes=classes,
        sources=(source,),
        stations=stations,
        exits=(Exit("leave", Label("leave", "离开"), "served"),),
        entry=tuple((Route(1.0, kind[3]),) for kind in kinds.tolist()),
        resolution=resolution,
        days=tuple(replace(day, close=max(day.close, first + resolution)) for day in days),
    )


def _type_name(names: Names, kind: list[int]) -> str:
    return f"{names.segments[kind[0]]} {names.transactions[kind[1]]}"


def logged_ranks(legs: Legs) -> dict[tuple[int, int], int]:
    """Return the rank of each class at each station, by (station, class), where the log gives each one rank."""
    pairs, which = np.unique(np.stack([legs.station, legs.ticket_class], axis=1), axis=0, return_inverse=True)
    lowest = np.full(len(pairs), np.iinfo(np.int64).max)
    highest = np.full(len(pairs), -1)
    np.minimum.at(lowest, which.reshape(-1), legs.priority)
    np.maximum.at(highest, which.reshape(-1), legs.priority)
    if not np.array_equal(lowest, highest) or (lowest < 0).any():
        return {}
    return {(int(s), int(c)): int(rank) for (s, c), rank in zip(pairs, lowest, strict=True)}


def _ticket_classes(
    names: Names, ranks: dict[tuple[int, int], int], label_of: Callable[[str], Label]
) -> tuple[TicketClass, ...]:
    letters = iter([c for c in string.ascii_uppercase if c not in names.ticket_classes])
    classes = []
    for i, name in enumerate(names.ticket_classes):
        prefix = name if len(name) <= 3 and name.isprintable() else next(letters, f"T{i}-")
        classes.append(
            TicketClass(name, label_of(name), prefix, min((r for (_, c), r in ranks.items() if c == i), default=0))
        )
    return tuple(classes)


def _stations(
    names: Names,
    enacted: Enactment,
    kinds: I64,
    ranks: dict[tuple[int, int], int],
    label_of: Callable[[str], Label],
    role_of: Callable[[str], str],
) -> tuple[Station, ...]:
    n_types, n_stations = len(kinds), len(enacted.queues)
    stations = []
    for k, (queue, name) in enumerate(zip(enacted.queues, _queue_names(names, enacted.queues), strict=True)):
        classes = np.unique(kinds[kinds[:, 3] == k, 2]).tolist()
        lines = tuple(
            Line(
                name if len(classes) == 1 else f"{name} {names.ticket_classes[c]}", c, ranks.get((queue.station, c), 0)
            )
            for c in classes
        )
        one = queue.counter >= 0
        servers = (names.counters[queue.counter],) if one else [f"{name} {i + 1}" for i in range(enacted.n_servers[k])]
        stations.append(
            Station(
                name=name,
                role=role_of(names.stations[queue.station]),
                label=label_of(name),
                lines=lines,
                line_of_type=tuple(classes.index(c) if q == k else 0 for _, _, c, q in kinds.tolist()),
                servers=tuple(Server(server, ()) for server in servers),
                service=(Deterministic(0.0),) * n_types,
                routes=((Route(1.0, n_stations),),) * n_types,
                patience=(None,) * n_types,
                shift_end="named" if one else "pooled",
            )
        )
    return tuple(stations)


def _queue_names(names: Names, queues: tuple[Queue, ...]) -> list[str]:
    """Return a name for each queue: its counter's where no other station has one of that name, else both.

    Names of a log are any text, so a number is added to what would be the same for two queues, also where
    reports join the names of a station and a class with a slash.
    """
    counters = [queue.counter for queue in queues]
    found: list[str] = []
    taken: set[str] = set()
    for queue in queues:
        station = names.stations[queue.station]
        if queue.counter < 0:
            name = station
        else:
            counter = names.counters[queue.counter]
            name = counter if counters.count(queue.counter) == 1 else f"{station} / {counter}"
        plain, i = name, 1
        while taken & (labels := {name, *(f"{name}/{c}" for c in names.ticket_classes)}):
            i += 1
            name = f"{plain} ({i})"
        taken |= labels
        found.append(name)
    return found


def _day(date: str, day: LoggedDay, kind: I64, source: Source, enacted: Enactment) -> Day:
    """Return what a day has of its own: one counter by its shifts, several by the number on duty."""
    shifts: list[list[list[tuple[int, int]]]] = [[[] for _ in range(n)] for n in enacted.n_servers]
    changes: list[list[tuple[int, int]]] = [[] for _ in enacted.n_servers]
    for duty in day.duty:
        if enacted.queues[duty.queue].counter >= 0:
            shifts[duty.queue][duty.server].append((duty.on, min(duty.off, day.close)))
        else:
            changes[duty.queue] += [(duty.on, 1)] + ([(duty.off, -1)] if duty.off != OPEN else [])
    own = replace(
        source,
        table_times=tuple(day.join.tolist()),
        table_types=tuple(kind.tolist()),
        table_services=tuple(day.occupied.tolist()),
        table_patiences=tuple(day.patience.tolist()),
        table_places=tuple(day.place.tolist()),
    )
    return Day(
        date=date,
        close=day.close,
        sources=(own,),
        shifts=tuple(tuple(tuple(sorted(server)) for server in queue) for queue in shifts),
        levels=tuple(tuple(_levels(queue)) for queue in changes),
    )


def _levels(changes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the number on duty from each time on; `changes` are (time, +1 or -1)."""
    number = 0
    for t, of_time in groupby(sorted(changes), key=lambda change: change[0]):
        step = sum(change for _, change in of_time)
        number += step
        if step:
            yield t, number
