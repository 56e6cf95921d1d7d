"""Lines of days not fitted on, predicted from counts alone.

In: `CountedDay`s, the days to fit on and those to predict. Out: `Prediction`s, one for each queue. A *replay* has the
arrivals and the open counters of the day predicted, and the service of the days fitted on; a *forecast* has all from
the days fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hallsim.calibrate.counts.day import CountedDay, of_queues
from hallsim.calibrate.counts.fit import QueueFit, fit_queue, with_counters
from hallsim.calibrate.counts.simulated import Simulated
from hallsim.errors import CalibrationError

LEAST_CALLS = 30
"""Calls on a day, in the mean; queues with fewer are left out."""


@dataclass(frozen=True)
class PredictedDay:
    """A day: those called; mean number in line as counted, under its own arrivals and counters, and forecast; waits."""

    date: str
    called: float
    observed: float
    replay: Simulated
    forecast: Simulated
    wait_min: float


@dataclass(frozen=True)
class Prediction:
    """A queue fitted, and its other days."""

    fit: QueueFit
    days: tuple[PredictedDay, ...]

    @property
    def observed(self) -> float:
        """The mean line of the days predicted."""
        return float(np.mean([day.observed for day in self.days])) if self.days else math.nan

    @property
    def replayed(self) -> float:
        """The same with the service fitted and all else the days' own."""
        return float(np.mean([day.replay.waiting for day in self.days])) if self.days else math.nan

    @property
    def forecast(self) -> float:
        """The same from the days fitted on alone."""
        return float(np.mean([day.forecast.waiting for day in self.days])) if self.days else math.nan

    @property
    def waits_min(self) -> tuple[float, float, float]:
        """The mean waits of those called on the days predicted: counted, replayed, forecast; NaN if not counted."""
        known = [day for day in self.days if math.isfinite(day.wait_min)]
        if not known:
            return math.nan, math.nan, math.nan
        waits = np.array([[day.wait_min, day.replay.wait_min, day.forecast.wait_min] for day in known])
        counted, replayed, forecast = np.average(waits, axis=0, weights=[day.called for day in known])
        return float(counted), float(replayed), float(forecast)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON; what is not a number is None."""
        fit = self.fit
        found = {
            "hall": fit.hall,
            "queue": fit.queue,
            "fitted": list(fit.dates),
            "service_s": fit.service_s,
            "service_busy_s": fit.busy_s,
            "service_low_s": fit.low_s,
            "service_high_s": fit.high_s,
            "identifiable": fit.identifiable,
            "busy_share": fit.busy_share,
            "patience_min": fit.patience_min,
            "per_hour": fit.per_hour.tolist(),
            "counters": fit.counters.tolist(),
            "counters_needed": fit.needed.tolist(),
            "availability": fit.availability.tolist(),
            "waiting": self.observed,
            "waiting_replay": self.replayed,
            "waiting_forecast": self.forecast,
            **dict(zip(("wait_min", "wait_replay_min", "wait_forecast_min"), self.waits_min, strict=True)),
        }
        plain = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in found.items()}
        return plain | {"days": [_as_dict(day) for day in self.days]}


def _as_dict(day: PredictedDay) -> dict[str, Any]:
    return {
        "date": day.date,
        "waiting": day.observed,
        "wait_min": None if math.isnan(day.wait_min) else day.wait_min,
        "waiting_replay": day.replay.waiting,
        "wait_replay_min": day.replay.wait_min,
        "waiting_forecast": day.forecast.waiting,
        "wait_forecast_min": day.forecast.wait_min,
    }


def predict(
    days: list[CountedDay],
    fitted: Sequence[str],
    predicted: Sequence[str],
    most: int = 1,
    counters: int = 0,
    seed: int = 1,
    progress: Callable[[str], object] | None = None,
) -> list[Prediction]:
    """Fit the busiest queues of every hall, at most so many each, and predict their other days.

    Raises
    ------
    CalibrationError
        If no queue has enough calls on the days fitted on, or it is not known how many counters were open.
    """
    queues = [own for own in of_queues(days).values() if _calls(own, fitted) >= LEAST_CALLS]
    if not queues:
        raise CalibrationError(f"no queue has {LEAST_CALLS} calls a day on the days fitted on")
    queues.sort(key=lambda own: (own[0].hall, -_calls(own, fitted)))
    taken: dict[str, int] = {}
    found = []
    for own in queues:
        taken[own[0].hall] = taken.get(own[0].hall, 0) + 1
        if taken[own[0].hall] <= most:
            if progress:
                progress(" ".join(word for word in (own[0].hall, own[0].queue) if word) or "fitting")
            found.append(_predict(own, fitted, predicted, counters, seed))
    return found


def _calls(own: Sequence[CountedDay], dates: Sequence[str]) -> float:
    calls = [float(day.called.sum()) for day in own if day.date in dates]
    return sum(calls) / len(calls) if calls else 0.0


def _predict(
    own: Sequence[CountedDay], fitted: Sequence[str], predicted: Sequence[str], counters: int, seed: int
) -> Prediction:
    fit = fit_queue([day for day in own if day.date in fitted], counters, seed)
    later = [with_counters(day, counters) for day in own if day.date in predicted]
    if not later:
        return Prediction(fit, ())
    forecast = fit.forecast(seed)
    days = [
        PredictedDay(
            day.date, float(day.called.sum()), day.mean_waiting, fit.replay(day, seed), forecast, _mean_wait(day)
        )
        for day in later
    ]
    return Prediction(fit, tuple(days))


def _mean_wait(day: CountedDay) -> float:
    """Return the mean wait of a day's calls, minutes; NaN where it is not counted."""
    known = ~np.isnan(day.wait_min) & (day.called > 0)
    return float(np.average(day.wait_min[known], weights=day.called[known])) if known.any() else math.nan
