"""F13: one line whose customers a helper prepares while they wait; a call meanwhile aborts it, or it is finished."""

from __future__ import annotations

from typing import Any

import numpy as np

from hallsim.compiled import (
    PREPARED,
    ROW_CALL,
    ROW_CUSTOMER,
    ROW_END,
    ROW_JOIN,
    ROW_WHO,
    SERVER_ROW_CUSTOMER,
    SERVER_ROW_FROM,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    STATE_BLOCKED,
    STATE_PREPARING,
    Log,
)
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, rate
from tests.reference.plan import FRACTION, Case, Counts, Plan
from tests.reference.single import Single, horizon, relaxation, stated, usual

CUSTOMERS = 120_000
PREPARED_AT_ALL = 56
"""Where in the row's field of who took part stands what a preparation came to."""


def prepared(case: Case) -> Plan:
    """M/M/c with two service rates, of which the second is for those who have been prepared."""
    p = case["params"]
    lam, c, helpers = p["arrival_rate"], p["counters"], p.get("helpers", 1)
    slow = p["rate_unprepared"]
    counter: dict[str, Any] = {
        "servers": c,
        "time": exponential(slow),
        "preparation": {
            "by": "pda",
            "time": exponential(p["preservice_rate"]),
            "time_at_counter": exponential(p["rate_prepared"]),
            "called": p["variant"],
        },
    }
    if p.get("patience_rate", 0.0) > 0:
        counter["patience"] = f"exponential {duration(1 / p['patience_rate'])}"
    occupied = stated(case, "util_counters", min(0.95, lam / (c * slow)))
    when = horizon(3 * relaxation(occupied, c, 1 / slow) + 3 / p["preservice_rate"], lam, CUSTOMERS)
    start, stop = (int(t) for t in when.edges)
    single = Single(case, when, c, lam)

    def counts(log: Log) -> Counts:
        rows, states = log.rows, log.server_rows
        window = float(stop - start)
        found = usual(log, single)
        nothing = np.zeros(0, dtype=np.int64)
        n_visits, time = measure.visits(rows, -1, start, stop, nothing)
        server = (rows[:, ROW_WHO] & 0xFFFFFF) - 1
        came_to = rows[:, ROW_WHO] >> PREPARED_AT_ALL
        inside = (rows[:, ROW_JOIN] >= start) & (rows[:, ROW_JOIN] < stop) & (server >= 0)

        def clipped(begin: Any, until: Any) -> Any:
            return (until.clip(start, stop) - begin.clip(start, stop)).sum()

        def spent(state: int) -> Any:
            own = states[states[:, SERVER_ROW_STATE] == state]
            return clipped(own[:, SERVER_ROW_FROM], own[:, SERVER_ROW_TO])

        return {
            "Wq": found["Wq"],
            "Lq": found["Lq"],
            "P_wait": found["P_wait"],
            "P_ab": found["P_ab"],
            "W_sojourn": (time / US_PER_UNIT, n_visits),
            "P_prepared": ((inside & (came_to == PREPARED)).sum(), inside.sum()),
            "util_counters": found["util"],
            "util_helper": (spent(STATE_PREPARING), window * helpers),
            "mean_counters_blocked": (spent(STATE_BLOCKED), window),
            "mean_prepared_waiting": (clipped(*_prepared_and_waiting(rows, states)), window),
        }

    return Plan(
        scenario=when.scenario(
            {"counter": counter, "pda": {"role": "pda", "servers": helpers}}, {"rate": rate(lam)}, entry="counter"
        ),
        measure=counts,
        rows=when.length * lam,
        kinds={"util_counters": FRACTION, "util_helper": FRACTION},
    )


def _prepared_and_waiting(rows: Any, states: Any) -> tuple[Any, Any]:
    """Return from when to when those who were prepared in line waited on."""
    over = states[states[:, SERVER_ROW_STATE] == STATE_PREPARING]
    left = np.zeros(rows[:, ROW_CUSTOMER].max() + 1, dtype=np.int64)
    left[rows[:, ROW_CUSTOMER]] = np.where(rows[:, ROW_CALL] >= 0, rows[:, ROW_CALL], rows[:, ROW_END])
    until = left[over[:, SERVER_ROW_CUSTOMER]]
    begin = np.minimum(over[:, SERVER_ROW_TO], until)  # in vain, or while a counter waited: not at all
    return begin, until


_USUAL = (
    "Single FIFO line. The helper, when free, starts pre-service of the longest-waiting customer who has neither "
    "completed nor started it (customers already called are never picked; an arrival that starts service at once gets "
    "none). Pre-service Exp(nu) takes place in line and does not delay the customer's position. When called with "
    "completed pre-service: service Exp(rate_prepared); without: Exp(rate_unprepared). "
)
_ABORT = "ABORT: called during pre-service -> pre-service is dropped, service at rate_unprepared, helper free at once."
_FINISH = (
    "FINISH: called during pre-service -> he occupies the counter, the pre-service is finished there (remaining "
    "Exp(nu)), counter idle-blocked meanwhile, then service at rate_prepared; helper is free only after that. Waiting "
    "time ends at the call."
)
_PATIENCE = " Patience Exp while waiting, also during pre-service (which is then dropped and the helper is free)."
ADAPTERS = {_USUAL + how + patience: prepared for how in (_ABORT, _FINISH) for patience in ("", _PATIENCE)}
