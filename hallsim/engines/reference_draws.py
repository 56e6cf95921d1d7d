"""Who comes to the readable engine, and when: every source drawn to its end, then merged by arrival.

In: `Compiled`, seed and replication. Out: `Customer`s in order of arrival. The twin of `predraw.py`, which
draws a block of customers at a time; a draw does not depend on when it is made (semantics 3, 16, 19).
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim import draws
from hallsim.compiled import LONGEST, NEVER, NO_PLACE, SOURCE_POISSON, SOURCE_TABLE, Compiled
from hallsim.errors import EngineError
from hallsim.parts.distributions.dispatch import variates

if TYPE_CHECKING:
    import simpy


@dataclass(slots=True, eq=False)
class Overlay:
    """What happens to a customer while he keeps his place in line: a preparation or a trial, by whom and until when.

    `result` is what it comes to; `over` that it has come to it, or has been broken off (`broken`). `counter` is the
    server that waits for it, since `called`. Without a helper: the customer has been called without one. `tried` is
    what a stay at a terminal has come to, `sale` that one has still to be served, `back` that he may be prepared yet.
    """

    step: int
    of: int = -1  # row of the table of overlays
    helper: Any = None
    began: int = 0
    ends: int = 0
    result: int = 0
    over: bool = False
    broken: bool = False
    counter: Any = None
    called: int = 0
    tried: int = 0
    sale: bool = False
    back: bool = False


@dataclass(slots=True, eq=False)
class Customer:
    """One visit, from the door to leaving."""

    number: int
    key: np.uint64
    type: int
    source: int
    arrive: int
    listed: int  # his row in the tables of all sources, -1: drawn
    step: int = 0
    line: int = -1
    join: int = 0
    call: int = -1
    server: int = -1
    ahead: int = 0
    sequence: int = 0
    place: int = NO_PLACE  # where he stands in his line; -1: interrupted, before everybody
    waiting: bool = False
    deadline: int = NEVER  # when he gives up, if he still waits
    left: int = -1
    transfer: tuple[int, int] = (-1, -1)  # order of joining that his ticket keeps, and in which step
    skipped: tuple[int, int] = (-1, -1)  # where he was last called in vain, and how often he had joined there
    told: float = 1.0  # what he makes of the last quote: a factor of his patience
    followed: int = 0  # transactions that others have followed in this visit
    prepared: int = 0  # what a preparation came to that this step was about, and a stay at a terminal
    slot: Overlay | None = None  # what happens, or has happened, in the present line
    stays: dict[int, int] = field(default_factory=dict)
    refusals: dict[int, int] = field(default_factory=dict)

    def earlier_comings(self, station: int) -> int:
        """Return how often he has come to a station before, joined or not: the k of what he draws on coming."""
        return self.stays.get(station, 0) + self.refusals.get(station, 0)


class Draws:
    """A hall's clock, and what it draws (semantics 1, 3)."""

    c: Compiled
    env: simpy.Environment

    @property
    def now(self) -> int:
        """Return the time of the day, in microseconds."""
        return int(self.env.now)

    def uniform(self, customer: Customer, purpose: np.uint64, k: int) -> float:
        """Return the uniform of a customer and a purpose."""
        keys = np.array([customer.key], dtype=np.uint64)
        return float(draws.uniforms(keys, np.uint64(purpose), np.uint64(k))[0])

    def duration(self, law: int, key: np.uint64, purpose: np.uint64, k: int) -> float:
        """Draw a duration in microseconds, not yet rounded."""
        keys, one = np.array([key], dtype=np.uint64), np.zeros(1, dtype=np.int64)
        which = np.array([law], dtype=np.int64)
        return float(variates(self.c.laws, which, one, keys, np.uint64(purpose), np.uint64(k))[0])

    def stated(self, customer: Customer, column: Any, station: int) -> int:
        """Return what a table says of a customer's first stay at a station, -1 if nothing (semantics 19)."""
        first = customer.listed >= 0 and customer.stays[station] == 1
        return int(column[customer.listed]) if first else -1

    def usual_work(self, customer: Customer, station: int, work: int) -> float:
        """Return how long a customer is served, stated or drawn by the law of a work, in microseconds."""
        c = self.c
        stated = self.stated(customer, c.table_service, station)
        if stated >= 0:
            return float(stated)
        law, k = int(c.service_law[work * c.n_types + customer.type]), customer.stays[station] - 1
        return self.all_work(customer, station, work, law, k)

    def all_work(self, customer: Customer, station: int, work: int, law: int, k: int) -> float:
        """Draw how long all transactions of a customer take, those beyond the first by keys of their own (26)."""
        c, purpose = self.c, self.c.station_service_key[station]
        first = self.duration(law, customer.key, purpose, k)
        further = 0.0
        for j in range(1, int(c.further[work * c.n_types + customer.type]) + 1):
            further += self.duration(law, np.uint64(draws.customer_key(customer.key, np.uint64(j))), purpose, k)
        return first + further


