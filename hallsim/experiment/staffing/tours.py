"""Kinds of shift -> the ways to work a day: every beginning, and every place of the break.

In: a `Library`. Out: `Tour`s on the half-hours of the hall.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.staffing.posts import Post, Tour
from hallsim.model import US_PER_HOUR
from hallsim.scenario.shift_library import HALF_HOUR, Library, Shift

I64 = NDArray[np.int64]


def tours_of(library: Library, post: Post, slots: I64) -> list[Tour]:
    """Return the tours that people of a post may work.

    Raises
    ------
    UsageError
        If they may work none.
    """
    found = [
        tour
        for shift in library.shifts
        if not shift.stations or post.name in shift.stations
        for start in _starts(shift, slots)
        for tour in _with_break(shift, start, slots)
    ]
    if not found:
        raise UsageError(f"no shift may be worked at {post.name}; name it under `stations` of one, or leave that out")
    return found


def half_hours(slots: I64) -> list[Tour]:
    """Return tours of one half-hour each, which cost one: a requirement is what the fewest of them cover."""
    return [Tour("", ((a, b),), (i,), (b - a) / US_PER_HOUR, 1.0) for i, (a, b) in enumerate(slots.tolist())]


def _starts(shift: Shift, slots: I64) -> list[int]:
    """Return when a shift may begin so that it ends by closing."""
    close = int(slots[-1, 1])
    any_time: list[int] = slots[:, 0].tolist()
    return [t for t in shift.starts or any_time if t + shift.length <= close]


def _with_break(shift: Shift, start: int, slots: I64) -> list[Tour]:
    """Return a shift that begins at `start`, with its break wherever that may lie."""
    end = start + shift.length
    if not shift.pause:
        return [_tour(shift, ((start, end),), slots)]
    quarter = shift.length // 4
    begin, last = shift.window or (start + quarter, end - quarter)
    first = -(-begin // HALF_HOUR) * HALF_HOUR
    places = range(max(first, start + HALF_HOUR), min(last, end - HALF_HOUR) - shift.pause + 1, HALF_HOUR)
    return [_tour(shift, ((start, t), (t + shift.pause, end)), slots) for t in places]


def _tour(shift: Shift, stretches: tuple[tuple[int, int], ...], slots: I64) -> Tour:
    covered = [i for i, (a, b) in enumerate(slots.tolist()) if any(on <= a and b <= off for on, off in stretches)]
    worked = sum(off - on for on, off in stretches) + (shift.pause if shift.paid else 0)
    hours = worked / US_PER_HOUR
    return Tour(shift.name, stretches, tuple(covered), hours, hours * shift.wage)
