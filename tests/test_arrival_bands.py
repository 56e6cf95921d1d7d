"""Bands of arrivals hold the share of numbers that they say, and hours' spread comes out as it was put in."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hallsim.calibrate.arrival_bands import arrival_bands, hour_cv_beside
from hallsim.calibrate.day_waits import DayWaits
from hallsim.model import US_PER_HOUR, Day, RatePiece, Source

SHAPE = np.array([20.0, 40.0, 60.0, 50.0, 30.0, 10.0])


def day_of(expected: np.ndarray) -> Day:
    pieces = tuple(
        RatePiece((9 + h) * US_PER_HOUR, (10 + h) * US_PER_HOUR, n / US_PER_HOUR)
        for h, n in enumerate(expected.tolist())
    )
    source = Source("door", "poisson", (1.0,), pieces)
    return Day("2024-03-05", (9 + len(expected)) * US_PER_HOUR, (source,), (), ())


def gamma(rng: np.random.Generator, cv: float, n: int) -> np.ndarray:
    return rng.gamma(1.0 / cv**2, cv**2, n)


def waits_of(counts: np.ndarray) -> DayWaits:
    joined = np.repeat((9 + np.arange(len(counts))) * 3600.0 + 1.0, counts)
    return DayWaits(joined, np.zeros(len(joined)), np.zeros(len(joined), dtype=bool))


@pytest.mark.parametrize("of_hours", [0.0, 0.2])
def test_a_band_holds_the_share_of_numbers_that_it_says(of_hours: float) -> None:
    rng = np.random.default_rng(7)
    n, day_cv = 1000, 0.15
    factors = gamma(rng, day_cv, n)[:, None] * (gamma(rng, of_hours, n * 6).reshape(n, 6) if of_hours else 1.0)
    counts = rng.poisson(SHAPE * factors)
    days = [day_of(SHAPE)] * n
    bands = arrival_bands(days, [waits_of(c) for c in counts], day_cv, of_hours, 0.8)
    assert len(bands) == 6 * n
    by_day = np.array([band.inside for band in bands]).reshape(n, 6).mean(axis=1)  # hours of a day share its factor
    error = by_day.std(ddof=1) / math.sqrt(n)
    assert 0.8 - 3.3 * error <= by_day.mean() <= 0.86 + 3.3 * error  # whole numbers: a band holds somewhat more


def test_the_spread_of_hours_comes_out_again() -> None:
    rng = np.random.default_rng(3)
    expected = np.tile(SHAPE * 5.0, (400, 1))
    counts = rng.poisson(expected * gamma(rng, 0.3, 400)[:, None] * gamma(rng, 0.2, 2400).reshape(400, 6))
    assert 0.15 < hour_cv_beside(counts.astype(float), expected) < 0.22  # the middle day's is below the mean of days


def test_poisson_hours_have_hardly_any_spread() -> None:
    rng = np.random.default_rng(4)
    expected = np.tile(SHAPE * 5.0, (200, 1))
    assert hour_cv_beside(rng.poisson(expected).astype(float), expected) < 0.03


def test_one_day_cut_off_does_not_widen_all_bands() -> None:
    rng = np.random.default_rng(5)
    expected = np.tile(SHAPE * 5.0, (21, 1))
    counts = rng.poisson(expected).astype(float)
    counts[0, 2:] = 0.0
    assert hour_cv_beside(counts, expected) < 0.08


def test_hours_when_nobody_is_expected_have_no_band() -> None:
    bands = arrival_bands([day_of(np.array([5.0, 0.2]))], [waits_of(np.array([5, 1]))], 0.1, 0.0, 0.8)
    assert [band.hour for band in bands] == [9]
    assert bands[0].inside
