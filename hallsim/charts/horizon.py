"""Day after day of a horizon: who comes, of them those who come again, and how many are called in time.

In: figures of each day of the horizon from `Results`, whose intervals are over independent horizons.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.text import lines_of, plain, say, sentence
from hallsim.experiment.by_days import DayGroup
from hallsim.experiment.results import Estimate, Results
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

WITHIN_MIN = 10.0
_WORDS = {
    "en": {
        "visits": "Visits a day",
        "again": "of them return visits",
        "level": "Called within {t:g} min",
        "share": "share, %",
        "people": "visits",
        "axis": "day of the horizon",
        "finding": "A day brings {returns} return visits on average, and {first} of the first visits meet the need; ",
        "growth": "from {day_a} to {day_b} visits a day go from {a} to {b}",
        "noise": ", a difference inside the noise",
    },
    "zh": {
        "visits": "每日客流量",
        "again": "其中复访",
        "level": "{t:g} 分钟内叫号",
        "share": "占比（%）",
        "people": "人次",
        "axis": "周期内天数",
        "finding": "平均每日复访 {returns} 人次，首次到访的一次办结率为 {first}；",
        "growth": "{day_a}至{day_b}每日客流量由 {a}变为 {b}",
        "noise": "，差异在误差范围内",
    },
}


def days_of(results: Results) -> list[DayGroup]:
    """Return the days of the horizon after its warm-up."""
    return [group for group in results.day_groups if group.number >= 0]


def _applies(material: Material) -> str:
    if len(days_of(material.results)) < 2:
        return "no_horizon"
    return "" if material.results.estimate("visits").value > 0 else "no_customers"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    returns, resolved = results.estimate("return_visits"), results.estimate("resolved_first")
    text = w["finding"].format(returns=say(returns, lang), first=say(resolved, lang)) if returns.value > 0 else ""
    first, last = (days_of(results)[i] for i in (0, -1))
    a, b = (results.estimate("visits", days=day.name) for day in (first, last))
    names = [day.label.zh if lang == "zh" else day.label.en for day in (first, last)]
    text += w["growth"].format(day_a=names[0], day_b=names[1], a=say(a, lang), b=say(b, lang))
    return sentence(text + ("" if a.high < b.low or b.high < a.low else w["noise"]))


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    days = days_of(results)
    level = [results.estimate("service_level", within_min=WITHIN_MIN, days=day.name) for day in days]
    again = [results.estimate("return_visits", days=day.name) for day in days]
    curves = [(w["visits"], "y", INK, 1.0, [results.estimate("visits", days=day.name) for day in days])]
    if anybody_again := any(e.value > 0.0 for e in again):
        curves.append((w["again"], "y", GREY, 1.0, again))
    curves.append((w["level"].format(t=WITHIN_MIN), "y2", INK, 100.0, level))
    x = [day.number + 1 for day in days]
    traces: list[dict[str, Any]] = []
    for name, axis, color, unit, found in curves:
        traces += curve_of(name, x, found, unit, color, axis, lang)
    highest = max(_top(found) for _, axis, _, _, found in curves if axis == "y")
    panels = [
        Panel(plain(w["visits"]), plain(w["people"]), 190, axis={"range": [0, 1.08 * max(highest, 1.0)]}),
        Panel(plain(w["level"].format(t=WITHIN_MIN)), plain(w["share"]), 150, axis=share_axis(level)),
    ]
    if anybody_again:
        line = {"width": 2}
        traces.append(style.key(plain(w["visits"]), mode="lines", line=line | {"color": INK}))
        traces.append(style.key(plain(w["again"]), mode="lines", line=line | {"color": GREY, "dash": "dot"}))
    return style.compose(traces, panels, {"title": plain(w["axis"]), **style.whole_steps(len(days))})


def curve_of(
    name: str, x: list[int], found: list[Estimate], unit: float, color: str, axis: str, lang: str
) -> list[dict[str, Any]]:
    """Return a line by day, and the band of its intervals."""
    values, low, high = ([unit * getattr(e, side) for e in found] for side in ("value", "low", "high"))
    return [
        *style.band(x, low, high, color, axis),
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": style.rounded(values),
            "line": {"color": color, "width": 2, "dash": "solid" if color == INK else "dot"},
            "marker": {"size": 5, "color": color},
            "hovertext": [
                lines_of(e.days.label.zh if lang == "zh" else e.days.label.en, f"{name}: {say(e, lang)}")
                for e in found
                if e.days is not None
            ],
            "hoverinfo": "text",
            "showlegend": False,
            "yaxis": axis,
        },
    ]


def _top(found: list[Estimate]) -> float:
    return max((x for e in found for x in (e.value, e.high) if math.isfinite(x)), default=0.0)


def share_axis(found: list[Estimate]) -> dict[str, Any]:
    """Return a range that shows how the share moves, and its own ends."""
    ends = [100 * x for e in found for x in (e.value, e.low, e.high) if math.isfinite(x)] or [0.0, 100.0]
    pad = max(0.15 * (max(ends) - min(ends)), 1.0)
    return {"range": [max(min(ends) - pad, 0.0), min(max(ends) + pad, 101.0)], "rangemode": "normal"}


CHART = Chart(
    name="horizon",
    label=Label("Day after day", "逐日变化"),
    note=Label(
        "Visits on each day of the horizon, of them those of customers who come again because of a visit on an earlier "
        "day (where there are any), and of all who joined a line at the counters the share called within 10 minutes. "
        "Bands are 95 % intervals over independent {days}.",
        "周期内每日的到访人次、其中因前日到访结果而再来的复访人次（如有），以及台席排队客户中 10 分钟内被叫号的比例；"
        "色带为按相互独立的{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
)
