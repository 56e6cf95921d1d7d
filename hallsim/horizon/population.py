"""Persons whose visits the customers are, and what is known of them from day to day (semantics 56), written once.

In: what the visits of a day were, and their rows. Out: the stage of every person on the next day: his habit of
electronic channels, and whether offers are held back from him.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import F64, I64, U64, i64
from hallsim.compiled import ROW_CUSTOMER, ROW_WHAT, STEP_HELD_BACK, Compiled
from hallsim.engines.persons import person_of
from hallsim.horizon.law import STATS
from hallsim.jit import njit
from hallsim.model import Model, Persons

LONG_AGO = -(1 << 40)
"""A day before every other."""
_OFFERS, _HELD_BACK, _PERSONS, _WITH_HABIT, _CAPPED = (
    STATS.index(name) for name in ("offers", "held_back", "persons", "with_habit", "capped")
)
_CUSTOMER, _WHAT, _STEP_HELD_BACK = ROW_CUSTOMER, ROW_WHAT, STEP_HELD_BACK


class Population(NamedTuple):
    """The persons of a hall; none where customers are not drawn from persons.

    first, beyond : int64[type], the persons of the type's segment
    cum : float64[person]
    asks : int64[line + 1], 1 for lines of stations that make offers; the last stands for none
    """

    said: Persons
    first: I64
    beyond: I64
    cum: F64
    asks: I64


def population_of(model: Model, compiled: Compiled) -> Population:
    """Return the persons of a model."""
    offers = [station.role == "offer" for station in model.stations]
    asks = [offers[station] for station in compiled.line_station.tolist()]
    c = compiled.persons
    return Population(model.persons or Persons((), len(model.types)), c.first, c.beyond, c.cum, i64([*asks, 0]))


class Memory:
    """What is known of every person of one horizon.

    Attributes
    ----------
    level : int64[person]
        His habit on the day of the last electronic transaction.
    last : int64[person]
        That day, of the calendar.
    asked : int64[person, offers]
        The days of the last offers made to him, rising; as many as count.
    """

    def __init__(self, population: Population) -> None:
        self.of, n = population, len(population.cum)
        self.level = np.zeros(n, dtype=np.int64)
        self.last = np.zeros(n, dtype=np.int64)
        self.asked = np.full((n, population.said.offers), LONG_AGO, dtype=np.int64)
        self._begun = np.zeros((2, n), dtype=np.int64)

    def habit(self, day: int) -> I64:
        """Return everybody's habit on a day, int64[person]."""
        fades = self.of.said.fades
        return np.maximum(self.level - (day - self.last) // fades, 0) if fades else self.level

    def stages(self, day: int) -> I64:
        """Return everybody's stage as a day begins, int64[person]."""
        said, habit = self.of.said, self.habit(day)
        capped = self.asked[:, 0] > day - said.within if said.within else np.zeros(len(habit), dtype=np.bool_)
        self._begun[0], self._begun[1] = habit, capped
        return i64(habit + (said.levels + 1) * capped)

    def persons_of(self, first: U64, types: I64) -> U64:
        """Return whose visits those are with these keys of first visits, as these plain types, uint64[n]."""
        return self._whose(first, types).astype(np.uint64)

    def of_persons(self, table: I64, first: U64, types: I64) -> I64:
        """Return the entries of a table by person for some visits; 0 where customers are not drawn from persons."""
        if not len(table):
            return np.zeros(len(first), dtype=np.int64)
        return i64(table[self._whose(first, types)])

    def add(self, day: int, visits: NDArray[np.void], rows: I64, n_rows: int, account: I64) -> None:
        """Take in what a day has brought, and account for it."""
        of = self.of
        if not len(of.cum):
            return
        account[_PERSONS] = len(of.cum)
        account[_WITH_HABIT], account[_CAPPED] = (self._begun > 0).sum(axis=1)
        who = self._whose(visits["first"], visits["type"])
        if of.said.levels:
            gained = np.bincount(who, weights=visits["electronic"], minlength=len(of.cum)).astype(np.int64)
            more = gained > 0
            self.level[more] = np.minimum(self.habit(day)[more] + gained[more], of.said.levels)
            self.last[more] = day
        _note_offers(rows, n_rows, who, day, of.asks, self.asked, account)

    def _whose(self, first: U64, types: I64) -> I64:
        return i64(_persons_of(first, i64(types), self.of.first, self.of.beyond, self.of.cum))


@njit
def _persons_of(first_visits, types, first, beyond, cum):  # type: ignore[no-untyped-def]
    """Return whose visits those are with these keys of first visits, int64[n]."""
    found = np.empty(first_visits.size, dtype=np.int64)
    for i in range(first_visits.size):
        found[i] = person_of(first_visits[i], first[types[i]], beyond[types[i]], cum)
    return found


@njit
def _note_offers(rows, n_rows, who, day, asks, asked, account):  # type: ignore[no-untyped-def]
    """Count the offers of a day, and note when those who were made one were: `asked` is int64[person, offers]."""
    most = asked.shape[1]
    for i in range(n_rows):
        line = min(rows[i, _WHAT] & 0xFFFF, asks.size - 1)
        if asks[line]:
            if (rows[i, _WHAT] >> 32) & 0xFF == _STEP_HELD_BACK:
                account[_HELD_BACK] += 1
            else:
                account[_OFFERS] += 1
                person = who[rows[i, _CUSTOMER]]
                for j in range(most - 1):
                    asked[person, j] = asked[person, j + 1]
                if most:
                    asked[person, most - 1] = day
