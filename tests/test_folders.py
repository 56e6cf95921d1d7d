"""A run, a comparison or a selection in a folder: whatever ends it, it goes on to the same table, wherever it runs."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import hallsim as hs
from hallsim.cli import exit_code
from hallsim.errors import HallsimError, UsageError
from hallsim.experiment import Results, pieces, run
from hallsim.experiment.bench import Bench, Experiment, Where, bench
from hallsim.experiment.chunks import Job, chunk_there
from hallsim.experiment.folder import MANIFEST, PARTS, read_folder
from hallsim.experiment.places import Place
from hallsim.experiment.table import display_width
from tests.test_sweep_survives import PATIENCE_S, cluster, default_interrupt, finished, running, table_of

Capture = pytest.CaptureFixture[str]
COMMANDS = {
    "run": ["--reps", "3000"],
    "compare": ["--variant", "four: stations.counter.servers=4", "--kpi", "wait_p90", "--reps", "2500"],
    "select": ["--variant", "x: stations.counter.time=exponential 5.01 min", "--worth", "0.001 min", "--most", "600"],
}
"""The commands that have a folder, each with some seconds of work."""
commands = pytest.mark.parametrize("command", COMMANDS)
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal or limit")


def asked(command: str, hall: Path, folder: Path, *more: object) -> list[str]:
    """Return the arguments of a command that works in a folder."""
    return [command, str(hall), *COMMANDS[command], "--folder", str(folder), *map(str, more)]


def eager(arguments: list[str]) -> list[str]:
    """Return the command line of a process that writes every piece at once."""
    code = "from hallsim.experiment import pieces; pieces.KEEP_S = 0.0; from hallsim.cli import main; main()"
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let folders of this process write every piece at once."""
    monkeypatch.setattr(pieces, "KEEP_S", 0.0)


def wait_for_parts(folder: Path, parts: int, process: subprocess.Popen[str]) -> None:
    """Wait until there are so many parts, or the process ends."""
    end = time.monotonic() + PATIENCE_S
    while len(list((folder / PARTS).glob("*.parquet"))) < parts and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)


def same(found: Results, other: Results) -> bool:
    """Return whether two runs have the same figures, bit for bit."""
    return found.to_json() == other.to_json() and bool((found.histogram == other.histogram).all())


# --- the same bits, wherever and however ---------------------------------------------------------------------------


