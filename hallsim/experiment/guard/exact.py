"""What has an exact answer: a single line in steady state, and Little's law by hour.

A steady-state hall has one where customers come at random at one rate to one station of like servers, who work without
end by one law: M/M/n (Erlang C), M/M/n with exponential patience (Erlang A), or M/G/1 (Pollaczek and Khinchine). Times
that are rounded to more than a thousandth of a service are of other laws.

Little's law needs no assumption: up to any moment the time that people have spent waiting is at most the whole wait of
those who have come until then, and over all time it is the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.model import US_PER_MINUTE, Server, Source, Station
from hallsim.parts.distributions import Law
from hallsim.parts.distributions.exponential import Exponential
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    from hallsim.experiment.results import Estimate, Results

CHANCE = 0.001
"""How often an estimate is as far from an exact answer by chance as one that is said to contradict it."""
_ROUNDING = 1e-9
_COARSE = 1e-3
"""Of the mean service: a resolution above it makes the laws others than the textbook's."""
_NO_STEADY_STATE = 0.98
"""Utilisation beyond which runs are too short for one, or there is none."""
_LAST_WAITS = 0.01
"""Share of the waiting in a steady-state run that may belong to customers from before its start or after its end."""


@dataclass(frozen=True, slots=True)
class Exact:
    """A figure whose true value is known: by which model, and what so many replications have, in its KPI's unit."""

    model: str
    estimate: Estimate
    value: float
    replications: int

    @property
    def contradicts(self) -> bool:
        """Whether the run is further from it than chance explains."""
        half = self.estimate.half_width
        return half > 0.0 and abs(self.estimate.value - self.value) > by_chance(half, self.replications)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        value = self.value if math.isfinite(self.value) else None
        return {"model": self.model, "kpi": self.estimate.kpi.name, "exact": value, "contradicts": self.contradicts}


def exact_of(results: Results) -> tuple[Exact, ...]:
    """Return the figures of a run whose true values are known; most halls have none."""
    from hallsim.theory import ErlangA, ErlangC, pollaczek_khinchine

    line = _plain_line(results)
    if line is None:
        return ()
    rate, service, patience, servers = line
    mean = service.mean / US_PER_MINUTE
    exponential = isinstance(service, Exponential)
    found: list[tuple[str, str, float]] = []
    if exponential and isinstance(patience, Exponential) and patience.mean > 0.0:
        a = ErlangA(rate, 1.0 / mean, US_PER_MINUTE / patience.mean, servers)
        found = [("Erlang A", kpi, x) for kpi, x in (("mean_wait", a.mean_wait), ("abandonment", a.p_abandon))]
    elif patience is None and rate * mean < servers:
        if exponential:
            c = ErlangC(rate, 1.0 / mean, servers)
            found = [("Erlang C", kpi, x) for kpi, x in (("mean_wait", c.mean_wait), ("share_waiting", c.p_wait))]
        elif servers == 1:
            found = [("Pollaczek-Khinchine", "mean_wait", pollaczek_khinchine(rate, mean, service.cv))]
    n = results.replications
    return tuple(Exact(model, results.estimate(kpi), value, n) for model, kpi, value in found)


def by_chance(half_width: float, n: int) -> float:
    """Return how far an estimate is off but once in a thousand times, from its 95 % half-width over n replications."""
    return half_width * t_quantile(1.0 - CHANCE / 2.0, n - 1) / t_quantile(0.975, n - 1)


def _plain_line(results: Results) -> tuple[float, Law, Law | None, int] | None:
    """Return rate a minute, law of service, of patience and number of servers of a textbook's line, or None."""
    model = results.model
    if not model.steady or len(model.stations) != 1 or len(model.sources) != 1 or model.days or model.policies:
        return None
    source, station = model.sources[0], model.stations[0]
    if source.kind != "poisson" or len(source.pieces) != 1 or model.entry_cases:
        return None
    plain = Source(source.name, source.kind, source.mix, source.pieces, start=source.start, end=source.end)
    piece = source.pieces[0]
    if source != plain or piece.start > 0 or piece.end < model.close:
        return None
    if not _plain_station(station, model.close) or any(kind.count != 1 for kind in model.types):
        return None
    onward = [route for rows in (*model.entry, *station.routes) for route in rows if route.probability > 0.0]
    if sum(route.destination == 0 for route in onward) != len(model.entry):
        return None
    if model.resolution > max(1.0, _COARSE * station.service[0].mean):
        return None
    rate = piece.rate * US_PER_MINUTE
    return rate, station.service[0], station.patience[0], len(station.servers)


def _plain_station(station: Station, close: int) -> bool:
    """Tell whether a station is one line of like servers who are always there."""
    plain = Station(
        name=station.name,
        role=station.role,
        label=station.label,
        lines=station.lines,
        line_of_type=station.line_of_type,
        servers=station.servers,
        service=station.service,
        routes=station.routes,
        patience=station.patience,
        interrupted=station.interrupted,
        idle_choice=station.idle_choice,
        per_transaction=station.per_transaction,
    )
    alike = len(set(station.service)) == 1 and len(set(station.patience)) == 1
    always = all(s == Server(s.name, s.shifts) and s.shifts == ((0, close),) for s in station.servers)
    return station == plain and alike and always and len({line.rank for line in station.lines}) == 1


def little(results: Results) -> list[tuple[str, int | None]]:
    """Return the stations, with the hour (minutes since midnight), at which Little's law is broken; none should be.

    In a steady-state run it holds but for those who wait at its ends, and at all only where there is a steady state.
    """
    found: list[tuple[str, int | None]] = []
    layout = results.plan.layout
    zero = int(layout.spec.zero // US_PER_MINUTE)
    for station, overnight in zip(results.model.stations, results.model.overnight, strict=True):
        if station.delay or overnight:
            continue  # at midnight those wait who came in the last hour, on the clock of the next day
        waited, spent = 0.0, 0.0
        for hour in range(zero, zero + 60 * len(layout.hours), 60):
            waited += results.sides("mean_wait", "station", station.name, hour)[0]
            spent += results.sides("queue_length", "station", station.name, hour)[0]
            if spent > waited * (1.0 + _ROUNDING) + 1.0:
                found.append((station.name, hour))
                break
        if not layout.hours and not _steady_agrees(results, station.name):
            found.append((station.name, None))
    return found


def _steady_agrees(results: Results, station: str) -> bool:
    """Tell whether arrivals times waits are the people waiting, but for chance and the ends of the run."""
    e = results.estimate("mean_wait", "station", station)
    if not e.half_width > 0.0 or results.estimate("utilisation", "station", station).value > _NO_STEADY_STATE:
        return True
    waited, spent = (results.sides(kpi, "station", station)[0] for kpi in ("mean_wait", "queue_length"))
    return abs(spent - waited) <= (_LAST_WAITS + by_chance(e.half_width, results.replications) / e.value) * max(
        spent, waited
    )
