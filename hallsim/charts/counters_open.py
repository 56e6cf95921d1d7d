"""Counters open over the day against counters needed: the roster, half-hour by half-hour, beside the work that comes.

In: `Profile.open` and `Profile.needed` of the counters. Needed is the offered load: how many would be busy if nobody
had to wait. More open than needed is a must, not a reserve: at equality lines grow without end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import GREY, INK, Panel
from hallsim.charts.subjects import counters_label, counters_of, of_days, sentences
from hallsim.charts.text import between, lines_of, name_of, plain, sentence, stretch
from hallsim.experiment.over_days import ratio_of
from hallsim.experiment.profile import Profile
from hallsim.model import US_PER_MINUTE, Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_WORDS = {
    "en": {
        "open": "open",
        "need": "needed",
        "servers": "servers",
        "clock": "time of day",
        "short": "“{station}” is short of servers {when}: at the worst {need} are needed and {open} open",
        "more": "; and in {n} more half-hours",
        "tight": "“{station}” is tightest {when}: {need} of {open} open servers are needed",
        "interval": "{name}: {value:.2f} ({low:.2f} to {high:.2f})",
        "alone": "{name}: {value:.2f}",
    },
    "zh": {
        "open": "开放",
        "need": "需要",
        "servers": "台席数",
        "clock": "时刻",
        "short": "“{station}”在 {when} 台席不足：最紧时需要 {need} 个，开放 {open} 个",
        "more": "；另有 {n} 个半小时不足",
        "tight": "“{station}”在 {when} 最紧张：开放 {open} 个台席，需要 {need} 个",
        "interval": "{name}：{value:.2f}（{low:.2f} 至 {high:.2f}）",
        "alone": "{name}：{value:.2f}",
    },
}


class Curve(NamedTuple):
    """Mean number of servers in each half-hour, with its interval over days."""

    value: list[float]
    low: list[float]
    high: list[float]


def curves(profile: Profile) -> tuple[Curve, Curve]:
    """Return the numbers open and needed at the hall's counters, all together."""
    chosen = counters_of(profile.model)
    length = profile.slots[:, 1] - profile.slots[:, 0]
    found = []
    for time in (profile.open, profile.needed):
        at_counters = time[:, chosen].sum(axis=1)
        each = ratio_of(at_counters, np.broadcast_to(length, at_counters.shape))
        found.append(Curve(*(row.tolist() for row in each)))
    return found[0], found[1]


def short_of(profile: Profile) -> list[int]:
    """Return the half-hours in which more servers are needed than open, beyond the noise."""
    opened, needed = curves(profile)
    low = needed.low if profile.n_days > 1 else needed.value
    high = opened.high if profile.n_days > 1 else opened.value
    return [i for i, (need, there) in enumerate(zip(low, high, strict=True)) if need > there]


def _applies(material: Material) -> str:
    profile = material.profile
    if not len(profile.slots):
        return "no_hours"
    chosen = counters_of(profile.model)
    if not profile.open[:, chosen].any():
        return "nobody_on_duty"
    return "" if profile.needed[:, chosen].any() else "nobody_joined"


def _finding(material: Material, lang: str) -> str:
    profile, w = material.profile, _WORDS[lang]
    opened, needed = curves(profile)
    station = name_of(counters_label(profile.model), lang)
    short = short_of(profile)
    if short:
        runs = _runs(short)
        longest = max(runs, key=len)
        worst = max(longest, key=lambda i: needed.value[i] - opened.value[i])
        begin, end = (profile.slots[i, k] / US_PER_MINUTE for i, k in ((longest[0], 0), (longest[-1], 1)))
        others = len(short) - len(longest)
        text = w["short"].format(
            station=station,
            when=between(begin, end, lang),
            need=f"{needed.value[worst]:.1f}",
            open=f"{opened.value[worst]:.1f}",
        )
        return sentence(text + (w["more"].format(n=others) if others else ""))
    manned = [i for i, there in enumerate(opened.value) if there > 0]
    worst = max(manned, key=lambda i: needed.value[i] / opened.value[i])
    begin, end = (x / US_PER_MINUTE for x in profile.slots[worst].tolist())
    return sentence(
        w["tight"].format(
            station=station,
            when=between(begin, end, lang),
            need=f"{needed.value[worst]:.1f}",
            open=f"{opened.value[worst]:.1f}",
        )
    )


def _runs(numbers: Sequence[int]) -> list[list[int]]:
    """Return numbers in runs of neighbours.

    >>> _runs([1, 2, 5])
    [[1, 2], [5]]
    """
    found: list[list[int]] = []
    for i in numbers:
        if found and found[-1][-1] == i - 1:
            found[-1].append(i)
        else:
            found.append([i])
    return found


def _figure(material: Material, lang: str) -> go.Figure:
    profile, w = material.profile, _WORDS[lang]
    slots = (profile.slots / US_PER_MINUTE).tolist()
    corners = [x for slot in slots for x in slot]
    traces: list[dict[str, Any]] = []
    pair = list(zip((w["open"], w["need"]), curves(profile), (INK, GREY), ("solid", "dash"), strict=True))
    texts = []
    for i, slot in enumerate(slots):
        lines = [stretch(*slot)]
        for name, curve, _, _ in pair:
            form = w["interval"] if profile.n_days > 1 else w["alone"]
            lines.append(form.format(name=name, value=curve.value[i], low=curve.low[i], high=curve.high[i]))
        texts += [lines_of(*lines)] * 2
    for name, curve, color, dash in pair:
        value, low, high = ([x for x in part for _ in range(2)] for part in curve)
        if profile.n_days > 1:
            traces += style.band(corners, low, high, color)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plain(name),
                "x": corners,
                "y": style.rounded(value),
                "line": {"color": color, "width": 2, "dash": dash},
                "hovertext": texts,
                "hoverinfo": "text",
                "showlegend": True,
            }
        )
    top = 1.06 * max(x for _, curve, _, _ in pair for x in (*curve.value, *curve.high) if not math.isnan(x))
    axis = {"range": [0, top], **style.whole_steps(top)}
    x = style.hour_ticks(corners[0], corners[-1]) | {"title": plain(w["clock"])}
    return style.compose(traces, [Panel("", plain(w["servers"]), 240, axis=axis)], x)


def _remark(material: Material, lang: str) -> str:
    return sentences(lang, of_days(material.results, material.profile, lang))


CHART = Chart(
    name="counters_open",
    label=Label("Counters open and needed", "开台数与需求"),
    note=Label(
        "Mean number of servers at the counters, half-hour by half-hour, with 95 % intervals over {days}. Open: on "
        "duty, and neither down, on a break nor being set up. Needed: how many would be busy if nobody had to wait, "
        "that is, everybody's service from the moment of joining; who gave up counts with the mean service. To keep "
        "waits short more must be open than needed.",
        "台席数的平均，按半小时统计，附按{days}计算的 95% 置信区间。开放：在岗，且未停机、未休息、非准备中。"
        "需要：若无人等候时正在受理的台席数，即自入队之时起计算每位客户的办理时长；弃号者按平均办理时长计。要使等候较短，开放数须高于需要数。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    day_by_day=True,
    remark=_remark,
)
