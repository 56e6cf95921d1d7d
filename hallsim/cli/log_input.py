"""Logs as commands take them: raw files with a mapping, perhaps with transaction records, or tables of visits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hallsim.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from hallsim.calibrate.hall.file import Request
    from hallsim.calibrate.hall.fit import Choices
    from hallsim.logs import CleaningReport, Joining, JoinReport

RECORDS = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="Transaction records without ticket numbers, joined by staff or counter and time."
    ),
]
RECORDS_MAPPING = Annotated[
    str, typer.Option(metavar="NAME|FILE", help="How to read the records; default: transaction_records.")
]
TABLES = (".parquet",)
FILES = (".yaml", ".yml")


class Input(NamedTuple):
    """Visits, what the planner knows beside them, and what became of rows and records (None: there are none)."""

    visits: pd.DataFrame
    choices: Choices
    cleaning: CleaningReport | None
    joined: JoinReport | None

    def dates(self, leave_out: Sequence[str]) -> list[str]:
        """Return the dates of the log but for those of some periods."""
        from hallsim.calibrate.periods import read_periods
        from hallsim.replay import dates_of

        dates = dates_of(self.visits)
        out = {date for text in leave_out for period in read_periods(text, dates) for date in period.dates}
        return [date for date in dates if date not in out]


def asked_of(
    logs: list[Path], mapping: str | None, records: list[Path] | None = None, records_mapping: str = ""
) -> Request:
    """Return what a calibration file asks for, or the same for log files.

    Raises
    ------
    ScenarioError
        If the file is wrong.
    UsageError
        If there is a mapping, or records, beside such a file.
    """
    from hallsim.calibrate.hall.file import Request, read_request

    if len(logs) == 1 and logs[0].suffix.lower() in FILES:
        if mapping is not None or records:
            raise UsageError(f"{logs[0]} is a calibration file, which says mapping and records itself")
        return read_request(logs[0])
    return Request(tuple(logs), mapping or "", tuple(records or ()), records_mapping)


def read_asked(asked: Request) -> Input:
    """Read the logs of a calibration file, with the records beside them.

    Where a roster names staff, its names become the pseudonyms that they have in the log, and people, not counters, are
    the servers.
    """
    from hallsim.replay import dates_of

    files, mapping, roster = list(asked.logs), asked.mapping or None, asked.choices.roster
    by_people = roster.by == "staff"
    key = ""
    if by_people and mapping is not None:
        from hallsim.logs.importing import pseudonyms
        from hallsim.logs.joined import common_key

        key = common_key([*files, *asked.records])
        roster = roster.renamed(pseudonyms(key.encode()))
    cleaning: CleaningReport | None
    joined: JoinReport | None = None
    if asked.records:
        visits, joining = read_with_records(files, mapping, list(asked.records), asked.records_mapping, staff_key=key)
        cleaning, joined = joining.log, joining.joined
    else:
        visits, cleaning = read_logs(files, mapping, key)
    if by_people:
        if visits["staff"].isna().all():
            raise UsageError("the roster names staff, and the log names none: give the roster a column counter")
        visits = visits.assign(counter=visits["counter"].mask(visits["counter"].notna()))
    known = {s.date for s in (*roster.planned, *roster.attended)}
    if roster and not known & set(dates_of(visits)):
        raise UsageError(f"no day of the roster ({len(known)}) is in the log")
    return Input(visits, dataclasses.replace(asked.choices, roster=roster), cleaning, joined)


def read_logs(
    files: list[Path], mapping: str | None, staff_key: str = ""
) -> tuple[pd.DataFrame, CleaningReport | None]:
    """Return the visits of several files of one log, and the report of their cleaning where they are raw.

    Read together, so that people have the same pseudonyms in all of them.

    Raises
    ------
    LogError, ScenarioError, UsageError
        If a file or the mapping cannot be read, or raw files come without a mapping.
    """
    if mapping is not None:
        from hallsim import logs

        return logs.read(mapping, files, staff_key=staff_key)
    if raw := [str(path) for path in files if path.suffix.lower() not in TABLES]:
        raise UsageError(f"{raw[0]} is a raw log; --mapping says how to read it (`hallsim import-log --list`)")
    import pandas as pd

    from hallsim.visits import load

    tables = [load(path) for path in files]
    return (pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]), None


def read_with_records(
    files: list[Path],
    mapping: str | None,
    records: list[Path],
    records_mapping: str,
    keep_staff: bool = False,
    staff_key: str = "",
) -> tuple[pd.DataFrame, Joining]:
    """Return the visits of raw files joined with transaction records, and what became of both.

    Raises
    ------
    LogError, ScenarioError, UsageError
        If a file or a mapping cannot be read, the two have nothing in common, or no mapping of the log is named.
    """
    if mapping is None:
        raise UsageError(
            "records are joined to raw logs: --mapping says how to read them (`hallsim import-log --list`)"
        )
    from hallsim import logs
    from hallsim.logs.joined import RECORD_MAPPING

    how = records_mapping or RECORD_MAPPING
    return logs.read_joined(mapping, files, records, how, keep_staff=keep_staff, staff_key=staff_key)
