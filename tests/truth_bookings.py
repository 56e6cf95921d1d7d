"""A small hall with appointments: its logs with the lists of bookings beside them, and what calibrating those finds.

Run as a script it prints coverage and bias of every parameter: `python -m tests.truth_bookings N_LOGS`.
"""

from __future__ import annotations

import datetime
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hallsim import logs
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.file import read_request
from hallsim.calibrate.hall.fit import Hall, fit_hall
from hallsim.compiled import compile_model
from hallsim.engines.reference_draws import coming_customers
from hallsim.experiment import replicate
from hallsim.scenario import load
from hallsim.ticket_machine import export_csv
from hallsim.visits import build, clock
from tests.truth_halls import Outcome, bias

MONDAY = datetime.date(2024, 3, 4)
DAYS = 20
HALL: dict[str, Any] = {
    "hall": "Hall with appointments",
    "open": "09:00-13:00",
    "segments": {"booked": "0 %", "walk_in": "100 %"},
    "arrivals": {
        "door": {"rates": {"09:00": "16/h", "11:00": "26/h"}},
        "by_appointment": {
            "appointments": {
                "every": "10 min",
                "per_slot": 2,
                "until": "12:30",
                "show": "85 %",
                "early": "gamma 6 min cv 0.7",
                "late": "exponential 2 min",
            },
            "segments": {"booked": "100 %"},
        },
    },
    "tickets": {"V": {"segments": ["booked"], "rank": 0}, "Z": {"rank": 1}},
    "stations": {"counter": {"servers": 5, "time": "lognormal 6 min cv 0.7", "patience": "exponential 60 min"}},
}
SLOTS = 21
RATE_9, RATE_11 = 16.0, 26.0
TRUTH = {
    "arrivals.walk_in.rates": 2.0 * (RATE_9 + RATE_11),
    "arrivals.by_appointment.appointments.per_slot": 2.0 * SLOTS,
    "arrivals.by_appointment.appointments.show": 85.0,
    "arrivals.by_appointment.appointments.earliness.mean": 4.0,
    "arrivals.by_appointment.appointments.earliness.sd": math.hypot(6.0 * 0.7, 2.0),
}


def write_log(seed: int, folder: Path, days: int = DAYS) -> Path:
    """Write log, list of bookings and calibration file of some working days; return the calibration file."""
    scenario = load(HALL)
    dates = [d for i in range(2 * days) if (d := MONDAY + datetime.timedelta(days=i)).weekday() < 5][:days]
    compiled = compile_model(scenario.model)
    tables, listed = [], ["日期,预约时间,排队号"]
    for i, (log, date) in enumerate(zip(replicate(scenario, days, seed), dates, strict=True)):
        table = build(scenario, log, None, date)
        ticket = dict(zip(table["visit"].tolist(), table["ticket_no"].fillna("").tolist(), strict=True))
        of_booking = {
            one.listed: ticket[one.number]
            for one in coming_customers(compiled, np.uint64(seed), np.uint64(i))
            if one.listed >= 0 and one.number in ticket
        }
        times = enumerate(compiled.table_time.tolist())
        listed += [f"{date},{clock(t, 0)},{of_booking.get(n, '')}" for n, t in times]
        tables.append(table)
    export_csv(pd.concat(tables, ignore_index=True), folder / "log.csv", "zh", "gb18030", seconds=True)
    (folder / "bookings.csv").write_text("\n".join(listed) + "\n", encoding="utf-8")
    asked = (
        "format: 1\nlogs: [log.csv]\nmapping: ticket_machine\nbookings: bookings.csv\nworkload: no\nout: made.yaml\n"
    )
    (folder / "hall.yaml").write_text(asked, encoding="utf-8")
    return folder / "hall.yaml"


def fitted(file: Path) -> Hall:
    """Return the hall that a calibration file asks for."""
    asked = read_request(file)
    return fit_hall(logs.read(asked.mapping, list(asked.logs))[0], (), asked.choices)


def study(n_logs: int, folder: Path, first: int = 1) -> dict[str, list[Outcome]]:
    """Calibrate many logs; return what was found, by parameter."""
    found: dict[str, list[Outcome]] = {name: [] for name in TRUTH}
    for seed in range(first, first + n_logs):
        for figure in figures(fitted(write_log(seed, folder))):
            name = ".".join(figure.path)
            if name in TRUTH:
                found[name].append(
                    Outcome(name, TRUTH[name], *(getattr(figure.found, x) for x in ("value", "low", "high")))
                )
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for name, one in study(int(sys.argv[1]), Path(temporary)).items():
            covered, mean = np.mean([x.covered for x in one]), np.mean([x.value for x in one])
            print(f"{name:52}{len(one):5}{TRUTH[name]:9.4g}{mean:9.4g}{covered:8.3f}{bias(one):8.2f}", flush=True)
