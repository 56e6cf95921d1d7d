"""Parts of services: the transactions of each, one after the other, with the time that each took.

In: a table of visits and its legs, of which one is a whole service. Out: `Parts`. A log with one transaction a service
has one part for each, and so has one that does not tell transactions apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.replay.going_on import goes_on
from hallsim.replay.legs import SERVED, STAND_INS, Legs, Names, days_of

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Parts(NamedTuple):
    """Transactions in the order of legs and time.

    `leg` is the number of the service, `transaction` counts in `Names`, `time` is in microseconds, `goes_on` tells
    whether another one of the same service comes after it.
    """

    leg: I64
    transaction: I64
    time: I64
    goes_on: Bools

    def of(self, legs: Bools) -> Parts:
        """Return those of some legs."""
        own = legs[self.leg]
        return Parts(self.leg[own], self.transaction[own], self.time[own], self.goes_on[own])

    def follow_ons(self) -> dict[int, dict[int, int]]:
        """Return transaction -> the next of the same service (-1: none) -> how often; empty if none ever follows."""
        found: dict[int, dict[int, int]] = {}
        if not self.goes_on.any():
            return found
        following = np.where(self.goes_on, np.append(self.transaction[1:], -1), -1)
        for a, b in zip(self.transaction.tolist(), following.tolist(), strict=True):
            own = found.setdefault(a, {})
            own[b] = own.get(b, 0) + 1
        return found


def read_parts(visits: pd.DataFrame, legs: Legs, names: Names, service: I64) -> Parts:
    """Return the parts of all services.

    Parameters
    ----------
    visits : the log
    legs, names : as `read_legs` gives them
    service : int64[n_legs], microseconds
        How long each service took, cut where it was too long; parts are cut with it.
    """
    served = np.flatnonzero(np.isin(legs.outcome, SERVED))
    follows, last = goes_on(visits, days_of(visits)[0])
    if not follows.any() or len(names.transactions) == 1:
        return Parts(served, legs.transaction[served], service[served], np.zeros(len(served), dtype=bool))
    leg_of_end = np.full(len(visits), -1, dtype=np.int64)
    leg_of_end[last[legs.row[served]]] = served
    row = np.flatnonzero(leg_of_end[last] >= 0)
    leg = leg_of_end[last[row]]
    end = visits["t_end"].to_numpy(dtype=np.int64, na_value=-1)[row]
    order = np.lexsort((visits["step"].to_numpy(dtype=np.int64)[row], leg))
    row, leg, end = row[order], leg[order], end[order]
    final = np.append(leg[1:] != leg[:-1], True)
    until = legs.begin[leg] + service[leg]
    end = np.where(final, until, np.minimum(end, until))
    begin = np.where(np.append(True, final[:-1]), legs.begin[leg], np.append(0, end[:-1]))
    number = {name: i for i, name in enumerate(names.transactions)}
    named = visits["transaction"].fillna(STAND_INS["transaction"]).astype(object).to_numpy()[row]
    transaction = np.array([number[str(name)] for name in named], dtype=np.int64)
    return Parts(leg, transaction, np.maximum(end - begin, 0), ~final)
