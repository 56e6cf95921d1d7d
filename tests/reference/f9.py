"""F9: counters that open and close by the length of the line, with and without a set-up."""

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
    STATE_SET_UP,
    STEP_RENEGED,
    Log,
)
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
        events={name: lam for name in case["quantities"] if name.startswith(("P_extra", "P_open", "P_setup"))},
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
    return _extra_plan(case, p["thresholds_open_close"], p["patience_rate"])


def by_any(case: Case) -> Plan:
    """One extra counter, flagged to close at any completion."""
    p = case["params"]
    return _extra_plan(case, [(p["n"], p["m"])], closing="any")


def with_set_up(case: Case) -> Plan:
    """One extra counter with a set-up."""
    p = case["params"]
    return _extra_plan(case, [(p["n"], p["m"])], set_up=exponential(p["setup_rate"]))


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
}
