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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.availability import fit_availability, surely_off
from hallsim.calibrate.counts.day import CountedDay, aligned
from hallsim.calibrate.counts.simulated import Simulated, hall_of, rates_of, simulate, simulate_day
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_MINUTE, US_PER_SECOND
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]

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
    availability : float64[n_slots]
        Factor on the counters open with which parts of the day have the waits counted; ones where waits are not known.
    mean_day_s : service of the mean day
        With `service_s` it has another line than the days have in the mean: they differ, and long lines count for more.
        Where that is sure, it is the service with which it has theirs.
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
    availability: F64
    mean_day_s: float

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
        return hall_of(
            self.hall,
            self.start_min,
            self.slot_min,
            rates_of(self.start_min, self.slot_min, self.per_hour),
            self.counters * self.availability,
            self.mean_day_s,
            self.patience_min,
        )

    def forecast(self, seed: int) -> Simulated:
        """Simulate the mean day."""
        return simulate(self.scenario(), self.start_min, len(self.per_hour), self.slot_min, seed)

    def replay(self, day: CountedDay, seed: int) -> Simulated:
        """Simulate a day with its own arrivals and counters; slots that the fit has not seen have all that are open."""
        at = (day.start_min - self.start_min) // self.slot_min + np.arange(len(day.arrived))
        seen = (at >= 0) & (at < len(self.availability))
        factor = np.where(seen, self.availability[np.clip(at, 0, len(self.availability) - 1)], 1.0)
        return simulate_day(day, day.counters * factor, self.service_s, self.patience_min, seed)


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
    waits_known = all(day.waits_known for day in known)
    found = QueueFit(
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
        waits_known=waits_known,
        patience_min=patience,
        availability=(
            fit_availability(known, service, patience, seed) if waits_known and matched else np.ones(arrived.shape[1])
        ),
        mean_day_s=service,
    )

    return replace(found, mean_day_s=_mean_day_s(found, known, seed)) if matched else found


def _mean_day_s(fit: QueueFit, days: Sequence[CountedDay], seed: int) -> float:
    """Return the service with which the mean day has the mean line of the days, if that surely is another one.

    The mean of a few days can be that of a single one with a long line, which says little of a day to come.
    """

    def line(service_s: float) -> float:
        return replace(fit, mean_day_s=service_s).forecast(seed).waiting

    lines = np.array([day.mean_waiting * len(day.arrived) for day in days]) / len(fit.per_hour)
    if not surely_off((lines - line(fit.service_s))[:, np.newaxis]):
        return fit.service_s
    return _service_of_line(line, float(lines.mean()), fit.service_s)[0]


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
    slots = [len(day.arrived) for day in days]

    def line(service: float) -> float:
        made = [simulate_day(day, day.counters, service, patience_min, seed).waiting for day in days]
        return float(np.average(made, weights=slots))

    return _service_of_line(line, _mean_line(days), service_s)


def _mean_line(days: Sequence[CountedDay]) -> float:
    return float(np.average([day.mean_waiting for day in days], weights=[len(day.arrived) for day in days]))


def _service_of_line(line: Callable[[float], float], wanted: float, about_s: float) -> tuple[float, bool]:
    """Return the service that makes a mean line, and whether there is one; else the one that it was sought about."""
    from scipy.optimize import root_scalar

    def more(log_service: float) -> float:
        return line(math.exp(log_service)) - wanted

    middle, half = math.log(about_s), math.log(WIDEST)
    if not more(middle - half) < 0.0 < more(middle + half):
        return about_s, False
    bracket = (middle - half, middle + half)
    return math.exp(float(root_scalar(more, bracket=bracket, xtol=TOLERANCE, method="brentq").root)), True
