"""Who calls whom, as bookings see it: lines that the same servers call as their own are one team.

In: `Model`. Out: `Teams`, in the engines' numbering of lines and servers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import I64
from hallsim.compiled import NEVER
from hallsim.compiling.call_rules import everything, line_order
from hallsim.model import Model


class Teams(NamedTuple):
    """The teams of a model.

    n_teams : int
    of_line : int64[n_lines]
    of_server : int64[n_servers]; of one who calls no line as his own, that of the first line of his station
    at_station : tuple [station] of the teams there
    server_station : int64[n_servers]
    own : bool[n_servers, n_lines]; calls the line as his own
    may_call : tuple [server] of lines that he may ever call, overflow and help elsewhere included
    leaves : bool[n_servers]; a stretch between two duties of one day is a break of his
    on_from : int64[n_servers], microseconds; from when on he is there though on duty later, since the day before keeps
        him (semantics 53); NEVER where it does not
    """

    n_teams: int
    of_line: I64
    of_server: I64
    at_station: tuple[tuple[int, ...], ...]
    server_station: I64
    own: NDArray[np.bool_]
    may_call: tuple[tuple[int, ...], ...]
    leaves: NDArray[np.bool_]
    on_from: I64


def teams_of(model: Model) -> Teams:
    """Return the teams of a model."""
    own_rows: list[list[int]] = []
    may_call: list[tuple[int, ...]] = []
    leaves: list[bool] = []
    on_from: list[int] = []
    station_lines, first = [], 0
    for station in model.stations:
        station_lines.append(range(first, first + len(station.lines)))
        first += len(station.lines)
    of_line = np.arange(first)
    for i, station in enumerate(model.stations):
        order = line_order(station)
        pools = station.pools or (everything(station),)
        helped = [line for s in station.helps for line in station_lines[s]]
        n_extra = len(station.extra.open_at) if station.extra is not None else 0
        for number, server in enumerate(station.servers):
            pool = pools[server.pool]
            lines = list(zip(station_lines[i], order, strict=True))
            own = [line for line, j in lines if pool.ranks[j] >= 0]
            own_rows.append(own)
            may_call.append((*(line for line, j in lines if pool.calls(j)), *helped))
            is_extra = number >= len(station.servers) - n_extra
            on_from.append(server.shifts[0][0] if model.overnight[i] and server.shifts else NEVER)
            leaves.append(station.shift_end == "named" and not server.person and not is_extra)
            for line in own[1:]:
                of_line[of_line == of_line[line]] = of_line[own[0]]
    _, of_line = np.unique(of_line, return_inverse=True)
    own_table = np.zeros((len(own_rows), first), dtype=bool)
    for who, lines_of_his in enumerate(own_rows):
        own_table[who, lines_of_his] = True
    server_station = np.repeat(np.arange(len(model.stations)), [len(s.servers) for s in model.stations])
    of_server = [of_line[(own or station_lines[s])[0]] for own, s in zip(own_rows, server_station, strict=True)]
    return Teams(
        n_teams=int(of_line.max(initial=-1)) + 1,
        of_line=of_line.astype(np.int64),
        of_server=np.array(of_server, dtype=np.int64),
        at_station=tuple(tuple(sorted({int(of_line[line]) for line in lines})) for lines in station_lines),
        server_station=server_station,
        own=own_table,
        may_call=tuple(may_call),
        leaves=np.array(leaves, dtype=bool),
        on_from=np.array(on_from, dtype=np.int64),
    )
