"""A calibration file -> what to calibrate, and what the planner knows beside the log.

In: the path of a YAML file. Out: `Request`. Paths in it are relative to it. What is wrong is complained about at once,
with file and line, as for scenarios.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from hallsim.calibrate.hall.beside import read_bookings, read_calendar, read_campaigns, read_roster
from hallsim.calibrate.hall.fit import Choices
from hallsim.scenario.kinds import SPAN, Choice, Key, ListOf, Record, Text, Whole
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import plain_data
from hallsim.scenario.whole import read_whole

FORMAT = 1

CALIBRATION = Record(
    "a calibration file",
    (
        Key("format", Whole(FORMAT, FORMAT), "version of this language", required=True, example="1"),
        Key("logs", ListOf(Text(), "files"), "raw files of one log", required=True, example="[march.csv, april.csv]"),
        Key("mapping", Text(), "how they are read: a shipped mapping, or a file", required=True),
        Key("records", ListOf(Text(), "files"), "transaction records beside them", "none", example="[billing.csv]"),
        Key("records_mapping", Text(), "how those are read", "`transaction_records`"),
        Key("fit", Text(), "days to fit on, as 2024-03 or 2024-03-05..2024-03-20", "all"),
        Key("predict", Text(), "days that a back-test predicts, as periods", "those after"),
        Key(
            "leave_out",
            ListOf(Text(), "days or periods"),
            "days that are neither fitted on nor predicted",
            "none",
            example="[2024-03-08, 2024-05-01..2024-05-05]",
        ),
        Key("out", Text(), "scenario file that calibrating writes", "that of the command line"),
        Key("hall", Text(), "name of the hall", "the log's"),
        Key("open", SPAN, "opening hours", "found from the tickets", example='"09:00-18:00"'),
        Key("calendar", Text(), "CSV file with one day a row, date and day_type", "kinds of day by weekday"),
        Key(
            "campaigns",
            Text(),
            "CSV file with one window of a campaign a row: campaign, from, to and, where not all, transactions with "
            "semicolons between them",
            "none",
        ),
        Key(
            "roster",
            Text(),
            "CSV file with one shift a row: date, start, end and, where known, staff or counter, station, break from, "
            "break to",
            "inferred",
        ),
        Key("attendance", Text(), "CSV file with who was there: date, staff or counter, came, left", "as planned"),
        Key(
            "bookings",
            Text(),
            "CSV file with one appointment a row: date, time, and the number of the ticket that its customer took, "
            "empty for who did not come",
            "nobody is known to be booked",
        ),
        Key("workload", Choice("an answer", ("yes", "no")), "whether it is found by simulation", "yes"),
    ),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a calibration file asks for."""

    logs: tuple[Path, ...]
    mapping: str
    records: tuple[Path, ...] = ()
    records_mapping: str = ""
    fit: str = ""
    choices: Choices = field(default_factory=Choices)
    workload: bool = True
    predict: str = ""
    leave_out: tuple[str, ...] = ()
    out: Path | None = None


def read_request(file: str | os.PathLike[str]) -> Request:
    """Read a calibration file.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    return read_whole(file, "calibration file", lambda ctx: _built(ctx, Path(file).parent))


def _built(ctx: Reading, folder: Path) -> Request | None:
    data = CALIBRATION.read(plain_data(ctx.root), (), ctx) or {}
    calendar, roster = read_calendar(data, ctx), read_roster(data, ctx)
    bookings, campaigns = read_bookings(data, ctx), read_campaigns(data, ctx)
    if ctx.errors or not data:
        return None
    return Request(
        tuple(folder / log for log in data["logs"]),
        _mapping(folder, data["mapping"]),
        tuple(folder / name for name in data.get("records") or ()),
        _mapping(folder, data.get("records_mapping") or ""),
        data.get("fit") or "",
        Choices(data.get("hall") or "", data.get("open"), calendar, roster, bookings, campaigns),
        data.get("workload") != "no",
        data.get("predict") or "",
        tuple(data.get("leave_out") or ()),
        folder / data["out"] if data.get("out") else None,
    )


def _mapping(folder: Path, name: str) -> str:
    """Return a mapping's name, or its path from the folder of the calibration file."""
    return str(folder / name) if Path(name).suffix.lower() in (".yaml", ".yml") else name
