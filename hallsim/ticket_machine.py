"""The queue machine's own export: visits as a ticket machine writes them, and back.

In: a table of visits. Out: a CSV file with one row per ticket (a ticket that was interrupted has one
row for each time at a counter), Chinese or English headers, clock times, Excel-friendly encoding; and
the same file read back. It carries what a machine knows, `COLUMNS`, and nothing of a customer's way
from line to line: read back, every ticket is a visit of its own. Rows without a ticket (balked, no
room, turned away at the door) are not in it. Logs of other makers are read elsewhere.

The machine's words for the end of a ticket are not ours, but they match one to one (`MACHINE_OUTCOMES`).
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hallsim.errors import LogError, UsageError, not_one_of
from hallsim.files import atomic_write
from hallsim.visits import FIELD, clock, frame, provenance

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "hall",
    "date",
    "ticket_no",
    "ticket_class",
    "station",
    "transaction",
    "segment",
    "t_ticket",
    "t_call_last",
    "t_start",
    "t_end",
    "counter",
    "staff",
    "outcome",
)
"""What the export carries. In the date's place stands the replication where a simulated day has no date."""

MACHINE_OUTCOMES = {
    "served": ("served", "已办结"),
    "transferred": ("transferred", "已转移"),
    "failed": ("failed", "办理失败"),
    "reneged": ("reneged", "弃号"),
    "no_show": ("no_show", "过号"),
    "closed_out": ("closed", "闭厅未办"),
    "interrupted": ("recycled", "重新排队"),
}
"""Outcome of a step -> the machine's word in English and Chinese.

Its other words (removed, diverted) come with the mechanisms that need them.
"""

LANGUAGES = ("en", "zh")
_CLOCK = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)(?:\.(\d{6}))?")


