"""Mixture: one of several laws, chosen by share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_shares

CODE = 7
_SMALLEST = 2.0**-53
_LARGEST = 1.0 - 2.0**-53


@inline
def part_of(u, table, first, n):  # type: ignore[no-untyped-def]
    """Return which of the n parts u falls to; `table[first + j]` is the sum of the shares up to part j."""
    j = 0
    while j < n - 1 and u >= table[first + j]:
        j += 1
    return j


@inline
def within_part(u, table, first, j):  # type: ignore[no-untyped-def]
    """Return where u lies inside part j, as a uniform strictly inside (0, 1)."""
    low = table[first + j - 1] if j > 0 else 0.0
    return min(max((u - low) / (table[first + j] - low), _SMALLEST), _LARGEST)


@dataclass(frozen=True)
class Mixture(Law):
    """Mixture: law `of[i]` with probability `shares[i]`.

    One uniform serves the choice and the part: where it lies inside its part's share is uniform again.
    """

    kind: ClassVar[str] = "mixture"
    doc: ClassVar[str] = "one of several laws, by share"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("shares", "shares", "share of each law"),
        Parameter("of", "laws", "the laws; none of them a mixture"),
    )

    shares: tuple[float, ...]
    of: tuple[Law, ...]

    @property
    def mean(self) -> float:  # type: ignore[override]
        return math.fsum(p * law.mean for p, law in zip(self.shares, self.of, strict=True))

    @property
    def cv(self) -> float:  # type: ignore[override]
        mean = self.mean
        if mean == 0:
            return 0.0
        parts = zip(self.shares, self.of, strict=True)
        variance = math.fsum(p * ((law.cv * law.mean) ** 2 + (law.mean - mean) ** 2) for p, law in parts)
        return math.sqrt(variance) / mean

    def complaint(self) -> str:
        if found := not_shares(self.shares, len(self.of), "laws"):
            return found
        for number, law in enumerate(self.of, start=1):
            if isinstance(law, Mixture):
                return f"law {number} is itself a mixture; multiply the shares out"
            if found := law.complaint():
                return f"law {number} ({law.kind}): {found}"
        return ""

    def packed(self) -> Packed:
        parts = [(p, law) for p, law in zip(self.shares, self.of, strict=True) if p > 0]
        shares = [p for p, _ in parts]
        total = math.fsum(shares)
        sums = [math.fsum(shares[: i + 1]) / total for i in range(len(shares))]
        return Packed(CODE, (), tuple(sums), tuple(law for _, law in parts))
