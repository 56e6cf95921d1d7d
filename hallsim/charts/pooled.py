"""The distribution of waits of a run: the share that waited at most t, and percentiles, with intervals.

In: the pooled histogram and the coarse grid of `Results`. The interval of a share at t takes replications
as the unit: its variance over F (1 - F), the design effect of customers who share days, is known at the
thresholds of the coarse grid and is interpolated in F, as `hallsim.stats.percentile_interval` does for the
percentiles of the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.results import Results
from hallsim.kpis.histogram import GRID_SIZE, middles
from hallsim.model import US_PER_MINUTE
from hallsim.stats import Interval, percentile_interval, t_quantile

F64 = NDArray[np.float64]

_MIDDLES = middles()


class Pooled:
    """All waits of an item ("hall", "class", ...) over the whole day.

    Attributes
    ----------
    n : int
        How many waits there are.
    """

    def __init__(self, results: Results, scope: str = "hall", item: str | None = None) -> None:
        name = results.model.name if item is None else item
        quantity, row = next(
            (q, row) for q, row in results.plan.percentiles if (q.item.scope, q.item.name, q.hour) == (scope, name, -1)
        )
        hours = results.plan.layout.spec.histogram_hours
        counts = results.histogram.reshape(-1, hours, results.histogram.shape[1])[list(quantity.item.members)]
        self._cumulative = np.cumsum(counts.sum(axis=(0, 1)))
        self.n = int(self._cumulative[-1])
        grid = slice(row, row + GRID_SIZE)
        self._shares = results.moments.ratios()[grid]
        self._variances = results.moments.ratio_variance()[grid]
        self._replications, self._confidence = results.replications, results.confidence

    def share_within(self, minutes: Sequence[float]) -> F64:
        """Return value, low and high of the share that waited at most t, float64[3, len(minutes)]; NaN for none."""
        out = np.full((3, len(minutes)), np.nan)
        if self.n == 0:
            return out
        t = np.asarray(minutes, dtype=np.float64) * US_PER_MINUTE
        upto = np.searchsorted(_MIDDLES, t, side="right")
        out[0] = np.where(upto > 0, self._cumulative[np.maximum(upto - 1, 0)], 0) / self.n
        spread = self._shares * (1.0 - self._shares)
        known = spread > 1e-12
        if self._replications < 2:
            return out
        # Where all waits lie on one side of every threshold, nothing varies.
        effect = np.interp(out[0], self._shares[known], self._variances[known] / spread[known]) if known.any() else 0.0
        t_value = t_quantile(0.5 + self._confidence / 2.0, self._replications - 1)
        half = t_value * np.sqrt(effect * out[0] * (1.0 - out[0]))
        out[1], out[2] = np.clip(out[0] - half, 0.0, 1.0), np.clip(out[0] + half, 0.0, 1.0)
        return out

    def percentile(self, p: float) -> Interval:
        """Return the wait that a share p does not exceed, in minutes; NaN for none."""
        found = percentile_interval(
            p, self._cumulative, _MIDDLES, self._shares, self._variances, self._replications, self._confidence
        )
        value, low, high = (x / US_PER_MINUTE for x in found)
        return Interval(value, max(low, 0.0) if not math.isnan(low) else low, high)
