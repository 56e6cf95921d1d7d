"""What figures are reported for."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model import Label


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that numbers are reported for: a line, a station, the hall."""

    scope: str
    name: str
    label: Label
    members: tuple[int, ...]  # pairs, types, lines, servers or stations, as the block counts
