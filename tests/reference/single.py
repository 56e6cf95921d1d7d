"""One station in steady state: scenarios, lengths of runs and the usual quantities, shared by families 1 to 4."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from tests.reference import measure
from tests.reference.laws import US_PER_UNIT, duration, ticks
from tests.reference.plan import PERCENTILE, ROOT, Case, Counts, Plan, WaitHistogram

EVERY_LINE = 0xFFFF
CUSTOMERS = 60_000
"""Least customers observed in a replication of a steady state."""
LONGEST = 36_500 * 1440.0
"""The longest run that a scenario may have, in minutes: customers may come that rarely."""


@dataclass(frozen=True)
class Horizon:
    """A run of `length` time units, observed from `start` to `stop`; what comes after only cools down.

    Who joins near the end has those who would have come after him missing, which matters under priorities.
    """

    start: float
    stop: float
    length: float

    @property
    def edges(self) -> NDArray[np.int64]:
        """Start and stop in microseconds."""
        return np.array([ticks(self.start), ticks(self.stop)], dtype=np.int64)

    def scenario(self, stations: Mapping[str, Any], arrivals: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Return the scenario of a steady state over this horizon."""
        return {
            "format": 1,
            "hall": "Reference case",
            "run_for": duration(self.length),
            "warm_up": duration(self.start),
            "arrivals": dict(arrivals),
            "stations": dict(stations),
            **more,
        }


def relaxation(utilisation: float, n_servers: int, mean_service: float, variability: float = 1.0) -> float:
    """Return the time scale on which a queue without abandonment forgets how it began.

    For M/M/c the spectral gap is about c mu (1 - sqrt(rho))^2, and never more than mu matters here;
    variability, the mean of the squared cvs of gaps and services, stretches it.
    """
    slow = mean_service / n_servers / (1 - np.sqrt(min(utilisation, 0.9999))) ** 2
    return float(slow * max(1.0, variability) + mean_service)


def horizon(memory: float, arrival_rate: float, customers: float = CUSTOMERS) -> Horizon:
    """Return a horizon whose warm-up is twelve times the memory, and at most a tenth of it lost."""
    warm = 12 * memory
    observed = min(max(customers / arrival_rate, 10 * warm), LONGEST - 1.5 * warm)
    return Horizon(warm, warm + observed, warm + observed + warm / 2)


@dataclass(frozen=True)
class Single:
    """What is needed to count a steady state at one station."""

    case: Case
    when: Horizon
    n_servers: int
    arrival_rate: float
    thresholds: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds", thresholds_of(self.case))


def stated(case: Case, name: str, otherwise: float) -> float:
    """Return the value of a quantity that the length of a run is chosen by, or `otherwise` where none is asked for."""
    return float(case["quantities"].get(name, {}).get("value", otherwise))


def thresholds_of(case: Case) -> dict[str, float]:
    """Return the thresholds in the names of quantities: text after the last `_` -> time.

    Names print them shortened; where the parameters hold the full number, that is meant.
    """
    full = {f"{t:g}": float(t) for t in np.ravel(case["params"].get("T", [])).tolist()}
    found = {}
    for name in case["quantities"]:
        match = re.fullmatch(r"(?:P_W?\w*_gt|SL_\w+)_([0-9.e-]+)", name)
        if match:
            found[match[1]] = full.get(match[1], float(match[1]))
    return found


def count(log: Log, single: Single, kind: int = -1, stays: bool = True) -> tuple[Any, Any, Any, dict[str, int]]:
    """Return totals, counts by threshold, areas and the places of the thresholds."""
    known = single.thresholds
    limits = np.array([ticks(t) for t in known.values()], dtype=np.int64)
    centre = single.case["quantities"].get("Wq", {}).get("value", 0.0) * US_PER_UNIT
    start, stop = (int(t) for t in single.when.edges)
    total, over = measure.count(log.rows, 0, EVERY_LINE, kind, start, stop, centre, limits, stays)
    area = measure.areas(log.rows, 0, EVERY_LINE, kind, single.when.edges)[0]
    return total, over, area, {text: i for i, text in enumerate(known)}


