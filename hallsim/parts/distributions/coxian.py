"""Coxian: exponential stages in a row, after each of which the time may be over; the common phase-type law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from hallsim.parts.distributions import score_table
from hallsim.parts.distributions.base import Law, Packed, Parameter, not_positive
from hallsim.parts.distributions.kept_tables import kept

if TYPE_CHECKING:
    F64 = NDArray[np.float64]

_TERMS = 12  # of the Taylor series of exp on [0, 1/4]: the next one is below 2**-57


def phase_probabilities(generator: F64, t: F64) -> F64:
    """Return exp(generator * t) for every t, with relative precision in every entry.

    The generator of a Markov chain is a non-negative matrix less a multiple of the identity; series and
    squarings of non-negative matrices never cancel, so that probabilities of 1e-16 keep their digits.

    Parameters
    ----------
    generator : float64[n, n]
    t : float64[m], from 0

    Returns
    -------
    float64[m, n, n]
    """
    rate = float(-generator.diagonal().min())
    jumps = generator + rate * np.eye(len(generator))
    n_squarings = np.maximum(np.ceil(np.log2(np.maximum(rate * t, 0.25)) + 2), 0).astype(np.int64)
    short = t / 2.0**n_squarings
    term = np.broadcast_to(np.eye(len(generator)), (t.size, *generator.shape)).copy()
    out = term.copy()
    for i in range(1, _TERMS + 1):
        term = term @ jumps * (short / i)[:, None, None]
        out += term
    out *= np.exp(-rate * short)[:, None, None]
    for i in range(n_squarings.max(initial=0)):
        again = n_squarings > i
        out[again] = out[again] @ out[again]
    return out


@kept
def _unit_table(rates: tuple[float, ...], continues: tuple[float, ...]) -> tuple[float, ...]:
    """Return the score table of a Coxian law of mean 1."""
    n = len(rates)
    generator = np.zeros((n + 1, n + 1))  # state n: over
    for i, rate in enumerate(rates):
        onward = continues[i] if i < n - 1 else 0.0
        generator[i, i] = -rate
        generator[i, i + 1] = rate * onward
        generator[i, n] += rate * (1 - onward)
    ending = generator[:n, n].copy()
    # beyond this every part of the survival is below 1e-300, and t * rate stays a sensible number
    latest = 700.0 / min(rates)

    def tails(y: F64) -> tuple[F64, F64, F64]:
        t = np.minimum(np.exp(y), latest)
        row = phase_probabilities(generator, t)[:, 0, :]
        return np.log(row[:, n]), np.log(row[:, :n].sum(axis=1)), np.log(row[:, :n] @ ending) + y

    return score_table.score_table(tails, "coxian")


@dataclass(frozen=True)
class Coxian(Law):
    """Coxian law of up to 50 stages.

    Stage i lasts an exponential time of rate `rates[i]`; then stage i + 1 follows with probability
    `continue_[i]`, else the time is over. After the last stage it always is. With `continue` 100 %
    throughout and equal rates this is an Erlang law. (Python keeps the word `continue` for itself.)
    """

    kind: ClassVar[str] = "coxian"
    doc: ClassVar[str] = "exponential stages in a row, each of which may be the last"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("rates", "rates", "rate of each stage"),
        Parameter("continue", "shares", "probability to go on after each stage but the last"),
    )

    rates: tuple[float, ...]
    continue_: tuple[float, ...]

    def _moments(self) -> tuple[float, float]:
        """Return mean and variance, from the last stage backwards."""
        mean = variance = 0.0
        for rate, onward in zip(reversed(self.rates), (0.0, *reversed(self.continue_)), strict=True):
            # the rest is 0 with probability 1 - onward: variance within and between
            variance = 1 / rate**2 + onward * variance + onward * (1 - onward) * mean**2
            mean = 1 / rate + onward * mean
        return mean, variance

    @property
    def mean(self) -> float:  # type: ignore[override]
        return self._moments()[0]

    @property
    def cv(self) -> float:  # type: ignore[override]
        mean, variance = self._moments()
        return math.sqrt(variance) / mean

    def complaint(self) -> str:
        if not self.rates:
            return "rates must not be empty"
        if len(self.rates) > 50:
            return f"at most 50 stages are possible, not {len(self.rates)}"
        if found := next(filter(None, (not_positive(**{"every rate": r}) for r in self.rates)), ""):
            return found
        if len(self.continue_) != len(self.rates) - 1:
            wanted = len(self.rates) - 1
            return f"{len(self.rates)} rates need {wanted} values of continue, not {len(self.continue_)}"
        if any(not 0 <= p <= 1 for p in self.continue_):
            return "every value of continue must be from 0 % to 100 %"
        return ""

    def packed(self) -> Packed:
        mean = self.mean
        rates = list(self.rates)
        if 0.0 in self.continue_:  # stages that are never reached would only slow the table down
            rates = rates[: self.continue_.index(0.0) + 1]
        table = _unit_table(tuple(rate * mean for rate in rates), self.continue_[: len(rates) - 1])
        return Packed(score_table.CODE, (mean,), table)
