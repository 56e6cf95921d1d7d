"""A model's routing tables in flat arrays, and who can come where.

In: `Model`. Out: the columns of `Compiled` that say where customers go, row by row of one table of routes; and
which stations follow on which. `hallsim.compiled` puts them where the engines look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hallsim.arrays import I64, cumulative, f64, i64
from hallsim.compiling.annexes import Hours, inside_one_annex
from hallsim.model import ENDINGS, STATES, Case, Model, Route, Station, Term

_AT_ONCE = ("people", "waiting", "idle", "on_duty")
"""What is counted of every station."""


def route_tables(model: Model, step_outcomes: tuple[str, ...]) -> dict[str, Any]:
    """Return the arrays of routes: after services, then after all other ways to end, then by cases.

    Types that go the same ways share their rows, so that those in use stay in the processor's nearest memory.

    Raises
    ------
    ValueError
        If a table has not one row for each type, or probabilities do not sum to 1.
    """
    first: list[int] = []
    count: list[int] = []
    cum: list[float] = []
    to: list[int] = []
    outcome: list[int] = []
    keeps: list[int] = []
    after = [getattr(s, f"on_{ending}") or ((),) * len(model.types) for ending in ENDINGS for s in model.stations]
    places = _places(model)
    cases = [case for place in places for case in place]
    known: dict[tuple[Route, ...], int] = {}
    terms = route_terms(model) + [term for s in model.stations for rule in s.call_rules for term in rule.when]
    for table in (model.entry, *(s.routes for s in model.stations), *after, *(case.routes for case in cases)):
        if len(table) != len(model.types):
            raise ValueError(f"a routing table has {len(table)} rows for {len(model.types)} types")
        for row in dict.fromkeys(table):
            if row in known:
                continue
            known[row] = len(cum)
            cum.extend(cumulative(tuple(r.probability for r in row)) if row else ())
            to.extend(r.destination for r in row)
            keeps.extend(r.keeps for r in row)
            outcome.extend(step_outcomes.index(r.step_outcome) for r in row)
        first.extend(map(known.__getitem__, table))
        count.extend(map(len, table))
    n = (len(model.stations) + 1) * len(model.types)
    m = n + len(after) * len(model.types)
    case_terms = [len(case.when) for case in cases]
    return {
        "ending_first": i64(first[n:m]),
        "ending_count": i64(count[n:m]),
        "case_firsts": i64(np.cumsum([0, *(len(place) for place in places)])),
        "case_term_first": i64(np.cumsum([0, *case_terms])[:-1]),
        "case_term_count": i64(case_terms),
        "case_route_first": i64(first[m:]),
        "case_route_count": i64(count[m:]),
        "case_chosen": i64([case.chosen for case in cases]),
        "term_what": i64([STATES.index(term.what) for term in terms]),
        "term_station": i64([term.station for term in terms]),
        "term_low": i64([term.low for term in terms]),
        "term_high": i64([term.high for term in terms]),
        "route_first": i64(first[:n]),
        "route_count": i64(count[:n]),
        "route_most": i64(np.array(count[:n]).reshape(-1, len(model.types)).max(axis=1)),
        "route_cum": f64(cum),
        "route_to": i64(to),
        "route_outcome": i64(outcome),
        "route_keeps": i64(keeps),
    }


def with_conditions(routes: dict[str, Any], conditions: Sequence[tuple[Term, ...]]) -> tuple[dict[str, Any], list[int]]:
    """Return the arrays of routes with further conditions behind theirs, and the case of each; -1: no terms.

    No route has such a case: whoever asks for it knows its number.
    """
    first = len(routes["case_term_first"])
    given = [when for when in conditions if when]
    numbers = iter(range(first, first + len(given)))
    terms = [term for when in given for term in when]
    counts = [len(when) for when in given]
    more = {
        "case_term_first": len(routes["term_what"]) + np.cumsum([0, *counts])[:-1],
        "case_term_count": counts,
        "case_chosen": [0] * len(given),
        "term_what": [STATES.index(term.what) for term in terms],
        "term_station": [term.station for term in terms],
        "term_low": [term.low for term in terms],
        "term_high": [term.high for term in terms],
    }
    found = {name: np.concatenate([routes[name], i64(values)]) for name, values in more.items()}
    return routes | found, [next(numbers) if when else -1 for when in conditions]


def keeps_tickets(model: Model) -> bool:
    """Return whether any route lets a ticket keep its place."""
    tables = [s.routes for s in model.stations] + [case.routes for s in model.stations for case in s.cases]
    return any(r.keeps for table in tables for row in table for r in row)


def _places(model: Model) -> tuple[tuple[Case, ...], ...]:
    """Return the cases of the door, then those of every station."""
    return (model.entry_cases, *(s.cases for s in model.stations))


def route_terms(model: Model) -> list[Term]:
    """Return the terms of all conditions of routes; those of call rules come behind them."""
    return [term for place in _places(model) for case in place for term in sorted(case.when, key=_effort)]


def _effort(term: Term) -> int:
    """Return the rank of a term among those of a condition: what is soon known, and may say no, is asked first."""
    if known_at_once(term.what, term.station):
        return 0
    return 1 if term.what == "quoted_wait" else 2


def known_at_once(what: str, station: int) -> bool:
    """Return whether a state is known without looking at several stations, or at all servers or customers of one."""
    return what == "time" or (what in _AT_ONCE and station >= 0)


def interrupts(station: Station) -> bool:
    """Return whether a service at a station can be broken off."""
    return bool(station.shift_end == "preemptive" or station.breakdowns or station.outages or station.preempts)


def repeats(model: Model) -> bool:
    """Return whether anybody can join one station's line twice: by a loop or after an interruption."""
    following = next_stations(model)
    loops = any(s in stations_after(following, s) for s in range(len(following)))
    return loops or any(interrupts(s) for s in model.stations)


