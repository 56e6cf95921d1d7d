"""Which kind of day a replication is: a day of a log or of a calendar, or drawn by shares (semantics 23)."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np

from hallsim import draws
from hallsim.arrays import cumulative
from hallsim.model import Day, Model

_STREAM = np.uint64(draws.name_hash("replication"))


def kinds_of_days(model: Model, seed: int, first: int, beyond: int) -> list[int]:
    """Return the kind of day of the replications from `first` to `beyond - 1`: indices into `model.days`.

    A hall all of whose days are alike has kind 0 only.
    """
    if not model.days:
        return [0] * (beyond - first)
    if model.logged:
        return list(range(first, beyond))
    if model.calendar:
        return [model.calendar[i % len(model.calendar)][1] for i in range(first, beyond)]
    return _drawn(model.days, seed, range(first, beyond))


def kinds_of_horizon(model: Model, seed: int, replications: Sequence[int]) -> list[int]:
    """Return the kinds of the days of a horizon, which draw as these replications (semantics 54, 55)."""
    if not model.days:
        return [0] * len(replications)
    levels = (model.horizon.levels if model.horizon is not None else ()) or (0,) * len(replications)
    at_a_level = len(model.days) // (max(levels) + 1)
    if model.calendar:
        kinds = [kind for _, kind in model.calendar[: len(replications)]]
    else:
        kinds = _drawn(model.days[:at_a_level], seed, replications)
    return [level * at_a_level + kind for level, kind in zip(levels, kinds, strict=True)]


def _drawn(days: Sequence[Day], seed: int, replications: Sequence[int]) -> list[int]:
    """Draw kinds of day by their shares."""
    bounds = cumulative(tuple(day.share for day in days))
    found = []
    for replication in replications:
        key = draws.keys_of(np.uint64(seed), np.uint64(replication), _STREAM, 1)
        u = float(draws.uniforms(key, draws.PURPOSE_DAY_TYPE, np.uint64(0))[0])
        found.append(bisect.bisect_right(bounds, u))
    return found


def kinds_in_turn(model: Model, n: int) -> list[int]:
    """Return the kinds of the first n replications where these are whole turns of a calendar; else none.

    How often a kind occurs among them is then no chance.
    """
    whole = bool(model.calendar) and model.horizon is None and n > 0 and n % len(model.calendar) == 0
    return kinds_of_days(model, 0, 0, n) if whole else []


def date_of_day(model: Model, replication: int) -> str:
    """Return the date of a replication, empty where days have none."""
    if model.calendar:
        return model.calendar[replication % len(model.calendar)][0]
    return model.days[replication].date if model.logged and replication < len(model.days) else ""
