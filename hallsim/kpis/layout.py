"""Where every sum of a replication lives: one int64 vector, in blocks.

In: Model and Compiled. Out: `Spec`, which the reducer reads and `hallsim.kpis.plan` aggregates by.
The vector holds, one block after the other (sizes of an entry in brackets):

stays [pair, hour, cell]; visits [type, hour, N_VISIT]; exits [type, exit]; clock of lines [line, hour, 2];
inside [hour]; floor [station, hour, N_FLOOR]; servers [server, N_SERVER]; duty [station, slot, N_DUTY];
bookings [source]; zones [zone, N_ZONE]; recoveries [outage, OUTAGE_STATS, threshold];
branches [branch, type, N_VISIT + exit]; day [N_DAY]; horizon [N_STATS]. Slots are half-hours; there are
none where the number on duty never changes.

A *pair* is a line and a segment that can stand in it. A cell is the stats of `base.STAY_STATS`, then
`called_within`, `left_within` (uncalled) and `closed_within` for each threshold, then the coarse grid of
waits, cumulative.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import NEVER, Compiled
from hallsim.horizon.law import N_STATS
from hallsim.kpis.base import HOUR_MINUTES, N_DAY, N_DUTY, N_FLOOR, N_SERVER, N_STAY, N_VISIT, N_ZONE
from hallsim.kpis.features import costs_of, features_of, has_bookings, is_channel, may_overtake
from hallsim.kpis.histogram import GRID_SIZE, N_BINS
from hallsim.kpis.outages import Outage, watched_outages
from hallsim.kpis.ways import branch_lines
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model

I64 = NDArray[np.int64]

DEFAULT_THRESHOLDS = (5 * US_PER_MINUTE, 10 * US_PER_MINUTE, 15 * US_PER_MINUTE)
MILLION = 1_000_000
LONGEST_DAY = 48 * US_PER_HOUR
HISTOGRAM_BY_HOUR_LIMIT = 64 * 1024 * 1024
"""Bytes of histogram per thread up to which waits are kept by hour too: 160 KiB for each pair and hour, of
which only the bins between the shortest and the longest wait are ever touched."""


class Spec(NamedTuple):
    """The layout as the compiled reducer reads it; times in microseconds."""

    start: int  # of the observed stretch: opening, or the end of the warm-up
    close: int  # its end
    server_end: int  # servers are watched until here: the close of a steady run, for ever on a day
    zero: int  # start of the first hour
    n_hours: int
    one_hour: int  # 1: a single bin for the whole run
    n_types: int
    n_exits: int
    n_lines: int
    n_stations: int
    n_servers: int
    n_thresholds: int
    cell: int  # length of a stay's cell
    at_visits: int
    at_exits: int
    at_clock: int
    at_inside: int
    at_floor: int
    at_servers: int
    at_duty: int
    at_bookings: int
    at_zones: int
    at_recoveries: int
    at_branches: int
    at_day: int
    at_horizon: int  # accounts between the days, which are no part of the rows; the last of all
    size: int
    histogram_hours: int  # 1: by pair only, else n_hours
    n_pairs: int
    may_interrupt: int
    has_delays: int  # 1 if there are steps without servers
    has_helpers: int  # 1 if servers of one station serve at others
    has_effort: int  # 1 if servers walk before services, or some are novices or tire
    has_follow_ons: int  # 1 if customers go on with other transactions in the same visit
    has_outside: int  # 1 if during some of them the customer is not in the hall
    looks_back: int  # 1 if a visit's end tells more than its outcome: channels, appointments
    has_extra: int
    overnight: int  # 1 if days of a horizon go on past midnight: then time after it is time of the first hours
    n_slots: int  # half-hours; 0 where the number on duty never changes
    slot: int  # length of a slot
    n_zones: int
    zone_places: I64
    zone_overflow: I64
    line_zone: I64  # -1: in none
    line_waited_in: I64  # 1: a place is taken until the call only
    line_outside: I64  # 1: out of the hall; 2: there, in another channel
    has_overtaking: int  # 1 if at some station not all are called by age
    line_overtaking: I64  # 1: at such a station
    server_extra: I64  # 1 for extra counters
    n_branches: int
    line_branch: I64
    line_sends: I64  # hall that has sent on whoever is here: to another hall or channel; -1: none has
    n_outages: int
    outage_end: I64
    outage_lines: I64  # [outage, line] whether it concerns the line
    source_booking: I64  # which of the sources of appointments it is, -1
    server_n_curve: I64  # after so many services a novice is as fast as the others
    server_curve: I64  # first row of `curve`, -1: no novice
    curve: I64  # factor on a novice's service after 0, 1, 2 ... services, in millionths
    tires: I64  # [server] how much longer services take after an hour without a break, in millionths
    tires_most: I64  # at most so much
    pair_of: I64  # [line, type]
    line_station: I64
    server_station: I64
    thresholds: I64


class Layout(NamedTuple):
    """The spec, and what its entries stand for."""

    spec: Spec
    pair_line: tuple[int, ...]
    pair_segment: tuple[int, ...]
    hours: tuple[tuple[int, int], ...]  # start and end of each hour, cut to the observed stretch; empty if one
    slots: tuple[tuple[int, int], ...]  # likewise of half-hours; empty where the number on duty never changes
    features: frozenset[str]
    outages: tuple[Outage, ...]  # those of a hall's stations, then those of single stations


def thresholds_of(model: Model, more: Sequence[int] = ()) -> tuple[int, ...]:
    """Return the waiting times T to watch: of targets and costs, 5, 10 and 15 minutes, and `more`; sorted, once."""
    of_targets = {t.within for t in model.targets if t.within >= 0}
    churns = (costs.churn for costs in costs_of(model))
    of_costs = {churn.over for churn in churns if churn is not None and churn.over >= 0}
    return tuple(sorted(of_targets | of_costs | set(DEFAULT_THRESHOLDS) | {int(t) for t in more}))


def layout_of(model: Model, compiled: Compiled, thresholds: Sequence[int]) -> Layout:
    """Return where every sum goes for this model."""
    start, close = model.open + model.warm_up, model.close
    pairs = sorted(
        {(int(compiled.line_of[s * len(model.types) + i]), kind.segment)
         for s in range(len(model.stations)) for i, kind in enumerate(model.types)}
    )  # fmt: skip
    pair_of = np.full(compiled.n_lines * len(model.types), -1, dtype=np.int64)
    for line in range(compiled.n_lines):
        for i, kind in enumerate(model.types):
            if (line, kind.segment) in pairs:
                pair_of[line * len(model.types) + i] = pairs.index((line, kind.segment))
    by_hour = not model.steady and close - model.open <= LONGEST_DAY
    zero = model.open // US_PER_HOUR * US_PER_HOUR if by_hour else start
    n_hours = (close - zero + US_PER_HOUR - 1) // US_PER_HOUR if by_hour else 1
    features = features_of(model)
    outages = watched_outages(model)
    n_branches = len(model.network.branches) if model.network else 0
    slot = HOUR_MINUTES["duty"] * US_PER_MINUTE
    per_hour = US_PER_HOUR // slot
    n_slots = (n_hours * per_hour if by_hour else 1) if "duty_changes" in features else 0
    outside = compiled.station_outside + np.array([is_channel(s) for s in model.stations], dtype=np.int64)
    overtaking = np.array([may_overtake(model, i) for i in range(len(model.stations))], dtype=np.int64)
    booked = [has_bookings(source) and "bookings" in features for source in model.sources]
    extra = [s.extra is not None and i >= len(s.servers) - len(s.extra.open_at)
             for s in model.stations for i in range(len(s.servers))]  # fmt: skip
    cell = N_STAY + 3 * len(thresholds) + GRID_SIZE
    at = [len(pairs) * n_hours * cell]
    for n in (
        len(model.types) * n_hours * N_VISIT,
        len(model.types) * len(model.exits),
        compiled.n_lines * n_hours * 2,
        n_hours,
        compiled.n_stations * n_hours * N_FLOOR,
        compiled.n_servers * N_SERVER,
        compiled.n_stations * n_slots * N_DUTY,
        sum(booked),
        len(model.zones) * N_ZONE,
        len(outages) * 2 * len(thresholds),
        n_branches * len(model.types) * (N_VISIT + len(model.exits)),
        N_DAY,
        N_STATS if "horizon" in features else 0,
    ):
        at.append(at[-1] + n)
    by_hour_bytes = len(pairs) * n_hours * N_BINS * 8
    spec = Spec(
        start=start,
        close=close,
        server_end=close if model.steady else NEVER,
        zero=zero,
        n_hours=n_hours,
        one_hour=int(not by_hour),
        n_types=len(model.types),
        n_exits=len(model.exits),
        n_lines=compiled.n_lines,
        n_stations=compiled.n_stations,
        n_servers=compiled.n_servers,
        n_thresholds=len(thresholds),
        cell=cell,
        at_visits=at[0],
        at_exits=at[1],
        at_clock=at[2],
        at_inside=at[3],
        at_floor=at[4],
        at_servers=at[5],
        at_duty=at[6],
        at_bookings=at[7],
        at_zones=at[8],
        at_recoveries=at[9],
        at_branches=at[10],
        at_day=at[11],
        at_horizon=at[12],
        size=at[13],
        histogram_hours=n_hours if by_hour_bytes <= HISTOGRAM_BY_HOUR_LIMIT else 1,
        n_pairs=len(pairs),
        may_interrupt=int(
            any(s.shift_end == "preemptive" or s.breakdowns or s.outages or s.preempts for s in model.stations)
        ),
        has_delays=int(any(s.delay for s in model.stations)),
        has_helpers=int(any(s.helps for s in model.stations)),
        has_effort=int(bool(features & {"walks", "slowness"})),
        has_follow_ons=int("follow_ons" in features),
        has_outside=int(any(s.outside for s in model.stations)),
        looks_back=int(any(booked) or "channels" in features),
        has_extra=int("extra" in features),
        overnight=int(compiled.hours.overnight.any()),
        n_slots=n_slots,
        slot=slot if by_hour else close - start,
        n_zones=len(model.zones),
        zone_places=compiled.zones.places,
        zone_overflow=compiled.zones.overflow,
        n_branches=n_branches,
        **branch_lines(model, compiled),
        n_outages=len(outages),
        outage_end=np.array([outage.end for outage in outages], dtype=np.int64),
        outage_lines=_lines_of(outages, compiled),
        line_zone=compiled.zones.of[compiled.line_station],
        line_waited_in=compiled.zones.waited_in[compiled.line_station],
        line_outside=outside[compiled.line_station],
        has_overtaking=int("overtaking" in features),
        line_overtaking=overtaking[compiled.line_station],
        server_extra=np.array(extra, dtype=np.int64),
        source_booking=np.where(booked, np.cumsum(booked) - 1, -1).astype(np.int64),
        **_slowness(compiled),
        pair_of=pair_of,
        line_station=compiled.line_station,
        server_station=compiled.server_station,
        thresholds=np.array(thresholds, dtype=np.int64),
    )
    # An hour that lies in the warm-up altogether is left with no length.
    hours, slots = (
        tuple((min(max(start, a), b), min(close, b)) for a, b in ((zero + i * d, zero + (i + 1) * d) for i in range(n)))
        for n, d in ((n_hours, US_PER_HOUR), (n_slots, slot))
    )
    slots = tuple((begin, max(begin, end)) for begin, end in slots)  # the last hour may end before its second half
    if not by_hour:
        hours, slots = (), ()
    return Layout(spec, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), hours, slots, features, outages)


def _lines_of(outages: tuple[Outage, ...], compiled: Compiled) -> I64:
    """Return which lines the outages concern, int64[outage * line]."""
    rows = [np.isin(compiled.line_station, outage.stations) for outage in outages]
    return np.array(rows, dtype=np.int64).reshape(-1)


def _slowness(compiled: Compiled) -> dict[str, I64]:
    """Return how much longer novices and the tired take (semantics 39), in millionths: whole numbers do for figures."""
    staff = compiled.staff
    return {
        "server_n_curve": staff.server_n_curve,
        "server_curve": staff.server_curve,
        "curve": np.rint(MILLION * staff.curve_factor).astype(np.int64),
        "tires": np.rint(MILLION * US_PER_HOUR * staff.fatigue_rate).astype(np.int64),
        "tires_most": np.rint(MILLION * (staff.fatigue_most - 1.0)).astype(np.int64),
    }


def make_histogram(spec: Spec) -> I64:
    """Return an empty histogram of waits, int64[n_pairs * histogram_hours, N_BINS]."""
    return np.zeros((spec.n_pairs * spec.histogram_hours, N_BINS), dtype=np.int64)
