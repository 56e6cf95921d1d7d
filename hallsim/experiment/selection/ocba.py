"""Optimal computing budget allocation: where a fixed number of observations does most for selecting the best.

Chen, Lin, Yucesan and Chick 2000, doi:10.1023/A:1008349927281. The rule is for independent systems; common random
numbers do no harm, but it does not see them. It promises nothing: the chance of a correct selection is estimated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hallsim.errors import UsageError
from hallsim.experiment.selection.constants import check_first_stage
from hallsim.experiment.selection.outcome import Observe, Selection, Standing, sample

F64 = NDArray[np.float64]


def fractions(means: ArrayLike, sds: ArrayLike, minimise: bool = True) -> F64:
    """Return the share of the budget that each system should get, float64[k], summing to 1.

    With d_i the distance of system i from the best b: N_i proportional to (s_i / d_i)^2 for the others, and
    N_b = s_b sqrt(sum of N_i^2 / s_i^2). Systems that tie with the best share nearly all with it.
    """
    m, s = np.asarray(means, dtype=np.float64), np.asarray(sds, dtype=np.float64)
    if m.shape != s.shape or m.ndim != 1 or m.size < 2:
        raise UsageError(
            "means and standard deviations of at least 2 systems are needed, as many of one as of the other"
        )
    best = int(np.argmin(m) if minimise else np.argmax(m))
    others = np.arange(m.size) != best
    d = np.maximum(np.abs(m - m[best]), 1e-12 * max(1e-290, float(np.abs(m).max()), float(s.max())))[others]
    if not s.any():
        return np.full(m.size, 1.0 / m.size)
    shares = np.zeros_like(m)
    scale = d.min()
    shares[others] = (s[others] / (d / scale)) ** 2
    shares[best] = s[best] * math.sqrt(float((s[others] ** 2 / (d / scale) ** 4).sum()))
    return np.asarray(shares / shares.sum())


def p_correct_at_least(means: ArrayLike, sds: ArrayLike, n: ArrayLike, minimise: bool = True) -> float:
    """Return Bonferroni's lower bound of the chance of a correct selection (APCS-B): 1 - sum of P(i beats the best)."""
    from scipy.special import ndtr

    m, s, count = (np.asarray(x, dtype=np.float64) for x in (means, sds, n))
    best = int(np.argmin(m) if minimise else np.argmax(m))
    others = np.arange(m.size) != best
    variances = s * s / count
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(m - m[best])[others] / np.sqrt(variances[best] + variances[others])
    return max(0.0, 1.0 - float(ndtr(-np.nan_to_num(z, nan=0.0)).sum()))


def allocate(
    observe: Observe,
    k: int,
    budget: int,
    minimise: bool = True,
    first_stage: int = 10,
    step: int | None = None,
    progress: Callable[[Standing], Any] | None = None,
) -> Selection:
    """Spend a budget of observations on k systems by OCBA, and select the one with the best average.

    Parameters
    ----------
    observe : callable
        As in `hallsim.experiment.selection.eliminate`.
    k : int
    budget : int
        Observations of all systems together, at least k x first_stage.
    first_stage : int
        Observations of each system before the first allocation.
    step : int, optional
        Observations between two allocations; a hundredth of what is left after the first stage, at least k // 10.
    progress : callable, optional
        Called after every step with how it stands.

    Ctrl-C after the first stage ends it with what was observed by then.

    Raises
    ------
    UsageError
    """
    if k < 2:
        raise UsageError(f"{k} system to select from; at least 2 are needed")
    check_first_stage(first_stage)
    if budget < k * first_stage:
        raise UsageError(
            f"a budget of {budget} is less than the first stage of {k} x {first_stage} = {k * first_stage}"
        )
    step = step or max(1, k // 10, (budget - k * first_stage) // 100)
    kept: list[list[F64]] = [[column] for column in sample(observe, range(k), 0, first_stage).T]
    n, complete = np.full(k, first_stage), True
    while n.sum() < budget:
        means, sds = _averages(kept)
        more = _next(n, fractions(means, sds, minimise), min(step, budget - int(n.sum())))
        try:
            for i in np.flatnonzero(more).tolist():
                kept[i].append(sample(observe, [i], int(n[i]), int(more[i]))[:, 0])
                n[i] += more[i]
        except KeyboardInterrupt:
            complete = False
            break
        if progress is not None:
            progress(_standing(means, sds, n, minimise))
    means, sds = _averages(kept)
    return Selection(
        procedure="ocba",
        best=int(np.argmin(means) if minimise else np.argmax(means)),
        means=means,
        sds=sds,
        n=n,
        in_running=(),
        minimise=minimise,
        confidence=p_correct_at_least(means, sds, n, minimise),
        indifference=math.nan,
        complete=complete,
    )


def _standing(means: F64, sds: F64, n: NDArray[np.int64], minimise: bool) -> Standing:
    """Return who leads and by how much, the systems taken as independent."""
    best, second = np.argsort(means if minimise else -means)[:2].tolist()
    lead = abs(float(means[best] - means[second]))
    half = 1.96 * math.sqrt(float(sds[best] ** 2 / n[best] + sds[second] ** 2 / n[second]))
    return Standing(int(n.sum()), means.size, best, second, lead, half)


def _averages(kept: Sequence[list[F64]]) -> tuple[F64, F64]:
    """Return average and standard deviation of every system's observations."""
    for parts in kept:
        if len(parts) > 1:
            parts[:] = [np.concatenate(parts)]
    return np.array([v.mean() for (v,) in kept]), np.array([v.std(ddof=1) for (v,) in kept])


def _next(n: NDArray[np.int64], shares: F64, step: int) -> NDArray[np.int64]:
    """Return how many more observations each system gets: those furthest behind their share first."""
    behind = np.maximum(0.0, shares * (n.sum() + step) - n)
    if behind.sum() <= 0.0:
        behind = shares
    ideal = behind / behind.sum() * step
    more: NDArray[np.int64] = np.floor(ideal).astype(np.int64)
    rest = step - int(more.sum())
    more[np.argsort(more - ideal, kind="stable")[:rest]] += 1
    return more
