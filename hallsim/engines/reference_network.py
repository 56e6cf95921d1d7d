"""Which hall of a network a customer goes to, in the readable engine (semantics 52).

The twin of `network.py`, with the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hallsim.draws import own_log
from hallsim.engines.reference_quotes import station_wait

if TYPE_CHECKING:
    from hallsim.engines.reference import Hall
    from hallsim.engines.reference_draws import Customer


def renew_waits(hall: Hall) -> None:
    """Publish the wait of every hall as it is now."""
    published = hall.c.network.published.tolist()
    hall.published = [station_wait(hall, hall.stations[station]) for station in published]


def choose_way(hall: Hall, customer: Customer, rows: Sequence[int]) -> int:
    """Return, of some rows of the routing table that lead to ways, that of the hall which a customer likes best."""
    return min(rows, key=lambda row: _cost(hall, customer, int(hall.c.route_to[row])))


def _cost(hall: Hall, customer: Customer, way: int) -> float:
    network = hall.c.network
    branch, weight, liking = (x[way] for x in (network.way_branch, network.way_wait, network.way_liking))
    cost = float(network.way_travel[way])
    if weight > 0.0:
        station = hall.stations[int(network.published[branch])]
        cost += float(weight) * (hall.published[branch] if network.renewed else station_wait(hall, station))
    if liking > 0.0:
        cost += float(liking) * own_log(-own_log(hall.uniform(customer, network.way_key[way], 0)))
    return cost
