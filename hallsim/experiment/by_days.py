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
from hallsim.kpis.plan import Plan
from hallsim.model import Label, Model
from hallsim.stats import Moments, moments_of, no_moments


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days that are reported together: their name, how many of the run they are, and their kinds.

    `kinds` are indices into `Model.days`. A day type bears its own name; campaigns are told by "with spring_sale" or
    "without campaigns", which no day type can be called.
    """

    name: str
    label: Label
    kinds: frozenset[int]


def groups_of(model: Model) -> tuple[DayGroup, ...]:
    """Return a hall's groups of days: by day type, then by the campaigns that run; none where all days are alike."""
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
    return tuple(group for groups in (types, campaigns) if len(groups) > 1 for group in groups)


def _with(model: Model, campaigns: Sequence[int]) -> tuple[str, Label]:
    """Return what days on which these campaigns run are called, in code and for readers."""
    if not campaigns:
        return "without campaigns", Label("without campaigns", "无营销活动")
    found = [model.campaigns[i] for i in campaigns]
    english, chinese = " + ".join(c.label.en for c in found), "＋".join(c.label.zh for c in found)
    return f"with {' + '.join(c.name for c in found)}", Label(f"with {english}", f"{chinese}期间")


def whole_day_rows(plan: Plan) -> list[int]:
    """Return the rows of a plan's moments that are kept for every group of days."""
    return [row for row, quantity in enumerate(plan.ratios) if quantity.hour < 0]


class ByDays:
    """Which sums the figures of whole days are made of, and the groups of days that they are kept for."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self._groups = groups_of(model)
        rows = whole_day_rows(plan) if self._groups else []
        # of many thousand sums these figures need a few hundred, which are picked out before the days are
        self._needed, places = np.unique(plan.terms[rows], return_inverse=True)
        self._terms, self._signs = places.reshape(plan.terms[rows].shape), plan.signs[rows]

    def nothing(self) -> list[Moments]:
        """Return the moments of no days, for each group."""
        return [no_moments(len(self._terms)) for _ in self._groups]

    def moments(self, aggregated: I64, kinds: Sequence[int]) -> list[Moments]:
        """Return the moments of a chunk, for each group of days.

        Parameters
        ----------
        aggregated : int64[plan.size, n]
        kinds : n kinds of day, indices into `Model.days`
        """
        if not self._groups:
            return []
        sums = aggregated[self._needed]
        chosen = [np.array([kind in group.kinds for kind in kinds], dtype=bool) for group in self._groups]
        return [moments_of(np.ascontiguousarray(sums[:, days]), self._terms, self._signs) for days in chosen]


def merged(found: Sequence[Moments], more: Sequence[Moments]) -> list[Moments]:
    """Return the moments of both chunks, group by group."""
    return [one.merge(other) for one, other in zip(found, more, strict=True)]
