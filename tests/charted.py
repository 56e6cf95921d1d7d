"""Halls and materials that the tests of charts draw, and what they read back from figures."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from hallsim.charts import CHARTS, Chart, Material
from hallsim.charts.text import BREAK
from hallsim.experiment import run
from hallsim.experiment.profile import gather
from hallsim.scenario import load

BY_NAME = {chart.name: chart for chart in CHARTS}

BUSY_HALL = """\
format: 1
hall: {en: Busy hall, zh: 繁忙营业厅}
open: "09:00-12:00"
arrivals: {per_hour: [30, 60, 30]}
segments: {vip: 20 %, general: rest}
tickets: {V: {segments: [vip], rank: 0}, Z: {rank: 1}}
entry: triage
stations:
  kiosk:
    servers: 2
    time: exponential 3 min
    fails: 10 %
    on_failure: counter
  counter:
    servers:
      - {name: Ann, shifts: ["09:00-12:00"]}
      - {name: Bob, shifts: ["09:00-12:00"]}
      - {name: Cid, shifts: ["10:00-11:30"]}
    patience: exponential 15 min
    time: exponential 5 min
triage:
  vip: {counter: all}
  general: {kiosk: 20 %, divert app: 10 %, counter: rest}
targets:
  V: {wait: 95 % within 10 min}
  Z: {wait: 90 % within 5 min}
"""
"""A morning with too few counters in its second hour, patience, a kiosk that fails, a channel to divert to."""

HOSTILE = {
    "script": "<script>alert('x')</script>",
    "bold": "<b>bold</b> & <i>&lt;</i>",
    "long": "a name that nobody would ever want to read in a legend, because it goes on and on and on",
    "right to left": "\u202eعملاء مهمون",
    "emoji": "🎉👩‍👩‍👧‍👦 party",
    "template": "%{x} $x^2$",
}
"""Names that must appear as text."""


def material(folder: Path, text: str, replications: int, seed: int = 1) -> Material:
    """Simulate a hall given as the text of a scenario."""
    path = folder / "hall.yaml"
    path.write_text(text, encoding="utf-8")
    hall = load(path)
    results = run(hall, replications=replications, seed=seed)
    return Material(results, gather(hall, results))


def drawn(made: Material) -> list[Chart]:
    """Return the charts that can be drawn."""
    return [chart for chart in CHARTS if not chart.why_not(made, "en")]


def data(figure: Any) -> list[dict[str, Any]]:
    """Return the traces of a figure as plain data."""
    return list(figure.to_plotly_json()["data"])


def named(figure: Any, name: str) -> dict[str, Any]:
    """Return the first trace that holds data under a name of the legend."""
    return next(t for t in data(figure) if t.get("name") == name and t.get("x") not in ([None], (None,)))


def texts(value: Any) -> list[str]:
    """Return every text in plain data that a reader could see."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [x for v in value.values() for x in texts(v)]
    return [x for v in value for x in texts(v)] if isinstance(value, list | tuple) else []


def read(text: str) -> str:
    """Return what a reader sees of a text in a figure."""
    return html.unescape(text.replace(BREAK, "\n"))
