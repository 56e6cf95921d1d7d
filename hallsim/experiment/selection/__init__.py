"""Selecting the best of several systems: how sure that is, and where observations are best spent.

- `eliminate`: the best one, by dropping the worse as soon as they are surely worse (KN++, KN);
- `two_stage`: one within the indifference of the best, whatever the means (Clark-Yang, Rinott);
- `allocate`: the most from a fixed budget (OCBA);
- `check_chances`: which systems meet a requirement with a stated probability.

All work on any function (systems, first, count) -> observations (`Observe`), such as daily key figures of halls on
common random numbers.
"""

from __future__ import annotations

from hallsim.experiment.selection.chances import Chances, are_met, check_chances, judge_chance
from hallsim.experiment.selection.constants import bechhofer, kim_nelson, p_correct, rinott
from hallsim.experiment.selection.eliminate import eliminate
from hallsim.experiment.selection.ocba import allocate, fractions, p_correct_at_least
from hallsim.experiment.selection.outcome import Observe, Selection, Standing
from hallsim.experiment.selection.two_stage import two_stage

__all__ = [
    "Chances",
    "Observe",
    "Selection",
    "Standing",
    "allocate",
    "are_met",
    "bechhofer",
    "check_chances",
    "eliminate",
    "fractions",
    "judge_chance",
    "kim_nelson",
    "p_correct",
    "p_correct_at_least",
    "rinott",
    "two_stage",
]
