"""Conditions on joining in flat arrays (semantics 18).

In: `Model`, the probabilities to join by number inside, and the routes' arrays. Out: `JoinCases`, a part of
`Compiled`, and both with what conditions add to them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from hallsim.arrays import F64, I64, f64, i64
from hallsim.compiling.routes import with_conditions
from hallsim.model import Model


class JoinCases(NamedTuple):
    """Where the conditions on joining stand, by station."""

    first_case: I64  # the station's first, which no route has; -1: none
    number: I64
    first_row: I64  # row of balk_join for its first case and type; then type by type, case by case, -1: the next case


def joining_tables(model: Model, balk_join: F64, routes: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `Compiled` about conditions on joining, `balk_join`, and the routes' arrays."""
    given = [s.joining for s in model.stations]
    routes, cases = with_conditions(routes, [case.when for own in given for case in own])
    counts = [len(own) for own in given]
    before = np.cumsum([0, *counts])[:-1]
    return {
        **routes,
        "balk_join": np.concatenate([balk_join, f64([case.joins for own in given for case in own])]),
        "join_cases": JoinCases(
            first_case=i64([cases[i] if n else -1 for i, n in zip(before, counts, strict=True)]),
            number=i64(counts),
            first_row=i64(balk_join.size + before * len(model.types)),
        ),
    }
