"""The folder of an experiment: what was finished stays finished, whatever ends the process.

    manifest.json   what the experiment is: version, semantics, identity; written first, never changed
    parts/          a Parquet file for each finished block, named by its first and last row of work
    table.parquet   what was found, once everything is finished

A row of work is a design point of a sweep, whose blocks are the table in parts: they become it and are then gone. Of
other experiments it is a day simulated, counted in the order of finishing (`hallsim.experiment.pieces`); the table is
computed from such parts, which stay. In: an identity, that is everything that decides on the numbers, and blocks as
Arrow tables. Every file is written beside its name and renamed, so a process that is killed or a disk that is full
leaves whole files only. One process at a time works on a folder: it holds a lock that the operating system takes back
when the process ends in whatever way. Reading takes no lock.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hallsim
from hallsim.compiled import SEMANTICS
from hallsim.errors import HallsimError, UsageError
from hallsim.files import atomic_write

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
MANIFEST, TABLE, PARTS, LOCK = "manifest.json", "table.parquet", "parts", ".lock"
ROWS_OF_A_GROUP = 50_000
"""Rows of the table that are written, and later read, at once."""
_PART = re.compile(r"(\d{7,})-(\d{7,})\.parquet")


class RunFolder:
    """A folder with its manifest read; `open_folder` makes or continues one, `read_folder` looks at one."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest

    @property
    def complete(self) -> bool:
        """Whether everything is finished."""
        return (self.path / TABLE).exists()

    @property
    def wanted(self) -> int | None:
        """Rows of the table that the parts become; None where it is computed from parts that stay."""
        found: int | None = self.manifest["n"]
        return found

    @property
    def done(self) -> int:
        """How many rows of work are finished."""
        return sum(last - first + 1 for first, last in self.finished())

    @property
    def so_far(self) -> str:
        """How much is finished, in words."""
        return f"{self.done:,} days" if self.wanted is None else f"{self.done:,} of {self.wanted:,} design points"

    def finished(self) -> list[tuple[int, int]]:
        """Return first and last row of work of each finished block, in order."""
        if self.complete and self.wanted is not None:
            return [(0, self.wanted - 1)]
        matches = [_PART.fullmatch(file.name) for file in (self.path / PARTS).glob("*.parquet")]
        return sorted((int(m[1]), int(m[2])) for m in matches if m)

    def missing(self, size: int) -> list[tuple[int, int]]:
        """Return blocks (first, count) of at most `size` rows of the table that are not finished."""
        n, at = self.wanted or 0, 0
        found = []
        for first, last in [*self.finished(), (n, n)]:
            found += [(i, min(size, first - i)) for i in range(at, first, size)]
            at = max(at, last + 1)
        return found

    def add(self, first: int, count: int, rows: pa.Table) -> None:
        """Write a finished block.

        Raises
        ------
        OSError
            If it cannot be written, such as on a full disk; what was finished before stays.
        """
        import pyarrow.parquet as pq

        with atomic_write(self._part(first, first + count - 1)) as file:
            pq.write_table(rows, file, compression="zstd")

    def read(self, block: tuple[int, int], columns: Sequence[str] | None = None) -> pa.Table:
        """Return a finished block.

        Raises
        ------
        HallsimError
            If it is damaged.
        """
        return _read(self._part(*block), columns)

    def write_table(self, rows: pa.Table) -> None:
        """Write what was found, once everything is finished; the parts stay.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        import pyarrow.parquet as pq

        with atomic_write(self.path / TABLE) as file:
            pq.write_table(rows, file, compression="zstd")

    def finish(self) -> None:
        """Put all parts into one table, in order and one at a time, and remove them."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        parts = [self._part(*block) for block in self.finished()]
        with (
            atomic_write(self.path / TABLE) as file,
            pq.ParquetWriter(file, pq.read_schema(parts[0]), compression="zstd") as writer,
        ):
            group: list[pa.Table] = []
            for part in parts:
                group.append(_read(part))
                if part == parts[-1] or sum(len(rows) for rows in group) >= ROWS_OF_A_GROUP:
                    writer.write_table(pa.concat_tables(group))
                    group = []
        self.tidy()

    def tidy(self) -> None:
        """Remove what a killed process was writing, and parts that are in the table."""
        left = [*self.path.glob(".*.tmp"), *(self.path / PARTS).glob(".*.tmp")]
        in_table = self.complete and self.wanted is not None
        if in_table:
            left += (self.path / PARTS).glob("*.parquet")
        for file in left:
            file.unlink()
        if in_table and (self.path / PARTS).is_dir():
            (self.path / PARTS).rmdir()

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the rows of the table that are finished, in order, some at a time."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self.complete:
            with pq.ParquetFile(self.path / TABLE) as file:
                for batch in file.iter_batches(columns=None if columns is None else list(columns)):
                    yield pa.Table.from_batches([batch])
        else:
            for block in self.finished():
                yield _read(self._part(*block), columns)

    def _part(self, first: int, last: int) -> Path:
        return self.path / PARTS / f"{first:07d}-{last:07d}.parquet"


