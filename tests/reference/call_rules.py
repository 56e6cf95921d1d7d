"""Call rules by score and pools that help out: cases of our own, in families 4 and 7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hallsim.compiled import ROW_CALL, ROW_JOIN, ROW_WHO, Log
from tests.reference import f7
from tests.reference.laws import US_PER_UNIT, duration, exponential, law, moments, rate, shares
from tests.reference.plan import MEAN, Case, Plan
from tests.reference.single import Single, classes, horizon, relaxation, segment_shares, steady_plan


def single_server(case: Case) -> Plan:
    """M/G/1 with classes, each with its own law of service, and a call rule in the scenario language."""
    p = case["params"]
    rates = p["arrival_rates"]
    both = [moments(spec) for spec in p["services"]]
    means = np.array([mean for mean, _ in both])
    lam, load = sum(rates), float(np.dot(rates, means))
    second = sum(r * m * m * (1 + v) for r, (m, v) in zip(rates, both, strict=True)) / lam
    memory = relaxation(load, 1, load / lam, second / (load / lam) ** 2 / 2)
    if p.get("room"):
        memory = 4 * (p["room"] + 1) * float(means.max())
    single = Single(case, horizon(memory, lam, max(60_000.0, 20_000 * lam / min(rates))), 1, lam)
    start, stop = (int(t) for t in single.when.edges)

    def counts(log: Log, single: Single) -> Mapping[str, tuple[Any, Any]]:
        rows = log.rows
        join, call = rows[:, ROW_JOIN], rows[:, ROW_CALL]
        inside = (join >= start) & (join < stop) & (call >= 0)
        mean = means[(rows[inside, ROW_WHO] >> 24) & 0xFFFF]
        work = float(((call - join)[inside] * mean).sum()) / US_PER_UNIT
        return classes(log, single, len(rates)) | {"work_in_line": (work, (stop - start) / US_PER_UNIT)}

    named = segment_shares(rates)
    station: dict[str, Any] = {
        "servers": 1,
        "call": p["call"],
        "time": {f"class{i + 1}": law(spec) for i, spec in enumerate(p["services"])},
    }
    if p.get("room"):
        station["room"] = {"waiting": p["room"]}
    plan = steady_plan(single, station, {"rate": rate(lam)}, counts, segments=shares(named))
    return Plan(plan.scenario, plan.measure, plan.rows, kinds={**plan.kinds, "work_in_line": MEAN})


def helped(case: Case) -> Plan:
    """Two pools, of which the first helps the second class out."""
    p = case["params"]
    rates, services, theta = p["arrival_rates"], p["service_rates"], p["patience_rate"]
    pools = {
        "pool1": {"servers": p["pool1"], "calls": ["class1"], "overflow": {"class2": p["overflow"]}},
        "pool2": {"servers": p["pool2"], "calls": ["class2"]},
    }
    station: dict[str, Any] = {"time": {f"class{i + 1}": exponential(m) for i, m in enumerate(services)}}
    station["patience"] = f"exponential {duration(1 / theta)}"
    load = sum(r / m for r, m in zip(rates, services, strict=True))
    named = {str(i + 1): r for i, r in enumerate(rates)}
    return f7.plan_of_pools(case, named, pools, station, 1 / min(services), load)


def late_help(case: Case) -> Plan:
    """One server who calls a line that nobody else does, once somebody has waited so long."""
    p = case["params"]
    lam, mu = p["arrival_rate"], p["service_rate"]
    pools = {"pool1": {"servers": 1, "calls": ["class2"], "overflow": {"class1": duration(p["after"])}}}
    # who is called at once does not come: it only makes the line another's
    named = {"1": lam, "2": lam * 1e-9}
    when = horizon(relaxation(lam / mu, 1, 1 / mu) + p["after"], lam, 120_000)
    start, stop = (int(t) for t in when.edges)
    return Plan(
        scenario=when.scenario(
            {"counter": {"pools": pools, "time": exponential(mu)}},
            {"rate": rate(lam)},
            segments=shares({f"class{name}": x for name, x in named.items()}),
        ),
        measure=lambda log: f7.count_pools(log, list(named), [1], start, stop),
        rows=when.length * lam,
        kinds={"W_class1": MEAN},
    )


ADAPTERS_F4 = {
    "One server, Poisson arrivals by class, independent services by class; a free server calls by the call rule of the "
    "scenario language, inside a class first come, first served; who finds `room` waiting is lost. Steady state. "
    "work_in_line = mean of the sum, over those who wait, of the mean service of their classes.": single_server,
}
ADAPTERS_F7 = {
    "Exponential services by class and patience, steady state. Pool i calls class i, whose customers take a free "
    "server of it, else wait. A free server of pool 1 whom nobody of class 1 awaits calls class 2 while its line is as "
    "long as the overflow says, also when a customer has just made it so.": helped,
    "Poisson arrivals, exponential services, one server, who calls somebody only once the oldest has waited `after`. "
    "Steady state.": late_help,
}
