"""A sweep that is killed, loses a worker, or fills its disk keeps what was finished and ends with the same table."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from hallsim.errors import UsageError
from hallsim.experiment.folder import read_folder
from hallsim.experiment.sweeps import sweep

POINTS = 120
PATIENCE_S = 300
"""How long anything may take before a test gives up; a crowded machine is slow."""


@pytest.fixture
def long_sweep(small_hall: Path) -> Path:
    """Return a sweep of 120 points, some seconds of work."""
    path = small_hall.parent / "long.yaml"
    path.write_text(
        "format: 1\nbase: small_hall.yaml\ndays: 400\nfactors:\n"
        "  counters: {path: stations.counter.servers, from: 2, to: 6}\n"
        "  patience: {path: stations.counter.patience, from: 1, to: 24, as: 'exponential {} min'}\n",
        encoding="utf-8",
    )
    return path


def table_of(folder: Path) -> bytes:
    """Return the bytes of a finished table."""
    return (folder / "table.parquet").read_bytes()


def finished(folder: Path) -> int:
    """Return how many points of a folder are finished."""
    try:
        return sum(last - first + 1 for first, last in read_folder(folder).finished())
    except (UsageError, FileNotFoundError):  # not begun, or its parts are just being put together
        return 0


def command(*arguments: object) -> list[str]:
    """Return a command line of hallsim."""
    return [sys.executable, "-m", "hallsim", *map(str, arguments)]


@contextmanager
def running(arguments: Sequence[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    """Run a process, and end it whatever happens."""
    process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(folder: Path, points: int, process: subprocess.Popen[str]) -> None:
    """Wait until some points are finished, or the process ends."""
    end = time.monotonic() + PATIENCE_S
    while finished(folder) < points and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_ten_kills_at_random_moments_change_no_bit(long_sweep: Path, tmp_path: Path) -> None:
    sweep(long_sweep, tmp_path / "whole")
    out, moments = tmp_path / "out", random.Random(5)
    for i in range(10):
        with running(command("sweep", long_sweep, "--folder", out, "--resume")) as process:
            wait_for(out, i * POINTS // 11, process)
            time.sleep(moments.random() * 0.1)
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert 0 < finished(out) < POINTS
    done = subprocess.run(command("sweep", long_sweep, "--folder", out, "--resume"), capture_output=True, check=True)
    assert done.returncode == 0
    assert table_of(out) == table_of(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_says_what_is_kept(long_sweep: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with running(command("sweep", long_sweep, "--folder", out), preexec_fn=default_interrupt) as process:
        wait_for(out, 10, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert said.endswith(f"stopped by Ctrl-C: {finished(out)} of {POINTS} design points are kept in {out}; go on "
                         "with --resume\n")  # fmt: skip


def default_interrupt() -> None:
    """Hear Ctrl-C in a child of a process that runs in the background, which does not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_loses_nothing_finished(long_sweep: Path, tmp_path: Path) -> None:
    import resource

    sweep(long_sweep, tmp_path / "whole")
    out = tmp_path / "out"
    with running(command("sweep", long_sweep, "--folder", out)) as process:
        wait_for(out, 20, process)
    before = finished(out)
    largest = max(p.stat().st_size for p in (out / "parts").iterdir())
    limited = subprocess.run(
        command("sweep", long_sweep, "--folder", out, "--resume"),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest // 2, largest // 2)),
        env=os.environ | {"HALLSIM_CACHE": os.environ.get("HALLSIM_CACHE", "")},
    )
    assert limited.returncode == 1
    assert "cannot read or write" in limited.stderr
    assert f"of {POINTS} design points are kept in {out}; go on with --resume" in limited.stderr
    assert finished(out) == before
    sweep(long_sweep, out, resume=True)
    assert table_of(out) == table_of(tmp_path / "whole")


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Start a Dask scheduler and workers as processes of their own."""
    distributed = pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    module = "distributed.cli.dask_"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"{module}scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
            stderr=subprocess.DEVNULL,
            text=True,
        )
    ]
    try:
        for _ in range(workers):
            options = ["--nthreads", "1", "--no-dashboard", "--no-nanny"]
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", f"{module}worker", address, *options], stderr=subprocess.DEVNULL, text=True
                )
            )
        with distributed.Client(address, timeout=PATIENCE_S, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=PATIENCE_S)  # a crowded machine is slow
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_table(long_sweep: Path, tmp_path: Path) -> None:
    sweep(long_sweep, tmp_path / "whole")
    out = tmp_path / "out"
    with cluster(3) as (address, workers):
        arguments = command("sweep", long_sweep, "--folder", out, "--cluster", address)
        with running(arguments, stdout=subprocess.DEVNULL) as process:
            wait_for(out, 30, process)
            workers[1].kill()
            _, said = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 0, said
    assert table_of(out) == table_of(tmp_path / "whole")


@pytest.mark.slow
def test_two_processes_on_one_folder_do_not_disturb_each_other(long_sweep: Path, tmp_path: Path) -> None:
    long_sweep.write_text(long_sweep.read_text(encoding="utf-8").replace("days: 400", "days: 4000"), encoding="utf-8")
    out = tmp_path / "out"
    with running(command("sweep", long_sweep, "--folder", out), stdout=subprocess.DEVNULL) as first:
        wait_for(out, 5, first)
        with pytest.raises(UsageError, match="another process works on this folder"):
            sweep(long_sweep, out, resume=True)
        first.communicate(timeout=PATIENCE_S)
        assert first.returncode == 0
    sweep(long_sweep, tmp_path / "whole")
    assert table_of(out) == table_of(tmp_path / "whole")


def test_an_unreachable_cluster_is_said_at_once(long_sweep: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UsageError, match=rf"no Dask scheduler answers at tcp://127.0.0.1:{port}: .*`dask scheduler`"):
        sweep(long_sweep, tmp_path / "out", cluster=f"tcp://127.0.0.1:{port}")


def test_an_address_that_is_none_is_said(long_sweep: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at over there"):
        sweep(long_sweep, tmp_path / "out", cluster="over there")
