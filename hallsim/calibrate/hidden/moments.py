"""The method of simulated moments: parameters with which simulated days have the figures of the seen ones.

In: the sums of seen days by cell, and a function that simulates days for values of the parameters. Out: `Found`. After
McFadden (1989, Econometrica 57, 995-1026) and Gourieroux and Monfort ("Simulation-Based Econometric Methods", 1996, ch.
2): the weighted distance of simulated from seen moments is least. Every trial has the same customers, patience and
luck, so that moments are smooth in the parameters. Weights are the inverse covariance of the moments, of the
*simulated* days: some twenty seen days would give none for thirty moments. It is drawn a tenth of the way towards its
diagonal.

Intervals do not trust the model: the days' own residuals, carried over by the linearised estimator, have a
variance (the "sandwich"), to which that of the simulated days is added; t quantiles with the seen days as the unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.calibrate.hidden.targets import Sums
from hallsim.errors import CalibrationError
from hallsim.stats import t_quantile

F64 = NDArray[np.float64]
Simulate = Callable[[F64], Sums]
"""From shares of the parameters' ranges, float64[n_parameters] in [0, 1], to the sums of simulated days."""

FEWEST_DAYS = 5
STEP = 0.04
"""Share of a range over which slopes are taken: shorter ones meet single customers."""
STARTS = 5
"""Points tried first, for each parameter."""
EVALUATIONS = (8, 8)
SHRUNK = 0.1
AT_END = 0.01
WIDEST = 0.3
"""Half-widths of a larger share of the range say that the days hardly tell a parameter."""
TOGETHER = 0.8
"""Correlation of estimates above which two parameters move together."""


@dataclass(frozen=True, eq=False)
class Found:
    """What was found; parameters as shares of their ranges.

    Attributes
    ----------
    value, half_width : float64[n_parameters]
        And the half-widths of 95 % intervals.
    covariance : float64[n_parameters, n_parameters]
        Of the estimates.
    singular : float64[n_parameters]
        By how many standard errors all moments together move over the whole range, along each direction, the largest
        first; less than some four is nothing that days tell.
    directions : float64[n_parameters, n_parameters]
        The directions, in rows.
    rises : float64[n_parameters, 2]
        By how much the distance rises at the ends of each interval, the other parameters moved along; about 4.
    seen, simulated, errors : float64[n_cells]
        The moments of both, and the standard errors of their differences.
    distance, freedom : of the moments; a chi-squared variable if the model is right
    evaluations : how often days were simulated
    """

    value: F64
    half_width: F64
    covariance: F64
    singular: F64
    directions: F64
    rises: F64
    seen: F64
    simulated: F64
    errors: F64
    distance: float
    freedom: int
    evaluations: int

    @property
    def identifiable(self) -> NDArray[np.bool_]:
        """Which parameters the days tell: not at the end of its range, and known to three tenths of it."""
        inside = (self.value > AT_END) & (self.value < 1.0 - AT_END)
        return np.asarray(inside & (self.half_width <= WIDEST), dtype=np.bool_)

    @property
    def correlation(self) -> F64:
        """Correlations of the estimates."""
        error = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.maximum(np.outer(error, error), 1e-300), dtype=np.float64)

    @property
    def pairs(self) -> list[tuple[int, int, float]]:
        """Pairs of parameters that move together, with the correlation."""
        c = self.correlation
        n = len(c)
        return [(i, j, float(c[i, j])) for i in range(n) for j in range(i + 1, n) if abs(c[i, j]) > TOGETHER]

    @property
    def p_value(self) -> float:
        """Probability of so large a distance if the model is right; NaN without a moment to spare."""
        from scipy.stats import chi2

        return float(chi2.sf(self.distance, self.freedom)) if self.freedom > 0 else math.nan


def fit_moments(seen: Sums, simulate: Simulate, n_parameters: int, seed: int = 1) -> Found:
    """Find the parameters.

    Raises
    ------
    CalibrationError
        If there are fewer than five days, or more parameters than moments.
    """
    if seen.n_days < FEWEST_DAYS:
        raise CalibrationError(f"hidden parameters need {FEWEST_DAYS} days; there are {seen.n_days}")
    if n_parameters > seen.means.size:
        raise CalibrationError(f"{n_parameters} parameters need as many targets; there are {seen.means.size}")
    return _Search(seen, simulate, n_parameters, seed).found()


