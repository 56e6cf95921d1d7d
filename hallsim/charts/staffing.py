"""Staff needed against staff scheduled, half-hour by half-hour: what a plan asks for beside today's roster.

In: a `Plan` (`Material.plan`). Each post has a panel: the offered load as an area, the numbers needed, those on the
shifts found, those scheduled today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Panel, look_of
from hallsim.charts.text import between, lines_of, name_of, plain, sentence, stretch
from hallsim.experiment.staffing import Plan
from hallsim.model import US_PER_MINUTE, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_POSTS = 4
_WORDS = {
    "en": {
        "load": "offered load",
        "needed": "needed",
        "shifts": "on the shifts found",
        "today": "scheduled today",
        "people": "people",
        "clock": "time of day",
        "short": "“{post}” has {n} half-hours with fewer people scheduled than needed, most of all {when}: {today} for "
        "{needed}",
        "spare": "“{post}” has as many people scheduled as needed all day; {hours} of its {all} hours are to spare",
        "value": "{name}: {value:.3g}",
        "left_out": "Not drawn: the last {n} posts.",
    },
    "zh": {
        "load": "负荷",
        "needed": "需要",
        "shifts": "所得班次",
        "today": "目前排班",
        "people": "人数",
        "clock": "时刻",
        "short": "“{post}”有 {n} 个半小时排班少于需要，差距最大在 {when}：排班 {today}，需要 {needed}",
        "spare": "“{post}”全天排班不少于需要；{all} 小时中有 {hours} 小时多于需要",
        "value": "{name}：{value:.3g}",
        "left_out": "最后 {n} 个岗位未绘出。",
    },
}


def _applies(material: Material) -> str:
    if material.plan is None:
        return "no_plan"
    return "" if material.plan.required is not None else "nothing_planned"


def _finding(material: Material, lang: str) -> str:
    plan, w = _plan_of(material), _WORDS[lang]
    assert plan.required is not None
    lacks = plan.required.numbers - plan.today.numbers
    k = int(lacks.max(axis=1).argmax())
    post = name_of(plan.hall.model.stations[plan.posts[k].station].label, lang)
    short = np.flatnonzero(lacks[k] > 0.0)
    if short.size:
        worst = int(lacks[k].argmax())
        begin, end = (plan.slots[worst] / US_PER_MINUTE).tolist()
        needed, today = (f"{roster.numbers[k, worst]:.3g}" for roster in (plan.required, plan.today))
        when = between(begin, end, lang)
        return sentence(w["short"].format(post=post, n=short.size, when=when, needed=needed, today=today))
    spare = plan.today.hours[k] - plan.required.hours[k]
    return sentence(w["spare"].format(post=post, hours=f"{spare:g}", all=f"{plan.today.hours[k]:g}"))


def _figure(material: Material, lang: str) -> go.Figure:
    plan, w = _plan_of(material), _WORDS[lang]
    slots = (plan.slots / US_PER_MINUTE).tolist()
    corners = [x for slot in slots for x in slot]
    traces: list[dict[str, Any]] = []
    panels = []
    for k, post in enumerate(plan.posts[:MOST_POSTS]):
        axis = style.axis_name("y", k)
        rows = _rows(plan, k)
        traces += _area(corners, rows["load"], axis, w["load"], k == 0)
        texts = []
        for j, slot in enumerate(slots):
            said = [w["value"].format(name=w[name], value=row[j]) for name, row in rows.items()]
            texts += [lines_of(stretch(*slot), *said)] * 2
        for name, (color, dash, width) in _LOOKS.items():
            if name in rows:
                line = {"color": color, "width": width, "dash": dash}
                values = [x for x in rows[name] for _ in range(2)]
                traces.append(_line(corners, values, line, texts, axis, w[name], k == 0))
        top = 1.12 * max(max(row) for row in rows.values())
        title = name_of(plan.hall.model.stations[post.station].label, lang) if len(plan.posts) > 1 else ""
        y = {"range": [0, top], **style.whole_steps(top)}
        panels.append(Panel(plain(title), plain(w["people"]), 240 if len(plan.posts) == 1 else 160, axis=y))
    x = style.hour_ticks(corners[0], corners[-1]) | {"title": plain(w["clock"])}
    return style.compose(traces, panels, x)


_LOOKS = {
    "today": (GREY, "dash", 2),
    "shifts": (look_of(0).color, "solid", 2),
    "needed": (INK, "solid", 3),
}
"""Lines from the back to the front: colour, dash and width."""


def _rows(plan: Plan, k: int) -> dict[str, list[float]]:
    """Return what is drawn of a post, by name, a number for each half-hour."""
    rows = {"load": plan.loads[k].offered}
    for name, roster in (("needed", plan.required), ("shifts", plan.shifts), ("today", plan.today)):
        if roster is not None:
            rows[name] = roster.numbers[k]
    return {name: row.tolist() for name, row in rows.items()}


def _area(corners: list[float], load: list[float], axis: str, name: str, key: bool) -> list[dict[str, Any]]:
    """Return the offered load as an area, and its entry in the legend."""
    high = [x for x in load for _ in range(2)]
    areas = style.band(corners, [0.0] * len(high), high, GREY, axis)
    marker = {"symbol": "square", "size": 12, "color": style.tint(GREY, 0.3)}
    return [*areas, style.key(plain(name), mode="markers", marker=marker)] if key else areas


def _line(
    corners: list[float],
    values: list[float],
    line: dict[str, Any],
    texts: list[str],
    axis: str,
    name: str,
    key: bool,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(name),
        "x": corners,
        "y": style.rounded(values),
        "line": line,
        "hovertext": texts,
        "hoverinfo": "text",
        "showlegend": key,
        "yaxis": axis,
    }


def _remark(material: Material, lang: str) -> str:
    n = len(_plan_of(material).posts) - MOST_POSTS
    return _WORDS[lang]["left_out"].format(n=n) if n > 0 else ""


def _plan_of(material: Material) -> Plan:
    assert material.plan is not None
    return material.plan


CHART = Chart(
    name="staffing",
    label=Label("Staff needed and scheduled", "需要与排班人数"),
    note=Label(
        "People by half-hour. Offered load: how many would be busy if nobody had to wait. Needed: the fewest that keep "
        "the promise, found by simulation. On the shifts found: who is on duty with the shifts below. Scheduled today: "
        "the mean of the half-hour.",
        "各半小时人数。负荷：无人等候时同时办理的人数。需要：仿真所得、达到目标所需的最少人数。所得班次：按下列班次的在岗人数。"
        "目前排班：该半小时的平均排班人数。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
    section="staff",
)
