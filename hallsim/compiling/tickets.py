"""What queue machines do in flat arrays: what they tell customers, how these are called, numbers that stay.

In: `Model`. Out: `Tickets`, a part of `Compiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64, u64
from hallsim.model import QUOTES, Model

TELLS_ESTIMATE = 1 + QUOTES.index("estimate")


class Tickets(NamedTuple):
    """What queue machines do, per station where nothing else is said."""

    # calls that nobody answers (semantics 42)
    recalls: I64  # -1: everybody answers
    again: F64
    time_out_law: I64
    answer_key: U64
    back: I64  # tickets behind which a skipped customer stands who comes back; -1: all
    unanswered: F64  # [station, type]
    # quotes (semantics 41)
    quotes: I64  # 0: none, else 1 + place in model.QUOTES
    quote_grain: I64
    line_quote: F64  # [line] microseconds that an estimate adds for each ahead and one server
    quote_first: I64  # [station, type] row of quote_from, quote_join, quote_patience
    quote_count: I64
    quote_from: I64
    quote_join: F64
    quote_patience: F64  # factor


def ticket_tables(model: Model, add: Callable[[Any], int]) -> Tickets:
    """Return what queue machines do; `add` gives the number of a law."""
    return Tickets(**_quotes(model), **_calls(model, add))


def _quotes(model: Model) -> dict[str, Any]:
    """Return the arrays of quotes; lines in the order of `Compiled`, by rank."""
    given = [s.quotes for s in model.stations]
    means: list[float] = []
    for station in model.stations:
        quotes = station.quotes
        for j in sorted(range(len(station.lines)), key=lambda j: (station.lines[j].rank, j)):
            means.append(quotes.means[j] * quotes.factor if quotes and quotes.means else 0.0)
    rows = [row for q in given for row in (q.steps if q else ((),) * len(model.types))]
    counts = [len(row) for row in rows]
    steps = [step for row in rows for step in row]
    return {
        "quotes": i64([1 + QUOTES.index(q.tells) if q else 0 for q in given]),
        "quote_grain": i64([q.grain if q else 1 for q in given]),
        "line_quote": f64(means),
        "quote_first": i64(np.cumsum([0, *counts])[:-1]),
        "quote_count": i64(counts),
        "quote_from": i64([step.at_least for step in steps]),
        "quote_join": f64([step.joins for step in steps]),
        "quote_patience": f64([step.patience for step in steps]),
    }


def _calls(model: Model, add: Callable[[Any], int]) -> dict[str, Any]:
    """Return how customers answer calls; `add` gives the number of a law."""
    given = [s.calls for s in model.stations]
    return {
        "recalls": i64([x.recalls if x else -1 for x in given]),
        "again": f64([x.again if x else 0.0 for x in given]),
        "time_out_law": i64([add(x.time_out) if x else -1 for x in given]),
        "answer_key": u64([draws.name_hash("answer", s.luck) for s in model.stations]),
        "back": i64([x.back if x else -1 for x in given]),
        "unanswered": f64([p for x in given for p in (x.unanswered if x else (0.0,) * len(model.types))]),
    }


def number_tables(model: Model, add: Callable[[Any], int]) -> dict[str, Any]:
    """Return how numbers stay in line; `add` gives the number of a law."""
    given = [s.numbers for s in model.stations]
    return {
        "station_numbered": i64([n is not None for n in given]),
        "station_most_numbers": i64([n.most if n else -1 for n in given]),
        "station_call_law": i64([add(n.call_time) if n else -1 for n in given]),
        "station_call_key": u64([draws.name_hash("call", s.luck) for s in model.stations]),
    }
