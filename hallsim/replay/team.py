"""A log re-enacted by its people: everybody on duty when he was seen to be, serving whom he was seen to serve.

In: a table of visits that names who served, and a `Team`: what a replay takes from other days than its own. Out: a
`Replay` (see `replay`), whose stations have named servers in pools of equal skills. It differs from the recipe by
counters in that nobody waits for one server in particular, and in what it takes from where:

- from the days re-enacted: who came when and for what, how long each service took, who was on duty when, and how
  long whoever gave up had waited;
- from the team: skills, time between services, the patience of those who were served (drawn beyond the wait that they
  were seen to bear), the services of those who gave up, the order of calls, and the factor on all services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import compile_model
from hallsim.errors import LogError
from hallsim.model import US_PER_MINUTE, Label, Model, Pool, Server, Station
from hallsim.parts.calls.rule import CallRule
from hallsim.parts.distributions import Empirical, Law
from hallsim.replay.days import NO_PLACE, Duty, Enactment, LoggedDay, Queue
from hallsim.replay.hall import kinds_of, model_of
from hallsim.replay.legs import SERVED, Legs, Names, read_legs
from hallsim.replay.observed import observed_log
from hallsim.replay.replay import Replay, Settings, counter_role, plain_label
from hallsim.replay.rostered import Differences, Roster, rostered
from hallsim.replay.staffing import NAMELESS, Skills, Staffing, StaffingRules, Worker, infer_staffing, kinds_of_legs

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

FAVOURED = "favoured"
"""Added to the name of a class for customers who are called before the others of their kind."""
CLOSING = US_PER_MINUTE
"""The doors close at the first full minute after the last customer and the last duty."""
UNIT = 1000
"""Weights of call rules are in thousandths."""


@dataclass(frozen=True, slots=True)
class Team:
    """What re-enacting a log by its people takes from elsewhere; laws by kind of customer, in microseconds.

    Attributes
    ----------
    skills : dict
        Person -> kinds he serves. Who is not among them serves what the log re-enacted shows.
    services, patiences : dict
        Kind -> law; that of "" stands for kinds not named.
    turn_around : Law or None
        Time after every service until the server can take the next.
    head_start : int
        Customers whom the log calls favoured (priority 0 where others have none or 1) are called as if they had come so
        many microseconds earlier.
    workload : float
        Factor on all services.
    rules : StaffingRules
    """

    skills: Skills
    services: Mapping[str, Law]
    patiences: Mapping[str, Empirical | None]
    turn_around: Law | None = None
    head_start: int = 0
    workload: float = 1.0
    rules: StaffingRules = field(default_factory=StaffingRules)

    def service_of(self, kind: str) -> Law:
        """Return the law of a kind's services."""
        return self.services.get(kind, self.services[""])

    def patience_of(self, kind: str) -> Empirical | None:
        """Return the law of a kind's patience; None: endless."""
        return self.patiences.get(kind, self.patiences[""])


@dataclass(frozen=True, eq=False)
class StaffedLog:
    """A log read once: its legs by kind and favour, and its staffing, for replays with several workloads.

    `differences` says how far a given roster and the log are apart; None: there is none.
    """

    visits: pd.DataFrame
    legs: Legs
    names: Names
    kind: I64
    kinds: tuple[str, ...]
    favoured: I64
    staffing: Staffing
    left_out: dict[str, int]
    differences: Differences | None = None

    def skills_of(self, worker: Worker, known: Skills | None = None) -> frozenset[str]:
        """Return the kinds that a worker serves: by `known`, else as this log shows him."""
        if worker.staff == NAMELESS:
            return frozenset((self.kinds[worker.kind],))
        person = self.names.counters[worker.staff]
        return (known or {}).get(person) or self.staffing.skills[person]


def read_staffed(
    visits: pd.DataFrame,
    skills: Skills | None = None,
    rules: StaffingRules | None = None,
    days: tuple[str, ...] = (),
    roster: Roster | None = None,
) -> StaffedLog:
    """Read a log that names who served, and infer its staffing; the duty of a roster's people is the roster's.

    Raises
    ------
    LogError
        If nobody is named, or as `read_legs`.
    """
    legs, names, left_out = read_legs(visits, days)
    if not names.counters:
        raise LogError("the log names nobody who served, so nobody's duty can be inferred")
    kind, kinds = kinds_of_legs(legs, names)
    favoured = ((legs.priority == 0) & (legs.priority.max(initial=-1) > 0)).astype(np.int64)
    staffing, _, differences = rostered(infer_staffing(legs, names, rules, skills), legs, names, roster or Roster())
    return StaffedLog(visits, legs, names, kind, kinds, favoured, staffing, left_out, differences)


