"""Rosters and attendance: who was on duty is what they say, and how far the log is apart from them is told."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hallsim.calibrate.hall.file import read_request
from hallsim.cli import exit_code
from hallsim.errors import LogError, ScenarioError
from hallsim.experiment import replicate
from hallsim.replay.rostered import Roster, Stretch
from hallsim.replay.team import read_staffed
from hallsim.scenario import load
from hallsim.ticket_machine import export_csv
from hallsim.units import parse_moment
from hallsim.visits import build
from tests.test_logs_damaged import damaged

HOURS = {"Ada": [("09:00", "13:00")], "Bea": [("09:00", "11:00"), ("11:30", "13:00")], "Cai": [("10:00", "12:00")]}
HALL: dict[str, Any] = {
    "hall": "Hall with shifts",
    "open": "09:00-13:00",
    "arrivals": {"per_hour": [22, 32, 32, 24]},
    "stations": {
        "counter": {
            "servers": [{"name": who, "shifts": [f"{a}-{b}" for a, b in spans]} for who, spans in HOURS.items()],
            "time": "lognormal 5 min cv 0.7",
            "patience": "exponential 25 min",
        }
    },
}
DATES = [f"2024-03-{day:02d}" for day in (4, 5, 6, 7, 8, 11, 12, 13, 14, 15)]


@pytest.fixture(scope="module")
def visits() -> pd.DataFrame:
    hall = load(HALL)
    logs = replicate(hall, len(DATES), 11)
    return pd.concat([build(hall, log, None, d) for log, d in zip(logs, DATES, strict=True)], ignore_index=True)


@pytest.fixture
def folder(visits: pd.DataFrame, tmp_path: Path) -> Path:
    """Return a folder with the log, its staff named, a roster, an attendance and a calibration file."""
    named = visits.assign(staff=visits["counter"], counter=None).astype(visits.dtypes)
    export_csv(named, tmp_path / "log.csv", "zh", "utf-8", seconds=True)
    write(tmp_path / "roster.csv", "日期,员工,上班,下班,休息开始,休息结束", planned())
    write(tmp_path / "came.csv", "日期,员工,签到,签退", [f"{d},{who},{a[0][0]},{a[-1][1]}" for d, who, a in everyone()])
    (tmp_path / "hall.yaml").write_text(
        "format: 1\nlogs: [log.csv]\nmapping: ticket_machine\nroster: roster.csv\nattendance: came.csv\n"
        "workload: no\nout: made.yaml\n",
        encoding="utf-8",
    )
    return tmp_path


def everyone() -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [(d, who, spans) for d in DATES for who, spans in HOURS.items()]


def planned() -> list[str]:
    rows = []
    for date, who, spans in everyone():
        pause = f"{spans[0][1]},{spans[1][0]}" if len(spans) > 1 else ","
        rows.append(f"{date},{who},{spans[0][0]},{spans[-1][1]},{pause}")
    return rows


def write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def roster() -> Roster:
    shifts = [Stretch(d, "", parse_moment(a), parse_moment(b), who) for d, who, own in everyone() for a, b in own]
    return Roster(tuple(shifts), (), "counter")


def test_duty_is_that_of_the_roster_and_not_what_the_log_shows(visits: pd.DataFrame) -> None:
    inferred, given = read_staffed(visits), read_staffed(visits, roster=roster())
    hours = {
        name: sum(d.off - d.on for d in log.staffing.duty) / 3.6e9 / len(DATES)
        for name, log in (("inferred", inferred), ("given", given))
    }
    assert hours["given"] == pytest.approx(4.0 + 3.5 + 2.0)
    assert hours["inferred"] != pytest.approx(hours["given"], abs=0.05)
    assert inferred.differences is None


def test_what_differs_between_roster_and_log_is_told(visits: pd.DataFrame) -> None:
    found = read_staffed(visits, roster=roster()).differences
    assert found is not None
    assert (found.days, found.people, found.never_served, found.without_shift) == (10, 3, 0, 0)
    assert found.services == int((visits["outcome"] == "served").sum())
    # servers finish their customers before a break, and nobody is called outside; only closing goes on past 13:00
    after = (visits["t_call_last"] >= parse_moment("13:00")).sum()
    assert found.outside == after


def test_who_is_not_in_the_roster_stays_on_duty_as_inferred(visits: pd.DataFrame) -> None:
    full = roster()
    some = Roster(tuple(s for s in full.planned if s.who != "Cai"), (), "counter")
    log = read_staffed(visits, roster=some)
    inferred = read_staffed(visits)
    cai = log.names.counters.index("Cai")
    assert [d for d in log.staffing.duty if d.worker.staff == cai] == [
        d for d in inferred.staffing.duty if d.worker.staff == cai
    ]
    assert log.differences is not None
    assert log.differences.without_shift == 1


def test_days_outside_the_roster_are_inferred(visits: pd.DataFrame) -> None:
    some = Roster(tuple(s for s in roster().planned if s.date == DATES[0]), (), "counter")
    log, inferred = read_staffed(visits, roster=some), read_staffed(visits)
    assert [d for d in log.staffing.duty if d.day > 0] == [d for d in inferred.staffing.duty if d.day > 0]


def test_attendance_goes_before_the_plan_and_keeps_its_breaks() -> None:
    def at(text: str) -> int:
        return parse_moment(text)

    plan = [
        Stretch("2024-03-04", "", at("9:00"), at("11:00"), "Bea"),
        Stretch("2024-03-04", "", at("11:30"), at("13:00"), "Bea"),
    ]
    plan += [
        Stretch("2024-03-04", "", at("9:00"), at("13:00"), "Ada"),
        Stretch("2024-03-05", "", at("9:00"), at("13:00"), "Ada"),
    ]
    came = [Stretch("2024-03-04", "", at("9:30"), at("13:10"), "bea")]
    found = Roster(tuple(plan), tuple(came), "staff")
    assert [(s.date, s.who, s.on, s.off) for s in sorted(found.duty)] == [
        ("2024-03-04", "bea", at("9:30"), at("11:00")),
        ("2024-03-04", "bea", at("11:30"), at("13:10")),
        ("2024-03-05", "Ada", at("9:00"), at("13:00")),
    ]
    assert found.absence() == [(7.5, 4.5)]  # of 3.5 + 4 hours half an hour, and Ada altogether


def test_calibrate_takes_roster_and_attendance_by_name_and_writes_where_its_file_says(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{d},{who},{a[0][0]},{a[-1][1]}" for d, who, a in everyone() if (d, who) != (DATES[0], "Ada")]
    write(folder / "came.csv", "日期,员工,签到,签退", rows)
    assert exit_code(["calibrate", str(folder / "hall.yaml"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["roster"]["people"], found["roster"]["days"]) == (3, 10)
    absence = next(one for one in found["parameters"] if one["path"] == "absence")
    assert absence["value"] == pytest.approx(100 * 4 / (10 * 9.5))
    staff = load(folder / "made.yaml").model.stations[0].servers
    assert sum(b - a for s in staff for a, b in s.shifts) / 3.6e9 == pytest.approx(9.5, abs=0.3)
    assert "Ada" not in json.dumps(found)


def test_roster_and_log_are_compared_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["calibrate", str(folder / "hall.yaml")]) == 0
    printed = capsys.readouterr().out
    assert "- Roster: 3 people on 10 days, 95.0 h on duty" in printed
    assert "absence, of hours planned" in printed
    assert exit_code(["calibrate", str(folder / "hall.yaml"), "--lang", "zh"]) == 0
    assert "- 排班与考勤：3 人、10 天、在岗 95.0 小时" in capsys.readouterr().out


def test_a_back_test_takes_the_same_file_and_leaves_days_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "hall.yaml"
    text = file.read_text(encoding="utf-8") + "fit: 2024-03-04..2024-03-08\nleave_out: [2024-03-12]\n"
    file.write_text(text, encoding="utf-8")
    assert exit_code(["backtest", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["predictions"][0]["period"]["dates"] == ["2024-03-11", "2024-03-13", "2024-03-14", "2024-03-15"]
    assert found["roster"]["people"] == 3
    assert abs(found["predictions"][0]["difference"]) < 0.35


@pytest.mark.parametrize(
    ("table", "rows", "complaint"),
    [
        (
            "roster.csv",
            "日期,员工,上班,下班\n2024-03-04,Ada,13:00,09:00\n",
            "roster.csv:2: a shift must end after it begins",
        ),
        (
            "roster.csv",
            "日期,员工,上班,下班\n2024-03-04,Ada,9:00,13:00\n2024-03-04,,9:00,13:00\n",
            "roster.csv:3: has no staff",
        ),
        (
            "roster.csv",
            "日期,员工,上班,下班\n2024-03-04,Ada,9:00,13:00\n2024-03-04,Ada,12:00,14:00\n",
            "roster.csv:3: Ada is on duty at this time already, by line 2",
        ),
        (
            "roster.csv",
            "date,staff,start,end,break from,break to\n2024-03-04,Ada,9:00,13:00,13:00,14:00\n",
            "roster.csv:2: the break from 13:00 to 14:00 is not within the shift from 9:00 to 13:00",
        ),
        (
            "roster.csv",
            "日期,上班,下班\n2024-03-04,9:00,13:00\n",
            "hall.yaml:5 attendance: is by staff, and the roster names",
        ),
        (
            "came.csv",
            "日期,签到,签退\n2024-03-04,9:00,13:00\n",
            "hall.yaml:5 attendance: names nobody: give it a column staff",
        ),
        (
            "came.csv",
            "日期,员工,签到\n2024-03-04,Ada,9:00\n",
            "hall.yaml:5 attendance: 'left' is not a column of came.csv",
        ),
        ("came.csv", "日期,员工,签到,签退\n2024-03-04,Ada,9:00,\n", "came.csv:2: "),
    ],
)
def test_a_wrong_roster_is_told_with_its_line(folder: Path, table: str, rows: str, complaint: str) -> None:
    (folder / table).write_text(rows, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_request(folder / "hall.yaml")
    assert str(caught.value).removeprefix(str(folder)).lstrip("/\\").startswith(complaint)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("日期,员工,上班,下班\n2024-03-04,Zoe,9:00,13:00\n", "nobody of the roster (1) serves in the log"),
        ("日期,员工,上班,下班\n2023-03-04,Ada,9:00,13:00\n", "no day of the roster (1) is in the log"),
    ],
)
def test_a_roster_of_nobody_or_no_day_of_the_log_is_refused(
    folder: Path, rows: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "roster.csv").write_text(rows, encoding="utf-8")
    (folder / "came.csv").unlink()
    text = (folder / "hall.yaml").read_text(encoding="utf-8").replace("attendance: came.csv\n", "")
    (folder / "hall.yaml").write_text(text, encoding="utf-8")
    assert exit_code(["calibrate", str(folder / "hall.yaml")]) == 2
    assert message in capsys.readouterr().err


def read_damaged_roster(seed: int, folder: Path) -> str:
    """Damage roster and attendance and read them; return "roster" or "refused", and fail on all else."""
    rng = random.Random(seed)
    for name in ("roster.csv", "came.csv"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(damaged(data, rng))
    try:
        request = read_request(folder / "hall.yaml")
    except (ScenarioError, LogError) as problem:
        message = str(problem)
    else:
        assert all(0.0 <= missing <= planned for planned, missing in request.choices.roster.absence()), seed
        return "roster"
    assert message, seed
    return "refused"


def test_a_damaged_roster_ends_in_a_roster_or_in_complaints(folder: Path) -> None:
    whole = {name: (folder / name).read_bytes() for name in ("roster.csv", "came.csv")}
    ends = []
    for seed in range(60):
        for name, data in whole.items():
            (folder / name).write_bytes(data)
        ends.append(read_damaged_roster(seed, folder))
        if ends.count("roster") <= 4 and ends[-1] == "roster":
            assert exit_code(["calibrate", str(folder / "hall.yaml")]) in (0, 2), seed
    assert set(ends) == {"roster", "refused"}
