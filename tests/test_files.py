"""Files: written beside and renamed; nothing half-written, whatever goes wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hallsim import visits
from hallsim.files import atomic_write
from tests.hand_made_logs import HALL, short_day


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")
    return path


def only(path: Path, text: str) -> bool:
    """Return whether the folder holds just this file, with this text."""
    return [p.name for p in path.parent.iterdir()] == [path.name] and path.read_text(encoding="utf-8") == text


def test_the_new_file_replaces_the_old_one(old: Path) -> None:
    with atomic_write(old, "w") as file:
        file.write("new")
        assert old.read_text(encoding="utf-8") == "old"
    assert only(old, "new")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_error_inside_leaves_the_old_file(old: Path, error: type[BaseException]) -> None:
    def write_half() -> None:
        with atomic_write(old, "w") as file:
            file.write("half")
            file.flush()
            raise error

    with pytest.raises(error):
        write_half()
    assert only(old, "old")


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_leaves_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(type(error)), atomic_write(old, "w") as file:
        file.write("half")
    assert only(old, "old")


def test_a_disk_that_fills_up_while_a_table_is_written_leaves_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days():  # type: ignore[no-untyped-def]
        yield visits.build(HALL, short_day())
        raise OSError(errno.ENOSPC, "No space left on device")

    for path in (old, old.with_suffix(".parquet")):
        with pytest.raises(OSError, match="No space left"):
            visits.save(days(), path)
    assert only(old, "old")


FILL = """
import resource, signal, sys
from hallsim import ticket_machine, visits
from tests.hand_made_logs import HALL, short_day
day = visits.build(HALL, short_day())
visits.save(day, sys.argv[1] + "/warm.parquet")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
for name in ("out.parquet", "out.csv"):
    try:
        visits.save((day for _ in range(3)), sys.argv[1] + "/" + name)
    except OSError as error:
        print(name, error.strerror)
try:
    ticket_machine.export_csv(day, sys.argv[1] + "/export.csv")
except OSError as error:
    print("export.csv", error.strerror)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits on the size of a file are Unix's")
def test_real_writers_at_the_limit_of_the_disk_leave_nothing_and_say_one_thing(old: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FILL, old.parent], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"{name} File too large" for name in ("out.parquet", "out.csv", "export.csv")]
    assert run.stderr == ""
    assert sorted(p.name for p in old.parent.iterdir()) == ["out.csv", "warm.parquet"]
    assert old.read_text(encoding="utf-8") == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_is_written_to_and_never_replaced() -> None:
    with pytest.raises(OSError, match="No space left"), atomic_write("/dev/full", "w") as file:
        file.write("x" * 100_000)
    assert not Path("/dev/full").is_file()


def test_a_missing_folder_is_named_and_not_the_temporary_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "no" / "a.csv"):
        pass
    assert caught.value.filename == str(tmp_path / "no" / "a.csv")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="file modes are Unix's")
def test_the_new_file_has_the_rights_of_the_old_one_or_the_usual_ones(old: Path) -> None:
    old.chmod(0o640)
    with atomic_write(old, "w") as file:
        file.write("new")
    assert old.stat().st_mode & 0o777 == 0o640
    (old.parent / "plain").touch()
    with atomic_write(old.parent / "fresh", "w") as file:
        file.write("new")
    assert (old.parent / "fresh").stat().st_mode == (old.parent / "plain").stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_symbolic_link_keeps_pointing(old: Path) -> None:
    link = old.parent / "link.csv"
    link.symlink_to(old.name)
    with atomic_write(link, "w") as file:
        file.write("new")
    assert link.is_symlink()
    assert old.read_text(encoding="utf-8") == "new"
