"""The log beside the simulation, ticket by ticket: every customer's wait in both.

In: `Profile.stays` of both, where customers of the simulation are those of the log. The correlation is over
all of them; a chart of many thousands draws some, evenly chosen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.beside import Pairs, pairs_of
from hallsim.charts.style import GREY, INK, Look, Panel
from hallsim.charts.subjects import EVERYBODY, MOST_CLASSES, class_look, class_name, sentences
from hallsim.charts.text import amount, lines_of, name_of, plain
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_POINTS = 600
_WORDS = {
    "en": {
        "logged": "wait in the log, min",
        "simulated": "wait in the simulation, min",
        "ticket": "day {day}, customer {customer}",
        "both": "log {logged}, simulation {simulated}",
        "line": "equal waits",
        "finding": "Ticket by ticket the waits of {n} customers correlate by {r}; half of them differ by less than "
        "{half}",
        "flat": "Ticket by ticket, half of {n} waits differ by less than {half}",
        "some": "{n} of {of} tickets are drawn, evenly chosen.",
    },
    "zh": {
        "logged": "实际记录中的等候（分钟）",
        "simulated": "仿真中的等候（分钟）",
        "ticket": "第 {day} 天，第 {customer} 位客户",
        "both": "实际记录 {logged}，仿真 {simulated}",
        "line": "两者相等",
        "finding": "逐号比较，{n} 位客户的等候相关系数为 {r}；半数相差不到 {half}",
        "flat": "逐号比较，{n} 次等候中半数相差不到 {half}",
        "some": "从 {of} 个号中均匀选取 {n} 个绘出。",
    },
}


def correlation(pairs: Pairs) -> float:
    """Return Pearson's correlation of the waits; NaN where one side does not vary."""
    a, b = pairs.logged, pairs.simulated
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def _applies(material: Material) -> str:
    pairs = pairs_of(material)
    if pairs is None:
        return "no_log"
    if len(pairs.key) == 0:
        return "nobody_joined"
    return "" if len(pairs.key) > 1 else "one_customer"


def _finding(material: Material, lang: str) -> str:
    pairs, w = pairs_of(material), _WORDS[lang]
    assert pairs is not None
    r = correlation(pairs)
    half = float(np.median(np.abs(pairs.logged - pairs.simulated)))
    words = {"n": f"{len(pairs.key):,}", "half": amount(max(half, 0.01), "min", lang)}
    return w["flat"].format(**words) if math.isnan(r) else w["finding"].format(r=f"{r:.3f}", **words)


def drawn(pairs: Pairs) -> NDArray[np.int64]:
    """Return which stays are drawn: all, or some evenly chosen in order of day and customer."""
    n = len(pairs.key)
    return np.arange(n) if n <= MOST_POINTS else np.arange(MOST_POINTS) * n // MOST_POINTS


def _figure(material: Material, lang: str) -> go.Figure:
    pairs, w = pairs_of(material), _WORDS[lang]
    assert pairs is not None
    model = material.results.model
    chosen = drawn(pairs)
    shown = Pairs(pairs.key[chosen], pairs.ticket_class[chosen], pairs.logged[chosen], pairs.simulated[chosen])
    classes = np.unique(shown.ticket_class).tolist()
    groups: list[tuple[str, Look, NDArray[np.bool_]]] = [
        (class_name(model, c, lang), class_look(material.results, c), shown.ticket_class == c) for c in classes
    ]
    if not 1 < len(classes) <= MOST_CLASSES:
        groups = [(name_of(EVERYBODY, lang), Look(INK, "solid", "circle", ""), shown.ticket_class >= 0)]
    top = 1.04 * max(float(shown.logged.max()), float(shown.simulated.max()), 1.0)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": plain(w["line"]),
            "showlegend": True,
            "x": [0, top],
            "y": [0, top],
            "line": {"color": GREY, "width": 1},
            "hoverinfo": "skip",
        }
    ]
    for name, look, members in groups:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": plain(name),
                "showlegend": len(groups) > 1,
                "x": _hundredths(shown.logged[members]),
                "y": _hundredths(shown.simulated[members]),
                "marker": {"color": style.tint(look.color, 0.55), "symbol": look.symbol, "size": 6},
                "hovertext": [
                    lines_of(_ticket(key, w), w["both"].format(logged=f"{a:.2f}", simulated=f"{b:.2f}"))
                    for key, a, b in zip(
                        shown.key[members].tolist(), shown.logged[members], shown.simulated[members], strict=True
                    )
                ],
                "hoverinfo": "text",
            }
        )
    panel = Panel("", plain(w["simulated"]), 340, axis={"range": [0, top]})
    return style.compose(traces, [panel], {"title": plain(w["logged"]), "range": [0, top]})


def _ticket(key: int, w: dict[str, str]) -> str:
    return w["ticket"].format(day=(key >> 40) + 1, customer=((key >> 16) & 0xFFFFFF) + 1)


def _hundredths(minutes: NDArray[np.float64]) -> list[float]:
    return [round(x, 2) for x in minutes.tolist()]


def _remark(material: Material, lang: str) -> str:
    pairs = pairs_of(material)
    if pairs is None or len(pairs.key) <= MOST_POINTS:
        return ""
    return sentences(lang, _WORDS[lang]["some"].format(n=f"{MOST_POINTS:,}", of=f"{len(pairs.key):,}"))


CHART = Chart(
    name="log_tickets",
    label=Label("Log and simulation ticket by ticket", "实际记录与仿真：逐号"),
    note=Label(
        "Each point is one customer's wait at a counter: across as logged, upwards as simulated with the same arrivals "
        "and services. Points on the line are equal.",
        "每点为一位客户在台席的等候：横轴为实际记录，纵轴为按相同到达与办理时间的仿真；线上的点两者相等。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    remark=_remark,
)
