"""A look at the finished hall as a whole: what cannot end, and what a planner would ask about.

In: the model and the pairs of station and type that customers can reach. Out: complaints. Errors are halls that
never come to an end; warnings are halls that can be simulated but are probably not meant: more work than
capacity in an hour, nobody on duty while customers come, stations and tickets that nobody uses.

The offered load of a station in an hour is the rate of customers of each type times the expected number of their
visits to it (absorbing Markov chain of the routes, without giving up, balking or full rooms) times the mean
service time. Delays between arrival and visit are ignored: it is a planner's estimate, not a result.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from hallsim.model import US_PER_HOUR, Model, Route, Source, Station
from hallsim.scenario.flows import Flows
from hallsim.scenario.follow_ons import check_follow_ons
from hallsim.scenario.helping import check_helping, helped
from hallsim.scenario.preparation import check_overlays, works_on_waiting
from hallsim.scenario.routing import LEAVE, Routes
from hallsim.scenario.tables import Reading
from hallsim.units import format_clock

F64 = NDArray[np.float64]
MOST_HOURS = 4
MOST_LINES = 8
"""Lines of a station up to which every set of them is held against the pools."""
MOST_CUSTOMERS = 100_000_000


def fill_unreached(stations: tuple[Station, ...], reached: set[tuple[int, int]], routes: Routes) -> tuple[Station, ...]:
    """Give customers who never come to a station a row there all the same, so that every table is full."""
    filled = []
    for i, station in enumerate(stations):
        rows = [
            row if row and (i, t) in reached else (Route(1.0, routes.exit_index(LEAVE)),)
            for t, row in enumerate(station.routes)
        ]
        filled.append(replace(station, routes=tuple(rows)))
    return tuple(filled)


def check_model(model: Model, reached: set[tuple[int, int]], ctx: Reading) -> None:
    """Complain about a whole hall."""
    check_overlays(model, ctx)
    check_helping(model, ctx)
    check_follow_ons(model, ctx)
    _overflow_ends(model, ctx)
    if not _everybody_leaves(model, reached, ctx):
        return
    _unused(model, reached, ctx)
    if model.logged or not model.days:
        _sizes(model, ctx)
        _loads(model, reached, ctx)
        return
    for i, day in enumerate(model.days):
        _sizes(model.of_day(i), ctx)
        running = [model.campaigns[c].name for c in day.campaigns]
        when = f"{day.kind} with {' and '.join(running)}: " if running else f"{day.kind}: "
        _loads(model.of_day(i), reached, ctx, when)


def _loads(model: Model, reached: set[tuple[int, int]], ctx: Reading, when: str = "") -> None:
    """Hold the work of every hour against the servers on duty; `when` says on which days."""
    loads = offered_load(model)
    for i, station in enumerate(model.stations):
        if station.delay or helped(model, i) or not any(station_type[0] == i for station_type in reached):
            continue
        if station.pools:
            _against_pools(model, station, loads[i], ctx, when)
        else:
            _against_capacity(model, station, loads[i].sum(axis=0), ctx, when)


def capacity(model: Model, station: Station, start: int, end: int) -> float:
    """Return the mean number of servers on duty in [start, end), weighted by their speed."""
    if station.shift_end != "named":
        edges = [*station.levels, (model.close, 0)]
        stretches = [(a, b, float(n)) for (a, n), (b, _) in pairwise(edges)]
    else:
        stretches = [(a, b, (1.0 - s.absent) / s.time_factor) for s in station.servers for a, b in s.shifts]
    covered = sum(max(0, min(b, end) - max(a, start)) * n for a, b, n in stretches)
    return covered / (end - start) + (len(station.extra.open_at) if station.extra else 0)


def _overflow_ends(model: Model, ctx: Reading) -> None:
    """A customer turned from one station to the next at one instant must come to an end."""
    onward = [_refused_to(model, station) for station in model.stations]
    for i, station in enumerate(model.stations):
        way = _circle(onward, [i])
        if way:
            key: tuple[str, ...] = ("on_balking",)
            what = "customers who balk are sent"
            if way[1] in _stations_of(station.on_blocked, model):
                key, what = ("when_full",), "full rooms send customers"
            elif way[1] == _when_down(station):
                key, what = ("breakdowns", "when_down"), "stations that are down send customers"
            circle = " to ".join(model.stations[s].name for s in way)
            ctx.add(("stations", station.name, *key), f"{what} in a circle: {circle}; let a delay lie between")
            return


def _stations_of(rows: tuple[tuple[Route, ...], ...], model: Model) -> set[int]:
    return {r.destination for row in rows for r in row if 0 <= r.destination < len(model.stations)}


def _refused_to(model: Model, station: Station) -> list[int]:
    """Return where a customer can be sent on at once who is refused or balks, delays apart."""
    found = _stations_of(station.on_blocked, model) | _stations_of(station.on_balked, model)
    found |= {_when_down(station)} - {-1}
    return sorted(s for s in found if not model.stations[s].delay)


def _when_down(station: Station) -> int:
    return station.breakdowns.when_down if station.breakdowns else -1


def _circle(onward: list[list[int]], way: list[int]) -> list[int]:
    """Return a way on from the last station that comes back to the first, empty if there is none."""
    seen = set(way)
    stack = [way]
    while stack:
        here = stack.pop()
        for following in onward[here[-1]]:
            if following == way[0]:
                return [*here, following]
            if following not in seen:
                seen.add(following)
                stack.append([*here, following])
    return []


def _everybody_leaves(model: Model, reached: set[tuple[int, int]], ctx: Reading) -> bool:
    n = len(model.stations)
    sound = True
    for t, kind in enumerate(model.types):
        out: set[int] = set()
        while True:
            more = {
                s
                for s in range(n)
                if any(r.destination >= n or r.destination in out for r in model.stations[s].routes[t])
            }
            if more <= out:
                break
            out |= more
        trapped = [s for s in range(n) if s not in out and (s, t) in reached]
        if trapped:
            names = " and ".join(model.stations[s].name for s in trapped)
            ctx.add(
                ("stations", model.stations[trapped[0]].name),
                f"{kind.name}: nobody of this type ever leaves {names}; let a route lead out",
            )
            sound = False
    return sound


def _sizes(model: Model, ctx: Reading) -> None:
    """Complain about what does not fit into the event buffer (its fields are described in `compiled`)."""
    expected = expected_customers(model)
    if expected > MOST_CUSTOMERS:
        text = f"{expected:.3g} customers are expected in one run; at most {MOST_CUSTOMERS:.0e} fit"
        ctx.add(("arrivals",), text)
    sizes = (
        ("channels and other exits", len(model.exits), 250),
        ("lines", sum(len(s.lines) for s in model.stations), 60_000),
        ("sources", len(model.sources), 60_000),
    )
    for what, number, most in sizes:
        if number > most:
            ctx.add((), f"{number} {what} are too many; at most {most}")


def _unused(model: Model, reached: set[tuple[int, int]], ctx: Reading) -> None:
    for station in model.stations:
        if any(rule.grace for rule in station.call_rules) and not any(source.booked for source in model.sources):
            ctx.warn(("stations", station.name, "call"), "appointments go first, but nobody has one")
    for i, station in enumerate(model.stations):
        if not any(s == i for s, _ in reached) and not works_on_waiting(model, i) and not station.helps:
            ctx.warn(("stations", station.name), "nobody is routed to this station")
    for i, segment in enumerate(model.segments):
        if not any(t.segment == i for t in model.types):
            ctx.warn(("segments", segment.name), f"has no share, so no {segment.name} customer comes")
    for i, transaction in enumerate(model.transactions):
        if not any(t.transaction == i for t in model.types):
            ctx.warn(("transactions", transaction.name), f"has no share, so nobody comes for {transaction.name}")


def hours_of(model: Model) -> list[tuple[int, int]]:
    """Return the intervals of loads, [start, end): hours from the opening on; all of a steady-state run."""
    if model.steady:
        return [(model.open, model.close)]
    starts = range(model.open, model.close, US_PER_HOUR)
    return [(s, min(s + US_PER_HOUR, model.close)) for s in starts]


def arrivals_in(source: Source, model: Model, start: int, end: int) -> F64:
    """Return the mean number of arrivals float64[type] of a source in [start, end)."""
    mix = np.array(source.mix) * (sum(n * p for n, p in source.group_sizes) or 1)
    if source.kind == "poisson":
        opens = max(source.start, model.open)
        spans = [(p.start, p.end, p.rate) for p in source.pieces]
        rates = sum(
            max(0, min(b, end) - max(a, start)) * rate if b > opens else (b - a) * rate * (start <= opens < end)
            for a, b, rate in spans
        )
        return mix * rates
    if source.kind == "renewal" and source.gap is not None:
        return mix * (end - start) / source.gap.mean
    return np.asarray(source.show * _listed(source, start, end)[0].sum(axis=0), dtype=np.float64)


def _listed(source: Source, start: int, end: int) -> tuple[F64, F64]:
    """Return who comes by a table in [start, end): shares float64[customer, type]; services, -1 where drawn."""
    mix = np.array(source.mix)
    n = len(source.table_times)
    times = np.array(source.table_times, dtype=np.int64)
    kinds = np.array(source.table_types or (-1,) * n, dtype=np.int64)
    services = np.array(source.table_services or (-1,) * n, dtype=np.float64)
    inside = (times >= start) & (times < end)
    kinds, services = kinds[inside], services[inside]
    return np.where(kinds[:, None] < 0, mix, np.eye(len(mix))[kinds]), services


def expected_customers(model: Model) -> float:
    """Return the mean number of customers of one replication."""
    return sum(float(arrivals_in(s, model, model.open, model.close).sum()) for s in model.sources)


def offered_load(model: Model) -> F64:
    """Return the offered load float64[station, type, interval] in servers; stated services count for one visit."""
    counts = np.array([t.count for t in model.types])
    times = np.array([_mean_services(s) for s in model.stations])
    times *= np.where([[s.per_transaction] for s in model.stations], counts, 1)
    flows = Flows(model)
    first = np.minimum(flows.of_one.T, 1.0)
    intervals = hours_of(model)
    loads = np.zeros((*first.shape, len(intervals)))
    for i, (start, end) in enumerate(intervals):
        coming = sum((arrivals_in(s, model, start, end) for s in model.sources), np.zeros(len(model.types)))
        loads[:, :, i] = flows.expected(coming).T * times
        for source in model.sources:
            shares, services = _listed(source, start, end)
            shares, services = shares[services >= 0], services[services >= 0]
            loads[:, :, i] += first * (shares.T @ services) - first * times * shares.sum(axis=0)
        loads[:, :, i] /= end - start
    return loads


def _mean_services(station: Station) -> list[float]:
    """Return each type's mean service time, in the quickest of the pools that serve it."""
    means = []
    for t, law in enumerate(station.service):
        line = station.line_of_type[t]
        own = [(p.service or station.service)[t].mean for p in station.pools if p.calls(line)]
        around = (laws[t] for laws in (station.walk, station.wrap_up) if laws)
        means.append(min(own, default=law.mean) + sum(work.mean for work in around if work is not None))
    return means


