"""A forest of differences: what each hall of a comparison changes, figure by figure, in per cent of the base.

In: `Differences` (`Material.differences`). Figures have different units, so the axis is the change as a share of the
base's value; the change itself stands above each point, with its corrected interval in the text over it. A figure that
is 0 in the base has no such share and is left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Look, Panel, look_of
from hallsim.charts.text import BREAK, lines_of, name_of, plain, wrapped
from hallsim.experiment.compare import BETTER, NOISE, SAME, Difference, Differences
from hallsim.experiment.compare_table import decimals, sentence, signed, unit_of
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_HALLS = 4
_ROW = 46
_FURTHEST = 1.5
"""The axis ends at this many times the largest change at most, however wide the intervals."""
FIRST_TOLD = ("mean_wait", "abandonment")
"""Figures that the title speaks of."""
_WORDS = {
    "en": {
        "axis": "change, % of the base",
        "change": "change: {change}",
        "interval": "interval: {low} to {high}",
        "from": "{base} → {value}",
        "noise": "inside the noise",
        "left_out": "Not drawn: the last {n}, which the tables have.",
        "none": "None of the {n} halls shortens the mean wait by more than noise",
        "best": "The shortest waits of {n} halls: {said}",
    },
    "zh": {
        "axis": "变化（占基准的 %）",
        "change": "变化：{change}",
        "interval": "区间：{low} 至 {high}",
        "from": "{base} → {value}",
        "noise": "误差范围内",
        "left_out": "最后 {n} 个方案未绘出，见各表。",
        "none": "{n} 个方案均未使平均等候确有缩短",
        "best": "{n} 个方案中等候最短的：{said}",
    },
}


def rows_of(found: Differences) -> list[Difference]:
    """Return what is drawn, figure by figure and in each hall by hall."""
    known = [
        row
        for row in found.rows
        if row.hall <= MOST_HALLS and not math.isnan(row.difference) and row.base != 0.0 and row.status != SAME
    ]
    order = list(dict.fromkeys(row.figure.key for row in found.rows))
    return sorted(known, key=lambda row: (order.index(row.figure.key), row.hall))


def _applies(material: Material) -> str:
    if material.differences is None:
        return "no_comparison"
    return "" if rows_of(material.differences) else "no_difference"


def _finding(material: Material, lang: str) -> str:
    assert material.differences is not None
    found = material.differences
    if len(found.names) == 2:
        return sentence(found, 1, lang, FIRST_TOLD)
    better = [row for row in found.rows if row.figure.key[:2] == ("mean_wait", "hall") and row.status == BETTER]
    n = len(found.names) - 1
    if not better:
        return _WORDS[lang]["none"].format(n=n)
    best = min(better, key=lambda row: row.difference)
    return _WORDS[lang]["best"].format(n=n, said=sentence(found, best.hall, lang, FIRST_TOLD[:1]))


def _figure(material: Material, lang: str) -> go.Figure:
    found, w = material.differences, _WORDS[lang]
    assert found is not None
    rows = rows_of(found)
    halls = sorted({row.hall for row in rows})
    traces: list[dict[str, Any]] = []
    for hall in halls:
        look = look_of(hall - 1)
        mine = [(i, row) for i, row in enumerate(rows) if row.hall == hall]
        traces += [_point(i, row, look, found, lang) for i, row in mine]
    last = _last(rows)
    for hall in halls if len(halls) > 1 else []:
        look = look_of(hall - 1)
        marker = {"symbol": look.symbol, "size": 10, "color": look.color}
        traces.append(style.key(plain(name_of(found.names[hall], lang, 24)), mode="markers", marker=marker))
    y = {
        "range": [len(rows) - 0.5, -0.8],
        "tickmode": "array",
        "tickvals": list(range(len(rows))),
        "ticktext": [
            BREAK.join(plain(line) for line in wrapped(name_of(row.figure.label, lang, 48), 22)[:2])
            if i == 0 or rows[i - 1].figure.key != row.figure.key
            else ""
            for i, row in enumerate(rows)
        ],
        "rangemode": "normal",
        "ticks": "",
        "showgrid": False,
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": GREY, "width": 1}}
    x = {"title": plain(w["axis"]), "range": [-last, last], "ticksuffix": " %", "nticks": 6}
    words = [_words(i, row, last, lang) for i, row in enumerate(rows)]
    return style.compose(traces, [Panel("", "", _ROW * len(rows) + 16, axis=y)], x, words, [zero])


def _share(row: Difference, value: float) -> float:
    return 100.0 * value / abs(row.base)


def _last(rows: list[Difference]) -> float:
    """Return where the axis ends, on both sides."""
    largest = max(abs(_share(row, row.difference)) for row in rows)
    ends = max(abs(_share(row, x)) for row in rows for x in (row.difference, row.low, row.high) if x == x)
    return 1.1 * max(min(ends, _FURTHEST * largest), 1e-6)


def _point(i: int, row: Difference, look: Look, found: Differences, lang: str) -> dict[str, Any]:
    w, unit, digits = _WORDS[lang], row.figure.kpi.unit, decimals(row)
    said = [name_of(row.figure.label, lang, 60), name_of(found.names[row.hall], lang, 40)]
    scale, sign = (100.0, " %") if unit == "share" else (1.0, unit_of(row.figure, lang))
    base, value = (f"{scale * x:.{digits}f}" for x in (row.base, row.value))
    said.append(w["from"].format(base=base, value=value) + sign)
    said.append(w["change"].format(change=signed(row.difference, unit, digits) + unit_of(row.figure, lang)))
    if not math.isnan(row.low):
        low, high = (signed(x, unit, digits) for x in (row.low, row.high))
        said.append(w["interval"].format(low=low, high=high))
    if row.status == NOISE:
        said.append(w["noise"])
    color = GREY if row.status == NOISE else look.color
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": style.rounded([_share(row, row.difference)]),
        "y": [i],
        "marker": {"symbol": look.symbol + ("-open" if row.status == NOISE else ""), "size": 10, "color": color},
        "hovertext": [lines_of(f"{said[0]} · {said[1]}", *said[2:])],
        "hoverinfo": "text",
        "showlegend": False,
    }
    if not math.isnan(row.low):
        ends = [_share(row, x) for x in (row.difference, row.low, row.high)]
        trace["error_x"] = style.errors([ends[0]], [ends[1]], [ends[2]], color)
    return trace


def _words(i: int, row: Difference, last: float, lang: str) -> dict[str, Any]:
    """Return the change above a point, which runs inwards so that it is never cut off."""
    at = _share(row, row.difference)
    text = signed(row.difference, row.figure.kpi.unit, decimals(row)) + unit_of(row.figure, lang)
    return {
        "text": plain(text),
        "x": style.rounded([at])[0],
        "y": i,
        "xanchor": "center" if abs(at) < last / 3 else "left" if at < 0 else "right",
        "yanchor": "bottom",
        "yshift": 6,
        "showarrow": False,
        "font": {"size": style.SMALL, "color": GREY if row.status == NOISE else INK},
    }


def _remark(material: Material, lang: str) -> str:
    assert material.differences is not None
    n = len(material.differences.names) - 1 - MOST_HALLS
    return _WORDS[lang]["left_out"].format(n=n) if n > 0 else ""


CHART = Chart(
    name="differences",
    section="comparison",
    label=Label("Differences from the base", "与基准的差异"),
    note=Label(
        "Change of each figure against the base, in per cent of the base's value, with the same customers; bars are "
        "95 % intervals over {days}, corrected so that all of them hold together; open and grey: inside the noise. "
        "The number above each point is the change itself.",
        "各指标相对基准的变化，占基准数值的百分比，客户相同；横线为按{days}计算、经校正可同时成立的 95% 置信区间，"
        "空心灰色：误差范围内。点上方的数字为变化量。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
