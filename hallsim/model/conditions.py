"""Conditions, as part of `model`: what they compare, and who joins a line by them (semantics 18, 21).

Everybody takes these names from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model.people import EVER

STATES = ("people", "waiting", "idle", "on_duty", "longest_wait", "time", "down", "up", "quoted_wait")
"""What conditions compare: people inside, people waiting, idle servers, servers on duty, the longest wait of those
who wait now, the time of day, servers on duty who are down, servers who are not, what the queue machine would tell."""


@dataclass(frozen=True, slots=True)
class Term:
    """A comparison: the state lies in low ... high.

    `what` is one of STATES, `station` an index, or -1: of the whole hall, which stations out of it are no part of; in a
    network -1 - i of its hall i.
    """

    what: str
    station: int
    low: int = 0
    high: int = EVER


@dataclass(frozen=True, slots=True)
class Joining:
    """Probabilities to join, per customer type, that hold when all terms do; a type below 0 goes by the next case."""

    when: tuple[Term, ...]
    joins: tuple[float, ...]
