"""People inside and waiting over the day: the mean of the days, and the range that eight days in ten keep to.

In: `Profile.inside` and `Profile.waiting` at instants ten minutes apart; the finding quotes the hourly
`queue_length` of `Results`, the number of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.subjects import counters_label, day_of, hours_of, of_days, sentences, stations_of, visits
from hallsim.charts.text import between, clock, lines_of, name_of, plain, say, sentence
from hallsim.experiment.profile import Profile
from hallsim.experiment.results import Results
from hallsim.model import US_PER_MINUTE, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_QUEUES = 3
LEAST_QUEUE = 0.1
"""A station is drawn if on average so many wait there at the worst instant."""
_WORDS = {
    "en": {
        "inside": "People inside the hall",
        "waiting": "Waiting at “{station}”",
        "people": "people",
        "mean": "mean of the days",
        "range": "10 to 90 % of the days",
        "range_of": "{low:g} to {high:g} on 10 to 90 % of the days",
        "close": "closing",
        "clock": "time of day",
        "longest": "The queue at “{station}” is longest {when}: {length} on average",
        "noise": "; the difference from the hour {other} is inside the noise",
        "empty": "Nobody has to wait at “{station}”; most people are inside {when}: {inside} on average",
        "others": "Stations with shorter queues, or none, are not drawn: {n}.",
    },
    "zh": {
        "inside": "在厅人数",
        "waiting": "“{station}”排队人数",
        "people": "人",
        "mean": "各日平均",
        "range": "10%–90% 的日子",
        "range_of": "10%–90% 的日子：{low:g} 至 {high:g}",
        "close": "闭厅",
        "clock": "时刻",
        "longest": "“{station}”排队在 {when} 最长：平均 {length}",
        "noise": "；与 {other} 的差异在误差范围内",
        "empty": "“{station}”无人需要等候；在厅人数以 {when} 最多：平均 {inside}",
        "others": "另有 {n} 个服务点排队较短或无排队，未绘出。",
    },
}


def _applies(material: Material) -> str:
    if not len(material.profile.grid):
        return "no_hours"
    return "" if visits(material.results) > 0 and material.profile.inside.any() else "no_customers"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    station = name_of(counters_label(results.model), lang)
    hours = hours_of(results)
    lengths = sorted(
        ((results.estimate("queue_length", hour=h.key), h) for h in hours), key=lambda pair: -pair[0].value
    )
    longest, hour = lengths[0]
    if longest.value == 0:
        inside, hour = max(
            ((results.estimate("people_inside", hour=h.key), h) for h in hours), key=lambda pair: pair[0].value
        )
        when = between(hour.begin, hour.end, lang)
        return sentence(w["empty"].format(station=station, when=when, inside=say(inside, lang, w["people"])))
    text = w["longest"].format(
        station=station, when=between(hour.begin, hour.end, lang), length=say(longest, lang, w["people"])
    )
    if len(lengths) > 1 and lengths[1][0].high >= longest.low:
        text += w["noise"].format(other=f"{clock(lengths[1][1].begin)}–{clock(lengths[1][1].end)}")
    return sentence(text)


def _figure(material: Material, lang: str) -> go.Figure:
    results, profile, w = material.results, material.profile, _WORDS[lang]
    shown = _stations(results, profile)
    curves = [(w["inside"], profile.inside)]
    for s in shown:
        name = name_of(results.model.stations[s].label, lang)
        curves.append((w["waiting"].format(station=name), profile.waiting[:, s]))
    keep = _used(profile)
    minutes = (profile.grid[:keep] / US_PER_MINUTE).tolist()
    traces: list[dict[str, Any]] = []
    panels, shapes, notes = [], [], []
    close = day_of(results)[1]
    for k, (title, counts) in enumerate(curves):
        y = style.axis_name("y", k)
        mean, low, high = spread(counts[:, :keep])
        top = 1.08 * max(float(mean.max()), float(high.max()), 1.0)
        panels.append(Panel(plain(title), plain(w["people"]), 190 if k == 0 else 130, axis={"range": [0, top]}))
        if profile.n_days > 1:
            traces += style.band(minutes, low.tolist(), high.tolist(), INK, y, 0.15)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": minutes,
                "y": style.rounded(mean.tolist()),
                "line": {"color": INK, "width": 2},
                "hovertext": [
                    _hover(w, f"{clock(m)} · {title}", mean[i], low[i], high[i], profile.n_days)
                    for i, m in enumerate(minutes)
                ],
                "hoverinfo": "text",
                "showlegend": False,
                "yaxis": y,
            }
        )
        if minutes[-1] > close:
            shapes.append(
                {
                    "type": "line",
                    "x0": close,
                    "x1": close,
                    "y0": 0,
                    "y1": 1,
                    "yref": f"{y} domain",
                    "line": {"color": GREY, "width": 1, "dash": "dot"},
                }
            )
    if minutes[-1] > close:
        notes.append(
            {
                "text": plain(w["close"]),
                "x": close,
                "xanchor": "right",
                "xshift": -3,
                "y": 1,
                "yref": "y domain",
                "yanchor": "top",
                "showarrow": False,
                "font": {"size": style.SMALL, "color": GREY},
            }
        )
    if profile.n_days > 1:
        traces.append(style.key(plain(w["mean"]), mode="lines", line={"color": INK, "width": 2}))
        box = {"symbol": "square", "size": 12, "color": style.tint(INK, 0.15)}
        traces.append(style.key(plain(w["range"]), mode="markers", marker=box))
    x = style.hour_ticks(minutes[0], minutes[-1]) | {"title": plain(w["clock"])}
    return style.compose(traces, panels, x, notes, shapes)


def spread(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean, and the smallest counts that 10 and 90 % of the days do not exceed, of counts [day, instant]."""
    low, high = np.quantile(counts, [0.1, 0.9], axis=0, method="inverted_cdf")
    return counts.mean(axis=0), low.astype(np.float64), high.astype(np.float64)


