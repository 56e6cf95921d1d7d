"""How often intervals of a percentile of waits cover the truth? Synthetic days with exact quantiles.

`python -m tests.coverage_quantiles` prints the table of hallsim/docs/statistics.md (10,000 repetitions a cell, half
an hour); tests/test_coverage.py runs the same cells with fewer.

On a day of load g come D ~ Poisson(40 g) customers, each of whom waits an exponential time of mean 5 g^p minutes. The
kinds of day are those of `tests.coverage_study`: `even` (g = 1), `hall` (cv 0.15, p = 3) and `crowded` (cv 0.25,
p = 4); in place of events `idle`, where 85 of 100 customers do not wait at all and days are as in `hall`, so that the
90 % point lies above an atom.
"""

from __future__ import annotations

import argparse
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import gamma

from hallsim.experiment.precision import aims_of, next_total, verdict
from hallsim.kpis.histogram import grid_thresholds
from hallsim.model import US_PER_MINUTE
from hallsim.stats import Interval, percentile_interval

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

QUANTILE = 0.9
QUANTILE_FIXED = (30, 100, 300)
QUANTILE_GAMMA = 0.1
CUSTOMERS = 40.0
MEAN = 5.0 * US_PER_MINUTE


class QuantileDay(NamedTuple):
    """A kind of day: cv of the load (0: none), its power in the mean wait, share of customers who wait."""

    cv: float
    power: int
    waits: float


QUANTILE_KINDS = {
    "even": QuantileDay(0.0, 0, 1.0),
    "idle": QuantileDay(0.15, 3, 0.15),
    "hall": QuantileDay(0.15, 3, 1.0),
    "crowded": QuantileDay(0.25, 4, 1.0),
}


@cache
def true_quantile(kind: str) -> float:
    """Return the 90 % point of all customers' waits, microseconds, by quadrature."""
    day = QUANTILE_KINDS[kind]
    if day.cv == 0.0:
        return float(-MEAN * np.log((1.0 - QUANTILE) / day.waits))
    load = gamma(1.0 / day.cv**2, scale=day.cv**2)

    def over(wait: float) -> float:  # customers come in proportion to the load
        return (
            day.waits * quad(lambda g: g * np.exp(-wait / (MEAN * g**day.power)) * load.pdf(g), 0.0, 6.0, limit=200)[0]
        )

    return float(brentq(lambda wait: over(wait) - (1.0 - QUANTILE), 1.0, 100.0 * MEAN, xtol=1.0))


def draw_waits(kind: str, rng: np.random.Generator, n: int) -> tuple[F64, I64]:
    """Return the waits of n days, microseconds, and how many there are on each."""
    day = QUANTILE_KINDS[kind]
    load = np.ones(n) if day.cv == 0.0 else rng.gamma(1.0 / day.cv**2, day.cv**2, n)
    counts = rng.poisson(CUSTOMERS * load)
    means = np.repeat(MEAN * load**day.power, counts)
    waits = np.floor(rng.exponential(1.0, means.size) * means)
    if day.waits < 1.0:
        waits *= rng.random(waits.size) < day.waits
    return waits, counts


def interval_of(waits: F64, counts: I64) -> Interval:
    """Return the interval that a run reports for these days (`hallsim.stats.percentile_interval`)."""
    n, grid = counts.size, grid_thresholds().astype(np.float64)
    bins = np.searchsorted(grid, waits)
    table = np.bincount(np.repeat(np.arange(n), counts) * (grid.size + 1) + bins, minlength=n * (grid.size + 1))
    within = table.reshape(n, grid.size + 1).cumsum(axis=1)[:, : grid.size].astype(np.float64)
    shares = within.sum(axis=0) / counts.sum()
    residuals = within - shares * counts[:, None]
    variances = (residuals**2).sum(axis=0) / (n * (n - 1.0) * counts.mean() ** 2)
    values = np.sort(waits)
    return percentile_interval(QUANTILE, np.arange(1, values.size + 1), values, shares, variances, n)


def covers(found: Interval, kind: str) -> bool:
    """Return whether an interval holds the true quantile; a missing upper end is no end."""
    return found.low <= true_quantile(kind) and not found.high < true_quantile(kind)


def fixed_quantile(kind: str, n: int, repetitions: int, seed: int = 1) -> float:
    """Return how often intervals of n days cover the 90 % point."""
    rng = np.random.default_rng([seed, n, *kind.encode()])
    return sum(covers(interval_of(*draw_waits(kind, rng, n)), kind) for _ in range(repetitions)) / repetitions


def sequential_quantile(
    kind: str, gamma_: float, repetitions: int, seed: int = 1, most: int = 20_000
) -> tuple[float, float]:
    """Return how often intervals of runs with a relative precision cover it, and the mean number of days."""
    (aim,) = aims_of(f"wait_p90 {100 * gamma_:g} %")
    rng = np.random.default_rng([seed, round(1000 * gamma_), *kind.encode()])
    hits, used = 0, 0
    for _ in range(repetitions):
        waits, counts, wanted = np.zeros(0), np.zeros(0, dtype=np.int64), 0
        while True:
            more = draw_waits(kind, rng, next_total(counts.size, wanted, most) - counts.size)
            waits, counts = np.concatenate([waits, more[0]]), np.concatenate([counts, more[1]])
            interval = interval_of(waits, counts)
            half = max(interval.value - interval.low, interval.high - interval.value)
            found = verdict(aim, interval.value, half, counts.size)
            if found.reached or counts.size == most:
                break
            wanted = found.needed
        hits += covers(interval, kind)
        used += counts.size
    return hits / repetitions, used / repetitions


def main() -> None:
    """Print the table of the docs."""
    parser = argparse.ArgumentParser(description="Coverage of 95 % intervals of a percentile, in per cent")
    parser.add_argument("--repetitions", type=int, default=10_000)
    n = parser.parse_args().repetitions
    print("| 90 % point | " + " | ".join(QUANTILE_KINDS) + " |")
    for days in (*QUANTILE_FIXED, 1000):
        cells = [f"{100 * fixed_quantile(kind, days, n):.1f}" for kind in QUANTILE_KINDS]
        print(f"| {days} days | " + " | ".join(cells) + " |", flush=True)
    found = [sequential_quantile(kind, QUANTILE_GAMMA, n) for kind in QUANTILE_KINDS]
    print(f"| ± {100 * QUANTILE_GAMMA:g} % | " + " | ".join(f"{100 * c:.1f} ({u:.0f})" for c, u in found) + " |")


if __name__ == "__main__":
    main()
