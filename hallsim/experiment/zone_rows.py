"""Who was in which zone, and who waited outside of one, in the rows of some days (semantics 50, 51)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import I64
from hallsim.compiled import NOTE_CUSTOMER, NOTE_FIRST_CALL, NOTE_OUTSIDE, NOTE_STEP, NOTE_VALUE, NOTE_WHAT, Log
from hallsim.experiment.day_rows import DayRows, left_line, who_joined
from hallsim.model import Model


class ZoneRows(NamedTuple):
    """By row: the zone (-1: none), when the customer came to its door, when he came in, and when he left his place."""

    zone: I64
    came: I64
    entered: I64
    left: I64


def zone_rows(model: Model, line_station: I64, r: DayRows, logs: list[Log]) -> ZoneRows:
    """Return who was in which zone on some days; `line_station` is the station of each line."""
    of = np.array([*(s.zone for s in model.stations), -1])
    waited_in = np.array([*(s.waits_in_zone for s in model.stations), False])
    station = np.where(r.line >= 0, line_station[r.line], len(model.stations))
    zone = np.where(who_joined(r), of[station], -1)
    outside, first_call = (_noted(r, logs, what) for what in (NOTE_OUTSIDE, NOTE_FIRST_CALL))
    called = np.where(first_call > 0, first_call, left_line(r))
    return ZoneRows(zone, r.t_join, r.t_join + outside, np.where(waited_in[station], called, r.t_end))


def _noted(r: DayRows, logs: list[Log], what: int) -> I64:
    """Return for each row what a note says of it, 0 without one."""
    found = np.zeros(len(r.day), dtype=np.int64)
    keys = _keys(r.day, r.customer, r.step)
    for day, log in enumerate(logs):
        notes = log.notes[log.notes[:, NOTE_WHAT] == what]
        at = np.searchsorted(keys, _keys(day, notes[:, NOTE_CUSTOMER], notes[:, NOTE_STEP]))
        found[at] = notes[:, NOTE_VALUE]
    return found


def _keys(day: I64 | int, customer: I64, step: I64) -> I64:
    """Return what rows are in the order of."""
    return np.asarray((day << np.int64(44)) + (customer << 16) + step, dtype=np.int64)


def inside(model: Model, belong: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many are in each zone, from how many belong there: int64[day, zone, instant] each.

    Who does not fit in stands in the zone's overflow.
    """
    places = np.array([zone.places for zone in model.zones], dtype=np.int64)[:, None]
    found = np.minimum(belong, places)
    for i, zone in enumerate(model.zones):
        if zone.overflow >= 0:
            found[:, zone.overflow] += belong[:, i] - np.minimum(belong[:, i], places[i])
    return found
