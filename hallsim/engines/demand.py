"""By how much today's demand differs from the mean: gamma factors on the rates of sources (semantics 24)."""

from __future__ import annotations

import numpy as np

from hallsim import draws
from hallsim.draws import customer_key, stream_key
from hallsim.engines import tables
from hallsim.engines.far import INT, caller, entry, record_at
from hallsim.engines.records import DAY
from hallsim.engines.times import draw
from hallsim.jit import inline

_DAY_FACTOR, _HOUR_FACTOR = draws.PURPOSE_DAY_FACTOR, draws.PURPOSE_HOUR_FACTOR
_ZERO = np.uint64(0)
_day_at = record_at(DAY)


@inline
def _draw_factors(w, seed, replication):  # type: ignore[no-untyped-def]
    """Set the rates of every piece of a day: the mean ones times the factors of the source's day and hour."""
    pieces = tables.pieces(w)
    sources = tables.sources(w)
    for s in range(w.n_sources):
        source = sources[s]
        if source.day_law >= 0 or source.hour_law >= 0:
            key = customer_key(stream_key(np.uint64(seed), np.uint64(replication), source.varies_with), _ZERO)
            of_day = 1.0
            if source.day_law >= 0:
                of_day = draw(w, source.day_law, key, _DAY_FACTOR, _ZERO)
            for p in range(source.first, source.first + source.count):
                factor = of_day
                if source.hour_law >= 0:
                    factor *= draw(w, source.hour_law, key, _HOUR_FACTOR, np.uint64(pieces[p].hour))
                pieces[p].rate = pieces[p].mean_rate * factor
    return np.int64(0)


@entry("draw_factors", "int64(int64, int64, int64)")
def _draw_factors_entry(address, seed, replication):  # type: ignore[no-untyped-def]
    return _draw_factors(_day_at(address), seed, replication)


draw_factors = caller("draw_factors", _draw_factors, DAY, INT, INT, INT)
