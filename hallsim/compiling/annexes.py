"""When stations are open: the hours of the hall, and those of its annexes (semantics 53).

In: `Model`. Out: `Hours`, which the calendar, the table of who can come where, and the engines read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hallsim.arrays import I64, i64
from hallsim.model import Model

EVERYWHERE = -1
"""Annex of stations that belong to none: those out of the hall, and all where there are no annexes."""


class Hours(NamedTuple):
    """When stations are open.

    opens, closes : int64[station], microseconds
    annex : int64[station], number of the annex or of the hall, which is one among them; EVERYWHERE: always open
    closings : int64[], when any of them close, rising, microseconds
    overnight : int64[station], 1: open round the clock on the days of a horizon, which do not part who is inside
    """

    opens: I64
    closes: I64
    annex: I64
    closings: I64
    overnight: I64


def hours_of(model: Model) -> Hours:
    """Return when the stations of a plain day are open; annexes are numbered by their hours."""
    usual = (model.open, model.close)
    known = sorted({station.hours for station in model.stations if station.hours})
    hours = [station.hours or usual for station in model.stations]
    return Hours(
        opens=i64([opens for opens, _ in hours]),
        closes=i64([closes for _, closes in hours]),
        annex=i64([known.index(s.hours) if s.hours else EVERYWHERE for s in model.stations]),
        closings=i64(sorted({model.close, *(closes for _, closes in known)})),
        overnight=i64(model.overnight),
    )


def inside_one_annex(hours: Hours) -> I64:
    """Return table[a, b] = 1 if nobody who comes from station a finds station b closed when its annex is."""
    return np.asarray(hours.annex[:, None] == hours.annex[None, :], dtype=np.int64)
