"""One time at a time: what a law of the hall gives somebody for a purpose, and how it becomes ticks."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import LONGEST
from hallsim.draws import place_of, uniform_at
from hallsim.engines import tables
from hallsim.engines.far import FLOAT, INT, WORD, caller, entry, record_at
from hallsim.engines.records import DAY
from hallsim.jit import inline
from hallsim.parts.distributions import LawTable, deterministic
from hallsim.parts.distributions.dispatch import quantile

_DETERMINISTIC = deterministic.CODE
_day_at = record_at(DAY)
MAX_TICKS = float(LONGEST)


@inline
def to_ticks(x, resolution):  # type: ignore[no-untyped-def]
    """Round microseconds to the nearest tick, halves up; -1 where x is no possible duration."""
    if not (0.0 <= x < MAX_TICKS):
        return np.int64(-1)
    if resolution == 1:
        return np.int64(x + 0.5)
    return np.int64(x / resolution + 0.5) * resolution


@inline
def _draw_at(w, law, place):  # type: ignore[no-untyped-def]
    """Return the time that a law of the hall gives to a place, in microseconds; a constant needs no draw."""
    if tables.law_code(w)[law] == _DETERMINISTIC:
        return tables.law_numbers(w)[4 * law]
    laws = LawTable(
        tables.law_code(w),
        tables.law_numbers(w),
        tables.law_first(w),
        tables.law_size(w),
        tables.law_part(w),
        tables.law_table(w),
    )
    return quantile(laws, law, uniform_at(place))


@entry("draw_at", "float64(int64, int64, uint64)")
def _draw_at_entry(address, law, place):  # type: ignore[no-untyped-def]
    return _draw_at(_day_at(address), law, place)


_far_draw = caller("draw_at", _draw_at, DAY, FLOAT, INT, WORD)


@inline
def draw(w, law, key, purpose, k):  # type: ignore[no-untyped-def]
    """Return the k-th time of somebody for a purpose, by a law of the hall, in microseconds."""
    return _far_draw(w, law, place_of(key, purpose, k))
