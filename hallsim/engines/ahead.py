"""What is drawn ahead: for stations where many come, everybody's first stay in vector loops; elsewhere when it begins.

Which of the two changes no number: a draw belongs to a customer and a purpose, not to a moment (semantics 3). So does a
draw for a route that is made before it is known whether the case holds that it is about.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import SOURCE_POISSON, SOURCE_TABLE, Compiled
from hallsim.compiling.routes import known_at_once
from hallsim.model import STATES

MANY = 0.125
"""Customers of this share who come to a station, from which on drawing for all costs less than drawing for them."""
_ROUNDS = 8
"""Steps of a visit that the estimate follows."""


def expected_customers(c: Compiled) -> NDArray[np.float64]:
    """Return about how many customers each source brings in one replication."""
    total = np.zeros(c.source_kind.size)
    for s in range(c.source_kind.size):
        first, count = int(c.source_first[s]), int(c.source_count[s])
        if c.source_kind[s] == SOURCE_POISSON:
            piece = slice(first, first + count)
            total[s] = np.sum((c.piece_end[piece] - c.piece_start[piece]) * c.piece_rate[piece])
        elif c.source_kind[s] == SOURCE_TABLE:
            total[s] = count
        else:
            total[s] = 1000
        group = slice(int(c.source_group_first[s]), int(c.source_group_first[s] + c.source_group_count[s]))
        if c.source_group_count[s]:
            total[s] *= np.sum(c.group_size[group] * np.diff(c.group_cum[group], prepend=0.0))
    return total


def drawn_ahead(c: Compiled) -> NDArray[np.bool_]:
    """Return for which stations first stays are drawn ahead.

    Everywhere in halls where nobody comes back to a station, which do not count stays, and where tables state times;
    at stations that quote a wait, which changes a patience before it begins.
    """
    if not c.repeats or c.has_table_services or c.has_table_patiences:
        return np.ones(c.n_stations, dtype=np.bool_)
    several = np.zeros(c.n_stations, dtype=np.bool_)
    np.logical_or.at(several, c.work_station, c.further.reshape(c.n_works, -1).any(axis=1))
    needed = (c.tickets.quotes != 0) | ((c.station_delay != 0) & several)
    return np.asarray(needed | (_visits(c) >= MANY))


def _visits(c: Compiled) -> NDArray[np.float64]:
    """Return about how often a customer comes to each station, by the usual ways."""
    rows = np.repeat(np.arange(c.route_first.size), c.route_count)
    nth = np.arange(rows.size) - np.repeat(np.cumsum(c.route_count) - c.route_count, c.route_count)
    route = c.route_first[rows] + nth
    probability = c.route_cum[route] - np.where(nth > 0, c.route_cum[route - 1], 0.0)
    ways = np.zeros((c.n_stations + 1, c.n_types, c.n_stations))
    inside = c.route_to[route] < c.n_stations
    station, kind = np.divmod(rows[inside], c.n_types)
    np.add.at(ways, (station, kind, c.route_to[route[inside]]), probability[inside])
    mixes = np.diff(c.source_mix.reshape(-1, c.n_types), prepend=0.0, axis=1)
    expected = expected_customers(c)
    shares = expected @ mixes / max(float(expected.sum()), 1.0)
    coming = shares[:, None] * ways[0]
    visits = np.zeros(c.n_stations)
    for _ in range(_ROUNDS):
        visits += coming.sum(axis=0)
        coming = np.einsum("ks,skt->kt", coming, ways[1:])
    return visits


def costly_last(c: Compiled) -> NDArray[np.bool_]:
    """Return which cases are the last of their place and cost more to ask than drawing where they would lead."""
    terms = zip(c.term_what.tolist(), c.term_station.tolist(), strict=True)
    at_once = [known_at_once(STATES[what], station) for what, station in terms]
    beyond = c.case_term_first + c.case_term_count
    costly = [not all(at_once[first:end]) for first, end in zip(c.case_term_first, beyond, strict=True)]
    last = np.zeros(c.case_term_first.size, dtype=np.bool_)
    last[c.case_firsts[1:][np.diff(c.case_firsts) > 0] - 1] = True
    return np.asarray(last & np.array(costly, dtype=np.bool_) & (c.case_chosen == 0))
