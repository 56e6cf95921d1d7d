"""How charts look: one colour per ticket class, and the frame that all figures share.

Colours are those of Okabe and Ito ("Color Universal Design", 2008, https://jfly.uni-koeln.de/color/), which
people with any colour vision tell apart, less yellow, which vanishes on white. Every class has a dash, a
marker and a hatch of its own as well, so that a grey print can be read. What is not a class (stations,
states of servers) is drawn in greys.

A figure is a column of panels that share one horizontal axis; it has a height but no width, no title
(the page prints the finding as a heading), the legend below, and nothing to drag, so that a finger scrolls
the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hallsim.experiment.table import display_width

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Blue, vermilion, bluish green, reddish purple, orange, sky blue, black."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "6px,2px")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross")
HATCHES = ("", "/", "\\", "x", ".", "-", "+")
INK, GREY, PALE, GRID = "#222222", "#767676", "#d4d4d4", "#ebebeb"
LOST = "#8c2d04"
"""Of customers whom the hall has lost: a dark brown red, which no class has."""
FONT = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif'
SIZE = 13
SMALL = 12
"""Nothing is written smaller."""
_TOP, _BELOW_TITLE, _GAP, _AXIS = 12, 22, 18, 52
_NARROW = 290
"""Pixels between the axes of the narrowest page: the legend must fit below the figure there too."""


@dataclass(frozen=True, slots=True)
class Look:
    """What tells a ticket class from the others, in colour and without."""

    color: str
    dash: str
    symbol: str
    hatch: str


def look_of(number: int) -> Look:
    """Return the look of the first ticket class (0), of the second, ...; the eighth has the first's colour only.

    >>> look_of(0).color != look_of(1).color, look_of(0).dash != look_of(7).dash
    (True, True)
    """
    n = len(COLORS)
    turn = (number + number // n) % n
    return Look(COLORS[number % n], DASHES[turn], SYMBOLS[turn], HATCHES[turn])


def tint(color: str, alpha: float) -> str:
    """Return a colour made transparent.

    >>> tint("#0072B2", 0.2)
    'rgba(0,114,178,0.2)'
    """
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def rounded(values: Sequence[float]) -> list[float | None]:
    """Return numbers to six digits, None for what is none: short in JSON, exact enough for any reader."""
    return [None if not math.isfinite(v) else float(f"{float(v):.6g}") for v in values]


# --- pieces of figures -----------------------------------------------------------------------------------------


def band(
    x: Sequence[float], low: Sequence[float], high: Sequence[float], color: str, axis: str = "y", alpha: float = 0.18
) -> list[dict[str, Any]]:
    """Return the areas between two curves, one for each stretch on which both are known; they say nothing."""
    known = [math.isfinite(a) and math.isfinite(b) for a, b in zip(low, high, strict=True)]
    edges = [0, *(i for i in range(1, len(known)) if known[i] != known[i - 1]), len(known)]
    areas = []
    for begin, end in pairwise(edges):
        if end - begin < 2 or not known[begin]:
            continue
        there, back = slice(begin, end), slice(end - 1, begin - 1 if begin else None, -1)
        areas.append(
            {
                "type": "scatter",
                "x": [*x[there], *x[back]],
                "y": rounded([*high[there], *low[back]]),
                "fill": "toself",
                "fillcolor": tint(color, alpha),
                "mode": "none",
                "hoverinfo": "skip",
                "showlegend": False,
                "yaxis": axis,
            }
        )
    return areas


def fill(color: str, hatch: str) -> dict[str, Any]:
    """Return the marker of bars in a class's colour and hatch."""
    plain = {"color": color, "line": {"width": 1, "color": "white"}}
    if not hatch:
        return plain
    pattern = {"fillmode": "overlay", "fgcolor": "white", "fgopacity": 0.45, "size": 8, "solidity": 0.15}
    return plain | {"pattern": pattern | {"shape": hatch}}


