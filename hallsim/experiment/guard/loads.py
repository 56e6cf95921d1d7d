"""The work that comes to each station against the servers on duty, and the bound of M(t)/G/inf.

The *offered load* of an hour is the number who join in it times the mean service: how many servers their work keeps
busy. M(t)/G/inf is the number who would be busy if nobody ever waited, which lags behind the load by a service time;
no rule can have more work done inside the opening hours than infinitely many servers would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.model import US_PER_MINUTE, Label

if TYPE_CHECKING:
    from hallsim.experiment.results import Results

F64 = NDArray[np.float64]

_VISIBLE = 0.1
_STEPS = 12
"""Points of an hour at which the infinite-server hall is looked at."""


@dataclass(frozen=True, slots=True)
class Load:
    """One station: how much work comes, who is there for it, how many are busy.

    Attributes
    ----------
    station : str
    label : Label
    hours : tuple of (begin, end) in minutes since midnight, while it is open; empty for a steady-state run
    offered, on_duty : tuple of float
        Servers' worth of work, and servers paid for, in each hour (of a steady-state run: one entry).
    infinite : tuple of float
        Mean number busy in each hour if nobody ever waited, M(t)/G/inf; of a steady-state run the offered load.
    busy, most_busy : float
        Mean number being served inside the opening hours, and its bound, the mean of M(t)/G/inf over them.
    endless : bool
        Nobody who waits here gives up.
    """

    station: str
    label: Label
    hours: tuple[tuple[float, float], ...]
    offered: tuple[float, ...]
    on_duty: tuple[float, ...]
    infinite: tuple[float, ...]
    busy: float
    most_busy: float
    endless: bool

    @property
    def peak(self) -> int:
        """The hour with the most work for each server on duty."""
        pairs = zip(self.offered, self.on_duty, strict=True)
        ratios = [offered / there if there > 0.0 else math.inf if offered else 0.0 for offered, there in pairs]
        return int(np.argmax(ratios))

    @property
    def over(self) -> list[int]:
        """The hours in which more work comes than the servers on duty can do, by a tenth of a server at least."""
        pairs = zip(self.offered, self.on_duty, strict=True)
        return [i for i, (offered, there) in enumerate(pairs) if there > 0.0 and offered >= there + _VISIBLE]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "station": self.station,
            "hours_min": [list(hour) for hour in self.hours],
            "offered_load": list(self.offered),
            "on_duty": list(self.on_duty),
            "infinite_server_load": list(self.infinite),
            "busy": self.busy,
            "busy_at_most": self.most_busy,
        }


def loads_of(results: Results) -> tuple[Load, ...]:
    """Return the loads of the stations that have servers of their own and customers."""
    found = []
    helped = {i for station in results.model.stations for i in station.helps}
    for i, station in enumerate(results.model.stations):
        if station.delay or station.helps or i in helped or station.preparation is not None or station.role == "pda":
            continue
        load = _load(results, i)
        if load is not None:
            found.append(load)
    return tuple(found)


def _load(results: Results, place: int) -> Load | None:
    station, layout = results.model.stations[place], results.plan.layout
    service, taken = results.sides("mean_service", "station", station.name)
    if not taken > 0.0:
        return None
    mean = service / taken / US_PER_MINUTE
    zero = layout.spec.zero / US_PER_MINUTE
    opens, closes = station.hours or (layout.spec.start, layout.spec.close)
    open_in = [i for i, (begin, end) in enumerate(layout.hours) if begin < closes and end > opens]
    hours = tuple((layout.hours[i][0] / US_PER_MINUTE, layout.hours[i][1] / US_PER_MINUTE) for i in open_in)
    keys: list[int | None] = [int(zero + 60 * i) for i in open_in] or [None]
    window = layout.spec.start / US_PER_MINUTE, layout.spec.close / US_PER_MINUTE
    lengths = [end - begin for begin, end in hours or [window]]
    joined = [results.estimate("joined", "station", station.name, hour=key).value for key in keys]
    paid = [results.estimate("paid_time", "station", station.name, hour=key).value for key in keys]
    offered = tuple(n * mean / length for n, length in zip(joined, lengths, strict=True))
    rates = [n / length for n, length in zip(joined, lengths, strict=True)]
    infinite = _infinite(hours, rates, mean, place, results) if hours else offered
    return Load(
        station=station.name,
        label=station.label,
        hours=hours,
        offered=offered,
        on_duty=tuple(t / length for t, length in zip(paid, lengths, strict=True)),
        infinite=infinite,
        busy=results.estimate("in_service", "station", station.name).value * (window[1] - window[0]) / sum(lengths),
        most_busy=_most_busy(joined, lengths, hours, mean),
        endless=all(law is None for law in station.patience),
    )


def _infinite(
    hours: tuple[tuple[float, float], ...], rates: list[float], mean: float, place: int, results: Results
) -> tuple[float, ...]:
    """Return the mean number busy in each hour if nobody waited; services have the station's mean and spread."""
    from hallsim.theory import infinite_server_load, lognormal_up_to

    laws = [law for law in results.model.stations[place].service if law.mean > 0.0]
    squares = [law.mean**2 * (1.0 + law.cv**2) for law in laws]
    average = float(np.mean([law.mean for law in laws])) if laws else 1.0
    cv = math.sqrt(max(float(np.mean(squares)) / average**2 - 1.0, 0.0)) if laws else 0.0
    edges = [hours[0][0], *(end for _, end in hours)]
    times = np.concatenate([begin + (end - begin) * (np.arange(_STEPS) + 0.5) / _STEPS for begin, end in hours])
    load = infinite_server_load(times, edges, rates, lognormal_up_to(mean, min(cv, 100.0)))
    return tuple(load.reshape(len(hours), _STEPS).mean(axis=1).tolist())


def _most_busy(joined: list[float], lengths: list[float], hours: tuple[tuple[float, float], ...], mean: float) -> float:
    """Return a bound of the mean number being served inside the opening hours, whatever the law of services.

    Who joins at u is served inside the hours for E[min(S, close - u)] <= min(E[S], close - u) at most (Jensen); when in
    an hour he joins is not known, so that all count as joining at its beginning.
    """
    if not hours:
        return joined[0] * mean / lengths[0]
    close = hours[-1][1]
    work = sum(n * min(mean, close - begin) for n, (begin, _) in zip(joined, hours, strict=True))
    return work / (close - hours[0][0])
