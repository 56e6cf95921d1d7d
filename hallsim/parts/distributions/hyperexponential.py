"""Hyperexponential: one of several exponential laws, chosen by share; more variable than exponential."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from hallsim.parts.distributions import score_table
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive, not_shares
from hallsim.parts.distributions.kept_tables import kept

if TYPE_CHECKING:
    F64 = NDArray[np.float64]


@kept
def _unit_table(shares: tuple[float, ...], means: tuple[float, ...]) -> tuple[float, ...]:
    """Return the score table of a hyperexponential law of mean 1."""
    p, m = np.array(shares)[:, None], np.array(means)[:, None]

    def tails(y: F64) -> tuple[F64, F64, F64]:
        hazard = np.exp(y) / m
        # the survival is scaled by the slowest part, which lets far tails keep their digits
        least = hazard.min(axis=0)
        scaled = p * np.exp(least - hazard)
        log_cdf = np.log((p * -np.expm1(-hazard)).sum(axis=0))
        return log_cdf, np.log(scaled.sum(axis=0)) - least, np.log((scaled * hazard).sum(axis=0)) - least

    return score_table.score_table(tails, "hyperexponential")


@dataclass(frozen=True)
class Hyperexponential(Law):
    """Hyperexponential law: exponential of mean `means[i]` with probability `shares[i]`.

    Drawn by one inverse transform, so that a customer's variate rises with their uniform.
    """

    kind: ClassVar[str] = "hyperexponential"
    doc: ClassVar[str] = "exponential times of several means, cv 1 or above"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("shares", "shares", "share of each part"),
        Parameter("means", "times", "mean duration of each part"),
    )

    shares: tuple[float, ...]
    means: tuple[float, ...]

    @property
    def mean(self) -> float:  # type: ignore[override]
        return math.fsum(p * m for p, m in zip(self.shares, self.means, strict=True))

    @property
    def cv(self) -> float:  # type: ignore[override]
        # variance = mean**2 + 2 * (variance of the means between the parts), which does not cancel
        mean = self.mean
        between = math.fsum(p * (m - mean) ** 2 for p, m in zip(self.shares, self.means, strict=True))
        return math.sqrt(1 + 2 * between / mean**2)

    def complaint(self) -> str:
        if found := not_shares(self.shares, len(self.means), "means"):
            return found
        return next(filter(None, (not_positive(**{"every mean": m}) for m in self.means)), "")

    def packed(self) -> Packed:
        # normalised, so that laws that differ in scale alone share one table
        mean, total = self.mean, math.fsum(self.shares)
        parts = [(p / total, m / mean) for p, m in zip(self.shares, self.means, strict=True) if p > 0]
        shares, means = zip(*parts, strict=True)
        return Packed(score_table.CODE, (mean,), _unit_table(shares, means))
