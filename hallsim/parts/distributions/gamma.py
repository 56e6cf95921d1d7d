"""Gamma by its mean and cv: service times with a lighter tail than the lognormal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from hallsim.parts.distributions import score_table
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive
from hallsim.parts.distributions.kept_tables import kept

if TYPE_CHECKING:
    F64 = NDArray[np.float64]


@kept
def unit_gamma_table(shape: float) -> tuple[float, ...]:
    """Return the score table of the gamma law with this shape and mean 1."""
    from scipy.special import gammainc, gammaincc, gammaln

    log_shape = math.log(shape)
    log_gamma = float(gammaln(shape))

    def tails(y: F64) -> tuple[F64, F64, F64]:
        log_x = y + log_shape
        x = np.exp(log_x)
        # P(a, x) = x**a / Gamma(a + 1) * (1 - a x / (a + 1) + ...) where x or P itself underflows
        start = shape * log_x - (log_gamma + log_shape) + np.log1p(-shape * np.minimum(x, 0.5) / (shape + 1))
        log_cdf = np.where(x < 1e-9, start, np.log(gammainc(shape, x)))
        return log_cdf, np.log(gammaincc(shape, x)), shape * log_x - x - log_gamma

    return score_table.score_table(tails, f"gamma of cv {1 / math.sqrt(shape):g}")


@dataclass(frozen=True)
class Gamma(Law):
    """Gamma law of shape 1 / cv**2."""

    kind: ClassVar[str] = "gamma"
    doc: ClassVar[str] = "right-skewed, lighter tail than lognormal; cv 1 is exponential"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("mean", "time", "mean duration"),
        Parameter("cv", "number", "standard deviation over mean, 0.01 to 20"),
    )

    mean: float
    cv: float

    def complaint(self) -> str:
        if found := not_positive(mean=self.mean, cv=self.cv):
            return found
        return "" if 0.01 <= self.cv <= 20 else f"cv of a gamma law must be from 0.01 to 20, not {self.cv:g}"

    def packed(self) -> Packed:
        return Packed(score_table.CODE, (self.mean,), unit_gamma_table(1 / self.cv**2))
