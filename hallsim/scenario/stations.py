"""Stations: servers with calendars, lines, service and patience by customer type.

In: one parsed station with the resolved customers and routes. Out: a `Station` of the model. Servers given as
a number are on duty from open to close; numbers that change become named shifts (server i is on duty while the
number is at least i) or, pooled and pre-emptive, levels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hallsim.errors import not_one_of
from hallsim.model import Line, Server, Station
from hallsim.parts.distributions import Deterministic, Law
from hallsim.scenario.customers import Customers
from hallsim.scenario.names import label_of, role_of
from hallsim.scenario.routing import Routes
from hallsim.scenario.tree import Path
from hallsim.units import format_clock


def read_station(
    name: str,
    number: int,
    given: dict[str, Any],
    customers: Customers,
    routes: Routes,
    reached: set[tuple[int, int]],
    hours: tuple[int, int],
) -> Station:
    """Build one station; complaints go to the customers' `Reading`, and gaps are filled to go on."""
    path: Path = ("stations", name)
    here = [t for t in range(len(customers.types)) if (number, t) in reached]
    servers, shift_end, levels = _servers(name, given.get("servers"), customers, hours)
    lines, line_of_type = _lines(name, given.get("call"), here, customers)
    service = _laws(given.get("time"), (*path, "time"), here, customers, required="time" in given)
    patience = _laws(given.get("patience"), (*path, "patience"), here, customers, required=False)
    room = given.get("room") or {}
    total, waiting = room.get("total"), room.get("waiting")
    if total is not None and total < len(servers):
        text = f"room for {total} people is less than the {len(servers)} servers"
        customers.ctx.warn((*path, "room", "total"), text)
    some = next((law for law in service if law is not None), Deterministic(0.0))
    leave: list[Any] = [row or () for row in routes.rows[number]]
    return Station(
        name=name,
        role=given.get("role") or role_of(name),
        label=label_of(name, given.get("label")),
        lines=lines,
        line_of_type=line_of_type,
        servers=servers,
        service=tuple(law or some for law in service),
        routes=tuple(tuple(row) for row in leave),
        patience=tuple(patience),
        shift_end=shift_end,
        levels=levels,
        interrupted=given.get("interrupted") or "resume",
        idle_choice=given.get("idle_choice") or "longest_idle",
        room_total=-1 if total is None else total,
        room_waiting=-1 if waiting is None else waiting,
        when_full=routes.when_full.get(number, -1),
        join_probability=tuple(p for p in given.get("join_probability") or () if p is not None),
    )


def _laws(
    entries: dict[str, Any] | None, path: Path, here: list[int], customers: Customers, required: bool
) -> list[Law | None]:
    if not entries:
        return [None] * len(customers.types)
    chosen = customers.by_type(entries, path)
    if required:
        without = [customers.types[t].name for t in here if chosen[t] is None]
        if without:
            customers.ctx.add(path, f"has no law for {', '.join(without)}; add {without[0]} or rest")
    laws = [entries[s] if s is not None else None for s in chosen]
    return [None if law == "never" else law for law in laws]


def _lines(name: str, call: Any, here: list[int], customers: Customers) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    """Return one line per ticket class that comes here, and the line of every type."""
    classes = customers.classes
    coming = sorted({customers.class_of[t] for t in here}) or list(range(len(classes)))
    if call == "fifo":
        ranks = dict.fromkeys(coming, 0)
    elif isinstance(call, dict) and call.get("priority"):
        ranks = _priority(name, call["priority"], coming, customers)
    else:
        ranks = {c: classes[c].rank for c in coming}
    lines = tuple(Line(name if len(coming) == 1 else f"{name} {classes[c].name}", c, ranks[c]) for c in coming)
    where = {c: i for i, c in enumerate(coming)}
    return lines, tuple(where.get(c, 0) for c in customers.class_of)


