"""A hall whose customers have several transactions, as two systems know it: a queue machine and billing.

The queue machine writes one row per ticket and no transactions; billing writes one row per transaction and no tickets,
by a clock of its own. What each record belongs to is known. Run as a script it prints precision and recall of the join.
"""

from __future__ import annotations

import csv
import datetime
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hallsim import logs
from hallsim.experiment import replicate
from hallsim.logs.joined import Joining
from hallsim.replay.going_on import goes_on, whole_services
from hallsim.replay.legs import days_of
from hallsim.scenario import load
from hallsim.ticket_machine import export_csv
from hallsim.visits import build, clock

HALL: dict[str, Any] = {
    "hall": "Hall of records",
    "open": "09:00-13:00",
    "transactions": {"payment": "55 %", "card": "30 %", "plan": "15 %"},
    "follow_ons": {
        "share": {
            "payment": {"plan": "20 %"},
            "card": {"payment": "15 %", "card": "10 %"},
            "plan": {"payment": "10 %"},
        },
        "then": "counter",
        "same_counter": ["counter"],
    },
    "arrivals": {"rate": "40/h"},
    "stations": {
        "counter": {
            "servers": [{"name": f"Counter {i}"} for i in range(1, 5)],
            "time": {
                "payment": "lognormal 2.5 min cv 0.7",
                "card": "lognormal 6 min cv 0.6",
                "plan": "gamma 9 min cv 0.5",
            },
            "patience": "exponential 20 min",
        }
    },
}
MONDAY = datetime.date(2024, 3, 4)


class Faults(NamedTuple):
    """What is wrong with the records: their clock, how late they are (s, mean), and shares lost and added."""

    ahead_s: int = 137
    late_s: float = 6.0
    lost: float = 0.03
    added: float = 0.03
    in_one_go: bool = False


class Truth(NamedTuple):
    """The files of a hall, and the ticket (date, number) that each record belongs to; None: none."""

    log: Path
    records: Path
    tickets: dict[str, tuple[str, str] | None]
    visits: pd.DataFrame


def written(
    folder: Path, days: int, seed: int, faults: Faults | None = None, hall: dict[str, Any] | None = None
) -> Truth:
    """Simulate some days and write what the two systems know of them."""
    faults = faults or Faults()
    scenario = load(hall or HALL)
    dates = [MONDAY + datetime.timedelta(days=i) for i in range(days)]
    tables = [build(scenario, log, None, d) for log, d in zip(replicate(scenario, days, seed), dates, strict=True)]
    visits = pd.concat(tables, ignore_index=True)
    day = days_of(visits)[0]
    follows, last = goes_on(visits, day)
    first = np.maximum.accumulate(np.where(follows, 0, np.arange(len(visits))))
    export_csv(whole_services(visits, day), folder / "log.csv", "zh", "gb18030", seconds=True)
    known = _records(
        visits, visits["ticket_no"].iloc[first].to_numpy(), visits["t_end"].iloc[last].to_numpy(), faults, seed
    )
    with (folder / "records.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["流水号", "日期", "台席", "业务", "受理时间"])
        writer.writerows([number, *cells] for number, (_, cells) in known.items())
    of = {number: ticket for number, (ticket, _) in known.items()}
    return Truth(folder / "log.csv", folder / "records.csv", of, visits)


def _records(visits: pd.DataFrame, ticket: Any, whole_end: Any, faults: Faults, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = []
    for i, row in enumerate(visits.itertuples()):
        if row.outcome != "served":
            continue
        date, late = f"{row.date:%Y-%m-%d}", rng.exponential(faults.late_s)
        end = whole_end[i] if faults.in_one_go else row.t_end
        if rng.random() >= faults.lost:
            found.append((date, end / 1e6 + late, (date, ticket[i]), row.counter, row.transaction))
        if rng.random() < faults.added:
            found.append((date, rng.uniform(8.0, 14.0) * 3600, None, row.counter, row.transaction))
    found.sort(key=lambda one: one[:2])
    return {
        str(10_001 + k): (own, [date, counter, what, clock(int(t + faults.ahead_s) * 1_000_000, 0)])
        for k, (date, t, own, counter, what) in enumerate(found)
    }


def joined(truth: Truth) -> tuple[pd.DataFrame, Joining]:
    """Read both files and join them."""
    return logs.read_joined("ticket_machine", [truth.log], [truth.records])


def precision_and_recall(truth: Truth, visits: pd.DataFrame) -> tuple[float, float]:
    """Return which share of the transactions found is right, and which share of those recorded is found.

    By ticket and transaction, as often as each stands there.
    """
    with truth.records.open(encoding="utf-8-sig") as file:
        what = {row["流水号"]: row["业务"] for row in csv.DictReader(file)}
    real = Counter((*own, what[number]) for number, own in truth.tickets.items() if own is not None)
    served = visits[visits["t_start"].notna() & (visits["transaction"] != "no record")]
    dates = served["date"].dt.strftime("%Y-%m-%d")
    found = Counter(zip(dates, served["ticket_no"], served["transaction"], strict=True))
    right = sum((real & found).values())
    return right / sum(found.values()), right / sum(real.values())


if __name__ == "__main__":
    for faults in (
        *(Faults(), Faults(0, 0.0, 0.0, 0.0), Faults(-600), Faults(late_s=30.0), Faults(lost=0.2, added=0.1)),
        Faults(in_one_go=True),
    ):
        with tempfile.TemporaryDirectory() as temporary:
            one = written(Path(temporary), 20, 1, faults)
            table, report = joined(one)
            precision, recall = precision_and_recall(one, table)
            print(f"{faults}\n  precision {precision:.4f}, recall {recall:.4f}\n{report.joined.table()}", flush=True)
