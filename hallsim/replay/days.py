"""The days of a log as work: who waits where, what each leg takes, who is on duty when.

In: `Legs` and how they are to be re-enacted. Out: one `LoggedDay` per day, whose customers are numbered as the
engines will number them, and the `Queue`s that all days share.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.model import US_PER_MINUTE
from hallsim.replay.legs import SERVED, Legs
from hallsim.replay.recipe import OPEN, Waiting, work_of

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

NO_PLACE = -1


class Queue(NamedTuple):
    """Where legs wait: a station (number in `Names`) and one of its counters, or -1 for all of them.

    `by_counter` says whether the log names any counter there; if not, their number is found.
    """

    station: int
    counter: int
    by_counter: bool


class Duty(NamedTuple):
    """A server's stretch of duty [on, off) in a queue; off is OPEN if he stays until the day is over."""

    queue: int
    server: int
    on: int
    off: int


class LoggedDay(NamedTuple):
    """One day, by customer; int64[n] each, times in microseconds.

    `join` is when a customer comes in the re-enactment, `server` who served him in the log (within the queue),
    `service` how long, `occupied` until the server was free for the next; who gave up has the `patience` shown,
    and the median of the others' work as `occupied`. `place` is NO_PLACE or where he stands.
    """

    legs: Legs
    queue: I64
    join: I64
    server: I64
    service: I64
    occupied: I64
    patience: I64
    place: I64
    duty: list[Duty]
    close: int


class Enactment(NamedTuple):
    """All days, and what they have in common; `n_servers` by queue."""

    queues: tuple[Queue, ...]
    n_servers: tuple[int, ...]
    days: tuple[LoggedDay, ...]
    cut: int
    forgotten: int


def enact(
    legs: Legs, n_days: int, lines: str, order: str, longest_service: int, turn_around: int, tick: int
) -> Enactment:
    """Apply the recipe to every day.

    Parameters
    ----------
    legs : in the order of their days
    n_days : int
    lines, order, longest_service, turn_around : as in `Settings`, `lines` decided
    tick : int
        Resolution of the model in microseconds.
    """
    queues, queue = _queues(legs, lines)
    bounds = np.searchsorted(legs.day, np.arange(n_days + 1))
    recipe = _Recipe(queues, order, longest_service, turn_around, tick)
    days = [recipe.day(legs.where(np.arange(a, b)), queue[a:b]) for a, b in pairwise(bounds)]
    n_servers = tuple(max(n, 1) for n in recipe.n_servers)
    whole = tuple(_staffed(day, queues, n_servers, tick) for day in days)
    return Enactment(queues, n_servers, whole, recipe.cut, recipe.forgotten)


def _queues(legs: Legs, lines: str) -> tuple[tuple[Queue, ...], I64]:
    """Return the queues and which one each leg waits in."""
    if lines == "counter":
        pairs = np.stack([legs.station, legs.counter], axis=1)
        found, queue = np.unique(pairs, axis=0, return_inverse=True)
        return tuple(Queue(int(s), int(c), True) for s, c in found), queue.reshape(-1)
    stations, queue = np.unique(legs.station, return_inverse=True)
    named = np.unique(legs.station[legs.counter >= 0])
    return tuple(Queue(s, -1, s in named) for s in stations.tolist()), queue.reshape(-1)


