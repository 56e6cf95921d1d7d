"""Approximate Bayesian computation: what days, or counts alone, leave likely of hidden parameters.

In: the sums of seen days by cell, and a function that simulates as many days for values of the parameters. Out:
`Posterior`. Values are drawn evenly from their ranges; those whose days come nearest to the seen ones are kept, and
moved to where they would have met them (Beaumont, Zhang and Balding 2002, Genetics 162, 2025-2035: rejection, local
linear regression with Epanechnikov weights, on the logit of the range so that nothing leaves it). Near is told by as
many numbers as there are parameters: their values as a linear regression on all figures predicts them (Fearnhead and
Prangle 2012, J. R. Statist. Soc. B 74, 419-474). No likelihood of the days is needed, and one day will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hidden.moments import WIDEST
from hallsim.calibrate.hidden.targets import Sums
from hallsim.errors import CalibrationError

F64 = NDArray[np.float64]

KEPT = 0.2
LEAST_KEPT = 40
ENDS = (0.025, 0.975)
BELIEVED = 1e-3
"""Nearest to the ends of a range that a draw, and an adjusted value, comes."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Values kept, as shares of the ranges, float64[n_kept, n_parameters], and their weights, which add up to 1."""

    values: F64
    weights: F64
    draws: int

    def quantile(self, share: float) -> F64:
        """Return a quantile of each parameter."""
        found = []
        for column in self.values.T:
            order = np.argsort(column)
            at = np.cumsum(self.weights[order]) - self.weights[order] / 2.0
            found.append(float(np.interp(share, at, column[order])))
        return np.array(found)

    @property
    def half_width(self) -> F64:
        """Half the length of the 95 % intervals."""
        return np.asarray((self.quantile(ENDS[1]) - self.quantile(ENDS[0])) / 2.0, dtype=np.float64)

    @property
    def identifiable(self) -> NDArray[np.bool_]:
        """Which parameters are known to three tenths of their range, on either side."""
        return np.asarray(self.half_width <= WIDEST, dtype=np.bool_)

    @property
    def correlation(self) -> F64:
        """Correlations of the parameters, float64[n_parameters, n_parameters]."""
        return np.atleast_2d(np.corrcoef(self.values.T))


def fit_posterior(
    seen: Sums, simulate: Callable[[F64, int], Sums], n_parameters: int, draws: int, seed: int = 1
) -> Posterior:
    """Draw from the approximate posterior.

    Parameters
    ----------
    seen : sums of the days
    simulate : from shares of the ranges and the number of the draw to the sums of as many simulated days
    n_parameters, draws, seed : how many values are drawn, and from which seed

    Raises
    ------
    CalibrationError
        If fewer than 40 draws would be kept, or there are more parameters than figures.
    """
    if n_parameters > seen.means.size:
        raise CalibrationError(f"{n_parameters} parameters need as many targets; there are {seen.means.size}")
    if KEPT * draws < LEAST_KEPT:
        raise CalibrationError(f"{draws} draws are too few; at least {round(LEAST_KEPT / KEPT)} are needed")
    rng = np.random.default_rng(seed)
    order = np.stack([rng.permutation(draws) for _ in range(n_parameters)], axis=1)
    x = np.clip((order + rng.random(order.shape)) / draws, BELIEVED, 1.0 - BELIEVED)
    figures = np.stack([simulate(x[k], k).means for k in range(draws)])
    scale = figures.std(axis=0)
    used = scale > 0
    if not used.any():
        raise CalibrationError("no target changes with the parameters")
    figures, wanted = figures[:, used] / scale[used], seen.means[used] / scale[used]
    free = np.log(x / (1.0 - x))
    told = _linear(figures, free, np.ones(draws))
    near = np.column_stack([np.ones(draws), figures]) @ told
    goal = np.append(1.0, wanted) @ told
    distance = np.sqrt((((near - goal) / near.std(axis=0)) ** 2).sum(axis=1))
    width = float(np.quantile(distance, KEPT))
    kept = distance < width
    weights = 1.0 - (distance[kept] / width) ** 2
    slope = _linear(near[kept] - goal, free[kept], weights)[1:]
    moved = free[kept] - (near[kept] - goal) @ slope
    return Posterior(1.0 / (1.0 + np.exp(-np.clip(moved, -7.0, 7.0))), weights / weights.sum(), draws)


def _linear(terms: F64, y: F64, weights: F64) -> F64:
    """Return coefficients of the weighted least squares of y on a constant and terms, the constant's first."""
    root = np.sqrt(weights)[:, None]
    design = np.column_stack([np.ones(len(terms)), terms])
    return np.asarray(np.linalg.lstsq(design * root, y * root, rcond=None)[0], dtype=np.float64)
