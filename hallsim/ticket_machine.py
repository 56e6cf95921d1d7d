"""The queue machine's own export: visits as a ticket machine writes them.

In: a table of visits. Out: a CSV file with one row per ticket (a ticket that was interrupted has one
row for each time at a counter), Chinese or English headers, clock times, Excel-friendly encoding. It
carries what a machine knows, `COLUMNS`, and nothing of a customer's way from line to line: read back
(`hallsim.logs`, mapping `ticket_machine`), every ticket is a visit of its own. Rows without a ticket
(balked, no room, turned away at the door) are not in it.

The machine's words for the end of a ticket are not ours, but they match one to one (`MACHINE_OUTCOMES`).
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hallsim.errors import UsageError, not_one_of
from hallsim.files import atomic_write
from hallsim.visits import FIELD, clock

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
"""What the export carries. Where a day has no date, the replication stands there, and the day of its horizon."""

MACHINE_OUTCOMES = {
    "served": ("served", "已办结"),
    "transferred": ("transferred", "已转移"),
    "failed": ("failed", "办理失败"),
    "reneged": ("reneged", "弃号"),
    "no_show": ("no_show", "过号"),
    "closed_out": ("closed", "闭厅未办"),
    "interrupted": ("recycled", "重新排队"),
    "moved": ("moved", "已改派"),
    "declined": ("declined", "谢绝引导"),
    "held_back": ("held_back", "免打扰"),
    "skipped": ("skipped", "过号待回"),
}
"""Outcome of a step -> the machine's word in English and Chinese.

Its other words (removed, diverted) come with the mechanisms that need them.
"""

LANGUAGES = ("en", "zh")


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
    table = table.sort_values(["date", "replication", "day", "t_ticket", "visit", "step"], kind="stable")
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
        numbers = numbers.where(table["day"].isna(), numbers + "." + table["day"].astype("string"))
        return list(numbers.where(missing, dated))
    if FIELD[name].dtype == "time":
        return ["" if gone else clock(t, decimals) for t, gone in zip(values, missing, strict=True)]
    if name == "outcome":
        for outcome in values.dropna().unique():
            if outcome not in MACHINE_OUTCOMES:
                raise UsageError(not_one_of(str(outcome), "an outcome of a ticket", MACHINE_OUTCOMES))
        return ["" if gone else MACHINE_OUTCOMES[x][lang_code] for x, gone in zip(values, missing, strict=True)]
    return ["" if gone else x for x, gone in zip(values, missing, strict=True)]
