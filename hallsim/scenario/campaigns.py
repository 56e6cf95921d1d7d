"""Campaigns: the parsed `campaigns` -> more customers, longer services and returns on the days on which they run.

In: parsed campaigns, who comes otherwise, stations. Out: the sources and stations of a day (semantics 25).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from hallsim.errors import not_one_of
from hallsim.model import Campaign, Case, RatePiece, Route, Source, Station
from hallsim.parts.distributions import Law
from hallsim.scenario.customers import Customers
from hallsim.scenario.names import label_of, role_of
from hallsim.scenario.routing import LEAVE, Routes
from hallsim.scenario.tree import Path

Rows = tuple[tuple[Route, ...], ...]


class Window(NamedTuple):
    """When a campaign runs: on every day, or on days of some types, or from one date to another."""

    every_day: bool = True
    types: frozenset[str] = frozenset()
    dates: tuple[tuple[str, str], ...] = ()

    def holds(self, day_type: str, date: str) -> bool:
        """Return whether the campaign runs on a day; dates as text are in the order of time."""
        within = any(first <= date <= last for first, last in self.dates) if date else False
        return self.every_day or day_type in self.types or within


@dataclass(frozen=True, slots=True)
class Effects:
    """A campaign and what it does, by customer type: `lift` and `misunderstood` as parts of 1, `longer` a factor."""

    campaign: Campaign
    window: Window
    lift: tuple[float, ...]
    longer: tuple[float, ...]
    misunderstood: tuple[float, ...]
    come_back: int
    at: frozenset[int]


def read_campaigns(
    data: dict[str, Any], customers: Customers, usual: Sequence[Source], day_types: Sequence[str], has_dates: bool
) -> tuple[Effects, ...]:
    """Read every campaign; complaints go to the customers' `Reading`."""
    ctx = customers.ctx
    given = {name: record or {} for name, record in (data.get("campaigns") or {}).items()}
    if "campaign_overlap" in data and len(given) < 2:
        ctx.warn(("campaign_overlap",), "has no effect with fewer than two campaigns")
    found = []
    for name, record in given.items():
        path: Path = ("campaigns", name)
        if name in (data.get("arrivals") or {}):
            ctx.add(path, "a source of arrivals has this name; give the campaign another")
        window = _window(record, (*path, "on"), customers, day_types, has_dates)
        at = _stations(record, path, data, customers)
        back = _come_back(record, path, data, customers)
        columns = [_column(record, key, path, customers) for key in ("lift", "service_time", "misunderstood")]
        if any(columns[0]) and not any(source.kind == "poisson" for source in usual):
            ctx.add((*path, "lift"), "has no effect: nobody comes by a rate")
        longer = tuple(1.0 if x == 0.0 else x for x in columns[1])
        if not any(columns[0]) and all(x == 1.0 for x in longer) and not any(columns[2]) and not ctx.errors:
            ctx.warn(path, "changes nothing: give it a lift, a service_time or misunderstood")
        campaign = Campaign(name, label_of(name, record.get("label")), record.get("level") or "")
        found.append(Effects(campaign, window, columns[0], longer, columns[2], back, at))
    return tuple(found)


def _column(record: dict[str, Any], key: str, path: Path, customers: Customers) -> tuple[float, ...]:
    """Return a value for each type, 0 where nothing is said."""
    if not record.get(key):
        return (0.0,) * len(customers.types)
    chosen = customers.by_type(record[key], (*path, key))
    return tuple(float(record[key][who] or 0) if who is not None else 0.0 for who in chosen)


def _stations(record: dict[str, Any], path: Path, data: dict[str, Any], customers: Customers) -> frozenset[int]:
    """Return the stations that a campaign has to do with."""
    stations = {name: given or {} for name, given in (data.get("stations") or {}).items()}
    names = list(stations)
    if record.get("at"):
        chosen = [name for name in record["at"] if name is not None]
        for i, name in enumerate(chosen):
            if name not in names:
                customers.ctx.add((*path, "at", i), not_one_of(name, "a station", names))
    else:
        chosen = [name for name, given in stations.items() if (given.get("role") or role_of(name)) == "counter"]
        if not chosen and ("service_time" in record or "misunderstood" in record):
            customers.ctx.add(path, "the hall has no station of the role counter; say where services change: at: [...]")
    return frozenset(names.index(name) for name in chosen if name in names)


def _come_back(record: dict[str, Any], path: Path, data: dict[str, Any], customers: Customers) -> int:
    """Return the station from which who has misunderstood comes back, -1 where nobody has."""
    ctx, name = customers.ctx, record.get("come_back")
    stations = {n: given or {} for n, given in (data.get("stations") or {}).items()}
    if name is None:
        if "misunderstood" in record and "come_back" not in record:
            ctx.add((*path, "misunderstood"), "needs come_back: a station of the role orbit, from which they come back")
        return -1
    if "misunderstood" not in record:
        ctx.warn((*path, "come_back"), "has no effect without misunderstood")
    if name not in stations:
        ctx.add((*path, "come_back"), not_one_of(name, "a station", list(stations)))
        return -1
    if (stations[name].get("role") or role_of(name)) not in ("orbit", "online", "delay"):
        ctx.add((*path, "come_back"), f"{name} is no station of the role orbit; customers would not have left")
        return -1
    return list(stations).index(name)


