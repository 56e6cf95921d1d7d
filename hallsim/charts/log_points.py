"""The log beside the simulation: the waits that half, 75, 90 and 95 % of customers do not exceed.

In: pooled waits of both `Results`, and how many calls passed somebody who had waited longer in the same line, from
both profiles. Who is called out of order hardly changes the mean wait, because somebody else is called
instead; but it spreads waits, so that high percentiles differ. Where the two differ in that, the text says so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.beside import LOOKS, called, observed_of, relative, same_customers
from hallsim.charts.pooled import Pooled
from hallsim.charts.style import Panel
from hallsim.charts.subjects import joined
from hallsim.charts.text import amount, lines_of, plain, spell
from hallsim.experiment.over_days import ratio_of
from hallsim.experiment.profile import Profile
from hallsim.model import Label
from hallsim.stats import Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

POINTS = (0.5, 0.75, 0.9, 0.95)
DIFFERENT_ORDER = 0.02
"""Shares of calls out of order that differ by more than this are a difference worth words."""
_WORDS = {
    "en": {
        "minutes": "wait, min",
        "point": "{p:.0f} % wait at most",
        "of": "{name}: {wait}",
        "ninety": "Nine in ten customers wait at most {simulated} in the simulation and {logged} in the log{share}",
        "inside": "; the difference is inside the noise",
        "because": ": the log calls {logged} of customers out of order, the simulation {simulated}",
        "why": "In the log {logged} of calls passed somebody who had waited longer in the same line, in the simulation "
        "{simulated}. Where one customer is passed another is served sooner, so the mean wait changes little; but the "
        "more calls are out of order, the wider waits are spread, and the longer are the longest: that is why the 90 % "
        "point differs even where the means agree.",
        "same": "Calls that passed somebody who had waited longer in the same line: {logged} in the log, {simulated} "
        "in the simulation.",
    },
    "zh": {
        "minutes": "等候（分钟）",
        "point": "{p:.0f}% 客户不超过",
        "of": "{name}：{wait}",
        "ninety": "90% 的客户等候不超过：仿真 {simulated}，实际记录 {logged}{share}",
        "inside": "；差异在误差范围内",
        "because": "：实际记录中 {logged} 的叫号未按先后次序，仿真中为 {simulated}",
        "why": "实际记录中 {logged}的叫号越过了同一队列中等候更久的客户，仿真中为 {simulated}。"
        "有人因此多等，也有人因此少等，平均等候变化不大；但不按次序的叫号越多，"
        "等候越分散，最长的等候越长，所以即使平均值一致，90% 分位也会不同。",
        "same": "越过同一队列中等候更久客户的叫号：实际记录 {logged}，仿真 {simulated}。",
    },
}


def _applies(material: Material) -> str:
    if observed_of(material) is None:
        return "no_log"
    return "" if joined(material.results) > 0 else "nobody_joined"


def out_of_order(profile: Profile) -> Interval:
    """Return the share of calls that passed somebody who had waited longer, with its interval over days."""
    value, low, high = ratio_of(profile.overtook, profile.called).tolist()
    return Interval(value, max(low, 0.0) if low == low else low, high)


def orders(material: Material) -> tuple[Interval, Interval] | None:
    """Return those shares in the simulation and in the log; None where one is not known."""
    if material.observed_profile is None:
        return None
    found = out_of_order(material.profile), out_of_order(material.observed_profile)
    return None if any(math.isnan(x.value) for x in found) else found


def _finding(material: Material, lang: str) -> str:
    observed, w = observed_of(material), _WORDS[lang]
    assert observed is not None
    ours, theirs = Pooled(material.results).percentile(0.9), Pooled(observed).percentile(0.9)
    text = w["ninety"].format(
        simulated=spell(ours, "min", lang),
        logged=spell(theirs, "min", lang),
        share=relative(ours.value, theirs.value, lang),
    )
    if not same_customers(material) and ours.low <= theirs.high and theirs.low <= ours.high:
        return text + w["inside"]
    shares = orders(material)
    apart = ours.value != theirs.value
    if apart and shares is not None and abs(shares[0].value - shares[1].value) > DIFFERENT_ORDER:
        simulated, logged = (amount(x.value, "share", lang) for x in shares)
        text += w["because"].format(simulated=simulated, logged=logged)
    return text


def _figure(material: Material, lang: str) -> go.Figure:
    observed, w = observed_of(material), _WORDS[lang]
    assert observed is not None
    traces: list[dict[str, Any]] = []
    for k, (who, results) in enumerate((("simulation", material.results), ("log", observed))):
        look, name = LOOKS[who], called(who, lang)
        pooled = Pooled(results)
        found = [pooled.percentile(p) for p in POINTS]
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": plain(name),
            "showlegend": True,
            "x": style.rounded([e.value for e in found]),
            "y": [i + 0.24 * k - 0.12 for i in range(len(POINTS))],
            "marker": {"symbol": look["symbol"], "size": 10, "color": look["color"], "line": {"width": 2}},
            "hovertext": [
                lines_of(
                    f"{w['point'].format(p=100 * p)} · {name}",
                    w["of"].format(name=name, wait=spell(e, "min", lang)),
                )
                for p, e in zip(POINTS, found, strict=True)
            ],
            "hoverinfo": "text",
        }
        if results.replications > 1:
            value, low, high = ([e[j] for e in found] for j in range(3))
            trace["error_x"] = style.errors(value, low, high, look["color"])
        traces.append(trace)
    y = {
        "range": [len(POINTS) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": list(range(len(POINTS))),
        "ticktext": [plain(w["point"].format(p=100 * p)) for p in POINTS],
        "rangemode": "normal",
        "ticks": "",
    }
    x = {"title": plain(w["minutes"]), "rangemode": "tozero"}
    return style.compose(traces, [Panel("", "", 46 * len(POINTS), axis=y)], x)


def _remark(material: Material, lang: str) -> str:
    shares = orders(material) if observed_of(material) is not None else None
    if shares is None:
        return ""
    simulated, logged = (spell(x, "share", lang) for x in shares)
    different = abs(shares[0].value - shares[1].value) > DIFFERENT_ORDER
    return _WORDS[lang]["why" if different else "same"].format(simulated=simulated, logged=logged)


CHART = Chart(
    name="log_points",
    label=Label("Log and simulation: percentiles of waits", "实际记录与仿真：等候百分位数"),
    note=Label(
        "Waits at the counters that half, 75, 90 and 95 % of those who joined a line do not exceed, over all {days} "
        "together, in the simulation and in the log. Error bars are 95 % intervals over {days}.",
        "台席入队客户中 50%、75%、90%、95% 不超过的等候时长（全部{days}合并），仿真与实际记录对照。"
        "误差线为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
