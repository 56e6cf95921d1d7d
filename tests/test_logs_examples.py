"""The example logs: made by hallsim in the layouts of real ones, and read back to what was simulated."""

from __future__ import annotations

import functools
import json
import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hallsim import logs

CALIBRATION = Path(__file__).resolve().parent.parent / "calibration"
EXAMPLES = CALIBRATION / "examples"
TRUTH: dict[str, Any] = json.loads((EXAMPLES / "truth.json").read_text(encoding="utf-8"))


@functools.cache
def imported(name: str) -> tuple[pd.DataFrame, logs.CleaningReport]:
    return logs.read(TRUTH[name]["mapping"], EXAMPLES / name)


def seconds(values: pd.Series) -> pd.Series:
    return values.dropna().astype("float64") / 1e6


def test_every_example_has_its_truth_and_every_mapping_its_example() -> None:
    assert {p.name for p in EXAMPLES.iterdir()} - {"truth.json"} == set(TRUTH)
    assert {truth["mapping"] for truth in TRUTH.values()} == set(logs.shipped())


def test_the_examples_come_out_of_their_script_the_same(tmp_path: Path) -> None:
    runpy.run_path(str(CALIBRATION / "make_examples.py"))["main"](tmp_path)
    for path in EXAMPLES.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("name", TRUTH)
def test_rows_are_dropped_and_repaired_as_the_truth_says(name: str) -> None:
    table, report = imported(name)
    truth = TRUTH[name]
    assert report.rows_read == truth["rows"]
    assert report.rows_kept == len(table) == truth["rows"] - sum(truth["dropped"].values())
    assert {c.rule: c.count for c in report.counts if c.effect == "dropped"} == truth["dropped"]
    assert {c.rule: c.count for c in report.counts if c.effect == "repaired"} == truth["repaired"]


@pytest.mark.parametrize("name", TRUTH)
def test_waits_and_services_are_those_that_were_written(name: str) -> None:
    table, report = imported(name)
    truth = TRUTH[name]
    joined = table[table["t_ticket"].notna()]
    waits = seconds(joined["t_call_last"].fillna(joined["t_end"]) - joined["t_ticket"])
    services = seconds(joined["t_end"] - joined["t_start"])
    assert (report.days, len(joined), len(services)) == (truth["days"], truth["joined"], truth["served"])
    assert waits.mean() == pytest.approx(truth["mean_wait_s"], abs=1e-6)
    assert services.mean() == pytest.approx(truth["mean_service_s"], abs=1e-6)


def test_who_hung_up_without_queueing_joined_no_line() -> None:
    table, _ = imported("bank.txt.gz")
    at_once = table[table["outcome"] == "balked"]
    assert len(at_once) == TRUTH["bank.txt.gz"]["hung_up_at_once"]
    assert at_once[["t_ticket", "line", "t_call_last", "counter", "ticket_no"]].isna().all(axis=None)
    assert (at_once["visit_outcome"] == "balked").all()
    assert (at_once["t_end"] > at_once["t_arrive"]).all()


def test_who_gave_up_in_the_queue_reneged() -> None:
    table, _ = imported("bank.txt.gz")
    assert int((table["outcome"] == "reneged").sum()) == TRUTH["bank.txt.gz"]["reneged"]


def test_services_over_midnight_end_after_24_hours() -> None:
    table, report = imported("bank.txt.gz")
    assert int((table["t_end"] >= 86_400_000_000).sum()) == TRUTH["bank.txt.gz"]["services_over_midnight"]
    assert report.count("crosses_midnight") == TRUTH["bank.txt.gz"]["services_over_midnight"]


def test_legs_under_one_number_are_one_visit_of_several_steps() -> None:
    table, report = imported("clinic.csv")
    several = table.groupby(["date", "visit"]).filter(lambda legs: len(legs) > 1)
    assert report.visits < report.rows_kept
    assert set(several.loc[several["visit_outcome"].isna(), "outcome"]) == {"transferred"}
    assert several.groupby(["date", "visit"])["ticket_no"].nunique().max() == 1
    assert several.groupby(["date", "visit"])["t_arrive"].nunique().max() == 1


def test_numbers_that_restart_every_day_are_different_visits() -> None:
    table, report = imported("hall_vendor.csv")
    assert table.groupby("ticket_no")["date"].nunique().max() == 2
    assert report.visits == len(table)


def test_both_languages_and_encodings_give_the_same_visits() -> None:
    chinese, english = imported("hall_zh.csv")[0], imported("hall_en.csv")[0]
    times = [name for name in chinese if name.startswith("t_")]
    other = [*times, "ahead_at_ticket"]  # one file has whole seconds, in which more happens at once
    pd.testing.assert_frame_equal(chinese.drop(columns=other), english.drop(columns=other))
    for name in times:
        pd.testing.assert_series_equal(chinese[name], english[name] // 1_000_000 * 1_000_000)


def test_who_did_not_come_when_called_is_a_no_show() -> None:
    table, _ = imported("hall_vendor.csv")
    absent = table[table["outcome"] == "no_show"]
    assert len(absent) == TRUTH["hall_vendor.csv"]["no_shows"]
    assert absent["t_call_last"].notna().all()
    assert absent["t_start"].isna().all()
