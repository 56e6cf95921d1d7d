"""Targets that no rule of calling can meet with these customers and these servers.

Two bounds, both of expected values. *Capacity*: of those who come in a stretch of hours at most as many can be called
within T of coming as the servers have time for until T after its end, even if they call nobody else and the quickest
transactions first; one more for each server, whose last service may run on. *Nobody waits*: with a server for everybody
at once there would still be those who do not answer any call.

A mean wait is the integral of the shares still waiting, and a percentile is a share within a time; both follow from the
first bound, where nobody gives up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.verdicts import Verdict, scope_of
from hallsim.kpis import kpi_of
from hallsim.model import US_PER_MINUTE, Model, Station

if TYPE_CHECKING:
    from hallsim.experiment.results import Results

F64 = NDArray[np.float64]

CAPACITY, NO_SHOWS = "capacity", "no-shows"
_ON_THE_WAY_MIN = 30.0
"""More time for customers who pass another station on their way to the counter."""
_WAITS_MIN = np.arange(0.0, 480.0, 5.0)
"""Waits at which the shares still waiting are added up to a mean; what lies beyond is left out."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The best value of a target's figure that any rule could bring, and why; in the unit of its KPI."""

    verdict: Verdict
    best: float
    why: str

    @property
    def out_of_reach(self) -> bool:
        """Whether even the best is not good enough."""
        if self.verdict.at_least:
            return self.best < self.verdict.bound
        return self.best > self.verdict.bound

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        e = self.verdict.estimate
        return {
            "kpi": e.kpi.name,
            "item": e.item,
            "within_min": e.within_min,
            "target": self.verdict.bound,
            "best_of_any_rule": self.best,
            "because_of": self.why,
            "out_of_reach": self.out_of_reach,
        }


def reach_of(results: Results) -> tuple[Reach, ...]:
    """Return for each target the tightest bound that is known; none where the model says too little."""
    found = []
    for verdict in results.targets():
        stations = _stations(results, verdict)
        bounds = [Reach(verdict, b, why) for b, why in _bounds(results, verdict, stations) if math.isfinite(b)]
        if bounds:
            worst = min if verdict.at_least else max
            found.append(worst(bounds, key=lambda reach: reach.best))
    return tuple(found)


def _stations(results: Results, verdict: Verdict) -> list[Station]:
    """Return the stations that a target speaks of."""
    stations, network = results.model.stations, results.model.network
    if verdict.target.station >= 0:
        return [stations[verdict.target.station]]
    own = range(len(stations))
    if network is not None and verdict.target.branch >= 0:
        own = range(network.branches[verdict.target.branch].first, network.branches[verdict.target.branch].beyond)
    return [stations[i] for i in results.plan.counters if i in own]


def _bounds(results: Results, verdict: Verdict, stations: list[Station]) -> list[tuple[float, str]]:
    measure = verdict.target.measure
    absent = _absent(results.model, stations)
    if measure == "abandonment":
        return [(absent, NO_SHOWS)] if absent > 0.0 else []
    capacity = _Capacity(results, verdict, stations)
    endless = all(law is None for station in stations for law in station.patience)
    if measure == "service_level":
        within = verdict.target.within / US_PER_MINUTE
        bounds = [(capacity.share(within), CAPACITY)] if capacity.known else []
        return [*bounds, (1.0 - absent, NO_SHOWS)] if absent > 0.0 else bounds
    if not (capacity.known and endless):
        return []
    if measure == "mean_wait":
        waiting = [1.0 - capacity.share(t) for t in _WAITS_MIN[1:]]
        return [(float(sum(waiting) * _WAITS_MIN[1]), CAPACITY)]
    p = kpi_of(measure).percentile
    shares = [capacity.share(t) for t in _WAITS_MIN]
    enough = [t for t, share in zip(_WAITS_MIN.tolist(), shares, strict=True) if share >= p]
    return [(max(enough[0] - _WAITS_MIN[1], 0.0) if enough else float(_WAITS_MIN[-1]), CAPACITY)]


def _absent(model: Model, stations: list[Station]) -> float:
    """Return the least share of customers of some stations who do not answer any call."""
    shares = []
    for station in stations:
        calls = station.calls
        if calls is None or station.on_no_show:
            shares.append(0.0)
        else:
            shares.append(min(calls.unanswered) * calls.again**calls.recalls)
    return min(shares, default=0.0)


