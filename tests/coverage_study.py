"""How often do intervals cover the truth? Synthetic days with exact answers, many repetitions.

`python -m tests.coverage_study` prints the tables of hallsim/docs/statistics.md (10,000 repetitions a cell, some ten
minutes); tests/test_coverage.py runs the same cells with fewer.

A day is a pair (N, D), as a run reduces it: N what was counted or waited, D over how many. The kinds of day:

- `even`: a normal quantity with mean 1 and cv 0.5; D = 1. A mean that nothing skews.
- `rare`: events N ~ Poisson(0.01 D g) among D ~ Poisson(200 g), the day's load g gamma with mean 1 and cv 0.25: some
  two customers a day give up. Skewness of the residual 1.1.
- `hall`: customers D ~ Poisson(200 g), g with cv 0.15; waits N = 5 D g^3 x, x gamma with mean 1 and cv 0.3: busy days
  bring more customers and longer waits. Skewness 2.7 (the standard and the flagship hall: 1.6 and 1.8).
- `crowded`: the same with cv 0.25 of the load and g^4: a hall at its limit, in which the worst twentieth of the days
  has a third of all waiting. Skewness 8.5.

Differences, and relative changes, are between two halls with the same g and D: the second has 0.8 of the waits (0.7 of
the events), and noise of its own. `tests.coverage_quantiles` has percentiles.
"""

from __future__ import annotations

import argparse
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from hallsim.experiment.controlled import controlled
from hallsim.experiment.paired import paired
from hallsim.experiment.precision import FIRST, aims_of, next_total, verdict
from hallsim.stats import moments_of, ratio_interval

F64 = NDArray[np.float64]
KINDS = ("even", "rare", "hall", "crowded")
FIXED = (30, 100, 300)
GAMMAS = (0.1, 0.05)
BLOCK = 500
TICKS = 1e6


class Days(NamedTuple):
    """Days of two halls: numerators of both, the common denominators; float64[repetitions, n]."""

    n: F64
    n_other: F64
    d: F64


def _gamma(rng: np.random.Generator, cv: float, shape: tuple[int, int]) -> F64:
    return rng.gamma(1.0 / cv**2, cv**2, shape)


def _moment(cv: float, k: int) -> float:
    """Return the k-th moment of a gamma variable with mean 1."""
    return math.prod((1.0 / cv**2 + i) * cv**2 for i in range(k))


def draw(kind: str, rng: np.random.Generator, shape: tuple[int, int]) -> Days:
    """Return days of two halls."""
    if kind == "even":
        n = rng.normal(1.0, 0.5, shape)
        return Days(n, 0.8 * n + rng.normal(0.0, 0.1, shape), np.ones(shape))
    if kind == "rare":
        g = _gamma(rng, 0.25, shape)
        d = rng.poisson(200.0 * g)
        n = rng.poisson(0.01 * d * g)
        return Days(n.astype(float), rng.binomial(n, 0.7).astype(float), d.astype(float))
    cv, power = {"hall": (0.15, 3), "crowded": (0.25, 4)}[kind]
    g = _gamma(rng, cv, shape)
    d = rng.poisson(200.0 * g)
    n = d * 5.0 * g**power * _gamma(rng, 0.3, shape)
    return Days(n, 0.8 * n * _gamma(rng, 0.1, shape), d.astype(float))


def truth(kind: str) -> tuple[float, float]:
    """Return the exact ratio of the first hall, and the exact difference of the second from it."""
    if kind == "even":
        return 1.0, -0.2
    if kind == "rare":
        ratio = 0.01 * _moment(0.25, 2)
        return ratio, -0.3 * ratio
    cv, power = {"hall": (0.15, 3), "crowded": (0.25, 4)}[kind]
    ratio = 5.0 * _moment(cv, power + 1)
    return ratio, -0.2 * ratio


# --- fixed numbers of days -------------------------------------------------------------------------------------


