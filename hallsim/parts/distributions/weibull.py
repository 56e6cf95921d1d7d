"""Weibull by its mean and shape: the usual law of patience and of times between failures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hallsim.draws import own_exp, own_log
from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive

CODE = 4


@inline
def quantile_weibull(u, log_scale, power):  # type: ignore[no-untyped-def]
    """Return scale * (-log(1 - u))**power with power = 1 / shape.

    Uniforms are odd multiples of 2**-53, so 1 - u is exact and neither tail loses digits to it; below
    1e-5 the series of log(1 - u) replaces the difference, which callers' own u would suffer from.
    """
    hazard = u + u * u * (0.5 + u * (1.0 / 3.0)) if u < 1e-5 else -own_log(1.0 - u)
    return own_exp(log_scale + power * own_log(hazard))


@dataclass(frozen=True)
class Weibull(Law):
    """Weibull law; scale = mean / Gamma(1 + 1 / shape), hazard rising for a shape above 1."""

    kind: ClassVar[str] = "weibull"
    doc: ClassVar[str] = "hazard that rises (shape above 1) or falls (below 1); shape 1 is exponential"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("mean", "time", "mean duration"),
        Parameter("shape", "number", "Weibull shape"),
    )

    mean: float
    shape: float

    @property
    def cv(self) -> float:  # type: ignore[override]
        # expm1 keeps the digits of a large shape, where the two gamma functions nearly cancel
        return math.sqrt(math.expm1(math.lgamma(1 + 2 / self.shape) - 2 * math.lgamma(1 + 1 / self.shape)))

    def complaint(self) -> str:
        if found := not_positive(mean=self.mean, shape=self.shape):
            return found
        return "" if self.shape >= 0.05 else f"shape must be 0.05 or above, not {self.shape:g}"

    def packed(self) -> Packed:
        return Packed(CODE, (math.log(self.mean) - math.lgamma(1 + 1 / self.shape), 1 / self.shape))
