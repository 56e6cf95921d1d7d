"""Days forecast: customers by the rates of other days, served by the people of their own.

In: logged days re-enacted by their people (`hallsim.replay.team`). Out: `Profile`, and models in which customers by it
come to the days' own staff, while anybody is there: the hours of opening are part of the staffing. The rates are by
weekday and half-hour: the level is the weekday's, the shape that of all weekdays of like level, so that one odd morning
is not every Monday's. Services are longer at some hours than at others (`service_hours`). Days that have hardly any
customers (holidays) are no ordinary ones: they are left out of the profile and not forecast.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.arrival_bands import expected_by_hour, hour_cv_beside, hours_of
from hallsim.calibrate.service_hours import ServiceHours, by_hours, fit_service_hours, names_of
from hallsim.errors import CalibrationError
from hallsim.model import US_PER_HOUR, Day, Model, RatePiece, Source
from hallsim.replay.replay import Replay

F64 = NDArray[np.float64]

PIECE = US_PER_HOUR // 2
LEAST_SHARE = 0.5
"""A day with a smaller share of the customers that its weekday usually has is no ordinary one."""
LIKE = 1.3
"""Weekdays are of one type if none has more than so many times the customers of the next."""
LONGEST_GAP = US_PER_HOUR
"""Customers come even if nobody is on duty for so long."""
VARIES_WITH = "day"
"""All kinds of customers are many or few on the same days."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How many customers come when, and how long they take.

    Attributes
    ----------
    rates : dict
        (weekday, class, type) -> float64[n_pieces], customers per half-hour.
    day_types : tuple of tuple of int
        Weekdays of like level, which share a shape.
    day_cv : float
        Coefficient of variation of the factor on all rates of a day, beyond what Poisson counts have.
    hour_cv : float
        Of one more factor for each hour, as bands of arrivals have it; simulated are those of the days alone.
    usual : dict
        Weekday -> customers on the middle one of its days.
    services : ServiceHours
        How long they take by the hour.
    dates : tuple of str
        The days that it is the mean of.
    """

    rates: dict[tuple[int, str, str], F64]
    day_types: tuple[tuple[int, ...], ...]
    day_cv: float
    hour_cv: float
    usual: dict[int, float]
    services: ServiceHours
    dates: tuple[str, ...]


def weekday_of(date: str) -> int:
    """Return the weekday, 0 for Monday."""
    return datetime.date.fromisoformat(date).weekday()


def fit_profile(replay: Replay) -> Profile:
    """Fit the profile of arrivals to logged days.

    Raises
    ------
    CalibrationError
        If there is no ordinary day with a date.
    """
    model = replay.model
    dated = [day for day in model.days if day.date]
    usual = {
        w: float(np.median([len(d.sources[0].table_times) for d in dated if weekday_of(d.date) == w]))
        for w in sorted({weekday_of(d.date) for d in dated})
    }
    days = [day for day in dated if ordinary(day, usual)]
    if not days:
        raise CalibrationError("no day of the log has a date and customers: there is no profile of arrivals")
    n_pieces = -(-max(max(d.sources[0].table_times) for d in days) // PIECE) + 1
    counts = np.zeros((len(days), len(model.types), n_pieces))
    for i, day in enumerate(days):
        types = np.array(day.sources[0].table_types, dtype=np.int64)
        np.add.at(counts[i], (types, np.array(day.sources[0].table_times, dtype=np.int64) // PIECE), 1.0)
    weekdays = np.array([weekday_of(day.date) for day in days])
    rates: dict[tuple[int, str, str], F64] = {}
    day_types = like_levels(usual)
    for alike in day_types:
        shape = counts[np.isin(weekdays, alike)].sum(axis=0)
        for weekday in set(alike) & set(weekdays.tolist()):
            level = counts[weekdays == weekday].sum() / np.count_nonzero(weekdays == weekday) / shape.sum()
            for i, names in enumerate(names_of(model)):
                rates[(weekday, *names)] = shape[i] * level
    of_hours = _hour_cv(days, rates, names_of(model))
    dates = tuple(day.date for day in days)
    return Profile(rates, day_types, _day_cv(days), of_hours, usual, fit_service_hours(replay), dates)


def like_levels(usual: dict[int, float]) -> tuple[tuple[int, ...], ...]:
    """Return weekdays in groups: sorted by level, a new group begins where it rises by more than `LIKE`.

    >>> like_levels({0: 1400.0, 1: 1500.0, 4: 400.0, 5: 150.0})
    ((5,), (4,), (0, 1))
    """
    groups: list[list[int]] = []
    last = -math.inf
    for weekday in sorted(usual, key=lambda w: (usual[w], w)):
        if usual[weekday] > LIKE * last or not groups:
            groups.append([])
        groups[-1].append(weekday)
        last = usual[weekday]
    return tuple(tuple(sorted(group)) for group in groups)


def ordinary(day: Day, usual: dict[int, float]) -> bool:
    """Return whether a day has customers nearly as its weekday usually has, in a log; `usual` as in `Profile`."""
    n = len(day.sources[0].table_times)
    return n > 0 and n >= LEAST_SHARE * usual.get(weekday_of(day.date), math.inf)


def not_forecast(replay: Replay, profile: Profile) -> dict[str, int]:
    """Return how many customers of the days forecast are of kinds that never came on those fitted on, by kind."""
    known = {(name, kind) for (_, name, kind), rate in profile.rates.items() if rate.any()}
    names = names_of(replay.model)
    days = [day for day in replay.model.days if day.date and ordinary(day, profile.usual)]
    came = Counter(names[kind] for day in days for kind in day.sources[0].table_types)
    found: Counter[str] = Counter()
    for (name, kind), n in sorted(came.items()):
        if (name, kind) not in known:
            found[kind] += n
    return dict(found)


def forecast(replay: Replay, profile: Profile) -> tuple[Model, list[int]]:
    """Put customers by the profile in the place of the logged ones; staff stays.

    Returns
    -------
    Model, list of int
        With one day for each ordinary one of the log, and which these are.

    Raises
    ------
    CalibrationError
        If no day is left, or nobody of the kinds of customers that come on these days came on those fitted on.
    """
    model = replay.model
    kept = [i for i, day in enumerate(model.days) if day.date and ordinary(day, profile.usual)]
    if not kept:
        raise CalibrationError("none of the days to forecast is like those fitted on")
    names = names_of(model)
    sources = tuple(
        Source(
            f"{name} {kind}",
            "poisson",
            tuple(1.0 if j == i else 0.0 for j in range(len(names))),
            day_cv=profile.day_cv,
            varies_with=VARIES_WITH,
        )
        for i, (name, kind) in enumerate(names)
    )
    days = tuple(
        replace(
            model.days[k],
            sources=tuple(
                replace(
                    source,
                    pieces=_pieces(profile.rates.get((weekday_of(model.days[k].date), *own)), _attended(model.days[k])),
                )
                for source, own in zip(sources, names, strict=True)
            ),
        )
        for k in kept
    )
    if not any(source.pieces for day in days for source in day.sources):
        kinds = ", ".join(sorted({name for _, name in names}))
        raise CalibrationError(f"on the days fitted on came none of the customers to forecast: {kinds}")
    return by_hours(replace(model, sources=sources, days=days), profile.services), kept


def _attended(day: Day) -> list[tuple[int, int]]:
    """Return when somebody is on duty at all, without gaps up to `LONGEST_GAP`."""
    found: list[tuple[int, int]] = []
    for on, off in sorted(shift for station in day.shifts for server in station for shift in server):
        if found and on - found[-1][1] <= LONGEST_GAP:
            found[-1] = (found[-1][0], max(found[-1][1], off))
        else:
            found.append((on, off))
    return found


def _pieces(rates: F64 | None, attended: list[tuple[int, int]]) -> tuple[RatePiece, ...]:
    """Return the rates of a day, as far as somebody is there."""
    if rates is None:
        return ()
    return tuple(
        RatePiece(max(on, i * PIECE), min(off, (i + 1) * PIECE), float(rate) / PIECE)
        for on, off in attended
        for i, rate in enumerate(rates)
        if rate > 0.0 and max(on, i * PIECE) < min(off, (i + 1) * PIECE)
    )


def _day_cv(days: list[Day]) -> float:
    """Return the spread of days of one weekday beyond Poisson's: the root of (variance - mean) / mean^2, pooled."""
    excess = square = 0.0
    for weekday in {weekday_of(d.date) for d in days}:
        n = np.array([len(d.sources[0].table_times) for d in days if weekday_of(d.date) == weekday], dtype=np.float64)
        if len(n) > 1:
            excess += (len(n) - 1) * (n.var(ddof=1) - n.mean())
            square += (len(n) - 1) * n.mean() ** 2
    return math.sqrt(max(excess / square, 0.0)) if square else 0.0


def _hour_cv(days: list[Day], rates: dict[tuple[int, str, str], F64], names: list[tuple[str, str]]) -> float:
    """Return the spread of hours of one day beyond Poisson's, while somebody is on duty."""
    n_hours = max(-(-day.close // US_PER_HOUR) for day in days)
    came = [hours_of(day.sources[0].table_times, n_hours) for day in days]
    expected = []
    for day in days:
        own = (rates.get((weekday_of(day.date), *name)) for name in names)
        pieces = (piece for one in own for piece in _pieces(one, _attended(day)))
        expected.append(expected_by_hour(pieces, n_hours))
    return hour_cv_beside(np.array(came), np.array(expected))
