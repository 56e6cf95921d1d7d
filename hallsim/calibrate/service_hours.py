"""Services by the hour of the day: whether they are longer at some hours than at others, and by how much.

In: logged days re-enacted by their people (`hallsim.replay.team`). Out: `ServiceHours`, and the model of a forecast in
which customers of different hours have services of different length. The mean of a service is that of the customer's
type times that of the level of the hour in which he joins (Brown et al. 2005, "Statistical analysis of a telephone
call center", JASA 100:36-50, sec. 4.3, find the same). Both are fitted in turn until the services of every type and of
every level have the sum that the log has, which is maximal quasi-likelihood of counts with a log link. Hours have one
level unless they surely differ, by Pearson's statistic with days as units: of each hour Student's t of its days,
brought to the scale of a normal variate by its probability, so that few days are not taken for many. Where hours do
differ, those that are nearly alike share a level, which only spares types of customers.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hallsim.model import US_PER_HOUR, Model, Source, Station
from hallsim.replay.replay import Replay

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

FEWEST = 100
"""Services of an hour; hours with fewer are one with the next."""
SURE = 0.01
"""Level of the test that hours differ."""
ALIKE = 1.05
"""Hours whose factors differ by no more share a level."""
TURNS = 50
"""Of fitting types and hours in turn; a few are enough."""


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """How long services last by the hour of joining.

    Attributes
    ----------
    starts : tuple of int, microseconds
        Since midnight: where each stretch of the day begins; the first is 0.
    levels : tuple of int
        The level of each stretch.
    factors : tuple of float
        Mean service of each level over that of the day.
    means : dict, microseconds
        (class, type) -> mean at a factor of 1; only types of whom somebody was served. By name, because the days
        forecast may have other types than those fitted on, or the same in another order.
    """

    starts: tuple[int, ...]
    levels: tuple[int, ...]
    factors: tuple[float, ...]
    means: dict[tuple[str, str], float]

    def level_at(self, time: int) -> int:
        """Return the level of a time since midnight.

        >>> ServiceHours((0, 9 * US_PER_HOUR), (0, 1), (0.8, 1.1), {}).level_at(9 * US_PER_HOUR)
        1
        """
        return self.levels[bisect_right(self.starts, time) - 1]

    def stretches(self) -> list[tuple[int, float]]:
        """Return where the factor changes, and to what."""
        every = [(start, self.factors[level]) for start, level in zip(self.starts, self.levels, strict=True)]
        return [one for i, one in enumerate(every) if i == 0 or one[1] != every[i - 1][1]]

    def as_dict(self) -> list[dict[str, float]]:
        """Return the stretches for JSON."""
        return [{"from_hour": start / US_PER_HOUR, "factor": factor} for start, factor in self.stretches()]


def names_of(model: Model) -> list[tuple[str, str]]:
    """Return class and name of every customer type."""
    found = []
    for i, one in enumerate(model.types):
        station = model.stations[model.entry[i][0].destination]
        line = station.lines[station.line_of_type[i]]
        found.append((model.ticket_classes[line.ticket_class].name, one.name))
    return found


def fit_service_hours(replay: Replay) -> ServiceHours:
    """Fit services by hour to logged days; one level where hours do not differ by more than chance."""
    tables = [day.sources[0] for day in replay.model.days]
    joined, kind, took = (
        np.concatenate([np.array(column, dtype=np.int64) for column in columns])
        for columns in zip(*((t.table_times, t.table_types, t.table_services) for t in tables), strict=True)
    )
    day = np.repeat(np.arange(len(tables)), [len(t.table_times) for t in tables])
    served = took >= 0
    day, kind, took = day[served], kind[served], took[served].astype(np.float64)
    hours = _hours_with_enough(joined[served] // US_PER_HOUR)
    hour = np.searchsorted(hours, joined[served] // US_PER_HOUR, side="right") - 1
    n_types = len(replay.model.types)
    levels = np.zeros(len(hours), dtype=np.int64)
    if hours_differ(day, hour, took, _main_effects(kind, np.zeros_like(hour), took, n_types)[0][kind]):
        levels = _levels(_main_effects(kind, hour, took, n_types)[1])
    means, factors = _main_effects(kind, levels[hour], took, n_types)
    starts = (0, *(int(h) * US_PER_HOUR for h in hours[1:]))
    named = {name: mean for name, mean in zip(names_of(replay.model), means.tolist(), strict=True) if mean}
    return ServiceHours(starts, tuple(levels.tolist()), tuple(factors.tolist()), named)


def hours_differ(day: I64, hour: I64, took: F64, expected: F64) -> bool:
    """Tell whether services of some hours surely differ from what their types would take, with days as units.

    Parameters
    ----------
    day, hour : int64[n_services]
    took, expected : float64[n_services]
    """
    from scipy.stats import chi2, f

    n_days, n_hours = int(day.max(initial=0)) + 1, int(hour.max(initial=0)) + 1
    if n_days < 2 or n_hours < 2:
        return False
    off, work = (np.bincount(day * n_hours + hour, x, n_days * n_hours) for x in (took - expected, expected))
    off, work = off.reshape(n_days, n_hours), work.reshape(n_days, n_hours).sum(axis=0)
    variance = n_days / (n_days - 1) * ((off - off.mean(axis=0)) ** 2).sum(axis=0)
    some = (work > 0) & (variance > 0)
    squares_of_t = off.sum(axis=0)[some] ** 2 / variance[some]
    statistic = float(chi2.isf(f.sf(squares_of_t, 1, n_days - 1), 1).sum())
    return bool(chi2.sf(statistic, max(np.count_nonzero(some) - 1, 1)) < SURE)


def _levels(factors: F64) -> I64:
    """Return the level of each hour: sorted by factor, a new one begins where it rises by more than `ALIKE`.

    >>> _levels(np.array([0.7, 1.0, 1.2, 0.72, 1.02])).tolist()
    [0, 1, 2, 0, 1]
    """
    found = np.zeros(len(factors), dtype=np.int64)
    level, lowest = -1, -np.inf
    for h in np.argsort(factors, kind="stable").tolist():
        if factors[h] > lowest * ALIKE or level < 0:
            level, lowest = level + 1, float(factors[h])
        found[h] = level
    return found


def _hours_with_enough(hour: I64) -> I64:
    """Return at which hours stretches begin that have `FEWEST` services each, the last of them perhaps more hours."""
    n = np.bincount(hour)
    starts, so_far = [0], 0
    for h in range(len(n)):
        if so_far >= FEWEST and n[h:].sum() >= FEWEST:
            starts.append(h)
            so_far = 0
        so_far += int(n[h])
    return np.array(starts, dtype=np.int64)


def _main_effects(kind: I64, level: I64, took: F64, n_types: int) -> tuple[F64, F64]:
    """Return a mean by type and a factor by level, 1 over all services, whose product has the sums of both."""
    n_levels = int(level.max(initial=0)) + 1
    means, factors = np.zeros(n_types), np.ones(n_levels)
    of_type, of_level = np.bincount(kind, took, n_types), np.bincount(level, took, n_levels)
    for _ in range(TURNS):
        weight = np.bincount(kind, factors[level], n_types)
        means = np.divide(of_type, weight, out=np.zeros(n_types), where=weight > 0)
        expected = np.bincount(level, means[kind], n_levels)
        factors = np.divide(of_level, expected, out=np.ones(n_levels), where=expected > 0)
        factors /= factors[level].mean() if len(level) else 1.0
    return means, factors


def by_hours(model: Model, hours: ServiceHours) -> Model:
    """Tell the customers of a forecast apart by the hour in which they join, and give each his mean service.

    Parameters
    ----------
    model : with days of Poisson sources, one for each type
    hours : types that it does not know keep the services that they have
    """
    if len(hours.factors) == 1:
        return model
    names = names_of(model)
    used = sorted(
        {
            (hours.level_at(rate.start), t)
            for day in model.days
            for t, source in enumerate(day.sources)
            for rate in source.pieces
        }
    )
    sources = tuple(
        replace(
            model.sources[t],
            name=f"{model.sources[t].name} {level + 1}",
            mix=tuple(float(k == i) for k in range(len(used))),
        )
        for i, (level, t) in enumerate(used)
    )
    return replace(
        model,
        types=tuple(model.types[t] for _, t in used),
        entry=tuple(model.entry[t] for _, t in used),
        sources=sources,
        stations=tuple(_by_hours(station, used, names, hours) for station in model.stations),
        days=tuple(
            replace(
                day,
                sources=tuple(
                    _within(source, day.sources[t], hours, level)
                    for source, (level, t) in zip(sources, used, strict=True)
                ),
            )
            for day in model.days
        ),
    )


def _within(source: Source, whole: Source, hours: ServiceHours, level: int) -> Source:
    """Return a source with the rates that another one has in the hours of a level."""
    return replace(source, pieces=tuple(rate for rate in whole.pieces if hours.level_at(rate.start) == level))


def _by_hours(
    station: Station, used: list[tuple[int, int]], names: list[tuple[str, str]], hours: ServiceHours
) -> Station:
    service = [
        station.service[t].scaled(hours.means[names[t]] * hours.factors[level] / station.service[t].mean)
        if names[t] in hours.means
        else station.service[t]
        for level, t in used
    ]
    return replace(
        station,
        line_of_type=tuple(station.line_of_type[t] for _, t in used),
        service=tuple(service),
        routes=tuple(station.routes[t] for _, t in used),
        patience=tuple(station.patience[t] for _, t in used),
        wrap_up=tuple(station.wrap_up[t] for _, t in used) if station.wrap_up else (),
    )
