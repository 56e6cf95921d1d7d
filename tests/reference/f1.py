"""F1: M/M/c in steady state, and the first customers of M/M/c from empty."""

from __future__ import annotations

import numpy as np

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate
from tests.reference.plan import Case, Counts, NotCovered, Plan
from tests.reference.single import Single, horizon, relaxation, steady_plan


def steady(case: Case) -> Plan:
    """M/M/c, FIFO, infinite room."""
    p = case["params"]
    lam, mu, c = p["arrival_rate"], p["service_rate"], p["servers"]
    when = horizon(relaxation(lam / (c * mu), c, 1 / mu), lam)
    return steady_plan(Single(case, when, c, lam), {"servers": c, "time": exponential(mu)}, {"rate": rate(lam)})


def first_customers(case: Case) -> Plan:
    """The mean waits of customers 1 ... n of M/M/c that begins empty."""
    p = case["params"]
    if p.get("initial", "empty") != "empty":
        raise NotCovered(f"initial state {p['initial']!r}")
    lam, mu, c, n = p["arrival_rate"], p["service_rate"], p["servers"], p["n"]
    # n customers have come by then but for a chance below 1e-12
    length = (n + 9 * np.sqrt(n) + 40) / lam

    def counts(log: Log) -> Counts:
        waits = measure.first_waits(log.rows, n) / US_PER_UNIT
        return {"mean_wait_by_customer": (waits, 1.0), "mean_of_first_n": (waits.sum(), n)}

    return Plan(
        scenario={
            "format": 1,
            "hall": "Reference case",
            "run_for": duration(length),
            "arrivals": {"rate": rate(lam)},
            "stations": {"counter": {"servers": c, "time": exponential(mu)}},
        },
        measure=counts,
        rows=lam * length,
        terminating=True,
    )


ADAPTERS = {
    "Poisson arrivals, exponential service, FIFO, infinite room, steady state.": steady,
    "System empty at time 0; customer k is the k-th arrival. Each value is an expectation over independent "
    "replications.": first_customers,
}
