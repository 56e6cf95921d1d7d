"""Zones in the random halls: parts of the floor with few places."""

from __future__ import annotations

import random
from typing import Any

from hallsim.errors import ScenarioError
from hallsim.scenario import load


def with_zones(rng: random.Random, hall: dict[str, Any], names: list[str], likely: float) -> None:
    """Give some stations of a hall zones, in which they lie or are waited for, with or without overflow."""
    if rng.random() < 1.0 - likely:
        return
    stations, down = hall["stations"], [name for outage in hall.get("outages", []) for name in outage["stations"]]
    chosen = rng.sample(names, rng.randint(1, len(names)))
    if "walk" in stations and rng.random() < 0.4:
        chosen.append("walk")
    cut = rng.randint(1, len(chosen))
    zones: dict[str, Any] = {}
    for number, members in enumerate((chosen[:cut], chosen[cut:])):
        waited = [n for n in members if n != "walk" and not _interrupted(stations[n], n in down) and rng.random() < 0.5]
        zone: dict[str, Any] = {"seats": rng.randint(1, 4), "when_full": rng.choice(["block", "block", "wait_outside"])}
        if any("numbers" in stations[n] or "when_down" in str(stations[n]) for n in members) or rng.random() < 0.2:
            zone["when_full"] = "turn_away"
        members = [n for n in members if zone["when_full"] != "turn_away" or n != "walk"]
        zone |= {"waiting_for": waited} if waited else {}
        zone |= {"stations": lying} if (lying := [n for n in members if n not in waited]) else {}
        zone |= {"standing": 2} if rng.random() < 0.3 else {}
        if members:
            zones[f"zone{number}"] = zone
    if zones and rng.random() < 0.4:
        other = rng.choice([name for name in ("lobby", *zones) if name != "zone0"])
        zones.get("zone0", {})["overflow"] = other
        zones.setdefault("lobby", {"seats": rng.randint(1, 3)} if other == "lobby" else {})
        zones = {name: zone for name, zone in zones.items() if zone}
    hall["zones"] = zones
    _let_block_end(hall)


def _interrupted(station: dict[str, Any], outage: bool) -> bool:
    """Return whether a service at a station can be broken off."""
    return outage or "breakdowns" in station or "preemptive" in str((station.get("servers"), station.get("call")))


def _let_block_end(hall: dict[str, Any]) -> None:
    """Let people wait outside instead where blocked customers would keep each other, or servers, for good."""
    try:
        load(hall)
    except ScenarioError:
        for zone in hall["zones"].values():
            if zone.get("when_full") == "block":
                zone["when_full"] = "wait_outside"
    if not hall["zones"]:
        del hall["zones"]
