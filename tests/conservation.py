"""What is neither made nor lost on a day: customers, minutes of servers, and places in zones."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import ROW_WHO, SERVER_ROW_SERVER, Compiled, Log
from hallsim.kpis.checks import violations
from hallsim.model import Model
from tests.zone_witness import overfull


def not_conserved(model: Model, c: Compiled, log: Log) -> list[str]:
    """Return what is wrong with the log of a day, in plain sentences; empty if nothing is."""
    return [*violations(log), *violations(_by_person(c, log)), *overfull(model, log)]


def _by_person(c: Compiled, log: Log) -> Log:
    """Return a log in which the servers of one person are one server, so that nobody is at two places at once."""
    person = np.arange(c.n_servers)
    for server, twin in enumerate(c.staff.server_twin.tolist()):
        person[server] = person[twin] = min(person[server], person[twin])
    rows, server_rows = log.rows.copy(), log.server_rows.copy()
    served = rows[:, ROW_WHO] & 0xFFFFFF > 0
    rows[served, ROW_WHO] += person[(rows[served, ROW_WHO] & 0xFFFFFF) - 1] + 1 - (rows[served, ROW_WHO] & 0xFFFFFF)
    server_rows[:, SERVER_ROW_SERVER] = person[server_rows[:, SERVER_ROW_SERVER]]
    return log._replace(rows=rows, server_rows=server_rows)
