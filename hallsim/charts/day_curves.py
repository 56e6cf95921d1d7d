"""Numbers of people over the day, one panel each: the mean of the days, and what eight days in ten keep to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.charts import style
from hallsim.charts.style import GREY, INK, LOST, Panel
from hallsim.charts.text import clock, lines_of, plain
from hallsim.experiment.profile import Profile
from hallsim.model import US_PER_MINUTE

if TYPE_CHECKING:
    import plotly.graph_objects as go

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
_WORDS = {
    "en": {
        "people": "people",
        "mean": "mean of the days",
        "range": "10 to 90 % of the days",
        "range_of": "{low:g} to {high:g} on 10 to 90 % of the days",
        "close": "closing",
        "clock": "time of day",
    },
    "zh": {
        "people": "人",
        "mean": "各日平均",
        "range": "10%–90% 的日子",
        "range_of": "10%–90% 的日子：{low:g} 至 {high:g}",
        "close": "闭厅",
        "clock": "时刻",
    },
}


@dataclass(frozen=True)
class Curve:
    """A panel: its title, the counts int64[day, instant], and its height in pixels.

    `limit` is a number that the counts do not pass, with its name; `beside` are counts of others, likewise.
    """

    title: str
    counts: I64
    height: int
    limit: tuple[str, int] | None = None
    beside: tuple[str, I64] | None = None


def figure_of(profile: Profile, curves: Sequence[Curve], close: float, lang: str) -> go.Figure:
    """Return the figure of some curves; `close` is when the doors close, in minutes."""
    w, keep = _WORDS[lang], _used(profile)
    minutes = (profile.grid[:keep] / US_PER_MINUTE).tolist()
    traces: list[dict[str, Any]] = []
    panels, shapes, notes = [], [], []
    for k, curve in enumerate(curves):
        y = style.axis_name("y", k)
        mean, low, high = spread(curve.counts[:, :keep])
        beside = curve.beside[1][:, :keep].mean(axis=0) if curve.beside else mean
        most = max(float(mean.max()), float(high.max()), float(beside.max()), 1.0, *_limit(curve))
        axis = {"range": [0, 1.08 * most], **style.whole_steps(1.08 * most)}
        panels.append(Panel(plain(curve.title), plain(w["people"]), curve.height, axis=axis))
        if profile.n_days > 1:
            traces += style.band(minutes, low.tolist(), high.tolist(), INK, y, 0.15)
        heads = [f"{clock(m)} · {curve.title}" for m in minutes]
        texts = [_hover(w, head, mean[i], low[i], high[i], profile.n_days) for i, head in enumerate(heads)]
        traces.append(_line(minutes, mean, {"color": INK, "width": 2}, texts, y))
        if curve.beside:
            name = curve.beside[0]
            texts = [lines_of(f"{clock(m)} · {name}", f"{w['mean']}: {beside[i]:.2f}") for i, m in enumerate(minutes)]
            traces.append(_line(minutes, beside, {"color": LOST, "width": 2, "dash": "dash"}, texts, y))
        if curve.limit:
            ends = {"x0": minutes[0], "x1": minutes[-1], "y0": curve.limit[1], "y1": curve.limit[1]}
            line = {"color": GREY, "width": 1, "dash": "dash"}
            shapes.append({"type": "line", **ends, "xref": "x", "yref": y, "line": line})
        if minutes[-1] > close:
            ends = {"x0": close, "x1": close, "y0": 0, "y1": 1}
            line = {"color": GREY, "width": 1, "dash": "dot"}
            shapes.append({"type": "line", **ends, "yref": f"{y} domain", "line": line})
    if minutes[-1] > close:
        notes.append(_closing(w["close"], close))
    if profile.n_days > 1:
        traces.append(style.key(plain(w["mean"]), mode="lines", line={"color": INK, "width": 2}))
        box = {"symbol": "square", "size": 12, "color": style.tint(INK, 0.15)}
        traces.append(style.key(plain(w["range"]), mode="markers", marker=box))
    named = {c.limit[0]: {"color": GREY, "width": 1, "dash": "dash"} for c in curves if c.limit}
    named |= {c.beside[0]: {"color": LOST, "width": 2, "dash": "dash"} for c in curves if c.beside}
    traces += [style.key(plain(name), mode="lines", line=line) for name, line in named.items()]
    x = style.hour_ticks(minutes[0], minutes[-1]) | {"title": plain(w["clock"])}
    return style.compose(traces, panels, x, notes, shapes)


def spread(counts: I64) -> tuple[F64, F64, F64]:
    """Return the mean, and the smallest counts that 10 and 90 % of the days do not exceed, of counts [day, instant]."""
    low, high = np.quantile(counts, [0.1, 0.9], axis=0, method="inverted_cdf")
    return counts.mean(axis=0), low.astype(np.float64), high.astype(np.float64)


def _limit(curve: Curve) -> tuple[float, ...]:
    return (float(curve.limit[1]),) if curve.limit else ()


def _line(minutes: list[float], y: F64, line: dict[str, Any], texts: list[str], axis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": minutes,
        "y": style.rounded(y.tolist()),
        "line": line,
        "hovertext": texts,
        "hoverinfo": "text",
        "showlegend": False,
        "yaxis": axis,
    }


def _closing(text: str, close: float) -> dict[str, Any]:
    return {
        "text": plain(text),
        "x": close,
        "xanchor": "right",
        "xshift": -3,
        "y": 0.9,  # below a limit, if the first panel has one
        "yref": "y domain",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": style.SMALL, "color": GREY},
    }


def _hover(w: dict[str, str], head: str, mean: float, low: float, high: float, days: int) -> str:
    texts = [head, f"{w['mean']}: {mean:.2f}"]
    if days > 1:
        texts.append(w["range_of"].format(low=low, high=high))
    return lines_of(*texts)


def _used(profile: Profile) -> int:
    """Return how many instants to draw: until nine days in ten have ended."""
    busy = np.quantile(profile.inside, 0.9, axis=0, method="inverted_cdf") > 0
    last = int(np.flatnonzero(busy)[-1]) if busy.any() else 0
    closing = int(np.searchsorted(profile.grid, profile.model.close))
    return min(max(last + 2, closing + 1), len(profile.grid))
