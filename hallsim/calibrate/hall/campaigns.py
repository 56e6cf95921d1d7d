"""Campaigns told beside a log: by how much they raised arrivals, and how much longer services took.

In: a `Sample`, kinds of its days, and `Campaign`s. Out: `Campaigns`, with an `Effect` for each campaign and transaction
that it concerns. Days are the units, and what a scenario means by the figures (semantics 25) is the form of the fit:

- the customers of a day for a transaction have the mean level(kind of day) * (1 + sum of the lifts of the campaigns
  that run): lifts add up;
- its services have the mean level * product of the factors of the campaigns that run: factors multiply.

Both are quasi-likelihood fits by Gauss-Newton steps (Wedderburn 1974, Biometrika 61:439-447; McCullagh and Nelder 1989,
"Generalized linear models", ch. 9): variances in proportion to the mean for counts, to its square over the number of
services for sums of times, and the dispersion of days as they show it. What kinds of day and other campaigns explain
just as well cannot be told, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hall.day_kinds import DayKind
from hallsim.calibrate.hall.figure import Interval
from hallsim.calibrate.hall.sample import Sample
from hallsim.errors import UsageError, not_one_of
from hallsim.model import US_PER_SECOND, Label
from hallsim.scenario.names import role_of
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

FEWEST = 10
"""Customers on days without campaigns; with fewer there is nothing to compare with."""
MOST_STEPS = 50
PRECISION = 1e-10
NONE = Interval(math.nan, math.nan, math.nan)
_TOO_FEW = Label("too few customers without it", "无活动时客户太少")


class Campaign(NamedTuple):
    """A campaign as the planner tells it: from when to when, and for which transactions; none named: all.

    `place` is the file and line that it stands in.
    """

    name: str
    windows: tuple[tuple[str, str], ...]
    transactions: tuple[str, ...]
    place: str

    def runs(self, date: str) -> bool:
        """Tell whether it runs on a date."""
        return any(first <= date <= last for first, last in self.windows)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a campaign does to a transaction.

    Attributes
    ----------
    campaign, transaction : int
        Numbers in `Campaigns.names`, and in the sample's.
    lift : Interval
        Of arrivals, as a part of 1; NaN where it cannot be told.
    longer : Interval
        Factor on service times; NaN where it cannot be told.
    dispersion : float
        Variance of days over Poisson's.
    n, n_services : int
        Customers who came for it, and services, on the campaign's days.
    why_not : Label or None
        Why the lift cannot be told.
    """

    campaign: int
    transaction: int
    lift: Interval
    longer: Interval
    dispersion: float
    n: int
    n_services: int
    why_not: Label | None

    @property
    def lifts(self) -> bool:
        """Whether arrivals surely rise."""
        return self.lift.low > 0.0

    @property
    def changes_services(self) -> bool:
        """Whether services surely take another time."""
        return self.longer.low > 1.0 or self.longer.high < 1.0


@dataclass(frozen=True, eq=False)
class Campaigns:
    """All campaigns: their names, bool[n_campaigns, n_days] when they run, what they do, and the days without any.

    A campaign whose effects cannot be told from the level of the days is a part of it: its days are days without.
    """

    names: tuple[str, ...]
    runs: Bools
    effects: tuple[Effect, ...]
    without: Bools

    def usual(self, kind: DayKind) -> tuple[int, ...]:
        """Return the days of a kind without a campaign; all where there are none."""
        return tuple(day for day in kind.days if self.without[day]) or kind.days

    def written(self) -> list[Effect]:
        """Return the effects that are sure, which a scenario takes."""
        return [effect for effect in self.effects if effect.lifts or effect.changes_services]

    def running(self, day: int) -> tuple[int, ...]:
        """Return the campaigns with sure effects that run on a day."""
        sure = {effect.campaign for effect in self.written()}
        return tuple(i for i in sorted(sure) if self.runs[i, day])