class _Recipe:
    """Works through the days, counting servers and services shortened."""

    def __init__(
        self, queues: tuple[Queue, ...], order: str, longest_service: int, turn_around: int, tick: int
    ) -> None:
        self.queues, self.order, self.tick = queues, order, tick
        self.longest_service, self.turn_around = longest_service, turn_around
        self.n_servers = [0] * len(queues)
        self.cut = self.forgotten = 0

    def day(self, legs: Legs, queue: I64) -> LoggedDay:
        """Return one day; its closing, and the duty of counters that the log does not tell apart, come later."""
        n = len(legs.row)
        served = np.isin(legs.outcome, SERVED)
        left = np.where(served, legs.begin, legs.end)
        patience = np.where(served, -1, legs.end - legs.ticket)
        service, occupied, server = (np.zeros(n, dtype=np.int64) for _ in range(3))
        by_call = np.lexsort((legs.row, legs.ticket, legs.end, legs.begin))
        call = np.full(n, NO_PLACE, dtype=np.int64)
        call[by_call[served[by_call]]] = np.arange(np.count_nonzero(served))
        place = self._places(legs, call)
        join = legs.ticket.copy()
        duty: list[Duty] = []
        for k in np.unique(queue).tolist():
            here = queue == k
            called = by_call[(here & served)[by_call]]
            if len(called):
                duty += self._work(k, legs, left, called, here, service, occupied, server)
                occupied[here & ~served] = np.sort(occupied[called])[(len(called) - 1) // 2]
            join[here] -= self.tick * _must_be_there(legs.ticket[here], left[here], served[here], call[here])
        last = np.where(place < 0, OPEN, place)
        number = np.lexsort((legs.row, legs.step, legs.visit, legs.first_ticket, last, join))
        return LoggedDay(
            legs.where(number),
            queue=queue[number],
            join=join[number],
            server=server[number],
            service=service[number],
            occupied=occupied[number],
            patience=patience[number],
            place=place[number],
            duty=duty,
            close=0,
        )

    def _places(self, legs: Legs, call: I64) -> I64:
        """Return where customers stand in their lines; lower is called first. `call` numbers the log's calls."""
        if self.order == "observed":
            return call
        place = np.full(len(call), NO_PLACE, dtype=np.int64)
        if self.order == "ticket":
            place[np.lexsort((legs.row, legs.step, legs.visit, legs.first_ticket))] = np.arange(len(call))
        return place

    def _work(
        self,
        k: int,
        legs: Legs,
        left: I64,
        called: I64,
        here: Bools,
        service: I64,
        occupied: I64,
        server: I64,
    ) -> list[Duty]:
        """Fill in what the legs of one queue took, `called` in the order of their calls; return who was on duty."""
        begin, end = legs.begin, legs.end
        if not self.queues[k].by_counter:
            service[called] = np.minimum(end[called] - begin[called], self.longest_service)
            final = called[-1]
            if left[here].max() > begin[final] + service[final]:  # the servers go then, which must come after the call
                service[final] = max(service[final], self.tick)
            occupied[called] = service[called]
            self.cut += int(np.count_nonzero(service[called] < end[called] - begin[called]))
            spans = [(int(begin[i]), int(begin[i] + service[i])) for i in called.tolist()]
            server[called], n = seated(spans)
            self.n_servers[k] = max(self.n_servers[k], n)
            return []
        # at the instant at which somebody gives up he is still there for a server who becomes free (semantics 10)
        gone = np.where(legs.begin < 0, left + 1, left)
        waiting = Waiting(legs.ticket[here], gone[here])
        last_begin = int(begin[called[-1]])
        counters = legs.counter[called]
        nameless = called[counters < 0]
        if len(nameless):  # as many more as it takes to have served those whose counter is not known
            lengths = np.clip(end[nameless] - begin[nameless], 1, self.longest_service)
            seats, _ = seated(list(zip(begin[nameless].tolist(), (begin[nameless] + lengths).tolist(), strict=True)))
            counters[counters < 0] = -1 - seats
        stretches: list[tuple[int, int]] = []
        of_leg = np.zeros(len(begin), dtype=np.int64)
        for counter in np.unique(counters).tolist():
            own = called[counters == counter]
            work = work_of(begin[own], end[own], waiting, self.longest_service, self.turn_around, last_begin, self.tick)
            service[own], occupied[own] = work.service, work.occupied
            on = np.array([a for a, _ in work.duty])
            of_leg[own] = len(stretches) + np.searchsorted(on, begin[own], side="right") - 1
            stretches += work.duty
            self.cut += work.cut
            self.forgotten += work.forgotten
        seats, n = seated(stretches)
        self.n_servers[k] = max(self.n_servers[k], n)
        server[called] = seats[of_leg[called]]
        return [Duty(k, int(seat), *stretch) for seat, stretch in zip(seats, stretches, strict=True)]


def seated(spans: Sequence[tuple[int, int]]) -> tuple[I64, int]:
    """Give half-open spans the lowest free number each, so that no two of one number overlap.

    Returns
    -------
    int64[n_spans], int
        Numbers, and how many there are: the largest number of spans that overlap. Spans of no length get 0.
    """
    seats = np.zeros(len(spans), dtype=np.int64)
    taken: list[tuple[int, int]] = []
    free: list[int] = []
    n = 0
    for i in sorted(range(len(spans)), key=lambda i: spans[i]):
        begin, end = spans[i]
        if begin == end:
            continue
        while taken and taken[0][0] <= begin:
            heapq.heappush(free, heapq.heappop(taken)[1])
        if not free:
            heapq.heappush(free, n)
            n += 1
        seats[i] = heapq.heappop(free)
        heapq.heappush(taken, (end, int(seats[i])))
    return seats, n


def _must_be_there(ticket: I64, left: I64, served: Bools, call: I64) -> I64:
    """Return 1 for whoever was called on joining, past others who were waiting, else 0; `call` numbers the calls.

    A server who becomes free at that instant picks before anybody comes through the door (semantics 2), and could
    take one of the others only; so this customer has to stand in line a tick earlier, whatever the order of calls.
    """
    found = np.zeros(len(ticket), dtype=np.int64)
    at_once = np.flatnonzero(served & (left == ticket))
    joined, gone = np.sort(ticket), np.sort(left)
    t = ticket[at_once]
    # nobody else was in line at that instant: most are done with here
    some = np.searchsorted(joined, t, side="left") > np.searchsorted(gone, t, side="left")
    for i in at_once[some].tolist():
        others = (ticket < ticket[i]) & ((left > ticket[i]) | ((left == ticket[i]) & ((call > call[i]) | ~served)))
        found[i] = others.any()
    return found


def _duty_of_all(day: LoggedDay, here: Bools, tick: int) -> list[tuple[int, int]]:
    """Return when the servers of a queue without counters are there: away for who still waits after the last service.

    Whoever gives up is in line at that instant, too, so they come back a microsecond after it (semantics 10); a
    service that takes no time is called before they leave.
    """
    served = here & (day.legs.begin >= 0)
    begin = day.legs.begin[served]
    done = int((begin + np.maximum(day.service[served], tick)).max())
    until = int(day.legs.end[here & ~served].max(initial=-1)) + 1
    first = int(begin.min())
    return [(first, done), (until, OPEN)] if until > done else [(first, OPEN)]


def _staffed(day: LoggedDay, queues: tuple[Queue, ...], n_servers: tuple[int, ...], tick: int) -> LoggedDay:
    """Add the duty of counters that the log does not tell apart, and the closing.

    The doors close when everybody has come, to the hall and on duty, and who was nowhere served has given up:
    nobody whom the log does not know as closed out is closed out.
    """
    duty = list(day.duty)
    last = [int(day.join.max()) + tick // 2] if len(day.join) else [-1]  # may be rounded up
    for k in np.unique(day.queue).tolist():
        here = day.queue == k
        begin = day.legs.begin[here & (day.legs.begin >= 0)]
        if not len(begin):
            last.append(int(day.legs.end[here].max()) + tick // 2)
        elif not queues[k].by_counter:
            stretches = _duty_of_all(day, here, tick)
            duty += [Duty(k, server, *stretch) for server in range(n_servers[k]) for stretch in stretches]
    last += [t for d in duty for t in (d.on, d.off) if t != OPEN]
    grain = max(US_PER_MINUTE, tick)
    return day._replace(duty=duty, close=(max(last) // grain + 1) * grain)
