"""Intervals: exact values, coverage by simulation, and bits that do not depend on how work was cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special
from scipy.stats import binomtest

from hallsim.kpis.histogram import N_BINS, bin_of, grid_thresholds, middles
from hallsim.stats import (
    Moments,
    incomplete_beta,
    moments_of,
    no_moments,
    percentile_interval,
    ratio_interval,
    share_interval,
    stratified_variance,
    t_quantile,
)

TERMS = np.array([[[0, 0], [1, 0]], [[0, 1], [1, 0]]])
SIGNS = np.array([[[1, 0], [1, 0]], [[2, -1], [1, 0]]])


@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 10, 49, 199, 4999])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.995, 0.9995, 0.025])
def test_t_quantiles_are_those_of_scipy(p: float, degrees: int) -> None:
    assert t_quantile(p, degrees) == pytest.approx(special.stdtrit(degrees, p), rel=1e-9)


def test_t_quantiles_of_nothing_are_not_a_number() -> None:
    assert math.isnan(t_quantile(0.975, 0))
    assert t_quantile(0.5, 7) == 0.0


@pytest.mark.parametrize(("a", "b", "x"), [(0.5, 0.5, 0.3), (99.5, 0.5, 0.98), (2, 7, 0.9), (1e4, 0.5, 0.9999)])
def test_the_incomplete_beta_function_is_that_of_scipy(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-9)


def test_moments_are_those_of_numpy() -> None:
    sums = np.random.default_rng(1).integers(1, 10**9, (2, 50))
    m = moments_of(sums, TERMS, SIGNS)
    numerator = 2 * sums[0] - sums[1]
    assert m.mean_n[1] == pytest.approx(numerator.mean(), rel=1e-14)
    assert m.m2_n[1] == pytest.approx(((numerator - numerator.mean()) ** 2).sum(), rel=1e-12)
    assert m.c_nd[1] == pytest.approx(np.cov(numerator, sums[1])[0, 1] * 49, rel=1e-12)
    residuals = numerator - (numerator.sum() / sums[1].sum()) * sums[1]
    expected = (residuals**2).sum() / (50 * 49 * sums[1].mean() ** 2)
    assert m.ratio_variance()[1] == pytest.approx(expected, rel=1e-12)


def test_merged_chunks_give_the_moments_of_the_whole() -> None:
    sums = np.random.default_rng(2).integers(10**12, 10**12 + 1000, (2, 97))
    merged = no_moments(2)
    for first in range(0, 97, 10):
        merged = merged.merge(moments_of(sums[:, first : first + 10], TERMS, SIGNS))
    whole = moments_of(sums, TERMS, SIGNS)
    assert merged.n == 97
    for found, expected in zip(merged[1:], whole[1:], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)  # 1e12 with a spread of 300 leaves so many digits


def test_an_empty_chunk_changes_no_bit() -> None:
    some = moments_of(np.array([[3, 4], [5, 6]]), TERMS, SIGNS)
    empty = moments_of(np.zeros((2, 0), dtype=np.int64), TERMS, SIGNS)
    for merged in (some.merge(empty), empty.merge(some)):
        assert all(np.array_equal(a, b) for a, b in zip(merged, some, strict=True))


def test_a_ratio_over_nothing_is_not_a_number() -> None:
    m = moments_of(np.array([[3, 4], [0, 0]]), TERMS, SIGNS)
    assert np.isnan(m.ratios()).all()
    assert np.isnan(m.ratio_variance()).all()


def test_one_replication_has_no_interval() -> None:
    m = moments_of(np.array([[3], [4]]), TERMS, SIGNS)
    assert np.isnan(m.ratio_variance()).all()
    interval = ratio_interval(0.75, math.nan, 1)
    assert interval.value == 0.75
    assert math.isnan(interval.half_width)


def _days(rng: np.random.Generator, n: int) -> tuple[list[np.ndarray], float]:
    """Return days of exponential waits with an atom at 0; busy days have both more customers and longer waits."""
    days = []
    for load in rng.gamma(4.0, 0.25, n):
        count = rng.poisson(60 * load) + 1
        waits = np.where(rng.random(count) < 0.4, 0.0, rng.exponential(3e8 * load, count))
        days.append(waits.astype(np.int64))
    return days, 0.0


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.sort(np.concatenate(_days(np.random.default_rng(99), 40_000)[0]))


def test_ratio_intervals_cover_the_truth_as_often_as_they_say(truth: np.ndarray) -> None:
    """400 experiments of 40 days: 95 % +- 3.3 standard errors of 1.1 %, one more point for skewness."""
    rng = np.random.default_rng(5)
    mean, hits = truth.mean(), 0
    terms, signs = TERMS[:1], SIGNS[:1]
    for _ in range(400):
        days = _days(rng, 40)[0]
        m = moments_of(np.array([[d.sum() for d in days], [d.size for d in days]]), terms, signs)
        interval = ratio_interval(m.ratios()[0], m.ratio_variance()[0], 40)
        hits += interval.low <= mean <= interval.high
    assert 0.905 <= hits / 400 <= 0.985


@pytest.mark.parametrize("p", [0.3, 0.5, 0.9])
def test_percentile_intervals_cover_the_truth_as_often_as_they_say(p: float, truth: np.ndarray) -> None:
    rng = np.random.default_rng(6)
    exact = truth[math.ceil(p * truth.size) - 1]
    of_bin, grid = middles(), grid_thresholds()
    grid[-1] = 1 << 60
    terms = np.array([[[g, 0], [grid.size, 0]] for g in range(grid.size)])
    signs = np.array([[[1, 0], [1, 0]]] * grid.size)
    hits, widths = 0, []
    for _ in range(200):
        days = _days(rng, 40)[0]
        sums = np.array([[(d <= t).sum() for d in days] for t in grid] + [[d.size for d in days]])
        m = moments_of(sums, terms, signs)
        counts = np.zeros(N_BINS, dtype=np.int64)
        np.add.at(counts, [int(bin_of(np.int64(w))) for w in np.concatenate(days)], 1)
        e = percentile_interval(p, np.cumsum(counts), of_bin, m.ratios(), m.ratio_variance(), 40)
        assert e.low <= e.value <= e.high
        hits += e.low * 0.999 <= exact <= e.high * 1.001
        widths.append(e.half_width)
    if p == 0.3:  # inside the atom: the percentile is 0, and surely so
        assert hits == 200
        assert max(widths) == 0.0
    else:
        assert 0.89 <= hits / 200 <= 0.995


@pytest.mark.parametrize(("hits", "n"), [(0, 30), (7, 30), (2000, 2000)])
def test_the_interval_of_a_share_of_trials_is_wilsons(hits: int, n: int) -> None:
    found = binomtest(hits, n).proportion_ci(method="wilson")
    assert share_interval(hits, n) == pytest.approx((hits / n, found.low, found.high))
    assert share_interval(hits, n).half_width > 0.0


def test_days_in_turn_are_covered_as_often_as_the_intervals_say() -> None:
    """A quiet and a busy kind of day, whose numbers are no chance: taken for it, intervals would be much too long."""
    rng, repetitions, hits = np.random.default_rng(21), 4000, 0
    terms = np.array([[[0], [1]]])
    for _ in range(repetitions):
        kinds = []
        for n, level in ((24, 10.0), (6, 40.0)):
            come = rng.normal(level, 1.0, n) * 1000
            work = 2.0 * come + rng.normal(level, 0.5 * level, n) * 1000
            kinds.append(moments_of(np.rint([work, come]).astype(np.int64), terms, np.ones_like(terms)))
        ratios = kinds[0].merge(kinds[1]).ratios()
        variance, degrees = stratified_variance(ratios, kinds)
        interval = ratio_interval(ratios[0], variance[0], int(degrees[0]) + 1)
        hits += interval.low <= 3.0 <= interval.high
    assert abs(hits / repetitions - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / repetitions)


def test_the_percentile_of_one_replication_has_no_interval() -> None:
    counts = np.zeros(N_BINS, dtype=np.int64)
    counts[5:10] = 1
    e = percentile_interval(0.5, np.cumsum(counts), middles(), np.zeros(20), np.full(20, np.nan), 1)
    assert e.value == 7.0
    assert math.isnan(e.low)


def test_moments_have_as_many_entries_as_rows() -> None:
    assert isinstance(no_moments(3), Moments)
    assert no_moments(3).mean_n.shape == (3,)
