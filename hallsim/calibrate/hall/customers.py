"""Customers of a hall: which classes and transactions there are, how many of each, where they go, who is called first.

In: a `Sample`. Out: `Customers`. Names of the log become names that a scenario can have, and stay as labels. A class is
called before another if calls for which both were waiting, and its ticket was the younger, mostly went to it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.figure import Interval, share
from hallsim.calibrate.hall.sample import Sample
from hallsim.scenario.kinds import RESERVED

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOSTLY = 0.6
"""A class goes before another if its younger ticket surely (Wilson's interval) is called more often than this."""
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Customers:
    """Who comes to a hall, counted at first legs; numbers are those of the sample's names.

    Attributes
    ----------
    classes, transactions, stations : tuple of str
        Names for the scenario.
    mix : dict
        (class, transaction) -> customers.
    entry : dict
        Class -> station -> customers who go there first.
    onward : dict
        Station -> next station (-1: they leave) -> customers served there.
    follow_ons : dict
        Transaction -> next one of the same service (-1: none) -> how often.
    untold : int
        The number of the transaction of those of whom none is known; -1: there are none.
    ranks : tuple of int
        Of each class; 0 is called first.
    overtaken : tuple of (winner, loser, share, calls)
        What the ranks were read off.
    """

    classes: tuple[str, ...]
    transactions: tuple[str, ...]
    stations: tuple[str, ...]
    mix: dict[tuple[int, int], int]
    entry: dict[int, dict[int, int]]
    onward: dict[int, dict[int, int]]
    follow_ons: dict[int, dict[int, int]]
    untold: int
    ranks: tuple[int, ...]
    overtaken: tuple[tuple[int, int, Interval, int], ...]

    @property
    def n(self) -> int:
        """All customers."""
        return sum(self.mix.values())

    def share_of_class(self, which: int) -> Interval:
        """Return the part of the customers that are of a class."""
        return share(sum(n for (c, _), n in self.mix.items() if c == which), self.n)

    @property
    def every_transaction(self) -> tuple[int, ...]:
        """Transactions that customers come for, or go on with."""
        later = {t for nexts in self.follow_ons.values() for t in nexts if t >= 0}
        return tuple(sorted(later | self.first_transactions.keys()))

    @property
    def told(self) -> dict[tuple[int, int], int]:
        """The mix of those whose transaction is known."""
        return {key: n for key, n in self.mix.items() if key[1] != self.untold}

    @property
    def first_transactions(self) -> dict[int, int]:
        """Customers by the transaction that they come for, as far as it is known."""
        found: dict[int, int] = {}
        for (_, t), n in sorted(self.told.items(), key=lambda item: item[0][1]):
            found[t] = found.get(t, 0) + n
        return found

    def share_of_transaction(self, which: int) -> Interval:
        """Return the part of the customers that come for a transaction, of those of whom it is known."""
        return share(self.first_transactions.get(which, 0), sum(self.told.values()))


def read_customers(sample: Sample, days: Sequence[int] | None = None) -> Customers:
    """Read who comes to a hall, counted on some of its days (None: all)."""
    legs, names = sample.legs, sample.names
    first = sample.first_legs
    if days is not None:
        first = first[np.isin(legs.day[first], days)]
    mix: dict[tuple[int, int], int] = {}
    entry: dict[int, dict[int, int]] = {}
    for c, t, s in zip(
        legs.ticket_class[first].tolist(), legs.transaction[first].tolist(), legs.station[first].tolist(), strict=True
    ):
        mix[c, t] = mix.get((c, t), 0) + 1
        own = entry.setdefault(c, {})
        own[s] = own.get(s, 0) + 1
    ranks, overtaken = _ranks(sample)
    classes = scenario_names(names.ticket_classes)
    transactions = scenario_names(names.transactions, taken=set(classes))
    return Customers(
        classes=classes,
        transactions=transactions,
        stations=scenario_names(names.stations, taken={*classes, *transactions}),
        mix=mix,
        entry=entry,
        onward=_onward(sample),
        follow_ons=sample.parts.follow_ons(),
        untold=names.untold,
        ranks=ranks,
        overtaken=overtaken,
    )


def scenario_names(names: Sequence[str], taken: Collection[str] = ()) -> tuple[str, ...]:
    """Return names that a scenario can have, all different.

    >>> scenario_names(("Scan Room 1", "rest"))
    ('Scan_Room_1', 'rest_')
    """
    used = {*RESERVED, *taken}
    found = []
    for name in names:
        key = re.sub(r"[^\w-]+", "_", name).strip("_-")[:LONGEST_NAME] or "unnamed"
        while key in used:
            key += "_"
        used.add(key)
        found.append(key)
    return tuple(found)


def _onward(sample: Sample) -> dict[int, dict[int, int]]:
    """Return where customers go who were served, by station."""
    legs = sample.legs
    order = np.lexsort((legs.ticket, legs.step, legs.visit, legs.day))
    day, visit, station = legs.day[order], legs.visit[order], legs.station[order]
    follows = np.append((day[1:] == day[:-1]) & (visit[1:] == visit[:-1]), False)
    to = np.where(follows, np.append(station[1:], -1), -1)
    found: dict[int, dict[int, int]] = {}
    for a, b in zip(station[sample.served[order]].tolist(), to[sample.served[order]].tolist(), strict=True):
        own = found.setdefault(a, {})
        own[b] = own.get(b, 0) + 1
    return found


def _ranks(sample: Sample) -> tuple[tuple[int, ...], tuple[tuple[int, int, Interval, int], ...]]:
    """Return the rank of each class, and how often a younger ticket of one went before an older one of another."""
    n = len(sample.names.ticket_classes)
    called, passed = _younger_first(sample)
    first = np.zeros((n, n), dtype=bool)
    told = []
    for a in range(n):
        for b in range(n):
            calls = called[a, b] + passed[a, b]
            part = share(int(called[a, b]), int(calls))
            if calls and part.low > MOSTLY:
                first[a, b] = True
                told.append((a, b, part, int(calls)))
    beaten_by = np.array([_depth(b, first, frozenset()) for b in range(n)])
    levels = {level: i for i, level in enumerate(sorted(set(beaten_by.tolist())))}
    return tuple(levels[x] for x in beaten_by.tolist()), tuple(told)


def _depth(which: int, first: Bools, above: frozenset[int]) -> int:
    """Return how many classes in a row go before one."""
    before = [a for a in np.flatnonzero(first[:, which]).tolist() if a not in above]
    return 1 + max(_depth(a, first, above | {which}) for a in before) if before else 0


def _younger_first(sample: Sample) -> tuple[I64, I64]:
    """Return by pair of classes how often the younger head of the one was called though the other's was older.

    And how often not. Looked at are the calls at a station for which both were waiting, whom the caller serves.
    """
    legs, left, kind, served = sample.legs, sample.left, sample.log.kind, sample.served
    n = len(sample.names.ticket_classes)
    called, passed = np.zeros((n, n), dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    if n == 1:
        return called, passed
    able = np.array([[k in sample.log.skills_of(w) for k in sample.log.kinds] for w in sample.log.staffing.workers])
    for day in range(len(sample.names.days)):
        today = np.arange(*np.searchsorted(legs.day, [day, day + 1]))
        for leg in today[served[today]].tolist():
            t = left[leg]
            waiting = today[((legs.ticket[today] < t) & (left[today] > t)) | (today == leg)]
            waiting = waiting[legs.station[waiting] == legs.station[leg]]
            if sample.named:
                waiting = waiting[able[sample.log.staffing.worker[leg], kind[waiting]]]
            own = int(legs.ticket_class[leg])
            for other in np.unique(legs.ticket_class[waiting]).tolist():
                if other == own:
                    continue
                head = int(legs.ticket[waiting[legs.ticket_class[waiting] == other]].min())
                mine = int(legs.ticket[waiting[legs.ticket_class[waiting] == own]].min())
                if mine > head:
                    called[own, other] += 1
                elif mine < head:
                    passed[other, own] += 1
    return called, passed
