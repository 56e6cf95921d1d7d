"""Late bookings: records that stand near the beginning of one service and belong to the one before.

In: the service that each record falls into. Out: the same, with late ones given back. Where counters go on without a
pause one late record pushes the next: what is late is told by all records of a server together, by dynamic programming
over them in their order. Records may go back one service, if they stand within the tolerance after the
beginning of their own and after the end of the other; as few go back as leave the fewest services without a record.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.logs.record_clocks import TOLERANCE, Services

I64 = NDArray[np.int64]

COST_OF_LATE = 0.34
"""Of a record that is called late, where a service that gets a record gains 1: two in a row may be late; with more,
records that were lost would be made up for by calling many late."""


def given_back(services: Services, time: I64, of: I64) -> I64:
    """Return the service of each record, late ones given back to the service before.

    Parameters
    ----------
    services : in the order of server, day and beginning
    time : int64[n_records], microseconds by the clock of the services
    of : int64[n_records], number of the service, -1 for none
    """
    order = np.lexsort((time, of))
    order = order[of[order] >= 0]
    own, at = of[order], time[order]
    before = np.maximum(own - 1, 0)
    may = (own > 0) & (services.key[before] == services.key[own])
    may &= (at - services.begin[own] <= TOLERANCE) & (at - services.end[before] <= TOLERANCE)
    moved = of.copy()
    moved[order] = own - _late(own.tolist(), may.tolist())
    return moved


def _late(own: list[int], may: list[bool]) -> I64:
    """Return 1 for records that go back, 0 for others; records in order, which stays."""
    never = -np.inf
    came_from: list[tuple[int, int]] = []
    value = (0.0, never)  # of the best way with the record before staying, and going back
    last = -2
    for service, possible in zip(own, may, strict=True):
        stay = [value[s] + (service != last - s) for s in (0, 1)]
        back = [value[s] + (service - 1 != last - s) if service - 1 >= last - s else never for s in (0, 1)]
        came_from.append((int(stay[1] > stay[0]), int(back[1] > back[0])))
        value = (max(stay), max(back) - COST_OF_LATE if possible else never)
        last = service
    state = int(value[1] > value[0])
    found = np.zeros(len(own), dtype=np.int64)
    for i in range(len(own) - 1, -1, -1):
        found[i] = state
        state = came_from[i][state]
    return found
