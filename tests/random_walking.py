"""Walks in the random halls: between the door, stations and zones, by times or by coordinates."""

from __future__ import annotations

import random
from typing import Any

from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall


def walking_model(seed: int) -> Model:
    """Return the model of a day in random hall number `seed`, in which customers walk."""
    rng = random.Random(f"walking of {seed}")
    model = load(with_walks(rng, random_hall(seed))).model
    return model.of_day(rng.randrange(len(model.days))) if model.days else model


def with_walks(rng: random.Random, hall: dict[str, Any]) -> dict[str, Any]:
    """Return a hall in which customers walk, so that no zone blocks."""
    found = hall | {"walking": _walking(rng, [*hall["stations"], *hall.get("zones", {})])}
    if "zones" in hall:
        outside = {"when_full": "wait_outside"}  # whoever is on a walk blocks nobody: it is refused
        found["zones"] = {
            name: zone | (outside if zone.get("when_full") == "block" else {}) for name, zone in hall["zones"].items()
        }
    return found


def _walking(rng: random.Random, places: list[str]) -> dict[str, Any]:
    """Return walks between some of these places and the door."""
    spread = {"cv": 0.5} if rng.random() < 0.4 else {}
    if rng.random() < 0.5:
        at = {name: [rng.randrange(100), rng.randrange(100)] for name in ("door", *places)}
        return {"at": at, "speed": f"{rng.choice([2, 4.5])} km/h", **spread}
    origins = ["door", *rng.sample(places, rng.randint(1, len(places)))]
    minutes = {
        origin: {to: f"{rng.choice([0.5, 1, 1, 3])} min" for to in places if to != origin and rng.random() < 0.7}
        for origin in origins
    }
    return {"minutes": {origin: row for origin, row in minutes.items() if row}, **spread}
