"""Selection and comparison on SimOpt's newsvendor, whose best order quantity and mean profits are known exactly.

SimOpt (simoptlib) needs older libraries than these tests, so tests/data/simopt_newsvendor.json holds what its problem
CNTNEWS-1 printed: 1,000 days of five order quantities on common random numbers. SimOpt has no procedure for selecting
among a list; its answer is the optimum of the problem, F(x) = (sales - purchase) / (sales - salvage).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from hallsim.experiment.paired import paired
from hallsim.experiment.selection import eliminate, fractions, two_stage

DATA = json.loads((Path(__file__).parent / "data" / "simopt_newsvendor.json").read_text(encoding="utf-8"))
PROFITS = np.array(DATA["profits"])
QUANTITIES = DATA["order_quantities"]
BEST = 2


def mean_profit(x: float) -> float:
    """Return the exact mean profit: demand is Burr XII, 1 - F(y) = (1 + y^c)^-k."""
    f = DATA["factors"]
    sold = quad(lambda y: (1.0 + y ** f["burr_c"]) ** -f["burr_k"], 0.0, x)[0]  # E[min(D, x)]
    return float(f["sales"] * sold + f["salvage"] * (x - sold) - f["purchase"] * x)


def observe(systems: Sequence[int], first: int, count: int) -> np.ndarray:
    return np.asarray(PROFITS[list(systems), first : first + count].T)


def test_the_quantity_that_simopt_calls_best_is_among_the_five() -> None:
    f = DATA["factors"]
    share = (f["sales"] - f["purchase"]) / (f["sales"] - f["salvage"])
    best = ((1.0 - share) ** (-1.0 / f["burr_k"]) - 1.0) ** (1.0 / f["burr_c"])
    assert QUANTITIES[BEST] == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("i", range(5))
def test_profits_agree_with_their_exact_means(i: int) -> None:
    error = PROFITS[i].std(ddof=1) / math.sqrt(PROFITS.shape[1])
    assert abs(PROFITS[i].mean() - mean_profit(QUANTITIES[i])) < 3.3 * error


def test_both_procedures_select_it() -> None:
    for procedure in (eliminate, two_stage):
        found = procedure(observe, 5, 0.3, minimise=False, first_stage=20, most=1000)
        assert found.best == BEST
        assert found.decided
    assert int(np.argmax(fractions(PROFITS.mean(axis=1), PROFITS.std(axis=1), minimise=False))) in (BEST, BEST + 1)


@pytest.mark.parametrize("i", [0, 1, 3, 4])
def test_differences_from_the_best_hold_the_exact_ones(i: int) -> None:
    one = np.ones(PROFITS.shape[1])
    p = paired(np.stack([PROFITS[BEST], one], axis=1), np.stack([PROFITS[i], one], axis=1))
    exact = mean_profit(QUANTITIES[i]) - mean_profit(QUANTITIES[BEST])
    assert abs(p.difference - exact) < 3.3 * math.sqrt(p.variance)
