"""Sums of the ways to the halls of a network: how many set out, are received and sent on, and how far they go.

In: what stations counted, and the visits by hall. Out: the block "way" of aggregated sums; and for the reducer
of which hall each line is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Compiled
from hallsim.kpis.base import JOINED, SENT, STAYED_AWAY, WAY_STATS
from hallsim.kpis.features import is_channel
from hallsim.kpis.items import Item
from hallsim.model import Label, Model

I64 = NDArray[np.int64]
SET_OUT, RECEIVED, SENT_ON, TRAVELLED, SENT_AWAY, AWAY_FOR_GOOD = range(len(WAY_STATS))


def branch_lines(model: Model, compiled: Compiled) -> dict[str, I64]:
    """Return by line the hall of a network that it is of, and the one that has sent on whoever is there (-1: none)."""
    of, sends = (np.full(len(model.stations), -1, dtype=np.int64) for _ in range(2))
    branches = model.network.branches if model.network else ()
    for b, branch in enumerate(branches):
        of[branch.first : branch.beyond] = b
        for i in range(branch.first, branch.beyond):
            sends[i] = b if is_channel(model.stations[i]) else -1
    names = [branch.name for branch in branches]
    for way in model.network.ways if model.network else ():
        sends[way.station] = names.index(way.origin) if way.sent else -1
    return {"line_branch": of[compiled.line_station], "line_sends": sends[compiled.line_station]}


def way_items(model: Model) -> Iterator[Item]:
    """Yield what ways are counted for: the network, its halls, the ways themselves; members are ways."""
    network = model.network
    if network is None:
        return
    yield Item("hall", model.name, model.label, tuple(range(len(network.ways))))
    for b, branch in enumerate(network.branches):
        yield Item("branch", branch.name, branch.label, tuple(i for i, w in enumerate(network.ways) if w.branch == b))
    for i, way in enumerate(network.ways):
        station = model.stations[way.station]
        yield Item("way", station.name, Label(station.label.en, station.label.zh), (i,))


def fill_ways(model: Model, items: Sequence[Item], stays: I64, visits: I64, into: I64) -> None:
    """Write the sums int64[item, stat, n] of ways.

    They come from those of stays int64[station, stat, n] and, by hall, of visits int64[branch, stat, n].
    """
    network = model.network
    assert network is not None, "only networks have ways"
    into[...] = 0
    joined = [stays[way.station, JOINED] for way in network.ways]
    for item, out in zip(items, into, strict=True):
        for i in item.members:
            way = network.ways[i]
            out[SET_OUT] += joined[i]
            out[RECEIVED] += joined[i] * way.sent
            out[TRAVELLED] += joined[i] * way.travel
        if item.scope == "branch":
            own = visits[[branch.name for branch in network.branches].index(item.name)]
            out[SENT_AWAY], out[AWAY_FOR_GOOD] = own[SENT], own[STAYED_AWAY]
            for way, number in zip(network.ways, joined, strict=True):
                out[SENT_ON] += number * (way.sent and way.origin == item.name)
