"""The line in which most wait."""

from __future__ import annotations

CODE = 2


def score(wait, length, expected, weight, head_start):  # type: ignore[no-untyped-def]
    """Return the number waiting."""
    return length
