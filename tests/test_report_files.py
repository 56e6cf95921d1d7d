"""Reports as files: of runs, of logs and of logs re-enacted; the command line, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hallsim.cli import exit_code
from hallsim.errors import LogError
from hallsim.report import report, report_log
from tests.report_pages import COUNTER, hall_with, material_of, read

Capture = pytest.CaptureFixture[str]


# --- logs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return three logged days of the small hall, some of whose customers stand in two lines."""
    import pandas as pd

    import hallsim as hs
    from hallsim import visits

    stations = {"greeter": {"servers": 1, "time": "exponential 1 min", "then": "counter"}, "counter": COUNTER}
    hall = hs.load(hall_with(stations=stations, targets=None))
    days = [visits.build(hall, day, None, f"2024-03-{i + 4:02d}") for i, day in enumerate(hs.replicate(hall, 3, 1))]
    path = tmp_path_factory.mktemp("log") / "march.parquet"
    visits.save(pd.concat(days, ignore_index=True), path)
    return path


def test_a_log_alone_has_its_report(log: Path, tmp_path: Path) -> None:
    from hallsim import visits
    from hallsim.calibrate.stays import stays, wait_figures

    report_log(log, tmp_path / "r.html", "en")
    found = read((tmp_path / "r.html").read_text(encoding="utf-8"))
    table = visits.load(log)
    shown = {key: n for key, n in found.numbers.items() if key[1] == "hall" and key[3] is None}
    item = next(iter(shown))[2]
    mean = shown["mean_wait", "hall", item, None, None].exact
    assert mean == pytest.approx(wait_figures(stays(table), 300).mean_wait_s / 60, rel=1e-8)
    n_visits = len(table[["date", "visit"]].drop_duplicates())
    assert f"The log has {n_visits} visits with {table['t_ticket'].notna().sum()} stays in a line" in found.text
    assert "none: a log of real days" in found.text
    assert "The scenario states no targets." not in found.text


def test_rows_that_cannot_be_are_left_out_and_it_is_said(log: Path, tmp_path: Path) -> None:
    from hallsim import visits

    table = visits.load(log)
    served = table.index[table["outcome"] == "served"]
    table.loc[served[3], "t_end"] = table.loc[served[3], "t_call_last"] - 60_000_000
    table.loc[served[9], "t_end"] = table.loc[served[9], "t_ticket"] - 60_000_000
    visits.save(table, tmp_path / "march.parquet")
    report_log(tmp_path / "march.parquet", tmp_path / "r.html", "en")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Left out: 2 rows of the log whose times are in no possible order." in text


def test_the_cleaning_of_a_log_is_told_with_it(log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "march.parquet"
    copy.write_bytes(log.read_bytes())
    cleaning = {"rows_read": 12, "rows_kept": 9, "counts": [{"rule": "bad_date", "effect": "dropped", "count": 3}]}
    (tmp_path / "march.parquet.cleaning.json").write_text(json.dumps(cleaning), encoding="utf-8")
    report_log(copy, tmp_path / "r.html", "zh")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "读取 12 行，保留 9 行，剔除 3 行。" in page
    assert '<th scope="row">无法识别的日期</th><td>剔除</td><td>3</td>' in page


@pytest.mark.parametrize("content", ["{", "[]", '{"counts": [{"rule": "of mine", "count": 3}]}'])
def test_a_file_that_only_looks_like_a_cleaning_report_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "march.parquet.cleaning.json").write_text(content, encoding="utf-8")
    with pytest.raises(LogError, match="is not a cleaning report; import the log again, or take the file away"):
        report_log(tmp_path / "march.parquet", tmp_path / "r.html")


