"""What the charts of a log beside its simulation share: who is who, whose waits are whose.

Where both are of the same days and customers (a re-enacted log), a difference is a fact of these days; only
where they are not can it lie inside the noise.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.charts.base import Material, in_language
from hallsim.charts.style import COLORS, INK
from hallsim.charts.subjects import joined
from hallsim.experiment.results import Results
from hallsim.model import US_PER_MINUTE, Label

LOOKS: dict[str, dict[str, Any]] = {
    "simulation": {"color": INK, "symbol": "circle", "dash": "solid"},
    "log": {"color": COLORS[0], "symbol": "diamond-open", "dash": "dash"},
}
"""How the two are drawn."""
_NAMES = {"simulation": Label("simulation", "仿真"), "log": Label("log", "实际")}


class Pairs(NamedTuple):
    """Waits of the same stays at the counters, in minutes; [n] each."""

    key: NDArray[np.int64]
    ticket_class: NDArray[np.int64]
    logged: NDArray[np.float64]
    simulated: NDArray[np.float64]


def called(who: str, lang: str) -> str:
    """Return what to call the simulation or the log."""
    return in_language(_NAMES[who], lang)


def observed_of(material: Material) -> Results | None:
    """Return the log's results if there are any waits in them."""
    observed = material.observed
    return observed if observed is not None and joined(observed) > 0 else None


def pairs_of(material: Material) -> Pairs | None:
    """Return the stays that are in both; None unless the simulation has the log's customers."""
    log = material.observed_profile
    if log is None or log.stays is None or material.profile.stays is None:
        return None
    ours, theirs = material.profile.stays, log.stays
    key, i, j = np.intersect1d(ours.key, theirs.key, assume_unique=True, return_indices=True)
    return Pairs(key, theirs.ticket_class[j], theirs.wait[j] / US_PER_MINUTE, ours.wait[i] / US_PER_MINUTE)


def same_customers(material: Material) -> bool:
    """Return whether the simulation re-enacts the log, nearly every ticket of it."""
    pairs, log = pairs_of(material), material.observed_profile
    return pairs is not None and log is not None and log.stays is not None and 2 * len(pairs.key) > len(log.stays.key)


def relative(simulated: float, logged: float, lang: str) -> str:
    """Return how far a simulated number lies from the logged one, in brackets; "" if that has no meaning.

    >>> relative(36.4, 36.0, "en").split(), relative(35.0, 36.0, "zh").split()
    (['(+1.1', '%)'], ['（−2.8', '%）'])
    """
    if not (math.isfinite(simulated) and math.isfinite(logged)) or logged <= 0:
        return ""
    text = f"{100 * (simulated / logged - 1):+.1f}\u00a0%".replace("-", "−")
    return f"（{text}）" if lang == "zh" else f" ({text})"
