"""A queue of a hall on one day as counts in slots of equal length: what summaries and displays have in common."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class CountedDay(NamedTuple):
    """Counts of one queue and day; float64[n_slots] each, slots of `slot_min` minutes from `start_min` after midnight.

    `arrived` took a ticket, `called` were called, `no_show` did not come when called (part of `called`), `waiting` is
    the number in line at the end of a slot, `counters` how many were open (NaN: not known), `wait_min` the mean wait of
    those called (NaN: not known).
    """

    hall: str
    queue: str
    date: str
    start_min: int
    slot_min: int
    arrived: F64
    called: F64
    no_show: F64
    waiting: F64
    counters: F64
    wait_min: F64

    @property
    def before(self) -> F64:
        """The number waiting when each slot begins."""
        return np.append(0.0, self.waiting[:-1])

    @property
    def waits_known(self) -> bool:
        """Whether the mean wait of every slot with calls is known."""
        return not np.isnan(self.wait_min[self.called > 0]).any()

    @property
    def mean_waiting(self) -> float:
        """The mean number in line, over time: by the waits if they are known (Little), else by the slots' ends."""
        if self.waits_known:
            return float(np.nansum(self.called * self.wait_min)) / (len(self.called) * self.slot_min)
        return float((self.before + self.waiting).mean() / 2.0)


def without_waits(days: Sequence[CountedDay], dates: Container[str]) -> list[CountedDay]:
    """Return the days with the mean waits of some dates taken away."""
    return [d._replace(wait_min=np.full_like(d.wait_min, np.nan)) if d.date in dates else d for d in days]


def of_queues(days: list[CountedDay]) -> dict[tuple[str, str], list[CountedDay]]:
    """Return the days of each hall and queue, by date."""
    found: dict[tuple[str, str], list[CountedDay]] = {}
    for day in sorted(days, key=lambda one: (one.hall, one.queue, one.date)):
        found.setdefault((day.hall, day.queue), []).append(day)
    return found


def aligned(days: list[CountedDay], column: str) -> tuple[int, F64]:
    """Return the first minute of all days and a column by day and slot, NaN where a day has no slot."""
    first = min(day.start_min for day in days)
    slot = days[0].slot_min
    n = max((day.start_min - first) // slot + len(day.arrived) for day in days)
    table = np.full((len(days), n), np.nan)
    for i, day in enumerate(days):
        at = (day.start_min - first) // slot
        table[i, at : at + len(day.arrived)] = getattr(day, column)
    return first, table
