"""The legs of a log: which rows are re-enacted, with clean times, and which cannot be.

In: a table of visits (`hallsim.visits.FIELDS`). Out: `Legs`, one entry for each row that joined a line, with
names turned into numbers (`Names`), and how many rows were left out, by reason. Several transactions of one service
(`hallsim.replay.going_on`) are one leg, with the transaction of the first. Nothing is repaired here: a leg
without the times it needs, or with times in no possible order, is an error that names its row.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    STEP_CLOSED_OUT,
    STEP_FAILED,
    STEP_INTERRUPTED,
    STEP_MOVED,
    STEP_NO_SHOW,
    STEP_RENEGED,
    STEP_SERVED,
    STEP_SKIPPED,
    STEP_TRANSFERRED,
)
from hallsim.errors import LogError, UsageError, did_you_mean
from hallsim.model import US_PER_HOUR
from hallsim.replay.going_on import goes_on
from hallsim.visits import clock

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

SERVED = (STEP_SERVED, STEP_FAILED, STEP_INTERRUPTED, STEP_TRANSFERRED)
GAVE_UP = (STEP_RENEGED, STEP_NO_SHOW, STEP_CLOSED_OUT, STEP_MOVED, STEP_SKIPPED)
NEVER_JOINED = "never_joined"
"""Why a row is no leg."""

LATEST = 7 * 24 * US_PER_HOUR
"""A later time is no time of a day, and would not fit into the engines' clocks in the end."""

STAND_INS = {"station": "counter", "segment": "customer", "transaction": "business"}
"""What a log that does not know one of them has: the names that a scenario takes by default."""

MOST_SHOWN = 5


class Legs(NamedTuple):
    """Legs in the order of their days, then of the table; int64[n_legs] each, times in microseconds.

    `row` is the row of the table, from 0; `station`, `counter` and so on count in `Names`, -1: none. `begin` is
    when the counter took the customer, -1 for who gave up; `end` when the step was over; `first_ticket` when the
    first of the visit's legs was drawn; `priority` is -1 where the log does not tell.
    """

    row: I64
    day: I64
    visit: I64
    step: I64
    station: I64
    counter: I64
    ticket_class: I64
    segment: I64
    transaction: I64
    priority: I64
    first_ticket: I64
    ticket: I64
    begin: I64
    end: I64
    outcome: I64

    def where(self, chosen: Bools | I64) -> Legs:
        """Return some of the legs."""
        return Legs(*(column[chosen] for column in self))


class Names(NamedTuple):
    """What the numbers of `Legs` mean. A day is its date ("" where there is none) and its replication or -1.

    `by_staff` says that the log names no counters, and who served stands in their place. `untold` is the number of
    the transaction of those who were not served, where the log tells it of those who were and of nobody else; else -1.
    """

    hall: str
    by_staff: bool
    days: tuple[tuple[str, int], ...]
    stations: tuple[str, ...]
    counters: tuple[str, ...]
    ticket_classes: tuple[str, ...]
    segments: tuple[str, ...]
    transactions: tuple[str, ...]
    untold: int = -1


def read_legs(visits: pd.DataFrame, dates: tuple[str, ...] = ()) -> tuple[Legs, Names, dict[str, int]]:
    """Take the legs out of a table of visits.

    Parameters
    ----------
    visits : the log
    dates : the days wanted, "2024-03-05"; empty: all

    Returns
    -------
    Legs, Names, dict
        And how many rows were left out, by reason.

    Raises
    ------
    LogError
        If there is nothing to re-enact, if the table is of several halls, or for times that cannot be.
    UsageError
        If the log does not have one of the days.
    """
    halls = [str(hall) for hall in visits["hall"].dropna().unique()]
    if len(halls) > 1:
        raise LogError(f"the log is of {len(halls)} halls ({', '.join(halls[:MOST_SHOWN])}); re-enact one at a time")
    day, days = days_of(visits)
    if dates:
        day, days = _chosen(day, days, dates)
    ticket = _numbers(visits, "t_ticket")
    outcome = _outcomes(visits)
    never_joined = outcome == 0
    row = np.flatnonzero((day >= 0) & ~never_joined)
    row = row[np.argsort(day[row], kind="stable")]
    if not len(row):
        raise LogError("nobody in the log joined a line, so there is nothing to re-enact")
    table = visits.iloc[row]
    by_staff = bool(table["counter"].isna().all() and table["staff"].notna().any())
    columns: dict[str, Any] = {}
    names: list[tuple[str, ...]] = []
    for column in ("station", "counter", "ticket_class", "segment", "transaction"):
        columns[column], found = _numbered(_named(table, "staff" if column == "counter" and by_staff else column))
        names.append(found)
    begin, end = _begin_and_end(table, outcome[row])
    legs = Legs(
        row=row,
        day=day[row],
        visit=table["visit"].to_numpy(dtype=np.int64),
        step=table["step"].to_numpy(dtype=np.int64),
        priority=_numbers(table, "priority"),
        first_ticket=_first_tickets(day[row], table["visit"].to_numpy(dtype=np.int64), ticket[row]),
        ticket=ticket[row],
        begin=begin,
        end=end,
        outcome=outcome[row],
        **columns,
    )
    legs = _whole_services(legs, *goes_on(visits, day))
    _check(legs, visits)
    left_out = int(np.count_nonzero(never_joined & (day >= 0)))
    stations, counters, classes, segments, transactions = names
    untold = _untold(table, begin, transactions)
    hall = halls[0] if halls else ""
    known = Names(hall, by_staff, days, stations, counters, classes, segments, transactions, untold)
    return legs, known, {NEVER_JOINED: left_out} if left_out else {}


