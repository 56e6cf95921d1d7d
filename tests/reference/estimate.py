"""Sums over replications -> estimates, standard errors, z and the verdict.

Five running sums per quantity keep memory flat in the number of replications. The standard error of a
ratio of sums is the usual linearisation (Cochran 1977, Sampling Techniques, eq. 2.46 without the finite
population factor): sqrt(sum (n_i - r d_i)^2 / (R (R - 1))) / mean(d).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallsim.compiled import Log
from tests.reference.plan import FRACTION, PERCENTILE, PROBABILITY, ROOT, Case, Counts, Plan

F64 = NDArray[np.float64]

Z_LIMIT = 3.3
SMALLEST = 1e-4
"""Below this probability the standard error is asked to be 5 % of SMALLEST, not 5 % of the probability:
5 % of 1e-6 needs 4e8 independent customers and would only say that rare is rare."""
RELATIVE = 1e-6
"""Exact values are good to six digits or more; so much of a value is never held against an estimate."""


FINEST = 0.02
"""Means in a row or column are asked for 1 % of themselves, or of this share of their average where that is more:
1 % of the wait of the first customer who may have to wait can need 1e9 days, and would only say that it is short."""


@dataclass(frozen=True)
class Item:
    """One number to estimate: an element of a case's quantity.

    `place` is its place among the counts, `least` the magnitude below which no finer standard error is asked for.
    """

    name: str
    quantity: str
    exact: float
    kind: str
    place: int
    least: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The answer to one item: `status` is "passed", "failed" or "not covered"."""

    case: str
    quantity: str
    exact: Any
    estimate: float | None
    se: float | None
    z: float | None
    status: str
    power: bool | None = None
    target: float | None = None
    replications: int = 0
    attempt: int = 1
    note: str = ""


class Sums:
    """Running sums over replications: numerators, denominators, their squares and product, a histogram.

    Counts of short replications are kept in a small buffer and summed many at a time: arrays of one
    number each would cost more than the replications.
    """

    BUFFER = 512

    def __init__(self, plan: Plan, names: list[str]) -> None:
        self.plan = plan
        self.names = names
        self.n = 0
        self.moments: F64 = np.zeros((5, 0))
        self.histogram: F64 = np.zeros(0)
        self.buffer: list[Counts] = []

    def add(self, log: Log) -> None:
        """Count one replication."""
        self.buffer.append(self.plan.measure(log))
        self.n += 1
        if len(self.buffer) >= self.BUFFER:
            self.flush()
        if self.plan.histogram is not None:
            bins = self.plan.histogram.counts(log)
            self.histogram = self.histogram + bins if self.histogram.size else bins.astype(np.float64)

    def flush(self) -> None:
        """Sum what is in the buffer."""
        if not self.buffer:
            return
        n = len(self.buffer)
        numerators, denominators = [], []
        for name in self.names:
            num = np.array([counts[name][0] for counts in self.buffer], dtype=np.float64)
            den = np.array([counts[name][1] for counts in self.buffer], dtype=np.float64)
            num = num.reshape(n, -1)
            numerators.append(num)
            denominators.append(np.broadcast_to(den.reshape(n, -1), num.shape))
        num, den = np.concatenate(numerators, axis=1), np.concatenate(denominators, axis=1)
        sums = np.stack([x.sum(axis=0) for x in (num, den, num * num, num * den, den * den)])
        self.moments = self.moments + sums if self.moments.size else sums
        self.buffer.clear()

    def merge(self, other: Sums) -> None:
        """Add the sums of other replications."""
        other.flush()
        if other.n == 0:
            return
        self.moments = self.moments + other.moments if self.n else other.moments
        self.histogram = self.histogram + other.histogram if self.n else other.histogram
        self.n += other.n


