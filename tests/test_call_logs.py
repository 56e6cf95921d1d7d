"""Call logs of call centres: queue entry, answer, hang-up, work after the call; from the log to a scenario."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hallsim import logs
from hallsim.calibrate.hall import scenario
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.fit import Hall, fit_hall
from hallsim.experiment import replicate
from hallsim.scenario import load

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
TRUTH: dict[str, Any] = json.loads((EXAMPLES / "truth.json").read_text(encoding="utf-8"))["calls.csv"]


@functools.cache
def visits() -> pd.DataFrame:
    return logs.read("call_log", EXAMPLES / "calls.csv")[0]


@functools.cache
def hall() -> Hall:
    return fit_hall(visits())


def test_who_hung_up_in_the_queue_gave_up_and_who_did_not_wait_turned_back() -> None:
    outcomes = visits()["outcome"].value_counts()
    assert outcomes["reneged"] == TRUTH["reneged"]
    assert outcomes.get("balked", 0) == TRUTH["hung_up_at_once"]


def test_work_after_the_call_is_that_which_was_written() -> None:
    served = visits()[visits()["outcome"] == "served"]
    work = (served["t_wrap_end"] - served["t_end"]).astype("float64") / 1e6
    assert work.mean() == pytest.approx(TRUTH["mean_wrap_up_s"], abs=1e-6)


def test_calls_are_calibrated_to_what_was_simulated() -> None:
    known = {".".join(f.path): f.found for f in figures(hall())}
    station = "stations.call_centre"
    truths = {f"{station}.time.billing": 4.0, f"{station}.time.technical": 7.0, f"{station}.wrap_up": 0.75}
    truths |= {f"{station}.patience": 5.0, "transactions.billing": 60.0, f"{station}.servers": 4.0}
    for path, truth in truths.items():
        found = known[path]
        half = (found.high - found.low) / 2 if found.high > found.low else 0.0
        assert abs(found.value - truth) <= 1.7 * half, path  # 3.3 standard errors


def test_logged_work_is_fitted_as_it_is_and_not_from_gaps() -> None:
    (figure,) = [f for f in figures(hall()) if f.path[-1] == "wrap_up"]
    assert figure.source.en.startswith("work after services, as logged")
    assert figure.n == TRUTH["served"]


def test_the_scenario_of_a_call_log_is_simulated_alike_by_both_engines(tmp_path: Path) -> None:
    file = tmp_path / "calls.yaml"
    file.write_text(scenario.text(hall(), hall().days[0], figures(hall())), encoding="utf-8")
    made = load(file)
    both = [next(iter(replicate(made, 1, seed=3, engine=engine))).rows for engine in ("reference", "batch")]
    assert (both[0] == both[1]).all()


def test_lengths_may_stand_in_the_place_of_clock_times(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "通话编号,日期,技能组,入队时间,等待时长,通话时长,话后时长,坐席,结果\n"
        "1,2024-03-04,宽带,9:00:00,20,120,30,801,已接听\n"
        "2,2024-03-04,宽带,9:01:00,45,0,0,,排队放弃\n"
        "2,2024-03-04,宽带,9:01:00,45,0,0,,排队放弃\n"
        "3,2024-03-04,账务,9:02:00,0,0,0,,自助\n"
        "4,2024-03-04,账务,9:03:00,0:00:10,60,0,802,转接\n"
        "4,2024-03-04,宽带,9:04:10,5,60,10,801,已接听\n",
        encoding="utf-8",
    )
    table, report = logs.read("call_log", path)
    assert {c.rule: c.count for c in report.counts if c.effect == "dropped"} == {"duplicate": 1, "not_wanted": 1}
    nine = 9 * 3600
    times = table[["t_ticket", "t_call_last", "t_end", "t_wrap_end"]].astype("float64") / 1e6 - nine
    assert times.iloc[0].tolist() == [0, 20, 140, 170]
    assert table["outcome"].tolist() == ["served", "reneged", "transferred", "served"]
    assert table["visit"].tolist() == [0, 1, 2, 2]
