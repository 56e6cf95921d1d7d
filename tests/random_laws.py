"""Laws and clock times for random halls."""

from __future__ import annotations

import random
from typing import Any

LAWS = (
    "exponential {m} min",
    "lognormal {m} min cv 0.8",
    "gamma {m} min cv 0.5",
    "erlang {m} min shape 2",
    "weibull {m} min shape 1.5",
    "uniform 0 min to {m} min",
    "triangular 0 min {m} min {m2} min",
    "{m} min",
)


def law(rng: random.Random, mean: float) -> Any:
    """Return a law of about a mean in minutes, as a scenario has it."""
    m = round(mean * rng.uniform(0.6, 1.4), 2)
    choice = rng.randrange(len(LAWS) + 2)
    if choice == len(LAWS):
        return {"law": "hyperexponential", "shares": ["30 %", "70 %"], "means": [f"{2 * m} min", f"{m / 2} min"]}
    if choice == len(LAWS) + 1:
        return {"law": "empirical", "values": [f"{m / 2} min", f"{m} min", f"{2 * m} min"]}
    return LAWS[choice].format(m=m, m2=2 * m)


def clock(minutes: int) -> str:
    """Return the clock time so many minutes after nine."""
    return f"{9 + minutes // 60:02d}:{minutes % 60:02d}"
