"""Three small halls with known parameters, their logs as a queue machine writes them, and what calibrating those finds.

Run as a script it prints coverage and bias of every parameter: `python -m tests.truth_halls HALL N_LOGS`.
"""

from __future__ import annotations

import datetime
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hallsim import logs
from hallsim.calibrate.hall.figure import Figure
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.fit import fit_hall
from hallsim.experiment import replicate
from hallsim.scenario import load
from hallsim.ticket_machine import export_csv
from hallsim.units import parse_moment
from hallsim.visits import build

DAYS = 20
MONDAY = datetime.date(2024, 3, 4)

PLAIN: dict[str, Any] = {
    "hall": "Plain hall",
    "open": "09:00-13:00",
    "arrivals": {"rates": {"09:00": "30/h", "11:00": "50/h"}, "day_cv": 0.2},
    "stations": {
        "counter": {
            "servers": [{"name": f"Counter {i}"} for i in range(1, 5)],
            "time": "lognormal 5 min cv 0.8",
            "patience": "exponential 15 min",
        }
    },
}
CLASSES: dict[str, Any] = {
    "hall": "Hall with classes",
    "open": "09:00-13:00",
    "segments": {"V": "20 %", "A": "rest"},
    "tickets": {"V": {"segments": ["V"], "rank": 0}, "A": {"segments": ["A"], "rank": 1}},
    "arrivals": {"rate": "40/h", "hour_cv": 0.3, "crowd": 8},
    "stations": {
        "counter": {
            "servers": [{"name": f"Counter {i + 1}", "speed": s} for i, s in enumerate((1.2, 1.0, 0.8))],
            "time": {"V": "gamma 7 min cv 0.6", "A": "weibull 3.5 min shape 1.5"},
            "patience": "weibull 20 min shape 1.5",
        }
    },
}
WORK: dict[str, Any] = {
    "hall": "Hall with work after services",
    "open": "09:00-13:00",
    "transactions": {"payment": "60 %", "card": "rest"},
    "arrivals": {"rate": "45/h"},
    "stations": {
        "counter": {
            "servers": [{"name": f"Counter {i}"} for i in range(1, 4)],
            "time": {"payment": "exponential 3 min", "card": "lognormal 6 min cv 0.5"},
            "wrap_up": "gamma 40 s cv 0.4",
            "patience": "exponential 12 min",
        }
    },
}
HALLS = {"plain": PLAIN, "classes": CLASSES, "work": WORK}


class Outcome(NamedTuple):
    """What was found of a parameter in one log, and what is true of it."""

    name: str
    truth: float
    value: float
    low: float
    high: float

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.truth <= self.high


def log_of(hall: dict[str, Any], seed: int, path: Path, days: int = DAYS) -> Path:
    """Write the log of some working days of a hall, as its queue machine does, cut to seconds."""
    scenario = load(hall)
    dates = [d for i in range(2 * days) if (d := MONDAY + datetime.timedelta(days=i)).weekday() < 5][:days]
    tables = [build(scenario, log, None, d) for log, d in zip(replicate(scenario, days, seed), dates, strict=True)]
    export_csv(pd.concat(tables, ignore_index=True), path, "zh", "gb18030", seconds=True)
    return path


def found_in(path: Path) -> list[Figure]:
    """Calibrate a log and return its figures."""
    return figures(fit_hall(logs.read("ticket_machine", path)[0]))


def truths(hall: dict[str, Any]) -> dict[str, float]:
    """Return the true parameters of a hall by the path of their figures, in the figures' units."""
    model = load(hall).model
    counter = hall["stations"]["counter"]
    arrivals = hall["arrivals"]
    (source,) = model.sources
    found = {"arrivals.rates": sum((p.end - p.start) * p.rate for p in source.pieces)}
    found |= {f"arrivals.{key}": arrivals[key] for key in ("day_cv", "hour_cv", "crowd") if key in arrivals}
    for i, segment in enumerate(model.segments if len(model.segments) > 1 else ()):
        found[f"segments.{segment.name}"] = 100.0 * sum(
            p for p, t in zip(source.mix, model.types, strict=True) if t.segment == i
        )
    for i, one in enumerate(model.transactions if len(model.transactions) > 1 else ()):
        found[f"transactions.{one.name}"] = 100.0 * sum(
            p for p, t in zip(source.mix, model.types, strict=True) if t.transaction == i
        )
    station = model.stations[0]
    by = list(counter["time"]) if isinstance(counter["time"], dict) else [""]
    for i, name in enumerate(by):
        law = station.service[i]
        path = ".".join(filter(None, ("stations.counter.time", name)))
        found[path], found[f"{path}.cv"] = law.mean / 60e6, law.cv
    if station.wrap_up:
        found["stations.counter.wrap_up"] = station.wrap_up[0].mean / 60e6
    if station.patience[0] is not None:
        found["stations.counter.patience"] = station.patience[0].mean / 60e6
        found["stations.counter.patience.shape"] = getattr(station.patience[0], "shape", 1.0)
    speeds = [1.0 / s.time_factor for s in station.servers]
    if len(set(speeds)) > 1:
        found |= {f"stations.counter.servers.{s.name}.speed": v for s, v in zip(station.servers, speeds, strict=True)}
    return found


def rate_between(hall: dict[str, Any], start: int, end: int) -> float:
    """Return the true mean rate per hour of a piece of the day."""
    (source,) = load(hall).model.sources
    pieces = [p for p in source.pieces if p.end - p.start > 1]  # without the crowd
    return sum(max(min(p.end, end) - max(p.start, start), 0) * p.rate for p in pieces) / (end - start) * 3.6e9


def outcomes(hall: dict[str, Any], known: list[Figure]) -> Iterator[Outcome]:
    """Yield what was found of every parameter that has a truth."""
    truth = truths(hall)
    for figure in known:
        name, ends = ".".join(figure.path), (figure.found.value, figure.found.low, figure.found.high)
        if figure.path[:2] == ("arrivals", "rates") and len(figure.path) == 3:
            span = figure.label.en.removeprefix("arrivals ").split("-")
            start, end = (parse_moment(t) for t in span)
            yield Outcome("arrivals.rates piece", rate_between(hall, start, end), *ends)
        elif name in truth and not math.isnan(figure.found.value):
            yield Outcome(name, truth[name], *ends)


def study(hall: dict[str, Any], n_logs: int, folder: Path, first: int = 1) -> dict[str, list[Outcome]]:
    """Calibrate many logs of a hall; return what was found, by parameter."""
    found: dict[str, list[Outcome]] = {}
    for seed in range(first, first + n_logs):
        for one in outcomes(hall, found_in(log_of(hall, seed, folder / "log.csv"))):
            found.setdefault(one.name, []).append(one)
    return found


def limits(n: int, share: float = 0.95, errors: float = 3.3) -> float:
    """Return the least coverage of n intervals that is not surely too low."""
    return share - errors * math.sqrt(share * (1.0 - share) / n)


def bias(found: list[Outcome]) -> float:
    """Return the mean error over the mean half-width."""
    off = np.mean([one.value - one.truth for one in found])
    return float(off / np.mean([(one.high - one.low) / 2.0 for one in found]))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for name, one in study(HALLS[sys.argv[1]], int(sys.argv[2]), Path(temporary)).items():
            covered = np.mean([x.covered for x in one])
            mean, truth = np.mean([x.value for x in one]), np.mean([x.truth for x in one])
            print(f"{name:36}{len(one):5}{truth:10.4g}{mean:10.4g}{covered:8.3f}{bias(one):8.2f}", flush=True)
