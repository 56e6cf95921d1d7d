"""Erlang by its mean and number of stages: a sum of equal exponential times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hallsim.parts.distributions import score_table
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive
from hallsim.parts.distributions.gamma import unit_gamma_table


@dataclass(frozen=True)
class Erlang(Law):
    """Erlang law: gamma with a whole shape."""

    kind: ClassVar[str] = "erlang"
    doc: ClassVar[str] = "sum of equal exponential stages, cv 1 / sqrt(shape)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("mean", "time", "mean duration"),
        Parameter("shape", "count", "number of stages, 1 to 10000"),
    )

    mean: float
    shape: int

    @property
    def cv(self) -> float:  # type: ignore[override]
        return 1 / math.sqrt(self.shape)

    def complaint(self) -> str:
        if found := not_positive(mean=self.mean):
            return found
        if 1 <= self.shape <= 10_000 and self.shape == int(self.shape):
            return ""
        return f"shape must be a whole number from 1 to 10000, not {self.shape:g}"

    def packed(self) -> Packed:
        return Packed(score_table.CODE, (self.mean,), unit_gamma_table(float(self.shape)))
