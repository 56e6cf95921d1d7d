"""Annexes of random halls: some stations have hours of their own, and customers come during them."""

from __future__ import annotations

import random
from typing import Any

from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall
from tests.random_laws import law

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


def random_night_room(seed: int) -> Model:
    """Return a hall with a room of machines that is open round the clock, over three days, number `seed`."""
    rng = random.Random(f"night room {seed}")
    always, segments = "00:00-24:00", {"hall": "50 %", "night": "rest"}
    kiosk: dict[str, Any] = {"hours": always, "servers": rng.randint(1, 3), "time": law(rng, 12.0)}
    kiosk |= {"patience": law(rng, 20.0)} if rng.random() < 0.7 else {}
    kiosk |= {"fails": "20 %", "on_failure": rng.choice(["counter", "leave"])} if rng.random() < 0.7 else {}
    kiosk |= {"idle_choice": rng.choice(["longest_idle", "lowest_number", "random"])}
    back = {} if kiosk.get("on_failure") == "counter" else {"on_giving_up": "kiosk"}
    late = rng.choice([2, 4, 8])
    room: dict[str, Any] = {"hours": always, "rates": {"00:00": "4/h", "02:00": "1/h", "22:00": f"{late}/h"}}
    hall: dict[str, Any] = {
        "open": rng.choice(["09:00-18:00", "20:00-23:50"]),
        "resolution": rng.choice(["1 us", "1 min"]),
        "segments": segments,
        "tickets": {"A": {}},
        "arrivals": {
            "walk_in": {"rate": "8/h", "segments": {"hall": "all"}},
            "room": room | {"segments": {"night": "all"}},
        },
        "entry": {"hall": {"counter": "70 %", "kiosk": "rest"}, "night": "kiosk"},
        "stations": {
            "counter": {"servers": 1, "time": law(rng, 8.0), "patience": "15 min", **back},
            "kiosk": kiosk,
        },
        "horizon": {"days": 3},
        "returns": {"gave_up": "50 %", "turned_away": {"share": "80 %", "after": rng.choice([1, 2])}},
    }
    return load(hall).model
