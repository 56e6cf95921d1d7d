"""Publicity for random halls over several days: shares of a shift and of offers, raised and fading."""

from __future__ import annotations

import random
from typing import Any


def with_publicity(rng: random.Random, hall: dict[str, Any], days: int) -> dict[str, Any]:
    """Return a hall under publicity for whatever of its shares can be raised; the hall itself if there is none."""
    shares = [
        f"stations.{name}.accepts" for name, station in hall["stations"].items() if station.get("role") == "offer"
    ]
    if "shift" in hall.get("catchment", {}):
        shares.append("catchment.shift.points")
    if not shares:
        return hall
    efforts = [_effort(rng, rng.choice(shares), days) for _ in range(rng.randint(1, 2))]
    return hall | {"publicity": efforts}


def _effort(rng: random.Random, share: str, days: int) -> dict[str, Any]:
    first = rng.randint(1, days)
    given: dict[str, Any] = {
        "from_to": f"days {first}-{rng.randint(first, days + 1)}",
        "raises": share,
        "by": rng.choice(["2 %", "15 %"] if "shift" in share else ["5 %", "20 %"]),
    }
    if rng.random() < 0.5:
        given["ramp"] = f"{rng.randint(2, 3)} days"
    return given | rng.choice([{}, {"fades": "2 days"}, {"half_life": "1 day"}])
