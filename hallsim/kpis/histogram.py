"""A histogram of waits whose bins grow with the wait: percentiles within 0.1 % of the value.

Waits below 1,024 microseconds have a bin each, so zeros are exact; above, every doubling is cut into 512
equal bins, so that the middle of a bin is within 2**-10 = 0.098 % of every wait in it. The last bin holds
everything from 2**48 microseconds (nine years) on. Counts are integers: the order in which threads add
them does not matter.

A second, coarse grid of one threshold per doubling goes with every single replication; it is what
intervals of percentiles are made from (`hallsim.stats.percentile_interval`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallsim.draws import bits_of_float
from hallsim.jit import inline

SUB_BITS = 9
_TOP_EXPONENT = 48
N_BINS = (_TOP_EXPONENT - SUB_BITS) * (1 << SUB_BITS) + (1 << SUB_BITS)

GRID_FIRST = 18
"""Exponent of the first threshold of the coarse grid: 2**18 microseconds are a quarter of a second."""
GRID_SIZE = 20
"""Thresholds of the coarse grid: 0, then 2**18 ... 2**36 microseconds (19 hours)."""


@inline
def floor_log2(n):  # type: ignore[no-untyped-def]
    """Return the position of the highest bit of an int64 in [1, 2**53)."""
    return (bits_of_float(float(n)) >> np.int64(52)) - np.int64(1023)


@inline
def bin_of(wait):  # type: ignore[no-untyped-def]
    """Return the bin of a wait, int64 microseconds from 0."""
    if wait < 1024:
        return wait
    shift = floor_log2(wait) - np.int64(9)
    if shift >= 39:
        return np.int64(20479)
    return (shift << np.int64(9)) + (wait >> shift)


@inline
def grid_of(wait):  # type: ignore[no-untyped-def]
    """Return the first threshold of the coarse grid that is not below the wait (the last one takes the rest)."""
    if wait == 0:
        return np.int64(0)
    if wait <= 262144:
        return np.int64(1)
    return min(floor_log2(wait - np.int64(1)) - np.int64(16), np.int64(19))


def grid_thresholds() -> NDArray[np.int64]:
    """Return the thresholds of the coarse grid, in microseconds."""
    return np.array([0] + [1 << (GRID_FIRST + i) for i in range(GRID_SIZE - 1)], dtype=np.int64)


def middles() -> NDArray[np.float64]:
    """Return the wait that stands for each bin, in microseconds."""
    i = np.arange(N_BINS, dtype=np.int64)
    shift = np.maximum((i >> SUB_BITS) - 1, 0)
    low = (i - (shift << SUB_BITS)) << shift
    return low + ((1 << shift) - 1) / 2.0
