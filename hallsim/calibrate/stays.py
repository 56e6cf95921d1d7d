"""Stays: what a table of visits says about waiting and being served, one entry per stay in a line.

In: a table of visits (`hallsim.visits`), of a log or of simulated days, or some of its rows. Out: `Stays`,
arrays in seconds, and `WaitFigures`, what a manager asks first. A stay begins on joining a line and ends
served, failed, transferred, given up or closed out; after an interruption it goes on, its waits and its
services added up (semantics 4 and 5). Who never joined (balked, blocked, turned away) has no stay.

These are figures of one table, without intervals: KPIs of days and their intervals are in `hallsim.kpis`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import CalibrationError

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

US_PER_S = 1_000_000
ABANDONED = ("reneged", "no_show")
"""Outcomes of those who would not wait: who was seen to leave, and who did not come when called."""
NOT_TAKEN = (*ABANDONED, "closed_out")
"""Outcomes of a stay that ended without a server."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in lines, in the order of the table.

    Attributes
    ----------
    wait_s : float64[n], seconds
        From joining to the call; for who left or was closed out without one, to that.
    service_s : float64[n], seconds
        From the start of service to its end; NaN for who was not served.
    gave_up : bool[n]
        Whether the customer abandoned the line. One who did not come when called gave up at an unknown
        moment before: his `wait_s` is longer than his patience was.
    row : int64[n]
        Position in the table of the row that ended the stay.
    """

    wait_s: F64
    service_s: F64
    gave_up: Bool
    row: I64

    @property
    def n(self) -> int:
        """The number of stays."""
        return self.wait_s.size


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """Waiting of all who joined: their number, mean wait, share waiting longer than `over_s`, share who gave up."""

    n_joined: int
    mean_wait_s: float
    over_s: float
    share_over: float
    abandonment: float


def stays(visits: pd.DataFrame) -> Stays:
    """Gather the stays of a table of visits.

    Parameters
    ----------
    visits : pandas.DataFrame
        Columns as in `hallsim.visits.FIELDS`, rows of a visit together and in order of steps.

    Raises
    ------
    CalibrationError
        If a step has no outcome or no end, a service no call, or a wait or a service is negative; the message
        names the first such row.
    """
    joined = visits["t_ticket"].notna().to_numpy()
    table, row = visits[joined], np.flatnonzero(joined)
    outcome = table["outcome"]
    t_ticket, t_call, t_start, t_end = (_us(table, x) for x in ("t_ticket", "t_call_last", "t_start", "t_end"))
    called = table["t_call_last"].notna().to_numpy()
    served = called & table["t_start"].notna().to_numpy() & ~outcome.isin(NOT_TAKEN).to_numpy()
    uncalled = ~called & table["t_start"].notna().to_numpy()
    endless = (table["t_end"].isna() & (~called | served)).to_numpy()
    wait = np.where(called, t_call, t_end) - t_ticket
    service = np.where(served, t_end - t_start, 0)
    for wrong, what in (
        (outcome.isna().to_numpy(), "a step has no outcome"),
        (uncalled, "a service has no call"),
        (endless, "a step has no end"),
        (wait < 0, "a wait is negative"),
        (service < 0, "a service is negative"),
    ):
        _refuse(visits, row[wrong], what)

    goes_on = _continued(table)
    first = np.flatnonzero(~goes_on)
    last = np.append(~goes_on[1:], True)[: len(table)]
    return Stays(
        wait_s=np.add.reduceat(wait, first) / US_PER_S,
        service_s=np.where(served[last], np.add.reduceat(service, first) / US_PER_S, np.nan),
        gave_up=outcome.isin(ABANDONED).to_numpy()[last],
        row=row[last],
    )


def wait_figures(known: Stays, over_s: float) -> WaitFigures:
    """Return what is asked first about waiting.

    Parameters
    ----------
    known : all stays to be counted; each one joined its line
    over_s : threshold of the share that waited longer, in seconds

    Raises
    ------
    CalibrationError
        If there is no stay at all.
    """
    if known.n == 0:
        raise CalibrationError("nobody joined a line: there is no wait to speak of")
    return WaitFigures(
        n_joined=known.n,
        mean_wait_s=float(known.wait_s.mean()),
        over_s=float(over_s),
        share_over=float((known.wait_s > over_s).mean()),
        abandonment=float(known.gave_up.mean()),
    )


def _continued(table: pd.DataFrame) -> Bool:
    """Tell which rows take up the stay of the row before, interrupted in the same line."""
    interrupted: Bool = table["outcome"].isin(("interrupted",)).to_numpy()
    result = np.zeros(len(table), dtype=bool)
    if not interrupted.any():
        return result
    result[1:] = interrupted[:-1]
    for name in ("hall", "date", "replication", "visit", "line"):
        values = table[name]
        same = (values == values.shift()) | (values.isna() & values.shift().isna())
        result &= same.fillna(False).to_numpy(dtype=bool)
    return result


def _us(table: pd.DataFrame, name: str) -> I64:
    values: I64 = table[name].fillna(0).to_numpy(dtype=np.int64)
    return values


def _refuse(visits: pd.DataFrame, rows: I64, what: str) -> None:
    """Raise if there is any such row; the message names the first."""
    if rows.size:
        first = visits.iloc[int(rows[0])]
        day = "" if first.isna()["date"] else f", {first['date']:%Y-%m-%d}"
        where = f"row {int(rows[0])} (visit {first['visit']}, step {first['step']}{day})"
        raise CalibrationError(f"{what} in {rows.size} row{'s' * (rows.size > 1)} of the table, first in {where}")