def fit_campaigns(
    sample: Sample, kinds: Sequence[DayKind], given: Sequence[Campaign], booked: I64 | None = None
) -> Campaigns:
    """Fit what campaigns do; the legs of who is `booked` come whether or not a campaign runs.

    Raises
    ------
    UsageError
        If a campaign concerns a transaction that the log does not have.
    """
    n_days = len(sample.dates)
    runs = np.array([[one.runs(date) for date in sample.dates] for one in given], dtype=bool).reshape(-1, n_days)
    concerned = [_transactions(sample, one) for one in given]
    first = sample.first_legs if booked is None else np.setdiff1d(sample.first_legs, booked)
    base = np.zeros((n_days, len(kinds)))
    for k, kind in enumerate(kinds):
        base[list(kind.days), k] = 1.0
    effects, without = [], np.ones(n_days, dtype=bool)
    for t in sorted(set().union(*concerned)):
        own = [i for i, transactions in enumerate(concerned) if t in transactions]
        counts, (n_services, total) = _counts(sample, t, first), _services(sample, t)
        free = ~runs[own].any(axis=0)
        reasons = [_why_not(i, own, runs, given, base) for i in own]
        enough = counts[free].sum() >= FEWEST
        columns = runs[own].T.astype(np.float64)
        lifts = fit_effects(counts, np.ones(n_days), base, columns, adds=True) if enough else None
        longer = fit_effects(total, n_services, np.ones((n_days, 1)), columns, adds=False) if enough else None
        for j, i in enumerate(own):
            why_not = reasons[j] or (None if lifts and math.isfinite(lifts.found[j].low) else _TOO_FEW)
            told = why_not is None
            lift = lifts.found[j] if lifts and told else NONE
            factor = longer.found[j] if longer and told else NONE
            here = runs[i]
            spread = lifts.dispersion if lifts else math.nan
            n = round(counts[here].sum()), round(n_services[here].sum())
            effects.append(Effect(i, t, lift, factor, spread, *n, why_not))
            if not runs[i].all():
                without &= ~runs[i]
    return Campaigns(tuple(one.name for one in given), runs, tuple(sorted(effects, key=_order)), without)


def _order(effect: Effect) -> tuple[int, int]:
    return effect.campaign, effect.transaction


def _transactions(sample: Sample, campaign: Campaign) -> set[int]:
    """Return the numbers of the transactions that a campaign concerns."""
    known = {name: t for t, name in enumerate(sample.names.transactions) if t != sample.names.untold}
    for name in campaign.transactions:
        if name not in known:
            raise UsageError(f"{campaign.place}: {not_one_of(name, 'a transaction of the log', known)}")
    return {known[name] for name in campaign.transactions or known}


def _counts(sample: Sample, transaction: int, first: I64) -> F64:
    """Return how many came for a transaction on each day; those of whom it is not known are taken for like the rest."""
    n_days = len(sample.dates)
    day, which = sample.legs.day[first], sample.legs.transaction[first]
    every, told = np.bincount(day, minlength=n_days), np.bincount(day[which != sample.names.untold], minlength=n_days)
    own = np.bincount(day[which == transaction], minlength=n_days)
    return np.asarray(own * every / np.maximum(told, 1), dtype=np.float64)


def _services(sample: Sample, transaction: int) -> tuple[F64, F64]:
    """Return the number of services at counters on each day, and their times over the mean of their station."""
    n_days, parts, legs = len(sample.dates), sample.parts, sample.legs
    number, total = np.zeros(n_days), np.zeros(n_days)
    for s, name in enumerate(sample.names.stations):
        own = (parts.transaction == transaction) & (parts.time > 0) & (legs.station[parts.leg] == s)
        if role_of(name) not in ("counter", "other") or not own.any():
            continue
        day, time_s = legs.day[parts.leg[own]], parts.time[own] / US_PER_SECOND
        number += np.bincount(day, minlength=n_days)
        total += np.bincount(day, time_s / time_s.mean(), minlength=n_days)
    return number, total


