"""A Pareto front: paid time against mean wait, with the points that no other beats in these two joined by a line.

In: the points of a sweep and their front (`hallsim.experiment.sweeps.pareto`), which counts abandonment too. Of more
points than `MOST_POINTS` beside the front, evenly many are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.charts import style
from hallsim.charts.style import GREY, Panel, look_of
from hallsim.charts.sweep_base import SweepChart, SweepMaterial
from hallsim.charts.text import amount, lines_of, plain
from hallsim.experiment.sweeps.pareto import OF_TIME, front
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_POINTS = 1500
_MINUTES = 60.0
_WORDS = {
    "en": {
        "x": "paid time of counters, hours a day",
        "y": "mean wait, min",
        "front": "beaten by no other",
        "others": "other points",
        "wait": "mean wait: {value} ± {half}",
        "gone": "abandonment: {value}",
        "paid": "paid time: {value:.1f} h",
        "finding": "{n} of {all} points are beaten by no other: from {low:.0f} hours a day with {slow} of mean wait to "
        "{high:.0f} hours with {fast}",
        "one": "One point beats all others: {low:.0f} hours a day with {slow} of mean wait",
        "left_out": "Of the other points every {n}th is drawn.",
    },
    "zh": {
        "x": "台席在岗时长（小时/天）",
        "y": "平均等候（分钟）",
        "front": "不被任何点全面超过",
        "others": "其他点",
        "wait": "平均等候：{value} ± {half}",
        "gone": "弃号率：{value}",
        "paid": "在岗时长：{value:.1f} 小时",
        "finding": "{all} 个点中有 {n} 个不被任何点全面超过：从每天 {low:.0f} 小时、平均等候 {slow}，"
        "到每天 {high:.0f} 小时、平均等候 {fast}",
        "one": "一个点优于其他所有点：每天 {low:.0f} 小时、平均等候 {slow}",
        "left_out": "其他点每 {n} 个绘出一个。",
    },
}


def _applies(material: SweepMaterial) -> bool:
    return len(material.found.designs) > 1 and len(front(material.found, OF_TIME)) > 0


def _columns(material: SweepMaterial) -> tuple[Any, Any]:
    """Return paid hours and mean waits of all points."""
    found = material.found
    return found.values[:, found.figure("paid_time")] / _MINUTES, found.values[:, found.figure("mean_wait")]


def _finding(material: SweepMaterial, lang: str) -> str:
    w, rows = _WORDS[lang], front(material.found, OF_TIME)
    hours, waits = _columns(material)
    first, last = rows[0], rows[-1]
    return w["one" if len(rows) == 1 else "finding"].format(
        n=len(rows),
        all=f"{len(material.found.designs):,}",
        low=hours[first],
        high=hours[last],
        slow=amount(float(waits[first]), "min", lang),
        fast=amount(float(waits[last]), "min", lang),
    )


def _step(material: SweepMaterial) -> int:
    return -(-len(material.found.designs) // MOST_POINTS)


def _figure(material: SweepMaterial, lang: str) -> go.Figure:
    w, rows = _WORDS[lang], front(material.found, OF_TIME)
    hours, waits = _columns(material)
    look = look_of(0)
    others = np.setdiff1d(np.arange(len(hours)), rows)[:: _step(material)]
    marks = {"symbol": "circle-open", "size": 5, "color": GREY}
    traces = [_points(others, hours, waits, marks, plain(w["others"]), "skip")]
    texts = [_said(material, int(row), lang) for row in rows]
    marks = {"symbol": look.symbol, "size": 9, "color": look.color}
    joined = front(material.found, OF_TIME[:2])
    line = _points(joined, hours, waits, {}, "", "skip") | {"mode": "lines", "line": {"color": look.color, "width": 1}}
    traces.append(line | {"showlegend": False})
    traces.append(_points(rows, hours, waits, marks, plain(w["front"]), "text") | {"hovertext": texts})
    panel = Panel("", plain(w["y"]), 340, axis={"rangemode": "tozero"})
    return style.compose(traces, [panel], {"title": plain(w["x"]), "nticks": 6, "rangemode": "normal"})


def _points(rows: Any, hours: Any, waits: Any, marker: dict[str, Any], name: str, hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": style.rounded(hours[rows].tolist()),
        "y": style.rounded(waits[rows].tolist()),
        "marker": marker,
        "name": name,
        "showlegend": True,
        "hoverinfo": hover,
    }


def _said(material: SweepMaterial, row: int, lang: str) -> str:
    w, found = _WORDS[lang], material.found
    wait, gone, paid = (found.figure(kpi) for kpi in ("mean_wait", "abandonment", "paid_time"))
    halves = amount(float(found.half_widths[row, wait]), "min", lang)
    return lines_of(
        *material.point(row, lang),
        w["paid"].format(value=found.values[row, paid] / _MINUTES),
        w["wait"].format(value=amount(float(found.values[row, wait]), "min", lang), half=halves),
        w["gone"].format(value=amount(float(found.values[row, gone]), "share", lang)),
    )


def _remark(material: SweepMaterial, lang: str) -> str:
    step = _step(material)
    return _WORDS[lang]["left_out"].format(n=step) if step > 1 else ""


CHART = SweepChart(
    name="sweep-front",
    label=Label("Cost against waiting", "成本与等候"),
    note=Label(
        "Each mark is a point of the sweep. Filled: points that no other one beats in paid time, mean wait and "
        "abandonment at once; the line joins those that none beats in the first two. Points closer than their "
        "intervals may change places with another seed.",
        "每个标记为一个方案点。实心：按在岗时长、平均等候与弃号率，不被任何其他点同时超过的点；"
        "连线：在前两项上不被超过的点。差别小于置信区间的点，换一个种子可能互换。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
