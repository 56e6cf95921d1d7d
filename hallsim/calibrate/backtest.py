"""Back-tests: what is fitted on some days of a log predicts others, and the log says how well.

In: a table of visits that names who served, the days to fit on and the periods to predict. Out: `Backtest`. A *replay*
re-enacts the days predicted by their people (`hallsim.replay.team`): customers, services, duty and the waits of those
who gave up are their own; skills, turn-arounds, patience of the served, head start and workload are those of the days
fitted on. A *forecast* has nothing of the days predicted but who was on duty when: customers come by the rates of the
days fitted on, with services and patience by their laws. docs/calibration.md says what crosses and what does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.arrival_bands import ArrivalBand, arrival_bands
from hallsim.calibrate.call_order import CallOrder, call_order
from hallsim.calibrate.day_waits import (
    SECONDS_PER_HOUR,
    DayWaits,
    WaitFigures,
    day_waits,
    figures,
    hourly_half_widths,
    hourly_means,
)
from hallsim.calibrate.forecast import PIECE, Profile, fit_profile, forecast, not_forecast
from hallsim.calibrate.patience_laws import PatienceFit, fit_patience
from hallsim.calibrate.periods import Period
from hallsim.calibrate.service_hours import ServiceHours
from hallsim.calibrate.team import fit_team, waits_of
from hallsim.calibrate.workload import SEEDS, Workload, fit_workload, simulated_days
from hallsim.errors import UsageError, not_one_of
from hallsim.model import US_PER_SECOND, Model
from hallsim.replay.replay import Replay
from hallsim.replay.rostered import Differences, Roster
from hallsim.replay.staffing import Staffing, StaffingRules
from hallsim.replay.team import StaffedLog, Team, build_by_team, read_staffed

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]

HOWS = ("replay", "forecast")
BAND = 0.8
"""Share of a forecast's runs that lie inside its band for the mean wait of a day."""
SEEDS_OF_A_FORECAST = 20
NAIVE_LIMIT = 0.15
"""Waits that are further off than this on the very days they were inferred from make an inference inadequate."""
SMALL_DAY = 0.2
"""A day with a smaller share of the middle day's customers is a small one."""
HOUR_LIMIT = 0.25
"""An hour whose mean wait differs by no more than this is met."""
LEAST_WAITS = 100
"""Customers of an hour in all; with fewer its mean is not compared."""


@dataclass(frozen=True, slots=True)
class Naive:
    """What staffing from first to last service alone comes to, on the days fitted on.

    `difference` is that of its mean wait as a share of the log's; `idle_share` the share of such duty in which somebody
    did not serve though customers whom he could serve were waiting.
    """

    difference: float
    abandonment: float
    idle_share: float

    @property
    def adequate(self) -> bool:
        """Whether its waits come near to those of the log."""
        return abs(self.difference) <= NAIVE_LIMIT


@dataclass(frozen=True, slots=True)
class HourWaits:
    """The mean waits of those who joined in one hour of the clock, in seconds.

    `half_width_s` is half the 95 % interval of the log's own mean, with the days as units: what chance alone would do
    to it on other such days.
    """

    hour: int
    customers: int
    observed_s: float
    half_width_s: float
    simulated_s: float

    @property
    def difference(self) -> float:
        """How much longer the simulated mean wait is, as a share of the log's; NaN where nobody waited."""
        return self.simulated_s / self.observed_s - 1.0 if self.observed_s else math.nan

    @property
    def chance(self) -> float:
        """The half-width as a share of the log's mean wait; NaN where nobody waited."""
        return self.half_width_s / self.observed_s if self.observed_s else math.nan


