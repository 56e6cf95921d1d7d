"""Which transactions follow which in a visit, in flat arrays (semantics 47).

In: `Model`. Out: `FollowOns`, a part of `Compiled`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hallsim.arrays import F64, I64, f64, i64
from hallsim.model import Model

_SLACK = 1e-9


class FollowOns(NamedTuple):
    """Rows of what may follow, those of a type contiguous; whose draw lies above the last has nothing more to do."""

    first: I64  # [type + 1]
    cum: F64
    type: I64  # what the customer becomes
    goes_on: I64  # [station] 1: the server goes on with the customer, if he may


def follow_on_tables(model: Model) -> FollowOns:
    """Return what may follow."""
    rows = model.follow_ons or ((),) * len(model.types)
    sums = [np.cumsum([follow.probability for follow in own]) for own in rows]
    return FollowOns(
        first=i64(np.cumsum([0, *(len(own) for own in rows)])),
        cum=f64([1.0 if p > 1.0 - _SLACK else p for own in sums for p in own]),
        type=i64([follow.type for own in rows for follow in own]),
        goes_on=i64([s.goes_on for s in model.stations]),
    )
