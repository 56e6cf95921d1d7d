"""The calendar of a day: shifts, levels, breaks, renewals of what a network publishes, and closings, in order.

In: `Model`. Out: the columns of `Compiled` that say what changes when.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hallsim.arrays import I64, i64
from hallsim.compiling.annexes import Hours
from hallsim.compiling.network import renewals
from hallsim.compiling.staff import breaks_due
from hallsim.model import Model


class Calendar(NamedTuple):
    """The capacity changes of a day, int64[n] each, sorted by (time, kind, entity); see `Compiled`."""

    time: I64
    kind: I64
    entity: I64
    value: I64


class Ranks(NamedTuple):
    """The kinds of events that a calendar has, by their ranks (semantics 2)."""

    off: int
    on: int
    level: int
    close: int


def calendar_tables(model: Model, first_server: I64, hours: Hours, ranks: Ranks) -> dict[str, Any]:
    """Return the sorted capacity changes; nothing changes any more at a station once its doors close (semantics 7)."""
    rows: list[tuple[int, int, int, int]] = []
    closes = hours.closes.tolist()
    for i, station in enumerate(model.stations):
        if station.shift_end == "named":
            for j, server in enumerate(station.servers):
                for on, off in server.shifts:
                    rows.extend((t, kind, int(first_server[i]) + j, 0)
                                for t, kind in ((on, ranks.on), (off, ranks.off)) if t < closes[i])  # fmt: skip
        else:
            rows.extend((t, ranks.level, i, n) for t, n in station.levels if t < closes[i])
    rows.extend((t, ranks.level, i, b) for t, i, b in breaks_due(model) if t < closes[i])
    rows.extend((t, ranks.level, len(model.stations), 0) for t in renewals(model))
    rows.extend((t, ranks.close, 0, 0) for t in hours.closings.tolist())
    rows.sort()
    return {
        "change_time": i64([r[0] for r in rows]),
        "change_kind": i64([r[1] for r in rows]),
        "change_entity": i64([r[2] for r in rows]),
        "change_value": i64([r[3] for r in rows]),
    }
