"""Files of counts -> `CountedDay`s: half-hour summaries, and snapshots of the displays in a hall.

Text of any encoding, gzipped or not, Excel and Parquet are read as logs are (`hallsim.logs`); which kind a file is, its
header tells, in English, Chinese or, for the displays of Warsaw's offices, Polish. Rows that cannot be are all named.

A summary has a row for each day, slot and class: tickets, calls (no-shows among them), and perhaps no-shows, counters
open and the mean wait. A snapshot has a row for each moment and queue: how many wait, counters open, last number.
Calls are the steps of that number, arrivals what has to have come for the line to be as long as it is.
"""

from __future__ import annotations

import datetime
import math
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from hallsim.calibrate.counts.day import CountedDay
from hallsim.errors import LogError
from hallsim.logs.header import find_header
from hallsim.logs.mapping import Column, Mapping
from hallsim.logs.moments import parse_date, parse_time
from hallsim.logs.source import open_source
from hallsim.model import US_PER_MINUTE, Label

SUMMARY: dict[str, tuple[str, ...]] = {
    "date": ("date", "日期"),
    "time": ("half-hour", "slot", "time", "from", "时段", "时间", "半小时", "开始时间"),
    "tickets": ("tickets", "tickets issued", "arrivals", "取号数", "取号量", "取号"),
    "calls": ("calls", "called", "tickets called", "叫号数", "叫号量", "叫号"),
    "no_shows": ("no-shows", "no shows", "missed", "过号数", "过号量", "弃号数", "弃号"),
    "counters": ("counters", "counters open", "open counters", "开放台席", "开放窗口数", "台席数", "窗口数"),
    "wait": ("mean wait", "mean wait min", "wait min", "平均等候", "平均等候时间", "平均等候分钟"),
    "queue": ("class", "ticket class", "queue", "票类", "业务类型", "队列"),
    "hall": ("hall", "营业厅", "网点"),
}
DISPLAY: dict[str, tuple[str, ...]] = {
    "date": ("date", "日期"),
    "time": ("time", "时间"),
    "waiting": ("waiting", "liczbaKlwKolejce", "等候人数"),
    "counters": ("counters open", "counters", "liczbaCzynnychStan", "开放窗口数"),
    "number": ("number", "last ticket", "aktualnyNumer", "当前号码"),
    "queue": ("queue", "nazwaGrupy", "队列"),
    "hall": ("hall", "name", "营业厅"),
}
NEEDED = {"summary": ("date", "time", "tickets", "calls"), "display": ("date", "time", "waiting", "counters", "queue")}
SLOTS_MIN = (5, 6, 10, 12, 15, 20, 30, 60)
DISPLAY_SLOT_MIN = 15
MOST_STEPS = 60
"""A number that jumps further between two snapshots was set anew."""
MOST_SHOWN = 10
MOST = 1e6

Row = tuple[int, dict[str, str]]


def read_counts(files: Sequence[str | os.PathLike[str]]) -> list[CountedDay]:
    """Read files of counts, all of one kind.

    Raises
    ------
    LogError
        If a column is missing, or naming the rows that cannot be.
    """
    days: list[CountedDay] = []
    for file in files:
        name, kind, rows = _rows(file)
        days += _summaries(name, rows) if kind == "summary" else _displays(name, rows)
    if not days:
        raise LogError("holds no counts of any day", os.fspath(files[0]))
    return days


def _rows(file: str | os.PathLike[str]) -> tuple[str, str, list[Row]]:
    """Return the name of a file, its kind and its rows, as texts by column."""
    tried = []
    for kind, columns in (("display", DISPLAY), ("summary", SUMMARY)):
        mapping = _mapping(kind, columns)
        source = open_source(file, mapping)
        try:
            header = find_header(source, mapping)
        except LogError as problem:
            tried.append(problem)
            continue
        rows: list[Row] = []
        for chunk in source.chunks(header.row, header.separator, header.wanted(), 0):
            cells = {field: chunk.columns[at].to_pylist() for field, at in header.fields.items()}
            for i, (row, n) in enumerate(zip(chunk.row.tolist(), chunk.n_fields.tolist(), strict=True)):
                if n >= 0:
                    rows.append((row, {field: cells[field][i] or "" for field in cells}))
        return source.name, kind, rows
    raise tried[-1]


def _mapping(kind: str, columns: dict[str, tuple[str, ...]]) -> Mapping:
    return Mapping(
        name=kind,
        file="",
        label=Label(kind, kind),
        description="",
        hall="",
        separator="",
        quotes=True,
        encoding="",
        fields=0,
        sheet="",
        required=NEEDED[kind],
        columns={field: Column(field, names) for field, names in columns.items()},
        constants={},
        filters=(),
        need=(),
        forgotten_end=0,
        date_order="",
        day_numbers=False,
        crosses_midnight=0,
        date_in_file_name=False,
        visit_by=(),
        private=(),
        hash="",
    )


