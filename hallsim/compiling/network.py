"""The halls of a network in flat arrays: their stations, the ways to them, and when published waits are renewed.

In: `Model`. Out: `NetworkTables`, a part of `Compiled`. A hall that is in no network is the only one of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64, u64
from hallsim.model import Model


class NetworkTables(NamedTuple):
    """What customers know of the halls when they choose one (semantics 52)."""

    first: I64  # [hall] its first station
    beyond: I64  # [hall] the first station that is not its own any more
    published: I64  # [hall] the station whose wait is published; -1: none
    renewed: int  # microseconds from one renewal to the next; 0: at every moment
    # the ways to the halls; empty where there is no network
    way_branch: I64  # [station] the hall that a way leads to; -1: no way
    way_travel: F64  # [station] microseconds
    way_wait: F64  # [station] what a microsecond of the published wait counts
    way_liking: F64  # [station] what a standard Gumbel variable counts
    way_key: U64  # [station] purpose of the draw of what a customer likes of the hall


def network_tables(model: Model) -> NetworkTables:
    """Return the halls, and the ways to them."""
    network, n = model.network, len(model.stations)
    if network is None:
        nothing = i64([])
        return NetworkTables(i64([0]), i64([n]), i64([-1]), 0, nothing, f64([]), f64([]), f64([]), u64([]))
    way_to = {way.station: way for way in network.ways}
    branch = [way_to[i].branch if i in way_to else -1 for i in range(n)]
    keys = [draws.name_hash("liking", b.name) for b in network.branches]
    return NetworkTables(
        first=i64([b.first for b in network.branches]),
        beyond=i64([b.beyond for b in network.branches]),
        published=i64([b.published for b in network.branches]),
        renewed=network.renewed,
        way_branch=i64(branch),
        way_travel=f64([way_to[i].travel if i in way_to else 0 for i in range(n)]),
        way_wait=f64([network.wait] * n),
        way_liking=f64([network.liking] * n),
        way_key=u64([keys[b] if b >= 0 else 0 for b in branch]),
    )


def renewals(model: Model) -> range:
    """Return when published waits are renewed: from one stretch after opening on, before closing."""
    network = model.network
    if network is None or network.renewed == 0 or network.wait == 0.0:
        return range(0)
    return range(model.open + network.renewed, model.close, network.renewed)
