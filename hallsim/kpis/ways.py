"""Sums of the ways to the halls of a network: how many set out, are received and sent on, and how far they go.

In: what stations counted. Out: the block "way" of aggregated sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hallsim.kpis.base import JOINED, WAY_STATS
from hallsim.kpis.items import Item
from hallsim.model import Label, Model

I64 = NDArray[np.int64]
SET_OUT, RECEIVED, SENT_ON, TRAVELLED = range(len(WAY_STATS))


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


def fill_ways(model: Model, items: Sequence[Item], stays: I64, into: I64) -> None:
    """Write the sums int64[item, stat, n] of ways, from those of stays int64[station, stat, n]."""
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
            for way, number in zip(network.ways, joined, strict=True):
                out[SENT_ON] += number * (way.sent and way.origin == item.name)
