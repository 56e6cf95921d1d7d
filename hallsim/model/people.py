"""What a model says of people beside their shifts: breaks, and counters to which they are called.

Part of the model; everybody takes these names from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.parts.distributions import Law

EVER = 1 << 62
"""A bound that no state reaches."""
MEASURES = ("waiting", "longest_wait", "estimated_wait")
"""What extra counters go by."""


@dataclass(frozen=True, slots=True)
class ExtraCounters:
    """Counters that open when the line is long: the last servers of the station, without shifts (semantics 13).

    The i-th opens when a customer makes `open_at[i]` wait, and closes when at most `close_at[i]` wait after a
    service of its own, or of any (`closing` "own", "any"). `set_up` is the law of the time from the decision to
    open until it does (None: none).

    `by` is one of MEASURES: the numbers are people who wait, or microseconds of the longest wait of those who wait
    now, or of the wait to expect by `means`, the mean services of the lines. With `every` they are looked at then, and
    not at joins and services (semantics 40). Counter i can be called only in the stretches `available[i]` (none:
    always), and after it has closed not before a time of `back` is over.
    """

    open_at: tuple[int, ...]
    close_at: tuple[int, ...]
    closing: str = "own"
    set_up: Law | None = None
    by: str = "waiting"
    every: int = 0
    available: tuple[tuple[tuple[int, int], ...], ...] = ()
    back: Law | None = None
    means: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    """A break or meal of some servers of a station (semantics 37).

    Due at `start` to those of `servers` (indices in the station) who are on duty then; each takes it once he is free,
    while it is not later than `end` and fewer than `at_once` of the station are on a break (0: any number). `length`
    is its law.
    """

    start: int
    length: Law
    servers: tuple[int, ...]
    end: int = EVER
    at_once: int = 0
    paid: bool = True
