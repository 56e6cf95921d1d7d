"""The law between days: who comes again after a visit, and on which day (semantics 54), written once.

In: the rows of a day, by whose keys everybody was served, and who of them had been here before. Out: who comes again,
what every visit was, and the day's accounts. What decides are draws of the visit's key, compared with the shares of
the scenario.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim import draws
from hallsim.arrays import F64, I64, cumulative, f64, i64
from hallsim.compiled import (
    ROW_CUSTOMER,
    ROW_WHAT,
    ROW_WHO,
    VISIT_DIVERTED,
    VISIT_ELSEWHERE,
    VISIT_INTERCEPTED,
    VISIT_OUTCOMES,
    VISIT_SERVED,
)
from hallsim.draws import customer_key, uniform
from hallsim.jit import njit
from hallsim.model import ELECTRONIC_KINDS, MOST_DAYS, Model

_N_OUTCOMES = len(VISIT_OUTCOMES)
STATS = (
    "first_visits",  # of those whom nothing brings back from an earlier day
    "return_visits",
    "settled",  # visits after which nobody has to come again, since the need is met here or in a channel
    "settled_first",  # by first visits
    "settle_days",  # days from the first visit to the one that settled it
    "lost",  # needs that nobody comes again for, though they were not met
    "come_again",  # visits after which somebody comes again on another day
    "beyond",  # of those, on a day after the horizon's last
    "sent",  # visits that ended in another channel
    "sent_back",  # and after which somebody comes again
    *(f"after_{outcome}" for outcome in VISIT_OUTCOMES[1:]),  # come again, by how the visit ended
    "electronic",  # visits after which nobody has to come again, since an electronic channel has met the need
    # of those who are drawn from persons (semantics 56):
    *("offers", "held_back"),
    *("persons", "with_habit", "capped"),  # all; those with a habit, and those who are made no offer, as the day begins
)
"""Accounts of a day: of the visits that ended on it."""
N_STATS = len(STATS)

_FIRST, _RETURN, _SETTLED, _SETTLED_FIRST, _SETTLE_DAYS, _LOST, _AGAIN, _BEYOND, _SENT, _SENT_BACK, _AFTER = range(11)
_ELECTRONIC = STATS.index("electronic")
_PURPOSE_AGAIN = np.uint64(draws.name_hash("comes again"))
_PURPOSE_AFTER = np.uint64(draws.name_hash("comes again after"))
_PURPOSE_VISIT = np.uint64(draws.name_hash("visit"))
PURPOSE_TIME = np.uint64(draws.name_hash("time of day"))
_SERVED, _INTERCEPTED, _DIVERTED, _ELSEWHERE = VISIT_SERVED, VISIT_INTERCEPTED, VISIT_DIVERTED, VISIT_ELSEWHERE
_CUSTOMER, _WHAT, _WHO = ROW_CUSTOMER, ROW_WHAT, ROW_WHO
_ZERO = np.uint64(0)

COMING = np.dtype(
    [
        ("day", np.int64),  # of the horizon
        ("type", np.int64),
        ("key", np.uint64),  # of this visit
        ("person", np.uint64),  # the key of his first visit
        ("visit", np.int64),  # how often he has been here before, on other days
        ("since", np.int64),  # day of his first visit
    ]
)
"""Somebody who is going to come on a later day."""

VISIT = np.dtype(
    [
        ("first", np.uint64),  # the key of the first visit for this need
        ("type", np.int64),  # as which he came, without a stage
        ("electronic", np.int64),  # 1 if an electronic channel has met the need
    ]
)
"""What comes of a visit for whose it is."""


class Law(NamedTuple):
    """A horizon's entries as arrays.

    types : int, without stages
    share : float64[outcome, type], who comes again
    after_first : int64[outcome + 1], rows of `after_*`
    after_days : int64
    after_cum : float64
    falls_on : int64[...], by the day of the calendar on which somebody wants to come: the day of the horizon on which
        he does, `days` where that is none
    calendar : int64[days], the day of the calendar of each day of the horizon
    electronic : int64[exit + 1], 1 for ways out to an electronic channel, the first for none
    """

    types: int
    share: F64
    after_first: I64
    after_days: I64
    after_cum: F64
    falls_on: I64
    calendar: I64
    electronic: I64
    days: int
    most: int


def law_of(model: Model) -> Law:
    """Return the law between the days of a model with a horizon."""
    horizon = model.horizon
    assert horizon is not None, "a model without a horizon has single days"
    types = len(model.types) if model.persons is None else model.persons.types
    share = np.zeros((_N_OUTCOMES, types))
    after: list[tuple[tuple[int, float], ...]] = [()] * _N_OUTCOMES
    for name, entry in horizon.returns:
        outcome = VISIT_OUTCOMES.index(name)
        share[outcome] = entry.share
        after[outcome] = entry.after
    calendar = horizon.open_days or tuple(range(horizon.days))
    furthest = max((days for pairs in after for days, _ in pairs), default=0)
    electronic = {channel.name for channel in model.channels if channel.kind in ELECTRONIC_KINDS}
    return Law(
        types=types,
        share=share,
        after_first=i64(np.cumsum([0, *(len(pairs) for pairs in after)])),
        after_days=i64([days for pairs in after for days, _ in pairs]),
        after_cum=f64([x for pairs in after if pairs for x in cumulative(tuple(p for _, p in pairs))]),
        falls_on=i64(np.searchsorted(calendar, np.arange(calendar[-1] + furthest + 1))),
        calendar=i64(calendar),
        electronic=i64([0, *(way_out.channel in electronic for way_out in model.exits)]),
        days=horizon.days,
        most=horizon.most,
    )


def nothing() -> NDArray[np.void]:
    """Return nobody."""
    return np.zeros(0, dtype=COMING)


@njit
def settle(rows, n_rows, keys, returning, came, day, law, into, visits, account):  # type: ignore[no-untyped-def]
    """Note who comes again after the visits of a day.

    Parameters
    ----------
    rows : int64[>= n_rows, ROW_FIELDS]
    n_rows : int
    keys : uint64[n], of today's customers by number
    returning : int
        Number of the source of those who have been here before; they have come in the order of `came`.
    came : COMING[]
    day : int
    law : Law
    into : COMING[>= n], overwritten
        Who comes again, in the order of today's arrival.
    visits : VISIT[n], overwritten
    account : int64[N_STATS], overwritten

    Returns
    -------
    int
        How many come again on a day of the horizon.
    """
    n = keys.size
    ended = np.zeros(n, dtype=np.int64)
    kinds = np.zeros(n, dtype=np.int64)
    account[:] = 0
    for i in range(n_rows):
        if (rows[i, _WHAT] >> 40) & 0xFF:
            ended[rows[i, _CUSTOMER]] = i
        if (rows[i, _WHAT] >> 16) & 0xFFFF == 0:  # the first step
            kinds[rows[i, _CUSTOMER]] = (rows[i, _WHO] >> 24) & 0xFFFF
    known = 0
    coming = 0
    for number in range(n):
        row = rows[ended[number]]
        outcome = (row[_WHAT] >> 40) & 0xFF
        kind, key = kinds[number] % law.types, keys[number]
        person, visit, since = key, np.int64(0), np.int64(day)
        if (row[_WHO] >> 40) & 0xFFFF == returning:
            person, visit, since = came[known].person, came[known].visit, came[known].since
            known += 1
        visits[number].first, visits[number].type, visits[number].electronic = person, kind, 0
        account[_FIRST if visit == 0 else _RETURN] += 1
        sent = outcome == _DIVERTED or outcome == _INTERCEPTED
        account[_SENT] += np.int64(sent)
        share = law.share[outcome, kind]
        if share > 0.0 and visit < law.most and uniform(key, _PURPOSE_AGAIN, _ZERO) < share:
            account[_AGAIN] += 1
            account[_SENT_BACK] += np.int64(sent)
            account[_AFTER + outcome - 1] += 1
            u = uniform(key, _PURPOSE_AFTER, _ZERO)
            i = law.after_first[outcome]
            while u >= law.after_cum[i]:
                i += 1
            due = law.falls_on[law.calendar[day] + law.after_days[i]]
            if due >= law.days:
                account[_BEYOND] += 1
                continue
            into[coming].day = due
            into[coming].type = kind
            into[coming].key = customer_key(person ^ _PURPOSE_VISIT, np.uint64(visit))
            into[coming].person = person
            into[coming].visit = visit + 1
            into[coming].since = since
            coming += 1
        elif sent or outcome == _SERVED or outcome == _ELSEWHERE:
            visits[number].electronic = law.electronic[(row[_WHAT] >> 48) & 0xFF]
            account[_ELECTRONIC] += visits[number].electronic
            account[_SETTLED] += 1
            account[_SETTLED_FIRST] += np.int64(visit == 0)
            account[_SETTLE_DAYS] += law.calendar[day] - law.calendar[since]
        else:
            account[_LOST] += 1
    return coming


def draws_as(horizon: int, day: int) -> int:
    """Return the replication whose draws a day of a horizon has."""
    return horizon * MOST_DAYS + day
