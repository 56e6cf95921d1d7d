"""Patience from censored waits: the product-limit estimate, the exponential estimate, the hazard by bins."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from hallsim.calibrate.patience import exponential_mean, hazard, kaplan_meier
from hallsim.errors import CalibrationError

# 1: gave up, 2: gave up, 2: called, 3: called, 4: gave up
WAITS = [2.0, 4.0, 1.0, 3.0, 2.0]
LEFT = [False, True, True, False, True]


def crowd(seed: int, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Return waits and marks of customers with exponential patience of mean 60 s, offered exponential waits of 40 s."""
    rng = np.random.default_rng(seed)
    patience, offered = rng.exponential(60.0, n), rng.exponential(40.0, n)
    return np.minimum(patience, offered), patience < offered


def by_hand(waits: list[int], left: list[bool]) -> dict[int, Fraction]:
    """Return the product-limit estimate in exact fractions, one customer at a time."""
    survival, result = Fraction(1), {}
    for t in sorted(set(waits)):
        at_risk = sum(w >= t for w in waits)
        gone = sum(w == t and g for w, g in zip(waits, left, strict=True))
        survival *= 1 - Fraction(gone, at_risk)
        result[t] = survival
    return result


def test_a_small_case_comes_out_as_by_hand() -> None:
    estimate = kaplan_meier(WAITS, LEFT)
    assert estimate.time_s.tolist() == [1, 2, 3, 4]
    assert estimate.n_at_risk.tolist() == [5, 4, 2, 1]
    assert estimate.n_gave_up.tolist() == [1, 1, 0, 1]
    assert estimate.survival == pytest.approx([4 / 5, 3 / 5, 3 / 5, 0], abs=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_tied_waits_agree_with_exact_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    waits, left = rng.integers(0, 12, 60).tolist(), (rng.random(60) < 0.4).tolist()
    estimate = kaplan_meier(waits, left)
    exact = by_hand(waits, left)
    assert estimate.time_s.tolist() == list(exact)
    assert estimate.survival == pytest.approx([float(x) for x in exact.values()], abs=1e-14)


def test_survival_of_exponential_patience_is_found_within_its_standard_error() -> None:
    waits, left = crowd(seed=11)
    estimate = kaplan_meier(waits, left)
    for t in (5.0, 20.0, 60.0, 120.0):
        until = estimate.time_s <= t
        at_risk, gone = estimate.n_at_risk[until], estimate.n_gave_up[until]
        truth = math.exp(-t / 60.0)
        greenwood = truth * math.sqrt((gone / (at_risk * (at_risk - gone))).sum())
        assert greenwood < 0.012  # an error of 4 points would be seen
        assert estimate.survival_at(t) == pytest.approx(truth, abs=3.3 * greenwood)


def test_without_censoring_quantiles_are_those_of_the_sample() -> None:
    estimate = kaplan_meier([30.0, 10.0, 20.0, 40.0], [True] * 4)
    assert [estimate.quantile(p) for p in (0.1, 0.25, 0.26, 0.5, 0.75, 0.99)] == [10, 10, 20, 20, 30, 40]


def test_a_share_that_is_hit_exactly_is_reached_there() -> None:
    # 10 customers: the product 0.9 * 8/9 * 7/8 ... is not 0.3 to the last bit
    estimate = kaplan_meier(np.arange(1.0, 11.0), [True] * 10)
    assert [estimate.quantile(k / 10) for k in range(1, 10)] == list(range(1, 10))


def test_a_quantile_beyond_what_was_seen_is_not_a_number() -> None:
    estimate = kaplan_meier([1.0, 2.0, 3.0], [True, False, False])
    assert estimate.quantile(0.3) == 1.0
    assert math.isnan(estimate.quantile(0.5))


def test_survival_is_a_right_continuous_step_function() -> None:
    estimate = kaplan_meier(WAITS, LEFT)
    assert estimate.survival_at([0.0, 0.999, 1.0, 1.5, 2.0, 3.9, 4.0, 99.0]) == pytest.approx(
        [1, 1, 0.8, 0.8, 0.6, 0.6, 0, 0]
    )


def test_survival_beyond_the_longest_wait_of_somebody_called_is_unknown() -> None:
    estimate = kaplan_meier([1.0, 5.0], [True, False])
    assert estimate.survival_at([4.0, 5.0, 5.1]).tolist()[:2] == [0.5, 0.5]
    assert np.isnan(estimate.survival_at(5.1))


def test_where_everybody_was_called_patience_has_no_end() -> None:
    estimate = kaplan_meier([1.0, 2.0, 2.0], [False] * 3)
    assert estimate.survival.tolist() == [1.0, 1.0]
    assert math.isnan(estimate.quantile(0.01))


def test_exponential_patience_is_total_wait_over_abandonments() -> None:
    assert exponential_mean(WAITS, LEFT) == 12.0 / 3


def test_exponential_patience_is_found_within_its_standard_error() -> None:
    waits, left = crowd(seed=12)
    error = 60.0 / math.sqrt(left.sum())
    assert error < 0.8
    assert exponential_mean(waits, left) == pytest.approx(60.0, abs=3.3 * error)


def test_nobody_gave_up_leaves_no_exponential_estimate() -> None:
    with pytest.raises(CalibrationError, match=r"^nobody of 2 customers gave up: their mean patience has no estimate$"):
        exponential_mean([1.0, 2.0], [False, False])


def test_the_hazard_is_who_gave_up_over_the_time_waited_in_the_bin() -> None:
    found = hazard(WAITS, LEFT, [0, 2, 4])
    assert found.n_gave_up.tolist() == [2, 1]  # bins are closed on the right
    assert found.waited_s.tolist() == [1 + 4 * 2, 1 + 2]
    assert found.rate_per_s == pytest.approx([2 / 9, 1 / 3])


def test_the_hazard_where_nobody_waited_is_not_a_number() -> None:
    assert np.isnan(hazard([1.0], [True], [0, 2, 4]).rate_per_s).tolist() == [False, True]


def test_the_hazard_of_exponential_patience_is_flat() -> None:
    waits, left = crowd(seed=13)
    found = hazard(waits, left, [0, 5, 10, 20, 40, 80])
    error = 1 / 60.0 / np.sqrt(found.n_gave_up)
    assert error.max() < 0.0006
    assert (np.abs(found.rate_per_s - 1 / 60.0) < 3.3 * error).all()


@pytest.mark.parametrize(
    ("waits", "left", "message"),
    [
        ([], [], "no waits were given"),
        ([1.0], [True, False], "1 waits but 2 marks of giving up"),
        ([1.0, -2.0], [True, False], "1 of 2 waits are not finite and from 0 up, first -2 s at 1"),
        ([1.0, math.nan], [True, False], "1 of 2 waits are not finite and from 0 up, first nan s at 1"),
        ([1.0, 2.0], [1, 0], "marks of giving up must be true or false, not int64"),
    ],
)
def test_waits_that_cannot_be_used_are_refused(waits: list[float], left: list[bool], message: str) -> None:
    for estimate in (kaplan_meier, exponential_mean, lambda w, g: hazard(w, g, [0, 1])):
        with pytest.raises(CalibrationError, match=f"^{message}$"):
            estimate(waits, left)


@pytest.mark.parametrize("edges", [[0], [0, 0], [-1, 2], [0, 2, 1], [0, math.inf]])
def test_edges_of_bins_must_rise(edges: list[float]) -> None:
    with pytest.raises(
        CalibrationError, match=r"^edges of bins must rise from 0 or later, at least two of them, not \["
    ):
        hazard(WAITS, LEFT, edges)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, math.nan])
def test_a_quantile_needs_a_share_between_0_and_1(share: float) -> None:
    with pytest.raises(CalibrationError, match="needs a share between 0 and 1"):
        kaplan_meier(WAITS, LEFT).quantile(share)
