"""F12: appointments, for ever and in a session that begins empty."""

from __future__ import annotations

from typing import Any

import numpy as np

from hallsim.compiled import ROW_CALL, ROW_JOIN, ROW_WHO, Log
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, exponential, percent, rate, ticks
from tests.reference.plan import Case, Counts, Plan
from tests.reference.single import EVERY_LINE, Single, horizon, relaxation, steady_plan, usual


def for_ever(case: Case) -> Plan:
    """D/M/1 whose customers do not always come: those who do wait as in GI/M/1."""
    p = case["params"]
    slot, show, mu = p["slot"], p["p_show"], p["service_rate"]
    lam = show / slot
    when = horizon(relaxation(lam / mu, 1, 1 / mu), lam)

    def measured(log: Log, single: Single) -> dict[str, tuple[Any, Any]]:
        out = usual(log, single)
        return {**out, "sigma": out["P_wait"]}

    arrivals = {"appointments": {"every": duration(slot), "show": percent(show)}}
    station = {"servers": 1, "time": exponential(mu)}
    return steady_plan(Single(case, when, 1, lam), station, arrivals, measured)


def session(case: Case) -> Plan:
    """A session of slots; each booking is a source of its own, so that its customer is known in the log."""
    p = case["params"]
    slot, per_slot, walk_ins = p["slot_length"], p["bookings_per_slot"], p.get("walkin_rate", 0.0)
    if len(per_slot) != p["slots"]:
        raise ValueError(f"{len(per_slot)} numbers of bookings for {p['slots']} slots")
    length = slot * p["slots"]
    times = [k * slot for k, n in enumerate(per_slot) for _ in range(n)]
    sources: dict[str, Any] = {
        f"booking{i}": {
            "appointments": {
                "first": duration(t),
                "every": duration(length),
                "per_slot": [1],
                "show": percent(p["p_show"]),
            }
        }
        for i, t in enumerate(times)
    }
    if walk_ins > 0:
        sources["walk_in"] = {"rate": rate(walk_ins)}
    n = len(times)
    edges, end = np.array([0, ticks(length)], dtype=np.int64), np.array([ticks(length)], dtype=np.int64)

    def counts(log: Log) -> Counts:
        source = log.rows[:, ROW_WHO] >> 40
        waits = (log.rows[:, ROW_CALL] - log.rows[:, ROW_JOIN]) / US_PER_UNIT
        total = np.bincount(source, weights=waits, minlength=n + 1)
        came = np.bincount(source, minlength=n + 1)
        busy = measure.areas(log.rows, 0, EVERY_LINE, -1, edges)[0][1]
        left = measure.at_times(log.rows, 0, EVERY_LINE, end)[0].sum()
        return {
            "mean_wait_by_booking": (total[:n], came[:n]),
            "mean_wait_shown": (total[:n].sum(), came[:n].sum()),
            "mean_wait_walkin": (total[n], came[n]),
            "overtime": ((log.end - ticks(length)) / US_PER_UNIT, 1),
            "E_in_system_at_end": (left, 1),
            "P_empty_at_end": (float(left == 0), 1),
            "busy_minutes_in_session": (busy / US_PER_UNIT, 1),
        }

    return Plan(
        scenario={
            "format": 1,
            "hall": "Reference case",
            "run_for": duration(length),
            "arrivals": sources,
            "stations": {"counter": {"servers": p["servers"], "time": exponential(p["service_rate"])}},
        },
        measure=counts,
        rows=n + walk_ins * length,
        terminating=True,
    )


ADAPTERS = {
    "One counter, appointment every 'slot' minutes for ever, each customer shows independently with p_show and is "
    "exactly on time; Exp service; FIFO; steady state over shown customers.": for_ever,
    "Slot k starts at k*slot_length (k=0..slots-1), start empty; shown customers punctual; several bookings of a slot "
    "arrive together and are ordered by booking number; walk-ins Poisson on [0,slots*slot_length); single FIFO line, "
    "no priority; Exp service; after the end all are served.": session,
}
