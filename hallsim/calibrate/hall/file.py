"""A calibration file -> what to calibrate, and what the planner knows beside the log.

In: the path of a YAML file. Out: `Request`. Paths in it are relative to it. What is wrong is complained about at once,
with file and line, as for scenarios.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallsim.calibrate.hall.fit import Choices, Stretch
from hallsim.errors import ScenarioError, not_one_of
from hallsim.scenario.days import COLUMNS, date_of
from hallsim.scenario.kinds import SPAN, Choice, Key, ListOf, Record, Text, Whole
from hallsim.scenario.tables import Reading, Table
from hallsim.scenario.text import compose, read_text
from hallsim.scenario.tree import TooManyErrors, in_file_order, plain_data
from hallsim.units import parse_moment

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
        Key("hall", Text(), "name of the hall", "the log's"),
        Key("open", SPAN, "opening hours", "found from the tickets", example='"09:00-18:00"'),
        Key("calendar", Text(), "CSV file with one day a row, date and day_type", "kinds of day by weekday"),
        Key("roster", Text(), "CSV file with one shift a row: date, start, end and, if need be, station", "inferred"),
        Key("workload", Choice("an answer", ("yes", "no")), "whether it is found by simulation", "yes"),
    ),
)
ROSTER = {
    "date": COLUMNS["date"],
    "start": ("start", "from", "\u4e0a\u73ed", "\u5f00\u59cb"),
    "end": ("end", "to", "\u4e0b\u73ed", "\u7ed3\u675f"),
}
STATION = ("station", "area", "\u533a\u57df", "\u670d\u52a1\u533a")


@dataclass(frozen=True, slots=True)
class Request:
    """What a calibration file asks for."""

    logs: tuple[Path, ...]
    mapping: str
    records: tuple[Path, ...]
    records_mapping: str
    fit: str
    choices: Choices
    workload: bool


def read_request(file: str | os.PathLike[str]) -> Request:
    """Read a calibration file.

    Raises
    ------
    ScenarioError
        With every complaint, if anything is wrong.
    """
    root, complaints = compose(read_text(str(file), kind="calibration file"), str(file))
    ctx = Reading(root, list(complaints))
    data: dict[str, Any] = {}
    calendar: dict[str, str] = {}
    roster: tuple[Stretch, ...] = ()
    try:
        data = CALIBRATION.read(plain_data(root), (), ctx) or {}
        calendar, roster = _calendar(data, ctx), _roster(data, ctx)
    except TooManyErrors:
        pass
    if ctx.errors or not data:
        raise ScenarioError(in_file_order(ctx.errors))
    folder = Path(file).parent
    return Request(
        tuple(folder / log for log in data["logs"]),
        _mapping(folder, data["mapping"]),
        tuple(folder / name for name in data.get("records") or ()),
        _mapping(folder, data.get("records_mapping") or ""),
        data.get("fit") or "",
        Choices(data.get("hall") or "", data.get("open"), calendar, roster),
        data.get("workload") != "no",
    )


def _mapping(folder: Path, name: str) -> str:
    """Return a mapping's name, or its path from the folder of the calibration file."""
    return str(folder / name) if Path(name).suffix.lower() in (".yaml", ".yml") else name


def _calendar(data: dict[str, Any], ctx: Reading) -> dict[str, str]:
    table = ctx.table(("calendar",), data["calendar"]) if data.get("calendar") else None
    found: dict[str, str] = {}
    for line, cells in _rows(table, COLUMNS, ("calendar",), ctx):
        try:
            found[date_of(cells["date"])] = cells["day_type"]
        except ValueError as problem:
            ctx.add_at(table.file if table else "", line, str(problem))
    return found


def _roster(data: dict[str, Any], ctx: Reading) -> tuple[Stretch, ...]:
    table = ctx.table(("roster",), data["roster"]) if data.get("roster") else None
    found = []
    for line, cells in _rows(table, ROSTER, ("roster",), ctx):
        try:
            on, off = parse_moment(cells["start"]), parse_moment(cells["end"])
            if off <= on:
                raise ValueError(f"a shift must end after it begins, not {cells['start']} to {cells['end']}")
            found.append(Stretch(date_of(cells["date"]), cells.get("station", ""), on, off))
        except ValueError as problem:
            ctx.add_at(table.file if table else "", line, str(problem))
    return tuple(found)


def _rows(
    table: Table | None, columns: dict[str, tuple[str, ...]], path: tuple[str, ...], ctx: Reading
) -> list[tuple[int, dict[str, str]]]:
    """Return line and cells of each row, by our names of the columns."""
    if table is None:
        return []
    heads = {key: next((name for name in names if name in table.columns), "") for key, names in columns.items()}
    if missing := [key for key, head in heads.items() if not head]:
        ctx.add(path, not_one_of(missing[0], f"a column of {Path(table.file).name}", table.columns))
        return []
    heads["station"] = next((name for name in STATION if name in table.columns), "")
    return [(line, {key: cells.get(head, "") for key, head in heads.items()}) for line, cells in table.rows]
