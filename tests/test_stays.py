"""Stays: what a table of visits says about waiting and service, beside the KPIs of the same days."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

import hallsim as hs
from hallsim import visits
from hallsim.calibrate.services import service_times
from hallsim.calibrate.stays import ABANDONED, NOT_TAKEN, stays, wait_figures
from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.errors import CalibrationError
from hallsim.visits import frame
from tests.hand_made_logs import HALL, NINE, short_day
from tests.kpi_witness import LEFT, STAYED, TAKEN, random_day, stays_of

S = 1_000_000

BUSY_HALL = {
    "open": "09:00-12:00",
    "arrivals": {"per_hour": [30, 40, 30]},
    "stations": {
        "counter": {
            "servers": 3,
            "room": {"waiting": 12},
            "patience": "exponential 6 min",
            "time": "lognormal 5 min cv 0.8",
        }
    },
}


def ticket(outcome: str | None = "served", **more: Any) -> dict[str, Any]:
    """Return one row of a log: joined at 9:00, called after 40 s, served from 41 s to 100 s unless said otherwise."""
    times = {"t_ticket": 0, "t_call_last": 40, "t_start": 41, "t_end": 100} | more
    return {
        "date": "2024-03-05",
        "outcome": outcome,
        **{name: None if t is None else NINE + t * S for name, t in times.items()},
    }


def log(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a table of one visit per row."""
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in rows[0]}
    columns |= {"visit": list(range(len(rows))), "step": [0] * len(rows)}
    columns["date"] = np.array(columns["date"], dtype="datetime64[us]")
    for name in ("t_ticket", "t_call_last", "t_start", "t_end"):
        columns[name] = pd.array(columns[name], dtype="Int64")
    return frame(columns)


def test_waiting_ends_at_the_call_and_service_begins_at_the_start() -> None:
    found = stays(log(ticket()))
    assert (found.wait_s.tolist(), found.service_s.tolist(), found.gave_up.tolist()) == ([40.0], [59.0], [False])


def test_a_start_before_the_call_is_kept_as_written() -> None:
    found = stays(log(ticket(t_start=39)))
    assert (found.wait_s.tolist(), found.service_s.tolist()) == ([40.0], [61.0])


def test_who_gave_up_waited_until_then_and_had_no_service() -> None:
    found = stays(log(ticket("reneged", t_call_last=None, t_start=None, t_end=25)))
    assert (found.wait_s.tolist(), found.gave_up.tolist()) == ([25.0], [True])
    assert np.isnan(found.service_s).all()


def test_who_did_not_come_when_called_gave_up_and_waited_until_the_call_at_most() -> None:
    found = stays(log(ticket("no_show", t_end=60)))
    assert (found.wait_s.tolist(), found.gave_up.tolist()) == ([40.0], [True])
    assert np.isnan(found.service_s).all()


def test_who_was_closed_out_waited_but_did_not_give_up() -> None:
    found = stays(log(ticket("closed_out", t_call_last=None, t_start=None, t_end=25)))
    assert (found.wait_s.tolist(), found.gave_up.tolist()) == ([25.0], [False])


def test_who_balked_never_joined() -> None:
    found = stays(log(ticket("balked", t_ticket=None, t_call_last=None, t_start=None), ticket()))
    assert (found.n, found.row.tolist()) == (1, [1])


def test_a_service_without_a_start_is_unknown() -> None:
    found = stays(log(ticket(t_start=None)))
    assert found.wait_s.tolist() == [40.0]
    assert np.isnan(found.service_s).all()


def test_a_table_where_nobody_joined_has_no_stays() -> None:
    nobody = log(ticket("balked", t_ticket=None, t_call_last=None, t_start=None))
    assert stays(nobody).n == stays(nobody.iloc[:0]).n == 0
    with pytest.raises(CalibrationError, match=r"^nobody joined a line: there is no wait to speak of$"):
        wait_figures(stays(nobody), 5)


def test_services_of_no_time_are_left_out() -> None:
    assert service_times(log(ticket(), ticket(t_end=41), ticket(t_end=42))).tolist() == [59.0, 1.0]


def test_figures_count_everybody_who_joined() -> None:
    waits = stays(log(ticket(), ticket(t_call_last=5), ticket(t_call_last=6), ticket("no_show")))
    found = wait_figures(waits, 5)
    assert (found.n_joined, found.mean_wait_s, found.share_over, found.abandonment) == (4, 22.75, 0.75, 0.25)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ticket("reneged", t_call_last=None, t_start=None, t_end=None), "a step has no end"),
        (ticket(t_end=None), "a step has no end"),
        (ticket(t_call_last=None), "a service has no call"),
        (ticket(None), "a step has no outcome"),
        (ticket(t_call_last=-1), "a wait is negative"),
        (ticket(t_end=40), "a service is negative"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_place(row: dict[str, Any], message: str) -> None:
    where = r"in 1 row of the table, first in row 1 \(visit 1, step 0, 2024-03-05\)$"
    with pytest.raises(CalibrationError, match=f"^{message} {where}"):
        stays(log(ticket(), row))


def test_the_words_for_outcomes_are_those_of_the_kpis() -> None:
    assert set(ABANDONED) == set(LEFT)
    assert set(NOT_TAKEN) == set(STAYED) - set(TAKEN)


def test_the_day_with_one_of_each_has_four_stays() -> None:
    found = stays(visits.build(HALL, short_day()))
    # customer 0 at the kiosk and at the counter, 1 at the counter, 2 gave up at the kiosk; 3 and 4 joined nothing
    assert found.wait_s.tolist() == [0.0, 0.0, 0.0, 300.0]
    assert found.service_s.tolist()[:3] == [240.0, 330.0, 300.0]
    assert found.gave_up.tolist() == [False, False, False, True]


@pytest.mark.parametrize("seed", range(6))
def test_stays_are_those_of_the_witness(seed: int) -> None:
    day = random_day(random.Random(seed), interruptions=True)
    found = stays(visits.build(HALL, day))
    expected = [s for s in stays_of(day) if s.outcome in STAYED]
    ours = zip((found.wait_s * S).round(), found.gave_up, np.nan_to_num(found.service_s * S).round(), strict=True)
    theirs = [(s.wait, s.outcome in LEFT, s.service if s.outcome in TAKEN else 0) for s in expected]
    assert sorted(ours) == sorted(theirs)


def test_figures_of_simulated_days_are_the_kpis_of_the_same_days() -> None:
    hall = hs.load(BUSY_HALL)
    n_days, seed = 40, 5
    compiled = compile_model(hall.model)
    days = [visits.build(hall, kernel.simulate(compiled, seed, i), i) for i in range(n_days)]
    table = pd.concat(days, ignore_index=True)
    known = stays(table)
    found = wait_figures(known, 240)
    kpis = hs.run(hall, replications=n_days, seed=seed, thresholds_min=[4.0])
    assert found.n_joined > 2000
    assert found.abandonment > 0.1
    assert found.n_joined == pytest.approx(n_days * kpis.estimate("joined").value, rel=1e-12)
    assert found.mean_wait_s == pytest.approx(60 * kpis.estimate("mean_wait").value, rel=1e-12)
    assert found.abandonment == pytest.approx(kpis.estimate("abandonment").value, rel=1e-12)
    assert found.share_over == pytest.approx(kpis.estimate("wait_over", within_min=4.0).value, rel=1e-12)
    assert np.nanmean(known.service_s) == pytest.approx(60 * kpis.estimate("mean_service").value, rel=1e-12)
