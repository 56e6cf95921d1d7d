"""Several halls on the same days, round by round, so that Ctrl-C leaves whole rounds of every hall.

In: scenarios and figures. Out: `SameDays`: the results of each hall, and of each figure numerators and denominators
day by day. A percentile has no numerators. It stands in by its linearisation: with q the percentile and O_i of D_i
customers who waited longer on day i (a share r of all),

    q D_i + c (O_i - r D_i),   c = (standard error of q) / (standard error of r),

whose ratio of sums is q and whose residuals are those of q (Bahadur 1966, doi:10.1214/aoms/1177699450: a percentile
moves against the share beyond it, by one over the density). The standard error of q is that of its own interval
(Woodruff), so that no density is estimated. It takes the days once more, to count who waited longer than q.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.day_types import kinds_in_turn
from hallsim.experiment.controlled import controls_of, keys_of
from hallsim.experiment.days import turn_of
from hallsim.experiment.results import Results
from hallsim.experiment.run import run
from hallsim.model import Model
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    from hallsim.experiment.bench import Bench
    from hallsim.experiment.figures import Figure
    from hallsim.scenario import Scenario

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

ROUND = 1000
"""Days after which every hall has its turn again."""
ROUND_OF_CODE = 20
"""The same where a hall takes the readable engine."""


class SameDays(NamedTuple):
    """Halls on the same days.

    Attributes
    ----------
    results : tuple of Results
    figures : tuple of Figure
        Those that every hall has: percentiles are missing if Ctrl-C came before they were counted.
    days : tuple [hall][figure] of int64 or float64[n_days, 2]
    complete : bool
        False if Ctrl-C ended it.
    controls : float64[n_days, q]
        What made each day of the first hall busier than others (`hallsim.experiment.controlled`).
    kinds : tuple of list of int
        Of each hall, which days have one kind in it and in the first hall; empty unless they are whole turns of a
        calendar.
    """

    results: tuple[Results, ...]
    figures: tuple[Figure, ...]
    days: tuple[tuple[I64 | F64, ...], ...]
    complete: bool
    controls: F64
    kinds: tuple[list[int], ...]


def same_days(
    halls: Sequence[Scenario],
    figures: Sequence[Figure],
    replications: int,
    seed: int,
    jobs: int | None = None,
    progress: Callable[[int], object] | None = None,
    allow_code: bool = False,
    where: Bench | None = None,
) -> SameDays:
    """Simulate halls on the same days.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes before the first round is over; later it ends the comparison after the last whole round, and
        where percentiles are counted, without those that not every hall has.
    """
    ratios = [f for f in figures if not f.kpi.percentile]
    watch = [*(f.key for f in ratios), *keys_of(halls[0].model)]
    thresholds = [f.within_min for f in figures if f.within_min is not None]
    simulate = partial(run, seed=seed, jobs=jobs, allow_code=allow_code, inputs=False, where=where)
    length = ROUND_OF_CODE if any(hall.model.policies for hall in halls) else ROUND
    turn = turn_of(halls[0].model)
    length = -(-length // turn) * turn
    found: list[Results] = []
    done = 0
    try:
        while done < replications:
            n = min(length, replications - done)
            part: list[Results] = []
            for hall in halls:
                shown = None if progress is None else partial(_shift, progress, done * len(halls) + n * len(part))
                one = simulate(
                    hall,
                    n,
                    engine=_engine(hall),
                    progress=shown,
                    thresholds_min=thresholds,
                    watch=watch if hall is halls[0] else [f.key for f in ratios],
                    first=done,
                )
                if not one.complete:  # days are compared with their twins, or not at all
                    raise KeyboardInterrupt
                part.append(one)
            found = [a.joined(b) for a, b in zip(found, part, strict=True)] if found else part
            done += n
    except KeyboardInterrupt:
        if not found:
            raise
    known = [_ratios_of(ratios, one) for one in found]
    try:
        for hall, one, days in zip(halls, found, known, strict=True):
            days |= _percentiles_of(hall, figures, one, simulate)
    except KeyboardInterrupt:
        figures = [f for f in figures if all(f.key in days for days in known)]
        done = 0  # not all that was asked for
    in_order = tuple(tuple(days[f.key] for f in figures) for days in known)
    base = found[0].watched
    controls = np.zeros((found[0].replications, 0))
    if base is not None:
        controls = controls_of(halls[0].model, base[:, len(ratios) :])
    kinds = tuple(_kinds_of(halls[0].model, hall.model, found[0].replications) for hall in halls)
    return SameDays(tuple(found), tuple(figures), in_order, done == replications, controls, kinds)


def _kinds_of(base: Model, other: Model, n: int) -> list[int]:
    """Return a number for each pair of kinds that days have in two halls, where both come in turn, or one does."""
    in_turn = [kinds for kinds in (kinds_in_turn(base, n), kinds_in_turn(other, n)) if kinds]
    numbers: dict[tuple[int, ...], int] = {}
    return [numbers.setdefault(pair, len(numbers)) for pair in zip(*in_turn, strict=True)]


_Days = dict[tuple[str, str, str | None, float | None], I64 | F64]


def _ratios_of(ratios: Sequence[Figure], found: Results) -> _Days:
    """Return a hall's days of every ratio of sums."""
    if found.watched is None:
        return {}
    return {f.key: found.watched[:, i] for i, f in enumerate(ratios)}


