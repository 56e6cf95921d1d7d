"""Cleaning: raw rows -> legs, one rule after the other.

In: chunks of text from a `Source`. Out: pyarrow tables of legs (`SCHEMA`): one row per step, times in microseconds
since the midnight of its date, `NONE` where nothing is known. Every row that does not come out is counted under
the rule that dropped it. What needs more than one row, duplicates and visits, comes later (`days`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import STEP_OUTCOMES
from hallsim.logs import cells
from hallsim.logs.cells import NONE, Moments, Texts
from hallsim.logs.declaration import DROP, DURATION_FIELDS, NUMBER_FIELDS, TEXT_FIELDS, TIME_FIELDS
from hallsim.logs.header import Header
from hallsim.logs.mapping import Mapping, fold
from hallsim.logs.moments import DAY_US
from hallsim.logs.report import Example, Tally, shown
from hallsim.logs.rules import RULES
from hallsim.logs.source import BAD_QUOTES, REPEATED_HEADER, Chunk
from hallsim.logs.steps import Steps, place

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

INT_COLUMNS = ("file", "row", "date", "replication", "leg", *TIME_FIELDS, *NUMBER_FIELDS, "outcome", "notes")
TEXT_COLUMNS = (*TEXT_FIELDS, "customer")
ONLY_LINE = "line"
"""Name of the line where a log tells neither line nor station nor class."""

FARTHEST = 7 * DAY_US
"""No step of a dated log lasts longer: a later time is a misread date."""

RULE_BIT = {rule.name: bit for bit, rule in enumerate(RULES)}
_OUTCOME = {name: code for code, name in enumerate(STEP_OUTCOMES)}
_DROP, _UNKNOWN = -1, -2


@dataclass(frozen=True, slots=True)
class Place:
    """Which file a chunk comes from: its number, its name in messages, its header, and the date in its name."""

    number: int
    name: str
    header: Header
    n_fields: int
    date: int


class Cleaner:
    """Cleans the chunks of one log; remembers what texts mean from chunk to chunk."""

    def __init__(self, mapping: Mapping, hall: str, staff: Callable[[str], str] | None, tally: Tally) -> None:
        self.mapping, self.hall, self.staff, self.tally = mapping, hall, staff, tally
        order = mapping.date_order
        self.caches: dict[str, cells.Cache] = {}
        for name, column in mapping.columns.items():
            if name == "date":
                self.caches[name] = cells.dates(column, order, mapping.day_numbers)
            elif name in TIME_FIELDS:
                self.caches[name] = cells.times(column, order)
            elif name in DURATION_FIELDS:
                self.caches[name] = cells.lengths(column)
            elif name in (*NUMBER_FIELDS, "leg"):
                self.caches[name] = cells.whole_numbers(column)

    def clean(self, chunk: Chunk, place_: Place) -> Any:
        """Return the legs of a chunk."""
        rows = _Rows(chunk, place_, self.mapping, self.tally)
        rows.drop("field_count", (chunk.n_fields != place_.n_fields) & (chunk.n_fields >= 0), ())
        rows.drop("bad_quotes", chunk.n_fields == BAD_QUOTES, ())
        rows.drop("repeated_header", chunk.n_fields == REPEATED_HEADER, ())
        read = _Read(self, rows)
        rows.judge(read)
        legs = _legs(self, rows, read)
        return legs


class _Rows:
    """The rows of one chunk, and which of them are still alive."""

    def __init__(self, chunk: Chunk, place_: Place, mapping: Mapping, tally: Tally) -> None:
        self.chunk, self.place, self.mapping, self.tally = chunk, place_, mapping, tally
        self.alive = np.ones(len(chunk.row), dtype=bool)
        self.n_wrong = np.zeros(len(chunk.row), dtype=np.int64)
        self._notes: list[tuple[str, Bool, Sequence[str]]] = []
        tally.rows_read += len(chunk.row)

    def raw(self, field: str) -> Any:
        """Return the cells of a field as they were read, None if the file has no such column."""
        position = self.place.header.fields.get(field)
        return None if position is None else self.chunk.columns[position]

    def drop(self, rule: str, which: Bool, fields: Sequence[str], positions: Sequence[int] = ()) -> None:
        """Drop rows by a rule; their examples show the cells of some fields."""
        self._count(rule, which & self.alive, fields, positions)
        self.alive &= ~which

    def note(self, rule: str, which: Bool, fields: Sequence[str]) -> None:
        """Report rows under a rule, if they are kept in the end."""
        if which.any():
            self._notes.append((rule, which, fields))

    def settle(self) -> I64:
        """Count what was noted of the rows that are kept, and return the rules of every row as bits."""
        bits = np.zeros(len(self.alive), dtype=np.int64)
        for rule in RULE_BIT:
            noted = [(which, fields) for name, which, fields in self._notes if name == rule]
            if noted:
                which = np.logical_or.reduce([which for which, _ in noted])
                self._count(rule, which & self.alive, [f for _, fields in noted for f in fields], ())
                bits |= np.where(which, 1 << RULE_BIT[rule], 0)
        return bits

    def _count(self, rule: str, which: Bool, fields: Sequence[str], positions: Sequence[int]) -> None:
        found = np.flatnonzero(which)
        known = self.place.header.fields
        at = list(dict.fromkeys([*(known[f] for f in fields if f in known), *positions]))
        at = [position for position in at if position != known.get("staff")]
        moments = {known.get(f) for f in ("date", *TIME_FIELDS, *DURATION_FIELDS)}
        few = found[: self.tally.wants_examples(rule)]
        self.tally.add(rule, found.size, [self._example(int(i), at, moments) for i in few])

    def _example(self, i: int, positions: list[int], moments: set[int | None]) -> Example:
        header = self.place.header
        private = bool(self.mapping.private)
        # with several cells wrong the row is probably shifted, and what stands here may be private: only dates and
        # times show that they are none of it
        shifted = private and self.n_wrong[i] > 1
        known = {k: self.chunk.columns[k][i].as_py() for k in positions if k in moments or not shifted}
        visible = {header.names[k]: shown(text, k in moments, private and k in moments) for k, text in known.items()}
        if self.chunk.n_fields[i] not in (BAD_QUOTES, REPEATED_HEADER, self.place.n_fields):
            visible = {"fields": f"{self.chunk.n_fields[i]}, not {self.place.n_fields}"}
        return Example(self.place.name, int(self.chunk.row[i]), visible)

    def judge(self, read: _Read) -> None:
        """Drop the rows that cannot be read, or are not wanted."""
        columns = self.mapping.columns
        for text in read.texts.values():
            self.n_wrong += text.unknown
        for _, bad in (*read.bad_dates, *read.bad_times, *read.bad_numbers):
            self.n_wrong += bad
        self.n_wrong += read.outcome_unknown
        for field, text in read.texts.items():
            self.drop("unknown_value", text.unknown, [field])
        self.drop("unknown_value", read.outcome_unknown, ["outcome"])
        for filter_, position in zip(self.mapping.filters, self.place.header.filters, strict=True):
            known = _values_in(self.chunk.columns[position], filter_.values)
            self.drop("not_wanted", ~known if filter_.wanted else known, (), (position,))
        self.drop("not_wanted", read.outcome_dropped, ["outcome"])
        for field in sorted(self.mapping.need, key=lambda name: name != "counter"):
            if field not in self.mapping.constants:
                rule = "no_counter" if field == "counter" else "missing_value"
                self.drop(rule, read.is_missing(field), [f for f in ("ticket_no", field) if f in columns])
        for field, bad in read.bad_dates:
            self.drop("bad_date", bad, [field])
        for field, bad in read.bad_times:
            self.drop("bad_time", bad, [field])
        for field, bad in read.bad_numbers:
            self.drop("bad_number", bad, [field])
        self.drop("missing_date", read.undated, [f for f in ("ticket_no", "date") if f in columns])
        for field, text in read.texts.items():
            self.note("renamed", text.renamed, [field])
            self.note("long_number", text.hidden, [field])


class _Read:
    """All columns of a chunk, parsed; dates resolved."""

    def __init__(self, cleaner: Cleaner, rows: _Rows) -> None:
        mapping, n = cleaner.mapping, len(rows.alive)
        self.n = n
        self.none = np.full(n, NONE, dtype=np.int64)
        self.no = np.zeros(n, dtype=bool)
        self.texts: dict[str, Texts] = {}
        self.bad_dates: list[tuple[str, Bool]] = []
        self.bad_times: list[tuple[str, Bool]] = []
        self.bad_numbers: list[tuple[str, Bool]] = []
        for field in (*TEXT_FIELDS, "customer"):
            raw = rows.raw(field)
            if raw is not None:
                translate = cleaner.staff if field == "staff" else None
                hidden = None
                if rows.place.header.private and field != "customer" and translate is None:
                    hidden = cells.TELEPHONE if field in ("ticket_no", "staff") else cells.LONG_NUMBER
                self.texts[field] = cells.texts(raw, mapping.columns[field], translate, hidden)
        self.lengths = {f: self._length(cleaner, rows, f) for f in DURATION_FIELDS}
        self.numbers = {f: self._number(cleaner, rows, f) for f in (*NUMBER_FIELDS, "leg")}
        moments = {f: self._read(cleaner, rows, f) for f in TIME_FIELDS}
        self.day, self.replication = self._dates(cleaner, rows, moments)
        self.undated = (self.day == NONE) & (self.replication == NONE)
        self.dated_time = self.no.copy()
        self.times = {f: self._times(f, moments[f]) for f in TIME_FIELDS}
        self._outcomes(mapping, rows)

    def is_missing(self, field: str) -> Bool:
        """Tell which rows lack a field."""
        if field in self.texts:
            missing: Bool = self.texts[field].values.is_null().to_numpy(zero_copy_only=False)
            return missing
        without: Bool = self.numbers.get(field, self.none) == NONE
        return without

    def _read(self, cleaner: Cleaner, rows: _Rows, field: str) -> Moments:
        raw = rows.raw(field)
        return Moments(self.none, self.none, self.no) if raw is None else cells.read(raw, cleaner.caches[field])

    def _length(self, cleaner: Cleaner, rows: _Rows, field: str) -> I64:
        value, _, bad = self._read(cleaner, rows, field)
        self.bad_numbers.append((field, bad | ((value < 0) & (value != NONE))))
        return value

    def _number(self, cleaner: Cleaner, rows: _Rows, field: str) -> I64:
        raw = rows.raw(field)
        if raw is None:
            return self.none
        text = cells.texts(raw, cleaner.mapping.columns[field])
        value, _, bad = cells.read(text.values, cleaner.caches[field])
        self.bad_numbers.append((field, bad | text.unknown | ((value < 0) & (value != NONE))))
        return value

    def _dates(self, cleaner: Cleaner, rows: _Rows, moments: dict[str, Moments]) -> tuple[I64, I64]:
        """Return the day of every row, or its number where it is simulated."""
        day, number, bad = self._read(cleaner, rows, "date")
        self.bad_dates.append(("date", bad))
        for moment in moments.values():
            day = np.where((day == NONE) & (number == NONE) & ~bad, moment.day, day)
        if cleaner.mapping.date_in_file_name and rows.place.date != NONE:
            day = np.where((day == NONE) & (number == NONE) & ~bad, rows.place.date, day)
        return day, number

    def _times(self, field: str, moment: Moments) -> I64:
        """Return the times of a field on the clock of the row's day."""
        dated = (moment.day != NONE) & (self.day != NONE)
        away = np.where(dated, moment.day - self.day, 0)
        far = np.abs(away) > FARTHEST // DAY_US
        time = np.where(moment.us == NONE, NONE, moment.us + np.where(far, 0, away) * DAY_US)
        bad = moment.bad | far | ((time != NONE) & ((time < 0) | ((time > FARTHEST) & (self.day != NONE))))
        self.bad_times.append((field, bad))
        self.dated_time |= dated
        return np.where(bad, NONE, time)

    def _outcomes(self, mapping: Mapping, rows: _Rows) -> None:
        """Find the outcome that the log tells of every row, 0 where it tells none."""
        self.outcome = np.zeros(self.n, dtype=np.int64)
        self.outcome_unknown = self.outcome_dropped = self.no
        raw = rows.raw("outcome")
        if raw is None:
            return
        column = mapping.columns["outcome"]
        known = column.values or {}

        def codes(text: str) -> tuple[int, int]:
            folded = fold(text)
            if folded in known:
                waited, at_once = ((0 if o is None else _DROP if o == DROP else _OUTCOME[o]) for o in known[folded])
                return waited, at_once
            return (0, 0) if column.is_missing(folded) else (_UNKNOWN, _UNKNOWN)

        waited, at_once, _ = cells.read(raw, cells.Cache(codes))
        if self.lengths["wait"] is not self.none:
            some = self.lengths["wait"] > 0
        else:
            some = self.times["t_end"] > self.times["t_ticket"]
        outcome = np.where(some, waited, at_once)
        self.outcome = np.where(outcome == NONE, 0, outcome)
        self.outcome_unknown = self.outcome == _UNKNOWN
        self.outcome_dropped = self.outcome == _DROP


