"""Staff read off a log: the mean number on duty in each half-hour, and how many the scenario has open."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hallsim.calibrate.hall.fit import Day, Hall
from hallsim.calibrate.hall.rates import PIECE
from hallsim.calibrate.hall.staffing import Posts
from hallsim.calibrate.hall.words import number
from hallsim.charts import style
from hallsim.charts.fit_base import MOST_PANELS, FitChart, of_fit, of_log, panel_name
from hallsim.charts.style import Panel, axis_name
from hallsim.charts.text import lines_of, name_of, plain, sentence, stretch
from hallsim.model import US_PER_MINUTE, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "unit": "servers open",
        "clock": "time of day",
        "log": "log, mean of days",
        "fit": "scenario",
        "said": "{n} on duty, mean of {days} days",
        "finding": "{most} servers are open at the most, {mean} on average ({who})",
        "unnamed": "The log names nobody: the number is that of services at once.",
        "rostered": "On {n} days the number is that of the roster given.",
        "left_out": "{n} more are not drawn.",
    },
    "zh": {
        "unit": "开放台席",
        "clock": "时刻",
        "log": "日志（逐日平均）",
        "fit": "场景",
        "said": "在岗 {n} 人，{days} 天平均",
        "finding": "{who}最多开放 {most} 席，平均 {mean} 席",
        "unnamed": "日志无台席信息，人数按同时办理数计。",
        "rostered": "其中 {n} 天按给定排班。",
        "left_out": "另有 {n} 项未绘出。",
    },
}


def _posts(hall: Hall) -> list[tuple[Day, int, Posts]]:
    found = [(day, station, posts) for day in hall.days for station, posts in day.posts.items()]
    return sorted(found, key=lambda one: (-len(one[0].dates), -sum(one[2].total())))


def _finding(hall: Hall, lang: str) -> str:
    day, _, posts = _posts(hall)[0]
    total = posts.total()
    mean, who = number(sum(total) / len(total)), name_of(day.kind.label, lang, 30)
    return sentence(_WORDS[lang]["finding"].format(most=max(total), mean=mean, who=who))


def _figure(hall: Hall, lang: str) -> go.Figure:
    w, shown = _WORDS[lang], _posts(hall)[:MOST_PANELS]
    traces: list[dict[str, Any]] = []
    titles = []
    for i, (day, station, posts) in enumerate(shown):
        end = min(posts.starts[-1] + PIECE, day.rates.close)
        at = [t / US_PER_MINUTE for t in (*posts.starts, end)]
        said = [
            lines_of(stretch(a, b), w["said"].format(n=number(n), days=posts.n_days))
            for a, b, n in zip(at[:-1], at[1:], posts.mean, strict=True)
        ]
        middle = [(a + b) / 2.0 for a, b in pairwise(at)]
        axis, named, total = axis_name("y", i), i == 0, posts.total()
        traces.append(of_log(middle, posts.mean, said, axis, plain(w["log"]) if named else ""))
        traces.append(of_fit(at, [*total, total[-1]], axis, plain(w["fit"]) if named else "", steps=True))
        where = hall.sample.names.stations[station] if len(day.posts) > 1 else ""
        titles.append(panel_name(name_of(day.kind.label, lang, 40), where) if len(shown) > 1 else "")
    first = min(posts.starts[0] for _, _, posts in shown) / US_PER_MINUTE
    last = max(day.rates.close for day, _, _ in shown) / US_PER_MINUTE
    most = max(max(*posts.total(), *posts.mean) for _, _, posts in shown)
    ticks = style.whole_steps(most)
    panels = [Panel(title, plain(w["unit"]), 240 if len(shown) == 1 else 150, axis=ticks) for title in titles]
    return style.compose(traces, panels, style.hour_ticks(first, last) | {"title": plain(w["clock"])})


def _remark(hall: Hall, lang: str) -> str:
    w, posts = _WORDS[lang], _posts(hall)
    parts = [] if hall.sample.named else [w["unnamed"]]
    if rostered := sum(one.rostered for _, _, one in posts):
        parts.append(w["rostered"].format(n=rostered))
    if len(posts) > MOST_PANELS:
        parts.append(w["left_out"].format(n=len(posts) - MOST_PANELS))
    return (" " if lang == "en" else "").join(parts)


CHART = FitChart(
    name="fit-staff",
    label=Label("Staff", "人员"),
    note=Label(
        "Points: who was on duty in each half-hour, read off who served whom while customers waited. Line: what the "
        "scenario has open, the number of the middle day.",
        "点为每半小时的在岗人数，由谁办理了谁、当时是否有客等候推断；线为场景的开放数，取各日中位数。",
    ),
    applies=lambda hall: any(day.posts for day in hall.days),
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
