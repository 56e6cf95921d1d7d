"""Shifts that cover a requirement at the lowest cost, by integer programming.

The model is that of Dantzig 1954, doi:10.1287/opre.2.3.339, with cuts as in Atlason, Epelman and Henderson 2004,
doi:10.1023/B:ANOR.0000019095.91642.bb: what a simulation says of a staffing that was not enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError

F64 = NDArray[np.float64]


class Cover(NamedTuple):
    """How many people work each shift, what that costs, and what no fraction of people could go below.

    counts : int64[n_shifts]
    cost : float
    bound : float
        The optimum if people could be split (the linear relaxation): cost - bound is what whole people cost.
    """

    counts: NDArray[np.int64]
    cost: float
    bound: float


class Cut(NamedTuple):
    """One more condition on the numbers on duty: the sum of slopes times numbers is at least `least`.

    slopes : float64[n_slots]
    """

    slopes: F64
    least: float


def cover(
    required: Sequence[int],
    shifts: Sequence[Sequence[int]],
    costs: Sequence[float],
    cuts: Sequence[Cut] = (),
    most: Sequence[int] = (),
) -> Cover:
    """Return the cheapest whole numbers of people per shift with at least `required` on duty in every slot.

    Solved to proven optimality by HiGHS (`scipy.optimize.milp`). The cost is unique, the counts often are not.

    Parameters
    ----------
    required : whole numbers, one per slot of the day (or day of the week)
    shifts : for each shift, the slots it covers, from 0
    costs : for each shift, the cost of one person who works it
    cuts : conditions on several slots together
    most : whole numbers, how many may be on duty in every slot; empty: any number

    Raises
    ------
    UsageError
        If a shift names a slot that does not exist, a slot that needs somebody has no shift, or no numbers of people
        meet all conditions.

    Examples
    --------
    >>> cover([2, 3, 1], [[0, 1], [1, 2], [0, 1, 2]], [2.0, 2.0, 2.5])
    Cover(counts=array([2, 1, 0]), cost=6.0, bound=6.0)
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    on_duty = on_duty_matrix(len(required), shifts)
    if len(costs) != len(shifts):
        raise UsageError(f"there are {len(shifts)} shifts but {len(costs)} costs")
    bare = [slot for slot, need in enumerate(required) if need > 0 and not on_duty[slot].any()]
    if bare:
        raise UsageError(f"no shift covers slot {bare[0]}, which needs {required[bare[0]]}")
    if not shifts:
        return Cover(np.zeros(0, dtype=np.int64), 0.0, 0.0)
    c = np.asarray(costs, dtype=np.float64)
    needs = np.asarray(required, dtype=np.float64)
    limits = [LinearConstraint(on_duty, lb=needs, ub=np.asarray(most, dtype=np.float64) if len(most) else np.inf)]
    if cuts:
        slopes = np.stack([cut.slopes for cut in cuts])
        limits.append(LinearConstraint(slopes @ on_duty, lb=np.array([cut.least for cut in cuts])))
    whole, split = (
        milp(c, constraints=limits, integrality=np.full(len(shifts), k), bounds=Bounds(0.0, np.inf), options=_EXACT)
        for k in (1, 0)
    )
    for found in (whole, split):
        if not found.success:
            raise UsageError(f"the shifts cannot be chosen: {found.message}")
    counts = np.round(whole.x).astype(np.int64)
    return Cover(counts, float(c @ counts), float(split.fun))


_EXACT = {"mip_rel_gap": 0.0}


def on_duty_matrix(slots: int, shifts: Sequence[Sequence[int]]) -> F64:
    """Return 1.0 where a shift covers a slot, float64[slots, n_shifts]."""
    out = np.zeros((slots, len(shifts)))
    for j, shift in enumerate(shifts):
        for slot in shift:
            if not 0 <= slot < slots:
                raise UsageError(f"shift {j} covers slot {slot}; slots are numbered from 0 to {slots - 1}")
            out[slot, j] = 1.0
    return out
