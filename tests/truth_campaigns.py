"""Logs of a hall with two campaigns of known effect, part of whose days collide, and what calibrating them finds.

Run as a script it prints coverage and bias of every parameter: `python -m tests.truth_campaigns N_LOGS`.
"""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hallsim import logs
from hallsim.calibrate.hall.campaigns import Campaign
from hallsim.calibrate.hall.fit import Choices, Hall, fit_hall
from hallsim.experiment import replicate
from hallsim.scenario import load
from hallsim.ticket_machine import export_csv
from hallsim.visits import build
from tests.truth_halls import Outcome, bias

DAYS = [
    day.isoformat() for i in range(40) if (day := datetime.date(2024, 3, 4) + datetime.timedelta(days=i)).weekday() < 5
]
SUMMER = Campaign("summer", (("2024-03-11", "2024-03-19"),), ("plan",), "campaigns.csv:2")
CITY = Campaign(
    "city", (("2024-03-18", "2024-03-22"), ("2024-04-01", "2024-04-03")), ("plan", "card"), "campaigns.csv:3"
)
HALL: dict[str, Any] = {
    "hall": "Hall with campaigns",
    "open": "09:00-13:00",
    "transactions": {"payment": "50 %", "plan": "30 %", "card": "rest"},
    "arrivals": {"rate": "60/h", "day_cv": 0.1},
    "day_types": {"usual": {}},
    "campaigns": {
        "summer": {"on": ["2024-03-11 to 2024-03-19"], "lift": {"plan": "60 %"}, "service_time": {"plan": 1.2}},
        "city": {
            "on": ["2024-03-18 to 2024-03-22", "2024-04-01 to 2024-04-03"],
            "lift": {"plan": "30 %", "card": "50 %"},
            "service_time": {"card": 0.85},
        },
    },
    "stations": {
        "counter": {
            "servers": [{"name": f"Counter {i}"} for i in range(1, 9)],
            "time": {
                "payment": "lognormal 3 min cv 0.6",
                "plan": "lognormal 7 min cv 0.7",
                "card": "gamma 5 min cv 0.5",
            },
        }
    },
}
TRUTH = {
    ("summer", "plan"): (0.6, 1.2),
    ("city", "plan"): (0.3, 1.0),
    ("city", "card"): (0.5, 0.85),
}


def log_of(folder: Path, seed: int) -> Path:
    """Write the log of the hall's thirty working days, as its queue machine does."""
    (folder / "days.csv").write_text("date,day_type\n" + "".join(f"{day},usual\n" for day in DAYS), encoding="utf-8")
    scenario = load({**HALL, "calendar": str(folder / "days.csv")})
    days = zip(replicate(scenario, len(DAYS), seed), DAYS, strict=True)
    tables = [build(scenario, log, None, datetime.date.fromisoformat(day)) for log, day in days]
    export_csv(pd.concat(tables, ignore_index=True), folder / "log.csv", "zh", "gb18030", seconds=True)
    return folder / "log.csv"


def hall_of(log: Path, campaigns: tuple[Campaign, ...] = (SUMMER, CITY)) -> Hall:
    """Calibrate a log with campaigns told."""
    return fit_hall(logs.read("ticket_machine", log)[0], choices=Choices(campaigns=campaigns))


def outcomes(hall: Hall) -> list[Outcome]:
    """Return what was found of every effect, of the services without campaigns, and of the customers of a usual day."""
    found = []
    for effect in hall.campaigns.effects:
        which = hall.campaigns.names[effect.campaign], hall.sample.names.transactions[effect.transaction]
        for name, truth, one in zip(("lift", "longer"), TRUTH[which], (effect.lift, effect.longer), strict=True):
            found.append(Outcome(" ".join((*which, name)), truth, one.value, one.low, one.high))
    level = hall.days[0].rates.level
    found.append(Outcome("customers a day", 240.0, level.value, level.low, level.high))
    for (t,), laws in hall.services[0].laws.items():
        mean, key = laws[0].mean.times(1 / 60), hall.sample.names.transactions[t]
        true = {"payment": 3.0, "plan": 7.0, "card": 5.0}[key]
        found.append(Outcome(f"time {key}", true, mean.value, mean.low, mean.high))
    return found


def study(n_logs: int, folder: Path) -> dict[str, list[Outcome]]:
    """Calibrate many logs; return what was found, by parameter."""
    found: dict[str, list[Outcome]] = {}
    for seed in range(1, n_logs + 1):
        for one in outcomes(hall_of(log_of(folder, seed))):
            found.setdefault(one.name, []).append(one)
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for name, one in study(int(sys.argv[1]), Path(temporary)).items():
            covered = np.mean([x.covered for x in one])
            mean, width = np.mean([x.value for x in one]), np.mean([x.high - x.low for x in one]) / 2
            print(f"{name:24}{len(one):5}{one[0].truth:9.4g}{mean:9.4g} ±{width:8.3g}{covered:8.3f}{bias(one):8.2f}")
