"""Random halls and networks over three days, on which many come again for many reasons."""

from __future__ import annotations

import random
from typing import Any

from hallsim.compiled import VISIT_OUTCOMES
from hallsim.model import Model
from hallsim.scenario import load
from tests.random_halls import random_hall
from tests.random_networks import random_network

DAYS = 3


def random_weeks(seed: int) -> Model:
    """Return hall number `seed` over three days."""
    return load(random_hall(seed) | weeks(random.Random(f"weeks of {seed}"))).model


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