def _against_pools(model: Model, station: Station, loads: F64, ctx: Reading, when: str = "") -> None:
    """Hold the work of every set of lines against the servers who may call any of them (Hall's condition)."""
    n = len(station.lines)
    by_line = np.zeros((n, loads.shape[1]))
    np.add.at(by_line, list(station.line_of_type), loads)
    sizes = range(1, n + 1) if n <= MOST_LINES else (1, n)
    found: list[set[int]] = []
    for lines in (set(chosen) for size in sizes for chosen in combinations(range(n), size)):
        if any(smaller <= lines for smaller in found):
            continue
        able = {p for p, pool in enumerate(station.pools) if any(pool.calls(line) for line in lines)}
        there = replace(station, servers=tuple(s for s in station.servers if s.pool in able))
        who = " and ".join(model.ticket_classes[station.lines[line].ticket_class].name for line in sorted(lines))
        if by_line[list(lines)].any() and _against_capacity(
            model, there, by_line[list(lines)].sum(axis=0), ctx, when, who
        ):
            found.append(lines)


def _against_capacity(model: Model, station: Station, loads: F64, ctx: Reading, when: str = "", who: str = "") -> bool:
    """Complain of hours with too few servers or none; return whether there was anything. `who` waits, in pools."""
    path = ("stations", station.name, "pools" if who else "servers")
    there_are = len(ctx.found)
    called, those = (f"{when}{who}: ", " who may call them") if who else (when, "")
    over, closed = [], []
    intervals = hours_of(model)
    opens, closes = station.hours or (model.open, model.close)
    for (start, end), load in zip(intervals, loads, strict=True):
        if end <= opens or start >= closes:
            continue  # who comes then is turned away
        there = capacity(model, station, start, end)
        hour = f"{format_clock(start)}-{format_clock(end)}" if not model.steady else "the whole run"
        if there == 0 and load > 0:
            closed.append(hour)
        elif load > there:
            over.append(f"{hour} needs {load:.1f}, has {there:.3g} ({100 * load / there:.0f} %)")
    if closed:
        if all(capacity(model, station, *interval) == 0 for interval in intervals):
            ctx.add(path, f"{called}customers come to {station.name}, but nobody{those} is ever on duty")
        else:
            ctx.warn(path, f"{called}customers come, but nobody{those} is on duty: {_some(closed)}")
    if over:
        endless = model.steady and all(p is None for p in station.patience) and station.room_total < 0
        fate = "; the line grows without end" if endless and station.room_waiting < 0 else ""
        ctx.warn(path, f"{called}more work than servers{those}: {_some(over, '; ')}{fate}")
    if not model.steady and not closed and not _on_duty_at_close(model, station):
        closing = format_clock(closes)
        ctx.warn(path, f"{called}nobody{those} is on duty at closing ({closing}), so whoever still waits is closed out")
    return len(ctx.found) > there_are


def _on_duty_at_close(model: Model, station: Station) -> bool:
    opens, closes = station.hours or (model.open, model.close)
    return capacity(model, station, closes - min(1_000_000, closes - opens), closes) > 0


def _some(parts: list[str], between: str = ", ") -> str:
    more = f" and {len(parts) - MOST_HOURS} more hours" if len(parts) > MOST_HOURS else ""
    return between.join(parts[:MOST_HOURS]) + more
