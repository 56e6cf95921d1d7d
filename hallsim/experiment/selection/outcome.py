"""What a selection found, and how procedures ask for observations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

Observe = Callable[[Sequence[int], int, int], F64]
"""(systems, first, count) -> float64[count, len(systems)]: observations `first` to `first + count - 1` of each system.
Observation j of two systems may depend on each other (common random numbers), those of different j may not."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a selection stands: observations so far, systems left, who leads whom by how much.

    `half_width` is that of the 95 % interval of the lead, as if it had not been looked for.
    """

    n: int
    left: int
    best: int
    second: int
    lead: float
    half_width: float


@dataclass(frozen=True, eq=False)
class Selection:
    """Which system was selected, from how many observations, and what that promises.

    Attributes
    ----------
    procedure : {"kn++", "kn", "clark-yang", "rinott", "ocba"}
    best : int
        Number of the selected system.
    means, sds : float64[k]
        Average and standard deviation of each system's own observations.
    n : int64[k]
        How many those were; elimination gives fewer to the worse ones.
    in_running : tuple of int
        The systems that were not told apart when the limit of observations was reached; empty: it is decided.
    confidence : float
        The promised chance; for a fixed budget the estimated one.
    indifference : float
        The difference worth detecting; NaN for a fixed budget.
    complete : bool
        False if Ctrl-C ended it; what was observed by then is all there.
    """

    procedure: str
    best: int
    means: F64
    sds: F64
    n: I64
    in_running: tuple[int, ...]
    minimise: bool
    confidence: float
    indifference: float
    complete: bool = True

    @property
    def decided(self) -> bool:
        """Whether the procedure came to its end."""
        return self.complete and not self.in_running

    @property
    def guarantee(self) -> str:
        """Return what is promised: "good", "correct" or "none".

        Good: within the indifference of the best, whatever the means. Correct: the best one, if no other comes within
        the indifference of it. None: for a fixed budget, or while undecided.
        """
        if not self.decided or self.procedure == "ocba":
            return "none"
        return "correct" if self.procedure in ("kn++", "kn") else "good"


def sample(observe: Observe, systems: Sequence[int], first: int, count: int) -> F64:
    """Return observations, or say which of them is no number.

    Raises
    ------
    UsageError
    """
    values = np.asarray(observe(systems, first, count), dtype=np.float64)
    if values.shape != (count, len(systems)):
        raise UsageError(f"observations have the shape {values.shape}; wanted was ({count}, {len(systems)})")
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        row, column = bad[0].tolist()
        raise UsageError(
            f"observation {first + row} of system {systems[column]} is {values[row, column]}, not a number"
        )
    return values
