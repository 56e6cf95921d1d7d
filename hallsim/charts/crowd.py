"""People inside and waiting over the day: the mean of the days, and the range that eight days in ten keep to.

In: `Profile.inside` and `Profile.waiting` at instants ten minutes apart; the finding quotes the hourly
`queue_length` of `Results`, the number of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.charts.base import Chart, Material
from hallsim.charts.day_curves import Curve, figure_of
from hallsim.charts.subjects import counters_label, day_of, hours_of, of_days, sentences, stations_of, visits
from hallsim.charts.text import between, clock, name_of, say, sentence
from hallsim.experiment.profile import Profile
from hallsim.experiment.results import Results
from hallsim.model import Label

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
        "longest": "The queue at “{station}” is longest {when}: {length} on average",
        "noise": "; the difference from the hour {other} is inside the noise",
        "empty": "Nobody has to wait at “{station}”; most people are inside {when}: {inside} on average",
        "others": "Stations with shorter queues, or none, are not drawn: {n}.",
    },
    "zh": {
        "inside": "在厅人数",
        "waiting": "“{station}”排队人数",
        "people": "人",
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
    curves = [Curve(w["inside"], profile.inside, 190)]
    for s in _stations(results, profile):
        name = name_of(results.model.stations[s].label, lang)
        curves.append(Curve(w["waiting"].format(station=name), profile.waiting[:, s], 130))
    return figure_of(profile, curves, day_of(results)[1], lang)


def _stations(results: Results, profile: Profile) -> list[int]:
    """Return the stations with a queue to speak of, those with the longest if there are many, the counters first."""
    longest = profile.waiting.mean(axis=0).max(axis=1)
    came = [s for s in stations_of(results, len(results.model.stations)) if longest[s] >= LEAST_QUEUE]
    kept = sorted(came, key=lambda s: -longest[s])[:MOST_QUEUES]
    return [s for s in came if s in kept]


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
    day_by_day=True,
    remark=_remark,
)