def items_of(case: Case, plan: Plan, names: list[str]) -> list[Item]:
    """List the elements of the covered quantities, in the order in which `Sums` keeps them."""
    items = []
    place = 0
    for name in names:
        value = np.asarray(case["quantities"][name]["value"], dtype=np.float64)
        least = FINEST * np.abs(value).mean(axis=0) if value.ndim else np.float64(0.0)
        for index in np.ndindex(value.shape):
            kind = plan.kind_of(name)
            if value.ndim == 2:
                kind = plan.columns.get(name, {}).get(index[1], "")
            if kind:
                label = name + "".join(f"[{i}]" for i in index)
                items.append(Item(label, name, float(value[index]), kind, place, float(least[index[1:]])))
            place += 1
    return items


def judge(case_id: str, item: Item, sums: Sums, scale: float, attempt: int) -> Verdict:
    """Compare one item with its exact value. `scale` is the mean wait that percentiles are measured by."""
    estimate, se = _ratio(item, sums)
    if item.kind == ROOT:
        estimate = float(np.sqrt(estimate))
        se = se / (2 * estimate) if estimate > 0 else 0.0
    elif item.kind == PERCENTILE:
        estimate, se = _percentile(item, sums, se)
    target = target_of(item, scale)
    gap = max(0.0, abs(estimate - item.exact) - RELATIVE * abs(item.exact))
    if estimate == 0 == se and gap <= target:
        gap = 0.0  # so rare that it never happened
    z = 0.0 if gap == 0 else float("inf") if se == 0 else float(np.copysign(gap / se, estimate - item.exact))
    power = bool(se <= target) and not np.isnan(estimate)
    passed = power and abs(z) <= Z_LIMIT
    note = "" if passed or power else "standard error too large for a verdict"
    return Verdict(
        case_id,
        item.name,
        item.exact,
        estimate,
        se,
        z,
        "passed" if passed else "failed",
        power,
        target,
        sums.n,
        attempt,
        note,
    )


def target_of(item: Item, scale: float) -> float:
    """Return the standard error that gives the comparison power."""
    x = abs(item.exact)
    if item.kind == PROBABILITY:
        return min(0.005, 0.05 * max(x, SMALLEST)) if x > 0 else 0.005
    if item.kind == FRACTION:
        return min(0.005, 0.01 * x)
    if item.kind == PERCENTILE:
        return 0.01 * max(x, scale)
    return 0.01 * max(x, item.least)


def _ratio(item: Item, sums: Sums) -> tuple[float, float]:
    n, d, nn, nd, dd = (float(x) for x in sums.moments[:, item.place])
    if d == 0:
        return float("nan"), float("inf")
    r = n / d
    squares = max(0.0, nn - 2 * r * nd + r * r * dd)
    se = float(np.sqrt(squares * sums.n / max(1, sums.n - 1))) / d
    if item.kind == PROBABILITY and 0 < item.exact < 1:
        # Rare events: too few of them make the spread between replications meaningless (none at all
        # makes it zero), so independent trials at the exact probability are the least we assume.
        trials = d * sums.plan.events.get(item.quantity, 1.0)
        se = max(se, float(np.sqrt(item.exact * (1 - item.exact) / trials)))
    return r, se


def _percentile(item: Item, sums: Sums, se_probability: float) -> tuple[float, float]:
    """Return inf{t: P(W <= t) >= p} of the pooled waits, and its standard error by the density there."""
    width = sums.plan.histogram.width if sums.plan.histogram else 0.0
    p = float(item.quantity.rsplit("_p", 1)[1]) / 100
    share = np.cumsum(sums.histogram) / sums.histogram.sum()
    k = int(np.searchsorted(share, p))
    if k == 0:
        return 0.0, 0.0
    estimate = width * (k - 1 + (p - share[k - 1]) / (share[k] - share[k - 1]))
    reach = max(4, int(0.02 * k))
    low, high = max(0, k - 1 - reach), min(share.size - 2, k + reach)
    density = (share[high] - share[low]) / (width * (high - low))
    return float(estimate), se_probability / float(density)
