"""What an adapter hands to the driver: a scenario, what to count in every replication, and how to judge it.

A quantity is a ratio of expectations: `measure` returns, for every name, numerators and denominators of
one replication (scalars or arrays of the shape of the case's value), and the estimate is the ratio of
their sums over replications. Percentiles and standard deviations are made from such ratios.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.compiled import Log

Case = dict[str, Any]
"""One line of a case file."""

Counts = Mapping[str, tuple[ArrayLike, ArrayLike]]
"""Name of a quantity -> (numerators, denominators) of one replication."""

MEAN = "mean"
PROBABILITY = "probability"
FRACTION = "fraction"
"""A utilisation: a probability that is also held to the 1 % of a mean."""
ROOT = "root"
"""The square root of a ratio (a standard deviation from a mean square)."""
PERCENTILE = "percentile"


class Params(dict[str, Any]):
    """Parameters that remember which of them were read: what no adapter looks at is not covered."""

    HARMLESS = frozenset({"time_unit", "rho", "load", "note", "label", "comment"})
    """Names of the unit, numbers that follow from the others, and words to the reader."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Read like `dict.get`."""
        self.seen.add(name)
        return super().get(name, default)

    def unread(self) -> list[str]:
        """List what nobody asked for."""
        return sorted(set(self) - self.seen - self.HARMLESS)


class NotCovered(Exception):  # noqa: N818  (not an error: the answer to a case that no adapter knows)
    """The case asks for something that no adapter can set up; the message says what."""


@dataclass(frozen=True)
class WaitHistogram:
    """How waits are binned for percentiles: bin 0 is exactly zero, bin k is ((k - 1) width, k width].

    `counts(log)` returns int64[n_bins] of one replication; `width` is in the case's time unit.
    """

    width: float
    counts: Callable[[Log], NDArray[np.int64]]


@dataclass(frozen=True)
class Plan:
    """One case, ready to run.

    scenario : mapping, in the scenario language
    measure : counts one replication
    rows : expected number of event rows of a replication, for the budget
    terminating : True when a replication is a whole day from empty; it decides the size of the pilot
    columns : for two-dimensional quantities, column -> kind; columns not named are inputs, not results
    kinds : kinds of names that the naming rule of `kind_of` would get wrong
    events : for probabilities whose denominator is time: events per unit of denominator
    """

    scenario: dict[str, Any]
    measure: Callable[[Log], Counts]
    rows: float
    terminating: bool = False
    columns: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, float] = field(default_factory=dict)
    histogram: WaitHistogram | None = None

    def kind_of(self, name: str) -> str:
        """Return how the quantity `name` is judged."""
        if name in self.kinds:
            return self.kinds[name]
        if name == "util" or name.endswith("_util"):
            return FRACTION
        if name.startswith(("P_", "SL_")) or name.endswith("_P_wait") or name in ("pi", "sigma"):
            return PROBABILITY
        return MEAN
