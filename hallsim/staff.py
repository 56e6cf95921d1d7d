"""The staff of a model in flat arrays: breaks.

In: `Model`. Out: `Staff`, the part of `Compiled` that says what servers do beside serving.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hallsim.arrays import I64, i64
from hallsim.model import Model
from hallsim.parts.distributions import Law

MOST_BREAKS = 60
"""Breaks of one station: each server keeps which are due to him as bits of a word."""


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
        server_breaks=i64(
            [
                sum(1 << i for i, b in enumerate(s.breaks) if j in b.servers)
                for s in model.stations
                for j in range(len(s.servers))
            ]
        ),
    )


def breaks_due(model: Model) -> list[tuple[int, int, int]]:
    """Return every break as (time, station, number in the station)."""
    return [(b.start, i, j) for i, station in enumerate(model.stations) for j, b in enumerate(station.breaks)]
