"""What the charts of a calibration read, and what they have in common.

In: a `Hall` as `hallsim.calibrate.hall` has fitted it to a log. Out: `FitChart`s, each with what was fitted beside what
it was fitted to: the log in grey points, the fit in a coloured line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hallsim.calibrate.hall.fit import Hall
from hallsim.charts import style
from hallsim.charts.base import PageChart
from hallsim.charts.style import GREY, look_of
from hallsim.charts.text import name_of, plain
from hallsim.model import Label

FitChart = PageChart[Hall]
"""One chart of a calibration."""

MOST_PANELS = 4
FITTED = look_of(0)
PER_MIN = 60.0
"""Seconds of a minute."""


def panel_name(*parts: str) -> str:
    """Return the title of a panel from names of the log, escaped."""
    text = " · ".join(name_of(Label(part, part), "en", 30) for part in parts if part)
    return plain(text)


def of_log(x: Sequence[float], y: Sequence[float], hover: Sequence[str], axis: str, name: str) -> dict[str, Any]:
    """Return points of the log; a name puts them into the legend, escaped like the hover texts."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": style.rounded(x),
        "y": style.rounded(y),
        "yaxis": axis,
        "marker": {"color": GREY, "size": 6, "symbol": "circle-open"},
        "name": name,
        "showlegend": bool(name),
        "hovertext": list(hover),
        "hoverinfo": "text",
    }


def of_fit(x: Sequence[float], y: Sequence[float], axis: str, name: str, steps: bool = False) -> dict[str, Any]:
    """Return the line of the fit, with steps where it is constant in pieces."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": style.rounded(x),
        "y": style.rounded(y),
        "yaxis": axis,
        "line": {"color": FITTED.color, "width": 2.2, "shape": "hv" if steps else "linear"},
        "name": name,
        "showlegend": bool(name),
        "hoverinfo": "skip",
    }