def export_csv(
    visits: pd.DataFrame,
    path: str | os.PathLike[str],
    lang: str = "zh",
    encoding: str = "utf-8-sig",
    *,
    seconds: bool = False,
    stations: Sequence[str] | None = None,
) -> int:
    """Write the tickets in the layout of a queue machine's export.

    Parameters
    ----------
    visits : the table
    path : the CSV file; replaced as a whole or not at all
    lang : "zh" or "en", for headers and outcomes; names of the hall's things stay as they are
    encoding : "utf-8-sig" opens well in Excel; "gb18030" is what older machines write
    seconds : cut the times to whole seconds, as most machines do; else microseconds, which lose nothing
    stations : the stations that issue tickets, such as ["counter"]; default all

    Returns
    -------
    int
        The number of tickets written.

    Raises
    ------
    UsageError
        If the language, the encoding or a station is not known, or an outcome has no word.
    """
    lang_code = _language(lang)
    table = visits[visits["ticket_no"].notna()]
    if stations is not None:
        present = sorted(set(visits["station"].dropna()))
        for station in stations:
            if station not in present:
                raise UsageError(not_one_of(station, "a station of this table", present))
        table = table[table["station"].isin(list(stations))]
    # In the order of the machine's own journal: day by day, by the time of issue.
    table = table.sort_values(["date", "replication", "t_ticket", "visit", "step"], kind="stable")
    columns = [_written(table, name, lang_code, 0 if seconds else 6) for name in COLUMNS]
    try:
        codecs.lookup(encoding)
        with atomic_write(path, "w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_headers(lang_code))
            writer.writerows(zip(*columns, strict=True))
    except (LookupError, UnicodeEncodeError) as problem:
        raise UsageError(f"encoding {encoding!r} will not do ({problem}); use utf-8-sig or gb18030") from problem
    return len(table)


def import_csv(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a file that `export_csv` wrote: Chinese or English, UTF-8 with or without BOM, or GB18030.

    Returns
    -------
    pandas.DataFrame
        A table of visits in the order of the file. Each row is visit number `row`, step 0. What the
        machine does not know is missing; where a ticket was called, it was called once.

    Raises
    ------
    LogError
        If the file is something else; the message names the row, counted from 1 with the header.
    """
    import pandas as pd

    name = os.fspath(path)
    reader = csv.reader(io.StringIO(_decoded(Path(path).read_bytes(), name), newline=""), strict=True)
    try:
        lines = list(reader)
    except csv.Error as problem:
        raise LogError(f"not a CSV file: {problem}", name, reader.line_num) from problem
    header = lines[0] if lines else []
    matching = [i for i in range(len(LANGUAGES)) if header == _headers(i)]
    if not matching:
        found = ", ".join(header)[:200] or "nothing"
        raise LogError(f"the header is not a queue machine's export of ours: {found}", name, 1)
    outcomes = {words[matching[0]]: ours for ours, words in MACHINE_OUTCOMES.items()}
    columns: dict[str, list[Any]] = {key: [] for key in (*COLUMNS, "replication")}
    for number, row in enumerate(lines[1:], start=2):
        if len(row) != len(COLUMNS):
            raise LogError(f"{len(row)} values for {len(COLUMNS)} columns", name, number)
        for key, text in zip(COLUMNS, row, strict=True):
            try:
                columns[key].append(_read(key, text, outcomes))
            except ValueError as problem:
                raise LogError(f"{FIELD[key].en}: {problem}", name, number) from problem
        columns["replication"].append(pd.NA)
        if isinstance(columns["date"][-1], int):
            columns["replication"][-1], columns["date"][-1] = columns["date"][-1], pd.NaT
    n = len(columns["hall"])
    called = columns["t_call_last"]
    more = {
        "visit": range(n),
        "step": [0] * n,
        "t_call_first": called,
        "n_calls": [int(t is not pd.NA) for t in called],
        "t_wrap_end": [end if t is not pd.NA else pd.NA for t, end in zip(called, columns["t_end"], strict=True)],
    }
    return frame(columns | more, provenance())


def _language(lang: str) -> int:
    if lang not in LANGUAGES:
        raise UsageError(not_one_of(lang, "a language", LANGUAGES))
    return LANGUAGES.index(lang)


def _headers(lang_code: int) -> list[str]:
    return [FIELD[name].zh if lang_code else FIELD[name].en for name in COLUMNS]


def _written(table: pd.DataFrame, name: str, lang_code: int, decimals: int) -> list[str]:
    """Return one column as text; missing values are empty."""
    values = table[name]
    missing = values.isna()
    if name == "date":
        dated = values.dt.strftime("%Y-%m-%d")
        numbers = table["replication"].astype("string").fillna("")
        return list(numbers.where(missing, dated))
    if FIELD[name].dtype == "time":
        return ["" if gone else clock(t, decimals) for t, gone in zip(values, missing, strict=True)]
    if name == "outcome":
        for outcome in values.dropna().unique():
            if outcome not in MACHINE_OUTCOMES:
                raise UsageError(not_one_of(str(outcome), "an outcome of a ticket", MACHINE_OUTCOMES))
        return ["" if gone else MACHINE_OUTCOMES[x][lang_code] for x, gone in zip(values, missing, strict=True)]
    return ["" if gone else x for x, gone in zip(values, missing, strict=True)]


def _read(name: str, text: str, outcomes: dict[str, str]) -> Any:
    import pandas as pd

    if text == "":
        return pd.NaT if name == "date" else pd.NA
    if name == "date":
        return int(text) if text.isascii() and text.isdigit() else datetime.datetime.fromisoformat(text)
    if FIELD[name].dtype == "time":
        match = _CLOCK.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a clock time such as 09:00:30 or 09:00:30.000000")
        hours, minutes, seconds, rest = (int(part or 0) for part in match.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + rest
    if name == "outcome":
        if text not in outcomes:
            raise ValueError(not_one_of(text, "an outcome", outcomes))
        return outcomes[text]
    return text


def _decoded(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LogError("is neither UTF-8 nor GB18030 text", name)
