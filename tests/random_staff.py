"""What servers of random halls do beside serving, where else they work, and where they help."""

from __future__ import annotations

import random
from typing import Any

from tests.random_laws import clock, law


def with_staff(rng: random.Random, station: dict[str, Any], minutes: int) -> dict[str, Any]:
    """Return the station, now and then with servers who do more than serve."""
    if {"breakdowns"} & set(station) or "pooled" in str(station) or "'preemptive'" in str(station.get("servers")):
        return station
    more: dict[str, Any] = {}
    if rng.random() < 0.3:
        more["breaks"] = []
        for _ in range(rng.randint(1, 3)):
            one = {"length": rng.choice([law(rng, 4.0), "5 min"]), "paid": rng.choice(["yes", "no"])}
            at = rng.randrange(0, minutes, 5)
            one |= {"at": clock(at)} if rng.random() < 0.4 else {"from_to": f"{clock(at)}-{clock(at + 20)}"}
            one |= {"at_once": rng.randint(1, 2)} if rng.random() < 0.6 else {}
            more["breaks"].append(one)
    if rng.random() < 0.2 and not {"call"} & set(station):
        more["walk"] = law(rng, 0.5)
    if rng.random() < 0.3 and "'preemptive': 'yes'" not in str(station):
        more["wrap_up"] = law(rng, 1.0)
    if rng.random() < 0.2 and isinstance(station.get("servers"), int):
        people = [
            {"speed": {"rest": 1.3}, "novice": {"factor": 2, "services": 3}},
            {"tires": {"per_hour": "60 %", "at_most": "30 %"}},
            {"speed": 0.8},
        ]
        more["servers"] = [{"name": f"person {i}", **rng.choice(people)} for i in range(station["servers"])]
    if rng.random() < 0.2:
        more["absent"] = "30 %"
    return station | more


def with_persons(rng: random.Random, stations: dict[str, Any], names: list[str]) -> None:
    """Let somebody work at two stations, one after the other."""
    able = [
        n
        for n in names
        if isinstance(stations[n].get("servers"), int) and not {"breakdowns", "absent"} & set(stations[n])
    ]
    if len(able) < 2 or rng.random() < 0.5:
        return
    for name, shifts in zip(rng.sample(able, 2), (["09:00-09:20", "09:40-10:00"], ["09:20-09:40"]), strict=True):
        others = [{"name": f"other {i}"} for i in range(stations[name]["servers"] - 1)]
        stations[name]["servers"] = [{"name": "Li", "person": "Li", "shifts": shifts, "absent": "20 %"}, *others]


def attended(station: dict[str, Any]) -> bool:
    """Return whether servers of a station do more around a service, differ by more than a number, or work elsewhere."""
    servers = str(station.get("servers"))
    words = ("novice", "tires", "person'", "{'rest'")
    return bool({"walk", "wrap_up"} & set(station)) or any(word in servers for word in words)


def with_helpers(rng: random.Random, stations: dict[str, Any], names: list[str]) -> set[str]:
    """Let servers of some stations help at others; return all these."""
    plain = [
        name
        for name in names
        if "shift_end" not in str(stations[name].get("servers"))
        and "preemptive" not in str(stations[name].get("call"))
        and not {"breakdowns", "extra"} & set(stations[name])
        and "person'" not in str(stations[name].get("servers"))
    ]
    found: set[str] = set()
    for name in plain:
        others = [n for n in plain if n != name and not {"numbers", "calls"} & set(stations[n])]
        if others and rng.random() < 0.5 and stations[name].get("servers") != "none":
            stations[name]["helps"] = rng.sample(others, rng.randint(1, len(others)))
            found |= {name, *stations[name]["helps"]}
            if rng.random() < 0.3 and "servers" in stations[stations[name]["helps"][0]]:
                other = stations[stations[name]["helps"][0]]
                if "helps" not in other:
                    other["servers"] = "none"
    for name in found:
        _only_serve(stations[name])
    return found


def _only_serve(station: dict[str, Any]) -> None:
    """Take from a station what cannot stand beside help elsewhere: work around services, curves of speed."""
    for key in ("walk", "wrap_up"):
        station.pop(key, None)
    if attended(station):
        station["servers"] = len(station["servers"])