class _Cells:
    """Reads cells and gathers what cannot be read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.wrong: list[tuple[int, str]] = []

    def moment(self, row: int, cells: dict[str, str]) -> tuple[str, int] | None:
        """Return date and minute of the day; of a stretch, as 9:00-9:30, its beginning."""
        try:
            day, _ = parse_date(cells["date"])
            _, at = parse_time(re.split(r"\s*[-–~—至]\s*", cells["time"])[0])
        except ValueError as problem:
            self.wrong.append((row, str(problem)))
            return None
        return datetime.date.fromordinal(day + datetime.date(1970, 1, 1).toordinal()).isoformat(), at // US_PER_MINUTE

    def number(self, row: int, cells: dict[str, str], field: str, missing: float = math.nan) -> float:
        """Return a count, or what stands for an empty cell."""
        text = cells.get(field, "").replace(",", "")
        if not text:
            return missing
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0.0 <= value <= MOST:
            self.wrong.append((row, f"{field} is {text[:20]!r}, not a number from 0"))
        return value

    def check(self) -> None:
        """Raise if anything was wrong, naming the first rows."""
        if self.wrong:
            shown = "; ".join(f"row {row}: {what}" for row, what in sorted(self.wrong)[:MOST_SHOWN])
            more = f"; and {len(self.wrong) - MOST_SHOWN} more" if len(self.wrong) > MOST_SHOWN else ""
            raise LogError(f"{len(self.wrong)} cells cannot be read: {shown}{more}", self.name)


def _summaries(name: str, rows: list[Row]) -> list[CountedDay]:
    cells = _Cells(name)
    found: dict[tuple[str, str, str], dict[int, tuple[float, ...]]] = defaultdict(dict)
    for row, text in rows:
        moment = cells.moment(row, text)
        tickets, calls = (cells.number(row, text, field, 0.0) for field in ("tickets", "calls"))
        no_shows = cells.number(row, text, "no_shows", 0.0)
        counters, wait = (cells.number(row, text, field) for field in ("counters", "wait"))
        if no_shows > calls:
            cells.wrong.append((row, f"no_shows is {no_shows:g} of {calls:g} calls"))
        if moment is not None:
            own = found[text.get("hall", ""), text.get("queue", ""), moment[0]]
            if moment[1] in own:
                cells.wrong.append((row, f"{moment[0]} {text['time']} stands there twice"))
            own[moment[1]] = (tickets, calls, no_shows, counters, wait)
    slot = _slot_of(found, cells)
    cells.check()
    days = []
    for (hall, queue, date), own in found.items():
        first = min(own)
        table = np.zeros((5, (max(own) - first) // slot + 1))
        table[4] = np.nan  # a slot without a row has no customers, no counters, and no wait
        for at, values in own.items():
            table[:, (at - first) // slot] = values
        waiting = np.cumsum(table[0] - table[1])
        waiting -= min(float(waiting.min()), 0.0)  # more calls than tickets: some had waited before the first slot
        columns = (*table[:3], waiting, *table[3:])
        days.append(CountedDay(hall, queue, date, first, slot, *columns))
    return days


def _slot_of(found: dict[tuple[str, str, str], dict[int, tuple[float, ...]]], cells: _Cells) -> int:
    """Return the length of slots: the largest that all beginnings are multiples of."""
    minutes = {at for own in found.values() for at in own}
    fitting = [slot for slot in SLOTS_MIN if all(at % slot == 0 for at in minutes)]
    if found and not fitting:
        odd = min(at for at in minutes if at % SLOTS_MIN[0])
        cells.wrong.append((0, f"slots begin at odd minutes, as {odd // 60}:{odd % 60:02d}"))
    return fitting[-1] if fitting else SLOTS_MIN[-1]


def _displays(name: str, rows: list[Row]) -> list[CountedDay]:
    cells = _Cells(name)
    found: dict[tuple[str, str, str], list[tuple[int, float, float, str]]] = defaultdict(list)
    for row, text in rows:
        if not text["waiting"]:
            continue  # the display was off
        moment = cells.moment(row, text)
        waiting, counters = (cells.number(row, text, field, 0.0) for field in ("waiting", "counters"))
        if moment is not None:
            key = text.get("hall", ""), text["queue"], moment[0]
            found[key].append((moment[1], waiting, counters, text.get("number", "")))
    cells.check()
    days = (_displayed(*key, sorted(own, key=lambda one: one[0])) for key, own in found.items())
    return [day for day in days if day is not None]


def _displayed(hall: str, queue: str, date: str, seen: list[tuple[int, float, float, str]]) -> CountedDay | None:
    """Return a queue's day, from the first snapshot with somebody to the last call; None without any call."""
    slot = DISPLAY_SLOT_MIN
    steps = list(_steps([number for *_, number in seen]))
    calls = [i for i, step in enumerate(steps) if step]
    if not calls:
        return None
    begin = next(i for i, one in enumerate(seen) if one[1] > 0 or steps[i])
    first, last = seen[begin][0] // slot, seen[calls[-1]][0] // slot
    n = last - first + 1
    called, waiting = np.zeros(n), np.zeros(n)
    counters: list[list[float]] = [[] for _ in range(n)]
    for (at, length, open_now, _), step in zip(seen, steps, strict=True):
        k = at // slot - first
        if 0 <= k < n:
            called[k] += step
            waiting[k] = length
            counters[k].append(open_now)
    empty = [k for k in range(n) if not counters[k]]
    for k in empty:  # no snapshot: as before
        waiting[k] = waiting[k - 1] if k else 0.0
        counters[k] = counters[k - 1] if k else [0.0]
    came = np.diff(waiting, prepend=0.0) + called
    return CountedDay(
        hall,
        queue,
        date,
        first * slot,
        slot,
        arrived=np.maximum(came, 0.0),
        called=called + np.maximum(-came, 0.0),  # who left the line without a number on the display
        no_show=np.zeros(n),
        waiting=waiting,
        counters=np.array([sum(own) / len(own) for own in counters]),
        wait_min=np.full(n, np.nan),
    )


def _steps(numbers: list[str]) -> Iterator[int]:
    """Yield by how many the number called last has gone up at each snapshot; empty ones are as before."""
    last = 0
    for text in numbers:
        match = re.search(r"(\d+)\s*$", text)
        number = int(match[1]) if match else last
        step = number - last
        yield step if 0 < step <= MOST_STEPS else 0
        if step > 0 or step < -MOST_STEPS:
            last = number
