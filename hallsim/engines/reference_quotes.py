"""What a queue machine tells whom it gives a ticket, in the readable engine (semantics 41); waits of stations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hallsim.compiled import NOTE_QUOTED
from hallsim.compiling.tickets import TELLS_ESTIMATE

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_draws import Customer
    from hallsim.engines.reference_records import Station


def estimated_wait(hall: Hall, station: Station, line: int) -> int:
    """Return the wait that the machine of a station tells whom it gives a ticket for a line."""
    c = hall.c
    if not hall.nobody_free(station, line):
        return 0
    up = sum(server.state in ("idle", "busy") and hall.may_call(server, line) for server in station.servers)
    wait = len(hall.lines[line]) * float(c.tickets.line_quote[line]) / max(up, 1)
    grain = int(c.tickets.quote_grain[station.number])
    return math.floor(wait / grain + 0.5) * grain


def station_wait(hall: Hall, station: Station) -> int:
    """Return the wait to expect at a station over all its lines, by the mean services of these."""
    up = sum(server.state in ("idle", "busy") for server in station.servers)
    work = 0.0
    for line in station.lines:
        work += len(hall.lines[line]) * float(hall.c.opening.line_mean[line])
    return math.floor(work / max(up, 1) + 0.5)


def tell_quote(hall: Hall, customer: Customer, station: Station, line: int) -> bool:
    """Tell a customer who comes to a line what he has to expect; return whether he joins."""
    c, i = hall.c, station.number
    quote = len(hall.lines[line])
    if c.tickets.quotes[i] == TELLS_ESTIMATE:
        quote = estimated_wait(hall, station, line)
        hall.record_note(customer, NOTE_QUOTED, quote)
    customer.told = 1.0
    if not hall.nobody_free(station, line):
        return True
    first, count = (int(x[i * c.n_types + customer.type]) for x in (c.tickets.quote_first, c.tickets.quote_count))
    step = max(s for s in range(first, first + count) if s == first or c.tickets.quote_from[s] <= quote)
    joining = float(c.tickets.quote_join[step])
    if joining < 1.0 and hall.uniform(customer, c.station_balk_key[i], customer.earlier_comings(i)) >= joining:
        return False
    customer.told = float(c.tickets.quote_patience[step])
    return True
