"""F7: pools with skills: N, V, X and W models, and longest waiting first with a finite waiting room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hallsim.compiled import ROW_CALL, ROW_END, ROW_JOIN, ROW_WHAT, ROW_WHO, STEP_BLOCKED, STEP_RENEGED, Log
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate, shares
from tests.reference.plan import FRACTION, PROBABILITY, Case, Counts, Plan
from tests.reference.single import horizon, relaxation

CUSTOMERS = 30_000
"""Customers of the rarest class observed in a replication."""


def count_pools(log: Log, names: Sequence[str], pools: Sequence[int], start: int, stop: int) -> Counts:
    """Count by class (customer type i is `names[i]`) and by pool (servers in the order of the pools)."""
    rows = log.rows
    join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
    outcome = (rows[:, ROW_WHAT] >> 32) & 0xFF
    kind = (rows[:, ROW_WHO] >> 24) & 0xFFFF
    pool = np.repeat(np.arange(len(pools)), pools)[np.maximum((rows[:, ROW_WHO] & 0xFFFFFF) - 1, 0)]
    called = call >= 0
    inside = (join >= start) & (join < stop)
    joined = inside & (outcome != STEP_BLOCKED)
    wait = np.where(called, call, end) - join
    out: dict[str, tuple[Any, Any]] = {}
    delayed = joined & (~called | (wait > 0))
    for i, name in enumerate(names):
        own = joined & (kind == i)
        n = own.sum()
        for title in (f"class{name}", f"class_{name}", name):
            out[f"W_{title}"] = (wait[own].sum() / US_PER_UNIT, n)
            out[f"P_wait_{title}"] = ((own & delayed).sum(), n)
            out[f"P_ab_{title}"] = ((own & (outcome == STEP_RENEGED)).sum(), n)
            out[f"P_lost_{title}"] = ((inside & (kind == i)).sum() - n, (inside & (kind == i)).sum())
        served = own & called
        out[f"frac_class{name}_served_by_pool2"] = ((served & (pool == 1)).sum(), served.sum())
        out[f"cross_served_class{name}"] = ((served & (pool != i)).sum(), served.sum())
    out["P_wait"] = (delayed.sum(), joined.sum())
    busy = np.where(called, np.clip(end, start, stop) - np.clip(call, start, stop), 0)
    for j, size in enumerate(pools):
        out[f"util_pool{j + 1}"] = (busy[called & (pool == j)].sum(), (stop - start) * size)
    return out


def plan_of_pools(
    case: Case,
    rates: Mapping[str, float],
    pools: Mapping[str, Mapping[str, Any]],
    station: Mapping[str, Any],
    slowest: float,
    load: float,
) -> Plan:
    """Return the plan of one station; `load` is the work in servers, `slowest` the longest mean of a service."""
    sizes = [int(p["servers"]) for p in pools.values()]
    lam, servers = sum(rates.values()), sum(sizes)
    bounded = "patience" in station or "room" in station
    memory = 10 * slowest if bounded else 2 * relaxation(load / servers, servers, slowest)
    when = horizon(memory, lam, CUSTOMERS * lam / min(rates.values()))
    named = {f"class{name}": float(x) for name, x in rates.items()}
    start, stop = (int(t) for t in when.edges)
    kinds = {f"util_pool{j + 1}": FRACTION for j in range(len(sizes))}
    kinds |= {n: PROBABILITY for n in case["quantities"] if n.startswith(("frac_", "cross_"))}
    return Plan(
        scenario=when.scenario(
            {"counter": {"pools": {n: dict(p) for n, p in pools.items()}, **station}},
            {"rate": rate(lam)},
            segments=shares(named),
        ),
        measure=lambda log: count_pools(log, list(rates), sizes, start, stop),
        rows=when.length * lam,
        kinds=kinds,
    )


def _patience(rates: Sequence[float]) -> dict[str, Any]:
    if not any(rates):
        return {}
    return {
        "patience": {f"class{i + 1}": f"exponential {duration(1 / t)}" if t else "never" for i, t in enumerate(rates)}
    }


def _nested(case: Case, order: Sequence[str], patience: Sequence[float], **more: Any) -> Plan:
    """Pool 1 calls class 1 only, pool 2 calls both."""
    p = case["params"]
    rates, services = p["arrival_rates"], p["service_rates_by_class"]
    return plan_of_pools(
        case,
        {str(i + 1): r for i, r in enumerate(rates)},
        {
            "pool1": {"servers": p["pool1"], "calls": ["class1"]},
            "pool2": {"servers": p["pool2"], "calls": order, **more},
        },
        {
            "time": {f"class{i + 1}": exponential(m) for i, m in enumerate(services)},
            "tries": {"class1": ["pool1", "pool2"]},
            **_patience(patience),
            **({"room": {"waiting": p["K"]}} if more else {}),
        },
        1 / min(services),
        sum(r / m for r, m in zip(rates, services, strict=True)),
    )


def nested(case: Case) -> Plan:
    """N and V models: which class pool 2 calls first is a parameter."""
    first = case["params"]["pool2_priority_class"]
    return _nested(case, [f"class{first}", f"class{3 - first}"], case["params"].get("patience_rates", []))


def nested_longest(case: Case) -> Plan:
    """N model whose second pool calls the longest waiting, with K waiting places for both classes together."""
    return _nested(case, ["class1", "class2"], [], by="longest_waiting")


def crossed(case: Case) -> Plan:
    """X model: own class first, then the other, with a rate for every class and pool."""
    p = case["params"]
    rates, services = p["arrival_rates"], p["service_rates_class_pool"]
    slowest = 1 / min(x for row in services for x in row)
    pools = {
        f"pool{j + 1}": {
            "servers": p["pools"][j],
            "calls": [f"class{j + 1}", f"class{2 - j}"],
            "time": {f"class{i + 1}": exponential(services[i][j]) for i in range(2)},
        }
        for j in range(2)
    }
    time = {f"class{i + 1}": exponential(services[i][i]) for i in range(2)}
    station = {"time": time, **_patience(p.get("patience_rates", []))}
    return plan_of_pools(
        case, {str(i + 1): r for i, r in enumerate(rates)}, pools, station, slowest, sum(rates) * slowest
    )


def shared_middle(case: Case) -> Plan:
    """W model: B is called by both pools, after their own class, and tries pool 1 first."""
    p = case["params"]
    rates, mu, theta = p["arrival_rates"], p["service_rate"], p.get("patience_rate", 0.0)
    pools = {
        "pool1": {"servers": p["pool1"], "calls": ["classA", "classB"]},
        "pool2": {"servers": p["pool2"], "calls": ["classC", "classB"]},
    }
    station: dict[str, Any] = {"time": exponential(mu)}
    if theta:
        station["patience"] = f"exponential {duration(1 / theta)}"
    return plan_of_pools(case, rates, pools, station, 1 / mu, sum(rates.values()) / mu)


_USUAL = (
    "Exponential service by class (same in either pool) unless matrix given; FIFO within class; non-preemptive; "
    "steady state. "
)
_NESTED = (
    _USUAL + "Pool 1 serves class 1 only; pool 2 serves both. A class-1 arrival takes a free pool-1 server, else a "
    "free pool-2 server, else waits. A class-2 arrival takes a free pool-2 server else waits. A pool-1 server calls "
    "class 1. A pool-2 server calls class {} first, then the other. Patience Exp while waiting (0=none)."
)
ADAPTERS = {
    _NESTED.format(1): nested,
    _NESTED.format(2): nested,
    _USUAL + "Class i tries pool i first, then the other pool, else waits. A server of pool j calls its own class j "
    "first, else the other class (no reservation). Rate depends on (class,pool).": crossed,
    _USUAL + "Pool 1 skills {A,B} calls A before B; pool 2 skills {B,C} calls C before B. B tries pool 1 first, then "
    "pool 2.": shared_middle,
    "As N-model, but waiting customers stand in one line with K places (both classes together); a freed server calls "
    "the longest-waiting customer it can serve; an arrival that cannot start at once and finds K waiting is lost. "
    "Class 1 takes pool 1 first.": nested_longest,
}
