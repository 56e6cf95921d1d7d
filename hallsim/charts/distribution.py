"""How long customers wait: the share of each ticket class that waited at most t.

In: the pooled waits of `Results` (`hallsim.charts.pooled`); marks at the targets' thresholds are the
`service_level` of the table, which counts everybody who gave up as a miss and so lies on or below the curve.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.pooled import Pooled
from hallsim.charts.style import Panel
from hallsim.charts.subjects import class_look, class_name, classes_in_all, classes_of, joined, left_out, sentences
from hallsim.charts.text import amount, lines_of, plain, say, spell, with_interval
from hallsim.experiment.results import Results
from hallsim.model import US_PER_MINUTE, Label, Target

if TYPE_CHECKING:
    import plotly.graph_objects as go

F64 = NDArray[np.float64]

POINTS = 61
SHOWN_SHARE = 0.99
"""The horizontal axis ends where the slowest class has so many customers behind it."""
_WORDS = {
    "en": {
        "minutes": "wait at most, min",
        "share": "share of customers, %",
        "target": "target",
        "aim": "{who}: target {share} within {t} min",
        "is": "service level: {level}",
        "star": "A star is a target; the service level that is held against it counts everybody who gave up as a miss, "
        "and so may lie below the curve.",
        "at_most": "wait at most {t} min: {share}",
        "half": "Half of the customers at the counters wait at most {half}; one in ten waits more than {tenth}",
        "at_once": "{none} of the customers at the counters do not wait at all; one in ten waits more than {tenth}",
        "nobody": "Nobody who joined a line at the counters had to wait",
        "few": "Nine in ten customers at the counters do not wait at all; one in a hundred waits more than {hundredth}",
    },
    "zh": {
        "minutes": "等候不超过（分钟）",
        "share": "客户占比（%）",
        "target": "目标",
        "aim": "{who}：目标 {t} 分钟内 {share}",
        "is": "达标率：{level}",
        "star": "星号为目标；与目标比较的达标率将弃号客户一律视为未达标，因此可能低于曲线。",
        "at_most": "等候不超过 {t} 分钟：{share}",
        "half": "半数客户在台席等候不超过 {half}；十分之一的客户超过 {tenth}",
        "at_once": "{none}的台席客户无需等候；十分之一的客户等候超过 {tenth}",
        "nobody": "进入台席排队的客户均无需等候",
        "few": "九成台席客户无需等候；百分之一的客户等候超过 {hundredth}",
    },
}


def _applies(material: Material) -> str:
    return "" if joined(material.results) > 0 else "nobody_joined"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    half, tenth, hundredth = (results.estimate(f"wait_p{p}") for p in (50, 90, 99))
    if tenth.value > 0:
        waiting = results.estimate("share_waiting")
        if half.value > 0:
            return w["half"].format(half=say(half, lang), tenth=say(tenth, lang))
        none = with_interval(1 - waiting.value, 1 - waiting.high, 1 - waiting.low, "share", lang)
        return w["at_once"].format(none=none, tenth=say(tenth, lang))
    return w["few"].format(hundredth=say(hundredth, lang)) if hundredth.value > 0 else w["nobody"]


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    model = results.model
    classes = classes_of(results)
    waits = {c: Pooled(results, "class", model.ticket_classes[c].name) for c in classes}
    t = times(results, list(waits.values()))
    traces: list[dict[str, Any]] = []
    for c, pooled in waits.items():
        look, name = class_look(results, c), class_name(model, c, lang)
        share = pooled.share_within(t)
        traces += style.band(t, (100 * share[1]).tolist(), (100 * share[2]).tolist(), look.color)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plain(name),
                "showlegend": True,
                "x": t,
                "y": style.rounded((100 * share[0]).tolist()),
                "line": {"color": look.color, "dash": look.dash, "width": 2.5},
                "hovertext": [
                    lines_of(name, w["at_most"].format(t=f"{x:g}", share=spell(share[:, i], "share", lang)))
                    for i, x in enumerate(t)
                ],
                "hoverinfo": "text",
            }
        )
    marks = [_mark(results, target, t[-1], lang) for target in level_targets(results) if target.ticket_class in waits]
    traces += marks
    if marks:
        star = {"symbol": "star-open", "size": 12, "color": style.INK, "line": {"width": 2}}
        traces.append(style.key(plain(w["target"]), mode="markers", marker=star))
    y = {"range": [_bottom([p.share_within(t)[0] for p in waits.values()], results), 101], "ticksuffix": ""}
    x = {"title": plain(w["minutes"]), "range": [0, t[-1]]}
    return style.compose(traces, [Panel("", plain(w["share"]), 300, axis=y)], x)


def level_targets(results: Results) -> list[Target]:
    """Return the targets for a share of customers within a time, of one ticket class each."""
    return [t for t in results.model.targets if t.measure == "service_level" and t.ticket_class >= 0]


def times(results: Results, waits: list[Pooled]) -> list[float]:
    """Return evenly spaced minutes from 0 to where nearly everybody has waited, past the targets' thresholds."""
    ends = [pooled.percentile(SHOWN_SHARE).value for pooled in waits]
    ends += [1.1 * target.within / US_PER_MINUTE for target in level_targets(results)]
    last = max([1.0, *(x for x in ends if math.isfinite(x))])
    step = next(s for s in _STEPS if last / s <= POINTS - 1)
    return [round(i * step, 6) for i in range(math.ceil(last / step) + 1)]


_STEPS = [m * 10.0**e for e in range(-2, 9) for m in (1, 2, 2.5, 5)]


def _bottom(shares: list[F64], results: Results) -> float:
    """Return where the vertical axis begins: at 0, or higher where most customers do not wait at all."""
    aims = [t.at_least for t in level_targets(results) if t.at_least is not None]
    lowest = min([*(float(s[0]) for s in shares), *aims])
    return 0.0 if lowest < 0.6 else math.floor(10 * lowest - 0.5) * 10.0


def _mark(results: Results, target: Target, last: float, lang: str) -> dict[str, Any]:
    """Return the mark of a class's target; its hover text says what was reached."""
    w, look = _WORDS[lang], class_look(results, target.ticket_class)
    minutes = target.within / US_PER_MINUTE
    ticket = results.model.ticket_classes[target.ticket_class]
    level = results.estimate("service_level", "class", ticket.name, within_min=minutes)
    assert target.at_least is not None
    who = class_name(results.model, target.ticket_class, lang)
    aim = w["aim"].format(who=who, t=f"{minutes:g}", share=amount(target.at_least, "share", lang))
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [minutes],
        "y": [100 * target.at_least],
        "marker": {"symbol": "star-open", "size": 12, "color": look.color, "line": {"width": 2}},
        "hovertext": [lines_of(aim, w["is"].format(level=say(level, lang)))],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _remark(material: Material, lang: str) -> str:
    results = material.results
    drawn = classes_of(results)
    star = _WORDS[lang]["star"] if any(t.ticket_class in drawn for t in level_targets(results)) else ""
    return sentences(lang, star, left_out(classes_in_all(results) - len(drawn), "classes", lang))


CHART = Chart(
    name="distribution",
    label=Label("Distribution of waits", "等候时长分布"),
    note=Label(
        "Of all who joined a line at the counters, the share whose wait was at most so long, by ticket class; those "
        "who gave up count with the time they waited. Bands are 95 % intervals over {days}.",
        "台席入队客户中等候不超过该时长者的占比，分号种；弃号客户按其实际等候时长计入。"
        "色带为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
