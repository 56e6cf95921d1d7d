"""Targets: the figures of days that a simulation has to meet, and their sums by day.

In: texts such as `mean wait by station and hour`, stays or counts of days. Out: `Sums`, numerators and denominators of
every cell by day, from which means and their errors come with days as the unit.

Hours are those of joining for `joined`, and of leaving the line, by a call or not, for everything else: a summary does
not know when those whom it calls had come. `line` is the number waiting at the ends of half-hours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.counts.day import CountedDay
from hallsim.calibrate.hidden.stays import DayStays
from hallsim.errors import CalibrationError, UsageError, not_one_of
from hallsim.model import Label, Model

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

FIGURES = {
    "mean wait": Label("mean wait, min", "平均等候，分"),
    "abandonment": Label("abandonment", "放弃率"),
    "joined": Label("joined a day", "每日取号"),
    "served": Label("served a day", "每日办理"),
    "line": Label("number waiting", "等候人数"),
}
OVER = re.compile(r"waits over (\d+(?:\.\d+)?) min")
EXAMPLE = "waits over 10 min"
DIMENSIONS = ("station", "class", "hour")
HOURS = 48
LINE_MIN = 30
LEAST = 50
"""Customers on all days, without whom a cell is left out."""


class Target(NamedTuple):
    """A figure, the minutes of `waits over N min`, and what it is told apart by."""

    figure: str
    over_min: float
    by: tuple[str, ...]


class Cell(NamedTuple):
    """One number to meet: a target at a station, for a class, in an hour; -1: of all."""

    target: Target
    station: int
    ticket_class: int
    hour: int


@dataclass(frozen=True, eq=False)
class Sums:
    """Numerators and denominators of cells by day, float64[n_days, n_cells] each."""

    numerator: F64
    denominator: F64

    @property
    def n_days(self) -> int:
        """How many days there are."""
        return len(self.numerator)

    @property
    def means(self) -> F64:
        """The ratio of the sums over all days, by cell; a cell without customers has 0."""
        total = self.denominator.sum(axis=0)
        return np.asarray(self.numerator.sum(axis=0) / np.where(total > 0, total, 1.0), dtype=np.float64)

    @property
    def residuals(self) -> F64:
        """What each day adds to the means beyond its share, by cell; their variance over n_days is the means'."""
        mean = self.denominator.mean(axis=0)
        off = self.numerator - self.means * self.denominator
        return np.asarray(off / np.where(mean > 0, mean, 1.0), dtype=np.float64)

    def of(self, cells: NDArray[np.bool_]) -> Sums:
        """Return some of the cells."""
        return Sums(self.numerator[:, cells], self.denominator[:, cells])


def target_of(text: str) -> Target:
    """Return the target of a text.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> target_of("waits over 10 min by class and hour")
    Target(figure='waits over', over_min=10.0, by=('class', 'hour'))
    """
    figure, _, rest = " ".join(text.split()).partition(" by ")
    by = tuple(part for part in rest.split(" and ") if part)
    match = OVER.fullmatch(figure)
    if not match and figure not in FIGURES:
        raise UsageError(not_one_of(figure, "a target", [*FIGURES, EXAMPLE]))
    if wrong := [name for name in by if name not in DIMENSIONS]:
        raise UsageError(not_one_of(wrong[0], "what a target can be told apart by", DIMENSIONS))
    if figure == "line" and "hour" not in by:
        raise UsageError("'line' is told by hour: write 'line by hour'")
    by = tuple(name for name in DIMENSIONS if name in by)
    return Target("waits over", float(match[1]), by) if match else Target(figure, 0.0, by)


def cells_of(targets: Sequence[Target], model: Model) -> list[Cell]:
    """Return all cells that targets have in a hall."""
    found = []
    for target in targets:
        stations = range(len(model.stations)) if "station" in target.by else (-1,)
        classes = range(len(model.ticket_classes)) if "class" in target.by else (-1,)
        hours = range(HOURS) if "hour" in target.by else (-1,)
        found += [Cell(target, s, c, h) for s in stations for c in classes for h in hours]
    return found


def sums_of_stays(stays: DayStays, targets: Sequence[Target], model: Model) -> Sums:
    """Return the sums of all cells, in the order of `cells_of`."""
    parts = []
    for target in targets:
        minute = stays.join_min if target.figure == "joined" else stays.left_min
        wait = stays.left_min - stays.join_min
        row = np.arange(len(wait))
        value = np.ones(len(wait))
        if target.figure == "line":
            first, beyond = (np.ceil(at / LINE_MIN).astype(np.int64) for at in (stays.join_min, stays.left_min))
            row = np.repeat(row, beyond - first)
            at_end = np.arange(len(row)) - np.repeat(np.cumsum(beyond - first) - (beyond - first), beyond - first)
            minute, value = (first[row] + at_end - 0.5) * LINE_MIN, np.full(len(row), LINE_MIN / 60.0)
        elif target.figure != "joined":
            waits = {"mean wait": wait, "abandonment": stays.gave_up, "served": stays.served}
            value = np.asarray(waits.get(target.figure, wait > target.over_min), dtype=np.float64)
        per_day = target.figure in ("joined", "served", "line")
        weight = None if per_day else np.ones(len(value))
        columns = (stays.day[row], stays.station[row], stays.ticket_class[row])
        parts.append(_sums(target, model, stays.n_days, columns, minute, value, weight))
    return _beside(parts)


