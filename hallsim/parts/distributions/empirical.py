"""Empirical: values that were observed, drawn as often as they occurred."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hallsim.jit import inline
from hallsim.parts.distributions.base import Law, Packed, Parameter, negative

CODE = 8


@inline
def quantile_empirical(u, table, first, n):  # type: ignore[no-untyped-def]
    """Return the smallest listed value whose cumulative frequency exceeds u.

    A guide table (Chen and Asau 1974) says where to start looking, so that the search takes a constant
    number of steps on average. Table: n sums of frequencies, n values, n starts.
    """
    j = int(table[first + 2 * n + int(u * n)])
    while j < n - 1 and u >= table[first + j]:
        j += 1
    return table[first + n + j]


@dataclass(frozen=True)
class Empirical(Law):
    """Empirical law: `values[i]` with a probability in proportion to `weights[i]`, equal if not given.

    Nothing is drawn between the values or beyond them.
    """

    kind: ClassVar[str] = "empirical"
    doc: ClassVar[str] = "resampling of observed values"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("values", "times", "the observed durations"),
        Parameter("weights", "numbers", "how often each was observed", default=()),
    )

    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def _weights(self) -> tuple[float, ...]:
        return self.weights or (1.0,) * len(self.values)

    @property
    def mean(self) -> float:  # type: ignore[override]
        weights = self._weights()
        return math.fsum(w * v for w, v in zip(weights, self.values, strict=True)) / math.fsum(weights)

    @property
    def cv(self) -> float:  # type: ignore[override]
        mean, weights = self.mean, self._weights()
        if mean == 0:
            return 0.0
        squares = math.fsum(w * (v - mean) ** 2 for w, v in zip(weights, self.values, strict=True))
        return math.sqrt(squares / math.fsum(weights)) / mean

    def complaint(self) -> str:
        if not self.values:
            return "values must not be empty"
        if found := next(filter(None, (negative(**{"every value": v}) for v in self.values)), ""):
            return found
        if not self.weights:
            return ""
        if len(self.weights) != len(self.values):
            return f"there are {len(self.values)} values but {len(self.weights)} weights"
        if found := next(filter(None, (negative(**{"every weight": w}) for w in self.weights)), ""):
            return found
        return "" if any(self.weights) else "at least one weight must be above 0"

    def packed(self) -> Packed:
        values, which = np.unique(np.array(self.values, dtype=np.float64), return_inverse=True)
        weights = np.bincount(which, weights=np.array(self._weights(), dtype=np.float64))
        values, weights = values[weights > 0], weights[weights > 0]
        sums = np.cumsum(weights, dtype=np.float64)
        sums = sums / sums[-1]
        # start i serves the uniforms in [i / n, (i + 1) / n); one back, because u * n may round up to i
        starts = np.maximum(np.searchsorted(sums, np.arange(values.size) / values.size, side="right") - 1, 0)
        return Packed(CODE, (float(values.size),), tuple(np.concatenate([sums, values, starts]).tolist()))