def _window(
    record: dict[str, Any], path: Path, customers: Customers, day_types: Sequence[str], has_dates: bool
) -> Window:
    given = record.get("on")
    if given is None or given == "every_day":
        return Window()
    types: set[str] = set()
    dates: list[tuple[str, str]] = []
    for i, text in enumerate(given):
        if text is None:
            continue
        if text in day_types:
            types.add(text)
            continue
        try:
            parts = [datetime.date.fromisoformat(part.strip()).isoformat() for part in text.split(" to ")]
        except ValueError:
            known = [*day_types, "dates such as 2024-09-09", "stretches such as 2024-09-09 to 2024-09-15"]
            customers.ctx.add((*path, i), not_one_of(text, "a day type", known))
            continue
        if not has_dates:
            customers.ctx.add((*path, i), "a date needs a calendar, which says what days there are")
        elif len(parts) > 2 or parts[0] > parts[-1]:
            customers.ctx.add((*path, i), f"{text} is no stretch such as 2024-09-09 to 2024-09-15")
        else:
            dates.append((parts[0], parts[-1]))
    return Window(False, frozenset(types), tuple(dates))


def note_returns(campaigns: Sequence[Effects], routes: Routes) -> None:
    """Tell the routes who may come back from where, so that these stations are known to be visited."""
    for effects in campaigns:
        for t, part in enumerate(effects.misunderstood):
            if part > 0 and effects.come_back >= 0:
                for place in effects.at:
                    routes.come_back.setdefault((place, t), set()).add(effects.come_back)


def sources_with(
    sources: Sequence[Source], campaigns: Sequence[Effects], running: Sequence[int], usual: Sequence[Source]
) -> tuple[Source, ...]:
    """Return a day's sources: its own, then one for each campaign that lifts arrivals and each source with rates.

    Every day has all of them, in the same order; where the campaign does not run, nobody comes. `usual` are the
    sources of every day, by which they are numbered.
    """
    rated = [source.name for source in usual if source.kind == "poisson"]
    found = list(sources)
    for i, effects in enumerate(campaigns):
        if not any(effects.lift):
            continue
        for source in sources:
            if source.name in rated:
                name = effects.campaign.name if len(rated) == 1 else f"{effects.campaign.name} {source.name}"
                found.append(_lifted(name, source, effects.lift, i in running))
    return tuple(found)


def _lifted(name: str, source: Source, lift: tuple[float, ...], runs: bool) -> Source:
    parts = [share * more for share, more in zip(source.mix, lift, strict=True)]
    total = sum(parts)
    runs = runs and total > 0 and source.kind == "poisson"
    return replace(
        source,
        name=name,
        kind="poisson",
        mix=tuple(part / total for part in parts) if total > 0 else source.mix,
        pieces=tuple(RatePiece(p.start, p.end, p.rate * total) for p in source.pieces) if runs else (),
        varies_with=source.varies_with or source.name,
    )


def stations_with(
    stations: tuple[Station, ...], campaigns: Sequence[Effects], running: Sequence[int], overlap: float, leave: int
) -> tuple[Station, ...]:
    """Return the stations of a day on which some campaigns run; `leave` is the exit of who was served."""
    active = [campaigns[i] for i in running]
    if not active:
        return stations
    found = []
    for i, station in enumerate(stations):
        here = [effects for effects in active if i in effects.at]
        found.append(_changed(station, here, len(active), overlap, leave))
    return tuple(found)


def _changed(station: Station, active: list[Effects], n: int, overlap: float, leave: int) -> Station:
    for effects in active:
        if any(effects.misunderstood):
            station = replace(
                station,
                routes=_misunderstood(station.routes, effects, leave),
                cases=tuple(Case(c.when, _misunderstood(c.routes, effects, leave)) for c in station.cases),
            )
    factors = []
    for t in range(len(station.service)):
        longer = [effects.longer[t] for effects in active if effects.longer[t] != 1.0]
        factor = overlap ** (n - 1) if longer else 1.0
        for one in longer:
            factor *= one
        factors.append(factor)
    if all(factor == 1.0 for factor in factors):
        return station

    def scaled(laws: tuple[Law, ...]) -> tuple[Law, ...]:
        return tuple(law.scaled(by) if by != 1.0 else law for law, by in zip(laws, factors, strict=True))

    pools = tuple(replace(pool, service=scaled(pool.service)) if pool.service else pool for pool in station.pools)
    prepared = station.preparation
    if prepared is not None:
        laws = zip(prepared.prepared, factors, strict=True)
        prepared = replace(prepared, prepared=tuple(law and law.scaled(by) for law, by in laws))
    return replace(station, service=scaled(station.service), pools=pools, preparation=prepared)


def _misunderstood(rows: Rows, effects: Effects, leave: int) -> Rows:
    """Return rows in which a part of those who would leave as served come back later; the order of the others stays."""
    found = []
    for row, part in zip(rows, effects.misunderstood, strict=True):
        split: list[Route] = []
        for route in row:
            if part > 0 and route.destination == leave and route.step_outcome == "served":
                split.append(replace(route, probability=route.probability * (1.0 - part)))
                split.append(replace(route, probability=route.probability * part, destination=effects.come_back))
            else:
                split.append(route)
        found.append(tuple(r for r in split if r.probability > 0))
    return tuple(found)


def leave_exit(routes: Routes) -> int:
    """Return the destination number of who leaves as served."""
    return routes.exit_index(LEAVE)