def test_the_command_takes_a_log(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code(["report", str(log), "--lang", "en"]) == 0
    assert capsys.readouterr().out == "march.html\n"
    page = (tmp_path / "march.html").read_text(encoding="utf-8")
    assert "hallsim report march.parquet --out march.html --lang en" in page


def test_a_log_that_is_not_there_is_said_in_a_line(tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "march.parquet"
    assert exit_code(["report", str(log), "--out", str(tmp_path / "r.html")]) == 2
    assert capsys.readouterr().err == f"hallsim: {log}: no such file\n"


def test_a_log_is_not_simulated(log: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["report", str(log), "--out", str(tmp_path / "r.html"), "--reps", "5", "--seed", "2"]
    assert exit_code(arguments) == 2
    assert "is a log and is not simulated: --reps, --seed cannot be used with it" in capsys.readouterr().err


def test_a_re_enacted_log_is_held_against_itself(log: Path, tmp_path: Path) -> None:
    import hallsim as hs

    (tmp_path / "march.parquet").write_bytes(log.read_bytes())
    (tmp_path / "march.parquet.cleaning.json").write_text("not one", encoding="utf-8")
    path = tmp_path / "again.yaml"
    path.write_text("format: 1\nhall: Corner hall\nreplay: {log: march.parquet, order: line}\n", encoding="utf-8")
    hall = hs.load(path)
    results = hs.run(hall, replications=3)
    report(hall, results, tmp_path / "r.html", "en")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    found = read(page)
    assert results.observed is not None
    assert "with the staffing of the logged days?" in found.text
    assert f"in the log they waited {results.observed.estimate('mean_wait').value:.2f}" in found.text
    assert "Difference of the mean waits" in found.text
    assert 'id="chart-log_tickets"' in page
    assert "stays in a line; every figure here counts each stay" in found.text


# --- files and command line ----------------------------------------------------------------------------------


def test_report_writes_the_page_with_the_scenario_in_it(tmp_path: Path, small_hall: Path) -> None:
    from hallsim.scenario import load

    hall = load(small_hall)
    _, material = material_of(str(small_hall), 3)
    report(hall, material.results, tmp_path / "r.html", lang="en")
    assert "exponential 20 min" in read((tmp_path / "r.html").read_text(encoding="utf-8")).text


def test_run_writes_table_and_report(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    out = tmp_path / "r.html"
    arguments = ["run", str(small_hall), "--reps", "5", "--report", str(out), "--date", "2024-03-05"]
    assert exit_code(arguments) == 0
    assert "Small hall" in capsys.readouterr().out
    page = out.read_text(encoding="utf-8")
    assert 'data-languages="zh en"' in page
    assert "2024-03-05" in page


def test_run_in_chinese_writes_a_chinese_report(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    out = tmp_path / "r.html"
    assert exit_code(["run", str(small_hall), "--reps", "5", "--lang", "zh", "--report", str(out)]) == 0
    assert "等候" in capsys.readouterr().out
    assert 'data-languages="zh"' in out.read_text(encoding="utf-8")


def test_report_simulates_and_prints_where_the_page_is(
    tmp_path: Path, small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code(["report", str(small_hall), "--reps", "5", "--set", "stations.counter.servers=4"]) == 0
    assert capsys.readouterr().out == "small_hall.html\n"
    page = (tmp_path / "small_hall.html").read_text(encoding="utf-8")
    assert "hallsim run small_hall.yaml --reps 5 --seed 1 --set stations.counter.servers=4" in page


@pytest.mark.parametrize("command", [["run", "--report"], ["report", "--out"]])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/r.html", "there is no folder"),
        ("r.pdf", "the file's ending says its format; known: .html, .htm"),
        ("folder.html", "is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_run(
    command: list[str], name: str, message: str, tmp_path: Path, small_hall: Path, capsys: Capture
) -> None:
    (tmp_path / "folder.html").mkdir()
    assert exit_code([command[0], str(small_hall), "--reps", "10000000", command[1], str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lang", "both"], "--lang both is for reports: name one with --report FILE.html"),
        (["--date", "2024-03-05"], "--date is for reports: name one with --report FILE.html"),
        (["--report", "r.html", "--date", "5.3.2024"], "'5.3.2024' is not a date; write it as 2024-03-05"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: list[str], message: str, small_hall: Path, capsys: Capture
) -> None:
    assert exit_code(["run", str(small_hall), *options]) == 2
    assert message in capsys.readouterr().err


def test_ctrl_c_while_the_report_is_made_leaves_no_file(
    tmp_path: Path, small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out" / "r.html"
    out.parent.mkdir()
    monkeypatch.setattr("hallsim.report.make.gather", stopped)
    assert exit_code(["run", str(small_hall), "--reps", "3", "--report", str(out)]) == 130
    shown = capsys.readouterr()
    assert "Small hall" in shown.out
    assert f"stopped by Ctrl-C: {out} was not written" in shown.err
    assert list(out.parent.iterdir()) == []


def test_a_run_without_a_report_imports_no_chart_library(small_hall: Path) -> None:
    script = (
        "import sys; from hallsim.cli import exit_code; exit_code(['run', sys.argv[1], '--reps', '2']);"
        "print('imported:', *[m for m in ('plotly', 'jinja2', 'hallsim.charts') if m in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(small_hall)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].strip() == "imported:"
