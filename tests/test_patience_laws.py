"""Patience as laws: what was put in comes out, served customers censored, and tails go on where the log ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hallsim.calibrate.patience import kaplan_meier
from hallsim.calibrate.patience_laws import fit_patience, product_limit_law

N = 4000


def censored(patience: np.ndarray, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return waits and who gave up, if calls come after exponential times of 200 s."""
    called = np.random.default_rng(seed).exponential(200.0, len(patience))
    return np.minimum(patience, called), patience < called


def test_a_weibull_law_is_found_under_censoring() -> None:
    wait, gave_up = censored(300.0 * np.random.default_rng(1).weibull(0.7, N))
    best = fit_patience(wait, gave_up)[0]
    assert best.name == "weibull"
    assert abs(best.parameters["shape"] - 0.7) < 3.3 * 0.8 * 0.7 / math.sqrt(gave_up.sum())
    assert best.parameters["mean_s"] == pytest.approx(300.0 * math.gamma(1 + 1 / 0.7), rel=0.15)


def test_the_exponential_law_is_total_wait_over_abandonments() -> None:
    wait, gave_up = censored(np.random.default_rng(1).exponential(300.0, N))
    (one,) = [fit for fit in fit_patience(wait, gave_up) if fit.name == "exponential"]
    assert one.parameters["mean_s"] == pytest.approx(wait.sum() / gave_up.sum())
    assert one.law.mean == pytest.approx(one.parameters["mean_s"] * 1e6)


def test_the_likelihood_of_an_exponential_law_is_that_of_a_weibull_law_of_shape_one() -> None:
    from scipy.stats import expon

    wait, gave_up = censored(np.random.default_rng(1).exponential(300.0, 50))
    (one,) = [fit for fit in fit_patience(wait, gave_up) if fit.name == "exponential"]
    scale = one.parameters["mean_s"]
    by_scipy = expon.logpdf(wait[gave_up], scale=scale).sum() + expon.logsf(wait[~gave_up], scale=scale).sum()
    assert one.log_likelihood == pytest.approx(by_scipy)


def test_waits_of_nothing_change_nothing() -> None:
    wait, gave_up = censored(np.random.default_rng(1).exponential(300.0, 500))
    with_zeros = fit_patience(np.append(wait, np.zeros(100)), np.append(gave_up, np.zeros(100, dtype=bool)))
    assert with_zeros[0].aic == fit_patience(wait, gave_up)[0].aic


def test_the_product_limit_law_has_the_survival_of_kaplan_and_meier() -> None:
    wait, gave_up = censored(np.random.default_rng(1).exponential(300.0, 500))
    law = product_limit_law(wait, gave_up)
    assert law is not None
    values, weights = np.array(law.values) / 1e6, np.array(law.weights)
    found = kaplan_meier(wait, gave_up)
    for t in (10.0, 100.0, 250.0):
        assert weights[values > t].sum() / weights.sum() == pytest.approx(float(found.survival_at(t)))


def test_the_tail_of_an_exponential_law_goes_on_as_it_was() -> None:
    wait, gave_up = censored(np.random.default_rng(1).exponential(300.0, 20 * N))
    law = product_limit_law(wait, gave_up)
    assert law is not None
    assert law.mean / 1e6 == pytest.approx(300.0, rel=0.1)


def test_where_nobody_gave_up_there_is_no_law() -> None:
    assert product_limit_law([1.0, 2.0], [False, False]) is None