@contextmanager
def open_folder(
    path: Path, kind: str, n: int | None, identity: dict[str, Any], about: dict[str, Any], resume: bool
) -> Iterator[RunFolder]:
    """Make a folder, or continue one, and hold its lock.

    Parameters
    ----------
    path : Path
        Its parent must exist.
    kind : str
        What the experiment is, such as "sweep".
    n : int or None
        Rows of the table that the parts become; None where it is computed from parts that stay.
    identity : dict
        Everything that decides on the numbers, for JSON, hashes as 16 hex digits; a folder with another one is refused.
    about : dict
        What readers need besides, for JSON.
    resume : bool
        Whether what is there may be continued.

    Raises
    ------
    UsageError
        If another process works on it, if it holds something else, or something finished and `resume` is False, or if
        nothing can be written there.
    """
    from filelock import FileLock, Timeout

    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file; results take a folder")
    if path.is_dir() and not (path / MANIFEST).exists() and set(_names(path)) - {PARTS, LOCK}:
        raise UsageError(f"{path} holds other files and no {MANIFEST}: name a new folder")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path}: no permission to write there")
    path.mkdir(exist_ok=True)
    lock = FileLock(path / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(f"{path}: another process works on this folder; wait for it, or name another one") from None
    try:
        wanted = {
            **{"format": FORMAT, "kind": kind, "hallsim": hallsim.__version__, "semantics": SEMANTICS, "n": n},
            **{"identity": identity, "about": about},
        }
        if (path / MANIFEST).exists():
            folder = read_folder(path)
            _check_same(folder, json.loads(json.dumps(wanted)))
            if folder.done and not resume:
                raise UsageError(
                    f"{path} holds {folder.so_far} already: add --resume to go on there, or name another folder"
                )
        else:
            with atomic_write(path / MANIFEST, "w") as file:
                json.dump(wanted, file, ensure_ascii=False, indent=1)
            folder = RunFolder(path, wanted)
        if n is None or not folder.complete:
            (path / PARTS).mkdir(exist_ok=True)
        folder.tidy()
        yield folder
    finally:
        lock.release()


def read_folder(path: Path) -> RunFolder:
    """Return a folder to look at.

    Raises
    ------
    UsageError
        If it is none.
    """
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        if manifest["format"] > FORMAT:
            raise UsageError(f"{file}: format {manifest['format']} is not known; a newer hallsim wrote it")
        if not all(key in manifest for key in ("kind", "hallsim", "semantics", "n", "identity", "about")):
            raise ValueError
    except FileNotFoundError:
        why = f"there is no {MANIFEST} in it" if path.is_dir() else "there is no such folder"
        raise UsageError(f"{path} is no folder of results: {why}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{file} is damaged; the tables beside it are Parquet files and can be read alone") from None
    return RunFolder(path, manifest)


def _check_same(folder: RunFolder, wanted: dict[str, Any]) -> None:
    """Refuse a folder whose numbers would be others."""
    there = folder.manifest
    if there["kind"] != wanted["kind"]:
        raise UsageError(f"{folder.path} holds a {there['kind']}: name another folder")
    if (there["hallsim"], there["semantics"]) != (wanted["hallsim"], wanted["semantics"]):
        raise UsageError(
            f"{folder.path} was made by hallsim {there['hallsim']} (semantics {there['semantics']}); this is "
            f"{wanted['hallsim']} ({wanted['semantics']}), whose numbers may differ: name another folder. What is in "
            "it stays as it is, and `hallsim results` reads it"
        )
    differ = [
        _difference(key, there["identity"].get(key), value)
        for key, value in wanted["identity"].items()
        if there["identity"].get(key) != value
    ]
    if differ:
        raise UsageError(
            f"{folder.path} holds another {there['kind']}: {'; '.join(differ)}. Name another folder; what is in this "
            "one stays as it is"
        )


def _read(part: Path, columns: Sequence[str] | None = None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(part, columns=None if columns is None else list(columns), partitioning=None)
    except pa.ArrowInvalid as problem:
        raise HallsimError(f"{part} is damaged: delete it and go on with --resume ({problem})") from problem


def _names(path: Path) -> list[str]:
    return [entry.name for entry in path.iterdir()]


def _difference(key: str, there: Any, here: Any) -> str:
    """Return how an entry of the identity differs; of a hash only that it does."""
    if isinstance(here, str) and re.fullmatch("[0-9a-f]{16}", here):
        return f"{key} has changed, or a file that it reads"
    return f"{key} is {_short(there)} there and {_short(here)} here"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
