"""A roster, and who came, in the place of staffing inferred; and how far the two are apart.

In: shifts as planned and as attended, by date, and what a log says of who worked. Out: `Staffing` with the duty of the
roster's people on the roster's days, and `Differences`. Attendance goes before the plan: on its dates who is planned
and did not come is not there, and who came is there from when he came until he left, less his planned breaks. Skills,
services and the time between them stay what the log shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hallsim.errors import LogError
from hallsim.model import US_PER_HOUR
from hallsim.replay.legs import SERVED, Legs, Names
from hallsim.replay.staffing import NAMELESS, Duty, Staffing, Worker

Span = tuple[int, int]
Spells = dict[tuple[int, Worker], list[Span]]
"""Time on duty by day and worker."""


class Stretch(NamedTuple):
    """Time on duty, microseconds since midnight: at a station by name ("": not told), of somebody ("": not told)."""

    date: str
    station: str
    on: int
    off: int
    who: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Shifts.

    Attributes
    ----------
    planned : tuple of Stretch
        Breaks are the gaps between the stretches of one person on one day.
    attended : tuple of Stretch
        From coming to leaving.
    by : {"staff", "counter", ""}
        What `who` names; "": nobody is named, and there is no attendance.
    """

    planned: tuple[Stretch, ...] = ()
    attended: tuple[Stretch, ...] = ()
    by: str = ""

    def __bool__(self) -> bool:
        return bool(self.planned or self.attended)

    def renamed(self, name: Callable[[str], str]) -> Roster:
        """Return it with other names of the people."""
        planned, attended = (
            tuple(s._replace(who=name(s.who)) if s.who else s for s in shifts)
            for shifts in (self.planned, self.attended)
        )
        return Roster(planned, attended, self.by)

    @property
    def duty(self) -> tuple[Stretch, ...]:
        """Who was on duty when."""
        came = {s.date for s in self.attended}
        spans = _spans(self.planned)
        found = [s for s in self.planned if s.date not in came]
        for s in self.attended:
            breaks = _gaps(spans.get((s.date, _key(s.who)), []))
            station = s.station or next((p.station for p in self.planned if _key(p.who) == _key(s.who)), "")
            found += [s._replace(station=station, on=a, off=b) for a, b in _without([(s.on, s.off)], breaks)]
        return tuple(found)

    def absence(self) -> list[tuple[float, float]]:
        """Return by date with plan and attendance the hours planned, and those of them that nobody was there."""
        planned, attended = _spans(self.planned), _spans(self.attended)
        dates = sorted({s.date for s in self.attended} & {s.date for s in self.planned})
        found = []
        for date in dates:
            own = {who: spans for (day, who), spans in planned.items() if day == date}
            missing = [_hours(_without(spans, attended.get((date, who), []))) for who, spans in own.items()]
            found.append((sum(map(_hours, own.values())), sum(missing)))
        return found


class Differences(NamedTuple):
    """How far a roster and what a log shows are apart, on the days that both have.

    Attributes
    ----------
    days, people : int
        Days of the log that the roster covers, and people of the roster who serve in the log.
    never_served, without_shift : int
        People of the roster whom the log does not have, and those of the log whom the roster does not: they are on
        duty as inferred.
    services, outside : int
        Of the roster's people on its days, and those that began outside their shifts.
    rostered_h, idle_h, extra_h : float
        Hours on duty by the roster; those of them in which the log shows them not yet come, gone, or away while
        customers waited; and those of work that it shows outside the shifts.
    """

    days: int
    people: int
    never_served: int
    without_shift: int
    services: int
    outside: int
    rostered_h: float
    idle_h: float
    extra_h: float


