"""Channels around a hall, as part of `model`: what they are, who may use them, and whom customers ask first."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hallsim.model.customer_types import Label

CHANNEL_KINDS = ("electronic", "hotline", "self_service", "partner", "personal", "own")
ELECTRONIC_KINDS = ("electronic", "hotline", "self_service")
"""Kinds of channel whose transactions make the electronic share."""


ALLOWED = {
    "sales": (*ELECTRONIC_KINDS, "partner", "own"),
    "strategic": ("personal", "own"),
    "incentive": (*ELECTRONIC_KINDS, "own"),
    "retention": ("personal", "own"),
    "service": (*ELECTRONIC_KINDS, "partner", "own"),
    "sensitive": ("own",),
}
"""Kind of business (`customer_types.KINDS`) -> kinds of channel beside the hall that may do it."""

HALL = "hall"
"""What the hall itself is called among channels."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Another way to have a transaction done.

    `kind` is one of `CHANNEL_KINDS`; by type of customer, `able` says whether it can and may do his transaction, and
    `reach` which part of them it reaches, for whoever matches customers and channels.
    """

    name: str
    label: Label
    kind: str
    able: tuple[bool, ...]
    reach: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstChoice:
    """Whom customers of a type ask first: `shares` of the hall and of each channel, in their order.

    `reason` is why a match guides them so ("preference", "electronic", "partner", "cost"), empty without a match.
    """

    shares: tuple[float, ...]
    reason: str = ""
