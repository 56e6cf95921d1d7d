"""The loop over replications without Python in it: kernel, reducer, next replication."""

from __future__ import annotations

from hallsim.engines.kernel import run_day
from hallsim.jit import entrance
from hallsim.kpis.reduce import reduce
from hallsim.kpis.tally import out as table_of_sums


@entrance
def run_many(handle, tally, seed, first, done, stop, sums):  # type: ignore[no-untyped-def]
    """Simulate and reduce replications `first + done` to `first + len(sums) - 1`.

    Parameters
    ----------
    handle : recarray[1] of DAY
        Of the `Workspace` whose rows the tally watches.
    tally : recarray[1] of TALLY
    seed, first, done : int
    stop : int64[1]
        Read before each replication: anything but 0 ends the loop.
    sums : int64[count, spec.size]
        Row i gets replication `first + i`.

    Returns
    -------
    int, int
        How many rows are filled, and a status: 0, or what stopped the loop at the replication after them.
    """
    out = table_of_sums(tally[0])
    status = 0
    while done < sums.shape[0] and stop[0] == 0:
        status = run_day(handle, seed, first + done)
        if status != 0:
            break
        day = handle[0]
        status = reduce(tally, day.n_rows, day.n_server_rows, day.n_notes, day.end)
        if status != 0:
            break
        for i in range(sums.shape[1]):
            sums[done, i] = out[i]
        done += 1
    return done, status
