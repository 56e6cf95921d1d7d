"""Days of a hall -> how its targets fared in each half-hour: the loop over days without Python in it.

A stay counts in the half-hour in which the customer joined the line (before opening: the first, after closing: the
last); who balked or found no room did not join. A service that was interrupted is not the end of a stay: the wait is
carried to the row that ends it (as in `hallsim.kpis.reduce`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim import compiled as c
from hallsim.engines.kernel import run_day
from hallsim.experiment.floor import SLOT_US, slots_of
from hallsim.jit import entrance, routine
from hallsim.kpis import kpi_of
from hallsim.model import US_PER_MINUTE, Model, Target

I64 = NDArray[np.int64]

CALLED_WITHIN, WAITED_WITHIN, ABANDONED, WAIT = range(4)
"""What is counted of those who joined: called within the time, over their wait within it whatever its end, left on
their own, microseconds waited."""

_CUSTOMER, _WHAT, _ARRIVE, _JOIN = c.ROW_CUSTOMER, c.ROW_WHAT, c.ROW_ARRIVE, c.ROW_JOIN
_CALL, _END, _NO_LINE = c.ROW_CALL, c.ROW_END, c.NO_LINE
_SERVED, _FAILED, _TRANSFERRED = c.STEP_SERVED, c.STEP_FAILED, c.STEP_TRANSFERRED
_BALKED, _BLOCKED, _INTERRUPTED = c.STEP_BALKED, c.STEP_BLOCKED, c.STEP_INTERRUPTED
_RENEGED, _NO_SHOW = c.STEP_RENEGED, c.STEP_NO_SHOW
_SLOT_US = SLOT_US
_CALLED_WITHIN, _WAITED_WITHIN, _ABANDONED = CALLED_WITHIN, WAITED_WITHIN, ABANDONED


class Counted(NamedTuple):
    """What to count, as compiled code reads it.

    hall : int64[4], opening, closing, number of the first half-hour since midnight, number of half-hours
    lines : int64[n_targets, n_lines], 1 where a target speaks of a line
    kinds, within : int64[n_targets], what is counted, and the time for it
    """

    hall: I64
    lines: I64
    kinds: I64
    within: I64

    def room(self, days: int) -> I64:
        """Return where the counts of some days go, zeros: int64[days, n_targets, n_slots, 2]."""
        return np.zeros((days, len(self.kinds), int(self.hall[3]), 2), dtype=np.int64)


def counted_of(model: Model, targets: Sequence[Target]) -> Counted:
    """Return what to count of a hall for some targets."""
    lines = [(i, line.ticket_class, s.role) for i, s in enumerate(model.stations) for line in s.lines]
    has_counter = any(s.role == "counter" for s in model.stations)

    def speaks_of(target: Target, station: int, ticket_class: int, role: str) -> bool:
        there = station == target.station or (target.station < 0 and (role == "counter" or not has_counter))
        return there and target.ticket_class in (-1, ticket_class)

    kinds, within = zip(*(_kind_of(target) for target in targets), strict=True)
    first = model.open // SLOT_US
    return Counted(
        np.array([model.open, model.close, first, len(slots_of(model))], dtype=np.int64),
        np.array([[speaks_of(target, *line) for line in lines] for target in targets], dtype=np.int64),
        np.array(kinds, dtype=np.int64),
        np.array(within, dtype=np.int64),
    )


def _kind_of(target: Target) -> tuple[int, int]:
    """Return what is counted for a target, and the time for it (0 where there is none)."""
    if target.measure == "service_level":
        return CALLED_WITHIN, target.within
    if kpi_of(target.measure).percentile:
        assert target.at_most is not None
        return WAITED_WITHIN, round(target.at_most * US_PER_MINUTE)
    return (ABANDONED if target.measure == "abandonment" else WAIT), 0


@routine
def _count_day(rows, n_rows, hall, lines, kinds, within, carried, out):  # type: ignore[no-untyped-def]
    """Add the stays of one day to out[target, slot, (counted, joined)]."""
    carrying = False
    for r in range(n_rows):
        what = rows[r, _WHAT]
        line = what & 0xFFFF
        outcome = (what >> 32) & 0xFF
        if line == _NO_LINE or outcome == _BALKED or outcome == _BLOCKED:
            continue
        arrive = rows[r, _ARRIVE]
        if arrive < hall[0] or arrive > hall[1]:
            continue
        join, call = rows[r, _JOIN], rows[r, _CALL]
        wait = (call if call >= 0 else rows[r, _END]) - join
        slot = min(max(join // _SLOT_US - hall[2], 0), hall[3] - 1)
        customer = rows[r, _CUSTOMER]
        if carrying and carried[customer, 0] > 0:
            slot = carried[customer, 0] - 1
            wait += carried[customer, 1]
            carried[customer, 0] = 0
        if outcome == _INTERRUPTED:
            if not carrying:
                carried[:n_rows, 0] = 0
                carrying = True
            carried[customer, 0] = slot + 1
            carried[customer, 1] = wait
            continue
        taken = outcome == _SERVED or outcome == _FAILED or outcome == _TRANSFERRED
        for i in range(lines.shape[0]):
            if lines[i, line] == 0:
                continue
            out[i, slot, 1] += 1
            kind = kinds[i]
            if kind == _CALLED_WITHIN:
                out[i, slot, 0] += np.int64(taken and wait <= within[i])
            elif kind == _WAITED_WITHIN:
                out[i, slot, 0] += np.int64(wait <= within[i])
            elif kind == _ABANDONED:
                out[i, slot, 0] += np.int64(outcome == _RENEGED or outcome == _NO_SHOW)
            else:
                out[i, slot, 0] += wait


@entrance
def count_days(handle, rows, hall, lines, kinds, within, carried, seed, first, done, stop, out):  # type: ignore[no-untyped-def]
    """Simulate replications `first + done` to `first + len(out) - 1` and count each into its row of `out`.

    Parameters
    ----------
    handle : recarray[1] of DAY
    rows : int64[row_room, ROW_FIELDS]
        Of the same `Workspace`.
    hall, lines, kinds, within : as in `Counted`
    carried : int64[row_room, 2], room for interrupted stays
    stop : int64[1]
        Read before each replication: anything but 0 ends the loop.
    out : int64[count, n_targets, n_slots, 2], zeros

    Returns
    -------
    int, int
        How many rows are filled, and a status: 0, or what stopped the engine at the replication after them.
    """
    status = 0
    while done < out.shape[0] and stop[0] == 0:
        status = run_day(handle, seed, first + done)
        if status != 0:
            break
        _count_day(rows, handle[0].n_rows, hall, lines, kinds, within, carried, out[done])
        done += 1
    return done, status
