"""Several transactions of one service: steps of a visit that a server goes on with (semantics 47).

In: a table of visits. Out: which rows go on with the service of the row before, and where each service ends. A row
goes on if the row before, of the same visit, ended as served at the same counter (or with the same person) without
ending the visit, the ticket, the call and that end are one instant, and he answered the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

CALLED_IN_VAIN = ("no_show", "skipped")

I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


def goes_on(visits: pd.DataFrame, day: I64) -> tuple[Bools, I64]:
    """Return which rows go on with a service, and the row with which each row's service ends.

    Parameters
    ----------
    visits : the log
    day : int64[n_rows], number of each row's day

    Returns
    -------
    bool[n_rows], int64[n_rows]
    """
    n = len(visits)
    more = (visits["outcome"].eq("served") & visits["visit_outcome"].isna()).to_numpy(dtype=bool)
    if not more.any():
        return np.zeros(n, dtype=bool), np.arange(n)
    visit, step = (visits[c].to_numpy(dtype=np.int64) for c in ("visit", "step"))
    ticket, call, end = (visits[c].to_numpy(dtype=np.int64, na_value=-1) for c in ("t_ticket", "t_call_last", "t_end"))
    order = np.lexsort((step, visit, day))
    before, own = order[:-1], order[1:]
    same = more[before] & (day[before] == day[own]) & (visit[before] == visit[own]) & _same_server(visits, before, own)
    same &= (ticket[own] >= 0) & (ticket[own] == call[own]) & (ticket[own] == end[before])
    same &= ~visits["outcome"].isin(CALLED_IN_VAIN).to_numpy(dtype=bool)[own]
    follows = np.zeros(n, dtype=bool)
    follows[own] = same
    ends = np.append(np.flatnonzero(~same), n - 1)  # places in the order with which services end
    last = np.empty(n, dtype=np.int64)
    last[order] = order[ends[np.searchsorted(ends, np.arange(n))]]
    return follows, last


def whole_services(visits: pd.DataFrame, day: I64) -> pd.DataFrame:
    """Return one row for each service, as a queue machine has it, without its transactions."""
    follows, last = goes_on(visits, day)
    ending = visits.iloc[last]
    columns = ("t_end", "t_wrap_end", "outcome", "visit_outcome")
    whole = visits.assign(**{c: ending[c].array for c in columns}, transaction=None)
    return whole[~follows].astype(visits.dtypes)


def _same_server(visits: pd.DataFrame, before: I64, own: I64) -> Bools:
    """Tell which pairs of rows are of one counter, or of one person where no counter is named, at one station."""
    import pandas as pd

    station, counter, staff = (pd.factorize(visits[c])[0] for c in ("station", "counter", "staff"))
    server = np.where((counter[before] >= 0) | (counter[own] >= 0), counter[own], staff[own])
    other = np.where((counter[before] >= 0) | (counter[own] >= 0), counter[before], staff[before])
    same: Bools = (station[before] == station[own]) & (server == other) & (server >= 0)
    return same