def errors(value: Sequence[float], low: Sequence[float], high: Sequence[float], color: str) -> dict[str, Any]:
    """Return error bars from intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded([h - v for v, h in zip(value, high, strict=True)]),
        "arrayminus": rounded([v - w for v, w in zip(value, low, strict=True)]),
        "color": color,
        "thickness": 1.5,
        "width": 4,
    }


def key(name: str, **style: Any) -> dict[str, Any]:
    """Return an entry of the legend that belongs to no data; `name` is escaped."""
    return {"type": "scatter", "x": [None], "y": [None], "name": name, "hoverinfo": "skip", "showlegend": True, **style}


# --- the frame -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Panel:
    """One of the panels of a figure, above the next; `title` and `unit` (of the vertical axis) are escaped."""

    title: str = ""
    unit: str = ""
    height: int = 200
    color: str = INK
    axis: dict[str, Any] = field(default_factory=dict)


def axis_name(letter: str, i: int) -> str:
    """Return the name of axis i, from 0, as traces use it."""
    return letter if i == 0 else f"{letter}{i + 1}"


def compose(
    traces: Sequence[dict[str, Any]],
    panels: Sequence[Panel],
    x: dict[str, Any],
    annotations: Sequence[dict[str, Any]] = (),
    shapes: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> go.Figure:
    """Put a figure together.

    Parameters
    ----------
    traces : list of dict
        With `yaxis` "y" for the first panel, "y2" for the second and so on.
    panels : list of Panel
    x : dict
        The horizontal axis, with `title` an escaped text.
    annotations, shapes : list of dict
    **more
        Entries of the layout, such as further axes.
    """
    import plotly.graph_objects as go

    heights = [p.height for p in panels]
    titles = [_BELOW_TITLE if p.title else 0 for p in panels]
    inner = sum(heights) + sum(titles[1:]) + _GAP * (len(panels) - 1)
    legend = _legend_height([str(t["name"]) for t in traces if t.get("showlegend") and t.get("name")])
    below = _AXIS if x.get("title") else _AXIS - 20
    layout: dict[str, Any] = {
        "template": {},
        "height": _TOP + titles[0] + inner + below + legend,
        "margin": {"l": 8, "r": 22, "t": _TOP + titles[0], "b": 8, "pad": 2, "autoexpand": True},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "font": {"family": FONT, "size": SIZE, "color": INK},
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "white",
            "bordercolor": GREY,
            "align": "left",
            "font": {"size": SMALL, "color": INK},
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "font": {"size": SMALL},
            "itemclick": False,
            "itemdoubleclick": False,
            "traceorder": "normal",
        },
        "showlegend": legend > 0,
        "xaxis": _axis(
            x | {"title": _title(x.get("title", "")), "anchor": axis_name("y", len(panels) - 1)}, ticks="outside"
        ),
        "annotations": list(annotations),
        "shapes": list(shapes),
    }
    top = float(inner)
    for i, panel in enumerate(panels):
        if i:
            top -= _GAP + titles[i]
        low, high = max((top - panel.height) / inner, 0.0), min(top / inner, 1.0)
        top -= panel.height
        layout["yaxis" if i == 0 else f"yaxis{i + 1}"] = _axis(
            {"title": _title(panel.unit), "domain": [low, high], "rangemode": "tozero", "anchor": "x"} | panel.axis
        )
        if panel.title:
            layout["annotations"].append(
                {
                    "text": panel.title,
                    "showarrow": False,
                    "xref": "paper",
                    "x": 0,
                    "xanchor": "left",
                    "yref": "paper",
                    "y": high,
                    "yanchor": "bottom",
                    "font": {"size": SIZE, "color": panel.color, "weight": 600},
                }
            )
    for name, value in more.items():
        layout[name] = _axis(value) if name.startswith(("xaxis", "yaxis")) else value
    return go.Figure({"data": list(traces), "layout": layout})


def hour_ticks(first: float, last: float) -> dict[str, Any]:
    """Return an axis of the day from minutes since midnight, with so few labels that they fit on a telephone."""
    hours = (last - first) / 60.0
    step = next((s for s in (1, 2, 3, 4, 6, 8, 12) if hours / s <= 6.5), 24)
    at = list(range(int(-(-first // 60)) * 60, int(last) + 1, 60))
    labelled = [m for m in at if (m // 60) % step == (at[0] // 60) % step] if at else []
    return {
        "range": [first, last],
        "tickmode": "array",
        "tickvals": labelled,
        "ticktext": [f"{m // 60:02d}:{m % 60:02d}" for m in labelled],
        "tickangle": 0,
        "minor": {
            "tickmode": "array",
            "tickvals": [m for m in at if m not in labelled],
            "ticks": "outside",
            "ticklen": 3,
        },
    }


def _axis(given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return (
        {
            "fixedrange": True,
            "automargin": True,
            "showline": True,
            "linecolor": GREY,
            "tickcolor": GREY,
            "gridcolor": GRID,
            "zeroline": False,
            "tickfont": {"size": SMALL},
        }
        | more
        | given
    )


def _title(text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": SMALL}, "standoff": 8} if text else {}


def _legend_height(names: Sequence[str]) -> int:
    """Return the pixels that a legend takes on the narrowest page, in columns of equal width; 0 without one."""
    if not names:
        return 0
    columns = max(_NARROW // max(48 + 8 * display_width(name) for name in names), 1)
    return 12 + 20 * -(-len(names) // columns)


def whole_steps(top: float) -> dict[str, Any]:
    """Return ticks at whole numbers for an axis from 0 to `top`."""
    return {"tickmode": "linear", "tick0": 0, "dtick": next((s for s in _NICE if top / s <= 5), _NICE[-1])}


_NICE = [m * 10**e for e in range(9) for m in (1, 2, 5)]


def above_point(text: str, x: float, y: float, to_the_left: bool, up: int, color: str = INK) -> dict[str, Any]:
    """Return what stands above a point, `up` pixels, and runs inwards so that it is never cut off."""
    return {
        "text": text,
        "x": rounded([x])[0],
        "y": y,
        "xanchor": "right" if to_the_left else "left",
        "xshift": 8 if to_the_left else -8,
        "yanchor": "bottom",
        "yshift": up,
        "showarrow": False,
        "font": {"size": SMALL, "color": color},
    }
