"""Days of the kernel in one compiled loop, with the sums that the C peers make of each day's rows."""

from __future__ import annotations

from hallsim import compiled as codes
from hallsim.engines.kernel import run_day
from hallsim.engines.workspace import S_LOADED, S_ROWS
from hallsim.jit import njit

N_SUMS = 7
_WHAT, _ARRIVE, _JOIN, _CALL = codes.ROW_WHAT, codes.ROW_ARRIVE, codes.ROW_JOIN, codes.ROW_CALL
_SERVED, _RENEGED = codes.STEP_SERVED, codes.STEP_RENEGED


@njit
def run_many(c, ws, seed, first, n, counter, kiosk, sums):  # type: ignore[no-untyped-def]
    """Simulate replications first, ..., first + n - 1 and add to sums, in microseconds and counts.

    Sums: customers; served at the station `counter`; given up; steps at the station `kiosk`; ticks waited by
    the served; served who arrived after the warm-up; ticks waited by them.

    Returns
    -------
    tuple of int
        Replications done and the status of the one that failed (0: none did).
    """
    line_first = c.station_first_line[counter]
    line_beyond = line_first + c.station_n_lines[counter]
    kiosk_first = c.station_first_line[kiosk] if kiosk >= 0 else -1
    kiosk_beyond = kiosk_first + (c.station_n_lines[kiosk] if kiosk >= 0 else 0)
    for i in range(n):
        status = run_day(c, ws, seed, first + i)
        if status != 0:
            return i, status
        served = gave_up = kiosks = wait = kept = kept_wait = 0
        for r in range(ws.state[S_ROWS]):
            what = ws.rows[r, _WHAT]
            line = what & 0xFFFF
            outcome = (what >> 32) & 0xFF
            ok = (line >= line_first) & (line < line_beyond) & (outcome == _SERVED)
            keep = ok & (ws.rows[r, _ARRIVE] >= c.warm_up)
            waited = ws.rows[r, _CALL] - ws.rows[r, _JOIN]
            served += ok
            wait += waited if ok else 0
            kept += keep
            kept_wait += waited if keep else 0
            gave_up += outcome == _RENEGED
            kiosks += (line >= kiosk_first) & (line < kiosk_beyond)
        sums[0] += ws.state[S_LOADED]
        sums[1] += served
        sums[2] += gave_up
        sums[3] += kiosks
        sums[4] += wait
        sums[5] += kept
        sums[6] += kept_wait
    return n, 0
