"""What a hall must have for some KPIs to say anything: features of a model, by name.

A hall without the feature does not report such a KPI, nor does its reducer count for it.
"""

from __future__ import annotations

from collections.abc import Callable

from hallsim.kpis.outages import outages_of
from hallsim.model import ENDINGS, RETURNING, Costs, Model, Source, Station

CHANNEL_ROLE = "online"
"""Role of a delay that is another channel: whoever is sent there and comes back was diverted in vain."""


def is_channel(station: Station) -> bool:
    """Return whether a station is another channel, out of the hall."""
    return station.outside and station.role == CHANNEL_ROLE


def may_overtake(model: Model, i_station: int) -> bool:
    """Return whether the customers of a station are not all called by the age of their tickets."""
    station = model.stations[i_station]
    ranks = {line.rank for line in station.lines}
    by_code = any(policy.point == "call" and policy.station == i_station for policy in model.policies)
    return not station.delay and (len(ranks) > 1 or bool(station.pools or station.call_rules) or by_code)


def has_bookings(source: Source) -> bool:
    """Return whether the customers of a source have appointments that they may miss (semantics 22)."""
    return source.show < 1.0 or source.early is not None or source.late is not None


def _fails(model: Model) -> bool:
    tables = [t for s in model.stations for t in (s.routes, *(case.routes for case in s.cases))]
    routed = any(r.step_outcome == "failed" and r.probability > 0 for table in tables for row in table for r in row)
    return routed or any(s.breakdowns is not None and s.breakdowns.send_to >= 0 for s in model.stations)


def _down(model: Model) -> bool:
    return any(s.breakdowns is not None or s.outages for s in model.stations)


def _duty_changes(model: Model) -> bool:
    """Return whether the number of open counters changes over the day, at any station."""
    if _down(model) or any(s.extra is not None or s.breaks or len(s.levels) > 1 for s in model.stations):
        return True
    whole = ((model.open, model.close),)
    if any(day.shifts for day in model.days):
        return True
    named = (s for s in model.stations if s.shift_end == "named")
    return any(_cut(model, server.shifts) != whole for s in named for server in s.servers)


def _cut(model: Model, shifts: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Return shifts cut to the opening hours."""
    return tuple((max(on, model.open), min(off, model.close)) for on, off in shifts)


def _leads_on(model: Model) -> bool:
    """Return whether somebody may come back from a channel."""
    n = len(model.stations)
    for station in filter(is_channel, model.stations):
        tables = (station.routes, *(getattr(station, f"on_{e}") for e in ENDINGS), *(c.routes for c in station.cases))
        if any(0 <= r.destination < n for table in tables for row in table for r in row):
            return True
    return False


def costs_of(model: Model) -> tuple[Costs, ...]:
    """Return what a hall costs, or each hall of a network; empty if that is not said."""
    of_halls = (branch.costs for branch in model.network.branches) if model.network else (model.costs,)
    return tuple(costs for costs in of_halls if costs is not None)


FEATURES: dict[str, Callable[[Model], bool]] = {
    "failures": _fails,
    "down": _down,
    "outages": lambda model: bool(outages_of(model)),
    "extra": lambda model: any(s.extra is not None for s in model.stations),
    "set_up": lambda model: any(s.extra is not None and s.extra.set_up is not None for s in model.stations),
    "breaks": lambda model: any(s.breaks for s in model.stations),
    "call_time": lambda model: any(s.calls or (s.numbers and s.numbers.call_time) for s in model.stations),
    "overtaking": lambda model: any(may_overtake(model, i) for i in range(len(model.stations))),
    "skips": lambda model: any(s.calls is not None for s in model.stations),
    "no_shows": lambda model: (
        any(s.calls for s in model.stations)
        or any(s.kind == "table" and not (has_bookings(s) or s.name == RETURNING) for s in model.sources)
    ),
    "duty_changes": _duty_changes,
    "preparation": lambda model: any(s.preparation is not None for s in model.stations),
    "experience": lambda model: any(s.experience is not None for s in model.stations),
    "zones": lambda model: bool(model.zones),
    "blocked": lambda model: (
        any(s.preparation or s.experience for s in model.stations) or any(z.when_full == "block" for z in model.zones)
    ),
    "helping": lambda model: any(s.helps for s in model.stations),
    "channels": _leads_on,
    "walks": lambda model: any(law is not None for s in model.stations for law in s.walk),
    "wrap_ups": lambda model: any(law is not None for s in model.stations for law in s.wrap_up),
    "slowness": lambda model: any(x.novice or x.fatigue for s in model.stations for x in s.servers),
    "follow_ons": lambda model: any(model.follow_ons),
    "horizon": lambda model: model.horizon is not None,
    "persons": lambda model: model.persons is not None,
    "costs": lambda model: bool(costs_of(model)),
    "area": lambda model: any(costs.area for costs in costs_of(model)),
    "quotas": lambda model: not model.steady and any(t.quota for t in model.transactions),
    "network": lambda model: model.network is not None,
    "catchment": lambda model: model.catchment,
    "bookings": lambda model: not model.steady and any(has_bookings(source) for source in model.sources),
}
"""Name -> whether a model has it. "no_shows" are of stations whose calls may not be answered, and of logs, whose
customers come from a table."""


def features_of(model: Model) -> frozenset[str]:
    """Return the features of a model, and "" for KPIs that need none."""
    return frozenset({"", *(name for name, has in FEATURES.items() if has(model))})
