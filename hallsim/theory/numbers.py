"""What all of theory shares: arguments that make sense, and roots."""

from __future__ import annotations

import math
from collections.abc import Callable

from hallsim.errors import UsageError

MOST_SERVERS = 1_000_000
"""Where searches for a number of servers give up."""


def check(**numbers: float) -> None:
    """Refuse negative or infinite numbers, by name."""
    for name, value in numbers.items():
        if not 0.0 <= value < math.inf:
            raise UsageError(f"{name} is {value}; allowed are numbers from 0")


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not above 0, by name."""
    for name, value in numbers.items():
        if not 0.0 < value < math.inf:
            raise UsageError(f"{name} is {value}; allowed are numbers above 0")


def check_share(**numbers: float) -> None:
    """Refuse numbers outside (0, 1), by name."""
    for name, value in numbers.items():
        if not 0.0 < value < 1.0:
            raise UsageError(f"{name} is {value}; allowed are numbers between 0 and 1, such as 0.8")


def check_servers(servers: int, least: int = 1) -> None:
    """Refuse numbers of servers that are not whole or out of range."""
    if not least <= servers <= MOST_SERVERS or servers != int(servers):
        raise UsageError(f"servers is {servers}; allowed are whole numbers from {least} to {MOST_SERVERS}")


def bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """Return the root of an increasing function between two ends, to the last bit that halving can give."""
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        value = f(middle)
        if value == 0.0:
            return middle
        if value < 0.0:
            low = middle
        else:
            high = middle
