"""Days of the kernel in one compiled loop, with the sums that the C peers make of each day's rows."""

from __future__ import annotations

from hallsim import compiled as codes
from hallsim.engines.kernel import run_day
from hallsim.jit import njit

N_SUMS = 8
_WHAT, _ARRIVE, _JOIN, _CALL = codes.ROW_WHAT, codes.ROW_ARRIVE, codes.ROW_JOIN, codes.ROW_CALL
_SERVED, _RENEGED = codes.STEP_SERVED, codes.STEP_RENEGED


@njit
def run_many(handle, rows, seed, first, n, counter, kiosk, warm_up, sums):  # type: ignore[no-untyped-def]
    """Simulate replications first, ..., first + n - 1 and add to sums, in microseconds and counts.

    `counter` and `kiosk` are the lines of two stations as (first, beyond). Sums: customers; served at the
    counter; given up; steps at the kiosk; ticks waited by those served at the counter; those of them who
    came after the warm-up; ticks waited by these; steps.

    Returns
    -------
    tuple of int
        Replications done and the status of the one that failed (0: none did).
    """
    for i in range(n):
        status = run_day(handle, seed, first + i)
        if status != 0:
            return i, status
        customers = served = gave_up = kiosks = wait = kept = kept_wait = 0
        for r in range(handle[0].n_rows):
            what = rows[r, _WHAT]
            line = what & 0xFFFF
            outcome = (what >> 32) & 0xFF
            ok = (line >= counter[0]) & (line < counter[1]) & (outcome == _SERVED)
            keep = ok & (rows[r, _ARRIVE] >= warm_up)
            waited = rows[r, _CALL] - rows[r, _JOIN]
            customers += ((what >> 16) & 0xFFFF) == 0  # everybody has one first step
            served += ok
            wait += waited if ok else 0
            kept += keep
            kept_wait += waited if keep else 0
            gave_up += outcome == _RENEGED
            kiosks += (line >= kiosk[0]) & (line < kiosk[1])
        sums[0] += customers
        sums[1] += served
        sums[2] += gave_up
        sums[3] += kiosks
        sums[4] += wait
        sums[5] += kept
        sums[6] += kept_wait
        sums[7] += handle[0].n_rows
    return n, 0
