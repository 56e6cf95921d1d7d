"""Appointments beside a log: slots, who comes and how early go into the scenario; walk-ins are who is not booked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hallsim.calibrate.hall import scenario
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.file import read_request
from hallsim.calibrate.hall.fit import Hall
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError, ScenarioError
from hallsim.experiment import replicate
from hallsim.model import Source
from hallsim.scenario import load
from tests.truth_bookings import DAYS, HALL, SLOTS, TRUTH, fitted, study, write_log
from tests.truth_halls import bias, limits

N_LOGS = 60


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(2, tmp_path_factory.mktemp("booked"))


@pytest.fixture(scope="module")
def hall(file: Path) -> Hall:
    return fitted(file)


@pytest.fixture
def bookings(file: Path) -> list[str]:
    return (file.parent / "bookings.csv").read_text(encoding="utf-8").splitlines()


def refitted(file: Path, rows: list[str], folder: Path) -> Hall:
    """Fit the same log with other bookings."""
    log = file.parent / "log.csv"
    (folder / "bookings.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    asked = f"format: 1\nlogs: ['{log.as_posix()}']\nmapping: ticket_machine\nbookings: bookings.csv\n"
    (folder / "hall.yaml").write_text(asked, encoding="utf-8")
    return fitted(folder / "hall.yaml")


def earliness(source: Source) -> float:
    """Return by how many minutes the customers of a source are early on average."""
    assert source.early is not None
    assert source.late is not None
    return (source.early.mean - source.late.mean) / 60e6


def complaint(rows: list[str], folder: Path) -> str:
    """Return what is complained about in a list of bookings."""
    (folder / "bookings.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    asked = "format: 1\nlogs: [log.csv]\nmapping: ticket_machine\nbookings: bookings.csv\n"
    (folder / "hall.yaml").write_text(asked, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_request(folder / "hall.yaml")
    (found,) = caught.value.complaints
    return f"{found.line} {found.message}"


def test_slots_are_those_that_were_booked(hall: Hall) -> None:
    known = hall.days[0].appointments
    assert known is not None
    assert known.per_slot == (2,) * SLOTS
    assert known.every == 600_000_000


def test_walk_ins_are_the_arrivals_without_the_booked(hall: Hall) -> None:
    sample, level = hall.sample, hall.days[0].rates.level
    assert round(level.value * DAYS) == len(sample.first_legs) - len(hall.booked.legs)
    assert level.low < TRUTH["arrivals.walk_in.rates"] < level.high


def test_the_intervals_of_a_log_hold_who_comes_and_how_early(hall: Hall) -> None:
    found = {".".join(figure.path): figure.found for figure in figures(hall)}
    assert {name for name, truth in TRUTH.items() if not found[name].low <= truth <= found[name].high} == set()


def test_the_scenario_has_the_earliness_of_the_log_and_runs_on_both_engines(hall: Hall, tmp_path: Path) -> None:
    made = tmp_path / "made.yaml"
    made.write_text(scenario.text(hall, hall.days[0], figures(hall)), encoding="utf-8")
    source = load(made).model.sources[1]
    known = hall.days[0].appointments
    assert known is not None
    assert earliness(source) == pytest.approx(known.mean.value / 60.0, rel=0.05)
    both = [next(iter(replicate(load(made), 1, seed=3, engine=engine))).rows for engine in ("reference", "batch")]
    assert (both[0] == both[1]).all()


def test_who_is_booked_has_his_own_mix_of_classes(hall: Hall) -> None:
    sources = scenario.tree(hall, hall.days[0])["arrivals"]
    assert sources["walk_in"]["segments"] == {"Z": "all"}
    assert sources["by_appointment"]["segments"] == {"V": "all"}


def test_a_log_with_booked_times_is_its_own_list_and_does_not_tell_who_stays_away(
    file: Path, bookings: list[str], tmp_path: Path
) -> None:
    walk_in = "2024-03-04,,Z001"
    hall = refitted(file, [*(row for row in bookings if row[-1] != ","), bookings[1], walk_in], tmp_path)
    show = next(figure for figure in figures(hall) if figure.path[-1] == "show")
    assert not show.identifiable
    assert "show" not in scenario.tree(hall, hall.days[0])["arrivals"]["by_appointment"]["appointments"]


def test_tickets_that_the_log_lacks_and_days_without_bookings_are_told(
    file: Path, bookings: list[str], tmp_path: Path
) -> None:
    rows = [row for row in bookings if not row.startswith("2024-03-05")]
    hall = refitted(file, [*rows, "2024-03-06,10:00,V999", "2024-03-06,20:00,"], tmp_path)
    (warned,) = [figure.warnings for figure in figures(hall) if figure.path[-1] == "per_slot"]
    assert [w.en for w in warned] == [
        "days differ by a cv of 0.24; each has the mean",
        "days of the log without a booking: 1",
        "bookings whose ticket the log lacks: 1",
        "bookings outside the opening hours, left out: 1",
    ]


def test_a_list_of_other_days_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"^none of the 1 bookings is of a day of the log$"):
        refitted(file, ["date,time,ticket", "2025-03-04,09:30,V001"], tmp_path)


def test_a_list_with_the_tickets_of_another_log_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(CalibrationError, match=r"^the log has none of the tickets of the bookings, such as 'X1'$"):
        refitted(file, ["date,time,ticket", "2024-03-04,09:30,X1"], tmp_path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ["date,time", "2024-03-04,09:30"],
            "4 'ticket' is not a column of bookings.csv; known: date, time (did you mean time?)",
        ),
        (["date,time,ticket", "2024-03-04,,V001"], "4 bookings.csv has no row with a time"),
        (
            ["date,time,ticket", "2024-03-04,09:30,V001", "2024-03-04,09:40,V001"],
            "3 ticket V001 of 2024-03-04 is booked for another time already, by line 2",
        ),
    ],
)
def test_a_list_that_cannot_be_is_complained_about(rows: list[str], said: str, tmp_path: Path) -> None:
    assert complaint(rows, tmp_path) == said


def test_calibrate_prints_appointments_in_chinese_and_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["calibrate", str(file), "--lang", "zh"]) == 0
    assert "预约到厅比例" in capsys.readouterr().out
    assert exit_code(["calibrate", str(file), "--json"]) == 0
    paths = {one["path"] for one in json.loads(capsys.readouterr().out)["parameters"]}
    assert set(TRUTH) <= paths


def test_the_truth_is_that_of_the_hall() -> None:
    source = load(HALL).model.sources[1]
    assert len(source.table_times) == TRUTH["arrivals.by_appointment.appointments.per_slot"]
    assert earliness(source) == pytest.approx(TRUTH["arrivals.by_appointment.appointments.earliness.mean"])


@pytest.mark.slow
def test_intervals_of_many_logs_hold_the_truth_as_often_as_they_say(tmp_path: Path) -> None:
    found = study(N_LOGS, tmp_path)
    covered = {name: float(np.mean([one.covered for one in v])) for name, v in found.items()}
    assert {name: share for name, share in covered.items() if share < limits(N_LOGS)} == {}
    assert {name: round(bias(v), 3) for name, v in found.items() if abs(bias(v)) >= 0.25} == {}
