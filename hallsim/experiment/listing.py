"""What the folder of a run, a comparison or a selection holds: its rows filtered and sorted, as text and in a line.

In: a `RunFolder`. Out: its table as pandas has it, and texts of at most so many columns in English or Chinese. Folders
of sweeps have points rather than rows: `hallsim.experiment.sweeps.swept`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.errors import UsageError, not_one_of
from hallsim.experiment.conditions import Column, meeting
from hallsim.experiment.folder import TABLE, RunFolder
from hallsim.experiment.table import table_within
from hallsim.experiment.verdicts import show
from hallsim.units import format_clock

if TYPE_CHECKING:
    import pandas as pd

SHOWN = {
    "run": ("name", "item", "hour", "within_min", "value", "low", "high"),
    "comparison": ("hall", "name", "item", "within_min", "base", "value", "low", "high", "status"),
    "selection": ("name", "value", "observations", "requirement", "selected", "in_running"),
}
"""Columns that are printed; an export has all."""

_HEADS = {
    "name": ("what", "名称"),
    "item": ("of", "对象"),
    "hour": ("from", "时刻"),
    "within_min": ("T min", "T 分钟"),
    "value": ("value", "数值"),
    "low": ("low", "下限"),
    "high": ("high", "上限"),
    "hall": ("hall", "方案"),
    "base": ("base", "基准"),
    "status": ("status", "结论"),
    "observations": ("days", "天数"),
    "requirement": ("requirement", "要求"),
    "selected": ("selected", "入选"),
    "in_running": ("in running", "未定"),
}
_KINDS = {"run": ("run", "仿真"), "comparison": ("comparison", "比较"), "selection": ("selection", "选优")}
_MEASURED = ("value", "low", "high", "base", "difference")


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


def render(folder: RunFolder, rows: pd.DataFrame, lang: str, width: int) -> list[str]:
    """Return rows as text."""
    zh = lang == "zh"
    columns = [name for name in SHOWN[folder.manifest["kind"]] if _source(name, zh) in rows]
    cells = [[_HEADS[name][zh] for name in columns]]
    for row in rows.to_dict("records"):
        cells.append([_cell(name, row[_source(name, zh)], row["unit"], lang) for name in columns])
    return table_within(cells, width)


def title(folder: RunFolder, lang: str) -> str:
    """Return what a folder holds, in a line."""
    zh, about = lang == "zh", folder.manifest["about"]
    halls = ("、" if zh else ", ").join(hall[lang] for hall in about["halls"][:3])
    more = len(about["halls"]) - 3
    halls += (f" 等 {more + 3} 个方案" if zh else f" and {more} more") if more > 0 else ""
    days = folder.so_far if not zh else folder.so_far.replace("days", "天")
    state = ("已完成" if zh else "finished") if folder.complete else ("未完成" if zh else "not finished")
    seed = f"种子 {about['seed']}" if zh else f"seed {about['seed']}"
    return f"{_KINDS[folder.manifest['kind']][zh]} · {halls} · {days} · {seed} · {state}"


def _source(name: str, zh: bool) -> str:
    """Return the column of the table that a printed column comes from."""
    return ("name_zh" if zh else "name_en") if name == "name" else name


def _cell(name: str, value: Any, unit: str, lang: str) -> str:
    if isinstance(value, bool):
        return (("是", "否") if lang == "zh" else ("yes", ""))[not value]
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "" if name in ("hour", "within_min") else "–"
    if name == "hour":
        return format_clock(round(value * 60e6))
    return show(value, unit, lang) if name in _MEASURED else f"{value:g}"