@dataclass(frozen=True, slots=True)
class Prediction:
    """A period predicted: what the log has and what the simulation, the mean of several seeds.

    Attributes
    ----------
    period : Period
    observed, simulated : WaitFigures
    correlation, correlation_large : float
        Of the mean waits of days; and of those with at least a fifth of the customers of the middle day, on which
        chance has less to say. NaN for fewer than three.
    day_sd : float
        Standard deviation of a day's difference of the mean wait, as a share of the period's mean wait.
    hours : tuple of HourWaits
        By the hour of joining; hours with few customers are left out.
    coverage : float
        Share of the days whose mean wait in the log lies inside the 80 % band of the forecast; NaN for a replay.
    arrivals : tuple of ArrivalBand
        The 80 % bands of a forecast, for each hour of its days; empty for a replay.
    newcomers : int
        People on duty who are not among those fitted on: they serve what the period itself shows.
    not_forecast : dict
        Kind of customer -> how many came in the log of whom the days fitted on have none, nor has the forecast; empty
        for a replay.
    """

    period: Period
    observed: WaitFigures
    simulated: WaitFigures
    correlation: float
    correlation_large: float
    day_sd: float
    hours: tuple[HourWaits, ...]
    coverage: float
    arrivals: tuple[ArrivalBand, ...]
    newcomers: int
    not_forecast: dict[str, int]

    @property
    def difference(self) -> float:
        """How much longer the simulated mean wait is, as a share of the log's."""
        return self.simulated.mean_s / self.observed.mean_s - 1.0 if self.observed.mean_s else math.nan

    @property
    def abandonment(self) -> float:
        """Difference of the shares that gave up, simulation less log."""
        return self.simulated.abandonment - self.observed.abandonment

    @property
    def profile(self) -> float:
        """Mean difference of the hourly mean waits, weighted by customers, as a share of the log's mean wait."""
        n = np.array([hour.customers for hour in self.hours], dtype=np.float64)
        off = np.array([abs(hour.simulated_s - hour.observed_s) for hour in self.hours])
        return float((n * off).sum() / n.sum() / self.observed.mean_s) if n.sum() and self.observed.mean_s else math.nan

    @property
    def worst_hour(self) -> float:
        """The largest difference of an hour's mean wait, as a share of the log's in that hour."""
        return max((abs(hour.difference) for hour in self.hours if hour.observed_s), default=math.nan)

    @property
    def arrivals_inside(self) -> float:
        """Share of the hours in which as many came as their band has; NaN for a replay."""
        return sum(band.inside for band in self.arrivals) / len(self.arrivals) if self.arrivals else math.nan

    @property
    def met(self) -> float:
        """Share of the customers who joined in hours whose mean wait is met to `HOUR_LIMIT`."""
        n = sum(hour.customers for hour in self.hours)
        met = sum(hour.customers for hour in self.hours if abs(hour.difference) <= HOUR_LIMIT)
        return met / n if n else math.nan


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was fitted, on which days, how the others were simulated (one of `HOWS`), and what that predicted.

    `services` are those of a forecast by the hour; a replay has the logged ones.
    """

    how: str
    fitted: Period
    customers: int
    staffing: Staffing
    differences: Differences | None
    team: Team
    order: CallOrder
    patience: tuple[PatienceFit, ...]
    workload: Workload
    naive: Naive
    predictions: tuple[Prediction, ...]
    services: ServiceHours | None = None

    @property
    def accuracy(self) -> float:
        """The accuracy to expect of a period not seen: twice the root mean square of the differences, at least 5 %."""
        off = [p.difference for p in self.predictions]
        return max(2.0 * math.sqrt(sum(x * x for x in off) / len(off)), 0.05)

    @property
    def turn_around_s(self) -> float:
        """Mean time between a service and the next call."""
        law = self.team.turn_around
        return law.mean / US_PER_SECOND if law else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON; what is not a number is None."""
        found = {
            "how": self.how,
            "fitted": asdict(self.fitted),
            "customers": self.customers,
            "workload": asdict(self.workload),
            "order": self.order._asdict(),
            "turn_around_s": self.turn_around_s,
            "service_hours": self.services.as_dict() if self.services else None,
            "patience": [{"law": fit.name, "aic": fit.aic} | fit.parameters for fit in self.patience],
            "absences": self.staffing.absences,
            "roster": None if self.differences is None else self.differences._asdict(),
            "naive": asdict(self.naive) | {"adequate": self.naive.adequate},
            "accuracy": self.accuracy,
            "predictions": [
                asdict(p)
                | {"observed": p.observed._asdict(), "simulated": p.simulated._asdict()}
                | {"difference": p.difference, "abandonment": p.abandonment, "profile": p.profile}
                | {"worst_hour": p.worst_hour, "hours_met": p.met, "arrivals_inside": p.arrivals_inside}
                for p in self.predictions
            ],
        }
        plain: dict[str, Any] = _plain(found)
        return plain


def backtest(
    visits: pd.DataFrame,
    fitted: Period,
    predicted: Sequence[Period],
    how: str = "replay",
    rules: StaffingRules | None = None,
    seed: int = 1,
    progress: Callable[[str], object] | None = None,
    roster: Roster | None = None,
) -> Backtest:
    """Fit a team on some days and predict others.

    Parameters
    ----------
    visits : the log; people have the same names on all days
    fitted, predicted : days of the log
    how : {"replay", "forecast"}
    rules : how staffing is inferred
    seed : of the simulations; several seeds from it on are simulated
    progress : is told what is done next
    roster : who was on duty when, by name; overrides what is inferred except in the naive re-enactment

    Raises
    ------
    LogError, CalibrationError
        If staffing cannot be inferred, or no workload gives the waits of the log.
    UsageError
        For another `how`.
    """
    if how not in HOWS:
        raise UsageError(not_one_of(how, "a way to predict", HOWS))
    rules = rules or StaffingRules()
    say = progress or (lambda what: None)
    say(f"fitting on {len(fitted.dates)} days")
    log = read_staffed(visits, None, rules, fitted.dates, roster)
    team = fit_team(log, rules)
    grain = PIECE if how == "forecast" else 0
    replay = build_by_team(log, team, seed=seed, grain=grain)
    profile = fit_profile(replay) if how == "forecast" else None
    workload = fit_workload(*_simulated(replay, profile), seed)
    team = replace(team, workload=workload.value)
    naive = _naive(visits, fitted, team, seed)
    predictions = []
    for period in predicted:
        say(f"predicting {period.name}")
        own = read_staffed(visits, team.skills, rules, period.dates, roster)
        newcomers = sum(person not in team.skills for person in own.names.counters)
        re_enacted = build_by_team(own, team, seed=seed, grain=grain)
        predictions.append(_predict(period, re_enacted, profile, newcomers, seed))
    return Backtest(
        how=how,
        fitted=fitted,
        customers=len(log.legs.row),
        staffing=log.staffing,
        differences=log.differences,
        team=team,
        order=call_order(log),
        patience=_patience(log),
        workload=workload,
        naive=naive,
        predictions=tuple(predictions),
        services=profile.services if profile else None,
    )


