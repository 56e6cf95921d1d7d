"""All numbers of a run as tables for the page: every row of `Results.summary()` is one cell.

In: `Results`. Out: `Table`s: the hall, then its classes, segments, transactions, stations, zones, lines, servers and
ways out, each figure a row and each thing a column (pools, servers, sources and ways out: the other way round), then
the same by hour; the hall by kind of day, too. Rows and columns carry the keys of the number, so that every cell can
be found again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hallsim.charts.text import clock, stretch
from hallsim.experiment.results import Estimate, Results
from hallsim.kpis.base import HOUR_MINUTES, Kpi, kpi_label
from hallsim.model import Label
from hallsim.report.texts import UNIT_WORDS, number, span, text

WIDEST = 8
"""Columns of numbers side by side, so that a table fits on paper; the rest follows in a further table."""
MOST_CELLS = 6_000
"""Numbers on one page: a file has a size, and nobody reads more."""
_SCOPES = (
    *("hall", "branch", "way", "class", "station", "zone", "segment", "transaction"),
    *("source", "pool", "server", "exit", "cause", "line"),
)
"""In the order of the page; what comes late is left out first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with its interval as text; `exact` is the value to nine digits, in the KPI's unit."""

    exact: str
    text: str
    interval: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a row or column: what readers see, and the keys it stands for."""

    label: Label
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; None is a number that does not exist."""

    head: Head
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `keys` hold for all of its cells. `item` is whose numbers it holds, if they are of one thing.

    `part` says which part of a wide table it is ("09:00–17:00", or "1/2").
    """

    caption: Label
    keys: tuple[tuple[str, str], ...]
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]
    item: Label | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a page: whole days, then hours; and how many numbers are left out because there are too many."""

    days: list[Table]
    hours: list[Table]
    left_out: int


def tables_of(results: Results) -> Tables:
    """Return the tables of a run or a log."""
    estimates = results.estimates()
    one_line = {s.name for s in results.model.stations if len(s.lines) == 1}
    several = len(one_line) < len(results.model.stations)
    left = MOST_CELLS
    skipped = 0
    days: list[Table] = []
    groups: dict[tuple[str, str, bool], list[Estimate]] = {}
    for e in estimates:
        # a line that is all of its station has the station's numbers
        if e.scope == "line" and (not several or (e.hour is not None and e.item in one_line)):
            continue
        halves = e.kpi.block in HOUR_MINUTES
        groups.setdefault((e.scope, "", False) if e.hour is None else (e.scope, e.item, halves), []).append(e)
    for scope in _SCOPES:
        chosen = groups.get((scope, "", False), [])
        if len(chosen) > left:
            skipped += len(chosen)
            continue
        left -= len(chosen)
        if chosen:
            days += _of_days(results, scope, chosen)
        if scope == "hall":
            kinds = [e for g in results.day_kinds for e in results.estimates(g.name) if e.scope == "hall"]
            days += _wrapped(results, kinds, text("by_days"), (("scope", "hall"),), by="days")
            left -= len(kinds)
    hours: list[Table] = []
    for key in sorted((key for key in groups if key[1]), key=lambda key: _SCOPES.index(key[0])):
        (scope, item, halves), chosen = key, groups[key]
        if len(chosen) > left:
            skipped += len(chosen)
            continue
        left -= len(chosen)
        caption = text(f"one_{scope}")
        if halves:
            caption = text("half_hours", who=caption)
        hours += _wrapped(results, chosen, caption, (("scope", scope), ("item", item)), by="hour")
    return Tables(days, hours, skipped)


def _of_days(results: Results, scope: str, chosen: Sequence[Estimate]) -> list[Table]:
    keys = (("scope", scope),)
    if scope == "hall":
        caption = text("hall" if results.model.network is None else "halls")
        return [_by_kpi(results, chosen, caption, keys, by="value")]
    if scope in ("way", "pool", "server", "source", "exit", "cause"):
        figures = list(dict.fromkeys((e.kpi.name, e.within_min) for e in chosen))
        return [
            _by_item(results, [e for e in chosen if (e.kpi.name, e.within_min) in part], text(scope), keys, name)
            for part, name in _parts(figures)
        ]
    return _wrapped(results, chosen, text(scope), keys)


