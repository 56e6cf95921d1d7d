"""What all commands share: whole numbers of options, outputs checked early, progress, stream encodings."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path

import typer

from hallsim.errors import UsageError

RUN_FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

MOST_SEED = 2**63 - 1

QUIET_SECONDS = 1.0  # a run that takes less shows no progress
TERMINAL_SECONDS = 0.2
PLAIN_SECONDS = 60.0


def say(text: str) -> None:
    """Print a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a parser of an option that takes a whole number from `low` to `high`."""

    def number(text: object) -> int:
        try:
            value = int(str(text))
        except ValueError:
            raise typer.BadParameter(f"{str(text)[:40]!r} is not a whole number; allowed are {low} to {high}") from None
        if not low <= value <= high:
            raise typer.BadParameter(
                f"{value} is too {'small' if value < low else 'large'}; allowed are {low} to {high}"
            )
        return value

    return number


def day(text: object) -> str:
    """Parse an option that takes a date; return it as YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(str(text)).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{str(text)[:40]!r} is not a date; write it as 2024-03-05") from None


def check_output(path: Path, suffixes: tuple[str, ...] = ()) -> None:
    """Refuse an output file that could not be written, before any work is done.

    Raises
    ------
    UsageError
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise UsageError(f"{path}: the file's ending says its format; known: {', '.join(suffixes)}")
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"{path}: there is no folder {folder}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{path}: no permission to write in {folder}")


def use_utf8() -> None:
    """Write UTF-8 into pipes and files, whatever the code page of the machine, and never fail on a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8")


def table_width() -> int:
    """Return how wide tables are printed."""
    return max(80, min(shutil.get_terminal_size().columns, 120))


def load_kernels() -> None:
    """Import the compiled engine, and say why it takes long when its kernels have to be compiled first."""
    from hallsim import jit

    if jit.WAS_COLD and not jit.JIT_DISABLED:
        say("first run on this machine: compiling the simulation kernels once, about 10 to 20 s ...")


class Progress:
    """Shows how many of `total` are done, on standard error, once the work has taken over a second.

    On a terminal one line is rewritten; elsewhere a plain line appears once a minute. `update` may be called
    from any thread.
    """

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what = total, what
        self.done, self.note = 0, ""
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._next = self._start + (QUIET_SECONDS if self._terminal else PLAIN_SECONDS)
        self._first = (self._start, 0)  # when the first results came, and how many: compiling is not part of the pace
        self._shown = 0
        self._lock = threading.Lock()

    def update(self, done: int, total: int | None = None, note: str = "") -> None:
        """Tell that `done` are finished (of `total`, if that has changed), and what else is worth knowing."""
        with self._lock:
            self.done, self.note = done, note
            self.total = self.total if total is None else total
            now = time.monotonic()
            if done and not self._first[1]:
                self._first = (now, done)
            if now < self._next:
                return
            self._next = now + (TERMINAL_SECONDS if self._terminal else PLAIN_SECONDS)
            self._show(self._line(now))

    def _line(self, now: float) -> str:
        left = ""
        since, before = self._first
        if before < self.done < self.total:
            left = f", {_duration((now - since) / (self.done - before) * (self.total - self.done))} left"
        of_all = f" of {self.total}" if self.total else ""
        return f"{self.done}{of_all} {self.what}{left}" + (f"; {self.note}" if self.note else "")

    def _show(self, line: str) -> None:
        if self._terminal:
            print("\r" + line.ljust(self._shown), end="", file=sys.stderr, flush=True)
            self._shown = len(line)
        else:
            say(line)

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            print("\r" + " " * self._shown + "\r", end="", file=sys.stderr, flush=True)
            self._shown = 0


@contextlib.contextmanager
def progress(total: int, what: str) -> Iterator[Progress]:
    """Show the progress of a block of work."""
    shown = Progress(total, what)
    try:
        yield shown
    finally:
        shown.close()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
