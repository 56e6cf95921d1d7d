"""Plotly figures into the page: as data for the script, and as a table of their numbers for everybody else.

Every point of a chart carries, as the text that appears over it, what it stands for and its numbers with
their intervals, written out. Those texts are the table: what a pointer can find, a reader without one can too.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hallsim.charts.text import BREAK
from hallsim.model import Label

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a chart: what it is, and its numbers, a line each."""

    head: Label
    lines: tuple[Label, ...]


def data_of(figures: Mapping[str, go.Figure]) -> dict[str, Any]:
    """Return figures by language as plain data, ready for JSON."""
    from plotly.io.json import to_json_plotly

    return {lang: json.loads(to_json_plotly(fig.to_plotly_json(), engine="json")) for lang, fig in figures.items()}


def as_json(data: Any) -> str:
    """Return plain data as short JSON."""
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def points_of(figures: Mapping[str, go.Figure]) -> list[Point]:
    """Return what the points of a figure say, in the languages given (the other repeats it).

    Points of one head, such as the mean and the percentiles of an hour, are one.
    """
    texts = {lang: [_lines(text) for text in _hover_texts(figure)] for lang, figure in figures.items()}
    first = next(iter(texts.values()))
    found: dict[Label, dict[Label, None]] = {}
    for en, zh in zip(texts.get("en", first), texts.get("zh", first), strict=True):
        lines = [Label(a, b) for a, b in zip(en, zh, strict=True)]
        if lines:
            found.setdefault(lines[0], {}).update(dict.fromkeys(lines[1:]))
    return [Point(head, tuple(lines)) for head, lines in found.items()]


def _hover_texts(figure: go.Figure) -> Iterator[str]:
    """Yield the hover texts of all traces, of a Sankey diagram those of its links."""
    for trace in figure.to_plotly_json()["data"]:
        if trace.get("hoverinfo") != "skip":
            yield from _flat(trace.get("link", trace).get("hovertext") or trace.get("link", {}).get("customdata"))


def _flat(texts: Any) -> Iterator[str]:
    if isinstance(texts, str):
        yield texts
    elif texts is not None:
        for text in texts:
            yield from _flat(text)


def _lines(text: str) -> list[str]:
    return [html.unescape(line) for line in text.split(BREAK) if line]
