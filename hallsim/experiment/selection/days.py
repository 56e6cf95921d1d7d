"""Days of several halls on the same customers, as observations for procedures of selection.

A key figure is a ratio of sums over days (rule 15), not a mean of daily ratios. So that days can stand as independent
observations whose average is that ratio, day j of hall i counts as

    r_i + (N_ij - r_i D_ij) / d_i

with r_i the ratio and d_i the mean denominator of a pilot of days that are used for nothing else (the linearisation of
`hallsim.stats`). What that leaves out is the product of two errors of the pilot, some thousandths of the figure. Where
days follow a calendar, an observation is one whole turn of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.bench import Bench
from hallsim.experiment.chunks import LARGEST_CHUNK, Job, Order
from hallsim.experiment.days import turn_of
from hallsim.experiment.figures import Figure
from hallsim.kpis.base import UNITS
from hallsim.scenario import Scenario

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

PILOT = 50
"""Days (or turns of the calendar) of each hall that fix what observations are measured against."""


class HallDays:
    """Simulates days of halls on a bench as they are asked for, and keeps what their figures are made of.

    Use it as a context: at its end nothing is simulated any more.
    """

    def __init__(
        self,
        halls: Sequence[Scenario],
        figures: Sequence[Figure],
        seed: int,
        at: Bench,
        progress: Callable[[int], Any] | None = None,
    ) -> None:
        turns = {turn_of(hall.model) for hall in halls}
        if len(turns) > 1:
            raise UsageError("halls with calendars of different length have no days in common")
        if any(hall.model.logged for hall in halls):
            raise UsageError("the days of a hall that re-enacts a log are few and given: compare such halls instead")
        self.turn = turns.pop()
        self.figures = tuple(figures)
        thresholds = tuple(f.within_min for f in figures if f.within_min is not None)
        watch = tuple(f.key for f in figures)
        orders = [Order(hall.model, seed, "batch", thresholds, watch, only_watched=True) for hall in halls]
        self._jobs = [Job(order, apart=at.apart) for order in orders]
        for job in self._jobs:
            at.load(job)
        self._at = at
        self._kept: list[I64] = [np.zeros((0, len(figures), 2), dtype=np.int64) for _ in halls]
        self._progress = progress
        self._references: list[tuple[float, float]] | None = None

    def __enter__(self) -> HallDays:
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs:
            job.stop[0] = 1

    @property
    def simulated(self) -> int:
        """How many days of all halls have been simulated."""
        return sum(len(days) for days in self._kept)

    def sums(self, hall: int, first: int, count: int) -> I64:
        """Return numerators and denominators of observations, int64[count, n_figures, 2]."""
        days = self._kept[hall][first * self.turn : (first + count) * self.turn]
        return np.asarray(days.reshape(count, self.turn, len(self.figures), 2).sum(axis=1))

    def values(self, halls: Sequence[int], first: int, count: int) -> F64:
        """Return observations of the first figure in its unit, after the pilot; an `Observe`."""
        self._simulate(halls, first + PILOT, count)
        unit = UNITS[self.figures[0].kpi.unit]
        out = np.empty((count, len(halls)))
        for column, hall in enumerate(halls):
            ratio, mean = self._reference(hall)
            sums = self.sums(hall, first + PILOT, count)[:, 0]
            out[:, column] = (ratio + (sums[:, 0] - ratio * sums[:, 1]) / mean) / unit
        return out

    def good_days(self, halls: Sequence[int], first: int, count: int, bound: float, at_least: bool) -> F64:
        """Return 1.0 for days on which the last figure keeps its bound, or nobody came, else 0.0; an `Observe`.

        Counted in days, whatever the calendar.
        """
        last = -(-(first + count) // self.turn)
        self._simulate(halls, PILOT, last)
        out = np.empty((count, len(halls)))
        start = PILOT * self.turn + first
        limit = bound * UNITS[self.figures[-1].kpi.unit]
        for column, hall in enumerate(halls):
            sums = self._kept[hall][start : start + count, -1].astype(np.float64)
            over = sums[:, 0] - limit * sums[:, 1]
            out[:, column] = over >= 0.0 if at_least else over <= 0.0
        return out

    def estimate(self, hall: int, first: int, count: int) -> float:
        """Return the first figure over the observations `first` to `first + count - 1` after the pilot, in its unit."""
        total = self.sums(hall, first + PILOT, count)[:, 0].sum(axis=0)
        return float(total[0] / total[1] / UNITS[self.figures[0].kpi.unit]) if total[1] else float("nan")

    def _reference(self, hall: int) -> tuple[float, float]:
        """Return ratio and mean denominator of the pilot."""
        if self._references is None:
            self._simulate(range(len(self._jobs)), 0, PILOT)
            pilots = [self.sums(i, 0, PILOT)[:, 0].sum(axis=0) for i in range(len(self._jobs))]
            if any(total[1] == 0 for total in pilots):
                raise UsageError(f"{self.figures[0].label.en}: in one of the halls there is nobody to measure it by")
            self._references = [(total[0] / total[1], total[1] / PILOT) for total in pilots]
        return self._references[hall]

    def _simulate(self, halls: Sequence[int], first: int, count: int) -> None:
        """Simulate what is missing up to observation `first + count - 1` of some halls."""
        goal = (first + count) * self.turn
        running = []
        for hall in halls:
            for start in range(len(self._kept[hall]), goal, LARGEST_CHUNK):
                chunk = start, min(LARGEST_CHUNK, goal - start)
                running.append((hall, self._at.start(self._jobs[hall], *chunk)))
        parts: dict[int, list[I64]] = {}
        done = self.simulated
        try:
            for hall, underway in running:
                parts.setdefault(hall, []).append(self._at.piece(underway).watched)
                done += len(parts[hall][-1])
                if self._progress is not None:
                    self._progress(done)
        except BaseException:
            for _, underway in running:
                underway.future.cancel()
            raise
        for hall, found in parts.items():
            self._kept[hall] = np.concatenate([self._kept[hall], *found])
