"""Lognormal by the mean and cv of the variable itself: what service times usually look like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hallsim.draws import normal_quantile, own_exp
from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive

CODE = 2


@inline
def quantile_lognormal(u, mu, sigma):  # type: ignore[no-untyped-def]
    """Return exp(mu + sigma * z(u))."""
    return own_exp(mu + sigma * normal_quantile(u))


@dataclass(frozen=True)
class Lognormal(Law):
    """Lognormal law; sigma**2 = log(1 + cv**2), mu = log(mean) - sigma**2 / 2."""

    kind: ClassVar[str] = "lognormal"
    doc: ClassVar[str] = "right-skewed; given by mean and cv of the variable itself"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("mean", "time", "mean duration"),
        Parameter("cv", "number", "standard deviation over mean"),
    )

    mean: float
    cv: float

    def complaint(self) -> str:
        return not_positive(mean=self.mean, cv=self.cv)

    def packed(self) -> Packed:
        sigma_squared = math.log1p(self.cv**2)
        return Packed(CODE, (math.log(self.mean) - sigma_squared / 2, math.sqrt(sigma_squared)))