def _priority(name: str, order: list[Any], coming: list[int], customers: Customers) -> dict[int, int]:
    ctx, classes = customers.ctx, customers.classes
    ranks: dict[int, int] = {}
    path: Path = ("stations", name, "call", "priority")
    known = list(dict.fromkeys([*(c.name for c in classes), *(s.name for s in customers.segments)]))
    for i, word in enumerate(order):
        if word is None:
            continue
        if (direct := customers.class_index(word)) >= 0:
            chosen = {direct}
        elif (segment := customers.segment_index(word)) >= 0:
            chosen = {c for c, t in zip(customers.class_of, customers.types, strict=True) if t.segment == segment}
            for c in sorted(chosen):
                mates = {
                    customers.segments[t.segment].name
                    for k, t in zip(customers.class_of, customers.types, strict=True)
                    if k == c and t.segment != segment
                }
                if mates:
                    others = ", ".join(sorted(mates))
                    ctx.add(
                        (*path, i),
                        f"{word} shares the ticket class {classes[c].name} with {others}; "
                        f"give {word} its own class, or name the class",
                    )
        else:
            ctx.add((*path, i), not_one_of(word, "a ticket class or segment", known))
            continue
        if any(c in ranks for c in chosen):
            ctx.add((*path, i), f"{word} is in the order twice")
        for c in chosen:
            ranks.setdefault(c, i)
    return {c: ranks.get(c, len(order)) for c in coming}


def _servers(
    name: str, given: Any, customers: Customers, hours: tuple[int, int]
) -> tuple[tuple[Server, ...], str, tuple[tuple[int, int], ...]]:
    """Return servers, the way shifts end, and the levels of interchangeable servers."""
    path: Path = ("stations", name, "servers")
    if isinstance(given, int):
        return tuple(Server(f"{name} {i + 1}", (hours,)) for i in range(given)), "named", ()
    if isinstance(given, list):
        return _by_name(given, path, customers, hours), "named", ()
    if not isinstance(given, dict) or not given.get("staff"):
        return (), "named", ()
    levels = [(t, n) for t, n, _ in given["staff"]]
    mode = given.get("shift_end") or "named"
    most = max(n for _, n in levels)
    if most == 0:
        customers.ctx.add((*path, "staff"), f"nobody is ever on duty at {name}")
        return (), mode, ()
    for t, n, key in given["staff"]:
        _warn_outside(t, t, key, (*path, "staff", key), customers, hours, n > 0)
    if mode != "named":
        servers = tuple(Server(f"{name} {i + 1}", ()) for i in range(most))
        return servers, mode, tuple(_merged(levels))
    ends = [t for t, _ in levels[1:]] + [hours[1]]
    stretches = [(start, end, n) for (start, n), end in zip(levels, ends, strict=True) if start < end]
    servers = tuple(
        Server(f"{name} {i}", _joined([(a, b) for a, b, n in stretches if n >= i])) for i in range(1, most + 1)
    )
    return servers, mode, ()


def _by_name(given: list[Any], path: Path, customers: Customers, hours: tuple[int, int]) -> tuple[Server, ...]:
    servers: list[Server] = []
    names: set[str] = set()
    for i, one in enumerate(given):
        if one is None:
            continue
        here = (*path, i)
        label = one.get("name")
        if label in names:
            customers.ctx.add((*here, "name"), f"two servers are called {label!r}")
        names.add(label)
        shifts = [s for s in one.get("shifts") or [] if s is not None] if "shifts" in one else [hours]
        for j, (start, end) in enumerate(shifts):
            _warn_outside(start, end, _span((start, end)), (*here, "shifts", j), customers, hours, True)
        shifts.sort()
        for before, after in pairwise(shifts):
            if after[0] < before[1]:
                text = f"shifts overlap: {_span(before)} and {_span(after)}"
                customers.ctx.add((*here, "shifts"), text)
        servers.append(Server(str(label), _joined(shifts), 1.0 / (one.get("speed") or 1.0)))
    return tuple(servers)


def _warn_outside(
    start: int, end: int, text: str, path: Path, customers: Customers, hours: tuple[int, int], someone: bool
) -> None:
    opens, closes = hours
    if someone and (start < opens or start >= closes or end > closes):
        when = f"{format_clock(opens)}-{format_clock(closes)}"
        customers.ctx.warn(path, f"{text} is outside the opening hours {when}")


def _joined(stretches: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Join stretches that touch."""
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def _merged(levels: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drop levels that change nothing."""
    return [level for i, level in enumerate(levels) if i == 0 or levels[i - 1][1] != level[1]]


def _span(span: tuple[int, int]) -> str:
    return f"{format_clock(span[0])}-{format_clock(span[1])}"
