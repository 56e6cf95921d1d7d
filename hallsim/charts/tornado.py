"""A tornado: what each uncertain entry of the scenario does to the mean wait, the widest swing on top.

In: `Inputs` (`Material.results.inputs`). Each bar runs from the change at the entry's low end to that at its high end,
all other entries as written, with the same customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, Panel, look_of
from hallsim.charts.text import BREAK, lines_of, plain, wrapped
from hallsim.experiment.inputs.groups import Swing
from hallsim.experiment.inputs.words import signed, written
from hallsim.kpis.base import UNITS
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_ENTRIES = 12
_ROW = 44
_WORDS = {
    "en": {
        "axis": "change of the {figure}, {unit}",
        "low": "low end",
        "high": "high end",
        "finding": "The {figure} depends most on {path}: {low} to {high}",
        "nothing": "None of the uncertain inputs changes the {figure}",
        "left_out": "Not drawn: the {n} with the smallest swings.",
    },
    "zh": {
        "axis": "{figure}的变化（{unit}）",
        "low": "下限",
        "high": "上限",
        "finding": "对{figure}影响最大的是 {path}：{low} 至 {high}",
        "nothing": "不确定的输入均未改变{figure}",
        "left_out": "影响最小的 {n} 项未绘出。",
    },
}


def _swings(material: Material) -> tuple[list[Swing], Label, float]:
    """Return the swings of the mean wait, its name, and its unit."""
    inputs = material.results.inputs
    assert inputs is not None
    figure = inputs.figures[0]
    return inputs.swings(0), figure.label, UNITS[figure.kpi.unit]


def _applies(material: Material) -> str:
    return "" if material.results.inputs is not None else "no_uncertainty"


def _finding(material: Material, lang: str) -> str:
    swings, label, unit = _swings(material)
    w, name = _WORDS[lang], getattr(label, lang)
    if swings[0].size == 0.0:
        return w["nothing"].format(figure=name)
    low, high = (signed(x / unit, "min", lang) for x in sorted((swings[0].low, swings[0].high)))
    return w["finding"].format(figure=name, path=swings[0].entry.path, low=low, high=high)


def _figure(material: Material, lang: str) -> go.Figure:
    found, label, unit = _swings(material)
    swings, w = found[:MOST_ENTRIES], _WORDS[lang]
    traces = [_bar(i, swing, unit, lang) for i, swing in enumerate(swings)]
    for end in (0, 1):
        look = look_of(end)
        marker = {"symbol": look.symbol, "size": 10, "color": look.color}
        traces.append(style.key(plain(w["low" if end == 0 else "high"]), mode="markers", marker=marker))
    furthest = 1.15 * max(1e-6, *(abs(x) / unit for swing in swings for x in (swing.low, swing.high)))
    y = {
        "range": [len(swings) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(len(swings))),
        "ticktext": [BREAK.join(plain(line) for line in wrapped(written(s.entry), 26)[:2]) for s in swings],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
    }
    minutes = "min" if lang == "en" else "分钟"
    title = w["axis"].format(figure=getattr(label, lang), unit=minutes)
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": GREY, "width": 1}}
    x = {"title": plain(title), "range": [-furthest, furthest], "nticks": 6}
    return style.compose(traces, [Panel("", "", _ROW * len(swings) + 16, axis=y)], x, [], [zero])


def _bar(i: int, swing: Swing, unit: float, lang: str) -> dict[str, Any]:
    """Return one bar with a mark at each end."""
    w = _WORDS[lang]
    ends = [swing.low / unit, swing.high / unit]
    looks = [look_of(0), look_of(1)]
    said = [f"{w[word]}: {signed(x, 'min', lang)}" for word, x in zip(("low", "high"), ends, strict=True)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": style.rounded(ends),
        "y": [i, i],
        "line": {"color": GREY, "width": 8},
        "marker": {"symbol": [look.symbol for look in looks], "size": 12, "color": [look.color for look in looks]},
        "hovertext": [lines_of(written(swing.entry), text) for text in said],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _remark(material: Material, lang: str) -> str:
    n = len(_swings(material)[0]) - MOST_ENTRIES
    return _WORDS[lang]["left_out"].format(n=n) if n > 0 else ""


CHART = Chart(
    name="tornado",
    label=Label("What the uncertain inputs do", "输入不确定性的影响"),
    note=Label(
        "Each input alone at the ends of what is known of it (of ± the middle 95 %), the others as written, with the "
        "same customers: how much the mean wait of all who joined a line changes.",
        "每项输入单独取其范围的两端（± 为中间 95%），其余按所写，客户相同：全部入队者平均等候时长的变化。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