def usual(log: Log, single: Single) -> dict[str, tuple[Any, Any]]:
    """Count everything that a station without classes can be asked for, by the names cases use."""
    total, over, area, place = count(log, single)
    window = float(np.diff(single.when.edges)[0])
    n = total[measure.N_ALL]
    joined = total[measure.N_JOINED]
    served = total[measure.N_SERVED]
    reneged = total[measure.N_RENEGED]
    wait = total[measure.SUM_WAIT] / US_PER_UNIT
    delayed = total[measure.N_DELAYED]
    turned_back = total[measure.N_TURNED_BACK]
    out: dict[str, tuple[Any, Any]] = {
        "Wq": (wait, joined),
        "Wq_accepted": (wait, joined),
        "Wq_joined": (wait, joined),
        "W_all": (wait, joined),
        "W_served": (total[measure.SUM_WAIT_SERVED] / US_PER_UNIT, served),
        "W_aband": (total[measure.SUM_WAIT_RENEGED] / US_PER_UNIT, reneged),
        "W": (total[measure.SUM_SOJOURN] / US_PER_UNIT, joined),
        "sd_Wq": (total[measure.SUM_SQUARE] / US_PER_UNIT**2, joined),
        "Lq": (area[0], window),
        "L": (area[0] + area[1], window),
        "util": (area[1], window * single.n_servers),
        "P_wait": (delayed, joined),
        "P_wait_accepted": (delayed, joined),
        "P_wait_joined": (delayed, joined),
        "P_block": (turned_back, n),
        "P_balk": (turned_back, n),
        "P_overflow": (turned_back, n),
        "P_ab": (reneged, n),
        "mean_wait_given_delayed": (wait, delayed),
    }
    for text, k in place.items():
        out[f"P_Wq_gt_{text}"] = (over[k, measure.OVER], joined)
        out[f"P_timeinqueue_gt_{text}"] = (over[k, measure.OVER], n)
        out[f"SL_all_{text}"] = (over[k, measure.SERVED_WITHIN], n)
        out[f"SL_served_{text}"] = (over[k, measure.SERVED_WITHIN], served)
        out[f"SL_exclude_early_ab_{text}"] = (
            over[k, measure.SERVED_WITHIN],
            n - over[k, measure.RENEGED_WITHIN],
        )
    if "pi" in single.case["quantities"]:
        start, stop = (int(t) for t in single.when.edges)
        levels = len(single.case["quantities"]["pi"]["value"])
        times = measure.time_at_number(log.rows, 0, EVERY_LINE, start, stop, levels)
        out["pi"] = (times / US_PER_UNIT, window / US_PER_UNIT)
    return out


def steady_plan(
    single: Single, station: Mapping[str, Any], arrivals: Mapping[str, Any], measured: Any = usual, **more: Any
) -> Plan:
    """Return the plan of a steady state at one station; `measured(log, single)` counts."""
    case, when = single.case, single.when
    percentiles = [n for n in case["quantities"] if re.fullmatch(r"Wq_p\d+", n)]
    start, stop = (int(t) for t in when.edges)
    histogram = None
    if percentiles:
        # 1 % standard errors see nothing of a bin of 0.05 % of the mean wait; sixteen means reach far
        # beyond the 99th percentile.
        width = max(2.0, round(case["quantities"]["Wq"]["value"] * US_PER_UNIT / 2000))
        reach = max(case["quantities"][n]["value"] for n in percentiles) * US_PER_UNIT
        n_bins = int(2 * reach / width) + 1000
        histogram = WaitHistogram(
            width / US_PER_UNIT,
            lambda log: measure.wait_histogram(log.rows, 0, EVERY_LINE, start, stop, width, n_bins),
        )

    def counts(log: Log) -> Counts:
        out = measured(log, single)
        for name in percentiles:
            x = ticks(case["quantities"][name]["value"])
            total, over = measure.count(
                log.rows, 0, EVERY_LINE, -1, start, stop, 0.0, np.array([x], dtype=np.int64), True
            )
            joined = total[measure.N_JOINED]
            out[name] = (joined - over[0, measure.OVER], joined)
        return out

    return Plan(
        scenario=when.scenario({"counter": dict(station)}, arrivals, **more),
        measure=counts,
        rows=when.length * single.arrival_rate,
        kinds={"sd_Wq": ROOT, **dict.fromkeys(percentiles, PERCENTILE)},
        events={"pi": single.arrival_rate},
        histogram=histogram,
    )


def classes(log: Log, single: Single, n_classes: int) -> dict[str, tuple[Any, Any]]:
    """Count the quantities of priority classes 1 ... n (customer types 0 ... n - 1) and those of all."""
    window = float(np.diff(single.when.edges)[0])
    out = usual(log, single)
    for c in range(n_classes):
        total, over, area, place = count(log, single, kind=c)
        joined = total[measure.N_JOINED]
        wait = total[measure.SUM_WAIT] / US_PER_UNIT
        name = c + 1
        out[f"Wq_class{name}"] = (wait, joined)
        out[f"W_class{name}_all"] = (wait, joined)
        out[f"Lq_class{name}"] = (area[0], window)
        out[f"P_ab_class{name}"] = (total[measure.N_RENEGED], joined)
        for text, k in place.items():
            out[f"P_Wq{name}_gt_{text}"] = (over[k, measure.OVER], joined)
    return out


def segment_shares(rates: Sequence[float]) -> dict[str, float]:
    """Return the arrival rates by the names of segments that priority cases use."""
    return {f"class{i + 1}": float(r) for i, r in enumerate(rates)}
