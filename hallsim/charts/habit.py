"""Persons over the days of a horizon: how many have got used to electronic channels, and what that does to needs.

In: figures of each day of the horizon from `Results` (`hallsim.kpis.persons`); intervals are over independent horizons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.horizon import curve_of, days_of, share_axis
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.text import plain, say, sentence
from hallsim.experiment.results import Estimate
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "with_habit": "Persons with an electronic habit",
        "capped": "Persons who are made no offer",
        "met_electronically": "Needs met by electronic channels",
        "share": "share, %",
        "axis": "day of the horizon",
        "habit": "from {day_a} to {day_b} persons with an electronic habit go from {a} to {b}, ",
        "met": "needs met by electronic channels from {a} to {b}",
        "noise": ", a difference inside the noise",
    },
    "zh": {
        "with_habit": "已养成电子渠道习惯的客户",
        "capped": "处于免打扰期的客户",
        "met_electronically": "由电子渠道办结的需求",
        "share": "占比（%）",
        "axis": "周期内天数",
        "habit": "{day_a}至{day_b}，已养成电子渠道习惯的客户由 {a}变为 {b}，",
        "met": "电子渠道办结率由 {a}变为 {b}",
        "noise": "，差异在误差范围内",
    },
}


def _by_day(material: Material, kpi: str) -> list[Estimate]:
    return [material.results.estimate(kpi, days=day.name) for day in days_of(material.results)]


def _applies(material: Material) -> str:
    if material.results.model.persons is None or len(days_of(material.results)) < 2:
        return "no_persons"
    return "" if any(e.value > 0.0 for e in _by_day(material, "met_electronically")) else "nobody_electronic"


def _finding(material: Material, lang: str) -> str:
    w, days = _WORDS[lang], days_of(material.results)
    text = ""
    names = {"day_a": getattr(days[0].label, lang), "day_b": getattr(days[-1].label, lang)}
    habit, met = _by_day(material, "with_habit"), _by_day(material, "met_electronically")
    if any(e.value > 0.0 for e in habit):
        text = w["habit"].format(**names, a=say(habit[0], lang), b=say(habit[-1], lang))
    text += w["met"].format(a=say(met[0], lang), b=say(met[-1], lang))
    apart = met[0].high < met[-1].low or met[-1].high < met[0].low
    return sentence(text + ("" if apart else w["noise"]))


def _figure(material: Material, lang: str) -> go.Figure:
    w = _WORDS[lang]
    x = [day.number + 1 for day in days_of(material.results)]
    upper = {kpi: _by_day(material, kpi) for kpi in ("with_habit", "capped")}
    upper = {kpi: found for kpi, found in upper.items() if any(e.value > 0.0 for e in found)}
    met = _by_day(material, "met_electronically")
    traces: list[dict[str, Any]] = []
    panels = []
    if upper:
        for kpi, found in upper.items():
            color = INK if kpi == "with_habit" else GREY
            traces += curve_of(w[kpi], x, found, 100.0, color, "y", lang)
        title = plain(w[next(iter(upper))]) if len(upper) == 1 else ""
        ends = share_axis([e for found in upper.values() for e in found])
        panels.append(Panel(title, plain(w["share"]), 190, axis=ends))
    traces += curve_of(w["met_electronically"], x, met, 100.0, INK, style.axis_name("y", len(panels)), lang)
    panels.append(Panel(plain(w["met_electronically"]), plain(w["share"]), 150, axis=share_axis(met)))
    if len(upper) > 1:
        line = {"width": 2}
        traces.append(style.key(plain(w["with_habit"]), mode="lines", line=line | {"color": INK}))
        traces.append(style.key(plain(w["capped"]), mode="lines", line=line | {"color": GREY, "dash": "dot"}))
    return style.compose(traces, panels, {"title": plain(w["axis"]), **style.whole_steps(len(x))})


CHART = Chart(
    name="habit",
    label=Label("Persons and their habit", "客户习惯养成"),
    note=Label(
        "On each day of the horizon: of all persons those whose electronic transactions of earlier days raise their "
        "electronic share as the day begins, and those made as many offers as they may be (where any); of the "
        "needs met on the day those met by an electronic channel. Bands are 95 % intervals over independent {days}.",
        "周期内每日：当日开始时因以往电子渠道办理而更常使用电子渠道的客户，以及已达接触次数上限的客户（如有），"
        "占全部客户的比例；当日办结的需求中由电子渠道办结的比例。色带为按相互独立的{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
)
