"""Selection procedures beside those of sim-tools, on the same observations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from hallsim.experiment import selection
from hallsim.experiment.selection import allocate, eliminate

fixed_budget = pytest.importorskip("sim_tools.ovs.fixed_budget", reason="sim-tools is not installed")
indifference_zone = pytest.importorskip("sim_tools.ovs.indifference_zone", reason="sim-tools is not installed")


class Table:
    """Observations known beforehand, as both sides ask for them: one after the other of each system."""

    def __init__(self, means: Sequence[float], sds: Sequence[float], n: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.values = np.asarray(means) + np.asarray(sds) * random.standard_normal((n, len(means)))
        self.next = np.zeros(len(means), dtype=int)
        self.observer: Any = None

    def register_observer(self, observer: Any) -> None:
        self.observer = observer

    def simulate(self, system: int) -> None:
        value = self.values[self.next[system], system]
        self.next[system] += 1
        self.observer.feedback(self, system, value)

    def observe(self, systems: Sequence[int], first: int, count: int) -> np.ndarray:
        return np.asarray(self.values[first : first + count, list(systems)])


@pytest.mark.parametrize("seed", range(20))
def test_kn_eliminates_one_of_two_at_the_same_observation(seed: int) -> None:
    table = Table([3.0, 2.5], [1.0, 1.5], 3000, seed)
    theirs = indifference_zone.KN(table, 2, delta=0.4, alpha=0.05, n_0=10)
    best = int(theirs.solve()[0])
    ours = eliminate(table.observe, 2, 0.4, minimise=False, first_stage=10, stage=1, update=False)
    assert ours.best == best
    # sim-tools takes one more of the winner before it looks whether it is over
    assert ours.n.max() in (table.next.max(), table.next.max() - 1)


def test_eta_is_that_of_kn_plus_plus_for_independent_systems() -> None:
    theirs = indifference_zone.KNPlusPlus(Table([0.0] * 7, [1.0] * 7, 1, 1), 7, delta=1.0, alpha=0.1)
    theirs._n = 31
    assert selection.kim_nelson(7, 30, 0.9, independent=True) == pytest.approx(theirs._calculate_eta(), rel=1e-12)


@pytest.mark.parametrize("update", [False, True])
def test_both_select_the_best_of_ten_means_in_a_row(update: bool) -> None:
    procedure = indifference_zone.KNPlusPlus if update else indifference_zone.KN
    means = [float(m) for m in range(1, 11)]  # the documentation's example: ten normal systems, unit variance
    table = Table(means, [1.0] * 10, 3000, 1)
    theirs = procedure(table, 10, delta=1.0, alpha=0.05, n_0=20)
    ours = eliminate(table.observe, 10, 1.0, minimise=False, update=update)
    assert theirs.solve().tolist() == [9] == [ours.best]


def test_ocba_aims_at_the_same_ratios() -> None:
    means, sds = np.array([1.0, 1.6, 2.5, 4.0]), np.array([2.0, 1.5, 2.5, 1.0])
    theirs = fixed_budget.OCBA(Table(means.tolist(), sds.tolist(), 1, 1), 4, budget=1000, delta=10)
    theirs._means, theirs._vars = means, sds**2
    theirs._allocations = np.full(4, 5)
    theirs._allocate()
    assert selection.fractions(means, sds) == pytest.approx(theirs._ratios / theirs._ratios.sum(), rel=1e-12)


def test_ocba_spends_a_budget_alike() -> None:
    means = [float(m) for m in range(1, 11)]
    spent = []
    for seed in range(20):
        table = Table(means, [3.0] * 10, 3000, seed)
        theirs = fixed_budget.OCBA(table, 10, budget=2000, delta=10, n_0=10)
        ours = allocate(table.observe, 10, 2000, first_stage=10, step=10)
        assert int(theirs.solve()) == ours.best == 0
        spent.append((theirs._allocations, ours.n))
    a, b = np.mean(spent, axis=0)
    assert a / a.sum() == pytest.approx(b / b.sum(), abs=0.05)
