"""Selecting a good system in two stages: variances from the first, the number of observations from them.

Both promise *good selection*: whatever the means, the selected system is within the indifference of the best with the
stated confidence; where the best is ahead by that much, it is the correct one.

- Clark and Yang 1986 (Winter Simulation Conference, 313-315): common random numbers, one number of observations for
  all from the largest variance of a paired difference, Bonferroni over the k - 1 pairs;
- Rinott 1978 (doi:10.1080/03610927808827671): independent systems, each with its own number.
"""

from __future__ import annotations

import math

import numpy as np

from hallsim.experiment.selection.constants import check_promise, rinott
from hallsim.experiment.selection.eliminate import FIRST_STAGE, MOST, check_stages
from hallsim.experiment.selection.outcome import Observe, Selection, sample
from hallsim.stats import t_quantile


def two_stage(
    observe: Observe,
    k: int,
    indifference: float,
    confidence: float = 0.95,
    minimise: bool = True,
    first_stage: int = FIRST_STAGE,
    most: int = MOST,
    common: bool = True,
) -> Selection:
    """Select a good one of k systems in two stages.

    Parameters
    ----------
    observe, k, indifference, confidence, first_stage : as in `eliminate`
    most : int
        Observations of a system beyond which the second stage is not run; all are then `in_running`.
        Ctrl-C during the second stage leaves the first.
    common : bool
        True: observations of the same number share their random numbers (Clark and Yang); False: all are independent
        (Rinott).

    Raises
    ------
    UsageError
    """
    check_promise(k, confidence)
    check_stages(first_stage, most, indifference)
    first = sample(observe, range(k), 0, first_stage)
    if common:
        products = np.cov(first, rowvar=False)
        own = np.diag(products)
        h = t_quantile(1.0 - (1.0 - confidence) / (k - 1), first_stage - 1)
        variances = np.full(k, float((own[:, None] + own - 2.0 * products).max()))
    else:
        h = rinott(k, first_stage, confidence)
        variances = first.var(axis=0, ddof=1)
    wanted = [max(first_stage, math.ceil(h * h * v / indifference**2)) for v in variances.tolist()]
    n = np.minimum(wanted, most)
    values, complete = list(first.T), True
    try:
        if common and n[0] > first_stage:
            more = sample(observe, range(k), first_stage, int(n[0]) - first_stage)
            values = [np.concatenate(pair) for pair in zip(values, more.T, strict=True)]
        elif not common:
            for i in np.flatnonzero(n > first_stage).tolist():
                more = sample(observe, [i], first_stage, int(n[i]) - first_stage)
                values[i] = np.concatenate([values[i], more[:, 0]])
    except KeyboardInterrupt:
        complete = False
    means = np.array([v.mean() for v in values])
    return Selection(
        procedure="clark-yang" if common else "rinott",
        best=int(np.argmin(means) if minimise else np.argmax(means)),
        means=means,
        sds=np.array([v.std(ddof=1) for v in values]),
        n=np.array([v.size for v in values]),
        in_running=() if complete and max(wanted) <= most else tuple(range(k)),
        minimise=minimise,
        confidence=confidence,
        indifference=indifference,
        complete=complete,
    )
