"""Which rule explains the calls of a log best, with intervals of its parameters.

In: a `Replay` of the days to fit on. Out: `Calling`. Candidates are judged by the likelihood of calls on days they were
not fitted on; AIC is given beside it. Intervals draw whole days anew (bootstrap, percentiles), since the calls of one
day depend on each other by more than any of the rules knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hallsim.calibrate.calling.rules import CANDIDATES, Rule, first_share
from hallsim.calibrate.calling.standing import Choices, Standing, choices_of, standing
from hallsim.errors import CalibrationError
from hallsim.replay.replay import Replay

FOLDS = 10
"""Parts into which days are dealt, at most one per day; each is predicted by the others."""
FEWEST = 50
"""Calls with a choice; with fewer nothing is said."""
ALIKE = 0.01
"""Rules whose log-likelihoods of a call differ by less predict equally well; the first of `CANDIDATES` is taken."""
DRAWS = 60
"""Samples of days for the intervals."""


@dataclass(frozen=True)
class Candidate:
    """A rule fitted on all days.

    `first` is the share of calls that took whom the rule has first, `held_out` the mean log-likelihood of a call on
    days not fitted on.
    """

    rule: Rule
    first: float
    aic: float
    held_out: float


@dataclass(frozen=True)
class Calling:
    """Rules of a log, the best first, and the best one refitted to days drawn anew, for intervals and re-enactments."""

    n_choices: int
    n_days: int
    candidates: tuple[Candidate, ...]
    drawn: tuple[Rule, ...]

    @property
    def best(self) -> Candidate:
        """The simplest of the rules that predict days not fitted on best."""
        return self.candidates[0]

    def interval(self, parameter: str) -> tuple[float, float]:
        """Return the 95 % interval of a parameter of the best rule; NaN with one day."""
        values = [rule.parameters[parameter] for rule in self.drawn]
        low, high = np.quantile(values, [0.025, 0.975]) if len(values) > 1 else (math.nan, math.nan)
        return float(low), float(high)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {
            "choices": self.n_choices,
            "days": self.n_days,
            "candidates": [
                {"rule": one.rule.name, "first": one.first, "aic": one.aic, "held_out": one.held_out}
                | {"parameters": one.rule.parameters}
                for one in self.candidates
            ],
            "intervals": {name: self.interval(name) for name in self.best.rule.parameters},
        }


def fit_calling(replay: Replay, seed: int = 1) -> Calling:
    """Fit all candidates to the days of a replay and put the best first.

    Raises
    ------
    CalibrationError
        If hardly any call had a choice, so that the log says nothing of whom it calls.
    """
    found = standing(replay)
    choices = choices_of(found)
    if len(choices.day) < FEWEST:
        raise CalibrationError(
            f"the call rule needs {FEWEST} calls for which several waited; the log has {len(choices.day)}"
        )
    n_days = len(replay.model.days)
    several = {"classes": found.ticket_class, "each_held_back": found.queue}
    names = [name for name in CANDIDATES if name not in several or len(np.unique(several[name])) > 1]
    candidates = _best_first([_judged(name, found, choices, n_days) for name in names])
    fit = CANDIDATES[candidates[0].rule.name]
    rng = np.random.default_rng([seed, 0])
    samples = rng.multinomial(n_days, [1.0 / n_days] * n_days, size=DRAWS if n_days > 1 else 1).astype(np.float64)
    drawn = tuple(fit(found, choices, sample) for sample in samples)
    return Calling(len(choices.day), n_days, candidates, drawn)


def _best_first(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    in_order = sorted(candidates, key=lambda one: -one.held_out)
    best = next(one for one in candidates if one.held_out > in_order[0].held_out - ALIKE)
    return best, *(one for one in in_order if one is not best)


def _judged(name: str, found: Standing, choices: Choices, n_days: int) -> Candidate:
    rule = CANDIDATES[name](found, choices, np.ones(n_days))
    aic = 2.0 * (len(rule.parameters) - float(rule.likelihood(found, choices).sum()))
    held_out = _held_out(name, found, choices, n_days) / len(choices.day)
    return Candidate(rule, first_share(rule, found, choices), aic, held_out)


def _held_out(name: str, found: Standing, choices: Choices, n_days: int) -> float:
    """Return the log-likelihood of every day by rules fitted on others; one day alone is its own judge."""
    part = np.arange(n_days) % min(FOLDS, n_days)
    total = 0.0
    for i in np.unique(part):
        others = (part != i).astype(np.float64) if n_days > 1 else np.ones(1)
        total += float(CANDIDATES[name](found, choices, others).likelihood(found, choices)[part == i].sum())
    return total
