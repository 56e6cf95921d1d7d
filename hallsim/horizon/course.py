"""The course of a horizon: day after day on either engine, and between the days who comes again.

In: kinds of day, compiled, and an engine's way to simulate one of them. Out: what the caller makes of each day. Nothing
here draws but the law (`hallsim.horizon.law`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import I64, U64
from hallsim.compiled import Compiled, Log, compile_days, compile_model
from hallsim.compiling.calendar import Calendar
from hallsim.day_types import kinds_of_horizon
from hallsim.horizon.law import (
    COMING,
    N_STATS,
    VISIT,
    Law,
    draws_as,
    law_of,
    nothing,
    settle,
)
from hallsim.horizon.overnight import FREE, calendar_after, held_until, overnight_servers
from hallsim.horizon.population import Memory, Population, population_of
from hallsim.horizon.profile import Profiles, profiles_of, times_of
from hallsim.model import US_PER_DAY, Model


class Hall(NamedTuple):
    """What all horizons of a hall share."""

    model: Model
    compiled: tuple[Compiled, ...]
    law: Law
    profiles: tuple[Profiles, ...]
    population: Population
    overnight: bool  # whether days begin with people inside


def hall_of(model: Model, compiled: tuple[Compiled, ...]) -> Hall:
    """Return what all horizons of a hall with a horizon share; `compiled` are its kinds of day."""
    days = [model.of_day(i) for i in range(len(model.days))] or [model]
    profiles = tuple(profiles_of(day) for day in days)
    overnight = any(overnight_servers(c).any() for c in compiled)
    return Hall(model, compiled, law_of(model), profiles, population_of(model, compiled[0]), overnight)


class Today(NamedTuple):
    """A day that is to be simulated: its kind, the replication by whose draws it is, and who comes again on it, when.

    times : int64[n], rising
    came : COMING[n], of types at their stages
    offset : int64[person], what the stage of each adds to the type of his visits
    calendar : Calendar, or None where it is the kind's
        On which servers begin whom the day before has kept.
    """

    kind: int
    replication: int
    plain: Compiled
    times: I64
    came: NDArray[np.void]
    offset: I64
    calendar: Calendar | None = None

    @property
    def compiled(self) -> Compiled:
        """The day on which the last source brings those who come again."""
        c, n = self.plain, len(self.times)
        first, nothing_said = int(c.source_first[-1]), np.full(n, -1, dtype=np.int64)

        def behind(column: Any, more: Any) -> Any:
            return np.concatenate([column[:first], more])

        return c._replace(
            table_time=behind(c.table_time, self.times),
            table_type=behind(c.table_type, self.came["type"]),
            table_service=behind(c.table_service, nothing_said),
            table_patience=behind(c.table_patience, nothing_said),
            table_place=behind(c.table_place, nothing_said),
            table_key=behind(c.table_key, self.came["key"]),
            source_count=np.append(c.source_count[:-1], n),
            persons=c.persons._replace(offset=self.offset),
            **({f"change_{name}": x for name, x in self.calendar._asdict().items()} if self.calendar else {}),
        )


class Course:
    """One horizon under way: `begin` a day, simulate it, `end` it.

    Attributes
    ----------
    came : COMING[]
        Who has come again on the present day, in the order of arrival.
    account : int64[N_STATS]
        Of the day that ended last (`hallsim.horizon.law.STATS`).
    visits : VISIT[n]
        Of that day, by customer.
    memory : Memory
        What is known of every person.
    """

    def __init__(self, hall: Hall, seed: int, number: int) -> None:
        self.hall, self.number = hall, number
        self.kinds = kinds_of_horizon(hall.model, seed, [draws_as(number, d) for d in range(hall.law.days)])
        self.came = nothing()
        self.account = np.zeros(N_STATS, dtype=np.int64)
        self.visits = np.zeros(0, dtype=VISIT)
        self.memory = Memory(hall.population)
        self._coming, self._n = nothing(), 0  # everybody who was ever to come on a later day
        self._held = np.full(hall.compiled[0].n_servers, FREE)  # until when servers are the last day's, in its time

    def begin(self, day: int) -> Today:
        """Return a day with those who come again on it; days begin in their order."""
        hall, kind = self.hall, self.kinds[day]
        known = self._coming[: self._n]
        came = known[known["day"] == day]
        times = times_of(came, hall.profiles[kind], hall.model.resolution)
        order = np.lexsort((came["key"], times))
        self.came = came[order]
        offset = self.memory.stages(int(hall.law.calendar[day])) * hall.law.types
        self.came["type"] += self.memory.of_persons(offset, self.came["person"], self.came["type"])
        plain, calendar = hall.compiled[kind], None
        if hall.overnight:
            passed = US_PER_DAY * int(hall.law.calendar[day] - hall.law.calendar[day - 1]) if day else 0
            calendar = calendar_after(plain, self._held - passed)
        return Today(kind, draws_as(self.number, day), plain, times[order], self.came, offset, calendar)

    def end(self, day: int, rows: I64, n_rows: int, keys: U64) -> None:
        """Note who comes again after a day's visits, account for it, and keep the servers of those still inside."""
        if self.hall.overnight:
            self._held = held_until(self.hall.compiled[self.kinds[day]], rows, n_rows)
        if len(self._coming) < self._n + len(keys):
            room = np.zeros(2 * (self._n + len(keys)), dtype=COMING)
            room[: self._n] = self._coming[: self._n]
            self._coming = room
        hall, returning = self.hall, len(self.hall.model.sources) - 1
        into = self._coming[self._n :]
        self.visits = np.zeros(len(keys), dtype=VISIT)
        self._n += settle(rows, n_rows, keys, returning, self.came, day, hall.law, into, self.visits, self.account)
        self.memory.add(int(hall.law.calendar[day]), self.visits, rows, n_rows, self.account)

    def persons(self) -> U64:
        """Return who came on the day that ended last: numbers of persons, or the keys of first visits without any."""
        first = self.visits["first"]
        return self.memory.persons_of(first, self.visits["type"]) if self.hall.model.persons is not None else first


def logs_of(course: Course, seed: int, simulate: Callable[[Today, int], Log]) -> Iterator[Log]:
    """Yield the log of each day of a horizon; `simulate` is of either engine: (day, seed) -> Log."""
    for day in range(course.hall.law.days):
        log = simulate(course.begin(day), seed)
        course.end(day, log.rows, len(log.rows), log.keys)
        yield log._replace(persons=course.persons(), number=day)


def log_of_day(model: Model, seed: int, number: int, simulate: Callable[..., Log], more: Sequence[Any] = ()) -> Log:
    """Return the log of one day, counted through one horizon after the other, which is simulated until then.

    Parameters
    ----------
    model : Model
        With a horizon.
    seed, number : int
    simulate : callable
        Of either engine: (compiled, seed, replication, *more) -> Log.
    """
    hall = hall_of(model, compile_days(model) if model.days else (compile_model(model),))
    horizon, day = divmod(number, hall.law.days)
    days = logs_of(
        Course(hall, seed, horizon), seed, lambda today, s: simulate(today.compiled, s, today.replication, *more)
    )
    return next(islice(days, day, None))
