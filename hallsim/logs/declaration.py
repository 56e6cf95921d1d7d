"""The mapping language, declared once: how a queue machine's log is read into the table of visits.

In: nothing. Out: `MAPPING`, from which validation (`mapping`) and the page `hallsim/docs/mapping.md` (`docs`)
are derived. Kinds of value, places of complaints and strictness are those of scenario files
(`hallsim.scenario.kinds`). What the keys mean for each other is checked in `mapping`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hallsim.compiled import STEP_OUTCOMES
from hallsim.errors import not_one_of
from hallsim.scenario.kinds import LENGTH, Choice, Either, Key, Kind, ListOf, Quantity, Record, Schema, Text, Whole
from hallsim.scenario.labels import LABEL
from hallsim.scenario.tables import Reading
from hallsim.scenario.tree import Path
from hallsim.units import DURATION_FORMS, parse_duration, show, to_ticks
from hallsim.visits import FIELD

FORMAT = 1
"""The version of this language."""

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
DATE_ORDERS = ("ymd", "dmy", "mdy")
UNITS = ("ms", "s", "min", "h")

TEXT_FIELDS = (
    "hall",
    "ticket_no",
    "ticket_class",
    "line",
    "station",
    "transaction",
    "segment",
    "source",
    "counter",
    "staff",
)
TIME_FIELDS = ("t_arrive", "t_ticket", "t_call_first", "t_call_last", "t_start", "t_end", "t_wrap_end")
"""In the order in which they happen."""
NUMBER_FIELDS = ("priority", "n_calls", "ahead_at_ticket")
DURATION_FIELDS = ("wait", "service", "wrap_up")
VISIT_KEYS = ("customer", *(f for f in TEXT_FIELDS if f not in ("hall", "staff")))
CONSTANTS = tuple(f for f in TEXT_FIELDS if f not in ("hall", "ticket_no", "staff"))

DROP = "drop"
OUTCOMES = tuple(o for o in STEP_OUTCOMES if o)


@dataclass(frozen=True)
class Flag(Kind):
    """`true` or `false`."""

    def read(self, data: Any, path: Path, ctx: Reading) -> bool | None:
        if isinstance(data, bool):
            return data
        ctx.add(path, f"needs true or false, not {show(data)}")
        return None

    def describe(self) -> str:
        return "`true` or `false`"

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Cell(Kind):
    """The text of a cell; an empty text stands for an empty cell."""

    def read(self, data: Any, path: Path, ctx: Reading) -> str | None:
        if isinstance(data, (dict, list)) or data is None:
            ctx.add(path, f'needs the text of a cell ("" for an empty one), not {show(data)}')
            return None
        return str(data).strip()

    def describe(self) -> str:
        return "text"

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class Translation(Kind):
    """A mapping from values of the log to ours; an empty value means that nothing is known."""

    what: str
    value: Kind
    takes = frozenset({"mapping"})

    def read(self, data: Any, path: Path, ctx: Reading) -> dict[str, Any] | None:
        if not isinstance(data, dict) or not data:
            ctx.add(path, f"needs a mapping from values of the log to {self.what}, not {show(data or None)}")
            return None
        return {
            name: None if value is None else self.value.read(value, (*path, name), ctx) for name, value in data.items()
        }

    def describe(self) -> str:
        return f"mapping from values of the log to {self.what}"

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"anyOf": [{"type": "null"}, self.value.schema()]}}


@dataclass(frozen=True)
class FieldName(Kind):
    """The name of a column of the table of visits, out of those that make sense here."""

    known: tuple[str, ...]

    def read(self, data: Any, path: Path, ctx: Reading) -> str | None:
        if isinstance(data, str) and data in self.known:
            return data
        ctx.add(path, not_one_of(data if isinstance(data, str) else show(data), "a field here", self.known))
        return None

    def describe(self) -> str:
        return ", ".join(f"`{name}`" for name in self.known)

    def schema(self) -> Schema:
        return {"enum": list(self.known)}


_TOLERANCE = Quantity("duration", lambda text: to_ticks(parse_duration(text)), DURATION_FORMS)
NAMES = Either((Text(), ListOf(Text(), "header names")))
VALUES = Either((Cell(), ListOf(Cell(), "values")))
_OUTCOME = Choice("an outcome", (*OUTCOMES, DROP))
BY_WAIT = Record(
    "an outcome by waiting",
    (
        Key("waited", _OUTCOME, "outcome of who waited longer than 0", required=True, example="reneged"),
        Key("at_once", _OUTCOME, "outcome of who waited 0", required=True, example="balked"),
    ),
    "One word of the log that means two things: which one, the wait tells.",
)
_NAMES_KEY = Key(
    "names",
    NAMES,
    "header of the column, or several that it may have; capitals do not matter, and `_` is a blank",
    required=True,
    example="[Counter, 窗口]",
)
_MISSING_KEY = Key(
    "missing",
    VALUES,
    "values that mean that nothing is known; a `*` at the end stands for any rest",
    "empty cells, `-`, `NULL`, `N/A`, `NaN`, always",
    example="[NO_SERVER]",
)
COLUMN = Record(
    "a column",
    (
        _NAMES_KEY,
        Key("only", VALUES, "the values that are known; other rows are dropped", "any", example="[A, B]"),
        Key(
            "values",
            Translation("our values", Text()),
            "the values that are known, and what they are called here; other rows are dropped",
            "any, as written",
            example="{A: counter, B: kiosk}",
        ),
        Key(
            "rename",
            Translation("the spelling that is meant", Text()),
            "spellings that are taken for another; other values stay as they are",
            "none",
            example="{COUNTER1: Counter 1}",
        ),
        _MISSING_KEY,
    ),
    "One column of the log. Its header alone, or a list of headers, may stand for the mapping.",
)
OUTCOME_COLUMN = Record(
    "the column of outcomes",
    (
        _NAMES_KEY,
        Key(
            "values",
            Translation("outcomes", Either((_OUTCOME, BY_WAIT))),
            "what the log's words mean: an outcome of a step, `drop` for rows that are not wanted, or an outcome by "
            "waiting; rows with other words are dropped",
            "the outcomes' own names",
            example="{AGENT: served, LEFT: reneged, TEST: drop}",
        ),
        _MISSING_KEY,
    ),
    "How a step ended. Without such a column, or where it is empty, a step that has a start of service was served.",
)
DURATION_COLUMN = Record(
    "a column of durations",
    (
        _NAMES_KEY,
        Key("unit", Choice("a unit", UNITS), "unit of plain numbers; `0:02:30` is read too", "`s`"),
        Key(
            "wins",
            Choice("what wins", ("times", "duration")),
            "what holds where the duration and the clock times differ: with `duration` the call is moved to ticket "
            "plus wait, the end to start plus service",
            "`times`",
        ),
        Key("tolerance", _TOLERANCE, "a difference up to this is rounding, and not reported", "1 s"),
        _MISSING_KEY,
    ),
    "A length that the machine has written beside the clock times.",
)

_FIELD_DOC = {
    **{name: FIELD[name].doc for name in (*TEXT_FIELDS, *TIME_FIELDS, *NUMBER_FIELDS)},
    "hall": "name of the hall, where one log holds several",
    "ticket_no": "number on the ticket",
    "staff": "person at the counter; written as a pseudonym",
    "line": "line joined; without such a column the station and the ticket class together",
    "t_arrive": "came in, where that is known apart from the ticket; else the first ticket of the visit",
    "t_ticket": "took the ticket, joined this line",
    "t_call_last": "called, the last time; without such a column the start of service",
    "t_start": "service began; without such a column the call",
    "t_end": "service ended, or the customer gave up",
    "t_wrap_end": "the server was free again; without such a column the end",
    "priority": "rank of the line, 0 is called first",
    "ahead_at_ticket": "waiting in the same line; without such a column counted in the log",
}


def _column_key(name: str, kind: Kind, doc: str, required: bool = False) -> Key:
    return Key(name, kind, doc, "not in the log", required=required)


_COLUMN = Either((Text(), ListOf(Text(), "header names"), COLUMN))
BOOKED = "t_booked"
"""The time of booking, which makes a mapping one of transaction records."""
BOOKED_AS = ("t_ticket", "t_start", "t_end")
"""What it stands for in the table that records are read into: steps of no length."""
COLUMNS = Record(
    "the columns",
    (
        _column_key("date", _COLUMN, "the day; without such a column it is taken from the times"),
        *(
            _column_key(name, _COLUMN, _FIELD_DOC[name], name == "t_ticket")
            for name in (*TEXT_FIELDS, *TIME_FIELDS, *NUMBER_FIELDS)
        ),
        _column_key("outcome", Either((Text(), ListOf(Text(), "header names"), OUTCOME_COLUMN)), "how the step ended"),
        *(
            _column_key(name, Either((Text(), ListOf(Text(), "header names"), DURATION_COLUMN)), doc)
            for name, doc in zip(
                DURATION_FIELDS,
                ("how long the wait was", "how long the service was", "how long the server worked on after it"),
                strict=True,
            )
        ),
        _column_key("customer", _COLUMN, "what tells customers apart, such as a call's number; not in the output"),
        _column_key("leg", _COLUMN, "number of the leg in the visit, for legs that begin at the same time"),
    ),
    "Which column of the log is which field. A column that stands for several fields is named with each. Columns "
    "that are not named here are not read at all.",
)
RECORD_COLUMNS = Record(
    "columns of transaction records",
    (
        _column_key("date", _COLUMN, "the day; without such a column it is taken from the time of booking"),
        _column_key(BOOKED, _COLUMN, "when the transaction was booked, by the clock of the booking system", True),
        _column_key("transaction", _COLUMN, "its code or name", True),
        _column_key("staff", _COLUMN, "who booked it, by the same name as in the log; written as a pseudonym"),
        _column_key("counter", _COLUMN, "where it was booked, by the same name as in the log"),
        _column_key("customer", _COLUMN, "number of the record, which tells two apart that look the same"),
    ),
    "Which column of the records of another system, such as billing, is which field. They have no ticket numbers; "
    "of `staff` and `counter` one at least must be there. All else in such a mapping is as for logs, without `hall`, "
    "`constants` and `visit`.",
)
READ = Record(
    "how to read",
    (
        Key(
            "separator",
            Choice("a separator", (*SEPARATORS, "auto")),
            "between the fields of a text file; `auto` takes the one that finds the columns",
            "`auto`",
        ),
        Key("quotes", Flag(), 'whether fields may stand in double quotes ("a,b")', "`true`"),
        Key(
            "encoding",
            Text(),
            "of a text file, such as `gb18030` or `cp1250`; `auto` tries UTF-8, then GB18030, and knows UTF-16 by "
            "its mark",
            "`auto`",
        ),
        Key("fields", Whole(1, 10_000), "fields that a row must have, exactly", "as many as the header"),
        Key("sheet", Text(), "name of the sheet of an Excel file", "the first"),
        Key(
            "required",
            ListOf(FieldName((*(key.name for key in COLUMNS.keys), BOOKED)), "fields"),
            "fields whose column must exist",
            "all under `columns`",
            example="[date, t_ticket, t_end]",
        ),
    ),
    "How a file becomes rows. Text files (gzipped or not), Excel and Parquet are told apart by their content. The "
    "header is the first row, among the first 20, that has every required column; rows above it are a title.",
)
ROW_FILTER = Record(
    "a choice of rows",
    (
        _NAMES_KEY,
        Key("values", VALUES, "values of that column; an empty text stands for empty cells", required=True),
    ),
    "Rows by the value of one column, which need not be one of `columns`.",
)
ROWS = Record(
    "the rows",
    (
        Key("drop", ListOf(ROW_FILTER, "choices"), "rows that are not wanted", "none"),
        Key("keep", ListOf(ROW_FILTER, "choices"), "rows that are wanted; all others are not", "all"),
        Key(
            "need",
            ListOf(FieldName((*TEXT_FIELDS, *NUMBER_FIELDS)), "fields"),
            "fields without which a row is useless",
            "none",
            example="[counter]",
        ),
        Key(
            "forgotten_end", LENGTH, "services longer than this are reported (and kept)", "not reported", example="1 h"
        ),
    ),
    "Which rows are used.",
)
TIMES = Record(
    "dates and times",
    (
        Key(
            "date_order",
            Choice("an order", DATE_ORDERS),
            "how dates such as `5/3/24` are meant; years of four digits in front and months in letters need no telling",
            "such dates are not read",
        ),
        Key(
            "day_numbers",
            Flag(),
            "whether a number below 20000 as date is that of a simulated day; others are Excel's numbers of dates",
            "`false`",
        ),
        Key(
            "crosses_midnight",
            LENGTH,
            "a time of day earlier than the one before it belongs to the next day if it is then at most this much "
            "later",
            "never",
            example="4 h",
        ),
        Key(
            "date_in_file_name",
            Flag(),
            "whether the date is taken from the file's name, as in `hall_2024-03-05.csv`",
            "`false`",
        ),
    ),
    "How dates and clock times are meant. Read are, among others, `2024/3/5 9:03`, `2024-03-05T09:03:07.25`, "
    "`1-Aug-19`, `990201`, `20240305`, `2024年3月5日`, `9:03:07 AM`, `下午3:05`, `27:15`, Excel's dates and its day "
    "numbers. Time zones are ignored: a log tells the time on the wall.",
)
VISIT = Record(
    "a visit",
    (
        Key(
            "by",
            ListOf(FieldName(VISIT_KEYS), "fields"),
            "rows of one hall and day in which these are the same are the legs of one visit",
            "every row is a visit",
            example="[ticket_no]",
        ),
    ),
    "What makes a visit. Ticket numbers may restart every day.",
)
_FORMAT = Key("format", Whole(1), "version of this language", required=True, example="1")
_ABOUT = (
    Key("label", LABEL, "name in reports", "name of the file"),
    Key("description", Text(), "what kind of log it is for"),
    Key("source", Text(), "where the layout comes from"),
)
_READ_KEY = Key("read", READ, "how a file becomes rows", "all defaults")
_ROWS_KEY = Key("rows", ROWS, "which rows are used", "all")
_TIMES_KEY = Key("times", TIMES, "how dates and times are meant", "all defaults")
_PRIVATE_KEY = Key(
    "private",
    ListOf(Text(), "header names"),
    "columns that identify a customer: never read beyond the row they stand in, never in any output or message",
    "none",
    example="[Phone, 手机号]",
)
MAPPING = Record(
    "a mapping",
    (
        _FORMAT,
        *_ABOUT,
        Key("hall", Text(), "name of the hall, where no column tells", "name of the log"),
        _READ_KEY,
        Key("columns", COLUMNS, "which column is which field", required=True),
        Key(
            "constants",
            Record("the constants", tuple(Key(name, Text(), _FIELD_DOC[name]) for name in CONSTANTS)),
            "fields that are the same in every row",
            "none",
            example="{station: counter}",
        ),
        _ROWS_KEY,
        _TIMES_KEY,
        Key("visit", VISIT, "what makes a visit", "every row is a visit"),
        _PRIVATE_KEY,
    ),
    "A mapping is one YAML file.",
)
RECORD_MAPPING = Record(
    "a mapping of transaction records",
    (
        _FORMAT,
        *_ABOUT,
        _READ_KEY,
        Key("columns", RECORD_COLUMNS, "which column is which field", required=True),
        _ROWS_KEY,
        _TIMES_KEY,
        _PRIVATE_KEY,
    ),
)
RECORDS = {
    "mapping": MAPPING,
    "read": READ,
    "columns": COLUMNS,
    "columns of transaction records": RECORD_COLUMNS,
    "a column": COLUMN,
    "the column of outcomes": OUTCOME_COLUMN,
    "an outcome by waiting": BY_WAIT,
    "columns of durations": DURATION_COLUMN,
    "rows": ROWS,
    "choices of rows": ROW_FILTER,
    "times": TIMES,
    "visit": VISIT,
}
"""The mappings of the language in the order of the documentation."""
