"""Why customers waited: every waited microsecond booked to one cause (docs/attribution.md).

In: a model and logs, of a simulation or of a queue machine. Out: `Attribution`, booked time by day, line and hour of
arrival, whose figures have intervals over days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hallsim.arrays import F64, I64
from hallsim.compiled import STEP_INTERRUPTED, Log
from hallsim.experiment.attribution.causes import CAUSES, N_CAUSES, Cause
from hallsim.experiment.attribution.happenings import happenings
from hallsim.experiment.attribution.teams import Teams, teams_of
from hallsim.experiment.day_rows import DayRows, first_rows, rows_of, who_joined
from hallsim.experiment.over_days import ratio_of
from hallsim.kpis.layout import LONGEST_DAY
from hallsim.model import US_PER_HOUR, US_PER_MINUTE, Model
from hallsim.visits import names

__all__ = ["CAUSES", "N_CAUSES", "Attribution", "Booker", "Cause", "book_rows"]


@dataclass(frozen=True, eq=False)
class Attribution:
    """Booked waits of some days.

    Attributes
    ----------
    booked : int64[n_days, n_lines, n_hours, N_CAUSES], microseconds
        Of the stays that are over, of who came inside the observed stretch; by hour of arrival at the hall.
    stays : int64[n_days, n_lines, n_hours]
        How many.
    hours : tuple of (int, int)
        Begin and end of the hours, minutes since midnight; empty for a steady-state run, whose one bin is everything.
    counters, classes : lines of the counters, all together and by ticket class (index, lines)
    """

    booked: I64
    stays: I64
    hours: tuple[tuple[int, int], ...]
    counters: tuple[int, ...]
    classes: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def n_days(self) -> int:
        """How many days it is of."""
        return len(self.booked)

    def per_stay(self, lines: Sequence[int] | None = None, hour: int | None = None) -> F64:
        """Return minutes by cause of a stay, with intervals over days.

        Parameters
        ----------
        lines : sequence of int, optional
            By default those of the counters.
        hour : int, optional
            Index into `hours`; by default all.

        Returns
        -------
        float64[3, N_CAUSES]
            Value, low and high; NaN as in `ratio_of`.
        """
        chosen = list(self.counters if lines is None else lines)
        hours = slice(None) if hour is None else slice(hour, hour + 1)
        booked = self.booked[:, chosen, hours].sum(axis=(1, 2))
        stays = self.stays[:, chosen, hours].sum(axis=(1, 2))
        return ratio_of(booked / US_PER_MINUTE, np.repeat(stays[:, None], N_CAUSES, axis=1))

    @cached_property
    def total(self) -> float:
        """Minutes waited at the counters by everybody, all days together."""
        return float(self.booked[:, list(self.counters)].sum()) / US_PER_MINUTE


class Booker:
    """Books the waits of a hall, some days at a time."""

    def __init__(self, model: Model, counters: Sequence[int]) -> None:
        """Take a model and the stations that its own figures speak of."""
        known = names(model)
        self.teams = teams_of(model)
        self.n_lines = len(known.lines)
        by_hour = not model.steady and model.close - model.open <= LONGEST_DAY
        self.zero = model.open // US_PER_HOUR * US_PER_HOUR if by_hour else model.open
        self.n_hours = -((self.zero - model.close) // US_PER_HOUR) if by_hour else 1
        self.hour = US_PER_HOUR if by_hour else max(model.close - model.open, 1) + 1
        minute = self.zero // US_PER_MINUTE
        self.hours = tuple((minute + 60 * i, minute + 60 * (i + 1)) for i in range(self.n_hours)) if by_hour else ()
        at_counter = np.isin(known.line_station, list(counters))
        self.counters = tuple(np.flatnonzero(at_counter).tolist())
        classes = ((c, np.flatnonzero(at_counter & (known.line_class == c))) for c in range(len(model.ticket_classes)))
        self.classes = tuple((c, tuple(lines.tolist())) for c, lines in classes)

    def measure(self, r: DayRows, logs: list[Log], counts: NDArray[np.bool_]) -> tuple[I64, I64]:
        """Return booked time and stays of some days, as `Attribution` has them; `counts` says of which rows."""
        shape = (len(logs), self.n_lines, self.n_hours)
        chosen = np.flatnonzero(counts & who_joined(r))
        # who comes at the very end of the last hour belongs to it
        hour = np.minimum((r.t_arrive[chosen] - self.zero) // self.hour, self.n_hours - 1)
        cell = (r.day[chosen] * self.n_lines + r.line[chosen]) * self.n_hours + hour
        size = int(np.prod(shape))
        rows = book_rows(self.teams, r, logs)[chosen]
        booked = np.zeros((size, N_CAUSES), dtype=np.int64)
        np.add.at(booked, cell, rows)
        over = r.outcome[chosen] != STEP_INTERRUPTED
        return booked.reshape(*shape, N_CAUSES), np.bincount(cell[over], minlength=size).reshape(shape)

    def attribution(self, parts: Sequence[tuple[I64, I64]]) -> Attribution:
        """Return what was measured, chunk after chunk of days."""
        booked, stays = (np.concatenate(x) for x in zip(*parts, strict=True))
        return Attribution(booked, stays, self.hours, self.counters, self.classes)


def book_rows(teams: Teams, r: DayRows, logs: list[Log]) -> I64:
    """Return the booked time of every row, int64[n_rows, N_CAUSES], microseconds; 0 for who joined no line."""
    from hallsim.experiment.attribution.booking import book

    found = happenings(teams, r, logs)
    begin = first_rows(r)
    age = np.empty(len(r.day), dtype=np.int64)
    age[np.lexsort((r.customer, r.t_join[begin], r.day))] = np.arange(len(r.day))
    booked: I64 = book(found.table, found.service, age, r.line, r.server, teams.own)
    return booked
