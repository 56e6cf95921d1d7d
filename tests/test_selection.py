"""Selection procedures on normal data whose best system is known, and their constants against closed forms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

from hallsim.errors import UsageError
from hallsim.experiment import selection
from hallsim.experiment.selection import Observe, allocate, check_chances, eliminate, judge_chance, two_stage


def normal(means: Sequence[float], sds: Sequence[float] | float, seed: Any, shared: float = 0.0) -> Observe:
    """Return normal observations; `shared` is the part of the variance that all systems have in common."""
    m = np.asarray(means, dtype=np.float64)
    s = np.broadcast_to(np.asarray(sds, dtype=np.float64), m.shape)
    random = np.random.default_rng(seed)

    def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
        chosen = np.asarray(systems)
        own = random.standard_normal((count, chosen.size))
        common = random.standard_normal((count, 1))
        return m[chosen] + s[chosen] * (math.sqrt(1.0 - shared) * own + math.sqrt(shared) * common)

    return observe


def slippage(k: int, delta: float) -> list[float]:
    return [delta] + [0.0] * (k - 1)


def monotone(k: int, delta: float) -> list[float]:
    return [-delta * i for i in range(k)]


# --- constants -------------------------------------------------------------------------------------------


def test_bechhofers_constant_of_two_systems_is_a_normal_quantile() -> None:
    assert selection.bechhofer(2, 0.95) == pytest.approx(math.sqrt(2.0) * norm.ppf(0.95), rel=1e-10)


def test_rinotts_constant_with_known_variances_is_a_normal_quantile() -> None:
    expected = math.sqrt(2.0) * norm.ppf(0.95 ** (1 / 4))  # his bound takes the k - 1 comparisons as independent
    assert selection.rinott(5, 100_000, 0.95) == pytest.approx(expected, rel=1e-4)


def test_rinotts_constant_by_monte_carlo() -> None:
    random = np.random.default_rng(1)
    x, y = random.chisquare(9, (1_000_000, 3)), random.chisquare(9, (1_000_000, 1))
    h = selection.rinott(4, 10, 0.9)
    chances = norm.cdf(h / np.sqrt(9 * (1 / x + 1 / y))).prod(axis=1)
    assert abs(chances.mean() - 0.9) < 3.3 * chances.std() / 1000


def test_eta_of_two_systems_needs_no_bonferroni() -> None:
    dependent, independent = (selection.kim_nelson(2, 9, 0.95, kind) for kind in (False, True))
    assert dependent == pytest.approx(independent, rel=1e-12)
    assert dependent == pytest.approx(0.5 * (0.1 ** (-2 / 9) - 1), rel=1e-12)


def test_the_chance_of_a_correct_selection_of_two_is_a_normal_probability() -> None:
    chance = selection.p_correct([1.0, 1.4], [2.0, 3.0], [25, 36])
    assert chance == pytest.approx(norm.cdf(0.4 / math.sqrt(4 / 25 + 9 / 36)), rel=1e-10)


def test_two_systems_share_a_budget_by_their_spread() -> None:
    assert selection.fractions([1.0, 2.0], [3.0, 6.0]).tolist() == pytest.approx([1 / 3, 2 / 3])


def test_ocba_fractions_follow_their_two_equations() -> None:
    means, sds = np.array([3.0, 1.0, 2.5, 0.0]), np.array([1.0, 2.0, 0.5, 4.0])
    share = selection.fractions(means, sds, minimise=False)
    others = np.array([1, 2, 3])
    ratio = share[others] / (sds[others] / (3.0 - means[others])) ** 2
    assert ratio == pytest.approx(np.full(3, ratio[0]), rel=1e-12)
    assert share[0] == pytest.approx(sds[0] * math.sqrt((share[others] ** 2 / sds[others] ** 2).sum()), rel=1e-12)


def test_systems_that_tie_or_never_vary_get_finite_shares() -> None:
    assert selection.fractions([1.0, 1.0, 5.0], [1.0, 1.0, 1.0]).tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert selection.fractions([1.0, 2.0], [0.0, 0.0]).tolist() == [0.5, 0.5]


# --- elimination -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("minimise", [True, False])
def test_elimination_finds_the_best_and_spends_less_on_the_worse(minimise: bool) -> None:
    means = [5.0, 4.0, 1.0, 3.0]
    found = eliminate(normal(means, 1.0, 1), 4, 0.3, minimise=minimise)
    best = 2 if minimise else 0
    assert (found.best, found.decided, found.guarantee) == (best, True, "correct")
    assert found.n[best] == found.n.max()
    assert found.means == pytest.approx(means, abs=1.0)
    assert found.n.min() < 50


def test_common_random_numbers_save_observations() -> None:
    means = slippage(5, 0.2)
    alone = eliminate(normal(means, 1.0, 1), 5, 0.2, minimise=False).n.sum()
    paired = eliminate(normal(means, 1.0, 1, shared=0.9), 5, 0.2, minimise=False).n.sum()
    assert paired * 4 < alone


def test_twins_end_in_the_first_of_them() -> None:
    def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
        day = np.random.default_rng(first).standard_normal((count, 1))
        return np.repeat(day, len(systems), axis=1)

    found = eliminate(observe, 3, 0.1)
    assert (found.best, found.decided, found.n.tolist()) == (0, True, [20, 20, 20])


def test_the_limit_leaves_those_that_are_not_told_apart() -> None:
    found = eliminate(normal([0.0, 0.0, 9.0], 1.0, 1), 3, 0.2, most=50)
    assert (found.in_running, found.decided, found.guarantee) == ((0, 1), False, "none")
    assert found.n.tolist() == [50, 50, 20]


def test_observations_are_asked_for_in_order_and_once() -> None:
    asked: list[tuple[int, int]] = []
    data = normal(slippage(3, 0.1), 1.0, 1)

    def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
        asked.append((first, count))
        return data(systems, first, count)

    found = eliminate(observe, 3, 0.2, first_stage=10, stage=7)
    assert [first for first, _ in asked] == np.cumsum([0] + [count for _, count in asked[:-1]]).tolist()
    assert found.n.max() == sum(count for _, count in asked)


def test_averages_far_from_zero_keep_their_digits() -> None:
    near = eliminate(normal([0.0, 0.5, 0.6], 1.0, 3), 3, 0.2)
    far = eliminate(normal([1e9, 1e9 + 0.5, 1e9 + 0.6], 1.0, 3), 3, 0.2)
    assert far.n.tolist() == near.n.tolist()
    assert far.sds == pytest.approx(near.sds, rel=1e-5)


def test_updated_variances_save_observations() -> None:
    total = {True: 0, False: 0}
    for update in total:
        for seed in range(30):
            data = normal(slippage(10, 0.5), 1.0, seed)
            total[update] += int(eliminate(data, 10, 0.5, minimise=False, stage=5, update=update).n.sum())
    assert total[True] < total[False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d: eliminate(d, 1, 0.1), "1 system to select from; at least 2"),
        (lambda d: eliminate(d, 3, 0.0), "indifference is 0.0; allowed are numbers above 0"),
        (lambda d: eliminate(d, 3, 0.1, confidence=95), "confidence is 95; allowed is more than 1 in 3"),
        (lambda d: eliminate(d, 3, 0.1, first_stage=2), "first stage is 2 observations"),
        (lambda d: eliminate(d, 3, 0.1, most=5), "at most 5 observations are fewer than the first stage of 20"),
        (lambda d: two_stage(d, 3, 0.1, most=5), "at most 5 observations are fewer"),
        (lambda d: allocate(d, 3, 20), "a budget of 20 is less than the first stage of 3 x 10 = 30"),
        (lambda d: eliminate(lambda s, f, n: np.full((n, 3), np.nan), 3, 1.0), "observation 0 of system 0 is nan"),
        (lambda d: eliminate(lambda s, f, n: np.zeros((n, 2)), 3, 1.0), r"wanted was \(20, 3\)"),
        (lambda d: selection.fractions([1.0], [1.0]), "at least 2 systems are needed"),
        (lambda d: check_chances(d, 3, 1.0), "cannot be shown by trials"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call(normal([0.0] * 3, 1.0, 1))


def interrupted(data: Observe, after: int) -> Observe:
    """Return observations that Ctrl-C ends after so many calls."""
    calls = 0

    def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return data(systems, first, count)

    return observe


def test_ctrl_c_leaves_what_was_observed_and_promises_nothing() -> None:
    means = [0.0, 0.1, 9.0]
    found = eliminate(interrupted(normal(means, 1.0, 1), 3), 3, 0.05)
    assert (found.complete, found.decided, found.guarantee) == (False, False, "none")
    assert (found.in_running, found.n.tolist()) == ((0, 1), [60, 60, 20])
    second = two_stage(interrupted(normal(means, 1.0, 1), 1), 3, 0.05)
    assert (second.complete, second.guarantee, second.n.tolist()) == (False, "none", [20, 20, 20])
    budget = allocate(interrupted(normal(means, 1.0, 1), 8), 3, 10_000)
    assert not budget.complete
    assert 30 < budget.n.sum() < 10_000
    chances = check_chances(interrupted(normal(means, 1.0, 1), 2), 3, 0.32)
    assert (chances.complete, chances.status[2], chances.trials.max()) == (False, "met", 200)


def test_ctrl_c_in_the_first_stage_leaves_nothing() -> None:
    with pytest.raises(KeyboardInterrupt):
        eliminate(interrupted(normal([0.0, 1.0], 1.0, 1), 0), 2, 0.5)


def test_progress_tells_by_how_much_the_leader_leads() -> None:
    seen: list[selection.Standing] = []
    eliminate(normal([0.0, 0.2, 5.0], 1.0, 1), 3, 0.1, progress=seen.append)
    last = seen[-1]
    assert (last.left, {last.best, last.second}) == (2, {0, 1})
    assert last.half_width == pytest.approx(1.96 * math.sqrt(2.0 / last.n), rel=0.2)
    assert 0.0 <= last.lead < 0.4


# --- two stages and budgets ------------------------------------------------------------------------------


@pytest.mark.parametrize("common", [True, False])
def test_two_stages_find_the_best(common: bool) -> None:
    found = two_stage(normal([2.0, 1.0, 3.0], [1.0, 2.0, 3.0], 1), 3, 0.5, common=common)
    assert (found.best, found.guarantee) == (1, "good")
    assert found.procedure == ("clark-yang" if common else "rinott")
    assert (len(set(found.n.tolist())) == 1) == common


def test_two_stages_that_are_too_long_are_not_run() -> None:
    found = two_stage(normal([0.0, 0.0], 1.0, 1), 2, 0.001, most=100)
    assert (found.in_running, found.n.tolist()) == ((0, 1), [100, 100])


def test_a_budget_is_spent_to_the_last_observation() -> None:
    found = allocate(normal([1.0, 1.2, 3.0], 1.0, 1), 3, 500)
    assert found.n.sum() == 500
    assert (found.procedure, found.guarantee) == ("ocba", "none")
    assert found.n[2] < 60
    assert found.confidence == pytest.approx(selection.p_correct_at_least(found.means, found.sds, found.n), rel=1e-12)


# --- chances ---------------------------------------------------------------------------------------------


def test_a_chance_is_told_at_every_look_with_the_stated_error() -> None:
    random = np.random.default_rng(1)
    wrong = 0
    for _ in range(400):
        successes = np.cumsum(random.random(1000) < 0.9)
        wrong += any(judge_chance(int(successes[n - 1]), n, 0.9, 0.05) != "open" for n in range(5, 1001, 5))
    assert beta.ppf(0.01, wrong, 401 - wrong) < 0.05


def test_chances_far_from_the_bound_are_settled_soon() -> None:
    def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
        uniform = np.random.default_rng(first).random((count, 1))
        return (uniform < np.array([0.99, 0.5, 0.9])[list(systems)]).astype(float)

    found = check_chances(observe, 3, 0.9, most=500)
    assert found.status == ("met", "missed", "open")
    assert found.trials.tolist()[1:] == [100, 500]
    assert selection.are_met(found) == [0]


# --- promises (slow) -------------------------------------------------------------------------------------


def _not_under(successes: int, trials: int, promise: float) -> bool:
    """Tell whether so few successes are not significant against the promise, at 1 % on one side."""
    return bool(binom.cdf(successes, trials, promise) >= 0.01)


MACRO = 1000


@pytest.mark.slow
@pytest.mark.parametrize("update", [True, False], ids=["kn++", "kn"])
@pytest.mark.parametrize("shared", [0.0, 0.5], ids=["independent", "common"])
@pytest.mark.parametrize("k", [2, 10, 100, 500])
@pytest.mark.parametrize("means", [slippage, monotone])
def test_elimination_keeps_its_promise_of_correct_selection(means: Any, k: int, shared: float, update: bool) -> None:
    delta = 0.5
    correct = 0
    for macro in range(MACRO):
        data = normal(means(k, delta), 1.0, [k, macro], shared)
        correct += eliminate(data, k, delta, minimise=False, stage=5, update=update).best == 0
    assert _not_under(correct, MACRO, 0.95), correct


@pytest.mark.slow
def test_elimination_that_looks_at_every_observation_keeps_its_promise() -> None:
    correct = 0
    for macro in range(4 * MACRO):
        data = normal(slippage(2, 0.4), 1.0, [2, macro])
        correct += eliminate(data, 2, 0.4, 0.9, minimise=False, first_stage=10, stage=1).best == 0
    assert _not_under(correct, 4 * MACRO, 0.9), correct


@pytest.mark.slow
@pytest.mark.parametrize("common", [True, False], ids=["clark-yang", "rinott"])
@pytest.mark.parametrize("k", [2, 10, 100])
def test_two_stages_keep_their_promise_of_good_selection_whatever_the_means(k: int, common: bool) -> None:
    delta = 0.5
    good = 0
    means = np.append(np.linspace(0.0, -0.6 * delta, k - 1), -1.2 * delta)[::-1]  # many are good, some are not
    for macro in range(MACRO):
        data = normal(means.tolist(), 1.0, [k, macro], 0.5 if common else 0.0)
        best = two_stage(data, k, delta, minimise=False, common=common).best
        good += means[best] > means.max() - delta
    assert _not_under(good, MACRO, 0.95), good


@pytest.mark.slow
def test_ocba_spends_by_the_exact_fractions_and_beats_equal_allocation() -> None:
    means, sds, budget = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5]), np.arange(6.0, 1.0, -0.5), 1000
    exact = selection.fractions(means, sds)
    large, macro = 40_000, 40
    spent = np.mean([allocate(normal(means, sds, [1, m]), 10, large).n for m in range(macro)], axis=0) / large
    counts = exact >= 0.05
    assert np.abs(spent[counts] / exact[counts] - 1.0).max() < 0.1
    correct = sum(allocate(normal(means, sds, [2, m]), 10, budget).best == 0 for m in range(MACRO))
    equal = selection.p_correct(-means, sds, [budget / 10] * 10)
    assert beta.ppf(0.01, correct, MACRO - correct + 1) > equal
