"""One place where a packed law becomes a number: explicit dispatch on its code."""

from __future__ import annotations

import numpy as np

from hallsim.draws import uniform
from hallsim.jit import inline, njit
from hallsim.parts.distributions import (
    deterministic,
    empirical,
    exponential,
    lognormal,
    mixture,
    score_table,
    triangular,
    weibull,
)
from hallsim.parts.distributions import uniform as uniform_law

_EXPONENTIAL = exponential.CODE
_LOGNORMAL = lognormal.CODE
_DETERMINISTIC = deterministic.CODE
_UNIFORM = uniform_law.CODE
_WEIBULL = weibull.CODE
_TRIANGULAR = triangular.CODE
_SCORE_TABLE = score_table.CODE  # gamma, erlang, hyperexponential, coxian
_MIXTURE = mixture.CODE
_EMPIRICAL = empirical.CODE
_quantile_exponential = exponential.quantile_exponential
_quantile_lognormal = lognormal.quantile_lognormal
_quantile_uniform = uniform_law.quantile_uniform
_quantile_weibull = weibull.quantile_weibull
_quantile_triangular = triangular.quantile_triangular
_quantile_score_table = score_table.quantile_score_table
_quantile_empirical = empirical.quantile_empirical
_part_of = mixture.part_of
_within_part = mixture.within_part


@inline
def _simple_quantile(laws, i, u):  # type: ignore[no-untyped-def]
    code = laws.code[i]
    a = laws.numbers[4 * i]
    b = laws.numbers[4 * i + 1]
    if code == _EXPONENTIAL:
        return _quantile_exponential(u, a)
    if code == _LOGNORMAL:
        return _quantile_lognormal(u, a, b)
    if code == _DETERMINISTIC:
        return a
    if code == _UNIFORM:
        return _quantile_uniform(u, a, b)
    if code == _SCORE_TABLE:
        return _quantile_score_table(u, laws.table, laws.first[i], a)
    if code == _WEIBULL:
        return _quantile_weibull(u, a, b)
    if code == _TRIANGULAR:
        return _quantile_triangular(u, a, b, laws.numbers[4 * i + 2], laws.numbers[4 * i + 3])
    if code == _EMPIRICAL:
        return _quantile_empirical(u, laws.table, laws.first[i], laws.size[i] // 3)
    return np.nan  # an unknown code: `to_ticks` of NaN is refused by the engines


@inline
def quantile(laws, i, u):  # type: ignore[no-untyped-def]
    """Return the u-quantile of law i of a `LawTable`.

    Parameters
    ----------
    laws : LawTable
    i : int
    u : float in (0, 1)

    Returns
    -------
    float
        In the law's unit (microseconds for durations).
    """
    if laws.code[i] == _MIXTURE:
        # parts are never mixtures, so one step down is enough; the part's own law does the rest
        j = _part_of(u, laws.table, laws.first[i], laws.size[i])
        u = _within_part(u, laws.table, laws.first[i], j)
        i = laws.part[i] + j
    return _simple_quantile(laws, i, u)


@njit
def variates(laws, law, types, keys, purpose, k):  # type: ignore[no-untyped-def]
    """Return one variate per customer.

    Parameters
    ----------
    laws : LawTable
    law : int64[n_types]
        Law of each customer type; -1 gives -1.0.
    types : int64[n]
    keys : uint64[n]
    purpose, k : uint64

    Returns
    -------
    float64[n]
    """
    out = np.full(types.size, -1.0)
    for i in range(types.size):
        which = law[types[i]]
        if which >= 0:
            out[i] = quantile(laws, which, uniform(keys[i], purpose, k))
    return out