def sums_of_counts(days: Sequence[CountedDay], targets: Sequence[Target], model: Model) -> Sums:
    """Return the sums of all cells of counted days; queues that are no ticket classes are added up.

    Raises
    ------
    UsageError
        For a target that counts do not have.
    """
    dates = sorted({day.date for day in days})
    known = {name: i for i, c in enumerate(model.ticket_classes) for name in (c.name, c.label.en, c.label.zh)}
    n = [len(day.arrived) for day in days]
    day = np.repeat([dates.index(one.date) for one in days], n)
    ticket_class = np.repeat([known.get(one.queue, 0) for one in days], n)
    middle = np.concatenate(
        [one.start_min + (np.arange(k) + 0.5) * one.slot_min for one, k in zip(days, n, strict=True)]
    )
    hours = np.repeat([one.slot_min / 60.0 for one in days], n)
    arrived, called, no_show, waiting, wait = (
        np.concatenate([getattr(one, column) for one in days])
        for column in ("arrived", "called", "no_show", "waiting", "wait_min")
    )
    values = {
        "joined": (arrived, None),
        "served": (called - no_show, None),
        "line": (waiting * hours, None),
        "abandonment": (no_show, called),
        "mean wait": (np.nan_to_num(wait) * called, called),
    }
    parts = []
    for target in targets:
        if target.figure not in values or "station" in target.by:
            raise UsageError(
                f"counts do not tell {target.figure!r} by station or threshold; they have {', '.join(values)}"
            )
        if "class" in target.by and (unknown := [one.queue for one in days if one.queue not in known]):
            raise UsageError(f"the counts have {not_one_of(unknown[0], 'a ticket class of the scenario', known)}")
        if target.figure == "mean wait" and np.isnan(wait[called > 0]).any():
            raise UsageError("the counts do not have the mean wait of every slot with calls; leave 'mean wait' out")
        value, weight = values[target.figure]
        columns = (day, np.zeros_like(day), ticket_class)
        parts.append(_sums(target, model, len(dates), columns, middle, value, weight))
    return _beside(parts)


def kept(sums: Sums, cells: Sequence[Cell]) -> NDArray[np.bool_]:
    """Return which cells have enough customers, and differ between days.

    Raises
    ------
    CalibrationError
        If none has.
    """
    per_day = np.array([cell.target.figure in ("joined", "served", "line") for cell in cells])
    n = np.where(per_day, sums.numerator.sum(axis=0), sums.denominator.sum(axis=0))
    found = (n >= LEAST) & (sums.residuals.std(axis=0) > 0)
    if not found.any():
        raise CalibrationError(f"no target has {LEAST} customers on the days fitted on")
    return np.asarray(found, dtype=np.bool_)


def name_of(cell: Cell, model: Model) -> Label:
    """Return what readers call a cell."""
    figure = FIGURES.get(cell.target.figure)
    over = f"{cell.target.over_min:g}"
    what = figure or Label(f"waits over {over} min", f"等候超过 {over} 分钟")
    parts = [what]
    if cell.station >= 0:
        parts.append(model.stations[cell.station].label)
    if cell.ticket_class >= 0:
        parts.append(model.ticket_classes[cell.ticket_class].label)
    if cell.hour >= 0:
        parts.append(Label(f"{cell.hour:02d}:00", f"{cell.hour:02d}:00"))
    return Label(", ".join(part.en for part in parts), "，".join(part.zh for part in parts))


def _sums(
    target: Target,
    model: Model,
    n_days: int,
    columns: tuple[I64, I64, I64],
    minute: F64,
    value: F64,
    weight: F64 | None,
) -> Sums:
    """Return the sums of one target's cells; without weights the denominator is the day."""
    day, station, ticket_class = columns
    hour = np.clip(minute // 60, 0, HOURS - 1).astype(np.int64)
    key, size = np.zeros(len(day), dtype=np.int64), 1
    for name, part, n in zip(
        DIMENSIONS, (station, ticket_class, hour), (len(model.stations), len(model.ticket_classes), HOURS), strict=True
    ):
        if name in target.by:
            key, size = key * n + part, size * n

    def by_day(x: F64) -> F64:
        sums = np.bincount(day * size + key, x, minlength=n_days * size).reshape(n_days, size)
        return np.asarray(sums, dtype=np.float64)

    return Sums(by_day(value), np.ones((n_days, size)) if weight is None else by_day(weight))


def _beside(parts: Sequence[Sums]) -> Sums:
    return Sums(
        np.concatenate([part.numerator for part in parts], axis=1),
        np.concatenate([part.denominator for part in parts], axis=1),
    )
