"""What happens in the teams of a hall, in order: who comes to wait and leaves, who is called, who is there or away.

In: the rows of some days and their logs. Out: `Happenings`, a table for `booking`. Each day and team has a stretch of
rows of its own, a *scope*; scopes follow each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import F64, I64
from hallsim.compiled import (
    SERVER_ROW_FIELDS,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_BLOCKED,
    STATE_BREAK,
    STATE_CALLING,
    STATE_DOWN,
    STATE_OVERTIME,
    STATE_PAID_BREAK,
    STATE_SET_UP,
    STATE_WRAP_UP,
    STEP_NO_SHOW,
    STEP_SKIPPED,
    Log,
)
from hallsim.experiment.attribution.causes import BETWEEN, BREAK, CALLS, DOWN, IDLE, OCCUPIED, SPACE
from hallsim.experiment.attribution.teams import Teams
from hallsim.experiment.day_rows import DayRows, left_line, who_joined

JOINED, LEFT, CALLED, PRESENT, AWAY = range(5)
"""A customer (his row) begins to wait, stops, is called by a server; so many more servers are present for a line; so
many more are away for a cause."""
TIME, SCOPE, KIND, OF, CHANGE = range(5)
_CAUSE_OF = {
    **{STATE_BREAK: BREAK, STATE_PAID_BREAK: BREAK, STATE_DOWN: DOWN, STATE_CALLING: CALLS},
    **{STATE_SET_UP: BETWEEN, STATE_WRAP_UP: BETWEEN},
}


class Happenings(NamedTuple):
    """What happens in all scopes.

    table : int64[n, 5]: time, scope, kind, of what (row, line or cause), change
    service : float64[n_scopes]; mean time from call to end, microseconds; infinite where nobody was served
    """

    table: I64
    service: F64


def happenings(teams: Teams, r: DayRows, logs: list[Log]) -> Happenings:
    """Return what happens on some days."""
    scope = r.day * teams.n_teams + np.where(r.line >= 0, teams.of_line[r.line], 0)
    parts = [*_of_customers(teams, r, scope), *_of_servers(teams, logs), *_of_the_blocked(teams, r, logs)]
    table = np.concatenate(parts, axis=1).T
    table = table[np.lexsort((table[:, KIND], table[:, TIME], table[:, SCOPE]))]
    n_scopes = len(logs) * teams.n_teams
    served = (r.server >= 0) & (r.t_call >= 0) & ~_in_vain(r)
    total = np.bincount(scope[served], weights=(r.t_end - r.t_call)[served], minlength=n_scopes)
    count = np.bincount(scope[served], minlength=n_scopes)
    service = np.where(total > 0.0, total / np.maximum(count, 1), np.inf)
    return Happenings(np.ascontiguousarray(table), service)


def _in_vain(r: DayRows) -> NDArray[np.bool_]:
    return np.isin(r.outcome, (STEP_NO_SHOW, STEP_SKIPPED))


def _of_customers(teams: Teams, r: DayRows, scope: I64) -> list[I64]:
    row, left = np.arange(len(r.day)), left_line(r)
    waits = np.flatnonzero(who_joined(r) & (left > r.t_join))
    called = np.flatnonzero((r.line >= 0) & (r.server >= 0) & (r.t_call >= 0))
    parts = [
        _rows(r.t_join[waits], scope[waits], JOINED, row[waits], 0),
        _rows(left[waits], scope[waits], LEFT, row[waits], 0),
        _rows(r.t_call[called], scope[called], CALLED, row[called], 0),
    ]
    team = np.concatenate([teams.of_server[r.server], np.zeros(0, np.int64)])
    home = r.day * teams.n_teams + team
    vain = called[_in_vain(r)[called]]
    parts += _spans(r.t_call[vain], r.t_end[vain], home[vain], AWAY, CALLS)
    walked = called[r.walk[called] > 0]
    parts += _spans(r.t_call[walked], (r.t_call + r.walk)[walked], home[walked], AWAY, OCCUPIED)
    return parts + _idle(teams, r.day[called], r.server[called], r.t_call[called], r.t_end[called], -1)


def _of_the_blocked(teams: Teams, r: DayRows, logs: list[Log]) -> list[I64]:
    """Return how servers are blocked: by whom they are to serve, or by whom they have served and who finds no place.

    The second is away, since he would call the next; such a block ends when the step does.
    """
    day, rows = _server_rows(logs)
    at = rows[:, SERVER_ROW_STATE] == STATE_BLOCKED
    day, server, begin, end = (x[at] for x in (day, *rows[:, [SERVER_ROW_SERVER, SERVER_ROW_FROM, SERVER_ROW_TO]].T))
    n = len(teams.of_server)
    after = np.isin((end * len(logs) + day) * n + server, (r.t_end * len(logs) + r.day) * n + r.server)
    scope = day * teams.n_teams + teams.of_server[server]
    parts = [(after, SPACE), (~after, OCCUPIED)]
    return [part for x, cause in parts for part in _spans(begin[x], end[x], scope[x], AWAY, cause)]


def _server_rows(logs: list[Log]) -> tuple[I64, I64]:
    """Return the rows of servers on all days, and the day of each."""
    rows = np.concatenate([log.server_rows for log in logs] or [np.zeros((0, SERVER_ROW_FIELDS), np.int64)])
    return np.repeat(np.arange(len(logs)), [len(log.server_rows) for log in logs]), rows


def _of_servers(teams: Teams, logs: list[Log]) -> list[I64]:
    day, rows = _server_rows(logs)
    server, state = rows[:, SERVER_ROW_SERVER], rows[:, SERVER_ROW_STATE]
    begin, end = rows[:, SERVER_ROW_FROM], rows[:, SERVER_ROW_TO]
    duty = state <= STATE_OVERTIME
    parts = _idle(teams, day[duty], server[duty], begin[duty], end[duty], 1)
    other = ~duty & (state != STATE_BLOCKED)  # who is blocked is busy with his customer
    parts += _idle(teams, day[other], server[other], begin[other], end[other], -1)
    for code, cause in _CAUSE_OF.items():
        at = state == code
        parts += _spans(begin[at], end[at], day[at] * teams.n_teams + teams.of_server[server[at]], AWAY, cause)
    gone = _between_duties(teams, day[duty], server[duty], begin[duty], end[duty])
    parts += _spans(gone[2], gone[3], gone[0] * teams.n_teams + teams.of_server[gone[1]], AWAY, BREAK)
    kept = _kept_by_the_day_before(teams, day[duty], server[duty], begin[duty])
    there = [np.concatenate([x[duty], *y]) for x, *y in zip((day, server, begin, end), gone, kept, strict=True)]
    for who, lines in enumerate(teams.may_call):
        at = there[1] == who
        for line in lines:
            scope = there[0][at] * teams.n_teams + teams.of_line[line]
            parts += _spans(there[2][at], there[3][at], scope, PRESENT, line)
    return parts


def _between_duties(teams: Teams, day: I64, server: I64, begin: I64, end: I64) -> tuple[I64, I64, I64, I64]:
    """Return day, server, begin and end of the stretches between two duties of a day that count as breaks."""
    order = np.lexsort((begin, server, day))
    day, server, begin, end = day[order], server[order], begin[order], end[order]
    same = (day[1:] == day[:-1]) & (server[1:] == server[:-1])
    gap = np.flatnonzero(same & (begin[1:] > end[:-1]) & teams.leaves[server[1:]])
    return day[gap], server[gap], end[gap], begin[gap + 1]


def _kept_by_the_day_before(teams: Teams, day: I64, server: I64, begin: I64) -> tuple[I64, I64, I64, I64]:
    """Return day, server, begin and end of the stretches in which servers are there, busy with the day before."""
    order = np.lexsort((begin, server, day))
    _, first = np.unique((day * len(teams.on_from) + server)[order], return_index=True)
    late = order[first]
    late = late[begin[late] > teams.on_from[server[late]]]
    return day[late], server[late], teams.on_from[server[late]], begin[late]


def _idle(teams: Teams, day: I64, server: I64, begin: I64, end: I64, change: int) -> list[I64]:
    """Return spans in which so many more servers are idle, for every team of their station."""
    parts = []
    for station, here in enumerate(teams.at_station):
        at = teams.server_station[server] == station
        for team in here:
            parts += _spans(begin[at], end[at], day[at] * teams.n_teams + team, AWAY, IDLE, change)
    return parts


def _spans(begin: I64, end: I64, scope: I64, kind: int, of: int, change: int = 1) -> list[I64]:
    what = np.full(len(begin), of, dtype=np.int64)
    return [_rows(begin, scope, kind, what, change), _rows(end, scope, kind, what, -change)]


def _rows(time: I64, scope: I64, kind: int, of: I64, change: int) -> I64:
    n = len(time)
    return np.stack([time, scope, np.full(n, kind), of, np.full(n, change)]).astype(np.int64)