class _Capacity:
    """How many of a target's customers could be called within a time, at most."""

    def __init__(self, results: Results, verdict: Verdict, stations: list[Station]) -> None:
        model, layout = results.model, results.plan.layout
        self.known = not any(_uncertain(model, station) for station in stations) and not model.days
        if not self.known:
            return
        scope, item = scope_of(model, verdict.target)
        zero = layout.spec.zero / US_PER_MINUTE
        hours = [(a / US_PER_MINUTE, b / US_PER_MINUTE) for a, b in layout.hours]
        keys: list[int | None] = [int(zero + 60 * i) for i in range(len(hours))] or [None]
        spec = layout.spec
        spans = hours or [(spec.start / US_PER_MINUTE, spec.close / US_PER_MINUTE)]
        self._lengths = np.array([b - a for a, b in spans])
        self._joined = np.array([results.estimate("joined", scope, item, hour=key).value for key in keys])
        paid = [[results.estimate("paid_time", "station", s.name, hour=k).value for k in keys] for s in stations]
        self._paid = np.array(paid).sum(axis=0)
        self._servers = sum(len(s.servers) for s in stations)
        self._shares, self._services = _work(model, verdict.target.ticket_class, stations)
        first = {r.destination for rows in model.entry for r in rows if r.probability > 0.0}
        self._slack = 0.0 if first <= {model.stations.index(s) for s in stations} else _ON_THE_WAY_MIN
        self.known = bool(self._joined.sum() > 0.0 and self._services.size and np.isfinite(self._services).all())

    def share(self, within: float) -> float:
        """Return the largest share of the day's customers that can be called within so many minutes."""
        level = self._paid / self._lengths
        longest = within + self._slack
        after = [level[i : i + 2 + int(longest // 60)].max() * longest for i in range(len(level))]
        worst = 0.0
        for begin in range(len(level)):
            come = np.cumsum(self._joined[begin:])
            time = np.cumsum(self._paid[begin:]) + np.array(after[begin:])
            called = [self._served(n, t) + self._servers for n, t in zip(come, time, strict=True)]
            worst = max(worst, float((come - called).max()))
        return max(0.0, 1.0 - worst / float(self._joined.sum()))

    def _served(self, customers: float, time: float) -> float:
        """Return how many of some customers can be served in a time, the quickest transactions first."""
        served = 0.0
        for share, service in zip(self._shares, self._services, strict=True):
            n = customers * share if service <= 0.0 else min(customers * share, time / service)
            served, time = served + n, time - n * service
        return served


def _uncertain(model: Model, station: Station) -> bool:
    """Tell whether others may do a station's work, so that its own servers bound nothing."""
    helped = any(model.stations.index(station) in other.helps for other in model.stations)
    return bool(helped or station.helps or station.preparation or station.extra or station.delay or model.policies)


def _work(model: Model, ticket_class: int, stations: list[Station]) -> tuple[F64, F64]:
    """Return shares of the customer types of a class and their mean services, minutes, the quickest first."""
    from hallsim.scenario.cross_checks import arrivals_in
    from hallsim.scenario.flows import Flows

    coming = sum((arrivals_in(s, model, model.open, model.close) for s in model.sources), np.zeros(len(model.types)))
    come = Flows(model).expected(coming)[:, [model.stations.index(s) for s in stations]].sum(axis=1)
    services = np.array([min(_quickest(s, t, model) for s in stations) for t in range(len(model.types))])
    for t in range(len(model.types)):
        lines = [s.lines[s.line_of_type[t]] for s in stations]
        if ticket_class >= 0 and all(line.ticket_class != ticket_class for line in lines):
            come[t] = 0.0
    order = [t for t in np.argsort(services, kind="stable").tolist() if come[t] > 0.0]
    total = come[order].sum()
    return come[order] / (total if total > 0.0 else 1.0), services[order]


def _quickest(station: Station, kind: int, model: Model) -> float:
    """Return the mean service of a customer type by the quickest server of a station, minutes."""
    if any(source.table_services for source in model.sources):
        return math.nan
    laws = [(pool.service or station.service)[kind] for pool in station.pools] or [station.service[kind]]
    factors = [s.time_factor * (s.type_factors[kind] if s.type_factors else 1.0) for s in station.servers]
    count = model.types[kind].count if station.per_transaction else 1
    return min(law.mean for law in laws) * min(factors, default=1.0) * count / US_PER_MINUTE
