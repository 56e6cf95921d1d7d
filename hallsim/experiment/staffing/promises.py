"""What it means that a roster keeps a hall's targets with a stated probability, and how sure that is.

In: counts by day, target and half-hour. Out: one number a day for each thing that is promised (`Goal`),
whose mean over days must not be negative. There are three ways to mean "90 % within 10 min" (docs/statistics.md):

- `average`: in every half-hour, of all customers of all days;
- `days`: that, and on the stated share of days of all customers of the day;
- `half-hours`: in every half-hour on the stated share of days, of that half-hour's customers.

For an average the number of a day is what its customers have above the target: called in time less 90 % of those who
joined. It is 0 on average exactly where the long-run service level is 90 %, whatever days bring. For a probability it
is 1 on good days less the share promised. Days are independent, so the interval of a mean is Student's, and that of a
share is read from the test of the share promised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.kpis import kpi_of
from hallsim.model import US_PER_MINUTE, Target
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

PROMISES = ("average", "days", "half-hours")
BAND, WIDE_BAND = 0.5, 1.0
"""Days around the critical one that stand for it, on each side, as a part of the days that may fail: where a goal
stands, and how it changes, which takes more days to tell."""


class Goal(NamedTuple):
    """One thing promised: which target, in which half-hour (-1: over the day), and whether on a share of the days."""

    target: int
    slot: int
    on_days: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """What a roster has to keep.

    Attributes
    ----------
    targets : tuple of Target
    meant : one of `PROMISES`
    share : float
        On how many of the days, where that is promised.
    goals : tuple of Goal
    """

    targets: tuple[Target, ...]
    meant: str
    share: float
    goals: tuple[Goal, ...]

    def above(self, counts: I64) -> F64:
        """Return what the customers of each half-hour have above the target, float64[days, n_targets, n_slots]."""
        done, joined = counts[..., 0], counts[..., 1]
        bound, sign = np.array([_bound(target) for target in self.targets]).T
        return np.asarray(sign[:, None] * (done - bound[:, None] * joined))

    def values(self, counts: I64) -> F64:
        """Return the number of each day for each goal, float64[days, n_goals]."""
        above = self.above(counts)
        return np.stack([self._of(goal, above) for goal in self.goals], axis=1)

    def _of(self, goal: Goal, above: F64) -> F64:
        each = above[:, goal.target].sum(axis=1) if goal.slot < 0 else above[:, goal.target, goal.slot]
        return np.asarray((each >= -1e-9) - self.share if goal.on_days else each)

    def smooth(self, counts: I64, needs: F64, band: float = BAND) -> F64:
        """Return for each goal a number that more staff moves smoothly, and that is 0 where the goal is just kept.

        For an average that is its mean less what it needs. A share of good days stays 0 or 1 while a hall is far from
        its target; in its stead stands what the critical days have above the target, those around the one that splits
        days as promised.

        Parameters
        ----------
        counts : int64[days, n_targets, n_slots, 2]
        needs : float64[n_goals]
            How far above zero the mean of each goal has to be.
        band : float
            How many days around the critical one stand for it.
        """
        above, found = self.above(counts), []
        for goal, need in zip(self.goals, needs.tolist(), strict=True):
            each = above[:, goal.target].sum(axis=1) if goal.slot < 0 else above[:, goal.target, goal.slot]
            if not goal.on_days:
                found.append(each.mean() - need)
                continue
            may_fail = max(1.0 - self.share - need, 0.0)
            low, high = (len(each) * may_fail * (1.0 + side * band) for side in (-1, 1))
            found.append(np.sort(each)[math.floor(low) : max(math.ceil(high), math.floor(low) + 1)].mean())
        return np.array(found)


class Found(NamedTuple):
    """Means of the goals over some days, and what one side of an error takes: float64[n_goals] each."""

    mean: F64
    error: F64

    def kept(self) -> NDArray[np.bool_]:
        """Tell which goals are surely kept."""
        return np.asarray(self.mean - self.error >= -1e-12)

    def missed(self) -> NDArray[np.bool_]:
        """Tell which goals are surely missed."""
        return np.asarray(self.mean + self.error < -1e-12)


def judge(promise: Promise, values: F64, alpha: float) -> Found:
    """Return the means of the goals and their one-sided errors at level `alpha`.

    A goal is surely kept if its mean less the error is not negative. All goals are kept together with the error
    `alpha` if each one is: one that is missed must pass its own test first (the intersection-union test; Berger 1982,
    doi:10.1080/00401706.1982.10487790), so that no correction for their number is due.
    """
    n = len(values)
    error = t_quantile(1.0 - alpha, n - 1) * values.std(axis=0, ddof=1) / math.sqrt(n)
    of_share = t_quantile(1.0 - alpha, n - 1) * math.sqrt(promise.share * (1.0 - promise.share) / n)
    on_days = np.array([goal.on_days for goal in promise.goals])
    return Found(values.mean(axis=0), np.where(on_days, of_share, error))


def promise_of(targets: Sequence[Target], meant: str, share: float, came: NDArray[np.bool_]) -> Promise:
    """Return what is promised in the half-hours in which anybody `came` at all, bool[n_targets, n_slots]."""
    goals = []
    for i in range(len(targets)):
        goals += [Goal(i, j, meant == "half-hours") for j in np.flatnonzero(came[i]).tolist()]
        if meant == "days" and came[i].any():
            goals.append(Goal(i, -1, True))
    return Promise(tuple(targets), meant, share, tuple(goals))


def _bound(target: Target) -> tuple[float, float]:
    """Return the bound of a target in the unit of what is counted, and 1 where more is better, else -1."""
    if target.at_least is not None:
        return target.at_least, 1.0
    assert target.at_most is not None
    if share := kpi_of(target.measure).percentile:
        return share, 1.0
    return target.at_most * (US_PER_MINUTE if target.measure == "mean_wait" else 1.0), -1.0
