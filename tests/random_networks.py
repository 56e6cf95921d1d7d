"""Small random networks for holding the engines against each other: random halls, areas, choices, customers sent on."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall

NAMES = ("main", "north", "west")
POOL = 200
"""Random halls that networks are made of."""


def random_network(seed: int) -> dict[str, Any]:
    """Return the network file number `seed`, as a mapping for `hallsim.load`."""
    rng = random.Random(f"network of {seed}")
    groups = _alike()
    seeds = rng.choices(groups, [len(group) for group in groups])[0]
    own = rng.sample(seeds, rng.randint(2, min(3, len(seeds))))
    return network_of(rng, f"Random network {seed}", [random_hall(hall) for hall in own])


def network_of(rng: random.Random, title: str, own: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a network of some halls whose customers are alike, with areas and choice, as a mapping for `load`."""
    halls = dict(zip(NAMES, own, strict=False))
    for name, hall in halls.items():
        _send_on(rng, hall, [other for other in halls if other != name])
    travel = ["0 min", "1 min", "2.5 min", "7 min"]
    areas = {
        "town": {
            "customers_of": dict.fromkeys(halls, "60 %"),
            "travel": {name: rng.choice(travel) for name in halls if name == "main" or rng.random() < 0.8},
        },
        "hills": {"customers_of": dict.fromkeys(halls, "40 %"), "where": [1.0, rng.choice([0.0, 0.5])]},
    }
    if rng.random() < 0.3:  # the other halls keep their own customers
        areas = {"town": {"customers_of": "main", "travel": areas["town"]["travel"]}}
    choice = {"wait": rng.choice([0, 0.5, 1, 3])}
    if rng.random() < 0.6:
        choice["renewed"] = rng.choice(["3 min", "10 min", "1 h"])
    if rng.random() < 0.6:
        choice["liking"] = rng.choice(["20 s", "4 min"])
    return {
        "format": 1,
        "network": title,
        "halls": halls,
        "where": {name: [rng.choice([0.0, 0.2, 0.9]), 0.1 * i] for i, name in enumerate(halls)},
        "areas": areas,
        "choice": choice,
    }


@cache
def _alike() -> list[list[int]]:
    """Return seeds of random halls that can stand in one network, together."""
    found: dict[Any, list[int]] = {}
    for seed in range(POOL):
        hall = random_hall(seed)
        if "catchment" in hall or "day_types" in hall:
            continue
        model = load(hall).model
        kinds = frozenset(
            (model.segments[kind.segment].name, model.transactions[kind.transaction].name, kind.count, kind.skill)
            for kind in model.types
        )
        found.setdefault((model.close, model.resolution, kinds), []).append(seed)
    return [seeds for seeds in found.values() if len(seeds) > 1]


def _send_on(rng: random.Random, hall: dict[str, Any], others: list[str]) -> None:
    """Let some who give up, find no room, or are offered it, go on to another hall."""
    onward = [f"divert {rng.choice(others)}", "divert another_hall"]
    for station in hall["stations"].values():
        if "patience" in station and "on_giving_up" not in station and rng.random() < 0.4:
            station["on_giving_up"] = {rng.choice(onward): "70 %", "leave": "rest"}
        if "room" in station and rng.random() < 0.6:
            station["when_full"] = rng.choice(onward)
    if isinstance(hall["entry"], str) and rng.random() < 0.5:
        busy = rng.choice(["more than 4 in the hall", f"at least 2 waiting at {hall['entry']}"])
        hall["entry"] = [
            {"when": busy, "to": {rng.choice(onward): "50 %", hall["entry"]: "rest"}},
            {"to": hall["entry"]},
        ]


def random_network_model(seed: int) -> Model:
    """Return the model of network number `seed`."""
    return load(random_network(seed)).model
