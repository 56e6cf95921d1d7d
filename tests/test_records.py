"""Transaction records without ticket numbers: joined to a log by who and when, and what is calibrated from both."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hallsim import logs
from hallsim.calibrate.hall import scenario
from hallsim.calibrate.hall.figures import figures
from hallsim.calibrate.hall.fit import fit_hall
from hallsim.cli import exit_code
from hallsim.errors import CalibrationError, LogError, ScenarioError, UsageError
from hallsim.experiment import replicate
from hallsim.logs.records import NO_RECORD
from hallsim.scenario import load
from tests.test_logs_damaged import damaged
from tests.truth_records import Faults, joined, precision_and_recall, written

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
LOG, RECORDS = EXAMPLES / "counters.csv", EXAMPLES / "billing.csv"
TRUTH = json.loads((EXAMPLES / "truth.json").read_text(encoding="utf-8"))

HEADER = "日期,台席,取号时间,叫号时间,开始办理时间,办结时间,结果\n"
ONE_DAY = HEADER + (
    "2024-03-04,1,9:00:00,9:00:00,9:00:00,9:10:00,已办结\n"
    "2024-03-04,1,9:01:00,9:10:00,9:10:00,9:20:00,已办结\n"
    "2024-03-04,1,9:02:00,9:30:00,9:30:00,9:34:00,已办结\n"
    "2024-03-04,1,9:03:00,,,9:05:00,弃号\n"
)


def read(folder: Path, records: str, log: str = ONE_DAY) -> tuple[pd.DataFrame, logs.JoinReport]:
    (folder / "log.csv").write_text(log, encoding="utf-8")
    (folder / "records.csv").write_text("日期,台席,业务,受理时间\n" + records, encoding="utf-8")
    table, joining = logs.read_joined("ticket_machine", [folder / "log.csv"], [folder / "records.csv"])
    return table, joining.joined


def test_records_are_joined_to_the_services_that_they_are_of(tmp_path: Path) -> None:
    truth = written(tmp_path, 8, 3)
    table, joining = joined(truth)
    precision, recall = precision_and_recall(truth, table)
    # 3 % of the records are of nobody, and most of these fall into some service: more than 97 % cannot be right
    assert precision > 0.965
    assert recall > 0.99
    assert joining.joined.with_record < joining.joined.services


def test_without_faults_every_record_is_joined_to_its_service(tmp_path: Path) -> None:
    truth = written(tmp_path, 5, 4, Faults(ahead_s=-400, late_s=0.0, lost=0.0, added=0.0))
    table, joining = joined(truth)
    assert precision_and_recall(truth, table) == (1.0, 1.0)
    assert joining.joined.outside == 0


@pytest.mark.parametrize("ahead_s", [-900, 137])
def test_the_difference_of_the_clocks_is_found(ahead_s: int, tmp_path: Path) -> None:
    _, joining = joined(written(tmp_path, 8, 5, Faults(ahead_s=ahead_s, late_s=6.0)))
    found = joining.joined
    # how far records stand from the ends of services is told beside it; half of them are 6 s ln 2 late or less
    assert found.offset_s - found.distance_s == pytest.approx(ahead_s + 4, abs=3)


def test_several_records_are_steps_of_a_visit_at_one_counter(tmp_path: Path) -> None:
    text = (
        "2024-03-04,1,card,9:04:00\n2024-03-04,1,plan,9:10:00\n2024-03-04,1,card,9:20:00\n2024-03-04,1,card,9:34:00\n"
    )
    table, report = read(tmp_path, text)
    first = table[table["visit"] == 0]
    assert first["step"].tolist() == [0, 1]
    assert first["transaction"].tolist() == ["card", "plan"]
    minutes = first[["t_ticket", "t_call_last", "t_end"]].to_numpy(dtype=np.int64) // 60_000_000 - 540
    assert minutes.tolist() == [[0, 0, 4], [4, 4, 10]]
    assert first["visit_outcome"].isna().tolist() == [True, False]
    assert (report.several, report.per_service, report.how) == (1, pytest.approx(4 / 3), "end")


def test_who_gave_up_has_no_transaction_and_a_service_without_record_says_so(tmp_path: Path) -> None:
    table, report = read(tmp_path, "2024-03-04,1,card,9:10:00\n2024-03-04,1,card,9:20:00\n")
    assert table["transaction"].fillna("").tolist() == ["card", "card", NO_RECORD, ""]
    assert (report.services, report.with_record) == (3, 2)


def test_records_outside_services_and_of_nobody_are_counted(tmp_path: Path) -> None:
    text = "".join(f"2024-03-04,1,card,{t}\n" for t in ("9:09:50", "9:19:50", "9:33:50", "9:26:00"))
    table, report = read(tmp_path, text + "2024-03-04,7,card,9:05:00\n2024-03-09,1,card,9:05:00\n")
    assert (report.records, report.joined, report.outside, report.elsewhere) == (6, 3, 1, 2)
    assert len(table) == 4


def test_a_late_booking_goes_back_to_the_service_before(tmp_path: Path) -> None:
    text = "".join(
        f"2024-03-04,1,{what},{t}\n" for what, t in (("card", "9:10:12"), ("plan", "9:19:50"), ("card", "9:33:50"))
    )
    table, _ = read(tmp_path, text)
    assert table["transaction"].fillna("").tolist() == ["card", "plan", "card", ""]


def test_days_of_the_log_without_records_are_named(tmp_path: Path) -> None:
    later = ONE_DAY + ONE_DAY.removeprefix(HEADER).replace("03-04", "03-05")
    _, report = read(tmp_path, "2024-03-04,1,card,9:10:00\n", later)
    assert report.days_without == ("2024-03-05",)
    assert "2024-03-05" in report.table("zh")


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ("2024-03-04,9,card,9:10:00\n", "no record is of a counter and day of the log: they cannot be joined"),
        (
            "2024-03-04,1,card,15:10:00\n",
            "none of 1 records falls into a service of its counter: they cannot be joined",
        ),
        ("2024-03-04,,card,9:10:00\n", "the log and the records both name neither staff nor counters"),
    ],
)
def test_records_with_nothing_in_common_are_refused(records: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=message):
        read(tmp_path, records)


def test_services_and_transactions_of_a_visit_are_those_that_were_simulated(tmp_path: Path) -> None:
    table, joining = joined(written(tmp_path, 20, 6, Faults(lost=0.0, added=0.0)))
    known = {".".join(f.path): f.found for f in figures(fit_hall(table))}
    for name, minutes in (("payment", 2.5), ("card", 6.0), ("plan", 9.0)):
        found = known[f"stations.counter.time.{name}"]
        assert abs(found.value - minutes) < 1.7 * (found.high - found.low) / 2  # 3.3 standard errors
    for share, truth in (("payment.plan", 20.0), ("card.payment", 15.0), ("card.card", 10.0), ("plan.payment", 10.0)):
        found = known[f"follow_ons.share.{share}"]
        assert abs(found.value - truth) < 1.7 * (found.high - found.low) / 2
    assert joining.joined.per_service == pytest.approx(known["follow_ons.mean"].value, abs=0.02)


def test_the_scenario_of_log_and_records_has_follow_ons_and_both_engines_simulate_it_alike(tmp_path: Path) -> None:
    table, _ = logs.read_joined("ticket_machine", [LOG], [RECORDS])
    hall = fit_hall(table)
    path = tmp_path / "hall.yaml"
    path.write_text(scenario.text(hall, hall.days[0], figures(hall)), encoding="utf-8")
    made = load(path)
    assert any(made.model.follow_ons)
    both = [next(iter(replicate(made, 1, seed=3, engine=engine))).rows for engine in ("reference", "batch")]
    assert (both[0] == both[1]).all()


def test_the_example_s_clock_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["import-log", str(LOG), "-m", "ticket_machine", "--records", str(RECORDS), "--json"]
    assert exit_code(arguments) == 0
    found = json.loads(capsys.readouterr().out)["joined"]
    ahead = TRUTH["billing.csv"]["ahead_s"]
    assert found["offset_s"] - found["distance_s"] == pytest.approx(ahead + 4.5, abs=3)


def test_a_simulated_log_with_follow_ons_is_one_service_a_ticket(tmp_path: Path) -> None:
    from hallsim.replay import build

    hall = load(
        {
            "hall": "x",
            "open": "09:00-11:00",
            "arrivals": {"rate": "20/h"},
            "transactions": {"a": "60 %", "b": "rest"},
            "follow_ons": {"share": {"a": {"b": "50 %"}}, "then": "counter", "same_counter": ["counter"]},
            "stations": {"counter": {"servers": 3, "time": "exponential 4 min"}},
        }
    )
    from hallsim.visits import build as visits_of

    visits = visits_of(hall, next(iter(replicate(hall, 1, seed=1))), None, "2024-03-04")
    assert build(visits).n_legs == visits["visit"].nunique() < len(visits)


def test_calibrate_takes_records_on_the_command_line_and_in_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--no-workload", "--json"]
    assert exit_code(["calibrate", str(LOG), "-m", "ticket_machine", "--records", str(RECORDS), *common]) == 0
    once = json.loads(capsys.readouterr().out)
    file = tmp_path / "hall.yaml"
    text = f"format: 1\nlogs: [{LOG}]\nmapping: ticket_machine\nrecords: [{RECORDS}]\n"
    file.write_text(text, encoding="utf-8")
    assert exit_code(["calibrate", str(file), *common]) == 0
    again = json.loads(capsys.readouterr().out)
    assert once["records"]["joined"] == 750
    assert again["parameters"] == once["parameters"]


def test_a_mapping_of_records_is_none_of_logs_and_the_other_way_round() -> None:
    with pytest.raises(UsageError, match=r"^transaction_records reads transaction records; it is no mapping of a log$"):
        logs.read_joined("transaction_records", [LOG], [RECORDS])
    with pytest.raises(
        UsageError, match=r"^ticket_machine reads no transaction records: its columns have no t_booked$"
    ):
        logs.read_joined("ticket_machine", [LOG], [RECORDS], "ticket_machine")


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ("{t_booked: T, transaction: X}", "3 columns: neither staff nor counter is given"),
        ("{t_booked: T, staff: S}", "3 columns: transaction is missing: its code or name"),
        (
            "{t_booked: T, transaction: X, staff: S, t_end: E}",
            "3 columns.t_end: 't_end' is not a key of columns of transaction records; known: date, ",
        ),
    ],
)
def test_a_wrong_mapping_of_records_is_told_with_its_line(columns: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(f"format: 1\n\ncolumns: {columns}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        logs.load_mapping(path)
    assert str(caught.value).removeprefix(str(path) + ":").startswith(complaint)


def read_damaged_records(seed: int, folder: Path) -> str:
    """Join damaged records, or good ones to a damaged log; return "hall" or "refused", and fail on all else."""
    rng = random.Random(seed)
    paths = {}
    for name, source in (("log.csv", LOG), ("records.csv", RECORDS)):
        data = source.read_bytes()
        paths[name] = folder / name
        paths[name].write_bytes(damaged(data, rng) if (name == "records.csv") == (seed % 4 > 0) else data)
    try:
        table, joining = logs.read_joined("ticket_machine", [paths["log.csv"]], [paths["records.csv"]])
        hall = fit_hall(table)
    except (LogError, CalibrationError) as problem:
        message = str(problem)
    else:
        message = ""
    if message:
        assert "\n" not in message, seed
        return "refused"
    found = joining.joined
    assert found.joined + found.outside + found.elsewhere == found.records == joining.records.rows_kept, seed
    file = folder / "hall.yaml"
    file.write_text(scenario.text(hall, hall.days[0], figures(hall)), encoding="utf-8")
    assert load(file).model.sources, seed
    return "hall"


def test_damaged_records_end_in_a_scenario_or_in_one_message(tmp_path: Path) -> None:
    assert {read_damaged_records(seed, tmp_path) for seed in range(6)} == {"hall", "refused"}


@pytest.mark.slow
def test_hundreds_of_damaged_records_end_in_scenarios_or_messages(tmp_path: Path) -> None:
    assert {read_damaged_records(seed, tmp_path) for seed in range(100, 300)} == {"hall", "refused"}
