"""Zones in flat arrays (semantics 50).

In: `Model`. Out: `Zones`, a part of `Compiled`.
"""

from __future__ import annotations

from typing import NamedTuple

from hallsim.arrays import I64, i64
from hallsim.model import Model, Station


class Zones(NamedTuple):
    """The places of zones, and which stations lie in them."""

    places: I64  # [zone]
    overflow: I64  # [zone] where those stand who do not fit in; -1: nowhere
    of: I64  # [station] -1: in no zone
    waited_in: I64  # [station] 1: only who waits in line takes a place
    turns_away: I64  # [station] 1: who finds the zone full goes on
    blocks: I64  # [station] 1: who comes from a service or a delay stays there while the zone is full


def zone_tables(model: Model) -> Zones:
    """Return the places of zones, and which stations lie in them."""
    return Zones(
        places=i64([zone.places for zone in model.zones]),
        overflow=i64([zone.overflow for zone in model.zones]),
        of=i64([s.zone for s in model.stations]),
        waited_in=i64([s.waits_in_zone for s in model.stations]),
        turns_away=i64([_when_full(model, s) == "turn_away" for s in model.stations]),
        blocks=i64([_when_full(model, s) == "block" for s in model.stations]),
    )


def _when_full(model: Model, station: Station) -> str:
    return model.zones[station.zone].when_full if station.zone >= 0 else ""
