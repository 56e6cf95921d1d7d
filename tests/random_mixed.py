"""Random halls, networks and weeks with everything at once: whatever the scenario language lets stand together.

A case is a hall or a network of two or three, of single days or over days on which people come again. Each hall draws
what `random_halls` draws, with zones, offers and channels more often, and walks; a hall alone also costs, publicity,
annexes with hours of their own, and persons who come again. What the scenario refuses beside the rest is left out,
piece by piece.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from hallsim.errors import ScenarioError
from hallsim.model import Model
from hallsim.scenario import load
from tests.random_annexes import with_annexes
from tests.random_costs import with_costs
from tests.random_halls import Likely, random_hall
from tests.random_networks import network_of
from tests.random_publicity import with_publicity
from tests.random_tables import with_tables
from tests.random_walking import with_walks
from tests.random_weeks import DAYS, persons_of, weeks, with_weeks

FIRST_HALL = 100_000
"""Number of the first random hall of the first case, beyond those of other tests."""
ALONE = Likely(zones=0.6, offers=0.7, channels=0.6)
TOGETHER = Likely(zones=0.5, channels=0.4, catchment=False)
"""In a network, where a catchment is refused."""

Given = dict[str, Any]


def random_mixed(seed: int) -> Given:
    """Return case number `seed`, as a mapping for `hallsim.load`."""
    rng = random.Random(f"mixed {seed}")
    if rng.random() < 0.5:
        return _hall(rng, FIRST_HALL + 3 * seed)
    return _network(rng, seed)


def random_mixed_model(seed: int) -> Model:
    """Return the model of case number `seed`: of a day, or of all days where they hang together."""
    model = load(random_mixed(seed)).model
    if model.horizon is not None:
        return model
    rng = random.Random(f"day of mixed {seed}")
    return with_tables(rng, model.of_day(rng.randrange(len(model.days))) if model.days else model)


def _hall(rng: random.Random, number: int) -> Given:
    """Return a hall alone."""
    hall = _perhaps(rng, 0.3, random_hall(number, likely=ALONE), with_walks)
    hall = _perhaps(rng, 0.5, hall, with_costs)
    hall = _perhaps(rng, 0.3, hall, _annexed)
    if rng.random() < 0.3:
        return hall
    hall |= weeks(rng)
    hall = _perhaps(rng, 0.7, hall, lambda rng, hall: with_publicity(rng, hall, DAYS))
    return _perhaps(rng, 0.5, hall, lambda rng, hall: hall | persons_of(rng, hall))


def _annexed(rng: random.Random, hall: Given) -> Given:
    found = copy.deepcopy(hall)
    with_annexes(rng, found)
    return found


def _network(rng: random.Random, seed: int) -> Given:
    first = FIRST_HALL + 3 * seed
    own = [random_hall(first + i, customers_of=first, likely=TOGETHER) for i in range(rng.randint(2, 3))]
    walking = rng.random() < 0.4
    own = [_perhaps(rng, 0.7 * walking, hall, with_walks) for hall in own]
    network = network_of(rng, f"Mixed network {seed}", own)
    return network if rng.random() < 0.3 else with_weeks(rng, network)


def _perhaps(rng: random.Random, likely: float, given: Given, change: Callable[[random.Random, Given], Given]) -> Given:
    """Return what a change makes of a hall, if it is drawn and not refused beside the rest."""
    if rng.random() >= likely:
        return given
    changed = change(rng, given)
    try:
        load(changed)
    except ScenarioError:
        return given
    return changed
