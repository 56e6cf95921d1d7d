"""Services: sample figures, fits by maximum likelihood, distance to a law."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hallsim.calibrate.services import (
    ExponentialFit,
    LognormalFit,
    ServiceSummary,
    distance,
    fit_exponential,
    fit_lognormal,
    share_below,
    summarise,
)
from hallsim.errors import CalibrationError


class Straight:
    """Uniform on [0, 4]."""

    def cdf(self, time_s: np.ndarray) -> np.ndarray:
        return np.clip(time_s / 4.0, 0.0, 1.0)


def test_a_summary_is_that_of_the_sample() -> None:
    assert summarise([2, 10, 4, 8]) == ServiceSummary(4, 6.0, math.sqrt(40 / 3), 6.0)


def test_a_single_duration_has_no_standard_deviation() -> None:
    assert math.isnan(summarise([3.0]).sd_s)


def test_short_means_below_the_limit() -> None:
    assert share_below([1, 9.99, 10, 30], 10) == 0.5


def test_a_lognormal_fit_is_mean_and_deviation_of_the_logarithms() -> None:
    fit = fit_lognormal(np.exp([0.0, 1.0, 2.0]))
    assert (fit.n, fit.mu, fit.sigma) == (3, pytest.approx(1.0), pytest.approx(math.sqrt(2 / 3)))


def test_the_lognormal_fit_agrees_with_a_numerical_maximum_of_the_likelihood() -> None:
    from scipy.stats import lognorm

    sample = np.random.default_rng(3).gamma(2.0, 60.0, 300)
    sigma, _, scale = lognorm.fit(sample, floc=0)
    fit = fit_lognormal(sample)
    assert (fit.sigma, math.exp(fit.mu)) == pytest.approx((sigma, scale), rel=1e-6)


def test_lognormal_services_give_back_their_parameters() -> None:
    n = 40_000
    fit = fit_lognormal(np.random.default_rng(4).lognormal(4.9, 0.9, n))
    assert fit.mu == pytest.approx(4.9, abs=3.3 * 0.9 / math.sqrt(n))  # 0.015
    assert fit.sigma == pytest.approx(0.9, abs=3.3 * 0.9 / math.sqrt(2 * n))  # 0.0105


def test_mean_and_cv_of_a_fit_are_those_of_the_variable() -> None:
    fit = LognormalFit(1, mu=math.log(100) - 0.32, sigma=0.8)
    assert fit.mean_s == pytest.approx(100.0)
    assert fit.cv == pytest.approx(math.sqrt(math.exp(0.64) - 1))


def test_the_lognormal_distribution_function_is_half_at_the_median() -> None:
    found = LognormalFit(1, mu=math.log(100), sigma=0.5).cdf(np.array([0.0, 100.0, 100.0 * math.exp(0.5)]))
    assert found == pytest.approx([0.0, 0.5, 0.8413447460685429])


def test_an_exponential_fit_has_the_mean_of_the_sample() -> None:
    fit = fit_exponential([10, 20, 60])
    assert fit == ExponentialFit(3, 30.0)
    assert fit.cdf(np.array([0.0, 30.0])) == pytest.approx([0.0, 1 - math.exp(-1)])


def test_the_distance_is_the_largest_gap_on_either_side_of_a_step() -> None:
    assert distance([1, 2, 3], Straight()) == pytest.approx(0.25)  # above at 3: 1 - 3/4; below at 1: 1/4
    assert distance([4, 4, 4, 4], Straight()) == pytest.approx(1.0)  # ties: nothing below 4, where the law has all


def test_a_sample_is_near_its_own_law_and_far_from_another() -> None:
    sample = np.random.default_rng(5).lognormal(4.9, 0.9, 10_000)
    assert distance(sample, LognormalFit(0, 4.9, 0.9)) < 0.0195  # the 0.1 % point, 1.95 / sqrt(n)
    assert distance(sample, fit_exponential(sample)) > 0.08


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ([], "no durations were given"),
        ([1.0, 0.0, -1.0], "2 of 3 durations are not finite and above 0, first 0 s at 1"),
        ([1.0, math.inf], "1 of 2 durations are not finite and above 0, first inf s at 1"),
    ],
)
def test_durations_that_cannot_be_used_are_refused(sample: list[float], message: str) -> None:
    for estimate in (
        summarise,
        fit_lognormal,
        fit_exponential,
        lambda x: share_below(x, 10),
        lambda x: distance(x, Straight()),
    ):
        with pytest.raises(CalibrationError, match=f"^{message}$"):
            estimate(sample)


def test_equal_durations_have_no_lognormal_law() -> None:
    with pytest.raises(CalibrationError, match=r"^a lognormal law needs two different durations; 3 given, all equal$"):
        fit_lognormal([60.1, 60.1, 60.1])
