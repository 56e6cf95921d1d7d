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
    """Return -mean * log(1 - u), rising in u as every law here does; 1 - u is exact for our uniforms."""
    return -mean * own_log(1.0 - u)


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
