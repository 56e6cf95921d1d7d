"""Arrivals fitted to a log: customers of each half-hour on its days, and the rates that the scenario takes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from hallsim.calibrate.hall.fit import Day, Hall
from hallsim.calibrate.hall.rates import PIECE
from hallsim.charts import style
from hallsim.charts.fit_base import FITTED, MOST_PANELS, FitChart, of_fit, of_log
from hallsim.charts.style import Panel, axis_name
from hallsim.charts.text import lines_of, name_of, plain, sentence, stretch
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "unit": "customers an hour",
        "clock": "hour of arrival",
        "log": "log, mean of days",
        "fit": "scenario",
        "said": "{n:.1f} customers an hour, mean of {days} days",
        "finding": "{n:.0f} customers come on a day ({who}), in {pieces} pieces of constant rate",
        "brown": "Brown's test speaks against Poisson arrivals within half-hours on {rejected} of {tested} days.",
        "left_out": "{n} more kinds of day are not drawn.",
    },
    "zh": {
        "unit": "人/小时",
        "clock": "到达时刻",
        "log": "日志（逐日平均）",
        "fit": "场景",
        "said": "每小时 {n:.1f} 人，{days} 天平均",
        "finding": "{who}日均 {n:.0f} 人，到达率分 {pieces} 段",
        "brown": "Brown 检验在 {tested} 天中有 {rejected} 天不支持半小时内的泊松到达。",
        "left_out": "另有 {n} 类日子未绘出。",
    },
}


def _shown(hall: Hall) -> list[Day]:
    return sorted(hall.days, key=lambda day: -len(day.dates))[:MOST_PANELS]


def _finding(hall: Hall, lang: str) -> str:
    day = _shown(hall)[0]
    who, pieces = name_of(day.kind.label, lang, 30), len(day.rates.rates)
    return sentence(_WORDS[lang]["finding"].format(n=day.rates.level.value, who=who, pieces=pieces))


def _figure(hall: Hall, lang: str) -> go.Figure:
    w, days = _WORDS[lang], _shown(hall)
    traces: list[dict[str, Any]] = []
    for i, day in enumerate(days):
        traces += _of_day(hall, day, axis_name("y", i), lang, named=i == 0)
    first = min(day.rates.open for day in days) / US_PER_MINUTE
    last = max(day.rates.close for day in days) / US_PER_MINUTE
    titles = [plain(name_of(day.kind.label, lang, 40)) if len(days) > 1 else "" for day in days]
    panels = [Panel(title, plain(w["unit"]), 260 if len(days) == 1 else 170) for title in titles]
    return style.compose(traces, panels, style.hour_ticks(first, last) | {"title": plain(w["clock"])})


def _of_day(hall: Hall, day: Day, axis: str, lang: str, named: bool) -> list[dict[str, Any]]:
    w, rates = _WORDS[lang], day.rates
    edges = np.append(np.arange(rates.open, rates.close, PIECE), rates.close)
    legs, first = hall.sample.legs, hall.sample.first_legs
    here = np.setdiff1d(first[np.isin(legs.day[first], day.usual)], hall.booked.legs)
    counts = np.histogram(legs.ticket[here], edges)[0]
    per_hour = counts / len(day.usual) / (np.diff(edges) / US_PER_HOUR)
    minutes = edges / US_PER_MINUTE
    said = [
        lines_of(stretch(a, b), w["said"].format(n=n, days=len(day.usual)))
        for a, b, n in zip(minutes[:-1], minutes[1:], per_hour, strict=True)
    ]
    middle = (minutes[:-1] + minutes[1:]) / 2.0
    bounds = [t / US_PER_MINUTE for t in (*rates.starts, rates.close)]
    x = [t for pair in pairwise(bounds) for t in pair]
    low, high = ([getattr(rate, end) for rate in rates.rates for _ in (0, 1)] for end in ("low", "high"))
    value = [rate.value for rate in rates.rates]
    return [
        *style.band(x, low, high, FITTED.color, axis),
        of_log(middle.tolist(), per_hour.tolist(), said, axis, plain(w["log"]) if named else ""),
        of_fit(bounds, [*value, value[-1]], axis, plain(w["fit"]) if named else "", steps=True),
    ]


def _remark(hall: Hall, lang: str) -> str:
    w = _WORDS[lang]
    tested, rejected = (sum(getattr(day.rates, key) for day in hall.days) for key in ("tested", "rejected"))
    parts = [w["brown"].format(rejected=rejected, tested=tested)] if tested else []
    if len(hall.days) > MOST_PANELS:
        parts.append(w["left_out"].format(n=len(hall.days) - MOST_PANELS))
    return (" " if lang == "en" else "").join(parts)


CHART = FitChart(
    name="fit-arrivals",
    label=Label("Arrivals", "到达"),
    note=Label(
        "Points: customers of each half-hour in the log. Line: the rate that the scenario has, its pieces chosen by "
        "the counts themselves (Bayesian criterion), with the 95 % interval over days. A crowd before the doors is "
        "not part of it.",
        "点为日志中每半小时的到达；线为场景采用的到达率，分段由数据按贝叶斯准则选定，色带为按天计算的 95% 区间。"
        "开门前的聚集客户另计。",
    ),
    applies=lambda hall: bool(hall.days),
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
