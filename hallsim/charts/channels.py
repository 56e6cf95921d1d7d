"""What came of customers in each channel: done there, come to the hall, gone on to another channel, or nowhere.

In: `Profile.edges` and `Profile.flows` of a hall with a catchment, and the figures of channels of `Results`. A
channel's bar is everybody who turned to it before setting out for the hall: at first, or after another channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material, in_language
from hallsim.charts.style import COLORS, LOST, PALE, Panel
from hallsim.charts.subjects import of_days, sentences
from hallsim.charts.text import amount, lines_of, plain, rows_down, say, sentence, with_interval
from hallsim.experiment.over_days import mean_of
from hallsim.experiment.profile import DOOR, Profile, node_of_exit, node_of_station
from hallsim.model import Channel, Label
from hallsim.scenario.channels import ASKED, THE_DOOR

if TYPE_CHECKING:
    import plotly.graph_objects as go

I64 = NDArray[np.int64]
ENDS = ("done", "hall", "other", "nowhere")
"""What comes of somebody who turns to a channel."""
_LOOKS = {"done": (COLORS[0], ""), "hall": (COLORS[4], "/"), "other": (PALE, ""), "nowhere": (LOST, "x")}
_ROW = 34
_WORDS = {
    "en": {
        "axis": "customers per day",
        "done": "done there",
        "hall": "came to the hall after all",
        "other": "went on to another channel",
        "nowhere": "gave it up",
        "finding": "{all} customers a day turn to other channels first; {done} of them are done there, and {hall} come "
        "to the hall after all",
        "share": "Electronic channels do {electronic} of all transactions, {unpaid} without payments; the hall {hall}.",
        "transactions": "transactions done: {n}",
    },
    "zh": {
        "axis": "每日客户数（人次）",
        "done": "在该渠道办结",
        "hall": "转而到厅",
        "other": "转到其他渠道",
        "nowhere": "放弃办理",
        "finding": "每日有 {all} 人次出门前先用其他渠道，其中 {done} 在该渠道办结，{hall} 转而到厅",
        "share": "电子渠道占全部业务的 {electronic}，不含缴费为 {unpaid}；本厅占 {hall}。",
        "transactions": "办结业务（笔）：{n}",
    },
}


class Tried(NamedTuple):
    """A channel, and who turned to it before setting out, by what came of it: int64[n_days] for each of ENDS."""

    channel: Channel
    ends: dict[str, I64]

    @property
    def a_day(self) -> float:
        """How many a day turned to it."""
        return float(sum(days.mean() for days in self.ends.values()))


def tried(profile: Profile) -> list[Tried]:
    """Return the channels that somebody turned to before setting out, those with most customers first."""
    found = [Tried(channel, _ends(profile, channel)) for channel in profile.model.channels]
    return sorted((t for t in found if t.a_day > 0), key=lambda t: -t.a_day)


def _ends(profile: Profile, channel: Channel) -> dict[str, I64]:
    """Return what came of those who turned to a channel, by day."""
    model = profile.model
    names = [s.name for s in model.stations]
    own = {
        node_of_station(names.index(n)) for n in (channel.name + ASKED.tried, channel.name + ASKED.people) if n in names
    }
    exits = {
        node_of_exit(model, i): way_out.channel
        for i, way_out in enumerate(model.exits)
        if way_out.outcome == "elsewhere"
    }
    others = {node_of_station(i) for i, n in enumerate(names) if n.endswith((ASKED.tried, ASKED.people))} - own
    door = node_of_station(names.index(THE_DOOR))
    found = {end: np.zeros(profile.n_days, dtype=np.int64) for end in ENDS}
    for (a, b), days in zip(profile.edges.tolist(), profile.flows.T, strict=True):
        if b in exits and exits[b] == channel.name:
            found["done"] += days  # also of another channel's customers, whom it served without more ado
        elif a in own and b not in own:
            other = b in others or bool(exits.get(b))
            found["hall" if b == door else "other" if other else "nowhere"] += days
    return found


def _applies(material: Material) -> str:
    if not material.results.model.catchment:
        return "no_catchment"
    return "" if tried(material.profile) else "no_channel_tried"


def _finding(material: Material, lang: str) -> str:
    first = _asked_first(material.profile)
    found = tried(material.profile)
    sums = {end: np.sum([t.ends[end] for t in found], axis=0) for end in ENDS}
    done, hall = (float(sums[end].sum()) / max(float(first.sum()), 1.0) for end in ("done", "hall"))
    value, low, high = (float(x) for x in mean_of(first[:, None])[:, 0])
    everybody = with_interval(value, low, high, "per day", lang)
    return sentence(
        _WORDS[lang]["finding"].format(
            all=everybody, done=amount(done, "share", lang), hall=amount(hall, "share", lang)
        )
    )


def _asked_first(profile: Profile) -> I64:
    """Return how many turned to another channel than the hall at first, by day."""
    model = profile.model
    names = [s.name for s in model.stations]
    firsts = {node_of_station(i) for i, name in enumerate(names) if name.endswith(ASKED.tried)}
    firsts |= {node_of_exit(model, i) for i, way_out in enumerate(model.exits) if way_out.outcome == "elsewhere"}
    chosen = [a == DOOR and b in firsts for a, b in profile.edges.tolist()]
    return np.asarray(profile.flows[:, chosen].sum(axis=1))


def _figure(material: Material, lang: str) -> go.Figure:
    found, w = tried(material.profile), _WORDS[lang]
    names = [in_language(t.channel.label, lang) for t in found]
    done = [material.results.estimate("channel_transactions", "channel", t.channel.name) for t in found]
    traces: list[dict[str, Any]] = []
    for end in ENDS:
        means = [t.ends[end].mean() for t in found]
        if not any(means):
            continue
        texts = []
        for t, name, estimate in zip(found, names, done, strict=True):
            value, low, high = (float(x) for x in mean_of(t.ends[end][:, None])[:, 0])
            counted = f"{w[end]}: {with_interval(value, low, high, 'per day', lang)}"
            texts.append(lines_of(name, counted, w["transactions"].format(n=say(estimate, lang))))
        color, hatch = _LOOKS[end]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": plain(w[end]),
                "x": style.rounded([float(mean) for mean in means]),
                "y": list(range(len(found))),
                "width": 0.7,
                "marker": style.fill(color, hatch),
                "hovertext": texts,
                "hoverinfo": "text",
                "showlegend": True,
            }
        )
    x = {"title": plain(w["axis"]), "rangemode": "tozero", "showgrid": True, "nticks": 6}
    return style.compose(traces, [Panel("", "", _ROW * len(found) + 20, axis=rows_down(names))], x, barmode="stack")


def _remark(material: Material, lang: str) -> str:
    shares = ("electronic_share", "electronic_share_unpaid", "hall_share")
    electronic, unpaid, hall = (say(material.results.estimate(name), lang) for name in shares)
    text = _WORDS[lang]["share"].format(electronic=electronic, unpaid=unpaid, hall=hall)
    return sentences(lang, text, of_days(material.results, material.profile, lang))


CHART = Chart(
    name="channels",
    label=Label("What channels do", "各渠道办理情况"),
    note=Label(
        "Customers a day who turn to a channel before setting out for the hall, of their own accord or sent on by "
        "another channel, by what came of it. Who went on to another channel stands in its bar, too. Those whom the "
        "hall sends to a channel are in the chart of paths. Intervals, on pointing at a bar, are of 95 % over {days}.",
        "每日出门前使用某渠道的客户（含从其他渠道转来者），按结果分。转到其他渠道者同时计入后者。由营业厅分流到渠道的客户见"
        "客户路径图。指向条形可见按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