def cell_of(e: Estimate) -> Cell:
    """Return a number as the page writes it."""
    unit = e.kpi.unit
    return Cell(f"{e.value:.9g}", number(e.value, unit), span(e.low, e.high, unit))


def kpi_head(results: Results, kpi: Kpi, within_min: float | None) -> Head:
    """Return the head of a figure's row or column: its name and unit."""
    name, unit = kpi_label(kpi, within_min), UNIT_WORDS[results.unit_of(kpi)]
    if unit.en:
        name = Label(f"{name.en}, {unit.en}", f"{name.zh}，{unit.zh}")
    keys = (("kpi", kpi.name),) if within_min is None else (("kpi", kpi.name), ("within", f"{within_min:g}"))
    return Head(name, keys)


def _wrapped(
    results: Results, found: Sequence[Estimate], caption: Label, keys: tuple[tuple[str, str], ...], by: str = "item"
) -> list[Table]:
    """Return tables of at most `WIDEST` columns."""
    columns: list[Any] = list(dict.fromkeys(_column(e, by) for e in found))
    if by == "hour":
        columns.sort()
    tables = []
    for part, name in _parts(columns):
        chosen = [e for e in found if _column(e, by) in part]
        if name and by == "hour":
            name = stretch(min(part), max(part) + HOUR_MINUTES.get(chosen[0].kpi.block, 60))
        tables.append(_by_kpi(results, chosen, caption, keys, by, name))
    return tables


def _parts(columns: Sequence[Any]) -> list[tuple[set[Any], str]]:
    """Return columns in parts of at most `WIDEST`, about as wide, each with its name: "1/2", or "" if there is one."""
    n = math.ceil(len(columns) / WIDEST)
    size = math.ceil(len(columns) / max(n, 1))
    return [(set(columns[i * size : (i + 1) * size]), f"{i + 1}/{n}" if n > 1 else "") for i in range(n)]


def _column(e: Estimate, by: str) -> str | int | None:
    return {"item": e.item, "hour": e.hour, "days": e.days.name if e.days else None}.get(by)


def _by_kpi(
    results: Results,
    found: Sequence[Estimate],
    caption: Label,
    keys: tuple[tuple[str, str], ...],
    by: str,
    part: str = "",
) -> Table:
    """Return figures as rows; columns are items, hours, or the value alone."""
    columns: dict[str | int | None, Head] = {}
    rows: dict[tuple[str, float | None], dict[str | int | None, Estimate]] = {}
    for e in found:
        column = _column(e, by)
        if column not in columns:
            columns[column] = _column_head(e, by)
        rows.setdefault((e.kpi.name, e.within_min), {})[column] = e
    order = sorted(columns) if by == "hour" else list(columns)  # type: ignore[type-var]
    made = []
    for cells in rows.values():
        first = next(iter(cells.values()))
        head = kpi_head(results, first.kpi, first.within_min)
        made.append(Row(head, tuple(cell_of(cells[c]) if c in cells else None for c in order)))
    item = found[0].label if by == "hour" else None
    return Table(caption, keys, tuple(columns[c] for c in order), tuple(made), item, part)


def _column_head(e: Estimate, by: str) -> Head:
    if by == "hour":
        assert e.hour is not None
        return Head(Label(clock(e.hour), clock(e.hour)), (("hour", str(e.hour)),))
    if by == "days":
        assert e.days is not None
        return Head(e.days.label, (("days", e.days.name),))
    if by == "item":
        return Head(e.label, (("item", e.item),))
    return Head(text("value"), ())


def _by_item(
    results: Results, found: Sequence[Estimate], caption: Label, keys: tuple[tuple[str, str], ...], part: str
) -> Table:
    """Return items as rows and figures as columns."""
    columns: dict[tuple[str, float | None], Head] = {}
    rows: dict[str, dict[tuple[str, float | None], Estimate]] = {}
    for e in found:
        key = (e.kpi.name, e.within_min)
        columns.setdefault(key, kpi_head(results, e.kpi, e.within_min))
        rows.setdefault(e.item, {})[key] = e
    made = []
    for item, cells in rows.items():
        head = Head(next(iter(cells.values())).label, (("item", item),))
        made.append(Row(head, tuple(cell_of(cells[c]) if c in cells else None for c in columns)))
    return Table(caption, keys, tuple(columns.values()), tuple(made), part=part)
