"""Queue tickets, as part of `model`: numbers that stay in line, calls that nobody answers, quotes of the wait.

Everybody takes these names from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.parts.distributions import Law
from hallsim.units import UNITS_US


@dataclass(frozen=True, slots=True)
class Numbers:
    """Queue numbers that stay in line when their holder has left without a word (semantics 32).

    `call_time` is the law of the time that calling an absent number takes (None: none); `most` is how many numbers
    may be given out and not yet called (-1: any number).
    """

    call_time: Law | None = None
    most: int = -1


@dataclass(frozen=True, slots=True)
class Calls:
    """How customers who wait answer when they are called (semantics 42).

    `unanswered[type]` is the probability that the first call is not answered, `again` that a recall is not either;
    after `recalls` the ticket is skipped. `time_out` is the law of how long each call lasts. Who comes back to the
    line after that stands behind `back` tickets (-1: behind all).
    """

    unanswered: tuple[float, ...]
    time_out: Law
    recalls: int = 0
    again: float = 1.0
    back: int = -1


QUOTES = ("ahead", "estimate")
"""What a queue machine tells whom it gives a ticket: the number ahead in his line, or an estimate of his wait."""


@dataclass(frozen=True, slots=True)
class QuoteStep:
    """What customers make of a quote (number ahead, or microseconds) of `at_least` so much, up to the next step.

    They join with the probability `joins`, and whoever waits has `patience` times the patience that he draws.
    """

    at_least: int
    joins: float = 1.0
    patience: float = 1.0


@dataclass(frozen=True, slots=True)
class Quotes:
    """What a queue machine tells customers on coming (semantics 41), and what they make of it.

    `tells` is one of QUOTES; `steps` has for every type a row of steps, the first from 0. An estimate is the number
    ahead times the mean service of the line (`means`, microseconds per line) by the servers who are up, times
    `factor`, rounded to the `grain`.
    """

    tells: str
    steps: tuple[tuple[QuoteStep, ...], ...]
    means: tuple[float, ...] = ()
    factor: float = 1.0
    grain: int = UNITS_US["min"]
