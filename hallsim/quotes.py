"""What queue machines do in flat arrays: numbers that stay, what they tell customers, and what these make of it.

In: `Model`. Out: columns of `Compiled`; `hallsim.compiled` puts them where the engines look.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hallsim import draws
from hallsim.arrays import f64, i64, u64
from hallsim.model import QUOTES, Model

TELLS_AHEAD = 1 + QUOTES.index("ahead")
TELLS_ESTIMATE = 1 + QUOTES.index("estimate")


def quote_tables(model: Model) -> dict[str, Any]:
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
        "station_quotes": i64([1 + QUOTES.index(q.tells) if q else 0 for q in given]),
        "station_quote_grain": i64([q.grain if q else 1 for q in given]),
        "line_quote": f64(means),
        "quote_first": i64(np.cumsum([0, *counts])[:-1]),
        "quote_count": i64(counts),
        "quote_from": i64([step.at_least for step in steps]),
        "quote_join": f64([step.joins for step in steps]),
        "quote_patience": f64([step.patience for step in steps]),
    }


def number_tables(model: Model, add: Callable[[Any], int]) -> dict[str, Any]:
    """Return how numbers stay in line; `add` gives the number of a law."""
    given = [s.numbers for s in model.stations]
    return {
        "station_numbered": i64([n is not None for n in given]),
        "station_most_numbers": i64([n.most if n else -1 for n in given]),
        "station_call_law": i64([add(n.call_time) if n else -1 for n in given]),
        "station_call_key": u64([draws.name_hash("call", s.name) for s in model.stations]),
    }
