"""The log beside the simulation, hour by hour: mean waits of both.

In: `mean_wait` by hour from the `Results` of the run and of the log's own days.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.beside import LOOKS, called, observed_of, relative, same_customers
from hallsim.charts.style import Panel
from hallsim.charts.subjects import day_of, hours_of, joined
from hallsim.charts.text import between, lines_of, plain, say, sentence, stretch
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "minutes": "mean wait, min",
        "clock": "hour of arrival at the hall",
        "mean": "mean wait: {wait}",
        "all": "The simulated mean wait is {simulated}, the log's {logged}{share}",
        "hour": "; they lie furthest apart {when}: {simulated} against {logged}",
        "inside": "; in every hour the difference is inside the noise",
    },
    "zh": {
        "minutes": "平均等候（分钟）",
        "clock": "到厅时刻",
        "mean": "平均等候：{wait}",
        "all": "仿真平均等候 {simulated}，实际记录为 {logged}{share}",
        "hour": "；相差最大的是 {when}：仿真 {simulated}，实际 {logged}",
        "inside": "；各时段差异均在误差范围内",
    },
}


def _applies(material: Material) -> str:
    if observed_of(material) is None:
        return "no_log"
    if joined(material.results) == 0:
        return "nobody_joined"
    return "" if hours_of(material.results) else "no_hours"


def _finding(material: Material, lang: str) -> str:
    results, observed, w = material.results, observed_of(material), _WORDS[lang]
    assert observed is not None
    ours, theirs = results.estimate("mean_wait"), observed.estimate("mean_wait")
    text = w["all"].format(
        simulated=say(ours, lang), logged=say(theirs, lang), share=relative(ours.value, theirs.value, lang)
    )
    paired = same_customers(material)
    apart = []
    for hour in hours_of(results):
        a, b = (r.estimate("mean_wait", hour=hour.key) for r in (results, observed))
        # Without intervals (a single day), too, a difference is a fact of these days.
        sure = paired or not (a.low <= b.high and b.low <= a.high)
        if abs(a.value - b.value) > 0:
            apart.append((sure, abs(a.value - b.value), hour, a, b))
    if not apart:
        return sentence(text)
    sure, _, hour, a, b = max(apart, key=lambda x: x[:2])
    if not sure:
        return sentence(text + w["inside"])
    ends = (x if not paired else replace(x, low=math.nan, high=math.nan) for x in (a, b))
    simulated, logged = (say(x, lang) for x in ends)
    when = between(hour.begin, hour.end, lang)
    return sentence(text + w["hour"].format(when=when, simulated=simulated, logged=logged))


def _figure(material: Material, lang: str) -> go.Figure:
    observed, w = observed_of(material), _WORDS[lang]
    assert observed is not None
    hours = hours_of(material.results)
    x = [h.middle for h in hours]
    traces: list[dict[str, Any]] = []
    for who, results in (("simulation", material.results), ("log", observed)):
        look, name = LOOKS[who], called(who, lang)
        found = [results.estimate("mean_wait", hour=h.key) for h in hours]
        traces += style.band(x, [e.low for e in found], [e.high for e in found], look["color"], alpha=0.13)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": plain(name),
                "showlegend": True,
                "x": x,
                "y": style.rounded([e.value for e in found]),
                "line": {"color": look["color"], "dash": look["dash"], "width": 2.5},
                "marker": {"symbol": look["symbol"], "size": 8, "color": look["color"]},
                "hovertext": [
                    lines_of(f"{stretch(h.begin, h.end)} · {name}", w["mean"].format(wait=say(e, lang)))
                    for h, e in zip(hours, found, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    axis = style.hour_ticks(*day_of(material.results)) | {"title": plain(w["clock"])}
    return style.compose(traces, [Panel("", plain(w["minutes"]), 260)], axis)


CHART = Chart(
    name="log_hours",
    label=Label("Log and simulation by hour", "实际记录与仿真：分时段"),
    note=Label(
        "Mean wait at the counters of all who joined a line, by hour of arrival, in the simulation and in the log. "
        "Bands are 95 % intervals over {days}: how much other {days} of the kind might differ. Where both are of the "
        "same {days}, compare the lines, not the bands.",
        "台席入队客户的平均等候，按到厅时段，仿真与实际记录对照。色带为按{days}计算的 95% 置信区间，"
        "反映同类日子可能的差异；两者取自相同日子时，应比较曲线而非色带。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
)