@not_on_windows
@commands
def test_a_killed_command_goes_on_to_the_same_table(command: str, small_hall: Path, tmp_path: Path) -> None:
    assert exit_code(asked(command, small_hall, tmp_path / "whole")) == 0
    out = tmp_path / "out"
    with running(eager(asked(command, small_hall, out)), stdout=subprocess.DEVNULL) as process:
        wait_for_parts(out, 3, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert 0 < finished(out) < finished(tmp_path / "whole")
    assert exit_code(asked(command, small_hall, out, "--resume")) == 0
    assert table_of(out) == table_of(tmp_path / "whole")


@pytest.mark.slow
@not_on_windows
@commands
def test_ten_kills_at_random_moments_change_no_bit(command: str, small_hall: Path, tmp_path: Path) -> None:
    assert exit_code(asked(command, small_hall, tmp_path / "whole")) == 0
    out, moments = tmp_path / "out", random.Random(7)
    for i in range(10):
        with running(eager(asked(command, small_hall, out, "--resume")), stdout=subprocess.DEVNULL) as process:
            wait_for_parts(out, 2 * i + 1, process)
            time.sleep(moments.random() * 0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert exit_code(asked(command, small_hall, out, "--resume")) == 0
    assert table_of(out) == table_of(tmp_path / "whole")


@commands
def test_workers_that_share_no_memory_give_the_same_table(command: str, small_hall: Path, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    assert exit_code(asked(command, small_hall, tmp_path / "whole")) == 0
    there = with_threads_as_workers(monkeypatch)
    assert exit_code(asked(command, small_hall, tmp_path / "out", "--cluster", "tcp://anywhere")) == 0
    assert there[0] > 3
    assert table_of(tmp_path / "out") == table_of(tmp_path / "whole")


def with_threads_as_workers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let threads stand for the workers of a cluster; return where their chunks are counted."""
    from contextlib import contextmanager

    there = [0]

    def counted(*arguments: Any) -> Any:
        there[0] += 1
        return chunk_there(*arguments)

    @contextmanager
    def place(jobs: object, cluster: object) -> Any:
        with ThreadPoolExecutor(2) as pool:
            yield Place(pool, 2, False)

    monkeypatch.setattr("hallsim.experiment.bench.chunk_there", counted)
    monkeypatch.setattr("hallsim.experiment.bench.place", place)
    return there


@pytest.mark.slow
@commands
def test_a_cluster_that_loses_a_worker_gives_the_same_table(command: str, small_hall: Path, tmp_path: Path) -> None:
    assert exit_code(asked(command, small_hall, tmp_path / "whole")) == 0
    out = tmp_path / "out"
    with cluster(3) as (address, workers):
        arguments = eager(asked(command, small_hall, out, "--cluster", address))
        with running(arguments, stdout=subprocess.DEVNULL) as process:
            wait_for_parts(out, 3, process)
            workers[1].kill()
            _, said = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, said
    assert table_of(out) == table_of(tmp_path / "whole")


def test_a_folder_changes_no_bit_of_a_run(small_hall: Path, tmp_path: Path) -> None:
    hall = hs.load(small_hall)
    plain = run(hall, 100, seed=4)
    assert same(run(hall, 100, seed=4, where=Where(tmp_path / "out")), plain)
    assert same(run(hall, 100, seed=4, where=Where(tmp_path / "out", resume=True)), plain)


def test_tables_do_not_depend_on_how_pandas_holds_texts(tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow as pa

    texts = pd.Series(["mean_wait", None])
    for name, dtype in (("plain", object), ("large", pd.ArrowDtype(pa.large_string()))):
        with bench(Where(tmp_path / name), 1, lambda: Experiment("run", {}, {})) as at:
            at.finish(lambda dtype=dtype: pd.DataFrame({"kpi": texts.astype(dtype)}))  # type: ignore[misc]
    assert table_of(tmp_path / "plain") == table_of(tmp_path / "large")


def test_figures_by_kinds_of_days_and_watched_ones_are_kept_too(small_hall: Path, tmp_path: Path) -> None:
    text = small_hall.read_text(encoding="utf-8")
    small_hall.write_text(
        f"{text}day_types:\n  quiet: {{share: 60 %}}\n  busy: {{share: 40 %, demand: 1.5}}\n", encoding="utf-8"
    )
    hall, watch = hs.load(small_hall), [("mean_wait", "hall", None, None)]
    plain = run(hall, 60, watch=watch)
    for resume in (False, True):
        kept = run(hall, 60, watch=watch, where=Where(tmp_path / "out", resume))
        assert same(kept, plain)
        assert kept.watched is not None
        assert plain.watched is not None
        assert (kept.watched == plain.watched).all()
        assert len(kept.by_days) == 2


def test_a_run_with_a_precision_goes_on_to_the_same_stages(
    small_hall: Path, tmp_path: Path, written_at_once: None
) -> None:
    hall, aim = hs.load(small_hall), "wait 10 %"
    whole = run(hall, precision=aim)
    assert len(whole.precision.stages) > 1 if whole.precision else False
    for most in (80, 150):
        stopped = run(hall, precision=aim, progress=stopped_once(most), where=Where(tmp_path / "out", most > 80))
        assert not stopped.complete
    assert same(run(hall, precision=aim, where=Where(tmp_path / "out", True)), whole)


def stopped_once(days: int) -> Callable[..., None]:
    """Return a progress that Ctrl-C interrupts after some days."""
    left = [1]

    def progress(done: int, *_: object) -> None:
        if done >= days and left:
            left.pop()
            raise KeyboardInterrupt

    return progress


def test_nothing_finished_is_simulated_again(
    small_hall: Path, tmp_path: Path, written_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall, out = hs.load(small_hall), tmp_path / "out"
    assert not run(hall, 320, jobs=1, progress=stopped_once(100), where=Where(out)).complete
    kept = finished(out)
    asked_for: list[int] = []
    chunk = Job.chunk
    monkeypatch.setattr(Job, "chunk", lambda self, first, count: asked_for.append(count) or chunk(self, first, count))
    run(hall, 320, where=Where(out, True))
    assert kept >= 100
    assert sum(asked_for) == 320 - kept
    asked_for.clear()
    run(hall, 320, where=Where(out, True))
    assert sum(asked_for) == 0


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@not_on_windows
@commands
def test_a_full_disk_loses_nothing_finished(command: str, small_hall: Path, tmp_path: Path) -> None:
    import resource

    assert exit_code(asked(command, small_hall, tmp_path / "whole")) == 0
    out = tmp_path / "out"
    with running(eager(asked(command, small_hall, out)), stdout=subprocess.DEVNULL) as process:
        wait_for_parts(out, 3, process)
    before = finished(out)
    smallest = min(p.stat().st_size for p in (out / PARTS).glob("*.parquet"))
    limited = subprocess.run(
        eager(asked(command, small_hall, out, "--resume")),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (smallest // 2, smallest // 2)),
    )
    assert limited.returncode == 1
    assert "cannot read or write" in limited.stderr
    assert f"stopped: {before:,} days are kept in {out}; go on with --resume" in limited.stderr
    assert finished(out) == before
    assert exit_code(asked(command, small_hall, out, "--resume")) == 0
    assert table_of(out) == table_of(tmp_path / "whole")


@pytest.mark.slow
@not_on_windows
def test_ctrl_c_says_what_is_kept(small_hall: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = {"stdout": subprocess.DEVNULL, "preexec_fn": default_interrupt}
    with running(eager(asked("run", small_hall, out)), **options) as process:
        wait_for_parts(out, 3, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "stopped by Ctrl-C: the figures are those of the" in said
    assert f"stopped by Ctrl-C: {finished(out):,} days are kept in {out}; go on with --resume" in said


def test_a_folder_in_use_is_refused(small_hall: Path, tmp_path: Path) -> None:
    hall, out = hs.load(small_hall), tmp_path / "out"
    messages = []

    def progress(done: int) -> None:
        with pytest.raises(UsageError) as caught:
            run(hall, 40, where=Where(out, True))
        messages.append(str(caught.value))

    assert run(hall, 40, progress=progress, where=Where(out)).complete
    assert messages[0] == f"{out}: another process works on this folder; wait for it, or name another one"


def test_a_folder_that_holds_something_takes_resume(small_hall: Path, tmp_path: Path) -> None:
    run(hs.load(small_hall), 40, where=Where(tmp_path / "out"))
    with pytest.raises(UsageError, match="out holds 40 days already: add --resume to go on there"):
        run(hs.load(small_hall), 40, where=Where(tmp_path / "out"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 2}, "holds another run: seed is 1 there and 2 here"),
        ({"replications": 50}, "holds another run: replications is 40 there and 50 here"),
        ({"engine": "reference"}, "holds another run: engine is \"batch\" there and \"reference\" here"),
    ],
)  # fmt: skip
def test_a_folder_of_another_run_is_refused_and_kept(
    change: dict[str, Any], message: str, small_hall: Path, tmp_path: Path
) -> None:
    hall, options = hs.load(small_hall), {"replications": 40}
    run(hall, 40, where=Where(tmp_path / "out"))
    before = table_of(tmp_path / "out")
    with pytest.raises(UsageError, match=message):
        run(hall, **(options | change), where=Where(tmp_path / "out", True))
    assert table_of(tmp_path / "out") == before


def test_a_folder_of_another_version_is_refused_and_can_be_listed(
    small_hall: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    run(hs.load(small_hall), 40, where=Where(out))
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (out / "manifest.json").write_text(json.dumps(manifest | {"hallsim": "0.0.1"}), encoding="utf-8")
    with pytest.raises(UsageError, match=r"was made by hallsim 0.0.1 .* whose numbers may differ"):
        run(hs.load(small_hall), 40, where=Where(out, True))
    assert exit_code(["results", str(out)]) == 0
    assert "hallsim 0.0.1" in capsys.readouterr().out


def test_a_file_is_no_folder(small_hall: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{small_hall.name} is a file; results take a folder"):
        run(hs.load(small_hall), 40, where=Where(small_hall))


def test_a_damaged_manifest_is_named(small_hall: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(hs.load(small_hall), 40, where=Where(out))
    (out / MANIFEST).write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(UsageError, match=f"{MANIFEST} is damaged; the tables beside it are Parquet files"):
        read_folder(out)


def test_a_damaged_part_is_named(small_hall: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(hs.load(small_hall), 40, where=Where(out))
    part = next((out / PARTS).glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(HallsimError, match=f"{part} is damaged: delete it and go on with --resume"):
        run(hs.load(small_hall), 40, where=Where(out, True))
    part.unlink()
    assert same(run(hs.load(small_hall), 40, where=Where(out, True)), run(hs.load(small_hall), 40))


def test_a_folder_without_permission_is_refused(
    small_hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match="out: no permission to write there"):
        run(hs.load(small_hall), 40, where=Where(tmp_path / "out"))


def test_an_unreachable_cluster_leaves_no_folder(small_hall: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match="no Dask scheduler answers at over there"):
        run(hs.load(small_hall), 40, where=Where(tmp_path / "out", cluster="over there"))
    assert not (tmp_path / "out").exists()


def test_a_model_made_by_hand_has_no_folder(small_hall: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    model = replace(hs.load(small_hall).model, scenario_hash="")
    with pytest.raises(UsageError, match="a Model made by hand has no hash to know it by"):
        run(model, 40, where=Where(tmp_path / "out"))


def test_a_log_of_every_day_is_not_kept_in_folders(small_hall: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the log of every day is kept in memory"):
        run(hs.load(small_hall), 40, keep_log=True, where=Where(tmp_path / "out"))


def test_a_worker_of_another_version_is_said(small_hall: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hallsim.experiment import chunks

    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(chunks.Order, "__init__", _older(chunks.Order.__init__))
        with pytest.raises(UsageError, match=r"the work was sent by 0.0.1 .*: install the same version on both"):
            run(hs.load(small_hall), 40, where=Bench(Place(pool, 1, False)))


def _older(init: Callable[..., None]) -> Callable[..., None]:
    def older(self: object, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named, version="0.0.1")

    return older


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--resume"], "--resume goes on in a folder: name it with --folder")],
)
def test_wrong_options_are_refused(options: list[str], message: str, small_hall: Path, capsys: Capture) -> None:
    assert exit_code(["run", str(small_hall), *options]) == 2
    assert message in capsys.readouterr().err


# --- what folders hold -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(small_hall: Path, capsys: Capture) -> Path:
    """Return the folder of a finished run."""
    out = small_hall.parent / "out"
    assert exit_code(["run", str(small_hall), "--reps", "40", "--folder", str(out)]) == 0
    capsys.readouterr()
    return out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_folder_is_listed_in_80_columns(lang: str, folder: Path, capsys: Capture) -> None:
    assert exit_code(["results", str(folder), "--lang", lang, "--where", "scope = hall"]) == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{folder}: ")
    assert ("40 days simulated · seed 1 · finished" if lang == "en" else "已仿真 40 天 · 种子 1 · 已完成") in head
    assert len(lines) == 22
    assert all(display_width(line) <= 80 for line in lines)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("command", ["compare", "select"])
def test_no_number_of_a_listing_is_cut(
    command: str, lang: str, small_hall: Path, tmp_path: Path, capsys: Capture
) -> None:
    options = ["--variant", "four counters: stations.counter.servers=4", "--folder", str(tmp_path / "out")]
    options += ["--reps", "40"] if command == "compare" else ["--worth", "0.5 min"]
    assert exit_code([command, str(small_hall), *options]) == 0
    capsys.readouterr()
    assert exit_code(["results", str(tmp_path / "out"), "--lang", lang]) == 0
    _, _, head, _, *lines = capsys.readouterr().out.splitlines()
    assert all(display_width(line) <= 80 for line in lines)
    assert ("change" in head or "变化" in head) == (command == "compare")
    assert not any("…" in word for line in lines for word in line.split() if word[0] in "-0123456789")


def test_rows_are_filtered_sorted_and_exported(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    import pandas as pd

    path = tmp_path / "waits.xlsx"
    options = ["--figure", "mean_wait", "--where", "hour >= 540", "--by", "value", "--export", str(path)]
    assert exit_code(["results", str(folder), *options]) == 0
    frame = pd.read_excel(path, engine="calamine")
    assert f"{len(frame)} rows written" in capsys.readouterr().err
    assert set(frame["kpi"]) == {"mean_wait"}
    assert frame["value"].is_monotonic_increasing
    assert len(frame) >= 3


def test_an_unfinished_folder_is_listed_and_exports_nothing(
    small_hall: Path, tmp_path: Path, capsys: Capture, written_at_once: None
) -> None:
    run(hs.load(small_hall), 320, progress=stopped_once(100), where=Where(tmp_path / "out"))
    days = f"{read_folder(tmp_path / 'out').done} days"
    assert exit_code(["results", str(tmp_path / "out")]) == 0
    assert f"Small hall · {days} simulated · seed 1 · not finished" in capsys.readouterr().out
    assert exit_code(["results", str(tmp_path / "out"), "--export", str(tmp_path / "x.csv")]) == 2
    assert f"out is not finished, {days} are kept: go on with --resume" in capsys.readouterr().err


def test_options_of_sweeps_are_refused_elsewhere(folder: Path, capsys: Capture) -> None:
    assert exit_code(["results", str(folder), "--front"]) == 2
    assert "--front is for sweeps" in capsys.readouterr().err