class _Search:
    """Simulations of one fit, each kept."""

    def __init__(self, seen: Sums, simulate: Simulate, n_parameters: int, seed: int) -> None:
        self.seen, self.simulate, self.n, self.seed = seen, simulate, n_parameters, seed
        self.known: dict[bytes, Sums] = {}

    def found(self) -> Found:
        rough = np.diag(1.0 / np.sqrt(np.var(self.seen.residuals, axis=0, ddof=1) / self.seen.n_days))
        ends = [self._nearest(start, rough, EVALUATIONS[0]) for start in self._starts(rough)]
        x = min(ends, key=lambda end: self._distance(end, rough))
        weights = self._weights(x)
        x = self._nearest(x, weights, EVALUATIONS[1])
        return self._judged(x, weights)

    def _at(self, x: F64) -> Sums:
        key = np.round(x, 6).tobytes()
        if key not in self.known:
            self.known[key] = self.simulate(np.round(x, 6))
        return self.known[key]

    def _off(self, x: F64) -> F64:
        return np.asarray(self._at(x).means - self.seen.means, dtype=np.float64)

    def _slopes(self, x: F64) -> F64:
        """Return the Jacobian of the moments, float64[n_cells, n_parameters], by differences inside the range."""
        columns = []
        for i in range(self.n):
            low, high = x.copy(), x.copy()
            low[i], high[i] = max(x[i] - STEP, 0.0), min(x[i] + STEP, 1.0)
            columns.append((self._at(high).means - self._at(low).means) / (high[i] - low[i]))
        return np.stack(columns, axis=1)

    def _distance(self, x: F64, weights: F64) -> float:
        return float(((weights @ self._off(x)) ** 2).sum())

    def _starts(self, weights: F64) -> list[F64]:
        """Return the two best of a Latin hypercube's points and the middle: a valley has ends."""
        rng = np.random.default_rng(self.seed)
        n = STARTS * self.n
        points = (np.stack([rng.permutation(n) for _ in range(self.n)], axis=1) + 0.5) / n
        points = np.vstack([np.full(self.n, 0.5), points])
        return sorted(points, key=lambda x: self._distance(x, weights))[:2]

    def _nearest(self, start: F64, weights: F64, evaluations: int) -> F64:
        from scipy.optimize import least_squares

        inside = np.clip(start, 1e-3, 1.0 - 1e-3)
        found = least_squares(
            lambda x: weights @ self._off(x),
            inside,
            jac=lambda x: weights @ self._slopes(x),
            bounds=(0.0, 1.0),
            max_nfev=evaluations,
            xtol=1e-4,
            ftol=1e-5,
        )
        return np.asarray(found.x, dtype=np.float64)

    def _weights(self, x: F64) -> F64:
        """Return L with L'L the inverse covariance of the moments' differences, of the days simulated at x."""
        made = self._at(x)
        own = np.var(self.seen.residuals, axis=0, ddof=1)
        spread = np.cov(made.residuals.T).reshape(self.seen.means.size, -1)
        # a cell that hardly varies in the simulation but does in the log is no exact one
        diagonal = np.maximum(np.diag(spread), 0.1 * own)
        spread = (1.0 - SHRUNK) * spread
        np.fill_diagonal(spread, diagonal)
        return np.asarray(
            np.linalg.inv(np.linalg.cholesky(spread * (1.0 / self.seen.n_days + 1.0 / made.n_days))), dtype=np.float64
        )

    def _judged(self, x: F64, weights: F64) -> Found:
        seen, made = self.seen, self._at(x)
        slopes = weights @ self._slopes(x)
        _, singular, directions = np.linalg.svd(slopes, full_matrices=False)
        carry = np.linalg.pinv(slopes, rcond=1e-6) @ weights
        covariance = sum(
            np.cov((days.residuals @ carry.T).T).reshape(self.n, self.n) / days.n_days for days in (seen, made)
        )
        covariance = np.asarray(covariance, dtype=np.float64)
        t = t_quantile(0.975, seen.n_days - 1)
        half = t * np.sqrt(np.diag(covariance))
        # directions that the moments do not tell at all have no variance in `carry`, and every value
        untold = (directions[singular < singular.max() * 1e-6] ** 2).sum(axis=0) > 1e-6
        half = np.where(untold, np.inf, half)
        errors = np.sqrt(sum(np.var(days.residuals, axis=0, ddof=1) / days.n_days for days in (seen, made)))
        distance = self._distance(x, weights)
        return Found(
            value=x,
            half_width=half,
            covariance=covariance,
            singular=singular,
            directions=directions,
            rises=self._rises(x, half / t, weights, slopes, distance),
            seen=seen.means,
            simulated=made.means,
            errors=errors,
            distance=distance,
            freedom=seen.means.size - self.n,
            evaluations=len(self.known),
        )

    def _rises(self, x: F64, error: F64, weights: F64, slopes: F64, distance: float) -> F64:
        """Return how much farther off the moments are two standard errors away, the other parameters following."""
        found = np.full((self.n, 2), math.nan)
        for i in range(self.n):
            others = [j for j in range(self.n) if j != i]
            follow = -np.linalg.pinv(slopes[:, others]) @ slopes[:, i] if others else np.zeros(0)
            for side, sign in enumerate((-2.0, 2.0) if np.isfinite(error[i]) else ()):
                moved = x.copy()
                moved[i] += sign * error[i]
                moved[others] += sign * error[i] * follow
                if ((moved >= 0.0) & (moved <= 1.0)).all():
                    found[i, side] = self._distance(moved, weights) - distance
        return found
