"""Figures of days of a kind: of every day type, and of the days on which the same campaigns run.

In: the aggregated sums of replications (`hallsim.kpis.plan`), and of which kind each was. Out: moments of every figure
of a whole day, for each group of days, merged in the order of the chunks like those of all days. Percentiles and
figures by hour are of all days only: a service level by kind of day says what a percentile would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallsim.arrays import I64
from hallsim.day_types import kinds_in_turn
from hallsim.kpis.plan import Plan
from hallsim.model import Label, Model
from hallsim.stats import Moments, moments_of, no_moments


def counted_days(model: Model) -> int:
    """Return how many days of a replication have figures: those of a horizon after its warm-up, else one."""
    return model.horizon.days - model.horizon.warm_up if model.horizon is not None else 1


def folded(by_day: I64, days: int) -> I64:
    """Return the sums of replications int64[k, n] from those of their days int64[k, n * days]."""
    return by_day if days == 1 else by_day.reshape(len(by_day), -1, days).sum(axis=2)


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days that are reported together: their name, how many of the run they are, and their kinds.

    `kinds` are indices into `Model.days`; `number` is that of a day of the horizon, -1 for none.
    A day type bears its own name; campaigns are told by "with spring_sale" or "without campaigns", which no day type
    can be called.
    """

    name: str
    label: Label
    kinds: frozenset[int]
    number: int = -1


def groups_of(model: Model) -> tuple[DayGroup, ...]:
    """Return a hall's groups of days: by day type, by campaigns that run, and each day of a horizon; maybe none."""
    if model.logged:
        return ()
    types = [
        DayGroup(t.name, t.label, frozenset(i for i, day in enumerate(model.days) if day.kind == t.name))
        for t in model.day_types
    ]
    running = sorted({day.campaigns for day in model.days}, key=lambda found: (len(found), found))
    campaigns = [
        DayGroup(*_with(model, found), frozenset(i for i, day in enumerate(model.days) if day.campaigns == found))
        for found in running
    ]
    return (*(group for groups in (types, campaigns) if len(groups) > 1 for group in groups), *_of_horizon(model))


def _of_horizon(model: Model) -> list[DayGroup]:
    """Return each day of a horizon after its warm-up, numbered from 1."""
    if model.horizon is None:
        return []
    days = range(model.horizon.warm_up, model.horizon.days)
    return [DayGroup(f"day {d + 1}", Label(f"day {d + 1}", f"第 {d + 1} 天"), frozenset(), d) for d in days]


def _with(model: Model, campaigns: Sequence[int]) -> tuple[str, Label]:
    """Return what days on which these campaigns run are called, in code and for readers."""
    if not campaigns:
        return "without campaigns", Label("without campaigns", "无营销活动")
    found = [model.campaigns[i] for i in campaigns]
    english, chinese = " + ".join(c.label.en for c in found), "＋".join(c.label.zh for c in found)
    return f"with {' + '.join(c.name for c in found)}", Label(f"with {english}", f"{chinese}期间")


def strata_of(model: Model, by_days: Sequence[Moments], n: int) -> list[Moments]:
    """Return the moments of groups of days that part a run of n, if each has a number of days that is no chance.

    That is where n are whole turns of a calendar, and each of its day types, or sets of campaigns, has two days at
    least; else none.
    """
    kinds = len(model.day_types) if len(model.day_types) > 1 else len(by_days)
    strata = [moments for moments in by_days[:kinds] if moments.n]
    return strata if kinds_in_turn(model, n) and all(moments.n > 1 for moments in strata) else []


def whole_day_rows(plan: Plan) -> list[int]:
    """Return the rows of a plan's moments that are kept for every group of days."""
    return [row for row, quantity in enumerate(plan.ratios) if quantity.hour < 0]


class ByDays:
    """Which sums the figures of whole days are made of, and the groups of days that they are kept for."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self._groups, self._days = groups_of(model), counted_days(model)
        self._first = model.horizon.warm_up if model.horizon is not None else 0
        rows = whole_day_rows(plan) if self._groups else []
        # of many thousand sums these figures need a few hundred, which are picked out before the days are
        self._needed, places = np.unique(plan.terms[rows], return_inverse=True)
        self._terms, self._signs = places.reshape(plan.terms[rows].shape), plan.signs[rows]
        numbered = [group.number for group in self._groups if group.number >= 0]
        each = len(self._needed) * np.arange(len(numbered))[:, None, None, None]
        self._numbered = (each + self._terms).reshape(-1, *self._terms.shape[1:])
        self._numbered_signs = np.tile(self._signs, (len(numbered), 1, 1))

    def nothing(self) -> list[Moments]:
        """Return the moments of no days, for each group."""
        return [no_moments(len(self._terms)) for _ in self._groups]

    def moments(self, aggregated: I64, kinds: Sequence[int]) -> list[Moments]:
        """Return the moments of a chunk, for each group of days.

        Parameters
        ----------
        aggregated : int64[plan.size, n], by day
        kinds : n kinds of day, indices into `Model.days`
        """
        if not self._groups:
            return []
        sums = aggregated[self._needed]
        of_kinds = [
            moments_of(self._of_kinds(sums, group, kinds), self._terms, self._signs)
            for group in self._groups
            if group.number < 0
        ]
        return [*of_kinds, *self._of_numbers(sums)]

    def _of_numbers(self, sums: I64) -> list[Moments]:
        """Return the moments of each counted day of a horizon, which are computed in one go; none of single days."""
        if not len(self._numbered):
            return []
        by_number = sums.reshape(len(sums), -1, self._days).transpose(2, 0, 1)
        n = by_number.shape[2]
        found = moments_of(by_number.reshape(self._days * len(sums), n), self._numbered, self._numbered_signs)
        columns = [column.reshape(self._days, -1) for column in found[1:]]
        return [Moments(found.n, *(column[day] for column in columns)) for day in range(self._days)]

    def _of_kinds(self, sums: I64, group: DayGroup, kinds: Sequence[int]) -> I64:
        """Return the sums of a group's days int64[k, n]; where several are one replication, of each replication's."""
        chosen = np.array([kind in group.kinds for kind in kinds], dtype=bool)
        if self._days == 1:
            return np.ascontiguousarray(sums[:, chosen])
        return folded(np.where(chosen, sums, 0), self._days)


def merged(found: Sequence[Moments], more: Sequence[Moments]) -> list[Moments]:
    """Return the moments of both chunks, group by group."""
    return [one.merge(other) for one, other in zip(found, more, strict=True)]
