"""Follow-on transactions for random halls."""

from __future__ import annotations

import random
from typing import Any

from tests.random_laws import law

DELAYS = ("delay", "online", "orbit", "offer")


def with_follow_ons(rng: random.Random, hall: dict[str, Any], names: list[str]) -> None:
    """Let customers go on with other transactions, now and then: with a new ticket, or at the same counter."""
    if rng.random() > 0.35:
        return
    stations = hall["stations"]
    hall["transactions"] = {"business": "70 %", "plan": "30 %", "card": "0 %"}
    if not any({"call", "pools"} & set(station) for station in stations.values()):
        hall["tickets"] = {"C": {"transactions": ["card"]}} | {s: {"segments": [s]} for s in hall["segments"]}
    segment = next(iter(hall["segments"]))
    share = {
        "business": {"plan": "25 %", "card": "10 %"},
        "plan": {"card": f"{rng.choice([20, 60, 100])} %"},
        f"{segment} card": {"business": "20 %", "card": "10 %"},
    }
    delays = [name for name in stations if stations[name].get("role") in DELAYS]
    then = rng.choice([names[0], names[-1], {"card": names[-1], "rest": {names[0]: "80 %", "divert app": "rest"}}])
    if delays and rng.random() < 0.3:
        then = {"card": rng.choice(delays), "rest": names[0]}
    hall["follow_ons"] = {"share": share, "then": then}
    out = [name for outage in hall.get("outages", ()) for name in outage["stations"]]
    able = [n for n in names if not {"breakdowns", "walk", "wrap_up"} & set(stations[n]) and n not in out]
    if able and rng.random() < 0.7:
        hall["follow_ons"]["same_counter"] = rng.sample(able, rng.randint(1, len(able)))
    for name in names:
        if rng.random() < 0.3 and not isinstance(stations[name]["time"], dict):
            stations[name]["time"] = {"card": law(rng, 2.0), "rest": stations[name]["time"]}