def _values_in(column: Any, values: frozenset[str]) -> Bool:
    """Tell which cells hold one of some folded values."""
    empty = int("" in values)
    found = cells.read(column, cells.Cache(lambda text: (int(fold(text) in values), NONE)))[0]
    known: Bool = np.where(found == NONE, empty, found) == 1
    return known


def _legs(cleaner: Cleaner, rows: _Rows, read: _Read) -> Any:
    """Place the steps in time and return the table of those that are left."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mapping = cleaner.mapping
    steps = Steps(
        alive=rows.alive,
        outcome=read.outcome,
        times=read.times,
        lengths=read.lengths,
        n_calls=read.numbers["n_calls"],
        may_cross=~read.dated_time,
        has={f for f in (*TIME_FIELDS, *DURATION_FIELDS) if f in rows.place.header.fields},
    )
    place(steps, mapping, rows)
    keep = np.flatnonzero(rows.alive)
    turned = pa.array(steps.turned_back[keep])
    columns: dict[str, Any] = {
        "file": np.full(keep.size, rows.place.number, dtype=np.int64),
        "row": rows.chunk.row[keep],
        "date": read.day[keep],
        "replication": read.replication[keep],
        "leg": read.numbers["leg"][keep],
        **{f: steps.times[f][keep] for f in TIME_FIELDS},
        **{f: read.numbers[f][keep] for f in NUMBER_FIELDS},
        "n_calls": steps.n_calls[keep],
        "outcome": steps.outcome[keep],
        "notes": rows.settle()[keep],
    }
    take = pa.array(keep)
    for field in TEXT_COLUMNS:
        if field in read.texts:
            text = read.texts[field].values.take(take)
            columns[field] = text.fill_null(cleaner.hall) if field == "hall" else text
        else:
            constant = cleaner.hall if field == "hall" else mapping.constants.get(field)
            columns[field] = pa.array([constant] * keep.size, pa.string())
    if "line" not in read.texts and "line" not in mapping.constants:
        columns["line"] = _line_of(columns["station"], columns["ticket_class"])
    for field in ("ticket_no", "ticket_class", "line", "station", "counter", "staff"):
        columns[field] = pc.if_else(turned, pa.scalar(None, pa.string()), columns[field])  # joined no line
    return pa.table({name: columns[name] for name in (*INT_COLUMNS, *TEXT_COLUMNS)})


def _line_of(station: Any, ticket_class: Any) -> Any:
    """Return the names of the lines where the log has none: of station and ticket class, as in a hall."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pc.fill_null(text, "") for text in (station, ticket_class)]  # nulls skipped by pyarrow lose their rows
    names = pc.utf8_trim(pc.binary_join_element_wise(*parts, " "), " ")
    return pc.if_else(pc.equal(names, ""), pa.scalar(ONLY_LINE), names)