def build_by_team(
    log: StaffedLog,
    team: Team,
    *,
    seed: int = 1,
    grain: int = 0,
    name: str = "replay",
    label_of: Callable[[str], Label] = plain_label,
) -> Replay:
    """Turn a log into a hall that re-enacts its days by its people.

    Parameters
    ----------
    log : what `read_staffed` gives
    team : what comes from elsewhere
    seed : of the patience of those who were served
    grain : if above 0, people are on duty as early and as late as they may have been, up to the multiples of this
        around what was seen; for other customers than the log's
    name : of the model
    label_of : how names of the log appear to readers
    """
    legs, names = _by_favour(log)
    stations, queue = np.unique(legs.station, return_inverse=True)
    here = [[w for w in log.staffing.workers if w.station == station] for station in stations.tolist()]
    place = {w: i for own in here for i, w in enumerate(own)}
    re_enacted = _Days(log, team, legs, queue.reshape(-1), place, grain)
    days = tuple(re_enacted.day(i, np.random.default_rng([seed, i])) for i in range(len(names.days)))
    queues = tuple(Queue(station, -1, True) for station in stations.tolist())
    enacted = Enactment(queues, tuple(max(len(own), 1) for own in here), days, 0, 0)
    kinds, kind_of = kinds_of(enacted)
    model = model_of(name, legs, names, {}, enacted, kinds, kind_of, 1, label_of, counter_role)
    model = _by_people(model, log, team, kinds, here, days)
    compiled = compile_model(model)
    line_of = compiled.line_of.reshape(len(model.stations), len(model.types))
    served = np.isin(legs.outcome, SERVED)
    return Replay(
        model=model,
        observed=tuple(
            observed_log(day, kind, line_of[day.queue, kind], compiled.station_first_server)
            for day, kind in zip(days, kind_of, strict=True)
        ),
        rows=tuple(day.legs.row for day in days),
        visits=log.visits,
        settings=Settings(order="line", lines="station", longest_service=team.rules.longest_service),
        servers_found={},
        left_out=log.left_out,
        cut=int(np.count_nonzero(served & (log.staffing.service < legs.end - legs.begin))),
        forgotten=0,
    )


def with_workload(model: Model, workload: float) -> Model:
    """Return the same hall with all services so many times as long."""
    return replace(
        model,
        stations=tuple(
            replace(station, servers=tuple(replace(s, time_factor=s.time_factor * workload) for s in station.servers))
            for station in model.stations
        ),
    )


