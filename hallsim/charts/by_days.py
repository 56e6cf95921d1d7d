"""Service level and mean wait by kind of day: of each day type, and of the days on which the same campaigns run.

In: figures of groups of days from `Results`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.text import BREAK, amount, lines_of, name_of, plain, say, wrapped
from hallsim.experiment.by_days import DayGroup
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

WITHIN_MIN = 10.0
MOST_GROUPS = 16
_ROW = 46
_WORDS = {
    "en": {
        "axis": "service level within {t} min, %",
        "level": "within {t} min: {level}",
        "wait": "mean wait: {wait}",
        "visits": "visits a day: {visits}",
        "finding": "Within {t} min {low} are served {where_low}, {high} {where_high}",
        "noise": "; the difference is inside the noise",
        "on": "on days “{days}”",
        "left_out": "Not drawn: {n} kinds of day more, which the tables have.",
    },
    "zh": {
        "axis": "{t} 分钟内等候达标率（%）",
        "level": "{t} 分钟内：{level}",
        "wait": "平均等候：{wait}",
        "visits": "每日客流量：{visits}",
        "finding": "{t} 分钟内受理的比例：{where_low} {low}，{where_high} {high}",
        "noise": "；差异在误差范围内",
        "on": "“{days}”",
        "left_out": "另有 {n} 类日子未绘出，见结果表。",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of day, with what is told of it."""

    days: DayGroup
    level: Estimate
    wait: Estimate
    visits: Estimate


def rows_of(results: Results) -> list[Row]:
    """Return the kinds of day on which somebody joined a line, in the order of the scenario."""
    found = [
        Row(
            group,
            results.estimate("service_level", within_min=WITHIN_MIN, days=group.name),
            results.estimate("mean_wait", days=group.name),
            results.estimate("visits", days=group.name),
        )
        for group in results.day_kinds
    ]
    return [row for row in found if not math.isnan(row.level.value)]


def _applies(material: Material) -> str:
    if not material.results.day_kinds:
        return "alike_days"
    return "" if len(rows_of(material.results)) > 1 else "nobody_joined"


def _finding(material: Material, lang: str) -> str:
    w, rows = _WORDS[lang], rows_of(material.results)
    low, high = min(rows, key=lambda row: row.level.value), max(rows, key=lambda row: row.level.value)
    where = [w["on"].format(days=name_of(row.days.label, lang, 40)) for row in (low, high)]
    said = w["finding"].format(
        t=f"{WITHIN_MIN:g}",
        low=say(low.level, lang),
        high=say(high.level, lang),
        where_low=where[0],
        where_high=where[1],
    )
    apart = low.level.high < high.level.low
    return said if apart else said + w["noise"]


def _figure(material: Material, lang: str) -> go.Figure:
    w, rows = _WORDS[lang], rows_of(material.results)[:MOST_GROUPS]
    ends = [100 * x for row in rows for x in (row.level.value, row.level.low, row.level.high) if x == x]
    pad = max(0.15 * (max(ends) - min(ends)), 1.0)
    first = max(min(ends) - pad, 0.0)
    last = min(max(ends) + pad, 100.0 + 0.03 * (100.0 - first))
    y = {
        "range": [len(rows) - 0.5, -0.8],
        "tickmode": "array",
        "tickvals": list(range(len(rows))),
        "ticktext": [
            BREAK.join(plain(line) for line in wrapped(name_of(row.days.label, lang, 44), 22)[:2]) for row in rows
        ],
        "rangemode": "normal",
        "ticks": "",
    }
    x = {"title": plain(w["axis"].format(t=f"{WITHIN_MIN:g}")), "range": [first, last]}
    traces = [_point(i, row, lang) for i, row in enumerate(rows)]
    words = [_words(i, row, 100 * row.level.value > (first + last) / 2, lang) for i, row in enumerate(rows)]
    return style.compose(traces, [Panel("", "", _ROW * len(rows) + 16, axis=y)], x, words)


def _point(i: int, row: Row, lang: str) -> dict[str, Any]:
    w, e = _WORDS[lang], row.level
    said = (
        name_of(row.days.label, lang, 60),
        w["level"].format(t=f"{WITHIN_MIN:g}", level=say(e, lang)),
        w["wait"].format(wait=say(row.wait, lang)),
        w["visits"].format(visits=say(row.visits, lang)),
    )
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": style.rounded([100 * e.value]),
        "y": [i],
        "marker": {"symbol": "circle", "size": 10, "color": INK},
        "hovertext": [lines_of(*said)],
        "hoverinfo": "text",
        "showlegend": False,
    }
    if not math.isnan(e.low):
        trace["error_x"] = style.errors([100 * e.value], [100 * e.low], [100 * e.high], GREY)
    return trace


def _words(i: int, row: Row, to_the_left: bool, lang: str) -> dict[str, Any]:
    """Return the two figures above a point."""
    text = plain(f"{amount(row.level.value, 'share', lang)} · {amount(row.wait.value, 'min', lang)}")
    return style.above_point(text, 100 * row.level.value, i, to_the_left, up=6)


def _remark(material: Material, lang: str) -> str:
    n = len(rows_of(material.results)) - MOST_GROUPS
    return _WORDS[lang]["left_out"].format(n=n) if n > 0 else ""


CHART = Chart(
    name="by_days",
    label=Label("By kind of day", "按日类型"),
    note=Label(
        "Share of the customers who joined a line at the counters and were called within 10 minutes, by day type and "
        "by the campaigns that run, with 95 % intervals over the {days} of each kind; beside it, their mean wait.",
        "台席排队客户中 10 分钟内被叫号的比例，按日类型及进行中的营销活动分列，横线为按该类{days}计算的 95% 置信区间；"
        "旁注平均等候时长。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
