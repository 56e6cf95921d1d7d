"""F11: who comes back in steady state: failed on-line attempts, returns after giving up, retrials of the blocked."""

from __future__ import annotations

from typing import Any

import numpy as np

from hallsim.compiled import (
    ROW_ARRIVE,
    ROW_CALL,
    ROW_JOIN,
    ROW_WHAT,
    STEP_BLOCKED,
    VISIT_GAVE_UP,
    Log,
)
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, percent, rate
from tests.reference.plan import PROBABILITY, Case, Counts, Plan
from tests.reference.single import Horizon, horizon, relaxation

COUNTER, AWAY = (0, 1), (1, 2)
"""Lines of the two stations of every hall here."""
NOTHING = np.zeros(0, dtype=np.int64)
ORBITS = 3
"""How many mean times away the memory of a hall lasts longer than that of its line."""


def _plan(
    case: Case, counter: dict[str, Any], away: dict[str, Any], lam: float, load: float, more: Any, **scenario: Any
) -> Plan:
    """Return the plan of a hall of one station and a place away from it; `more(log, when)` counts besides."""
    p = case["params"]
    mu, c = p["service_rate"], p["servers"]
    counter = {"servers": c, "time": exponential(mu), **counter}
    mean_away = case_away(away)
    when = horizon(relaxation(load, c, 1 / mu) + ORBITS * mean_away, lam)
    scenario = when.scenario({"counter": counter, "away": away}, {"rate": rate(lam)}, entry="counter") | scenario

    def counts(log: Log) -> Counts:
        start, stop = (int(t) for t in when.edges)
        window = float(stop - start)
        total, _ = measure.count(log.rows, *COUNTER, -1, start, stop, 0.0, NOTHING, True)
        area = measure.areas(log.rows, *COUNTER, -1, when.edges)[0]
        elsewhere = measure.areas(log.rows, *AWAY, -1, when.edges)[0][1]
        joined = total[measure.N_JOINED]
        wait = total[measure.SUM_WAIT] / US_PER_UNIT
        return {
            "hall_rate": (joined, window / US_PER_UNIT),
            "visit_rate": (joined, window / US_PER_UNIT),
            "Wq": (wait, joined),
            "W_per_visit": (wait, joined),
            "Lq": (area[0], window),
            "util": (area[1], window * c),
            "mean_online": (elsewhere, window),
            "mean_orbit": (elsewhere, window),
            "P_ab_per_visit": (total[measure.N_RENEGED], joined),
            **more(log, when),
        }

    return Plan(scenario=scenario, measure=counts, rows=when.length * lam * 2, kinds={"lost_fraction": PROBABILITY})


def case_away(away: dict[str, Any]) -> float:
    """Return the mean time at a place whose time is written as an exponential law of minutes."""
    return float(str(away["time"]).split()[1])


def _newcomers(log: Log, when: Horizon) -> tuple[Any, Any, Any]:
    """Return rows, their first steps and their last ones, of customers who first came inside the window."""
    start, stop = (int(t) for t in when.edges)
    rows = log.rows
    inside = (rows[:, ROW_ARRIVE] >= start) & (rows[:, ROW_ARRIVE] < stop)
    what = rows[:, ROW_WHAT]
    return rows, inside & ((what >> 16) & 0xFFFF == 0), inside & ((what >> 40) & 0xFF != 0)


def online(case: Case) -> Plan:
    """Some are sent on-line at the door; some of them fail and come to the hall after all."""
    p = case["params"]
    lam, divert, fail = p["arrival_rate"], p["p_divert"], p["p_fail"]
    away = {
        "role": "online",
        "time": f"exponential {duration(p['online_mean'])}",
        "fails": percent(fail),
        "on_failure": "counter",
        "then": "divert online",
    }
    load = lam * (1 - divert * (1 - fail)) / p["servers"] / p["service_rate"]
    entry = {"away": percent(divert), "counter": "rest"}
    return _plan(case, {}, away, lam, load, lambda log, when: {}, entry=entry)


def crowded(case: Case) -> Plan:
    """As before, but only while so many are in the hall."""
    p = case["params"]
    lam, fail = p["arrival_rate"], p["p_fail"]
    away = {
        "role": "online",
        "time": exponential(p["online_rate"]),
        "fails": percent(fail),
        "on_failure": "counter",
        "then": "divert online",
    }
    crowd = f"at least {p['divert_if_in_system_at_least']} in the hall"
    entry = [{"when": crowd, "to": {"away": percent(p["p_divert"]), "counter": "rest"}}, {"to": "counter"}]

    def diverted(log: Log, when: Horizon) -> dict[str, tuple[Any, Any]]:
        rows, first, _ = _newcomers(log, when)
        sent = (rows[first, ROW_WHAT] & 0xFFFF) == AWAY[0]
        return {"P_diverted": (sent.sum(), sent.size)}

    load = min(0.95, lam / p["servers"] / p["service_rate"])
    return _plan(case, {}, away, lam, load, diverted, entry=entry)


def returning(case: Case) -> Plan:
    """Some who gave up come back later, with a fresh patience."""
    p = case["params"]
    lam, theta = p["arrival_rate"], p["patience_rate"]
    counter = {
        "patience": f"exponential {duration(1 / theta)}",
        "on_giving_up": {"away": percent(p["p_return"]), "leave": "rest"},
    }
    away = {"role": "orbit", "time": exponential(p["return_rate"]), "then": "counter"}

    def lost(log: Log, when: Horizon) -> dict[str, tuple[Any, Any]]:
        rows, _, last = _newcomers(log, when)
        outcome = (rows[last, ROW_WHAT] >> 40) & 0xFF
        return {"lost_fraction": ((outcome == VISIT_GAVE_UP).sum(), outcome.size)}

    return _plan(case, counter, away, lam, min(0.9, lam / p["servers"] / p["service_rate"]), lost)


def retrial(case: Case) -> Plan:
    """No waiting room: who finds all busy tries again after a while."""
    p = case["params"]
    lam, c = p["arrival_rate"], p["servers"]
    counter = {"room": {"total": c}, "when_full": "away"}
    away = {"role": "orbit", "time": exponential(p["retrial_rate"]), "then": "counter"}

    def tries(log: Log, when: Horizon) -> dict[str, tuple[Any, Any]]:
        rows, first, last = _newcomers(log, when)
        blocked = (rows[first, ROW_WHAT] >> 32) & 0xFF == STEP_BLOCKED
        time = (rows[last, ROW_CALL] - rows[last, ROW_ARRIVE]).sum() / US_PER_UNIT
        assert (rows[last, ROW_CALL] >= rows[last, ROW_JOIN]).all()
        return {
            "P_blocked_first": (blocked.sum(), blocked.size),
            "mean_time_to_service": (time, np.count_nonzero(last)),
        }

    return _plan(case, counter, away, lam, lam / c / p["service_rate"], tries)


ADAPTERS = {
    "Each arrival is diverted with prob d at arrival; online attempt takes Exp(mean #); with prob f it fails and the "
    "customer joins the hall queue (never diverted again). Steady state: answer does not depend on the online "
    "mean.": online,
    "A new arrival seeing n>=N0 customers in the hall (waiting+served) is diverted with prob d. Online attempt "
    "Exp(online_rate); fails w.p. f and then joins the hall unconditionally.": crowded,
    "M/M/c+M; an abandoning customer returns with prob p_return after Exp(return_rate) with a fresh patience (any "
    "number of times).": returning,
    "No waiting room; a customer finding all busy retries after Exp(retrial_rate), independently, until "
    "served.": retrial,
}
