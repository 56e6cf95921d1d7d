"""Triangular between two bounds with a most likely value: what staff can estimate without a log."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, negative

CODE = 5


@inline
def quantile_triangular(u, low, high, rising, falling):  # type: ignore[no-untyped-def]
    """Return the quantile; `rising` is width * (mode - low), `falling` is width * (high - mode).

    The share of the rising side is rising / (rising + falling).
    """
    if u * (rising + falling) < rising:
        return low + np.sqrt(u * rising)
    return high - np.sqrt((1.0 - u) * falling)


@dataclass(frozen=True)
class Triangular(Law):
    """Triangular law on [low, high], densest at the mode."""

    kind: ClassVar[str] = "triangular"
    doc: ClassVar[str] = "shortest, most likely and longest duration"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("low", "time", "shortest duration"),
        Parameter("mode", "time", "most likely duration"),
        Parameter("high", "time", "longest duration"),
    )

    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:  # type: ignore[override]
        return (self.low + self.mode + self.high) / 3

    @property
    def cv(self) -> float:  # type: ignore[override]
        # the variance written in the two sides, which does not cancel
        rise, fall = self.mode - self.low, self.high - self.mode
        return math.sqrt((rise * rise + rise * fall + fall * fall) / 18) / self.mean if self.mean else 0.0

    def complaint(self) -> str:
        if found := negative(low=self.low, mode=self.mode, high=self.high):
            return found
        if self.low > self.mode:
            return "low must not be above mode"
        return "" if self.mode <= self.high else "mode must not be above high"

    def packed(self) -> Packed:
        width = self.high - self.low
        return Packed(CODE, (self.low, self.high, width * (self.mode - self.low), width * (self.high - self.mode)))
