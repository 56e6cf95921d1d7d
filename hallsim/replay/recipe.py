"""The recipe: from what a counter did on a day to the work it had and the times it was on duty.

In: the legs that one counter served on one day, and who waited for it when. Out: services, which include the
turn-around after them, and stretches of duty. docs/replay.md says why; in short, a log knows neither how
long a service really took (end buttons are forgotten, calling takes time) nor when a counter was staffed:

1. A service lasts from the call to the end, at most `longest_service`, at most to the counter's next call.
2. A gap of at most `turn_around` to the next call, while somebody was waiting, belongs to the service before it.
3. A longer gap closes the counter until its next call.
4. A service over `longest_service` that no call of the counter follows within `turn_around` is a forgotten end
   button and takes the median of that counter's services on that day.

With the services in the log's own order every call falls on its observed time: the counter is either busy
until it, or off duty, or nobody is waiting.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

OPEN = 1 << 62
"""End of a stretch of duty that lasts until the day is over."""


class Waiting:
    """When somebody was waiting: stretches [join, left) in one queue on one day."""

    def __init__(self, join: I64, left: I64) -> None:
        waited = join < left
        self.join, self.left = np.sort(join[waited]), np.sort(left[waited])
        self.until = int(self.left[-1]) if len(self.left) else 0  # nobody waits from then on

    def during(self, begin: I64, end: I64) -> Bools:
        """Return for each stretch [begin, end), not empty, whether anybody waited at some time in it."""
        joined = np.searchsorted(self.join, end, side="left")
        gone = np.searchsorted(self.left, begin, side="right")
        return np.asarray(joined > gone)


class Work(NamedTuple):
    """What a counter did on a day, in the order of its calls.

    `service` is the time with the customer, `occupied` the time until the counter could take the next one, both
    in microseconds; `duty` are stretches (on, off), the last one OPEN unless the counter left before the others.
    `cut` counts services shortened by the rules, `forgotten` those that took the median.
    """

    service: I64
    occupied: I64
    duty: list[tuple[int, int]]
    cut: int
    forgotten: int


def work_of(
    begin: I64,
    end: I64,
    waiting: Waiting,
    longest_service: int,
    turn_around: int,
    last_begin: int,
    tick: int,
) -> Work:
    """Apply the recipe to one counter and day.

    Parameters
    ----------
    begin, end : int64[n], microseconds
        Calls and ends of the services, in the order of the calls; n is at least 1.
    waiting : Waiting
        Who waited for the counter.
    longest_service, turn_around : int, microseconds
    last_begin : int
        The last call at any counter that serves the same customers. A counter whose last service ends before it
        leaves then; the others stay, away only until the last of those has left whom nobody called any more.
    tick : int
        The shortest service after which a counter can close: its closing must come after its call.
    """
    following = np.append(begin[1:], OPEN)
    service = np.minimum(np.minimum(end - begin, longest_service), following - begin)
    forgotten = (end - begin > longest_service) & (following - (begin + service) > turn_around)
    if forgotten.any() and not forgotten.all():
        service[forgotten] = np.minimum(service[forgotten], _median(service[~forgotten]))
    leaves = int(begin[-1] + service[-1]) < last_begin
    if not leaves and waiting.until > begin[-1] + service[-1]:
        following[-1] = waiting.until
    closes = (following - (begin + service) > turn_around) & ((following < OPEN) | leaves)
    service[closes] = np.maximum(service[closes], tick)
    done = begin + service
    turns = ~closes & (done < following) & (following < OPEN)
    turns[turns] = waiting.during(done[turns], following[turns])
    on = [int(begin[0]), *following[closes & (following < OPEN)].tolist()]
    off = [*done[closes].tolist(), *([] if leaves else [OPEN])]
    return Work(
        service,
        np.where(turns, following - begin, service),
        list(zip(on, off, strict=True)),
        int(np.count_nonzero(service < end - begin)),
        int(np.count_nonzero(forgotten)),
    )


def _median(values: I64) -> int:
    """Return the median, the lower of two in the middle."""
    return int(np.sort(values)[(len(values) - 1) // 2])
