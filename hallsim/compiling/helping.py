"""Who helps where, in flat arrays: stations whose lines the servers of another call too (semantics 45).

In: `Model`. Out: `Helping`, a part of `Compiled`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hallsim.arrays import I64, i64
from hallsim.model import Model


class Helping(NamedTuple):
    """Rows of stations helped at, those of a helping station contiguous, in the order in which its servers try them."""

    first: I64  # [station]
    number: I64  # [station] 0: its servers stay
    at: I64


def helping_tables(model: Model) -> Helping:
    """Return who helps where."""
    counts = [len(s.helps) for s in model.stations]
    return Helping(
        first=i64(np.cumsum([0, *counts])[:-1]),
        number=i64(counts),
        at=i64([i for s in model.stations for i in s.helps]),
    )
