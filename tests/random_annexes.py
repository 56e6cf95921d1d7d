"""Annexes of random halls: some stations have hours of their own, and customers come during them."""

from __future__ import annotations

import random
from typing import Any

from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall

HOURS = ("08:40-09:40", "09:10-10:30", "09:00-09:30", "08:30-11:30")
_TIED = ("helps", "preparation", "experience")


def random_annexes(seed: int) -> Model:
    """Return hall number `seed` with one annex or two; where it has types of day, one of the days."""
    rng, hall = random.Random(f"annexes of {seed}"), random_hall(seed)
    with_annexes(rng, hall)
    model = load(hall).model
    return model.of_day(rng.randrange(len(model.days))) if model.days else model


def with_annexes(rng: random.Random, hall: dict[str, Any]) -> None:
    """Give some stations of a hall hours of their own, and bring customers during them.

    Who helps, prepares or tries out, and whoever shares a zone, keeps the hours of the hall.
    """
    stations = hall["stations"]
    of_two = {name for zone in hall.get("zones", {}).values() for key in ("stations", "waiting_for")
              for name in zone.get(key, ())}  # fmt: skip
    for name, station in stations.items():
        for other in (*station.get("helps", ()), *(station[key].get("by", "") for key in _TIED[1:] if key in station)):
            of_two |= {name, other}
        if "experience" in station:
            of_two |= {name, station["experience"].get("at", "")}
    roles = ("online", "orbit")
    free = [name for name, station in stations.items() if name not in of_two and station.get("role") not in roles]
    for number, name in enumerate(rng.sample(free, min(len(free), rng.randint(1, 2)))):
        stations[name]["hours"] = hours = rng.choice(HOURS)
        walk_in: dict[str, Any] = {"hours": hours, "rate": rng.choice(["10/h", "30/h"])}
        walk_in |= {"crowd": 3} if rng.random() < 0.5 else {}
        walk_in |= {"hour_cv": 0.5} if rng.random() < 0.3 else {}
        hall["arrivals"][f"annex_{number}"] = walk_in
