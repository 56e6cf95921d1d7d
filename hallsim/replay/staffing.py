"""Staffing inferred: who worked when, and at what, from who served whom when.

In: the legs of a log that names who served. Out: `Staffing`: skills, stretches of duty of every day, turn-arounds. A
log of calls has no roster; docs/calibration.md says why this one is read off it as it is. In short:

1. A person can do what he was ever seen doing.
2. He is on duty from his first service of a day to the end of his last one.
3. A gap between two of his services in which customers whom he could have served waited for more than `absent_after`
   in all is an absence, a break: he is off duty for the whole gap.
4. A gap that is no absence, and in which such a customer was waiting from beginning to end, is a turn-around: work
   after a service that keeps him from the next. If they were all gone before he called somebody, it lasted at least
   until then, but nobody can tell work from idleness after that. Other gaps tell nothing.

Services without a name each have a server of their own, there for that service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.model import US_PER_HOUR, US_PER_SECOND
from hallsim.replay.days import seated
from hallsim.replay.legs import SERVED, Legs, Names

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Skills = Mapping[str, frozenset[str]]
"""Person -> kinds of customers he serves."""

NAMELESS = -1


class Worker(NamedTuple):
    """Somebody who serves at a station: a person of the log's names.

    Or NAMELESS; `seat` then tells those apart who are there at once, and `kind` (-1 for persons) is all that he can do.
    """

    station: int
    staff: int
    seat: int
    kind: int


class Duty(NamedTuple):
    """A stretch of duty [on, off) of a worker, microseconds.

    He may have been there since `earliest`, and until `latest`: nobody whom he could serve was waiting meanwhile.
    """

    day: int
    worker: Worker
    on: int
    off: int
    earliest: int
    latest: int

    def whole(self, grain: int) -> tuple[int, int]:
        """Return from when to when he may have been there, as far as the full multiples of a grain around it."""
        on = max(self.earliest, self.on // grain * grain)
        return on, min(self.latest, -(-self.off // grain) * grain)


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """How staffing is inferred; times in microseconds.

    Attributes
    ----------
    absent_after : int
        So long in all customers may wait for somebody between two of his services before he counts as absent.
    longest_service : int
        Longer services are cut.
    naive : bool
        Everybody is on duty from his first service of a day to his last, and nothing is a turn-around: what a reader of
        the log assumes who does not look at who was waiting meanwhile. For comparison.
    """

    absent_after: int = 120 * US_PER_SECOND
    longest_service: int = US_PER_HOUR
    naive: bool = False

    def __post_init__(self) -> None:
        if self.absent_after < 0 or self.longest_service <= 0:
            raise UsageError("absent_after is at least 0 and longest_service above 0, in microseconds")


@dataclass(frozen=True, slots=True)
class Staffing:
    """What a log says about who worked.

    Attributes
    ----------
    skills : dict
        Person -> kinds served in this log, all that was ever seen.
    workers : tuple of Worker
        By station, persons before those without a name.
    worker : int64[n_legs]
        Who of them served each leg; -1 for who was not served.
    duty : tuple of Duty
    service : int64[n_legs], microseconds
        Of each leg; at most to the next call of the same person, -1 for who was not served.
    turn_arounds : int64[n], microseconds
        Turn-arounds, or how long they lasted at least.
    turned : bool[n]
        Whether each was over then.
    absences : int
        Gaps that are absences.
    overlapping : int
        Services that began before the one before of the same person had ended; those are cut.
    idle_while_waited_s, on_duty_s : float
        Between first and last services of the day: how long people were not serving while somebody whom they could
        serve was waiting, and how long the day was for them altogether.
    """

    skills: dict[str, frozenset[str]]
    workers: tuple[Worker, ...]
    worker: I64
    duty: tuple[Duty, ...]
    service: I64
    turn_arounds: I64
    turned: Bools
    absences: int
    overlapping: int
    idle_while_waited_s: float
    on_duty_s: float


def kinds_of_legs(legs: Legs, names: Names) -> tuple[I64, tuple[str, ...]]:
    """Return what skills are told apart by: the ticket classes where the log has several, else the transactions.

    Transactions that are known only of who was served cannot have been what a customer was called by.
    """
    if len(names.ticket_classes) > 1 or names.untold >= 0:
        return legs.ticket_class, names.ticket_classes
    return legs.transaction, names.transactions


def infer_staffing(
    legs: Legs, names: Names, rules: StaffingRules | None = None, known: Skills | None = None
) -> Staffing:
    """Infer who worked when and at what.

    Parameters
    ----------
    legs, names : as `legs.read_legs` gives them
    rules : by default absences of more than two minutes
    known : skills to go by, such as those of other months; who is not among them has those seen in this log
    """
    rules = rules or StaffingRules()
    kind, kind_names = kinds_of_legs(legs, names)
    served = np.isin(legs.outcome, SERVED)
    seen = skills_seen(kind[served], legs.counter[served], kind_names, names.counters)
    able = np.array([[k in one for k in kind_names] for one in _skills_of(seen, known, names.counters)], dtype=bool)
    found = _Inference(legs, kind, served, able.reshape(len(names.counters), len(kind_names)), rules)
    for day in range(len(names.days)):
        found.add_day(day)
    workers = sorted({d.worker for d in found.duty}, key=lambda w: (w.station, w.staff == NAMELESS, w))
    number = {worker: i for i, worker in enumerate(workers)}
    return Staffing(
        skills=seen,
        workers=tuple(workers),
        worker=np.array([-1 if w is None else number[w] for w in found.served_by], dtype=np.int64),
        duty=tuple(found.duty),
        service=found.service,
        turn_arounds=np.concatenate([np.zeros(0, dtype=np.int64), *found.turns]),
        turned=np.concatenate([np.zeros(0, dtype=bool), *found.turned]),
        absences=found.absences,
        overlapping=found.overlapping,
        idle_while_waited_s=found.idle / US_PER_SECOND,
        on_duty_s=found.on_duty / US_PER_SECOND,
    )


def skills_seen(
    kind: I64, staff: I64, kind_names: tuple[str, ...], staff_names: tuple[str, ...]
) -> dict[str, frozenset[str]]:
    """Return the kinds that each person has served, by name."""
    return {name: frozenset(kind_names[k] for k in np.unique(kind[staff == i])) for i, name in enumerate(staff_names)}


def _skills_of(seen: Skills, known: Skills | None, staff: tuple[str, ...]) -> list[frozenset[str]]:
    return [(known or {}).get(name) or seen[name] for name in staff]


class _Inference:
    """Works through days, stations and persons."""

    def __init__(self, legs: Legs, kind: I64, served: Bools, able: Bools, rules: StaffingRules) -> None:
        self.legs, self.kind, self.served, self.able, self.rules = legs, kind, served, able, rules
        self.left = np.where(served, legs.begin, legs.end)
        self.service = np.where(served, np.minimum(legs.end - legs.begin, rules.longest_service), -1)
        self.duty: list[Duty] = []
        self.served_by: list[Worker | None] = [None] * len(legs.row)
        self.turns: list[I64] = []
        self.turned: list[Bools] = []
        self.absences = self.overlapping = self.idle = self.on_duty = 0

    def add_day(self, day: int) -> None:
        """Add what everybody did on a day."""
        first, beyond = np.searchsorted(self.legs.day, [day, day + 1])
        today = np.arange(first, beyond)
        for station in np.unique(self.legs.station[today]).tolist():
            here = today[self.legs.station[today] == station]
            called = here[self.served[here]]
            called = called[np.lexsort((self.legs.ticket[called], self.legs.begin[called]))]
            staff = self.legs.counter[called]
            waiting: dict[bytes, _Covered] = {}  # many can do the same
            for person in np.unique(staff[staff >= 0]).tolist():
                able = self.able[person]
                if (key := able.tobytes()) not in waiting:
                    who = here[able[self.kind[here]]]
                    waiting[key] = _Covered(self.legs.ticket[who], self.left[who])
                self._person(day, station, person, called[staff == person], waiting[key])
            self._nameless(day, station, called[staff < 0])

    def _person(self, day: int, station: int, person: int, own: I64, waiting: _Covered) -> None:
        begin = self.legs.begin[own]
        following = np.append(begin[1:], np.iinfo(np.int64).max)
        self.overlapping += int(np.count_nonzero(begin + self.service[own] > following))
        self.service[own] = np.minimum(self.service[own], following - begin)
        done, following = (begin + self.service[own])[:-1], begin[1:]
        waited = waiting.until(following) - waiting.until(done)
        absent = np.zeros(len(done), dtype=bool) if self.rules.naive else waited > self.rules.absent_after
        if not self.rules.naive:
            at_once = (done == following) & (self.legs.ticket[own[1:]] < done)  # the next one had been waiting
            until = waiting.while_waiting(done)
            turns = ~absent & ((until > done) | at_once)
            self.turns.append((np.minimum(until, following) - done)[turns])
            self.turned.append((until >= following)[turns])
        off = int(begin[-1] + self.service[own[-1]])
        self.absences += int(np.count_nonzero(absent))
        self.idle += int(waited.sum())
        self.on_duty += off - int(begin[0])
        worker = Worker(station, person, 0, -1)
        for leg in own.tolist():
            self.served_by[leg] = worker
        on = [int(begin[0]), *following[absent].tolist()]
        gone = [*done[absent].tolist(), off]
        earliest, latest = waiting.nobody_around(on[0], gone[-1])
        for i, (a, b) in enumerate(zip(on, gone, strict=True)):
            b = max(b, a + 1)
            self.duty.append(Duty(day, worker, a, b, a if i else earliest, max(latest, b) if i == len(on) - 1 else b))

    def _nameless(self, day: int, station: int, own: I64) -> None:
        for kind in np.unique(self.kind[own]).tolist():
            legs = own[self.kind[own] == kind]
            spans = [
                (a, a + max(s, 1))
                for a, s in zip(self.legs.begin[legs].tolist(), self.service[legs].tolist(), strict=True)
            ]
            seats, _ = seated(spans)
            for leg, seat, span in zip(legs.tolist(), seats.tolist(), spans, strict=True):
                worker = Worker(station, NAMELESS, seat, kind)
                self.served_by[leg] = worker
                self.duty.append(Duty(day, worker, *span, *span))


class _Covered:
    """When at least one of some customers was waiting, [join, left) each."""

    def __init__(self, join: I64, left: I64) -> None:
        waited = join < left
        join, left = np.sort(join[waited]), np.sort(left[waited])
        # a stretch begins where everybody who had joined before has left
        new = np.append(True, join[1:] > left[:-1])[: len(join)]
        last = np.append(new[1:], True)[: len(join)]
        self.begin, self.end = join[new], left[last]
        self.total = np.append(0, np.cumsum(self.end - self.begin))

    def until(self, t: I64) -> I64:
        """Return how long somebody had been waiting by a time, in all."""
        i = np.searchsorted(self.begin, t, side="right") - 1
        some = i >= 0
        i = np.maximum(i, 0)
        inside = np.minimum(t, self.end[i]) - self.begin[i] if len(self.begin) else np.zeros_like(t)
        return np.asarray(np.where(some, self.total[i] + inside, 0))

    def while_waiting(self, t: I64) -> I64:
        """Return until when somebody waits from each time on without a break; the time itself if nobody does."""
        if not len(self.begin):
            return t
        i = np.searchsorted(self.begin, t, side="right") - 1
        return np.asarray(np.where(i >= 0, np.maximum(t, self.end[np.maximum(i, 0)]), t))

    def nobody_around(self, on: int, off: int) -> tuple[int, int]:
        """Return since when nobody had been waiting before `on`, but for whom it ended, and until when nobody does."""
        before = (
            np.searchsorted(self.begin, on, side="left") - 1
        )  # the stretch that goes on until then, or the last one
        since = 0
        if before >= 0:
            since = int(self.begin[before] if self.end[before] >= on else self.end[before])
        after = np.searchsorted(self.end, off, side="right")
        until = max(int(self.begin[after]), off) if after < len(self.begin) else np.iinfo(np.int64).max
        return min(since, on), int(until)
