"""Points of a sweep that no other point beats in everything: cost against waiting against abandonment.

In: a `Swept` and the figures that count. Out: the numbers of the rows on the front, cheapest first. A point is on the
front if no other one is at least as good in every figure and better in one (Pareto; Kung, Luccio and Preparata 1975,
doi:10.1145/321906.321910, sort by the first figure as here). Estimates are compared as they are: points closer than
their half-widths may change places with other seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.errors import UsageError

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Swept

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

OF_TIME = ("paid_time", "mean_wait", "abandonment")
COSTS = frozenset(("paid_time",))
"""Figures that are neither good nor bad by themselves, but cost money."""


def usual(found: Swept) -> tuple[str, ...]:
    """Return the figures of the front: what it costs, in money where the halls state costs, and what customers feel."""
    in_money = any(figure.kpi.name == "cost" for figure in found.figures)
    return ("cost", *OF_TIME[1:]) if in_money else OF_TIME


def front(found: Swept, kpis: Sequence[str] | None = None) -> I64:
    """Return the rows of `found` on the front of some figures, by the first of them; by default of the usual ones.

    Raises
    ------
    UsageError
        If a figure was not measured, or is neither good nor bad nor a cost.
    """
    columns = []
    for kpi in usual(found) if kpis is None else kpis:
        i = found.figure(kpi)
        figure = found.figures[i]
        sign = -1 if figure.kpi.name in COSTS else figure.sign()
        if sign == 0:
            raise UsageError(f"{figure.label.en} is neither good nor bad: it has no place in a Pareto front")
        columns.append(-sign * found.values[:, i])
    return unbeaten(np.column_stack(columns)) if columns else np.zeros(0, dtype=np.int64)


def unbeaten(costs: F64) -> I64:
    """Return the rows that no other row beats, less being better; rows with NaN never count.

    Parameters
    ----------
    costs : float64[n, n_figures]

    Returns
    -------
    int64[n_front], by the first column; of equal rows the first.

    Examples
    --------
    >>> unbeaten(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 1.0]])).tolist()
    [0, 2]
    """
    rows = np.flatnonzero(np.isfinite(costs).all(axis=1))
    order = rows[np.lexsort(costs[rows].T[::-1])]
    kept = np.empty((len(order), costs.shape[1]))
    out: list[int] = []
    for row in order:  # nobody later in this order can beat an earlier one
        if not (kept[: len(out)] <= costs[row]).all(axis=1).any():
            kept[len(out)] = costs[row]
            out.append(int(row))
    return np.array(out, dtype=np.int64)
