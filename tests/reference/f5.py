"""F5: horizons that begin empty.

Hall days in three shift-end modes, sinusoidal rates, staffing by the square-root rule, infinitely many
servers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.formula import cell_averages, evaluate, period
from tests.reference.laws import US_PER_UNIT, duration, exponential, law, moments, rate, ticks
from tests.reference.plan import MEAN, PROBABILITY, Case, Counts, NotCovered, Plan
from tests.reference.single import EVERY_LINE, thresholds_of

F64 = NDArray[np.float64]

CELLS_PER_PERIOD = 120
"""A cell's error is second order in its length and none at its ends: below 1e-5 of the rate's swing."""

QUEUE_AT_TIME = {1: MEAN, 2: PROBABILITY, 3: MEAN, 4: MEAN}


def _microseconds(times: Sequence[float]) -> NDArray[np.int64]:
    return np.array([ticks(t) for t in times], dtype=np.int64)


def _step(steps: Sequence[Sequence[float]], t: float) -> float:
    """Return the value at t of a right-continuous step function given as rows (from, value)."""
    return next(value for start, value in reversed(steps) if start <= t)


def _rates(steps: Sequence[Sequence[float]], end: float) -> dict[str, str]:
    return {duration(t): rate(r) for t, r in steps if t < end}


def _formula_steps(text: str, end: float) -> list[list[float]]:
    """Return a rate formula as steps (from, average over the cell)."""
    n = int(np.ceil(end / min(period(text), end) * CELLS_PER_PERIOD))
    edges = np.linspace(0.0, end, n + 1)
    edges = np.round(edges * US_PER_UNIT) / US_PER_UNIT
    return [[float(a), float(b)] for a, b in zip(edges[:-1], cell_averages(text, edges), strict=True)]


def _scenario(
    length: float, steps: Sequence[Sequence[float]], station: dict[str, Any], patience_rate: float = 0.0
) -> dict[str, Any]:
    if patience_rate > 0:
        station["patience"] = f"exponential {duration(1 / patience_rate)}"
    return {
        "format": 1,
        "hall": "Reference case",
        "run_for": duration(length),
        "arrivals": {"rates": _rates(steps, length)},
        "stations": {"counter": station},
    }


def _expected(steps: Sequence[Sequence[float]], end: float) -> float:
    starts = [t for t, _ in steps if t < end] + [end]
    return sum(r * (b - a) for (_, r), a, b in zip(steps, starts[:-1], starts[1:], strict=False))


def _hall_day(case: Case, mode: dict[str, str]) -> Plan:
    p = case["params"]
    close: float = p["T"]
    staff = [(t, n) for t, n in p["staff"] if t < close]
    arrivals = p["arrival_rate_per_min"]
    asked = case["quantities"]
    edges = sorted({0.0, close} | {t for t, _ in staff} | {t for t, _ in arrivals if t < close})
    on_duty = np.array([_step(staff, t) for t in edges[:-1]])
    times = [row[0] for row in asked["at_time"]["value"]] if "at_time" in asked else []
    staff_then = np.array([_step(staff, t) for t in times])
    if "segments" in asked:
        rows = asked["segments"]["value"]
        if [r[0] for r in rows] != edges[:-1] or [r[1] for r in rows] != edges[1:]:
            raise NotCovered("segments that are not those between changes of rate or staff")
    known = thresholds_of(case)
    limits = _microseconds(list(known.values()))
    edge_us, times_us, close_us = _microseconds(edges), _microseconds([*times, close]), ticks(close)
    lengths = np.diff(edge_us).astype(np.float64)
    segment_base = np.zeros((len(lengths), 7))
    segment_base[:, 4] = lengths
    segment_base[:, 5] = lengths * on_duty

    def counts(log: Log) -> Counts:
        total, over = measure.count(log.rows, 0, EVERY_LINE, -1, 0, 1 << 62, 0.0, limits, False)
        area = measure.areas(log.rows, 0, EVERY_LINE, -1, edge_us)
        now = measure.at_times(log.rows, 0, EVERY_LINE, times_us)
        n = total[measure.N_ALL]
        waiting = total[measure.SUM_WAIT] / US_PER_UNIT
        busy = (total[measure.SUM_SOJOURN] - total[measure.SUM_WAIT]) / US_PER_UNIT
        out: dict[str, tuple[Any, Any]] = {
            "expected_arrivals": (n, 1),
            "W_all": (waiting, n),
            "P_ab": (total[measure.N_RENEGED], n),
            "P_wait": (total[measure.N_DELAYED], n),
            "E_waiting_at_close": (now[-1, 0], 1),
            "E_in_system_at_close": (now[-1].sum(), 1),
            "E_time_to_empty_after_close": ((log.end - close_us) / US_PER_UNIT, 1),
            "busy_minutes": (busy, 1),
            "served": (n - total[measure.N_RENEGED], 1),
            "waiting_minutes": (waiting, 1),
            "meanQ_by_segment": (area[:, 0] / lengths, 1),
        }
        for k, text in enumerate(known):
            out[f"SL_all_{text}"] = (over[k, measure.SERVED_WITHIN], n)
            out[f"P_timeinqueue_gt_{text}"] = (over[k, measure.OVER], n)
        if times:
            out["at_time"] = (_at_time(times, now[:-1], staff_then), 1)
        if "segments" in asked:
            num, den = np.zeros((len(lengths), 7)), segment_base.copy()
            num[:, 4:6] = area[:, :2]
            num[:, 6] = area[:, 3]
            den[:, 6] = area[:, 2]
            out["segments"] = (num, den)
        return out

    station = {
        "servers": {"staff": {duration(t): int(n) for t, n in staff}, **mode},
        "time": exponential(p["service_rate"]),
    }
    if mode["shift_end"] == "preemptive":
        station["interrupted"] = "resample"
    if mode["shift_end"] == "named":
        station["idle_choice"] = "random"
    return Plan(
        scenario=_scenario(close, arrivals, station, p.get("patience_rate", 0.0)),
        measure=counts,
        rows=_expected(arrivals, close),
        terminating=True,
        columns={"at_time": QUEUE_AT_TIME, "segments": {4: MEAN, 5: MEAN, 6: PROBABILITY}},
    )


def _at_time(times: Sequence[float], now: F64, staff: F64) -> F64:
    """Return rows (t, waiting, 1 if all staff are busy, busy over staff, inside)."""
    out = np.empty((len(times), 5))
    out[:, 0] = times
    out[:, 1] = now[:, 0]
    out[:, 2] = now[:, 1] >= staff
    out[:, 3] = now[:, 1] / staff
    out[:, 4] = now[:, 0] + now[:, 1]
    return out


def pooled_day(case: Case) -> Plan:
    """Mode E: idle counters are withdrawn first; surplus busy ones finish and then close."""
    return _hall_day(case, {"shift_end": "pooled"})


def preemptive_day(case: Case) -> Plan:
    """Mode P: surplus busy counters drop their customer, who goes to the head of the line."""
    return _hall_day(case, {"shift_end": "preemptive"})


def named_day(case: Case) -> Plan:
    """Mode N: who leaves is fixed in advance and finishes the customer; idle counters are picked at random."""
    return _hall_day(case, {"shift_end": "named"})


def sinusoidal(case: Case) -> Plan:
    """M(t)/M/s(+M) with a rate formula."""
    p = case["params"]
    end, s = p["horizon"], p["servers"]
    times = [row[0] for row in case["quantities"]["at_time"]["value"]]
    length = max([end, *times])
    steps = _formula_steps(p["arrival_rate"], length)
    edge_us, times_us = _microseconds([0.0, end]), _microseconds(times)
    staff = np.full(len(times), float(s))

    def counts(log: Log) -> Counts:
        area = measure.areas(log.rows, 0, EVERY_LINE, -1, edge_us)[0]
        now = measure.at_times(log.rows, 0, EVERY_LINE, times_us)
        return {
            "at_time": (_at_time(times, now, staff), 1),
            "mean_queue_over_horizon": (area[0] / edge_us[1], 1),
            "P_wait_arrivals": (area[3], area[2]),
        }

    return Plan(
        scenario=_scenario(
            length, steps, {"servers": s, "time": exponential(p["service_rate"])}, p.get("patience_rate", 0.0)
        ),
        measure=counts,
        rows=_expected(steps, length),
        terminating=True,
        columns={"at_time": QUEUE_AT_TIME},
    )


_RULE = re.compile(
    r"on \[(?P<width>[\d.]+)i,[\d.]+\(i\+1\)\): s=ceil\(m\+beta\*sqrt\(m\)\), "
    r"m=(?P<base>[\d.]+)\+(?P<swing>[\d.]+)\(sin u - cos u\) at mid-interval u, beta=(?P<beta>-?[\d.]+)"
)


def staffing_levels(rule: str, end: float) -> list[tuple[float, int]]:
    """Return the steps (from, staff) of the square-root rule as the cases spell it."""
    match = _RULE.fullmatch(rule)
    if not match:
        raise NotCovered(f"staff rule {rule!r}")
    width, base, swing, beta = (float(match[k]) for k in ("width", "base", "swing", "beta"))
    starts = np.round(np.arange(int(np.ceil(end / width - 1e-9))) * width, 9)
    m = evaluate(f"{base}+{swing}*(sin(u)-cos(u))", u=starts + width / 2)
    levels = np.ceil(m + beta * np.sqrt(m)).astype(int)
    return [(float(t), int(s)) for t, s in zip(starts, levels, strict=True)]


def square_root_staffing(case: Case) -> Plan:
    """M(t)/M/s(t)+M with pre-emptive changes of staff."""
    p = case["params"]
    end = p["horizon"]
    levels = staffing_levels(p["staff_rule"], end)
    if [s for _, s in levels[:20]] != list(p["staff_first_20"]):
        raise NotCovered("the staff rule does not give the first levels stated")
    steps = _formula_steps(p["arrival_rate"], end)
    times = [row[0] for row in case["quantities"]["at_time"]["value"]]
    times_us = _microseconds(times)
    staff = np.array([float(_step(levels, t)) for t in times])

    def counts(log: Log) -> Counts:
        waiting, busy = measure.at_times(log.rows, 0, EVERY_LINE, times_us).T
        return {"at_time": (np.column_stack([times, staff, waiting + busy >= staff, waiting]), 1)}

    station = {
        "servers": {"staff": {duration(t): s for t, s in levels}, "shift_end": "preemptive"},
        "interrupted": "resample",
        "time": exponential(p["service_rate"]),
    }
    return Plan(
        scenario=_scenario(end, steps, station, p["patience_rate"]),
        measure=counts,
        rows=_expected(steps, end),
        terminating=True,
        columns={"at_time": {1: MEAN, 2: PROBABILITY, 3: MEAN}},
    )


def infinite_servers(case: Case) -> Plan:
    """M(t)/G/inf by so many servers that nobody ever waits: twelve standard deviations above the peak."""
    p = case["params"]
    times = [row[0] for row in case["quantities"]["at_time"]["value"]]
    length = p["arrivals_end"] or max(times)
    given = p["arrival_rate"]
    steps = _formula_steps(given, length) if isinstance(given, str) else given
    peak = max(r for _, r in steps) * moments(p["service"])[0]
    servers = int(np.ceil(peak + 12 * np.sqrt(peak) + 30))
    times_us = _microseconds(times)

    def counts(log: Log) -> Counts:
        waiting, busy = measure.at_times(log.rows, 0, EVERY_LINE, times_us).T
        if waiting.any():
            raise AssertionError(f"{case['id']}: somebody waits for one of {servers} servers")
        return {"at_time": (np.column_stack([times, busy]), 1)}

    return Plan(
        scenario=_scenario(length, steps, {"servers": servers, "time": law(p["service"])}),
        measure=counts,
        rows=_expected(steps, length),
        terminating=True,
        columns={"at_time": {1: MEAN}},
    )


_DAY = (
    "Doors open 0, close T=# min; arrivals piecewise-constant-rate Poisson; all inside at T are served out (or "
    "abandon) with the last staffing level kept until empty. FIFO, exp service and patience (patience only while "
    "waiting; theta=0: none). Start empty. "
)

ADAPTERS = {
    _DAY + "MODE E exhaustive, pooled: on a decrease idle counters are withdrawn first; if more are busy than the new "
    "level, the surplus counters finish their customer and then close (no new call until busy<level). On an increase "
    "new counters call at once.": pooled_day,
    _DAY
    + "MODE P pre-emptive: on a decrease surplus busy counters drop their customer at once; he returns to the head of "
    "the queue, and his (exponential) service restarts later; his patience runs again while waiting (equivalent to a "
    "birth-death process). W counts all waiting incl. after pre-emption.": preemptive_day,
    "As mode E, but the counters that leave are fixed in advance and independent of the state (idle counter for a new "
    "customer is picked uniformly at random): a leaving counter that is busy finishes its customer even though other "
    "counters are idle; idle leaving ones close at once. P_wait = P(all non-leaving counters busy).": named_day,
    "Start empty at 0; observe over [0,horizon]; NHPP arrivals; FIFO.": sinusoidal,
    "Start empty. theta=mu so number in system is exactly Poisson with mean #+#(sin t-cos t)-#e^{-t}; pre-emptive "
    "staff changes (a surplus customer rejoins the queue head).": square_root_staffing,
    "Start empty at 0; infinitely many servers; number in system at t is Poisson(m(t)).": infinite_servers,
}