def _percentiles_of(
    hall: Scenario, figures: Sequence[Figure], found: Results, simulate: Callable[..., Results]
) -> _Days:
    """Return a hall's days of every percentile; it takes the days once more.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C comes meanwhile.
    """
    known: _Days = {}
    longer = {f.key: percentile_of(found, f) for f in figures if f.kpi.percentile}
    counted = {key: threshold for key, threshold in longer.items() if threshold > 0.0}
    if counted:
        watch = [("wait_over", key[1], key[2], threshold) for key, threshold in counted.items()]
        again = simulate(
            hall,
            found.replications,
            engine=found.engine,
            thresholds_min=list(counted.values()),
            watch=watch,
        )
        if not again.complete or again.watched is None:
            raise KeyboardInterrupt
        for i, key in enumerate(counted):
            known[key] = linearised(found, key, again.watched[:, i])
    for key, threshold in longer.items():
        # a percentile of 0 has no noise; where nobody came, it has no denominator either
        known.setdefault(key, np.tile([0.0, float(threshold == 0.0)], (found.replications, 1)))
    return known


def percentile_of(found: Results, figure: Figure) -> float:
    """Return a percentile of the waits, minutes; NaN: nobody came."""
    return found.estimate(figure.kpi.name, figure.scope, figure.item).value


def linearised(found: Results, key: tuple[str, str, str | None, float | None], over: I64) -> F64:
    """Return what stands for a percentile on each day, float64[n_days, 2] (see above), times in microseconds."""
    from hallsim.kpis import kpi_of
    from hallsim.kpis.base import UNITS

    e = found.estimate(key[0], key[1], key[2])
    unit, n = UNITS[kpi_of(key[0]).unit], len(over)
    come = over[:, 1].astype(np.float64)
    share = over[:, 0].sum() / come.sum()
    spread = over[:, 0] - share * come
    scale = 0.0
    if n > 1 and spread.any():
        error = e.half_width / t_quantile(0.5 + found.confidence / 2.0, n - 1) * unit
        scale = error / np.sqrt((spread @ spread) / (n * (n - 1.0))) * come.mean()
    return np.stack([e.value * unit * come + scale * spread, come], axis=1)


def _engine(hall: Scenario) -> str:
    return "reference" if hall.model.policies else "batch"


def _shift(progress: Callable[[int], object], before: int, done: int) -> None:
    progress(before + done)
