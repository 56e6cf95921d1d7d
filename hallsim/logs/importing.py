"""Logs in: a mapping and raw files -> the table of visits and the cleaning report.

`read` returns the table, for logs that fit in memory; `convert` writes it, chunk by chunk, in memory that does not
grow with the log. Both keep to the same steps: find the columns (`header`), clean the rows (`clean`), collect the
days (`runs`) and number the visits (`days`). Rows read = rows kept + rows dropped, or nothing comes out at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hallsim.errors import LogError, UsageError
from hallsim.files import atomic_write
from hallsim.logs.cells import NONE
from hallsim.logs.clean import Cleaner, Place
from hallsim.logs.days import Visits
from hallsim.logs.header import Header, find_header
from hallsim.logs.mapping import Mapping, load_mapping
from hallsim.logs.moments import EPOCH, parse_date
from hallsim.logs.report import CleaningReport, FileRead, NotCleanError, Tally
from hallsim.logs.runs import Day, Runs
from hallsim.logs.source import Source, open_source
from hallsim.visits import save

if TYPE_CHECKING:
    import pandas as pd

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
Progress = Callable[[str, int, int], None]
"""Told what is being done ("found", "read" or "written"), how many rows are done, and of how many, about."""

_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4}[-_.]?\d{2}[-_.]?\d{2})(?!\d)")
_SEVERAL_DATES = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)(?!\d)")


def read(
    mapping: str | os.PathLike[str] | Mapping,
    paths: Paths,
    *,
    hall: str = "",
    keep_staff: bool = False,
    staff_key: str = "",
    strict: bool = False,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, CleaningReport]:
    """Read a log that fits in memory.

    Parameters
    ----------
    mapping : name of a shipped mapping, path of a mapping file, or a `Mapping`
    paths : one raw file, or the files of one log
    hall : name of the hall where no column tells it; default the mapping's, else the first file's name
    keep_staff : keep the names of the staff; else they become pseudonyms
    staff_key : key of the pseudonyms, for the same ones in several logs; default the content of the files, so
        that they cannot be told from the output alone
    strict : refuse a log of which a row had to be dropped or repaired
    progress : told of every chunk

    Returns
    -------
    (pandas.DataFrame, CleaningReport)
        Columns as in `hallsim.visits.FIELDS`, sorted by day, visit and step.

    Raises
    ------
    LogError
        If a file cannot be read or no row of it can be used; `NotCleanError`, with the report, if `strict`.
    ScenarioError
        If the mapping is wrong.
    UsageError
        If there is no such mapping, or no file is named.
    """
    import pandas as pd

    work = _Import(load_mapping(mapping), _as_list(paths), hall, keep_staff, staff_key, progress)
    work.read_files(Runs(None))
    tables = list(work.tables())
    report = work.report()
    if strict and not report.clean:
        raise NotCleanError(report)
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    table.attrs = dict(tables[0].attrs)
    return table, report


def convert(
    mapping: str | os.PathLike[str] | Mapping,
    paths: Paths,
    out: str | os.PathLike[str] | None,
    *,
    report_json: str | os.PathLike[str] | None = None,
    hall: str = "",
    keep_staff: bool = False,
    staff_key: str = "",
    strict: bool = False,
    progress: Progress | None = None,
) -> CleaningReport:
    """Turn a log of any size into a file of visits, and write the cleaning report beside it.

    Parameters
    ----------
    out : ends in ".parquet" or ".csv", as in `hallsim.visits.save`; written whole or not at all. None writes
        nothing: the report says what would come of the log.
    report_json : file of the report; default `OUT.cleaning.json` beside an output
    mapping, paths, hall, keep_staff, staff_key, strict, progress : as in `read`

    Raises
    ------
    LogError, ScenarioError, UsageError
        As `read`; nothing is written then.
    """
    work = _Import(load_mapping(mapping), _as_list(paths), hall, keep_staff, staff_key, progress)
    with tempfile.TemporaryDirectory(prefix="hallsim-", ignore_cleanup_errors=True) as folder:
        work.read_files(Runs(Path(folder)))

        def tables() -> Iterator[pd.DataFrame]:
            yield from work.tables()
            if strict and not (report := work.report()).clean:
                raise NotCleanError(report)

        if out is not None:
            save(tables(), out)
        else:
            for _ in tables():
                pass
    report = work.report()
    if report_json is not None or out is not None:
        with atomic_write(report_json or report_path(out or ""), "w", newline="\n") as file:
            json.dump(report.to_json(), file, ensure_ascii=False, indent=2)
            file.write("\n")
    return report


def pseudonyms(key: bytes) -> Callable[[str], str]:
    """Return what turns the names of staff into pseudonyms, the same for the same key."""
    key = hashlib.blake2b(key, digest_size=32, person=b"hallsim staff").digest()

    def pseudonym(name: str) -> str:
        return "S-" + hashlib.blake2b(name.encode(), key=key, digest_size=5).hexdigest()

    return pseudonym


def report_path(out: str | os.PathLike[str]) -> Path:
    """Return where the cleaning report of an output is written.

    >>> report_path("days/march.parquet").name
    'march.parquet.cleaning.json'
    """
    out = Path(out)
    return out.with_name(out.name + ".cleaning.json")


@dataclass(slots=True)
class _Import:
    """One import under way."""

    mapping: Mapping
    paths: list[str]
    hall: str
    keep_staff: bool
    staff_key: str
    progress: Progress | None
    tally: Tally = field(default_factory=Tally)
    files: list[FileRead] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    has_staff: bool = False
    runs: Runs = field(default_factory=lambda: Runs(None))
    visits: Visits | None = None

    def read_files(self, runs: Runs) -> None:
        """Read and clean every file, and put the legs aside.

        Raises
        ------
        LogError
            If a file cannot be read, or no row is left.
        """
        self.runs = runs
        sources = [(source, find_header(source, self.mapping)) for source in self._opened()]
        cleaner = Cleaner(self.mapping, self._hall(), self._pseudonyms(sources), self.tally)
        total = sum(source.n_rows for source, _ in sources)
        labels = _labels(self.paths)
        for number, (source, header) in enumerate(sources):
            before = self.tally.rows_read
            n_fields = self.mapping.fields or len(header.names)
            place = Place(number, labels[number], header, n_fields, self._date_in_name(source.name))
            for chunk in source.chunks(header.row, header.separator, header.wanted(), self.mapping.fields):
                runs.add(cleaner.clean(chunk, place))
                if self.progress is not None:
                    self.progress("read", self.tally.rows_read, max(total, self.tally.rows_read))
            rows = self.tally.rows_read - before
            self.files.append(FileRead(labels[number], rows, source.encoding.removesuffix("-sig"), header.row))
            self.private += [name for name in header.private if name not in self.private]
            self.has_staff |= "staff" in header.fields
        if not self.tally.rows_read:
            raise LogError("holds a header and no rows", self.paths[0], self.files[0].header_row)
        if not runs.n_rows:
            raise LogError(self._why_nothing(), self.paths[0])
        if len({day.date == NONE for day in runs.index}) > 1:
            raise LogError("has dates in some rows and numbers of simulated days in others", self.paths[0])

    def tables(self) -> Iterator[pd.DataFrame]:
        """Yield the visits, some days at a time."""
        self.visits = Visits(self.mapping, [f.name for f in self.files], self.tally)
        for days, legs, day in self.runs.batches():
            yield self.visits.table(days, legs, day)
            if self.progress is not None:
                self.progress("written", self.visits.n_rows, self.runs.n_rows)

    def report(self) -> CleaningReport:
        """Return the report, when all tables have been made."""
        assert self.visits is not None, "the tables come first"
        days = sorted({day.date for day in self.runs.index if day.date != NONE})
        kept = self.tally.rows_read - self.tally.rows_dropped
        if kept != self.visits.n_rows:
            raise AssertionError(f"{self.tally.rows_read} rows read, {kept} not dropped, {self.visits.n_rows} written")
        return CleaningReport(
            mapping=self.mapping.name,
            mapping_hash=self.mapping.hash,
            label=self.mapping.label,
            files=tuple(self.files),
            rows_read=self.tally.rows_read,
            rows_kept=kept,
            counts=self.tally.finished(),
            visits=self.visits.n_visits,
            days=len({Day(day.date, day.replication, "") for day in self.runs.index}),
            first_date=_iso(days[0]) if days else "",
            last_date=_iso(days[-1]) if days else "",
            private=tuple(self.private),
            staff=("kept" if self.keep_staff else "pseudonyms") if self.has_staff else "",
            booked=self.mapping.booked,
        )

    def _opened(self) -> Iterator[Source]:
        n_found = 0

        def found(more: int) -> None:
            nonlocal n_found
            n_found += more
            if self.progress is not None:
                self.progress("found", n_found, n_found)

        for path in self.paths:
            yield open_source(path, self.mapping, found)

    def _hall(self) -> str:
        name = Path(self.paths[0]).name
        return self.hall or self.mapping.hall or name.split(".")[0] or name

    def _pseudonyms(self, sources: list[tuple[Source, Header]]) -> Callable[[str], str] | None:
        """Return what turns a name into a pseudonym, None if names are kept.

        The key is the content of all files: the same log gives the same pseudonyms, and who has only the output
        cannot try names out.
        """
        if self.keep_staff:
            return None
        return pseudonyms(self.staff_key.encode() or b"".join(source.digest() for source, _ in sources))

    def _date_in_name(self, name: str) -> int:
        if not self.mapping.date_in_file_name:
            return NONE
        match = _DATE_IN_NAME.search(Path(name).name)
        if match is None:
            raise LogError("has no date in its name, such as hall_2024-03-05.csv, as the mapping says", name)
        with contextlib.suppress(ValueError):
            return parse_date(re.sub("[_.]", "-", match[1]))[0]
        raise LogError(f"has a date in its name that is not in the calendar: {match[1]}", name)

    def _why_nothing(self) -> str:
        """Say by which rules every row was dropped."""
        parts = []
        hint = ""
        for count in self.tally.finished():
            first = count.examples[0]
            cells = ", ".join(f"{name} = {text or '(empty)'}" for name, text in first.cells.items())
            parts.append(f"{count.rule} {count.count}, first in row {first.row}" + (f": {cells}" if cells else ""))
            if not self.mapping.date_order and any(map(_SEVERAL_DATES.match, first.cells.values())):
                hint = "; for dates such as 5/3/24 the mapping says times: date_order"
        return f"not one of {self.tally.rows_read} rows can be used ({'; '.join(parts)}){hint}"


def _as_list(paths: Paths) -> list[str]:
    found = [os.fspath(paths)] if isinstance(paths, str | os.PathLike) else [os.fspath(p) for p in paths]
    if not found:
        raise UsageError("no log is named")
    return found


def _labels(paths: list[str]) -> list[str]:
    """Return how files are called in a report: without their folder, unless two have the same name."""
    names = [Path(path).name for path in paths]
    return names if len(set(names)) == len(names) else paths


def _iso(day: int) -> str:
    import datetime

    return datetime.date.fromordinal(EPOCH + day).isoformat()
