"""The command line: exit codes, messages, files, Ctrl-C and a full disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hallsim.cli import exit_code
from hallsim.cli.console import Progress

WINDOWS = os.name == "nt"
Capture = pytest.CaptureFixture[str]


def test_run_prints_a_table_of_80_columns_and_exits_0(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), "--reps", "10", "--seed", "1"]) == 0
    out, _ = capsys.readouterr()
    assert "Small hall" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_run_prints_json_with_its_provenance(small_hall: Path, capsys: Capture) -> None:
    import hallsim

    assert exit_code(["run", str(small_hall), "--reps", "10", "--seed", "7", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"hallsim", "scenario_hash", "seed", "semantics"} <= set(answer["provenance"])
    assert answer["provenance"]["seed"] == 7
    assert answer["provenance"]["hallsim"] == hallsim.__version__


def test_run_speaks_chinese(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), "--reps", "5", "--lang", "zh"]) == 0
    assert "等候" in capsys.readouterr().out


def test_both_engines_print_the_same(small_hall: Path, capsys: Capture) -> None:
    printed = []
    for engine in ("batch", "reference"):
        assert exit_code(["run", str(small_hall), "--reps", "5", "--engine", engine]) == 0
        printed.append([line for line in capsys.readouterr().out.splitlines() if engine not in line])
    assert printed[0] == printed[1]


def test_the_number_of_jobs_changes_nothing(small_hall: Path, capsys: Capture) -> None:
    printed = []
    for jobs in ("1", "2", "4"):
        assert exit_code(["run", str(small_hall), "--reps", "30", "--jobs", jobs, "--json"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] == printed[2]


def test_set_changes_the_scenario(small_hall: Path, capsys: Capture) -> None:
    tables = []
    for servers in ("3", "9"):
        change = ["--set", f"stations.counter.servers={servers}"]
        assert exit_code(["run", str(small_hall), "--reps", "10", *change]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] != tables[1]


@pytest.mark.parametrize("name", ["visits.parquet", "visits.csv"])
def test_run_writes_the_visits(small_hall: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert exit_code(["run", str(small_hall), "--reps", "3", "--log", str(out / name)]) == 0
    assert [p.name for p in out.iterdir()] == [name]
    assert (out / name).stat().st_size > 1000


def test_a_missing_scenario_is_bad_input(tmp_path: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(tmp_path / "none.yaml")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "none.yaml" in err
    assert len(err.splitlines()) == 1


def test_every_complaint_has_its_line(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    text = small_hall.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("servers: 3", "servers: -3").replace("5 min", "5 mins"), encoding="utf-8")
    assert exit_code(["run", str(wrong)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "wrong.yaml:7 stations.counter.servers:" in lines[0]
    assert "wrong.yaml:9 stations.counter.time:" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "SCENARIO"),
        (["run", "x.yaml", "--reps", "0"], "'--reps': 0 is too small; allowed are 1 to 10000000"),
        (["run", "x.yaml", "--reps", "9" * 25], "is too large; allowed are 1 to 10000000"),
        (["run", "x.yaml", "--jobs", "0"], "'--jobs': 0 is too small"),
        (["run", "x.yaml", "--seed", "-1"], "'--seed': -1 is too small"),
        (["run", "x.yaml", "--seed", "1.5"], "'1.5' is not a whole number"),
        (["trace", "x.yaml", "--seed", str(2**63)], "is too large"),
        (["trace", "x.yaml", "--from", "noon"], "--from: 'noon' is not a clock time"),
        (["new", "no_such_folder/hall.yaml"], "there is no folder no_such_folder"),
        (["run", "x.yaml", "--engine", "fast"], "batch"),
        (["run", "x.yaml", "--log", "visits.txt"], ".parquet"),
        (["run", "x.yaml", "--log", "no_such_folder/visits.csv"], "no_such_folder"),
        (["rum"], "rum"),
        (["run", "x.yaml", "--colour"], "--colour"),
    ],
)
def test_wrong_usage_is_bad_input(arguments: list[str], message: str, capsys: Capture) -> None:
    assert exit_code(arguments) == 2
    assert message in capsys.readouterr().err


def test_check_accepts_a_good_scenario(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["check", str(small_hall)]) == 0
    assert capsys.readouterr().out == "no complaints\n"


def test_check_reports_errors_as_json(tmp_path: Path, small_hall: Path, capsys: Capture) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(small_hall.read_text(encoding="utf-8").replace("servers: 3", "servers: many"), encoding="utf-8")
    assert exit_code(["check", str(wrong), "--json"]) == 2
    (complaint,) = json.loads(capsys.readouterr().out)
    assert complaint["line"] == 7
    assert complaint["path"] == "stations.counter.servers"


def test_new_writes_a_scenario_that_passes_the_check(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.yaml"
    assert exit_code(["new", str(path)]) == 0
    assert exit_code(["check", str(path)]) == 0
    assert exit_code(["new", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_new_overwrites_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("precious", encoding="utf-8")
    assert exit_code(["new", str(path)]) == 2
    assert path.read_text(encoding="utf-8") == "precious"


def test_schema_is_json(capsys: Capture) -> None:
    assert exit_code(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert "stations" in schema["$defs"]["scenario"]["properties"]
    assert "halls" in schema["$defs"]["network"]["properties"]


def test_trace_finds_the_engines_equal(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["trace", str(small_hall), "--engine", "both", "--seed", "3"]) == 0
    assert "09:" in capsys.readouterr().out


def test_trace_prints_a_part_of_the_day(small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["trace", str(small_hall), "--engine", "batch", "--from", "10:00", "--to", "10:30"]) == 0
    times = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert times
    assert all("10:00" <= time <= "10:30" for time in times)


def test_trace_of_a_long_run_says_so_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("hallsim.cli.trace.MANY_CUSTOMERS", 10)
    path = tmp_path / "long.yaml"
    path.write_text(
        "format: 1\nrun_for: 60 min\narrivals: {rate: 1/min}\nstations: {counter: {servers: 2, time: 1 min}}\n",
        encoding="utf-8",
    )
    assert exit_code(["trace", str(path), "--engine", "batch"]) == 0
    assert "about 60 customers in one run" in capsys.readouterr().err


def test_warmup_says_where_the_kernels_are(capsys: Capture) -> None:
    assert exit_code(["warmup"]) == 0
    assert "kernels" in capsys.readouterr().err


def test_an_unexpected_fault_gives_no_traceback(
    small_hall: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("hallsim.scenario.load", broken)
    monkeypatch.delenv("HALLSIM_DEBUG", raising=False)
    assert exit_code(["run", str(small_hall)]) == 1
    err = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: division by zero" in err
    assert "HALLSIM_DEBUG=1" in err
    assert "Traceback" not in err
    monkeypatch.setenv("HALLSIM_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        exit_code(["run", str(small_hall)])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_behind_standard_output_ends_in_one_line() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "hallsim", "schema"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "No space left" in line


@pytest.mark.skipif(WINDOWS, reason="limits of file size are set the POSIX way")
@pytest.mark.parametrize("name", ["visits.parquet", "visits.csv"])
def test_a_full_disk_leaves_no_half_written_log(small_hall: Path, tmp_path: Path, name: str) -> None:
    import resource

    exit_code(["warmup"])  # writes the compiled kernels while files may still grow
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text("the older one", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "hallsim", "run", str(small_hall), "--reps", "50", "--log", str(out / name)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in out.iterdir()] == [name]
    assert (out / name).read_text(encoding="utf-8") == "the older one"


@pytest.mark.skipif(WINDOWS, reason="Ctrl-C is sent the POSIX way")
def test_ctrl_c_shows_what_is_finished_and_leaves_no_file(small_hall: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run([sys.executable, "-m", "hallsim", "warmup"], check=True, capture_output=True)
    arguments = ["run", str(small_hall), "--reps", "10000000", "--log", str(out / "visits.parquet")]
    terminal, its_end = os.openpty()  # on a terminal, progress shows after a second: then days are being simulated
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background may ignore it
    running = subprocess.Popen(
        [sys.executable, "-m", "hallsim", *arguments], stdout=subprocess.PIPE, stderr=its_end, text=True
    )
    signal.signal(signal.SIGINT, before)
    os.close(its_end)
    read_until(terminal, "of 10000000 days")
    running.send_signal(signal.SIGINT)
    err = read_until(terminal, "was not written")
    out_text, _ = running.communicate(timeout=60)
    os.close(terminal)
    assert running.returncode == 130
    assert "stopped by Ctrl-C: the figures are those of the" in err
    assert "Traceback" not in err + out_text
    assert "Small hall" in out_text
    assert list(out.iterdir()) == []


def test_ctrl_c_while_the_log_is_written_keeps_the_figures(
    small_hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hallsim.visits.build", stopped)
    log = tmp_path / "out" / "visits.parquet"
    log.parent.mkdir()
    assert exit_code(["run", str(small_hall), "--reps", "3", "--log", str(log)]) == 130
    out, err = capsys.readouterr()
    assert "Small hall" in out
    assert f"{log} was not written" in err
    assert list(log.parent.iterdir()) == []


def read_until(terminal: int, text: str) -> str:
    """Return what appears on a terminal up to a text, which must come within two minutes."""
    import select

    deadline, seen = time.monotonic() + 120, b""
    while text.encode() not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"no {text!r} in {seen.decode()!r}"
        seen += os.read(terminal, 4096)
    return seen.decode()


class TestProgress:
    """The progress line."""

    def test_a_short_run_shows_nothing(self, capsys: Capture) -> None:
        shown = Progress(10, "days")
        for done in range(11):
            shown.update(done)
        shown.close()
        assert capsys.readouterr().err == ""

    def test_a_log_file_gets_a_line_a_minute(self, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        shown = Progress(100, "days")
        for done in range(100):
            now[0] = 3.0 * done
            shown.update(done)
        shown.close()
        assert capsys.readouterr().err.splitlines() == [
            "20 of 100 days, 4 min left",
            "40 of 100 days, 3 min left",
            "60 of 100 days, 2 min left",
            "80 of 100 days, 60 s left",
        ]

    def test_a_terminal_gets_one_line_rewritten(self, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        now = [0.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        shown = Progress(4, "days")
        for done in range(1, 5):
            now[0] = 0.6 * done
            shown.update(done)
        shown.close()
        err = capsys.readouterr().err
        assert err.startswith("\r2 of 4 days, 1 s left\r3 of 4 days")
        assert err.endswith("\r")
        assert "\n" not in err
