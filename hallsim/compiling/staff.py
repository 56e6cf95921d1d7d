"""The staff of a model in flat arrays: breaks, the work around services, and how people differ in speed.

In: `Model`. Out: `Staff`, the part of `Compiled` that says what servers do beside serving.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64, u64
from hallsim.model import US_PER_HOUR, Model, Station
from hallsim.parts.distributions import Law

MOST_BREAKS = 60
"""Breaks of one station: each server keeps which are due to him as bits of a word."""


MOST_LEARNT = 20_000
"""Services after which nobody is a novice any more."""


class Staff(NamedTuple):
    """What servers do beside serving.

    Breaks are rows, those of a station contiguous, in the order of the model.
    """

    station_first_break: I64
    station_n_breaks: I64
    break_end: I64  # the last moment at which it may begin
    break_law: I64
    break_at_once: I64  # 0: any number
    break_paid: I64
    server_breaks: I64  # [server] bit i: the station's break i is for him
    station_personal: I64  # 1 where servers may be absent, or busy elsewhere
    server_absent: F64  # probability
    server_person: U64  # whose draw of absence it is
    server_twin: I64  # the same person's server after this one, in a ring; the server himself where there is none
    station_attended: I64  # 1 where the columns below say anything
    walk_law: I64  # [station, type], -1: none
    wrap_up_law: I64  # [station, type], -1: none
    station_walk_key: U64
    station_wrap_up_key: U64
    type_factor: F64  # [server, type]
    server_curve: I64  # [server] first row of curve_factor, -1: no novice
    server_n_curve: I64
    curve_factor: F64  # after 0, 1, 2 ... services; beyond the last it is 1
    fatigue_rate: F64  # [server] per microsecond since the last break
    fatigue_most: F64


def staff_tables(model: Model, add_law: Callable[[Law | None], int]) -> Staff:
    """Return what the staff of a hall do beside serving; `add_law` collects a law and returns its number.

    Raises
    ------
    ValueError
        If a station has too many breaks.
    """
    if any(len(s.breaks) > MOST_BREAKS for s in model.stations):
        raise ValueError(f"a station has more than {MOST_BREAKS} breaks")
    breaks = [b for s in model.stations for b in s.breaks]
    firsts = [0]
    for station in model.stations:
        firsts.append(firsts[-1] + len(station.breaks))
    return Staff(
        station_first_break=i64(firsts[:-1]),
        station_n_breaks=i64([len(s.breaks) for s in model.stations]),
        break_end=i64([b.end for b in breaks]),
        break_law=i64([add_law(b.length) for b in breaks]),
        break_at_once=i64([b.at_once for b in breaks]),
        break_paid=i64([b.paid for b in breaks]),
        **_attended(model, add_law),
        **_persons(model),
        server_breaks=i64(
            [
                sum(1 << i for i, b in enumerate(s.breaks) if j in b.servers)
                for s in model.stations
                for j in range(len(s.servers))
            ]
        ),
    )


def _attended(model: Model, add_law: Callable[[Law | None], int]) -> dict[str, Any]:
    """Return the work around services, and what makes people slower or faster."""
    n_types, stations = len(model.types), model.stations
    servers = [x for s in stations for x in s.servers]
    curves = [_curve(x.novice) for x in servers]
    firsts = np.cumsum([0, *(len(curve) for curve in curves)])[:-1]
    tires = [x.fatigue or (0.0, 0.0) for x in servers]
    return {
        "station_attended": i64([attended(s) for s in stations]),
        "walk_law": i64([[add_law(law) for law in s.walk or (None,) * n_types] for s in stations]),
        "wrap_up_law": i64([[add_law(law) for law in s.wrap_up or (None,) * n_types] for s in stations]),
        "station_walk_key": u64([draws.name_hash("walk", s.luck) for s in stations]),
        "station_wrap_up_key": u64([draws.name_hash("wrap up", s.luck) for s in stations]),
        "type_factor": f64([x.type_factors or (1.0,) * n_types for x in servers]),
        "server_curve": i64([first if curve else -1 for first, curve in zip(firsts, curves, strict=True)]),
        "server_n_curve": i64([len(curve) for curve in curves]),
        "curve_factor": f64([x for curve in curves for x in curve]),
        "fatigue_rate": f64([per_hour / US_PER_HOUR for per_hour, _ in tires]),
        "fatigue_most": f64([1.0 + at_most for _, at_most in tires]),
    }


def attended(station: Station) -> bool:
    """Return whether a station has to look at who serves whom when a service begins and ends."""
    personal = any(s.type_factors or s.novice or s.fatigue for s in station.servers)
    return personal or any(law is not None for law in (*station.walk, *station.wrap_up))


def _persons(model: Model) -> dict[str, Any]:
    """Return who may be absent, and which servers are one person."""
    servers = [(s, x) for s in model.stations for x in s.servers]
    twins = list(range(len(servers)))
    for i, (_, server) in enumerate(servers):
        same = [j for j, (_, other) in enumerate(servers) if server.person and other.person == server.person]
        if same:
            twins[i] = same[(same.index(i) + 1) % len(same)]
    keys = [
        draws.name_hash("person", x.person) if x.person else draws.name_hash("server", s.name, x.name)
        for s, x in servers
    ]
    return {
        "station_personal": i64([any(x.absent or x.person for x in s.servers) for s in model.stations]),
        "server_absent": f64([x.absent for _, x in servers]),
        "server_person": u64(keys),
        "server_twin": i64(twins),
    }


def _curve(novice: tuple[float, float] | None) -> list[float]:
    """Return a novice's factor after 0, 1, 2 ... services, until it is 1 to a millionth."""
    if novice is None:
        return []
    factor, services = novice
    n = min(MOST_LEARNT, math.ceil(14 * services) + 1)
    return [1.0 + (factor - 1.0) * math.exp(-i / services) for i in range(n)]


def breaks_due(model: Model) -> list[tuple[int, int, int]]:
    """Return every break as (time, station, number in the station)."""
    return [(b.start, i, j) for i, station in enumerate(model.stations) for j, b in enumerate(station.breaks)]
