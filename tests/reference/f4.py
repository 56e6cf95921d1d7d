"""F4: non-preemptive priorities, with common or class-dependent service, and with patience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, law, moments, rate, shares
from tests.reference.plan import Case, Plan
from tests.reference.single import Single, classes, horizon, relaxation, segment_shares, steady_plan


def _priority_plan(case: Case, rates: list[float], station: Mapping[str, Any], memory: float, n_servers: int) -> Plan:
    named = segment_shares(rates)
    lam = sum(rates)
    # classes are estimated one by one: observe enough of the rarest
    customers = min(400_000.0, 20_000 * lam / min(rates))
    single = Single(case, horizon(memory, lam, max(60_000.0, customers)), n_servers, lam)

    def counts(log: Log, single: Single) -> Mapping[str, tuple[Any, Any]]:
        return classes(log, single, len(rates))

    return steady_plan(
        single,
        {"servers": n_servers, "call": {"priority": list(named)}, **station},
        {"rate": rate(lam)},
        counts,
        segments=shares(named),
    )


def common_service(case: Case) -> Plan:
    """M/M/c with priority classes that share one service rate."""
    p = case["params"]
    rates, mu, c = p["arrival_rates"], p["service_rate"], p["servers"]
    memory = relaxation(sum(rates) / (c * mu), c, 1 / mu)
    return _priority_plan(case, rates, {"time": exponential(mu)}, memory, c)


def own_service(case: Case) -> Plan:
    """M/G/c with priority classes, each with its own law of service."""
    p = case["params"]
    c = p["servers"]
    rates = [k["arrival_rate"] for k in p["classes"]]
    both = [moments(k["service"]) for k in p["classes"]]
    load = sum(r * m for r, (m, _) in zip(rates, both, strict=True))
    mean = load / sum(rates)
    second = sum(r * m * m * (1 + v) for r, (m, v) in zip(rates, both, strict=True)) / sum(rates)
    memory = relaxation(load / c, c, mean, second / mean**2 / 2)
    time = {f"class{i + 1}": law(k["service"]) for i, k in enumerate(p["classes"])}
    return _priority_plan(case, rates, {"time": time}, memory, c)


def two_classes(case: Case) -> Plan:
    """M/M/c with priority classes, each with its own service rate and patience (rate 0: endless)."""
    p = case["params"]
    c, rates = p["servers"], p["arrival_rates"]
    load = sum(r / m for r, m in zip(rates, p["service_rates"], strict=True))
    slowest = 1 / min(p["service_rates"])
    patience_rates = p.get("patience_rates", [0.0] * len(rates))
    memory = relaxation(load / c, c, slowest, 1.5) if load < c else float("inf")
    if max(patience_rates) > 0:  # those who wait for ever must be few enough for the servers
        endless = sum(r / m for r, m, t in zip(rates, p["service_rates"], patience_rates, strict=True) if t == 0)
        leaving = 2 / min(t for t in patience_rates if t > 0)
        memory = min(memory, leaving + (relaxation(endless / c, c, slowest, 1.5) if endless else slowest))
    time = {f"class{i + 1}": exponential(m) for i, m in enumerate(p["service_rates"])}
    patience = {
        f"class{i + 1}": f"exponential {duration(1 / t)}" if t > 0 else "never" for i, t in enumerate(patience_rates)
    }
    station = {"time": time, "patience": patience}
    return _priority_plan(case, rates, station, memory, c)


def preemptive(case: Case) -> Plan:
    """M/M/c with two classes, of which the first interrupts the second; W is the time from coming to leaving."""
    p = case["params"]
    c, rates = p["servers"], p["arrival_rates"]
    load = sum(r / m for r, m in zip(rates, p["service_rates"], strict=True))
    named = segment_shares(rates)
    lam = sum(rates)
    memory = relaxation(load / c, c, 1 / min(p["service_rates"]), 1.5)
    when = horizon(memory, lam, max(60_000.0, min(400_000.0, 20_000 * lam / min(rates))))
    start, stop = (int(t) for t in when.edges)
    station = {
        "servers": c,
        "time": {f"class{i + 1}": exponential(m) for i, m in enumerate(p["service_rates"])},
        "call": {"priority": list(named), "preemptive": "yes"},
        "interrupted": "resume",
    }

    def counts(log: Log) -> Mapping[str, tuple[Any, Any]]:
        nothing = np.zeros(0, dtype=np.int64)
        visits = [measure.visits(log.rows, kind, start, stop, nothing) for kind in range(len(rates))]
        return {f"W_class{i + 1}": (time / US_PER_UNIT, n) for i, (n, time) in enumerate(visits)}

    return Plan(
        scenario=when.scenario({"counter": station}, {"rate": rate(lam)}, segments=shares(named)),
        measure=counts,
        rows=when.length * lam * 1.5,
    )


ADAPTERS = {
    "Class 1 interrupts class 2; interrupted service resumes. W = sojourn time (arrival to departure).": preemptive,
    "Class 1 highest. Non-preemptive; a free server takes the oldest customer of the highest non-empty class. Common "
    "service rate. Steady state.": common_service,
    "Class 1 highest, non-preemptive, FIFO within class, steady state.": own_service,
    "Class 1 has non-preemptive priority; FIFO within class; any server serves any class; patience (if >0) Exp while "
    "waiting. W_i_all = mean time in queue of all class-i customers. P_ab_i fraction abandoning.": two_classes,
}
