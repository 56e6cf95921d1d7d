"""F3: M/G/1, M/D/c, M/Ph/c and GI/M/c in steady state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, exponential, gaps, law, moments, rate
from tests.reference.plan import Case, Plan
from tests.reference.single import Single, count, horizon, relaxation, steady_plan, usual


def general_service(case: Case) -> Plan:
    """M/G/c, FIFO, infinite room."""
    p = case["params"]
    lam, c = p["arrival_rate"], p["servers"]
    mean, scv = moments(p["service"])
    when = horizon(relaxation(lam * mean / c, c, mean, (1 + scv) / 2), lam)
    station = {"servers": c, "time": law(p["service"])}
    return steady_plan(Single(case, when, c, lam), station, {"rate": rate(lam)})


def general_gaps(case: Case) -> Plan:
    """GI/M/c. The first customer comes one gap after 0.

    sigma, the root of sigma = A*(c mu (1 - sigma)), is estimated from the waits of the delayed, whose
    mean is 1 / (c mu (1 - sigma)).
    """
    p = case["params"]
    mu, c = p["service_rate"], p["servers"]
    gap = gaps(p["interarrival"])
    mean, scv = moments(gap)
    lam = 1 / mean
    # a longer warm-up than needed costs little
    when = horizon(relaxation(lam / (c * mu), c, 1 / mu, max(2.0, (1 + scv) / 2)), lam)

    def counts(log: Log, single: Single) -> Mapping[str, tuple[Any, Any]]:
        total = count(log, single)[0]
        wait = total[measure.SUM_WAIT] / US_PER_UNIT
        return {**usual(log, single), "sigma": (wait - total[measure.N_DELAYED] / (c * mu), wait)}

    station = {"servers": c, "time": exponential(mu)}
    arrivals = {"gaps": law(gap)}
    return steady_plan(Single(case, when, c, lam), station, arrivals, counts)


ADAPTERS = {
    "Poisson arrivals, iid service, one server, FIFO, infinite room, steady state. Lognormal given by mean and cv of "
    "the service time itself. hyperexp2: with prob p rate1 else rate2.": general_service,
    "FIFO, steady state.": general_service,
    "FIFO, steady state. coxian2: phase 1 rate #, then with prob # a phase 2 with rate #.": general_service,
    "Renewal arrivals (first arrival one inter-arrival after 0), FIFO, steady state as seen by arrivals.": general_gaps,
}