def _sides(days: Days) -> tuple[F64, F64, F64]:
    """Return the standard errors of the ratio, the difference and the log of the quotient, for every repetition."""
    n = days.n.shape[1]
    d = days.d.mean(axis=1, keepdims=True)
    r, other = (x.mean(axis=1, keepdims=True) / d for x in (days.n, days.n_other))
    e = (days.n - r * days.d) / d
    e_other = (days.n_other - other * days.d) / d
    sides = (e, e_other - e, e_other / other - e / r)
    return tuple(np.sqrt((x**2).sum(axis=1) / (n * (n - 1.0))) for x in sides)  # type: ignore[return-value]


def fixed(kind: str, n: int, repetitions: int, seed: int = 1) -> tuple[float, float, float]:
    """Return how often intervals of n days cover the ratio, the paired difference, and the relative change."""
    rng = np.random.default_rng([seed, n, *kind.encode()])
    ratio, gap = truth(kind)
    hits = np.zeros(3)
    for _ in range(repetitions // BLOCK):
        days = draw(kind, rng, (BLOCK, n))
        r, other = (x.sum(axis=1) / days.d.sum(axis=1) for x in (days.n, days.n_other))
        t = stdtrit(n - 1, 0.975)
        errors = _sides(days)
        off = r - ratio, other - r - gap, np.log(other / r) - math.log(1.0 + gap / ratio)
        hits += [(np.abs(x) <= t * error).sum() for x, error in zip(off, errors, strict=True)]
    shares = hits / (repetitions // BLOCK * BLOCK)
    return float(shares[0]), float(shares[1]), float(shares[2])


def _control(kind: str, days: Days) -> F64:
    """Return what is known of each day's load, with a mean of exactly 0: customers, of `even` days what they bring."""
    return days.n - 1.0 if kind == "even" else days.d - 200.0


def controlled_fixed(kind: str, n: int, repetitions: int, seed: int = 1) -> tuple[float, float]:
    """Return how often intervals of a difference with a control cover it, and how many times the days that is worth."""
    rng = np.random.default_rng([seed, n, 7, *kind.encode()])
    _, gap = truth(kind)
    hits, worth = 0, 0.0
    t = stdtrit(n - 2, 0.975)
    for _ in range(repetitions // BLOCK):
        days = draw(kind, rng, (BLOCK, n))
        value, error = _with_control(days, _control(kind, days))
        hits += int((np.abs(value - gap) <= t * error).sum())
        worth += float((_sides(days)[1] ** 2).mean() / (error**2).mean())
    blocks = repetitions // BLOCK
    return hits / (blocks * BLOCK), worth / blocks


def _with_control(days: Days, control: F64) -> tuple[F64, F64]:
    """Return the difference with a control and its standard error, for every repetition."""
    n = days.n.shape[1]
    d = days.d.mean(axis=1, keepdims=True)
    r, other = (x.mean(axis=1, keepdims=True) / d for x in (days.n, days.n_other))
    e = (days.n_other - other * days.d - days.n + r * days.d) / d
    c = control.mean(axis=1, keepdims=True)
    squares = ((control - c) ** 2).sum(axis=1, keepdims=True)
    slope = (e * (control - c)).sum(axis=1, keepdims=True) / squares
    rest = e - slope * (control - c)
    variance = (rest**2).sum(axis=1) / (n - 2.0) * (1.0 / n + (c**2 / squares)[:, 0])
    return (other - r - slope * c)[:, 0], np.sqrt(variance)


def product_agrees_with_controls(kind: str, n: int) -> bool:
    """Return whether the intervals above are those of `hallsim.experiment.controlled`."""
    days = draw(kind, np.random.default_rng(5), (1, n))
    a, b = (np.stack([x[0], days.d[0]], axis=1) for x in days[:2])
    control = _control(kind, days)
    value, error = _with_control(days, control)
    found = controlled(a, b, control.T, paired(a, b))
    assert found is not None
    return bool(np.isclose(found.difference, value[0]) and np.isclose(math.sqrt(found.variance), error[0]))


def product_agrees(kind: str, n: int) -> bool:
    """Return whether the intervals above are those of `hallsim.stats` and `hallsim.experiment.paired`."""
    days = draw(kind, np.random.default_rng(5), (1, n))
    pair = [np.stack([np.rint(TICKS * x[0]), TICKS * days.d[0]], axis=1).astype(np.int64) for x in days[:2]]
    sums = np.ascontiguousarray(pair[0].T)
    m = moments_of(sums, np.array([[[0, 0], [1, 0]]]), np.array([[[1, 0], [1, 0]]]))
    interval = ratio_interval(m.ratios()[0], m.ratio_variance()[0], n)
    errors = _sides(days)
    mine = stdtrit(n - 1, 0.975) * errors[0][0]
    found = paired(*pair)
    return bool(
        np.isclose(interval.half_width, mine, rtol=1e-3)
        and np.isclose(math.sqrt(found.variance), errors[1][0], rtol=1e-3)
        and np.isclose(math.sqrt(found.log_variance), errors[2][0], rtol=1e-3)
    )


# --- until exact enough ----------------------------------------------------------------------------------------


def sequential(kind: str, gamma: float, repetitions: int, seed: int = 1, most: int = 20_000) -> tuple[float, float]:
    """Return how often intervals of runs with a relative precision cover the ratio, and the mean number of days."""
    (aim,) = aims_of(f"wait {100 * gamma:g} %")
    ratio, _ = truth(kind)
    rng = np.random.default_rng([seed, round(1000 * gamma), *kind.encode()])
    hits, used = 0, 0
    for _ in range(repetitions):
        moments, n, wanted = np.zeros(5), 0, 0
        while True:
            total = next_total(n, wanted, most)
            days = draw(kind, rng, (1, total - n))
            x, d = days.n[0], days.d[0]
            moments += x.sum(), d.sum(), x @ x, x @ d, d @ d
            n = total
            r = moments[0] / moments[1]
            squares = moments[2] - 2.0 * r * moments[3] + r * r * moments[4]
            half = stdtrit(n - 1, 0.975) * math.sqrt(max(squares, 0.0) / (n * (n - 1.0))) * n / moments[1]
            found = verdict(aim, r, half, n)
            if found.reached or n == most:
                break
            wanted = found.needed
        hits += abs(r - ratio) <= half
        used += n
    return hits / repetitions, used / repetitions


def tolerance(repetitions: int) -> float:
    """Return 3.3 binomial standard errors of a coverage of 95 %."""
    return 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def main() -> None:
    """Print the table of the docs."""
    parser = argparse.ArgumentParser(description="Coverage of 95 % intervals, in per cent")
    parser.add_argument("--repetitions", type=int, default=10_000)
    n = parser.parse_args().repetitions
    print(f"{n} repetitions a cell; 95 % +- {100 * tolerance(n):.2f}")
    print("| days | " + " | ".join(f"{k}: ratio | difference | relative" for k in KINDS) + " |")
    for days in (*FIXED, 1000, 3000, 10_000):
        cells = [f"{100 * x:.1f}" for kind in KINDS for x in fixed(kind, days, n)]
        print(f"| {days} | " + " | ".join(cells) + " |", flush=True)
    for days in (*FIXED, 1000, 3000):
        found = [controlled_fixed(kind, days, n) for kind in KINDS]
        print(
            f"| controls, {days} days | " + " | ".join(f"{100 * c:.1f} | {w:.1f}" for c, w in found) + " |", flush=True
        )
    print(f"first look after {FIRST} days")
    for gamma in GAMMAS:
        found = [sequential(kind, gamma, n) for kind in KINDS]
        print(f"| {100 * gamma:g} % | " + " | ".join(f"{100 * c:.1f} | {u:.0f}" for c, u in found) + " |", flush=True)


if __name__ == "__main__":
    main()
