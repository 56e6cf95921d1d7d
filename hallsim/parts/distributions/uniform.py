"""Uniform between two durations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, negative

CODE = 3


@inline
def quantile_uniform(u, low, width):  # type: ignore[no-untyped-def]
    """Return low + width * u."""
    return low + width * u


@dataclass(frozen=True)
class Uniform(Law):
    """Uniform law on [low, high]."""

    kind: ClassVar[str] = "uniform"
    doc: ClassVar[str] = "equally likely between two bounds"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("low", "time", "shortest duration"),
        Parameter("high", "time", "longest duration"),
    )

    low: float
    high: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        return (self.low + self.high) / 2

    @property
    def cv(self) -> float:  # type: ignore[override]
        return (self.high - self.low) / math.sqrt(12) / self.mean if self.mean else 0.0

    def complaint(self) -> str:
        return negative(low=self.low, high=self.high) or ("" if self.low <= self.high else "low must not be above high")

    def packed(self) -> Packed:
        return Packed(CODE, (self.low, self.high - self.low))
