"""Giving up by the number of people ahead: who turns away from which line.

In: `Profile.ahead_joined` and `Profile.ahead_gave_up`. The finding quotes the profile's own shares; the
hall's abandonment in the note is that of the table.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.base import Chart, Material
from hallsim.charts.style import INK, Panel
from hallsim.charts.subjects import (
    EVERYBODY,
    class_look,
    class_name,
    classes_in_all,
    classes_of,
    counters_of,
    joined,
    left_out,
    of_days,
    sentences,
)
from hallsim.charts.text import lines_of, name_of, plain, say, spell
from hallsim.experiment.over_days import ratio_of
from hallsim.experiment.profile import AHEAD_BINS, Profile
from hallsim.experiment.results import Results
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go

F64 = NDArray[np.float64]

ENOUGH = 20
"""Fewer customers than this over all days tell nothing about a share: their point is not drawn."""
MANY = 100
"""The title speaks of points with at least so many, if there are two."""
MOST_CURVES = 4
_WORDS = {
    "en": {
        "share": "gave up, %",
        "ahead": "people ahead in the line on joining it",
        "more": "{n}+",
        "at": "{n} ahead",
        "gave_up": "gave up: {share}",
        "of": "{n} customers",
        "rises": "Of customers with {most} ahead {high} give up, with {least} ahead {low}",
        "flat": "With {most} ahead {high} give up and with {least} ahead {low}: the difference is inside the noise",
        "one": "Of customers at the counters {share} give up",
        "all": "Of all who joined {share} gave up.",
        "few": "Points of fewer than {n} customers are not drawn.",
        "one_more": "{n} or more",
        "so_many": "{n}",
        "nobody": "nobody",
    },
    "zh": {
        "share": "弃号率（%）",
        "ahead": "取号时前面等候人数",
        "more": "{n}+",
        "at": "前面{n}",
        "gave_up": "弃号率：{share}",
        "of": "{n} 位客户",
        "rises": "前面{most}时弃号率为 {high}，前面{least}时为 {low}",
        "flat": "前面{most}与{least}时弃号率分别为 {high}和 {low}，差异在误差范围内",
        "one": "台席客户弃号率为 {share}",
        "all": "全部入队客户弃号率为 {share}。",
        "few": "不足 {n} 位客户的点未绘出。",
        "one_more": "有 {n} 人以上",
        "so_many": "有 {n} 人",
        "nobody": "无人",
    },
}


def _applies(material: Material) -> str:
    results, profile = material.results, material.profile
    if joined(results) == 0 or not profile.ahead_joined.any():
        return "nobody_joined"
    if profile.ahead_gave_up.any():
        return ""
    stations = [results.model.stations[i] for i in counters_of(results.model)]
    return "nobody_gave_up" if any(p is not None for s in stations for p in s.patience) else "no_patience"


def shares(profile: Profile, ticket_class: int | None = None) -> tuple[F64, NDArray[np.int64]]:
    """Return the share who gave up by people ahead, with its interval, and how many joined.

    Parameters
    ----------
    profile : Profile
    ticket_class : int, optional
        All by default.

    Returns
    -------
    float64[3, AHEAD_BINS], int64[AHEAD_BINS]
        NaN where fewer than `ENOUGH` joined.
    """
    chosen = slice(None) if ticket_class is None else slice(ticket_class, ticket_class + 1)
    came = profile.ahead_joined[:, chosen].sum(axis=1)
    found = np.clip(ratio_of(profile.ahead_gave_up[:, chosen].sum(axis=1), came), 0.0, 1.0)
    n = came.sum(axis=0)
    found[:, n < ENOUGH] = math.nan
    return found, n


def _finding(material: Material, lang: str) -> str:
    w = _WORDS[lang]
    found, n = shares(material.profile)
    known = np.flatnonzero(n >= (MANY if (n >= MANY).sum() > 1 else ENOUGH))
    if len(known) < 2:
        return w["one"].format(share=say(material.results.estimate("abandonment"), lang))
    least, most = int(known[0]), int(known[-1])
    words = {
        "least": _ahead(least, lang),
        "most": _ahead(most, lang),
        "low": spell(found[:, least], "share", lang),
        "high": spell(found[:, most], "share", lang),
    }
    apart = found[2, least] < found[1, most] or found[2, most] < found[1, least]
    single = material.profile.n_days == 1
    return w["rises" if apart or single else "flat"].format(**words)


def _ahead(n: int, lang: str) -> str:
    """Return how many are ahead in words."""
    return _WORDS[lang]["one_more" if n == AHEAD_BINS - 1 else "so_many" if n else "nobody"].format(n=n)


def _figure(material: Material, lang: str) -> go.Figure:
    results, profile, w = material.results, material.profile, _WORDS[lang]
    classes = _drawn(results, profile)
    curves: list[tuple[int | None, str, style.Look]] = []
    if len(classes) != 1:
        curves.append((None, name_of(EVERYBODY, lang), style.Look(INK, "solid", "circle", "")))
    curves += [(c, class_name(results.model, c, lang), class_look(results, c)) for c in classes]
    traces: list[dict[str, Any]] = []
    for k, (ticket_class, name, look) in enumerate(curves):
        found, n = shares(profile, ticket_class)
        at = [i for i in range(AHEAD_BINS) if n[i] >= ENOUGH]
        if not at:
            continue
        # Beside each other, so that intervals do not cover one another.
        x = [i + 0.12 * (k - (len(curves) - 1) / 2) for i in at]
        value, low, high = (100 * found[j, at] for j in range(3))
        trace = {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain(name),
            "showlegend": len(curves) > 1,
            "x": style.rounded(x),
            "y": style.rounded(value.tolist()),
            "line": {"color": look.color, "dash": look.dash, "width": 2.5 if ticket_class is None else 1.5},
            "marker": {"symbol": look.symbol, "size": 8, "color": look.color},
            "hovertext": [
                lines_of(
                    f"{name} · {w['at'].format(n=_ahead(i, lang))}",
                    w["gave_up"].format(share=spell(found[:, i], "share", lang)),
                    w["of"].format(n=int(n[i])),
                )
                for i in at
            ],
            "hoverinfo": "text",
        }
        if profile.n_days > 1:
            trace["error_y"] = style.errors(value.tolist(), low.tolist(), high.tolist(), look.color)
        traces.append(trace)
    last = max((max(t["x"]) for t in traces), default=1.0)
    ticks = list(range(AHEAD_BINS))
    x_axis = {
        "title": plain(w["ahead"]),
        "range": [-0.5, max(last, 1.0) + 0.5],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [w["more"].format(n=i) if i == AHEAD_BINS - 1 else str(i) for i in ticks],
        "tickangle": 0,
    }
    return style.compose(traces, [Panel("", plain(w["share"]), 280)], x_axis)


def _drawn(results: Results, profile: Profile) -> list[int]:
    """Return the classes with a curve of their own, the largest if there are many."""
    return [c for c in classes_of(results, MOST_CURVES) if profile.ahead_joined[:, c].any()]


def _remark(material: Material, lang: str) -> str:
    results, profile, w = material.results, material.profile, _WORDS[lang]
    whole = w["all"].format(share=say(results.estimate("abandonment"), lang))
    came = profile.ahead_joined.sum(axis=0)
    few = ((came > 0) & (came < ENOUGH)).any()
    return sentences(
        lang,
        whole,
        of_days(results, profile, lang),
        w["few"].format(n=ENOUGH) if few else "",
        left_out(classes_in_all(results) - len(classes_of(results, MOST_CURVES)), "classes", lang),
    )


CHART = Chart(
    name="abandonment",
    label=Label("Giving up by people ahead", "按前面等候人数的弃号率"),
    note=Label(
        "Of those who joined a line at the counters with so many waiting ahead of them in the same line, the share who "
        "gave up (or did not come when called). Error bars are 95 % intervals over {days}.",
        "在台席取号时同一队列前面恰有若干人等候的客户中，弃号（或叫号未到）者的占比。"
        "误差线为按{days}计算的 95% 置信区间。",
    ),
    applies=_applies,
    finding=_finding,
    figure=_figure,
    day_by_day=True,
    remark=_remark,
)
