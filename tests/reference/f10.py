"""F10: batch arrivals at a FIFO station in steady state."""

from __future__ import annotations

from typing import Any

import numpy as np

from hallsim.compiled import ROW_ARRIVE, ROW_CALL, ROW_CUSTOMER, ROW_JOIN, Log
from tests.reference.laws import US_PER_UNIT, exponential, percent, rate
from tests.reference.plan import Case, Plan
from tests.reference.single import Single, horizon, relaxation, steady_plan, usual


def _with_first(log: Log, single: Single) -> dict[str, tuple[Any, Any]]:
    """Count the usual quantities, and the waits of those who are the first of their batch."""
    rows = log.rows[np.argsort(log.rows[:, ROW_CUSTOMER])]
    arrive = rows[:, ROW_ARRIVE]
    start, stop = (int(t) for t in single.when.edges)
    first = np.diff(arrive, prepend=-1) != 0  # batches of a Poisson stream do not meet
    first &= (arrive >= start) & (arrive < stop)
    waits = (rows[first, ROW_CALL] - rows[first, ROW_JOIN]) / US_PER_UNIT
    return {**usual(log, single), "Wq_first_of_batch": (waits.sum(), waits.size)}


def batches(case: Case) -> Plan:
    """M^X/M/c."""
    p = case["params"]
    sizes = {int(size): share for size, share in p["batch_size_pmf"].items()}
    mu, c = p["service_rate"], p["servers"]
    mean = sum(n * share for n, share in sizes.items())
    square = sum(n * n * share for n, share in sizes.items())
    lam = p["batch_rate"] * mean
    when = horizon(relaxation(lam / (c * mu), c, 1 / mu, square / mean), lam)
    group_size = {str(n): percent(share) for n, share in sizes.items()}
    arrivals = {"rate": rate(p["batch_rate"]), "group_size": group_size}
    station = {"servers": c, "time": exponential(mu)}
    return steady_plan(Single(case, when, c, lam), station, arrivals, _with_first)


ADAPTERS = {
    "Batches arrive Poisson; all members arrive at the same instant and are queued in random order inside the batch; "
    "each member is served individually. FIFO. Steady state.": batches,
}
"""Members of a group are alike and have draws of their own, so that their order is a random one."""