def check_duration(x: float, t: int) -> None:
    """Raise EngineError if x microseconds, drawn at time t, are no possible duration."""
    if not 0.0 <= x < LONGEST:
        raise EngineError(f"a law gave the duration {x}", time=t, rule="16")


def to_ticks(x: float, resolution: int, t: int) -> int:
    """Round microseconds, drawn at time t, to the nearest tick, halves up."""
    check_duration(x, t)
    if resolution == 1:
        return math.floor(x + 0.5)
    return math.floor(x / resolution + 0.5) * resolution


def coming_customers(c: Compiled, seed: np.uint64, replication: np.uint64) -> list[Customer]:
    """Draw everybody who will come today, in order of arrival."""
    coming: list[tuple[int, int, int, np.uint64, int, int]] = []
    for s in range(c.source_kind.size):
        times = _members(c, s, _times(c, s, seed, replication), seed, replication)
        keys = draws.keys_of(seed, replication, c.source_hash[s], len(times))
        if c.source_kind[s] == SOURCE_TABLE:
            stated = c.table_key[int(c.source_first[s]) : int(c.source_first[s]) + len(times)]
            keys = np.where(stated != 0, stated, keys)
        if c.source_booked_first[s] >= 0:
            times = _booked(c, s, times, keys)
        mix = c.source_mix[s * c.n_types : (s + 1) * c.n_types].tolist()
        for i, u in enumerate(draws.uniforms(keys, draws.PURPOSE_TYPE, np.uint64(0)).tolist()):
            kind = bisect.bisect_right(mix, u)
            listed = int(c.source_first[s]) + i if c.source_kind[s] == SOURCE_TABLE else -1
            if listed >= 0 and c.table_type[listed] >= 0:
                kind = int(c.table_type[listed])
            if times[i] >= 0:
                coming.append((times[i], s, i, keys[i], kind, listed))
    coming.sort(key=lambda who: who[:3])
    coming = _at_their_stages(c, coming)
    return [Customer(n, key, kind, s, t, listed) for n, (t, s, _, key, kind, listed) in enumerate(coming)]


def _at_their_stages(
    c: Compiled, coming: list[tuple[int, int, int, np.uint64, int, int]]
) -> list[tuple[int, int, int, np.uint64, int, int]]:
    """Let customers be of the stage that each one's person is at (semantics 56); tables say it of who comes again."""
    persons, cum, returning = c.persons, c.persons.cum.tolist(), c.source_kind.size - 1
    if not cum:
        return coming
    luck = draws.uniforms(np.array([who[3] for who in coming], dtype=np.uint64), draws.PURPOSE_PERSON, np.uint64(0))
    found = []
    for (t, s, i, key, kind, listed), u in zip(coming, luck.tolist(), strict=True):
        if s != returning:
            person = bisect.bisect_right(cum, u, int(persons.first[kind]), int(persons.beyond[kind]))
            kind += int(persons.offset[person])
        found.append((t, s, i, key, kind, listed))
    return found


def _times(c: Compiled, s: int, seed: np.uint64, replication: np.uint64) -> list[int]:
    """Draw every arrival time of a source (semantics 16: exact inversion, no thinning)."""
    first, count = int(c.source_first[s]), int(c.source_count[s])
    if c.source_kind[s] == SOURCE_TABLE:
        return [int(t) for t in c.table_time[first : first + count]]
    factors = _factors(c, s, seed, replication)
    n = 256
    while True:  # draw more and more gaps until the last one falls past the end
        keys = draws.keys_of(seed, replication, c.source_hash[s], n)
        if c.source_kind[s] == SOURCE_POISSON:
            times, enough = _poisson_times(c, s, keys, factors)
        else:
            times, enough = _renewal_times(c, s, keys)
        if enough:
            return times
        n *= 4


