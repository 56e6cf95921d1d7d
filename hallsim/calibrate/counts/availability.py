"""Availability: what part of the counters open really calls, by part of the day, where summaries have the waits.

In: days with their mean waits, the service and patience fitted to all of them. Out: a factor on the counters open, by
slot. Counters that are open are not all there: breaks, meals, work behind the scenes, customers whom only some can
serve. None of it is in counts, but waits tell its sum. A part of the day is so many slots as have enough calls; the
factors are found by simulation with the same customers for every trial: a part that waits longer than counted gets
more, each step a part of what the waits' ratio asks for, until all parts have the waits that were counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay, aligned
from hallsim.calibrate.counts.simulated import simulate_day
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

CALLS_OF_A_PART = 500
"""Calls on all days together that make a part of the day."""
STEPS = 10
STEP = 0.25
"""Of the logarithm of the waits' ratio: a wait falls by about 4 % for one per cent more counters."""
FEWEST, MOST = 0.5, 2.0
FEWEST_DAYS = 3
SURE = 0.01
"""Probability that a correction is made where none is needed."""
BLUNT_MIN = 0.1
"""Added to both waits, so that parts in which nobody waits ask for nothing."""


def fit_availability(days: Sequence[CountedDay], service_s: float, patience_min: float, seed: int) -> F64:
    """Return a factor on the counters open by slot of the days together, float64[n_slots] as `aligned` has them.

    Ones, unless some part of the day surely waits otherwise than it would with ones: by t tests with the days as units.
    """
    first, called = aligned(list(days), "called")
    waits = np.nan_to_num(aligned(list(days), "wait_min")[1] * called)
    called = np.nan_to_num(called)
    part = parts(called.sum(axis=0))
    counted = _means(part, called.sum(axis=0), waits.sum(axis=0))
    factor = np.ones(len(part))
    for step in range(STEPS):
        n, waited = np.zeros(len(part)), np.zeros(len(part))
        for day in days:
            at = (day.start_min - first) // day.slot_min
            own = slice(at, at + len(day.arrived))
            made = simulate_day(day, day.counters * factor[own], service_s, patience_min, seed)
            n[own] += made.called[:-1]
            waited[own] += made.waited_min[:-1]
        simulated = _means(part, n, waited)
        if step == 0 and not _differ(waits - simulated[part] * called, part):
            return factor
        factor = np.clip(factor * ((simulated + BLUNT_MIN) / (counted + BLUNT_MIN))[part] ** STEP, FEWEST, MOST)
    return factor


def parts(calls: F64) -> NDArray[np.int64]:
    """Return the part of the day that each slot belongs to, from 0; the last one takes what is left.

    >>> parts(np.array([300.0, 300.0, 600.0, 100.0])).tolist()
    [0, 0, 1, 1]
    """
    found = np.zeros(len(calls), dtype=np.int64)
    so_far, number = 0.0, 0
    for i, n in enumerate(calls.tolist()):
        found[i] = number
        so_far += n
        if so_far >= CALLS_OF_A_PART and float(calls[i + 1 :].sum()) >= CALLS_OF_A_PART:
            so_far, number = 0.0, number + 1
    return found


def _means(part: NDArray[np.int64], n: F64, waited: F64) -> F64:
    """Return the mean wait of each part of the day, minutes."""
    return np.asarray(np.bincount(part, waited) / np.maximum(np.bincount(part, n), 1e-9), dtype=np.float64)


def _differ(residual: F64, part: NDArray[np.int64]) -> bool:
    """Tell whether the days' residuals, float64[n_days, n_slots], surely are not 0 in some part of the day."""
    n_parts = int(part.max()) + 1
    if n_parts < 2:
        return False
    return surely_off(np.stack([residual[:, part == k].sum(axis=1) for k in range(n_parts)], axis=1))


def surely_off(residual: F64) -> bool:
    """Tell whether residuals, float64[n_days, n_columns], surely are not 0 in some column; never for too few days.

    By t tests with the days as units, at the level `SURE` for all columns together.
    """
    n_days, n_columns = residual.shape
    if n_days < FEWEST_DAYS:
        return False
    error = residual.std(axis=0, ddof=1) / math.sqrt(n_days)
    limit = t_quantile(1.0 - SURE / (2.0 * n_columns), n_days - 1)
    return bool((np.abs(residual.mean(axis=0)) > limit * error).any())
