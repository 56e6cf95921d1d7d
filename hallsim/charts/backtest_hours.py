"""A back-test hour by hour: the log's mean waits with their own chance, and those predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hallsim.calibrate.backtest import HOUR_LIMIT, Backtest, HourWaits, Prediction
from hallsim.charts import style
from hallsim.charts.base import PageChart
from hallsim.charts.beside import LOOKS
from hallsim.charts.style import Panel, axis_name
from hallsim.charts.text import lines_of, plain, sentence, stretch
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

BacktestChart = PageChart[Backtest]
"""One chart of a back-test."""

MOST_PANELS = 4
_PER_HOUR, _PER_MIN = 60.0, 60.0
_WORDS = {
    "en": {
        "unit": "mean wait, min",
        "clock": "hour of joining",
        "log": "log",
        "simulation": "simulation",
        "said": "{who}: {wait:.2f} min",
        "finding": "{period}: hours are off by {off:.0f} % of the mean wait; {met:.0f} % of the customers joined in "
        "hours met to {limit:.0f} %",
        "left_out": "{n} more periods are not drawn.",
    },
    "zh": {
        "unit": "平均等候（分钟）",
        "clock": "排队时段",
        "log": "实际",
        "simulation": "仿真",
        "said": "{who}：{wait:.2f} 分钟",
        "finding": "{period}：分时段偏差为平均等候的 {off:.0f}%；{met:.0f}% 的客户所在时段偏差不超过 {limit:.0f}%",
        "left_out": "另有 {n} 个时段未绘出。",
    },
}


def _finding(found: Backtest, lang: str) -> str:
    p = found.predictions[0]
    values = {"off": 100 * p.profile, "met": 100 * p.met, "limit": 100 * HOUR_LIMIT}
    return sentence(_WORDS[lang]["finding"].format(period=p.period.name, **values))


def _figure(found: Backtest, lang: str) -> go.Figure:
    w, shown = _WORDS[lang], _shown(found)
    traces = [trace for i, p in enumerate(shown) for trace in _of_period(p, axis_name("y", i), lang, named=i == 0)]
    titles = [plain(p.period.name) if len(shown) > 1 else "" for p in shown]
    panels = [Panel(title, plain(w["unit"]), 260 if len(shown) == 1 else 180) for title in titles]
    hours = [hour.hour for p in shown for hour in p.hours]
    ticks = style.hour_ticks(_PER_HOUR * min(hours), _PER_HOUR * (max(hours) + 1))
    return style.compose(traces, panels, ticks | {"title": plain(w["clock"])})


def _shown(found: Backtest) -> list[Prediction]:
    return [p for p in found.predictions if p.hours][:MOST_PANELS]


def _of_period(p: Prediction, axis: str, lang: str, named: bool) -> list[dict[str, Any]]:
    x = [_PER_HOUR * (hour.hour + 0.5) for hour in p.hours]
    log = [hour.observed_s / _PER_MIN for hour in p.hours]
    half = [hour.half_width_s / _PER_MIN for hour in p.hours]
    low, high = ([max(a + sign * b, 0.0) for a, b in zip(log, half, strict=True)] for sign in (-1, 1))
    traces = style.band(x, low, high, LOOKS["log"]["color"], axis, alpha=0.13)
    for who, waits in (("log", log), ("simulation", [hour.simulated_s / _PER_MIN for hour in p.hours])):
        traces.append(_line(who, x, waits, p.hours, axis, lang, named))
    return traces


def _line(
    who: str, x: list[float], waits: list[float], hours: tuple[HourWaits, ...], axis: str, lang: str, named: bool
) -> dict[str, Any]:
    w, look = _WORDS[lang], LOOKS[who]
    said = [
        lines_of(stretch(_PER_HOUR * hour.hour, _PER_HOUR * (hour.hour + 1)), w["said"].format(who=w[who], wait=wait))
        for hour, wait in zip(hours, waits, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": plain(w[who]) if named else "",
        "showlegend": named,
        "x": x,
        "y": style.rounded(waits),
        "yaxis": axis,
        "line": {"color": look["color"], "dash": look["dash"], "width": 2.5},
        "marker": {"symbol": look["symbol"], "size": 8, "color": look["color"]},
        "hovertext": said,
        "hoverinfo": "text",
    }


def _remark(found: Backtest, lang: str) -> str:
    left = len(found.predictions) - len(_shown(found))
    return _WORDS[lang]["left_out"].format(n=left) if left else ""


CHART = BacktestChart(
    name="backtest-hours",
    label=Label("Hours of the day", "分时段"),
    note=Label(
        "Mean wait by the hour of joining. The band is the 95 % interval of the log's own mean, with days as units: "
        "what chance alone makes of it.",
        "按排队时段的平均等候。色带为日志自身均值的 95% 区间（按天），即偶然波动的范围。",
    ),
    applies=lambda found: bool(_shown(found)),
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
