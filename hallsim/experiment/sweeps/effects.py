"""What each factor does to a figure, averaged over all the others.

In: a `Swept` and a figure. Out: an `Effect` for each factor: the figure's mean at each of its levels, and the change
between the best and the worst of them. Levels of a number with more than `MOST_LEVELS` values are its quintiles.

The means are least-squares means of the additive model (Montgomery 2017, "Design and Analysis of Experiments", 9th ed.,
sec. 5.3 and 15.2.2), which for a full grid are plain averages; each level is coded against the average of all. The
intervals come from what the additive model leaves over, so they hold noise and interactions alike. All points see the
same customers: what the days have in common moves all points together, is in no difference between levels and thus not
in the intervals (Schruben and Margolin 1978, doi:10.1080/01621459.1978.10480044). The best and the worst level are
picked among all pairs of levels, for which the interval of their change is widened (Bonferroni's inequality): else one
of three factors with five levels that do nothing would seem to do something. Where the model leaves nothing over,
as with a single factor, the intervals are those of the points as if each had customers of its own, which is too wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hallsim.experiment.sweeps.least_squares import Fit, least_squares
from hallsim.stats import t_quantile

if TYPE_CHECKING:
    from hallsim.experiment.sweeps.swept import Column, Swept

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

MOST_LEVELS = 12
GROUPS = 5


@dataclass(frozen=True, eq=False)
class Effect:
    """What one factor does to one figure, in its unit.

    Attributes
    ----------
    levels : tuple of str
        What the levels are called.
    means, half_widths : float64[n_levels]
        The mean at each level, and half the 95 % interval of its distance from the mean of all.
    least, most : int
        Which levels have the lowest and the highest mean.
    change, change_half : float
        Highest mean less lowest, and half its 95 % interval, which holds for all pairs of levels together.
    """

    factor: int
    levels: tuple[str, ...]
    means: F64
    half_widths: F64
    least: int
    most: int
    change: float
    change_half: float

    @property
    def is_noise(self) -> bool:
        """Whether the change cannot be told from none."""
        return not self.change > self.change_half

    @property
    def rises(self) -> bool:
        """Whether the figure is higher at a later level than at an earlier one."""
        return self.most > self.least


def main_effects(found: Swept, figure: int) -> list[Effect]:
    """Return the effect of each factor that varies on a figure, the strongest first."""
    y = found.values[:, figure]
    rows = np.flatnonzero(np.isfinite(y))
    groups = [levels_of(factor, rows) for factor in found.factors]
    varying = [i for i, (names, _) in enumerate(groups) if len(names) > 1]
    if not varying:
        return []
    blocks = [_coded(*groups[i]) for i in varying]
    t_of_points = t_quantile(0.975, found.about["days"] - 1)
    noise = float(np.mean((found.half_widths[rows, figure] / t_of_points) ** 2))
    fitted = least_squares(np.column_stack([np.ones(len(rows)), *blocks]), y[rows], noise)
    degrees = fitted.freedom if fitted.freedom > 0 else found.about["days"] - 1
    out, at = [], 1
    for i, block in zip(varying, blocks, strict=True):
        width = block.shape[1]
        out.append(_effect(i, groups[i][0], fitted, at, width, degrees, y[rows]))
        at += width
    return sorted(out, key=lambda effect: -effect.change)


def levels_of(factor: Column, rows: I64) -> tuple[list[str], I64]:
    """Return the names of a factor's levels among some rows, and the level of each row."""
    values: NDArray[Any] = factor.values[rows]
    if not factor.numeric:
        there = set(values.tolist())
        names = [name for name in factor.levels() if name in there]
        place = {name: i for i, name in enumerate(names)}
        return names, np.array([place[v] for v in values.tolist()], dtype=np.int64)
    different, codes = np.unique(values, return_inverse=True)
    if len(different) <= MOST_LEVELS:
        return [f"{x:g}" for x in different], np.asarray(codes, dtype=np.int64)
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, GROUPS + 1)))
    codes = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return [f"{a:.3g}–{b:.3g}" for a, b in pairwise(edges)], np.asarray(codes, dtype=np.int64)


def _coded(names: list[str], codes: I64) -> F64:
    """Return a column for each level but the last: 1 for that level, -1 for the last (sum coding)."""
    columns = np.zeros((len(codes), len(names) - 1))
    for level in range(len(names) - 1):
        columns[:, level] = codes == level
    columns[codes == len(names) - 1] = -1.0
    return columns


def _effect(factor: int, names: list[str], fitted: Fit, at: int, width: int, degrees: int, y: F64) -> Effect:
    """Return the effect whose coefficients begin at `at`; a mean of points lies among them, whatever the model says."""
    contrasts = np.zeros((width + 1, len(fitted.coefficients)))
    contrasts[:width, at : at + width] = np.eye(width)
    contrasts[width, at : at + width] = -1.0
    shifts = contrasts @ fitted.coefficients
    least, most = int(shifts.argmin()), int(shifts.argmax())
    errors = np.sqrt(np.einsum("ij,jk,ik->i", contrasts, fitted.covariance, contrasts))
    span = contrasts[most] - contrasts[least]
    t_of_pairs = t_quantile(1.0 - 0.025 / math.comb(width + 1, 2), degrees)
    return Effect(
        factor=factor,
        levels=tuple(names),
        means=np.clip(fitted.coefficients[0] + shifts, y.min(), y.max()),
        half_widths=t_quantile(0.975, degrees) * errors,
        least=least,
        most=most,
        change=float(shifts[most] - shifts[least]),
        change_half=float(t_of_pairs * math.sqrt(span @ fitted.covariance @ span)),
    )
