"""Who comes to a hall, as part of `model`: segments, transactions, skills, the types they make, and ticket classes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A name as readers see it, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A customer segment, such as a brand or a VIP tier."""

    name: str
    label: Label


KINDS = ("sales", "strategic", "incentive", "retention", "service", "sensitive")
"""The kinds of business, by value and risk, that bound the channels in which it may be done."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A business type that a customer comes for; `kind` is one of KINDS, or nothing.

    `quota` is how many of them a day's priority task asks for, 0 where it is none.
    """

    name: str
    label: Label
    kind: str = ""
    quota: int = 0


@dataclass(frozen=True, slots=True)
class Skill:
    """How well customers get on with machines, such as novice."""

    name: str
    label: Label


@dataclass(frozen=True, slots=True)
class CustomerType:
    """A segment and a transaction together: what service times, routes and ticket classes depend on.

    `count` is how many such transactions a customer of the type brings to one visit, `skill` how well he gets on with
    machines, an index into `Model.skills`, -1 where nobody asks (semantics 26); `area` where he lives, in a network an
    index into its areas (semantics 52).
    """

    name: str
    segment: int
    transaction: int
    count: int = 1
    skill: int = -1
    area: int = -1


@dataclass(frozen=True, slots=True)
class FollowOn:
    """Another transaction in the same visit: with which probability, and the customer type that it makes of him."""

    probability: float
    type: int


@dataclass(frozen=True, slots=True)
class TicketClass:
    """A class of queue tickets: its prefix (the V of V135) and its priority rank (0 is called first)."""

    name: str
    label: Label
    prefix: str
    rank: int
