"""The line whose first customer's service is expected to be the shortest, by the mean of the law."""

from __future__ import annotations

CODE = 3


def score(wait, length, expected, weight, head_start):  # type: ignore[no-untyped-def]
    """Return the expected service, the shorter the larger."""
    return -expected
