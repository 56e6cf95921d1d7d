"""The KPIs of a log, through the reducers of simulations, beside the same figures straight from its table of visits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import hallsim as hs
from hallsim import logs, replay, visits
from hallsim.calibrate.stays import stays, wait_figures
from hallsim.compiled import compile_model
from hallsim.engines import kernel
from hallsim.experiment.measure import measure

HALL = {
    "open": "09:00-12:00",
    "arrivals": {"per_hour": [30, 40, 30]},
    "stations": {"counter": {"servers": 3, "patience": "exponential 6 min", "time": "lognormal 5 min cv 0.8"}},
}
SECOND = 1_000_000


def must_agree(table: pd.DataFrame, over_min: float) -> None:
    """Assert that both ways of counting agree on every stay of a log."""
    log = replay.build(table)
    kpis = measure(log, log.observed, thresholds_min=[over_min])
    found = wait_figures(stays(table), 60 * over_min)
    assert sum(log.left_out.values()) == 0
    assert found.n_joined == pytest.approx(len(log.observed) * kpis.estimate("joined").value, rel=1e-12)
    assert found.mean_wait_s == pytest.approx(60 * kpis.estimate("mean_wait").value, rel=1e-12)
    assert found.abandonment == pytest.approx(kpis.estimate("abandonment").value, rel=1e-12)
    assert found.share_over == pytest.approx(kpis.estimate("wait_over", within_min=over_min).value, rel=1e-12)


def test_a_log_of_whole_seconds_has_the_kpis_of_its_table() -> None:
    hall = hs.load(HALL)
    compiled = compile_model(hall.model)
    days = [visits.build(hall, kernel.simulate(compiled, 3, i), None, f"2024-03-{i + 4:02d}") for i in range(5)]
    table = pd.concat(days, ignore_index=True)
    for name in ("t_arrive", "t_ticket", "t_call_first", "t_call_last", "t_start", "t_end", "t_wrap_end"):
        table[name] = table[name] // SECOND * SECOND
    table["counter"] = pd.NA  # who gave up names none, and would be left out of lines before counters
    table = table.astype({"counter": visits.pandas_dtype(visits.FIELD["counter"])})
    assert wait_figures(stays(table), 240).abandonment > 0.1
    must_agree(table, 4.0)


def test_the_clinics_log_has_the_kpis_of_its_table(data_folder: Path) -> None:
    table, _ = logs.read("clinic_tickets", data_folder / "clinic_tickets" / "queue_data_aug_1_17.csv")
    assert len(table) == 829
    must_agree(table, 30.0)


def test_the_banks_log_has_the_kpis_of_its_table(data_folder: Path) -> None:
    table, _ = logs.read("anonymousbank", data_folder / "anonymousbank" / "july.txt.gz")
    joined = table[table["t_ticket"].notna()]
    # some calls in ten thousand joined before they came, or were over before they were called: no hall does that
    early = (joined["t_ticket"] < joined["t_arrive"]) | (joined["t_end"] < joined["t_call_last"] - SECOND)
    assert early.sum() < 100
    must_agree(joined[~early.fillna(False)].reset_index(drop=True), 5 / 60)
