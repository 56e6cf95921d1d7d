"""Machines of a model in flat arrays: breakdowns, outages.

In: `Model`. Out: the columns of `Compiled` that say which servers are there when.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hallsim import draws
from hallsim.arrays import i64, u64
from hallsim.model import FAILS_BY, Model
from hallsim.parts.distributions import Law


def machine_tables(model: Model, add_law: Callable[[Law | None], int], breakdown: int, repair: int) -> dict[str, Any]:
    """Return how servers break down, and every outage of a station, sorted; its two events by their codes."""
    given = [s.breakdowns for s in model.stations]
    rows = [
        (t, kind, i)
        for i, station in enumerate(model.stations)
        for start, end in station.outages
        for t, kind in ((start, breakdown), (end, repair))
    ]
    rows.sort()
    return {
        "station_machined": i64([s.breakdowns is not None or bool(s.outages) for s in model.stations]),
        "station_fails_by": i64([FAILS_BY.index(b.by) if b else -1 for b in given]),
        "station_fail_law": i64([add_law(b.every) if b else -1 for b in given]),
        "station_uses": i64([b.uses if b else 0 for b in given]),
        "station_repair_law": i64([add_law(b.repair) if b else -1 for b in given]),
        "station_crew": i64([b.crew if b else 0 for b in given]),
        "station_send_to": i64([b.send_to if b else -1 for b in given]),
        "station_when_down": i64([b.when_down if b else -1 for b in given]),
        "server_hash": u64([draws.name_hash("server", s.name, x.name) for s in model.stations for x in s.servers]),
        "outage_time": i64([t for t, _, _ in rows]),
        "outage_kind": i64([kind for _, kind, _ in rows]),
        "outage_station": i64([i for _, _, i in rows]),
    }
