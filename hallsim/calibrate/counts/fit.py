"""What counts say of a queue: rates, service, patience, the staff it needs; and what they do not say.

In: `CountedDay`s of one queue. Out: `QueueFit`.

Arrivals are the means of the days by slot. While a line never empties, as many are called as the counters can do, so
calls per open counter give the service; it is told by busy slots alone (`busy_s`, with an interval from the days), and,
since lines also stand still for other reasons, found by simulation: the service with which the fitted days, each with
its own arrivals and counters, have the mean line that they had (`service_s`, a moment estimator on common random
numbers). It is the time a counter needs per call, no-shows, breaks and other queues' customers included.

Counts tell calls per counter only: without the counters open, service and their number cannot be told apart. Nor do
they tell the spread of services (exponential is taken), and patience only from no-shows: at a mean wait w, a part
1 - exp(-w / patience) of those called does not come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay, aligned
from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN
from hallsim.errors import CalibrationError
from hallsim.experiment.run import replicate
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.scenario import load
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

RUNS = 20
"""Simulations of each day."""
WIDEST = 6.0
"""The service of the busy slots is at most so many times too long or too short."""
TOLERANCE = 0.01
LEAST_BUSY = 0.25
"""Share of the slots with a line throughout, below which counts hardly tell the service."""
LEAST_NO_SHOWS = 10
LONGEST_PATIENCE_MIN = 24 * 60
BUSIEST = 0.85
"""Utilisation up to which the staff needed is given."""
SECONDS = US_PER_MINUTE / US_PER_SECOND


@dataclass(frozen=True)
class Simulated:
    """The mean number in line over the day's slots, and the mean wait of all who joined, minutes; means of runs."""

    waiting: float
    wait_min: float


@dataclass(frozen=True)
class QueueFit:
    """A queue as counts have it.

    Attributes
    ----------
    dates : the days fitted on
    start_min, slot_min : of the slots, minutes
    per_hour, counters : float64[n_slots]
        Mean arrivals per hour, and mean number of counters open.
    busy_s, low_s, high_s : service of the slots with a line throughout, seconds, and its 95 % interval by days
    busy_share : share of the slots that have one
    service_s : service with which the simulated lines are those of the days; `busy_s` where none is
    matched : whether one is
    waits_known : whether the counts have the mean waits
    patience_min : mean patience, NaN where no-shows do not tell it
    """

    hall: str
    queue: str
    dates: tuple[str, ...]
    start_min: int
    slot_min: int
    per_hour: F64
    counters: F64
    busy_s: float
    low_s: float
    high_s: float
    busy_share: float
    service_s: float
    matched: bool
    waits_known: bool
    patience_min: float

    @property
    def identifiable(self) -> bool:
        """Whether waits, or lines that lasted, tell the service."""
        return self.matched and (self.waits_known or self.busy_share >= LEAST_BUSY)

    @property
    def needed(self) -> NDArray[np.int64]:
        """Counters needed by slot so that they are busy for at most 85 % of the time."""
        return np.ceil(self.per_hour * self.service_s / 3600.0 / BUSIEST - 1e-9).astype(np.int64)

    def scenario(self) -> dict[str, Any]:
        """Return the hall of the mean day, as `hallsim.scenario.load` takes it."""
        clocks = [_clock(self.start_min + i * self.slot_min) for i in range(len(self.per_hour))]
        rates = {clock: f"{rate:.4f}/h" for clock, rate in zip(clocks, self.per_hour.tolist(), strict=True)}
        return _hall(self, self.counters, {"rates": rates}, self.service_s, self.patience_min)


def fit_queue(days: Sequence[CountedDay], counters: int = 0, seed: int = 1) -> QueueFit:
    """Fit a queue to its days.

    Parameters
    ----------
    days : of one queue
    counters : open all day, where the counts do not say; 0: not known
    seed : of the simulations

    Raises
    ------
    CalibrationError
        If nobody was called, or it is not known how many counters were open.
    """
    known = [with_counters(day, counters) for day in days]
    if not sum(float(day.called.sum()) for day in known):
        raise CalibrationError(f"{days[0].queue or 'the queue'}: nobody was called on the days fitted on")
    start, arrived = aligned(known, "arrived")
    open_counters = aligned(known, "counters")[1]
    on_days = np.maximum((~np.isnan(open_counters)).sum(axis=0), 1)  # a slot that no day has is one without counters
    slot = known[0].slot_min
    busy = _busy(known)
    low, high = _interval(known, busy.service_s)
    patience = patience_of(known)
    service, matched = _matched(known, busy.service_s, patience, seed)
    return QueueFit(
        hall=days[0].hall,
        queue=days[0].queue,
        dates=tuple(day.date for day in days),
        start_min=start,
        slot_min=slot,
        per_hour=np.nansum(arrived, axis=0) / len(days) * 60.0 / slot,
        counters=np.nansum(open_counters, axis=0) / on_days,
        busy_s=busy.service_s,
        low_s=low,
        high_s=high,
        busy_share=busy.share,
        service_s=service,
        matched=matched,
        waits_known=all(day.waits_known for day in known),
        patience_min=patience,
    )


def simulate_day(day: CountedDay, service_s: float, patience_min: float, seed: int, runs: int = RUNS) -> Simulated:
    """Simulate a day with the arrivals, spread evenly over their slots, and the counters that its counts have."""
    data = _hall(day, day.counters, {"times": _times(day)}, service_s, patience_min)
    return simulate(data, day.start_min, len(day.arrived) * day.slot_min, seed, runs)


