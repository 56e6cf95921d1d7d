"""Customer paths: from the door through the stations to the ways out, as wide as customers a day.

In: `Profile.edges` and `Profile.flows`. The finding quotes visits, completed, diverted and lost customers of
`Results`, the numbers of the table.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import LOST, SMALL
from hallsim.charts.subjects import of_days, sentences, visits
from hallsim.charts.text import amount, lines_of, name_of, say, with_interval, wrapped
from hallsim.compiled import VISIT_OUTCOMES
from hallsim.experiment.over_days import mean_of
from hallsim.experiment.profile import DOOR, Profile, node_of_exit, node_of_outcome, node_of_station
from hallsim.experiment.results import Results
from hallsim.model import Label, Model

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_EDGES = 40
_LINE, _PAD = 16, 18
"""Pixels of a line of a name, and least pixels between bars."""
_FLOW, _NODE = "#9fb3c2", "#4a6274"
_DOOR = Label("door", "进厅")
_CATCHMENT = Label("catchment", "商圈")
_LOST = ("gave_up", "balked", "turned_away", "closed_out")
_OUTCOMES = {
    "served": Label("served", "已办结"),
    "partly_served": Label("partly served", "部分办结"),
    "gave_up": Label("gave up", "弃号"),
    "balked": Label("would not join", "见队离开"),
    "intercepted": Label("intercepted", "厅外截流"),
    "diverted": Label("diverted", "分流"),
    "turned_away": Label("turned away", "未能进厅"),
    "closed_out": Label("closed out", "闭厅未办"),
}
_WORDS = {
    "en": {
        "finding": "Of {visits} visits a {day}, {completed} are completed in the hall",
        "diverted": ", {share} are sent to other channels",
        "lost": ", {share} are lost by {how}",
        "lost_all": ", {share} are lost, mostly by {how}",
        "how": {
            "gave_up": "giving up",
            "balked": "not joining",
            "turned_away": "finding no room",
            "closed_out": "closing",
        },
        "day": "day",
        "run": "run",
        "flow": "{n} a {day}, {share} of visits",
        "thin": "{n} thinner paths, {share} of all steps, are not drawn.",
    },
    "zh": {
        "finding": "每{day}到访 {visits}，在厅办结 {completed}",
        "diverted": "，分流至其他渠道 {share}",
        "lost": "，因{how}流失 {share}",
        "lost_all": "，流失 {share}，以{how}为主",
        "how": {"gave_up": "弃号", "balked": "见队离开", "turned_away": "未能进厅", "closed_out": "闭厅未办"},
        "day": "日",
        "run": "次",
        "flow": "每{day} {n}，占到访 {share}",
        "thin": "另有 {n} 条较细的路径（占全部步骤的 {share}）未绘出。",
    },
}


def _applies(material: Material) -> str:
    return "" if visits(material.results) > 0 and len(material.profile.edges) else "no_customers"


def _finding(material: Material, lang: str) -> str:
    results, w = material.results, _WORDS[lang]
    text = str(w["finding"]).format(
        visits=say(results.estimate("visits"), lang),
        day=_day(results, lang),
        completed=say(results.estimate("completed"), lang),
    )
    diverted = results.estimate("diverted")
    if diverted.value > 0:
        text += str(w["diverted"]).format(share=say(diverted, lang))
    lost = {name: results.estimate(name).value for name in _LOST}
    total = sum(lost.values())
    if total > 0:
        worst = max(lost, key=lambda name: lost[name])
        how = w["how"]
        assert isinstance(how, dict)
        alone = lost[worst] == total
        share = say(results.estimate(worst), lang) if alone else amount(total, "share", lang)
        text += str(w["lost" if alone else "lost_all"]).format(share=share, how=how[worst])
    return text


def _day(results: Results, lang: str) -> str:
    return str(_WORDS[lang]["run" if results.model.steady else "day"])


def _figure(material: Material, lang: str) -> go.Figure:
    import plotly.graph_objects as go

    results, profile, w = material.results, material.profile, _WORDS[lang]
    model = profile.model
    shown = drawn(profile)
    edges = profile.edges[shown]
    a_day, low, high = mean_of(profile.flows[:, shown])
    all_visits = profile.flows[:, profile.edges[:, 0] == DOOR].sum() / profile.n_days
    nodes = sorted({int(n) for n in edges.ravel()})
    place = {n: i for i, n in enumerate(nodes)}
    lost = {node_of_outcome(model, VISIT_OUTCOMES.index(name)) for name in _LOST}
    lost |= {node_of_exit(model, i) for i, way_out in enumerate(model.exits) if way_out.outcome in _LOST}
    through = [_through(edges, a_day, n) for n in nodes]
    columns = _columns(model, edges, a_day, nodes)
    # Names stand between a column and the next, on a telephone too.
    width = {1: 24, 2: 20, 3: 15, 4: 12, 5: 12}.get(max(columns), 8)
    names = [name_of(label_of(model, n), lang, max(2 * width - 4, 20)) for n in nodes]
    labels = [wrapped(f"{name} {amount(n, 'per day', lang)}", width) for name, n in zip(names, through, strict=True)]
    y, pad, inner = stacked(columns, through, [_LINE * len(label) for label in labels])
    # the last gap holds the names of both its columns
    last = max(columns)
    x = [0.001 + 0.998 * (c if c < last else last + 1) / (last + 1) for c in columns]
    texts = []
    for i, (a, b) in enumerate(edges.tolist()):
        share = amount(a_day[i] / all_visits, "share", lang) if all_visits else amount(math.nan, "share", lang)
        number = with_interval(a_day[i], low[i], high[i], "per day", lang)
        flow = str(w["flow"]).format(n=number, day=_day(results, lang), share=share)
        texts.append(lines_of(f"{names[place[a]]} → {names[place[b]]}", flow))
    sankey: dict[str, Any] = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [lines_of(*label) for label in labels],
            "color": [LOST if n in lost else _NODE for n in nodes],
            "pad": pad,
            "thickness": 14,
            "line": {"width": 0},
            "hoverinfo": "none",
        },
        "link": {
            "source": [place[a] for a in edges[:, 0].tolist()],
            "target": [place[b] for b in edges[:, 1].tolist()],
            "value": style.rounded(a_day.tolist()),
            "color": [style.tint(LOST if b in lost else _FLOW, 0.55) for b in edges[:, 1].tolist()],
            "customdata": texts,
            "hovertemplate": "%{customdata}<extra></extra>",
        },
        "textfont": {"size": SMALL, "color": style.INK},
    }
    sankey["node"] |= {"x": style.rounded(x), "y": style.rounded(y)}
    above = max(22, 4 + 8 * max(len(label) for label in labels))  # half a name stands above a thin bar at the top
    layout = {
        "template": {},
        "height": above + inner + 36,
        "margin": {"l": 8, "r": 8, "t": above, "b": 36},  # small ways out are pushed down a little, and have names
        "paper_bgcolor": "white",
        "font": {"family": style.FONT, "size": SMALL, "color": style.INK},
        "hoverlabel": {"bgcolor": "white", "bordercolor": style.GREY, "align": "left", "font": {"size": SMALL}},
        "dragmode": False,
    }
    return go.Figure({"data": [sankey], "layout": layout})


def _through(edges: NDArray[np.int64], a_day: NDArray[np.float64], node: int) -> float:
    """Return how many a day come to a node, or leave the door."""
    side = 0 if node == DOOR else 1
    return float(a_day[edges[:, side] == node].sum())


def _depths(edges: list[tuple[int, int]]) -> dict[int, int]:
    """Return for every node the steps of the longest way to it; edges that would close a circle are left out."""
    depth: dict[int, int] = {}
    onward: dict[int, list[int]] = {}

    def leads(here: int, there: int) -> bool:
        return here == there or any(leads(n, there) for n in onward.get(here, ()))

    def deepen(node: int, least: int) -> None:
        if depth.get(node, -1) < least:
            depth[node] = least
            for n in onward.get(node, ()):
                deepen(n, least + 1)

    for a, b in edges:
        if leads(b, a):
            continue
        onward.setdefault(a, []).append(b)
        deepen(a, 0)
        deepen(b, depth[a] + 1)
    return depth


def _columns(model: Model, edges: NDArray[np.int64], a_day: NDArray[np.float64], nodes: list[int]) -> list[int]:
    """Return the column of every node.

    Where paths go round in a circle, columns are those of the widest paths that do not. Ways out stand in the last
    column, so that what becomes of customers is read at the right.
    """
    depth = _depths([(int(a), int(b)) for a, b in edges[np.argsort(-a_day, kind="stable")]])
    exits = {n for n in nodes if n >= node_of_exit(model, 0)}
    last = max((d for n, d in depth.items() if n not in exits), default=0) + 1
    return [last if n in exits else depth.get(n, 1) for n in nodes]


def stacked(columns: list[int], through: list[float], names: list[int]) -> tuple[list[float], int, int]:
    """Return where every node stands in its column, the space between bars, and the height of all, in pixels.

    plotly makes bars as high as the fullest column allows, and keeps a space between all of them. It is so wide that
    the names beside two bars, `names` pixels high, never stand over each other; the picture grows with it.
    """
    members = [[i for i, c in enumerate(columns) if c == column] for column in sorted(set(columns))]
    most = max(len(column) for column in members)
    bars_height, pad = 78 + 55 * max(most, 3) - _PAD * (most - 1), float(_PAD)
    high = [0.0] * len(columns)
    for _ in range(3):  # a wider space makes bars lower, which asks for a little more space
        inner = bars_height + pad * (most - 1)
        scale = min((inner - pad * (len(c) - 1)) / (sum(through[i] for i in c) or 1.0) for c in members)
        high = [scale * n for n in through]
        over = [max(name - bar, 0.0) / 2.0 for name, bar in zip(names, high, strict=True)]
        pad = max([pad, *(over[i] + over[j] for column in members for i, j in pairwise(column))])
    inner = bars_height + pad * (most - 1)
    y = [0.5] * len(columns)
    for column in members:
        bars = sum(high[i] for i in column)
        space = (inner - bars) / (len(column) - 1) if len(column) > 1 else (inner - bars) / 2.0
        at = 0.0 if len(column) > 1 else space
        for i in column:
            y[i] = min(max((at + high[i] / 2.0) / inner, 0.001), 0.999)
            at += high[i] + space
    return y, round(pad), round(inner)


def drawn(profile: Profile) -> NDArray[np.int64]:
    """Return which edges are drawn: all, or the widest of very many."""
    total = profile.flows.sum(axis=0)
    order = np.argsort(-total, kind="stable")[:MOST_EDGES]
    kept: NDArray[np.int64] = np.sort(order[total[order] > 0])
    return kept


def label_of(model: Model, node: int) -> Label:
    """Return the name of a node."""
    if node == DOOR:
        return _CATCHMENT if model.catchment else _DOOR
    if node < node_of_exit(model, 0):
        return model.stations[node - node_of_station(0)].label
    if node < node_of_outcome(model, 0):
        return model.exits[node - node_of_exit(model, 0)].label
    return _OUTCOMES[VISIT_OUTCOMES[node - node_of_outcome(model, 0)]]


def _remark(material: Material, lang: str) -> str:
    profile, kept = material.profile, drawn(material.profile)
    missing, thin = int((profile.flows.sum(axis=0) > 0).sum()) - len(kept), ""
    if missing > 0:
        share = amount(1.0 - float(profile.flows[:, kept].sum() / profile.flows.sum()), "share", lang)
        thin = str(_WORDS[lang]["thin"]).format(n=missing, share=share)
    return sentences(lang, of_days(material.results, profile, lang), thin)


CHART = Chart(
    name="paths",
    label=Label("Customer paths", "客户路径"),
    note=Label(
        "Where customers go, from the door to the way out; as wide as the mean number, averaged over {days}. Numbers "
        "beside the bars count who came there; a customer who returns to a station counts again. Dark red: customers "
        "lost. The 95 % interval of each flow over {days} is in the hover text.",
        "客户从进厅到离开的路径，宽度为平均人数（按{days}平均）。条旁数字为到达该处的人数，重复到达重复计数；深红色为流失客户。"
        "悬停可见各流量按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    day_by_day=True,
    remark=_remark,
)
