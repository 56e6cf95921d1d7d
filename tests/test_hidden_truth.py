"""Hidden parameters of a hundred simulated logs: how often intervals hold the truth; what cannot be told is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hallsim.calibrate.hidden.file import Request
from hallsim.calibrate.hidden.fit import HiddenFit, Seen, fit_hidden
from hallsim.calibrate.hidden.parameters import Parameter
from hallsim.calibrate.hidden.stays import DayStays, stays_of_logs
from hallsim.calibrate.hidden.targets import cells_of, kept, sums_of_stays, target_of
from hallsim.experiment import replicate
from hallsim.model import Label
from hallsim.scenario import load
from tests.truth_halls import limits

HALL: dict[str, Any] = {
    "hall": "Kiosks and counters",
    "open": "09:00-13:00",
    "arrivals": {"rate": "40/h"},
    "entry": {"kiosk": "40 %", "counter": "rest"},
    "stations": {
        "kiosk": {"servers": 2, "time": "lognormal 3 min cv 0.6", "fails": "20 %", "on_failure": "counter"},
        "counter": {"servers": 3, "time": "lognormal 5 min cv 0.8", "patience": "exponential 15 min"},
    },
}
TRUTH = (1.0, 40.0, 20.0, 15.0)
DAYS, SIMULATED, LOGS = 20, 100, 100
LARGEST_BIAS = 0.25


def parameter(name: str, path: str, low: float, high: float, template: str = "") -> Parameter:
    return Parameter(name, Label(name, name), path, low, high, template, scales=not template)


PARAMETERS = (
    parameter("workload", "stations.counter.time", 0.7, 1.4),
    parameter("kiosk share", "entry.kiosk", 10.0, 80.0, "{} %"),
    parameter("kiosk failures", "stations.kiosk.fails", 0.0, 60.0, "{} %"),
    parameter("patience", "stations.counter.patience", 5.0, 40.0, "exponential {} min"),
)


def fitted(number: int, counters_only: bool = False) -> HiddenFit:
    """Return what is found in one log; only its counters may have been seen."""
    base = load(HALL)
    targets = tuple(target_of(f"{x}") for x in ("mean wait by station and hour", "abandonment by station"))
    targets = (*targets, target_of("joined by station"))
    request = Request(base, PARAMETERS, targets, (), "", (), "", SIMULATED, number)
    stays = stays_of_logs(base.model, replicate(base, DAYS, 10_000 + number))
    if counters_only:
        here = stays.station == 1
        stays = DayStays(stays.n_days, *(column[here] for column in stays[1:]))
    cells = cells_of(targets, base.model)
    sums = sums_of_stays(stays, targets, base.model)
    chosen = kept(sums, cells)
    own = tuple(cell for cell, used in zip(cells, chosen, strict=True) if used)
    return fit_hidden(request, Seen(("2024-03-04",), own, chosen, sums.of(chosen)))


@pytest.mark.slow
def test_intervals_of_a_hundred_logs_hold_the_truth() -> None:
    found = [fitted(number) for number in range(1, LOGS + 1)]
    values, halves = (np.array([getattr(one, name) for one in found]) for name in ("values", "half_widths"))
    covered = (np.abs(values - TRUTH) <= halves).mean(axis=0)
    assert (covered >= limits(LOGS)).all(), covered
    bias = (values - TRUTH).mean(axis=0) / halves.mean(axis=0)
    assert (np.abs(bias) < LARGEST_BIAS).all(), bias


@pytest.mark.slow
def test_share_and_failures_of_kiosks_that_nobody_saw_are_not_told() -> None:
    found = fitted(1, counters_only=True).found
    assert not found.identifiable[[1, 2]].all()
    assert found.identifiable[0]
