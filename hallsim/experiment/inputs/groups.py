"""Groups of replications with uncertain inputs drawn once for each, beside the same days as written.

In: a scenario whose model has `uncertain` entries, and the figures to follow. Out: `Inputs`: for each figure
numerators and denominators of every group's days, with its own inputs and as written; and the swings of a tornado
chart, each entry alone at the ends of what is known of it.

Factors belong to the entry's path and the group, so that halls of a comparison that share an entry share its values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.days import turn_of
from hallsim.experiment.inputs.intervals import contrast
from hallsim.model import Uncertain

if TYPE_CHECKING:
    from hallsim.experiment.bench import Bench
    from hallsim.experiment.figures import Figure
    from hallsim.scenario import Scenario

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GROUPS = 30
DAYS = 50
"""Days of each group; the same days for all, so that a group differs from what is written in its inputs alone."""
_FURTHEST = 3.5
"""Standard deviations at which a normal factor is cut off: nothing falls below 0."""
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Swing:
    """A figure with one entry alone at the low and at the high end of what is known of it, as changes."""

    entry: Uncertain
    low: float
    high: float

    @property
    def size(self) -> float:
        """How far the two are apart."""
        return abs(self.high - self.low)


@dataclass(frozen=True, eq=False)
class Inputs:
    """Days of groups with their own inputs.

    Attributes
    ----------
    entries : tuple of Uncertain
    factors : float64[n_groups, n_entries]
    written : int64[n_days, n_figures, 2]
        Numerators and denominators with the inputs as written.
    drawn : int64[n_groups, n_days, n_figures, 2]
    ends : int64[n_entries, 2, n_days, n_figures, 2]
        Each entry alone at its low and its high end.
    figures : tuple of Figure
    """

    entries: tuple[Uncertain, ...]
    factors: F64
    written: I64
    drawn: I64
    ends: I64
    figures: tuple[Figure, ...]

    @cached_property
    def shifts(self) -> tuple[F64, F64]:
        """What the inputs of each group change in each figure, and the variance of that, float64[figure, group]."""
        return shifts_between([(1.0, self)])

    def swings(self, figure: int) -> list[Swing]:
        """Return the swings of a figure (in the unit of its sums), the largest first."""
        at_ends = [
            [contrast([(1.0, end[:, figure]), (-1.0, self.written[:, figure])])[0] for end in ends]
            for ends in self.ends
        ]
        found = [Swing(entry, low, high) for entry, (low, high) in zip(self.entries, at_ends, strict=True)]
        return sorted(found, key=lambda swing: -swing.size)


def shifts_between(parts: Sequence[tuple[float, Inputs]]) -> tuple[F64, F64]:
    """Return what the inputs change in a weighted sum of halls' figures, and the variances, float64[figure, group]."""
    first = parts[0][1]
    n_groups, n_figures = len(first.drawn), len(first.figures)
    shifts, variances = np.empty((n_figures, n_groups)), np.empty((n_figures, n_groups))
    for figure in range(n_figures):
        for group in range(n_groups):
            drawn = [(weight, part.drawn[group, :, figure]) for weight, part in parts]
            written = [(-weight, part.written[:, figure]) for weight, part in parts]
            shifts[figure, group], variances[figure, group] = contrast([*drawn, *written])
    return shifts, variances


def inputs_of(
    scenario: Scenario,
    figures: Sequence[Figure],
    seed: int,
    groups: int | None = None,
    days: int | None = None,
    jobs: int | None = None,
    engine: str = "batch",
    allow_code: bool = False,
    progress: Callable[[int, int], object] | None = None,
    where: Bench | None = None,
) -> Inputs:
    """Simulate groups of days with drawn inputs, and the same days as written.

    Parameters
    ----------
    scenario : Scenario
    figures : sequence of Figure
    seed : int
        Of the days, and of the factors.
    groups, days : int, optional
        `GROUPS` of `days_in_group` each.
    jobs, engine, allow_code, where
        As in `hallsim.experiment.run`.
    progress : callable, optional
        Called with the number of days simulated so far, and of all days there will be.
    """
    from hallsim.experiment.run import run

    entries, groups, days = scenario.model.uncertain, groups or GROUPS, days or days_in_group(scenario)
    factors = np.array([[factor_of(entry, seed, k) for entry in entries] for k in range(groups)])
    certain = scenario.change("uncertain", None) if entries else scenario
    thresholds = [f.within_min for f in figures if f.within_min is not None]
    watch = [f.key for f in figures]
    simulate = partial(run, thresholds_min=thresholds, allow_code=allow_code, watch=watch, where=where)
    done, in_all = 0, _halls_of(scenario, groups) * days

    def days_of(changed: Scenario) -> I64:
        nonlocal done
        found = simulate(changed, days, seed, engine, jobs)
        if not found.complete or found.watched is None:
            raise KeyboardInterrupt
        done += days
        if progress is not None:
            progress(done, in_all)
        return found.watched

    written = days_of(certain)
    if not entries:  # a hall without any, beside one that has some
        none = np.zeros((0, 2, *written.shape), dtype=np.int64)
        return Inputs((), factors, written, np.broadcast_to(written, (groups, *written.shape)), none, tuple(figures))
    drawn = [days_of(certain.scaled(zip(entries, row, strict=True))) for row in factors.tolist()]
    ends = [[days_of(certain.scaled([(entry, end)])) for end in (entry.low, entry.high)] for entry in entries]
    return Inputs(entries, factors, written, np.array(drawn), np.array(ends), tuple(figures))


def inputs_of_halls(
    halls: Sequence[Scenario],
    figures: Sequence[Figure],
    seed: int,
    engines: Sequence[str],
    jobs: int | None = None,
    allow_code: bool = False,
    progress: Callable[[int, int], object] | None = None,
    where: Bench | None = None,
) -> tuple[Inputs, ...]:
    """Return the inputs of each hall; parameters as `inputs_of`, progress counts the days of all halls."""
    counts = [days_in_group(hall) * _halls_of(hall, GROUPS) for hall in halls]
    found: list[Inputs] = []

    def shown(done: int, _: int) -> None:
        if progress is not None:
            progress(sum(counts[: len(found)]) + done, sum(counts))

    for hall, engine in zip(halls, engines, strict=True):
        found.append(inputs_of(hall, figures, seed, None, None, jobs, engine, allow_code, shown, where))
    return tuple(found)


def days_in_group(scenario: Scenario) -> int:
    """Return how many days a group has: `DAYS`, or so many that they are whole turns of the calendar."""
    turn = turn_of(scenario.model)
    return -(-DAYS // turn) * turn


def _halls_of(scenario: Scenario, groups: int) -> int:
    """Return with how many values of its inputs a hall is simulated."""
    n = len(scenario.model.uncertain)
    return 1 + (groups + 2 * n if n else 0)


def after(progress: Callable[..., object], before: int, done: int, total: int) -> None:
    """Tell a progress that counts other days first how many days are done."""
    progress(before + done, before + total)


def factor_of(entry: Uncertain, seed: int, group: int) -> float:
    """Return the factor of an entry in a group of replications."""
    random = np.random.default_rng([seed, group, *entry.path.encode("utf-8", "surrogatepass")])
    if entry.law == "uniform":
        return float(random.uniform(entry.low, entry.high))
    middle, half = (entry.low + entry.high) / 2.0, (entry.high - entry.low) / 2.0
    return float(middle + half / _NORMAL_95 * np.clip(random.standard_normal(), -_FURTHEST, _FURTHEST))