def rostered(
    staffing: Staffing, legs: Legs, names: Names, roster: Roster
) -> tuple[Staffing, frozenset[int], Differences | None]:
    """Put a roster that names people in the place of the duty inferred.

    Returns
    -------
    Staffing, frozenset of int, Differences or None
        With the days of the log that the roster covers; as it was, if these are none, or it names nobody.

    Raises
    ------
    LogError
        If nobody of the roster serves in the log.
    """
    if not roster.by:
        return staffing, frozenset(), None
    number = {_key(name): i for i, name in enumerate(names.counters)}
    every = (*roster.planned, *roster.attended)
    everybody = {_key(s.who) for s in every}
    people = {number[who] for who in everybody & number.keys()}
    if not people:
        raise LogError(f"nobody of the roster ({len(everybody)}) serves in the log")
    covered = frozenset(i for i, (date, _) in enumerate(names.days) if date in {s.date for s in every})
    if not covered:
        return staffing, covered, None
    given = _given(staffing, legs, names, roster, number)
    inferred: Spells = {}
    for duty in staffing.duty:
        if duty.day in covered and duty.worker.staff in people:
            inferred.setdefault((duty.day, duty.worker), []).append((duty.on, duty.off))
    kept = [d for d in staffing.duty if d.day not in covered or d.worker.staff not in people]
    new = [Duty(day, worker, on, off, on, off) for (day, worker), spans in given.items() for on, off in spans]
    services = _services(staffing, legs, covered)
    own = [(day, worker, t) for day, worker, t in services if worker.staff in people]
    found = Differences(
        days=len(covered),
        people=len(people),
        never_served=len(everybody - number.keys()),
        without_shift=len({worker.staff for _, worker, _ in services} - people),
        services=len(own),
        outside=sum(not any(on <= t < off for on, off in given.get((day, worker), ())) for day, worker, t in own),
        rostered_h=sum(map(_hours, given.values())),
        idle_h=sum(_hours(_without(spans, inferred.get(key, []))) for key, spans in given.items()),
        extra_h=sum(_hours(_without(spans, given.get(key, []))) for key, spans in inferred.items()),
    )
    return replace(staffing, duty=tuple(sorted([*kept, *new]))), covered, found


def _given(staffing: Staffing, legs: Legs, names: Names, roster: Roster, number: dict[str, int]) -> Spells:
    """Return the roster's duty of those who serve in the log, on its days."""
    day_of = {date: i for i, (date, _) in enumerate(names.days) if date}
    workers = {(w.staff, w.station): w for w in staffing.workers if w.staff != NAMELESS}
    found: Spells = {}
    for s in sorted(roster.duty):
        if s.date in day_of and _key(s.who) in number:
            worker = _worker(s, number[_key(s.who)], legs, names, workers)
            if worker is not None:
                found.setdefault((day_of[s.date], worker), []).append((s.on, s.off))
    return found


def _services(staffing: Staffing, legs: Legs, days: frozenset[int]) -> list[tuple[int, Worker, int]]:
    """Return day, worker and beginning of the services of some days whose server is known by name."""
    served = np.isin(legs.outcome, SERVED) & np.isin(legs.day, list(days)) & (legs.counter >= 0)
    at = np.flatnonzero(served).tolist()
    return [(int(legs.day[i]), staffing.workers[int(staffing.worker[i])], int(legs.begin[i])) for i in at]


def _worker(
    shift: Stretch, person: int, legs: Legs, names: Names, workers: dict[tuple[int, int], Worker]
) -> Worker | None:
    """Return who works a shift: at its station, or where he served most; None if he did not serve there."""
    if shift.station in names.stations:
        return workers.get((person, names.stations.index(shift.station)))
    served = legs.station[legs.counter == person]
    return workers.get((person, int(np.bincount(served).argmax()))) if len(served) else None


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _spans(shifts: Iterable[Stretch]) -> dict[tuple[str, str], list[Span]]:
    """Return the stretches of each date and person, in order."""
    found: dict[tuple[str, str], list[Span]] = {}
    for s in sorted(shifts, key=lambda s: (s.on, s.off)):
        found.setdefault((s.date, _key(s.who)), []).append((s.on, s.off))
    return found


def _gaps(spans: Sequence[Span]) -> list[Span]:
    return [(a, b) for (_, a), (b, _) in itertools.pairwise(spans) if a < b]


def _without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return what is left of some spans without others.

    >>> _without([(0, 10)], [(2, 3), (8, 20)])
    [(0, 2), (3, 8)]
    """
    left = list(spans)
    for a, b in others:
        left = [part for on, off in left for part in ((on, min(off, a)), (max(on, b), off)) if part[0] < part[1]]
    return left


def _hours(spans: Iterable[Span]) -> float:
    return sum(off - on for on, off in spans) / US_PER_HOUR
