"""Laws of service beside their samples: the points of each sample against those of the law that the scenario takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.calibrate.hall.fit import Hall
from hallsim.calibrate.hall.laws import PERCENTS, Fitted
from hallsim.calibrate.hall.words import number
from hallsim.charts import style
from hallsim.charts.fit_base import MOST_PANELS, PER_MIN, FitChart, of_fit, of_log, panel_name
from hallsim.charts.style import Panel, axis_name
from hallsim.charts.text import lines_of, plain, sentence
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

GRID = 120
_WORDS = {
    "en": {
        "unit": "% of services",
        "time": "service, min",
        "log": "log",
        "fit": "scenario",
        "said": "{share} % of {n:,} services take at most {t} min",
        "finding": "{who}: services of {mean} min on average ({law}, cv {cv}); furthest from the log by {off:.1f} "
        "percentage points",
        "all": "All customers",
        "off": "The mean or cv of {who} is not the sample's.",
        "left_out": "{n} smaller kinds of service are not drawn.",
    },
    "zh": {
        "unit": "办理笔数占比（%）",
        "time": "办理时长（分钟）",
        "log": "日志",
        "fit": "场景",
        "said": "{n:,} 笔中 {share}% 不超过 {t} 分钟",
        "finding": "{who}：平均办理 {mean} 分钟（{law}，变异系数 {cv}），与日志最大相差 {off:.1f} 个百分点",
        "all": "全部客户",
        "off": "{who} 的均值或变异系数与样本不符。",
        "left_out": "另有 {n} 类较少的办理未绘出。",
    },
}


def laws_of(hall: Hall) -> list[tuple[str, Fitted]]:
    """Return name and law of every kind of service, the largest samples first."""
    found = []
    for station, services in hall.services.items():
        names = {"ticket_class": hall.sample.names.ticket_classes, "transaction": hall.sample.names.transactions}
        where = hall.sample.names.stations[station] if len(hall.services) > 1 else ""
        for key, laws in services.laws.items():
            who = [names[column][v] for column, v in zip(services.by, key, strict=True)] if key else []
            found.append((panel_name(where, *who), laws[0]))
    return sorted(found, key=lambda one: -one[1].n)


def _finding(hall: Hall, lang: str) -> str:
    from hallsim.calibrate.hall.figures import LAWS

    who, law = laws_of(hall)[0]
    mean, off = number(law.mean.value / PER_MIN), 0.0 if np.isnan(law.distance) else 100.0 * law.distance
    name = LAWS[law.name].zh if lang == "zh" else LAWS[law.name].en
    w = _WORDS[lang]
    text = w["finding"].format(who=who or w["all"], mean=mean, law=name, cv=number(law.cv.value), off=off)
    return sentence(text)


def _figure(hall: Hall, lang: str) -> go.Figure:
    w, laws = _WORDS[lang], laws_of(hall)[:MOST_PANELS]
    last = max(law.points[-2] for _, law in laws) / PER_MIN
    traces: list[dict[str, Any]] = []
    for i, (_, law) in enumerate(laws):
        x = [t / PER_MIN for t in law.points]
        said = [
            lines_of(w["said"].format(share=round(100 * p), n=law.n, t=number(t)))
            for p, t in zip(PERCENTS, x, strict=True)
        ]
        grid = np.linspace(1e-6, last, GRID)
        axis, named = axis_name("y", i), i == 0
        traces.append(of_log(x, (100.0 * PERCENTS).tolist(), said, axis, plain(w["log"]) if named else ""))
        cdf = 100.0 * law.cdf(grid * PER_MIN)
        traces.append(of_fit(grid.tolist(), cdf.tolist(), axis, plain(w["fit"]) if named else ""))
    height = 260 if len(laws) == 1 else 150
    panels = [Panel(name, plain(w["unit"]), height, axis={"range": [0, 100]}) for name, _ in laws]
    return style.compose(traces, panels, {"title": plain(w["time"]), "range": [0.0, last], "nticks": 7})


def _remark(hall: Hall, lang: str) -> str:
    w, laws = _WORDS[lang], laws_of(hall)
    parts = [w["off"].format(who=who or w["all"]) for who, law in laws if not law.matches]
    if len(laws) > MOST_PANELS:
        parts.append(w["left_out"].format(n=len(laws) - MOST_PANELS))
    return (" " if lang == "en" else "").join(parts)


CHART = FitChart(
    name="fit-services",
    label=Label("Services", "办理时长"),
    note=Label(
        "Points: the sample's 1, 2, ..., 99 % points. Line: the law that the scenario takes, in its cumulative form.",
        "点为样本的 1%、2%……99% 分位；线为场景采用的分布（累积）。",
    ),
    applies=lambda hall: bool(hall.services),
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
