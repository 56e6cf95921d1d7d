"""F2: lost customers, balking by the number inside, and giving up (Erlang A, M/M/n+G)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.formula import evaluate
from tests.reference.laws import US_PER_UNIT, duration, exponential, law, moments, number, rate
from tests.reference.plan import Case, NotCovered, Plan
from tests.reference.single import Horizon, Single, horizon, relaxation, steady_plan, usual

SURELY_BALKS = 1e-13


def _bounded(lam: float, mu: float, c: int, room: int) -> Horizon:
    """Return a horizon for a queue that never exceeds `room`: it mixes within room^2 steps at the worst."""
    rho = lam / (c * mu)
    within = room / (c * mu) * min(room, 1 / abs(1 - np.sqrt(rho)) if rho != 1 else room)
    return horizon(1 / mu + within, lam)


def finite_room(case: Case) -> Plan:
    """M/M/c/K: room for K inside; a customer who finds it full is lost."""
    p = case["params"]
    lam, mu, c, room = p["arrival_rate"], p["service_rate"], p["servers"], p["capacity_total"]
    station = {"servers": c, "time": exponential(mu), "room": {"total": room}, "when_full": "leave"}
    return steady_plan(Single(case, _bounded(lam, mu, c, room), c, lam), station, {"rate": rate(lam)})


def joining(spec: list[float] | str, c: int) -> list[float]:
    """Return the probabilities of joining by the number inside; a formula "for n>=c" holds from there, before it 1.

    >>> joining("0.1 for n>=c", 2)[:4]
    [1.0, 1.0, 0.1, 0.1]
    """
    if not isinstance(spec, str):
        return [float(b) for b in spec]
    formula, _, condition = spec.partition(" for ")
    if condition and not re.fullmatch(r"n\s*>=\s*c(\s*,\s*(else|otherwise)\s+1)?", condition.strip()):
        raise NotCovered(f"join_probability {spec!r}")
    first = c if condition else 0
    table = [1.0] * first
    for n in range(first, c + 2000):
        table.append(min(1.0, max(0.0, float(evaluate(formula, n=float(n), c=float(c))))))
        if n >= c and (table[-1] < SURELY_BALKS or (n > c + 50 and table[-1] == table[-2])):
            break
    return table


def balking(case: Case) -> Plan:
    """M/M/c in which a customer who sees n inside joins with probability b(n)."""
    p = case["params"]
    lam, mu, c = p["arrival_rate"], p["service_rate"], p["servers"]
    table = joining(p["join_probability"], c)
    # beyond the first n at which joiners come more slowly than they are served, the queue shrinks
    full = next((n for n, b in enumerate(table) if n >= c and lam * b < 0.5 * c * mu), len(table)) + 5
    station = {
        "servers": c,
        "time": exponential(mu),
        "join_probability": [float(number(b)) for b in table],
    }
    return steady_plan(Single(case, _bounded(lam, mu, c, full), c, lam), station, {"rate": rate(lam)})


def _patient(case: Case, patience: Any, mean_patience: float, measured: Any) -> Plan:
    p = case["params"]
    lam, mu, c = p["arrival_rate"], p["service_rate"], p["servers"]
    rho = lam / (c * mu)
    # with patience the queue mixes no more slowly than customers give up, nor than it would without
    slow = relaxation(rho, c, 1 / mu) if rho < 1 else float("inf")
    when = horizon(min(slow, 1 / mu + 2 * mean_patience), lam)
    station = {"servers": c, "time": exponential(mu), "patience": patience}
    return steady_plan(Single(case, when, c, lam), station, {"rate": rate(lam)}, measured)


def erlang_a(case: Case) -> Plan:
    """M/M/c+M."""
    theta = case["params"]["patience_rate"]
    if theta <= 0:
        return _patient(case, "never", float("inf"), usual)
    return _patient(case, f"exponential {duration(1 / theta)}", 1 / theta, usual)


def general_patience(case: Case) -> Plan:
    """M/M/n+G, with the offered wait (that of a customer with endless patience)."""
    spec = case["params"]["patience"]

    def counts(log: Log, single: Single) -> Mapping[str, tuple[Any, Any]]:
        start, stop = (int(t) for t in single.when.edges)
        n, total, positive = measure.offered(log.rows, single.n_servers, start, stop)
        return {
            **usual(log, single),
            "E_offered_wait": (total / US_PER_UNIT, n),
            "P_wait": (positive, n),
        }

    return _patient(case, law(spec), moments(spec)[0], counts)


ADAPTERS = {
    "K counts everyone in the system (waiting + in service). Lost customers leave forever.": finite_room,
    "An arrival that sees n customers in the system (waiting+in service, itself excluded) joins with probability "
    "b(n), else leaves at once.": balking,
    "Each customer has patience ~Exp(theta) from joining the queue; abandons iff still waiting when it expires; "
    "never abandons in service. FIFO. W_all = mean time in queue over all customers (served: wait until service; "
    "abandoned: patience time; zero for immediate service).": erlang_a,
    "Each customer has patience iid with the stated law (lognormal given by mean and cv) from joining the queue; "
    "abandons iff still waiting when it expires; never abandons in service. FIFO. W_all = mean time in queue over "
    "all customers (served: wait until service; abandoned: patience time; zero for immediate "
    "service).": general_patience,
}
