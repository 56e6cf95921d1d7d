"""Visits: THE table. One row per step of a customer, the same for simulated days and for queue-machine logs.

In: a `Model` and the `Log` that an engine wrote for one replication. Out: a pandas DataFrame whose
columns are declared once, in `FIELDS`, with dtype, unit and both names; `servers` gives the intervals
of duty beside it. `save` and `load` keep the table as Parquet or CSV without losing a bit.

Times are microseconds on the clock of the day (0 is its midnight), in pandas' nullable Int64: what did
not happen is `<NA>`, never -1. Rows are sorted by replication, visit and step. The clerk's columns
follow semantics 4 (waiting ends at the call) and 17 (a step and a visit each have an outcome). KPIs of
large runs do not pass through here; they read the engine's rows.

pandas and pyarrow are imported when first needed, so that importing this module costs nothing.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim import __version__
from hallsim.besides import noted, preparations
from hallsim.compiled import (
    NOTE_CALLS,
    NOTE_FIRST_CALL,
    NOTE_QUOTED,
    SEMANTICS,
    SERVER_ROW_FROM,
    SERVER_ROW_SERVER,
    SERVER_ROW_STATE,
    SERVER_ROW_TO,
    SERVER_STATES,
    STEP_BALKED,
    STEP_BLOCKED,
    STEP_NO_SHOW,
    STEP_OUTCOMES,
    STEP_SERVED,
    STEP_SKIPPED,
    VISIT_OUTCOMES,
    Log,
)
from hallsim.day_types import date_of_day
from hallsim.errors import LogError, UsageError, not_one_of
from hallsim.files import atomic_write
from hallsim.model import Model
from hallsim.numbering import ticket_numbers
from hallsim.rows import Steps, unpack, wrapped

if TYPE_CHECKING:
    import pandas as pd

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the table.

    `dtype` is "count" (int64, never missing), "number" and "time" (Int64, may be missing), "date"
    (datetime64[us], a midnight, or NaT), "text" (pandas string in Arrow storage) or "outcome" and
    "visit_outcome" (categories in the order of `compiled.STEP_OUTCOMES`, `compiled.VISIT_OUTCOMES`).
    """

    name: str
    dtype: str
    unit: str
    en: str
    zh: str
    doc: str


FIELDS = (
    Field("hall", "text", "", "hall", "营业厅", "name of the hall"),
    Field("date", "date", "day", "date", "日期", "calendar date; missing for a simulated day that has none"),
    Field("day_type", "text", "", "day type", "日类型", "type of the simulated day; missing where days have none"),
    Field("replication", "number", "", "replication", "重复编号", "number of the simulated day; missing in logs"),
    Field("day", "number", "", "day of the horizon", "周期内天数", "from 1; missing where days are no parts of one"),
    Field("visit", "count", "", "visit", "客户序号", "number of the customer in the day, by arrival, from 0"),
    Field("person", "number", "", "person", "客户编号", "who comes again on a later day is the same; likewise"),
    Field("step", "count", "", "step", "步骤", "number of the step in the visit, from 0"),
    Field("ticket_no", "text", "", "ticket number", "排队号", "prefix and running number of line and day, from 001"),
    Field("ticket_class", "text", "", "ticket class", "号类", "class of the ticket; missing without one"),
    Field("line", "text", "", "line", "队列", "line joined; missing for who was turned away at the door"),
    Field("station", "text", "", "station", "区域", "station of the line"),
    Field("transaction", "text", "", "transaction", "业务", "business that the customer came for"),
    Field("segment", "text", "", "segment", "客户类别", "segment of the customer"),
    Field("priority", "number", "", "priority", "优先级", "rank of the line; 0 is called first"),
    Field("source", "text", "", "source", "来源", "stream through which the customer came"),
    Field("t_arrive", "time", "us", "arrival time", "到厅时间", "came through the door"),
    Field("t_ticket", "time", "us", "ticket time", "取号时间", "joined the line; missing for who did not"),
    Field("t_call_first", "time", "us", "first call time", "首次叫号时间", "first called"),
    Field("t_call_last", "time", "us", "call time", "叫号时间", "last called"),
    Field("n_calls", "number", "", "calls", "叫号次数", "times called; 0 is never"),
    Field("t_start", "time", "us", "start time", "开始办理时间", "service began"),
    Field("t_end", "time", "us", "end time", "办结时间", "the step was over: served, given up or sent away"),
    Field("t_wrap_end", "time", "us", "wrap-up end time", "后续处理结束时间", "the server was free again"),
    Field("counter", "text", "", "counter", "台席", "server who called"),
    Field("staff", "text", "", "staff", "办理人员", "person at the counter, where logs tell; else missing"),
    Field("outcome", "outcome", "", "outcome", "结果", "how the step ended; missing for who was sent on at the door"),
    Field("visit_outcome", "visit_outcome", "", "visit outcome", "到访结果", "how the visit ended; last step only"),
    Field("exit", "text", "", "exit", "离开方式", "way out that a route led to; last step only"),
    Field("ahead_at_ticket", "number", "", "ahead", "前面等候人数", "waiting in the same line on coming to it"),
    Field("quoted_wait", "time", "us", "quoted wait", "预计等候时长", "wait that the queue machine told the customer"),
    Field("prepared_start", "time", "us", "pre-acceptance start", "预受理开始时间", "a clerk began it"),
    Field("prepared_end", "time", "us", "pre-acceptance end", "预受理结束时间", "it was over, or broken off"),
)
"""The columns of the table, in order."""