def _patience(log: StaffedLog) -> tuple[PatienceFit, ...]:
    """Return the parametric laws of patience that were fitted, the nearest first; none if nobody gave up."""
    wait_s, gave_up = waits_of(log)
    return tuple(fit_patience(wait_s, gave_up)) if gave_up.any() else ()


def _naive(visits: pd.DataFrame, fitted: Period, team: Team, seed: int) -> Naive:
    """Re-enact the days fitted on with everybody on duty from first to last service, able to do everything."""
    log = read_staffed(visits, None, replace(team.rules, naive=True), fitted.dates)
    able = {person: frozenset(log.kinds) for person in log.names.counters}
    plain = replace(team, skills=able, turn_around=None, workload=1.0)
    found = build_by_team(log, plain, seed=seed)
    observed = figures([day_waits(day) for day in found.observed])
    simulated = figures(simulated_days(found.model, seed))
    return Naive(
        simulated.mean_s / observed.mean_s - 1.0,
        simulated.abandonment - observed.abandonment,
        log.staffing.idle_while_waited_s / log.staffing.on_duty_s,
    )


def _simulated(replay: Replay, profile: Profile | None) -> tuple[Model, list[DayWaits]]:
    """Return the hall to simulate, by the profile or with the log's own customers, and the same days in the log."""
    observed = [day_waits(day) for day in replay.observed]
    if profile is None:
        return replay.model, observed
    model, kept = forecast(replay, profile)
    return model, [observed[i] for i in kept]


def _predict(period: Period, replay: Replay, profile: Profile | None, newcomers: int, seed: int) -> Prediction:
    model, observed = _simulated(replay, profile)
    seeds = SEEDS_OF_A_FORECAST if profile else SEEDS
    runs = [simulated_days(model, s) for s in range(seed, seed + seeds)]
    days = [i for i, day in enumerate(observed) if len(day.wait_s)]
    seen = np.array([observed[i].wait_s.mean() for i in days])
    of_runs = np.array([[_mean(run[i]) for i in days] for run in runs])
    made = of_runs.mean(axis=0)
    simulated = [day for run in runs for day in run]
    size = np.array([len(observed[i].wait_s) for i in days])
    large = size >= SMALL_DAY * np.median(size) if len(days) else np.zeros(0, dtype=bool)
    found = figures(observed)
    return Prediction(
        period=period,
        observed=found,
        simulated=figures(simulated),
        correlation=_correlation(seen, made),
        correlation_large=_correlation(seen[large], made[large]),
        day_sd=float((made - seen).std(ddof=1)) / found.mean_s if len(days) > 1 and found.mean_s else math.nan,
        hours=_hours(observed, simulated),
        coverage=share_inside(seen, of_runs) if profile else math.nan,
        arrivals=arrival_bands(model.days, observed, profile.day_cv, profile.hour_cv, BAND) if profile else (),
        newcomers=newcomers,
        not_forecast=not_forecast(replay, profile) if profile else {},
    )


def _hours(observed: Sequence[DayWaits], simulated: Sequence[DayWaits]) -> tuple[HourWaits, ...]:
    last = max((float(day.join_s.max(initial=0.0)) for day in observed), default=0.0)
    hours = range(int(last // SECONDS_PER_HOUR) + 1)
    (n, seen), (_, made) = hourly_means(observed, hours), hourly_means(simulated, hours)
    chance = hourly_half_widths(observed, hours)
    return tuple(
        HourWaits(h, int(n[h]), float(seen[h]), float(chance[h]), float(made[h])) for h in hours if n[h] >= LEAST_WAITS
    )


def share_inside(seen: F64, of_runs: F64) -> float:
    """Return on which share of days the log lies inside the band of the runs.

    The ends are the values of rank p (n + 1) among n runs: one run more lies below that of rank r with probability
    r / (n + 1). The usual quantiles, of ranks 1 + p (n - 1), would hold 72 % of the days instead of 80 by 20 runs.

    Parameters
    ----------
    seen : float64[n_days]
    of_runs : float64[n_runs, n_days]
    """
    ends = [(1 - BAND) / 2, (1 + BAND) / 2]
    low, high = np.quantile(of_runs, ends, axis=0, method="weibull")
    return float(((seen >= low) & (seen <= high)).mean())


def _correlation(a: F64, b: F64) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and a.std() > 0 and b.std() > 0 else math.nan


def _mean(day: DayWaits) -> float:
    return float(day.wait_s.mean()) if len(day.wait_s) else 0.0


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {str(key): _plain(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [_plain(value) for value in x]
    return None if isinstance(x, float) and not math.isfinite(x) else x
