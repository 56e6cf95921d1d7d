"""First come, first served: no line has more of a claim than another, so the older ticket is called."""

from __future__ import annotations

CODE = 0


def score(wait, length, expected, weight, head_start):  # type: ignore[no-untyped-def]
    """Return the same for all."""
    return 0
