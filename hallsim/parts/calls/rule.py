"""What a model says of calling: rules of a station, and when a pool helps out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hallsim.model import Term

GRACE_BY = ("coming", "calling")
POOL_BY = ("order", "longest_waiting", "call")


@dataclass(frozen=True, slots=True)
class Grace:
    """Whose appointments go before all other customers (semantics 35).

    From `early` microseconds before the booked time on. `by` says what may be at most `late` after it: "coming", when
    the customer comes to the hall, or "calling", the call itself.
    """

    early: int
    late: int
    by: str = "coming"


@dataclass(frozen=True, slots=True)
class CallRule:
    """Whom a free server calls (semantics 34), if all terms of `when` hold.

    Per line of the station: `ranks` (lower first), `weights` in thousandths and `head_starts` in microseconds, which
    count for the score "weighted_wait". `score` is a name in `parts.calls` and decides among lines of equal rank.
    """

    ranks: tuple[int, ...]
    score: str
    weights: tuple[int, ...]
    head_starts: tuple[int, ...]
    grace: Grace | None = None
    when: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Overflow:
    """When a pool may call a line that is not its own (semantics 36).

    Once somebody there has waited `after` microseconds, or so many are `waiting` (-1: not for that); by `place`.
    """

    place: int
    after: int = -1
    waiting: int = -1
