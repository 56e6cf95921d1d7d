"""Service level by ticket class against the targets.

In: `service_level` by class from `Results`, and the verdicts on the scenario's targets, the sentences of the
table. A class without a target is shown within ten minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import INK, Look, Panel
from hallsim.charts.subjects import EVERYBODY, class_look, classes_in_all, classes_of, joined, left_out
from hallsim.charts.text import BREAK, amount, lines_of, name_of, plain, say, sentence
from hallsim.experiment.results import Estimate, Results
from hallsim.experiment.verdicts import MET, MISSED, NOISE, Verdict
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_CLASSES = 12
DEFAULT_WITHIN_MIN = 10.0
_ROW = 50
_WORDS = {
    "en": {
        "share": "service level, %",
        "within": "within {t} min",
        "target": "target",
        "level": "service level with interval",
        "aim": "target: at least {aim}",
        "met": "met",
        "missed": "missed",
        "noise": "inside the noise",
        "none": "no target",
        "all_met": "All {n} waiting targets are met",
        "both_met": "Both waiting targets are met",
        "one_met": "The waiting target is met: {what}",
        "some": "{bad} of {n} waiting targets {is_} missed: {what}",
        "unclear": "No waiting target is missed beyond doubt, but {what} is inside the noise",
        "single": "one {day} proves nothing about a target: {what}",
        "day": "day",
        "run": "run",
        "what": "{who} {level} within {t} min, target {aim}",
        "plain": "{level} of the customers at the counters are served within {t} min of joining",
    },
    "zh": {
        "share": "达标率（%）",
        "within": "{t} 分钟内",
        "target": "目标",
        "level": "达标率及区间",
        "aim": "目标：不低于 {aim}",
        "met": "达标",
        "missed": "未达标",
        "noise": "误差范围内",
        "none": "无目标",
        "all_met": "{n} 项等候目标全部达标",
        "both_met": "两项等候目标均达标",
        "one_met": "等候目标达标：{what}",
        "some": "{n} 项等候目标中 {bad} 项未达标：{what}",
        "unclear": "没有确定未达标的等候目标，但{what}，在误差范围内",
        "single": "仅凭一{day}无法判定目标：{what}",
        "day": "天",
        "run": "次",
        "what": "{who} {t} 分钟内 {level}，目标 {aim}",
        "plain": "台席客户 {t} 分钟内受理的占 {level}",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """One service level: of a class (-1: all customers), within so many minutes, and its target if there is one."""

    ticket_class: int
    title: Label
    estimate: Estimate
    verdict: Verdict | None


def rows_of(results: Results) -> list[Row]:
    """Return what is shown: every target, and classes without one within ten minutes."""
    model = results.model
    rows = [
        Row(v.target.ticket_class, _title(results, v), v.estimate, v)
        for v in results.targets()
        if v.target.measure == "service_level" and not math.isnan(v.estimate.value)
    ]
    with_target = {row.ticket_class for row in rows}
    alone = classes_in_all(results) == 1 and with_target  # the only class and all customers are the same
    for c in [] if alone else classes_of(results, MOST_CLASSES):
        if c not in with_target:
            ticket = model.ticket_classes[c]
            level = results.estimate("service_level", "class", ticket.name, within_min=DEFAULT_WITHIN_MIN)
            rows.append(Row(c, ticket.label, level, None))
    rows.sort(key=lambda r: (r.verdict is None, r.ticket_class < 0, r.ticket_class, r.estimate.within_min))
    return rows[: 2 * MOST_CLASSES]


def _title(results: Results, verdict: Verdict) -> Label:
    """Return whose target it is: the class, with its station where that is not plain."""
    if verdict.estimate.scope in ("hall", "class"):
        i = verdict.target.ticket_class
        return results.model.ticket_classes[i].label if i >= 0 else EVERYBODY
    return verdict.estimate.label


def _applies(material: Material) -> str:
    return "" if joined(material.results) > 0 and rows_of(material.results) else "nobody_joined"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    rows = [row for row in rows_of(results) if row.verdict is not None]
    if not rows:
        level = results.estimate("service_level", within_min=DEFAULT_WITHIN_MIN)
        return w["plain"].format(level=say(level, lang), t=f"{DEFAULT_WITHIN_MIN:g}")
    if results.replications == 1:
        day = w["run" if results.model.steady else "day"]
        return sentence(w["single"].format(day=day, what=_what(min(rows, key=_margin), lang)))
    missed = [row for row in rows if _status(row) == MISSED]
    unclear = [row for row in rows if _status(row) == NOISE]
    if missed:
        words = {"n": len(rows), "bad": len(missed), "is_": "is" if len(missed) == 1 else "are"}
        return w["some"].format(**words, what=_what(min(missed, key=_margin), lang))
    if unclear:
        return sentence(w["unclear"].format(what=_what(min(unclear, key=_margin), lang)))
    if len(rows) == 1:
        return w["one_met"].format(what=_what(rows[0], lang))
    return w["both_met" if len(rows) == 2 else "all_met"].format(n=len(rows))


def _status(row: Row) -> str:
    return row.verdict.status if row.verdict is not None else ""


def _margin(row: Row) -> float:
    assert row.verdict is not None
    return row.estimate.value - row.verdict.bound


def _what(row: Row, lang: str) -> str:
    assert row.verdict is not None
    return _WORDS[lang]["what"].format(
        who=name_of(row.title, lang),
        level=say(row.estimate, lang),
        t=f"{row.estimate.within_min:g}",
        aim=amount(row.verdict.bound, "share", lang),
    )


def _figure(material: Material, lang: str) -> go.Figure:
    results, w = material.results, _WORDS[lang]
    rows = rows_of(results)
    traces: list[dict[str, Any]] = []
    lowest, highest = 1.0, 0.0
    for i, row in enumerate(rows):
        e = row.estimate
        look = class_look(results, row.ticket_class) if row.ticket_class >= 0 else Look(INK, "solid", "circle", "")
        ends = [x for x in (e.value, e.low, e.high, row.verdict.bound if row.verdict else math.nan) if x == x]
        lowest, highest = min(lowest, *ends), max(highest, *ends)
        said = [name_of(row.title, lang), f"{w['within'].format(t=f'{e.within_min:g}')}: {say(e, lang)}"]
        said += [w["aim"].format(aim=amount(row.verdict.bound, "share", lang))] if row.verdict else []
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "x": style.rounded([100 * e.value]),
            "y": [i],
            "marker": {"symbol": look.symbol, "size": 11, "color": look.color},
            "hovertext": [lines_of(*said)],
            "hoverinfo": "text",
            "showlegend": False,
        }
        if not math.isnan(e.low):
            trace["error_x"] = style.errors([100 * e.value], [100 * e.low], [100 * e.high], look.color)
        traces.append(trace)
    aims = [(100 * row.verdict.bound, i) for i, row in enumerate(rows) if row.verdict is not None]
    bar = {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": INK}}
    if aims:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": style.rounded([x for x, _ in aims]),
                "y": [i for _, i in aims],
                "marker": bar,
                "hovertext": [plain(w["aim"].format(aim=amount(x / 100, "share", lang))) for x, _ in aims],
                "hoverinfo": "text",
                "showlegend": False,
            }
        )
        traces.append(style.key(plain(w["target"]), mode="markers", marker=bar | {"size": 12}))
    dot = {"symbol": "circle", "size": 10, "color": style.GREY}
    traces.append(style.key(plain(w["level"]), mode="markers", marker=dot))
    y = {
        "range": [len(rows) - 0.5, -0.75],
        "tickmode": "array",
        "tickvals": list(range(len(rows))),
        "ticktext": [
            plain(name_of(row.title, lang, 18)) + BREAK + plain(w["within"].format(t=f"{row.estimate.within_min:g}"))
            for row in rows
        ],
        "rangemode": "normal",
        "ticks": "",
    }
    pad = max(0.08 * (highest - lowest), 0.01)
    first = max(100 * (lowest - 2 * pad), 0.0)
    last = min(100 * (highest + 2 * pad), 100.0 + 0.03 * (100.0 - first))
    x = {"title": plain(w["share"]), "range": [first, last]}
    words = [_words(row, i, lang, 100 * row.estimate.value > (first + last) / 2) for i, row in enumerate(rows)]
    return style.compose(traces, [Panel("", "", _ROW * len(rows) + 14, axis=y)], x, words)


def _words(row: Row, i: int, lang: str, to_the_left: bool) -> dict[str, Any]:
    """Return the text above a point."""
    color = style.LOST if _status(row) == MISSED else INK
    return style.above_point(plain(_said(row, lang)), 100 * row.estimate.value, i, to_the_left, up=10, color=color)


def _said(row: Row, lang: str) -> str:
    """Return what stands above a point: the number and the verdict in words, so that no colour is needed."""
    value = amount(row.estimate.value, "share", lang)
    if row.verdict is None or math.isnan(row.estimate.low):
        return value
    return f"{value} · {_WORDS[lang][{MET: 'met', MISSED: 'missed', NOISE: 'noise'}[row.verdict.status]]}"


def _remark(material: Material, lang: str) -> str:
    shown = {row.ticket_class for row in rows_of(material.results) if row.ticket_class >= 0}
    n = classes_in_all(material.results)
    return left_out(n - len(shown), "classes", lang) if n > 1 else ""


CHART = Chart(
    name="service_levels",
    label=Label("Service level and targets", "达标率与目标"),
    note=Label(
        "Of all who joined a line at the counters, those taken by a server within the time; everybody who gave up is a "
        "miss. Error bars are 95 % intervals over {days}; a target is met or missed only if the whole interval lies on "
        "one side of it.",
        "台席入队客户中在规定时间内被受理者的占比，弃号一律视为未达标。误差线为按{days}计算的 95% 置信区间；"
        "整个区间在目标一侧时才判定达标或未达标。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