def simulate(data: dict[str, Any], start_min: int, length_min: int, seed: int, runs: int = RUNS) -> Simulated:
    """Simulate a hall; the line is averaged over some minutes from `start_min`."""
    low, high = start_min * US_PER_MINUTE, (start_min + length_min) * US_PER_MINUTE
    in_line = waited = 0.0
    joined = 0
    for log in replicate(load(data).model, runs, seed=seed):
        join, call = log.rows[:, ROW_JOIN], log.rows[:, ROW_CALL]
        left = np.where(call >= 0, call, log.rows[:, ROW_END])
        in_line += float((np.clip(left, low, high) - np.clip(join, low, high)).sum())
        waited += float((left - join).sum())
        joined += len(join)
    return Simulated(in_line / runs / (high - low), waited / max(joined, 1) / US_PER_MINUTE)


def with_counters(day: CountedDay, counters: int) -> CountedDay:
    """Return a day with a number of counters in every slot.

    Raises
    ------
    CalibrationError
        If neither the counts nor `counters` say it.
    """
    unknown = np.isnan(day.counters)
    if unknown.any() and not counters:
        raise CalibrationError(
            "how many counters were open is not in the counts, and cannot be told from them: a column such as "
            "'counters open' or --counters has to say it"
        )
    return day._replace(counters=np.where(unknown, counters, day.counters))


def _hall(
    of: QueueFit | CountedDay, counters: F64, arrivals: dict[str, Any], service_s: float, patience_min: float
) -> dict[str, Any]:
    """Return a hall with one queue; at least one counter is open while anybody comes."""
    clocks = [_clock(of.start_min + i * of.slot_min) for i in range(len(counters) + 1)]
    staff = [max(round(float(n)), 1) for n in counters]
    station: dict[str, Any] = {
        "servers": {"staff": dict(zip(clocks, staff, strict=False)), "shift_end": "pooled"},
        "time": f"exponential {service_s:.3f} s",
    }
    if not math.isnan(patience_min):
        station["patience"] = f"exponential {patience_min:.3f} min"
    return {
        "format": 1,
        "hall": of.hall or "Hall",
        "open": f"{clocks[0]}-{clocks[-1]}",
        "arrivals": arrivals,
        "stations": {"counter": station},
    }


def _times(day: CountedDay) -> list[str]:
    """Return a clock time for each arrival."""
    found = []
    for i, n in enumerate(np.rint(day.arrived).astype(np.int64).tolist()):
        begin = (day.start_min + i * day.slot_min) * SECONDS
        for j in range(n):
            second = int(begin + (j + 0.5) / n * day.slot_min * SECONDS)
            found.append(f"{_clock(second // 60)}:{second % 60:02d}")
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True)
class _Busy:
    service_s: float
    share: float


def _busy(days: Sequence[CountedDay]) -> _Busy:
    """Return the time of a counter per call in slots with a line throughout; in all slots if there is none."""
    lasting = np.concatenate([np.minimum(day.before, day.waiting) >= 1.0 for day in days])
    work = np.concatenate([day.counters for day in days]) * days[0].slot_min * SECONDS
    called = np.concatenate([day.called for day in days])
    chosen = lasting if called[lasting].any() else np.ones(len(called), dtype=bool)
    return _Busy(float(work[chosen].sum() / called[chosen].sum()), float(lasting.mean()))


def _interval(days: Sequence[CountedDay], service_s: float) -> tuple[float, float]:
    """Return the 95 % interval of the busy slots' service, with the days as units; NaN for fewer than two."""
    own = [_busy([day]).service_s for day in days if day.called.any()]
    if len(own) < 2:
        return math.nan, math.nan
    half = t_quantile(0.975, len(own) - 1) * float(np.std(np.log(own), ddof=1)) / math.sqrt(len(own))
    return service_s * math.exp(-half), service_s * math.exp(half)


def patience_of(days: Sequence[CountedDay]) -> float:
    """Return the mean patience by maximum likelihood: no-shows of a slot are binomial at its mean wait."""
    from scipy.optimize import minimize_scalar

    called = np.concatenate([day.called for day in days])
    missed = np.concatenate([day.no_show for day in days])
    wait = np.concatenate([_wait_min(day) for day in days])
    used = (called > 0) & (wait > 0)
    if missed[used].sum() < LEAST_NO_SHOWS:
        return math.nan

    def loss(log_patience: float) -> float:
        gone = -np.expm1(-wait[used] / math.exp(log_patience))
        return -float(
            (missed[used] * np.log(gone) - (called - missed)[used] * wait[used] / math.exp(log_patience)).sum()
        )

    found = minimize_scalar(loss, bounds=(0.0, math.log(LONGEST_PATIENCE_MIN)), method="bounded")
    return math.exp(float(found.x))


def _wait_min(day: CountedDay) -> F64:
    """Return the mean wait of those called in each slot: as counted, else by the length of the line (Little)."""
    by_line = (day.before + day.waiting) / 2.0 * day.slot_min / np.maximum(day.called, 1.0)
    return np.where(np.isnan(day.wait_min), by_line, day.wait_min)


def _matched(days: Sequence[CountedDay], service_s: float, patience_min: float, seed: int) -> tuple[float, bool]:
    """Return the service with which the simulated days have the lines of the counts, and whether there is one."""
    from scipy.optimize import root_scalar

    slots = [len(day.arrived) for day in days]
    wanted = float(np.average([day.mean_waiting for day in days], weights=slots))

    def more(log_service: float) -> float:
        made = [simulate_day(day, math.exp(log_service), patience_min, seed).waiting for day in days]
        return float(np.average(made, weights=slots)) - wanted

    middle, half = math.log(service_s), math.log(WIDEST)
    if not more(middle - half) < 0.0 < more(middle + half):
        return service_s, False
    bracket = (middle - half, middle + half)
    return math.exp(float(root_scalar(more, bracket=bracket, xtol=TOLERANCE, method="brentq").root)), True
