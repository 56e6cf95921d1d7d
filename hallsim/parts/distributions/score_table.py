"""Quantiles without a closed form, from a checked table of the log-quantile against the normal score.

Goes in: a law's tails, as log cdf, log survival and log density of y = log X. Comes out: a flat table
that `quantile_score_table` reads as `scale * exp(g(z(u)))`, where z(u) is the normal quantile of u and
g is a piecewise cubic. On this scale the quantile of a gamma-like law is nearly a straight line in both
tails, whatever the size of the law's cv, so that few nodes give the same relative accuracy everywhere;
tables of the quantile against u are off by tens of percent in the tails.

The range [-8.3, 8.3] of z covers every uniform of `hallsim.draws` (the extreme ones have |z| = 8.21). It
is cut into `CELLS` equal cells and each cell into 2**k steps, with k as small as the accuracy allows:
mixtures of very different means have steep steps at their shares and are smooth elsewhere. A step is the
cubic Hermite of exact values and exact derivatives at its ends. The relative error in the middle of every
step, where the error of a Hermite cubic is largest, has been computed and is below `TOLERANCE`; a law
that cannot be tabulated so is refused, never approximated worse.

Table: `CELLS` pairs (offset of the cell's first node, number of steps), then the nodes as pairs (g,
derivative of g times the length of the step).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hallsim.draws import normal_quantile, own_exp
from hallsim.errors import UsageError
from hallsim.jit import inline

if TYPE_CHECKING:
    F64 = NDArray[np.float64]
    Tails = Callable[[F64], tuple[F64, F64, F64]]

CODE = 6

CELLS = 128
Z_LOW = -8.3
Z_HIGH = 8.3
TOLERANCE = 1e-8
_CELLS_PER_Z = CELLS / (Z_HIGH - Z_LOW)
_LAST = CELLS * (1.0 - 2.0**-50)
_MOST_STEPS = 1 << 14
_MOST_NODES = 100_000
_LOG_ROOT_TWO_PI = 0.9189385332046727
_NEGLIGIBLE = -700.0  # log of a unit-mean quantile that is 0 in any clock; `own_exp` stops here too


@inline
def quantile_score_table(u, table, first, scale):  # type: ignore[no-untyped-def]
    """Return scale * exp(g(z(u))) from the table that begins at `table[first]`."""
    t = (normal_quantile(u) - Z_LOW) * _CELLS_PER_Z
    t = min(max(t, 0.0), _LAST)
    cell = int(t)
    step = (t - cell) * table[first + 2 * cell + 1]
    left = int(step)
    x = step - left
    node = first + int(table[first + 2 * cell]) + 2 * left
    rise = table[node + 2] - table[node]
    d0 = table[node + 1]
    d1 = table[node + 3]
    return scale * own_exp(table[node] + x * (d0 + x * (3.0 * rise - 2.0 * d0 - d1 + x * (d0 + d1 - 2.0 * rise))))


def score_table(tails: Tails, what: str) -> tuple[float, ...]:
    """Return the table of a law with a positive density.

    Parameters
    ----------
    tails : callable
        From y, float64[n], to log P(log X <= y), log P(log X > y) and the log density of log X at y. Its
        precision must be relative in both tails (for the probabilities, not their logarithms).
    what : str
        The law as error messages name it.

    Returns
    -------
    tuple of float

    Raises
    ------
    UsageError
        When the law is too steep for `_MOST_STEPS` steps in a cell.
    """
    edges = Z_LOW + np.arange(CELLS + 1) / _CELLS_PER_Z
    g, slope = _log_quantiles(tails, edges, *_brackets(tails, edges), what)
    z0, z1, g0, g1, s0, s1 = edges[:-1], edges[1:], g[:-1], g[1:], slope[:-1], slope[1:]
    cell = np.arange(CELLS)
    done: list[tuple[int, F64, F64]] = []
    n_steps = 1
    while True:
        # all steps that are still too coarse are halved together
        middle = 0.5 * (z0 + z1)
        guess = 0.5 * (g0 + g1) + (z1 - z0) * (s0 - s1) / 8
        exact, exact_slope = _log_quantiles(tails, middle, g0, g1, what, np.clip(guess, g0, g1))
        bad = (np.abs(np.expm1(guess - exact)) > TOLERANCE) & (exact > _NEGLIGIBLE)
        bad_cell = np.isin(cell, cell[bad])
        for i in np.unique(cell[~bad_cell]):
            of = np.flatnonzero(cell == i)
            width = z1[of[0]] - z0[of[0]]
            done.append((int(i), np.append(g0[of], g1[of[-1]]), np.append(s0[of], s1[of[-1]]) * width))
        if not bad.any():
            break
        n_steps *= 2
        z0, z1, g0, g1, s0, s1 = (a[bad_cell] for a in (z0, z1, g0, g1, s0, s1))
        middle, exact, exact_slope = middle[bad_cell], exact[bad_cell], exact_slope[bad_cell]
        z0, z1 = _zip(z0, middle), _zip(middle, z1)
        g0, g1 = _zip(g0, exact), _zip(exact, g1)
        s0, s1 = _zip(s0, exact_slope), _zip(exact_slope, s1)
        cell = np.repeat(cell[bad_cell], 2)
        if n_steps > _MOST_STEPS or g0.size > _MOST_NODES:
            raise UsageError(f"{what} is too steep between its parts to be drawn from; bring them nearer together")
    done.sort(key=lambda entry: entry[0])
    head: list[float] = []
    nodes: list[float] = []
    for _, values, slopes in done:
        head += [2.0 * CELLS + len(nodes), len(values) - 1.0]
        nodes += np.column_stack([_rounded(values), _rounded(slopes)]).ravel().tolist()
    return tuple(head + nodes)


def _rounded(x: F64) -> F64:
    """Round to 2**-40, so that the last bits of a scipy version do not show in simulated times."""
    return np.round(x * 2.0**40) / 2.0**40


def _zip(a: F64, b: F64) -> F64:
    return np.column_stack([a, b]).ravel()


def _scores(tails: Tails, y: F64) -> tuple[F64, F64]:
    """Return the normal score of y, from the smaller tail, and its derivative."""
    from scipy.special import ndtri_exp

    with np.errstate(all="ignore"):
        log_cdf, log_sf, log_density = tails(y)
        score = np.where(log_cdf < log_sf, ndtri_exp(log_cdf), -ndtri_exp(log_sf))
        return score, np.exp(log_density + 0.5 * score * score + _LOG_ROOT_TWO_PI)


def _brackets(tails: Tails, z: F64) -> tuple[F64, F64]:
    """Return for every z two y around its log-quantile, from a coarse scan."""
    low, high = -1.0, 1.0
    while not _scores(tails, np.array([low]))[0][0] < Z_LOW:
        low *= 2
    while not _scores(tails, np.array([high]))[0][0] > Z_HIGH:
        high *= 2
    grid = np.linspace(low, high, 513)
    right = np.searchsorted(np.maximum.accumulate(_scores(tails, grid)[0]), z)
    return grid[np.maximum(right - 1, 0)], grid[np.minimum(right, 512)]


def _log_quantiles(tails: Tails, z: F64, low: F64, high: F64, what: str, y: F64 | None = None) -> tuple[F64, F64]:
    """Solve score(y) = z between low and high by Newton steps held inside the bracket; y and dy/dz."""
    low, high = low.copy(), high.copy()
    y = 0.5 * (low + high) if y is None else y.copy()
    at = np.arange(z.size)  # those not solved yet
    for _ in range(200):
        score, slope = _scores(tails, y[at])
        low[at] = np.where(score <= z[at], y[at], low[at])
        high[at] = np.where(score >= z[at], y[at], high[at])
        with np.errstate(all="ignore"):
            newton = y[at] - (score - z[at]) / slope
        slack = 1e-13 * (1.0 + np.abs(y[at]))  # a root at the bracket's end may seem to lie just outside
        inside = (newton >= low[at] - slack) & (newton <= high[at] + slack)
        following = np.where(inside, newton, 0.5 * (low[at] + high[at]))
        # Newton doubles the digits: after a step this small what is left is rounding
        small = np.abs(following - y[at]) <= 1e-9 * (1.0 + np.abs(y[at]))
        y[at] = following
        at = at[~(small & (inside | (high[at] - low[at] <= 1e-14 * (1.0 + np.abs(y[at])))))]
        if not at.size:
            break
    score, slope = _scores(tails, y)
    if at.size or not np.all(np.abs(score - z) <= 1e-9 * (1 + slope)) or not np.all(slope > 0):
        raise UsageError(f"{what} cannot be drawn from: its quantiles cannot be computed")
    return y, 1.0 / slope
