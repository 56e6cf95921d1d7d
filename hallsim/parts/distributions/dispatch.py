"""One place where a packed law becomes a number: explicit dispatch on its code."""

from __future__ import annotations

import numpy as np

from hallsim.draws import uniform
from hallsim.jit import inline, njit
from hallsim.parts.distributions import deterministic, exponential, lognormal
from hallsim.parts.distributions import uniform as uniform_law

_EXPONENTIAL = exponential.CODE
_LOGNORMAL = lognormal.CODE
_DETERMINISTIC = deterministic.CODE
_UNIFORM = uniform_law.CODE
_quantile_exponential = exponential.quantile_exponential
_quantile_lognormal = lognormal.quantile_lognormal
_quantile_uniform = uniform_law.quantile_uniform


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
    return np.nan  # an unknown code: `to_ticks` of NaN is refused by the engines


@njit
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
