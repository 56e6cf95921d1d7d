"""People in the zones of a hall over the day, beside their places; and who waits outside.

In: `Profile.zones` and `Profile.outside` at instants ten minutes apart; the finding quotes the `zone_full` and
`stood_outside` of `Results`, the numbers of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallsim.charts.base import Chart, Material
from hallsim.charts.day_curves import Curve, figure_of
from hallsim.charts.subjects import day_of, of_days, sentences, visits
from hallsim.charts.text import name_of, say, sentence
from hallsim.experiment.results import Estimate
from hallsim.model import Label, Zone

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_ZONES = 6
"""The page has room for so many: those that are full most of the time."""
_WORDS = {
    "en": {
        "title": "{zone}: {places} places",
        "places": "places",
        "outside": "waiting outside (mean)",
        "full": "“{zone}” is full for {share} of the opening hours",
        "stood": "; {stood} people a day wait outside it",
        "never": "No zone is ever full; “{zone}” comes closest: at most {most} of {places} places are taken a day",
        "others": "Zones that are full less often are not drawn: {n}.",
    },
    "zh": {
        "title": "{zone}：{places} 个位",
        "places": "容量",
        "outside": "区外等候（平均）",
        "full": "“{zone}”在营业时间的 {share} 内满员",
        "stood": "；每日有 {stood} 人在区外等候",
        "never": "各区均未满员；“{zone}”最接近满员：一日最多占用 {places} 个位中的 {most} 个",
        "others": "另有 {n} 个较少满员的区域未绘出。",
    },
}


def _applies(material: Material) -> str:
    if not material.results.model.zones:
        return "no_zones"
    if not len(material.profile.grid):
        return "no_hours"
    return "" if visits(material.results) > 0 else "no_customers"


def _shown(material: Material) -> list[int]:
    """Return the zones to draw, in the order of the scenario."""
    results = material.results
    full = [_of_zone(material, "zone_full", zone).value for zone in results.model.zones]
    return sorted(sorted(range(len(full)), key=lambda i: (-full[i], i))[:MOST_ZONES])


def _of_zone(material: Material, kpi: str, zone: Zone) -> Estimate:
    return material.results.estimate(kpi, scope="zone", item=zone.name)


def _finding(material: Material, lang: str) -> str:
    w, zones = _WORDS[lang], material.results.model.zones
    worst = max(zones, key=lambda zone: _of_zone(material, "zone_full", zone).value)
    share = _of_zone(material, "zone_full", worst)
    if share.value > 0:
        text = w["full"].format(zone=name_of(worst.label, lang), share=say(share, lang))
        stood = _of_zone(material, "stood_outside", worst)
        return sentence(text + (w["stood"].format(stood=say(stood, lang)) if stood.value > 0 else ""))
    most = {zone: _of_zone(material, "zone_most", zone) for zone in zones}
    closest = max(zones, key=lambda zone: most[zone].value / zone.places)
    numbers = {"most": say(most[closest], lang), "places": closest.places}
    return sentence(w["never"].format(zone=name_of(closest.label, lang), **numbers))


def _figure(material: Material, lang: str) -> go.Figure:
    profile, w = material.profile, _WORDS[lang]
    curves = []
    for i in _shown(material):
        zone = profile.model.zones[i]
        outside = profile.outside[:, i]
        title = w["title"].format(zone=name_of(zone.label, lang), places=zone.places)
        beside = (w["outside"], outside) if outside.any() else None
        curves.append(Curve(title, profile.zones[:, i], 120, (w["places"], zone.places), beside))
    return figure_of(profile, curves, day_of(material.results)[1], lang)


def _remark(material: Material, lang: str) -> str:
    others = len(material.results.model.zones) - len(_shown(material))
    missing = _WORDS[lang]["others"].format(n=others) if others else ""
    return sentences(lang, of_days(material.results, material.profile, lang), missing)


CHART = Chart(
    name="zones",
    label=Label("People in the zones", "各区人数"),
    note=Label(
        "Number of people in each zone, counted every ten minutes, with those of other zones who stand there because "
        "theirs is full: the mean of the {days} and, as a band, what 10 % and 90 % of the {days} do not exceed. The "
        "dashed line is the number of places, seats and standing room together. Who waits outside holds no place.",
        "每十分钟统计一次各区人数，含因本区已满而站到此处的其他区客户：曲线为各{days}平均，"
        "色带为 10% 与 90% 的{days}不超过的人数。"
        "虚线为座位与站位合计的容量。区外等候者不占位。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    day_by_day=True,
    remark=_remark,
)