def stations_after(following: list[set[int]], start: int) -> set[int]:
    """Return the stations that can come at any time after `start`."""
    found: set[int] = set()
    fresh = set(following[start])
    while fresh:
        found |= fresh
        fresh = {t for s in fresh for t in following[s]} - found
    return found


def next_stations(model: Model) -> list[set[int]]:
    """Return, per station, the stations that a customer can come to next."""
    n = len(model.stations)
    following: list[set[int]] = []
    for station in model.stations:
        tables = (
            station.routes,
            *(getattr(station, f"on_{ending}") for ending in ENDINGS),
            *(case.routes for case in station.cases),
        )
        routes = [r for table in tables for row in table for r in row]
        to = {r.destination for r in routes if r.probability > 0 and 0 <= r.destination < n}
        if station.goes_on:
            to.add(len(following))
        if station.breakdowns:
            to |= {station.breakdowns.send_to, station.breakdowns.when_down} - {-1}
        following.append(to)
    return following


def reachable(model: Model, hours: Hours) -> I64:
    """Return table[a, b] = 1 if a customer at station a can still be served at station b (a = b: always).

    Asked after closing, when nobody comes back from outside (semantics 7) or over from an annex (semantics 53); to be
    prepared is to be served.
    """
    following = next_stations(model)
    here = inside_one_annex(hours)
    for i, (to, station) in enumerate(zip(following, model.stations, strict=True)):
        to &= set() if station.outside and station.delay else set(np.flatnonzero(here[i]).tolist())
    n = len(following)
    table = np.eye(n, dtype=np.int64)
    for origin in range(n):
        for target in stations_after(following, origin):
            table[origin, target] = 1
    for i, station in enumerate(model.stations):
        if station.preparation:
            table[:, station.preparation.by] |= table[:, i]
        if station.experience:
            table[:, station.experience.at] |= table[:, i]
        for other in station.helps:
            table[:, i] |= table[:, other]
    return table.ravel()
