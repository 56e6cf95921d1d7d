"""A horizon: days in sequence, and who comes again on a later one.

A part of `model`; everybody takes these names from there. What the entries do is in docs/semantics.md, rule 54.
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
