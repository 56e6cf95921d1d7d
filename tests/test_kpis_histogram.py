"""The histogram of waits: bins that grow with the wait, and the coarse grid of thresholds."""

from __future__ import annotations

import random

import numpy as np

from hallsim.kpis.histogram import GRID_SIZE, N_BINS, bin_of, grid_of, grid_thresholds, middles


def test_bins_grow_with_the_wait_and_stay_within_a_thousandth() -> None:
    of_bin = middles()
    rng = random.Random(7)
    waits = [*range(3000), *(1 << k for k in range(10, 48)), *((1 << k) - 1 for k in range(10, 48))]
    waits += [int(2 ** rng.uniform(10, 48)) - 1 for _ in range(5000)]
    for wait in sorted(waits):
        i = int(bin_of(np.int64(wait)))
        assert abs(of_bin[i] - wait) <= 0.001 * wait
    assert np.all(np.diff(of_bin) > 0)
    assert int(bin_of(np.int64(1 << 52))) == N_BINS - 1


def test_the_coarse_grid_rounds_up() -> None:
    thresholds = grid_thresholds()
    assert thresholds.size == GRID_SIZE
    for wait in (0, 1, 1 << 18, (1 << 18) + 1, 1 << 30, (1 << 30) + 1, (1 << 36) - 1, 1 << 36):
        assert int(grid_of(np.int64(wait))) == int(np.searchsorted(thresholds, wait))
    assert int(grid_of(np.int64(1 << 40))) == GRID_SIZE - 1
