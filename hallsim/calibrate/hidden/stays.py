"""Stays of days as arrays: the one form in which logged and simulated days are compared.

In: a table of visits, or logs of the engine. Out: `DayStays`. A stay ends served, failed, transferred, given up, not
answered or closed out; parts of one that was interrupted or skipped before are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    STEP_CLOSED_OUT,
    STEP_FAILED,
    STEP_NO_SHOW,
    STEP_OUTCOMES,
    STEP_RENEGED,
    STEP_SERVED,
    STEP_TRANSFERRED,
    Log,
)
from hallsim.errors import UsageError, not_one_of
from hallsim.model import US_PER_MINUTE, Label, Model
from hallsim.replay.legs import days_of
from hallsim.rows import unpack
from hallsim.visits import names

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

ENDS = (STEP_SERVED, STEP_FAILED, STEP_TRANSFERRED, STEP_RENEGED, STEP_NO_SHOW, STEP_CLOSED_OUT)
GAVE_UP = (STEP_RENEGED, STEP_NO_SHOW)
TAKEN = (STEP_SERVED, STEP_FAILED, STEP_TRANSFERRED)


class DayStays(NamedTuple):
    """Stays of several days, all columns of equal length.

    `day` counts from 0; `station` and `ticket_class` in the scenario's; `join_min` and `left_min` are minutes after
    midnight, the second of the call or of giving up.
    """

    n_days: int
    day: I64
    station: I64
    ticket_class: I64
    join_min: F64
    left_min: F64
    gave_up: Bools
    served: Bools


def stays_of_logs(model: Model, logs: Iterable[Log]) -> DayStays:
    """Return the stays of simulated days."""
    steps = [unpack(log.rows) for log in logs]
    known = names(model)
    rows = [np.flatnonzero(np.isin(s.outcome, ENDS) & (s.line >= 0)) for s in steps]
    line, outcome, join, call, end = (
        np.concatenate([getattr(s, column)[row] for s, row in zip(steps, rows, strict=True)])
        for column in ("line", "outcome", "t_join", "t_call", "t_end")
    )
    day = np.repeat(np.arange(len(steps)), [len(row) for row in rows])
    station, ticket_class = known.line_station[line], known.line_class[line]
    return _of(len(steps), day, station, ticket_class, join, np.where(call >= 0, call, end), outcome)


def stays_of_visits(model: Model, visits: pd.DataFrame, dates: Sequence[str] = ()) -> DayStays:
    """Return the stays of logged days, by the names of a scenario's stations and ticket classes.

    A log without names of stations, or classes, is of the only one.

    Raises
    ------
    UsageError
        If the log has a station or class that the scenario does not know.
    """
    day, days = days_of(visits)
    wanted = [i for i, (date, _) in enumerate(days) if not dates or date in dates]
    place = np.full(len(days), -1, dtype=np.int64)
    place[wanted] = np.arange(len(wanted))
    code = {name: i for i, name in enumerate(STEP_OUTCOMES)}
    outcome = visits["outcome"].astype(object).map(code).fillna(0).to_numpy(dtype=np.int64)
    used = np.isin(outcome, ENDS) & visits["t_ticket"].notna().to_numpy() & (place[day] >= 0)
    table = visits[used]
    join = table["t_ticket"].to_numpy(dtype=np.int64)
    left = table["t_call_last"].fillna(table["t_end"]).to_numpy(dtype=np.int64)
    labels = [(s.name, s.label) for s in model.stations]
    station = _numbered(table["station"], labels, "a station")
    ticket_class = _numbered(table["ticket_class"], [(c.name, c.label) for c in model.ticket_classes], "a ticket class")
    return _of(len(wanted), place[day[used]], station, ticket_class, join, left, outcome[used])


def _of(n_days: int, day: I64, station: I64, ticket_class: I64, join: I64, left: I64, outcome: I64) -> DayStays:
    return DayStays(
        n_days,
        day,
        station,
        ticket_class,
        join / US_PER_MINUTE,
        np.maximum(left, join) / US_PER_MINUTE,
        np.isin(outcome, GAVE_UP),
        np.isin(outcome, TAKEN),
    )


def _numbered(column: pd.Series, known: Sequence[tuple[str, Label]], what: str) -> I64:
    """Return the numbers of names, as keys or labels have them."""
    if len(known) == 1:
        return np.zeros(len(column), dtype=np.int64)
    number = {text: i for i, (name, label) in enumerate(known) for text in (label.en, label.zh, name)}
    found = sorted({str(name) for name in column.dropna().unique()})
    if unknown := [name for name in found if name not in number]:
        raise UsageError(f"the log has {not_one_of(unknown[0], f'{what} of the scenario', number)}")
    if column.isna().any():
        raise UsageError(f"the log does not name {what} in every row, and the scenario has {len(known)}")
    return np.array([number[str(name)] for name in column], dtype=np.int64)
