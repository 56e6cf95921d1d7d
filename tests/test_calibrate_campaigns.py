"""Campaigns told beside a log: lifts and factors are found, taken out of the rest, and written into the scenario."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from hallsim import logs
from hallsim.calibrate.hall import scenario, words
from hallsim.calibrate.hall.campaigns import fit_campaigns, fit_effects
from hallsim.calibrate.hall.day_kinds import day_kinds
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.file import read_request
from hallsim.calibrate.hall.fit import Hall
from hallsim.calibrate.hall.sample import Sample, read_sample
from hallsim.cli import exit_code
from hallsim.experiment import replicate
from hallsim.scenario import load
from tests.truth_campaigns import CITY, SUMMER, hall_of, log_of, outcomes, study
from tests.truth_halls import bias, limits

N_LOGS = 60
HEAD = "campaign,from,to,transactions\n"
YEAR = ("2024-01-01", "2024-12-31")
Windows = tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return log_of(tmp_path_factory.mktemp("campaigns"), 1)


@pytest.fixture(scope="module")
def sample(log: Path) -> Sample:
    return read_sample(logs.read("ticket_machine", log)[0])


@pytest.fixture(scope="module")
def hall(log: Path) -> Hall:
    return hall_of(log)


def test_the_lift_of_one_campaign_is_the_ratio_of_mean_days() -> None:
    y, on = np.array([90.0, 110, 100, 95, 105, 160, 140]), np.array([0.0, 0, 0, 0, 0, 1, 1])
    fitted = fit_effects(y, np.ones(7), np.ones((7, 1)), on[:, None], adds=True)
    assert fitted is not None
    (lift,) = fitted.found
    assert lift.value == pytest.approx(0.5)
    spread = (250.0 / 100 + 200.0 / 150) / 5
    assert fitted.dispersion == pytest.approx(max(spread, 1.0))
    assert lift.high - lift.value == pytest.approx(2.570582 * (1.5**2 * (1 / 300 + 1 / 500)) ** 0.5)


@pytest.mark.parametrize("adds", [True, False])
def test_effects_of_colliding_campaigns_are_found_as_a_scenario_means_them(adds: bool) -> None:
    on = np.array([[0, 0], [0, 0], [1, 0], [1, 1], [0, 1], [1, 1], [0, 0], [1, 0]], dtype=np.float64)
    kinds = np.eye(2)[[0, 0, 0, 0, 1, 1, 1, 1]]
    size = np.array([1.0] * 8 if adds else [30.0, 31, 50, 60, 40, 70, 20, 35])
    truth = np.array([0.7, -0.2]) if adds else np.array([1.3, 0.8])
    factor = 1.0 + on @ truth if adds else np.prod(truth**on, axis=1)
    fitted = fit_effects(size * (kinds @ [200.0, 90.0]) * factor, size, kinds, on, adds=adds)
    assert fitted is not None
    assert [one.value for one in fitted.found] == pytest.approx(truth)


def test_intervals_of_some_logs_hold_the_true_effects(tmp_path: Path) -> None:
    found = study(2, tmp_path)
    covered = np.array([one.covered for outcome in found.values() for one in outcome])
    assert covered.size == 20
    assert covered.mean() >= limits(covered.size)


@pytest.mark.slow
def test_intervals_of_60_logs_hold_the_true_effects_as_often_as_they_say(tmp_path: Path) -> None:
    found = study(N_LOGS, tmp_path)
    covered = {key: float(np.mean([one.covered for one in v])) for key, v in found.items()}
    assert {key: share for key, share in covered.items() if share < limits(N_LOGS)} == {}
    assert {key: round(bias(v), 3) for key, v in found.items() if abs(bias(v)) >= 0.25} == {}


def test_arrivals_and_services_are_those_of_the_days_without_campaigns(log: Path, hall: Hall) -> None:
    (of_all,) = (one for one in outcomes(hall_of(log, ())) if one.name == "customers a day")
    (own,) = (one for one in outcomes(hall) if one.name == "customers a day")
    assert own.covered
    assert of_all.value > own.high
    assert len(hall.usual_dates) == 17


def test_the_scenario_has_the_campaigns_and_runs_on_both_engines(hall: Hall, tmp_path: Path) -> None:
    file = tmp_path / "hall.yaml"
    file.write_text(scenario.text(hall, hall.days[0], figures(hall)), encoding="utf-8")
    found = load(file)
    assert [day.name for day in found.model.day_types] == ["with_summer", "with_summer_city", "with_city", "usual"]
    assert {entry.path for entry in found.model.uncertain} >= {
        "campaigns.summer.lift.plan",
        "campaigns.city.service_time.card",
    }
    both = [next(iter(replicate(found, 1, seed=3, engine=engine))).rows for engine in ("reference", "batch")]
    assert len(both[0]) > 100
    assert (both[0] == both[1]).all()
    lines = file.read_text(encoding="utf-8").splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.strip().startswith("plan: ") and "7.073 %" in line]
    assert "summer: lift of plan: 47.07 % (" in lines[at - 1]
    assert "7 days, 2024-03-11..2024-03-19; quasi-Poisson" in lines[at - 1]


@pytest.mark.parametrize(
    ("windows", "others", "reason"),
    [
        (SUMMER.windows, SUMMER.windows, "other runs on the same days"),
        ((YEAR,), CITY.windows, "it runs on every day of the log"),
        ((("2023-01-01", "2023-12-31"),), CITY.windows, "no day of the log is in its window"),
        (
            (("2024-03-04", "2024-03-22"),),
            (("2024-03-23", "2024-12-31"),),
            "kinds of day and other campaigns explain its days",
        ),
    ],
)
def test_why_a_campaign_cannot_be_told_is_said(sample: Sample, windows: Windows, others: Windows, reason: str) -> None:
    told = (SUMMER._replace(windows=windows), SUMMER._replace(name="other", windows=others))
    found = fit_campaigns(sample, day_kinds(sample), told).effects[0]
    assert found.why_not is not None
    assert found.why_not.en == reason
    assert math.isnan(found.lift.value)


def test_two_campaigns_of_the_same_days_for_other_transactions_are_told_apart(sample: Sample) -> None:
    twin = SUMMER._replace(name="twin", transactions=("card",))
    assert [one.why_not for one in fit_campaigns(sample, day_kinds(sample), (SUMMER, twin)).effects] == [None, None]


def test_a_campaign_of_all_days_is_named_as_untold_and_stays_out_of_the_scenario(log: Path) -> None:
    hall = hall_of(log, (SUMMER._replace(windows=(YEAR,)),))
    known = figures(hall)
    assert "summer: lift of plan" in words.table(hall, known).partition("What the log cannot tell")[2]
    assert not scenario.tree(hall, hall.days[0]).keys() & {"campaigns", "day_types"}
    assert len(hall.usual_dates) == 30


def test_calibrate_takes_a_table_of_campaigns(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "campaigns.csv"
    rows = "夏季,2024-03-11,2024-03-19,plan\n全市,2024-03-18,2024-03-22,plan、card\n"
    rows += "全市,2024-04-01,2024-04-03,card；plan\n"
    table.write_text("活动,开始,结束,业务\n" + rows, encoding="utf-8")
    asked = ["calibrate", str(log), "-m", "ticket_machine", "--no-workload", "--json", "--campaigns", str(table)]
    assert exit_code(asked) == 0
    found = {one["path"]: one for one in json.loads(capsys.readouterr().out)["parameters"]}
    assert found["campaigns.夏季.lift.plan"]["value"] == pytest.approx(47.07, abs=0.01)
    assert found["campaigns.全市.service_time.card"]["n"] == 584


def test_a_calibration_file_names_its_table_of_campaigns(tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text(HEAD + "summer,2024-03-11,2024-03-19,\n", encoding="utf-8")
    file = tmp_path / "hall.yaml"
    file.write_text("format: 1\nlogs: [log.csv]\nmapping: ticket_machine\ncampaigns: campaigns.csv\n", encoding="utf-8")
    (one,) = read_request(file).choices.campaigns
    assert one[:3] == ("summer", (("2024-03-11", "2024-03-19"),), ())
    assert one.place.endswith("campaigns.csv:2")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("summer,2024-03-19,2024-03-11,\n", ":2: summer must not end before it begins, 2024-03-19 to 2024-03-11"),
        (",2024-03-11,2024-03-19,\n", ":2: has no name in the column campaign"),
        ("summer,11.3.,2024-03-19,\n", ":2: '11.3.' is not a date such as \"2024-03-05\""),
        (
            "summer,2024-03-11,2024-03-12,plan\nsummer,2024-03-14,2024-03-15,card\n",
            ":3: summer concerns other transactions than by ",
        ),
        (
            "summer,2024-03-11,2024-03-19,paln\n",
            ":2: 'paln' is not a transaction of the log; known: card, payment, plan (did you mean plan?)",
        ),
    ],
)
def test_a_wrong_campaign_is_told_with_its_line(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, complaint: str
) -> None:
    table = tmp_path / "campaigns.csv"
    table.write_text(HEAD + rows, encoding="utf-8")
    assert exit_code(["calibrate", str(log), "-m", "ticket_machine", "--no-workload", "--campaigns", str(table)]) == 2
    assert f"campaigns.csv{complaint}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "--campaigns:1 campaigns: table campaigns.csv:"),
        (
            "name,from,to\nsummer,2024-03-11,2024-03-12\n",
            "'campaign' is not a column of campaigns.csv; known: name, from",
        ),
    ],
)
def test_a_table_that_is_not_there_or_has_other_columns_is_refused(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, complaint: str
) -> None:
    table = tmp_path / "campaigns.csv"
    if text is not None:
        table.write_text(text, encoding="utf-8")
    assert exit_code(["calibrate", str(log), "-m", "ticket_machine", "--campaigns", str(table)]) == 2
    assert complaint in capsys.readouterr().err
