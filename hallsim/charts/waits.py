"""Waiting by ticket class and hour of arrival: the mean, and what 80, 90 and 95 % of customers do not exceed.

In: `mean_wait` and `wait_p80`, `wait_p90`, `wait_p95` by class and hour from `Results`, the numbers of the
table. One panel per class, all with the same scale.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import INK, Panel
from hallsim.charts.subjects import (
    Hour,
    class_look,
    class_name,
    classes_in_all,
    classes_of,
    day_of,
    hours_of,
    joined,
    left_out,
    sentences,
    try_estimate,
)
from hallsim.charts.text import between, lines_of, plain, say, sentence, stretch
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MEASURES = ("mean_wait", "wait_p80", "wait_p90", "wait_p95")
MOST_PANELS = 4
ENOUGH = 30
"""An hour is called the worst only if so many customers came in it, over all replications (if any hour has them)."""
_LINES = {
    "mean_wait": {"width": 3, "dash": "solid"},
    "wait_p80": {"width": 1.5, "dash": "dot"},
    "wait_p90": {"width": 1.5, "dash": "dash"},
    "wait_p95": {"width": 1.5, "dash": "solid"},
}
_WORDS = {
    "en": {
        "mean_wait": "mean",
        "wait_p80": "80 % wait at most",
        "wait_p90": "90 % wait at most",
        "wait_p95": "95 % wait at most",
        "minutes": "wait, min",
        "clock": "hour of arrival at the hall",
        "worst": "{who} wait longest {when}: {wait} on average",
        "people": "{name} customers",
        "alone": "customers",
        "close": "; the difference from {other} is inside the noise",
        "no_percentiles": "The hall is too large for percentiles by hour.",
    },
    "zh": {
        "mean_wait": "平均",
        "wait_p80": "80% 客户不超过",
        "wait_p90": "90% 客户不超过",
        "wait_p95": "95% 客户不超过",
        "minutes": "等候（分钟）",
        "clock": "到厅时刻",
        "worst": "{when} 到厅的{who}等候最久：平均 {wait}",
        "people": "“{name}”",
        "alone": "客户",
        "close": "；与 {other} 的差异在误差范围内",
        "no_percentiles": "本厅规模过大，不提供分时段的百分位数。",
    },
}


def _applies(material: Material) -> str:
    results = material.results
    if not hours_of(results):
        return "no_hours"
    if joined(results) == 0:
        return "nobody_joined"
    return "" if results.estimate("mean_wait").value > 0 else "nobody_waited"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    classes, hours = classes_of(results, MOST_PANELS), hours_of(results)
    cells = []
    for c in classes:
        name = results.model.ticket_classes[c].name
        for hour in hours:
            came = results.estimate("joined", "class", name, hour.key).value * results.replications
            cells.append((c, hour, results.estimate("mean_wait", "class", name, hour.key), came))
    enough = [cell for cell in cells if cell[3] >= ENOUGH] or cells
    enough = [cell for cell in enough if not math.isnan(cell[2].value)]
    c, hour, wait, _ = max(enough, key=lambda cell: cell[2].value)
    who = w["people"].format(name=class_name(results.model, c, lang)) if classes_in_all(results) > 1 else w["alone"]
    text = w["worst"].format(who=who, when=between(hour.begin, hour.end, lang), wait=say(wait, lang))
    others = [cell for cell in enough if cell[0] == c and cell[1] != hour]
    if others:
        _, second, rival, _ = max(others, key=lambda cell: cell[2].value)
        if rival.high >= wait.low:
            text += w["close"].format(other=stretch(second.begin, second.end))
    return sentence(text)


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    classes, hours = classes_of(results, MOST_PANELS), hours_of(results)
    traces: list[dict[str, Any]] = []
    panels = []
    top = 0.0
    for k, c in enumerate(classes):
        look, y = class_look(results, c), style.axis_name("y", k)
        name = class_name(results.model, c, lang)
        panels.append(Panel(plain(name) if len(classes) > 1 else "", plain(w["minutes"]), 170, look.color))
        for measure in MEASURES:
            found = curve(results, measure, c, hours)
            if found is None:
                continue
            values, low, high = (list(column) for column in zip(*found[1], strict=True))
            top = max(top, *(x for x in (*values, *high) if math.isfinite(x)), 0.0)
            x = [h.middle for h in hours]
            traces += style.band(x, low, high, look.color, y, 0.25 if measure == "mean_wait" else 0.12)
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers" if measure == "mean_wait" else "lines",
                    "x": x,
                    "y": style.rounded(values),
                    "line": {"color": look.color, **_LINES[measure]},
                    "marker": {"symbol": look.symbol, "size": 7},
                    "hovertext": [
                        lines_of(f"{stretch(h.begin, h.end)} · {name}", f"{w[measure]}: {say(e, lang)}")
                        for h, e in zip(hours, found[0], strict=True)
                    ],
                    "hoverinfo": "text",
                    "showlegend": False,
                    "yaxis": y,
                }
            )
    for panel in panels:
        panel.axis = {"range": [0, 1.05 * top]}
    for measure in MEASURES:
        if curve(results, measure, classes[0], hours) is not None:
            mode = "lines+markers" if measure == "mean_wait" else "lines"
            line = {"color": INK, **_LINES[measure]}
            traces.append(style.key(plain(w[measure]), mode=mode, line=line, marker={"symbol": "circle", "size": 7}))
    return style.compose(traces, panels, style.hour_ticks(*day_of(results)) | {"title": plain(w["clock"])})


def curve(
    results: Results, measure: str, ticket_class: int, hours: list[Hour]
) -> tuple[list[Estimate], list[tuple[float, float, float]]] | None:
    """Return a class's estimates by hour, and their values and bounds; None if the run has none by hour."""
    name = results.model.ticket_classes[ticket_class].name
    if try_estimate(results, measure, "class", name, hours[0].key) is None:
        return None
    found = [results.estimate(measure, "class", name, h.key) for h in hours]
    return found, [(e.value, e.low, e.high) for e in found]


def _remark(material: Material, lang: str) -> str:
    results = material.results
    shown = classes_of(results, MOST_PANELS)
    too_large = shown and hours_of(results) and curve(results, "wait_p90", shown[0], hours_of(results)) is None
    others = left_out(classes_in_all(results) - len(shown), "classes", lang)
    return sentences(lang, others, _WORDS[lang]["no_percentiles"] if too_large else "")


CHART = Chart(
    name="waits",
    label=Label("Waiting by class and hour", "分号种、分时段等候"),
    note=Label(
        "Waits at the counters of all who joined a line, those who gave up included, by ticket class and hour of "
        "arrival at the hall. Percentiles are of all customers of the hour together. Bands are 95 % intervals over "
        "{days}.",
        "台席等候时长，含弃号客户，按号种和到厅时段统计；百分位数取该时段全部客户。色带为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
    first_page=True,
)
