"""A horizon: days in sequence, and who comes again on a later one.

A part of `model`; everybody takes these names from there. What the entries do is in docs/semantics.md, rules 54 to 56.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_DAYS = 1024
"""Days of a horizon. Day d of horizon r draws as replication r * MOST_DAYS + d, however many days there are."""

WEEK = 7

RETURNING = "returns"
"""Name of the source of those who come again."""

USUALLY_MOST = 3
"""How often one person comes again at most, where nothing is said."""


@dataclass(frozen=True, slots=True)
class Return:
    """Who comes again on another day after a visit with one outcome: which part of each type, and after how many days.

    `share[type]` is a probability; `after` are (days, probability).
    """

    share: tuple[float, ...]
    after: tuple[tuple[int, float], ...] = ((1, 1.0),)


@dataclass(frozen=True, slots=True)
class Horizon:
    """Days in sequence; one is a replication.

    Attributes
    ----------
    days : int
        How many; the first `warm_up` of them are left out of all figures.
    returns : tuple of (visit outcome, Return)
        By the name of the outcome (`compiled.VISIT_OUTCOMES`).
    most : int
        How often one person comes again at most.
    open_days : tuple of int
        Day of the calendar year, or so, of each day of the horizon, rising: who wants to come on a day that is not
        among them comes on the next that is. Empty: the days follow one another.
    levels : tuple of int
        Level of publicity of each day: the kinds of day of level i are the i-th part of `Model.days`, all parts alike
        in length and order. Empty: no publicity.
    """

    days: int
    warm_up: int = 0
    returns: tuple[tuple[str, Return], ...] = ()
    most: int = USUALLY_MOST
    open_days: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Persons:
    """The persons whose visits the customers are (semantics 56).

    Customer types are stages of `types` plain ones: type `stage * types + t` is type t of persons at that stage, which
    is their habit, from 0 to `levels`, plus `levels + 1` where offers are held back from them.

    Attributes
    ----------
    numbers : tuple of int
        How many there are of each segment.
    types : int
        Customer types without stages.
    cv : float
        Coefficient of variation of how often they come; 0: all alike.
    levels : int
        The strongest habit.
    fades : int
        After so many days without an electronic transaction a habit is one level weaker, after as many again another
        one; 0: never.
    offers, within : int
        Who has been made so many offers within so many days, today included, is made no more (0 days: always).
    """

    numbers: tuple[int, ...]
    types: int
    cv: float = 0.0
    levels: int = 0
    fades: int = 0
    offers: int = 0
    within: int = 0

    @property
    def stages(self) -> int:
        """How many stages of each plain type there are."""
        return (self.levels + 1) * (2 if self.within else 1)
