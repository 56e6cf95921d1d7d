"""Extra counters of a model in flat arrays: when they open and close, who they are.

In: `Model`. Out: the columns of `Compiled` of that name, and `Opening`, its part for all that rule 40 adds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hallsim.arrays import F64, I64, f64, i64
from hallsim.compiling.routes import with_conditions
from hallsim.model import MEASURES, Model
from hallsim.parts.distributions import Law

BY_LONGEST = MEASURES.index("longest_wait")
BY_ESTIMATE = MEASURES.index("estimated_wait")


class Opening(NamedTuple):
    """What extra counters go by besides the number waiting, and when they can be called."""

    station_measure: I64
    station_review: I64  # microseconds from one look to the next; 0: looked at when something happens
    station_back_law: I64  # -1: none
    station_case: I64  # a case that no route has, while which they open; -1: always
    line_mean: F64  # mean service in microseconds, lines by rank; by it waits are published, too (semantics 52)
    server_first_window: I64
    server_n_windows: I64  # 0: always
    window_begin: I64
    window_end: I64


def extra_tables(
    model: Model, add_law: Callable[[Law | None], int], first_server: I64, routes: dict[str, Any]
) -> dict[str, Any]:
    """Return the columns of extra counters, and the routes' arrays with their conditions.

    `first_server` is that of each station, `add_law` collects laws.
    """
    routes, cases = with_conditions(routes, [s.opens_when for s in model.stations])
    extra = [s.extra for s in model.stations]
    n = [len(e.open_at) if e else 0 for e in extra]
    beyond = [int(f) + len(s.servers) for f, s in zip(first_server, model.stations, strict=True)]
    return {
        **routes,
        "station_first_extra": i64([b - k for b, k in zip(beyond, n, strict=True)]),
        "station_n_extra": i64(n),
        "station_closes_any": i64([bool(e and e.closing == "any") for e in extra]),
        "station_set_up_law": i64([add_law(e.set_up) if e else -1 for e in extra]),
        "station_first_threshold": i64(np.cumsum([0, *n])[:-1]),
        "threshold_open": i64([x for e in extra if e for x in e.open_at]),
        "threshold_close": i64([x for e in extra if e for x in e.close_at]),
        "opening": _opening(model, add_law, cases),
    }


def _opening(model: Model, add_law: Callable[[Law | None], int], cases: list[int]) -> Opening:
    extra = [s.extra for s in model.stations]
    means: list[float] = []
    windows: list[tuple[tuple[int, int], ...]] = []
    published = {b.published: b.means for b in model.network.branches} if model.network else {}
    for i, station in enumerate(model.stations):
        own = station.extra
        expected = own.means if own and own.means else published.get(i, ())
        for j in sorted(range(len(station.lines)), key=lambda j: (station.lines[j].rank, j)):
            means.append(expected[j] if expected else 0.0)
        n = len(own.open_at) if own else 0
        windows += [()] * (len(station.servers) - n)
        windows += own.available if own and own.available else [()] * n
    return Opening(
        station_measure=i64([MEASURES.index(e.by) if e else 0 for e in extra]),
        station_review=i64([e.every if e else 0 for e in extra]),
        station_back_law=i64([add_law(e.back) if e else -1 for e in extra]),
        station_case=i64(cases),
        line_mean=f64(means),
        server_first_window=i64(np.cumsum([0, *(len(w) for w in windows)])[:-1]),
        server_n_windows=i64([len(w) for w in windows]),
        window_begin=i64([a for w in windows for a, _ in w]),
        window_end=i64([b for w in windows for _, b in w]),
    )