def _why_not(which: int, own: list[int], runs: Bools, given: Sequence[Campaign], base: F64) -> Label | None:
    """Return why the effect of a campaign on a transaction, which campaigns `own` concern, cannot be told."""
    days = runs[which]
    if not days.any():
        return Label("no day of the log is in its window", "日志中没有活动期内的日子")
    if days.all():
        return Label("it runs on every day of the log", "日志中每天都有该活动")
    if same := [given[i].name for i in own if i != which and (runs[i] == days).all()]:
        return Label(f"{same[0]} runs on the same days", f"与{same[0]}的日子完全相同")
    others = runs[[i for i in own if i != which]].T.astype(np.float64)
    if not adds_to(np.hstack([base, others]), days.astype(np.float64)):
        return Label("kinds of day and other campaigns explain its days", "其日子与日类型或其他活动无法区分")
    return None


def adds_to(design: F64, column: F64) -> bool:
    """Tell whether a column is none of the combinations of a design's."""
    both = np.column_stack([design, column])
    return bool(np.linalg.matrix_rank(both) > (np.linalg.matrix_rank(design) if design.size else 0))


class Found(NamedTuple):
    """Effects with 95 % intervals, by column; without ends where there is none. And the dispersion of the units."""

    found: list[Interval]
    dispersion: float


def fit_effects(y: F64, size: F64, base: F64, columns: F64, adds: bool) -> Found | None:
    """Fit effects to sums of days, mean size * exp(base level) * (1 + columns lifts), or * exp(columns logs).

    Parameters
    ----------
    y : float64[n_days]
        Counts (`adds`), or sums of times.
    size : float64[n_days]
        How many of each are summed.
    base : float64[n_days, n_levels]
        1 in the column of a day's level.
    columns : float64[n_days, n_effects]
        1 where an effect is at work.
    adds : bool
        Whether effects add up, and variances go by the mean; or else multiply, and variances by its square over size.

    Returns
    -------
    Found, or None
        Lifts, or factors; None if fewer days than parameters are left.
    """
    base = base[:, (y @ base) > 0]
    used = (size > 0) & (base.sum(axis=1) > 0)
    y, size, base, columns = y[used], size[used], base[used], columns[used]
    kept: list[int] = []
    for j in range(columns.shape[1]):
        if adds_to(np.hstack([base, columns[:, kept]]), columns[:, j]):
            kept.append(j)
    x, n_levels = columns[:, kept], base.shape[1]
    degrees = len(y) - n_levels - len(kept)
    if degrees < 1 or not n_levels:
        return None
    level, effect = np.log((y @ base) / (size @ base)), np.zeros(len(kept))
    for _ in range(MOST_STEPS):
        factor = 1.0 + x @ effect if adds else np.exp(x @ effect)
        mean = size * np.exp(base @ level) * factor
        weight = np.sqrt(mean if adds else size)
        slopes = weight[:, None] * np.hstack([base, x / factor[:, None] if adds else x])
        residual = weight * (y - mean) / mean
        step = np.linalg.lstsq(slopes, residual, rcond=None)[0]
        while adds and (1.0 + x @ (effect + step[n_levels:]) < 0.5 * factor).any():
            step /= 2.0  # means stay above 0
        level, effect = level + step[:n_levels], effect + step[n_levels:]
        if np.abs(step).max() < PRECISION:
            break
    dispersion = float(residual @ residual) / degrees
    dispersion = max(dispersion, 1.0) if adds else dispersion
    half = t_quantile(0.975, degrees) * np.sqrt(dispersion * np.diag(np.linalg.pinv(slopes.T @ slopes))[n_levels:])
    found = [NONE] * columns.shape[1]
    for j, value, off in zip(kept, effect.tolist(), half.tolist(), strict=True):
        one = Interval(value, value - off, value + off)
        found[j] = one if adds else Interval(*(math.exp(v) for v in (one.value, one.low, one.high)))
    return Found(found, dispersion)
