"""Least squares with the covariance of its coefficients, for the tables and surfaces of sweeps.

Ordinary least squares by singular values (LAPACK through numpy): columns that repeat others get a share of the
coefficient and no harm is done. s^2 = RSS / (n - rank), cov = s^2 (X'X)^+ (Montgomery, Peck and Vining 2012,
"Introduction to Linear Regression Analysis", 5th ed., sec. 3.2-3.3).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

_BLOCK = 50_000
"""Rows whose products are added at once, so that memory does not grow with the square of the terms times rows."""


class Fit(NamedTuple):
    """A fit.

    Attributes
    ----------
    coefficients : float64[n_terms]
    covariance : float64[n_terms, n_terms]
        NaN where no degree of freedom is left and the noise is not known.
    freedom : int
        Rows less the rank.
    residual : float
        Standard deviation of what is left over, or of the noise.
    explained : float
        Share of the variation that the fit explains, R^2; NaN where there is none.
    """

    coefficients: F64
    covariance: F64
    freedom: int
    residual: float
    explained: float


def least_squares(terms: F64, y: F64, noise: float = math.nan) -> Fit:
    """Fit y by the columns of `terms`, float64[n, n_terms]; the first is the constant.

    `noise` is the variance of y known from elsewhere, for a fit that leaves no degree of freedom to estimate it.
    """
    n, p = terms.shape
    products = np.zeros((p, p))
    sides = np.zeros(p)
    for i in range(0, n, _BLOCK):
        block = terms[i : i + _BLOCK]
        products += block.T @ block
        sides += block.T @ y[i : i + _BLOCK]
    inverse = np.linalg.pinv(products, rcond=1e-10, hermitian=True)
    coefficients = inverse @ sides
    left = y - terms @ coefficients
    freedom = n - int(np.linalg.matrix_rank(products, tol=1e-10 * np.trace(products), hermitian=True))
    squares = float(left @ left)
    total = float(((y - y.mean()) ** 2).sum())
    variance = squares / freedom if freedom > 0 else noise
    return Fit(
        coefficients,
        inverse * variance,
        freedom,
        math.sqrt(variance),
        1.0 - squares / total if total > 0.0 else math.nan,
    )
