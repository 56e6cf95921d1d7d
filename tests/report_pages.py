"""Halls to report on, and a reader of finished pages: what a test needs beside `hallsim.report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pandas as pd

from hallsim.charts.base import Material
from hallsim.experiment import Results, run
from hallsim.experiment.profile import gather
from hallsim.scenario import Scenario, load

COUNTER = {"servers": 2, "time": "exponential 5 min", "patience": "exponential 10 min"}
HALL: dict[str, Any] = {
    "open": "09:00-12:00",
    "hall": {"en": "Corner hall", "zh": "街角营业厅"},
    "arrivals": {"rate": "20/h"},
    "stations": {"counter": COUNTER},
    "targets": {"all": {"wait": "80 % within 10 min"}},
}
MARKUP = "<script>alert('x')</script><!-- </b>&amp; %{x}"
TURNED = "\u202eשלום\u202c 😀 \u2028 12"
LONG = "很长的名字" * 60
HOSTILE: dict[str, Any] = {
    **HALL,
    "hall": {"en": MARKUP, "zh": TURNED},
    "question": {"en": "Is <b>it</b> good?</script>", "zh": "<img src=x onerror=alert(1)>好吗？"},
    "description": "</pre></script><script>alert(2)</script>",
    "segments": {
        "vip": {"share": "30 %", "label": {"en": LONG, "zh": MARKUP}},
        "general": {"share": "rest", "label": {"en": TURNED, "zh": LONG}},
    },
    "stations": {
        "kiosk": {**COUNTER, "label": {"en": TURNED, "zh": MARKUP}, "then": "counter"},
        "counter": {
            **COUNTER,
            "label": {"en": "A long name of a counter " * 12, "zh": LONG},
            "servers": [{"name": "<b>Ann</b>"}],
        },
    },
    "entry": {"vip": {"divert web": "20 %", "kiosk": "rest"}, "general": "counter"},
}

Key = tuple[str, str, str, int | None, float | None]
"""KPI, scope, item, hour, threshold: what a number on the page stands for."""


def hall_with(**changes: Any) -> dict[str, Any]:
    """Return the small hall with other top-level keys; None removes one."""
    return {key: value for key, value in (HALL | changes).items() if value is not None}


def material_of(hall: dict[str, Any] | str, replications: int = 20) -> tuple[Scenario, Material]:
    """Return a scenario and what its report is made from."""
    scenario = load(hall)
    results = run(scenario, replications=replications, seed=1)
    return scenario, Material(results, gather(scenario, results))


def keys_of(results: Results) -> dict[Key, Any]:
    """Return every row of the table of results by what it stands for."""
    found = {}
    for row in results.summary().itertuples():
        hour, within = (None if pd.isna(x) else x for x in (row.hour, row.within_min))
        found[row.kpi, row.scope, row.item, hour, within] = row
    return found


@dataclass
class Number:
    """A number on the page: to nine digits, as printed, and its printed interval."""

    exact: float
    text: str = ""
    interval: str = ""


@dataclass
class Page(HTMLParser):
    """The numbers of a page by what they stand for, those of some days apart; its texts, its elements' attributes."""

    numbers: dict[Key, Number] = field(default_factory=dict)
    by_days: dict[str, dict[Key, Number]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _table: dict[str, str] = field(default_factory=dict)
    _columns: list[dict[str, str]] = field(default_factory=list)
    _row: dict[str, str] = field(default_factory=dict)
    _cell: Number | None = None
    _into: str = ""
    _single: bool = False
    _n: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        keys = {name.removeprefix("data-"): value for name, value in given.items() if name.startswith("data-")}
        if tag == "table":
            self._table, self._columns, self._row = keys, [], {}
            self._single = given.get("class") == "single"
        elif tag == "th" and given.get("scope") == "col":
            self._columns.append(keys)
        elif tag == "tr":
            self._row, self._n = keys, 0
        elif tag == "td":
            self._n += 1
            # a table of one column has its intervals in a second one
            self._cell = self._cell if self._n == 2 and self._single else None
            if "scope" in self._table and "v" in keys:
                column = self._columns[self._n] if self._n < len(self._columns) else {}
                key = self._table | self._row | column
                self._cell = Number(float(keys["v"]))
                hour, within = key.get("hour"), key.get("within")
                item = key.get("item", "")
                numbers = self.by_days.setdefault(key["days"], {}) if "days" in key else self.numbers
                numbers[
                    key["kpi"],
                    key["scope"],
                    item,
                    int(hour) if hour else None,
                    float(within) if within else None,
                ] = self._cell
        if tag in ("td", "small"):
            self._into = "interval" if tag == "small" or (self._n == 2 and self._single) else "text"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._cell is not None:
            setattr(self._cell, self._into, getattr(self._cell, self._into) + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._cell = None

    @property
    def text(self) -> str:
        """All texts of the page."""
        return " ".join(self.texts)


def read(page: str) -> Page:
    """Read a page."""
    found = Page()
    found.feed(page)
    return found
