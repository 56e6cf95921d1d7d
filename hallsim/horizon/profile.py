"""At what time of day those come who come again: as the others do (semantics 54).

In: a plain day, and the keys and types of those who come. Out: their times.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim import draws
from hallsim.arrays import F64, I64, U64, f64, i64
from hallsim.model import RETURNING, Model, Source

PURPOSE_TIME = np.uint64(draws.name_hash("time of day"))
_ZERO = np.uint64(0)


class Profile(NamedTuple):
    """When those who come again come on days of a kind.

    edges : int64[n + 1], microseconds
    cum : float64[n + 1], which part has come until then
    """

    edges: I64
    cum: F64


Profiles = tuple[Profile, ...]
"""Of everybody; or where annexes have hours of their own, of each type."""


def profiles_of(model: Model) -> Profiles:
    """Return the profiles of a plain day: mean rates, or level where nobody comes by rates.

    In a hall with annexes a type comes when those come who are of it (semantics 53).
    """
    sources = [source for source in model.sources if source.name != RETURNING]
    if all(station.hours is None for station in model.stations):
        return (_profile([(source, 1.0) for source in sources], model),)
    types = range(len(model.types))
    return tuple(_profile([(s, s.mix[t]) for s in sources if s.mix[t] > 0.0], model) for t in types)


def _profile(sources: list[tuple[Source, float]], model: Model) -> Profile:
    """Return the profile of sources, each with its part of them that counts."""
    pieces = [(p, max(s.start, model.open), part) for s, part in sources for p in s.pieces]
    crowds = [(opens, part * p.rate * (p.end - p.start)) for p, opens, part in pieces if p.end <= opens]
    rates = [(p.start, p.end, part * p.rate) for p, opens, part in pieces if p.end > opens]
    bounds = sorted({model.open, model.close, *(o for o, _ in crowds), *(t for a, b, _ in rates for t in (a, b))})
    mass = [0.0]
    for begin, end in pairwise(bounds):
        early = sum(number for opens, number in crowds if opens == begin)
        rate = sum(rate for a, b, rate in rates if a <= begin and end <= b)
        mass.append(mass[-1] + rate * (end - begin) + early)
    if mass[-1] <= 0.0:
        bounds, mass = _level([source for source, _ in sources], model), [0.0, 1.0]
    return Profile(i64(bounds), f64(np.array(mass) / mass[-1]))


def _level(sources: list[Source], model: Model) -> list[int]:
    """Return from when till when the doors are open for sources."""
    own = [source for source in sources if source.end > 0]
    opens, closes = min((s.start for s in own), default=0), max((s.end for s in own), default=model.close)
    return [max(opens, model.open), min(closes, model.close)]


def times_of(came: NDArray[np.void], profiles: Profiles, resolution: int) -> I64:
    """Return when customers come who come again, by a draw of each, int64[n]; the last tick may be the closing."""
    if len(profiles) == 1:
        return _times(came["key"], profiles[0], resolution)
    times = np.zeros(len(came), dtype=np.int64)
    for kind in np.unique(came["type"]).tolist():
        his = came["type"] == kind
        times[his] = _times(came["key"][his], profiles[kind], resolution)
    return times


def _times(keys: U64, profile: Profile, resolution: int) -> I64:
    u = draws.uniforms(keys, PURPOSE_TIME, _ZERO)
    piece = np.minimum(np.searchsorted(profile.cum, u, side="right") - 1, len(profile.edges) - 2)
    before, width = profile.cum[piece], profile.cum[piece + 1] - profile.cum[piece]
    start, length = profile.edges[piece], profile.edges[piece + 1] - profile.edges[piece]
    t = start + (u - before) / width * length
    return np.asarray(np.floor(t / resolution + 0.5) * resolution, dtype=np.int64)
