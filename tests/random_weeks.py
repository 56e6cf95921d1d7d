"""Random halls and networks over three days, on which many come again for many reasons; some halls have persons."""

from __future__ import annotations

import random
from typing import Any

from hallsim.compiled import VISIT_OUTCOMES
from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall
from tests.random_networks import random_network

DAYS = 3


def random_weeks(seed: int, persons: float = 0.5) -> Model:
    """Return hall number `seed` over three days, with this probability one whose customers are drawn from persons."""
    hall, rng = random_hall(seed), random.Random(f"persons of {seed}")
    more = weeks(random.Random(f"weeks of {seed}"))
    return load(hall | more | (persons_of(rng, hall) if rng.random() < persons else {})).model


def random_network_weeks(seed: int) -> Model:
    """Return network number `seed` over three days; its halls have one horizon."""
    return load(with_weeks(random.Random(f"weeks of network {seed}"), random_network(seed))).model


def with_weeks(rng: random.Random, network: dict[str, Any]) -> dict[str, Any]:
    """Return a network over three days; its halls have one horizon."""
    more = weeks(rng)
    return network | {"halls": {name: hall | more for name, hall in network["halls"].items()}}


def weeks(rng: random.Random) -> dict[str, Any]:
    """Return what makes days of a hall hang together: a horizon, and who comes again."""
    after = rng.choice([1, 2, {1: "50 %", 2: "rest"}, {1: "40 %", 3: "rest"}])
    shares = ("10 %", "60 %", "100 %")
    names = rng.sample(VISIT_OUTCOMES[1:], rng.randint(2, 6))
    returns: dict[str, Any] = {name: {"share": rng.choice(shares), "after": after} for name in names}
    returns["gave_up"] = rng.choice(shares)
    returns["most"] = rng.randint(1, 3)
    return {"horizon": {"days": DAYS}, "returns": returns}


def persons_of(rng: random.Random, hall: dict[str, Any]) -> dict[str, Any]:
    """Return persons for a hall, with a habit and a cap where it makes offers or shifts demand."""
    names = list(hall.get("segments", {"customer": ""}))
    persons: dict[str, Any] = {"number": {name: rng.randint(1, 12) for name in names}}
    persons |= {"cv": rng.choice([0.5, 2.0])} if rng.random() < 0.5 else {}
    offer = hall["stations"].get("offer")
    paths = ["catchment.shift.points"] if "shift" in hall.get("catchment", {}) else []
    paths += ["stations.offer.accepts"] if offer and "100 %" not in str(offer["accepts"]) else []
    if paths:
        persons["habit"] = {"raises": rng.choice(paths), "by": "4 %", "up_to": rng.choice(["4 %", "10 %"])}
        persons["habit"] |= {"fades": "1 day"} if rng.random() < 0.4 else {}
    if offer and rng.random() < 0.8:
        persons["cap"] = {"offers": rng.randint(1, 2), "within": rng.choice(["2 days", "2 weeks"])}
    return {"persons": persons}
