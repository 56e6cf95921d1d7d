"""The wait of the first in line, times a weight, plus a head start.

With weights alone these are the accumulating priorities of Kleinrock (1964); with head starts alone, a priority that
is worth so many minutes of waiting.
"""

from __future__ import annotations

CODE = 1
MOST_WAIT = 1 << 42
"""Microseconds (50 days) beyond which nobody's claim grows, so that a score always fits into a word."""
UNIT = 1000
"""Weights are in thousandths."""


def score(wait, length, expected, weight, head_start):  # type: ignore[no-untyped-def]
    """Return thousandths of weighted microseconds."""
    return min(wait, MOST_WAIT) * weight + head_start * UNIT
