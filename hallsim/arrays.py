"""Flat numpy arrays of the three kinds that compiled code reads, and cumulative probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]


def i64(values: object) -> I64:
    """Return int64 values in one row."""
    return np.ascontiguousarray(np.array(values, dtype=np.int64).ravel())


def f64(values: object) -> F64:
    """Return float64 values in one row."""
    return np.ascontiguousarray(np.array(values, dtype=np.float64).ravel())


def u64(values: object) -> U64:
    """Return uint64 values in one row."""
    return np.ascontiguousarray(np.array(values, dtype=np.uint64).ravel())


def cumulative(probabilities: tuple[float, ...]) -> list[float]:
    """Return running sums with an exact 1 from the last positive entry on, so that no draw falls off."""
    total = np.cumsum(np.array(probabilities, dtype=np.float64))
    if abs(total[-1] - 1.0) > 1e-9:
        raise ValueError(f"probabilities sum to {total[-1]}, not 1: {probabilities}")
    last = max(i for i, p in enumerate(probabilities) if p > 0)
    total[last:] = 1.0
    return [float(x) for x in total]