def _hover(w: dict[str, str], head: str, mean: float, low: float, high: float, days: int) -> str:
    texts = [head, f"{w['mean']}: {mean:.2f}"]
    if days > 1:
        texts.append(w["range_of"].format(low=low, high=high))
    return lines_of(*texts)


def _stations(results: Results, profile: Profile) -> list[int]:
    """Return the stations with a queue to speak of, those with the longest if there are many, the counters first."""
    longest = profile.waiting.mean(axis=0).max(axis=1)
    came = [s for s in stations_of(results, len(results.model.stations)) if longest[s] >= LEAST_QUEUE]
    kept = sorted(came, key=lambda s: -longest[s])[:MOST_QUEUES]
    return [s for s in came if s in kept]


def _used(profile: Profile) -> int:
    """Return how many instants to draw: until nine days in ten have ended."""
    busy = np.quantile(profile.inside, 0.9, axis=0, method="inverted_cdf") > 0
    last = int(np.flatnonzero(busy)[-1]) if busy.any() else 0
    closing = int(np.searchsorted(profile.grid, profile.model.close))
    return min(max(last + 2, closing + 1), len(profile.grid))


def _remark(material: Material, lang: str) -> str:
    results, profile = material.results, material.profile
    others = len(stations_of(results, len(results.model.stations))) - len(_stations(results, profile))
    missing = _WORDS[lang]["others"].format(n=others) if others else ""
    return sentences(lang, of_days(results, profile, lang), missing)


CHART = Chart(
    name="crowd",
    label=Label("People inside and queues", "在厅与排队人数"),
    note=Label(
        "Number of people in the hall and waiting at the stations, counted every ten minutes: the mean of the {days} "
        "and, as a band, what 10 % and 90 % of the {days} do not exceed (how {days} differ, not an interval of the "
        "mean). The title's number is the hour's mean with its 95 % interval over all {days}.",
        "每十分钟统计一次在厅人数和各服务点排队人数：曲线为各{days}平均，色带为 10% 与 90% 的{days}不超过的人数"
        "（反映各{days}差异，并非均值的置信区间）。标题数字为该时段平均及其按全部{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