def _by_favour(log: StaffedLog) -> tuple[Legs, Names]:
    """Return the legs with one ticket class for each kind and favour, so that each has a line of its own."""
    code, own = np.unique(log.kind * 2 + log.favoured, return_inverse=True)
    classes = tuple(log.kinds[c // 2] + (f" {FAVOURED}" if c % 2 else "") for c in code.tolist())
    return log.legs._replace(ticket_class=own.reshape(-1)), log.names._replace(ticket_classes=classes)


class _Days:
    """Lays out one day after the other; `place` is the number of each worker at his station."""

    def __init__(
        self, log: StaffedLog, team: Team, legs: Legs, queue: I64, place: dict[Worker, int], grain: int
    ) -> None:
        self.log, self.team, self.legs, self.queue, self.place = log, team, legs, queue, place
        station_of = {int(s): int(q) for s, q in zip(legs.station, queue, strict=True)}
        self.duty: dict[int, list[Duty]] = {}
        for duty in log.staffing.duty:
            on, off = duty.whole(grain) if grain else (duty.on, duty.off)
            own = Duty(station_of[duty.worker.station], place[duty.worker], on, off)
            self.duty.setdefault(duty.day, []).append(own)
        self.place_of_leg = np.array([-1, *(place[w] for w in log.staffing.workers)])[1 + log.staffing.worker]

    def day(self, i: int, rng: np.random.Generator) -> LoggedDay:
        """Return a day, by customer in the order of joining."""
        legs = self.legs
        here = np.flatnonzero(legs.day == i)
        here = here[np.lexsort((legs.row[here], legs.step[here], legs.visit[here], legs.ticket[here]))]
        own, duty = legs.where(here), self.duty.get(i, [])
        service = self.log.staffing.service[here]
        last = max([int(own.end.max(initial=0)), *(d.off for d in duty)])
        return LoggedDay(
            own,
            queue=self.queue[here],
            join=own.ticket,
            server=np.maximum(self.place_of_leg[here], 0),
            service=np.maximum(service, 0),
            occupied=service,
            patience=self._patience(here, rng),
            place=np.full(len(here), NO_PLACE, dtype=np.int64),
            duty=duty,
            close=(last // CLOSING + 1) * CLOSING,
        )

    def _patience(self, here: I64, rng: np.random.Generator) -> I64:
        """Return the patience of each customer: as shown, or beyond the wait that he was seen to bear; -1: endless."""
        legs, kind = self.legs, self.log.kind[here]
        served = np.isin(legs.outcome[here], SERVED)
        waited = np.where(served, legs.begin[here], legs.end[here]) - legs.ticket[here]
        patience = np.where(served, -1, waited)
        u = rng.random(len(here))
        for k in np.unique(kind[served]).tolist():
            law, who = self.team.patience_of(self.log.kinds[k]), np.flatnonzero(served & (kind == k))
            if law is not None:
                patience[who] = beyond(law, waited[who], u[who])
        return patience


def beyond(law: Empirical, waited: I64, u: F64) -> I64:
    """Return draws of a law, given that they are longer than what was waited already; a microsecond more if none is."""
    weights = law.weights or (1.0,) * len(law.values)
    order = np.argsort(law.values)
    values = np.array(law.values)[order]
    share = np.cumsum(np.array(weights)[order])
    share = np.append(0.0, share / share[-1])
    below = share[np.searchsorted(values, waited, side="right")]
    drawn = values[np.minimum(np.searchsorted(share[1:], below + u * (1.0 - below), side="right"), len(values) - 1)]
    return np.asarray(np.maximum(np.rint(drawn).astype(np.int64), waited + 1))


def _by_people(
    model: Model, log: StaffedLog, team: Team, kinds: I64, workers: list[list[Worker]], days: tuple[LoggedDay, ...]
) -> Model:
    """Put people with skills in the place of interchangeable servers."""
    names = [t.name for t in model.ticket_classes]
    stations = tuple(
        _station(station, log, team, kinds, names, own) for station, own in zip(model.stations, workers, strict=True)
    )
    levels = ((),) * len(stations)
    return replace(
        model,
        stations=stations,
        days=tuple(
            replace(day, shifts=_shifts(logged.duty, stations), levels=levels)
            for day, logged in zip(model.days, days, strict=True)
        ),
    )


def _shifts(duty: list[Duty], stations: tuple[Station, ...]) -> tuple[tuple[tuple[tuple[int, int], ...], ...], ...]:
    found: list[list[list[tuple[int, int]]]] = [[[] for _ in station.servers] for station in stations]
    for one in duty:
        found[one.queue][one.server].append((one.on, one.off))
    return tuple(tuple(tuple(sorted(own)) for own in station) for station in found)


def _station(
    station: Station, log: StaffedLog, team: Team, kinds: I64, classes: list[str], workers: list[Worker]
) -> Station:
    """Return a station with pools of equal skills, and the laws of the team."""
    plain = [classes[line.ticket_class].removesuffix(f" {FAVOURED}") for line in station.lines]
    favoured = [classes[line.ticket_class] not in plain for line in station.lines]
    skills = [log.skills_of(w, team.skills) for w in workers]
    sets = sorted({tuple(sorted(one)) for one in skills}) or [()]
    ahead = team.head_start > 0 and any(favoured)
    pools = tuple(
        Pool(
            " + ".join(one) or "nobody",
            tuple(0 if kind in one else -1 for kind in plain),
            (0,) * len(plain),
            by="call" if ahead else "order",
        )
        for one in sets
    )
    servers = tuple(
        Server(_name(w, log), (), time_factor=team.workload, pool=sets.index(tuple(sorted(one))))
        for w, one in zip(workers, skills, strict=True)
    )
    kind_of_type = [classes[c].removesuffix(f" {FAVOURED}") for c in kinds[:, 2].tolist()]
    rule = CallRule(
        ranks=(0,) * len(plain),
        score="weighted_wait",
        weights=(UNIT,) * len(plain),
        head_starts=tuple(team.head_start if one else 0 for one in favoured),
    )
    return replace(
        station,
        servers=servers or (Server(f"{station.name} 1", ()),),
        pools=pools,
        service=tuple(team.service_of(kind) for kind in kind_of_type),
        patience=tuple(team.patience_of(kind) for kind in kind_of_type),
        call_rules=(rule,) if ahead else (),
        wrap_up=(team.turn_around,) * len(kind_of_type) if team.turn_around else (),
        shift_end="named",
        levels=(),
    )


def _name(worker: Worker, log: StaffedLog) -> str:
    if worker.staff == NAMELESS:
        return f"nameless {log.kinds[worker.kind]} {worker.seat + 1}"
    return log.names.counters[worker.staff]
