"""Days re-enacted under the call rule of other days, beside the log and beside first come, first served.

In: a table of visits, the days to fit on and the periods to predict. Out: `CallBacktest`. Customers, services and duty
of the days predicted are their own (docs/replay.md); whom the counters call is the rule's. Every run takes the rule of
another sample of the days fitted on and draws the keys anew, so that what is not known of the rule is in the bands.
What the recipe misses is in them, too: the spread of the fitted days' own differences, beyond that of the runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.calling.fit import Calling, fit_calling
from hallsim.calibrate.calling.rules import Ordered, Rule
from hallsim.calibrate.calling.standing import Standing, standing
from hallsim.calibrate.day_waits import DayWaits, WaitFigures, day_waits, figures
from hallsim.calibrate.periods import Period
from hallsim.experiment.run import replicate
from hallsim.model import Model
from hallsim.replay.replay import Replay, Settings, build
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]

BAND = 0.95
FIGURES = ("mean", "p90")
FIRST_COME, TICKET, INFERRED = "line", "ticket", "inferred"
"""Orders that days are re-enacted in: of joining the line, of tickets, and by the rule."""


@dataclass(frozen=True, slots=True)
class DayBand:
    """A figure of a day in the log, in the mean of the runs, and the 95 % band; seconds."""

    date: str
    observed: float
    simulated: float
    low: float
    high: float

    @property
    def covered(self) -> bool:
        """Whether the log lies inside the band."""
        return self.low <= self.observed <= self.high


@dataclass(frozen=True)
class CallPrediction:
    """A period predicted: the waits of the log, under each order, and by day with bands (`mean` and `p90`)."""

    period: Period
    observed: WaitFigures
    orders: dict[str, WaitFigures]
    days: dict[str, tuple[DayBand, ...]]

    @property
    def differences(self) -> dict[str, tuple[float, float]]:
        """How much longer mean wait and 90 % point are than in the log, as shares of it, by order."""
        seen = self.observed
        return {
            name: (one.mean_s / seen.mean_s - 1.0, one.p90_s / seen.p90_s - 1.0) for name, one in self.orders.items()
        }

    def coverage(self, figure: str) -> float:
        """Return the share of days on which the log lies inside the band."""
        days = self.days[figure]
        return sum(day.covered for day in days) / len(days) if days else math.nan


@dataclass(frozen=True)
class CallBacktest:
    """The rule of the days fitted on, and the days predicted with it."""

    fitted: Period
    calling: Calling
    predictions: tuple[CallPrediction, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {
            "how": "calls",
            "fitted": asdict(self.fitted),
            "calling": self.calling.as_dict(),
            "predictions": [
                {
                    "period": asdict(p.period),
                    "observed": p.observed._asdict(),
                    "orders": {name: one._asdict() for name, one in p.orders.items()},
                    "differences": {
                        name: dict(zip(("mean", "p90"), x, strict=True)) for name, x in p.differences.items()
                    },
                    "days": {figure: [asdict(day) for day in days] for figure, days in p.days.items()},
                    "coverage": {figure: p.coverage(figure) for figure in p.days},
                }
                for p in self.predictions
            ],
        }


def backtest_calls(
    visits: pd.DataFrame,
    fitted: Period,
    predicted: Sequence[Period],
    settings: Settings | None = None,
    seed: int = 1,
    progress: Callable[[str], object] | None = None,
) -> CallBacktest:
    """Infer the call rule from some days and re-enact others with it.

    Parameters
    ----------
    visits : the log
    fitted, predicted : days of the log
    settings : of the replay; its order is not used
    seed : of the samples of days and of the keys
    progress : is told what is done next

    Raises
    ------
    LogError, UsageError
        If the log cannot be re-enacted so.
    CalibrationError
        If hardly any call had a choice.
    """
    say = progress or (lambda what: None)
    say(f"fitting on {len(fitted.dates)} days")
    settings = replace(settings or Settings(), order=TICKET)
    known = build(visits, replace(settings, days=fitted.dates))
    calling = fit_calling(known, seed)
    spreads = _spreads(known, _simulated(known, calling.drawn, seed))
    predictions = []
    for period in predicted:
        say(f"predicting {period.name}")
        own = build(visits, replace(settings, days=period.dates))
        predictions.append(_predict(period, own, calling, spreads, seed))
    return CallBacktest(fitted, calling, tuple(predictions))


def called_by(replay: Replay, rules: Sequence[Rule], seed: int) -> Model:
    """Return the hall of a replay with its days in the place of each rule: first all days by the first rule, and so on.

    The lowest key of a rule is called first: keys become places in line (semantics 19).
    """
    found = standing(replay)
    days = []
    for i, rule in enumerate(rules):
        places = _places(found, rule.keys(found, np.random.default_rng([seed, 1, i])))
        bounds = np.searchsorted(found.day, np.arange(len(replay.model.days) + 1))
        for day, a, b in zip(replay.model.days, bounds, bounds[1:], strict=False):
            (source,) = day.sources
            days.append(replace(day, sources=(replace(source, table_places=tuple(places[a:b].tolist())),)))
    return replace(replay.model, days=tuple(days))


def _places(found: Standing, keys: F64) -> NDArray[np.int64]:
    places = np.empty(len(keys), dtype=np.int64)
    places[np.lexsort((found.by_line, keys))] = np.arange(len(keys))
    return places


Runs = list[list[DayWaits]]


def _simulated(replay: Replay, rules: Sequence[Rule], seed: int) -> Runs:
    """Return the waits of every day under each rule."""
    days = [day_waits(log) for log in replicate(called_by(replay, rules, seed), seed=seed)]
    n = len(replay.model.days)
    return [days[i : i + n] for i in range(0, len(days), n)]


def _observed(replay: Replay) -> list[DayWaits]:
    return [day_waits(log) for log in replay.observed]


def _by_day(days: Sequence[DayWaits], figure: str) -> F64:
    """Return a figure of each day: float64[n_days], seconds, at least a second, since logarithms are taken."""
    return np.maximum([getattr(figures([day]), f"{figure}_s") for day in days], 1.0)


def _spreads(replay: Replay, runs: Runs) -> dict[str, float]:
    """Return by figure the variance of the logarithm of log over simulation, by days, beyond that of the runs."""
    found = {}
    for figure in FIGURES:
        made = np.log([_by_day(run, figure) for run in runs])
        off = np.log(_by_day(_observed(replay), figure)) - made.mean(axis=0)
        found[figure] = max(float(np.mean(off**2 - made.var(axis=0))), 0.0)
    return found


def _predict(period: Period, replay: Replay, calling: Calling, spreads: dict[str, float], seed: int) -> CallPrediction:
    observed, runs = _observed(replay), _simulated(replay, calling.drawn, seed)
    sharp = {name: _simulated(replay, [Ordered(name, (1.0,), {})], seed)[0] for name in (FIRST_COME, TICKET)}
    t = t_quantile((1.0 + BAND) / 2.0, max(calling.n_days - 1, 1))
    days: dict[str, tuple[DayBand, ...]] = {}
    for figure in FIGURES:
        made = np.log([_by_day(run, figure) for run in runs])
        half = t * np.sqrt(spreads[figure] + made.var(axis=0))
        middle = made.mean(axis=0)
        columns = (_by_day(observed, figure), *(np.exp(x) for x in (middle, middle - half, middle + half)))
        dates = [day.date for day in replay.model.days]
        days[figure] = tuple(
            DayBand(date, *row) for date, *row in zip(dates, *(column.tolist() for column in columns), strict=True)
        )
    orders = {name: figures(own) for name, own in sharp.items()}
    return CallPrediction(period, figures(observed), orders | {INFERRED: _mean_of(runs)}, days)


def _mean_of(runs: Runs) -> WaitFigures:
    """Return the means of the runs' figures."""
    each = [figures(run) for run in runs]
    return WaitFigures(each[0].n, *np.array(each, dtype=np.float64).mean(axis=0)[1:].tolist())
