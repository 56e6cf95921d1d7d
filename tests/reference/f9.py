"""F9: counters that open and close by the length of the line, and ticket queues whose numbers stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hallsim.compiled import (
    ROW_CALL,
    ROW_END,
    ROW_JOIN,
    ROW_WHAT,
    ROW_WHO,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_CALLING,
    STATE_SET_UP,
    STEP_BLOCKED,
    STEP_NO_SHOW,
    STEP_RENEGED,
    Log,
)
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate
from tests.reference.plan import FRACTION, PROBABILITY, Case, Counts, Plan
from tests.reference.single import horizon, relaxation

CUSTOMERS = 120_000


def _extra_plan(case: Case, thresholds: list[tuple[int, int]], patience_rate: float = 0.0, **extra: Any) -> Plan:
    """Return the plan of regular counters and extra ones that open at n_i and close at m_i."""
    p = case["params"]
    lam, mu, regular = p["arrival_rate"], p["service_rate"], p["regular"]
    station: dict[str, Any] = {
        "servers": regular,
        "time": exponential(mu),
        "extra": {"open_at": [n for n, _ in thresholds], "close_at": [m for _, m in thresholds], **extra},
    }
    if patience_rate > 0:
        station["patience"] = f"exponential {duration(1 / patience_rate)}"
    servers = regular + len(thresholds)
    memory = 3 * relaxation(lam / (servers * mu), servers, 1 / mu) if lam < servers * mu else 10 / patience_rate
    when = horizon(memory, lam, CUSTOMERS)
    start, stop = (int(t) for t in when.edges)
    kinds = {"util_regular": FRACTION, **{n: PROBABILITY for n in case["quantities"] if n.startswith("P_")}}
    return Plan(
        scenario=when.scenario({"counter": station}, {"rate": rate(lam)}),
        measure=lambda log: _counts(log, regular, len(thresholds), start, stop),
        rows=when.length * lam,
        kinds=kinds,
        events={
            name: lam / US_PER_UNIT for name in case["quantities"] if name.startswith(("P_extra", "P_open", "P_setup"))
        },
    )


def _counts(log: Log, regular: int, n_extra: int, start: int, stop: int) -> Counts:
    rows, states = log.rows, log.server_rows
    join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
    server = (rows[:, ROW_WHO] & 0xFFFFFF) - 1
    called = call >= 0
    joined = (join >= start) & (join < stop)
    left = np.where(called, call, end)
    at_once = called & (call == join) & (server < regular)
    window = stop - start

    def clipped(begin: Any, until: Any) -> Any:
        return (until.clip(start, stop) - begin.clip(start, stop)).sum()

    own = states[:, SERVER_ROW_SERVER] >= regular
    in_set_up = states[:, SERVER_ROW_STATE] == STATE_SET_UP
    begin, until = states[:, SERVER_ROW_FROM].copy(), states[:, SERVER_ROW_TO]
    # duty begins with the set-up, whose row comes before it: an extra counter is open from the end of that
    for i in np.flatnonzero(own & in_set_up):
        duty = own & ~in_set_up & (states[:, SERVER_ROW_SERVER] == states[i, SERVER_ROW_SERVER])
        begin[duty & (begin == begin[i])] = until[i]
    opened = own & ~in_set_up & (until > begin)
    times = np.concatenate([begin[opened], until[opened]]).clip(start, stop)
    change = np.repeat([1, -1], opened.sum())
    order = np.argsort(times, kind="stable")
    number = np.concatenate([[0], np.cumsum(change[order])])
    spans = np.diff(np.concatenate([[start], times[order], [stop]]))
    busy = called & (server < regular)
    out: dict[str, tuple[Any, Any]] = {
        "W_all": ((left - join)[joined].sum() / US_PER_UNIT, joined.sum()),
        "Lq": (clipped(join, left), window),
        "P_wait": ((joined & ~at_once).sum(), joined.sum()),
        "P_ab": ((joined & (((rows[:, ROW_WHAT] >> 32) & 0xFF) == STEP_RENEGED)).sum(), joined.sum()),
        "mean_extra_open": ((spans * number).sum(), window),
        "openings_per_hour": ((opened & (begin >= start) & (begin < stop)).sum(), window / US_PER_UNIT / 60),
        "util_regular": (clipped(call[busy], end[busy]), window * regular),
        "P_setup": (clipped(states[own & in_set_up, SERVER_ROW_FROM], states[own & in_set_up, SERVER_ROW_TO]), window),
        "P_open": (spans[number > 0].sum(), window),
    }
    for i in range(n_extra + 1):
        out[f"P_extra_{i}"] = (spans[number == i].sum(), window)
    return out


def by_own(case: Case) -> Plan:
    """Extra counters that close at their own completions."""
    p = case["params"]
    return _extra_plan(case, p["thresholds_open_close"], p.get("patience_rate", 0.0))


def by_any(case: Case) -> Plan:
    """One extra counter, flagged to close at any completion."""
    p = case["params"]
    return _extra_plan(case, [(p["n"], p["m"])], closing="any")


def with_set_up(case: Case) -> Plan:
    """One extra counter with a set-up."""
    p = case["params"]
    return _extra_plan(case, [(p["n"], p["m"])], set_up=exponential(p["setup_rate"]))


def ticket_balking(case: Case) -> Plan:
    """Balking by the number ahead, whose ticket stays; beside it the same customers before a visible line."""
    p = case["params"]
    lam, mu, n, most = p["arrival_rate"], p["service_rate"], p["counters"], p["K"]
    when = horizon(20 * (most + n) / (n * mu), 2 * lam, CUSTOMERS)
    start, stop = (int(t) for t in when.edges)
    both = {"servers": n, "time": exponential(mu)}
    stations = {
        "tickets": {**both, "numbers": {}, "join_probability": [1] * most + [0]},
        "visible": {**both, "room": {"total": n + most}},
    }
    sources = {kind: {"rate": rate(lam), "segments": {kind: "100 %"}} for kind in ("first", "second")}

    def counts(log: Log) -> Counts:
        kind = (log.rows[:, ROW_WHO] >> 24) & 0xFFFF
        rows, visible = log.rows[kind == 0], log.rows[kind == 1]
        join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
        inside = (join >= start) & (join < stop)
        served = call >= 0
        window = stop - start
        # a number is called when the first one behind it is, or when a server falls idle
        taken, numbers = measure.offered_waits(rows, n)
        coming = (visible[:, ROW_JOIN] >= start) & (visible[:, ROW_JOIN] < stop)
        waited = (call[served].clip(start, stop) - join[served].clip(start, stop)).sum()
        return {
            "P_balk": ((inside & ~served).sum(), inside.sum()),
            "W_joined": ((call - join)[inside & served].sum() / US_PER_UNIT, (inside & served).sum()),
            "Lq": (waited, window),
            "mean_outstanding_tickets": (
                ((taken + numbers).clip(start, stop) - taken.clip(start, stop)).sum(),
                window,
            ),
            "util": ((end[served].clip(start, stop) - call[served].clip(start, stop)).sum(), window * n),
            "P_balk_physical_queue": ((coming & (visible[:, ROW_CALL] < 0)).sum(), coming.sum()),
        }

    return Plan(
        scenario=when.scenario(
            stations,
            sources,
            segments={"first": "50 %", "second": "rest"},
            entry={"first": "tickets", "second": "visible"},
        ),
        measure=counts,
        rows=when.length * lam * 2,
    )


def absent_calls(case: Case) -> Plan:
    """Silent leavers whose numbers cost calling time, and a limit on outstanding numbers."""
    p = case["params"]
    lam, mu, n = p["arrival_rate"], p["service_rate"], p["counters"]
    station = {
        "servers": n,
        "time": exponential(mu),
        "patience": f"exponential {duration(1 / p['patience_rate'])}",
        "numbers": {"call_time": exponential(p["absent_call_rate"]), "most": p["L"]},
    }
    when = horizon(10 / mu + 10 / p["patience_rate"], lam, CUSTOMERS)
    start, stop = (int(t) for t in when.edges)

    def counts(log: Log) -> Counts:
        rows, states = log.rows, log.server_rows
        join, call, end = rows[:, ROW_JOIN], rows[:, ROW_CALL], rows[:, ROW_END]
        outcome = (rows[:, ROW_WHAT] >> 32) & 0xFF
        inside = (join >= start) & (join < stop)
        holders = inside & (outcome != STEP_BLOCKED)
        served = call >= 0
        calling = states[states[:, SERVER_ROW_STATE] == STATE_CALLING]
        window = (stop - start) * n
        spent = calling[:, SERVER_ROW_TO].clip(start, stop) - calling[:, SERVER_ROW_FROM].clip(start, stop)
        return {
            "P_lost": ((inside & ~holders).sum(), inside.sum()),
            "P_ab": ((holders & (outcome == STEP_RENEGED)).sum(), holders.sum()),
            "W_all": ((np.where(served, call, end) - join)[holders].sum() / US_PER_UNIT, holders.sum()),
            "counter_time_on_absent": (spent.sum(), window),
            "util_service": ((end[served].clip(start, stop) - call[served].clip(start, stop)).sum(), window),
        }

    return Plan(
        scenario=when.scenario({"counter": station}, {"rate": rate(lam)}),
        measure=counts,
        rows=when.length * lam,
        kinds={"counter_time_on_absent": PROBABILITY, "util_service": FRACTION},
        events={"counter_time_on_absent": lam / US_PER_UNIT},
    )


def unanswered_calls(case: Case) -> Plan:
    """One server; who has waited may not answer, is called again, and is skipped in the end."""
    p = case["params"]
    lam, mu = p["arrival_rate"], p["service_rate"]
    calls = {
        "unanswered": f"{100 * p['unanswered']} %",
        "unanswered_again": f"{100 * p['unanswered_again']} %",
        "recalls": p["recalls"],
        "time_out": duration(p["time_out"]),
    }
    when = horizon(relaxation(lam / mu, 1, 1 / mu), lam, CUSTOMERS)
    start, stop = (int(t) for t in when.edges)

    def counts(log: Log) -> Counts:
        rows, states = log.rows, log.server_rows
        join, call = rows[:, ROW_JOIN], rows[:, ROW_CALL]
        inside = (join >= start) & (join < stop)
        missed = ((rows[:, ROW_WHAT] >> 32) & 0xFF) == STEP_NO_SHOW
        calling = states[states[:, SERVER_ROW_STATE] == STATE_CALLING]
        spent = calling[:, SERVER_ROW_TO].clip(start, stop) - calling[:, SERVER_ROW_FROM].clip(start, stop)
        return {
            "W_all": ((call - join)[inside].sum() / US_PER_UNIT, inside.sum()),
            "P_wait": ((inside & (call > join)).sum(), inside.sum()),
            "P_no_show": ((inside & missed).sum(), inside.sum()),
            "calling": (spent.sum(), stop - start),
        }

    return Plan(
        scenario=when.scenario(
            {"counter": {"servers": 1, "time": exponential(mu), "calls": calls}}, {"rate": rate(lam)}
        ),
        measure=counts,
        rows=when.length * lam,
        kinds={"calling": PROBABILITY},
        events={"calling": lam / US_PER_UNIT},
    )


_USUAL = (
    "Poisson/exponential, FIFO, c regular counters always open. 'q' = number waiting (not in service). On an arrival "
    "that makes q>=n_i with i-1 extra counters open, the i-th extra counter opens at once and calls the first in line. "
)
ADAPTERS: dict[str, Callable[[Case], Plan]] = {
    _USUAL + "Closing: when an extra counter completes a service and q<=m_i (i = number of extra counters open), that "
    "extra counter closes instead of calling; otherwise it calls the next. Regular counters call whenever q>0. An "
    "arrival finding a free regular counter takes it.": by_own,
    _USUAL + "Closing: whenever ANY counter completes and, after the next customer has been called, q<=m, the extra "
    "counter is flagged closing: it finishes its customer and closes without a new call; if meanwhile an arrival makes "
    "q>=n the flag is cleared. An extra counter completing with q=0 closes.": by_any,
    "As F9-own with one extra counter, but reaching q>=n on an arrival (extra closed, not in set-up) starts an "
    "Exp(setup) preparation; at its end the extra counter opens and calls the first in line if q>m, else the opening "
    "is cancelled (a new one needs a new arrival with q>=n).": with_set_up,
    "M/M/1, FIFO. Who finds the server idle is served at once. Who has waited does not answer his first call with "
    "probability `unanswered`, each recall with `unanswered_again`; a call in vain takes the server `time_out`; after "
    "the last recall he leaves. The wait runs to the last call; calling is the server's time before that.": (
        unanswered_calls
    ),
    "Every arrival takes a ticket. If a counter is free it is served at once. Otherwise it sees D = own number - last "
    "called number and leaves at once (balks) if D > K, but its ticket stays in the sequence. Calling is in number "
    "order; absent numbers are skipped in zero time. If only absent numbers remain, they are all called and the "
    "counter becomes idle.": ticket_balking,
    "Ticket holders wait with Exp patience and leave silently; the number stays. A free counter calls the next number: "
    "present -> Exp(service_rate); absent -> the counter is occupied Exp(absent_call_rate), then calls the next "
    "number. An arrival with a free counter is served at once; an arrival finding L outstanding (not yet called) "
    "numbers, present or absent, is turned away without ticket.": absent_calls,
}
