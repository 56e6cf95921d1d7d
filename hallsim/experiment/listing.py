"""What the folder of a run, a comparison or a selection holds: its rows filtered and sorted, as text and in a line.

In: a `RunFolder`. Out: its table as pandas has it, and texts of at most so many columns in English or Chinese. Folders
of sweeps have points rather than rows: `hallsim.experiment.sweeps.swept`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.compare_table import STATUS_EN, STATUS_ZH
from hallsim.experiment.conditions import Column, meeting
from hallsim.experiment.folder import TABLE, RunFolder
from hallsim.experiment.precision import label_of
from hallsim.experiment.table import table_within
from hallsim.experiment.verdicts import show
from hallsim.kpis import kpi_of
from hallsim.units import format_clock

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {"run": ("run", "仿真"), "comparison": ("comparison", "比较"), "selection": ("selection", "选优")}


def read_rows(folder: RunFolder) -> pd.DataFrame:
    """Return the table of a folder.

    Raises
    ------
    UsageError
        If it is not finished.
    """
    import pyarrow.parquet as pq

    if not folder.complete:
        raise UsageError(f"{folder.path} is not finished, {folder.so_far} are kept: go on with --resume")
    found: pd.DataFrame = pq.read_table(folder.path / TABLE).to_pandas()
    return found


def chosen(
    rows: pd.DataFrame, where: Sequence[str] = (), figures: Sequence[str] = (), by: str | None = None
) -> pd.DataFrame:
    """Return the rows that meet every condition, of some figures, sorted by a column.

    Raises
    ------
    UsageError
        If a condition cannot be read, or there is no such column or figure.
    """

    def column(name: str) -> Column:
        return _column(rows, name)

    for figure in figures:
        known = sorted(set(rows["kpi"]))
        if figure not in known:
            raise UsageError(not_one_of(figure, "a figure of this folder", known))
    rows = rows.iloc[meeting(len(rows), column, where)]
    rows = rows[rows["kpi"].isin(figures)] if figures else rows
    return rows if by is None else rows.iloc[np.argsort(_column(rows, by)[0], kind="stable")]


def _column(rows: pd.DataFrame, name: str) -> Column:
    if name not in rows:
        raise UsageError(not_one_of(name, "a column of this folder", list(rows.columns)))
    values = rows[name]
    if values.dtype == bool:
        return np.where(values, "yes", "no"), False
    numeric = values.dtype.kind in "if"
    return values.to_numpy(), numeric


def title(folder: RunFolder, lang: str) -> str:
    """Return what a folder holds, in a line."""
    zh, about = lang == "zh", folder.manifest["about"]
    halls = ("、" if zh else ", ").join(hall[lang] for hall in about["halls"][:3])
    more = len(about["halls"]) - 3
    halls += (f" 等 {more + 3} 个方案" if zh else f" and {more} more") if more > 0 else ""
    days = f"已仿真 {folder.done:,} 天" if zh else f"{folder.done:,} days simulated"
    state = ("已完成" if zh else "finished") if folder.complete else ("未完成" if zh else "not finished")
    seed = f"种子 {about['seed']}" if zh else f"seed {about['seed']}"
    return f"{_KINDS[folder.manifest['kind']][zh]} · {halls} · {days} · {seed} · {state}"


def render(folder: RunFolder, rows: pd.DataFrame, lang: str, width: int) -> list[str]:
    """Return rows as text."""
    zh = lang == "zh"
    columns = SHOWN[folder.manifest["kind"]]
    names = {hall["en"]: hall[lang] for hall in folder.manifest["about"]["halls"]}
    cells = [[head[zh] for head in columns]]
    for row in rows.to_dict("records"):
        row["hall"] = names.get(row.get("hall", row.get("name_en")), "")
        cells.append([text(row, lang) for text in columns.values()])
    return table_within(cells, width)


_Row = dict[str, Any]
_Text = Callable[[_Row, str], str]


def _figure(row: _Row, lang: str) -> str:
    within = None if math.isnan(row["within_min"]) else float(row["within_min"])
    label = label_of(kpi_of(row["kpi"]), within)
    return label.zh if lang == "zh" else label.en


def _whose_figure(row: _Row, lang: str) -> str:
    whose = "" if row["scope"] == "hall" else row["item"] + ("：" if lang == "zh" else ": ")
    return whose + _figure(row, lang)


def _hour(row: _Row, lang: str) -> str:
    return "" if math.isnan(row["hour"]) else format_clock(round(row["hour"] * 60e6))


def _status(row: _Row, lang: str) -> str:
    return (STATUS_ZH if lang == "zh" else STATUS_EN)[row["status"]]


def _amount(name: str) -> _Text:
    return lambda row, lang: show(row[name], row["unit"], lang)


def _word(name: str) -> _Text:
    return lambda row, lang: str(row.get(name, ""))


def _mark(name: str) -> _Text:
    return lambda row, lang: ("是" if lang == "zh" else "yes") if row[name] else ""


_ENDS = {("low", "下限"): _amount("low"), ("high", "上限"): _amount("high")}
SHOWN: dict[str, dict[tuple[str, str], _Text]] = {
    "run": {
        ("what", "指标"): _figure,
        ("of", "对象"): _word("item"),
        ("from", "时刻"): _hour,
        ("value", "数值"): _amount("value"),
        **_ENDS,
    },
    "comparison": {
        ("hall", "方案"): _word("hall"),
        ("what", "指标"): _whose_figure,
        ("base", "基准"): _amount("base"),
        ("change", "变化"): _amount("difference"),
        **_ENDS,
        ("", ""): _status,
    },
    "selection": {
        ("hall", "方案"): _word("hall"),
        ("value", "数值"): _amount("value"),
        ("days", "天数"): _word("observations"),
        ("selected", "入选"): _mark("selected"),
        ("in running", "未定"): _mark("in_running"),
    },
}
"""Columns that are printed, with their heads in English and Chinese; an export has all."""
