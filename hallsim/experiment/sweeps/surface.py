"""A response surface: a figure as a smooth function of all factors, with intervals, and how factors work together.

In: a `Swept` and a figure. Out: a `Surface`: squares of numbers, products of pairs, levels of words, fitted by least
squares (Box and Draper 2007, "Response Surfaces, Mixtures, and Ridge Analyses", 2nd ed., ch. 3; Kleijnen 2015, "Design
and Analysis of Simulation Experiments", 2nd ed., ch. 2). Numbers are scaled to -1 ... 1 between their ends, so that a
coefficient is the change over half the range. Where there are too few points, products and then squares are left out.

A square fits a queue badly close to saturation: `explained` says how much of the variation the surface holds, and
`residual` how far off a point typically is; both stand beside every chart of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.sweeps.least_squares import Fit, least_squares
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Column, Swept

F64 = NDArray[np.float64]

SPARE = 3
"""Points beyond the terms that a fit has at least."""


@dataclass(frozen=True, eq=False)
class Interaction:
    """How two factors work together on a figure.

    `share` is the part of the figure's variation over all points that their products explain beyond everything else,
    `p` the chance of as much by accident (partial F test). For two numbers `change` is by how much the effect of the
    first, from its lowest to its highest value, grows when the second goes from lowest to highest, with half its 95 %
    interval; NaN otherwise.
    """

    first: int
    second: int
    share: float
    p: float
    change: float
    change_half: float


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted surface; `predict` reads it."""

    figure: int
    factors: tuple[_Scale, ...]
    degree: int
    fit: Fit
    interactions: tuple[Interaction, ...]

    def predict(self, points: Sequence[Sequence[Any]]) -> tuple[F64, F64]:
        """Return the figure at some points, and half the 95 % interval of its mean there.

        Parameters
        ----------
        points : sequence of sequence
            A value for each factor that varies (`factors`), in their order.
        """
        columns = [np.array([point[i] for point in points]) for i in range(len(self.factors))]
        terms, _ = _terms([s.coded(c) for s, c in zip(self.factors, columns, strict=True)], self.degree)
        spread = np.einsum("ij,jk,ik->i", terms, self.fit.covariance, terms)
        t = t_quantile(0.975, self.fit.freedom)
        return np.asarray(terms @ self.fit.coefficients), t * np.sqrt(np.maximum(spread, 0.0))


@dataclass(frozen=True, eq=False)
class _Scale:
    """A factor that varies, and how its values become columns."""

    factor: int
    numeric: bool
    levels: tuple[Any, ...]

    def coded(self, values: NDArray[Any]) -> F64:
        """Return one column for a number, -1 ... 1, and one for each word but the last."""
        if self.numeric:
            low, high = self.levels[0], self.levels[-1]
            return np.asarray((2.0 * values.astype(np.float64) - low - high) / (high - low))[:, None]
        columns = np.array([values == level for level in self.levels[:-1]], dtype=np.float64).T
        columns[values == self.levels[-1]] = -1.0
        return columns


def surface(found: Swept, figure: int) -> Surface:
    """Fit the surface of a figure.

    Raises
    ------
    UsageError
        If nothing varies, or there are too few points.
    """
    y = found.values[:, figure]
    rows = np.flatnonzero(np.isfinite(y))
    scales = [_scale(i, factor) for i, factor in enumerate(found.factors) if len(factor.levels()) > 1]
    if not scales:
        raise UsageError("no factor of the sweep has two values: there is no surface")
    coded = [s.coded(found.factors[s.factor].values[rows]) for s in scales]
    for degree in (2, 1, 0):
        terms, pairs = _terms(coded, degree)
        if len(rows) >= terms.shape[1] + SPARE:
            fitted = least_squares(terms, y[rows])
            together = [_interaction(scales, a, b, terms, place, y[rows], fitted) for a, b, place in pairs]
            together.sort(key=lambda x: -x.share)
            return Surface(figure, tuple(scales), degree, fitted, tuple(together))
    raise UsageError(f"{len(rows)} points are too few for a surface over {len(scales)} factors")


def _scale(i: int, factor: Column) -> _Scale:
    return _Scale(i, factor.numeric, tuple(factor.levels()))


def _terms(coded: list[F64], degree: int) -> tuple[F64, list[tuple[int, int, slice]]]:
    """Return the columns of a surface, and which of them are the products of which pair.

    Degree 0 has the factors alone, 1 their squares too, 2 also the products.
    """
    n = len(coded[0])
    columns = [np.ones((n, 1)), *coded]
    if degree >= 1:  # a number with two values has no square of its own: least squares gives it to the constant
        columns += [c**2 for c in coded if c.shape[1] == 1]
    pairs = []
    at = sum(c.shape[1] for c in columns)
    for a, b in combinations(range(len(coded)), 2) if degree >= 2 else ():
        product = (coded[a][:, :, None] * coded[b][:, None, :]).reshape(n, -1)
        columns.append(product)
        pairs.append((a, b, slice(at, at + product.shape[1])))
        at += product.shape[1]
    return np.hstack(columns), pairs


def _interaction(
    scales: Sequence[_Scale], a: int, b: int, terms: F64, place: slice, y: F64, fitted: Fit
) -> Interaction:
    """Return how two factors work together: the partial F test of the coefficients of their products."""
    own = fitted.coefficients[place]
    covariance = fitted.covariance[place, place]
    k = len(own)
    statistic = float(own @ np.linalg.pinv(covariance, hermitian=True) @ own) / k if fitted.residual > 0.0 else math.inf
    total = float(((y - y.mean()) ** 2).sum())
    squares = statistic * k * fitted.residual**2 if math.isfinite(statistic) else math.nan
    change = change_half = math.nan
    if scales[a].numeric and scales[b].numeric:  # the sum over the four corners, each signed
        change = 4.0 * float(own[0])
        change_half = 4.0 * t_quantile(0.975, fitted.freedom) * math.sqrt(float(covariance[0, 0]))
    return Interaction(
        scales[a].factor, scales[b].factor, squares / total, _f_tail(statistic, k, fitted.freedom), change, change_half
    )


def _f_tail(statistic: float, k: int, freedom: int) -> float:
    """Return the chance of an F variate beyond a statistic."""
    from scipy.special import fdtrc

    return float(fdtrc(k, freedom, statistic))