FIELD = {field.name: field for field in FIELDS}
SERVER_COLUMNS = ("server", "station", "state", "t_from", "t_to")
SUFFIXES = (".parquet", ".csv")
_ID = np.uint64((1 << 63) - 1)
"""What of the key of a person stands in the table."""
LATER = ("day_type", "day", "person")
"""Columns that tables of earlier versions lack."""
PROVENANCE = ("version", "scenario_hash", "seed", "semantics")
"""What `DataFrame.attrs` carries, and the Parquet file with it."""

_CATEGORIES = {"outcome": STEP_OUTCOMES[1:], "visit_outcome": VISIT_OUTCOMES[1:]}


class Names(NamedTuple):
    """Names and tables of a model by the numbers that the engines use."""

    lines: tuple[str, ...]
    line_station: I64
    line_class: I64
    line_rank: I64
    servers: tuple[str, ...]
    server_station: I64


@functools.lru_cache(maxsize=8)
def names(model: Model) -> Names:
    """Return the names of lines and servers in the engines' numbering (`compiled.compile_model`)."""
    lines, line_station, line_class, line_rank = [], [], [], []
    for i, station in enumerate(model.stations):
        for _, line in sorted(enumerate(station.lines), key=lambda item: (item[1].rank, item[0])):
            lines.append(line.name)
            line_station.append(i)
            line_class.append(line.ticket_class)
            line_rank.append(line.rank)
    servers = [(s.name, i) for i, station in enumerate(model.stations) for s in station.servers]
    return Names(
        tuple(lines),
        np.array(line_station, np.int64),
        np.array(line_class, np.int64),
        np.array(line_rank, np.int64),
        tuple(name for name, _ in servers),
        np.array([i for _, i in servers], np.int64),
    )


