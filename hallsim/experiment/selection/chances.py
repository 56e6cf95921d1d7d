"""Is a chance at least so large? Told from successes and failures, at any number of trials, as often as one looks.

"On 95 of 100 days at least 80 % of the customers are called within 10 min" is a statement about the chance p of a good
day. For every p the mixture

    M_n(p) = B(s + 1/2, n - s + 1/2) / B(1/2, 1/2) / (p^s (1 - p)^(n - s)),   s successes in n trials,

exceeds 1 / alpha at any time with a chance of at most alpha (Ville's inequality; Robbins 1970,
doi:10.1214/aoms/1177696786; the beta mixture with Jeffreys' prior). The p that are not ruled out are therefore an
interval that holds at every look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError
from hallsim.experiment.selection.outcome import Observe, sample

MET, MISSED, OPEN = "met", "missed", "open"
STAGE = 100
"""Trials between two looks."""


def ruled_out(successes: int, trials: int, p: float, alpha: float) -> bool:
    """Tell whether a chance p is ruled out by the trials so far, at error alpha over all looks."""
    s, f = successes, trials - successes
    mixture = math.lgamma(s + 0.5) + math.lgamma(f + 0.5) - math.lgamma(trials + 1) - math.log(math.pi)
    return mixture - s * math.log(p) - f * math.log1p(-p) >= -math.log(alpha)


def judge_chance(successes: int, trials: int, at_least: float, alpha: float) -> str:
    """Return "met" or "missed" when the chance is surely above or below `at_least`, else "open"."""
    if trials == 0 or not ruled_out(successes, trials, at_least, alpha):
        return OPEN
    return MET if successes > at_least * trials else MISSED


@dataclass(frozen=True, eq=False)
class Chances:
    """What became of a requirement on every system: status, successes, trials; `complete` unless Ctrl-C ended it."""

    status: tuple[str, ...]
    successes: NDArray[np.int64]
    trials: NDArray[np.int64]
    complete: bool = True


def check_chances(
    observe: Observe, k: int, at_least: float, confidence: float = 0.95, stage: int = STAGE, most: int = 10_000
) -> Chances:
    """Tell for each of k systems whether successes (observations above 0.5) have a chance of at least `at_least`.

    All statements hold together with the confidence, by Bonferroni. A chance very close to the bound stays open at
    `most` trials: no number of trials settles equality. Where trials differ in turn, as the days of a calendar, stages
    and `most` are to be whole turns: the chance is then the mean over a turn, and looks never see a part of it.

    Raises
    ------
    UsageError
    """
    if not 0.0 < at_least < 1.0:
        raise UsageError(f"a chance of at least {at_least:g} cannot be shown by trials; allowed is between 0 and 1")
    alpha = (1.0 - confidence) / k
    status = [OPEN] * k
    successes, trials = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
    n = 0
    while n < most and OPEN in status:
        left = [i for i in range(k) if status[i] == OPEN]
        count = min(stage, most - n)
        try:
            successes[left] += (sample(observe, left, n, count) > 0.5).sum(axis=0)
        except KeyboardInterrupt:
            return Chances(tuple(status), successes, trials, complete=False)
        n += count
        trials[left] = n
        for i in left:
            status[i] = judge_chance(int(successes[i]), n, at_least, alpha)
    return Chances(tuple(status), successes, trials)


def are_met(chances: Chances) -> Sequence[int]:
    """Return the systems that surely meet the requirement."""
    return [i for i, status in enumerate(chances.status) if status == MET]
