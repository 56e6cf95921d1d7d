"""Halls from counts alone: files are read or refused, what was simulated comes out again, other days are predicted."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim.calibrate.counts.availability import fit_availability
from hallsim.calibrate.counts.day import CountedDay
from hallsim.calibrate.counts.fit import QueueFit, fit_queue, patience_of
from hallsim.calibrate.counts.of_log import counts_of, summaries_of
from hallsim.calibrate.counts.predicted import predict
from hallsim.calibrate.counts.reading import read_counts
from hallsim.calibrate.counts.simulated import hall_of, rates_of, simulate
from hallsim.calibrate.counts.words import table
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError, LogError
from hallsim.experiment.table import display_width
from hallsim.scenario import load
from tests.logged_days import leg
from tests.logged_days import table as legs_table

CALIBRATION = Path(__file__).resolve().parent.parent / "calibration"
SUMMARY, DISPLAYS = (CALIBRATION / "counts" / name for name in ("half_hours_zh.csv", "displays.csv"))
WARSAW = "warsaw_displays/warsaw_to_7_january.csv.gz"
SERVICE_S = 360.0
"""What both examples were simulated with."""


def written(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def summary() -> QueueFit:
    return fit_queue(read_counts([SUMMARY])[:8])


def test_the_examples_come_out_of_their_script_the_same(tmp_path: Path) -> None:
    runpy.run_path(str(CALIBRATION / "make_counts.py"))["main"](tmp_path)
    for path in (SUMMARY, DISPLAYS):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_half_hours_with_chinese_headers_are_read() -> None:
    days = read_counts([SUMMARY])
    first = days[0]
    assert (len(days), first.date, first.start_min, first.slot_min) == (12, "2024-03-04", 540, 30)
    assert first.waiting[-1] == 0
    assert first.arrived.sum() == first.called.sum()


def test_displays_have_the_calls_and_arrivals_of_their_hall() -> None:
    shown, counted = read_counts([DISPLAYS])[0], read_counts([SUMMARY])[0]
    assert (shown.slot_min, shown.queue) == (15, "A")
    assert shown.called.sum() == counted.called.sum()
    assert shown.arrived.sum() == counted.arrived.sum()


def test_an_empty_number_on_a_display_is_the_one_before(tmp_path: Path) -> None:
    rows = ["name,time,date,liczbaCzynnychStan,nazwaGrupy,liczbaKlwKolejce,aktualnyNumer"]
    rows += [f"UD,{time},2020-01-02,2,A,{n},{number}" for time, n, number in _shown()]
    (day,) = read_counts([written(tmp_path, "\n".join(rows))])
    assert day.called.tolist() == [1.0, 2.0]
    assert day.arrived.tolist() == [4.0, 1.0]


def _shown() -> list[tuple[str, int, str]]:
    return [("08:00", 1, ""), ("08:05", 2, "A001"), ("08:10", 3, ""), ("08:15", 3, "A002"), ("08:20", 2, "A003")]


def test_a_queue_that_never_calls_has_no_day(tmp_path: Path) -> None:
    text = "queue,date,time,waiting,counters open,last ticket\nA,2020-01-02,08:00,3,2,\n"
    with pytest.raises(LogError, match="holds no counts of any day"):
        read_counts([written(tmp_path, text)])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-03-05,9:00,x,1,0", "row 2: tickets is 'x', not a number from 0"),
        ("2024-03-05,9:00,-1,1,0", "row 2: tickets is '-1', not a number from 0"),
        ("2024-03-05,9:00,3,2,5", "row 2: no_shows is 5 of 2 calls"),
        ("2024-13-05,9:00,3,2,0", "row 2: .*2024-13-05"),
        ("2024-03-05,9:00,3,2,0\n2024-03-05,9:00,3,2,0", "row 3: 2024-03-05 9:00 stands there twice"),
        ("2024-03-05,9:01,3,2,0", "slots begin at odd minutes, as 9:01"),
    ],
)
def test_rows_that_cannot_be_are_named(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(LogError, match=said):
        read_counts([written(tmp_path, f"date,slot,tickets,calls,no-shows\n{row}\n")])


def test_a_missing_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    path = written(tmp_path, "date,slot,tickets,cals\n2024-03-05,9:00,3,2\n")
    with pytest.raises(LogError, match=r"no column for calls: .*did you mean cals"):
        read_counts([path])


def test_the_service_of_half_hours_is_what_was_simulated(summary: QueueFit) -> None:
    assert summary.identifiable
    assert summary.low_s < SERVICE_S < summary.high_s
    assert summary.service_s == pytest.approx(SERVICE_S, rel=0.05)


def test_the_service_of_displays_is_what_was_simulated() -> None:
    found = fit_queue(read_counts([DISPLAYS])[:8])
    assert found.low_s < SERVICE_S < found.high_s
    assert found.service_s == pytest.approx(SERVICE_S, rel=0.05)


def test_the_staff_needed_keeps_counters_busy_for_at_most_85_per_cent(summary: QueueFit) -> None:
    load_of = summary.per_hour * summary.service_s / 3600.0
    assert (load_of <= 0.85 * summary.needed).all()
    assert (load_of > 0.85 * (summary.needed - 1)).all()


def test_counts_without_the_counters_open_do_not_tell_the_service() -> None:
    days = [day._replace(counters=np.full_like(day.counters, np.nan)) for day in read_counts([SUMMARY])[:3]]
    with pytest.raises(CalibrationError, match="how many counters were open is not in the counts, and cannot be told"):
        fit_queue(days)
    assert fit_queue(days, counters=4).busy_s == pytest.approx(fit_queue(read_counts([SUMMARY])[:3]).busy_s)


def test_half_hours_without_a_row_have_no_counters(tmp_path: Path) -> None:
    rows = ["date,slot,tickets,calls,counters open", "2024-03-05,9:00,3,2,2", "2024-03-05,10:00,1,2,2"]
    rows += ["2024-03-06,11:00,3,3,2", "2024-03-06,11:30,2,2,2"]
    days = read_counts([written(tmp_path, "\n".join(rows))])
    assert days[0].counters.tolist() == [2.0, 0.0, 2.0]
    assert fit_queue(days).counters.tolist() == [2.0, 0.0, 2.0, 0.0, 2.0, 2.0]


def test_half_the_counters_stated_make_half_the_service() -> None:
    days = read_counts([SUMMARY])[:3]
    half = [day._replace(counters=day.counters / 2) for day in days]
    assert fit_queue(half).busy_s == pytest.approx(fit_queue(days).busy_s / 2)


def test_lines_by_waits_and_by_the_ends_of_slots_are_nearly_the_same() -> None:
    days = read_counts([SUMMARY])
    by_ends = [day._replace(wait_min=np.full_like(day.wait_min, np.nan)).mean_waiting for day in days]
    assert np.mean(by_ends) == pytest.approx(np.mean([day.mean_waiting for day in days]), rel=0.1)


def test_a_hall_that_hardly_has_a_line_is_not_identifiable(summary: QueueFit) -> None:
    assert not replace(summary, busy_share=0.1, waits_known=False).identifiable


def test_patience_comes_out_of_no_shows() -> None:
    rng = np.random.default_rng(1)
    wait, called = rng.uniform(2, 30, 200), np.full(200, 20.0)
    missed = rng.binomial(20, -np.expm1(-wait / 40.0)).astype(float)
    zero = np.zeros(200)
    day = CountedDay("", "", "2024-03-05", 0, 5, called, called, missed, zero + 5.0, zero + 4.0, wait)
    assert patience_of([day]) == pytest.approx(40.0, rel=0.1)


def test_half_hours_of_a_log_predict_the_waits_of_the_whole_log(summary: QueueFit) -> None:
    later = read_counts([SUMMARY])[8:]
    made = [summary.replay(day, 1).wait_min for day in later]
    seen = [float(np.average(day.wait_min[day.called > 0], weights=day.called[day.called > 0])) for day in later]
    assert np.mean(made) == pytest.approx(np.mean(seen), rel=0.2)
    assert np.corrcoef(made, seen)[0, 1] > 0.8


def test_a_log_has_the_counts_of_its_customers() -> None:
    log = legs_table([leg(0, 5, 9, visit=0), leg(10, 40, 45, visit=1), leg(12, None, 35, visit=2)])
    (day,) = counts_of(log, 30)
    assert (day.start_min, day.arrived.tolist(), day.called.tolist()) == (540, [3.0, 0.0], [1.0, 2.0])
    assert (day.no_show.tolist(), day.waiting.tolist()) == ([0.0, 1.0], [2.0, 0.0])
    assert day.wait_min.tolist() == [5.0, (30 + 23) / 2]


def days_with_a_lunch(there: float, n_days: int = 12) -> list[CountedDay]:
    """Return simulated days with four counters open all day, of whom for two hours only a part calls."""
    truth = np.full(16, 4.0) * np.where((np.arange(16) >= 6) & (np.arange(16) < 10), there, 1.0)
    return [simulated_day(i, np.full(16, 36.0), truth) for i in range(n_days)]


def simulated_day(i: int, per_hour: np.ndarray, truth: np.ndarray) -> CountedDay:
    """Return a simulated day of four counters said to be open, of whom others may be there; services of 300 s."""
    data = hall_of("", 540, 30, rates_of(540, 30, per_hour), truth, 300.0, float("nan"))
    made = simulate(data, 540, 16, 30, seed=100 + i, runs=1)
    called = made.called[:-1]
    waiting = np.maximum(np.cumsum(per_hour / 2.0 - called), 0.0)
    wait, counters = made.waited_min[:-1] / np.maximum(called, 1.0), np.full(16, 4.0)
    return CountedDay(
        "", "", f"2024-03-{i + 1:02d}", 540, 30, per_hour / 2, called, 0 * called, waiting, counters, wait
    )


def test_waits_tell_when_open_counters_are_not_there() -> None:
    found = fit_availability(days_with_a_lunch(0.5), 300.0, float("nan"), 1)
    morning, lunch = found[:4].mean(), found[6:10].mean()
    assert morning > 0.8
    assert lunch == pytest.approx(0.5, abs=0.1)


def test_counters_that_are_there_all_day_are_taken_as_they_are(summary: QueueFit) -> None:
    assert (summary.availability == 1.0).all()


def test_parts_that_differ_by_chance_are_not_told_apart() -> None:
    assert (fit_availability(days_with_a_lunch(1.0), 300.0, float("nan"), 1) == 1.0).all()


def test_the_mean_day_of_days_with_unlike_hours_has_their_mean_line() -> None:
    rush = np.where((np.arange(16) >= 2) & (np.arange(16) < 6), 60.0, 24.0)
    days = [simulated_day(i, np.roll(rush, 5 * (i % 2)), np.full(16, 4.0)) for i in range(8)]
    found = fit_queue(days)
    counted = np.mean([day.mean_waiting for day in days])
    assert replace(found, mean_day_s=found.service_s).forecast(1).waiting < 0.5 * counted
    assert found.forecast(1).waiting == pytest.approx(counted, rel=0.05)


def test_one_day_with_a_long_line_does_not_set_the_mean_day() -> None:
    usual = [simulated_day(i, np.full(16, 36.0), np.full(16, 4.0)) for i in range(3)]
    rush = simulated_day(3, np.full(16, 60.0), np.full(16, 4.0))
    found = fit_queue([*usual, rush])
    assert found.matched
    assert found.mean_day_s == found.service_s


def test_the_half_hours_of_a_log_have_the_counters_between_first_and_last_service() -> None:
    log = legs_table([leg(0, 5, 10, visit=0), leg(40, 50, 55, visit=1)])
    (day,) = summaries_of(log)
    assert day.counters.tolist() == [25 / 30, 25 / 30]


def test_a_log_is_compared_with_what_its_half_hours_say(capsys: pytest.CaptureFixture[str]) -> None:
    log = str(CALIBRATION / "examples" / "hall_zh.csv")
    assert exit_code(["counts", log, "-m", "ticket_machine", "--fit", "2024-03-04", "--on", "2024-03-05"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Mean wait of these days, counted" in said
    assert "Had the fitted days no mean waits" in said


def test_the_scenario_of_counts_is_one(summary: QueueFit) -> None:
    model = load(summary.scenario()).model
    assert (len(model.stations), len(model.stations[0].servers)) == (1, 4)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_has_at_most_80_columns(lang: str) -> None:
    days = read_counts([DISPLAYS])
    found = predict(days, [d.date for d in days[:3]], [d.date for d in days[3:5]])
    assert max(display_width(line) for line in table(found, lang).splitlines()) <= 80


def test_the_command_writes_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hall.yaml"
    assert (
        exit_code(["counts", str(SUMMARY), "--fit", "2024-03-04..2024-03-06", "--on", "2024-03-07", "-o", str(path)])
        == 0
    )
    assert load(path).model.stations[0].name == "counter"
    assert "mean wait, min" in capsys.readouterr().out


@pytest.mark.slow
def test_lines_of_warsaws_offices_are_predicted_on_a_day_not_seen(data_folder: Path) -> None:
    days = read_counts([data_folder / WARSAW])
    dates = sorted({day.date for day in days})
    found = [one for one in predict(days, dates[:-1], dates[-1:]) if one.fit.identifiable]
    assert len({one.fit.hall for one in found}) >= 5
    seen, made = (np.array([getattr(one, name) for one in found]) for name in ("observed", "replayed"))
    assert np.median(np.abs(made - seen) / np.maximum(seen, 1.0)) < 0.6
    assert pd.Series(seen).corr(pd.Series(made), method="spearman") > 0.5
