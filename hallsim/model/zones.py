"""What zones of a hall are: floor that people stand and sit on, with a number of places (semantics 50)."""

from __future__ import annotations

from dataclasses import dataclass

from hallsim.model.customer_types import Label

WHEN_FULL = ("wait_outside", "block", "turn_away")
"""What becomes of who comes to a station whose zone is full."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: its places, the zone where those stand who do not fit in (-1: none), and what happens once it is full.

    Stations say in which zone they lie (`Station.zone`), or in which their customers wait (`waits_in_zone`).
    """

    name: str
    label: Label
    seats: int
    standing: int = 0
    overflow: int = -1
    when_full: str = "wait_outside"

    @property
    def places(self) -> int:
        """How many people there is room for."""
        return self.seats + self.standing
