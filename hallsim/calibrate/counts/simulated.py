"""Days simulated from counts: a hall of one queue whose arrivals and counters open are those of slots.

In: rates and counters by slot, service, patience. Out: `Simulated`. Counters need not be whole numbers: a slot is cut
into pieces whose whole numbers have its mean, so that 5.4 counters are five for three fifths of it, and six for two.
A day that was counted has as many arrivals in each slot as it had, anywhere in it; else they are a Poisson process with
the slots' means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay
from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN
from hallsim.experiment.run import replicate
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.scenario import load

F64 = NDArray[np.float64]

RUNS = 20
"""Simulations of each day."""
PLACES = 5
"""Draws of where in their slots a day's arrivals lie, shared out over its simulations."""
SECONDS = US_PER_MINUTE // US_PER_SECOND


@dataclass(frozen=True)
class Simulated:
    """The means of runs of a day.

    Attributes
    ----------
    waiting : mean number in line over the day's slots
    wait_min : mean wait of all who joined, minutes
    called, waited_min : float64[n_slots + 1]
        How many left the line in each slot, called or not, and their waits together; the last entry is after all slots.
    gave_up : number of customers who did
    """

    waiting: float
    wait_min: float
    called: F64
    waited_min: F64
    gave_up: float


def simulate_day(day: CountedDay, counters: F64, service_s: float, patience_min: float, seed: int) -> Simulated:
    """Simulate a day with as many arrivals in each slot as it had, and with counters by slot, perhaps not its own."""
    rng = np.random.default_rng(seed)
    n = len(day.arrived)
    sums = np.zeros((4, n + 1))
    for place in range(PLACES):
        arrivals = {"times": _times(day, rng)}
        data = hall_of(day.hall, day.start_min, day.slot_min, arrivals, counters, service_s, patience_min)
        sums += _sums(data, day.start_min, n, day.slot_min, seed * PLACES + place, RUNS // PLACES)
    return _means(sums / RUNS, n * day.slot_min)


def simulate(
    data: dict[str, Any], start_min: int, n_slots: int, slot_min: int, seed: int, runs: int = RUNS
) -> Simulated:
    """Simulate a hall of one queue; the line is averaged over some slots from `start_min`."""
    return _means(_sums(data, start_min, n_slots, slot_min, seed, runs) / runs, n_slots * slot_min)


def _means(of_a_run: F64, length_min: int) -> Simulated:
    """Return what `_sums` tell in a run, of slots that are so many minutes long together."""
    called, waited, gave_up, inside = of_a_run
    return Simulated(
        waiting=float(inside.sum()) / length_min,
        wait_min=float(waited.sum()) / max(float(called.sum()), 1e-9),
        called=called,
        waited_min=waited,
        gave_up=float(gave_up.sum()),
    )


def _sums(data: dict[str, Any], start_min: int, n_slots: int, slot_min: int, seed: int, runs: int) -> F64:
    """Return sums over runs by the slot of leaving the line, float64[4, n_slots + 1]; the last one is after all slots.

    Who left the line, their waits in minutes, who gave up, and the minutes of those waits that are inside the slots.
    """
    low = start_min * US_PER_MINUTE
    edges = low + np.arange(n_slots + 1, dtype=np.int64) * slot_min * US_PER_MINUTE
    found = np.zeros((4, n_slots + 1))
    for log in replicate(load(data).model, runs, seed=seed):
        join, call = log.rows[:, ROW_JOIN], log.rows[:, ROW_CALL]
        left = np.where(call >= 0, call, log.rows[:, ROW_END])
        slot = np.clip(np.searchsorted(edges, left, side="right") - 1, 0, n_slots)
        inside = np.clip(left, low, edges[-1]) - np.clip(join, low, edges[-1])
        columns = (np.ones(len(join)), (left - join) / US_PER_MINUTE, call < 0, inside / US_PER_MINUTE)
        found += np.stack([np.bincount(slot, column, minlength=n_slots + 1) for column in columns])
    return found


def _times(day: CountedDay, rng: np.random.Generator) -> list[str]:
    """Return a clock time for each arrival, anywhere in its slot."""
    n = np.rint(day.arrived).astype(np.int64)
    begin = np.repeat(day.start_min + np.arange(len(n)) * day.slot_min, n) * SECONDS
    second = np.sort(begin + rng.integers(0, day.slot_min * SECONDS, len(begin)))
    return [f"{clock(t // SECONDS)}:{t % SECONDS:02d}" for t in second.tolist()]


def hall_of(
    name: str,
    start_min: int,
    slot_min: int,
    arrivals: dict[str, Any],
    counters: F64,
    service_s: float,
    patience_min: float,
) -> dict[str, Any]:
    """Return a hall with one queue, as `hallsim.scenario.load` takes it; a counter is open while anybody comes."""
    station: dict[str, Any] = {
        "servers": {"staff": staff_of(start_min, slot_min, counters), "shift_end": "pooled"},
        "time": f"exponential {service_s:.3f} s",
    }
    if not math.isnan(patience_min):
        station["patience"] = f"exponential {patience_min:.3f} min"
    return {
        "format": 1,
        "hall": name or "Hall",
        "open": f"{clock(start_min)}-{clock(start_min + len(counters) * slot_min)}",
        "arrivals": arrivals,
        "stations": {"counter": station},
    }


def rates_of(start_min: int, slot_min: int, per_hour: F64) -> dict[str, Any]:
    """Return arrivals with a rate for each slot."""
    return {"rates": {clock(start_min + i * slot_min): f"{rate:.4f}/h" for i, rate in enumerate(per_hour.tolist())}}


def staff_of(start_min: int, slot_min: int, counters: F64) -> dict[str, int]:
    """Return whole numbers of counters by clock time that have the means of slots, where they change.

    A slot has at most one change inside, and begins with the number nearer to the one before: who leaves finishes his
    customer first, so that many short turns would be more work than their mean.

    >>> staff_of(540, 30, np.array([2.0, 1.5, 1.5, 1.0]))
    {'09:00': 2, '09:45': 1, '10:15': 2, '10:30': 1}
    """
    found: dict[str, int] = {}
    last = 0
    for i, wanted in enumerate(np.maximum(counters, 1.0).tolist()):
        begin = start_min + i * slot_min
        fewer = math.floor(wanted)
        longer = round((wanted - fewer) * slot_min)  # minutes with one more
        turns = [(fewer, slot_min - longer), (fewer + 1, longer)]
        for n, minutes in reversed(turns) if last > fewer else turns:
            if minutes and n != last:
                found[clock(begin)] = last = n
            begin += minutes
    return found


def clock(minutes: int) -> str:
    """Return minutes after midnight as `09:30`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
