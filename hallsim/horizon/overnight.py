"""Who is inside at midnight: how a day of a horizon keeps the machines of a round-the-clock annex (semantics 53).

In: the rows of a day, which go on past its end. Out: until when each server is that day's, and the calendar of the day
after it, on which he comes on duty then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import I64
from hallsim.compiled import (
    KIND_SERVER_OFF,
    KIND_SERVER_ON,
    ROW_CALL,
    ROW_END,
    ROW_WHO,
    Compiled,
)
from hallsim.compiling.calendar import Calendar
from hallsim.errors import EngineError

FREE = -1
"""Until when a server is held whom the day before does not need."""


def overnight_servers(c: Compiled) -> NDArray[np.bool_]:
    """Return which servers work round the clock, bool[n_servers]."""
    return np.asarray(c.hours.overnight[c.server_station] != 0)


def held_until(c: Compiled, rows: I64, n_rows: int) -> I64:
    """Return when each server's last service of a day ended, int64[n_servers]; FREE where he works no night."""
    ends = np.full(c.n_servers + 1, FREE, dtype=np.int64)
    served = rows[:n_rows]
    served = served[served[:, ROW_CALL] >= 0]
    np.maximum.at(ends, (served[:, ROW_WHO] & 0xFFFFFF) - 1, served[:, ROW_END])  # without a server: the last entry
    return np.where(overnight_servers(c), ends[:-1], FREE)


def calendar_after(c: Compiled, held: I64) -> Calendar:
    """Return the calendar of a day whose servers come on duty when the day before lets them go.

    Parameters
    ----------
    c : Compiled
    held : int64[n_servers]
        In the time of this day; FREE, or a time before it, is no hindrance.

    Raises
    ------
    EngineError
        If a server is held for longer than his first stretch of duty: then what the day before has left would have
        to be carried over more than one midnight.
    """
    usual = Calendar(c.change_time, c.change_kind, c.change_entity, c.change_value)
    time = usual.time.copy()
    for server in np.flatnonzero(held > FREE).tolist():
        his = np.flatnonzero((usual.entity == server) & (usual.kind <= KIND_SERVER_ON))
        begins = his[usual.kind[his] == KIND_SERVER_ON]
        if len(begins) == 0 or usual.time[begins[0]] >= held[server]:
            continue
        ends = [usual.time[i] for i in his if usual.kind[i] == KIND_SERVER_OFF]
        if held[server] >= min([*ends, int(c.hours.closes[c.server_station[server]])]):
            raise EngineError(
                f"customers of the day before keep server {server + 1} of the hall for all his duty: the line of a "
                "round-the-clock annex does not end any more",
                rule="53",
            )
        time[begins[0]] = held[server]
    order = np.lexsort((usual.entity, usual.kind, time))
    return Calendar(time[order], usual.kind[order], usual.entity[order], usual.value[order])
