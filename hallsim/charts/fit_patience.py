"""Patience fitted to a log: Kaplan and Meier's estimate (or Turnbull's) beside the law that the scenario takes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.calibrate.hall.fit import Hall
from hallsim.calibrate.hall.patience import Patience
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
        "unit": "% still there",
        "time": "time waited, min",
        "log": "log, censored waits counted",
        "fit": "scenario",
        "said": "after {t} min {share:.1f} % would still wait",
        "half": "{share:.0f} % have given up by {t} min; the scenario's mean patience is {mean} min ({law})",
        "none": "The scenario's mean patience is {mean} min ({law})",
        "silent": "Who left was seen only when called: when he left is inferred (Turnbull).",
    },
    "zh": {
        "unit": "仍在等候的比例（%）",
        "time": "已等候时间（分钟）",
        "log": "日志（计入删失）",
        "fit": "场景",
        "said": "等候 {t} 分钟后仍有 {share:.1f}% 在等",
        "half": "等候 {t} 分钟时 {share:.0f}% 已放弃；场景平均耐心 {mean} 分钟（{law}）",
        "none": "场景平均耐心 {mean} 分钟（{law}）",
        "silent": "离开者叫号时才发现，离开时刻由 Turnbull 估计推断。",
    },
}


def _curves(hall: Hall) -> list[tuple[str, Patience]]:
    found = []
    for station, known in hall.patience.items():
        where = hall.sample.names.stations[station] if len(hall.patience) > 1 else ""
        for ticket_class, one in known.items():
            who = hall.sample.names.ticket_classes[ticket_class] if ticket_class is not None else ""
            found.append((panel_name(where, who), one))
    return sorted(found, key=lambda one: -one[1].n)[:MOST_PANELS]


def _finding(hall: Hall, lang: str) -> str:
    from hallsim.calibrate.hall.figures import LAWS

    w, one = _WORDS[lang], _curves(hall)[0][1]
    law = LAWS[one.name].zh if lang == "zh" else LAWS[one.name].en
    mean = number(one.mean.value / PER_MIN)
    known = [(p, t) for p, t in one.points if math.isfinite(t)]
    if not known:
        return sentence(w["none"].format(mean=mean, law=law))
    share, t = known[-1]
    return sentence(w["half"].format(share=100 * share, t=number(t / PER_MIN), mean=mean, law=law))


def _figure(hall: Hall, lang: str) -> go.Figure:
    w, curves = _WORDS[lang], _curves(hall)
    last = max(one.curve[-1][0] for _, one in curves) / PER_MIN
    grid = np.linspace(0.0, last, GRID)
    traces: list[dict[str, Any]] = []
    for i, (_, one) in enumerate(curves):
        x, y = [t / PER_MIN for t, _ in one.curve], [100.0 * alive for _, alive in one.curve]
        said = [lines_of(w["said"].format(t=number(t), share=share)) for t, share in zip(x, y, strict=True)]
        axis, named = axis_name("y", i), i == 0
        traces.append(of_log(x, y, said, axis, plain(w["log"]) if named else ""))
        law = 100.0 * one.alive(grid * PER_MIN)
        traces.append(of_fit(grid.tolist(), law.tolist(), axis, plain(w["fit"]) if named else ""))
    height = 260 if len(curves) == 1 else 160
    panels = [Panel(name, plain(w["unit"]), height, axis={"range": [0, 100]}) for name, _ in curves]
    return style.compose(traces, panels, {"title": plain(w["time"]), "range": [0.0, last], "nticks": 7})


def _remark(hall: Hall, lang: str) -> str:
    return _WORDS[lang]["silent"] if any(one.silent for _, one in _curves(hall)) else ""


CHART = FitChart(
    name="fit-patience",
    label=Label("Patience", "耐心"),
    note=Label(
        "Points: the share that has not given up, from waits of which those of the served say only how long patience "
        "lasted at least (Kaplan and Meier). Line: the law that the scenario takes.",
        "点为未放弃者的比例，已办理者的等候只说明耐心至少有多长（Kaplan-Meier）；线为场景采用的分布。",
    ),
    applies=lambda hall: any(hall.patience.values()),
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
