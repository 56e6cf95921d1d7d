"""Deterministic: always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hallsim.parts.distributions.base import Law, Packed, Parameter, negative

CODE = 0


@dataclass(frozen=True)
class Deterministic(Law):
    """A constant."""

    kind: ClassVar[str] = "deterministic"
    doc: ClassVar[str] = "always the same"
    parameters: ClassVar[tuple[Parameter, ...]] = (Parameter("value", "time", "the duration"),)

    value: float
    cv: ClassVar[float] = 0.0  # type: ignore[misc]

    @property
    def mean(self) -> float:  # type: ignore[override]
        return self.value

    def complaint(self) -> str:
        return negative(value=self.value)

    def packed(self) -> Packed:
        return Packed(CODE, (self.value,))
