"""Draws and laws in every function's full range, as bits: computed with and without compilation by tests.

`python -m tests.draws_digest` prints one line per function: its name and the hash of its results.
"""

from __future__ import annotations

import hashlib

import numpy as np

from hallsim.draws import keys_of, name_hash, normal_quantile, own_exp, own_log, uniforms
from hallsim.jit import njit
from hallsim.parts.distributions import (
    Coxian,
    Deterministic,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    LawTable,
    Lognormal,
    Mixture,
    Triangular,
    Uniform,
    Weibull,
)
from hallsim.parts.distributions.dispatch import quantile

MINUTE = 60e6

ONE_OF_EACH: tuple[Law, ...] = (
    Exponential(5 * MINUTE),
    Lognormal(8 * MINUTE, 0.8),
    Gamma(3 * MINUTE, 0.5),
    Erlang(6 * MINUTE, 3),
    Weibull(30 * MINUTE, 1.5),
    Uniform(1 * MINUTE, 3 * MINUTE),
    Triangular(1 * MINUTE, 2 * MINUTE, 6 * MINUTE),
    Deterministic(5 * MINUTE),
    Hyperexponential((0.3, 0.7), (2 * MINUTE, 0.57 * MINUTE)),
    Mixture((0.2, 0.5, 0.3), (Lognormal(4 * MINUTE, 0.6), Gamma(9 * MINUTE, 0.7), Deterministic(MINUTE))),
    Coxian((2 / MINUTE, 0.5 / MINUTE), (0.25,)),
    Empirical((1 * MINUTE, 4 * MINUTE, 2 * MINUTE, 2 * MINUTE, 7 * MINUTE), (1, 2, 3, 4, 1)),
)


@njit
def logs(x):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = own_log(x[i])
    return out


@njit
def exps(x):
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = own_exp(x[i])
    return out


@njit
def normals(u):
    out = np.empty_like(u)
    for i in range(u.size):
        out[i] = normal_quantile(u[i])
    return out


@njit
def quantiles(laws, i, u):
    out = np.empty_like(u)
    for j in range(u.size):
        out[j] = quantile(laws, i, u[j])
    return out


def some_uniforms(n: int, seed: int = 7) -> np.ndarray:
    """Return uniforms of n customers, with the extreme ones in front."""
    keys = keys_of(np.uint64(seed), np.uint64(3), np.uint64(name_hash("walk_in")), n)
    extreme = [2.0**-53, 1e-15, 1e-12, 1e-6, 1 - 1e-6, 1 - 1e-12, 1 - 2.0**-53]
    return np.concatenate([extreme, uniforms(keys, np.uint64(name_hash("service", "counter")), np.uint64(1))])


def digests(n: int = 500) -> dict[str, str]:
    """Return the hash of the results of every function."""
    with np.errstate(over="ignore"):  # numpy's scalars warn when a uint64 wraps round, as it should
        u = some_uniforms(n)
        laws = LawTable.of(ONE_OF_EACH)
        results = {
            "uniforms": u,
            "own_log": logs(np.concatenate([u, 1 / u, u * 1e9])),
            "own_exp": exps(np.concatenate([u, 1400 * u - 700, 40 * u - 20])),
            "normal_quantile": normals(u),
        }
        results |= {law.kind: quantiles(laws, i, u) for i, law in enumerate(ONE_OF_EACH)}
    return {name: hashlib.sha256(x.tobytes()).hexdigest()[:16] for name, x in results.items()}


if __name__ == "__main__":
    for name, digest in digests().items():
        print(name, digest)
