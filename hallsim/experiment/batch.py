"""The loop over replications without Python in it: kernel, reducer, next replication."""

from __future__ import annotations

from hallsim.engines.kernel import run_day
from hallsim.jit import njit
from hallsim.kpis.reduce import reduce


@njit
def run_many(handle, rows, server_rows, spec, seed, first, done, count, stop, scratch, histogram, sums):  # type: ignore[no-untyped-def]
    """Simulate and reduce replications `first + done` to `first + count - 1`.

    Parameters
    ----------
    handle, rows, server_rows : of the `Workspace`
    spec : hallsim.kpis.layout.Spec
    seed, first, done, count : int
    stop : int64[1]
        Read before each replication: anything but 0 ends the loop.
    scratch, histogram : see `hallsim.kpis.reduce.reduce`
    sums : int64[count, spec.size]
        Row i gets replication `first + i`.

    Returns
    -------
    int, int
        How many rows are filled, and a status: 0, or what stopped the loop at the replication after them.
    """
    status = 0
    while done < count and stop[0] == 0:
        status = run_day(handle, seed, first + done)
        if status != 0:
            break
        day = handle[0]
        status = reduce(
            spec,
            rows,
            day.n_rows,
            server_rows,
            day.n_server_rows,
            day.end,
            scratch,
            histogram,
            sums[done],
        )
        if status != 0:
            break
        done += 1
    return done, status