def build(
    model: Model | Any,
    log: Log,
    replication: int | None = 0,
    date: datetime.date | str | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """Build the table of one replication.

    Customers who balked, found no room or never came to a line hold no ticket: `ticket_no` and
    `t_ticket` are missing, `t_end` says when they turned back. Tickets are numbered in each line in the
    order of joining (ties as semantics 2 orders them); a customer who is interrupted, or skipped and comes
    back, keeps the ticket.

    Parameters
    ----------
    model : the hall that was simulated: a `Model`, or a `Scenario`, which carries one
    log : what the engine wrote
    replication : number of the day, or of the horizon that it belongs to; None where it has none
    date : calendar date of the day, as `datetime.date` or "2024-03-05"; that of a logged day is known
    seed : recorded in `DataFrame.attrs` with version, scenario hash and semantics number

    Returns
    -------
    pandas.DataFrame
        One row per step, columns as in `FIELDS`, sorted by visit and step.
    """
    model = getattr(model, "model", model)
    if date is None and replication is not None:
        date = date_of_day(model, max(log.number, 0) if model.horizon is not None else replication) or None
    known = names(model)
    s = unpack(log.rows)
    s = Steps(*(column[np.lexsort((s.step, s.customer))] for column in s))
    n = len(s.customer)
    station = _pick(known.line_station, s.line)
    ticket_class = _pick(known.line_class, s.line)
    joined = (s.line >= 0) & (s.outcome != STEP_BALKED) & (s.outcome != STEP_BLOCKED)
    called, calls = s.t_call >= 0, noted(s.customer, s.step, log.notes, NOTE_CALLS)
    never = np.full(n, -1, dtype=np.int64)
    prepared = preparations(s.customer, s.t_join, log.server_rows)
    exits = [e.name for e in model.exits]
    columns: dict[str, Any] = {
        "hall": _text([model.name], np.zeros(n, np.int64)),
        "date": np.full(n, _day(date)),
        "day_type": _text([model.days[log.day].kind], np.full(n, 0 if model.day_types else -1, np.int64))
        if model.days
        else _text([], np.full(n, -1, np.int64)),
        "replication": _nullable(never if replication is None else np.full(n, replication, np.int64)),
        "day": _nullable(never if log.number < 0 else np.full(n, log.number + 1, np.int64)),
        "visit": s.customer,
        "person": _nullable((log.persons[s.customer] & _ID).astype(np.int64) if len(log.persons) else never),
        "step": s.step,
        "ticket_no": _strings(ticket_numbers(s, joined, ticket_class, [c.prefix for c in model.ticket_classes])),
        "ticket_class": _text([c.name for c in model.ticket_classes], np.where(joined, ticket_class, -1)),
        "line": _text(known.lines, s.line),
        "station": _text([x.name for x in model.stations], station),
        "transaction": _text([model.transactions[t.transaction].name for t in model.types], s.type),
        "segment": _text([model.segments[t.segment].name for t in model.types], s.type),
        "priority": _nullable(_pick(known.line_rank, s.line)),
        "source": _text([x.name for x in model.sources], s.source),
        "t_arrive": _nullable(s.t_arrive),
        "t_ticket": _nullable(np.where(joined, s.t_join, -1)),
        "t_call_first": _nullable(np.where(calls > 0, noted(s.customer, s.step, log.notes, NOTE_FIRST_CALL), s.t_call)),
        "t_call_last": _nullable(s.t_call),
        "n_calls": _nullable(np.where(calls > 0, calls, called)),
        "t_start": _nullable(np.where(np.isin(s.outcome, (STEP_NO_SHOW, STEP_SKIPPED)), -1, s.t_call + s.walk)),
        "t_end": _nullable(s.t_end),
        "t_wrap_end": _nullable(np.where(called, wrapped(s, log.server_rows), -1)),
        "counter": _text(known.servers, s.server),
        "staff": _text([], never),
        # At the door an engine writes "served" for who is sent elsewhere; no step was served here.
        "outcome": _category("outcome", np.where((s.line < 0) & (s.outcome == STEP_SERVED), -1, s.outcome - 1)),
        "visit_outcome": _category("visit_outcome", s.visit_outcome - 1),
        "exit": _text(exits, s.exit),
        "ahead_at_ticket": _nullable(np.where(s.line >= 0, s.ahead, -1)),
        "quoted_wait": _nullable(noted(s.customer, s.step, log.notes, NOTE_QUOTED)),
        "prepared_start": _nullable(prepared[0]),
        "prepared_end": _nullable(prepared[1]),
    }
    return frame(columns, provenance(model.scenario_hash, seed))


def servers(model: Model, log: Log) -> pd.DataFrame:
    """Return the intervals of duty of every server.

    Returns
    -------
    pandas.DataFrame
        `server`, `station`, `state` ("duty" as scheduled, "overtime" past it; inside these, what else is known, such
        as "down" or "preparing"), `t_from`
        and `t_to` (int64 microseconds of the day, half open), in the order of the log. Paid time is the sum of
        duty and overtime.
    """
    import pandas as pd

    known = names(model)
    rows = log.server_rows
    server = rows[:, SERVER_ROW_SERVER]
    states = pd.Categorical.from_codes(rows[:, SERVER_ROW_STATE] - 1, categories=list(SERVER_STATES[1:]))
    columns = (
        _text(known.servers, server),
        _text([x.name for x in model.stations], _pick(known.server_station, server)),
        states,
        rows[:, SERVER_ROW_FROM].copy(),
        rows[:, SERVER_ROW_TO].copy(),
    )
    return pd.DataFrame(dict(zip(SERVER_COLUMNS, columns, strict=True)))


def frame(columns: dict[str, Any], attrs: dict[str, Any] | None = None) -> pd.DataFrame:
    """Return a table with exactly the declared columns and dtypes; columns not given are missing throughout.

    Raises
    ------
    LogError
        If a value does not fit the dtype of its column.
    """
    import pandas as pd

    n = len(next(iter(columns.values())))
    whole = {}
    for field in FIELDS:
        values = columns.get(field.name)
        if values is None:
            values = pd.array([pd.NA] * n, dtype="Int64") if field.dtype != "date" else [pd.NaT] * n
            if field.dtype not in ("number", "time", "date"):
                values = [pd.NA] * n
        try:
            whole[field.name] = pd.Series(values, dtype=pandas_dtype(field), copy=False)
        except (TypeError, ValueError) as problem:
            raise LogError(f"column {field.name}: not every value is a {field.dtype} ({problem})") from problem
    table = pd.DataFrame(whole, copy=False)
    table.attrs = dict(attrs or {})
    return table


def pandas_dtype(field: Field) -> Any:
    """Return the pandas dtype of a column."""
    import pandas as pd

    if field.dtype in _CATEGORIES:
        return pd.CategoricalDtype(list(_CATEGORIES[field.dtype]))
    if field.dtype == "text":
        return pd.StringDtype("pyarrow")
    return {"count": "int64", "number": "Int64", "time": "Int64", "date": "datetime64[us]"}[field.dtype]


def provenance(scenario_hash: str = "", seed: int | None = None) -> dict[str, Any]:
    """Return what every saved table carries: version, scenario hash, seed and semantics number."""
    return {"version": __version__, "scenario_hash": scenario_hash, "seed": seed, "semantics": SEMANTICS}


def save(visits: pd.DataFrame | Iterable[pd.DataFrame], path: str | os.PathLike[str]) -> int:
    """Write the table as Parquet or CSV, by the ending of `path`; nobody ever sees half a file.

    Parameters
    ----------
    visits : one table, or any number of them in turn, written one after the other in flat memory
    path : ends in ".parquet" (carries the provenance) or ".csv" (UTF-8, column names as in `FIELDS`,
        times in microseconds, missing values empty; carries no provenance)

    Returns
    -------
    int
        The number of rows written.

    Raises
    ------
    UsageError
        If the ending is not known.
    OSError
        If the file cannot be written; an older file of that name is untouched.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    suffix = _suffix(path)
    tables = [visits] if isinstance(visits, pd.DataFrame) else visits
    schema, n_rows = _arrow_schema(), 0
    with atomic_write(path) as file:
        writer: Any = None
        try:
            for table in tables:
                if writer is None and suffix == ".parquet":
                    noted = {"table": "visits"} | {key: table.attrs.get(key) for key in PROVENANCE}
                    schema = schema.with_metadata({"hallsim": json.dumps(noted)})
                    writer = pa.parquet.ParquetWriter(file, schema, compression="zstd")
                elif writer is None:
                    writer = pa.csv.CSVWriter(file, schema)
                writer.write_table(_to_arrow(table, schema))
                n_rows += len(table)
            if writer is None:
                raise UsageError("nothing to save: no table was given")
            writer.close()
        except BaseException:
            _abandon(writer)
            raise
    return n_rows


def load(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table that `save` wrote, the same to the last bit.

    Raises
    ------
    UsageError
        If the ending is not known.
    LogError
        If the file is not such a table; the message names the column.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    suffix = _suffix(path)
    schema, attrs = _arrow_schema(), {}
    try:
        if suffix == ".parquet":
            table = pa.parquet.read_table(os.fspath(path), partitioning=None)
            note = json.loads((table.schema.metadata or {}).get(b"hallsim", b"{}"))
            attrs = {key: note.get(key) for key in PROVENANCE} if note else {}
        else:
            options = pa.csv.ConvertOptions(
                column_types={f.name: f.type for f in schema}, null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            )  # fmt: skip
            table = pa.csv.read_csv(
                os.fspath(path),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=options,
            )
    except (pa.ArrowInvalid, ValueError, AttributeError) as problem:
        raise LogError(f"not a table of visits: {str(problem).splitlines()[0]}", str(path)) from problem
    for name in LATER:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), schema.field(name).type))
    missing = [f.name for f in FIELDS if f.name not in table.column_names]
    if missing:
        raise LogError(f"not a table of visits: no column {', '.join(missing)}", str(path))
    try:
        table = table.select([f.name for f in FIELDS]).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as problem:
        raise LogError(f"not a table of visits: {problem}", str(path)) from problem
    return _from_arrow(table, attrs, str(path))


def clock(t: int, decimals: int = 6) -> str:
    """Return a time as a clock shows it, of fixed width below 100 hours; cut, not rounded.

    >>> clock(32_430_000_001), clock(32_430_999_999, 0)
    ('09:00:30.000001', '09:00:30')
    """
    seconds, rest = divmod(int(t), 1_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:06d}"[: len(text) + 1 + decimals] if decimals else text


def _pick(table: I64, index: I64) -> I64:
    """Return `table[index]`, -1 where the index is -1."""
    return np.append(table, -1)[index]


def _text(values: Iterable[str], codes: I64) -> Any:
    """Return the names of `codes`, missing where the code is -1."""
    import pyarrow as pa

    return _strings(pa.array(list(values), pa.large_string()).take(pa.array(codes, pa.int64(), mask=codes < 0)))


def _strings(array: Any) -> Any:
    import pandas as pd

    return pd.StringDtype("pyarrow").__from_arrow__(array)


def _nullable(values: I64) -> Any:
    """Return an Int64 column in which -1 has become missing."""
    import pandas as pd

    mask = values < 0
    return pd.arrays.IntegerArray(np.where(mask, 0, values), mask)


def _category(dtype: str, codes: I64) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=list(_CATEGORIES[dtype]))


def _day(date: datetime.date | str | None) -> np.datetime64:
    if date is None:
        return np.datetime64("NaT", "us")
    try:
        day = date if isinstance(date, datetime.date) else datetime.date.fromisoformat(date)
    except ValueError as problem:
        raise UsageError(f"{date!r} is not a date such as 2024-03-05") from problem
    return np.datetime64(day.isoformat(), "us")


def _suffix(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{os.fspath(path)}: {not_one_of(suffix, 'an ending of a table of visits', SUFFIXES)}")
    return suffix


def _arrow_schema() -> Any:
    import pyarrow as pa

    kinds = {"count": pa.int64(), "number": pa.int64(), "time": pa.int64(), "date": pa.date32()}
    return pa.schema([pa.field(f.name, kinds.get(f.dtype, pa.string())) for f in FIELDS])


def _abandon(writer: Any) -> None:
    """Close a writer whose file is being given up; left open, it complains when it is collected."""
    if writer is not None:
        with contextlib.suppress(Exception):
            writer.close()
        if getattr(writer, "is_open", False):
            writer.is_open = False


def _to_arrow(table: pd.DataFrame, schema: Any) -> Any:
    import pyarrow as pa

    if list(table.columns) != [f.name for f in FIELDS]:
        raise UsageError("not a table of visits: its columns differ from hallsim.visits.FIELDS")
    columns = [pa.array(table[f.name], from_pandas=True) for f in FIELDS]
    return pa.table([c.cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _from_arrow(table: Any, attrs: dict[str, Any], path: str) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {}
    for field in FIELDS:
        column = table[field.name]
        if field.dtype == "count":
            if column.null_count:
                raise LogError(f"column {field.name}: a value is missing", path)
            columns[field.name] = column.to_numpy().copy()
        elif field.dtype in ("number", "time"):
            columns[field.name] = pd.Int64Dtype().__from_arrow__(column)
        elif field.dtype == "date":
            columns[field.name] = column.to_numpy().astype("datetime64[us]")
        elif field.dtype == "text":
            columns[field.name] = _strings(column)
        else:
            known = list(_CATEGORIES[field.dtype])
            for found in column.unique().to_pylist():
                if found is not None and found not in known:
                    raise LogError(f"column {field.name}: {not_one_of(found, 'an outcome', known)}", path)
            columns[field.name] = pd.Categorical(column.to_pylist(), categories=known)
    return frame(columns, attrs)