def _booked(c: Compiled, s: int, times: list[int], keys: Any) -> list[int]:
    """Return when each customer with an appointment comes, -1 for who does not (semantics 22)."""
    shows = draws.uniforms(keys, draws.PURPOSE_SHOW, np.uint64(0)) < c.source_show[s]
    off = []
    for law, purpose in ((c.source_late[s], draws.PURPOSE_LATE), (c.source_early[s], draws.PURPOSE_EARLY)):
        drawn = np.zeros(len(keys))
        if law >= 0:
            same = np.zeros(len(keys), dtype=np.int64)
            drawn = variates(c.laws, np.array([law]), same, keys, purpose, np.uint64(0))
        off.append(drawn.tolist())
    found = []
    for t, comes, late, early in zip(times, shows.tolist(), *off, strict=True):
        moved = t + to_ticks(late, c.resolution, 0) - to_ticks(early, c.resolution, 0)
        found.append(max(moved, int(c.source_opens[s])) if comes else -1)
    return found


def _members(c: Compiled, s: int, times: list[int], seed: np.uint64, replication: np.uint64) -> list[int]:
    """Return the arrival time of every customer of a source whose groups come at these times (semantics 20)."""
    first, count = int(c.source_group_first[s]), int(c.source_group_count[s])
    if count == 0:
        return times
    cum, sizes = (x[first : first + count].tolist() for x in (c.group_cum, c.group_size))
    keys = draws.keys_of(seed, replication, c.source_hash[s], len(times))
    luck = draws.uniforms(keys, draws.PURPOSE_GROUP, np.uint64(0)).tolist()
    return [t for t, u in zip(times, luck, strict=True) for _ in range(sizes[bisect.bisect_right(cum, u)])]


def _factors(c: Compiled, s: int, seed: np.uint64, replication: np.uint64) -> list[float]:
    """Draw the factor on the rate of each piece of a source (semantics 24)."""
    first, count = int(c.source_first[s]), int(c.source_count[s])
    key = draws.keys_of(seed, replication, c.source_varies_with[s], 1)

    def drawn(law: int, purpose: np.uint64, k: int) -> float:
        if law < 0:
            return 1.0
        return float(variates(c.laws, np.array([law]), np.zeros(1, dtype=np.int64), key, purpose, np.uint64(k))[0])

    of_day = drawn(int(c.source_day_law[s]), draws.PURPOSE_DAY_FACTOR, 0)
    of_hour = [
        drawn(int(c.source_hour_law[s]), draws.PURPOSE_HOUR_FACTOR, k)
        for k in c.piece_hour[first : first + count].tolist()
    ]
    return [of_day * factor for factor in of_hour]


def _poisson_times(c: Compiled, s: int, keys: Any, factors: list[float]) -> tuple[list[int], bool]:
    first = piece = int(c.source_first[s])
    beyond = piece + int(c.source_count[s])
    rates = [float(c.piece_rate[first + i]) * factor for i, factor in enumerate(factors)]
    mass = before = 0.0
    times: list[int] = []
    unit = draws.exponentials(draws.uniforms(keys, draws.PURPOSE_GAP, np.uint64(0))).tolist()
    for gap in unit:
        mass += gap
        while piece < beyond:
            after = before + rates[piece - first] * int(c.piece_end[piece] - c.piece_start[piece])
            if mass < after:
                break
            before = after
            piece += 1
        if piece == beyond:
            return times, True
        offset = (mass - before) / rates[piece - first]
        # who waits before the doors comes in when they open (semantics 24)
        times.append(to_ticks(max(int(c.piece_start[piece]) + offset, int(c.source_opens[s])), c.resolution, 0))
    return times, False


def _renewal_times(c: Compiled, s: int, keys: Any) -> tuple[list[int], bool]:
    law = np.array([c.source_law[s]])
    gaps = variates(c.laws, law, np.zeros(len(keys), dtype=np.int64), keys, draws.PURPOSE_GAP, np.uint64(0))
    start, span = int(c.source_start[s]), int(c.source_end[s] - c.source_start[s])
    elapsed = 0.0  # unrounded, or many short gaps would add up their rounding
    times: list[int] = []
    for gap in gaps.tolist():
        check_duration(gap, 0)
        elapsed += gap
        if elapsed >= span:
            return times, True
        times.append(to_ticks(start + elapsed, c.resolution, 0))
    return times, False
