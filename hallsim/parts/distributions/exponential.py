"""Exponential: memoryless; the law of gaps between independent events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hallsim.draws import own_log
from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, negative

CODE = 1


@inline
def quantile_exponential(u, mean):  # type: ignore[no-untyped-def]
    """Return -mean * log(u): u and 1 - u have the same law, and log(u) is exact near 0."""
    return -mean * own_log(u)


@dataclass(frozen=True)
class Exponential(Law):
    """Exponential law."""

    kind: ClassVar[str] = "exponential"
    doc: ClassVar[str] = "memoryless, cv 1"
    parameters: ClassVar[tuple[Parameter, ...]] = (Parameter("mean", "time", "mean duration"),)

    mean: float
    cv: ClassVar[float] = 1.0  # type: ignore[misc]

    def complaint(self) -> str:
        return negative(mean=self.mean)

    def packed(self) -> Packed:
        return Packed(CODE, (self.mean,))
