"""F8: servers that break down: M/M/c with repair crews, and kiosks that fall back to counters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import (
    ROW_ARRIVE,
    ROW_CALL,
    ROW_END,
    ROW_JOIN,
    ROW_WHAT,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_DOWN,
    STEP_BLOCKED,
    STEP_MOVED,
    STEP_SERVED,
    Log,
)
from tests.reference.laws import US_PER_UNIT, exponential, percent, rate
from tests.reference.plan import FRACTION, PROBABILITY, Case, Counts, NotCovered, Plan
from tests.reference.single import horizon, relaxation, stated

CUSTOMERS = 60_000


def _down(log: Log, servers: range, start: int, stop: int) -> tuple[float, float, int]:
    """Return the time that the servers are down in a window, the time that all of them are, and how often one goes."""
    rows = log.server_rows
    own = (rows[:, SERVER_ROW_STATE] == STATE_DOWN) & np.isin(rows[:, SERVER_ROW_SERVER], list(servers))
    begin, end = rows[own, SERVER_ROW_FROM], rows[own, SERVER_ROW_TO]
    times = np.concatenate([begin, end]).clip(start, stop)
    change = np.concatenate([np.ones(len(begin), np.int64), -np.ones(len(end), np.int64)])
    order = np.argsort(times, kind="stable")
    times, down = times[order], np.cumsum(change[order])
    spans = np.diff(np.append(times, stop))
    began = (begin >= start) & (begin < stop)
    return float((spans * down).sum()), float(spans[down == len(servers)].sum()), int(began.sum())


def _area(begin: NDArray[np.int64], end: NDArray[np.int64], start: int, stop: int) -> float:
    """Return the time integral over a window of how many stretches hold."""
    return float((end.clip(start, stop) - begin.clip(start, stop)).sum())


def breakdowns(case: Case) -> Plan:
    """M/M/c whose servers fail at any time or only while serving, with as many repairs at once as the crew allows."""
    p = case["params"]
    lam, mu, n = p["arrival_rate"], p["service_rate"], p["servers"]
    counting = {"any time while up (idle or busy)": "up", "only while serving": "busy"}.get(p["failures"])
    if counting is None:
        raise NotCovered(f"failures {p['failures']!r}")
    given: dict[str, Any] = {
        "every": exponential(p["failure_rate_per_server"]),
        "counting": counting,
        "repair": exponential(p["repair_rate"]),
    }
    if p.get("repair_crew", "unlimited") != "unlimited":
        given["crew"] = int(p["repair_crew"])
    up = stated(case, "mean_up", n / (1 + p["failure_rate_per_server"] / p["repair_rate"])) / n
    memory = 4 * relaxation(min(lam / (mu * n * up), 0.95), n, 1 / mu) + 4 / p["repair_rate"]
    when = horizon(memory, lam, 2 * CUSTOMERS)
    start, stop = (int(t) for t in when.edges)

    def counts(log: Log) -> Counts:
        rows = log.rows
        join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
        waited = np.where(call >= 0, call, end) - join
        arrived = (rows[:, ROW_ARRIVE] >= start) & (rows[:, ROW_ARRIVE] < stop)
        first = arrived & (((rows[:, ROW_WHAT] >> 16) & 0xFFFF) == 0)
        customers, window = first.sum(), stop - start
        down, all_down, often = _down(log, range(n), start, stop)
        return {
            "W_not_in_service": (waited[arrived].sum() / US_PER_UNIT, customers),
            "W_sojourn": ((end - join)[arrived].sum() / US_PER_UNIT, customers),
            "L": (_area(join, end, start, stop), window),
            "busy": (_area(call[call >= 0], end[call >= 0], start, stop), window),
            "mean_up": (n * window - down, window),
            "P_all_down": (all_down, window),
            "P_delay": ((first & (waited > 0)).sum(), customers),
            "failures_per_minute": (often, window / US_PER_UNIT),
        }

    return Plan(
        scenario=when.scenario(
            {"counter": {"servers": n, "time": exponential(mu), "breakdowns": given}}, {"rate": rate(lam)}
        ),
        measure=counts,
        rows=when.length * lam * 1.3,
        events={"P_all_down": p["repair_rate"] / US_PER_UNIT},
    )


def kiosks(case: Case) -> Plan:
    """Kiosks that fail, whose customers go to the counters; the line too where the variant says so."""
    p = case["params"]
    own, direct = p["kiosk_arrival_rate"], p["direct_counter_arrival_rate"]
    machines, counters = p["kiosks"], p["counters"]
    given: dict[str, Any] = {
        "every": exponential(p["kiosk_failure_rate"]),
        "repair": exponential(p["kiosk_repair_rate"]),
        "send_to": "counter",
    }
    if p["variant"] not in ("wait", "divert"):
        raise NotCovered(f"variant {p['variant']!r}")
    if p["variant"] == "divert":
        given["when_down"] = "counter"
    kiosk: dict[str, Any] = {"servers": machines, "time": exponential(p["kiosk_rate"]), "breakdowns": given}
    if p.get("kiosk_service_fail_prob", 0.0) > 0:
        kiosk |= {"fails": percent(p["kiosk_service_fail_prob"]), "on_failure": "counter"}
    stations = {"kiosk": kiosk, "counter": {"servers": counters, "time": exponential(p["counter_rate"])}}
    flow = stated(case, "counter_arrival_rate", own + direct)
    memory = 6 * relaxation(min(flow / (counters * p["counter_rate"]), 0.95), counters, 1 / p["counter_rate"])
    when = horizon(memory + 10 / p["kiosk_repair_rate"], own + direct, 2 * CUSTOMERS)
    start, stop = (int(t) for t in when.edges)
    sources = {
        "kiosk_users": {"rate": rate(own), "segments": {"kiosk_user": "100 %"}},
        "others": {"rate": rate(direct), "segments": {"other": "100 %"}},
    }

    def counts(log: Log) -> Counts:
        rows = log.rows
        join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
        outcome = (rows[:, ROW_WHAT] >> 32) & 0xFF
        at_kiosk = (rows[:, ROW_WHAT] & 0xFFFF) == 0
        left = np.where(call >= 0, call, end)
        served = call >= 0
        window = stop - start
        coming = (join >= start) & (join < stop)
        routed = coming & at_kiosk & (((rows[:, ROW_WHAT] >> 16) & 0xFFFF) == 0)
        joined = coming & ~at_kiosk
        down, all_down, _ = _down(log, range(machines), start, stop)
        busy = {
            k: _area(call[served & k_rows], end[served & k_rows], start, stop)
            for k, k_rows in enumerate((~at_kiosk, at_kiosk))
        }
        queue = {k: _area(join[k_rows], left[k_rows], start, stop) for k, k_rows in enumerate((~at_kiosk, at_kiosk))}
        assert not (at_kiosk & (outcome == STEP_BLOCKED) & (end > join)).any()
        assert p["variant"] == "divert" or not (outcome == STEP_MOVED).any()
        return {
            "kiosk_queue": (queue[1], window),
            "counter_queue": (queue[0], window),
            "kiosk_completion_share": ((routed & (outcome == STEP_SERVED)).sum(), routed.sum()),
            "counter_arrival_rate": (joined.sum(), window / US_PER_UNIT),
            "counter_Wq": ((left - join)[joined].sum() / US_PER_UNIT, joined.sum()),
            "counter_util": (busy[0], window * counters),
            "mean_kiosks_up": (machines * window - down, window),
            "P_all_kiosks_down": (all_down, window),
            "kiosk_busy": (busy[1], window),
        }

    return Plan(
        scenario=when.scenario(
            stations,
            sources,
            segments={"kiosk_user": "50 %", "other": "rest"},
            entry={"kiosk_user": "kiosk", "other": "counter"},
        ),
        measure=counts,
        rows=when.length * (own + direct) * 1.5,
        kinds={"counter_util": FRACTION, "kiosk_completion_share": PROBABILITY},
        events={"P_all_kiosks_down": p["kiosk_repair_rate"] / US_PER_UNIT},
    )


ADAPTERS = {
    "A failing busy server's customer goes back to the HEAD of the queue, is taken by a free up server at once if "
    "there is one; remaining service memoryless (resume = resample). Repairs Exp. FIFO.": breakdowns,
    "Each up kiosk fails at the given rate whether idle or busy; repairs in parallel. A customer at a failing kiosk "
    "goes to the TAIL of the counter queue. A completed kiosk service fails with prob phi -> counter tail. Counters "
    "never fail, FIFO, no priority. Variant 'wait': kiosk arrivals queue for kiosks even when all are down. Variant "
    "'divert': at the moment the last kiosk goes down, everyone waiting for kiosks moves to the counter tail, and "
    "kiosk arrivals go to the counter while no kiosk is up.": kiosks,
}