def _whole_services(legs: Legs, follows: Bools, last: I64) -> Legs:
    """Return legs of which those that go on are one, from the first one's beginning to the last one's end."""
    if not follows.any():
        return legs
    place = np.full(len(last), -1, dtype=np.int64)
    place[legs.row] = np.arange(len(legs.row))
    ending = place[last[legs.row]]
    return legs._replace(end=legs.end[ending], outcome=legs.outcome[ending]).where(~follows[legs.row])


def _untold(table: pd.DataFrame, begin: I64, names: tuple[str, ...]) -> int:
    """Return the number of the transaction of those of whom none is told, if these are those who were not served."""
    told, stand_in = table["transaction"].notna().to_numpy(), STAND_INS["transaction"]
    apart = told.any() and not told.all() and bool((told == (begin >= 0)).all())
    return names.index(stand_in) if apart and not (table["transaction"] == stand_in).any() else -1


def dates_of(visits: pd.DataFrame) -> list[str]:
    """Return the dates of a log, "2024-03-05", in order; rows without a date have none."""
    return sorted({date for date, _ in days_of(visits)[1] if date})


def days_of(visits: pd.DataFrame) -> tuple[I64, tuple[tuple[str, int], ...]]:
    """Return the number of each row's day, and the days in order: by date, then by replication."""
    dates = visits["date"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    replications = _numbers(visits, "replication")
    pairs, day = np.unique(np.stack([dates, replications], axis=1), axis=0, return_inverse=True)
    none = np.datetime64("NaT").astype(np.int64)
    return day.reshape(-1), tuple(
        ("" if date == none else str(np.datetime64(int(date), "D")), int(replication)) for date, replication in pairs
    )


def _chosen(
    day: I64, days: tuple[tuple[str, int], ...], dates: tuple[str, ...]
) -> tuple[I64, tuple[tuple[str, int], ...]]:
    known = [date for date, _ in days]
    for date in dates:
        if date not in known:
            dated = [x for x in known if x]
            has = f"it has {len(dated)}, {dated[0]} to {dated[-1]}" if dated else "its days have no dates"
            raise UsageError(f"{date} is not a day of the log; {has}{did_you_mean(date, dated)}")
    kept = [i for i, date in enumerate(known) if date in dates]
    place = np.full(len(days) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return place[day], tuple(days[i] for i in kept)


def _numbers(table: pd.DataFrame, column: str) -> I64:
    """Return a nullable column, -1 where it is missing."""
    return np.asarray(table[column].fillna(-1).to_numpy(dtype=np.int64))


def _named(table: pd.DataFrame, column: str) -> Any:
    """Return a column of names in which only counters may be missing."""
    if column == "ticket_class":  # as a scenario without tickets has them: one class per segment
        return table[column].fillna(table["segment"]).fillna(STAND_INS["segment"])
    return table[column].fillna(STAND_INS[column]) if column in STAND_INS else table[column]


def _numbered(values: Any) -> tuple[I64, tuple[str, ...]]:
    """Return names as numbers, -1 where missing, in the order of people: counter 2 before counter 10."""
    import pandas as pd

    codes, found = pd.factorize(values.astype(object), use_na_sentinel=True)
    known = [str(name) for name in found]
    order = sorted(range(len(known)), key=lambda i: (natural(known[i]), known[i]))
    place = np.empty(len(known) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(known)), -1
    return place[codes], tuple(known[i] for i in order)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts numbers inside names by their size.

    >>> sorted(["counter 10", "counter 2"], key=natural)
    ['counter 2', 'counter 10']
    """
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", name)
    return tuple((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts)


def _first_tickets(day: I64, visit: I64, ticket: I64) -> I64:
    """Return the earliest ticket of each leg's visit."""
    _, of_leg = np.unique(np.stack([day, visit], axis=1), axis=0, return_inverse=True)
    first = np.full(len(ticket), np.iinfo(np.int64).max)
    np.minimum.at(first, of_leg.reshape(-1), ticket)
    return np.asarray(first[of_leg.reshape(-1)])


def _outcomes(table: pd.DataFrame) -> I64:
    """Return the step outcomes as codes; where none is written, whoever was taken by a counter was served."""
    codes = table["outcome"].cat.codes.to_numpy().astype(np.int64) + 1
    taken = (_numbers(table, "t_start") >= 0) | (_numbers(table, "t_call_last") >= 0)
    unknown = np.where(taken, STEP_SERVED, np.where(_numbers(table, "t_ticket") >= 0, STEP_RENEGED, 0))
    # a row that was never in a line has no outcome here: balked, blocked, sent elsewhere at the door
    return np.where(np.isin(codes, (*SERVED, *GAVE_UP)), codes, np.where(codes == 0, unknown, 0))


def _begin_and_end(table: pd.DataFrame, outcome: I64) -> tuple[I64, I64]:
    """Return when the counter took each customer (-1: never) and when the step was over.

    The call takes the counter (semantics 4); where a log has no calls, the start does. A machine that lets the
    service begin before its call still knows how long it took: that is laid from the call on. Somebody who did
    not come when called was in the line until then.
    """
    call, start, end = (_numbers(table, c) for c in ("t_call_last", "t_start", "t_end"))
    begin = np.where(call >= 0, call, start)
    early = (start >= 0) & (start < begin) & (end >= start)
    end = np.where(early, end + (begin - start), end)
    gone = np.where(np.isin(outcome, (STEP_NO_SHOW, STEP_SKIPPED)) & (begin >= 0), begin, end)
    served = np.isin(outcome, SERVED)
    return np.where(served, begin, -1), np.where(served, end, gone)


def _check(legs: Legs, visits: pd.DataFrame) -> None:
    """Raise LogError if a leg lacks a time or its times are in no possible order."""
    served = np.isin(legs.outcome, SERVED)
    begin = np.where(served, legs.begin, legs.ticket)
    wrong = (
        (legs.ticket < 0, "has no ticket time"),
        (served & (legs.begin < 0), "was served but has neither call nor start time"),
        (legs.end < 0, "has no end time"),
        (served & (legs.begin < legs.ticket), "was called before the ticket was drawn"),
        (legs.end < begin, "ends before it begins"),
        (np.maximum(legs.ticket, legs.end) > LATEST, "ends more than a week after the midnight of its day"),
    )
    said: dict[int, str] = {}
    for which, text in wrong:
        for i in np.flatnonzero(which).tolist():
            said.setdefault(i, text)
    if not said:
        return
    order = sorted(said, key=lambda i: legs.row[i])
    lines = [f"row {legs.row[i] + 1}{_who(visits, int(legs.row[i]))} {said[i]}" for i in order[:MOST_SHOWN]]
    more = f"; and {len(order) - MOST_SHOWN} more" if len(order) > MOST_SHOWN else ""
    number = f"{len(order)} legs have" if len(order) > 1 else "a leg has"
    raise LogError(f"{number} times that cannot be: {'; '.join(lines)}{more}")


def _who(visits: pd.DataFrame, row: int) -> str:
    """Return date, ticket and its time, as far as they are known."""
    one = visits.iloc[row]
    date, number, t = one["date"], one["ticket_no"], one["t_ticket"]
    parts = [] if date != date else [f"{date:%Y-%m-%d}"]
    parts += [f"ticket {number!s:.40}"] if isinstance(number, str) else []
    parts += [f"of {clock(int(t), 0)}"] if isinstance(t, int | np.integer) and t >= 0 else []
    return f" ({' '.join(parts)})" if parts else ""
