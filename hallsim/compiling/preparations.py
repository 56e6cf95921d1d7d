"""Pre-acceptance in flat arrays: who is prepared by whom, how long, and what comes of it (semantics 11).

In: `Model`, and the routes' arrays, whose conditions those of preparations join. Out: `Preparations`, a part of
`Compiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64, u64
from hallsim.model import STATES, Model, Term
from hallsim.parts.distributions import Law


class Preparations(NamedTuple):
    """How customers are prepared, by station."""

    by: I64  # station whose servers do it, -1: nobody is prepared
    law: I64  # [station, type], -1: not for this type
    after: I64  # [station, type] law of the service of who is prepared, -1: the usual one times the factor
    done: F64  # [station, type] probability that no service is needed then
    fails: F64  # [station, type]
    factor: F64
    rework: F64  # factor on the service of who was prepared in vain
    finishes: I64  # 1: a counter waits for the preparation of whom it has called
    low: I64  # least and most tickets ahead
    high: I64
    case: I64  # a case that no route has; -1: always
    key: U64
    done_key: U64
    fails_key: U64


def preparation_tables(model: Model, add: Callable[[Law | None], int], routes: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `Compiled` about preparations, and the routes' arrays with the conditions added to them.

    Parameters
    ----------
    model : the hall
    add : puts a law into the table of laws and returns its number, -1 for None
    routes : the arrays of `routes.route_tables`; a condition is a case that no route has
    """
    stations, nothing = model.stations, (None,) * len(model.types)
    given = [s.preparation for s in stations]
    firsts, counts = routes["case_term_first"].tolist(), routes["case_term_count"].tolist()
    terms: list[Term] = []
    cases = []
    for preparation in given:
        when = preparation.when if preparation else ()
        cases.append(len(firsts) if when else -1)
        if when:
            firsts.append(len(routes["term_what"]) + len(terms))
            counts.append(len(when))
            terms.extend(when)

    def more(name: str, values: list[int]) -> I64:
        return np.concatenate([routes[name], i64(values)])

    return {
        **routes,
        "case_term_first": i64(firsts),
        "case_term_count": i64(counts),
        "term_what": more("term_what", [STATES.index(term.what) for term in terms]),
        "term_station": more("term_station", [term.station for term in terms]),
        "term_low": more("term_low", [term.low for term in terms]),
        "term_high": more("term_high", [term.high for term in terms]),
        "preparation": Preparations(
            by=i64([p.by if p else -1 for p in given]),
            law=i64([[add(law) for law in (p.time if p else nothing)] for p in given]),
            after=i64([[add(law) for law in (p.prepared if p else nothing)] for p in given]),
            done=f64([p.done if p else [0.0] * len(model.types) for p in given]),
            fails=f64([p.fails if p else [0.0] * len(model.types) for p in given]),
            factor=f64([p.factor if p else 1.0 for p in given]),
            rework=f64([p.rework if p else 1.0 for p in given]),
            finishes=i64([bool(p and p.called == "finish") for p in given]),
            low=i64([p.ahead[0] if p else 0 for p in given]),
            high=i64([p.ahead[1] if p else 0 for p in given]),
            case=i64(cases),
            key=u64([draws.name_hash("preparation", s.name) for s in stations]),
            done_key=u64([draws.name_hash("preparation done", s.name) for s in stations]),
            fails_key=u64([draws.name_hash("preparation fails", s.name) for s in stations]),
        ),
    }
