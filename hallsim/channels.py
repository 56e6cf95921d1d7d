"""Channels around a hall, as part of `model`: what they are, who may use them, and whom customers ask first."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.customer_types import Label

CHANNEL_KINDS = ("electronic", "hotline", "self_service", "partner", "personal", "own")
ELECTRONIC_KINDS = ("electronic", "hotline", "self_service")
"""Kinds of channel whose transactions make the electronic share."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Another way to have a transaction done.

    `kind` is one of `CHANNEL_KINDS`; `able` says by type of customer whether it can do his transaction.
    """

    name: str
    label: Label
    kind: str
    able: tuple[bool, ...]
