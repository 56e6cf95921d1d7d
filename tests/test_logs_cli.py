"""`hallsim import-log`: what it prints and writes, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hallsim import logs, visits
from hallsim.cli import exit_code

EXAMPLES = Path(__file__).resolve().parent.parent / "calibration" / "examples"
CLINIC = [str(EXAMPLES / "clinic.csv"), "--mapping", "clinic_tickets"]
MM4 = [str(EXAMPLES / "mm4.csv"), "--mapping", "synthetic_mm4"]
Capture = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    return exit_code(["import-log", *map(str, arguments)])


def test_the_shipped_mappings_are_listed(capsys: Capture) -> None:
    assert run("--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(logs.shipped())
    assert run("--list", "--lang", "zh") == 0
    assert "排队叫号机" in capsys.readouterr().out


def test_without_an_output_only_the_report_is_printed(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*CLINIC) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Clinic ticket machine: 346 rows read, 308 kept (89.0 %), 38 dropped\n")
    assert err == ""
    assert list(tmp_path.iterdir()) == []


def test_visits_and_report_are_written(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "visits.parquet"
    assert run(*CLINIC, "--out", out) == 0
    assert len(visits.load(out)) == 308
    assert json.loads((tmp_path / "visits.parquet.cleaning.json").read_text(encoding="utf-8"))["rows_dropped"] == 38
    assert capsys.readouterr().err == f"wrote {out} and {out}.cleaning.json\n"


def test_the_report_may_go_elsewhere_and_be_printed_as_json(tmp_path: Path, capsys: Capture) -> None:
    assert run(*CLINIC, "--report-json", tmp_path / "r.json", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]
    assert printed["counts"][0]["rule"] == "not_wanted"


def test_strict_ends_with_2_and_the_same_report(tmp_path: Path, capsys: Capture) -> None:
    assert run(*CLINIC) == 0
    report = capsys.readouterr().out
    assert run(*CLINIC, "--out", tmp_path / "v.csv", "--strict") == 2
    out, err = capsys.readouterr()
    assert out == report
    assert err == (
        "hallsim: not clean: 38 of 346 rows dropped, 0 repairs, first rule not_wanted (27); nothing was written\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_strict_lets_a_clean_log_pass(capsys: Capture) -> None:
    assert run(*MM4, "--strict") == 0
    assert "Every row was kept as it is." in capsys.readouterr().out


def test_hall_and_staff_are_as_asked(tmp_path: Path) -> None:
    out = tmp_path / "v.csv"
    assert run(EXAMPLES / "clinic.csv", "-m", "clinic_tickets", "-o", out, "--hall", "North", "--keep-staff") == 0
    table = visits.load(out)
    assert set(table["hall"]) == {"North"}
    assert set(table["staff"]) == {"7777"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.csv"], "needs a log and --mapping, as in: hallsim import-log LOG.csv --mapping ticket_machine"),
        (["--mapping", "clinic_tickets"], "needs a log and --mapping"),
        (["x.csv", "--mapping", "clinic_tickets"], "x.csv no such file"),
        (["x.csv", "--mapping", "clinic_ticket"], "did you mean clinic_tickets?"),
        (["x.csv", "--mapping", "no.yaml"], "no.yaml: no such file"),
        ([*MM4, "--out", "v.xlsx"], "v.xlsx: the file's ending says its format; known: .parquet, .csv"),
        ([*MM4, "--out", "nowhere/v.csv"], "there is no folder nowhere"),
        ([*MM4, "--out", MM4[0]], "is the log itself"),
        ([*MM4, "--report-json", "r.txt"], "known: .json"),
        ([*MM4, "--lang", "de"], "'de'"),
    ],
)
def test_wrong_usage_is_bad_input(arguments: list[str], message: str, capsys: Capture) -> None:
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


def test_a_damaged_log_ends_with_2_and_one_line(capsys: Capture) -> None:
    assert run(Path(__file__).parent / "damaged_logs" / "empty.csv", "--mapping", "clinic_tickets") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("empty.csv is empty\n")
    assert len(err.splitlines()) == 1
