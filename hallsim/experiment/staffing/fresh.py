"""Rosters held against days that took no part in finding them.

In: the hall with the roster, a seed of its own. Out: `Check`. A roster that was chosen because it did well on some days
did partly well by luck; so days of another seed decide. There are at most three looks at them, after 2,000, 8,000 and
32,000 days; each, and each further roster that has to be tried after one that failed, has its share of the error, so
that the chance of passing any roster that breaks its promise is at most the error allowed in all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.days import turn_of
from hallsim.experiment.staffing.promises import Found, Promise, judge
from hallsim.experiment.staffing.sampler import Sampler
from hallsim.model import Model
from hallsim.stats import Interval, ratio_interval, share_interval

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LOOKS = (2_000, 8_000, 32_000)


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """What became of a promise on fresh days.

    Attributes
    ----------
    days, seed : int
    found : Found
        Means of the goals and their errors at the level of this check.
    levels : tuple of Interval
        Each target's figure over all customers of the days: a share, or microseconds.
    good : tuple of Interval
        On which share of the days each target was kept over the day.
    by_slot : float64[n_targets, n_slots]
        Each target's figure by half-hour; NaN where nobody came.
    """

    days: int
    seed: int
    found: Found
    levels: tuple[Interval, ...]
    good: tuple[Interval, ...]
    by_slot: F64

    @property
    def verified(self) -> bool:
        """Whether every goal is surely kept."""
        return bool(self.found.kept().all())


def check_of(promise: Promise, counts: I64, seed: int, alpha: float) -> Check:
    """Return what days say of a promise; counts as `Sampler.counts` returns them."""
    n = len(counts)
    total = counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_slot = total[..., 0] / total[..., 1]
    good_days = (promise.above(counts).sum(axis=2) >= -1e-9).sum(axis=0)
    levels = []
    for days in counts.sum(axis=2).transpose(1, 0, 2):
        mean = days.mean(axis=0)
        ratio = float(mean[0] / mean[1]) if mean[1] else float("nan")
        residual = days[:, 0] - ratio * days[:, 1]
        variance = float((residual**2).sum() / (n * (n - 1.0) * mean[1] ** 2)) if mean[1] and n > 1 else float("nan")
        levels.append(ratio_interval(ratio, variance, n))
    good = tuple(share_interval(days, n) for days in good_days.tolist())
    return Check(n, seed, judge(promise, promise.values(counts), alpha), tuple(levels), good, by_slot)


def looks_at(model: Model) -> tuple[int, ...]:
    """Return after how many days to look: `LOOKS`, or the whole turns of the calendar that are next above."""
    turn = turn_of(model)
    return tuple(-(-n // turn) * turn for n in LOOKS)


def check_fresh(
    promise: Promise, sampler: Sampler, model: Model, seed: int, error: float, looks: tuple[int, ...] = ()
) -> Check:
    """Simulate days of a seed until every goal is surely kept, or one is surely missed, or looks are used up."""
    looks = looks or looks_at(model)
    counts = sampler.counts([model], seed, 0, looks[0])[0]
    while True:
        check = check_of(promise, counts, seed, error / len(looks))
        further = [n for n in looks if n > len(counts)]
        if check.verified or check.found.missed().any() or not further:
            return check
        more = sampler.counts([model], seed, len(counts), further[0] - len(counts))[0]
        counts = np.concatenate([counts, more])
