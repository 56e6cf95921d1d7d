"""Servers with their calendars, and laws by customer type.

In: parsed values of a station or of one of its pools. Out: `Server`s and laws of the model. Servers given as a
number are on duty from open to close; numbers that change become named shifts (server i is on duty while the
number is at least i) or, pooled and pre-emptive, levels.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hallsim.model import Server
from hallsim.parts.distributions import Law
from hallsim.scenario.customers import Customers
from hallsim.scenario.tree import Path
from hallsim.units import format_clock

UNSAID = -1.0
"""Probability of absence of servers for whom the station says it (`staff.read_absence`)."""


def read_laws(
    entries: dict[str, Any] | None, path: Path, here: list[int], customers: Customers, required: bool
) -> list[Law | None]:
    """Return the law of every type, None where there is none; all who come `here` must have one if `required`."""
    if not entries:
        return [None] * len(customers.types)
    chosen = customers.by_type(entries, path)
    if required:
        without = [customers.types[t].name for t in here if chosen[t] is None]
        if without:
            customers.ctx.add(path, f"has no law for {', '.join(without)}; add {without[0]} or rest")
    laws = [entries[s] if s is not None else None for s in chosen]
    return [None if law == "never" else law for law in laws]


def read_servers(
    name: str, given: Any, path: Path, customers: Customers, hours: tuple[int, int]
) -> tuple[tuple[Server, ...], str, tuple[tuple[int, int], ...]]:
    """Return servers, the way shifts end, and the levels of interchangeable servers; `name` begins their names."""
    if isinstance(given, int):
        return tuple(Server(f"{name} {i + 1}", (hours,), absent=UNSAID) for i in range(given)), "named", ()
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
        servers = tuple(Server(f"{name} {i + 1}", (), absent=UNSAID) for i in range(most))
        return servers, mode, tuple(_merged(levels))
    ends = [t for t, _ in levels[1:]] + [hours[1]]
    stretches = [(start, end, n) for (start, n), end in zip(levels, ends, strict=True) if start < end]
    servers = tuple(
        Server(f"{name} {i}", _joined([(a, b) for a, b, n in stretches if n >= i]), absent=UNSAID)
        for i in range(1, most + 1)
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
            _warn_outside(start, end, span_text((start, end)), (*here, "shifts", j), customers, hours, True)
        shifts.sort()
        for before, after in pairwise(shifts):
            if after[0] < before[1]:
                text = f"shifts overlap: {span_text(before)} and {span_text(after)}"
                customers.ctx.add((*here, "shifts"), text)
        servers.append(Server(str(label), _joined(shifts), **_person(one, here, customers)))
    return tuple(servers)


def _person(one: dict[str, Any], path: Path, customers: Customers) -> dict[str, Any]:
    """Return who a server is and how quick, as fields of the model; absent UNSAID where it is the station's to say."""
    found: dict[str, Any] = {}
    speed = one.get("speed") or {"": 1.0}
    if "" in speed:
        found["time_factor"] = 1.0 / (speed[""] or 1.0)
    else:
        chosen = customers.by_type(speed, (*path, "speed"))
        found["type_factors"] = tuple(1.0 / (speed[s] or 1.0) if s is not None else 1.0 for s in chosen)
    if (novice := one.get("novice")) and None not in novice.values() and len(novice) == 2:
        found["novice"] = (novice["factor"], novice["services"])
    if (tires := one.get("tires")) and None not in tires.values() and len(tires) == 2:
        found["fatigue"] = (float(tires["per_hour"]), float(tires["at_most"]))
    found["absent"] = UNSAID if one.get("absent") is None else float(one["absent"])
    found["person"] = one.get("person") or ""
    return found


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


def span_text(span: tuple[int, int]) -> str:
    """Return a stretch of the day as it is written."""
    return f"{format_clock(span[0])}-{format_clock(span[1])}"
