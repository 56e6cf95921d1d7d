"""A log -> counts, as its machine would have printed them: what is lost by having summaries alone can be measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay
from hallsim.calibrate.stays import stays
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.replay.staffing import StaffingRules
from hallsim.replay.team import read_staffed

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]


def counts_of(visits: pd.DataFrame, slot_min: int = 30, counters: Mapping[str, F64] | None = None) -> list[CountedDay]:
    """Return the counts of every day of a log, as of one queue.

    Who gave up counts as called when he left, and as not having come.

    Parameters
    ----------
    visits : the log
    slot_min : length of the slots
    counters : counters open by date, float64 by slot since midnight; without it they are not known
    """
    known = stays(visits)
    rows = visits.iloc[known.row]
    joined = rows["t_ticket"].to_numpy(dtype=np.int64) // US_PER_MINUTE
    called = joined + known.wait_s / (US_PER_MINUTE / US_PER_SECOND)
    dates = rows["date"].dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    hall = str(visits["hall"].dropna().iloc[0]) if visits["hall"].notna().any() else ""
    found = []
    for date in np.unique(dates).tolist():
        own = dates == date
        first, n = int(joined[own].min()) // slot_min, int(called[own].max()) // slot_min + 1
        edges = np.arange(first, n + 1) * slot_min
        arrived, calls = _sums(joined[own].astype(np.float64), edges), _sums(called[own], edges)
        no_show = _sums(called[own], edges, known.gave_up[own].astype(np.float64))
        waits = _sums(called[own], edges, known.wait_s[own] / (US_PER_MINUTE / US_PER_SECOND))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(calls > 0, waits / calls, np.nan)
        open_now = counters[date][first:n] if counters else np.full(n - first, np.nan)
        waiting = np.maximum(np.cumsum(arrived - calls), 0.0)
        found.append(
            CountedDay(hall, "", date, first * slot_min, slot_min, arrived, calls, no_show, waiting, open_now, mean)
        )
    return found


def summaries_of(visits: pd.DataFrame, slot_min: int = 30) -> list[CountedDay]:
    """Return the counts of a log with the counters open: whoever served, from his first service of a day to his last.

    That is what a machine prints where people log in and out; it knows nothing of their breaks.

    Raises
    ------
    LogError, CalibrationError
        If the log does not name who served.
    """
    return counts_of(visits, slot_min, _open_counters(visits, slot_min))


def _open_counters(visits: pd.DataFrame, slot_min: int) -> dict[str, F64]:
    """Return the mean number of counters open by date and slot since midnight."""
    log = read_staffed(visits, None, StaffingRules(naive=True))
    slot = slot_min * US_PER_MINUTE
    last = max(int(visits["t_end"].max()), max((duty.off for duty in log.staffing.duty), default=0))
    begin = np.arange(last // slot + 1) * slot
    dates = [date for date, _ in log.names.days]
    found = {date: np.zeros(len(begin)) for date in dates}
    for duty in log.staffing.duty:
        inside = np.minimum(begin + slot, duty.off) - np.maximum(begin, duty.on)
        found[dates[duty.day]] += np.clip(inside, 0, None) / slot
    return found


def _sums(at: F64, edges: NDArray[np.int64], weights: F64 | None = None) -> F64:
    """Return the sum of weights, or the number, by slot."""
    return np.histogram(at, edges, weights=weights)[0].astype(np.float64)
